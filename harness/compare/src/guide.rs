//! The guided JSON parser: it reads a text with the nodes of another, similar one at hand.
//!
//! Where both texts are the same for a while, and both stand at the same place of the grammar, what follows is as
//! valid in one as in the other, so the other's nodes are copied and the text is not looked at again. Only what
//! differs is parsed, plainly, step by step. The guide proposes and never decides: a wrong proposal costs time.
//!
//! In a long list the next element may be another record than the guide's next. Then the guide's elements are
//! looked up by the first field that tells them apart.

use crate::hash;
use crate::node::{self, HEAD, Node, Slot};
use crate::parse::Parser;
use crate::rows::{ROW_DEPTH_MAX, Row};
use crate::runs::Run;
use crate::scan::{common_prefix, is_same_text};
use crate::simd;
use crate::tape::{Json, Tape, Type};
use crate::trail::{Marks, Object, Trail};

/// So many bytes may be parsed plainly, and one more for each [`SAVED_PER_PLAIN`] that the guide saved: where more
/// is needed, the texts are not alike, and the quick parser is quicker.
const PLAIN_BYTES_MAX: usize = 192;

/// The plain parser takes this many times as long for a byte as taking it over.
const SAVED_PER_PLAIN: usize = 4;

/// A key that is not the guide's next costs as much as so many bytes.
const OTHER_KEY_BYTES: usize = 32;

/// A key that is not the guide's next is looked for among so many that follow.
const KEYS_AHEAD_MAX: usize = 12;

/// Elements are looked up in lists whose nodes are at least as many; shorter ones are quickly parsed.
const LIST_NODES_MIN: u32 = 64;

/// The field that tells elements apart is among this many first members.
const MEMBERS_TRIED_MAX: usize = 8;

/// So much of a record's guide is asked for as soon as it is known.
const GUIDE_BYTES_AHEAD: usize = 1_024;

/// So many elements that are not the guide's next are parsed plainly, where there is time for it, before all of the
/// guide's elements are noted: most lists have a few that only one side has, and no other order.
const OTHER_RECORDS_MAX: usize = 4;

/// There is time for that where so many bytes more would be.
const OTHER_RECORDS_BYTES: usize = 16 << 10;

/// So many elements must differ in it.
const ELEMENTS_SAMPLED: usize = 8;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unguided {
    /// Not alike enough, or no JSON: the plain way will tell.
    NotAlike,
}

/// A container that both texts have open at the same depth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Its node in the tape that is written.
    own: u32,
    /// Its node in the guide.
    guide: u32,
    /// The guide's next child: of an object, the key's node.
    cursor: u32,
    /// The byte behind the guide's child before that, or behind the bracket.
    byte: u32,
}

/// Elements of one list of the guide by the value of the field that tells them apart.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    /// The list's node; only one list has a lookup at a time.
    list: Option<u32>,
    /// The field's key as written; `None` where no field tells the elements apart.
    field: Option<(u32, u32)>,
    /// Element nodes + 1 by the hash of the field's text; 0 is a free slot. Made when it is first needed.
    slots: Vec<u32>,
    has_slots: bool,
    /// So many elements were none of the guide's next.
    others: usize,
}

/// Two records of lists that were read along each other, and that are not the same text.
pub(crate) struct Pair<'p> {
    /// The guide, of which only the text and the nodes are told.
    pub(crate) legacy: Json<'p>,
    /// What was read so far, likewise.
    pub(crate) new: Json<'p>,
    /// The runs up to here.
    pub(crate) runs: &'p [Run],
    /// The record's marks.
    pub(crate) marks: Marks<'p>,
    /// How many of the runs stand before the record.
    pub(crate) runs_before: u32,
    /// The lists and objects around the record in new, outermost first; the last is its list.
    pub(crate) open: &'p [u32],
    /// The record's node in new.
    pub(crate) own: u32,
    /// The same in legacy.
    pub(crate) guide: u32,
}

