//! Mappings against their reference: the public suite, the JavaScript library of production, generated cases.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests tell what they counted and what they skipped"
)]

mod data;
mod reference;
mod generate;
mod features;
mod suite;
mod truto_calls;
mod truto_functions;
mod truto_snippets;
mod agreement;
mod limits;
