//! Values that left one path and appeared at another: one difference instead of two.
//!
//! When a pair is walked, what is on one side only and excused by nothing is left over. Left-over members of one
//! object with equal content become `renamed`; then left-over values anywhere with equal content become `moved`.
//! Content that two left-over values of one side have is ambiguous, and stays `missing` and `extra`; so does what is
//! too common to be recognised ([`RENAMED_WEIGHT_MIN`], [`MOVED_WEIGHT_MIN`]). A value inside a left-over subtree is
//! not looked for on its own. The time is that of hashing and sorting what is left over.
//!
//! This is told of each pair as it is; whether a rename is a finding is for many pairs to say.

use std::collections::BTreeMap;

use crate::content;
use crate::diff::Comparison;
use crate::difference::Kind;
use crate::model::Side;
use crate::tape::{Json, Type, Value};

/// A sibling with equal content is a rename if the content has this many characters (of scalars, in sum).
const RENAMED_WEIGHT_MIN: usize = 3;

/// Elsewhere in the document chance finds equal contents more easily: it takes this many.
const MOVED_WEIGHT_MIN: usize = 8;

/// What is on one side only and excused by nothing.
#[derive(Default)]
pub(crate) struct LeftOver {
    missing: Vec<Left>,
    extra: Vec<Left>,
}

#[derive(Clone, Copy)]
struct Left {
    /// Its node, on its side.
    node: u32,
    /// The node of legacy's object that it is, or would be, a member of.
    object: u32,
    /// Which difference it is.
    serial: u64,
    /// The content's hash; 0 where it is not known yet.
    hash: u64,
}

/// The hash under which a value of one side only is left over, 0 where that is for later; `None` where it is not to be
/// left over: it is on both sides, or too common.
pub(crate) fn hash_of_left(kind: Kind, legacy: Option<Value<'_>>, new: Option<Value<'_>>) -> Option<u64> {
    let value = match (kind, legacy, new) {
        (Kind::Missing, Some(value), None) | (Kind::Extra, None, Some(value)) => value,
        _ => return None,
    };
    // A scalar is at hand now, and must be fetched again later.
    let hash = || if value.is_scalar() { content::hash(value) } else { 0 };
    (weigh(value, RENAMED_WEIGHT_MIN) >= RENAMED_WEIGHT_MIN).then(hash)
}

impl LeftOver {
    /// Notes a value of one side, which is the difference of this number, by its node and hash.
    pub(crate) fn note(&mut self, side: Side, node: u32, object: u32, serial: u64, hash: u64) {
        let left = if side == Side::Legacy { &mut self.missing } else { &mut self.extra };
        left.push(Left { node, object, serial, hash });
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.missing.clear();
        self.extra.clear();
    }

    /// Joins what belongs together, and forgets it.
    pub(crate) fn join(&mut self, legacy: Json<'_>, new: Json<'_>, out: &mut Comparison) {
        let LeftOver { missing, extra } = self;
        if missing.is_empty() || extra.is_empty() {
            return self.clear();
        }
        let missing_value = |left: &Left| legacy.value(left.node as usize);
        let extra_value = |left: &Left| new.value(left.node as usize);
        let hash = |left: &mut Left, value: Value<'_>| {
            if left.hash == 0 {
                left.hash = content::hash(value);
            }
        };
        missing.iter_mut().for_each(|left| hash(left, missing_value(left)));
        extra.iter_mut().for_each(|left| hash(left, extra_value(left)));
        let is_same = |one: &Left, other: &Left| content::same(missing_value(one), extra_value(other));
        // Most of what is left over has no equal on the other side, and need not be sorted.
        keep_those_of(missing, extra);
        keep_those_of(extra, missing);
        let mut joined: BTreeMap<u64, (u64, Kind)> = BTreeMap::new();
        join_unique(
            missing,
            extra,
            |left| (left.object, left.hash),
            is_same,
            |one, other| {
                joined.insert(one, (other, Kind::Renamed));
            },
        );
        let is_heavy = |value: Value<'_>| weigh(value, MOVED_WEIGHT_MIN) >= MOVED_WEIGHT_MIN;
        missing.retain(|left| is_heavy(missing_value(left)));
        extra.retain(|left| is_heavy(extra_value(left)));
        join_unique(
            missing,
            extra,
            |left| (0, left.hash),
            is_same,
            |one, other| {
                joined.insert(one, (other, Kind::Moved));
            },
        );
        self.clear();
        if !joined.is_empty() {
            rewrite(&joined, out);
        }
    }
}

