//! Inputs that break a mapping: generated from recordings, held against properties, shrunk to the smallest.
//!
//! Pure: no file, clock, environment, process or network, and no JSONata either. What is under test is a function
//! ([`subject::Evaluate`]), so the crate does not depend on the one that starts processes; the same seed and samples
//! give the same cases on any number of threads. Read the modules in this order.
//!
//! # What it rests on
//! A mapping turns items into items, one by one. So recorded items can be put on other pages, and legacy's answer for
//! such a page is known: it is made of what legacy answered for each. An item is changed only within what recordings
//! show (`mutations`), and what legacy would then answer is derived only for values whose origin every recording bears
//! out (`explain`); what is not proven is not compared.

pub mod tree;
pub mod random;
pub mod sample;
pub mod fields;
pub mod values;
pub mod lists;
pub mod explain;
pub mod shape;
pub mod corpus;
pub mod case;
pub mod mutations;
pub mod schema;
pub mod subject;
pub mod properties;
pub mod campaign;
mod generate;
mod document;
pub mod shrink;

#[cfg(test)]
mod tests;
