//! The page of the report: what a lead reads in two minutes stands first, what an engineer works from below.
//!
//! As with the page of `check`, every text is made visible and escaped by the template; the one thing that is not escaped is
//! the plot, in which only numbers and dates of ours stand.

use std::io;

use askama::Template;
use evidence::gate::Decision;
use evidence::gate::reading::{Answer, Reading};
use evidence::tally::Totals;

use super::numbers::{self, percent};
use super::{Readiness, markdown, plot};
use crate::causes::{CauseInfo, State};
use crate::findings::{meaning, operations, tolerances};
use crate::html::List;
use crate::html::budget::Budget;
use crate::limits::{self, Times};
use crate::mappings::Coverage;
use crate::run::{counted, grouped};
use crate::visible::short;

/// A list of the page; there are seventeen, two of them for each gate, and the page stays below two megabytes.
const LIST_BYTES_MAX: usize = 90_000;

/// The markup of a row, at most.
const ROW_MARKUP_BYTES: usize = 900;

/// The markup of a reading that is folded.
const OTHER_MARKUP_BYTES: usize = 250;

/// Texts are cut here.
const TEXT_CHARS_MAX: usize = 400;

/// Columns of the map: more do not fit on a screen.
const INTEGRATIONS_MAX: usize = 20;

/// Days that are listed below the plot, the newest first.
const DAYS_LISTED_MAX: usize = 14;

#[derive(Template)]
#[template(path = "readiness.html")]
struct Page {
    tool: String,
    migration: String,
    as_of: String,
    sentence: String,
    totals: [String; 5],
    gates: Vec<GateView>,
    rate: RateView,
    integrations: Vec<String>,
    integrations_left_out: usize,
    cells: List<MapRow>,
    findings: List<FindingView>,
    tolerances: List<ToleranceRow>,
    seen: List<CoverageRow>,
    unseen: List<UnseenRow>,
    mappings: List<MappingRow>,
    accounts: List<AccountView>,
    latencies: List<LatencyView>,
    bundles: List<BundleRow>,
}

/// An answer's word, sign and class, so that no colour carries a meaning alone.
#[derive(Clone, Copy)]
struct Mark {
    class: &'static str,
    word: &'static str,
    sign: &'static str,
}

struct GateView {
    name: &'static str,
    mark: Mark,
    summary: String,
    is_first: bool,
    open: List<ConditionView>,
    waived: List<ReadingView>,
    holds: String,
}

/// What one condition says: the worst first, the others folded.
struct ConditionView {
    worst: ReadingView,
    others: Vec<ReadingView>,
    others_left_out: usize,
}

struct ReadingView {
    mark: Mark,
    condition: String,
    about: String,
    says: String,
    settles: Option<String>,
}

struct RateView {
    plot: Option<String>,
    sentence: String,
    allowed: String,
    confidence: String,
    days: Vec<[String; 6]>,
    days_left_out: usize,
    undated: u64,
}

struct MapRow {
    operation: String,
    cells: Vec<MapCell>,
}

struct MapCell {
    class: &'static str,
    text: String,
    title: String,
}

struct FindingView {
    operation: String,
    field: String,
    kind: &'static str,
    meaning: &'static str,
    now_at: Option<String>,
    made_by: Option<String>,
    expression: Option<String>,
    state: &'static str,
    state_class: &'static str,
    pairs: String,
    differences: String,
    examples: Vec<ExampleRow>,
}

struct ExampleRow {
    pair: String,
    path: String,
    legacy: String,
    new: String,
}

struct ToleranceRow {
    path: String,
    rule: String,
    reason: String,
    owner: String,
    place: String,
    until: String,
    mark: Mark,
    differences: String,
    pairs: String,
    share: String,
}

struct CoverageRow {
    operation: String,
    seen: usize,
    all: usize,
    width: usize,
}

struct UnseenRow {
    operation: String,
    what: String,
}

struct MappingRow {
    file: String,
    cases: String,
    failing: usize,
    expressions: String,
    branches: String,
}

struct AccountView {
    name: String,
    integration: String,
    mark: Mark,
    pairs: String,
    different: String,
    undecided: String,
}

struct LatencyView {
    operation: String,
    legacy: [String; 3],
    new: [String; 3],
    ratio: String,
    is_slower: bool,
    fields: String,
    throttled: String,
    told: Vec<String>,
}

