//! JSON text as a flat list of nodes that point into it: nothing is copied, rounded or dropped.
//!
//! Numbers stay text, keys stay in order, duplicate keys stay, a string keeps its escapes until somebody asks.
//! The grammar is RFC 8259; a lone surrogate escape is let through, because JavaScript's `JSON.stringify`
//! writes one, and is kept apart from every other string (see [`Value::text_bytes`]).

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::guide::{self, Frame, Lookup, Pair};
use crate::node::{self, HEAD, Node, Slot};
use crate::parse::{Parser, unescape};
use crate::quick;
use crate::rows::Row;
use crate::runs::Run;
use crate::scan;
use crate::simd;
use crate::trail::{Marks, Trail};

/// Deeper nesting is refused: real bodies stay below 50, and recursion over a tape must not exhaust a stack.
pub const DEPTH_MAX: usize = 512;

/// A thread that compares bodies of that depth needs this much stack, in a build without optimisation too.
pub const STACK_BYTES: usize = 8 << 20;

/// A longer body is refused: a position fits 32 bits, and a list of this size is no single answer.
pub const BODY_BYTES_MAX: usize = 256 << 20;

/// After so many texts in a row that were not like theirs, as many more are not tried as there were, up to a limit.
const UNLIKE_MIN: u32 = 2;

/// That limit.
const UNLIKE_PASSED_MAX: u32 = 16;

/// So many nodes of one element are asked for ahead of their turn.
const PREFETCH_NODES_MAX: usize = 256;

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// Any number.
    Number,
    /// A string; also an object's key.
    String,
    /// An array; its elements follow.
    Array,
    /// An object; its keys and values follow in turn.
    Object,
}

impl Type {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::True | Type::False => "boolean",
            Type::Number => "number",
            Type::String => "string",
            Type::Array => "array",
            Type::Object => "object",
        }
    }
}

/// The nodes of one text; kept and reused from one text to the next.
#[derive(Debug, Default)]
pub struct Tape {
    pub(crate) nodes: Vec<Slot>,
    pub(crate) open: Vec<u32>,
    pub(crate) marks: scan::Marks,
    pub(crate) frames: Vec<Frame>,
    pub(crate) lookup: Lookup,
    pub(crate) likeness: Likeness,
    /// So many texts in a row were not like theirs, and so many that follow are not tried.
    unlike: u32,
    untried: u32,
}

/// Which parse a tape holds, and what it took over from which other one.
#[derive(Debug, Default)]
pub(crate) struct Likeness {
    own: Parse,
    guide: Option<Parse>,
    pub(crate) runs: Vec<Run>,
    pub(crate) rows: Vec<Row>,
    pub(crate) trail: Trail,
}

/// One parse of one tape; no two of a process are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parse {
    /// 0 before the first.
    tape: u64,
    number: u64,
}

/// Of a text that is still being read.
static NOTHING: Likeness = Likeness {
    own: Parse { tape: 0, number: 0 },
    guide: None,
    runs: Vec::new(),
    rows: Vec::new(),
    trail: Trail::new(),
};

/// How many tapes have parsed something.
static TAPES: AtomicU64 = AtomicU64::new(0);

impl Likeness {
    /// Another parse begins.
    fn begin(&mut self) {
        if self.own.tape == 0 {
            self.own.tape = TAPES.fetch_add(1, Ordering::Relaxed) + 1;
        }
        self.own.number += 1;
        self.guide = None;
        self.runs.clear();
        self.rows.clear();
        self.trail.clear();
    }
}

/// Why a text is not JSON that we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct ParseError {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// What was found or expected.
    pub what: &'static str,
    /// A limit was reached; the text may well be JSON.
    pub limit: bool,
}

/// A parsed text.
#[derive(Clone, Copy, Debug)]
pub struct Json<'t> {
    text: &'t str,
    nodes: &'t [Slot],
    likeness: &'t Likeness,
}

