//! A token belongs to the OAuth client that it was issued to: only ours may move.

use super::WAYS;
use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Who owns the client.
pub const CONDITION: Condition = Condition {
    name: "client-owned",
    about: "the OAuth client of each account is ours",
    gates: TOKEN_IMPORT,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.inventory, "were authorised through a client of ours", |account| {
        Said::of(
            &account.owns_client,
            "was authorised through a client that is not ours: its token is of no use elsewhere",
        )
    })
}
