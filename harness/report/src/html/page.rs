//! What the page's template is filled with: texts and numbers, ready to be shown.

use crate::findings::{self, Finding, findings, meaning, operations, tolerances, uncounted};
use crate::html::budget::Budget;
use crate::html::example::{EXAMPLES_BYTES_MAX, ExampleView, example_views};
use crate::html::times::{TimesRow, times_rows};
use crate::mappings::{Coverage, Unread, page_name};
use crate::noise;
use crate::run::{Outcome, Run, counted, grouped};
use crate::visible::short;
use askama::Template;
use compare::volatile::Advice;
use evidence::tally::{FieldTally, Totals};

/// Each of the other lists.
pub(super) const LIST_BYTES_MAX: usize = 150_000;

/// Paths, ids and one-line values are cut here.
const SHORT_CHARS_MAX: usize = 240;

/// Sentences of people and of errors are cut here.
const LINE_CHARS_MAX: usize = 600;

/// The markup of a row of a list, at most.
pub(super) const ROW_MARKUP_BYTES: usize = 700;

/// The page.
#[derive(Template)]
#[template(path = "index.html")]
pub struct Page {
    tool: String,
    migration: String,
    as_of: String,
    outcome: Mark,
    sentence: String,
    interrupted: Option<String>,
    cards: Vec<Card>,
    bars: Vec<Bar>,
    problems: List<String>,
    operations: List<OperationRow>,
    totals: Numbers,
    fields: List<FieldRow>,
    uncounted: Option<String>,
    tolerances: List<ToleranceView>,
    mappings: List<MappingRow>,
    undecided: List<UndecidedView>,
    noise: List<NoiseRow>,
    suggestions: List<SuggestionRow>,
    times: List<TimesRow>,
    notes: List<NoteRow>,
    warnings: List<String>,
}

/// A verdict's word, sign and class, so that no colour carries a meaning alone.
#[derive(Clone, Copy)]
struct Mark {
    class: &'static str,
    word: &'static str,
    sign: &'static str,
}

struct Card {
    mark: Mark,
    count: String,
    share: String,
}

struct Bar {
    class: &'static str,
    share: String,
}

/// What is shown of a list, and what is not.
pub struct List<T> {
    /// What is shown.
    pub items: Vec<T>,
    /// How much is not.
    pub left_out: Option<String>,
}

struct Numbers {
    pairs: String,
    same: String,
    tolerated: String,
    different: String,
    undecided: String,
    mark: Mark,
}

struct OperationRow {
    name: String,
    mapping: String,
    numbers: Numbers,
}

struct FieldRow {
    anchor: String,
    operation: String,
    path: String,
    kind: &'static str,
    meaning: &'static str,
    summary: String,
    blame: Option<String>,
    pairs: String,
    open: String,
    tolerated: String,
    is_open: bool,
    examples: List<ExampleView>,
}

struct ToleranceView {
    path: String,
    rule: String,
    reason: String,
    owner: String,
    until: String,
    place: String,
    operations: String,
    state: Mark,
    excused: String,
    examples: List<ExampleView>,
}

struct MappingRow {
    file: String,
    page: String,
    cases: String,
    state: Mark,
    expressions: String,
    branches: String,
    unread: String,
}

struct UndecidedView {
    operation: String,
    reason: &'static str,
    pairs: String,
    examples: Vec<CaseView>,
}

struct CaseView {
    pair: String,
    detail: String,
    location: String,
}

struct NoiseRow {
    operation: String,
    field: String,
    pairs: String,
    raw: String,
    wavers: String,
    certain: String,
    diffy: &'static str,
}

struct SuggestionRow {
    operation: String,
    field: String,
    advice: String,
    evidence: String,
    is_refused: bool,
}

struct NoteRow {
    operation: String,
    note: String,
    pairs: String,
    example: String,
}

const SAME: Mark = Mark { class: "same", word: "same", sign: "=" };
const TOLERATED: Mark = Mark { class: "tolerated", word: "tolerated", sign: "≈" };
const DIFFERENT: Mark = Mark { class: "different", word: "different", sign: "≠" };
const UNDECIDED: Mark = Mark { class: "undecided", word: "undecided", sign: "?" };
const EMPTY: Mark = Mark { class: "empty", word: "no pairs", sign: "–" };

