//! Of each token it is known who holds it.

use crate::gate::conditions::TOKEN_IMPORT;
use crate::gate::conditions::accounts::{self, Said, each};
use crate::gate::conditions::holding::doubtful;
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// Nothing is in doubt.
pub const CONDITION: Condition = Condition {
    name: "nothing-in-doubt",
    about: "the journal knows who holds each token",
    gates: TOKEN_IMPORT,
    ways: &[accounts::ALL, accounts::NOT, accounts::UNKNOWN, accounts::NO_SOURCE, accounts::NO_LIST],
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.journal, "have a known holder", |account| match &account.in_doubt {
        None => Said::Yes,
        Some(why) => doubtful(why),
    })
}
