//! What the journal of the hand-over must say of each account.

pub mod doubt;
pub mod lent;
pub mod verified;
pub mod refreshed;

use super::accounts::{self, Said};
use crate::gate::reading::Way;

/// What may come of asking for a step of the hand-over that an account has yet to take.
const WAYS: &[Way] = &[
    accounts::ALL,
    accounts::NOT,
    accounts::NOT_YET,
    accounts::UNKNOWN,
    accounts::NO_SOURCE,
    accounts::NO_LIST,
];

/// Whatever else is asked of it: nobody knows who holds the account's token.
fn doubtful(why: &str) -> Said {
    Said::No(format!("who holds its token is in doubt: {why}"))
}

/// Not found against it: the customer may have connected again at new since, which no journal hears of.
const DEAD: &str =
    "its token is dead: its customer must connect again, and this be waived once that was done";
