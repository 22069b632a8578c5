//! The page of one mapping: its text with the parts marked that no evidence exercised.

use crate::html::budget::Budget;
use crate::html::page::{List, collect, shown};
use crate::mappings::{
    Coverage, MappingInfo, Measured, Point, PointKind, State, Unread, is_condition_itself, position, share,
};
use crate::run::{Run, counted, grouped};
use crate::visible::{one_line, short};
use askama::Template;

/// A longer mapping is marked up to here; people write a hundredth of it.
pub const SOURCE_BYTES_MAX: usize = 400_000;

/// Each list of the page.
const LIST_BYTES_MAX: usize = 200_000;

/// The markup of a row, at most.
const ROW_MARKUP_BYTES: usize = 300;

/// An expression in a list is cut here.
const EXPRESSION_CHARS_MAX: usize = 120;

/// The page.
#[derive(Template)]
#[template(path = "mapping.html")]
pub struct MappingPage {
    file: String,
    migration: String,
    as_of: String,
    tool: String,
    cases: String,
    failures: Vec<(String, String)>,
    findings: List<FindingRow>,
    unmeasured: Option<String>,
    sample: String,
    figures: Vec<Figure>,
    lines: Vec<Line>,
    cut: bool,
    gaps: List<Gap>,
    unread: List<(String, String)>,
    unread_note: Option<&'static str>,
}

struct Figure {
    name: &'static str,
    value: String,
}

struct Line {
    number: usize,
    parts: Vec<Part>,
}

/// A stretch of a line with one fate.
struct Part {
    class: &'static str,
    title: &'static str,
    text: String,
}

struct FindingRow {
    line: usize,
    place: String,
    level: &'static str,
    rule: String,
    message: String,
    help: String,
}

struct Gap {
    line: usize,
    place: String,
    what: String,
    text: String,
}

impl MappingPage {
    /// Of one mapping of a run.
    pub fn of(run: &Run, mapping: &MappingInfo) -> MappingPage {
        let none = Measured::default();
        let (measured, unmeasured) = match &mapping.coverage {
            Coverage::Measured(measured) => (measured, None),
            Coverage::Unmeasured(why) => (&none, Some(shown(why))),
        };
        let source = text_of(&mapping.source);
        let failures =
            mapping.failures.iter().map(|failure| (shown(&failure.name), short(&failure.message, 600)));
        MappingPage {
            file: shown(&mapping.file),
            migration: shown(run.head.migration),
            as_of: shown(run.head.as_of),
            tool: shown(run.head.tool),
            cases: match (mapping.cases, mapping.failures.len()) {
                (0, _) => "no case".to_owned(),
                (cases, 0) => counted(cases, "case passes", "cases pass"),
                (cases, failing) => format!("{failing} of {} fail", counted(cases, "case", "cases")),
            },
            failures: failures.collect(),
            findings: findings(mapping),
            figures: if unmeasured.is_some() { Vec::new() } else { figures(measured) },
            sample: measured.sample.clone(),
            unmeasured,
            lines: lines(source, measured),
            cut: source.len() < mapping.source.len(),
            gaps: gaps(&mapping.source, measured),
            unread: unread(measured),
            unread_note: match measured.unread {
                Unread::ReadsWhole => Some("It reads its input whole: nothing can be said of single fields."),
                Unread::Fields { is_cut: true, .. } => Some("There are more than are listed."),
                Unread::Fields { is_cut: false, .. } => None,
            },
        }
    }
}

fn findings(mapping: &MappingInfo) -> List<FindingRow> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let rows = mapping.findings.iter().map(|finding| {
        let row = FindingRow {
            line: finding.line,
            place: format!("{}:{}", finding.line, finding.column),
            level: finding.level.name(),
            rule: shown(&finding.rule),
            message: short(&finding.message, 300),
            help: short(&finding.help, 300),
        };
        budget.take(ROW_MARKUP_BYTES, &[&row.message, &row.help, &row.rule]).then_some(row)
    });
    collect(mapping.findings.len(), rows, "finding", "findings")
}

