//! Which members of two objects belong together: those of one name, of a repeated name the k-th with the k-th.
//!
//! The same serialiser writes the same keys in the same order, so both objects are walked in lockstep; a stretch of
//! equal text is stepped over. A member that only one side has is searched for among a few dozen names. Only where
//! the order differs are names looked up: in a small table, or sorted where there are many.

use crate::scan::common_prefix;
use crate::tape::{Json, Value};

/// A search by scanning ends after so many names; beyond that, sorting is cheaper.
const SCAN_MAX: usize = 64;

/// What was found at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A member; `None` on a side that does not have it.
    Member,
    /// One more of a name that the other side has, but less often.
    Repeated,
}

/// A place among the members of one object.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    json: Json<'t>,
    /// The node of the object's first key.
    first: usize,
    /// The node of the next key.
    at: usize,
    /// The node behind the last value.
    end: usize,
    /// The byte behind the last value that was passed, or behind the bracket.
    byte: usize,
    /// The byte behind the object.
    byte_end: usize,
}

/// The outcome of a search by scanning.
#[derive(PartialEq, Eq)]
enum Search {
    Found,
    Absent,
    GaveUp,
}

impl<'t> Cursor<'t> {
    fn new(object: Value<'t>) -> Cursor<'t> {
        let (json, first) = (object.json(), object.index() + 1);
        let node = json.node(object.index());
        Cursor {
            json,
            first,
            at: first,
            end: node.next as usize,
            byte: node.start as usize + 1,
            byte_end: node.end as usize,
        }
    }

    fn key(self) -> Option<Value<'t>> {
        (self.at < self.end).then(|| self.json.value(self.at))
    }

    fn value(self) -> Value<'t> {
        self.json.value(self.at + 1)
    }

    /// The text that was not passed yet, with the closing bracket.
    fn rest(&self) -> &[u8] {
        &self.json.text().as_bytes()[self.byte..self.byte_end]
    }

    fn pass(&mut self) {
        let value = self.json.node(self.at + 1);
        self.at = value.next as usize;
        self.byte = value.end as usize;
    }

    /// Does a name stand from here on?
    fn search_ahead(self, name: Value<'_>) -> Search {
        self.search(self.at, self.end, name)
    }

    /// Does a name stand before here?
    fn search_behind(self, name: Value<'_>) -> Search {
        self.search(self.first, self.at, name)
    }

    fn search(self, from: usize, to: usize, name: Value<'_>) -> Search {
        let mut at = from;
        for _ in 0..SCAN_MAX {
            if at >= to {
                return Search::Absent;
            }
            if same_key(self.json.value(at), name) {
                return Search::Found;
            }
            at = self.json.node(at + 1).next as usize;
        }
        Search::GaveUp
    }
}

/// Passes the members that are the same text on both sides.
fn pass_same(here: &mut Cursor<'_>, there: &mut Cursor<'_>) {
    let limit = here.byte + common_prefix(here.rest(), there.rest());
    let (from, from_byte) = (here.at, here.byte);
    while here.at < here.end {
        let value = here.json.node(here.at + 1);
        // The byte behind must be the same too, or `12` would pass for `123`.
        if value.end as usize >= limit {
            break;
        }
        here.at = value.next as usize;
        here.byte = value.end as usize;
    }
    there.at += here.at - from;
    there.byte += here.byte - from_byte;
}

