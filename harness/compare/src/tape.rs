//! JSON text as a flat list of nodes that point into it: nothing is copied, rounded or dropped.
//!
//! Numbers stay text, keys stay in order, duplicate keys stay, a string keeps its escapes until somebody asks.
//! The grammar is RFC 8259; a lone surrogate escape is let through, because JavaScript's `JSON.stringify`
//! writes one, and is kept apart from every other string (see [`Value::text_bytes`]).

use std::borrow::Cow;

/// Deeper nesting is refused: real bodies stay below 50, and recursion over a tape must not exhaust a stack.
pub const DEPTH_MAX: usize = 512;

/// A longer body is refused: a position fits 32 bits, and a list of this size is no single answer.
pub const BODY_BYTES_MAX: usize = 256 << 20;

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
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

/// One value: where its text lies, and where the next value that is not inside it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) next: u32,
    pub(crate) kind: Type,
    /// A string with at least one escape.
    pub(crate) escaped: bool,
}

/// The nodes of one text; kept and reused from one text to the next.
#[derive(Debug, Default)]
pub struct Tape {
    nodes: Vec<Node>,
    open: Vec<u32>,
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
    nodes: &'t [Node],
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
        self.nodes.clear();
        self.open.clear();
        Parser { bytes: text.as_bytes(), at: 0, nodes: &mut self.nodes, open: &mut self.open }.document()?;
        Ok(Json { text, nodes: &self.nodes })
    }
}

impl<'t> Json<'t> {
    /// The whole text's value.
    pub fn root(self) -> Value<'t> {
        Value { json: self, at: 0 }
    }

    /// The text that was parsed.
    pub fn text(self) -> &'t str {
        self.text
    }

    /// How many values and keys there are.
    pub(crate) fn len(self) -> usize {
        self.nodes.len()
    }
}

impl<'t> Value<'t> {
    fn node(self) -> &'t Node {
        &self.json.nodes[self.at as usize]
    }

    /// The index of its node.
    pub(crate) fn index(self) -> usize {
        self.at as usize
    }

    /// Its type.
    pub fn kind(self) -> Type {
        self.node().kind
    }

    /// Its text, to the letter.
    pub fn raw(self) -> &'t str {
        let node = self.node();
        &self.json.text[node.start as usize..node.end as usize]
    }

    /// Neither array nor object.
    pub fn is_scalar(self) -> bool {
        !matches!(self.kind(), Type::Array | Type::Object)
    }

    /// A string's content as bytes: UTF-8, but for a lone surrogate, which stands as its three WTF-8 bytes.
    /// Empty for what is not a string.
    pub fn text_bytes(self) -> Cow<'t, [u8]> {
        let node = self.node();
        if node.kind != Type::String {
            return Cow::Borrowed(&[]);
        }
        let inner = &self.json.text[node.start as usize + 1..node.end as usize - 1];
        if node.escaped { Cow::Owned(unescape(inner.as_bytes())) } else { Cow::Borrowed(inner.as_bytes()) }
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
        let end = if self.kind() == Type::Array { self.node().next } else { self.at + 1 };
        Elements { json: self.json, at: self.at + 1, end }
    }

    /// An object's keys and values in their order, duplicates too; nothing for what is not an object.
    pub fn members(self) -> Members<'t> {
        let end = if self.kind() == Type::Object { self.node().next } else { self.at + 1 };
        Members { json: self.json, at: self.at + 1, end }
    }

    /// The value of an object's key; of a repeated key the last, as JavaScript reads it.
    pub fn get(self, key: &str) -> Option<Value<'t>> {
        self.members()
            .filter(|(name, _)| name.text_bytes().as_ref() == key.as_bytes())
            .last()
            .map(|(_, value)| value)
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

    fn next(&mut self) -> Option<Value<'t>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { json: self.json, at: self.at };
        self.at = value.node().next;
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

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Value { json: self.json, at: self.at };
        let value = Value { json: self.json, at: self.at + 1 };
        self.at = value.node().next;
        Some((key, value))
    }
}

struct Parser<'p> {
    bytes: &'p [u8],
    at: usize,
    nodes: &'p mut Vec<Node>,
    open: &'p mut Vec<u32>,
}