fn text_of(source: &str) -> &str {
    let mut end = source.len().min(SOURCE_BYTES_MAX);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    &source[..end]
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let mut figures = vec![
        Figure { name: "inputs", value: grouped(measured.inputs) },
        Figure {
            name: "expressions covered",
            value: share(measured.covered, measured.expressions, "expression", "expressions"),
        },
        Figure {
            name: "branches taken",
            value: share(measured.branches_covered, measured.branches, "branch", "branches"),
        },
        Figure { name: "never a value", value: grouped(measured.never_a_value) },
    ];
    if let Unread::Fields { fields, .. } = &measured.unread {
        figures.push(Figure { name: "fields never read", value: grouped(fields.len() as u64) });
    }
    figures
}

/// How each byte of the text fared: the innermost part decides.
fn painted(source: &str, measured: &Measured) -> Vec<State> {
    let mut states = vec![State::Covered; source.len()];
    for (index, point) in measured.points.iter().enumerate() {
        let is_else_unwritten = is_condition_itself(&measured.points, index);
        let range = point.span.start.min(source.len())..point.span.end.min(source.len());
        // The branch of a mere literal is not counted as an expression; it is where the branch is.
        if !is_else_unwritten {
            states[range].fill(point.state());
        }
    }
    states
}

fn lines(source: &str, measured: &Measured) -> Vec<Line> {
    let states = painted(source, measured);
    let mut start = 0;
    let line = |(index, text): (usize, &str)| {
        let from = start;
        start += text.len();
        Line { number: index + 1, parts: parts(text.trim_end_matches(['\n', '\r']), &states[from..]) }
    };
    source.split_inclusive('\n').enumerate().map(line).collect()
}

fn parts(text: &str, states: &[State]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut last = None;
    for (at, character) in text.char_indices() {
        // A line's indentation is no expression.
        let is_blank = character == ' ' && parts.iter().all(|part| part.text.trim().is_empty());
        let state = if is_blank { State::Covered } else { states[at] };
        if last != Some(state) {
            parts.push(Part { class: class(state), title: title(state), text: String::new() });
            last = Some(state);
        }
        if let Some(part) = parts.last_mut() {
            part.text.push_str(&one_line(character.encode_utf8(&mut [0; 4])));
        }
    }
    parts
}

fn class(state: State) -> &'static str {
    match state {
        State::Covered => "",
        State::NeverAValue => "novalue",
        State::Missed => "missed",
    }
}

fn title(state: State) -> &'static str {
    match state {
        State::Covered => "",
        State::NeverAValue | State::Missed => state.name(),
    }
}

fn gaps(source: &str, measured: &Measured) -> List<Gap> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let all = measured.gaps();
    let rows = all.iter().map(|point| {
        let (line, column) = position(source, point.span.start);
        let text = source.get(point.span.clone()).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let gap = Gap {
            line,
            place: format!("{line}:{column}"),
            what: what(point),
            text: short(&text, EXPRESSION_CHARS_MAX),
        };
        budget.take(ROW_MARKUP_BYTES, &[&gap.text, &gap.what]).then_some(gap)
    });
    collect(all.len(), rows, "part", "parts")
}

fn what(point: &Point) -> String {
    match (point.kind, point.state()) {
        (PointKind::Then, _) => "the condition never holds".to_owned(),
        (PointKind::Else, _) => "the condition always holds".to_owned(),
        (PointKind::Kept, _) => "there is never anything to keep".to_owned(),
        (PointKind::Fallback, _) => "the fallback is never taken".to_owned(),
        (PointKind::Expression, State::NeverAValue) if point.failed > 0 => {
            format!("never a value: it fails, {} times", grouped(point.failed))
        }
        (PointKind::Expression, State::NeverAValue) => {
            format!("never a value in {}", counted(point.evaluated, "evaluation", "evaluations"))
        }
        (PointKind::Expression, State::Missed | State::Covered) => State::Missed.name().to_owned(),
    }
}

fn unread(measured: &Measured) -> List<(String, String)> {
    let mut budget = Budget::new(LIST_BYTES_MAX);
    let Unread::Fields { fields, .. } = &measured.unread else {
        return List { items: Vec::new(), left_out: None };
    };
    let rows = fields.iter().map(|(path, inputs)| {
        let row = (shown(path), counted(*inputs, "input", "inputs"));
        budget.take(ROW_MARKUP_BYTES, &[&row.0, &row.1]).then_some(row)
    });
    collect(fields.len(), rows, "field", "fields")
}
