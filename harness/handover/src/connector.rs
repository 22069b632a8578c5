//! What a profile says of calls, filled in: requests from credentials, and credentials from answers.

use std::collections::BTreeMap;

use compare::model::Body;
use jiff::{SignedDuration, Timestamp};
use providers::asked::{Account, Asked, Effect, encoded};
use providers::pattern::Pattern;
use providers::secret::Secret;
use providers::tokens::{CallAt, CredentialsAt, ExportBy, ImportBy};
use providers::wait::{found, values};
use serde_json::{Map, Value};

use crate::credentials::{Credentials, Kind};
use crate::expiry::{Skew, by_clock_of, expires_in, moment};

/// Why a call cannot be made or an answer says nothing; without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// Something that the profile needs is not known of the account.
    #[error("the profile needs `{name}`, which nothing says: add it as a column to the accounts' file")]
    Missing {
        /// Its name.
        name: String,
    },
    /// The profile takes no such credentials.
    #[error("the profile says nothing of credentials of the kind `{}`", .0.name())]
    Kind(Kind),
    /// The answer has no credentials that the profile knows.
    #[error("the answer has no credentials{}", .lacks.map_or(String::new(), |name| format!(": its `{name}` is missing")))]
    NoCredentials {
        /// What is missing of those that there are.
        lacks: Option<&'static str>,
    },
}

/// What names stand for in a call.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, Named>);

#[derive(Clone, Debug)]
enum Named {
    Text(Secret),
    Value(Value),
}

impl Names {
    /// What is known of an account: its id on the side that is asked, its integration, the columns of its file.
    pub fn of(account: &Account) -> Names {
        let mut names = Names::default();
        for (name, text) in &account.columns {
            names.put(name, text);
        }
        if !account.columns.contains_key("tenant") {
            names.put("tenant", &account.name);
        }
        names.0.insert("account".to_owned(), Named::Text(account.id.clone()));
        names.put("integration", &account.integration);
        names
    }

    /// Adds a text.
    pub fn put(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), Named::Text(Secret::new(text.to_owned())));
    }

    /// Adds what is to be sent of credentials now: moments are told by the clock of the one who reads them.
    pub fn with(mut self, credentials: &Credentials, now: Timestamp, reader: Skew) -> Names {
        for (name, secret) in &credentials.secrets {
            self.0.insert(name.clone(), Named::Text(secret.clone()));
        }
        for (name, value) in &credentials.keep {
            self.0.insert(name.clone(), Named::Value(value.clone()));
        }
        if !credentials.context.is_empty() {
            self.0.insert("context".to_owned(), Named::Value(Value::Object(credentials.context.clone())));
        }
        self.0.insert("now_s".to_owned(), Named::Value(Value::from(now.as_second())));
        if let Some(expires_at) = credentials.expires_at {
            let seconds = expires_in(expires_at, now, credentials.skew);
            self.0.insert("expires_in".to_owned(), Named::Value(Value::from(seconds)));
            self.put("expires_at", &by_clock_of(reader, expires_at, now, credentials.skew).to_string());
        }
        self
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        match self.0.get(name)? {
            Named::Text(secret) => Some(secret.clone()),
            Named::Value(value) => Some(Secret::new(value.to_string())),
        }
    }

    fn value(&self, name: &str) -> Option<Value> {
        Some(match self.0.get(name)? {
            Named::Text(secret) => Value::from(secret.expose()),
            Named::Value(value) => value.clone(),
        })
    }

    fn fill(&self, pattern: &Pattern) -> Result<Secret, ConnectorError> {
        pattern.fill(&|name| self.secret(name)).map_err(|name| ConnectorError::Missing { name })
    }
}

/// A call as it is sent; `more` stands beside its body.
pub fn request(call: &CallAt, more: Option<&toml::Value>, names: &Names) -> Result<Asked, ConnectorError> {
    let effect = if call.method == "GET" { Effect::Reads } else { Effect::Writes };
    let path = call.path.fill(&|name| names.secret(name).map(|text| Secret::new(encoded(text.expose()))));
    let path = path.map_err(|name| ConnectorError::Missing { name })?;
    let query =
        call.query.iter().map(|(name, pattern)| Ok((name.clone(), names.fill(pattern)?.expose().to_owned())));
    let headers = call.headers.iter().map(|(name, pattern)| Ok((name.0.clone(), names.fill(pattern)?)));
    let mut body = None;
    for part in [call.body.as_ref(), more].into_iter().flatten() {
        let filled = filled(part, names)?.unwrap_or(Value::Null);
        body = Some(match body {
            Some(before) => merged(before, filled),
            None => filled,
        });
    }
    Ok(Asked {
        method: call.method.clone(),
        path: path.expose().to_owned(),
        query: query.collect::<Result<_, ConnectorError>>()?,
        headers: headers.collect::<Result<_, ConnectorError>>()?,
        body: body.map(|body| body.to_string()),
        effect,
    })
}

