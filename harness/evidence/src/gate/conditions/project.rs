//! What the project itself demands, as JSONata over the tally.

use super::EVERY;
use crate::gate::facts::ProjectOutcome;
use crate::gate::reading::{Reading, Way};
use crate::gate::{Case, Condition};

const NONE: Way = Way::pass("none");
const HOLDS: Way = Way::pass("holds");
const FAILS: Way = Way::fail("fails");
const NEITHER: Way = Way::inconclusive("neither");

/// Conditions of the configuration; only `true` passes.
pub const CONDITION: Condition = Condition {
    name: "project",
    about: "the project's own conditions hold",
    gates: EVERY,
    ways: &[NONE, HOLDS, FAILS, NEITHER],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    if case.facts.project.is_empty() {
        return vec![Reading::new(NONE, "the project adds no condition")];
    }
    let of = |condition: &crate::gate::facts::ProjectCondition| {
        let reading = match &condition.outcome {
            ProjectOutcome::Holds => Reading::new(HOLDS, &condition.says),
            ProjectOutcome::Fails => Reading::new(FAILS, format!("not so: {}", condition.says)),
            ProjectOutcome::Neither(what) => {
                let says =
                    format!("{}: its expression came to {what}, neither true nor false", condition.says);
                Reading::new(NEITHER, says).settles("mend the expression")
            }
        };
        reading.about(&condition.name)
    };
    case.facts.project.iter().map(of).collect()
}