/// Writes the nodes of `text` into `tape`; hands over the records of the outermost lists as they are read.
pub(crate) fn parse(
    text: &str,
    like: Json<'_>,
    tape: &mut Tape,
    each: &mut dyn FnMut(&Pair<'_>),
) -> Result<(), Unguided> {
    tape.nodes.clear();
    tape.open.clear();
    tape.frames.clear();
    tape.lookup.list = None;
    tape.likeness.runs.clear();
    tape.likeness.rows.clear();
    tape.likeness.trail.clear();
    let mut guided = Guided {
        own: Parser { bytes: text.as_bytes(), at: 0, nodes: &mut tape.nodes, open: &mut tape.open },
        own_text: text,
        like: Json::so_far(like.text(), like.nodes()),
        each,
        text: like.text().as_bytes(),
        nodes: like.nodes(),
        frames: &mut tape.frames,
        lookup: &mut tape.lookup,
        runs: &mut tape.likeness.runs,
        rows: &mut tape.likeness.rows,
        trail: &mut tape.likeness.trail,
        plain: 0,
        saved: 0,
    };
    guided.document().ok_or(Unguided::NotAlike)
}

struct Guided<'p> {
    own: Parser<'p>,
    own_text: &'p str,
    like: Json<'p>,
    each: &'p mut dyn FnMut(&Pair<'_>),
    text: &'p [u8],
    nodes: &'p [Slot],
    /// One for each open container of `own`.
    frames: &'p mut Vec<Frame>,
    lookup: &'p mut Lookup,
    runs: &'p mut Vec<Run>,
    rows: &'p mut Vec<Row>,
    trail: &'p mut Trail,
    /// Bytes that were parsed plainly, and bytes that were not.
    plain: usize,
    saved: usize,
}

impl<'p> Guided<'p> {
    fn document(&mut self) -> Option<()> {
        self.own.skip_space();
        self.value(Some(0))?;
        while !self.frames.is_empty() {
            self.run();
            if self.frames.is_empty() {
                break;
            }
            let from = self.own.at;
            self.step()?;
            self.plain += self.own.at - from;
            self.is_worth_it(0)?;
        }
        self.own.skip_space();
        (self.own.at == self.own.bytes.len()).then_some(())
    }

    /// Has the guide helped enough for what was parsed plainly, these bytes too?
    fn is_worth_it(&self, more: usize) -> Option<()> {
        (self.plain + more <= self.saved / SAVED_PER_PLAIN + PLAIN_BYTES_MAX).then_some(())
    }

    #[inline(always)]
    fn node(&self, at: u32) -> Node {
        node::node(self.nodes, at as usize)
    }

    /// The node behind a value and all that it contains.
    #[inline(always)]
    fn behind(&self, at: u32) -> u32 {
        node::next(self.nodes, at as usize) as u32
    }

    /// Takes over from the guide while both texts are the same.
    fn run(&mut self) {
        let Some(&(mut frame)) = self.frames.last() else { return };
        // Behind the bracket and behind a value are two places of the grammar.
        let is_fresh = self.own.nodes.len() == frame.own as usize + HEAD;
        if is_fresh != (frame.byte == self.node(frame.guide).start + 1) {
            return;
        }
        let same = common_prefix(&self.text[frame.byte as usize..], &self.own.bytes[self.own.at..]);
        let limit = frame.byte + same as u32;
        // What a position in the guide is in our text: one distance as long as the texts are the same.
        let shift = (self.own.at as u32).wrapping_sub(frame.byte);
        self.saved += same;
        loop {
            let container = self.node(frame.guide);
            if container.end <= limit {
                if container.kind() == Type::Array {
                    self.rows_up_to_end(frame, container.next);
                }
                self.take(frame.cursor, container.next, container.end, shift);
                self.own.at = container.end.wrapping_add(shift) as usize;
                match self.leave(frame) {
                    Some(outer) => frame = outer,
                    None => return,
                }
                continue;
            }
            let is_object = container.kind() == Type::Object;
            let (mut next, mut byte) = (frame.cursor, frame.byte);
            let own = self.own.nodes.len() as u32;
            while next < container.next {
                let value = self.node(next + u32::from(is_object));
                // The byte behind must be the same too, or `12` would pass for `123`.
                if value.end >= limit {
                    break;
                }
                if !is_object {
                    self.row(own + (next - frame.cursor), value.kind());
                }
                (next, byte) = (value.next, value.end);
            }
            self.take(frame.cursor, next, byte, shift);
            (frame.cursor, frame.byte) = (next, byte);
            self.own.at = byte.wrapping_add(shift) as usize;
            let inner = next + u32::from(is_object);
            let opens = next < container.next && {
                let value = self.node(inner);
                value.start < limit && matches!(value.kind(), Type::Array | Type::Object)
            };
            self.store(frame);
            if !opens {
                return;
            }
            if !is_object && self.is_another_record(frame.guide, inner, limit) {
                // The step from here parses the comma, and then sees the same.
                return;
            }
            let value = self.node(inner);
            if !is_object {
                self.row(self.own.nodes.len() as u32, value.kind());
            }
            self.copy(next, inner + HEAD as u32, shift);
            self.own.at = (value.start + 1).wrapping_add(shift) as usize;
            frame = self.enter(frame, inner);
        }
    }

