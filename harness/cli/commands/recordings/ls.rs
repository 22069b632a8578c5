//! `cutover recordings ls`: what was recorded, counted, or pair by pair; bodies are not looked into.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use compare::instant;
use report::run::{counted, grouped};
use report::visible;
use serde::Serialize;
use serde_json::json;
use store::recordings::{Head, Location};
use store::segments::{Answer, EntryRedaction};

use crate::config::Config;
use crate::exit::Exit;
use crate::listing::{self, Depth, Listed};
use crate::options::recordings::{Filter, Lacks, Marked, RecordingsLs, Rows};
use crate::options::{Format, Global};
use crate::pipeline::Ended;
use crate::storage::open_recordings;

/// Lists.
pub fn run(options: &RecordingsLs, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let recordings = open_recordings(&config, global)?;
    let files = recordings.sources()?.files;
    let (mut sums, mut all, mut unread) = (BTreeMap::<String, Sum>::new(), Sum::default(), 0_u64);
    let is_json = global.format == Format::Json;
    if options.rows == Rows::Pairs && is_json {
        write!(out, "{{\"version\": 1, \"pairs\": [")?;
    }
    let filter = &options.filter;
    let depth =
        if filter.statuses.is_empty() && filter.lacks.is_none() { Depth::Ends } else { Depth::Answers };
    let ended = listing::each(&recordings, files, depth, global, |Listed { location, head }| {
        let Some(head) = head else {
            unread += 1;
            return Ok(());
        };
        if !filter.takes(&head) {
            return Ok(());
        }
        if options.rows == Rows::Pairs {
            pair(&location, &head, is_json, all.pairs == 0, out)?;
        } else {
            sums.entry(options.rows.of(&location, &head)).or_default().add(&head);
        }
        all.add(&head);
        Ok(())
    })?;
    let interrupted = ended == Ended::Interrupted;
    let told = Told { rows: options.rows, sums: &sums, all: &all, unread, interrupted };
    if is_json {
        told.write_json(out)?
    } else {
        told.write_text(out)?
    }
    Ok(if interrupted || all.pairs == 0 { Exit::Undecided } else { Exit::Clean })
}

impl Rows {
    fn of(self, location: &Location, head: &Head) -> String {
        match self {
            Rows::Operations | Rows::Pairs => head.operation.clone(),
            Rows::Accounts => head.account.clone().unwrap_or_default(),
            Rows::Files => location.file.to_string_lossy().into_owned(),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Rows::Operations | Rows::Pairs => "Operation",
            Rows::Accounts => "Account",
            Rows::Files => "File",
        }
    }
}

impl Filter {
    fn takes(&self, head: &Head) -> bool {
        let at = || head.recorded_at.as_deref().and_then(instant::of_text);
        let is_of = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one == value))
        };
        let answers = head.answers.as_slice();
        is_of(&self.operations, Some(&head.operation))
            && is_of(&self.accounts, head.account.as_deref())
            && self.kind.is_none_or(|kind| head.kind == kind)
            && self.since.is_none_or(|since| at().is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| at().is_some_and(|at| at < until))
            && self.marked.is_none_or(|marked| marked == Marked::of(&head.redaction))
            && (self.statuses.is_empty()
                || answers
                    .iter()
                    .flatten()
                    .any(|answer| matches!(answer, Answer::Status(status) if self.statuses.contains(status))))
            && self.lacks.is_none_or(|lacks| {
                answers.iter().any(|sides| sides[usize::from(lacks == Lacks::New)] == Answer::Absent)
            })
    }
}

impl Marked {
    fn of(redaction: &EntryRedaction) -> Marked {
        match redaction {
            EntryRedaction::Key(_) => Marked::Redacted,
            EntryRedaction::Nothing => Marked::Clear,
            EntryRedaction::Unsaid => Marked::Unsaid,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Marked::Redacted => "redacted",
            Marked::Clear => "clear",
            Marked::Unsaid => "unsaid",
        }
    }
}

/// What several pairs come to.
#[derive(Default)]
struct Sum {
    pairs: u64,
    accounts: BTreeSet<String>,
    /// By [`Marked`].
    marked: [u64; 3],
    bytes: u64,
    /// With the text that says it.
    first: Option<(i128, String)>,
    last: Option<(i128, String)>,
}

impl Sum {
    fn add(&mut self, head: &Head) {
        self.pairs += 1;
        self.bytes += head.bytes;
        self.marked[Marked::of(&head.redaction) as usize] += 1;
        if let Some(account) = head.account.as_ref().filter(|account| !self.accounts.contains(*account)) {
            self.accounts.insert(account.clone());
        }
        let Some(text) = &head.recorded_at else { return };
        let Some(at) = instant::of_text(text) else { return };
        if self.first.as_ref().is_none_or(|(first, _)| at < *first) {
            self.first = Some((at, text.clone()));
        }
        if self.last.as_ref().is_none_or(|(last, _)| at > *last) {
            self.last = Some((at, text.clone()));
        }
    }

