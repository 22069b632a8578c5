//! `cutover tokens lend|copy|transfer|status|verify|resume|rollback|new-key`: the hand-over, from its commands to the engine.

mod moving;
mod plan;
mod resume;
mod rollback;
mod status;
mod verify;

use std::io::Write;

use crate::config::Config;
use crate::exit::Exit;
use crate::hand_over::state;
use crate::options::Global;
use crate::options::hand_over::HandOver;

/// Does what is asked with tokens.
pub fn run(command: &HandOver, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    match command {
        HandOver::Move(options) => moving::run(options, &config, global, out),
        HandOver::Status(options) => status::run(options, &config, global, out),
        HandOver::Verify(accounts) => verify::run(accounts, &config, global, out),
        HandOver::Resume(options) => resume::run(options, &config, global, out),
        HandOver::Rollback(options) => rollback::run(options, &config, global, out),
        HandOver::NewKey => new_key(&config, global, out),
    }
}

fn new_key(config: &Config, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut journal = state::journal(config, global, "new-key")?;
    let (count, place) = state::change_key(&mut journal, config, global)?;
    writeln!(out, "{count} secrets are sealed with the key {}: {place}", journal.key_fingerprint())?;
    Ok(Exit::Clean)
}
