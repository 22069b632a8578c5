//! What an import did and did not do with each exchange, for people and for machines.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;
use store::import::cassette::Refusal;

use crate::exit::Exit;
use crate::keep::Keeper;
use crate::options::Format;

/// So many of each are told to people; all are counted, and JSON has them all.
const SHOWN_MAX: usize = 20;

/// What became of everything that the files hold.
pub(super) struct Told {
    format: &'static str,
    side: &'static str,
    files: usize,
    /// Entries that are exchanges.
    pub(super) exchanges: u64,
    /// Pairs that were written anew.
    pub(super) pairs: u64,
    /// Pairs of the other side that this import completed.
    pub(super) completed: u64,
    /// Pairs that hold the same already.
    pub(super) unchanged: u64,
    pub(super) refused: Vec<Refused>,
    pub(super) unmatched: Vec<Unmatched>,
    /// Pairs of the operations concerned that lack a side.
    pub(super) waiting: Vec<Waiting>,
    /// The operations of which pairs were written.
    pub(super) operations: BTreeSet<String>,
}

/// What could not be read, or must not be written.
#[derive(Serialize)]
pub(super) struct Refused {
    file: String,
    entry: Option<usize>,
    what: String,
    mend: String,
}

/// An exchange of no operation.
#[derive(Serialize)]
pub(super) struct Unmatched {
    pub(super) file: String,
    pub(super) entry: usize,
    pub(super) request: String,
    pub(super) why: String,
}

/// A pair that lacks a side.
#[derive(Serialize)]
pub(super) struct Waiting {
    pub(super) pair: String,
    pub(super) lacks: &'static str,
    /// What was asked of the side that is there.
    pub(super) request: String,
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    format: &'a str,
    side: &'a str,
    totals: Totals,
    refused: &'a [Refused],
    unmatched: &'a [Unmatched],
    waiting: &'a [Waiting],
    judged: Judged,
}

/// What redaction did to verdicts.
#[derive(Serialize)]
struct Judged {
    before_and_after: u64,
    otherwise: u64,
}

#[derive(Serialize)]
struct Totals {
    files: usize,
    exchanges: u64,
    pairs: u64,
    completed: u64,
    unchanged: u64,
    refused: usize,
    unmatched: usize,
    waiting: usize,
}

impl Refused {
    pub(super) fn of(file: &str, refusal: Refusal) -> Self {
        let Refusal { entry, what, mend } = refusal;
        Refused { file: file.to_owned(), entry, what, mend }
    }
}

impl Told {
    pub(super) fn new(format: &'static str, side: &'static str, files: usize) -> Self {
        Told {
            format,
            side,
            files,
            exchanges: 0,
            pairs: 0,
            completed: 0,
            unchanged: 0,
            refused: Vec::new(),
            unmatched: Vec::new(),
            waiting: Vec::new(),
            operations: BTreeSet::new(),
        }
    }

    /// What was refused is a fault of the files; where nothing fits an operation, nothing was imported.
    pub(super) fn exit(&self) -> Exit {
        if !self.refused.is_empty() {
            Exit::Usage
        } else if self.pairs + self.completed + self.unchanged == 0 {
            Exit::Undecided
        } else {
            Exit::Clean
        }
    }

    pub(super) fn write(
        &self,
        format: Format,
        keeper: &Keeper<'_>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        match format {
            Format::Json => {
                writeln!(out, "{}", serde_json::to_string_pretty(&self.document(keeper))?)?;
            }
            Format::Text => {
                self.write_text(out)?;
                if self.pairs + self.completed > 0 {
                    out.write_all(keeper.told().as_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn document(&self, keeper: &Keeper<'_>) -> Document<'_> {
        let counts = keeper.counts();
        Document {
            version: 1,
            format: self.format,
            side: self.side,
            totals: Totals {
                files: self.files,
                exchanges: self.exchanges,
                pairs: self.pairs,
                completed: self.completed,
                unchanged: self.unchanged,
                refused: self.refused.len(),
                unmatched: self.unmatched.len(),
                waiting: self.waiting.len(),
            },
            refused: &self.refused,
            unmatched: &self.unmatched,
            judged: Judged { before_and_after: counts.judged, otherwise: counts.differ },
            waiting: &self.waiting,
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let refused = |refused: &Refused| {
            let entry = refused.entry.map(|entry| format!(":{entry}")).unwrap_or_default();
            format!("refused: {}{entry}: {}; {}", refused.file, refused.what, refused.mend)
        };
        some(out, &self.refused, "refused", refused)?;
        let unmatched = |unmatched: &Unmatched| {
            let Unmatched { file, entry, request, why } = unmatched;
            format!("unmatched: {file}:{entry}: {request}: {why}")
        };
        some(out, &self.unmatched, "unmatched", unmatched)?;
        let waiting = |waiting: &Waiting| {
            format!("waits for {}: {} ({})", waiting.lacks, waiting.pair, waiting.request)
        };
        some(out, &self.waiting, "waiting", waiting)?;
        let exchanges = report::run::counted(self.exchanges, "exchange", "exchanges");
        let files = report::run::counted(self.files as u64, "file", "files");
        let pairs = report::run::counted(self.pairs, "new pair", "new pairs");
        writeln!(
            out,
            "{exchanges} of {} in {files}: {pairs}, {} completed, {} there already; {} unmatched, {} refused, {} without a twin.",
            self.side,
            self.completed,
            self.unchanged,
            self.unmatched.len(),
            self.refused.len(),
            self.waiting.len()
        )?;
        Ok(())
    }
}

fn some<T>(out: &mut dyn Write, items: &[T], what: &str, line: impl Fn(&T) -> String) -> std::io::Result<()> {
    for item in items.iter().take(SHOWN_MAX) {
        writeln!(out, "{}", line(item))?;
    }
    if items.len() > SHOWN_MAX {
        writeln!(out, "… and {} more {what}; --format json has them all", items.len() - SHOWN_MAX)?;
    }
    Ok(())
}
