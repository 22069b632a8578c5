//! JSONata mappings: compiled once, evaluated on recorded bodies within limits, never trusted to behave.
//!
//! The reference is the JavaScript library that production evaluates with. The native engine (`jlens-core`) does
//! what is certain to be the same; what is not, it *refers*: to the oracle, a process that runs the library itself,
//! or, where that is not installed, to nobody ([`mapping::MapError::NeedsOracle`]).
//!
//! # What is mended
//! The order of keys that look like array indices, in the input where a mapping can see it, in what it builds, and
//! in the output; numbers as JavaScript prints them; `$formatBase` beyond 2^53; the types of what a partially
//! applied built-in is given; in the dialect of Truto the overridden built-ins, and most of its library, dates with
//! their methods included.
//!
//! # What is referred
//! `$formatNumber` beyond 21 digits and the inexact last digit of `$power`; time zones with names, locales and
//! rarer methods of dates; dates that are compared, made text of or walked through; `$eval` in the dialect of
//! Truto; functions that convert documents or hold bytes; whatever a function of ours is not certain of.
//! Input that a Rust string cannot hold (lone surrogates) or a double cannot (1e400).
//!
//! # Deviations that remain
//! On 50,000 generated cases these are all that were found; `check --oracle` finds them where they matter.
//! - A number that is not finite: the reference answers null (`1/0`) where the native engine reports D1001. The
//!   error is asked of the oracle where there is one.
//! - What is not a number (`x % 0`) is left out by `$min` and `$max` and written as nothing by `$formatInteger`; the
//!   reference answers null, or fails.
//! - Where the reference fails with an internal error of JavaScript ("Cannot set properties of null") the native
//!   engine answers a value. It happens when a transform meets null, and when `$contains` is given nothing to look for.
//! - The reference changes its own input when it groups an empty list, and hangs on some expressions
//!   (`($replace(x, /b/, '*')) ?? y`). Neither is copied.
//! - Which error is reported where several are due; texts of a regular expression on characters beyond the basic
//!   plane, which JavaScript may cut in half.
//! - Arguments of a built-in that is partially applied to something else than literals are not checked by the
//!   reference, and are dropped where they do not fit by the native engine.

pub mod mapping;
pub mod engine;
pub mod document;
pub mod input;
pub mod cross_check;
pub mod jsonl;
pub mod cases;
pub mod coverage;
pub mod provenance;
pub mod lists;
pub mod lint;
mod literals;
pub mod suggest;
pub mod kind;
pub mod method_config;
pub mod oracle;
mod jlens;
#[cfg(feature = "jsonata-rs")]
mod jsonata_rs;
mod survey;
mod rewrite;
mod functions;
mod referral;
mod reading;
mod order;
mod output;
mod place;
