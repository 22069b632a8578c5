//! The grant covers what the operations need.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::reading::Reading;
use crate::gate::words::named;
use crate::gate::{Case, Condition};

/// Scopes that the operations need and the grant lacks.
pub const CONDITION: Condition = Condition {
    name: "scopes",
    about: "each account's grant covers the operations",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.inventory, "have every scope that the operations need", |account| {
        match account.missing_scopes.known() {
            Ok(missing) if missing.is_empty() => Said::Yes,
            Ok(missing) => {
                Said::No(format!("lacks the scopes {}: the customer must grant them", named(missing)))
            }
            Err(missing) => Said::Unsaid(missing.clone()),
        }
    })
}
