//! How many of the answers that are still to come would differ: bounded over all operations, and of each alone.

use super::{RATED, rates};
use crate::bounds::{Cluster, RateBound};
use crate::census::AccountTally;
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};
use crate::tally::OperationTally;

/// The bound of each operation and of all together.
pub const CONDITION: Condition = Condition {
    name: "difference-rate",
    about: "the true rate of differing answers is small, over all operations and of each",
    gates: RATED,
    ways: rates::WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let whole = rate(case, rates::operations(case), case.demands.max_difference_rate).about("all operations");
    let mut readings = vec![whole];
    for name in case.facts.operations.keys() {
        let tally = case.tally.operations.get(name.as_str());
        let target = case.demands.max_operation_difference_rate;
        readings.push(rate(case, tally.into_iter(), target).about(name));
    }
    readings
}

fn rate<'t>(case: &Case<'t>, operations: impl Iterator<Item = &'t OperationTally>, target: f64) -> Reading {
    let count = |account: &AccountTally| Cluster {
        pairs: account.totals.decided(),
        events: account.totals.different,
    };
    let question = rates::question(case, target);
    let bound = RateBound::of(&rates::clusters(operations, count), question);
    rates::reading(&bound, question, "differ")
}
