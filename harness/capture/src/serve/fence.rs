//! What keeps requests from legacy: accounts whose tokens it does not hold any more must not be read there, for each read may refresh.

use http::{HeaderMap, Uri};

/// Asked before each request to legacy, the callers' and our own. It is read each time, and whoever cannot read it lets nothing pass.
pub trait Fence: Send + Sync {
    /// Leave to send a request to legacy now; else what its caller is told.
    fn leave(&self, headers: &HeaderMap, target: &Uri) -> Result<Box<dyn Leave>, String>;
}

/// Leave to have a request under way. Dropped without a word, nobody knows whether legacy still works at it.
pub trait Leave: Send {
    /// Legacy's answer was read to its end.
    fn ended(self: Box<Self>);
}
