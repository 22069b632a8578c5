//! The linked accounts as the two providers keep them: who holds which token, when it was refreshed, and what a provider does with it unasked.
//!
//! They are there once a world is [linked](setup); without that, providers read the upstream without tokens.

pub mod call;
pub mod reach;
pub mod setup;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Mutex;

pub use reach::{At, Margin, Reach, Refreshed, Side};
pub use setup::{App, Kind, Link};

/// Everything that both providers keep.
#[derive(Debug, Default)]
pub struct Links {
    /// Where the OAuth server listens; `None`: this world has no tokens.
    pub oauth: Option<String>,
    /// By the account's name, which is legacy's id of it.
    pub legacy: BTreeMap<String, Linked>,
    /// By the id of the integrated account.
    pub new: BTreeMap<String, Linked>,
    /// The OAuth apps that legacy knows, by integration.
    pub apps: BTreeMap<String, Installed>,
    /// The integrations that are installed at the new provider, by their id there.
    pub installed: BTreeMap<String, Installed>,
    /// Whose account a key opens that never changes.
    pub keys: BTreeMap<String, String>,
    /// What providers do unasked.
    pub hazards: Hazards,
    /// Accounts of legacy that a job will refresh before the next request is answered.
    pub due: Vec<String>,
    /// Answers to imports that carried an `Idempotency-Key`.
    pub imports: BTreeMap<String, (u16, Value)>,
    /// Links that people may click once: whose account they reconnect, as it was.
    pub link_tokens: BTreeMap<String, String>,
    /// Ids given so far.
    pub given: u64,
}

/// What providers do unasked, or do not do.
#[derive(Clone, Copy, Debug)]
pub struct Hazards {
    /// Legacy's job refreshes an account soon after its syncs were paused.
    pub refreshes_after_pause: bool,
    /// Deleting at legacy revokes the grant upstream, unless the account's metadata says `skipTokenRevocation`.
    pub delete_revokes: bool,
    /// Legacy refreshes for each of several calls at once, instead of for the first.
    pub refreshes_in_parallel: bool,
    /// New refreshes as soon as an account was imported.
    pub refreshes_on_import: bool,
    /// An import that is asked again with the same `Idempotency-Key` is done once; not documented for imports.
    pub imports_once: bool,
    /// An import of legacy's writes over the connection of its name; else it makes another one beside it. Undocumented at Unified.to.
    pub imports_over: bool,
    /// Legacy tells tokens when a connection is read. Depends on the plan at Unified.to.
    pub tells_tokens: bool,
    /// New refreshes so long before the expiry, in milliseconds.
    pub new_margin_ms: i64,
}

impl Default for Hazards {
    /// What is documented.
    fn default() -> Hazards {
        Hazards {
            refreshes_after_pause: false,
            delete_revokes: true,
            refreshes_in_parallel: false,
            refreshes_on_import: false,
            imports_once: true,
            imports_over: true,
            tells_tokens: true,
            new_margin_ms: 60_000,
        }
    }
}

/// An OAuth app as a provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The integration's name.
    pub integration: String,
    /// The app's id; it is the provider's own where `is_ours` is false.
    pub client: String,
    /// Its secret.
    pub secret: String,
    /// Whether the app was brought along, or is the provider's own, of which it tells nothing.
    pub is_ours: bool,
    /// What is asked for.
    pub scopes: Vec<String>,
}

/// One linked account at one provider.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The customer's name: at new, the tenant.
    pub account: String,
    /// The integration's name.
    pub integration: String,
    /// At new: the installed integration.
    pub installed: String,
    /// What opens the upstream.
    pub credentials: Credentials,
    /// What must travel beside it: `instance_url`, `realmId` …
    pub context: Value,
    /// The caller's own.
    pub metadata: Value,
    /// How it stands.
    pub status: Status,
    /// Why it does not work.
    pub last_error: Option<String>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Likewise.
    pub updated_ms: i64,
    /// Likewise: when somebody last asked for its credentials.
    pub fetched_ms: i64,
    /// Likewise.
    pub refreshed_ms: Option<i64>,
    /// Whether its syncs are paused.
    pub is_paused: bool,
    turn: Arc<Mutex<()>>,
}

/// What opens the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Tokens of a grant.
    OAuth2 {
        /// For the upstream's API.
        access: String,
        /// For the token endpoint; a lent account has none.
        refresh: Option<String>,
        /// Milliseconds since 1970; `None`: nobody said.
        expires_ms: Option<i64>,
        /// Parted by spaces.
        scope: String,
    },
    /// A client's own tokens, made anew as needed.
    ClientCredentials {
        /// Its id.
        client: String,
        /// Its secret.
        secret: String,
        /// The present one, and when it expires.
        access: Option<(String, i64)>,
    },
    /// A key that never changes.
    ApiKey(String),
    /// A token and its secret that never change.
    TokenBased {
        /// The token.
        id: String,
        /// Its secret.
        secret: String,
    },
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Active,
    /// Its refresh was refused, or the upstream refused its token.
    NeedsReauth,
}

impl Status {
    /// As the new provider writes it.
    pub fn word(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::NeedsReauth => "needs_reauth",
        }
    }
}

impl Linked {
    /// A new one.
    pub fn new(account: &str, integration: &str, credentials: Credentials, now_ms: i64) -> Linked {
        Linked {
            account: account.to_owned(),
            integration: integration.to_owned(),
            installed: String::new(),
            credentials,
            context: Value::Object(serde_json::Map::new()),
            metadata: Value::Null,
            status: Status::Active,
            last_error: None,
            created_ms: now_ms,
            updated_ms: now_ms,
            fetched_ms: now_ms,
            refreshed_ms: None,
            is_paused: false,
            turn: Arc::default(),
        }
    }

    /// The refresh token, where there is one.
    pub fn refresh_token(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::OAuth2 { refresh, .. } => refresh.as_deref(),
            Credentials::ClientCredentials { .. }
            | Credentials::ApiKey(_)
            | Credentials::TokenBased { .. } => None,
        }
    }
}

impl Links {
    /// The accounts of a side.
    pub fn side(&mut self, side: Side) -> &mut BTreeMap<String, Linked> {
        match side {
            Side::Legacy => &mut self.legacy,
            Side::New => &mut self.new,
        }
    }

    /// An id as the new provider gives them.
    pub fn next_id(&mut self) -> String {
        self.given += 1;
        format!("{:08x}-5a1e-4c60-9d00-{:012x}", 0x6b1f_0000_u64 + self.given, self.given)
    }

    /// The app that an account's tokens were issued to, as a side knows it.
    pub fn app(&self, side: Side, linked: &Linked) -> Option<&Installed> {
        match side {
            Side::Legacy => self.apps.get(&linked.integration),
            Side::New => self.installed.get(&linked.installed),
        }
    }
}
