//! The questions that several formats ask of a run: which fields differ most, and what did each tolerance do?

use crate::limits;
use crate::mappings::{case_sentences, finding_sentences, without_case};
use crate::noise;
use crate::run::{OperationInfo, Run, ToleranceInfo, grouped};
use crate::visible::one_line;
use compare::difference::Kind;
use evidence::bounded::Merge;
use evidence::tally::{Field, FieldTally, OperationTally, ToleranceTally, Totals};
use std::cmp::Reverse;

/// What one operation's pairs add up to, with what the configuration says of it.
#[derive(Clone, Copy, Debug)]
pub struct OperationResult<'a> {
    /// Its name; empty for pairs whose operation could not be read.
    pub name: &'a str,
    /// `None` where only recordings name it.
    pub info: Option<&'a OperationInfo>,
    /// `None` where it has no pairs.
    pub tally: Option<&'a OperationTally>,
}

impl OperationResult<'_> {
    /// Its pairs by verdict.
    pub fn totals(&self) -> Totals {
        self.tally.map(|tally| tally.totals).unwrap_or_default()
    }
}

/// The operations of the configuration in its order, then those that only recordings name.
pub fn operations<'a>(run: &'a Run<'_>) -> Vec<OperationResult<'a>> {
    let configured = run.operations.iter().map(|info| OperationResult {
        name: &info.name,
        info: Some(info),
        tally: run.tally.operations.get(info.name.as_str()),
    });
    let mut results: Vec<OperationResult> = configured.collect();
    for (name, tally) in run.tally.operations.iter() {
        if run.operations.iter().all(|info| info.name != *name) {
            results.push(OperationResult { name, info: None, tally: Some(tally) });
        }
    }
    results
}

/// The differences of one field and kind of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The operation's name.
    pub operation: &'a str,
    /// Where, and how the values differ.
    pub field: &'a Field,
    /// How often, with examples.
    pub tally: &'a FieldTally,
}

/// All findings: what no tolerance excuses first, then by how many pairs and differences there are.
pub fn findings<'a>(run: &Run<'a>) -> Vec<Finding<'a>> {
    let mut findings: Vec<Finding<'a>> = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        findings.extend(tally.fields.iter().map(|(field, tally)| Finding { operation, field, tally }));
    }
    findings.sort_by_key(|finding| {
        let tally = finding.tally;
        (
            Reverse((tally.pairs_open, tally.open(), tally.pairs, tally.differences)),
            finding.operation,
            finding.field,
        )
    });
    findings
}

/// Who is to blame for how many of a field's differences, the most blamed first; `None` where no source was recorded.
pub fn blames(tally: &FieldTally) -> Option<String> {
    let mut blames: Vec<_> = tally.blames.iter().collect();
    blames.sort_by_key(|(blame, count)| (Reverse(**count), **blame));
    let words = blames.iter().map(|(blame, count)| format!("{} {}", blame.name(), grouped(**count)));
    Some(words.collect::<Vec<_>>().join(", ")).filter(|words| !words.is_empty())
}

/// Differences that are in no finding, because a tally or a pair's list was full.
pub fn uncounted(run: &Run) -> u64 {
    let of_operation = |operation: &OperationTally| {
        operation.unlisted + operation.fields.rest().map_or(0, |rest| rest.differences)
    };
    let kept: u64 = run.tally.operations.iter().map(|(_, operation)| of_operation(operation)).sum();
    kept + run.tally.operations.rest().map_or(0, |rest| rest.differences)
}

/// A tolerance as written, with all that it excused in every operation that lists it.
#[derive(Clone, Debug)]
pub struct ToleranceUse<'a> {
    /// As written.
    pub info: &'a ToleranceInfo,
    /// The operations that list it.
    pub operations: Vec<&'a str>,
    /// What it excused in them.
    pub tally: ToleranceTally,
}

impl ToleranceUse<'_> {
    /// Whether it excused nothing in this run.
    pub fn unused(&self) -> bool {
        self.tally.differences == 0
    }
}

/// Every tolerance once, however many operations list it, in the order in which they do.
pub fn tolerances<'a>(run: &'a Run<'_>) -> Vec<ToleranceUse<'a>> {
    let mut uses: Vec<ToleranceUse<'a>> = Vec::new();
    for operation in &run.operations {
        let tally = run.tally.operations.get(operation.name.as_str());
        for (index, info) in operation.tolerances.iter().enumerate() {
            let excused = tally.and_then(|tally| tally.tolerances.get(&index)).cloned().unwrap_or_default();
            match uses.iter_mut().find(|known| known.info == info) {
                Some(known) => {
                    known.operations.push(&operation.name);
                    known.tally.merge(excused);
                }
                None => uses.push(ToleranceUse { info, operations: vec![&operation.name], tally: excused }),
            }
        }
    }
    uses
}