impl Page {
    /// The page of a run.
    pub fn of(run: &Run) -> Page {
        let mut examples = Budget::new(EXAMPLES_BYTES_MAX);
        let totals = run.tally.totals;
        let fields = field_rows(run, &mut examples);
        Page {
            tool: shown(run.head.tool),
            migration: shown(run.head.migration),
            as_of: shown(run.head.as_of),
            outcome: outcome_mark(run.outcome()),
            sentence: run.sentence(),
            interrupted: run.interrupted.as_deref().map(shown),
            cards: cards(&totals),
            bars: bars(&totals),
            problems: texts(&findings::problems(run), "problem", "problems"),
            operations: operation_rows(run),
            totals: numbers(&totals),
            fields,
            uncounted: Some(uncounted(run))
                .filter(|count| *count > 0)
                .map(|count| counted(count, "difference is", "differences are")),
            tolerances: tolerance_views(run, &mut examples),
            mappings: mapping_rows(run),
            undecided: undecided_views(run),
            noise: noise_rows(run),
            suggestions: suggestion_rows(run),
            times: times_rows(run),
            notes: note_rows(run),
            warnings: texts(&findings::warnings(run), "warning", "warnings"),
        }
    }
}

/// A short text of a recording or a person, made visible.
pub fn shown(text: &str) -> String {
    short(text, SHORT_CHARS_MAX)
}

pub(super) fn named(operation: &str) -> String {
    if operation.is_empty() { "(unknown operation)".to_owned() } else { shown(operation) }
}

fn outcome_mark(outcome: Outcome) -> Mark {
    match outcome {
        Outcome::Different => Mark { word: "Different", ..DIFFERENT },
        Outcome::CaseFails => Mark { word: "Case fails", sign: "!", ..DIFFERENT },
        Outcome::Expired => Mark { word: "Tolerance expired", sign: "!", ..DIFFERENT },
        Outcome::Undecided => Mark { word: "Undecided", ..UNDECIDED },
        Outcome::Nothing => Mark { word: "Nothing to judge", ..UNDECIDED },
        Outcome::Passed => Mark { word: "Passed", sign: "✓", ..SAME },
    }
}

fn totals_mark(totals: &Totals) -> Mark {
    match totals {
        Totals { different: 1.., .. } => DIFFERENT,
        Totals { undecided: 1.., .. } => UNDECIDED,
        Totals { tolerated: 1.., .. } => TOLERATED,
        Totals { pairs: 0, .. } => EMPTY,
        Totals { .. } => SAME,
    }
}

fn numbers(totals: &Totals) -> Numbers {
    Numbers {
        pairs: grouped(totals.pairs),
        same: grouped(totals.same),
        tolerated: grouped(totals.tolerated),
        different: grouped(totals.different),
        undecided: grouped(totals.undecided),
        mark: totals_mark(totals),
    }
}

fn by_verdict(totals: &Totals) -> [(Mark, u64); 4] {
    [
        (SAME, totals.same),
        (TOLERATED, totals.tolerated),
        (DIFFERENT, totals.different),
        (UNDECIDED, totals.undecided),
    ]
}

fn cards(totals: &Totals) -> Vec<Card> {
    let share = |count: u64| match (count, totals.pairs) {
        (0, _) | (_, 0) => String::new(),
        (count, pairs) if count == pairs => "100 %".to_owned(),
        // A share that is neither nothing nor all must not be rounded to look like it.
        (count, pairs) => {
            let per_mille = (u128::from(count) * 1_000 / u128::from(pairs)).clamp(1, 999);
            format!("{}.{} %", per_mille / 10, per_mille % 10)
        }
    };
    by_verdict(totals)
        .into_iter()
        .map(|(mark, count)| {
            let mark = if count == 0 { Mark { class: "empty", ..mark } } else { mark };
            Card { mark, count: grouped(count), share: share(count) }
        })
        .collect()
}

fn bars(totals: &Totals) -> Vec<Bar> {
    let shown = by_verdict(totals).into_iter().filter(|(_, count)| *count > 0);
    shown.map(|(mark, count)| Bar { class: mark.class, share: count.to_string() }).collect()
}

/// Collects what the budget has room for; the first that has none ends the list.
pub fn collect<T>(total: usize, items: impl Iterator<Item = Option<T>>, one: &str, many: &str) -> List<T> {
    let items: Vec<T> = items.map_while(|item| item).collect();
    let left_out = total - items.len();
    List {
        items,
        left_out: (left_out > 0).then(|| format!("{} not shown", counted(left_out as u64, one, many))),
    }
}

