//! New does not throttle what legacy bore.

use super::{WRITE_CUTOVER, rates};
use crate::bounds::{Cluster, RateBound};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Pairs in which new answered 429 and legacy did not.
pub const CONDITION: Condition = Condition {
    name: "throttled-rate",
    about: "new seldom answers 429 where legacy does not",
    gates: WRITE_CUTOVER,
    ways: rates::WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let question = rates::question(case, case.demands.max_throttled_rate);
    let clusters = rates::clusters(rates::operations(case), |account| Cluster {
        pairs: account.totals.pairs,
        events: account.only_new_throttled,
    });
    vec![rates::reading(&RateBound::of(&clusters, question), question, "were throttled by new alone")]
}
