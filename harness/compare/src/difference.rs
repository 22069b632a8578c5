//! One place at which two answers differ, with its kind.

use std::sync::Arc;

use crate::blame::Blame;

/// Where in an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The HTTP status.
    Status,
    /// The header of this lower-case name.
    Header(String),
    /// The class of the failure that took the response's place, on both sides.
    Failure,
    /// The body, at a path.
    Body,
}

/// How two values differ at one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Legacy has it, new does not.
    Missing,
    /// New has it, legacy does not.
    Extra,
    /// Both have it, of one type, with different values.
    Value,
    /// Of different JSON types.
    Type,
    /// `null` on one side, absent on the other.
    NullVsAbsent,
    /// `x` on one side, `[x]` on the other.
    SingletonVsList,
    /// The same elements in another order.
    Order,
    /// One number, written in two ways: `1` and `1.0`.
    NumberText,
    /// A number on one side, its text on the other: `1` and `"1"`.
    NumberAsText,
    /// Numbers that differ only in what a double cannot hold or in its last bits.
    Precision,
    /// One instant, written in two ways.
    InstantText,
    /// Strings that differ in upper and lower case only.
    Case,
    /// Strings that differ in white space only.
    Whitespace,
    /// A key that one side has more often than the other.
    DuplicateKey,
    /// A value that both have in the same object, under another name.
    Renamed,
    /// A value that both have, at another place.
    Moved,
    /// Ids that a `same_entity` links, and that are not one-to-one over the run.
    Entity,
}

impl Kind {
    /// Every kind with its word, in the order of the enum.
    pub const ALL: [(Kind, &'static str); 17] = [
        (Kind::Missing, "missing"),
        (Kind::Extra, "extra"),
        (Kind::Value, "value"),
        (Kind::Type, "type"),
        (Kind::NullVsAbsent, "null_vs_absent"),
        (Kind::SingletonVsList, "singleton_vs_list"),
        (Kind::Order, "order"),
        (Kind::NumberText, "number_text"),
        (Kind::NumberAsText, "number_as_text"),
        (Kind::Precision, "precision"),
        (Kind::InstantText, "instant_text"),
        (Kind::Case, "case"),
        (Kind::Whitespace, "whitespace"),
        (Kind::DuplicateKey, "duplicate_key"),
        (Kind::Renamed, "renamed"),
        (Kind::Moved, "moved"),
        (Kind::Entity, "entity"),
    ];

    /// The word that reports and files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// One difference, at the deepest path that states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where in the answer.
    pub place: Place,
    /// RFC 9535 with names and indices, as legacy numbers them (`$.data[3].name`); as new does for `Extra`.
    /// `status`, `failure` or `header <name>` outside the body.
    pub path: String,
    /// For `Renamed` and `Moved`: where new has the value, as new numbers it.
    pub new_path: Option<String>,
    /// `path` with each index as `[*]` (`$.data[*].name`): what is counted over many pairs.
    /// Shared, since all differences of one field have the same.
    pub field: Arc<str>,
    /// How the values differ.
    pub kind: Kind,
    /// Legacy's value as JSON text, cut at [`SAMPLE_BYTES_MAX`]; `None` where absent.
    pub legacy: Option<String>,
    /// New's value, likewise.
    pub new: Option<String>,
    /// The index of the tolerance that excuses it, among the operation's tolerances.
    pub tolerance: Option<usize>,
    /// Legacy's nearest enclosing object or list, pretty-printed and cut: what a person reads beside it.
    pub legacy_context: Option<String>,
    /// New's, likewise.
    pub new_context: Option<String>,
    /// Who is to blame, where the upstream's own answer was at hand.
    pub blame: Option<Blame>,
}

/// A longer value is cut in a difference, with `…`: it is there to be read, and the recording has it whole.
pub const SAMPLE_BYTES_MAX: usize = 2_048;
