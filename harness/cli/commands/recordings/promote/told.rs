//! Which pairs were promoted and what each is there for, for people and for machines.

use std::io::Write;

use evidence::shapes::{Facts, Outline, Shown};
use report::run::counted;
use report::visible;
use serde::Serialize;

use super::{Became, Promoted};
use crate::config::Config;
use crate::exit::Exit;
use crate::options::Format;
use crate::options::recordings::RecordingsPromote;
use crate::survey::Passed;

/// Lines about one pair that people are shown; JSON has all.
const LINES_MAX: usize = 12;

/// All that a run came to.
pub(super) struct Told<'t> {
    pub options: &'t RecordingsPromote,
    pub config: &'t Config,
    pub outline: &'t Outline,
    pub facts: &'t Facts,
    /// What was read of the cassettes that are there.
    pub cassettes: Passed,
    /// What was read of the pairs to choose from.
    pub passed: Passed,
    pub covered_before: u64,
    pub promoted: &'t [Promoted],
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    dry_run: bool,
    totals: Totals,
    promoted: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Totals {
    cassettes: u64,
    pairs: u64,
    unreadable: u64,
    of_other_operations: u64,
    duplicates: u64,
    refused: u64,
    cells: u64,
    covered_before: u64,
    promoted: usize,
    facts_left_out: u64,
}

#[derive(Serialize)]
struct Pair<'a> {
    pair: &'a str,
    from: String,
    /// The cassette; absent where it could not be written.
    file: Option<String>,
    refused: Option<&'a str>,
    shows: Vec<Cell>,
}

/// What a pair is there for: a case of a path, or a fact.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell {
    Case { side: &'static str, status: Option<u16>, path: String, case: String },
    Fact { fact: String },
}

/// Nothing is written where not all was looked at: fewer pairs would not show everything.
pub(super) fn interrupted(out: &mut dyn Write) -> anyhow::Result<Exit> {
    writeln!(out, "Interrupted: not all was looked at, and nothing was written.")?;
    Ok(Exit::Undecided)
}

impl Told<'_> {
    pub(super) fn write(&self, format: Format, out: &mut dyn Write) -> anyhow::Result<Exit> {
        match format {
            Format::Json => self.write_json(out)?,
            Format::Text => self.write_text(out)?,
        }
        let is_refused = self.promoted.iter().any(|one| matches!(one.became, Became::Nothing(_)));
        Ok(match self.cassettes.pairs + self.passed.pairs {
            _ if is_refused => Exit::Usage,
            0 => Exit::Undecided,
            _ => Exit::Clean,
        })
    }

    fn cells(&self) -> u64 {
        self.covered_before + self.promoted.iter().map(|one| one.adds.count()).sum::<u64>()
    }

    fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let pairs = self.promoted.iter().map(|one| {
            let (file, refused) = match &one.became {
                Became::Cassette(file) => (Some(self.config.shown(file)), None),
                Became::Nothing(why) => (None, Some(why.as_str())),
            };
            let shows = self.outline.told(&one.adds, self.facts).into_iter().map(Cell::of).collect();
            Pair { pair: &one.pair, from: one.from.to_string(), file, refused, shows }
        });
        let passed = self.passed;
        let document = Document {
            version: 1,
            dry_run: self.options.dry_run,
            totals: Totals {
                cassettes: self.cassettes.pairs,
                pairs: passed.pairs,
                unreadable: passed.unreadable + self.cassettes.unreadable,
                of_other_operations: passed.of_others,
                duplicates: passed.duplicates + self.cassettes.duplicates,
                refused: passed.refused + self.cassettes.refused,
                cells: self.cells(),
                covered_before: self.covered_before,
                promoted: self.promoted.len(),
                facts_left_out: self.facts.left_out(),
            },
            promoted: pairs.collect(),
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
        Ok(())
    }

    fn write_text(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        for one in self.promoted {
            match &one.became {
                Became::Cassette(file) => writeln!(out, "{}", self.config.shown(file))?,
                Became::Nothing(why) => writeln!(out, "{}: not written, {why}", one.pair)?,
            }
            writeln!(out, "  from {}, for {}", one.from, counted(one.adds.count(), "cell", "cells"))?;
            let lines = lines(self.outline.told(&one.adds, self.facts));
            for line in lines.iter().take(LINES_MAX) {
                writeln!(out, "    {line}")?;
            }
            if lines.len() > LINES_MAX {
                writeln!(out, "    … and {} more; --format json has them all", lines.len() - LINES_MAX)?;
            }
        }
        self.write_left_out(out)?;
        let Told { passed, cassettes, .. } = self;
        let pairs = counted(passed.pairs, "pair", "pairs");
        let before = counted(cassettes.pairs, "cassette", "cassettes");
        let promoted = self.promoted.len() as u64;
        let chosen = counted(promoted, "pair", "pairs");
        let added = self.cells() - self.covered_before;
        let verb = if self.options.dry_run { "would become" } else { "became" };
        match (passed.pairs, promoted) {
            (0, _) => writeln!(out, "There is no pair to choose from beside {before}.")?,
            (_, 0) => {
                let others = counted(passed.pairs, "other pair shows", "other pairs show");
                let cells = counted(self.cells(), "cell", "cells");
                writeln!(out, "{before} show all {cells}: {others} nothing more.")?;
            }
            _ => writeln!(
                out,
                "{chosen} of {pairs} {verb} cassettes: {} shown by {before}, {added} more by these.",
                counted(self.covered_before, "cell", "cells"),
            )?,
        }
        Ok(())
    }

    fn write_left_out(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let Told { passed, cassettes, .. } = self;
        let left_out = [
            (passed.unreadable + cassettes.unreadable, "could not be read: `cutover check` says why"),
            (passed.duplicates + cassettes.duplicates, "have the id of an earlier pair"),
            (passed.refused + cassettes.refused, "are in clear and cannot be redacted"),
            (passed.of_others, "are of other operations"),
        ];
        for (count, why) in left_out.into_iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{} {why}.", counted(count, "record", "records"))?;
        }
        if self.facts.left_out() > 0 {
            writeln!(out, "Facts beyond the first {} were not told apart.", evidence::shapes::FACTS_MAX)?;
        }
        Ok(())
    }
}

impl Cell {
    fn of(shown: Shown) -> Cell {
        match shown {
            Shown::Case { whose, status, path, case } => {
                Cell::Case { side: whose.name(), status, path, case }
            }
            Shown::Fact(fact) => Cell::Fact { fact },
        }
    }
}

/// Facts first, then a line for each path with all its cases.
fn lines(shown: impl IntoIterator<Item = Shown>) -> Vec<String> {
    let (mut lines, mut paths): (Vec<String>, Vec<(String, Vec<String>)>) = (Vec::new(), Vec::new());
    for shown in shown {
        match shown {
            Shown::Fact(fact) => lines.push(visible::one_line(&fact)),
            Shown::Case { whose, status, path, case } => {
                let status = status.map_or(String::new(), |status| format!("{status} "));
                let at = format!("{} {status}{}", whose.name(), visible::one_line(&path));
                match paths.last_mut().filter(|(last, _)| *last == at) {
                    Some((_, cases)) => cases.push(case),
                    None => paths.push((at, vec![case])),
                }
            }
        }
    }
    lines.extend(paths.into_iter().map(|(at, cases)| format!("{at}: {}", cases.join(", "))));
    lines
}
