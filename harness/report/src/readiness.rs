//! The readiness report: each gate with what is missing, and the evidence that it rests on, as one page and as data.
//!
//! Nothing is decided here: gates were decided where they always are, and the numbers are those of the tally. Every format
//! is made from the same [`Readiness`], so that no two of them can disagree.

mod html;
mod plot;
mod json;
mod markdown;
mod csv;
mod numbers;

pub use markdown::sentence;
pub use numbers::{GateCounts, counts};

use std::io;

use evidence::coverage;
use evidence::gate::Decision;

use crate::run::Run;

/// What the report is made from.
#[derive(Debug)]
pub struct Readiness<'a> {
    /// All pairs, judged.
    pub run: &'a Run<'a>,
    /// The gates in their order, each decided.
    pub decisions: Vec<Decision>,
    /// The accounts that will move; `None` where the configuration names none.
    pub accounts: Option<Vec<Account>>,
    /// What the application relies on, and how often it was seen.
    pub coverage: Vec<coverage::Cell>,
    /// The bundles that were found, newest first.
    pub bundles: Vec<BundleInfo>,
    /// How sure the bounds on the rate are, between 0 and 1.
    pub confidence: f64,
    /// The rate that `write-cutover` allows.
    pub max_difference_rate: f64,
}

/// A linked account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The upstream that it is linked to.
    pub integration: String,
}

/// A bundle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleInfo {
    /// Its file.
    pub file: String,
    /// Its gate; empty where it cannot be read.
    pub gate: String,
    /// What it says: `pass`, `fail` or `inconclusive`.
    pub answer: String,
    /// The moment that it was decided at.
    pub as_of: String,
    /// From this moment on it does not hold.
    pub expires: String,
    /// Whether that moment has passed.
    pub is_expired: bool,
    /// Whether somebody signed it. Whose signature it is, `bundle verify` says.
    pub is_signed: bool,
    /// Why it says nothing: it cannot be read, or an input has changed since.
    pub broken: Vec<String>,
}

/// The page.
pub fn write_html(out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    html::write(out, readiness)
}

/// The document for machines, version 1.
pub fn write_json(out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    json::write(out, readiness)
}

/// For a comment on a change, or a page of notes.
pub fn write_markdown(out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    markdown::write(out, readiness)
}

/// A row for each reading of each gate: for whoever tracks what is open in a spreadsheet.
pub fn write_csv(out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    csv::write(out, readiness)
}

#[cfg(test)]
mod tests;
