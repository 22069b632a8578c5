//! Credentials from a file that a provider's support made: CSV or JSON, with its columns named.

use std::collections::BTreeMap;

use jiff::Timestamp;
use providers::secret::Secret;
use serde_json::{Map, Value};

use crate::connector::issued;
use crate::credentials::{Credentials, Kind, SECRETS};
use crate::expiry::{Skew, moment};

/// A hundred thousand accounts of a few kilobytes.
pub const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// What may be named beside the secrets: whose it is, what it is, when it expires, what must travel with it.
pub const NAMES: [&str; 7] =
    ["account", "tenant", "kind", "expires_at", "issued_at", "expires_in", "context"];

/// Which column is what: our names, and the file's; a JSON Pointer where it begins with `/`.
pub type Columns = BTreeMap<String, String>;

/// Why a file cannot be read. No message quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Neither CSV nor JSON.
    #[error("the file is neither CSV with a header nor a JSON list of objects: {why}")]
    Format {
        /// What is wrong.
        why: String,
    },
    /// A name that means nothing.
    #[error(
        "`{name}` is nothing that a file has: account, tenant, kind, expires_at, issued_at, expires_in, context, or a secret's name"
    )]
    Name {
        /// As written.
        name: String,
    },
    /// A row lacks something.
    #[error("row {row} of the file has no `{column}`")]
    Lacks {
        /// From 1, without the header.
        row: usize,
        /// As the file calls it.
        column: String,
    },
    /// A moment that is none.
    #[error("row {row} of the file: what stands in `{column}` is no moment")]
    Moment {
        /// From 1, without the header.
        row: usize,
        /// As the file calls it.
        column: String,
    },
    /// An account twice: nobody can tell which of both is right.
    #[error("rows {first} and {row} of the file are of the same account")]
    Twice {
        /// The first.
        first: usize,
        /// The second.
        row: usize,
    },
}

/// By what a file tells whose credentials they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Legacy's id of the account.
    Account,
    /// The customer: legacy's id is a secret, which its support does not send.
    Tenant,
}

impl Whose {
    /// What columns say; an `account` that is named is the one.
    pub fn of(columns: &Columns) -> Whose {
        match columns.contains_key("tenant") && !columns.contains_key("account") {
            true => Whose::Tenant,
            false => Whose::Account,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Whose::Account => "account",
            Whose::Tenant => "tenant",
        }
    }
}

/// Credentials by [whose](Whose::of) they are. Columns that are not named are looked for under our own names.
pub fn read(text: &str, columns: &Columns) -> Result<BTreeMap<String, Credentials>, FileError> {
    let is_known = |name: &str| NAMES.contains(&name) || SECRETS.contains(&name);
    if let Some(name) = columns.keys().find(|name| !is_known(name)) {
        return Err(FileError::Name { name: name.clone() });
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let rows = if text.starts_with(['[', '{']) { json_rows(text)? } else { csv_rows(text)? };
    let mut found = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let row = Row { number: index + 1, value: row, columns };
        let account = row.needed(Whose::of(columns).name())?;
        if let Some(first) = seen.insert(account.clone(), row.number) {
            return Err(FileError::Twice { first, row: row.number });
        }
        found.insert(account, row.credentials()?);
    }
    Ok(found)
}

struct Row<'r> {
    number: usize,
    value: &'r Value,
    columns: &'r Columns,
}

impl Row<'_> {
    fn column<'n>(&'n self, name: &'n str) -> &'n str {
        self.columns.get(name).map_or(name, String::as_str)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let column = self.column(name);
        let found = if column.starts_with('/') { self.value.pointer(column) } else { self.value.get(column) };
        found.filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn needed(&self, name: &str) -> Result<String, FileError> {
        self.text(name)
            .ok_or_else(|| FileError::Lacks { row: self.number, column: self.column(name).to_owned() })
    }

    fn moment(&self, name: &str) -> Result<Option<Timestamp>, FileError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let wrong = || FileError::Moment { row: self.number, column: self.column(name).to_owned() };
        moment(value).map(Some).ok_or_else(wrong)
    }

    fn credentials(&self) -> Result<Credentials, FileError> {
        let secret = |name: &&str| Some(((*name).to_owned(), Secret::new(self.text(name)?)));
        let secrets: BTreeMap<String, Secret> = SECRETS.iter().filter_map(secret).collect();
        let by_secrets =
            || Kind::ALL.into_iter().find(|kind| kind.needs().iter().all(|need| secrets.contains_key(*need)));
        let kind = self.text("kind").and_then(|name| Kind::parse(&name)).or_else(by_secrets);
        let kind = kind.unwrap_or(Kind::OAuth2);
        let expires_at =
            match (self.moment("expires_at")?, self.moment("issued_at")?, self.text("expires_in")) {
                (Some(expires_at), _, _) => Some(expires_at),
                (None, Some(issued_at), Some(seconds)) => {
                    seconds.parse().ok().and_then(|seconds| issued(issued_at, seconds))
                }
                // Seconds from a moment that nobody says are no expiry.
                (None, _, _) => None,
            };
        let context = match self.value("context") {
            Some(Value::Object(context)) => context.clone(),
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            _ => Map::new(),
        };
        let credentials =
            Credentials { kind, secrets, expires_at, skew: Skew::default(), context, keep: Map::new() };
        match credentials.lacks() {
            None => Ok(credentials),
            Some(name) => Err(FileError::Lacks { row: self.number, column: self.column(name).to_owned() }),
        }
    }
}

