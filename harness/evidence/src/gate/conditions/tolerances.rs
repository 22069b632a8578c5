//! Tolerances excuse what they were written for: they hold, they are needed, and none hides more than its share.

use super::EVERY;
use crate::gate::facts::{OperationFacts, ToleranceFacts};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped, percent};
use crate::gate::{Case, Condition};
use crate::tally::OperationTally;

const FINE: Way = Way::pass("fine");
const NONE: Way = Way::pass("none");
const EXPIRED: Way = Way::fail("expired");
const UNUSED: Way = Way::fail("unused");
const UNTRIED: Way = Way::inconclusive("untried");
const WIDE: Way = Way::fail("more_than_its_share");

/// Every tolerance of every operation.
pub const CONDITION: Condition = Condition {
    name: "tolerances",
    about: "no tolerance is expired or unused, and none hides more than its share",
    gates: EVERY,
    ways: &[FINE, NONE, EXPIRED, UNUSED, UNTRIED, WIDE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let (mut readings, mut all) = (Vec::new(), 0_u64);
    for (name, facts) in &case.facts.operations {
        let tally = case.tally.operations.get(name.as_str());
        for (index, tolerance) in facts.tolerances.iter().enumerate() {
            all += 1;
            readings.extend(objection(case, facts, index, tolerance, tally).map(|reading| {
                let text = format!("{name} {} {}", tolerance.at, tolerance.text);
                reading.about(text)
            }));
        }
    }
    if all == 0 {
        return vec![Reading::new(NONE, "there is no tolerance")];
    }
    if readings.is_empty() {
        let says = format!(
            "{} hold, are needed, and hide no more than their share",
            counted(all, "tolerance", "tolerances")
        );
        readings.push(Reading::new(FINE, says).count("tolerances", all));
    }
    readings
}

fn objection(
    case: &Case<'_>,
    facts: &OperationFacts,
    index: usize,
    tolerance: &ToleranceFacts,
    tally: Option<&OperationTally>,
) -> Option<Reading> {
    if tolerance.is_expired {
        let says = format!("ended on {}; {} answers for it", tolerance.until, tolerance.owner);
        return Some(Reading::new(EXPIRED, says).settles("mend what it excused, or agree on a later day"));
    }
    let decided = tally.map_or(0, |tally| tally.totals.decided());
    if decided == 0 {
        let says = "no pair says whether it is needed";
        return Some(Reading::new(UNTRIED, says).settles("record pairs of the operation"));
    }
    let hit = tally.and_then(|tally| tally.tolerances.get(&index)).map_or(0, |hit| hit.pairs);
    if hit == 0 {
        // What is ignored, or ordered anew, before lists are joined makes no difference that could be excused.
        let says = format!("excused nothing in {}", counted(decided, "decided pair", "decided pairs"));
        return Some(Reading::new(UNUSED, says).settles("remove it, or record a pair that needs it"));
    }
    let share = hit as f64 / decided as f64;
    let allowed = match (tolerance.share, tolerance.is_blind) {
        (Some(share), _) => share,
        (None, true) => case.demands.max_tolerated_share,
        (None, false) => 1.0,
    };
    debug_assert!(index < facts.tolerances.len(), "a tolerance is among its operation's");
    (share > allowed).then(|| {
        let says = format!(
            "excused something in {} of {} ({}); {} is allowed",
            grouped(hit),
            counted(decided, "decided pair", "decided pairs"),
            percent(share),
            percent(allowed)
        );
        Reading::new(WIDE, says)
            .settles("narrow it, or say with its `share` that it may")
            .count("pairs", decided)
            .count("excused", hit)
            .rate("allowed", allowed)
    })
}
