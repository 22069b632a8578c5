//! Providers and upstreams as real HTTP servers on loopback, with one upstream state behind all of them.
//!
//! They are written from what the services document, and share no code with the harness: the two must not agree in error.
//! Read the modules in this order.

pub mod clock;
pub mod upstream;
pub mod seed;
pub mod limits;
pub mod oauth;
pub mod postgres;
pub mod links;
pub mod support;
pub mod world;
pub mod asked;
pub mod reply;
pub mod paging;
pub mod fault;
pub mod ledger;
pub mod faces;
pub mod server;
pub mod demo;

pub use clock::Clock;
pub use faces::Face;
pub use fault::{Fault, Planted};
pub use ledger::{Effect, Ledger, Received};
pub use limits::{Limits, Quota};
pub use links::{App, At, Credentials, Hazards, Installed, Kind, Link, Linked, Links, Side, Status};
pub use oauth::{Judgement, Lifetimes, OAuth};
pub use seed::Seed;
pub use server::Server;
pub use upstream::{Access, Account, Integration, Record, Upstream};
pub use world::{Shared, World};

/// What every provider here is asked with, as a bearer token; it opens nothing else.
pub const KEY: &str = "key-of-the-test-servers";

#[cfg(test)]
mod tests;
