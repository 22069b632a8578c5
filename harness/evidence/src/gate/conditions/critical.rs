//! No difference at all on the fields that must never be wrong.

use compare::path::Reach;

use super::RATED;
use crate::gate::facts::OperationFacts;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, named};
use crate::gate::{Case, Condition};
use crate::tally::{Field, FieldTally, OperationTally};

const NONE: Way = Way::pass("none");
const UNDECLARED: Way = Way::inconclusive("none_declared");
const DIFFERS: Way = Way::fail("differs");
const HIDDEN: Way = Way::fail("hidden");
const UNLISTED: Way = Way::inconclusive("unlisted");
const NO_PAIRS: Way = Way::inconclusive("no_pairs");

/// Critical fields; also of pairs that are too old to count.
pub const CONDITION: Condition = Condition {
    name: "critical-fields",
    about: "no critical field differs, and no blind tolerance hides one",
    gates: RATED,
    ways: &[NONE, UNDECLARED, DIFFERS, HIDDEN, UNLISTED, NO_PAIRS],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (name, facts) in &case.facts.operations {
        let tally = case.tally.operations.get(name.as_str());
        readings.extend(of_operation(facts, tally).into_iter().map(|reading| reading.about(name)));
    }
    if readings.is_empty() {
        readings.push(
            Reading::new(NO_PAIRS, "there is no operation").settles("configure what the application asks"),
        );
    }
    readings
}

fn of_operation(facts: &OperationFacts, tally: Option<&OperationTally>) -> Vec<Reading> {
    if facts.critical.is_empty() {
        let says = "the operation declares no critical field";
        return vec![
            Reading::new(UNDECLARED, says)
                .settles("say with `critical` what must never be wrong, or waive it"),
        ];
    }
    let Some(tally) = tally.filter(|tally| tally.totals.decided() > 0) else {
        return vec![
            Reading::new(NO_PAIRS, "no pair says anything").settles("record pairs of the operation"),
        ];
    };
    let mut readings = Vec::new();
    for (field, cell) in at_critical(facts, tally) {
        let (path, kind) = (&field.path, field.kind.name());
        if cell.pairs_open > 0 {
            let pairs = counted(cell.pairs_open, "pair", "pairs");
            let says = format!("{path} differs ({kind}) in {pairs}");
            readings.push(
                Reading::new(DIFFERS, says)
                    .count("pairs", cell.pairs_open)
                    .settles("mend what makes it, and record again"),
            );
        }
    }
    let hidden = hidden_critical(facts, tally).into_iter().map(|says| Reading::new(HIDDEN, says));
    readings.extend(hidden.map(|reading| {
        reading.settles("narrow the tolerance to a rule that holds the values against each other")
    }));
    let cut = tally.unlisted > 0 || tally.fields.rest().is_some();
    if readings.is_empty() && cut {
        let says = "there are more differences than are kept by field: one may be of a critical field";
        readings.push(Reading::new(UNLISTED, says).settles("mend the others first"));
    }
    if readings.is_empty() {
        let pairs = counted(tally.totals.decided(), "pair", "pairs");
        readings.push(Reading::new(NONE, format!("{}: no difference in {pairs}", named(&facts.critical))));
    }
    readings
}

/// What differs at, above or below a critical field.
fn at_critical<'t>(
    facts: &OperationFacts,
    tally: &'t OperationTally,
) -> impl Iterator<Item = (&'t Field, &'t FieldTally)> {
    let critical: Vec<Reach> = facts.critical.iter().map(|path| Reach::of(path)).collect();
    tally.fields.iter().filter(move |(field, _)| critical.iter().any(|path| path.concerns(&field.path)))
}

/// The differences on critical fields that a tolerance excuses without holding the values against each other, a sentence each.
pub fn hidden_critical(facts: &OperationFacts, tally: &OperationTally) -> Vec<String> {
    let mut found = Vec::new();
    for (field, cell) in at_critical(facts, tally) {
        let (path, kind) = (&field.path, field.kind.name());
        let tolerances = cell.excused.keys().filter_map(|index| facts.tolerances.get(*index));
        for tolerance in tolerances.filter(|tolerance| tolerance.is_blind || tolerance.is_of_form) {
            let what = if tolerance.is_blind { "any value there" } else { "any value of its form there" };
            let at = &tolerance.at;
            found.push(format!("{path} differs ({kind}), and the tolerance at {at} excuses {what}"));
        }
    }
    found
}