/// One value of a parsed text.
#[derive(Clone, Copy, Debug)]
pub struct Value<'t> {
    json: Json<'t>,
    at: u32,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses bytes: RFC 8259 demands UTF-8.
    pub fn parse_bytes<'t>(&'t mut self, bytes: &'t [u8]) -> Result<Json<'t>, ParseError> {
        let text = std::str::from_utf8(bytes).map_err(|error| ParseError {
            offset: error.valid_up_to(),
            what: "not UTF-8",
            limit: false,
        })?;
        self.parse(text)
    }

    /// Parses one text, replacing what the tape held.
    pub fn parse<'t>(&'t mut self, text: &'t str) -> Result<Json<'t>, ParseError> {
        if text.len() > BODY_BYTES_MAX {
            return Err(ParseError {
                offset: BODY_BYTES_MAX,
                what: "the body is over the limit of 256 MiB",
                limit: true,
            });
        }
        self.likeness.begin();
        if !quick::parse(text, self) {
            // What the quick parser does not take is read once more, to say exactly where and why it is no JSON.
            self.parse_plainly(text)?;
        }
        Ok(self.json(text))
    }

    /// The same result as [`Tape::parse`], sooner where the text is much like one that is parsed already:
    /// what is the same there is taken over instead of being read again.
    pub fn parse_like<'t>(&'t mut self, text: &'t str, like: Json<'_>) -> Result<Json<'t>, ParseError> {
        self.parse_along(text, like, None).map(|(json, _)| json)
    }

    /// The same, and hands over each two records of the outermost lists as soon as both are read. Whether it went along
    /// to the end is answered, too: where not, what was handed over is none of the result's.
    pub(crate) fn parse_along<'t>(
        &'t mut self,
        text: &'t str,
        like: Json<'_>,
        each: Option<&mut dyn FnMut(&Pair<'_>)>,
    ) -> Result<(Json<'t>, bool), ParseError> {
        if self.untried > 0 {
            self.untried -= 1;
            return self.parse(text).map(|json| (json, false));
        }
        self.likeness.begin();
        if text.len() <= BODY_BYTES_MAX && guide::parse(text, like, self, each).is_ok() {
            self.likeness.guide = Some(like.likeness.own);
            self.unlike = 0;
            return Ok((self.json(text), true));
        }
        self.unlike = (self.unlike + 1).min(UNLIKE_PASSED_MAX);
        self.untried = if self.unlike < UNLIKE_MIN { 0 } else { self.unlike };
        self.parse(text).map(|json| (json, false))
    }

    /// What was parsed last.
    pub(crate) fn json<'t>(&'t self, text: &'t str) -> Json<'t> {
        Json { text, nodes: &self.nodes, likeness: &self.likeness }
    }

    /// The same by the plain parser alone.
    pub(crate) fn parse_plainly(&mut self, text: &str) -> Result<(), ParseError> {
        self.nodes.clear();
        self.open.clear();
        Parser { bytes: text.as_bytes(), at: 0, nodes: &mut self.nodes, open: &mut self.open }.document()
    }
}

impl<'t> Json<'t> {
    /// What was read of a text so far.
    pub(crate) fn so_far(text: &'t str, nodes: &'t [Slot]) -> Json<'t> {
        Json { text, nodes, likeness: &NOTHING }
    }

    /// The whole text's value.
    pub fn root(self) -> Value<'t> {
        Value { json: self, at: 0 }
    }

    /// The text that was parsed.
    pub fn text(self) -> &'t str {
        self.text
    }

    pub(crate) fn nodes(self) -> &'t [Slot] {
        self.nodes
    }

    /// What this text took over from another as it was parsed along it; nothing where it was not.
    pub(crate) fn runs_along(self, guide: Json<'_>) -> &'t [Run] {
        if self.likeness.guide == Some(guide.likeness.own) { &self.likeness.runs } else { &[] }
    }

    /// Where this text was seen to part from another as it was parsed along it; nothing where it was not.
    pub(crate) fn marks_along(self, guide: Json<'_>) -> Marks<'t> {
        let is_along = self.likeness.guide == Some(guide.likeness.own);
        Marks { rest: if is_along { &self.likeness.trail.marks } else { &[] } }
    }

    /// Where the records of its lists begin, as far as that was noted; ascending.
    pub(crate) fn rows(self) -> &'t [Row] {
        &self.likeness.rows
    }

    #[inline(always)]
    pub(crate) fn node(self, index: usize) -> Node {
        node::node(self.nodes, index)
    }

    /// The node behind a value and all that it contains.
    #[inline(always)]
    pub(crate) fn behind(self, index: usize) -> usize {
        node::next(self.nodes, index)
    }

    /// The value that [`Value::index`] named.
    #[inline(always)]
    pub fn value(self, index: usize) -> Value<'t> {
        Value { json: self, at: index as u32 }
    }

    /// How many slots its values and keys take.
    pub(crate) fn len(self) -> usize {
        self.nodes.len()
    }

    /// Asks for these nodes, or the first of them where they are many.
    pub(crate) fn prefetch_nodes(self, nodes: std::ops::Range<usize>) {
        let end = nodes.end.min(nodes.start + PREFETCH_NODES_MAX);
        simd::prefetch(self.nodes.get(nodes.start..end).unwrap_or_default());
    }

    /// Asks for a member's nodes and for the text from a byte on.
    #[inline]
    pub(crate) fn prefetch(self, node: usize, byte: usize) {
        simd::prefetch(self.nodes.get(node..=node).unwrap_or_default());
        simd::prefetch(self.text.as_bytes().get(byte..=byte).unwrap_or_default());
    }
}

