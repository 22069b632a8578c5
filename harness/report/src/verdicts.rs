//! `verdicts.json`: every pair with its verdict, and all that they add up to, for machines.
//!
//! Written as a stream, a line a pair, so that memory does not grow with the pairs. `docs/verdicts.md` explains the
//! fields and `docs/verdicts.schema.json` is their schema. A reader of version 1 may find new keys; a key that
//! changes its meaning or goes makes version 2.

use crate::findings::{OperationResult, ToleranceUse, operations, tolerances};
use crate::limits::{self, LimitsLine, Times};
use crate::mappings::{Coverage, Finding, MappingInfo, Measured, Unread};
use crate::noise::{self, Advised, NoisyField};
use crate::run::{Head, Run};
use compare::blame::Blame;
use compare::entities::Entities;
use compare::verdict::{Judgement, Verdict};
use compare::volatile::Advice;
use evidence::example::{Case, Example};
use evidence::tally::{CaseTally, Field, FieldTally, OperationTally, Totals};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// The version of the document.
pub const VERSION: u32 = 1;

/// Findings named on a pair's line; `differences.csv` has them all.
pub const PAIR_FINDINGS_MAX: usize = 20;

/// Failing cases named of a mapping; `cutover mapping test` names them all.
pub const FAILING_CASES_MAX: usize = 100;

/// Findings of a mapping's reader that are named.
pub const LINT_FINDINGS_MAX: usize = 100;

/// Fields named of a mapping that it never reads; its page has more.
pub const UNREAD_FIELDS_MAX: usize = 100;

/// Writes the document while the pairs are judged.
pub struct VerdictsWriter<W: io::Write> {
    out: W,
    separator: &'static str,
}

impl<W: io::Write> VerdictsWriter<W> {
    /// Begins the document.
    pub fn new(mut out: W, head: &Head) -> io::Result<Self> {
        writeln!(out, "{{\n  \"version\": {VERSION},")?;
        for (key, value) in [("tool", head.tool), ("migration", head.migration), ("as_of", head.as_of)] {
            write!(out, "  \"{key}\": ")?;
            serde_json::to_writer(&mut out, value)?;
            writeln!(out, ",")?;
        }
        write!(out, "  \"pairs\": [")?;
        Ok(VerdictsWriter { out, separator: "\n    " })
    }

    /// Adds a pair. The order of the calls is the order of the document: hand them over in one that is always the same.
    pub fn pair(&mut self, judgement: &Judgement) -> io::Result<()> {
        self.out.write_all(self.separator.as_bytes())?;
        serde_json::to_writer(&mut self.out, &PairLine::of(judgement))?;
        self.separator = ",\n    ";
        Ok(())
    }

    /// Adds what the pairs add up to, and ends the document.
    pub fn finish(mut self, run: &Run) -> io::Result<W> {
        write!(self.out, "{}],", if self.separator.starts_with(',') { "\n  " } else { "" })?;
        self.value("totals", &TotalsLine::of(&run.tally.totals))?;
        self.list("operations", &operations(run).iter().map(operation_line).collect::<Vec<_>>())?;
        self.value("operations_left_out", &run.tally.operations.rest().map(LeftOut::of))?;
        self.list("fields", &fields(run))?;
        self.list("tolerances", &tolerances(run).iter().map(ToleranceLine::of).collect::<Vec<_>>())?;
        self.list("mappings", &run.mappings.iter().map(MappingLine::of).collect::<Vec<_>>())?;
        self.list("undecided", &undecided(run))?;
        self.list("noise", &noise::fields(run).iter().map(NoiseLine::of).collect::<Vec<_>>())?;
        self.list(
            "suggestions",
            &noise::suggestions(run).iter().map(SuggestionLine::of).collect::<Vec<_>>(),
        )?;
        self.value("entities", &run.entities.map(EntitiesLine::of))?;
        self.list("warnings", &run.warnings)?;
        self.list("problems", &run.problems)?;
        write!(self.out, "\n  \"interrupted\": ")?;
        serde_json::to_writer(&mut self.out, &run.interrupted)?;
        writeln!(self.out, "\n}}")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn value(&mut self, key: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.out, "\n  \"{key}\": ")?;
        serde_json::to_writer(&mut self.out, value)?;
        write!(self.out, ",")
    }

    fn list(&mut self, key: &str, items: &[impl Serialize]) -> io::Result<()> {
        write!(self.out, "\n  \"{key}\": [")?;
        for (index, item) in items.iter().enumerate() {
            self.out.write_all(if index == 0 { b"\n    " } else { b",\n    " })?;
            serde_json::to_writer(&mut self.out, item)?;
        }
        write!(self.out, "{}],", if items.is_empty() { "" } else { "\n  " })
    }
}

