//! The cases beside the mappings pass, and every mapping has one.

use super::{NO_SOURCE, fact};
use crate::gate::conditions::MAPPING_CHANGE;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::counted;
use crate::gate::{Case, Condition};

const PASS: Way = Way::pass("pass");
const FAILS: Way = Way::fail("fails");
const WITHOUT: Way = Way::inconclusive("without");

/// Every case was run.
pub const CONDITION: Condition = Condition {
    name: "cases",
    about: "the cases beside the mappings pass, and every mapping has one",
    gates: MAPPING_CHANGE,
    ways: &[PASS, FAILS, WITHOUT, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.cases,
        |cases| {
            let failing = cases.failing.iter().map(|case| {
                Reading::new(FAILS, &case.message).about(&case.file).settles("mend the mapping, or the case")
            });
            let without = cases.without.iter().map(|mapping| {
                Reading::new(WITHOUT, "the mapping has no case")
                    .about(mapping)
                    .settles("write one: `cutover mapping test --accept`")
            });
            let mut readings = failing.chain(without).collect::<Vec<_>>();
            if readings.is_empty() {
                let says = format!("{} run, and pass", counted(cases.run, "case", "cases"));
                readings.push(Reading::new(PASS, says).count("cases", cases.run));
            }
            readings
        },
    )
}
