//! What a hand-over would do, told before anything is done: where the point of no return is, and for whom.

use std::io::Write;

use handover::edge::Edge;
use handover::journal::Journal;
use handover::machine::{Again, Disarm, Known};
use handover::record::{Mode, Record};
use handover::way_back::{WayBack, way_back};
use report::visible::one_line;
use serde::Serialize;

use crate::hand_over::edge::Providers;
use crate::options::hand_over::Moving;
use crate::options::{Format, Global};

/// More accounts are counted: `--format json` has them all.
const SHOWN_MAX: usize = 20;

#[derive(Serialize)]
struct Plan<'p> {
    version: u32,
    mode: &'static str,
    canary: usize,
    per_minute: u32,
    accounts: Vec<Line<'p>>,
}

#[derive(Serialize)]
struct Line<'p> {
    account: &'p str,
    integration: &'p str,
    state: &'static str,
    rotation: &'static str,
    legacy: &'static str,
    /// What a rollback can do once new has the token.
    back_afterwards: String,
}

/// Writes the plan.
pub fn write(
    options: &Moving,
    accounts: &[String],
    journal: Option<&Journal>,
    providers: &Providers<'_>,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let line = |account: &'_ String| -> Option<Line<'_>> {
        let linked = providers.cast.account(account)?;
        let record = journal.and_then(|journal| journal.record(account).ok());
        let known = providers.known(account);
        Some(Line {
            account: &linked.name,
            integration: &linked.integration,
            state: record.map_or("discovered", Record::told),
            rotation: known.rotation.name(),
            legacy: legacy(options.mode, &known),
            back_afterwards: back(options.mode, account, &known).told(),
        })
    };
    let lines: Vec<Line<'_>> = accounts.iter().filter_map(line).collect();
    if global.format == Format::Json {
        let plan = Plan {
            version: 1,
            mode: options.mode.name(),
            canary: options.pace.canary,
            per_minute: options.pace.per_minute,
            accounts: lines,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&plan)?)?;
        return Ok(());
    }
    writeln!(out, "{} of {} accounts, {}.\n", options.mode.name(), lines.len(), steps(options))?;
    for line in lines.iter().take(SHOWN_MAX) {
        writeln!(out, "  {}  {}, {}", one_line(line.account), one_line(line.integration), line.state)?;
        if options.mode == Mode::Transfer {
            writeln!(out, "      upstream rotates: {}; legacy: {}", line.rotation, line.legacy)?;
            writeln!(out, "      back, once new has it: {}", line.back_afterwards)?;
        }
    }
    if lines.len() > SHOWN_MAX {
        writeln!(out, "  … and {} more", lines.len() - SHOWN_MAX)?;
    }
    if options.mode == Mode::Transfer {
        let lost = lines.iter().filter(|line| line.back_afterwards.starts_with("impossible")).count();
        writeln!(
            out,
            "\nThe point of no return is the import: for {lost} of {} accounts nothing but a reconnect leads back from there.",
            lines.len()
        )?;
    }
    Ok(())
}

fn steps(options: &Moving) -> String {
    match options.mode {
        Mode::Lend => "the access token only; legacy stays the holder".to_owned(),
        Mode::Copy => {
            format!("{} first, then at most {} a minute", options.pace.canary, options.pace.per_minute)
        }
        Mode::Transfer => format!(
            "{} first, then at most {} a minute; each is fenced, exported, imported, verified, refreshed by new, and verified again",
            options.pace.canary, options.pace.per_minute
        ),
    }
}

fn legacy(mode: Mode, known: &Known) -> &'static str {
    match (mode, known.disarm, known.export) {
        (Mode::Lend | Mode::Copy, ..) => "goes on",
        (Mode::Transfer, Disarm::Needed, _) => "what refreshes is taken from it",
        (Mode::Transfer, Disarm::NotNeeded, Again::Never) => "exports once",
        (Mode::Transfer, Disarm::NotNeeded, Again::Latest) => "its fence suffices",
    }
}

fn back(mode: Mode, account: &str, known: &Known) -> WayBack {
    let mut record = Record::new(account.to_owned(), mode);
    record.state =
        if mode == Mode::Lend { handover::record::State::Lent } else { handover::record::State::Imported };
    way_back(&record, known)
}
