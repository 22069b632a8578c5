//! `cutover tokens`: looks after the accounts' tokens, a file each.

pub mod inventory;
pub mod watch;

use std::io::Write;

use super::hand_over;
use crate::exit::Exit;
use crate::options::Global;
use crate::options::tokens::TokensCommand;

/// Does what was asked.
pub fn run(command: &TokensCommand, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match command {
        TokensCommand::Inventory(options) => inventory::run(options, global, out),
        TokensCommand::Watch(options) => watch::run(options, global, out),
        TokensCommand::HandOver(command) => hand_over::run(command, global, out),
    }
}
