//! A gate's decision with the digests of all that it rests on, as one canonical document.
//!
//! The bytes are canonical JSON (RFC 8785), so that a digest or a signature is of what it says and not of how it is
//! laid out. A bundle that is not canonical was not written by this program, or was changed since.

use serde_json::{Map, Value, json};

use crate::gate::Decision;
use crate::gate::demands::Demands;
use crate::gate::name::GateName;
use crate::gate::reading::{Number, Reading, Waiver};

/// The version that is written. A reader of another version refuses the bundle: a decision is not guessed.
pub const VERSION: u64 = 1;

/// All that a bundle says, but for who signed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The migration's name.
    pub migration: String,
    /// What was decided.
    pub decision: Decision,
    /// What was demanded.
    pub demands: Demands,
    /// The moment that it was decided at, as printed.
    pub as_of: String,
    /// From this moment on it does not hold, RFC 3339.
    pub expires: String,
    /// The program and what evaluates mappings, each by name with its version.
    pub versions: Vec<(String, String)>,
    /// The commit that mappings are changed against, where the gate asks.
    pub base: Option<String>,
    /// SHA-256 of what the pairs add up to, as canonical JSON, in hexadecimal digits.
    pub tally: String,
    /// Every file that the decision rests on, by path.
    pub inputs: Vec<Input>,
}

/// A file that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// From the configuration's folder, with `/`.
    pub path: String,
    /// What it is.
    pub kind: InputKind,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What a file is to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputKind {
    /// The configuration.
    Config,
    /// The accounts.
    Accounts,
    /// A provider's profile.
    Profile,
    /// A mapping.
    Mapping,
    /// A case beside a mapping.
    Case,
    /// A file of tolerances.
    Tolerances,
    /// An accepted snapshot.
    Snapshot,
    /// Pairs.
    Recording,
    /// What is known of upstreams' tokens.
    Upstreams,
    /// The inventory of the accounts.
    Inventory,
    /// Where the hand-over's journal stood.
    Journal,
    /// The bundle of the gate before.
    Bundle,
}

impl InputKind {
    /// Every kind with its word.
    pub const ALL: [(InputKind, &'static str); 12] = [
        (InputKind::Config, "config"),
        (InputKind::Accounts, "accounts"),
        (InputKind::Profile, "profile"),
        (InputKind::Mapping, "mapping"),
        (InputKind::Case, "case"),
        (InputKind::Tolerances, "tolerances"),
        (InputKind::Snapshot, "snapshot"),
        (InputKind::Recording, "recording"),
        (InputKind::Upstreams, "upstreams"),
        (InputKind::Inventory, "inventory"),
        (InputKind::Journal, "journal"),
        (InputKind::Bundle, "bundle"),
    ];

    /// The word that files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// A bundle as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBundle {
    /// Its gate.
    pub gate: GateName,
    /// The migration that it is of.
    pub migration: String,
    /// What it says: `pass`, `fail` or `inconclusive`.
    pub answer: String,
    /// The moment that it was decided at.
    pub as_of: String,
    /// From this moment on it does not hold.
    pub expires: String,
    /// The commit that mappings were changed against.
    pub base: Option<String>,
    /// What it rests on.
    pub inputs: Vec<Input>,
    /// Who signed it, where somebody did.
    pub signature: Option<Signature>,
    /// The document without its signature.
    pub unsigned: Value,
}

/// An Ed25519 signature (RFC 8032) of the canonical document without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The public key, in hexadecimal digits.
    pub key: String,
    /// The signature, likewise.
    pub value: String,
}

/// Why a text is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// No JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// JSON in another layout, or with a name twice.
    #[error("its text is not canonical JSON (RFC 8785), as bundles are written: it was changed since")]
    NotCanonical,
    /// Of another version.
    #[error("it is of version {0}, and this program knows version {VERSION}")]
    Version(String),
    /// Something in it is not what it should be.
    #[error("its `{0}` is missing or not what it should be")]
    Member(&'static str),
}

impl Bundle {
    /// The document, without a signature.
    pub fn document(&self) -> Value {
        let Bundle { decision, .. } = self;
        json!({
            "version": VERSION,
            "migration": self.migration,
            "gate": decision.gate.text(),
            "answer": decision.answer.name(),
            "as_of": self.as_of,
            "expires": self.expires,
            "versions": self.versions.iter().map(|(name, version)| (name.clone(), json!(version))).collect::<Map<_, _>>(),
            "base": self.base,
            "demands": demands(&self.demands),
            "readings": decision.readings.iter().map(reading).collect::<Vec<_>>(),
            "tally_sha256": self.tally,
            "inputs": self.inputs.iter().map(input).collect::<Vec<_>>(),
        })
    }
}

