//! Which members of two objects belong together: those of one name, of a repeated name the k-th with the k-th.
//!
//! The same serialiser writes the same keys in the same order, so both objects are walked in lockstep; a stretch of
//! equal text is stepped over. A member that only one side has is searched for among a few dozen names. Only where
//! the order differs are names looked up: by the shape of the last object there, in a small table, or sorted where there
//! are many.

use crate::node::{self, HEAD, Node};
use crate::pairs;
use crate::runs::Runs;
use crate::scan::{common_prefix, is_same_stretch, is_same_text, name_tag};
use crate::shape::Shape;
use crate::simd::Tags;
use crate::sorted;
use crate::tape::{Json, Type, Value};

/// A search by scanning ends after so many names; beyond that, sorting is cheaper.
const SCAN_MAX: usize = 64;

/// So many slots are looked through at once: about as long as so many names one by one.
const SLOTS_SCANNED_MAX: usize = 8 * SCAN_MAX;

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
        let (json, first) = (object.json(), object.index() + HEAD);
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

    /// May the next key be the other's next key?
    #[inline(always)]
    fn is_like(self, other: Cursor<'_>) -> bool {
        match (self.json.nodes().get(self.at), other.json.nodes().get(other.at)) {
            (Some(one), Some(two)) => one.is_like(*two),
            _ => true,
        }
    }

    /// The key behind the next value.
    fn next_key(self) -> Option<Value<'t>> {
        let next = self.json.behind(self.at + 1);
        (next < self.end).then(|| self.json.value(next))
    }

    /// May the next two keys be the other's next two? Also where there are none.
    fn goes_along(self, other: Cursor<'_>) -> bool {
        let is_empty = self.at >= self.end || other.at >= other.end;
        is_empty
            || self.is_like(other)
                && match (self.next_key(), other.next_key()) {
                    (Some(one), Some(two)) => one.slot().is_like(two.slot()),
                    _ => true,
                }
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
            at = self.json.behind(at + 1);
        }
        at < self.at
    }

    fn search(self, from: usize, to: usize, name: Value<'_>) -> Search {
        let (nodes, text) = (self.json.nodes(), self.json.text().as_bytes());
        let raw = name.raw_bytes();
        // Most names that are looked for are nowhere, and to see that, keys need not be told from values.
        if to.saturating_sub(from) <= SLOTS_SCANNED_MAX
            && !name.has_escapes()
            && !node::might_have(&nodes[from..to.max(from)], name.slot(), |key| {
                is_same_text(&text[key.start as usize..key.end as usize], raw)
            })
        {
            return Search::Absent;
        }
        let mut at = from;
        for _ in 0..SCAN_MAX {
            if at >= to {
                return Search::Absent;
            }
            let node = node::key(nodes, at);
            // Most names are told apart by their length.
            let (start, end) = (node.start as usize, node.end as usize);
            if end - start == raw.len() && is_same_text(&text[start..end], raw)
                || (node.escaped() || name.has_escapes()) && same_text(self.json.value(at), name)
            {
                return Search::Found;
            }
            at = node::next(nodes, at + 1);
        }
        Search::GaveUp
    }
}

/// Passes the members that a parse along legacy found to be the same; answers whether there were any.
fn pass_runs(here: &mut Cursor<'_>, there: &mut Cursor<'_>, runs: &mut Runs<'_>) -> bool {
    let from = here.at;
    while let Some(stretch) = runs.from(there.at, here.at)
        && here.at + stretch.nodes <= here.end
        && there.at + stretch.nodes <= there.end
    {
        here.at += stretch.nodes;
        there.at += stretch.nodes;
        (here.byte, there.byte) = (stretch.legacy_byte, stretch.new_byte);
    }
    here.at > from
}

