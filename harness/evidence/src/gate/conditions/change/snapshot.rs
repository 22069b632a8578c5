//! What differs is what was reviewed and accepted: nothing more, and nothing less.

use super::{NO_SOURCE, fact};
use crate::gate::conditions::MAPPING_CHANGE;
use crate::gate::mapping_change::DifferenceGroup;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::counted;
use crate::gate::{Case, Condition};

const EQUAL: Way = Way::pass("as_accepted");
const NEW: Way = Way::fail("not_accepted");
const GONE: Way = Way::fail("gone");

/// The differences against the accepted snapshots.
pub const CONDITION: Condition = Condition {
    name: "snapshot",
    about: "nothing differs that was not accepted, and nothing accepted is gone",
    gates: MAPPING_CHANGE,
    ways: &[EQUAL, NEW, GONE, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.snapshot,
        |comparison| {
            let mut readings = Vec::new();
            for group in &comparison.unaccepted {
                let says = format!(
                    "differs in {}, which nobody has accepted",
                    counted(group.pairs, "pair", "pairs")
                );
                readings.push(
                    about(group, Reading::new(NEW, says))
                        .settles("mend the mapping, or review and accept it"),
                );
            }
            for group in &comparison.gone {
                let says = "is accepted, and differs no more";
                readings.push(
                    about(group, Reading::new(GONE, says))
                        .settles("review the snapshot, and accept that it is gone"),
                );
            }
            if readings.is_empty() {
                let says = match comparison.accepted {
                    0 => "nothing differs, and nothing is accepted".to_owned(),
                    accepted => format!(
                        "{} differ as accepted, and nothing else",
                        counted(accepted, "group", "groups")
                    ),
                };
                readings.push(Reading::new(EQUAL, says).count("accepted", comparison.accepted));
            }
            readings
        },
    )
}

fn about(group: &DifferenceGroup, reading: Reading) -> Reading {
    reading
        .about(format!("{} {} {}", group.operation, group.field, group.kind.name()))
        .count("pairs", group.pairs)
}
