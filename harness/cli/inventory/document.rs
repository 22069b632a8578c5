//! The inventory as a file, `reports/inventory/inventory.json`: what the gate reads, and what `--format json` prints.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use evidence::gate::fact::{Fact, Missing};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Inventory;
use super::row::{Auth, By, Deadline, Reason, Row, State, Travels, Way};
use crate::config::Config;

/// The version that is written; another one is refused.
const VERSION: u64 = 1;

/// Where it lies.
pub fn file(config: &Config) -> PathBuf {
    super::folder(config).join("inventory.json")
}

/// Appears whole or not at all.
pub fn put(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    put_with(file, bytes, false)
}

/// Likewise, and only its owner may read it, where the system knows owners.
pub fn put_private(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    put_with(file, bytes, true)
}

fn put_with(file: &Path, bytes: &[u8], is_private: bool) -> anyhow::Result<()> {
    let context = || format!("write {}", file.display());
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(context)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.new"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut out = options.open(&beside).with_context(context)?;
    out.write_all(bytes).and_then(|()| out.sync_all()).with_context(context)?;
    std::fs::rename(&beside, file).with_context(context)
}

/// As text, an account a line.
pub fn text(inventory: &Inventory) -> String {
    let count = |way: Way| inventory.rows.iter().filter(|row| row.way == way).count();
    let mut totals = json!({"accounts": inventory.rows.len()});
    for (way, name) in Way::ALL {
        totals[name] = json!(count(way));
    }
    let head = json!({
        "version": VERSION, "migration": inventory.migration, "taken_at": inventory.taken_at.to_string(),
        "interrupted": inventory.interrupted, "sources": inventory.sources, "totals": totals,
    });
    let mut text = head.to_string();
    text.pop();
    text.push_str(",\"accounts\":[\n");
    for (index, row) in inventory.rows.iter().enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "" });
        text.push_str(&one(row).to_string());
    }
    text.push_str("\n]}\n");
    text
}

fn one(row: &Row) -> Value {
    let context = row
        .context
        .iter()
        .map(|travels| json!({"names": travels.names, "legacy": travels.at_legacy, "new": travels.at_new}));
    let reasons = row.reasons.iter().map(|reason| json!({"what": reason.what, "by": by(reason.by)}));
    let deadline = fact(&row.deadline, |deadline| match deadline {
        Some(deadline) => json!({"at": deadline.at.to_string(), "because": deadline.because}),
        None => Value::Null,
    });
    json!({
        "account": row.account, "integration": row.integration, "new": row.new, "way": row.way.name(),
        "reasons": reasons.collect::<Value>(), "auth": fact(&row.auth, |auth| json!(auth.name())),
        "at_legacy": state(&row.at_legacy), "at_new": state(&row.at_new),
        "owns_client": fact(&row.owns_client, |owns| json!(owns)),
        "missing_scopes": fact(&row.missing_scopes, |missing| json!(missing)),
        "same_identity": fact(&row.same_identity, |same| json!(same)), "export": row.export,
        "is_exportable": fact(&row.is_exportable, |is| json!(is)),
        "can_fence": fact(&row.can_fence, |can| json!(can)), "rotation": row.rotation, "deadline": deadline,
        "context": context.collect::<Value>(), "rollback": row.rollback,
    })
}

/// `{"known": …}`, or `{"unknown": why, "mend": what helps}`.
fn fact<T>(fact: &Fact<T>, value: impl Fn(&T) -> Value) -> Value {
    match fact {
        Fact::Known(known) => json!({ "known": value(known) }),
        Fact::Absent(Missing { what, mend }) => json!({"unknown": what, "mend": mend}),
    }
}

fn state(state: &State) -> Value {
    match state {
        State::Broken(why) => json!({"state": "broken", "why": why}),
        State::Works | State::Absent | State::Untold => json!({"state": state.name()}),
    }
}

fn by(by: By) -> &'static str {
    match by {
        By::Customer => "customer",
        By::Us => "us",
        By::Whoever => "whoever",
    }
}