struct BundleRow {
    gate: String,
    mark: Mark,
    as_of: String,
    expires: String,
    state: String,
    file: String,
}

const PASS: Mark = Mark { class: "same", word: "pass", sign: "✓" };
const INCONCLUSIVE: Mark = Mark { class: "undecided", word: "inconclusive", sign: "?" };
const FAIL: Mark = Mark { class: "different", word: "fail", sign: "✗" };

pub(super) fn write(mut out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    page(readiness).write_into(&mut out).map_err(io::Error::other)
}

fn page(readiness: &Readiness<'_>) -> Page {
    let run = readiness.run;
    let Totals { pairs, same, tolerated, different, undecided } = run.tally.totals;
    let mut integrations: Vec<String> = numbers::integrations(readiness);
    let integrations_left_out = integrations.len().saturating_sub(INTEGRATIONS_MAX);
    integrations.truncate(INTEGRATIONS_MAX);
    let (seen, unseen) = coverage(readiness);
    Page {
        tool: cut(run.head.tool),
        migration: cut(run.head.migration),
        as_of: cut(run.head.as_of),
        sentence: markdown::sentence(readiness),
        totals: [pairs, same, tolerated, different, undecided].map(grouped),
        gates: gates(readiness),
        rate: rate(readiness),
        cells: cells(readiness, &integrations),
        integrations: integrations.iter().map(|name| named(name)).collect(),
        integrations_left_out,
        findings: findings(readiness),
        tolerances: tolerance_rows(readiness),
        seen,
        unseen,
        mappings: mapping_rows(readiness),
        accounts: account_rows(readiness),
        latencies: latency_rows(readiness),
        bundles: bundle_rows(readiness),
    }
}

fn cut(text: &str) -> String {
    short(text, TEXT_CHARS_MAX)
}

fn named(name: &str) -> String {
    if name.is_empty() { "not listed".to_owned() } else { cut(name) }
}

/// What fits of a list, with what a row takes.
fn fitting<T>(all: impl IntoIterator<Item = T>, what: &str, texts: impl Fn(&T) -> Vec<&str>) -> List<T> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let (mut items, mut left_out) = (Vec::new(), 0_u64);
    for item in all {
        if left_out == 0 && budget.take(ROW_MARKUP_BYTES, &texts(&item)) {
            items.push(item);
        } else {
            left_out += 1;
        }
    }
    let left_out =
        (left_out > 0).then(|| format!("and {} more {what}; readiness.json has all", grouped(left_out)));
    List { items, left_out }
}

fn mark(answer: Answer) -> Mark {
    match answer {
        Answer::Pass => PASS,
        Answer::Inconclusive => INCONCLUSIVE,
        Answer::Fail => FAIL,
    }
}

/// The first that is not passed is the one to work on: it is the one that is unfolded.
fn gates(readiness: &Readiness<'_>) -> Vec<GateView> {
    let mut gates: Vec<GateView> = readiness.decisions.iter().map(gate).collect();
    if let Some(first) = gates.iter_mut().find(|gate| !gate.open.items.is_empty()) {
        first.is_first = true;
    }
    gates
}

/// What does not hold or is missing, a row a condition: room is first for the worst of each, then for the others.
fn conditions(decision: &Decision) -> List<ConditionView> {
    let mut rows: Vec<ConditionView> = Vec::new();
    for one in numbers::open(decision) {
        let view = reading(one);
        match rows.iter_mut().find(|row| row.worst.condition == view.condition) {
            Some(row) => row.others.push(view),
            None => rows.push(ConditionView { worst: view, others: Vec::new(), others_left_out: 0 }),
        }
    }
    let mut rows = fitting(rows, "conditions", |row| texts(&row.worst));
    let mut budget = Budget::new(LIST_BYTES_MAX);
    for row in &rows.items {
        budget.take(ROW_MARKUP_BYTES, &texts(&row.worst));
    }
    for row in &mut rows.items {
        let fit = row.others.iter().take_while(|one| budget.take(OTHER_MARKUP_BYTES, &texts(one))).count();
        row.others_left_out = row.others.len() - fit;
        row.others.truncate(fit);
    }
    rows
}

fn texts(one: &ReadingView) -> Vec<&str> {
    vec![&one.condition, &one.about, &one.says, one.settles.as_deref().unwrap_or_default()]
}

