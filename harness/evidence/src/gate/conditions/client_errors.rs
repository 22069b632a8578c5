//! New refuses no more requests than legacy does.

use super::{WRITE_CUTOVER, rates};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, percent};
use crate::gate::{Case, Condition};

const ALIKE: Way = Way::pass("alike");
const MORE: Way = Way::fail("more");
const NO_PAIRS: Way = Way::inconclusive("no_pairs");

/// The share of 4xx answers, but for 429, on both sides.
pub const CONDITION: Condition = Condition {
    name: "client-error-rate",
    about: "new answers 4xx about as often as legacy",
    gates: WRITE_CUTOVER,
    ways: &[ALIKE, MORE, NO_PAIRS],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let (mut pairs, mut legacy, mut new) = (0_u64, 0_u64, 0_u64);
    let is_refusal =
        |status: Option<u16>| status.is_some_and(|status| (400..500).contains(&status) && status != 429);
    for operation in rates::operations(case) {
        let statuses = &operation.census.statuses;
        pairs += statuses.iter().map(|(_, count)| count).sum::<u64>() + statuses.rest().copied().unwrap_or(0);
        for (status, count) in statuses.iter() {
            legacy += if is_refusal(status.legacy) { *count } else { 0 };
            new += if is_refusal(status.new) { *count } else { 0 };
        }
    }
    if pairs == 0 {
        return vec![Reading::new(NO_PAIRS, "no pair that counts says anything").settles("record pairs")];
    }
    let share = |count: u64| count as f64 / pairs as f64;
    let (excess, allowed) = (share(new) - share(legacy), case.demands.max_client_error_excess);
    let says = format!(
        "of {} new answers {} with 4xx, legacy {}; {} more is allowed",
        counted(pairs, "pair", "pairs"),
        percent(share(new)),
        percent(share(legacy)),
        percent(allowed)
    );
    let reading = match excess <= allowed {
        true => Reading::new(ALIKE, says),
        false => Reading::new(MORE, says).settles("find out which requests new refuses, and why"),
    };
    vec![reading.count("pairs", pairs).count("legacy", legacy).count("new", new).rate("allowed", allowed)]
}
