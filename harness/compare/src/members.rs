//! Which members of two objects belong together: those of one name, of a repeated name the k-th with the k-th.
//!
//! The same serialiser writes the same keys in the same order, so both objects are walked in lockstep; a stretch of
//! equal text is stepped over. A member that only one side has is searched for among a few dozen names. Only where
//! the order differs are names looked up: in a small table, or sorted where there are many.

use crate::scan::{common_prefix, is_same_text, name_hash};
use crate::tape::{Json, Node, Type, Value};

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

    /// The key behind the next value.
    fn next_key(self) -> Option<Value<'t>> {
        let next = self.json.node(self.at + 1).next as usize;
        (next < self.end).then(|| self.json.value(next))
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

    /// The same, however long it takes.
    fn has_behind(self, name: Value<'_>) -> bool {
        let mut at = self.first;
        while at < self.at && !same_key(self.json.value(at), name) {
            at = self.json.node(at + 1).next as usize;
        }
        at < self.at
    }

    fn search(self, from: usize, to: usize, name: Value<'_>) -> Search {
        let (nodes, text) = (self.json.nodes(), self.json.text().as_bytes());
        let raw = name.raw_bytes();
        let mut at = from;
        for _ in 0..SCAN_MAX {
            if at >= to {
                return Search::Absent;
            }
            let node = nodes[at];
            // Most names are told apart by their length.
            let (start, end) = (node.start as usize, node.end as usize);
            if end - start == raw.len() && is_same_text(&text[start..end], raw)
                || (node.escaped() || name.has_escapes()) && same_text(self.json.value(at), name)
            {
                return Search::Found;
            }
            at = nodes[at + 1].next as usize;
        }
        Search::GaveUp
    }
}

/// Passes the members that are the same text on both sides.
fn pass_same(here: &mut Cursor<'_>, there: &mut Cursor<'_>) {
    let limit = here.byte + common_prefix(here.rest(), there.rest());
    let nodes = here.json.nodes();
    let (mut at, mut byte) = (here.at, here.byte);
    while at < here.end {
        let value = nodes[at + 1];
        // The byte behind must be the same too, or `12` would pass for `123`.
        if value.end as usize >= limit {
            break;
        }
        (at, byte) = (value.next as usize, value.end as usize);
    }
    there.at += at - here.at;
    there.byte += byte - here.byte;
    (here.at, here.byte) = (at, byte);
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
            if !is_same_text(here.value().raw_bytes(), there.value().raw_bytes()) {
                each(key, Some(here.value()), Some(there.value()), Found::Member);
            }
            here.pass();
            there.pass();
            continue;
        }
        // One member that only one side has leaves the next keys the same; that it is nowhere else must be seen.
        if here.next_key().is_some_and(|next| same_key(next, other_key)) {
            match there.search_ahead(key) {
                Search::Absent if missing(here, there, &mut each) => {
                    here.pass();
                    continue;
                }
                Search::Found => {}
                Search::Absent | Search::GaveUp => return by_name(legacy, new, here.at, &mut each),
            }
        } else if there.next_key().is_some_and(|next| same_key(next, key)) {
            match here.search_ahead(other_key) {
                Search::Absent => {
                    extra.push((there, here));
                    there.pass();
                    continue;
                }
                Search::Found => {}
                Search::GaveUp => return by_name(legacy, new, here.at, &mut each),
            }
        }
        // Most objects are small, and a small table is quickly cleared; a member has two nodes at least. Slots are
        // so many that names seldom share one: each time costs a branch that went wrong.
        let outcome = match there.end - there.at {
            ..=16 => by_table::<8, 32>(here, there, &mut each, &mut extra),
            _ => by_table::<SCAN_MAX, 256>(here, there, &mut each, &mut extra),
        };
        if let Err(GaveUp { done }) = outcome {
            return by_name(legacy, new, done, &mut each);
        }
        (here.at, there.at) = (here.end, there.end);
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
    if extra.len() > SCAN_MAX {
        return by_name(legacy, new, here.end, &mut each);
    }
    for (only, other) in extra {
        let key = only.json.value(only.at);
        let found = if other.has_behind(key) { Found::Repeated } else { Found::Member };
        each(key, None, Some(only.value()), found);
    }
}