/// A list, or an object that has one list in it.
fn json_rows(text: &str) -> Result<Vec<Value>, FileError> {
    let wrong = |why: &str| FileError::Format { why: why.to_owned() };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FileError::Format { why: format!("line {}", error.line()) })?;
    let rows = match value {
        Value::Array(rows) => rows,
        Value::Object(members) => {
            let mut lists = members.into_iter().filter_map(|(_, value)| match value {
                Value::Array(rows) => Some(rows),
                _ => None,
            });
            match (lists.next(), lists.next()) {
                (Some(rows), None) => rows,
                _ => return Err(wrong("not one list in it")),
            }
        }
        _ => return Err(wrong("no list")),
    };
    if rows.iter().all(Value::is_object) { Ok(rows) } else { Err(wrong("an item that is no object")) }
}

fn csv_rows(text: &str) -> Result<Vec<Value>, FileError> {
    let told = |error: csv::Error| FileError::Format {
        why: error.position().map_or_else(|| "no header".to_owned(), |at| format!("line {}", at.line())),
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(told)?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(told)?;
        let members = header.iter().zip(record.iter());
        Ok(members.map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
    };
    reader.records().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(pairs: &[(&str, &str)]) -> Columns {
        pairs.iter().map(|(name, column)| ((*name).to_owned(), (*column).to_owned())).collect()
    }

    fn told(text: &str, named: &[(&str, &str)]) -> Vec<String> {
        let read = read(text, &columns(named)).expect("it can be read");
        let one = |(account, credentials): (String, Credentials)| {
            let names: Vec<&str> = credentials.secrets.keys().map(String::as_str).collect();
            let expires = credentials.expires_at.map_or("-".to_owned(), |at| at.to_string());
            format!(
                "{account} {} {} {expires} {}",
                credentials.kind.name(),
                names.join("+"),
                Value::Object(credentials.context)
            )
        };
        read.into_iter().map(one).collect()
    }

    #[test]
    fn csv_with_issue_and_seconds_is_read() {
        let text = "consumer_id,access_token,refresh_token,issued_at,expires_in,settings\n\
                    acme,at-1,rt-1,1795168800,3600,\"{\"\"instance_url\"\":\"\"https://x.test\"\"}\"\n\
                    beta,at-2,,,,\n";
        assert_eq!(
            told(text, &[("account", "consumer_id"), ("context", "settings")]),
            [
                "acme oauth2 access_token+refresh_token 2026-11-20T11:00:00Z {\"instance_url\":\"https://x.test\"}",
                "beta oauth2 access_token - {}",
            ]
        );
    }

    #[test]
    fn json_is_read_with_pointers_and_kinds_are_seen_by_their_secrets() {
        let text = json!({"data": [
            {"id": "acme", "tokens": {"at": "at-1"}, "expires_at": 1_795_168_800_000_i64},
            {"id": "beta", "api_key": "k"},
            {"id": "gamma", "username": "u", "password": "p"},
        ]});
        assert_eq!(
            told(&text.to_string(), &[("account", "id"), ("access_token", "/tokens/at")]),
            [
                "acme oauth2 access_token 2026-11-20T10:00:00Z {}",
                "beta api_key api_key - {}",
                "gamma basic password+username - {}",
            ]
        );
    }

    #[test]
    fn rows_are_of_a_tenant_where_no_account_is_named() {
        let text = "account,origin,access_token\na-1,acme,at-1\n";
        let accounts = |named: &[(&str, &str)]| {
            let read = read(text, &columns(named)).expect("it can be read");
            (Whose::of(&columns(named)), read.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(accounts(&[]), (Whose::Account, vec!["a-1".to_owned()]));
        assert_eq!(accounts(&[("tenant", "origin")]), (Whose::Tenant, vec!["acme".to_owned()]));
        let both = accounts(&[("tenant", "origin"), ("account", "account")]);
        assert_eq!(both, (Whose::Account, vec!["a-1".to_owned()]));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_row_and_never_quoted() {
        let wrong = |text: &str, named: &[(&str, &str)]| {
            read(text, &columns(named)).expect_err("it is wrong").to_string()
        };
        assert_eq!(wrong("account,access_token\nacme,\n", &[]), "row 1 of the file has no `access_token`");
        assert_eq!(
            wrong("account,access_token,expires_at\nacme,at-secret,soon\n", &[]),
            "row 1 of the file: what stands in `expires_at` is no moment"
        );
        assert_eq!(
            wrong("account,access_token\nacme,a\nacme,b\n", &[]),
            "rows 1 and 2 of the file are of the same account"
        );
        assert_eq!(
            wrong("account,access_token\nacme\n", &[]),
            "the file is neither CSV with a header nor a JSON list of objects: line 2"
        );
        assert_eq!(
            wrong("[1]", &[]),
            "the file is neither CSV with a header nor a JSON list of objects: an item that is no object"
        );
        assert!(wrong("account\n", &[("token", "t")]).starts_with("`token` is nothing that a file has"));
    }
}
