//! A careful reader has no warning for the mappings.

use super::{NO_SOURCE, fact};
use crate::gate::conditions::MAPPING_CHANGE;
use crate::gate::reading::{Reading, Way};
use crate::gate::{Case, Condition};

const CLEAN: Way = Way::pass("clean");
const WARNS: Way = Way::fail("warns");

/// What `mapping lint` warns of.
pub const CONDITION: Condition = Condition {
    name: "lint",
    about: "the mappings are free of warnings",
    gates: MAPPING_CHANGE,
    ways: &[CLEAN, WARNS, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.lint,
        |findings| {
            let warns = findings.iter().map(|finding| {
                let says = format!("{} ({})", finding.message, finding.rule);
                Reading::new(WARNS, says).about(&finding.at).settles("mend it")
            });
            let mut readings = warns.collect::<Vec<_>>();
            if readings.is_empty() {
                readings.push(Reading::new(CLEAN, "no warning"));
            }
            readings
        },
    )
}
