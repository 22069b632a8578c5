//! Decides whether two recorded answers to one logical request mean the same.
//!
//! Pure: no file, clock, environment or network. Read the modules in this order.

pub mod model;
pub mod tape;
mod parse;
mod scan;
mod simd;
mod quick;
mod guide;
pub mod number;
pub mod instant;
pub mod path;
pub mod tolerance;
pub mod rules;
pub mod difference;
pub mod verdict;
pub mod pretty;
mod trie;
mod leaf;
mod hash;
mod align;
mod excuse;
mod members;
mod walk;
mod lists;
pub mod diff;
pub mod answer;
pub mod drain;

#[cfg(test)]
mod diff_tests;
