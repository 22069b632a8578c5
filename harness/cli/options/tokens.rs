//! `cutover tokens`: what was typed, and what it means.

use clap::Subcommand;

use super::UsageError;
use super::hand_over::{HandOver, HandOverArguments};

/// `cutover tokens`, as typed.
#[derive(Debug, Subcommand)]
pub enum TokensArguments {
    /// What changes who holds a token, and what tells of it.
    #[command(flatten)]
    HandOver(HandOverArguments),
}

/// A command with what it needs.
#[derive(Debug)]
pub enum TokensCommand {
    /// Who holds tokens.
    HandOver(HandOver),
}

/// What is meant.
pub(super) fn mean(typed: TokensArguments) -> Result<TokensCommand, UsageError> {
    Ok(match typed {
        TokensArguments::HandOver(typed) => TokensCommand::HandOver(typed.mean()?),
    })
}
