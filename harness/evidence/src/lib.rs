//! Adds up what many verdicts prove.
//!
//! Pure: no file, clock, environment or network. Read the modules in this order.

pub mod bounded;
pub mod example;
pub mod limits;
pub mod census;
pub mod tally;
pub mod tally_document;
pub mod bounds;
pub mod snapshot;
pub mod audit;
pub mod shapes;
pub mod cover;
pub mod coverage;
pub mod gate;
pub mod lack;
pub mod bundle;
