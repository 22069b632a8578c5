//! The page of a proxy that runs: what it has recorded so far, and what that looks like.
//!
//! It escapes as [`crate::html`] does. It is a preview: the recordings are judged by `check`.

use std::io;

use askama::Template;
use evidence::tally::{FieldTally, Tally};

use crate::run::{Head, counted, grouped};
use crate::visible::{one_line, short};

/// Fields that are shown: who looks at a proxy wants the worst.
const FIELDS_MAX: usize = 30;

/// Of what an operation lacks, so much is named.
const MISSING_MAX: usize = 6;

/// Examples of a field.
const EXAMPLES_MAX: usize = 3;

/// Requests without an operation that are shown.
const UNCOVERED_MAX: usize = 50;

/// Values and paths are cut here.
const CHARS_MAX: usize = 120;

/// Minutes on the chart.
pub const MINUTES_MAX: usize = 60;

/// A proxy that runs.
pub struct Live<'a> {
    /// What identifies it; judged as of now.
    pub head: Head<'a>,
    /// When it began, RFC 3339.
    pub since: &'a str,
    /// What was judged so far.
    pub tally: &'a Tally,
    /// In the order of the configuration.
    pub operations: Vec<LiveOperation>,
    /// The last ones, the present one last.
    pub minutes: Vec<Minute>,
    /// What the evidence that is missing was counted over.
    pub missing_of: &'a str,
    /// What became of requests: for people, and how many.
    pub counts: Vec<(String, u64)>,
    /// Requests that fit no operation, by template, and how many.
    pub uncovered: Vec<(String, u64)>,
}

/// An operation as the wire sees it.
pub struct LiveOperation {
    /// Its name.
    pub name: String,
    /// Pairs that are durable.
    pub recorded: u64,
    /// How long legacy took, in milliseconds: the median and the 99th percentile.
    pub legacy_ms: Option<(f64, f64)>,
    /// New, likewise.
    pub new_ms: Option<(f64, f64)>,
    /// The last minutes, the present one last.
    pub minutes: Vec<Minute>,
    /// What evidence is still missing, in a few words each; the weightiest first.
    pub missing: Vec<String>,
}

/// What a minute's pairs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// All that were judged.
    pub judged: u64,
    /// Those with an open difference, or undecided.
    pub open: u64,
}

#[derive(Template)]
#[template(path = "live.html")]
struct Page {
    tool: String,
    migration: String,
    rate: String,
    sentence: String,
    since: String,
    now: String,
    chart: Option<String>,
    chart_told: String,
    missing_of: String,
    operations: Vec<OperationRow>,
    fields: Vec<FieldRow>,
    counts: Vec<(String, String)>,
    uncovered: Vec<(String, String)>,
}

struct OperationRow {
    name: String,
    recorded: String,
    same: String,
    tolerated: String,
    different: String,
    undecided: String,
    legacy: String,
    new: String,
    chart: Option<String>,
    chart_told: String,
    missing: Vec<String>,
    missing_more: Option<String>,
}

struct FieldRow {
    path: String,
    kind: &'static str,
    operation: String,
    pairs: String,
    share: String,
    examples: Vec<ExampleRow>,
}

struct ExampleRow {
    text: String,
    pair: String,
}

/// Writes the page.
pub fn write(mut out: impl io::Write, live: &Live<'_>) -> io::Result<()> {
    page(live).write_into(&mut out).map_err(io::Error::other)
}

fn page(live: &Live<'_>) -> Page {
    let totals = live.tally.totals;
    let rate = match totals.pairs {
        0 => "no pair yet".to_owned(),
        pairs => format!("{:.2} %", (totals.same + totals.tolerated) as f64 * 100.0 / pairs as f64),
    };
    let sentence = match totals.pairs {
        0 => "No pair yet.".to_owned(),
        _ => format!("{rate} of {} without an open difference.", counted(totals.pairs, "pair", "pairs")),
    };
    let uncovered = live.uncovered.iter().take(UNCOVERED_MAX);
    Page {
        tool: one_line(live.head.tool),
        migration: one_line(live.head.migration),
        rate,
        sentence,
        since: one_line(live.since),
        now: one_line(live.head.as_of),
        chart: chart(&live.minutes),
        chart_told: chart_told(&live.minutes),
        missing_of: one_line(live.missing_of),
        operations: live.operations.iter().map(|operation| operation_row(operation, live.tally)).collect(),
        fields: fields(live.tally),
        counts: live.counts.iter().map(|(name, count)| (one_line(name), grouped(*count))).collect(),
        uncovered: uncovered.map(|(name, count)| (short(name, CHARS_MAX), grouped(*count))).collect(),
    }
}

