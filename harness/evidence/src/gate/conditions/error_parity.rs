//! Where one side fails the other does too: an error in place of an answer is a difference, whoever makes it.

use super::{WRITE_CUTOVER, rates};
use crate::bounds::{Cluster, RateBound};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Failures, throttles, 4xx and 5xx of one side only; undecided pairs count.
pub const CONDITION: Condition = Condition {
    name: "error-parity",
    about: "both sides fail alike",
    gates: WRITE_CUTOVER,
    ways: rates::WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let question = rates::question(case, case.demands.max_error_disparity_rate);
    let clusters = rates::clusters(rates::operations(case), |account| Cluster {
        pairs: account.totals.pairs,
        events: account.unlike_errors,
    });
    vec![rates::reading(&RateBound::of(&clusters, question), question, "have an error on one side only")]
}
