//! What the journal of the hand-over must say of each account.

pub mod doubt;
pub mod lent;
pub mod verified;
pub mod refreshed;

/// Not found against it: the customer may have connected again at new since, which no journal hears of.
const DEAD: &str =
    "its token is dead: its customer must connect again, and this be waived once that was done";
