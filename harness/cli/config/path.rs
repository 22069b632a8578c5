//! What a configuration points at: files, and places in a body.

use std::ops::Range;
use std::path::{Path, PathBuf};

use compare::path::PATH_DEPTH_MAX;

use super::table::{Problems, Text};

/// A file that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath {
    /// As written: what reports show, since it is the same on every machine.
    pub written: String,
    /// Where it is on this machine.
    pub full: PathBuf,
    /// Where the configuration names it.
    pub span: Range<usize>,
}

impl FilePath {
    pub(super) fn read(text: Text, folder: &Path, problems: &mut Problems) -> Option<FilePath> {
        if refuses_variables(&text, "a file's name", problems) {
            return None;
        }
        if text.value.trim().is_empty() {
            problems.error("the name of a file is empty", text.span, "expected a file", "");
            return None;
        }
        if text.value.contains('\\') {
            let help = format!("write \"{}\"", text.value.replace('\\', "/"));
            problems.error("a path has `\\` in it", text.span, "expected `/` between folders", &help);
            return None;
        }
        let full = folder.join(&text.value);
        Some(FilePath { written: text.value, full, span: text.span })
    }
}

/// A place in a body: a JSONPath (RFC 9535) that parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPath {
    /// As written.
    pub text: String,
    /// Where the configuration names it.
    pub span: Range<usize>,
}

/// A longer JSONPath is a mistake, and the parser goes as deep as its parentheses.
pub const BODY_PATH_BYTES_MAX: usize = 1_024;

impl BodyPath {
    pub(super) fn read(text: Text, problems: &mut Problems) -> Option<BodyPath> {
        if text.value.len() > BODY_PATH_BYTES_MAX {
            let message = format!("a JSONPath is longer than {BODY_PATH_BYTES_MAX} bytes");
            problems.error(message, text.span, "too long", "");
            return None;
        }
        let Err(error) = compare::path::Path::parse(&text.value) else {
            return Some(BodyPath { text: text.value, span: text.span });
        };
        let offset = text.value.char_indices().nth(error.column - 1).map_or(text.value.len(), |(at, _)| at);
        let at = within(&text, offset, &problems.text);
        let message = format!("`{}` is not a JSONPath: wrong at its character {}", text.value, error.column);
        // The parser's own words name what it tried last, which is rarely what was meant.
        let help = format!(
            "a path looks like $.data[*].id, with at most {PATH_DEPTH_MAX} brackets within each other"
        );
        problems.error(message, at, "not understood from here", &help);
        None
    }
}

/// The place of a byte of a text's value in the file: the value itself where it was written with escapes.
pub(super) fn within(text: &Text, offset: usize, file: &str) -> Range<usize> {
    let raw = file.get(text.span.clone()).unwrap_or("");
    let quotes = raw.len().saturating_sub(text.value.len()) / 2;
    let plain = raw.get(quotes..quotes + text.value.len()) == Some(text.value.as_str());
    let start = text.span.start + quotes + offset;
    if plain { start..start + 1 } else { text.span.clone() }
}

/// Says so where a variable stands in a value that evidence rests on; answers whether it did.
pub(super) fn refuses_variables(text: &Text, what: &str, problems: &mut Problems) -> bool {
    let Some(at) = text.value.find("${") else { return false };
    let at = within(text, at, &problems.text);
    let message = format!("{what} cannot have a variable of the environment in it");
    let help = "`${NAME}` is for credentials, for `state.url` and for what requests send; \
                what is judged must be the same on every machine";
    problems.error(message, at, "not resolved here", help);
    true
}