    /// Notes where an element of the innermost list begins.
    #[inline(always)]
    fn row(&mut self, element: u32, kind: Type) {
        if self.own.open.len() <= ROW_DEPTH_MAX
            && matches!(kind, Type::Array | Type::Object)
            && let Some(&list) = self.own.open.last()
        {
            self.rows.push(Row { element, list, runs: self.runs.len() as u32 });
        }
    }

    /// Notes the elements of the innermost list that are about to be taken over.
    fn rows_up_to_end(&mut self, frame: Frame, end: u32) {
        if self.own.open.len() > ROW_DEPTH_MAX {
            return;
        }
        let own = self.own.nodes.len() as u32;
        let mut next = frame.cursor;
        while next < end {
            let value = self.node(next);
            self.row(own + (next - frame.cursor), value.kind());
            next = value.next;
        }
    }

    fn store(&mut self, frame: Frame) {
        if let Some(top) = self.frames.last_mut() {
            *top = frame;
        }
    }

    /// Opens the container that was just written, guided by a node.
    fn enter(&mut self, outer: Frame, guide: u32) -> Frame {
        let value = self.node(guide);
        self.store(Frame { cursor: value.next, byte: value.end, ..outer });
        let own = (self.own.nodes.len() - HEAD) as u32;
        let inner = Frame { own, guide, cursor: guide + HEAD as u32, byte: value.start + 1 };
        self.frames.push(inner);
        self.own.open.push(own);
        match value.kind() {
            Type::Array => self.trail.open_list(own, guide, value.next - guide),
            _ => self.trail.open_object(own, guide),
        }
        inner
    }

    /// Closes the innermost container, whose end was passed, and answers the one around it.
    fn leave(&mut self, frame: Frame) -> Option<Frame> {
        self.own.close(frame.own);
        self.frames.pop();
        if let Some(marks) = self.trail.close(frame.own, frame.guide, self.nodes) {
            self.hand_over(frame, marks);
        }
        self.frames.last().copied()
    }

    /// Hands over the record that was just closed, whose marks begin here.
    fn hand_over(&mut self, record: Frame, marks: usize) {
        let row = self.rows.iter().rev().find(|row| row.element == record.own);
        (self.each)(&Pair {
            legacy: self.like,
            new: Json::so_far(self.own_text, self.own.nodes),
            runs: self.runs,
            marks: Marks { rest: &self.trail.marks[marks..] },
            runs_before: row.map_or(0, |row| row.runs),
            open: self.own.open,
            own: record.own,
            guide: record.guide,
        });
        self.trail.marks.truncate(marks);
    }

    /// Takes over whole members or elements, up to a node and the byte behind them.
    fn take(&mut self, from: u32, to: u32, guide_byte: u32, shift: u32) {
        if from < to {
            let own = self.own.nodes.len() as u32;
            let own_byte = guide_byte.wrapping_add(shift);
            self.runs.push(Run { own, guide: from, nodes: to - from, own_byte, guide_byte });
            self.copy(from, to, shift);
        }
    }

    /// Copies nodes of the guide; those of containers that are still open are mended when they close.
    fn copy(&mut self, from: u32, to: u32, shift: u32) {
        self.own.nodes.extend(self.nodes[from as usize..to as usize].iter().map(|slot| slot.moved(shift)));
    }

