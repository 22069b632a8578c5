//! How a bound on a rate becomes an answer, and which pairs of which accounts it counts.

use std::collections::BTreeMap;

use crate::bounds::{Cluster, Question, RateBound};
use crate::census::AccountTally;
use crate::gate::Case;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, percent};
use crate::tally::OperationTally;

/// The rate is small enough.
pub const SMALL: Way = Way::pass("small_enough");
/// The rate is surely too large.
pub const LARGE: Way = Way::fail("too_large");
/// The rate may be too large.
pub const UNSURE: Way = Way::inconclusive("too_few_pairs");
/// There is no pair.
pub const NO_PAIRS: Way = Way::inconclusive("no_pairs");
/// How a rate ends.
pub const WAYS: &[Way] = &[SMALL, LARGE, UNSURE, NO_PAIRS];

/// A question at this gate's confidence.
pub fn question(case: &Case<'_>, target: f64) -> Question {
    Question { confidence: case.demands.confidence, look: case.demands.look, target }
}

/// One cluster an account, over some operations; accounts beyond the limit are one, which only raises the bound.
pub fn clusters<'t>(
    operations: impl Iterator<Item = &'t OperationTally>,
    count: impl Fn(&AccountTally) -> Cluster,
) -> Vec<Cluster> {
    let mut by_account: BTreeMap<Option<&str>, Cluster> = BTreeMap::new();
    for operation in operations {
        let accounts = &operation.census.accounts;
        let named = accounts.iter().map(|(name, tally)| (Some(name.as_str()), tally));
        for (name, tally) in named.chain(accounts.rest().map(|rest| (None, rest))) {
            let (sum, one) = (by_account.entry(name).or_default(), count(tally));
            sum.pairs += one.pairs;
            sum.events += one.events;
        }
    }
    by_account.into_values().collect()
}

/// Every operation's tally, also of those that did not fit.
pub fn operations<'t>(case: &Case<'t>) -> impl Iterator<Item = &'t OperationTally> {
    let operations = &case.tally.operations;
    operations.iter().map(|(_, tally)| tally).chain(operations.rest())
}

/// What a bound says of a rate; `what` completes "… of 3,000 pairs".
pub fn reading(bound: &RateBound, question: Question, what: &str) -> Reading {
    let pairs = counted(bound.pairs, "pair", "pairs");
    let accounts = counted(bound.accounts, "account", "accounts");
    let surely = percent(question.confidence);
    let allowed = percent(question.target);
    let seen = format!("{} of {pairs} of {accounts} {what}", crate::gate::words::grouped(bound.events));
    let reading = match bound {
        bound if bound.pairs == 0 => {
            let reading = Reading::new(NO_PAIRS, "no pair that counts says anything");
            return more(reading, bound, question).rate("allowed", question.target);
        }
        bound if bound.meets(question) => Reading::new(
            SMALL,
            format!(
                "{seen}: the rate is below {}, with {surely} confidence; {allowed} is allowed",
                percent(bound.upper)
            ),
        ),
        bound if bound.lower > question.target => Reading::new(
            LARGE,
            format!(
                "{seen}: the rate is above {}, with {surely} confidence; {allowed} is allowed",
                percent(bound.lower)
            ),
        )
        .settles("mend what differs, and record again"),
        bound => more(
            Reading::new(
                UNSURE,
                format!(
                    "{seen}: the rate may be as large as {}, with {surely} confidence; {allowed} is allowed",
                    percent(bound.upper)
                ),
            ),
            bound,
            question,
        ),
    };
    reading
        .count("pairs", bound.pairs)
        .count("events", bound.events)
        .count("accounts", bound.accounts)
        .rate("rate", bound.rate)
        .rate("lower", bound.lower)
        .rate("upper", bound.upper)
        .rate("design_effect", bound.design_effect)
        .rate("allowed", question.target)
}

fn more(reading: Reading, bound: &RateBound, question: Question) -> Reading {
    match bound.more_pairs {
        Some(more) => {
            let settles =
                format!("{} without one", counted(more, "more independent pair", "more independent pairs"));
            reading.settles(settles).count("more_pairs", more)
        }
        None if question.target <= 0.0 => {
            reading.settles("no number of pairs proves a rate of 0: allow one that is larger")
        }
        None => reading.settles("no number of pairs that one could record would do"),
    }
}
