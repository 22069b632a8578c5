//! All traffic has gone to new, for long enough.

pub mod callers;

use super::DEPRECATION;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::{counted, span};
use crate::gate::{Case, Condition};

const ON_NEW: Way = Way::pass("on_new");
const AT_LEGACY: Way = Way::fail("at_legacy");
const SHORT: Way = Way::inconclusive("too_short");
const NONE: Way = Way::inconclusive("no_traffic");
const NO_SOURCE: Way = Way::inconclusive("no_source");

/// What the router counted in the window.
pub const CONDITION: Condition = Condition {
    name: "traffic",
    about: "all traffic has gone to new for the whole window",
    gates: DEPRECATION,
    ways: &[ON_NEW, AT_LEGACY, SHORT, NONE, NO_SOURCE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let traffic = match case.facts.router.known() {
        Ok(traffic) => traffic,
        Err(missing) => return vec![Reading::new(NO_SOURCE, &missing.what).settles(&missing.mend)],
    };
    let window = case.demands.window;
    let counted_for = case.as_of.saturating_sub(traffic.since).max(0).unsigned_abs();
    let new = counted(traffic.to_new, "request", "requests");
    let reading = if traffic.to_legacy > 0 {
        let says =
            format!("{} went to legacy, {new} to new", counted(traffic.to_legacy, "request", "requests"));
        Reading::new(AT_LEGACY, says)
            .settles(format!("move what still calls legacy, and wait {}", span(window)))
    } else if counted_for < window {
        let says =
            format!("the router has counted for {} of {}", span(counted_for / 3_600 * 3_600), span(window));
        Reading::new(SHORT, says).settles("wait")
    } else if traffic.to_new == 0 {
        Reading::new(NONE, "no request went anywhere").settles("see that traffic goes through the router")
    } else {
        Reading::new(ON_NEW, format!("{new} to new, none to legacy, in {}", span(window)))
    };
    vec![reading.count("to_new", traffic.to_new).count("to_legacy", traffic.to_legacy)]
}