    /// Parses one member or element, or the end of a container.
    fn step(&mut self) -> Option<()> {
        let frame = *self.frames.last()?;
        let is_object = self.node(frame.guide).kind() == Type::Object;
        self.own.skip_space();
        let closing = if is_object { b'}' } else { b']' };
        if self.own.peek() == closing {
            self.own.at += 1;
            let behind = self.behind(frame.guide);
            match is_object {
                true => self.trail.missing(self.object(frame.guide), frame.cursor, behind),
                false if frame.cursor < behind => self.trail.is_irregular(),
                false => {}
            }
            self.leave(frame);
            return Some(());
        }
        let is_first = self.own.nodes.len() == frame.own as usize + HEAD;
        if !is_first {
            if self.own.peek() != b',' {
                return None;
            }
            self.own.at += 1;
            self.own.skip_space();
        }
        match is_object {
            true => self.member(frame),
            false => self.element(frame),
        }
    }

    fn member(&mut self, frame: Frame) -> Option<()> {
        if self.own.peek() != b'"' {
            return None;
        }
        let from = self.own.at;
        self.own.string().ok()?;
        let key = &self.own.bytes[from..self.own.at];
        self.own.skip_space();
        if self.own.peek() != b':' {
            return None;
        }
        self.own.at += 1;
        self.own.skip_space();
        let mut proposed = self.find_key(frame.guide, frame.cursor, key);
        if proposed != Some(frame.cursor + 1) {
            self.plain += OTHER_KEY_BYTES;
            match proposed {
                Some(value) => self.trail.missing(self.object(frame.guide), frame.cursor, value - 1),
                None => {
                    proposed = self.find_key(frame.guide, frame.guide + HEAD as u32, key);
                    match proposed {
                        Some(_) => self.trail.is_irregular(),
                        None => {
                            let own = self.own.nodes.len() - 1;
                            let is_escaped = self.own.nodes[own].escaped();
                            self.trail.extra(self.object(frame.guide), own as u32, key, is_escaped);
                        }
                    }
                }
            }
        }
        self.value(proposed)
    }