impl Parser<'_> {
    fn fail<T>(&self, what: &'static str) -> Result<T, ParseError> {
        Err(ParseError { offset: self.at, what, limit: false })
    }

    fn peek(&self) -> u8 {
        // NUL stands for the end: it is no JSON outside a string, and inside one it is refused.
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// One loop instead of recursion, so that depth costs no stack.
    fn document(&mut self) -> Result<(), ParseError> {
        self.skip_space();
        self.value()?;
        while let Some(&container) = self.open.last() {
            self.skip_space();
            self.after_value(container)?;
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            return self.fail("text after the value");
        }
        Ok(())
    }

    /// Stands behind a value, or behind the opening bracket of a container that is not empty.
    fn after_value(&mut self, container: u32) -> Result<(), ParseError> {
        let is_object = self.nodes[container as usize].kind == Type::Object;
        match (self.peek(), is_object) {
            (b',', _) => self.at += 1,
            (b']', false) | (b'}', true) => {
                self.at += 1;
                self.close(container);
                return Ok(());
            }
            (_, false) => return self.fail("expected ',' or ']'"),
            (_, true) => return self.fail("expected ',' or '}'"),
        }
        self.skip_space();
        if is_object { self.member() } else { self.value() }
    }

    fn close(&mut self, container: u32) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[container as usize];
        node.end = self.at as u32;
        node.next = next;
        self.open.pop();
    }

    fn member(&mut self) -> Result<(), ParseError> {
        if self.peek() != b'"' {
            return self.fail("expected a key in double quotes");
        }
        self.string()?;
        self.skip_space();
        if self.peek() != b':' {
            return self.fail("expected ':'");
        }
        self.at += 1;
        self.skip_space();
        self.value()
    }

    fn value(&mut self) -> Result<(), ParseError> {
        match self.peek() {
            b'"' => self.string(),
            b'{' => self.open_container(Type::Object, b'}'),
            b'[' => self.open_container(Type::Array, b']'),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true", Type::True),
            b'f' => self.word(b"false", Type::False),
            b'n' => self.word(b"null", Type::Null),
            _ => self.fail("expected a value"),
        }
    }

    fn open_container(&mut self, kind: Type, closing: u8) -> Result<(), ParseError> {
        if self.open.len() == DEPTH_MAX {
            return Err(ParseError { offset: self.at, what: "nested deeper than 512 levels", limit: true });
        }
        let index = self.nodes.len() as u32;
        self.push(kind, self.at, self.at, false);
        self.open.push(index);
        self.at += 1;
        self.skip_space();
        if self.peek() == closing {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        if kind == Type::Object { self.member() } else { self.value() }
    }

    fn push(&mut self, kind: Type, start: usize, end: usize, escaped: bool) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: end as u32, next, kind, escaped });
    }

    fn word(&mut self, word: &[u8], kind: Type) -> Result<(), ParseError> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.fail("expected a value");
        }
        self.push(kind, self.at, self.at + word.len(), false);
        self.at += word.len();
        Ok(())
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        if !self.peek().is_ascii_digit() {
            return self.fail("expected a digit");
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
            if self.peek().is_ascii_digit() {
                return self.fail("a number that starts with 0");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(Type::Number, start, self.at, false);
        Ok(())
    }

    fn string(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain_run(&self.bytes[self.at..]);
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("a control character in a string"),
                None => return self.fail("a string without an end"),
            }
        }
        self.at += 1;
        self.push(Type::String, start, self.at, escaped);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), ParseError> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let hex = self.bytes.get(self.at + 1..self.at + 5);
                if !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                    return self.fail("expected four hexadecimal digits");
                }
                self.at += 5;
            }
            _ => return self.fail("an escape that JSON does not have"),
        }
        Ok(())
    }
}

/// How many bytes go by before a quote, a backslash or a control character.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut chunks = bytes.chunks_exact(8);
    let mut run = 0;
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks_exact gives eight bytes"));
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let stop = below_space | zero_bytes(word ^ (ONES * 0x22)) | zero_bytes(word ^ (ONES * 0x5c));
        if stop != 0 {
            // The lowest flag is exact: a borrow can only raise flags above a true one.
            return run + stop.trailing_zeros() as usize / 8;
        }
        run += 8;
    }
    run + chunks.remainder().iter().take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\').count()
}

/// Takes the escapes out of a string's inside that the parser accepted.
fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        if inner[at] != b'\\' {
            out.push(inner[at]);
            at += 1;
            continue;
        }
        let (byte, width) = match inner[at + 1] {
            b'b' => (8, 2),
            b'f' => (12, 2),
            b'n' => (b'\n', 2),
            b'r' => (b'\r', 2),
            b't' => (b'\t', 2),
            b'u' => {
                at += unescape_unicode(&inner[at..], &mut out);
                continue;
            }
            other => (other, 2),
        };
        out.push(byte);
        at += width;
    }
    out
}

/// Writes one `\uXXXX`, or a surrogate pair of them, and says how many bytes it read.
fn unescape_unicode(from: &[u8], out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| -> Option<u32> {
        let escape = from.get(at..at + 6)?;
        if &escape[..2] != b"\\u" {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
    };
    let first = unit(0).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = unit(6).filter(|unit| (0xdc00..0xe000).contains(unit))
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        push_wtf8(code, out);
        return 12;
    }
    push_wtf8(first, out);
    6
}

fn push_wtf8(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
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

    #[test]
    fn a_run_of_plain_text_ends_at_the_first_byte_that_is_not() {
        for stop in [b'"', b'\\', 0, 0x1f] {
            for at in 0..40 {
                let mut bytes = vec![b'x'; 40];
                bytes[at] = stop;
                bytes.push(0xc3);
                assert_eq!(plain_run(&bytes), at);
            }
        }
        assert_eq!(plain_run("é~\u{7f} ok".as_bytes()), "é~\u{7f} ok".len());
    }
}
