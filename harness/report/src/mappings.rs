//! What a run says of each mapping beside its pairs: its cases, what of it was exercised, and what a reader of it objects to.

use std::ops::Range;

use crate::run::{Run, counted};
use crate::visible::one_line;

/// One mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingInfo {
    /// Its file, as reports name it.
    pub file: String,
    /// Its text.
    pub source: String,
    /// The cases beside it that were run.
    pub cases: u64,
    /// Those that fail.
    pub failures: Vec<CaseFailure>,
    /// What a careful reader of it objects to, in the order of its text.
    pub findings: Vec<Finding>,
    /// What of it was exercised.
    pub coverage: Coverage,
}

/// What a careful reader objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// What the rule is about, in one sentence.
    pub about: String,
    /// How bad it is.
    pub level: Level,
    /// Bytes of the mapping's text.
    pub span: Range<usize>,
    /// Where it begins, from 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Behind its last character.
    pub end_column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The rule of what two engines should have evaluated, and one did.
pub const NOT_CROSS_CHECKED: &str = "oracle_absent";

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Probably a mistake.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// The word that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// A case that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure {
    /// The case's name.
    pub name: String,
    /// The file of what is expected.
    pub file: String,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// What of a mapping was exercised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It was not measured, and why.
    Unmeasured(String),
    /// It was.
    Measured(Measured),
}

impl Default for Coverage {
    fn default() -> Self {
        Coverage::Unmeasured("it was not asked for".to_owned())
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How inputs were chosen, where not all were evaluated.
    pub sample: String,
    /// Inputs evaluated: bodies of pairs, page by page. Cases are no evidence, and do not count.
    pub inputs: u64,
    /// Sub-expressions that are counted.
    pub expressions: u64,
    /// Those that came to a value.
    pub covered: u64,
    /// Those that were evaluated and never came to a value.
    pub never_a_value: u64,
    /// Branches of conditions.
    pub branches: u64,
    /// Those that were taken.
    pub branches_covered: u64,
    /// Each part, in the order of the text; what encloses before what it encloses.
    pub points: Vec<Point>,
    /// Fields of the input that are never read.
    pub unread: Unread,
}

/// A part of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its bytes in the mapping's text.
    pub span: Range<usize>,
    /// What is counted there.
    pub kind: PointKind,
    /// How often it was evaluated, or taken.
    pub evaluated: u64,
    /// How often that came to nothing.
    pub undefined: u64,
    /// How often it failed.
    pub failed: u64,
    /// On how many accounts' data.
    pub accounts: u64,
}

/// What is counted at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// A sub-expression.
    Expression,
    /// What a condition takes where it holds.
    Then,
    /// What it takes where it does not.
    Else,
    /// The left side of `??` or `?:`, kept.
    Kept,
    /// Its right side, taken instead.
    Fallback,
}

/// Fields of the input that are never read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The mapping reads its input whole, so that nothing can be said of single fields.
    ReadsWhole,
    /// By path, with each index as `[*]`: in how many inputs it was.
    Fields {
        /// The fields.
        fields: Vec<(String, u64)>,
        /// Whether there were more.
        is_cut: bool,
    },
}

impl Default for Unread {
    fn default() -> Self {
        Unread::Fields { fields: Vec::new(), is_cut: false }
    }
}

/// How a part fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It came to a value; a branch was taken.
    Covered,
    /// It was evaluated, and always came to nothing or failed.
    NeverAValue,
    /// It was never evaluated; a branch was never taken.
    Missed,
}

impl State {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Covered => "covered",
            State::NeverAValue => "never a value",
            State::Missed => "never evaluated",
        }
    }
}

impl MappingInfo {
    /// Inputs of pairs that it was watched on.
    pub fn inputs(&self) -> u64 {
        match &self.coverage {
            Coverage::Measured(measured) => measured.inputs,
            Coverage::Unmeasured(_) => 0,
        }
    }
}

impl Point {
    /// How it fared.
    pub fn state(&self) -> State {
        match self.kind {
            _ if self.evaluated == 0 => State::Missed,
            PointKind::Expression if self.evaluated == self.undefined + self.failed => State::NeverAValue,
            _ => State::Covered,
        }
    }
}

impl Measured {
    /// The parts that are not covered, each once: what lies within one that was never evaluated goes without saying.
    pub fn gaps(&self) -> Vec<&Point> {
        let mut gaps: Vec<&Point> = Vec::new();
        let mut missed_until = 0;
        for (index, point) in self.points.iter().enumerate() {
            let is_within = point.span.end <= missed_until;
            if point.state() == State::Covered || is_within {
                continue;
            }
            // A branch that is written says the same as the expression that it is.
            let is_said = gaps.last().is_some_and(|last| last.span == point.span);
            if point.state() == State::Missed && !is_condition_itself(&self.points, index) {
                missed_until = point.span.end;
            }
            if !is_said {
                gaps.push(point);
            }
        }
        gaps
    }
}

/// An `else` that is not written stands at its condition, which was evaluated.
pub(crate) fn is_condition_itself(points: &[Point], index: usize) -> bool {
    let point = &points[index];
    let same = points[..index].iter().rev().take_while(|other| other.span == point.span);
    point.kind == PointKind::Else
        && same.into_iter().any(|other| other.kind == PointKind::Expression && other.evaluated > 0)
}

