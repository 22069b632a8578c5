//! `cutover tokens rollback`: what can still be undone is told, and with `--yes` undone.

use std::io::Write;

use handover::edge::Edge;
use handover::engine::Ended;
use handover::waves::Pace;
use handover::way_back::{WayBack, way_back};
use report::visible::one_line;

use super::moving::finish;
use crate::config::Config;
use crate::exit::Exit;
use crate::hand_over::cast::chosen;
use crate::hand_over::witness::Verifier;
use crate::hand_over::{Cast, stage, state};
use crate::options::Global;
use crate::options::hand_over::{Doing, Rollback, Source};

/// Tells, or undoes.
pub fn run(
    options: &Rollback,
    config: &Config,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let cast = Cast::new(config, global)?;
    let verifier = Verifier::new(config, &cast, &[], global)?;
    let providers = stage::providers(&cast, &verifier, &Source::default(), config, global)?;
    let mut journal = state::journal(config, global, "rollback")?;
    let names: Vec<String> = journal.records().map(|record| record.account.clone()).collect();
    let accounts = chosen(&options.accounts, names.iter().map(String::as_str))?;
    let mut going = Vec::new();
    let mut exit = Exit::Clean;
    for account in &accounts {
        let known = providers.known(account);
        let record = journal.record(account)?.clone();
        let way = way_back(&record, &known);
        if options.doing != Doing::Do {
            writeln!(out, "{}, {}: {}", one_line(account), record.told(), way.told())?;
        }
        match way {
            WayBack::Impossible(why) => {
                if options.doing == Doing::Do {
                    stage::note(&format!("{account}: impossible without a reconnect: {why}"));
                }
                exit = exit.worse(Exit::Different);
            }
            WayBack::Done => {}
            WayBack::Free | WayBack::Remove | WayBack::GiveBack | WayBack::DoubtFirst(_) => {
                if options.doing == Doing::Do && journal.turn_back(account, &known, (global.clock)())?.is_ok()
                {
                    going.push(account.clone());
                }
            }
        }
    }
    if options.doing != Doing::Do {
        stage::note("Nothing was done: --yes does it.");
        return Ok(exit);
    }
    let pace = Pace { canary: 1, per_minute: handover::waves::PER_MINUTE_MAX };
    let ended = match going.is_empty() {
        true => Ended::Whole,
        false => stage::run(&mut journal, &providers, &going, pace, global)?,
    };
    Ok(exit.worse(finish(&mut journal, &providers, &accounts, &ended, config, global, out)?))
}
