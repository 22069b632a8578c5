//! What was recorded: a pair, its exchanges, and their requests, responses and failures.

use std::collections::BTreeMap;

/// Header values by lower-case name; a repeated header has several values in their order.
pub type Headers = BTreeMap<String, Vec<String>>;

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The provider that customers are served by today.
    Legacy,
    /// The provider that they are moved to.
    New,
}

impl Side {
    /// The word that recordings and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Side::Legacy => "legacy",
            Side::New => "new",
        }
    }
}

/// What a pair records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairKind {
    /// One exchange a side.
    #[default]
    Request,
    /// A drained list: one exchange a page.
    Collection,
    /// A webhook: the request is what was delivered.
    Event,
    /// Made by fuzzing.
    Synthetic,
}

/// For one logical request: each side's exchanges, optional repeats, optional source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// Unique in a recording; `<operation>/<name>`.
    pub id: String,
    /// The operation that was asked for, e.g. `crm.contacts.list`.
    pub operation: String,
    /// What the pair records.
    pub kind: PairKind,
    /// The linked account that was asked, where known.
    pub account: Option<String>,
    /// RFC 3339, as recorded.
    pub recorded_at: Option<String>,
    /// Empty: the side is absent.
    pub legacy: Vec<Exchange>,
    /// Empty: the side is absent.
    pub new: Vec<Exchange>,
    /// The upstream's own answer, read through the new provider's proxy API; may be empty.
    pub source: Vec<Exchange>,
    /// Each item is one more asking of the legacy side.
    pub legacy_repeats: Vec<Vec<Exchange>>,
    /// Each item is one more asking of the new side.
    pub new_repeats: Vec<Vec<Exchange>>,
    /// How it was redacted, where it was.
    pub redaction: Option<Redaction>,
}

/// How a pair was redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// The version of the redaction rules.
    pub version: u32,
    /// By what.
    pub by: Redacted,
}

/// By what a pair was redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redacted {
    /// By nothing, on purpose: personal data is in it.
    Nothing,
    /// With a key.
    Key {
        /// The fingerprint of the key, never the key.
        fingerprint: String,
        /// What became of the verdict.
        effect: Effect,
    },
}

/// What redaction did to a pair's verdict, as far as it was judged before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was not judged.
    NotJudged,
    /// The verdict, and the kinds and paths of the differences, are the same.
    Commutes,
    /// They are not: what differed, for people.
    Differs(String),
}

impl Redaction {
    /// By a key, and not judged yet.
    pub fn by_key(version: u32, fingerprint: String) -> Redaction {
        Redaction { version, by: Redacted::Key { fingerprint, effect: Effect::NotJudged } }
    }
}

/// One request and its response, or the failure that took its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// RFC 3339, as recorded.
    pub started_at: Option<String>,
    /// Wall time until the answer was complete, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Absent where a bare body was imported: nothing is invented.
    pub request: Option<Request>,
    /// What came back.
    pub outcome: Outcome,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An HTTP response of whatever status.
    Response(Response),
    /// No response.
    Failure(Failure),
}

/// A recorded request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Upper-case.
    pub method: String,
    /// Absolute, or from the path on.
    pub url: String,
    /// Lower-case names.
    pub headers: Headers,
    /// What was sent.
    pub body: Body,
}

/// A recorded response.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Headers,
    /// What was received.
    pub body: Body,
}

/// A recorded body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// No body.
    #[default]
    Absent,
    /// JSON text as received: key order, number text and duplicate keys are kept.
    Json(String),
    /// Text that is not JSON.
    Text(String),
    /// Bytes that are not text, in standard Base64 with padding.
    Base64(String),
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its class.
    pub kind: FailureKind,
    /// For people.
    pub detail: String,
}

/// The class of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No complete answer in time.
    Timeout,
    /// No connection.
    Connect,
    /// The connection broke.
    Reset,
    /// The TLS handshake failed.
    Tls,
    /// The answer was over the limit.
    TooLarge,
    /// The answer was not HTTP.
    Protocol,
    /// We refused to ask (a fence, a budget).
    Refused,
    /// The mirror's queue was full.
    Dropped,
}

impl FailureKind {
    /// Every kind with the word that recordings use.
    pub const ALL: [(FailureKind, &'static str); 8] = [
        (FailureKind::Timeout, "timeout"),
        (FailureKind::Connect, "connect"),
        (FailureKind::Reset, "reset"),
        (FailureKind::Tls, "tls"),
        (FailureKind::TooLarge, "too_large"),
        (FailureKind::Protocol, "protocol"),
        (FailureKind::Refused, "refused"),
        (FailureKind::Dropped, "dropped"),
    ];

    /// The word that recordings use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl PairKind {
    /// Every kind with the word that recordings use.
    pub const ALL: [(PairKind, &'static str); 4] = [
        (PairKind::Request, "request"),
        (PairKind::Collection, "collection"),
        (PairKind::Event, "event"),
        (PairKind::Synthetic, "synthetic"),
    ];

    /// The word that recordings use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}