    fn object(&self, at: u32) -> Object<'p> {
        Object { text: self.text, nodes: self.nodes, at }
    }

    /// The value of a key among the next few of a guide's object.
    fn find_key(&self, object: u32, from: u32, key: &[u8]) -> Option<u32> {
        let end = self.behind(object);
        let mut at = from;
        for _ in 0..KEYS_AHEAD_MAX {
            if at >= end {
                break;
            }
            if is_same_text(self.raw(at), key) {
                return Some(at + 1);
            }
            at = self.behind(at + 1);
        }
        None
    }

    fn raw(&self, at: u32) -> &[u8] {
        let node = self.node(at);
        &self.text[node.start as usize..node.end as usize]
    }

    fn element(&mut self, frame: Frame) -> Option<()> {
        match self.own.peek() {
            b'{' => self.row(self.own.nodes.len() as u32, Type::Object),
            b'[' => self.row(self.own.nodes.len() as u32, Type::Array),
            _ => {}
        }
        let proposed = (frame.cursor < self.behind(frame.guide)).then_some(frame.cursor);
        if let Some(proposed) = proposed
            && self.own.peek() == b'{'
            && self.node(proposed).kind() == Type::Object
        {
            let node = self.node(proposed);
            let ahead = &self.text[node.start as usize..node.end as usize];
            let same = common_prefix(ahead, &self.own.bytes[self.own.at..]);
            if self.is_another_record(frame.guide, proposed, node.start + same as u32) {
                return self.record(frame);
            }
        }
        if proposed.is_none() && self.own.peek() == b'{' && self.has_lookup(frame.guide) {
            return self.record(frame);
        }
        if proposed.is_none() {
            self.trail.is_irregular();
        }
        self.value(proposed)
    }

    /// Parses a value with the guide's value at hand that it may be like.
    fn value(&mut self, proposed: Option<u32>) -> Option<()> {
        let frame = self.frames.last().copied();
        if let Some(proposed) = proposed {
            let node = self.node(proposed);
            let kind = node.kind();
            if matches!((kind, self.own.peek()), (Type::Object, b'{') | (Type::Array, b'[')) {
                node::open(self.own.nodes, kind, self.own.at);
                self.own.at += 1;
                // The root has no frame around it; one that nothing is stored into stands for that.
                self.enter(frame.unwrap_or(Frame { own: 0, guide: 0, cursor: 0, byte: 0 }), proposed);
                return Some(());
            }
            if let Some(frame) = frame {
                self.store(Frame { cursor: node.next, byte: node.end, ..frame });
            }
            let own = self.own.nodes.len();
            self.plain_value()?;
            let value = node::node(self.own.nodes, own);
            let text = &self.own.bytes[value.start as usize..value.end as usize];
            if !is_same_text(text, self.raw(proposed)) {
                self.trail.pair(own as u32, proposed);
            }
            return Some(());
        }
        self.plain_value()
    }

    /// Parses a value without the guide, to its end.
    fn plain_value(&mut self) -> Option<()> {
        let around = self.own.open.len();
        self.own.value().ok()?;
        self.finish_plainly(around)
    }

    fn finish_plainly(&mut self, around: usize) -> Option<()> {
        let from = self.own.at;
        while self.own.open.len() > around {
            self.is_worth_it(self.own.at - from)?;
            let container = *self.own.open.last()?;
            self.own.skip_space();
            self.own.after_value(container).ok()?;
        }
        Some(())
    }

    /// Do the texts differ before the field's end that tells the elements of this list apart?
    fn is_another_record(&mut self, list: u32, element: u32, limit: u32) -> bool {
        self.node(element).kind() == Type::Object
            && self.has_lookup(list)
            && self.distinctive(element).is_some_and(|value| self.node(value).end >= limit)
    }

    /// Makes the lookup of a list that is long enough for one.
    fn has_lookup(&mut self, list: u32) -> bool {
        if self.behind(list) - list < LIST_NODES_MIN {
            return false;
        }
        if self.lookup.list != Some(list) {
            self.index(list);
        }
        self.lookup.field.is_some()
    }

    /// The node of the element's value that tells it apart.
    fn distinctive(&self, element: u32) -> Option<u32> {
        let (start, end) = self.lookup.field?;
        let field = &self.text[start as usize..end as usize];
        self.first_members(element).find(|&key| self.raw(key) == field).map(|key| key + 1)
    }

    /// The nodes of an object's first keys.
    fn first_members(&self, object: u32) -> impl Iterator<Item = u32> {
        let end = self.behind(object);
        let first = Some(object + HEAD as u32).filter(|&first| first < end);
        std::iter::successors(first, move |&key| Some(self.behind(key + 1)).filter(|&next| next < end))
            .take(if self.node(object).kind() == Type::Object { MEMBERS_TRIED_MAX } else { 0 })
    }

    fn elements(&self, list: u32) -> impl Iterator<Item = u32> {
        let end = self.behind(list);
        let first = Some(list + HEAD as u32).filter(|&first| first < end);
        std::iter::successors(first, move |&element| Some(self.behind(element)).filter(|&next| next < end))
    }

    fn index(&mut self, list: u32) {
        self.lookup.list = Some(list);
        self.lookup.field = None;
        (self.lookup.has_slots, self.lookup.others) = (false, 0);
        let mut sample = self.elements(list).take(ELEMENTS_SAMPLED);
        let Some(first) = sample.next() else { return };
        let others: Vec<u32> = sample.collect();
        let tells_apart = |key: &u32| {
            let name = self.raw(*key);
            let mut values = vec![self.raw(key + 1)];
            for &other in &others {
                let Some(other) = self.first_members(other).find(|&other| self.raw(other) == name) else {
                    return false;
                };
                let value = self.raw(other + 1);
                if values.contains(&value) {
                    return false;
                }
                values.push(value);
            }
            true
        };
        let field = self
            .first_members(first)
            .filter(|&key| matches!(self.node(key + 1).kind(), Type::String | Type::Number))
            .find(tells_apart);
        let Some(field) = field else { return };
        let field = self.node(field);
        self.lookup.field = Some((field.start, field.end));
    }

    /// Notes the elements of the list by their values in the field.
    fn fill(&mut self) {
        let Some(list) = self.lookup.list else { return };
        self.lookup.has_slots = true;
        let count = self.elements(list).count();
        let mut slots = std::mem::take(&mut self.lookup.slots);
        slots.clear();
        slots.resize((count * 2).next_power_of_two(), 0);
        for element in self.elements(list) {
            if let Some(value) = self.distinctive(element)
                && let Some(slot) = probe(&slots, self.raw(value)).find(|&slot| slots[slot] == 0)
            {
                slots[slot] = element + 1;
            }
        }
        self.lookup.slots = slots;
    }

    /// Parses an element that is not the guide's next: plainly up to the field that tells which one it is.
    fn record(&mut self, frame: Frame) -> Option<()> {
        let own = self.own.nodes.len();
        node::open(self.own.nodes, Type::Object, self.own.at);
        self.own.open.push(own as u32);
        let around = self.own.open.len() - 1;
        self.own.at += 1;
        self.own.skip_space();
        for _ in 0..MEMBERS_TRIED_MAX {
            let is_first = self.own.nodes.len() == own + HEAD;
            if self.own.peek() == b'}' && is_first {
                break;
            }
            if !is_first {
                self.own.skip_space();
                if self.own.peek() != b',' {
                    break;
                }
                self.own.at += 1;
                self.own.skip_space();
            }
            if self.own.peek() != b'"' {
                return None;
            }
            let key = self.own.at;
            self.own.string().ok()?;
            let key = &self.own.bytes[key..self.own.at];
            let is_it =
                self.lookup.field.is_some_and(|(start, end)| *key == self.text[start as usize..end as usize]);
            self.own.skip_space();
            if self.own.peek() != b':' {
                return None;
            }
            self.own.at += 1;
            self.own.skip_space();
            let from = self.own.at;
            self.plain_value()?;
            if is_it {
                let value = &self.own.bytes[from..self.own.at];
                if !self.lookup.has_slots {
                    self.lookup.others += 1;
                    let has_time = self.is_worth_it(OTHER_RECORDS_BYTES).is_some();
                    if has_time && self.lookup.others <= OTHER_RECORDS_MAX {
                        break;
                    }
                    self.fill();
                }
                let Some((element, value)) = self.find(value) else { break };
                let (object, value) = (self.node(element), self.node(value));
                self.trail.open_object(own as u32, element);
                self.begin_is_the_same(own, element, value);
                self.store(Frame { cursor: object.next, byte: object.end, ..frame });
                self.frames.push(Frame {
                    own: own as u32,
                    guide: element,
                    cursor: value.next,
                    byte: value.end,
                });
                return Some(());
            }
        }
        if self.own.peek() == b'}' && self.own.nodes.len() == own + HEAD {
            self.own.at += 1;
            self.own.close(own as u32);
        }
        self.finish_plainly(around)
    }

    /// Notes that a record begins as its guide does, up to the value that told which one that is; and asks for what
    /// will be read of the guide, which may lie anywhere.
    fn begin_is_the_same(&mut self, own: usize, element: u32, value: Node) {
        let object = self.node(element);
        let text = &self.text[object.start as usize..object.end as usize];
        simd::prefetch(&text[..text.len().min(GUIDE_BYTES_AHEAD)]);
        let nodes = &self.nodes[element as usize..object.next as usize];
        simd::prefetch(&nodes[..nodes.len().min(GUIDE_BYTES_AHEAD / size_of::<Slot>())]);
        let begin = node::node(self.own.nodes, own).start as usize;
        let own_text = &self.own.bytes[begin..self.own.at];
        if own_text != &self.text[object.start as usize..value.end as usize] {
            return self.trail.is_irregular();
        }
        self.runs.push(Run {
            own: (own + HEAD) as u32,
            guide: element + HEAD as u32,
            nodes: value.next - element - HEAD as u32,
            own_byte: self.own.at as u32,
            guide_byte: value.end,
        });
    }

    /// The guide's element of this value in the field that tells elements apart, and that value's node.
    fn find(&self, value: &[u8]) -> Option<(u32, u32)> {
        probe(&self.lookup.slots, value)
            .map(|slot| self.lookup.slots[slot])
            .take_while(|&known| known != 0)
            .filter_map(|known| Some((known - 1, self.distinctive(known - 1)?)))
            .find(|&(_, node)| self.raw(node) == value)
    }
}

