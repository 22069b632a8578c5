//! No difference at all on the fields that must never be wrong.

use compare::path::Reach;

use super::RATED;
use crate::gate::facts::OperationFacts;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, named};
use crate::gate::{Case, Condition};
use crate::tally::OperationTally;

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
    let critical: Vec<Reach> = facts.critical.iter().map(|path| Reach::of(path)).collect();
    let concerns = |path: &str| critical.iter().any(|critical| critical.concerns(path));
    for (field, cell) in tally.fields.iter().filter(|(field, _)| concerns(&field.path)) {
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
        let blind =
            |index: &&usize| facts.tolerances.get(**index).is_some_and(|tolerance| tolerance.is_blind);
        for index in cell.excused.keys().filter(blind) {
            let tolerance = &facts.tolerances[*index];
            let says = format!(
                "{path} differs ({kind}), and the tolerance at {} excuses any value there",
                tolerance.at
            );
            readings.push(
                Reading::new(HIDDEN, says).settles("narrow the tolerance to a rule that looks at the values"),
            );
        }
    }
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