fn texts(all: &[String], one: &str, many: &str) -> List<String> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let items = all.iter().map(|text| {
        let text = short(text, LINE_CHARS_MAX);
        budget.take(ROW_MARKUP_BYTES, &[&text]).then_some(text)
    });
    collect(all.len(), items, one, many)
}

fn operation_rows(run: &Run) -> List<OperationRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let results = operations(run);
    let rows = results.iter().map(|result| {
        let mapping = match result.info {
            None => "not in the configuration".to_owned(),
            Some(info) => info.mapping.as_deref().map_or("no mapping".to_owned(), shown),
        };
        let row = OperationRow { name: named(result.name), mapping, numbers: numbers(&result.totals()) };
        budget.take(ROW_MARKUP_BYTES, &[&row.name, &row.mapping]).then_some(row)
    });
    collect(results.len(), rows, "operation", "operations")
}

fn field_rows(run: &Run, examples: &mut Budget) -> List<FieldRow> {
    // A field is a row of the table and the head of its examples: its texts stand on the page twice.
    let mut budget = Budget::new(2 * LIST_BYTES_MAX);
    let findings = findings(run);
    let rows = findings.iter().enumerate().map(|(index, finding)| {
        let (operation, path) = (named(finding.operation), shown(&finding.field.path));
        let fits = budget.take(2 * ROW_MARKUP_BYTES, &[&operation, &operation, &path, &path]);
        fits.then(|| field_row(run, finding, index, examples))
    });
    collect(findings.len(), rows, "field", "fields")
}

fn field_row(run: &Run, finding: &Finding, index: usize, budget: &mut Budget) -> FieldRow {
    let tally = finding.tally;
    FieldRow {
        anchor: format!("field-{}", index + 1),
        operation: named(finding.operation),
        path: shown(&finding.field.path),
        kind: finding.field.kind.name(),
        meaning: meaning(finding.field.kind),
        summary: field_summary(tally),
        blame: findings::blames(tally),
        pairs: grouped(tally.pairs),
        open: grouped(tally.open()),
        tolerated: grouped(tally.tolerated()),
        is_open: tally.open() > 0,
        examples: example_views(run, finding.operation, tally.examples.iter(), budget),
    }
}

fn field_summary(tally: &FieldTally) -> String {
    let differences = counted(tally.differences, "difference", "differences");
    let pairs = counted(tally.pairs, "pair", "pairs");
    match (tally.open(), tally.tolerated()) {
        (_, 0) => format!("{differences} in {pairs}."),
        (0, _) => format!("{differences} in {pairs}, all tolerated."),
        (_, tolerated) => format!("{differences} in {pairs}, {} of them tolerated.", grouped(tolerated)),
    }
}

fn tolerance_views(run: &Run, examples: &mut Budget) -> List<ToleranceView> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let uses = tolerances(run);
    let views = uses.iter().map(|known| {
        let info = known.info;
        let excused = match known.unused() {
            true => "excused nothing".to_owned(),
            false => format!(
                "{} in {}",
                counted(known.tally.differences, "difference", "differences"),
                counted(known.tally.pairs, "pair", "pairs")
            ),
        };
        let state = match (info.expired, known.unused()) {
            (true, _) => Mark { word: "expired", ..DIFFERENT },
            (false, true) => Mark { word: "unused", ..UNDECIDED },
            (false, false) => Mark { word: "in use", ..TOLERATED },
        };
        let mut view = ToleranceView {
            path: shown(&info.path),
            rule: shown(&info.rule),
            reason: short(&info.reason, LINE_CHARS_MAX),
            owner: shown(&info.owner),
            until: shown(&info.until),
            place: shown(&format!("{}:{}", info.file, info.line)),
            operations: shown(&known.operations.join(", ")),
            state,
            excused,
            examples: List { items: Vec::new(), left_out: None },
        };
        let ToleranceView { path, rule, reason, owner, until, place, operations, .. } = &view;
        let fits = budget.take(2 * ROW_MARKUP_BYTES, &[path, rule, reason, owner, until, place, operations]);
        // The tolerance is named by where it stands; only the operations say by which index.
        view.examples = example_views(run, "", known.tally.examples.iter(), examples);
        fits.then_some(view)
    });
    collect(uses.len(), views, "tolerance", "tolerances")
}

