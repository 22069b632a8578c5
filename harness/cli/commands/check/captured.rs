//! What became of the runs of live capture: what was dropped is in no recording, and must not be forgotten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use report::run::{counted, grouped};
use store::recordings::runs::Run;

/// A caller who left before the answer was there: there was nothing to compare.
const NO_ANSWER: &str = "caller_left";

/// What the runs dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Pairs that were to be recorded and are not, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Runs that do not say that they ended, by name.
    pub unfinished: Vec<String>,
}

impl Captured {
    /// Of these files below a root; runs that ended before a moment (seconds since 1970) count no more than their pairs do.
    pub fn of(root: &Path, files: &[PathBuf], since: Option<i64>) -> anyhow::Result<Captured> {
        let mut captured = Captured::default();
        for file in files {
            let run = Run::read(&root.join(file))?;
            let told: jiff::Timestamp =
                run.told_at.parse().with_context(|| format!("read the moment in {}", file.display()))?;
            if since.is_some_and(|since| told.as_second() < since) {
                continue;
            }
            if !run.adds_up() {
                captured.unfinished.push(run.run);
            }
            for (reason, pairs) in
                run.dropped.into_iter().filter(|(reason, pairs)| *pairs > 0 && reason != NO_ANSWER)
            {
                *captured.dropped.entry(reason).or_default() += pairs;
            }
        }
        Ok(captured)
    }

    /// What a person should know; nothing where nothing was lost.
    pub fn sentence(&self) -> Option<String> {
        let pairs: u64 = self.dropped.values().sum();
        let reasons = self
            .dropped
            .iter()
            .map(|(reason, pairs)| format!("{} {}", reason.replace('_', " "), grouped(*pairs)));
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        (pairs > 0).then(|| {
            format!(
                "live capture dropped {} that {} in no recording: {reasons}",
                counted(pairs, "pair", "pairs"),
                if pairs == 1 { "is" } else { "are" }
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, told_at: &str, ended: bool, dropped: &[(&str, u64)]) -> Run {
        let dropped: BTreeMap<_, _> =
            dropped.iter().map(|(reason, pairs)| ((*reason).to_owned(), *pairs)).collect();
        Run {
            version: 1,
            run: name.to_owned(),
            started_at: "2026-11-01T00:00:00Z".to_owned(),
            told_at: told_at.to_owned(),
            ended,
            offered: dropped.values().sum(),
            recorded: 0,
            dropped,
        }
    }

    #[test]
    fn what_young_runs_dropped_adds_up_by_reason_and_a_run_without_an_end_is_named() {
        let root = std::env::temp_dir().join(format!("cutover-captured-{}", std::process::id()));
        let runs = [
            run("old", "2026-11-01T10:00:00Z", true, &[("queue_full", 100)]),
            run("a", "2026-11-27T10:00:00Z", true, &[("queue_full", 3), ("caller_left", 9)]),
            run("b", "2026-11-27T11:00:00Z", false, &[("queue_full", 1), ("over_budget", 2)]),
        ];
        for run in &runs {
            run.write(&root).expect("it is written");
        }
        let files: Vec<PathBuf> = runs.iter().map(|run| format!("{}.run", run.run).into()).collect();
        let since = jiff::Timestamp::from_second(1_795_000_000).expect("it is a moment");
        let captured = Captured::of(&root, &files, Some(since.as_second())).expect("they are read");
        std::fs::remove_dir_all(&root).expect("it can be removed");
        let dropped = BTreeMap::from([("over_budget".to_owned(), 2), ("queue_full".to_owned(), 4)]);
        assert_eq!(captured, Captured { dropped, unfinished: vec!["b".to_owned()] });
        assert_eq!(
            captured.sentence().as_deref(),
            Some("live capture dropped 6 pairs that are in no recording: over budget 2, queue full 4")
        );
        assert_eq!(Captured::default().sentence(), None);
    }
}
