//! A tolerance that excuses more than before was looked at by somebody.

use super::{NO_SOURCE, fact};
use crate::gate::conditions::MAPPING_CHANGE;
use crate::gate::reading::{Reading, Way};
use crate::gate::{Case, Condition};

const NONE: Way = Way::pass("none");
const WIDENED: Way = Way::inconclusive("unreviewed");

/// Tolerances against those of the base revision.
pub const CONDITION: Condition = Condition {
    name: "tolerances-widened",
    about: "no tolerance excuses more than at the base revision, unless somebody reviewed it",
    gates: MAPPING_CHANGE,
    ways: &[NONE, WIDENED, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.tolerances,
        |change| {
            let widened = change.widened.iter().map(|tolerance| {
                let says =
                    format!("{}: {}, and nobody says that it was reviewed", tolerance.text, tolerance.how);
                Reading::new(WIDENED, says)
                    .about(&tolerance.at)
                    .settles("take it back, or have it reviewed and waive it")
            });
            let mut readings = widened.collect::<Vec<_>>();
            if readings.is_empty() {
                readings.push(Reading::new(NONE, format!("none excuses more than at {}", change.base)));
            }
            readings
        },
    )
}