#[derive(Serialize)]
struct PairLine<'a> {
    pair: &'a str,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration: Option<&'a str>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonLine<'a>>,
    differences: u64,
    tolerated: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<PairFinding<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    findings_left_out: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blame: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    location: &'a str,
}

#[derive(Serialize)]
struct ReasonLine<'a> {
    code: &'static str,
    detail: &'a str,
}

#[derive(Serialize)]
struct PairFinding<'a> {
    field: &'a str,
    kind: &'static str,
    differences: u64,
    tolerated: u64,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<'a> PairLine<'a> {
    fn of(judgement: &'a Judgement) -> Self {
        let mut by_field = BTreeMap::new();
        for difference in &judgement.differences {
            let counts: &mut (u64, u64) = by_field.entry((&*difference.field, difference.kind)).or_default();
            counts.0 += 1;
            counts.1 += u64::from(difference.tolerance.is_some());
        }
        let reason = match &judgement.verdict {
            Verdict::Undecided(reason) => {
                Some(ReasonLine { code: reason.code.name(), detail: &reason.detail })
            }
            Verdict::Same | Verdict::Tolerated | Verdict::Different => None,
        };
        PairLine {
            pair: &judgement.pair,
            operation: &judgement.operation,
            account: judgement.account.as_deref(),
            integration: judgement.integration.as_deref(),
            verdict: judgement.verdict.name(),
            reason,
            differences: judgement.differences_total,
            tolerated: by_field.values().map(|(_, tolerated)| tolerated).sum(),
            findings_left_out: by_field.len().saturating_sub(PAIR_FINDINGS_MAX),
            findings: by_field
                .into_iter()
                .take(PAIR_FINDINGS_MAX)
                .map(|((field, kind), (differences, tolerated))| PairFinding {
                    field,
                    kind: kind.name(),
                    differences,
                    tolerated,
                })
                .collect(),
            blame: blamed(judgement),
            notes: &judgement.notes,
            location: &judgement.location,
        }
    }
}

/// How many of a pair's differences each is to blame for.
fn blamed(judgement: &Judgement) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for blame in judgement.differences.iter().filter_map(|difference| difference.blame) {
        *counts.entry(blame.name()).or_default() += 1;
    }
    counts
}

#[derive(Serialize)]
struct TotalsLine {
    pairs: u64,
    same: u64,
    tolerated: u64,
    different: u64,
    undecided: u64,
}

impl TotalsLine {
    fn of(totals: &Totals) -> Self {
        let Totals { pairs, same, tolerated, different, undecided } = *totals;
        TotalsLine { pairs, same, tolerated, different, undecided }
    }
}

#[derive(Serialize)]
struct OperationLine<'a> {
    operation: &'a str,
    mapping: Option<&'a str>,
    scope: Option<&'a str>,
    totals: TotalsLine,
    differences: u64,
    differences_unlisted: u64,
    fields_left_out: Option<FieldsLeftOut>,
    notes: Vec<NoteLine<'a>>,
    latency_ms: LatencyLine,
    limits: Option<LimitsLine<'a>>,
}

#[derive(Serialize)]
struct LatencyLine {
    legacy: Option<Times>,
    new: Option<Times>,
}

#[derive(Serialize)]
struct FieldsLeftOut {
    differences: u64,
    tolerated: u64,
}

#[derive(Serialize)]
struct NoteLine<'a> {
    note: &'a str,
    pairs: u64,
    examples: Vec<&'a str>,
}

#[derive(Serialize)]
struct LeftOut {
    totals: TotalsLine,
    differences: u64,
}

impl LeftOut {
    fn of(rest: &OperationTally) -> Self {
        LeftOut { totals: TotalsLine::of(&rest.totals), differences: rest.differences }
    }
}

fn operation_line<'a>(result: &OperationResult<'a>) -> OperationLine<'a> {
    let tally = result.tally;
    let rest = tally.and_then(|tally| tally.fields.rest());
    let notes = tally.into_iter().flat_map(|tally| tally.notes.iter());
    let known = tally.map(|tally| limits::Row::of(result.name, &tally.census));
    OperationLine {
        operation: result.name,
        mapping: result.info.and_then(|info| info.mapping.as_deref()),
        scope: result.info.map(|info| info.scope.as_str()),
        totals: TotalsLine::of(&result.totals()),
        differences: tally.map_or(0, |tally| tally.differences),
        differences_unlisted: tally.map_or(0, |tally| tally.unlisted),
        fields_left_out: rest
            .map(|rest| FieldsLeftOut { differences: rest.differences, tolerated: rest.tolerated() }),
        notes: notes.map(|(note, tally)| note_line(note, tally)).collect(),
        latency_ms: LatencyLine {
            legacy: known.as_ref().and_then(|known| known.legacy),
            new: known.as_ref().and_then(|known| known.new),
        },
        limits: known.filter(|known| known.limits.answers > 0).map(|known| LimitsLine::of(&known)),
    }
}

