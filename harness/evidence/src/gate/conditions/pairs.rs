//! There are pairs of every operation, and of enough accounts.

use super::{JUDGED, rates};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped};
use crate::gate::{Case, Condition};

const ENOUGH: Way = Way::pass("enough");
const FEW_PAIRS: Way = Way::inconclusive("few_pairs");
const FEW_ACCOUNTS: Way = Way::inconclusive("few_accounts");
const NO_OPERATION: Way = Way::inconclusive("no_operation");

/// Decided pairs that count, by operation; accounts over all.
pub const CONDITION: Condition = Condition {
    name: "pairs",
    about: "each operation has enough decided pairs, and enough accounts were observed",
    gates: JUDGED,
    ways: &[ENOUGH, FEW_PAIRS, FEW_ACCOUNTS, NO_OPERATION],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let (needed, accounts_needed) = (case.demands.min_pairs, case.demands.min_accounts);
    if case.facts.operations.is_empty() {
        return vec![
            Reading::new(NO_OPERATION, "there is no operation")
                .settles("configure what the application asks"),
        ];
    }
    let mut readings = Vec::new();
    for name in case.facts.operations.keys() {
        let accounts = case.tally.operations.get(name.as_str()).map(|tally| &tally.census.accounts);
        let decided = accounts.map_or(0, |accounts| {
            accounts
                .iter()
                .map(|(_, tally)| tally)
                .chain(accounts.rest())
                .map(|tally| tally.totals.decided())
                .sum()
        });
        let says = format!(
            "{} that count; {} needed",
            counted(decided, "decided pair", "decided pairs"),
            grouped(needed)
        );
        let reading = match decided >= needed {
            true => Reading::new(ENOUGH, says),
            false => Reading::new(FEW_PAIRS, says)
                .settles(counted(needed - decided, "more decided pair", "more decided pairs"))
                .count("more_pairs", needed - decided),
        };
        readings.push(reading.about(name).count("pairs", decided).count("needed", needed));
    }
    let observed = rates::clusters(rates::operations(case), |account| crate::bounds::Cluster {
        pairs: account.totals.decided(),
        events: 0,
    });
    let observed = observed.iter().filter(|cluster| cluster.pairs > 0).count() as u64;
    let says =
        format!("{} observed; {} needed", counted(observed, "account", "accounts"), grouped(accounts_needed));
    let reading = match observed >= accounts_needed {
        true => Reading::new(ENOUGH, says),
        false => Reading::new(FEW_ACCOUNTS, says).settles("record pairs of more accounts"),
    };
    readings.push(reading.about("accounts").count("accounts", observed).count("needed", accounts_needed));
    readings
}