/// Reads what [`text`] wrote.
pub fn read(text: &str) -> Result<Inventory, String> {
    let whole: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if whole["version"] != json!(VERSION) {
        return Err(format!("its version is {}, and this program reads {VERSION}", whole["version"]));
    }
    let lacks = |name: &str| format!("`{name}` is missing or wrong");
    let rows = whole["accounts"].as_array().ok_or_else(|| lacks("accounts"))?;
    let rows = rows.iter().enumerate().map(|(index, row)| {
        read_row(row).ok_or_else(|| format!("account {} is not what it should be", index + 1))
    });
    Ok(Inventory {
        migration: text_of(&whole, "migration").ok_or_else(|| lacks("migration"))?,
        taken_at: text_of(&whole, "taken_at")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| lacks("taken_at"))?,
        sources: texts(&whole["sources"]).ok_or_else(|| lacks("sources"))?,
        interrupted: whole["interrupted"].as_bool().ok_or_else(|| lacks("interrupted"))?,
        rows: rows.collect::<Result<_, _>>()?,
    })
}

fn read_row(row: &Value) -> Option<Row> {
    let travels = |one: &Value| {
        Some(Travels {
            names: texts(&one["names"])?,
            at_legacy: one["legacy"].as_str().map(str::to_owned),
            at_new: one["new"].as_str().map(str::to_owned),
        })
    };
    let reason = |one: &Value| {
        let by = match one["by"].as_str()? {
            "customer" => By::Customer,
            "us" => By::Us,
            "whoever" => By::Whoever,
            _ => return None,
        };
        Some(Reason { what: text_of(one, "what")?, by })
    };
    let deadline = |value: &Value| match value {
        Value::Null => Some(None),
        value => Some(Some(Deadline {
            at: text_of(value, "at")?.parse::<Timestamp>().ok()?,
            because: text_of(value, "because")?,
        })),
    };
    let word = |name: &str, words: &[&'static str]| {
        let text = row[name].as_str()?;
        words.iter().find(|word| **word == text).copied()
    };
    let way = row["way"].as_str()?;
    Some(Row {
        account: text_of(row, "account")?,
        integration: text_of(row, "integration")?,
        new: row["new"].as_str().map(str::to_owned),
        auth: read_fact(&row["auth"], |value| Auth::parse(value.as_str()?))?,
        at_legacy: read_state(&row["at_legacy"])?,
        at_new: read_state(&row["at_new"])?,
        owns_client: read_fact(&row["owns_client"], Value::as_bool)?,
        missing_scopes: read_fact(&row["missing_scopes"], texts)?,
        same_identity: read_fact(&row["same_identity"], Value::as_bool)?,
        export: word("export", &["api", "file", "none", "unknown"])?,
        is_exportable: read_fact(&row["is_exportable"], Value::as_bool)?,
        can_fence: read_fact(&row["can_fence"], Value::as_bool)?,
        rotation: word("rotation", &["never", "sometimes", "always"]),
        deadline: read_fact(&row["deadline"], deadline)?,
        context: row["context"].as_array()?.iter().map(travels).collect::<Option<_>>()?,
        rollback: text_of(row, "rollback")?,
        way: Way::ALL.iter().find(|(_, name)| *name == way).map(|(way, _)| *way)?,
        reasons: row["reasons"].as_array()?.iter().map(reason).collect::<Option<_>>()?,
    })
}

fn read_fact<T>(fact: &Value, value: impl Fn(&Value) -> Option<T>) -> Option<Fact<T>> {
    match (fact.get("known"), fact.get("unknown")) {
        (Some(known), None) => value(known).map(Fact::Known),
        (None, Some(_)) => Some(Fact::absent(text_of(fact, "unknown")?, text_of(fact, "mend")?)),
        _ => None,
    }
}

fn read_state(state: &Value) -> Option<State> {
    match state["state"].as_str()? {
        "works" => Some(State::Works),
        "broken" => Some(State::Broken(text_of(state, "why")?)),
        "absent" => Some(State::Absent),
        "untold" => Some(State::Untold),
        _ => None,
    }
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}
