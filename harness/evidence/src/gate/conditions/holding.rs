//! What the journal of the hand-over must say of each account.

pub mod doubt;
pub mod lent;
pub mod verified;
pub mod refreshed;