fn gate(decision: &Decision) -> GateView {
    let counts = numbers::counts(decision);
    let all = counts.holds + counts.waived + counts.missing + counts.fails;
    let mut summary = format!("{} of {} hold", grouped(counts.holds), counted(all, "answer", "answers"));
    for (count, word) in [(counts.fails, "fail"), (counts.missing, "missing"), (counts.waived, "waived")] {
        if count > 0 {
            summary += &format!(", {} {word}", grouped(count));
        }
    }
    let waived = decision.readings.iter().filter(|reading| reading.waived.is_some());
    GateView {
        name: decision.gate.text(),
        mark: mark(decision.answer),
        summary,
        is_first: false,
        open: conditions(decision),
        waived: fitting(waived.map(waived_reading), "waived answers", texts),
        holds: grouped(counts.holds),
    }
}

fn reading(reading: &Reading) -> ReadingView {
    ReadingView {
        mark: match reading.answer() {
            Answer::Inconclusive => Mark { word: "missing", ..INCONCLUSIVE },
            answer => mark(answer),
        },
        condition: cut(&reading.condition),
        about: cut(&reading.about),
        says: cut(&reading.says),
        settles: reading.settles.as_deref().map(cut),
    }
}

fn waived_reading(one: &Reading) -> ReadingView {
    let because = one
        .waived
        .as_ref()
        .map(|waiver| format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.until));
    let mark = Mark { class: "tolerated", word: "waived", sign: "≈" };
    ReadingView { mark, settles: because.as_deref().map(cut), ..reading(one) }
}

fn rate(readiness: &Readiness<'_>) -> RateView {
    let days = numbers::days(readiness);
    let all = numbers::rate(readiness);
    let mut sentence = format!(
        "{} of {} differ: {}. With {} confidence the true rate is at most {}",
        grouped(all.events),
        counted(all.pairs, "decided pair", "decided pairs"),
        percent(all.rate),
        percent(readiness.confidence),
        percent(all.upper)
    );
    if all.design_effect > 1.05 {
        sentence += &format!(" (pairs of one account are alike: design effect {:.1})", all.design_effect);
    }
    sentence += match all.more_pairs {
        Some(0) => ".".to_owned(),
        Some(more) => {
            format!("; {} without a difference would settle it.", counted(more, "more pair", "more pairs"))
        }
        None => ".".to_owned(),
    }
    .as_str();
    let rows = days.iter().rev().take(DAYS_LISTED_MAX).map(|day| {
        [
            numbers::date(day.day),
            grouped(day.totals.pairs),
            grouped(day.totals.different),
            grouped(day.totals.undecided),
            percent(day.until.rate),
            percent(day.until.upper),
        ]
    });
    RateView {
        plot: plot::rate(&days, readiness.max_difference_rate),
        sentence,
        allowed: percent(readiness.max_difference_rate),
        confidence: percent(readiness.confidence),
        days: rows.collect(),
        days_left_out: days.len().saturating_sub(DAYS_LISTED_MAX),
        undated: numbers::undated(readiness),
    }
}

fn cells(readiness: &Readiness<'_>, integrations: &[String]) -> List<MapRow> {
    let results = operations(readiness.run);
    let rows = results.iter().map(|result| MapRow {
        operation: cut(result.name),
        cells: integrations
            .iter()
            .map(|integration| map_cell(&numbers::cell(readiness, result.name, integration)))
            .collect(),
    });
    fitting(rows.collect::<Vec<_>>(), "operations", |row| {
        let cells = row.cells.iter().flat_map(|cell| [cell.text.as_str(), cell.title.as_str(), CELL_MARKUP]);
        std::iter::once(row.operation.as_str()).chain(cells).collect()
    })
}

/// As long as the markup of a cell.
const CELL_MARKUP: &str = "                                                                                ";

