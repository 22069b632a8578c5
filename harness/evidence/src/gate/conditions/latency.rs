//! New is not much slower than legacy.

use super::WRITE_CUTOVER;
use crate::gate::reading::{Reading, Way};
use crate::gate::{Case, Condition};
use crate::tally::OperationTally;

/// A percentile of fewer answers is one slow answer.
pub const TIMED_MIN: u64 = 40;

const FAST: Way = Way::pass("fast_enough");
const SLOW: Way = Way::fail("slow");
const UNTIMED: Way = Way::inconclusive("untimed");

/// The median and the 95th percentile of each operation.
pub const CONDITION: Condition = Condition {
    name: "latency",
    about: "new takes at most a few times as long as legacy",
    gates: WRITE_CUTOVER,
    ways: &[FAST, SLOW, UNTIMED],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let of = |name: &String| {
        let tally = case.tally.operations.get(name.as_str());
        tally.and_then(|tally| timed(tally, case.demands.max_latency_ratio)).unwrap_or_else(|| {
            let says = format!("fewer than {TIMED_MIN} answers of a side say how long they took");
            Reading::new(UNTIMED, says)
                .settles(format!("record {TIMED_MIN} pairs with `elapsed_ms` on both sides"))
        })
    };
    let readings = case.facts.operations.keys().map(|name| of(name).about(name)).collect::<Vec<_>>();
    match readings.is_empty() {
        true => vec![
            Reading::new(UNTIMED, "there is no operation").settles("configure what the application asks"),
        ],
        false => readings,
    }
}

fn timed(tally: &OperationTally, allowed: f64) -> Option<Reading> {
    let (legacy, new) = (&tally.census.legacy_latency, &tally.census.new_latency);
    if legacy.count() < TIMED_MIN || new.count() < TIMED_MIN {
        return None;
    }
    let mut told = Vec::new();
    let mut worst = 0.0_f64;
    for (share, name) in [(0.5, "half"), (0.95, "95 %")] {
        let (legacy, new) = (legacy.quantile_ms(share)?, new.quantile_ms(share)?);
        worst = worst.max(new as f64 / legacy.max(1) as f64);
        told.push(format!("{name} of new's answers within {new} ms, of legacy's within {legacy} ms"));
    }
    let says = format!("{}: {worst:.2} times as long at most; {allowed} is allowed", told.join("; "));
    let reading = match worst <= allowed {
        true => Reading::new(FAST, says),
        false => Reading::new(SLOW, says).settles("make new faster, or allow it with `max_latency_ratio`"),
    };
    Some(reading.rate("ratio", worst).rate("allowed", allowed))
}
