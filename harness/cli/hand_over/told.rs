//! What people and machines are told of accounts: where each stands, who holds its token, what can still be undone.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use handover::edge::Edge;
use handover::holding::{Holding, holding};
use handover::journal::Event;
use handover::machine::{Known, moves};
use handover::record::{Record, Step};
use handover::way_back::way_back;
use report::visible::one_line;
use serde::Serialize;

use crate::options::Look;

/// What `--format json` prints of accounts, version 1.
#[derive(Debug, Serialize)]
pub struct Document {
    /// Of this shape.
    pub version: u32,
    /// The state database.
    pub state: String,
    /// By name.
    pub accounts: Vec<Line>,
    /// How many stand where.
    pub totals: std::collections::BTreeMap<&'static str, usize>,
}

/// One account.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Its name.
    pub account: String,
    /// The upstream.
    pub integration: Option<String>,
    /// How its credentials pass.
    pub mode: &'static str,
    /// Where it stands; `in-doubt` too while a step that moves a token is under way.
    pub state: &'static str,
    /// On or back.
    pub direction: &'static str,
    /// Who holds its refresh token: `legacy`, `journal`, `new`, `doubt`, `nobody`, `nothing`.
    pub holder: &'static str,
    /// The same in words.
    pub holder_told: String,
    /// The step whose outcome is not written: it is under way, or whoever began it died.
    pub in_doubt: Option<&'static str>,
    /// Why it does not go on.
    pub halted: Option<String>,
    /// Whether legacy is refused for it.
    pub fenced: bool,
    /// Until when what was lent is good.
    pub lent_until: Option<String>,
    /// What a rollback can still do, where the providers are known.
    pub way_back: Option<String>,
    /// Its id at new, where it was asked for.
    pub new: Option<String>,
    /// What happened to it, where it was asked for.
    pub history: Option<Vec<Happened>>,
}

/// One line of an account's history.
#[derive(Debug, Serialize)]
pub struct Happened {
    /// When.
    pub at: String,
    /// What.
    pub what: String,
    /// Of what.
    pub step: Option<String>,
    /// For people.
    pub detail: Option<String>,
}

impl From<Event> for Happened {
    fn from(event: Event) -> Happened {
        Happened { at: event.at, what: event.what, step: event.step, detail: event.detail }
    }
}

impl Line {
    /// What is told of a record.
    pub fn new(record: &Record, integration: Option<&str>, known: Option<&Known>) -> Line {
        let held = holding(record);
        // A step that was begun and not confirmed is in doubt for everybody but who does it now: where that one died, nobody else will say so.
        let in_doubt = record.open().map(|open| open.step).filter(|step| moves(*step));
        Line {
            account: record.account.clone(),
            integration: integration.map(str::to_owned),
            mode: record.mode.name(),
            state: if in_doubt.is_some() { "in-doubt" } else { record.told() },
            direction: record.direction.name(),
            holder: match &held {
                Holding::NothingToHold => "nothing",
                Holding::One(party) => match party {
                    handover::holding::Party::Legacy => "legacy",
                    handover::holding::Party::Journal => "journal",
                    handover::holding::Party::New => "new",
                },
                Holding::Doubt { .. } => "doubt",
                Holding::Nobody => "nobody",
            },
            holder_told: held.told(),
            in_doubt: in_doubt.map(Step::name),
            halted: record.halted.clone(),
            fenced: record.fenced,
            lent_until: record.lent_until.map(|until| until.to_string()),
            way_back: known.map(|known| way_back(record, known).told()),
            new: None,
            history: None,
        }
    }
}

/// Adds up where accounts stand.
pub fn document(state: String, accounts: Vec<Line>) -> Document {
    let mut totals = std::collections::BTreeMap::new();
    for line in &accounts {
        *totals.entry(line.state).or_insert(0) += 1;
    }
    Document { version: 1, state, accounts, totals }
}

/// The lines of several records.
pub fn lines<'r>(
    records: impl Iterator<Item = &'r Record>,
    edge: &impl Edge,
    integration: impl Fn(&str) -> Option<String>,
) -> Vec<Line> {
    records
        .map(|record| {
            let known = edge.known(&record.account);
            Line::new(record, integration(&record.account).as_deref(), Some(&known))
        })
        .collect()
}

/// As people read it.
pub fn write(document: &Document, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(look.width).unwrap_or(u16::MAX));
    table.set_header(["account", "mode", "state", "holds the refresh token", "back"]);
    for line in &document.accounts {
        let back = line.way_back.clone().unwrap_or_default();
        table.add_row([
            one_line(&line.account).to_string(),
            line.mode.to_owned(),
            line.state.to_owned(),
            line.holder_told.clone(),
            back,
        ]);
    }
    if !document.accounts.is_empty() {
        for row in table.lines() {
            writeln!(out, "{}", row.trim_end())?;
        }
        writeln!(out)?;
    }
    for line in document.accounts.iter().filter(|line| line.halted.is_some()) {
        writeln!(
            out,
            "{}: {}",
            one_line(&line.account),
            one_line(line.halted.as_deref().unwrap_or_default())
        )?;
    }
    for line in &document.accounts {
        if let Some(id) = &line.new {
            writeln!(out, "{} is {} at new", one_line(&line.account), one_line(id))?;
        }
        for event in line.history.iter().flatten() {
            let step = event.step.as_deref().unwrap_or_default();
            let detail =
                event.detail.as_deref().map_or(String::new(), |detail| format!("  {}", one_line(detail)));
            writeln!(out, "{}  {}  {:<11} {step}{detail}", one_line(&line.account), event.at, event.what)?;
        }
    }
    let told: Vec<String> = document.totals.iter().map(|(state, count)| format!("{count} {state}")).collect();
    writeln!(
        out,
        "{}.",
        if told.is_empty() { "No account is being handed over".to_owned() } else { told.join(", ") }
    )
}

/// Prints it for whom it is.
pub fn print(
    document: &Document,
    global: &crate::options::Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match global.format {
        crate::options::Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(document)?)?,
        crate::options::Format::Text => write(document, global.stdout, out)?,
    }
    Ok(())
}
