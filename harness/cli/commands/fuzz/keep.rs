//! Keeps counterexamples: a cassette in `recordings/`, and a seed in a file beside the mapping that is run first.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use compare::model::{Body, Exchange, Headers, Outcome, Pair, PairKind, Request, Response};
use fuzz::tree::{Seg, Tree};
use mapping::input::Scope;
use store::recordings::{IfExists, Recordings};

use super::hunted::{Finding, Hunted, Origin};
use super::targets::Target;
use crate::config::{Config, MapFrom};
use crate::judge::Which;

/// A case to be run first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The seed.
    pub seed: u64,
    /// The case's number.
    pub case: u64,
}

/// Where the seeds of a mapping lie.
fn seeds_file(mapping: &Path) -> PathBuf {
    mapping.with_extension("seeds")
}

/// The seeds beside a mapping; none where there is no file.
pub fn seeds(mapping: &Path) -> anyhow::Result<Vec<Seed>> {
    let file = seeds_file(mapping);
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(seed)), Some(Ok(case)), None) => found.push(Seed { seed, case }),
            _ => bail!(
                "{}:{}: not a seed and the number of a case, such as `1 4711`",
                file.display(),
                index + 1
            ),
        }
    }
    Ok(found)
}

/// Writes what was found.
pub fn keep(config: Option<&Config>, targets: &[Target<'_>], all: &mut [Hunted]) -> anyhow::Result<()> {
    let Some(config) = config else {
        bail!("--keep writes into the recordings of a cutover.toml: leave out --inputs")
    };
    for (target, hunted) in targets.iter().zip(all) {
        let new: Vec<(u64, u64, Finding)> = hunted
            .findings
            .iter()
            .filter_map(|finding| match finding.origin {
                Origin::Case { seed, index } => Some((seed, index, finding.clone())),
                Origin::Kept(_) => None,
            })
            .collect();
        if new.is_empty() {
            continue;
        }
        write_seeds(target, &new)?;
        hunted.notes.push(format!("seeds kept in {}", config.shown(&seeds_file(&target.full))));
        let recordings = Recordings::create(&config.recordings())?;
        for (seed, index, finding) in &new {
            let Some(pair) = pair(target, finding, *seed, *index) else { continue };
            let file = recordings.write(&pair, IfExists::Replace)?;
            let legacy =
                if finding.page.1.is_some() { "" } else { ", without legacy's answer, which nobody knows" };
            hunted.notes.push(format!("kept {}{legacy}", config.shown(&file)));
        }
    }
    Ok(())
}

fn write_seeds(target: &Target<'_>, new: &[(u64, u64, Finding)]) -> anyhow::Result<()> {
    let file = seeds_file(&target.full);
    let known = seeds(&target.full)?;
    let mut text = if file.is_file() {
        fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?
    } else {
        "# Cases that failed once: `cutover fuzz` runs them first. A seed, the number of a case.\n".to_owned()
    };
    for (seed, index, finding) in new {
        if !known.contains(&Seed { seed: *seed, case: *index }) {
            let what = report::visible::short(&format!("{} {}", finding.property, finding.key), 100);
            let _ = writeln!(text, "{seed} {index} # {what}");
        }
    }
    crate::commands::mapping::test::write(&file, &text).with_context(|| format!("write {}", file.display()))
}

/// The smallest page that a provider could send, as a pair: legacy's answer as far as recordings bear it out, the rest of it
/// as the mapping answers.
fn pair(target: &Target<'_>, finding: &Finding, seed: u64, index: u64) -> Option<Pair> {
    let (operation, which) = target.operation?;
    let (page, legacy) = &finding.page;
    let body = page.at(&target.within)?.json();
    let sample = finding.sample.split(", page ").next().unwrap_or_default();
    let [legacy_status, new_status] = target.statuses.get(sample).copied().unwrap_or([200, 200]);
    let exchange = |status: u16, body: String, request: Option<Request>| Exchange {
        started_at: None,
        elapsed_ms: None,
        request,
        outcome: Outcome::Response(Response {
            status,
            headers: Headers::from([("content-type".to_owned(), vec!["application/json".to_owned()])]),
            body: Body::Json(body),
        }),
    };
    let mapped = vec![exchange(new_status, body, request(page, operation.scope))];
    let kind = if which == Which::Mapping { "" } else { "error-" };
    let name = format!(
        "fuzz-{kind}{}-{seed}-{index}",
        finding.property.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let now_ms = target.samples.iter().find(|known| known.name == sample).map(|known| known.now_ms);
    let recorded_at =
        now_ms.and_then(|now| jiff::Timestamp::from_millisecond(now).ok()).map(|now| now.to_string());
    let is_from_new = operation.map_from == MapFrom::New;
    let (new, source) = if is_from_new { (mapped, Vec::new()) } else { (Vec::new(), mapped) };
    Some(Pair {
        id: format!("{}/{name}", operation.name),
        operation: operation.name.clone(),
        kind: PairKind::Synthetic,
        account: target
            .samples
            .iter()
            .find(|known| known.name == sample)
            .and_then(|known| known.account.clone()),
        recorded_at,
        legacy: legacy.iter().map(|body| exchange(legacy_status, body.clone(), None)).collect(),
        new,
        source,
        ..Pair::default()
    })
}

/// What a mapping reads of the request stands in its query.
fn request(page: &Tree, scope: Scope) -> Option<Request> {
    if scope == Scope::Body {
        return None;
    }
    let query = match page.at(&[Seg::Name("rawQuery".into())]) {
        Some(Tree::Text(query)) => query.to_string(),
        _ => String::new(),
    };
    Some(Request {
        method: "GET".to_owned(),
        url: format!("/?{query}"),
        headers: Headers::new(),
        body: Body::Absent,
    })
}
