//! Content hashes: equal values have equal hashes, whatever the order of their keys.
//!
//! They only propose which list elements belong together; each proposed pair is then compared, so a collision can
//! cost a worse pairing and never a difference. What a rule ignores, and the order that it frees, is left out.

use crate::rules::{Effect, Rules};
use crate::tape::{Type, Value};
use crate::tolerance::Rule;
use crate::trie::{At, Trie};

/// Hashes of one document's values, computed once each.
#[derive(Default)]
pub(crate) struct Hashes {
    /// By node; 0 where not computed. Only grows: clearing it for each document would cost more than hashing.
    known: Vec<u64>,
    /// The nodes of this document that are known.
    touched: Vec<u32>,
    nodes: usize,
}

/// Mixes two words: both halves of a product, folded.
pub(crate) fn mix(seed: u64, word: u64) -> u64 {
    let product = u128::from(seed ^ 0x9e37_79b9_7f4a_7c15) * u128::from(word ^ 0xd1b5_4a32_d192_ed03);
    (product >> 64) as u64 ^ product as u64
}

/// Hashes bytes, eight at a time.
pub(crate) fn bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = seed.wrapping_add((bytes.len() as u64).rotate_left(32));
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    // The last eight bytes once more where there are as many: no copy into a padded word.
    let last = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    mix(hash ^ 0xa076_1d64_78bd_642f, last)
}

/// A scalar's hash: of a string its content, else its text.
pub(crate) fn scalar(value: Value<'_>) -> u64 {
    match value.kind() {
        Type::String => bytes(2, &value.text_bytes()),
        _ => bytes(1, value.raw_bytes()),
    }
}

impl Hashes {
    /// Forgets everything, for a document of this many nodes. Room is made when the first hash is asked for:
    /// most documents need none.
    pub(crate) fn reset(&mut self, nodes: usize) {
        for node in self.touched.drain(..) {
            self.known[node as usize] = 0;
        }
        self.nodes = nodes;
    }

    /// The hash of a value that stands at this path.
    pub(crate) fn of(&mut self, value: Value<'_>, at: At, rules: &Rules, trie: &mut Trie) -> u64 {
        if value.is_scalar() {
            return self.compute(value, at, rules, trie).max(1);
        }
        // A document that is still being read has more nodes than was said.
        if self.known.len() <= value.index() {
            self.known.resize(self.nodes.max(2 * value.index() + 1), 0);
        }
        let known = self.known[value.index()];
        if known != 0 {
            return known;
        }
        let hash = self.compute(value, at, rules, trie).max(1);
        self.known[value.index()] = hash;
        self.touched.push(value.index() as u32);
        hash
    }

    fn compute(&mut self, value: Value<'_>, at: At, rules: &Rules, trie: &mut Trie) -> u64 {
        let has = |trie: &Trie, wanted: fn(&Rule) -> bool| {
            trie.effects(at).iter().any(|effect| match effect {
                Effect::Tolerance(index) => wanted(&rules.tolerances[*index].tolerance.rule),
                Effect::Key(_) => false,
            })
        };
        // Ids that differ by design say nothing about which elements belong together.
        if has(trie, |rule| matches!(rule, Rule::Ignore | Rule::SameEntity(_))) {
            return 1;
        }
        match value.kind() {
            Type::Object => {
                let object = trie.next_object();
                let mut sum = 3_u64;
                for (key, member) in value.members() {
                    let name = key.text_bytes();
                    let child = trie.member(&rules.patterns, at, &name);
                    // The first of a repeated name is not the second.
                    let before = trie.occurrence(child, object);
                    let member = self.of(member, child, rules, trie);
                    sum = sum.wrapping_add(mix(bytes(4 + before, &name), member));
                }
                mix(5, sum)
            }
            Type::Array => {
                let length = value.elements().count();
                if has(trie, |rule| matches!(rule, Rule::AsSet)) {
                    return self.compute_set(value, at, rules, trie);
                }
                let any_order = has(trie, |rule| matches!(rule, Rule::AnyOrder));
                let mut hash = length as u64;
                for (index, element) in value.elements().enumerate() {
                    let child = trie.element(&rules.patterns, at, index, length);
                    let element = self.of(element, child, rules, trie);
                    hash = if any_order { hash.wrapping_add(mix(6, element)) } else { mix(hash, element) };
                }
                mix(7, hash)
            }
            _ => scalar(value),
        }
    }

    /// Of a list of which neither order nor repetition counts.
    fn compute_set(&mut self, list: Value<'_>, at: At, rules: &Rules, trie: &mut Trie) -> u64 {
        let length = list.elements().count();
        let mut hashes = Vec::with_capacity(length);
        for (index, element) in list.elements().enumerate() {
            let child = trie.element(&rules.patterns, at, index, length);
            hashes.push(self.of(element, child, rules, trie));
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into_iter().fold(8, mix)
    }
}