/// Joins the members of two objects and hands over each difference in legacy's order, then what only new has in
/// new's order; members that are the same text are left out.
pub(crate) fn join<'t>(
    legacy: Value<'t>,
    new: Value<'t>,
    mut each: impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) {
    let (mut here, mut there) = (Cursor::new(legacy), Cursor::new(new));
    let mut extra = Vec::new();
    loop {
        pass_same(&mut here, &mut there);
        let (Some(key), Some(other_key)) = (here.key(), there.key()) else { break };
        if same_key(key, other_key) {
            if here.value().raw() != there.value().raw() {
                each(key, Some(here.value()), Some(there.value()), Found::Member);
            }
            here.pass();
            there.pass();
            continue;
        }
        match (there.search_ahead(key), here.search_ahead(other_key)) {
            (Search::Absent, _) => {
                if !missing(here, there, &mut each) {
                    return by_name(legacy, new, here.at, &mut each);
                }
                here.pass();
            }
            (Search::Found, Search::Absent) => {
                extra.push((there, here));
                there.pass();
            }
            (Search::Found, Search::Found) => {
                return by_name(legacy, new, here.at, &mut each);
            }
            (Search::GaveUp, _) | (_, Search::GaveUp) => return by_name(legacy, new, here.at, &mut each),
        }
    }
    while here.key().is_some() {
        if !missing(here, there, &mut each) {
            return by_name(legacy, new, here.at, &mut each);
        }
        here.pass();
    }
    while there.key().is_some() {
        extra.push((there, here));
        there.pass();
    }
    // Many extra members among many would be a scan each.
    if extra.len() > SCAN_MAX || extra.iter().any(|(only, other)| found_behind(*only, *other) == Search::GaveUp)
    {
        return by_name(legacy, new, here.end, &mut each);
    }
    for (only, other) in extra {
        let found = match found_behind(only, other) {
            Search::Found => Found::Repeated,
            Search::Absent | Search::GaveUp => Found::Member,
        };
        each(only.json.value(only.at), None, Some(only.value()), found);
    }
}

/// Is the name at a cursor one that the other side has before its own?
fn found_behind(only: Cursor<'_>, other: Cursor<'_>) -> Search {
    other.search_behind(only.json.value(only.at))
}

/// Hands over a member that new does not have, or not as often; `false` where that takes too long to tell.
fn missing<'t>(
    here: Cursor<'t>,
    there: Cursor<'t>,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) -> bool {
    let found = match found_behind(here, there) {
        Search::Found => Found::Repeated,
        Search::Absent => Found::Member,
        Search::GaveUp => return false,
    };
    each(here.json.value(here.at), Some(here.value()), None, found);
    true
}

/// Joins by looking every name up; legacy's members before the node `done` were handed over.
fn by_name<'t>(
    legacy: Value<'t>,
    new: Value<'t>,
    done: usize,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) {
    let legacy_members: Vec<_> = legacy.members().collect();
    let new_members: Vec<_> = new.members().collect();
    let matched = match Table::of(&new_members) {
        Some(table) if legacy_members.len() <= SCAN_MAX => match_by_table(&legacy_members, &new_members, table),
        _ => match_by_sorting(&legacy_members, &new_members),
    };
    for (&(key, value), partner) in legacy_members.iter().zip(&matched.of_legacy) {
        if key.index() < done {
            continue;
        }
        match *partner {
            Partner::At(index) => {
                let (_, other) = new_members[index];
                if value.raw() != other.raw() {
                    each(key, Some(value), Some(other), Found::Member);
                }
            }
            Partner::Only(found) => each(key, Some(value), None, found),
        }
    }
    for (&(key, value), partner) in new_members.iter().zip(&matched.of_new) {
        if let Some(found) = *partner {
            each(key, None, Some(value), found);
        }
    }
}

#[derive(Clone, Copy)]
enum Partner {
    At(usize),
    Only(Found),
}

struct Matched {
    of_legacy: Vec<Partner>,
    /// `None` where it has a partner.
    of_new: Vec<Option<Found>>,
}

type Member<'t> = (Value<'t>, Value<'t>);

/// A hash table of the names of a small object: the first of a name is met first.
struct Table {
    /// The member's index + 1; 0 is a free slot.
    slots: [u8; 128],
}

