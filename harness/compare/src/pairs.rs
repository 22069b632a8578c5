//! The members of two objects paired by name where their order differs.
//!
//! Here the walk spends its time where keys come in any order. What no processor can predict, the order of names
//! and the lengths of texts, decides no branch: short values are compared as they are paired, long ones afterwards in
//! legacy's order, which mostly is that of the last object too.

use crate::members::Found;
use crate::node::{self, HEAD, Slot};
use crate::scan::{self, is_same_text, name_tag};
use crate::shape::{MEMBERS_MAX, Names, Shape};
use crate::simd;
use crate::tape::Value;

/// A name and its value that are not longer are compared at once.
const SHORT_BYTES_MAX: usize = 64;

/// Which members of two objects belong together.
#[derive(Debug)]
pub(crate) struct Pairs {
    /// Nodes of legacy's keys; behind them, for a name that is none of them, a node that is no key.
    keys: [u32; 2 * MEMBERS_MAX],
    /// How many keys legacy has.
    count: usize,
    /// Nodes of new's keys by legacy's member.
    partners: [u32; MEMBERS_MAX],
    /// Legacy's members that have a partner, and those whose values are the same; bit by bit.
    paired: u64,
    same: u64,
    /// Nodes of the keys that only new has.
    extra: [u32; MEMBERS_MAX],
    extra_count: usize,
}

/// Joins by what the last object at this path was like; `false`, and nothing handed over, where that does not do.
pub(crate) fn join<'t>(
    legacy: Value<'t>,
    new: Value<'t>,
    shape: &mut Shape,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) -> bool {
    let Shape { names, pairs } = shape;
    if !pairs.find(legacy, new, names) {
        return false;
    }
    let (here, there) = (legacy.json(), new.json());
    for (key, partner) in pairs.differing() {
        let one = here.value(key + 1);
        match partner {
            Some(partner) => {
                let other = there.value(partner + 1);
                // What is long was not looked at yet.
                if !is_same_text(one.raw_bytes(), other.raw_bytes()) {
                    each(here.value(key), Some(one), Some(other), Found::Member);
                }
            }
            None => each(here.value(key), Some(one), None, Found::Member),
        }
    }
    for key in pairs.extra() {
        each(there.value(key), None, Some(there.value(key + 1)), Found::Member);
    }
    true
}

impl Default for Pairs {
    fn default() -> Pairs {
        Pairs {
            keys: [0; 2 * MEMBERS_MAX],
            count: 0,
            partners: [0; MEMBERS_MAX],
            paired: 0,
            same: 0,
            extra: [0; MEMBERS_MAX],
            extra_count: 0,
        }
    }
}

impl Pairs {
    /// Pairs the members of two objects; `false` where one of them has too many, repeats a name or writes one with
    /// escapes.
    pub(crate) fn find(&mut self, legacy: Value<'_>, new: Value<'_>, names: &mut Names) -> bool {
        if !names.is_open() || !self.list(legacy) {
            return false;
        }
        let mut is_learned = false;
        loop {
            let is_fitting = names.count() == self.count;
            if is_fitting {
                match simd::pair(self, legacy, new, names) {
                    false => return false,
                    true if is_learned || self.is_of(legacy, names) => return true,
                    true => {}
                }
            }
            let text = legacy.json().text().as_bytes();
            let tags =
                self.keys[..self.count].iter().map(|&key| tag(text, legacy.json().nodes()[key as usize]));
            if !names.learn(tags) {
                return false;
            }
            is_learned = true;
        }
    }

    /// Legacy's keys whose values differ or may differ, with the partner's key, in legacy's order.
    pub(crate) fn differing(&self) -> impl Iterator<Item = (usize, Option<usize>)> {
        let mut left = !self.same & u64::MAX.checked_shr((MEMBERS_MAX - self.count) as u32).unwrap_or(0);
        std::iter::from_fn(move || {
            let member = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            let partner = (self.paired >> member & 1 == 1).then(|| self.partners[member] as usize);
            Some((self.keys[member] as usize, partner))
        })
    }

    /// The keys that only new has, in its order.
    pub(crate) fn extra(&self) -> impl Iterator<Item = usize> {
        self.extra[..self.extra_count].iter().map(|&key| key as usize)
    }

