//! How credentials leave a provider and come in, as a profile says it: the calls, and where in their answers what lies.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::pattern::Pattern;
use crate::profile::{Confidence, HeaderName, Is, Place, Seconds};

/// The `[tokens]` of a profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// How it is known.
    pub confidence: Confidence,
    /// How long after it was sent a call may still arrive.
    pub arrives_within: Option<Seconds>,
    /// How credentials come out.
    pub export: Option<ExportBy>,
    /// What its support's file calls what we need: our names, and its columns (a JSON Pointer where it begins with `/`).
    #[serde(default)]
    pub file: BTreeMap<String, String>,
    /// What pauses an account's syncs.
    #[serde(default)]
    pub pause: Vec<CallAt>,
    /// What lets them go on.
    #[serde(default)]
    pub unpause: Vec<CallAt>,
    /// What keeps it from refreshing by itself; absent: nothing does.
    pub disarm: Option<DisarmBy>,
    /// How credentials come in.
    pub import: Option<ImportBy>,
    /// What an error says where the customer must connect again, beside what the profile says of upstreams' errors.
    #[serde(default)]
    pub dead: Vec<Is>,
    /// What has it refresh an account.
    pub refresh: Option<CallAt>,
    /// How an account stands.
    pub status: Option<StatusAt>,
    /// What removes an account without its token being revoked; absent: nothing does.
    #[serde(default)]
    pub remove: Vec<CallAt>,
    /// What has it keep an account and use it no more; absent: nothing does.
    #[serde(default)]
    pub freeze: Vec<CallAt>,
    /// For people.
    pub note: Option<String>,
}

/// A call. In its texts `{name}` stands for what is known of the account, `{account}` for its id there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallAt {
    /// HTTP's.
    pub method: String,
    /// From the base on.
    pub path: Pattern,
    /// Beside the profile's.
    #[serde(default)]
    pub query: BTreeMap<String, Pattern>,
    /// Beside the profile's.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, Pattern>,
    /// What is sent; a text that is `{name}` alone is what the name stands for, and is left out where that is absent and `{name?}` is
    /// written. The members of `"*" = "{name}"` stand beside the others.
    pub body: Option<toml::Value>,
    /// Statuses that mean that it was so before, beside 2xx.
    #[serde(default)]
    pub done: Vec<u16>,
}

/// How credentials come out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportBy {
    /// What a second export answers.
    pub again: Again,
    /// All that there is.
    pub call: CallAt,
    /// The same without what refreshes; absent: all that there is, of which the rest is forgotten.
    pub lend: Option<CallAt>,
    /// Where they lie, by what they are.
    pub credentials: Vec<CredentialsAt>,
    /// What goes back with them when they do: our names, and where they lie.
    #[serde(default)]
    pub keep: BTreeMap<String, Place>,
}

/// What a second export answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// The latest, every time.
    Latest,
    /// Nothing any more.
    Never,
}

/// Where credentials of a kind lie in an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsAt {
    /// What they are, in our words.
    pub kind: String,
    /// What the answer says of it; absent: where the secrets are there.
    pub when: Option<Is>,
    /// Our names, and where they lie.
    pub secrets: BTreeMap<String, Place>,
    /// When the access token expires.
    pub expires_at: Option<Place>,
    /// What must travel with them.
    pub context: Option<Place>,
}

/// What keeps a provider from refreshing by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisarmBy {
    /// How it is known.
    pub confidence: Confidence,
    /// What takes from it what refreshes; none: its pause suffices.
    #[serde(default)]
    pub calls: Vec<CallAt>,
    /// Where calls alone refresh: they refresh what expires within this, and nothing that is good for longer.
    pub refreshes_within: Option<Seconds>,
    /// For people.
    pub note: Option<String>,
}

/// How credentials come in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportBy {
    /// How it is found out whether an import arrived.
    pub landing: Landing,
    /// Where the answer has the account's id; absent: it is the one that was sent.
    pub id: Option<Place>,
    /// Makes an account, by what its credentials are; the body is the call's and the kind's together.
    pub call: CallAt,
    /// Gives an account other credentials; absent: as above.
    pub update: Option<CallAt>,
    /// What the credentials are sent as, by their kind in our words.
    pub credentials: BTreeMap<String, toml::Value>,
    /// Finds an account that was made.
    pub find: Option<FindAt>,
}

/// How it is found out whether an import arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Landing {
    /// It is looked for.
    Lookup,
    /// Sent again with the same key, it is not done again.
    SameKey,
    /// Not at all.
    Unknown,
}

/// Finds an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindAt {
    /// Lists those that it can be.
    pub call: CallAt,
    /// Where the id of each lies.
    pub id: Place,
}

/// How an account stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusAt {
    /// Asks.
    pub call: CallAt,
    /// What says that it works.
    pub well: Is,
    /// What says that the customer must connect again.
    pub reconnect: Is,
}
