//! One account of an inventory: facts that are known or say why they are not, and what follows for its move.

use evidence::gate::fact::Fact;
use jiff::Timestamp;

use super::sources::Connection;

/// One account.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The accounts' file's name of it; of an account that only legacy knows, legacy's id.
    pub account: String,
    /// The upstream that it is linked to.
    pub integration: String,
    /// The id at new.
    pub new: Option<String>,
    /// What it is authenticated by.
    pub auth: Fact<Auth>,
    /// Whether it works at legacy.
    pub at_legacy: State,
    /// Whether it works at new.
    pub at_new: State,
    /// Whether both sides use one OAuth client, which is then ours.
    pub owns_client: Fact<bool>,
    /// Scopes that operations need and the grant lacks.
    pub missing_scopes: Fact<Vec<String>>,
    /// Whether both sides reach the same organisation upstream.
    pub same_identity: Fact<bool>,
    /// How legacy lets its tokens out.
    pub export: &'static str,
    /// Whether it does.
    pub is_exportable: Fact<bool>,
    /// Whether legacy can be kept from using a token that it does not hold any more.
    pub can_fence: Fact<bool>,
    /// What a refresh does to the refresh token.
    pub rotation: Option<&'static str>,
    /// When its refresh token ends.
    pub deadline: Fact<Option<Deadline>>,
    /// What must travel beside the token.
    pub context: Vec<Travels>,
    /// What can be undone, and until when.
    pub rollback: String,
    /// How it moves.
    pub way: Way,
    /// Why it does not, where it does not.
    pub reasons: Vec<Reason>,
}

/// What an account is authenticated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Auth {
    /// Tokens of a user's grant.
    OAuth2,
    /// A client's own tokens.
    ClientCredentials,
    /// A key.
    ApiKey,
    /// A name and a password.
    Basic,
    /// A token and its secret that sign each request.
    TokenBased,
}

impl Auth {
    /// Each with its word.
    pub const ALL: [(Auth, &'static str); 5] = [
        (Auth::OAuth2, "oauth2"),
        (Auth::ClientCredentials, "client_credentials"),
        (Auth::ApiKey, "api_key"),
        (Auth::Basic, "basic"),
        (Auth::TokenBased, "token_based"),
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(auth, _)| *auth == self).map_or("", |(_, name)| name)
    }

    /// Of a word.
    pub fn parse(word: &str) -> Option<Auth> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(auth, _)| *auth)
    }
}

/// How an account stands at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It works, as far as the provider tells.
    Works,
    /// It does not.
    Broken(String),
    /// The provider lists accounts, and not this one.
    Absent,
    /// The provider lists none.
    Untold,
}

impl State {
    /// The word.
    pub fn name(&self) -> &'static str {
        match self {
            State::Works => "works",
            State::Broken(_) => "broken",
            State::Absent => "absent",
            State::Untold => "untold",
        }
    }
}

/// When a refresh token ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The moment; it may be later, never earlier.
    pub at: Timestamp,
    /// What it rests on.
    pub because: String,
}

/// Something that must travel beside the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travels {
    /// The names that providers use for it.
    pub names: Vec<String>,
    /// What legacy or the accounts' file says.
    pub at_legacy: Option<String>,
    /// What new says.
    pub at_new: Option<String>,
}

/// How an account moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Its refresh token is handed over, once.
    Transfer,
    /// What never refreshes is copied.
    Copy,
    /// Not before somebody on our side has mended something.
    Mend,
    /// Its user must connect it again.
    Reconnect,
    /// Too little is known.
    Unknown,
}

impl Way {
    /// Each with its word.
    pub const ALL: [(Way, &'static str); 5] = [
        (Way::Transfer, "transfer"),
        (Way::Copy, "copy"),
        (Way::Mend, "mend"),
        (Way::Reconnect, "reconnect"),
        (Way::Unknown, "unknown"),
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(way, _)| *way == self).map_or("", |(_, name)| name)
    }
}

/// Why an account does not move as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In a sentence without a full stop.
    pub what: String,
    /// Who can mend it.
    pub by: By,
}

/// Who can mend something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The customer, by connecting again.
    Customer,
    /// We.
    Us,
    /// Whoever finds out.
    Whoever,
}

impl Row {
    /// An account that legacy knows and the accounts' file does not.
    pub fn unlisted(connection: &Connection) -> Row {
        Row {
            account: connection.id.clone(),
            integration: connection.integration.clone(),
            new: None,
            auth: connection.auth.map_or_else(unlisted_fact, Fact::Known),
            at_legacy: connection.broken.clone().map_or(State::Works, State::Broken),
            at_new: State::Absent,
            owns_client: unlisted_fact(),
            missing_scopes: unlisted_fact(),
            same_identity: unlisted_fact(),
            export: "unknown",
            is_exportable: unlisted_fact(),
            can_fence: unlisted_fact(),
            rotation: None,
            deadline: unlisted_fact(),
            context: Vec::new(),
            rollback: "unknown".to_owned(),
            way: Way::Mend,
            reasons: vec![Reason {
                what: "legacy lists it, and the accounts' file does not name it".to_owned(),
                by: By::Us,
            }],
        }
    }
}

fn unlisted_fact<T>() -> Fact<T> {
    Fact::absent(
        "the accounts' file does not name this account",
        "add it to the accounts' file, or take it away at legacy if nobody uses it",
    )
}