/// Drops what has a hash that none of the others has.
fn keep_those_of(left: &mut Vec<Left>, others: &[Left]) {
    let mut hashes: Vec<u64> = others.iter().map(|other| other.hash).collect();
    hashes.sort_unstable();
    // One bit in sixteen is set: most of what has no equal is seen to have none by looking at one.
    let bits = (hashes.len() * 16).next_power_of_two().max(64);
    let place = |hash: u64| (hash as usize % bits / 64, 1_u64 << (hash % 64));
    let mut seen = vec![0_u64; bits / 64];
    hashes.iter().map(|&hash| place(hash)).for_each(|(word, bit)| seen[word] |= bit);
    left.retain(|left| {
        let (word, bit) = place(left.hash);
        seen[word] & bit != 0 && hashes.binary_search(&left.hash).is_ok()
    });
}

/// Calls `found` with the differences of each two values, one of each side, whose key no third value has; takes
/// them out of the lists.
fn join_unique(
    missing: &mut Vec<Left>,
    extra: &mut Vec<Left>,
    key: impl Fn(&Left) -> (u32, u64),
    is_same: impl Fn(&Left, &Left) -> bool,
    mut found: impl FnMut(u64, u64),
) {
    missing.sort_by_key(|entry| (key(entry), entry.serial));
    extra.sort_by_key(|entry| (key(entry), entry.serial));
    let mut taken: Vec<u64> = Vec::new();
    let mut others = extra.chunk_by(|one, other| key(one) == key(other)).peekable();
    for group in missing.chunk_by(|one, other| key(one) == key(other)) {
        while others.next_if(|other| key(&other[0]) < key(&group[0])).is_some() {}
        let Some(other) = others.next_if(|other| key(&other[0]) == key(&group[0])) else { continue };
        if let ([one], [other]) = (group, other)
            && is_same(one, other)
        {
            found(one.serial, other.serial);
            taken.extend([one.serial, other.serial]);
        }
    }
    taken.sort_unstable();
    let is_left = |left: &Left| taken.binary_search(&left.serial).is_err();
    missing.retain(is_left);
    extra.retain(is_left);
}

/// Makes the missing one of each two differences tell the whole, and drops the extra one. Past the limit of kept
/// differences only one of them may be at hand.
fn rewrite(joined: &BTreeMap<u64, (u64, Kind)>, out: &mut Comparison) {
    out.total -= joined.len() as u64;
    let mut gone = Vec::with_capacity(joined.len());
    for (serial, (other, kind)) in joined {
        let Ok(extra) = out.serials.binary_search(other) else { continue };
        gone.push(extra);
        let Ok(missing) = out.serials.binary_search(serial) else { continue };
        let extra = &mut out.differences[extra];
        let (path, new, context) =
            (std::mem::take(&mut extra.path), extra.new.take(), extra.new_context.take());
        let missing = &mut out.differences[missing];
        missing.new_path = Some(path);
        missing.new = new;
        missing.new_context = context;
        missing.kind = *kind;
    }
    gone.sort_unstable();
    drop_all(&mut out.differences, &gone);
    drop_all(&mut out.serials, &gone);
}

/// Drops what stands at these places, which are in order.
fn drop_all<T>(items: &mut Vec<T>, gone: &[usize]) {
    let mut gone = gone.iter().copied().peekable();
    let mut at = 0;
    items.retain(|_| {
        let is_gone = gone.next_if_eq(&at).is_some();
        at += 1;
        !is_gone
    });
}

/// The characters of all scalars of a value, or more than `enough` when that is reached; nulls and booleans weigh
/// nothing.
pub(crate) fn weigh(value: Value<'_>, enough: usize) -> usize {
    let mut weight = 0;
    match value.kind() {
        Type::Null | Type::True | Type::False => {}
        Type::Number => weight = value.raw().len(),
        Type::String => weight = value.raw().len() - 2,
        Type::Array => {
            for element in value.elements() {
                weight += weigh(element, enough - weight);
                if weight >= enough {
                    break;
                }
            }
        }
        Type::Object => {
            for (_, member) in value.members() {
                weight += weigh(member, enough - weight);
                if weight >= enough {
                    break;
                }
            }
        }
    }
    weight
}
