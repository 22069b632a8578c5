//! The wire: which requests are of which operation, how the other side is asked for the same, and what comes back.
//! Read the modules in this order.

pub mod place;
pub mod route;
pub mod exchange;
pub mod drain;
pub mod record;
pub mod ask;
pub mod stub;
pub mod serve;

#[cfg(test)]
mod profile_tests;