fn map_cell(totals: &Totals) -> MapCell {
    let Totals { pairs, different, undecided, .. } = *totals;
    let share = plot::share_of(totals);
    let class = match (pairs, different, undecided) {
        (0, ..) => "none",
        (_, 0, 0) => "clean",
        (_, 0, _) => "unsure",
        _ if share < 0.01 => "warm",
        _ if share < 0.1 => "hot",
        _ => "burning",
    };
    let text = match (pairs, different) {
        (0, _) => "–".to_owned(),
        (_, 0) => format!("{} ✓", grouped(pairs)),
        _ => percent(share),
    };
    let title = match pairs {
        0 => "no pair".to_owned(),
        _ => format!(
            "{}: {} different, {} undecided",
            counted(pairs, "pair", "pairs"),
            grouped(different),
            grouped(undecided)
        ),
    };
    MapCell { class, text, title }
}

fn findings(readiness: &Readiness<'_>) -> List<FindingView> {
    let mut causes: Vec<&CauseInfo> =
        readiness.run.causes.iter().filter(|cause| cause.state != State::Gone).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse((cause.pairs, cause.differences)));
    fitting(causes.into_iter().map(finding), "groups", |row| {
        let examples = row.examples.iter().flat_map(|one| [&one.pair, &one.path, &one.legacy, &one.new]);
        let examples = examples.map(String::as_str).chain([CELL_MARKUP; 9]);
        let rest =
            [&row.made_by, &row.expression, &row.now_at].map(|text| text.as_deref().unwrap_or_default());
        [row.operation.as_str(), &row.field].into_iter().chain(rest).chain(examples).collect()
    })
}

fn finding(cause: &CauseInfo) -> FindingView {
    let value = |value: &Option<String>| value.as_deref().map_or("(absent)".to_owned(), cut);
    FindingView {
        operation: cut(&cause.operation),
        field: cut(&cause.field),
        kind: cause.kind.name(),
        meaning: meaning(cause.kind),
        now_at: cause.now_at.as_deref().map(cut),
        made_by: cause.made_at.as_ref().map(|at| cut(&at.place())),
        expression: cause.made_at.as_ref().and_then(|at| at.expression.as_deref()).map(cut),
        state: cause.state.name(),
        state_class: if cause.state == State::Accepted { "tolerated" } else { "different" },
        pairs: counted(cause.pairs, "pair", "pairs"),
        differences: counted(cause.differences, "difference", "differences"),
        examples: cause
            .examples
            .iter()
            .map(|example| ExampleRow {
                pair: cut(&example.pair),
                path: cut(&example.path),
                legacy: value(&example.legacy),
                new: value(&example.new),
            })
            .collect(),
    }
}

/// The widest first: what a tolerance hid is what nobody looked at.
fn tolerance_rows(readiness: &Readiness<'_>) -> List<ToleranceRow> {
    let mut uses = tolerances(readiness.run);
    uses.sort_by_key(|known| std::cmp::Reverse(known.tally.pairs));
    let all = readiness.run.tally.totals.pairs;
    let rows = uses.iter().map(|known| {
        let info = known.info;
        ToleranceRow {
            path: cut(&info.path),
            rule: cut(&info.rule),
            reason: cut(&info.reason),
            owner: cut(&info.owner),
            place: cut(&format!("{}:{}", info.file, info.line)),
            until: cut(&info.until),
            mark: match (info.expired, known.unused()) {
                (true, _) => Mark { word: "ended", ..FAIL },
                (false, true) => Mark { word: "hid nothing", ..INCONCLUSIVE },
                (false, false) => Mark { class: "tolerated", word: "holds", sign: "≈" },
            },
            differences: grouped(known.tally.differences),
            pairs: grouped(known.tally.pairs),
            share: percent(known.tally.pairs as f64 / all.max(1) as f64),
        }
    });
    fitting(rows.collect::<Vec<_>>(), "tolerances", |row| {
        vec![&row.path, &row.rule, &row.reason, &row.owner, &row.place, &row.until]
    })
}

fn coverage(readiness: &Readiness<'_>) -> (List<CoverageRow>, List<UnseenRow>) {
    let mut rows: Vec<CoverageRow> = Vec::new();
    for cell in &readiness.coverage {
        if rows.last().is_none_or(|row| row.operation != cut(&cell.operation)) {
            rows.push(CoverageRow { operation: cut(&cell.operation), seen: 0, all: 0, width: 0 });
        }
        if let Some(row) = rows.last_mut() {
            row.all += 1;
            row.seen += usize::from(cell.pairs > 0);
            row.width = row.seen * 100 / row.all;
        }
    }
    let unseen = readiness.coverage.iter().filter(|cell| cell.pairs == 0);
    let unseen =
        unseen.map(|cell| UnseenRow { operation: cut(&cell.operation), what: cut(&cell.what.says()) });
    let rows = fitting(rows, "operations", |row| vec![&row.operation]);
    (rows, fitting(unseen.collect::<Vec<_>>(), "cells", |row| vec![&row.operation, &row.what]))
}