fn note_line<'a>(note: &'a str, tally: &'a CaseTally) -> NoteLine<'a> {
    let examples = tally.examples.iter().map(|case| case.pair.as_str()).collect();
    NoteLine { note, pairs: tally.pairs, examples }
}

#[derive(Serialize)]
struct FieldLine<'a> {
    operation: &'a str,
    field: &'a str,
    kind: &'static str,
    pairs: u64,
    differences: u64,
    tolerated: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blame: BTreeMap<&'static str, u64>,
    examples: Vec<ExampleLine<'a>>,
}

#[derive(Serialize)]
struct ExampleLine<'a> {
    pair: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_path: Option<&'a str>,
    legacy: Option<&'a str>,
    new: Option<&'a str>,
    tolerance: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blame: Option<&'static str>,
}

impl<'a> ExampleLine<'a> {
    fn of(example: &'a Example) -> Self {
        ExampleLine {
            pair: &example.pair,
            path: &example.path,
            new_path: example.new_path.as_deref(),
            legacy: example.legacy.as_deref(),
            new: example.new.as_deref(),
            tolerance: example.tolerance,
            blame: example.blame.map(Blame::name),
        }
    }
}

fn fields<'a>(run: &Run<'a>) -> Vec<FieldLine<'a>> {
    let mut lines = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        lines.extend(tally.fields.iter().map(|(field, tally)| field_line(operation, field, tally)));
    }
    lines
}

fn field_line<'a>(operation: &'a str, field: &'a Field, tally: &'a FieldTally) -> FieldLine<'a> {
    FieldLine {
        operation,
        field: &field.path,
        kind: field.kind.name(),
        pairs: tally.pairs,
        differences: tally.differences,
        tolerated: tally.tolerated(),
        blame: tally.blames.iter().map(|(blame, count)| (blame.name(), *count)).collect(),
        examples: tally.examples.iter().map(ExampleLine::of).collect(),
    }
}

#[derive(Serialize)]
struct ToleranceLine<'a> {
    path: &'a str,
    rule: &'a str,
    reason: &'a str,
    owner: &'a str,
    until: &'a str,
    expired: bool,
    file: &'a str,
    line: usize,
    operations: &'a [&'a str],
    pairs: u64,
    differences: u64,
    examples: Vec<ExampleLine<'a>>,
}

impl<'a> ToleranceLine<'a> {
    fn of(known: &'a ToleranceUse<'a>) -> Self {
        let info = known.info;
        ToleranceLine {
            path: &info.path,
            rule: &info.rule,
            reason: &info.reason,
            owner: &info.owner,
            until: &info.until,
            expired: info.expired,
            file: &info.file,
            line: info.line,
            operations: &known.operations,
            pairs: known.tally.pairs,
            differences: known.tally.differences,
            examples: known.tally.examples.iter().map(ExampleLine::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct MappingLine<'a> {
    mapping: &'a str,
    cases: u64,
    failing: Vec<FailingLine<'a>>,
    findings: Vec<FindingLine<'a>>,
    coverage: Option<CoverageLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unmeasured: Option<&'a str>,
}

#[derive(Serialize)]
struct FailingLine<'a> {
    case: &'a str,
    file: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    rule: &'a str,
    level: &'static str,
    line: usize,
    column: usize,
    message: &'a str,
    help: &'a str,
}

#[derive(Serialize)]
struct CoverageLine<'a> {
    sample: &'a str,
    inputs: u64,
    expressions: u64,
    covered: u64,
    never_a_value: u64,
    branches: u64,
    branches_covered: u64,
    unread_fields: Option<u64>,
    unread: Vec<UnreadLine<'a>>,
}

#[derive(Serialize)]
struct UnreadLine<'a> {
    field: &'a str,
    inputs: u64,
}

