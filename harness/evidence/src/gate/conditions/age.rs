//! Evidence is young: providers change.

use super::JUDGED;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, grouped, span};
use crate::gate::{Case, Condition};

const YOUNG: Way = Way::pass("young");
const ANY: Way = Way::pass("any_age");
const STALE: Way = Way::inconclusive("stale");
const NO_PAIRS: Way = Way::inconclusive("no_pairs");

/// Of each operation some pairs are young enough; older ones count in no rate.
pub const CONDITION: Condition = Condition {
    name: "evidence-age",
    about: "evidence is young enough",
    gates: JUDGED,
    ways: &[YOUNG, ANY, STALE, NO_PAIRS],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let Some(age) = case.demands.evidence_max_age else {
        return vec![Reading::new(ANY, "evidence of any age counts at this gate")];
    };
    let age = span(age);
    let mut readings = Vec::new();
    for name in case.facts.operations.keys() {
        let tally = case.tally.operations.get(name.as_str()).filter(|tally| tally.totals.pairs > 0);
        let reading = match tally.map(|tally| (tally.totals.pairs, tally.census.stale)) {
            None => {
                Reading::new(NO_PAIRS, "the operation has no pair").settles("record pairs of the operation")
            }
            Some((pairs, stale)) if stale == pairs => Reading::new(
                STALE,
                format!(
                    "all {} are older than {age}, or do not say when they were recorded",
                    counted(pairs, "pair", "pairs")
                ),
            )
            .settles("record anew")
            .count("stale", stale),
            Some((pairs, stale)) => Reading::new(
                YOUNG,
                format!(
                    "{} of {} are at most {age} old",
                    grouped(pairs - stale),
                    counted(pairs, "pair", "pairs")
                ),
            )
            .count("stale", stale),
        };
        readings.push(reading.about(name));
    }
    if readings.is_empty() {
        readings.push(
            Reading::new(NO_PAIRS, "there is no operation").settles("configure what the application asks"),
        );
    }
    readings
}
