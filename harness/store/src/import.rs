//! Makes pairs of bodies that were recorded elsewhere, as JSON Lines or as bare files; `cassette` and what lies beside it
//! read other recorders' files.
//!
//! Values are cut out of the text, not parsed and written anew. Nothing is invented: an imported exchange has no
//! request and no times. It has the status 200 and the media type JSON, without which a body could not be compared.

pub mod cassette;
pub(crate) mod har;
mod betamax;
pub(crate) mod body;
mod node;
mod polly;
mod vcr;
mod wiremock;
mod yaml;
#[cfg(test)]
mod cassette_tests;
#[cfg(test)]
mod mutation_tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};
use serde_json::value::RawValue;

use crate::id::{IdError, check_id};
use crate::message;
use crate::pointer::{CutError, Pointer};
use crate::recordings::{Lines, RECORD_BYTES_MAX, ReadProblem};

/// What the lines of a file mean.
#[derive(Clone, Debug)]
pub struct JsonlImport {
    /// The operation of every pair.
    pub operation: String,
    /// The record's name: a text or a number.
    pub id: Pointer,
    /// The legacy side's body.
    pub legacy: Pointer,
    /// The new side's body.
    pub new: Pointer,
    /// The upstream's own body.
    pub source: Option<Pointer>,
    /// The account: a text or a number.
    pub account: Option<Pointer>,
}

/// A line that could not be imported.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ImportError {
    /// From 1.
    pub line: u64,
    /// What was wrong.
    pub what: ImportProblem,
}

/// What was wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum ImportProblem {
    /// The line could not be read.
    #[error(transparent)]
    Unread(#[from] ReadProblem),
    /// The line is no JSON, or a pointer is ambiguous in it.
    #[error(transparent)]
    Uncut(#[from] CutError),
    /// There is no value where the id should be.
    #[error("there is nothing at the id's pointer")]
    NoId,
    /// The id or the account is neither a text nor a number.
    #[error("the {what} is neither a text nor a number: {}", message::one_line(.found))]
    NotAName {
        /// `id` or `account`.
        what: &'static str,
        /// The JSON text that stands there.
        found: String,
    },
    /// The id would not be one of a pair.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Two lines have one id.
    #[error("the id {id:?} is that of line {first}")]
    Duplicate {
        /// The pair's id.
        id: String,
        /// The line that had it first.
        first: u64,
    },
}

/// Imports a file of JSON Lines, a pair a line; a line that cannot be imported is an item that says why.
///
/// A side whose pointer leads to nothing is absent. A `null` is kept as the body `null`: it says that the side
/// answered, and that there was nothing to answer. The ids seen are kept in memory, to find those that come twice.
pub fn import_jsonl<R: BufRead>(
    reader: R,
    import: &JsonlImport,
) -> impl Iterator<Item = Result<Pair, ImportError>> + use<'_, R> {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    Lines::new(reader, RECORD_BYTES_MAX).map(move |(line, text)| {
        let pair = text.map_err(ImportProblem::from).and_then(|text| pair_of_line(&text, import));
        let pair = pair.and_then(|pair| match seen.get(&pair.id) {
            Some(first) => Err(ImportProblem::Duplicate { id: pair.id, first: *first }),
            None => {
                seen.insert(pair.id.clone(), line);
                Ok(pair)
            }
        });
        pair.map_err(|what| ImportError { line, what })
    })
}

fn pair_of_line(line: &str, import: &JsonlImport) -> Result<Pair, ImportProblem> {
    let name = name("id", import.id.cut(line)?.ok_or(ImportProblem::NoId)?)?;
    let account = import.account.as_ref().map(|pointer| pointer.cut(line)).transpose()?.flatten();
    let account = account.filter(|account| *account != "null");
    let source = import.source.as_ref().map(|pointer| pointer.cut(line)).transpose()?.flatten();
    let id = format!("{}/{name}", import.operation);
    check_id(&id, &import.operation)?;
    Ok(Pair {
        id,
        operation: import.operation.clone(),
        account: account.map(|account| self::name("account", account)).transpose()?,
        legacy: import.legacy.cut(line)?.map(exchange).into_iter().collect(),
        new: import.new.cut(line)?.map(exchange).into_iter().collect(),
        source: source.map(exchange).into_iter().collect(),
        ..Pair::default()
    })
}

fn name(what: &'static str, json: &str) -> Result<String, ImportProblem> {
    if json.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit()) {
        return Ok(json.to_owned());
    }
    serde_json::from_str(json).map_err(|_| ImportProblem::NotAName { what, found: json.to_owned() })
}

fn exchange(json: &str) -> Exchange {
    let headers = Headers::from([("content-type".to_owned(), vec!["application/json".to_owned()])]);
    let response = Response { status: 200, headers, body: Body::Json(json.to_owned()) };
    Exchange { started_at: None, elapsed_ms: None, request: None, outcome: Outcome::Response(response) }
}

/// Bare bodies of one logical request.
#[derive(Clone, Copy, Debug)]
pub struct PairImport<'text> {
    /// The operation.
    pub operation: &'text str,
    /// What follows the operation in the pair's id.
    pub name: &'text str,
    /// The legacy side's body.
    pub legacy: &'text str,
    /// The new side's body.
    pub new: &'text str,
    /// The upstream's own body.
    pub source: Option<&'text str>,
}

/// Why bare bodies are no pair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairImportError {
    /// The operation and the name make no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A body that is no JSON.
    #[error("the {body} body is not JSON: {what} at line {line} column {column}")]
    NotJson {
        /// `legacy`, `new` or `source`.
        body: &'static str,
        /// What is wrong, in one line.
        what: String,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
}

/// Imports bare bodies as one pair; refuses what is not JSON.
pub fn import_pair(import: PairImport<'_>) -> Result<Pair, PairImportError> {
    let id = format!("{}/{}", import.operation, import.name);
    check_id(&id, import.operation)?;
    let source = import.source.map(|text| exchange_of("source", text)).transpose()?;
    Ok(Pair {
        id,
        operation: import.operation.to_owned(),
        legacy: vec![exchange_of("legacy", import.legacy)?],
        new: vec![exchange_of("new", import.new)?],
        source: source.into_iter().collect(),
        ..Pair::default()
    })
}

fn exchange_of(body: &'static str, text: &str) -> Result<Exchange, PairImportError> {
    let json: &RawValue = serde_json::from_str(text).map_err(|error| PairImportError::NotJson {
        body,
        what: message::complaint(&error),
        line: error.line(),
        column: error.column(),
    })?;
    Ok(exchange(json.get()))
}

#[cfg(test)]
mod tests;