/// Points of a line over the minutes that had pairs; 0 is the top, where nothing differs.
fn chart(minutes: &[Minute]) -> Option<String> {
    let first = MINUTES_MAX.saturating_sub(minutes.len());
    let point = |(index, minute): (usize, &Minute)| {
        let share = minute.open as f64 * 100.0 / minute.judged as f64;
        (minute.judged > 0).then(|| format!("{},{share:.1}", first + index))
    };
    let points: Vec<String> = minutes.iter().enumerate().filter_map(point).collect();
    (points.len() > 1).then(|| points.join(" "))
}

fn chart_told(minutes: &[Minute]) -> String {
    let with_pairs = minutes.iter().filter(|minute| minute.judged > 0);
    let worst =
        with_pairs.map(|minute| minute.open as f64 * 100.0 / minute.judged as f64).fold(0.0, f64::max);
    format!(
        "over the last {}; the worst had {worst:.1} % open",
        counted(minutes.len() as u64, "minute", "minutes")
    )
}

fn operation_row(operation: &LiveOperation, tally: &Tally) -> OperationRow {
    let totals = tally.operations.get(operation.name.as_str()).map(|tally| tally.totals).unwrap_or_default();
    let times = |times: Option<(f64, f64)>| match times {
        None => "–".to_owned(),
        Some((half, most)) => format!("{half:.0} / {most:.0} ms"),
    };
    OperationRow {
        name: one_line(&operation.name),
        recorded: grouped(operation.recorded),
        same: grouped(totals.same),
        tolerated: grouped(totals.tolerated),
        different: grouped(totals.different),
        undecided: grouped(totals.undecided),
        legacy: times(operation.legacy_ms),
        new: times(operation.new_ms),
        chart: chart(&operation.minutes),
        chart_told: chart_told(&operation.minutes),
        missing: operation.missing.iter().take(MISSING_MAX).map(|text| short(text, CHARS_MAX)).collect(),
        missing_more: Some(operation.missing.len().saturating_sub(MISSING_MAX))
            .filter(|more| *more > 0)
            .map(|more| format!("and {} more", grouped(more as u64))),
    }
}

/// The fields with the most pairs in which nothing excuses a difference.
fn fields(tally: &Tally) -> Vec<FieldRow> {
    let of_operation = tally.operations.iter().flat_map(|(name, operation)| {
        operation.fields.iter().map(move |(field, tally)| (name, field, tally))
    });
    let mut open: Vec<_> = of_operation.filter(|(.., tally)| tally.pairs_open > 0).collect();
    open.sort_by_key(|(name, field, tally)| (std::cmp::Reverse(tally.pairs_open), *name, *field));
    open.truncate(FIELDS_MAX);
    let row = |(name, field, known): (&String, &evidence::tally::Field, &FieldTally)| {
        let value = |value: &Option<String>| {
            value.as_deref().map_or("(absent)".to_owned(), |text| short(text, CHARS_MAX))
        };
        let all = tally.operations.get(name.as_str()).map_or(0, |operation| operation.totals.decided());
        let examples = known.examples.iter().filter(|example| example.tolerance.is_none());
        FieldRow {
            path: short(&field.path, CHARS_MAX),
            kind: field.kind.name(),
            operation: one_line(name),
            pairs: grouped(known.pairs_open),
            share: format!("{:.2} %", known.pairs_open as f64 * 100.0 / all.max(1) as f64),
            examples: examples
                .take(EXAMPLES_MAX)
                .map(|example| ExampleRow {
                    text: format!("{} → {}", value(&example.legacy), value(&example.new)),
                    pair: short(&example.pair, CHARS_MAX),
                })
                .collect(),
        }
    };
    open.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_has_a_point_for_each_minute_that_had_pairs() {
        let minute = |judged, open| Minute { judged, open };
        assert_eq!(chart(&[minute(10, 0)]), None);
        let line = chart(&[minute(10, 0), minute(0, 0), minute(4, 1)]);
        assert_eq!(line.as_deref(), Some("57,0.0 59,25.0"));
        assert_eq!(chart_told(&[minute(4, 1)]), "over the last 1 minute; the worst had 25.0 % open");
    }

    #[test]
    fn what_is_recorded_cannot_act_on_the_page() {
        let tally = Tally::default();
        let hostile = "GET /<script>alert(1)</script>".to_owned();
        let live = Live {
            head: Head { tool: "0", migration: "<b>m</b>", as_of: "2026-11-27T10:00:00Z" },
            since: "2026-11-27T09:00:00Z",
            tally: &tally,
            operations: Vec::new(),
            minutes: Vec::new(),
            missing_of: "this run",
            counts: vec![("recorded".to_owned(), 1_234)],
            uncovered: vec![(hostile, 2)],
        };
        let mut page = Vec::new();
        write(&mut page, &live).expect("a vector takes all");
        let page = String::from_utf8(page).expect("it is text");
        assert!(!page.contains("<script") && !page.contains("<b>m"), "{page}");
        assert!(page.contains("No pair yet.") && page.contains("1,234"), "{page}");
    }
}