impl Table {
    /// `None` where there are too many members, or a name that is not written plainly.
    fn of(members: &[Member<'_>]) -> Option<Table> {
        if members.len() > SCAN_MAX {
            return None;
        }
        let mut slots = [0_u8; 128];
        for (index, (key, _)) in members.iter().enumerate() {
            let mut slot = slot_of(key.plain_text_bytes()?);
            while slots[slot] != 0 {
                slot = (slot + 1) % slots.len();
            }
            slots[slot] = index as u8 + 1;
        }
        Some(Table { slots })
    }

    /// The members of a name that pass through the same slots, in their order.
    fn candidates(&self, name: &[u8]) -> impl Iterator<Item = usize> {
        let from = slot_of(name);
        (0..self.slots.len())
            .map(move |step| self.slots[(from + step) % self.slots.len()])
            .take_while(|&slot| slot != 0)
            .map(|slot| usize::from(slot) - 1)
    }
}

fn slot_of(name: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = name.len() as u64;
    let (words, rest) = name.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    ((hash.rotate_left(5) ^ u64::from_le_bytes(last)).wrapping_mul(FACTOR) >> 57) as usize
}

fn match_by_table(legacy: &[Member<'_>], new: &[Member<'_>], table: Table) -> Matched {
    let mut taken = 0_u64;
    let mut of_legacy = Vec::with_capacity(legacy.len());
    let mut of_new = vec![Some(Found::Member); new.len()];
    for (key, _) in legacy {
        let name = key.text_bytes();
        let mut only = Found::Member;
        let mut partner = None;
        for index in table.candidates(&name).filter(|&index| same_key(new[index].0, *key)) {
            if taken >> index & 1 == 0 {
                taken |= 1 << index;
                partner = Some(index);
                break;
            }
            only = Found::Repeated;
        }
        of_legacy.push(partner.map_or(Partner::Only(only), Partner::At));
    }
    for (index, of_new) in of_new.iter_mut().enumerate() {
        if taken >> index & 1 == 1 {
            *of_new = None;
        } else if legacy.iter().any(|(key, _)| same_key(*key, new[index].0)) {
            *of_new = Some(Found::Repeated);
        }
    }
    Matched { of_legacy, of_new }
}

fn match_by_sorting(legacy: &[Member<'_>], new: &[Member<'_>]) -> Matched {
    fn sorted<'t>(members: &[Member<'t>]) -> Vec<(std::borrow::Cow<'t, [u8]>, usize)> {
        let mut named: Vec<_> =
            members.iter().enumerate().map(|(index, (key, _))| (key.text_bytes(), index)).collect();
        named.sort_unstable();
        named
    }
    let (legacy_sorted, new_sorted) = (sorted(legacy), sorted(new));
    let mut of_legacy = vec![Partner::Only(Found::Member); legacy.len()];
    let mut of_new = vec![Some(Found::Member); new.len()];
    let (mut at, mut other_at) = (0, 0);
    while at < legacy_sorted.len() && other_at < new_sorted.len() {
        let name = &legacy_sorted[at].0;
        if *name != new_sorted[other_at].0 {
            if *name < new_sorted[other_at].0 {
                at += 1;
            } else {
                other_at += 1;
            }
            continue;
        }
        let here = legacy_sorted[at..].iter().take_while(|entry| entry.0 == *name).count();
        let there = new_sorted[other_at..].iter().take_while(|entry| entry.0 == *name).count();
        for step in 0..here.max(there) {
            match (step < here, step < there) {
                (true, true) => {
                    let partner = new_sorted[other_at + step].1;
                    of_legacy[legacy_sorted[at + step].1] = Partner::At(partner);
                    of_new[partner] = None;
                }
                (true, false) => of_legacy[legacy_sorted[at + step].1] = Partner::Only(Found::Repeated),
                (false, _) => of_new[new_sorted[other_at + step].1] = Some(Found::Repeated),
            }
        }
        at += here;
        other_at += there;
    }
    Matched { of_legacy, of_new }
}

/// Do two keys name the same member, whatever their escapes?
pub(crate) fn same_key(one: Value<'_>, other: Value<'_>) -> bool {
    one.raw() == other.raw()
        || (one.plain_text_bytes().is_none() || other.plain_text_bytes().is_none())
            && one.text_bytes() == other.text_bytes()
}