impl<'t> Value<'t> {
    #[inline(always)]
    fn node(self) -> Node {
        self.json.node(self.at as usize)
    }

    #[inline(always)]
    pub(crate) fn slot(self) -> Slot {
        self.json.nodes[self.at as usize]
    }

    /// What it is a value of.
    #[inline(always)]
    pub(crate) fn json(self) -> Json<'t> {
        self.json
    }

    /// What names it within its text: the index of its node.
    #[inline(always)]
    pub fn index(self) -> usize {
        self.at as usize
    }

    /// The nodes of what it contains.
    pub(crate) fn nodes_inside(self) -> std::ops::Range<usize> {
        self.index() + HEAD..self.json.behind(self.index())
    }

    /// Its type.
    #[inline]
    pub fn kind(self) -> Type {
        self.slot().kind()
    }

    /// Its text, to the letter.
    #[inline]
    pub fn raw(self) -> &'t str {
        let node = self.node();
        &self.json.text[node.start as usize..node.end as usize]
    }

    /// The same as bytes: sooner at hand, since nobody asks whether characters end there.
    #[inline(always)]
    pub(crate) fn raw_bytes(self) -> &'t [u8] {
        let node = self.node();
        &self.json.text.as_bytes()[node.start as usize..node.end as usize]
    }

    /// Asks for its nodes and its text, which will be read soon.
    pub(crate) fn prefetch(self) {
        self.json.prefetch_nodes(self.index()..self.json.behind(self.index()));
        let raw = self.raw_bytes();
        simd::prefetch(&raw[..raw.len().min(4096)]);
    }

    /// Asks for its first nodes.
    pub(crate) fn prefetch_nodes(self) {
        let end = (self.at as usize + 4).min(self.json.nodes.len());
        simd::prefetch(&self.json.nodes[self.at as usize..end]);
    }

    /// Asks for the begin of its text.
    pub(crate) fn prefetch_text(self) {
        let raw = self.raw_bytes();
        simd::prefetch(&raw[..raw.len().min(64)]);
    }

    /// Neither array nor object.
    pub fn is_scalar(self) -> bool {
        !matches!(self.kind(), Type::Array | Type::Object)
    }

    /// A string's content as bytes: UTF-8, but for a lone surrogate, which stands as its three WTF-8 bytes.
    /// Empty for what is not a string.
    pub fn text_bytes(self) -> Cow<'t, [u8]> {
        let node = self.node();
        if node.kind() != Type::String {
            return Cow::Borrowed(&[]);
        }
        let inner = &self.json.text[node.start as usize + 1..node.end as usize - 1];
        if node.escaped() { Cow::Owned(unescape(inner.as_bytes())) } else { Cow::Borrowed(inner.as_bytes()) }
    }

    /// A string with at least one escape.
    #[inline(always)]
    pub(crate) fn has_escapes(self) -> bool {
        self.slot().escaped()
    }

    /// A string's content where it is written without escapes.
    #[inline]
    pub(crate) fn plain_text_bytes(self) -> Option<&'t [u8]> {
        let node = self.node();
        (node.kind() == Type::String && !node.escaped())
            .then(|| &self.json.text.as_bytes()[node.start as usize + 1..node.end as usize - 1])
    }

    /// A string's content; a lone surrogate becomes U+FFFD. Empty for what is not a string.
    pub fn text(self) -> Cow<'t, str> {
        match self.text_bytes() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// An array's elements; nothing for what is not an array.
    pub fn elements(self) -> Elements<'t> {
        let end = if self.kind() == Type::Array { self.json.behind(self.index()) as u32 } else { self.at };
        Elements { json: self.json, at: self.at + HEAD as u32, end }
    }

    /// An object's keys and values in their order, duplicates too; nothing for what is not an object.
    pub fn members(self) -> Members<'t> {
        let end = if self.kind() == Type::Object { self.json.behind(self.index()) as u32 } else { self.at };
        Members { json: self.json, at: self.at + HEAD as u32, end }
    }

    /// The value of an object's key; of a repeated key the last, as JavaScript reads it.
    pub fn get(self, key: &str) -> Option<Value<'t>> {
        self.members().filter(|(name, _)| name.is_named(key)).last().map(|(_, value)| value)
    }

    /// The value of an object's key; of a repeated key the first, which is found without looking at the rest.
    pub(crate) fn get_first(self, key: &str) -> Option<Value<'t>> {
        self.members().find(|(name, _)| name.is_named(key)).map(|(_, value)| value)
    }

    /// Is it a key of this name? Most names are told apart by their length, without looking at the text.
    #[inline]
    pub fn is_named(self, key: &str) -> bool {
        let node = self.node();
        match node.escaped() {
            false => {
                (node.end - node.start) as usize == key.len() + 2
                    && self.plain_text_bytes() == Some(key.as_bytes())
            }
            true => self.text_bytes().as_ref() == key.as_bytes(),
        }
    }
}

