//! Both sides speak for the same upstream user: else the token that moves is somebody else's.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// The upstream identity, as both sides see it.
pub const CONDITION: Condition = Condition {
    name: "same-identity",
    about: "both sides see the same upstream user of each account",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.inventory, "are the same upstream user on both sides", |account| {
        Said::of(&account.same_identity, "is another upstream user on new than on legacy")
    })
}
