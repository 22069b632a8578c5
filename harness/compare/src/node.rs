//! A value on the tape, in eight bytes: twice as many lie in the near caches as of nodes that say all they know.
//!
//! A scalar or key is one slot: where its text begins and how long that is. A list or object is two, before what it
//! contains: where it begins and how many slots it takes, and where it ends. Nothing in a slot depends on the slots
//! around it, so a stretch of slots is moved to another text by one addition each.

use crate::tape::Type;

/// The first child of a list or object stands so many slots behind it.
pub(crate) const HEAD: usize = 2;

/// One slot of a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Slot {
    /// Where the text begins; in the second slot of a container, where it ends.
    at: u32,
    /// In the lowest three bits the code of the type; above them a scalar's bytes or a container's slots, both of which
    /// the limit of a body keeps below 2²⁹. 0 in the second slot of a container.
    word: u32,
}

/// What a value's slots say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The slot behind it and all that it contains.
    pub(crate) next: u32,
    slot: Slot,
}

/// A string's code where it has escapes; the codes without are those of [`KINDS`].
const ESCAPED: u32 = 5;

/// Both bits are set in the codes of containers alone.
const CONTAINER: u32 = 6;

/// Types by their code.
const KINDS: [Type; 8] = [
    Type::Null,
    Type::True,
    Type::False,
    Type::Number,
    Type::String,
    Type::String,
    Type::Array,
    Type::Object,
];

impl Slot {
    /// A scalar or a key.
    #[inline(always)]
    pub(crate) fn scalar(kind: Type, start: usize, end: usize) -> Slot {
        Slot { at: start as u32, word: code(kind) | ((end - start) as u32) << 3 }
    }

    /// A string with at least one escape.
    pub(crate) fn escaped_string(start: usize, end: usize) -> Slot {
        Slot { at: start as u32, word: ESCAPED | ((end - start) as u32) << 3 }
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Type {
        KINDS[(self.word & 7) as usize]
    }

    #[inline(always)]
    pub(crate) fn escaped(self) -> bool {
        self.word & 7 == ESCAPED
    }

    #[inline(always)]
    pub(crate) fn is_container(self) -> bool {
        self.word & CONTAINER == CONTAINER
    }

    /// Where its text begins.
    #[inline(always)]
    pub(crate) fn start(self) -> usize {
        self.at as usize
    }

    /// A scalar's bytes, a container's slots.
    #[inline(always)]
    pub(crate) fn size(self) -> usize {
        (self.word >> 3) as usize
    }

    /// May the text here and there be the same? It has another type, length or number of values where not.
    #[inline(always)]
    pub(crate) fn is_like(self, other: Slot) -> bool {
        self.word == other.word
    }

    /// 0 where it is like the other.
    #[inline(always)]
    pub(crate) fn unlike(self, other: Slot) -> u32 {
        self.word ^ other.word
    }

    /// The same so many bytes on.
    #[inline(always)]
    pub(crate) fn moved(self, bytes: u32) -> Slot {
        Slot { at: self.at.wrapping_add(bytes), ..self }
    }
}

impl Node {
    #[inline(always)]
    pub(crate) fn slot(self) -> Slot {
        self.slot
    }

    pub(crate) fn kind(self) -> Type {
        self.slot.kind()
    }

