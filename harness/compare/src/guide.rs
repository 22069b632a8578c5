//! The guided JSON parser: it reads a text with the nodes of another, similar one at hand.
//!
//! Where both texts are the same for a while, and both stand at the same place of the grammar, what follows is as
//! valid in one as in the other, so the other's nodes are copied and the text is not looked at again. Only what
//! differs is parsed, plainly, step by step. The guide proposes and never decides: a wrong proposal costs time.

use crate::node::{self, HEAD, Node, Slot};
use crate::parse::Parser;
use crate::rows::{ROW_DEPTH_MAX, Row};
use crate::runs::Run;
use crate::scan::{common_prefix, is_same_text};
use crate::tape::{Json, Tape, Type};
use crate::trail::{Marks, Object, Trail};

mod lookup;

pub(crate) use lookup::Lookup;

/// So many bytes may be parsed plainly, and one more for each [`SAVED_PER_PLAIN`] that the guide saved: where more
/// is needed, the texts are not alike, and the quick parser is quicker.
const PLAIN_BYTES_MAX: usize = 192;

/// The plain parser takes this many times as long for a byte as taking it over.
const SAVED_PER_PLAIN: usize = 4;

/// A key that is not the guide's next costs as much as so many bytes.
const OTHER_KEY_BYTES: usize = 32;

/// A key that is not the guide's next is looked for among so many that follow.
const KEYS_AHEAD_MAX: usize = 12;

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

/// Writes the nodes of `text` into `tape`; hands over the records of the outermost lists as they are read, where
/// anybody wants them.
pub(crate) fn parse(
    text: &str,
    like: Json<'_>,
    tape: &mut Tape,
    each: Option<&mut dyn FnMut(&Pair<'_>)>,
) -> Result<(), Unguided> {
    tape.nodes.clear();
    tape.open.clear();
    tape.frames.clear();
    tape.lookup.list = None;
    tape.likeness.runs.clear();
    tape.likeness.rows.clear();
    tape.likeness.trail.begin(each.is_some());
    let mut guided = Guided {
        own: Parser { bytes: text.as_bytes(), at: 0, nodes: &mut tape.nodes, open: &mut tape.open },
        own_text: text,
        like: Json::so_far(like.text(), like.nodes()),
        each: each.map(|each| each as &mut dyn FnMut(&Pair<'_>)),
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
    each: Option<&'p mut dyn FnMut(&Pair<'_>)>,
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
        let Some(each) = &mut self.each else { return };
        each(&Pair {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guided or not, the nodes are those of the plain parser; answers whether the guide helped.
    fn check(text: &str, like: &str) -> bool {
        let (mut guide, mut guided, mut plain) = (Tape::new(), Tape::new(), Tape::new());
        let guide = guide.parse(like).expect("the guide of the test is JSON");
        let outcome = parse(text, guide, &mut guided, None);
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