/// Are two values the same but for spaces, escapes and the order of keys?
pub(crate) fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    if one.raw_bytes() == other.raw_bytes() {
        return true;
    }
    match (one.kind(), other.kind()) {
        (Type::Object, Type::Object) => {
            let mut same = true;
            join(one, other, |_, here, there, _| {
                same = same && here.zip(there).is_some_and(|(here, there)| is_same(here, there));
            });
            same
        }
        (Type::Array, Type::Array) => {
            let (mut here, mut there) = (one.elements(), other.elements());
            loop {
                match (here.next(), there.next()) {
                    (None, None) => return true,
                    (Some(here), Some(there)) if is_same(here, there) => {}
                    _ => return false,
                }
            }
        }
        (Type::String, Type::String) => {
            (one.has_escapes() || other.has_escapes()) && one.text_bytes() == other.text_bytes()
        }
        _ => false,
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

/// Joins by sorting the names; legacy's members before the node `done` were handed over.
fn by_name<'t>(
    legacy: Value<'t>,
    new: Value<'t>,
    done: usize,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) {
    let legacy_members: Vec<_> = legacy.members().collect();
    let new_members: Vec<_> = new.members().collect();
    let matched = match_by_sorting(&legacy_members, &new_members);
    for (&(key, value), partner) in legacy_members.iter().zip(&matched.of_legacy) {
        if key.index() < done {
            continue;
        }
        match *partner {
            Partner::At(index) => {
                let (_, other) = new_members[index];
                if value.raw_bytes() != other.raw_bytes() {
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

/// A search took too long: sorting the names is quicker.
struct GaveUp {
    /// Legacy's members before this node were handed over.
    done: usize,
}

/// Joins what two objects have from a place on by looking names up in a hash table. Gives up where new has more
/// names than fit, or one that is written with escapes, and where a name may stand among too many before that place.
fn by_table<'t, const NAMES: usize, const SLOTS: usize>(
    here: Cursor<'t>,
    there: Cursor<'t>,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
    extra: &mut Vec<(Cursor<'t>, Cursor<'t>)>,
) -> Result<(), GaveUp> {
    // Here the walk spends its time where keys come in any order, so nodes and text are at hand as slices.
    let (nodes, text) = (here.json.nodes(), here.json.text().as_bytes());
    let (other_nodes, other_text) = (there.json.nodes(), there.json.text().as_bytes());
    let hash_of = |text: &[u8], key: Node| name_hash(text, key.start as usize, key.end as usize);
    let raw = |text: &'t [u8], node: Node| &text[node.start as usize..node.end as usize];
    let (mut keys, mut hashes) = ([0_u32; NAMES], [0_u64; NAMES]);
    // Indices + 1; 0 is a free slot. The first of a name is met first.
    let mut slots = [0_u8; SLOTS];
    let (mut at, mut count) = (there.at, 0);
    while at < there.end {
        let key = other_nodes[at];
        if count == NAMES || key.escaped() {
            return Err(GaveUp { done: here.at });
        }
        let hash = hash_of(other_text, key);
        (keys[count], hashes[count]) = (at as u32, hash);
        let mut slot = hash as usize % SLOTS;
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        count += 1;
        slots[slot] = count as u8;
        at = other_nodes[at + 1].next as usize;
    }
    let mut taken = 0_u64;
    let mut at = here.at;
    while at < here.end {
        let (key, value) = (nodes[at], nodes[at + 1]);
        let unescaped;
        let (name, hash) = match key.escaped() {
            false => (raw(text, key), hash_of(text, key)),
            true => {
                unescaped = [b"\"", &*here.json.value(at).text_bytes(), b"\""].concat();
                (&unescaped[..], name_hash(&unescaped, 0, unescaped.len()))
            }
        };
        let mut slot = hash as usize % SLOTS;
        let mut partner = None;
        let mut is_repeated = false;
        while slots[slot] != 0 {
            let index = (slots[slot] as usize - 1) % NAMES;
            if hashes[index] == hash && is_same_text(raw(other_text, other_nodes[keys[index] as usize]), name)
            {
                if taken >> index & 1 == 0 {
                    taken |= 1 << index;
                    partner = Some(keys[index] as usize + 1);
                    break;
                }
                is_repeated = true;
            }
            slot = (slot + 1) % SLOTS;
        }
        match partner {
            Some(partner) if is_same_text(raw(text, value), raw(other_text, other_nodes[partner])) => {}
            Some(partner) => {
                let (one, other) = (here.json.value(at + 1), there.json.value(partner));
                each(here.json.value(at), Some(one), Some(other), Found::Member);
            }
            None => {
                let key = here.json.value(at);
                let found = match is_repeated {
                    true => Found::Repeated,
                    false => match there.search_behind(key) {
                        Search::Found => Found::Repeated,
                        Search::Absent => Found::Member,
                        Search::GaveUp => return Err(GaveUp { done: at }),
                    },
                };
                each(key, Some(here.json.value(at + 1)), None, found);
            }
        }
        at = value.next as usize;
    }
    let mut only = there;
    for index in 0..count {
        if taken >> index & 1 == 0 {
            extra.push((only, Cursor { at: here.end, ..here }));
        }
        only.pass();
    }
    Ok(())
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
#[inline(always)]
fn same_key(one: Value<'_>, other: Value<'_>) -> bool {
    is_same_text(one.raw_bytes(), other.raw_bytes())
        || (one.has_escapes() || other.has_escapes()) && same_text(one, other)
}

#[cold]
fn same_text(one: Value<'_>, other: Value<'_>) -> bool {
    one.text_bytes() == other.text_bytes()
}
