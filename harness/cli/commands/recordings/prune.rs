//! `cutover recordings prune`: removes files of recordings that are not needed any more, each whole or not at all.

mod needed;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use compare::instant;
use report::run::counted;
use report::visible;
use serde::Serialize;
use store::recordings::{Head, Recordings, is_cassette};

use super::ls::size;
use crate::config::Config;
use crate::exit::Exit;
use crate::listing::{self, Depth, Listed};
use crate::options::recordings::{Before, Cassettes, IfEmpty, Keep, RecordingsPrune};
use crate::options::{Format, Global};
use crate::pipeline::Ended;

const NANOSECONDS: i128 = 1_000_000_000;

/// Finds what may go, and removes it.
pub fn run(options: &RecordingsPrune, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let recordings = Recordings::open(&config.recordings())?;
    let before = options.before.map(|before| match before {
        Before::Moment(at) => at,
        Before::Age(age) => global.as_of.instant.as_nanosecond() - i128::from(age.seconds) * NANOSECONDS,
    });
    let mut files: BTreeMap<PathBuf, Contents> = BTreeMap::new();
    files.extend(recordings.sources()?.files.into_iter().map(|file| (file, Contents::default())));
    let names: Vec<PathBuf> = files.keys().cloned().collect();
    let ended = listing::each(&recordings, names, Depth::Ends, global, |Listed { location, head }| {
        if let Some(contents) = files.get_mut(&location.file) {
            contents.add(head, options, before);
        }
        io::Result::Ok(())
    })?;
    if ended == Ended::Interrupted {
        return interrupted(out);
    }
    let mut kept = Vec::new();
    let mut going: BTreeSet<PathBuf> = BTreeSet::new();
    for (file, contents) in &files {
        match contents.stays(options, is_cassette(file), || listing::is_open(&recordings, file)) {
            None => drop(going.insert(file.clone())),
            Some(Stays { why: Some(why) }) => kept.push((file.clone(), why)),
            Some(Stays { why: None }) => {}
        }
    }
    if options.keep == Keep::Needed && !going.is_empty() {
        let staying = files.keys().filter(|file| !going.contains(*file)).cloned().collect();
        let Some(needed) = needed::files(&config, &recordings, staying, &going, global)? else {
            return interrupted(out);
        };
        for file in needed {
            going.remove(&file);
            kept.push((file, "shows what nothing else shows".to_owned()));
        }
    }
    let emptied = emptied(&files, &going);
    let refused = !emptied.is_empty() && options.if_empty == IfEmpty::Refuse;
    let removed = if refused { Vec::new() } else { remove(&recordings, &files, &going, options)? };
    kept.sort();
    let told = Told { options, removed, kept, emptied, refused };
    match global.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&told.document())?)?,
        Format::Text => told.write_text(&config, out)?,
    }
    Ok(if refused { Exit::Usage } else { Exit::Clean })
}

/// Nothing goes where not all was looked at.
fn interrupted(out: &mut dyn Write) -> anyhow::Result<Exit> {
    writeln!(out, "Interrupted: not all was looked at, and nothing was removed.")?;
    Ok(Exit::Undecided)
}

/// What one file holds.
#[derive(Default)]
struct Contents {
    /// By operation.
    pairs: BTreeMap<String, u64>,
    of_others: u64,
    too_young: u64,
    undated: u64,
    unreadable: u64,
}

/// A file that stays; why, where somebody might have thought that it goes.
struct Stays {
    why: Option<String>,
}

impl Contents {
    fn add(&mut self, head: Option<Head>, options: &RecordingsPrune, before: Option<i128>) {
        let Some(head) = head else {
            self.unreadable += 1;
            return;
        };
        let is_named = options.operations.is_empty() || options.operations.contains(&head.operation);
        let at = head.recorded_at.as_deref().and_then(instant::of_text);
        self.of_others += u64::from(!is_named);
        self.undated += u64::from(is_named && before.is_some() && at.is_none());
        let is_young = before.is_some_and(|before| at.is_some_and(|at| at >= before));
        self.too_young += u64::from(is_named && is_young);
        *self.pairs.entry(head.operation).or_default() += 1;
    }

    fn count(&self) -> u64 {
        self.pairs.values().sum()
    }

