//! A changed mapping is exercised no less than before.

use super::{NO_SOURCE, fact};
use crate::gate::conditions::MAPPING_CHANGE;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{grouped, percent};
use crate::gate::{Case, Condition};

const KEPT: Way = Way::pass("not_lower");
const LOWER: Way = Way::fail("lower");

/// The share of each changed mapping that the same pairs exercise.
pub const CONDITION: Condition = Condition {
    name: "coverage-kept",
    about: "pairs exercise no smaller share of a changed mapping than before",
    gates: MAPPING_CHANGE,
    ways: &[KEPT, LOWER, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.coverage,
        |changes| {
            let of = |change: &crate::gate::mapping_change::CoverageChange| {
                let (before, after) = (change.before, change.after);
                let says = format!(
                    "{} of {} parts exercised ({}), before {} of {} ({})",
                    grouped(after.covered),
                    grouped(after.parts),
                    percent(after.share()),
                    grouped(before.covered),
                    grouped(before.parts),
                    percent(before.share())
                );
                let reading = match after.share() >= before.share() {
                    true => Reading::new(KEPT, says),
                    false => Reading::new(LOWER, says).settles("record pairs that exercise what is new"),
                };
                reading.about(&change.mapping).rate("before", before.share()).rate("after", after.share())
            };
            let mut readings = changes.iter().map(of).collect::<Vec<_>>();
            if readings.is_empty() {
                readings.push(Reading::new(KEPT, "no mapping has changed"));
            }
            readings
        },
    )
}
