//! The questions that several formats ask of repeats: which fields waver, and what is to be done about each?
//!
//! The counts stand beside the rule of another tool, Diffy, so that a person who knows that one can compare. What
//! decides here is never a count: a pair is undecided where it differs only at places where legacy wavered in that pair.

use crate::run::{Run, counted, grouped};
use compare::volatile::{Advice, Counts, Suggestion};
use std::collections::BTreeSet;

/// One field of one operation in which legacy differs from itself, or from new where it was asked again.
#[derive(Clone, Debug)]
pub struct NoisyField<'a> {
    /// The operation's name.
    pub operation: &'a str,
    /// Its counts, and what Diffy would say of them.
    pub counts: Counts<'a>,
}

/// Every such field, by operation and name.
pub fn fields<'a>(run: &Run<'a>) -> Vec<NoisyField<'a>> {
    let operations = run.tally.operations.iter();
    let of = |(operation, tally): (&'a String, &'a evidence::tally::OperationTally)| {
        tally.volatility.counts().map(move |counts| NoisyField { operation, counts })
    };
    operations.flat_map(of).collect()
}

/// What to do about one field that wavers.
#[derive(Clone, Debug)]
pub struct Advised<'a> {
    /// The operation's name.
    pub operation: &'a str,
    /// The field, the advice, the evidence.
    pub suggestion: Suggestion,
}

/// A suggestion for each field that wavers, or why there is none; by operation and field.
pub fn suggestions<'a>(run: &Run<'a>) -> Vec<Advised<'a>> {
    let none = BTreeSet::new();
    let mut advised = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        let info = run.operations.iter().find(|info| info.name == *operation);
        let (identity, keyed) = info.map_or((&none, &none), |info| (&info.identity, &info.keyed));
        let suggestions = tally.volatility.suggest(identity, keyed).into_iter();
        advised.extend(suggestions.map(|suggestion| Advised { operation, suggestion }));
    }
    advised
}

/// What is advised, in a few words: `tolerate "same_instant"`, or that nothing is, and why.
pub fn advice(suggestion: &Suggestion) -> String {
    match suggestion.advice {
        Advice::Tolerate(rule) => format!("rule = {rule}"),
        Advice::Refuse(refusal) => format!("no rule: {}", refusal.reason()),
    }
}

/// The evidence for it: in how many pairs, and how.
pub fn evidence(suggestion: &Suggestion) -> String {
    let kinds =
        suggestion.kinds.iter().map(|(kind, pairs)| format!("{} in {}", kind.name(), grouped(*pairs)));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let (volatile, pairs) = (grouped(suggestion.volatile), counted(suggestion.pairs, "pair", "pairs"));
    format!("legacy differs from itself in {volatile} of {pairs} with a repeat ({kinds})")
}

/// Operations of which more fields were seen than are kept: their later ones are in no count.
pub fn cut_warnings(run: &Run) -> Vec<String> {
    let cut = run.tally.operations.iter().filter(|(_, tally)| tally.volatility.is_cut());
    let sentence = |operation: &String| {
        format!(
            "operation {operation} has more than {} fields in answers with repeats: of the others nothing is suggested",
            compare::volatile::FIELDS_MAX
        )
    };
    cut.map(|(operation, _)| sentence(operation)).collect()
}
