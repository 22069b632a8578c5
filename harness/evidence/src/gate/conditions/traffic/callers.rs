//! Nobody calls legacy any more.

use super::{DEPRECATION, NO_SOURCE};
use crate::gate::reading::{Reading, Way};
use crate::gate::words::named;
use crate::gate::{Case, Condition};

const NONE: Way = Way::pass("none");
const LEFT: Way = Way::fail("left");

/// Callers that the router saw at legacy.
pub const CONDITION: Condition = Condition {
    name: "callers",
    about: "no caller is left at legacy",
    gates: DEPRECATION,
    ways: &[NONE, LEFT, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    vec![match case.facts.router.known() {
        Err(missing) => Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend),
        Ok(traffic) if traffic.callers_at_legacy.is_empty() => Reading::new(NONE, "nobody calls legacy"),
        Ok(traffic) => Reading::new(LEFT, format!("{} still call legacy", named(&traffic.callers_at_legacy)))
            .settles("move them")
            .count("callers", traffic.callers_at_legacy.len() as u64),
    }]
}
