//! The pair format, version 1: text to a pair and back.
//!
//! An old reader refuses a newer version by name and never guesses at it; an old writer writes its own version,
//! and never opens a newer file to change it. `docs/recordings.md` tells the format to users.

mod keys;
mod reading;
pub(crate) mod writing;

use compare::model::Pair;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{json_text, message, secrets};
use reading::PairText;

/// The version that is read and written.
pub const VERSION: u32 = 1;

/// Why a text is not a pair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Written by a program that knows another format.
    #[error("the pair is of version {found}, and this program reads version {VERSION}")]
    UnknownVersion {
        /// The version as the text has it.
        found: String,
    },
    /// The text ends in the middle.
    #[error("the pair is torn: its text ends at line {line} column {column}")]
    Torn {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// Not JSON, or not what the format asks for.
    #[error("not a pair: {what} at line {line} column {column}")]
    Wrong {
        /// What is wrong, in one line.
        what: String,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
}

/// Reads a pair; refuses unknown keys, unknown versions and ids that could leave the recording.
///
/// Bodies are kept to the letter, at whatever depth: the reader does not look into them.
pub fn parse(text: &str) -> Result<Pair, FormatError> {
    serde_json::from_str::<PairText>(text).map(|PairText(pair)| pair).map_err(|error| {
        // Only now, because looking for the version reads the whole text once more.
        match version(text) {
            Some(found) if found != "1" => FormatError::UnknownVersion { found: message::one_line(found) },
            _ => explain(&error),
        }
    })
}

/// The pair as a file that people read in a git diff, its secrets removed; ends with a new line.
pub fn to_pretty(pair: &Pair) -> String {
    pretty(&to_line(pair))
}

/// A line as a file that people read in a git diff.
pub(crate) fn pretty(line: &str) -> String {
    let mut pretty = json_text::indent(line);
    pretty.push('\n');
    pretty
}

/// The pair as one line without its line end, its secrets removed.
pub fn to_line(pair: &Pair) -> String {
    // There is no other way from a pair to text, so nothing can be written with its secrets in it.
    let mut pair = pair.clone();
    secrets::remove(&mut pair);
    let mut line = String::new();
    writing::line(&pair, &pair.id, pair.redaction.as_ref(), &mut writing::AsTheyAre, &mut line);
    line
}

/// The id of a text that is a pair as far as can be told without looking further.
pub fn id(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct IdOnly {
        id: String,
    }
    of_object::<IdOnly>(text).map(|pair| pair.id)
}

fn version(text: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct VersionOnly<'text> {
        #[serde(borrow)]
        version: &'text RawValue,
    }
    of_object::<VersionOnly<'_>>(text).map(|pair| pair.version.get())
}

/// Serde would also take a list for a struct.
fn of_object<'text, T: Deserialize<'text>>(text: &'text str) -> Option<T> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

fn explain(error: &serde_json::Error) -> FormatError {
    // What concerns the pair as a whole has no position of its own.
    let (line, column) = (error.line().max(1), error.column().max(1));
    if error.is_eof() {
        FormatError::Torn { line, column }
    } else {
        FormatError::Wrong { what: message::complaint(error), line, column }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod schema_tests;
