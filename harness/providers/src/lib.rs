//! What is known of providers, as data; what they say of rate limits; and the one HTTP client. Read the modules in this order.

pub mod secret;
pub mod pattern;
pub mod span;
pub mod profile;
pub mod tokens;
pub mod inventory;
pub mod upstream;
pub mod embedded;
pub mod rate;
pub mod wait;
pub mod budget;
pub mod client;
pub mod asked;
pub mod pages;
pub mod provider;

/// The present; handed in by the command line, which alone reads the clock.
pub type Clock = fn() -> jiff::Timestamp;
