//! What could not be decided stays small: it is evidence of nothing, and may hide anything.

use std::collections::BTreeMap;

use super::JUDGED;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped, percent};
use crate::gate::{Case, Condition};

const FEW: Way = Way::pass("few");
const MANY: Way = Way::inconclusive("many");
const NO_PAIRS: Way = Way::inconclusive("no_pairs");

/// The share of pairs that are undecided.
pub const CONDITION: Condition = Condition {
    name: "undecided-rate",
    about: "few pairs are undecided",
    gates: JUDGED,
    ways: &[FEW, MANY, NO_PAIRS],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let (totals, allowed) = (case.tally.totals, case.demands.max_undecided_rate);
    if totals.pairs == 0 {
        return vec![Reading::new(NO_PAIRS, "there is no pair").settles("record pairs")];
    }
    let share = totals.undecided as f64 / totals.pairs as f64;
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for operation in super::rates::operations(case) {
        for (code, tally) in &operation.undecided {
            *reasons.entry(code.name()).or_default() += tally.pairs;
        }
    }
    let reasons =
        reasons.iter().map(|(name, pairs)| format!("{name} {}", grouped(*pairs))).collect::<Vec<_>>();
    let pairs = counted(totals.pairs, "pair", "pairs");
    let told = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let says = format!(
        "{} of {pairs} undecided{told}: {}; {} is allowed",
        grouped(totals.undecided),
        percent(share),
        percent(allowed)
    );
    let reading = match share <= allowed {
        true => Reading::new(FEW, says),
        false => Reading::new(MANY, says).settles("mend the reasons: `cutover check` shows a pair of each"),
    };
    vec![reading.count("pairs", totals.pairs).count("undecided", totals.undecided).rate("allowed", allowed)]
}
