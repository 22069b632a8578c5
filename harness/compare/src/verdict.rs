//! What is decided of a pair, and why.

use crate::difference::Difference;
use crate::limits::LimitsTold;
use crate::sight::Sight;
use crate::volatile::Volatility;

/// What is decided of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The answers mean the same.
    Same,
    /// They differ only where a tolerance excuses it.
    Tolerated,
    /// They differ.
    Different,
    /// It could not be decided.
    Undecided(Reason),
}

impl Verdict {
    /// The word that reports and files use.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Tolerated => "tolerated",
            Verdict::Different => "different",
            Verdict::Undecided(_) => "undecided",
        }
    }
}

/// Why a pair could not be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its class.
    pub code: ReasonCode,
    /// What exactly, for people: which side, which limit, which position.
    pub detail: String,
}

/// The class of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonCode {
    /// A side was not recorded.
    Absent,
    /// A side failed in transport, and the other did not.
    Failed,
    /// One side was throttled, and the other was not.
    Throttled,
    /// A JSON body that does not parse.
    Unreadable,
    /// The mapping reported an error.
    Mapping,
    /// A limit (size, depth, time, steps) was reached.
    Limit,
    /// The mapping needs what only the reference engine has.
    NeedsOracle,
    /// Two engines make different values of the mapping.
    EngineDisagreement,
    /// The engine failed in a way that it must not.
    Engine,
    /// The recording is torn, or not a pair.
    Torn,
    /// The recording is of a version that this program does not know.
    UnknownVersion,
    /// The configuration has no such operation.
    UnknownOperation,
    /// Another pair of the recording has the same id.
    DuplicateId,
    /// It differs only where legacy, asked again, differs from itself.
    Noise,
    /// Both lists were walked again, and the walks agree where the first ones differ: rows moved meanwhile.
    Moved,
    /// Redaction changed what is compared: the pair was judged otherwise before it.
    Redaction,
}

impl ReasonCode {
    /// Every reason with its word.
    pub const ALL: [(ReasonCode, &'static str); 16] = [
        (ReasonCode::Absent, "absent"),
        (ReasonCode::Failed, "failed"),
        (ReasonCode::Throttled, "throttled"),
        (ReasonCode::Unreadable, "unreadable"),
        (ReasonCode::Mapping, "mapping"),
        (ReasonCode::Limit, "limit"),
        (ReasonCode::NeedsOracle, "needs_oracle"),
        (ReasonCode::EngineDisagreement, "engine_disagreement"),
        (ReasonCode::Engine, "engine"),
        (ReasonCode::Torn, "torn"),
        (ReasonCode::UnknownVersion, "unknown_version"),
        (ReasonCode::UnknownOperation, "unknown_operation"),
        (ReasonCode::DuplicateId, "duplicate_id"),
        (ReasonCode::Noise, "noise"),
        (ReasonCode::Moved, "moved"),
        (ReasonCode::Redaction, "redaction"),
    ];

    /// The word that reports and files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(code, _)| *code == self).map_or("", |(_, name)| name)
    }
}

/// A pair's verdict with all that led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The pair's id, or the file and line where it has none that can be read.
    pub pair: String,
    /// The pair's operation; empty where unknown.
    pub operation: String,
    /// The account, where known.
    pub account: Option<String>,
    /// The account's integration, as the list of accounts names it, where known.
    pub integration: Option<String>,
    /// What was decided.
    pub verdict: Verdict,
    /// Every difference, excused or not, up to [`DIFFERENCES_MAX`]; in document order of legacy.
    pub differences: Vec<Difference>,
    /// How many there were: more than the list holds where it was cut.
    pub differences_total: u64,
    /// For a pair that is undecided by noise: the differences that prove nothing. They are counted nowhere.
    pub in_doubt: Vec<Difference>,
    /// What the repeats of legacy showed; nothing where there are none.
    pub volatility: Volatility,
    /// What a person should know beside the differences, e.g. that a declared key could not be used.
    pub notes: Vec<String>,
    /// Legacy's status, where it answered.
    pub legacy_status: Option<u16>,
    /// New's status, where it answered.
    pub new_status: Option<u16>,
    /// Where the pair was read: the file, and the line for JSON Lines.
    pub location: String,
    /// What the pair is evidence of beside its verdict.
    pub circumstances: Circumstances,
}

/// When a pair was recorded, how long it took, and which cases of the fields that the application reads it shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Circumstances {
    /// Seconds since 1970, where the recording says it.
    pub recorded_at: Option<i64>,
    /// How long each of legacy's exchanges took, where the recording says it.
    pub legacy_ms: Vec<u64>,
    /// Likewise new's.
    pub new_ms: Vec<u64>,
    /// What each of new's answers says of limits, where its headers were recorded.
    pub new_limits: Vec<LimitsTold>,
    /// Whether a side's list was joined from several pages.
    pub is_paged: bool,
    /// The fingerprint of the key that it was redacted with, where it was.
    pub redacted_with: Option<String>,
    /// By consumed field, as the configuration writes it: what legacy's body shows of it.
    pub sights: Vec<(String, Sight)>,
}

/// A pair's list of differences is cut here; its count is not.
pub const DIFFERENCES_MAX: usize = 1_000;
