//! No webhook still points at legacy.

use super::DEPRECATION;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, named};
use crate::gate::{Case, Condition};

const MOVED: Way = Way::pass("moved");
const LEFT: Way = Way::fail("left");
const NO_SOURCE: Way = Way::inconclusive("no_source");

/// Where the upstreams' webhooks go.
pub const CONDITION: Condition = Condition {
    name: "webhooks",
    about: "no webhook points at legacy",
    gates: DEPRECATION,
    ways: &[MOVED, LEFT, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    vec![match case.facts.webhooks.known() {
        Err(missing) => Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend),
        Ok(webhooks) if webhooks.at_legacy.is_empty() => {
            let says =
                format!("none of {} points at legacy", counted(webhooks.registered, "webhook", "webhooks"));
            Reading::new(MOVED, says).count("webhooks", webhooks.registered)
        }
        Ok(webhooks) => Reading::new(
            LEFT,
            format!(
                "{} still at legacy: {}",
                counted(webhooks.at_legacy.len() as u64, "webhook points", "webhooks point"),
                named(&webhooks.at_legacy)
            ),
        )
        .settles("point them at new")
        .count("webhooks", webhooks.registered),
    }]
}
