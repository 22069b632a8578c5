//! `cutover tokens resume`: what was interrupted, refused or in doubt goes on.

use std::io::Write;

use anyhow::bail;
use evidence::gate::words::counted;
use handover::engine::Ended;
use handover::record::{Direction, Mode, Record, State};

use super::moving::{finish, refused};
use crate::config::Config;
use crate::exit::Exit;
use crate::hand_over::cast::chosen;
use crate::hand_over::witness::Verifier;
use crate::hand_over::{Cast, stage, state};
use crate::options::Global;
use crate::options::hand_over::{Found, Resume};

/// Has accounts go on.
pub fn run(options: &Resume, config: &Config, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let cast = Cast::new(config, global)?;
    let verifier = Verifier::new(config, &cast, &options.source.operations, global)?;
    let providers = stage::providers(&cast, &verifier, &options.source, config, global)?;
    let mut journal = state::journal(config, global, "resume")?;
    let names: Vec<String> = journal.records().map(|record| record.account.clone()).collect();
    let accounts = chosen(&options.accounts, names.iter().map(String::as_str))?;
    if let (Some(answer), [account]) = (&options.answer, accounts.as_slice()) {
        if journal.record(account)?.doubt.is_none() {
            bail!("nothing of `{account}` is in doubt");
        }
        let found = match answer {
            Found::There(id) => Some(id.expose()),
            Found::Absent => None,
        };
        journal.answer(account, found, (global.clock)())?;
    }
    let mut going = Vec::new();
    let mut closed = None;
    let mut held_back = 0_u64;
    for account in accounts {
        let record = journal.record(&account)?.clone();
        if begins(&record) && closed.get_or_insert_with(|| refused(config, global)).is_some() {
            held_back += 1;
        } else if is_open(&record) {
            if record.halted.is_some() {
                journal.resume(&account, (global.clock)())?;
            }
            going.push(account);
        }
    }
    if let Some(why) = closed.flatten() {
        stage::note(&format!(
            "error: {} not begin: {why}\n  help: `cutover gate token-import` decides it; what had begun goes on",
            counted(held_back, "account does", "accounts do")
        ));
    }
    let exit = if held_back > 0 { Exit::Different } else { Exit::Clean };
    if going.is_empty() && held_back > 0 {
        return Ok(exit);
    }
    if going.is_empty() {
        stage::note("Nothing is open.");
        return finish(&mut journal, &providers, &names, &Ended::Whole, config, global, out);
    }
    let ended = stage::run(&mut journal, &providers, &going, options.pace, global)?;
    Ok(exit.worse(finish(&mut journal, &providers, &going, &ended, config, global, out)?))
}

/// A transfer of which nothing was done yet: the gate decides whether it may begin, as it did when it was asked for.
fn begins(record: &Record) -> bool {
    record.mode == Mode::Transfer
        && record.direction == Direction::Forward
        && record.open().is_none()
        && !record.fenced
        && matches!(record.state, State::Discovered | State::Eligible | State::Lent)
}

fn is_open(record: &Record) -> bool {
    match (record.state, record.direction) {
        (State::Complete, Direction::Forward) => record.open().is_some(),
        (State::NeedsReauth | State::RolledBack, _) => false,
        _ => true,
    }
}
