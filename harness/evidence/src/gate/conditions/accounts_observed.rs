//! Every listed account was observed: all of them will move, and one says nothing of another.

use std::collections::BTreeSet;

use super::{ACCOUNTS_NAMED_MAX, RATED, rates};
use crate::bounds::accounts::AccountsBound;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped};
use crate::gate::{Case, Condition};

const ALL: Way = Way::pass("all");
const NEVER: Way = Way::inconclusive("never_observed");
const UNKNOWN: Way = Way::inconclusive("no_list");
const TOO_MANY: Way = Way::inconclusive("too_many");

/// Every account of the list has a decided pair that counts.
pub const CONDITION: Condition = Condition {
    name: "accounts-observed",
    about: "every listed account was observed",
    gates: RATED,
    ways: &[ALL, NEVER, UNKNOWN, TOO_MANY],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let listed = match case.facts.accounts.known() {
        Ok(listed) => listed,
        Err(missing) => return vec![Reading::new(UNKNOWN, &missing.what).settles(&missing.mend)],
    };
    let (mut observed, mut differing, mut is_cut) = (BTreeSet::new(), BTreeSet::new(), false);
    for operation in rates::operations(case) {
        is_cut |= operation.census.accounts.rest().is_some();
        for (name, tally) in operation.census.accounts.iter().filter(|(name, _)| listed.contains_key(*name)) {
            if tally.totals.decided() > 0 {
                observed.insert(name.as_str());
            }
            if tally.totals.different > 0 {
                differing.insert(name.as_str());
            }
        }
    }
    let missing = listed.keys().filter(|name| !observed.contains(name.as_str())).collect::<Vec<_>>();
    let bound = AccountsBound::of(
        listed.len() as u64,
        observed.len() as u64,
        differing.len() as u64,
        case.demands.confidence,
    );
    let numbers = |reading: Reading| {
        reading
            .count("listed", bound.listed)
            .count("observed", bound.observed)
            .count("differing", bound.differing)
            .count("differing_max", bound.differing_max)
    };
    if missing.is_empty() {
        let says =
            format!("all {} were observed", counted(bound.listed, "listed account", "listed accounts"));
        return vec![numbers(Reading::new(ALL, says)).about("accounts")];
    }
    if is_cut {
        let says = format!(
            "more than {} accounts: not each of them was kept apart",
            grouped(crate::census::ACCOUNTS_MAX as u64)
        );
        return vec![
            numbers(Reading::new(TOO_MANY, says))
                .about("accounts")
                .settles("move the accounts in several migrations"),
        ];
    }
    let mut readings = Vec::new();
    for name in missing.iter().take(ACCOUNTS_NAMED_MAX) {
        let says = "was never observed: what holds for the others says nothing of it";
        readings.push(
            Reading::new(NEVER, says).about(*name).settles("record a pair of the account, or waive it"),
        );
    }
    let says = format!(
        "{} of {} were never observed; if the others were drawn without regard to how they behave, at most {} of the list differ",
        grouped(missing.len() as u64),
        counted(bound.listed, "listed account", "listed accounts"),
        grouped(bound.differing_max)
    );
    // The sum is told beside the accounts, so that a waiver of each of them suffices.
    if missing.len() > ACCOUNTS_NAMED_MAX {
        readings.push(
            numbers(Reading::new(NEVER, says)).about("accounts").settles("record pairs of each account"),
        );
    } else if let Some(first) = readings.first_mut() {
        *first = numbers(first.clone());
        first.says = format!("{}; {says}", first.says);
    }
    readings
}
