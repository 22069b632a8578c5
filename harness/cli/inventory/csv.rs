//! The inventory as CSV, for spreadsheets: no cell acts as a formula there.

use evidence::gate::fact::Fact;
use report::differences::cell;

use super::Inventory;
use super::row::{Row, State};

const COLUMNS: [&str; 18] = [
    "account",
    "integration",
    "new",
    "auth",
    "way",
    "reasons",
    "at_legacy",
    "at_new",
    "owns_client",
    "missing_scopes",
    "same_identity",
    "export",
    "can_fence",
    "rotation",
    "deadline",
    "context",
    "rollback",
    "not_known",
];

/// The rows.
pub fn text(inventory: &Inventory) -> anyhow::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for row in &inventory.rows {
        out.write_record(cells(row).iter().map(|text| cell(text).into_owned()))?;
    }
    Ok(out.into_inner()?)
}

fn cells(row: &Row) -> [String; 18] {
    let truth = |fact: &Fact<bool>| match fact {
        Fact::Known(true) => "yes",
        Fact::Known(false) => "no",
        Fact::Absent(_) => "unknown",
    };
    let state = |state: &State| match state {
        State::Broken(why) => format!("broken: {why}"),
        State::Works | State::Absent | State::Untold => state.name().to_owned(),
    };
    let context = row.context.iter().map(|travels| {
        let said = travels.at_legacy.as_deref().or(travels.at_new.as_deref()).unwrap_or("?");
        format!("{}={said}", travels.names.first().map_or("", String::as_str))
    });
    [
        row.account.clone(),
        row.integration.clone(),
        row.new.clone().unwrap_or_default(),
        row.auth.known().map_or("unknown", |auth| auth.name()).to_owned(),
        row.way.name().to_owned(),
        row.reasons.iter().map(|reason| reason.what.as_str()).collect::<Vec<_>>().join("; "),
        state(&row.at_legacy),
        state(&row.at_new),
        truth(&row.owns_client).to_owned(),
        row.missing_scopes.known().map_or("unknown".to_owned(), |missing| missing.join(" ")),
        truth(&row.same_identity).to_owned(),
        row.export.to_owned(),
        truth(&row.can_fence).to_owned(),
        row.rotation.unwrap_or("").to_owned(),
        match &row.deadline {
            Fact::Known(Some(deadline)) => deadline.at.to_string(),
            Fact::Known(None) => "none".to_owned(),
            Fact::Absent(_) => "unknown".to_owned(),
        },
        context.collect::<Vec<_>>().join("; "),
        row.rollback.clone(),
        unknown(row).join("; "),
    ]
}

/// What is not known of an account, each with what helps.
pub fn unknown(row: &Row) -> Vec<String> {
    let mut unknown = Vec::new();
    let mut add = |missing: Option<&evidence::gate::fact::Missing>| {
        if let Some(missing) = missing {
            unknown.push(format!("{} ({})", missing.what, missing.mend));
        }
    };
    add(row.auth.known().err());
    add(row.owns_client.known().err());
    add(row.missing_scopes.known().err());
    add(row.same_identity.known().err());
    add(row.is_exportable.known().err());
    add(row.can_fence.known().err());
    add(row.deadline.known().err());
    unknown.dedup();
    unknown
}