/// Passes the members that are the same text on both sides.
fn pass_same(here: &mut Cursor<'_>, there: &mut Cursor<'_>) {
    let limit = here.byte + common_prefix(here.rest(), there.rest());
    let nodes = here.json.nodes();
    let (mut at, mut byte) = (here.at, here.byte);
    while at < here.end {
        let value = node::node(nodes, at + 1);
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
    mut runs: Runs<'t>,
    mut shape: Option<&mut Option<Box<Shape>>>,
    mut each: impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
) {
    let (mut here, mut there) = (Cursor::new(legacy), Cursor::new(new));
    // Where the order differed the last time, it does again.
    if runs.is_empty()
        && let Some(Some(shape)) = &mut shape
        && !here.goes_along(there)
        && pairs::join(legacy, new, shape, &mut each)
    {
        return;
    }
    let mut extra = Vec::new();
    let (mut is_along, mut is_told) = (false, false);
    loop {
        is_along |= !runs.is_empty() && pass_runs(&mut here, &mut there, &mut runs);
        // Where the parse went along, what follows differs soon.
        if !is_along && here.is_like(there) {
            pass_same(&mut here, &mut there);
        }
        let (Some(key), Some(other_key)) = (here.key(), there.key()) else { break };
        if same_key(key, other_key) {
            if !is_same_text(here.value().raw_bytes(), there.value().raw_bytes()) {
                each(key, Some(here.value()), Some(there.value()), Found::Member);
                is_told = true;
            }
            here.pass();
            there.pass();
            continue;
        }
        // One member that only one side has leaves the next keys the same; that it is nowhere else must be seen.
        if here.next_key().is_some_and(|next| same_key(next, other_key)) {
            match there.search_ahead(key) {
                Search::Absent if missing(here, there, &mut each) => {
                    is_told = true;
                    here.pass();
                    continue;
                }
                Search::Found => {}
                Search::Absent | Search::GaveUp => return sorted::join(legacy, new, here.at, &mut each),
            }
        } else if there.next_key().is_some_and(|next| same_key(next, key)) {
            match here.search_ahead(other_key) {
                Search::Absent => {
                    extra.push((there, here));
                    there.pass();
                    continue;
                }
                Search::Found => {}
                Search::GaveUp => return sorted::join(legacy, new, here.at, &mut each),
            }
        }
        // What was passed is the same on both sides: it does not matter when it is paired once more.
        if !is_told
            && extra.is_empty()
            && let Some(shape) = &mut shape
            && pairs::join(legacy, new, shape.get_or_insert_default(), &mut each)
        {
            return;
        }
        let outcome = by_tags(here, there, &mut each, &mut extra);
        if let Err(GaveUp { done }) = outcome {
            return sorted::join(legacy, new, done, &mut each);
        }
        (here.at, there.at) = (here.end, there.end);
    }
    while here.key().is_some() {
        if !missing(here, there, &mut each) {
            return sorted::join(legacy, new, here.at, &mut each);
        }
        here.pass();
    }
    while there.key().is_some() {
        extra.push((there, here));
        there.pass();
    }
    // Many extra members among many would be a scan each.
    if extra.len() > SCAN_MAX {
        return sorted::join(legacy, new, here.end, &mut each);
    }
    for (only, other) in extra {
        let key = only.json.value(only.at);
        let found = if other.has_behind(key) { Found::Repeated } else { Found::Member };
        each(key, None, Some(only.value()), found);
    }
}

/// Are two values the same but for spaces, escapes and the order of keys?
pub(crate) fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    is_same_by(one, other, None)
}

/// The same, sooner where objects here were compared before.
pub(crate) fn is_same_by(one: Value<'_>, other: Value<'_>, shape: Option<&mut Option<Box<Shape>>>) -> bool {
    if one.raw_bytes() == other.raw_bytes() {
        return true;
    }
    match (one.kind(), other.kind()) {
        (Type::Object, Type::Object) => {
            let mut same = true;
            join(one, other, Runs::default(), shape, |_, here, there, _| {
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

/// A search took too long: sorting the names is quicker.
struct GaveUp {
    /// Legacy's members before this node were handed over.
    done: usize,
}

/// Joins what two objects have from a place on by the tags of their names. Gives up where new has more names than
/// fit, where a name is written with escapes, and where one may stand among too many before that place.
fn by_tags<'t>(
    here: Cursor<'t>,
    there: Cursor<'t>,
    each: &mut impl FnMut(Value<'t>, Option<Value<'t>>, Option<Value<'t>>, Found),
    extra: &mut Vec<(Cursor<'t>, Cursor<'t>)>,
) -> Result<(), GaveUp> {
    // Here the walk spends its time where keys come in any order: nodes and text are at hand as slices, and what no
    // processor can predict, the order of names and the lengths of texts, decides few branches.
    let (nodes, text) = (here.json.nodes(), here.json.text().as_bytes());
    let (other_nodes, other_text) = (there.json.nodes(), there.json.text().as_bytes());
    let (mut keys, mut tags) = ([0_u32; SCAN_MAX], Tags::default());
    let (mut at, mut count) = (there.at, 0);
    while at < there.end {
        let key = node::key(other_nodes, at);
        if count == SCAN_MAX || key.escaped() {
            return Err(GaveUp { done: here.at });
        }
        keys[count] = at as u32;
        tags.set(count, name_tag(other_text, key.start as usize, key.end as usize));
        count += 1;
        at = node::next(other_nodes, at + 1);
    }
    let mut taken = 0_u64;
    let mut at = here.at;
    while at < here.end {
        let (key, value) = (node::key(nodes, at), node::any_node(nodes, at + 1));
        if key.escaped() {
            return Err(GaveUp { done: at });
        }
        let candidates = tags.equal(count, name_tag(text, key.start as usize, key.end as usize));
        let of_name = |mut candidates: u64| {
            while candidates != 0 {
                let index = candidates.trailing_zeros() as usize % SCAN_MAX;
                if is_same_node(text, key, other_text, node::key(other_nodes, keys[index] as usize)) {
                    return Some(index);
                }
                candidates &= candidates - 1;
            }
            None
        };
        // The first of a name is met first.
        match of_name(candidates & !taken) {
            Some(index) => {
                taken |= 1 << index;
                let partner = keys[index] as usize + 1;
                if !is_same_node(text, value, other_text, node::any_node(other_nodes, partner)) {
                    let (one, other) = (here.json.value(at + 1), there.json.value(partner));
                    each(here.json.value(at), Some(one), Some(other), Found::Member);
                }
            }
            None => {
                let key = here.json.value(at);
                let found = match of_name(candidates & taken) {
                    Some(_) => Found::Repeated,
                    None => match there.search_behind(key) {
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

/// Are the texts of two nodes the same?
#[inline(always)]
fn is_same_node(text: &[u8], node: Node, other_text: &[u8], other: Node) -> bool {
    let (start, other_start) = (node.start as usize, other.start as usize);
    let (length, other_length) = (node.end as usize - start, other.end as usize - other_start);
    node.slot().is_like(other.slot())
        && length == other_length
        && is_same_stretch(&text[start..], &other_text[other_start..], length)
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
