//! The gate before was passed, and what it rested on still stands.

use crate::gate::name::GateName;
use crate::gate::reading::{Reading, Way};
use crate::gate::words::named;
use crate::gate::{Case, Condition};

const HOLDS: Way = Way::pass("holds");
const NOT_PASSED: Way = Way::fail("not_passed");
const BROKEN: Way = Way::fail("broken");
const EXPIRED: Way = Way::inconclusive("expired");
const OTHER: Way = Way::inconclusive("of_another_gate");
const NO_BUNDLE: Way = Way::inconclusive("no_bundle");

/// The bundle of the gate before: a pass, not expired, and each file that it names as it was.
pub const CONDITION: Condition = Condition {
    name: "earlier-gate",
    about: "the bundle of the gate before is a pass, has not expired, and its inputs are unchanged",
    gates: &[GateName::WriteCutover, GateName::Deprecation],
    ways: &[HOLDS, NOT_PASSED, BROKEN, EXPIRED, OTHER, NO_BUNDLE],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    let bundle = match case.facts.earlier.known() {
        Ok(bundle) => bundle,
        Err(missing) => return vec![Reading::new(NO_BUNDLE, &missing.what).settles(&missing.mend)],
    };
    let gate = bundle.gate.text();
    let again = format!("decide again: `cutover gate {}`", case.gate.demands().unwrap_or(bundle.gate).text());
    let reading = if case.gate.demands() != Some(bundle.gate) {
        Reading::new(OTHER, format!("the bundle is of {gate}")).settles(again)
    } else if !bundle.passed {
        Reading::new(NOT_PASSED, format!("{gate} was not passed as of {}", bundle.as_of)).settles(again)
    } else if !bundle.broken.is_empty() {
        Reading::new(BROKEN, format!("it does not hold any more: {}", named(&bundle.broken))).settles(again)
    } else if bundle.is_expired {
        Reading::new(
            EXPIRED,
            format!("it was decided as of {}, and held until {}", bundle.as_of, bundle.expires),
        )
        .settles(again)
    } else {
        Reading::new(
            HOLDS,
            format!("{gate} was passed as of {}, and holds until {}", bundle.as_of, bundle.expires),
        )
    };
    vec![reading.about(&bundle.file)]
}