fn mapping_rows(readiness: &Readiness<'_>) -> List<MappingRow> {
    let rows = readiness.run.mappings.iter().map(|mapping| {
        let (expressions, branches) = match &mapping.coverage {
            Coverage::Unmeasured(why) => (format!("not measured: {why}"), String::new()),
            Coverage::Measured(measured) => (
                format!("{} of {}", grouped(measured.covered), grouped(measured.expressions)),
                format!("{} of {}", grouped(measured.branches_covered), grouped(measured.branches)),
            ),
        };
        MappingRow {
            file: cut(&mapping.file),
            cases: grouped(mapping.cases),
            failing: mapping.failures.len(),
            expressions: cut(&expressions),
            branches,
        }
    });
    fitting(rows.collect::<Vec<_>>(), "mappings", |row| vec![&row.file, &row.expressions])
}

fn account_rows(readiness: &Readiness<'_>) -> List<AccountView> {
    let rows = numbers::accounts(readiness).into_iter().map(|row| {
        let Totals { pairs, different, undecided, .. } = row.totals;
        AccountView {
            name: if row.name.is_empty() { "(names none)".to_owned() } else { cut(&row.name) },
            integration: named(&row.integration),
            mark: match (pairs, different, undecided) {
                (0, ..) => Mark { word: "never observed", ..INCONCLUSIVE },
                _ if !row.is_listed => Mark { word: "not listed", ..INCONCLUSIVE },
                (_, 0, 0) => Mark { word: "clean", ..PASS },
                (_, 0, _) => Mark { word: "undecided pairs", ..INCONCLUSIVE },
                _ => Mark { word: "differs", ..FAIL },
            },
            pairs: grouped(pairs),
            different: grouped(different),
            undecided: grouped(undecided),
        }
    });
    fitting(rows.collect::<Vec<_>>(), "accounts", |row| vec![&row.name, &row.integration])
}

fn latency_rows(readiness: &Readiness<'_>) -> List<LatencyView> {
    let times = |times: Option<Times>| {
        times.map_or(["–"; 3].map(str::to_owned), |times| [times.p50, times.p95, times.p99].map(grouped))
    };
    let rows = limits::rows(readiness.run).into_iter().map(|row| {
        let ratio = match (row.legacy, row.new) {
            (Some(legacy), Some(new)) => Some(new.p95 as f64 / legacy.p95.max(1) as f64),
            _ => None,
        };
        LatencyView {
            operation: cut(row.operation),
            legacy: times(row.legacy),
            new: times(row.new),
            ratio: ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2} ×")),
            is_slower: ratio.is_some_and(|ratio| ratio > 1.5),
            fields: cut(&row.fields()),
            throttled: grouped(row.limits.throttled),
            told: limits::sentences(&row).iter().map(|text| cut(text)).collect(),
        }
    });
    fitting(rows.collect::<Vec<_>>(), "operations", |row| {
        let told = row.told.iter().map(String::as_str);
        [row.operation.as_str(), &row.fields].into_iter().chain(told).collect()
    })
}

fn bundle_rows(readiness: &Readiness<'_>) -> List<BundleRow> {
    let rows = readiness.bundles.iter().map(|bundle| BundleRow {
        gate: cut(&bundle.gate),
        mark: match bundle.answer.as_str() {
            "pass" => PASS,
            "fail" => FAIL,
            _ => INCONCLUSIVE,
        },
        as_of: cut(&bundle.as_of),
        expires: cut(&bundle.expires),
        state: cut(&match (&bundle.broken[..], bundle.is_expired) {
            ([first, ..], _) => first.clone(),
            ([], true) => "expired".to_owned(),
            ([], false) if bundle.is_signed => "holds, signed".to_owned(),
            ([], false) => "holds".to_owned(),
        }),
        file: cut(&bundle.file),
    });
    fitting(rows.collect::<Vec<_>>(), "bundles", |row| vec![&row.gate, &row.as_of, &row.state, &row.file])
}