/// Iterates over an array's elements.
#[derive(Clone, Debug)]
pub struct Elements<'t> {
    json: Json<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Elements<'t> {
    type Item = Value<'t>;

    #[inline]
    fn next(&mut self) -> Option<Value<'t>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { json: self.json, at: self.at };
        self.at = self.json.behind(value.index()) as u32;
        Some(value)
    }
}

/// Iterates over an object's keys and values.
#[derive(Clone, Debug)]
pub struct Members<'t> {
    json: Json<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Members<'t> {
    type Item = (Value<'t>, Value<'t>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Value { json: self.json, at: self.at };
        let value = Value { json: self.json, at: self.at + 1 };
        self.at = self.json.behind(value.index()) as u32;
        Some((key, value))
    }
}

/// Line and column, both from 1, of a byte offset; the column counts characters.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let mut tape = Tape::new();
        let outcome =
            tape.parse(text).map(|json| json.root().raw().to_owned()).map_err(|error| error.to_string());
        assert_eq!(outcome.as_deref().map_err(String::as_str), expected, "{text:?}");
    }

    #[test]
    fn text_is_kept_to_the_letter() {
        check(r#" {"a" : 1.10, "a":[ ]} "#, Ok(r#"{"a" : 1.10, "a":[ ]}"#));
        check("1e400", Ok("1e400"));
        check(r#""\ud83d""#, Ok(r#""\ud83d""#));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        check("[1,]", Err("expected a value at byte 3"));
        check("{\"a\" 1}", Err("expected ':' at byte 5"));
        check("\"a\u{1}\"", Err("a control character in a string at byte 2"));
        check("01", Err("a number that starts with 0 at byte 1"));
        check("[1] 2", Err("text after the value at byte 4"));
        check("", Err("expected a value at byte 0"));
        check("{\"a\":1", Err("expected ',' or '}' at byte 6"));
    }

    #[test]
    fn a_tape_tries_the_guide_again_after_texts_that_were_not_alike() {
        let list = |name: &str| {
            let records: Vec<String> =
                (0..60).map(|id| format!("{{\"{name}\":{id},\"text\":\"{id}\"}}")).collect();
            format!("[{}]", records.join(","))
        };
        let (one, other, like) = (list("id"), list("another"), list("id").replace("59", "60"));
        let (mut tape, mut guided) = (Tape::new(), Tape::new());
        let guide = tape.parse(&one).expect("JSON of the test");
        let mut is_along = |text: &str| {
            !guided.parse_like(text, guide).expect("JSON of the test").runs_along(guide).is_empty()
        };
        for unlike in [0, 1, 2, 100] {
            (0..unlike).for_each(|_| assert!(!is_along(&other)));
            let passed = (0..100).take_while(|_| !is_along(&like)).count();
            let passed_max = if unlike < UNLIKE_MIN { 0 } else { UNLIKE_PASSED_MAX as usize };
            assert!(passed <= passed_max && (unlike < UNLIKE_MIN) == (passed == 0), "{unlike}: {passed}");
            assert!(is_along(&like));
        }
    }

    #[test]
    fn the_depth_limit_is_reached_and_not_passed() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Tape::new().parse(&nested(DEPTH_MAX)).is_ok());
        let error = Tape::new().parse(&nested(DEPTH_MAX + 1)).expect_err("one level too deep");
        assert_eq!((error.offset, error.limit), (DEPTH_MAX, true));
        assert!(Tape::new().parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn escapes_are_read_and_lone_surrogates_stay_apart() {
        let text = |json: &str| Tape::new().parse(json).map(|json| json.root().text_bytes().into_owned());
        assert_eq!(text(r#""\u00e9\n\ud83d\ude00\/""#), Ok("é\n😀/".as_bytes().to_vec()));
        assert_ne!(text(r#""\ud83d""#), text(r#""\ud83e""#));
        assert_ne!(text(r#""\ud83d""#), text(r#""\ufffd""#));
    }
}
