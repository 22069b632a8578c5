//! What passes: an account's credentials in one shape, whatever the provider calls them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use providers::secret::Secret;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::expiry::Skew;

/// What a connection is authenticated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Tokens that expire, and a refresh token (RFC 6749).
    OAuth2,
    /// A key that does not expire.
    ApiKey,
    /// A name and a password.
    Basic,
    /// A client's own id and secret (RFC 6749, 4.4).
    ClientCredentials,
    /// A token and its secret that sign each request (RFC 5849).
    TokenBased,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] =
        [Kind::OAuth2, Kind::ApiKey, Kind::Basic, Kind::ClientCredentials, Kind::TokenBased];

    /// As profiles and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::OAuth2 => "oauth2",
            Kind::ApiKey => "api_key",
            Kind::Basic => "basic",
            Kind::ClientCredentials => "client_credentials",
            Kind::TokenBased => "token_based",
        }
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The secrets without which there are no credentials of the kind.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Kind::OAuth2 => &["access_token"],
            Kind::ApiKey => &["api_key"],
            Kind::Basic => &["username", "password"],
            Kind::ClientCredentials => &["client_id", "client_secret"],
            Kind::TokenBased => &["token_id", "token_secret"],
        }
    }
}

/// The names of secrets, in this program's words.
pub const SECRETS: [&str; 9] = [
    "access_token",
    "refresh_token",
    "api_key",
    "username",
    "password",
    "client_id",
    "client_secret",
    "token_id",
    "token_secret",
];

/// An account's credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Credentials {
    /// What they are.
    pub kind: Kind,
    /// By the names of [`SECRETS`].
    pub secrets: BTreeMap<String, Secret>,
    /// When the access token expires, exactly, by the clock of the one who said so.
    pub expires_at: Option<Timestamp>,
    /// How far that clock is ahead of ours.
    pub skew: Skew,
    /// What must travel with them, such as the address of the customer's own instance.
    pub context: Map<String, Value>,
    /// What goes back with them if they do; it is nothing to the other side.
    pub keep: Map<String, Value>,
}

impl Credentials {
    /// The secret of a name.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// The same without what refreshes: what is lent.
    pub fn without_refresh(mut self) -> Credentials {
        self.secrets.remove("refresh_token");
        self
    }

    /// The first secret that the kind needs and that is not there.
    pub fn lacks(&self) -> Option<&'static str> {
        self.kind.needs().iter().copied().find(|name| !self.secrets.contains_key(*name))
    }

    /// As bytes, to be sealed and never otherwise.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let secrets: Map<String, Value> =
            self.secrets.iter().map(|(name, secret)| (name.clone(), json!(secret.expose()))).collect();
        let value = json!({
            "version": 1, "kind": self.kind.name(), "secrets": secrets,
            "expires_at": self.expires_at.map(|at| at.to_string()),
            "skew_ms": i64::try_from(self.skew.0.as_millis()).unwrap_or(0), "context": self.context,
            "keep": self.keep,
        });
        let bytes = Zeroizing::new(value.to_string().into_bytes());
        wipe(value);
        bytes
    }

    /// From such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Credentials> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        if value["version"] != json!(1) {
            return None;
        }
        let secrets = value["secrets"].as_object()?.iter();
        let secrets =
            secrets.map(|(name, text)| Some((name.clone(), Secret::new(text.as_str()?.to_owned()))));
        let credentials = Credentials {
            kind: Kind::parse(value["kind"].as_str()?)?,
            secrets: secrets.collect::<Option<_>>()?,
            expires_at: value["expires_at"].as_str().and_then(|text| text.parse().ok()),
            skew: Skew(SignedDuration::from_millis(value["skew_ms"].as_i64()?)),
            context: value["context"].as_object()?.clone(),
            keep: value["keep"].as_object()?.clone(),
        };
        wipe(value);
        Some(credentials)
    }
}

/// Wipes the texts of a value that held secrets.
pub fn wipe(value: Value) {
    match value {
        Value::String(text) => drop(Zeroizing::new(text)),
        Value::Array(items) => items.into_iter().for_each(wipe),
        Value::Object(members) => members.into_iter().for_each(|(_, value)| wipe(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
        Credentials {
            kind: Kind::OAuth2,
            secrets: [secret("access_token", "at-1"), secret("refresh_token", "rt-1")].into(),
            expires_at: Some("2026-11-20T10:00:00.25Z".parse().expect("it is a moment")),
            skew: Skew(SignedDuration::from_secs(-600)),
            context: json!({"instance_url": "https://x.test"}).as_object().cloned().unwrap_or_default(),
            keep: json!({"metadata": {"plan": "gold"}}).as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn credentials_come_back_as_they_went() {
        assert_eq!(Credentials::from_bytes(&credentials().to_bytes()), Some(credentials()));
        assert_eq!(Credentials::from_bytes(b"{\"version\": 2}"), None);
        assert_eq!(Credentials::from_bytes(b"no json"), None);
    }

    #[test]
    fn they_cannot_be_printed() {
        let printed = format!("{:?}", credentials());
        assert!(!printed.contains("at-1") && !printed.contains("rt-1"), "{printed}");
    }

    #[test]
    fn what_is_lent_cannot_refresh() {
        assert_eq!(credentials().without_refresh().secret("refresh_token"), None);
    }
}