/// The bytes of a document: RFC 8785. No document of ours has a number that JSON cannot say.
pub fn canonical(document: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(document).expect("a JSON value has text for names and finite numbers")
}

/// A document with its signature.
pub fn signed(document: &Value, signature: &Signature) -> Value {
    let mut signed = document.clone();
    signed["signature"] = json!({"algorithm": "ed25519", "key": signature.key, "value": signature.value});
    signed
}

/// Reads a bundle; refuses one that is not canonical, or of another version.
pub fn read(text: &str) -> Result<ReadBundle, BundleError> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let document: Value = serde_json::from_str(text).map_err(|error| BundleError::Json(error.to_string()))?;
    if document["version"] != json!(VERSION) {
        return Err(BundleError::Version(document["version"].to_string()));
    }
    if canonical(&document) != text.as_bytes() {
        return Err(BundleError::NotCanonical);
    }
    let text_of =
        |name: &'static str| document[name].as_str().map(str::to_owned).ok_or(BundleError::Member(name));
    let inputs = document["inputs"].as_array().ok_or(BundleError::Member("inputs"))?;
    let signature = match &document["signature"] {
        Value::Null => None,
        signature => {
            let member = |name: &str| signature[name].as_str().map(str::to_owned);
            let (Some("ed25519"), Some(key), Some(value)) =
                (signature["algorithm"].as_str(), member("key"), member("value"))
            else {
                return Err(BundleError::Member("signature"));
            };
            Some(Signature { key, value })
        }
    };
    let gate = GateName::of(&text_of("gate")?).ok_or(BundleError::Member("gate"))?;
    let read = ReadBundle {
        gate,
        migration: text_of("migration")?,
        answer: text_of("answer")?,
        as_of: text_of("as_of")?,
        expires: text_of("expires")?,
        base: document["base"].as_str().map(str::to_owned),
        inputs: inputs.iter().map(read_input).collect::<Option<_>>().ok_or(BundleError::Member("inputs"))?,
        signature,
        unsigned: Value::Null,
    };
    let mut unsigned = document;
    if let Value::Object(members) = &mut unsigned {
        members.remove("signature");
    }
    Ok(ReadBundle { unsigned, ..read })
}

fn read_input(value: &Value) -> Option<Input> {
    let kind = value["kind"].as_str()?;
    Some(Input {
        path: value["path"].as_str()?.to_owned(),
        kind: InputKind::ALL.iter().find(|(_, name)| *name == kind)?.0,
        bytes: value["bytes"].as_u64()?,
        sha256: value["sha256"].as_str()?.to_owned(),
    })
}

fn input(input: &Input) -> Value {
    json!({"path": input.path, "kind": input.kind.name(), "bytes": input.bytes, "sha256": input.sha256})
}

fn reading(reading: &Reading) -> Value {
    let number = |number: &Number| match number {
        Number::Count(count) => json!(count),
        Number::Rate(rate) => json!(rate),
    };
    json!({
        "condition": reading.condition,
        "about": reading.about,
        "answer": reading.answer().name(),
        "why": reading.way.why,
        "says": reading.says,
        "settles": reading.settles,
        "numbers": reading.numbers.iter().map(|(name, value)| ((*name).to_owned(), number(value))).collect::<Map<_, _>>(),
        "waiver": reading.waived.as_ref().map(waiver),
    })
}

fn waiver(waiver: &Waiver) -> Value {
    json!({"reason": waiver.reason, "owner": waiver.owner, "until": waiver.until})
}

fn demands(demands: &Demands) -> Value {
    json!({
        "confidence": demands.confidence,
        "look": demands.look.method(),
        "max_difference_rate": demands.max_difference_rate,
        "max_operation_difference_rate": demands.max_operation_difference_rate,
        "max_undecided_rate": demands.max_undecided_rate,
        "max_error_disparity_rate": demands.max_error_disparity_rate,
        "max_throttled_rate": demands.max_throttled_rate,
        "max_client_error_excess": demands.max_client_error_excess,
        "max_latency_ratio": demands.max_latency_ratio,
        "max_tolerated_share": demands.max_tolerated_share,
        "min_mapping_coverage": demands.min_mapping_coverage,
        "min_pairs": demands.min_pairs,
        "min_accounts": demands.min_accounts,
        "evidence_max_age_seconds": demands.evidence_max_age,
        "valid_for_seconds": demands.valid_for,
        "window_seconds": demands.window,
        "deadline_margin_seconds": demands.deadline_margin,
    })
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
