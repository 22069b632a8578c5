//! Who does not hold a token can be kept from using it: two that refresh one token kill the connection.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Whether a fence is possible.
pub const CONDITION: Condition = Condition {
    name: "fence",
    about: "a side can be kept from each token that it does not hold",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.inventory, "can be fenced", |account| {
        Said::of(&account.can_fence, "cannot be fenced: two sides could refresh one token")
    })
}