    #[inline(always)]
    pub(crate) fn escaped(self) -> bool {
        self.slot.escaped()
    }
}

#[inline(always)]
fn code(kind: Type) -> u32 {
    match kind {
        Type::Null => 0,
        Type::True => 1,
        Type::False => 2,
        Type::Number => 3,
        Type::String => 4,
        Type::Array => 6,
        Type::Object => 7,
    }
}

/// Writes a container's slots, to be closed when its end is known.
#[inline]
pub(crate) fn open(slots: &mut Vec<Slot>, kind: Type, start: usize) {
    slots.extend([Slot { at: start as u32, word: code(kind) }, Slot { at: 0, word: 0 }]);
}

/// Closes a container whose last child was written.
#[inline]
pub(crate) fn close(slots: &mut [Slot], container: u32, end: usize) {
    let container = container as usize;
    let size = (slots.len() - container) as u32;
    let head = &mut slots[container];
    head.word = head.word & 7 | size << 3;
    slots[container + 1].at = end as u32;
}

/// Reads a value.
#[inline(always)]
pub(crate) fn node(slots: &[Slot], index: usize) -> Node {
    let slot = slots[index];
    match slot.is_container() {
        true => {
            Node { start: slot.at, end: slots[index + 1].at, next: index as u32 + (slot.word >> 3), slot }
        }
        false => scalar(slot, index),
    }
}

/// The same where nobody can predict what comes next: without a branch that depends on it.
#[inline(always)]
pub(crate) fn any_node(slots: &[Slot], index: usize) -> Node {
    let slot = slots[index];
    let behind = slots.get(index + 1).map_or(0, |second| second.at);
    let size = slot.word >> 3;
    let (end, slots) = if slot.is_container() { (behind, size) } else { (slot.at + size, 1) };
    Node { start: slot.at, end, next: index as u32 + slots, slot }
}

/// Might one of these slots be a key that is like this one, which has no escapes? Values are looked at as well, and
/// a name with escapes is always taken for one.
#[inline]
pub(crate) fn might_have(slots: &[Slot], key: Slot, is_same: impl Fn(Node) -> bool) -> bool {
    let may_be = |slot: &Slot| (slot.word == key.word) | (slot.word & 7 == ESCAPED);
    let (groups, rest) = slots.as_chunks::<16>();
    let is_it = |slot: &Slot| may_be(slot) && (slot.escaped() || is_same(scalar(*slot, 0)));
    groups
        .iter()
        .any(|group| group.iter().fold(false, |any, slot| any | may_be(slot)) && group.iter().any(is_it))
        || rest.iter().any(is_it)
}

/// Reads an object's key, which is one slot.
#[inline(always)]
pub(crate) fn key(slots: &[Slot], index: usize) -> Node {
    scalar(slots[index], index)
}

#[inline(always)]
fn scalar(slot: Slot, index: usize) -> Node {
    Node { start: slot.at, end: slot.at + (slot.word >> 3), next: index as u32 + 1, slot }
}

/// The slot behind a value and all that it contains.
#[inline(always)]
pub(crate) fn next(slots: &[Slot], index: usize) -> usize {
    let slot = slots[index];
    index + if slot.is_container() { (slot.word >> 3) as usize } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::BODY_BYTES_MAX;

    #[test]
    fn slots_say_what_was_written() {
        let mut slots = Vec::new();
        open(&mut slots, Type::Object, 3);
        slots.push(Slot::escaped_string(4, 9));
        open(&mut slots, Type::Array, 10);
        close(&mut slots, 3, 12);
        close(&mut slots, 0, 13);
        let said = |index: usize| {
            let node = node(&slots, index);
            assert_eq!(any_node(&slots, index), node);
            (node.kind(), node.start, node.end, node.next, node.escaped(), next(&slots, index))
        };
        assert_eq!(said(0), (Type::Object, 3, 13, 5, false, 5));
        assert_eq!(said(2), (Type::String, 4, 9, 3, true, 3));
        assert_eq!(said(3), (Type::Array, 10, 12, 5, false, 5));
        assert_eq!(node(&slots, 2), key(&slots, 2));
        assert_eq!(slots[2].moved(5), Slot::escaped_string(9, 14));
    }

    #[test]
    fn a_key_is_found_wherever_it_stands() {
        let key = |at: usize| Slot::scalar(Type::String, at, at + 3);
        for count in 0..40 {
            for place in 0..count {
                let at = |index: usize| if index == place { 7 } else { 1 };
                let mut slots: Vec<Slot> = (0..count).map(|index| key(at(index))).collect();
                let is_there = |slots: &[Slot], length| {
                    might_have(slots, Slot::scalar(Type::String, 0, length), |node| node.start == 7)
                };
                assert!(is_there(&slots, 3));
                assert!(!is_there(&slots, 4));
                slots[place] = Slot::escaped_string(1, 9);
                assert!(is_there(&slots, 4));
            }
        }
    }

    #[test]
    fn the_longest_scalar_has_room() {
        for kind in KINDS.into_iter().filter(|kind| !matches!(kind, Type::Array | Type::Object)) {
            let slots = [Slot::scalar(kind, 0, BODY_BYTES_MAX)];
            let node = node(&slots, 0);
            assert_eq!((node.kind(), node.end as usize), (kind, BODY_BYTES_MAX));
        }
        // As many slots as bytes is the most: `[[[…]]]`.
        const { assert!(BODY_BYTES_MAX < 1 << 29) };
    }
}
