//! `cutover tokens lend|copy|transfer`: accounts pass, the canary first.

use std::collections::BTreeSet;
use std::io::Write;
use std::thread;
use std::time::Duration;

use anyhow::bail;
use evidence::gate::fact::Fact;
use handover::engine::Ended;
use handover::journal::Journal;
use handover::record::{Mode, Record, State};

use super::plan;
use crate::config::{Config, GateName};
use crate::exit::Exit;
use crate::gate;
use crate::gate::earlier::Earlier;
use crate::hand_over::cast::chosen;
use crate::hand_over::edge::Providers;
use crate::hand_over::witness::Verifier;
use crate::hand_over::{Cast, stage, state, told};
use crate::options::Global;
use crate::options::hand_over::{Doing, Lending, Moving};
use crate::pipeline::is_interrupted;
use crate::storage::recordings_if_any;

/// How often it is looked whether something is to be lent again.
const LOOK: Duration = Duration::from_millis(500);

/// Tells the plan, or has the accounts pass.
pub fn run(options: &Moving, config: &Config, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let cast = Cast::new(config, global)?;
    let accounts = chosen(&options.accounts, cast.accounts.keys().map(String::as_str))?;
    if accounts.is_empty() {
        bail!("the configuration names no accounts: add [accounts] with file = \"accounts.csv\"");
    }
    let verifier = Verifier::new(config, &cast, &options.source.operations, global)?;
    let providers = stage::providers(&cast, &verifier, &options.source, config, global)?;
    if options.doing != Doing::Do {
        let journal = state::journal_beside(config, global)?;
        plan::write(options, &accounts, journal.as_ref(), &providers, global, out)?;
        return Ok(match options.doing {
            Doing::Ask => {
                stage::note("Nothing was done: --yes does it.");
                Exit::Usage
            }
            Doing::Tell | Doing::Do => Exit::Clean,
        });
    }
    if options.mode == Mode::Transfer
        && let Some(why) = refused(config, global)
    {
        stage::note(&format!("error: {why}\n  help: `cutover gate token-import` decides it"));
        return Ok(Exit::Different);
    }
    let mut journal = state::journal(config, global, options.mode.name())?;
    let accounts = enter(&mut journal, &accounts, options, global)?;
    let mut ended = stage::run(&mut journal, &providers, &accounts, options.pace, global)?;
    if options.lending == Lending::Keep {
        ended = keep_lending(&mut journal, &providers, &accounts, ended, options, global)?;
    }
    finish(&mut journal, &providers, &accounts, &ended, config, global, out)
}

/// Why the gate does not let refresh tokens pass.
pub fn refused(config: &Config, global: &Global) -> Option<String> {
    let recordings = match recordings_if_any(config, global) {
        Ok(recordings) => recordings,
        Err(error) => return Some(format!("what the gate rests on cannot be read: {error:#}")),
    };
    let earlier = Earlier::at(gate::file_of(config, GateName::TokenImport));
    let bundle = match earlier.fact(config, recordings.as_ref(), &global.as_of) {
        Fact::Known(bundle) => bundle,
        Fact::Absent(missing) => {
            return Some(format!("refresh tokens pass the gate token-import first, and {}", missing.what));
        }
    };
    let of = &bundle.file;
    match () {
        () if bundle.gate != GateName::TokenImport => {
            Some(format!("{of} is of the gate {}", bundle.gate.text()))
        }
        () if !bundle.passed => Some(format!("the gate token-import did not pass ({of})")),
        () if bundle.is_expired => Some(format!("{of} has expired at {}", bundle.expires)),
        () => bundle.broken.first().map(|why| format!("{of} does not hold any more: {why}")),
    }
}

/// Writes the accounts into the journal; what was lent may be transferred.
fn enter(
    journal: &mut Journal,
    accounts: &[String],
    options: &Moving,
    global: &Global,
) -> anyhow::Result<Vec<String>> {
    let now = (global.clock)();
    let new: Vec<(String, Mode)> = accounts.iter().map(|account| (account.clone(), options.mode)).collect();
    journal.discover(&new, now)?;
    let mut moving = Vec::new();
    for account in accounts {
        let record = journal.record(account)?.clone();
        match (record.mode == options.mode, may_change(&record)) {
            (true, _) => {}
            (false, true) => journal.change_mode(account, options.mode, now)?,
            (false, false) => bail!(
                "`{account}` is {} by `{}`: finish that, or roll it back",
                record.told(),
                record.mode.name()
            ),
        }
        moving.push(account.clone());
    }
    Ok(moving)
}

/// Before anything passed, and after everything came back, another mode is as good.
fn may_change(record: &Record) -> bool {
    record.open().is_none() && matches!(record.state, State::Discovered | State::Eligible | State::Lent)
}

fn keep_lending(
    journal: &mut Journal,
    providers: &Providers<'_>,
    accounts: &[String],
    mut ended: Ended,
    options: &Moving,
    global: &Global,
) -> anyhow::Result<Ended> {
    while ended == Ended::Whole && !is_interrupted() {
        let now = (global.clock)();
        let is_due = |account: &&String| {
            let record = journal.record(account).ok();
            let until = record.and_then(|record| record.lent_until);
            until.is_some_and(|until| until.duration_since(now) <= handover::machine::LEND_AHEAD)
        };
        let due: Vec<String> = accounts.iter().filter(is_due).cloned().collect();
        if !due.is_empty() {
            ended = stage::run(journal, providers, &due, options.pace, global)?;
        }
        thread::sleep(LOOK);
    }
    Ok(if is_interrupted() && ended == Ended::Whole { Ended::Stopped } else { ended })
}

/// Says where the accounts stand, and how it ended.
pub fn finish(
    journal: &mut Journal,
    providers: &Providers<'_>,
    accounts: &[String],
    ended: &Ended,
    config: &Config,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let wanted: BTreeSet<&String> = accounts.iter().collect();
    let records = journal.records().filter(|record| wanted.contains(&record.account));
    let integration =
        |account: &str| providers.cast.account(account).map(|linked| linked.integration.clone());
    let document =
        told::document(state::shown(config, global)?, told::lines(records, providers, integration));
    told::print(&document, global, out)?;
    Ok(match ended {
        Ended::Whole => match document.accounts.iter().any(|line| line.state == "needs-reauth") {
            true => Exit::Different,
            false => Exit::Clean,
        },
        Ended::Failed { account, why } => {
            stage::note(&format!(
                "error: stopped at {account}: {why}\n  help: the accounts behind it did not begin; `cutover tokens resume` goes on"
            ));
            Exit::Different
        }
        Ended::Stopped => {
            stage::note("Stopped; `cutover tokens resume` goes on.");
            Exit::Undecided
        }
    })
}