    fn row(&self) -> Row<'_> {
        let [redacted, clear, unsaid] = self.marked;
        let text = |at: &'_ Option<(i128, String)>| at.as_ref().map(|(_, text)| text.clone());
        Row {
            name: None,
            pairs: self.pairs,
            accounts: self.accounts.len(),
            redacted,
            clear,
            unsaid,
            first: text(&self.first),
            last: text(&self.last),
            bytes: self.bytes,
        }
    }
}

/// A row of what `--format json` prints.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    pairs: u64,
    accounts: usize,
    redacted: u64,
    clear: u64,
    unsaid: u64,
    first: Option<String>,
    last: Option<String>,
    bytes: u64,
}

struct Told<'t> {
    rows: Rows,
    sums: &'t BTreeMap<String, Sum>,
    all: &'t Sum,
    unread: u64,
    interrupted: bool,
}

impl Told<'_> {
    fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let Told { rows, sums, all, unread, interrupted } = self;
        let mut totals = json!(all.row());
        totals["unreadable"] = json!(unread);
        totals["interrupted"] = json!(interrupted);
        if *rows == Rows::Pairs {
            writeln!(out, "\n], \"totals\": {totals}}}")?;
            return Ok(());
        }
        let rows: Vec<Row<'_>> =
            sums.iter().map(|(name, sum)| Row { name: Some(name), ..sum.row() }).collect();
        let by = self.rows.title().to_lowercase();
        writeln!(out, "{:#}", json!({"version": 1, "by": by, "rows": rows, "totals": totals}))?;
        Ok(())
    }

    fn write_text(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let Told { rows, sums, all, unread, interrupted } = self;
        if *rows != Rows::Pairs && all.pairs > 0 {
            let titles = [rows.title(), "Pairs", "Accounts", "Redacted", "Clear", "First", "Last", "Size"];
            let mut table = Table::new();
            let style = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));
            table.load_style(style).set_header(titles);
            for (name, sum) in *sums {
                table.add_row(cells(name, sum));
            }
            if sums.len() > 1 {
                table.add_row(cells("all", all));
            }
            // Names and days stand to the left, numbers to the right.
            for column in [1, 2, 3, 4, 7] {
                let column = table.column_mut(column);
                column.into_iter().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
            }
            for line in table.lines() {
                writeln!(out, "{}", line.trim_end())?;
            }
            writeln!(out)?;
        }
        let clear = all.marked[Marked::Unsaid as usize];
        if clear > 0 {
            writeln!(
                out,
                "{} redacted.",
                counted(clear, "pair does not say whether it was", "pairs do not say whether they were")
            )?;
        }
        if *unread > 0 {
            let records = counted(*unread, "record is", "records are");
            writeln!(out, "{records} no pair: `cutover check` says why.")?;
        }
        if *interrupted {
            writeln!(out, "Interrupted: not all was looked at.")?;
        }
        writeln!(out, "{}, {}.", counted(all.pairs, "pair", "pairs"), size(all.bytes))?;
        Ok(())
    }
}

fn cells(name: &str, sum: &Sum) -> [String; 8] {
    let day = |at: &Option<(i128, String)>| {
        // An instant's text begins with its day.
        at.as_ref().map_or("-".to_owned(), |(_, text)| visible::one_line(text).chars().take(10).collect())
    };
    [
        if name.is_empty() { "(none)".to_owned() } else { visible::one_line(name) },
        grouped(sum.pairs),
        grouped(sum.accounts.len() as u64),
        grouped(sum.marked[Marked::Redacted as usize]),
        grouped(sum.marked[Marked::Clear as usize]),
        day(&sum.first),
        day(&sum.last),
        size(sum.bytes),
    ]
}

/// Bytes as people read them: `1.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB"];
    let (mut unit, mut whole) = (0, bytes);
    let mut rest = 0;
    while whole >= 1_000 && unit + 1 < units.len() {
        (rest, whole, unit) = (whole % 1_000 / 100, whole / 1_000, unit + 1);
    }
    let rest = if unit > 0 && whole < 100 { format!(".{rest}") } else { String::new() };
    format!("{}{rest} {}", grouped(whole), units[unit])
}

fn pair(
    location: &Location,
    head: &Head,
    is_json: bool,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let marked = Marked::of(&head.redaction).name();
    if is_json {
        let document = json!({
            "pair": head.id, "operation": head.operation, "kind": head.kind.name(), "account": head.account,
            "recorded_at": head.recorded_at, "redaction": marked, "bytes": head.bytes,
            "file": location.file.to_string_lossy(), "line": location.line,
        });
        return write!(out, "{}\n{document}", if is_first { "" } else { "," });
    }
    let or_none = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), visible::one_line);
    writeln!(
        out,
        "{}  {}  {}  {marked}  {}  {location}",
        visible::one_line(&head.id),
        or_none(&head.account),
        or_none(&head.recorded_at),
        size(head.bytes),
    )
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_in_three_digits() {
        let sizes = [0, 999, 1_000, 1_449, 99_999, 100_000, 12_345_678, 1_200_000_000, 1_234_000_000_000];
        let told = sizes.map(size);
        assert_eq!(
            told,
            ["0 B", "999 B", "1.0 kB", "1.4 kB", "99.9 kB", "100 kB", "12.3 MB", "1.2 GB", "1,234 GB"]
        );
    }
}
