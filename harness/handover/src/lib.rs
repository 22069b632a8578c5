//! Who holds each refresh token, and how it changes hands. Read the modules in this order.
//!
//! `record`, `holding`, `machine`, `way_back`, `waves`, `expiry`, `connector` and `export_file` are pure: they take no clock, no disk and no network. `journal` writes what
//! they say into the state database before and after each step; `engine` goes from step to step and asks an `edge` to do them.

pub mod record;
pub mod holding;
pub mod machine;
pub mod way_back;
pub mod waves;
pub mod expiry;
pub mod credentials;
pub mod connector;
pub mod export_file;
pub mod seal;
pub mod database;
pub mod sqlite;
pub mod postgres;
pub mod journal;
pub mod standing;
pub mod fence;
pub mod edge;
pub mod engine;

#[cfg(test)]
mod model_tests;