impl<'a> MappingLine<'a> {
    fn of(mapping: &'a MappingInfo) -> Self {
        let failing = mapping.failures.iter().take(FAILING_CASES_MAX);
        let (coverage, unmeasured) = match &mapping.coverage {
            Coverage::Unmeasured(why) => (None, Some(why.as_str())),
            Coverage::Measured(measured) => (Some(CoverageLine::of(measured)), None),
        };
        MappingLine {
            mapping: &mapping.file,
            cases: mapping.cases,
            failing: failing
                .map(|one| FailingLine { case: &one.name, file: &one.file, message: &one.message })
                .collect(),
            findings: mapping.findings.iter().take(LINT_FINDINGS_MAX).map(finding_line).collect(),
            coverage,
            unmeasured,
        }
    }
}

fn finding_line(finding: &Finding) -> FindingLine<'_> {
    let Finding { rule, level, line, column, message, help, .. } = finding;
    FindingLine { rule, level: level.name(), line: *line, column: *column, message, help }
}

impl<'a> CoverageLine<'a> {
    fn of(measured: &'a Measured) -> Self {
        let fields = match &measured.unread {
            Unread::ReadsWhole => None,
            Unread::Fields { fields, .. } => Some(fields),
        };
        let unread = fields.into_iter().flatten().take(UNREAD_FIELDS_MAX);
        CoverageLine {
            sample: &measured.sample,
            inputs: measured.inputs,
            expressions: measured.expressions,
            covered: measured.covered,
            never_a_value: measured.never_a_value,
            branches: measured.branches,
            branches_covered: measured.branches_covered,
            unread_fields: fields.map(|fields| fields.len() as u64),
            unread: unread.map(|(field, inputs)| UnreadLine { field, inputs: *inputs }).collect(),
        }
    }
}

#[derive(Serialize)]
struct UndecidedLine<'a> {
    operation: &'a str,
    code: &'static str,
    pairs: u64,
    examples: Vec<CaseLine<'a>>,
}

#[derive(Serialize)]
struct CaseLine<'a> {
    pair: &'a str,
    detail: &'a str,
    location: &'a str,
}

fn undecided<'a>(run: &Run<'a>) -> Vec<UndecidedLine<'a>> {
    let mut lines = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        lines.extend(tally.undecided.iter().map(|(code, tally)| UndecidedLine {
            operation,
            code: code.name(),
            pairs: tally.pairs,
            examples: tally.examples.iter().map(case_line).collect(),
        }));
    }
    lines
}

#[derive(Serialize)]
struct NoiseLine<'a> {
    operation: &'a str,
    field: &'a str,
    pairs: u64,
    legacy_new: u64,
    legacy_legacy: u64,
    certain: u64,
    diffy_shows: bool,
}

impl<'a> NoiseLine<'a> {
    fn of(noisy: &NoisyField<'a>) -> Self {
        let counts = &noisy.counts;
        NoiseLine {
            operation: noisy.operation,
            field: counts.field,
            pairs: counts.pairs,
            legacy_new: counts.raw,
            legacy_legacy: counts.noise,
            certain: counts.certain,
            diffy_shows: counts.is_flagged_by_diffy,
        }
    }
}

#[derive(Serialize)]
struct SuggestionLine<'a> {
    operation: &'a str,
    field: &'a str,
    rule: Option<&'static str>,
    refused: Option<RefusedLine>,
    pairs: u64,
    volatile: u64,
    kinds: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct RefusedLine {
    code: &'static str,
    reason: &'static str,
}

impl<'a> SuggestionLine<'a> {
    fn of(advised: &'a Advised<'_>) -> Self {
        let suggestion = &advised.suggestion;
        let (rule, refused) = match suggestion.advice {
            Advice::Tolerate(rule) => (Some(rule), None),
            Advice::Refuse(refusal) => {
                (None, Some(RefusedLine { code: refusal.name(), reason: refusal.reason() }))
            }
        };
        SuggestionLine {
            operation: advised.operation,
            field: &suggestion.field,
            rule,
            refused,
            pairs: suggestion.pairs,
            volatile: suggestion.volatile,
            kinds: suggestion.kinds.iter().map(|(kind, pairs)| (kind.name(), *pairs)).collect(),
        }
    }
}

#[derive(Serialize)]
struct EntitiesLine {
    ids: usize,
    colliding: usize,
}

impl EntitiesLine {
    fn of(entities: &Entities) -> Self {
        EntitiesLine { ids: entities.len(), colliding: entities.collisions().count() }
    }
}

fn case_line(case: &Case) -> CaseLine<'_> {
    CaseLine { pair: &case.pair, detail: &case.detail, location: &case.location }
}

#[cfg(test)]
#[path = "verdicts_tests.rs"]
mod tests;
