//! The hand-over at the edge of the world: the state database, the providers, what verifies an account, and what people are told.

pub mod state;
pub mod cast;
pub mod calls;
pub mod witness;
pub mod introspection;
pub mod edge;
#[cfg(feature = "age")]
mod age_file;
pub mod source_file;
pub mod stage;
pub mod told;

pub use cast::Cast;