    /// Notes legacy's keys; `false` where they are too many or one has escapes.
    fn list(&mut self, legacy: Value<'_>) -> bool {
        let nodes = legacy.json().nodes();
        let (mut at, end) = (legacy.index() + HEAD, legacy.json().behind(legacy.index()));
        self.keys[MEMBERS_MAX] = legacy.index() as u32;
        self.count = 0;
        let mut has_escapes = false;
        while at < end {
            if self.count == MEMBERS_MAX {
                return false;
            }
            self.keys[self.count] = at as u32;
            self.count += 1;
            has_escapes |= nodes[at].escaped();
            at = node::next(nodes, at + 1);
        }
        !has_escapes
    }

    /// Pairs each of new's members with the one that its name's tag proposes, if it is that; with whatever tells which
    /// of sixty-four bytes differ.
    #[inline(always)]
    pub(crate) fn pair_by(
        &mut self,
        legacy: Value<'_>,
        new: Value<'_>,
        names: &Names,
        differing_bytes: impl Fn(&[u8; 64], &[u8; 64]) -> u64,
    ) -> bool {
        let (nodes, text) = (new.json().nodes(), new.json().text().as_bytes());
        let (legacy_nodes, legacy_text) = (legacy.json().nodes(), legacy.json().text().as_bytes());
        let (mut at, end) = (new.index() + HEAD, new.json().behind(new.index()));
        let (mut paired, mut same) = (0_u64, 0_u64);
        self.extra_count = 0;
        let mut has_escapes = false;
        while at < end {
            let (key, value) = member(nodes, at);
            has_escapes |= key.escaped();
            let proposed = names.member(tag(text, key)) % (2 * MEMBERS_MAX);
            let (legacy_key, legacy_value) = member(legacy_nodes, self.keys[proposed] as usize);
            // A name and its value mostly stand together: both are compared at once.
            let (here, there) = (&legacy_text[legacy_key.start()..], &text[key.start()..]);
            let differing = scan::differing(here, there, &differing_bytes);
            let name = key.size();
            let is_named = (key.unlike(legacy_key) == 0) & (differing & first_bits(name) == 0)
                && (name <= SHORT_BYTES_MAX || here[..name] == there[..name]);
            if is_named {
                let member = proposed % MEMBERS_MAX;
                if paired >> member & 1 == 1 {
                    return false;
                }
                paired |= 1 << member;
                self.partners[member] = at as u32;
                let length = value.start() - key.start() + value.size();
                // What is long or contains something is left for later. Where more space stands before one of the values,
                // they differ here, and are compared on their own later.
                let is_open = u64::from(value.is_container()) | u64::from(length > SHORT_BYTES_MAX);
                let unlike = u64::from(value.unlike(legacy_value)) | is_open;
                same |= u64::from(unlike | (differing & first_bits(length)) == 0) << member;
            } else {
                if self.extra_count == MEMBERS_MAX {
                    return false;
                }
                self.extra[self.extra_count] = at as u32;
                self.extra_count += 1;
            }
            at += 1 + if value.is_container() { value.size() } else { 1 };
        }
        (self.paired, self.same) = (paired, same);
        !has_escapes
    }

    /// Are the names that found no partner those of the shape? Those that found one are.
    fn is_of(&self, legacy: Value<'_>, names: &Names) -> bool {
        let (nodes, text) = (legacy.json().nodes(), legacy.json().text().as_bytes());
        self.keys[..self.count].iter().enumerate().all(|(member, &key)| {
            self.paired >> member & 1 == 1 || names.is_tag_of(member, tag(text, nodes[key as usize]))
        })
    }
}

/// The slots of a member's key and value.
#[inline(always)]
fn member(nodes: &[Slot], key: usize) -> (Slot, Slot) {
    let [key, value] =
        *nodes[key..].first_chunk().expect("behind every key and every container's first slot is another");
    (key, value)
}

#[inline(always)]
fn tag(text: &[u8], key: Slot) -> u16 {
    name_tag(text, key.start(), key.start() + key.size())
}

