//! Tolerances excuse what they were written for: they hold, they are needed, and none hides more than its share.

use std::collections::BTreeMap;

use super::EVERY;
use crate::gate::facts::ToleranceFacts;
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
    // A file of tolerances may serve several operations: one that any of them needs is needed.
    let mut uses: BTreeMap<&str, Use<'_>> = BTreeMap::new();
    for (name, facts) in &case.facts.operations {
        let tally = case.tally.operations.get(name.as_str());
        for (index, tolerance) in facts.tolerances.iter().enumerate() {
            let known = uses.entry(&tolerance.at).or_insert_with(|| Use::of(tolerance));
            known.count(name, index, tally);
        }
    }
    let all = uses.len() as u64;
    let about = |known: &Use<'_>| format!("{} {}", known.tolerance.at, known.tolerance.text);
    let mut readings: Vec<Reading> = uses
        .values()
        .filter_map(|known| objection(case, known).map(|reading| reading.about(about(known))))
        .collect();
    if all == 0 {
        readings.push(Reading::new(NONE, "there is no tolerance"));
    } else if readings.is_empty() {
        let all_told = counted(all, "tolerance", "tolerances");
        let says = format!("{all_told} looked at: each holds, is needed, and hides no more than its share");
        readings.push(Reading::new(FINE, says).count("tolerances", all));
    }
    readings
}

/// One tolerance over all operations that it serves.
struct Use<'f> {
    tolerance: &'f ToleranceFacts,
    decided: u64,
    hit: u64,
    /// Where it excused something in the largest share of pairs: the operation, those pairs, all decided ones.
    widest: Option<(&'f str, u64, u64)>,
}

impl<'f> Use<'f> {
    fn of(tolerance: &'f ToleranceFacts) -> Use<'f> {
        Use { tolerance, decided: 0, hit: 0, widest: None }
    }

    fn count(&mut self, operation: &'f str, index: usize, tally: Option<&OperationTally>) {
        let Some(tally) = tally else { return };
        let decided = tally.totals.decided();
        let hit = tally.tolerances.get(&index).map_or(0, |hit| hit.pairs);
        self.decided += decided;
        self.hit += hit;
        let is_wider = |(_, most, of): (&str, u64, u64)| {
            u128::from(hit) * u128::from(of) > u128::from(most) * u128::from(decided)
        };
        if hit > 0 && self.widest.is_none_or(is_wider) {
            self.widest = Some((operation, hit, decided));
        }
    }
}

fn objection(case: &Case<'_>, known: &Use<'_>) -> Option<Reading> {
    let tolerance = known.tolerance;
    if tolerance.is_expired {
        let says = format!("ended on {}; {} answers for it", tolerance.until, tolerance.owner);
        return Some(Reading::new(EXPIRED, says).settles("mend what it excused, or agree on a later day"));
    }
    if known.decided == 0 {
        let says = "no pair says whether it is needed";
        return Some(Reading::new(UNTRIED, says).settles("record pairs of the operation"));
    }
    let Some((operation, hit, decided)) = known.widest else {
        let says = format!("excused nothing in {}", counted(known.decided, "decided pair", "decided pairs"));
        return Some(Reading::new(UNUSED, says).settles("remove it, or record a pair that needs it"));
    };
    let share = hit as f64 / decided as f64;
    let allowed = match (tolerance.share, tolerance.is_blind) {
        (Some(share), _) => share,
        (None, true) => case.demands.max_tolerated_share,
        (None, false) => 1.0,
    };
    (share > allowed).then(|| {
        let says = format!(
            "excused something in {} of {} of {operation} ({}); {} is allowed",
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