/// The slots where a value may be; few, since a miss costs only time.
fn probe(slots: &[u32], value: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let mask = slots.len().wrapping_sub(1);
    let from = hash::bytes(0, value) as usize;
    (0..8_usize.min(slots.len())).map(move |step| from.wrapping_add(step) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guided or not, the nodes are those of the plain parser; answers whether the guide helped.
    fn check(text: &str, like: &str) -> bool {
        let (mut guide, mut guided, mut plain) = (Tape::new(), Tape::new(), Tape::new());
        let guide = guide.parse(like).expect("the guide of the test is JSON");
        let outcome = parse(text, guide, &mut guided, &mut |_| {});
        let expected = plain.parse_plainly(text);
        if outcome.is_ok() {
            assert_eq!(expected, Ok(()), "{text:?} like {like:?}");
            assert_eq!(guided.nodes, plain.nodes, "{text:?} like {like:?}");
        }
        outcome.is_ok()
    }

    #[test]
    fn what_is_the_same_is_taken_over_wherever_the_texts_part() {
        let like = r#"{"a":12,"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null}"#;
        for text in [
            like,
            r#"{"a":123,"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null}"#,
            r#"{"a":1,"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null}"#,
            r#"{"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null}"#,
            r#"{"z":0,"a":12,"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null}"#,
            r#"{"a":12,"b":[1,{"c":"x"},[],[]],"d":{},"e":"é","f":null}"#,
            r#"{"a":12,"b":[1,{"c":"x","g":1},[2]],"d":{"h":1},"e":"è"}"#,
            r#"{"a":12,"b":{},"d":[],"e":"é","f":null,"g":1}"#,
            r#" {"a" : 12,"b":[1,{"c":"x"},[]],"d":{},"e":"é","f":null} "#,
            "{}",
        ] {
            assert!(check(text, like), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_not_taken_for_it() {
        let like = r#"{"a":1,"b":[1,2],"c":"x"}"#;
        for text in [
            r#"{"z":0"a":1,"b":[1,2],"c":"x"}"#,
            r#"{,"a":1,"b":[1,2],"c":"x"}"#,
            r#"{"a":1,"b":[1,2],"c":"x"}}"#,
            r#"{"a":1,"b":[1,2],"c":"x""#,
            r#"{"a":1,"b":[1,2,],"c":"x"}"#,
            r#"{"a":1,"b":[,1,2],"c":"x"}"#,
            r#"{"a":01,"b":[1,2],"c":"x"}"#,
            r#"{"a":1,"b":[1,2],"c":x"}"#,
            "",
        ] {
            assert!(!check(text, like), "{text}");
        }
    }

    fn records(order: impl Iterator<Item = u32>) -> String {
        let records: Vec<String> = order
            .map(|n| format!(r#"{{"object":"contact","id":"c{n}","name":"name of {n}","tags":["a","b"],"n":{n},"text":"{}"}}"#, "text ".repeat(40)))
            .collect();
        format!(r#"{{"data":[{}],"more":false}}"#, records.join(","))
    }

    #[test]
    fn records_in_another_order_find_their_guide() {
        let like = records(0..50);
        assert!(check(&records((0..50).rev()), &like));
        assert!(check(&records((0..60).map(|n| n * 7 % 53)), &like));
        assert!(check(&records(0..50).replace(r#"{"object":"contact","id":"c7""#, r#"{"id":"c7""#), &like));
        check(&records(0..50).replace(r#""id":"c7""#, r#""id" "c7""#), &like);
        check(&records(0..50).replace(r#"{"object":"contact","id":"c7""#, "{}"), &like);
        check(&records(0..50).replace(r#"{"object":"contact","id":"c7""#, "{"), &like);
    }

    proptest::proptest! {
        #[test]
        fn a_mutated_text_is_read_as_the_plain_parser_reads_it(
            order in proptest::collection::vec(0..30_u32, 0..40),
            cuts in proptest::collection::vec((0..4000_usize, 0..6_usize, "[{}\\[\\],:\"0-9a \\\\]{0,4}"), 0..4),
        ) {
            let like = records(0..30);
            let mut text = records(order.into_iter());
            for (at, length, piece) in cuts {
                let at = at % text.len();
                let end = (at + length).min(text.len());
                text.replace_range(at..end, &piece);
                if text.is_empty() {
                    break;
                }
            }
            check(&text, &like);
        }
    }
}
