//! JSONata mappings: compiled once, evaluated on recorded bodies within limits, never trusted to behave.

mod jlens;
mod output;
pub mod input;
pub mod mapping;
