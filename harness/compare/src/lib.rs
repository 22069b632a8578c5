//! Decides whether two recorded answers to one logical request mean the same.
//!
//! Pure: no file, clock, environment or network. Read the modules in this order. What each kind of difference means, with an
//! example and the rule that excuses it, stands in `docs/differences.md`, which is made from cases.

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
mod overlap;
pub mod rules;
pub mod difference;
pub mod verdict;
pub mod pretty;
mod trie;
pub mod select;
mod html;
mod text;
mod leaf;
mod hash;
mod align;
pub mod entities;
mod excuse;
mod members;
mod walk;
mod lists;
mod content;
mod moved;
pub mod diff;
pub mod patch;
pub mod answer;
pub mod noise;
pub mod volatile;
pub mod blame;
pub mod drain;

#[cfg(test)]
mod diff_tests;
#[cfg(test)]
mod entities_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod moved_tests;
#[cfg(test)]
mod patch_tests;
#[cfg(test)]
mod volatile_tests;
#[cfg(test)]
mod reference;
