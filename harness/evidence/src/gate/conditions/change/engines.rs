//! Two engines make the same of every mapping.

use compare::verdict::ReasonCode;

use super::{NO_SOURCE, fact};
use crate::gate::conditions::{MAPPING_CHANGE, rates};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::counted;
use crate::gate::{Case, Condition};

const AGREE: Way = Way::pass("agree");
const DISAGREE: Way = Way::fail("disagree");

/// Pairs that are undecided because two engines disagree.
pub const CONDITION: Condition = Condition {
    name: "engines-agree",
    about: "the native engine and the reference make the same of every mapping",
    gates: MAPPING_CHANGE,
    ways: &[AGREE, DISAGREE, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    fact(
        case,
        |change| &change.engines,
        |asked| {
            let disagreeing = rates::operations(case)
                .filter_map(|operation| operation.undecided.get(&ReasonCode::EngineDisagreement));
            let (mut pairs, mut first) = (0, None);
            for tally in disagreeing {
                pairs += tally.pairs;
                first =
                    first.or(tally.examples.first().map(|case| format!("{}: {}", case.pair, case.detail)));
            }
            let asked = counted(asked.pairs, "pair", "pairs");
            vec![match pairs {
                0 => Reading::new(AGREE, format!("they agree on {asked}")),
                _ => Reading::new(
                    DISAGREE,
                    format!("they disagree on {pairs} of {asked}, first {}", first.unwrap_or_default()),
                )
                .settles("write the mapping so that both make the same of it")
                .count("pairs", pairs),
            }]
        },
    )
}
