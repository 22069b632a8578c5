//! What a gate rests on beside the tally: typed facts, each from a source that may be absent.

use std::collections::BTreeMap;

use super::fact::Fact;
use super::mapping_change::{Exercised, MappingChange};
use super::name::GateName;

/// All facts. What no source says is `Fact::Absent`; nothing here has a default that passes.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The linked accounts that will move, by name, with their integration.
    pub accounts: Fact<BTreeMap<String, String>>,
    /// What the configuration says of each operation, by name.
    pub operations: BTreeMap<String, OperationFacts>,
    /// Mappings and how much of each is exercised.
    pub mappings: Vec<MappingFacts>,
    /// What became of the recordings themselves.
    pub recordings: RecordingFacts,
    /// Conditions that the project adds, as they came out.
    pub project: Vec<ProjectCondition>,
    /// Of a change of mappings; only `mapping-change` asks.
    pub change: Fact<MappingChange>,
    /// What is known of each account's authorisation, by account.
    pub inventory: Fact<BTreeMap<String, Authorisation>>,
    /// Who holds each account's token, by account.
    pub journal: Fact<BTreeMap<String, Holding>>,
    /// Where traffic went.
    pub router: Fact<Traffic>,
    /// Where the upstreams' webhooks go.
    pub webhooks: Fact<Webhooks>,
    /// What the legacy provider's profile warns of when legacy is switched off.
    pub hazards: Fact<Vec<Hazard>>,
    /// The bundle of the gate before.
    pub earlier: Fact<EarlierBundle>,
}

/// What the configuration says of one operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationFacts {
    /// The integrations that it is asked of; empty: all listed ones.
    pub integrations: Vec<String>,
    /// Whether its answers are lists.
    pub is_list: bool,
    /// The fields that the application reads.
    pub consumes: Vec<ConsumedField>,
    /// The fields that must never be wrong, as differences write them.
    pub critical: Vec<String>,
    /// By index, as differences name them.
    pub tolerances: Vec<ToleranceFacts>,
}

/// A field that the application reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumedField {
    /// As the configuration writes it.
    pub path: String,
    /// Whether it says which record is which: then it is never empty.
    pub is_identity: bool,
    /// The words of which it must be one, as JSON text; empty where it is no enumeration.
    pub words: Vec<String>,
}

/// One tolerance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToleranceFacts {
    /// Its file and line.
    pub at: String,
    /// Its path and rule.
    pub text: String,
    /// Whether what it excuses was looked at: a rule that excuses any value is blind.
    pub is_blind: bool,
    /// Whether only the form of each value is looked at, so that any value of it may stand for another.
    pub is_of_form: bool,
    /// The largest share of pairs that it may excuse something in, where it says so itself.
    pub share: Option<f64>,
    /// Whether its last day had passed.
    pub is_expired: bool,
    /// That day.
    pub until: String,
    /// Who answers for it.
    pub owner: String,
}

/// One mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingFacts {
    /// Its file.
    pub file: String,
    /// How much of it the pairs exercised; absent where it could not be watched.
    pub exercised: Fact<Exercised>,
}

/// What became of the recordings themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFacts {
    /// Files among them that are none by their name, and were not read.
    pub unread: Vec<String>,
    /// Where the run was ended early.
    pub interrupted: Option<String>,
    /// Pairs that live capture dropped, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Runs of live capture that do not say that they ended: what they dropped is not known.
    pub unfinished: Vec<String>,
}

/// A condition that the project adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCondition {
    /// Its name.
    pub name: String,
    /// What it demands, in a sentence.
    pub says: String,
    /// What its expression came to.
    pub outcome: ProjectOutcome,
}

/// What the expression of a condition came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectOutcome {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It came to neither true nor false: what it came to, or why it failed.
    Neither(String),
}

/// What an inventory says of one account's authorisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorisation {
    /// Whether the OAuth client is ours, so that its tokens may move.
    pub owns_client: Fact<bool>,
    /// Whether legacy lets the token out.
    pub is_exportable: Fact<bool>,
    /// Scopes that operations need and the grant lacks.
    pub missing_scopes: Fact<Vec<String>>,
    /// Whether both sides see the same upstream user and organisation.
    pub same_identity: Fact<bool>,
    /// Whether a side can be kept from using a token that it does not hold.
    pub can_fence: Fact<bool>,
    /// How its token refreshes.
    pub refresh: Fact<Refresh>,
}

/// How a token refreshes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Never: a key, or credentials that make new tokens.
    Never,
    /// By a rule that is known, until a deadline (seconds since 1970); `None`: there is none.
    Until(Option<i64>),
}

/// What the journal of the hand-over says of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Where its hand-over stands, in words.
    pub stands: String,
    /// Why nobody knows who holds its token.
    pub in_doubt: Option<String>,
    /// Whether its token is dead, so that only its customer can mend it.
    pub is_dead: bool,
    /// Whether reads went through a lent token, or the account is a canary.
    pub was_lent: bool,
    /// Whether a test call through new answered as it must.
    pub is_verified: bool,
    /// Whether new has refreshed its token.
    pub refreshed: RefreshedOnNew,
    /// What looked, since it was handed over, as if somebody else refreshed it.
    pub second_refresher: Option<String>,
}

/// Whether new has refreshed a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshedOnNew {
    /// It has.
    Yes,
    /// Not yet.
    NotYet,
    /// This account's token never refreshes.
    Never,
}

/// Where traffic went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Since when the router counted: seconds since 1970.
    pub since: i64,
    /// Requests that went to new in the window.
    pub to_new: u64,
    /// Requests that went to legacy in the window.
    pub to_legacy: u64,
    /// Who still calls legacy, by what they call themselves.
    pub callers_at_legacy: Vec<String>,
}

/// Where the upstreams' webhooks go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// All that were found.
    pub registered: u64,
    /// Those that still point at legacy.
    pub at_legacy: Vec<String>,
}

/// What the legacy profile warns of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// What may happen.
    pub what: String,
    /// What somebody answers to it; `None`: nobody has.
    pub answer: Option<String>,
}

/// A bundle of the gate before, as it was read and held against the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierBundle {
    /// The gate that it is of.
    pub gate: GateName,
    /// Its file.
    pub file: String,
    /// SHA-256 of its canonical text.
    pub sha256: String,
    /// Whether its decision is a pass.
    pub passed: bool,
    /// The moment that it was decided at.
    pub as_of: String,
    /// Until when it holds.
    pub expires: String,
    /// Whether that moment has passed.
    pub is_expired: bool,
    /// What of it does not hold any more: a changed input, a signature that is not of its text.
    pub broken: Vec<String>,
}
