//! An inventory, and a plan, for people on a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use evidence::gate::fact::Fact;
use report::run::counted;
use report::visible;

use crate::inventory::reconnect::{Progress, Step};
use crate::inventory::row::{Row, Way};
use crate::inventory::{Inventory, csv};
use crate::options::tokens::Show;

/// More lines nobody reads on a terminal; the files have them all.
const LINES_MAX: usize = 40;

/// Tells an inventory.
pub fn inventory(inventory: &Inventory, show: Show, file: &str, out: &mut dyn Write) -> io::Result<()> {
    let accounts = counted(inventory.rows.len() as u64, "account", "accounts");
    writeln!(
        out,
        "{}: {accounts}; {}",
        visible::one_line(&inventory.migration),
        inventory.sources.join("; ")
    )?;
    if inventory.interrupted {
        writeln!(out, "interrupted before all was asked: what follows is not whole")?;
    }
    match show {
        Show::All => all(&inventory.rows, out)?,
        Show::Summary => {
            ways(&inventory.rows, out)?;
            stuck(&inventory.rows, out)?;
            deadlines(&inventory.rows, out)?;
            unknown(&inventory.rows, out)?;
        }
    }
    writeln!(out, "\nwritten: {file}, and beside it the same as CSV")
}

fn ways(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for (way, name) in Way::ALL {
        let mut by_integration: BTreeMap<&str, u64> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.way == way) {
            *by_integration.entry(&row.integration).or_default() += 1;
        }
        let count: u64 = by_integration.values().sum();
        if count > 0 {
            let parts =
                by_integration.iter().map(|(name, count)| format!("{} {count}", visible::one_line(name)));
            writeln!(out, "  {name:<10} {count:>7}  {}", parts.collect::<Vec<_>>().join(", "))?;
        }
    }
    Ok(())
}

fn stuck(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let stuck: Vec<&Row> = rows.iter().filter(|row| !matches!(row.way, Way::Transfer | Way::Copy)).collect();
    if stuck.is_empty() {
        return Ok(());
    }
    writeln!(out, "\ncannot move as they are:")?;
    for row in stuck.iter().take(LINES_MAX) {
        let reasons = row.reasons.iter().map(|reason| visible::one_line(&reason.what)).collect::<Vec<_>>();
        let (account, integration) = (visible::one_line(&row.account), visible::one_line(&row.integration));
        writeln!(out, "  {account} ({integration}): {}: {}", row.way.name(), reasons.join("; "))?;
    }
    more(stuck.len(), out)
}

fn deadlines(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut ahead: BTreeMap<(String, &str, &str), u64> = BTreeMap::new();
    for row in rows {
        if let Fact::Known(Some(deadline)) = &row.deadline {
            let day = deadline.at.strftime("%Y-%m-%d").to_string();
            *ahead.entry((day, &row.integration, &deadline.because)).or_default() += 1;
        }
    }
    if ahead.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nrefresh tokens end, first ones first:")?;
    for ((day, integration, because), count) in ahead.iter().take(LINES_MAX) {
        let accounts = counted(*count, "account", "accounts");
        writeln!(out, "  {day}  {accounts} of {} ({because})", visible::one_line(integration))?;
    }
    more(ahead.len(), out)
}

fn unknown(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut sentences: BTreeMap<String, u64> = BTreeMap::new();
    for sentence in rows.iter().flat_map(csv::unknown) {
        *sentences.entry(sentence).or_default() += 1;
    }
    if sentences.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nnot known, and the gate token-import asks for it:")?;
    for (sentence, count) in sentences.iter().take(LINES_MAX) {
        writeln!(out, "  {count:>7}  {}", visible::one_line(sentence))?;
    }
    more(sentences.len(), out)
}

fn more(count: usize, out: &mut dyn Write) -> io::Result<()> {
    match count.checked_sub(LINES_MAX) {
        Some(left @ 1..) => writeln!(out, "  … and {left} more"),
        _ => Ok(()),
    }
}

fn all(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "ACCOUNT",
        "INTEGRATION",
        "AUTH",
        "WAY",
        "CLIENT",
        "SCOPES",
        "IDENTITY",
        "REFRESH",
        "UNTIL",
        "EXPORT",
        "FENCE",
    ]);
    let truth = |fact: &Fact<bool>, yes: &str, no: &str| match fact {
        Fact::Known(true) => yes.to_owned(),
        Fact::Known(false) => no.to_owned(),
        Fact::Absent(_) => "?".to_owned(),
    };
    for row in rows {
        table.add_row([
            visible::one_line(&row.account),
            visible::one_line(&row.integration),
            row.auth.known().map_or("?", |auth| auth.name()).to_owned(),
            row.way.name().to_owned(),
            truth(&row.owns_client, "ours", "other"),
            match &row.missing_scopes {
                Fact::Known(missing) if missing.is_empty() => "enough".to_owned(),
                Fact::Known(missing) => format!("lacks {}", missing.join(" ")),
                Fact::Absent(_) => "?".to_owned(),
            },
            truth(&row.same_identity, "same", "OTHER"),
            row.rotation.map_or("?".to_owned(), |rotation| format!("rotates {rotation}")),
            match &row.deadline {
                Fact::Known(Some(deadline)) => deadline.at.strftime("%Y-%m-%d").to_string(),
                Fact::Known(None) => "-".to_owned(),
                Fact::Absent(_) => "?".to_owned(),
            },
            row.export.to_owned(),
            truth(&row.can_fence, "yes", "no"),
        ]);
    }
    writeln!(out, "\n{}", table.trim_fmt())
}

/// Tells a plan.
pub fn plan(steps: &[Step], file: &str, out: &mut dyn Write) -> io::Result<()> {
    let count = |state: Progress| steps.iter().filter(|step| step.state == state).count();
    writeln!(
        out,
        "{} must be connected again by their users: {} waiting, {} linked, {} connected",
        counted(steps.len() as u64, "account", "accounts"),
        count(Progress::Waiting),
        count(Progress::Linked),
        count(Progress::Connected),
    )?;
    for step in steps.iter().take(LINES_MAX) {
        let deadline =
            step.deadline.map_or("no deadline".to_owned(), |at| format!("by {}", at.strftime("%Y-%m-%d")));
        let reasons: Vec<_> = step.reasons.iter().map(|reason| visible::one_line(reason)).collect();
        let (account, integration) = (visible::one_line(&step.account), visible::one_line(&step.integration));
        writeln!(
            out,
            "  {} {account} ({integration}), {deadline}: {}",
            step.state.name(),
            reasons.join("; ")
        )?;
    }
    more(steps.len(), out)?;
    writeln!(
        out,
        "\nwritten: {file}; a link stands there alone: whoever has it can connect in the customer's name"
    )
}
