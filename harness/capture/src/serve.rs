//! A reverse proxy that serves the application from legacy, and asks new the same beside it.
//!
//! The caller gets legacy's status, headers and bytes, as they come. All else happens behind: a body is copied while it passes, the
//! copy waits for its turn within a budget of bytes, new is asked, and the pair goes to threads that record it. Where
//! there is no room, the mirror is dropped and counted; the caller never waits.
//!
//! Why it is shaped so: a thread has a runtime of its own with its own connections, so that a request crosses no
//! thread and takes no lock; what is copied is counted in bytes, because a queue of items has no bound in memory; and
//! recording is compression and redaction, which belong to another core, or to what the proxy leaves of its own.
//!
//! What belongs to which account and operation, and what new is asked, is told by a [`script::Script`]: nothing here knows
//! a configuration, a mapping or a provider. Read the modules in this order.

pub mod limits;
pub mod script;
pub mod fence;
pub mod ledger;
pub mod budget;
mod headers;
pub mod tls;
pub mod upstream;
pub mod heard;
mod pool;
mod outgoing;
mod reply;
mod lane;
mod worker;
mod wait;
pub mod serving;
pub mod admin;

#[cfg(test)]
mod tests;