/// The call that gives credentials: to a new account, or to one that is there.
pub fn import(
    by: &ImportBy,
    credentials: &Credentials,
    is_there: bool,
    names: &Names,
) -> Result<Asked, ConnectorError> {
    let more = by.credentials.get(credentials.kind.name()).ok_or(ConnectorError::Kind(credentials.kind))?;
    let call = by.update.as_ref().filter(|_| is_there).unwrap_or(&by.call);
    request(call, Some(more), names)
}

/// The value of a template; nothing where it is a name that may be absent, and is.
fn filled(template: &toml::Value, names: &Names) -> Result<Option<Value>, ConnectorError> {
    Ok(Some(match template {
        toml::Value::String(text) => match alone(text) {
            Some((name, is_needed)) => match names.value(name) {
                None if is_needed => return Err(ConnectorError::Missing { name: name.to_owned() }),
                found => return Ok(found),
            },
            None => Value::from(names.fill(&Pattern::parse(text))?.expose()),
        },
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(moment) => Value::from(moment.to_string()),
        toml::Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, names)).collect::<Result<Vec<_>, _>>()?;
            items.into_iter().flatten().collect()
        }
        toml::Value::Table(table) => {
            let mut members = Map::new();
            // What stands beside the others comes first, so that it cannot replace them.
            if let Some(beside) = table.get("*")
                && let Some(Value::Object(beside)) = filled(beside, names)?
            {
                members.extend(beside);
            }
            for (name, template) in table.iter().filter(|(name, _)| *name != "*") {
                if let Some(value) = filled(template, names)? {
                    members.insert(name.clone(), value);
                }
            }
            Value::Object(members)
        }
    }))
}

/// The name that a text is alone, and whether it must be known: `{name}` or `{name?}`.
fn alone(text: &str) -> Option<(&str, bool)> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let (name, is_needed) = inner.strip_suffix('?').map_or((inner, true), |name| (name, false));
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric());
    is_name.then_some((name, is_needed))
}

fn merged(before: Value, more: Value) -> Value {
    match (before, more) {
        (Value::Object(mut before), Value::Object(more)) => {
            before.extend(more);
            Value::Object(before)
        }
        (_, more) => more,
    }
}

/// The credentials of an answer; `skew` is how far the clock of the one who answered is ahead of ours.
pub fn credentials(by: &ExportBy, body: &Body, skew: Skew) -> Result<Credentials, ConnectorError> {
    let mut lacks = None;
    for at in &by.credentials {
        let Some(kind) = Kind::parse(&at.kind) else { continue };
        let is_said = at.when.as_ref().map(|when| values(&when.path.path, body).contains(&when.is));
        if is_said == Some(false) {
            continue;
        }
        let mut credentials = read(at, kind, body, skew);
        match credentials.lacks() {
            None => {
                credentials.keep = kept(by, body);
                return Ok(credentials);
            }
            Some(name) if is_said == Some(true) => lacks = Some(name),
            Some(_) => {}
        }
    }
    Err(ConnectorError::NoCredentials { lacks })
}

fn read(at: &CredentialsAt, kind: Kind, body: &Body, skew: Skew) -> Credentials {
    let text = |value: Value| match value {
        Value::String(text) if !text.is_empty() => Some(Secret::new(text)),
        _ => None,
    };
    let first = |path| found(path, body).into_iter().next();
    let secrets =
        at.secrets.iter().filter_map(|(name, place)| Some((name.clone(), text(first(&place.path)?)?)));
    let context = at.context.as_ref().and_then(|place| first(&place.path));
    Credentials {
        kind,
        secrets: secrets.collect(),
        expires_at: at.expires_at.as_ref().and_then(|place| moment(&first(&place.path)?)),
        skew,
        context: match context {
            Some(Value::Object(context)) => context,
            _ => Map::new(),
        },
        keep: Map::new(),
    }
}

fn kept(by: &ExportBy, body: &Body) -> Map<String, Value> {
    let one = |(name, place): (&String, &providers::profile::Place)| {
        Some((name.clone(), found(&place.path, body).into_iter().next().filter(|value| !value.is_null())?))
    };
    by.keep.iter().filter_map(one).collect()
}

/// When a token expires that was issued then and is good for so long.
pub fn issued(issued_at: Timestamp, seconds: i64) -> Option<Timestamp> {
    issued_at.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests;