fn mapping_rows(run: &Run) -> List<MappingRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let rows = run.mappings.iter().enumerate().map(|(index, mapping)| {
        let (expressions, branches, unread) = match &mapping.coverage {
            Coverage::Unmeasured(_) => ("not measured".to_owned(), String::new(), String::new()),
            Coverage::Measured(measured) => (
                format!("{} of {}", grouped(measured.covered), grouped(measured.expressions)),
                format!("{} of {}", grouped(measured.branches_covered), grouped(measured.branches)),
                match &measured.unread {
                    Unread::ReadsWhole => "reads all".to_owned(),
                    Unread::Fields { fields, .. } => grouped(fields.len() as u64),
                },
            ),
        };
        let row = MappingRow {
            file: shown(&mapping.file),
            page: page_name(run, index),
            cases: grouped(mapping.cases),
            state: match (mapping.cases, mapping.failures.is_empty()) {
                (0, _) => Mark { word: "no case", ..EMPTY },
                (_, true) => Mark { word: "pass", sign: "✓", ..SAME },
                (_, false) => Mark { word: "fail", ..DIFFERENT },
            },
            expressions,
            branches,
            unread,
        };
        budget.take(ROW_MARKUP_BYTES, &[&row.file, &row.page]).then_some(row)
    });
    collect(run.mappings.len(), rows, "mapping", "mappings")
}

fn undecided_views(run: &Run) -> List<UndecidedView> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let all = run.tally.operations.iter().flat_map(|(operation, tally)| {
        tally.undecided.iter().map(move |(reason, tally)| (operation, reason, tally))
    });
    let total = all.clone().count();
    let views = all.map(|(operation, reason, tally)| {
        let view = UndecidedView {
            operation: named(operation),
            reason: reason.name(),
            pairs: counted(tally.pairs, "pair", "pairs"),
            examples: tally
                .examples
                .iter()
                .map(|case| CaseView {
                    pair: shown(&case.pair),
                    detail: short(&case.detail, LINE_CHARS_MAX),
                    location: shown(&case.location),
                })
                .collect(),
        };
        let fits = budget.take(ROW_MARKUP_BYTES, &[&view.operation]) && {
            let takes =
                |case: &CaseView| budget.take(ROW_MARKUP_BYTES, &[&case.pair, &case.detail, &case.location]);
            view.examples.iter().all(takes)
        };
        fits.then_some(view)
    });
    collect(total, views, "reason", "reasons")
}

fn noise_rows(run: &Run) -> List<NoiseRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let fields = noise::fields(run);
    let rows = fields.iter().map(|noisy| {
        let counts = &noisy.counts;
        let row = NoiseRow {
            operation: named(noisy.operation),
            field: shown(counts.field),
            pairs: grouped(counts.pairs),
            raw: grouped(counts.raw),
            wavers: grouped(counts.noise),
            certain: grouped(counts.certain),
            diffy: if counts.is_flagged_by_diffy { "show it" } else { "not show it" },
        };
        budget.take(ROW_MARKUP_BYTES, &[&row.operation, &row.field]).then_some(row)
    });
    collect(fields.len(), rows, "field", "fields")
}

fn suggestion_rows(run: &Run) -> List<SuggestionRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let suggestions = noise::suggestions(run);
    let rows = suggestions.iter().map(|noise::Advised { operation, suggestion }| {
        let row = SuggestionRow {
            operation: named(operation),
            field: shown(&suggestion.field),
            advice: noise::advice(suggestion),
            evidence: noise::evidence(suggestion),
            is_refused: matches!(suggestion.advice, Advice::Refuse(_)),
        };
        let texts = [&row.operation, &row.field, &row.advice, &row.evidence].map(String::as_str);
        budget.take(ROW_MARKUP_BYTES, &texts).then_some(row)
    });
    collect(suggestions.len(), rows, "suggestion", "suggestions")
}

fn note_rows(run: &Run) -> List<NoteRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let all =
        run.tally.operations.iter().flat_map(|(operation, tally)| {
            tally.notes.iter().map(move |(note, tally)| (operation, note, tally))
        });
    let total = all.clone().count();
    let rows = all.map(|(operation, note, tally)| {
        let row = NoteRow {
            operation: named(operation),
            note: short(note, LINE_CHARS_MAX),
            pairs: grouped(tally.pairs),
            example: tally.examples.first().map_or(String::new(), |case| shown(&case.pair)),
        };
        budget.take(ROW_MARKUP_BYTES, &[&row.operation, &row.note, &row.example]).then_some(row)
    });
    collect(total, rows, "note", "notes")
}
