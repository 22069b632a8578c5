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
    /// By node; 0 where not computed.
    known: Vec<u64>,
}

/// Mixes two words (the finaliser of MurmurHash3 over their combination).
pub(crate) fn mix(seed: u64, word: u64) -> u64 {
    let mut hash = seed.rotate_left(25) ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Hashes bytes, eight at a time.
pub(crate) fn bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    let mut hash = mix(seed, bytes.len() as u64);
    for chunk in &mut chunks {
        hash = mix(hash, u64::from_le_bytes(chunk.try_into().expect("chunks_exact gives eight bytes")));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(hash, u64::from_le_bytes(last))
}

/// A scalar's hash: of a string its content, else its text.
pub(crate) fn scalar(value: Value<'_>) -> u64 {
    match value.kind() {
        Type::String => bytes(2, &value.text_bytes()),
        _ => bytes(1, value.raw().as_bytes()),
    }
}

impl Hashes {
    /// Forgets everything, for a document of this many nodes.
    pub(crate) fn reset(&mut self, nodes: usize) {
        self.known.clear();
        self.known.resize(nodes, 0);
    }

    /// The hash of a value that stands at this path.
    pub(crate) fn of(&mut self, value: Value<'_>, at: At, rules: &Rules, trie: &mut Trie) -> u64 {
        if let Some(&known) = self.known.get(value.index())
            && known != 0
        {
            return known;
        }
        let hash = self.compute(value, at, rules, trie).max(1);
        if let Some(known) = self.known.get_mut(value.index()) {
            *known = hash;
        }
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
                let mut sum = 3_u64;
                for (key, member) in value.members() {
                    let name = key.text_bytes();
                    let child = trie.member(&rules.patterns, at, &name);
                    let member = self.of(member, child, rules, trie);
                    sum = sum.wrapping_add(mix(bytes(4, &name), member));
                }
                mix(5, sum)
            }
            Type::Array => {
                let length = value.elements().count();
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
}