/// So many ones from the lowest bit on; all where it is more than there are.
#[inline(always)]
fn first_bits(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::members::{self, Found};
    use crate::runs::Runs;
    use crate::shape::Shape;
    use crate::tape::{Tape, Value};

    /// What was handed over: nodes of the key, legacy's and new's value, and what was found.
    type Told = Vec<(usize, Option<usize>, Option<usize>, Found)>;

    fn told(legacy: Value<'_>, new: Value<'_>, shape: Option<&mut Option<Box<Shape>>>) -> Told {
        let mut told = Vec::new();
        members::join(legacy, new, Runs::default(), shape, |key, legacy, new, found| {
            told.push((key.index(), legacy.map(Value::index), new.map(Value::index), found));
        });
        told
    }

    fn check(legacy: &str, new: &str, shape: &mut Option<Box<Shape>>) {
        let (mut one, mut other) = (Tape::new(), Tape::new());
        let legacy_json = one.parse(legacy).expect("JSON of the test");
        let new_json = other.parse(new).expect("JSON of the test");
        let expected = told(legacy_json.root(), new_json.root(), None);
        assert_eq!(told(legacy_json.root(), new_json.root(), Some(shape)), expected, "{legacy}\n{new}");
    }

    fn value(number: u8) -> String {
        // As long as another, and the same but for the end.
        let long = format!("{}{}", "x".repeat(usize::from(number / 12) * 25), number / 6 % 2);
        match number % 6 {
            0 => format!("{number}"),
            1 => format!("{long:?}"),
            2 => format!("{{\"a\":[],\"b\":{number}}}"),
            3 => format!("[{long:?}]"),
            4 => format!(" {long:?}"),
            _ => "null".to_owned(),
        }
    }

    fn name(number: u8) -> String {
        match number {
            60.. => format!("\"{}{number}\"", "long_".repeat(usize::from(number - 58))),
            59 => "\"\\u0061\"".to_owned(),
            58 => "\"a\"".to_owned(),
            number => format!("\"name_{number}\""),
        }
    }

    fn object(members: &[(u8, u8)]) -> String {
        let members: Vec<String> =
            members.iter().map(|&(key, text)| format!("{}:{}", name(key), value(text))).collect();
        format!("{{{}}}", members.join(","))
    }

    /// Two objects that have most members in common, in different orders, and what else one of them has.
    fn objects(names: std::ops::Range<u8>, count: usize) -> impl Strategy<Value = (String, String)> {
        let members = || prop::collection::vec((names.clone(), 0..40_u8), 0..count);
        let edits = prop::collection::vec((names.clone(), 0..40_u8, any::<prop::sample::Index>()), 0..3);
        (members(), edits, any::<u64>(), any::<bool>()).prop_map(|(mut legacy, edits, order, is_once)| {
            if is_once {
                legacy.sort_unstable();
                legacy.dedup_by_key(|member| member.0);
                legacy.sort_unstable_by_key(|member| u64::from(member.0).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            }
            let mut new = legacy.clone();
            new.sort_by_key(|member| (u64::from(member.0) + 1).wrapping_mul(order | 1));
            for (name, text, at) in edits {
                match text % 3 {
                    0 if !new.is_empty() => drop(new.remove(at.index(new.len()))),
                    1 if !new.is_empty() => {
                        let at = at.index(new.len());
                        new[at].1 = text;
                    }
                    _ => new.push((name, text)),
                }
            }
            (object(&legacy), object(&new))
        })
    }

    proptest! {
        #[test]
        fn members_are_joined_as_without_a_shape_whatever_came_before(
            few in prop::collection::vec(objects(0..6, 6), 1..6),
            many in prop::collection::vec(objects(0..59, 40), 1..6),
            odd in prop::collection::vec(objects(40..80, 90), 1..4),
            escaped in prop::collection::vec(objects(57..61, 5), 1..6),
        ) {
            let mut shape = None;
            for (legacy, new) in few.iter().chain(&many).chain(&few).chain(&odd).chain(&escaped).chain(&many) {
                check(legacy, new, &mut shape);
                check(legacy, new, &mut shape);
                check(new, legacy, &mut shape);
            }
        }
    }

    #[test]
    fn as_many_members_as_fit_are_paired() {
        let mut shape = None;
        for count in 60..70 {
            let names: Vec<(u8, u8)> = (0..count).map(|name| (name, name % 40)).collect();
            let others: Vec<(u8, u8)> =
                names.iter().rev().map(|&(name, text)| (name, text ^ u8::from(name == 7))).collect();
            check(&object(&names), &object(&others), &mut shape);
        }
    }
}