/// What to say of an expired tolerance.
pub fn expired_sentence(known: &ToleranceUse) -> String {
    let ToleranceInfo { path, rule, owner, until, file, line, .. } = known.info;
    one_line(&format!("expired on {until}: tolerance {rule} at {path} ({file}:{line}, {owner})"))
}

/// What to say of a tolerance that excused nothing.
pub fn unused_sentence(known: &ToleranceUse) -> String {
    let ToleranceInfo { path, rule, file, line, .. } = known.info;
    one_line(&format!("excused nothing in this run: tolerance {rule} at {path} ({file}:{line})"))
}

/// What must be put right: failing cases, expired tolerances, then what could not be read.
pub fn problems(run: &Run) -> Vec<String> {
    let uses = tolerances(run);
    let mut problems: Vec<String> = case_sentences(run).collect();
    problems.extend(uses.iter().filter(|known| known.info.expired).map(expired_sentence));
    problems.extend(run.problems.iter().cloned());
    problems
}

/// What a person should look at: the run's own warnings, what new says of limits, then tolerances that excused nothing.
///
/// An expired one is a problem already, and cannot excuse anything.
pub fn warnings(run: &Run) -> Vec<String> {
    let mut warnings = run.warnings.clone();
    warnings.extend(without_case(run));
    warnings.extend(finding_sentences(run));
    warnings.extend(noise::cut_warnings(run).iter().map(|text| one_line(text)));
    warnings.extend(limits::warnings(run));
    let uses = tolerances(run);
    let unused = uses.iter().filter(|known| known.unused() && !known.info.expired);
    warnings.extend(unused.map(unused_sentence));
    warnings
}

/// The tolerance that an index of a difference names.
pub fn tolerance<'a>(run: &'a Run<'_>, operation: &str, index: usize) -> Option<&'a ToleranceInfo> {
    run.operations.iter().find(|known| known.name == operation)?.tolerances.get(index)
}

/// What a kind means, for people who do not know its word.
pub fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "Legacy has it, new does not.",
        Kind::Extra => "New has it, legacy does not.",
        Kind::Value => "Both have it, with different values.",
        Kind::Type => "The JSON types differ.",
        Kind::NullVsAbsent => "It is null on one side and absent on the other.",
        Kind::SingletonVsList => "One side has the value, the other a list of just that value.",
        Kind::Order => "The same elements come in another order.",
        Kind::NumberText => "One number is written in two ways.",
        Kind::NumberAsText => "A number on one side is a string on the other.",
        Kind::Precision => "The numbers differ only in what a double cannot hold, or in its last bits.",
        Kind::InstantText => "One instant is written in two ways.",
        Kind::Case => "The strings differ in upper and lower case only.",
        Kind::Whitespace => "The strings differ in white space only.",
        Kind::DuplicateKey => "One side has the key more often than the other.",
        Kind::Renamed => "Both have the value in the same object, under another name.",
        Kind::Moved => "Both have the value, at another place.",
        Kind::Entity => "Ids that should stand for each other are not one-to-one over the run.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Shape};

    #[test]
    fn findings_that_nothing_excuses_come_first() {
        let tally = fixture::tally(&fixture::judgements(&[
            Shape::Tolerated,
            Shape::Tolerated,
            Shape::Different,
            Shape::Same,
        ]));
        let run = fixture::run(&tally);
        let names: Vec<String> = findings(&run)
            .iter()
            .map(|finding| format!("{} {}", finding.field.path, finding.field.kind.name()))
            .collect();
        assert_eq!(names, ["$.data[*].email value", "$.data[*].updated_at instant_text"]);
    }

    #[test]
    fn an_expired_tolerance_is_a_problem_and_not_a_warning_too() {
        let tally = fixture::tally(&fixture::judgements(&[Shape::Same]));
        let mut run = fixture::run(&tally);
        run.operations[0].tolerances[1].expired = true;
        let file = "mappings/crm/contacts.tolerances.toml";
        assert_eq!(
            problems(&run),
            [format!(
                "expired on 2027-03-31: tolerance ignore at $.data[*].nickname \
                 ({file}:8, integrations@acme.example)"
            )]
        );
        assert_eq!(
            warnings(&run),
            [format!(
                "excused nothing in this run: tolerance same_instant at $.data[*].updated_at ({file}:1)"
            )]
        );
    }

    #[test]
    fn a_tolerance_that_two_operations_share_is_one() {
        let tally = fixture::tally(&fixture::judgements(&[Shape::Tolerated]));
        let mut run = fixture::run(&tally);
        let mut second = run.operations[0].clone();
        second.name = "crm.deals.list".to_owned();
        run.operations.push(second);
        let uses: Vec<String> = tolerances(&run)
            .iter()
            .map(|known| format!("{} {:?} {}", known.info.path, known.operations, known.tally.differences))
            .collect();
        assert_eq!(
            uses,
            [
                r#"$.data[*].updated_at ["crm.contacts.list", "crm.deals.list"] 1"#,
                r#"$.data[*].nickname ["crm.contacts.list", "crm.deals.list"] 0"#,
            ]
        );
    }
}