/// How many cases failed in a run.
pub fn failing_cases(run: &Run) -> u64 {
    run.mappings.iter().map(|mapping| mapping.failures.len() as u64).sum()
}

/// A sentence a failing case.
pub fn case_sentences(run: &Run) -> impl Iterator<Item = String> {
    let failures = run.mappings.iter().flat_map(|mapping| mapping.failures.iter());
    failures.map(|failure| one_line(&format!("the case {} fails: {}", failure.file, failure.message)))
}

/// What to say of mappings without a case.
pub fn without_case(run: &Run) -> impl Iterator<Item = String> {
    let bare = run.mappings.iter().filter(|mapping| mapping.cases == 0);
    bare.map(|mapping| one_line(&format!("the mapping {} has no case", mapping.file)))
}

/// Findings that are told among a run's warnings; `results.sarif` and the mappings' pages have all.
pub const FINDINGS_TOLD_MAX: usize = 50;

/// A sentence a warning of a mapping's reader, up to [`FINDINGS_TOLD_MAX`].
pub fn finding_sentences(run: &Run) -> Vec<String> {
    let all = run.mappings.iter().flat_map(|mapping| mapping.findings.iter().map(move |one| (mapping, one)));
    let warnings: Vec<_> = all.filter(|(_, finding)| finding.level == Level::Warning).collect();
    let sentence = |(mapping, finding): &(&MappingInfo, &Finding)| {
        let Finding { line, column, message, rule, help, .. } = *finding;
        one_line(&format!("{}:{line}:{column}: {message} ({rule}): {help}", mapping.file))
    };
    let mut sentences: Vec<String> = warnings.iter().take(FINDINGS_TOLD_MAX).map(sentence).collect();
    let left_out = warnings.len().saturating_sub(FINDINGS_TOLD_MAX) as u64;
    if left_out > 0 {
        sentences.push(format!("{} in mappings", counted(left_out, "more finding", "more findings")));
    }
    sentences
}

/// Line and column, from 1, of a byte of a text.
pub fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// The name of a mapping's page among the reports, unique in the run.
pub fn page_name(run: &Run, index: usize) -> String {
    let name = |mapping: &MappingInfo| {
        let file = mapping.file.strip_prefix("mappings/").unwrap_or(&mapping.file);
        let file = file.strip_suffix(".jsonata").unwrap_or(file);
        let is_fit = |character: &char| character.is_ascii_alphanumeric() || "._-".contains(*character);
        let fit = |character: char| if is_fit(&character) { character } else { '.' };
        file.trim_start_matches(['.', '/']).chars().map(fit).collect::<String>()
    };
    let own = name(&run.mappings[index]);
    let before = run.mappings[..index].iter().filter(|other| name(other) == own).count();
    match before {
        0 => format!("mappings/{own}.html"),
        more => format!("mappings/{own}~{}.html", more + 1),
    }
}

/// `34 of 40 expressions`.
pub fn share(covered: u64, all: u64, one: &str, many: &str) -> String {
    format!("{covered} of {}", counted(all, one, many))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(span: Range<usize>, kind: PointKind, evaluated: u64, undefined: u64) -> Point {
        Point { span, kind, evaluated, undefined, failed: 0, accounts: 1 }
    }

    #[test]
    fn a_gap_is_told_once_and_what_lies_within_it_is_not() {
        use PointKind::{Else, Expression, Then};
        // a ? (b.c) : d
        let points = vec![
            point(0..13, Expression, 4, 0),
            point(0..1, Expression, 4, 0),
            point(4..9, Expression, 0, 0),
            point(4..9, Then, 0, 0),
            point(5..8, Expression, 0, 0),
            point(12..13, Expression, 4, 4),
            point(12..13, Else, 4, 0),
        ];
        let measured = Measured { points, ..Measured::default() };
        let gaps: Vec<(Range<usize>, State)> =
            measured.gaps().iter().map(|gap| (gap.span.clone(), gap.state())).collect();
        assert_eq!(gaps, [(4..9, State::Missed), (12..13, State::NeverAValue)]);
    }

    #[test]
    fn findings_beyond_those_that_are_told_are_counted_and_notes_are_not_told() {
        let tally = crate::fixture::tally(&[]);
        let mut run = crate::fixture::run(&tally);
        let mut mapping = crate::fixture::mapping();
        let warning = mapping.findings.remove(0);
        mapping.findings = vec![Finding { level: Level::Note, ..warning.clone() }];
        mapping.findings.extend(vec![warning; FINDINGS_TOLD_MAX + 2]);
        run.mappings = vec![mapping];
        let told = finding_sentences(&run);
        assert_eq!(
            (told.len(), told.last().map(String::as_str)),
            (FINDINGS_TOLD_MAX + 1, Some("2 more findings in mappings"))
        );
    }

    #[test]
    fn an_else_that_is_not_written_hides_nothing_of_its_condition() {
        use PointKind::{Else, Expression, Then};
        // a ? b.c
        let points = vec![
            point(0..7, Expression, 4, 0),
            point(0..7, Else, 0, 0),
            point(0..1, Expression, 4, 0),
            point(4..7, Expression, 4, 4),
            point(4..7, Then, 4, 0),
        ];
        let measured = Measured { points, ..Measured::default() };
        let gaps: Vec<(PointKind, State)> =
            measured.gaps().iter().map(|gap| (gap.kind, gap.state())).collect();
        assert_eq!(gaps, [(Else, State::Missed), (Expression, State::NeverAValue)]);
    }
}
