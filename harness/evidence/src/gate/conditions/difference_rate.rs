//! How many of the answers that are still to come would differ: bounded over all operations, and of each alone.
//!
//! Where legacy was asked again, what differs may be legacy's own wavering. A rate that is surely too large is then no
//! failure of new unless new differs more often than legacy's repeats do; until that is known the answer is that nobody
//! knows, never that it holds.

use compare::volatile::Counts;

use super::{RATED, rates};
use crate::bounds::noise::Discordant;
use crate::bounds::{Cluster, Question, RateBound};
use crate::census::AccountTally;
use crate::gate::reading::{Reading, Way};
use crate::gate::{Case, Condition};
use crate::tally::OperationTally;

const NOISE: Way = Way::inconclusive("may_be_noise");

/// The bound of each operation and of all together.
pub const CONDITION: Condition = Condition {
    name: "difference-rate",
    about: "the true rate of differing answers is small, over all operations and of each",
    gates: RATED,
    ways: &[rates::SMALL, rates::LARGE, rates::UNSURE, rates::NO_PAIRS, NOISE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let all = rates::operations(case).collect::<Vec<_>>();
    let mut readings = vec![rate(case, &all, case.demands.max_difference_rate).about("all operations")];
    for name in case.facts.operations.keys() {
        let tally = case.tally.operations.get(name.as_str()).into_iter().collect::<Vec<_>>();
        readings.push(rate(case, &tally, case.demands.max_operation_difference_rate).about(name));
    }
    readings
}

fn rate(case: &Case<'_>, operations: &[&OperationTally], target: f64) -> Reading {
    let count = |account: &AccountTally| Cluster {
        pairs: account.totals.decided(),
        events: account.totals.different,
    };
    let question = rates::question(case, target);
    let bound = RateBound::of(&rates::clusters(operations.iter().copied(), count), question);
    let reading = rates::reading(&bound, question, "differ");
    let is_noise = || operations.iter().all(|operation| may_be_noise(operation, question));
    if reading.way != rates::LARGE || !is_noise() {
        return reading;
    }
    let says = format!("{}; but legacy, asked again, differs from itself about as often", reading.says);
    let settles = "ask legacy again more often, or excuse what wavers: `cutover check` suggests a tolerance";
    Reading { way: NOISE, says, ..reading }.settles(settles)
}

/// Whether every difference of an operation may be legacy's own wavering: in each field new does not differ more often
/// than a repeat does, and no more often than the repeats allow noise to be.
fn may_be_noise(operation: &OperationTally, question: Question) -> bool {
    if operation.totals.different == 0 {
        return true;
    }
    let open = operation.fields.iter().filter(|(_, cell)| cell.pairs_open > 0).collect::<Vec<_>>();
    if operation.unlisted > 0 || operation.fields.rest().is_some() || operation.volatility.pairs() == 0 {
        return false;
    }
    // Several fields are asked, and one of them may seem to differ by chance alone.
    let confidence = 1.0 - (1.0 - question.confidence) / open.len().max(1) as f64;
    open.iter().all(|(field, cell)| {
        let counts = operation.volatility.counts().find(|counts| counts.field == field.path);
        counts.is_some_and(|counts| {
            let share = cell.pairs_open as f64 / operation.totals.pairs.max(1) as f64;
            share <= noise_at_most(&counts, question) && !discordant(&counts).exceeds_noise(confidence)
        })
    })
}

fn discordant(counts: &Counts<'_>) -> Discordant {
    let both = counts.raw - counts.certain;
    Discordant { only_new: counts.certain, only_repeat: counts.noise.saturating_sub(both) }
}

/// In so many pairs at most legacy would differ from itself there, after what its repeats showed.
fn noise_at_most(counts: &Counts<'_>, question: Question) -> f64 {
    RateBound::of(&[Cluster { pairs: counts.pairs, events: counts.noise.min(counts.pairs) }], question).upper
}
