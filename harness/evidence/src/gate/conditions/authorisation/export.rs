//! Legacy lets the token out.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Whether the token can be exported.
pub const CONDITION: Condition = Condition {
    name: "exportable",
    about: "legacy lets each token out",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.inventory, "have a token that legacy lets out", |account| {
        Said::of(&account.is_exportable, "legacy does not let its token out")
    })
}
