//! `cutover review` and `cutover accept`: what was typed, and what it means.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::UsageError;
use super::world::{Environment, Reader};

/// Which operations.
#[derive(Debug, Args)]
pub struct OperationsArguments {
    /// The operations [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
}

/// What `review` needs.
#[derive(Debug)]
pub struct Review {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Where the answers come from: keys, or lines of a file.
    pub answers: Reader,
}

pub(super) fn review(
    typed: OperationsArguments,
    keyboard: Reader,
    environment: &Environment,
) -> Result<Review, UsageError> {
    refuse_in_ci("review", environment)?;
    Ok(Review { operations: typed.operations, answers: keyboard })
}

pub(super) fn accept(
    typed: OperationsArguments,
    environment: &Environment,
) -> Result<Vec<String>, UsageError> {
    refuse_in_ci("accept", environment)?;
    Ok(typed.operations)
}

fn refuse_in_ci(command: &'static str, environment: &Environment) -> Result<(), UsageError> {
    if environment.is_ci() { Err(UsageError::ReviewInCi { command }) } else { Ok(()) }
}