    fn stays(
        &self,
        options: &RecordingsPrune,
        is_cassette: bool,
        is_open: impl FnOnce() -> bool,
    ) -> Option<Stays> {
        let count = self.count();
        let is_concerned = self.too_young + self.of_others < count || self.unreadable > 0;
        if !is_concerned || (is_cassette && options.cassettes == Cassettes::Stay) {
            return Some(Stays { why: None });
        }
        let because = |why: String| Some(Stays { why: Some(why) });
        if self.unreadable > 0 {
            let records = counted(self.unreadable, "record is no pair", "records are no pairs");
            return because(format!("{records}: `cutover check` says why"));
        }
        if self.undated > 0 {
            let pairs = counted(self.undated, "pair does not say", "pairs do not say");
            return because(format!("{pairs} when recorded"));
        }
        if self.too_young > 0 {
            return because(format!("{} too young", counted(self.too_young, "pair is", "pairs are")));
        }
        if self.of_others > 0 {
            return because(format!(
                "{} of other operations",
                counted(self.of_others, "pair is", "pairs are")
            ));
        }
        is_open().then(|| Stays { why: Some("it is still written, or was left open".to_owned()) })
    }
}

/// The operations that have pairs now and would have none.
fn emptied(files: &BTreeMap<PathBuf, Contents>, going: &BTreeSet<PathBuf>) -> Vec<String> {
    let operations = |is_going: bool| -> BTreeSet<&String> {
        let files = files.iter().filter(|(file, _)| going.contains(*file) == is_going);
        files.flat_map(|(_, contents)| contents.pairs.keys()).collect()
    };
    operations(true).difference(&operations(false)).map(|name| (*name).clone()).collect()
}

fn remove(
    recordings: &Recordings,
    files: &BTreeMap<PathBuf, Contents>,
    going: &BTreeSet<PathBuf>,
    options: &RecordingsPrune,
) -> anyhow::Result<Vec<Removed>> {
    let mut removed = Vec::new();
    for file in going {
        let bytes = if options.dry_run { recordings.size(file)? } else { recordings.remove(file)? };
        let pairs = files.get(file).map_or(0, Contents::count);
        removed.push(Removed { file: file.to_string_lossy().into_owned(), pairs, bytes });
    }
    Ok(removed)
}

/// A file that is gone, or would go.
#[derive(Serialize)]
struct Removed {
    file: String,
    pairs: u64,
    bytes: u64,
}

struct Told<'t> {
    options: &'t RecordingsPrune,
    removed: Vec<Removed>,
    kept: Vec<(PathBuf, String)>,
    emptied: Vec<String>,
    refused: bool,
}

impl Told<'_> {
    fn document(&self) -> serde_json::Value {
        let kept = self
            .kept
            .iter()
            .map(|(file, why)| serde_json::json!({"file": file.to_string_lossy(), "why": why}));
        serde_json::json!({
            "version": 1,
            "dry_run": self.options.dry_run,
            "refused": self.refused,
            "emptied": self.emptied,
            "removed": self.removed,
            "kept": kept.collect::<Vec<_>>(),
            "totals": {"files": self.removed.len(), "pairs": self.pairs(), "bytes": self.bytes()},
        })
    }

    fn pairs(&self) -> u64 {
        self.removed.iter().map(|file| file.pairs).sum()
    }

    fn bytes(&self) -> u64 {
        self.removed.iter().map(|file| file.bytes).sum()
    }

    fn write_text(&self, config: &Config, out: &mut dyn Write) -> anyhow::Result<()> {
        let shown = |file: &str| visible::one_line(&config.shown(&config.recordings().join(file)));
        for Removed { file, pairs, bytes } in &self.removed {
            writeln!(out, "{}  {}, {}", shown(file), counted(*pairs, "pair", "pairs"), size(*bytes))?;
        }
        for (file, why) in &self.kept {
            writeln!(out, "{} stays: {why}", shown(&file.to_string_lossy()))?;
        }
        if self.refused {
            let names = self.emptied.join(", ");
            writeln!(
                out,
                "Nothing was removed: no pair of {names} would be left. --may-empty lets that happen; --keep-needed keeps what \
                 shows something."
            )?;
            return Ok(());
        }
        let verb = if self.options.dry_run { "would be removed" } else { "removed" };
        let files = counted(self.removed.len() as u64, "file", "files");
        let pairs = counted(self.pairs(), "pair", "pairs");
        writeln!(out, "{files} {verb}: {pairs}, {}.", size(self.bytes()))?;
        Ok(())
    }
}
