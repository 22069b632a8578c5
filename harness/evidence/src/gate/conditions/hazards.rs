//! Each thing that may happen when legacy is switched off has an answer: a deletion there can revoke a live token.

use super::DEPRECATION;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::counted;
use crate::gate::{Case, Condition};

const ANSWERED: Way = Way::pass("answered");
const OPEN: Way = Way::inconclusive("unanswered");
const NO_SOURCE: Way = Way::inconclusive("no_source");

/// What the legacy provider's profile warns of.
pub const CONDITION: Condition = Condition {
    name: "hazards",
    about: "every hazard of the legacy profile has an answer",
    gates: DEPRECATION,
    ways: &[ANSWERED, OPEN, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let hazards = match case.facts.hazards.known() {
        Ok(hazards) => hazards,
        Err(missing) => return vec![Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend)],
    };
    let open = hazards.iter().filter(|hazard| hazard.answer.is_none());
    let mut readings = open
        .map(|hazard| {
            Reading::new(OPEN, "nobody says what is done about it").about(&hazard.what).settles("answer it")
        })
        .collect::<Vec<_>>();
    if readings.is_empty() {
        readings.push(Reading::new(
            ANSWERED,
            format!("{} answered", counted(hazards.len() as u64, "hazard is", "hazards are")),
        ));
    }
    readings
}
