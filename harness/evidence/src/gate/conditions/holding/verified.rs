//! Each account was tried on new.

use crate::gate::conditions::WRITE_CUTOVER;
use crate::gate::conditions::accounts::{Said, each};
use crate::gate::conditions::holding::{DEAD, WAYS, doubtful};
use crate::gate::reading::Reading;
use crate::gate::{Case, Condition};

/// A test call of each account answered as it must.
pub const CONDITION: Condition = Condition {
    name: "accounts-verified",
    about: "a test call through new answered for each account",
    gates: WRITE_CUTOVER,
    ways: WAYS,
    read,
};

fn read(case: &Case<'_>) -> Vec<Reading> {
    each(case, &case.facts.journal, "were verified on new", |account| {
        match (&account.in_doubt, account.is_verified) {
            (Some(why), _) => doubtful(why),
            (None, true) => Said::Yes,
            (None, false) if account.is_dead => Said::NotYet(DEAD.to_owned()),
            (None, false) => {
                Said::NotYet(format!("no test call through new has answered: {}", account.stands))
            }
        }
    })
}
