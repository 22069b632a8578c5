//! `cutover audit`: what was typed, and what it means.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// `cutover audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// The operations [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Which of the places of a field get the defects; the same seed, the same places
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// What `audit` needs.
#[derive(Debug)]
pub struct Audit {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Chooses the places.
    pub seed: u64,
}

pub(super) fn audit(typed: AuditArguments) -> Audit {
    Audit { operations: typed.operations, seed: typed.seed }
}
