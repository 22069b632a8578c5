//! What an inventory must say of each account before its token may move.

pub mod client;
pub mod export;
pub mod scopes;
pub mod identity;
pub mod fence;
pub mod refresh;

use super::accounts;
use crate::gate::reading::Way;

/// How a question to the inventory ends.
const WAYS: &[Way] = &[
    accounts::ALL,
    accounts::NOT,
    accounts::UNSAID,
    accounts::UNKNOWN,
    accounts::NO_SOURCE,
    accounts::NO_LIST,
];
