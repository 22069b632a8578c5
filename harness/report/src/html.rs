//! `index.html`: the run as one page that needs nothing else: no script, no font, no request.
//!
//! Recorded bodies are hostile: every text goes through [`crate::visible`] and the template escapes it by construction
//! (no text is marked safe, and none stands in a tag, a style or a link, but for the made-up names of mappings' pages). Were one to slip through, the page's own
//! policy forbids scripts, requests, forms and frames. The page stays below [`PAGE_BYTES_MAX`]: each list has a budget,
//! and says what it left out.

pub(crate) mod budget;
mod example;
mod mapping;
mod page;
mod times;

pub(crate) use page::List;

use crate::mappings::MappingInfo;
use crate::run::Run;
use askama::Template as _;
use std::io;

/// A browser shows this at once, and a CI system keeps it as an artefact without complaint.
pub const PAGE_BYTES_MAX: usize = 2_000_000;

/// Writes the page.
pub fn write(mut out: impl io::Write, run: &Run) -> io::Result<()> {
    page::Page::of(run).write_into(&mut out).map_err(io::Error::other)
}

/// Writes the page of one mapping: its text with the parts marked that nothing exercised.
pub fn write_mapping(mut out: impl io::Write, run: &Run, mapping: &MappingInfo) -> io::Result<()> {
    mapping::MappingPage::of(run, mapping).write_into(&mut out).map_err(io::Error::other)
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
