//! Decides whether two recorded answers to one logical request mean the same.
//!
//! Pure: no file, clock, environment or network. Read the modules in this order. What each kind of difference means, with an
//! example and the rule that excuses it, stands in `docs/differences.md`, which is made from cases.
//!
//! # Why it is shaped so
//!
//! A migration compares millions of pairs that are nearly the same, so all that is the same must cost next to
//! nothing, and what is left must not cost more than parsing. Measured by `just bench-diff`, beside what merely
//! parsing both bodies costs:
//!
//! - Equal bytes are not parsed at all ([`diff::Comparer::texts`]).
//! - Legacy's body is parsed into a flat, reused list of nodes that point into the text, eight bytes a scalar (`node`):
//!   a long list is bound by memory. A vectorised search ahead writes down where quotes are (`scan`, `simd`), window by
//!   window so that the text is still in the near caches when the parser jumps by them (`quick`); numbers and words are
//!   read without a branch on which they are and how long (`token`). What it does not take, the plain parser reads once
//!   more, to say where and why it is no JSON (`parse`).
//! - New's body is parsed guided by legacy's (`guide`): where both texts run alike, nodes are copied and the text is
//!   only compared, which is an order of magnitude faster than parsing. Elements in another order find their guide
//!   by the first field that tells them apart. Texts that are not alike fall back to the quick parser, and after
//!   some of them in a row the guide is tried now and then only.
//!   What it found the same it notes (`runs`), so that nobody looks at it again; where records begin, both parsers note
//!   (`rows`), so that nobody leaps from one to the next. Where the texts part it stands before both sides' values with
//!   the name in hand, so it notes that too (`trail`): objects whose keys keep their order need not be joined.
//! - Records of a list are looked at as soon as they are read (`early`), while all of both is in the nearest cache; what
//!   was found is told when the list's alignment says that these two belong together.
//! - The walk (`walk`, `members`) steps over these stretches, over equal text where nothing was noted, and looks a name
//!   up only where the order differs: in a table of the names that the last object at this path had (`shape`), which
//!   proposes one member of legacy's; both names and short values are then compared at once (`pairs`). Where that
//!   does not do, by sixteen bits of each name, sixteen names at a time.
//! - Lists (`lists`, `align`) are aligned from both ends, then by a declared key, else by a key that proves itself
//!   (`id`, `key`, `uuid` or a name that ends in id; in every element, unique on both sides, at least half shared)
//!   and is noted so that a person can pin it, else by content. A key is proven for each pair of lists anew, so that
//!   no outcome depends on what was compared before. Several keys declared for one list are tried in their order.
//! - The paths met so far (`trie`) hold the rules that speak there, and expect the next name where it came last time.
//! - Contents are hashed only where lists must be aligned by them (`hash`); what a rule ignores is left out.
//! - Differences of one field share its path, hold short values themselves, and only those that are kept are written
//!   out; contexts, which cost more than finding the difference, can be left out ([`diff::Contexts::None`]) where a run
//!   only counts.
//!
//! `unsafe` stands in `simd` alone: vector instructions behind a check of the processor, loads from references to
//! exactly what is loaded, and prefetches. Each has a safe form beside it that tests hold it to. The whole fast way
//! is held to a plain one by property tests over made, mutated and recorded documents (`reference`).
//!
//! # Limits
//!
//! - A body has at most [`tape::BODY_BYTES_MAX`] bytes and [`tape::DEPTH_MAX`] levels; both are errors that say so. The walk
//!   calls itself for each level: a thread that compares has [`tape::STACK_BYTES`] of stack.
//! - At most [`verdict::DIFFERENCES_MAX`] differences of a pair are kept; all are counted.
//! - Objects with many names in another order are joined by sorting, long lists by hashing: `n log n` at most. Keys
//!   chosen to collide in a hash table are noticed and sorted instead. `hostile_tests` reaches each of these, and
//!   `soak_tests` runs on mutated documents for as long as one wishes.
//! - An object with more than 512 names over all documents is a dictionary: its further names share one path.
//!
//! # What stops it from being faster
//!
//! - With two edits a record the first parse takes three tenths of the time, the second, guided, a quarter. Of the rest
//!   half is looking at records as they are read, some 200 ns a difference: where texts part, how long what differs is and
//!   of which kind, no processor can predict, and it has learned it only where the same page comes over and over. The
//!   other half is reading and hashing legacy's keys, which tell which records belong together, and writing differences
//!   out, which are large and far by then. One text for all paths of a pair, and asking for the next record ahead of its
//!   turn, were tried and gained nothing.
//! - A long list in another order reads legacy's text and nodes in leaps, and text and nodes of both sides (26 bytes a
//!   value and its text) are more than the caches hold. The record that comes next is not known before its key is read.
//! - Where every object's keys come in any order the guide cannot help: both bodies are parsed whole, a third of the
//!   time, and whether a string, another scalar or a container comes next no processor can predict. Pairing the names is a
//!   fifth: for each of new's members a table, three slots and two stretches of text are read. The rest is the same
//!   for each object, list and difference, however few members it has.

pub mod model;
pub mod tape;
mod node;
mod parse;
mod scan;
mod simd;
mod token;
mod quick;
mod runs;
mod rows;
mod trail;
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
mod shape;
mod pairs;
mod sorted;
mod members;
mod walk;
mod early;
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
pub mod sight;
pub mod limits;

#[cfg(test)]
mod diff_tests;
#[cfg(test)]
mod entities_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod moved_tests;
#[cfg(test)]
mod patch_tests;
#[cfg(test)]
mod volatile_tests;
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "its tests read recorded documents, where there are any")]
mod reference;
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it reads recorded documents, keeps seeds, and stops after so many seconds"
)]
mod soak_tests;
