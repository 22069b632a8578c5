//! The quick JSON parser: it jumps from quote to quote by the marks of the text.
//!
//! It takes what the plain parser takes and writes the same nodes; what it does not take, it gives up on without
//! saying why. Every position that it jumps to comes from a mark or lies behind a byte that it has looked at, and
//! a mark is only used where a quote is due, so that no mark can be passed over.

use crate::node::{self, Slot};
use crate::parse::Parser;
use crate::rows::{ROW_DEPTH_MAX, Row};
use crate::scan::Marks;
use crate::tape::{DEPTH_MAX, Tape, Type};
use crate::token;

/// Writes the nodes of a text; `false` where it is no JSON within the limits.
pub(crate) fn parse(text: &str, tape: &mut Tape) -> bool {
    let Tape { nodes, open, marks, likeness, .. } = tape;
    nodes.clear();
    open.clear();
    marks.begin();
    likeness.rows.clear();
    let quotes = std::mem::take(&mut marks.quotes);
    let mut quick = Quick {
        bytes: text.as_bytes(),
        quotes,
        next_quote: 0,
        quotes_len: 0,
        backslashes_passed: 0,
        next_backslash: usize::MAX,
        marks,
        nodes,
        open,
        rows: &mut likeness.rows,
    };
    let outcome = quick.document();
    quick.marks.quotes = quick.quotes;
    // Every string that was met lies in what was searched.
    outcome.is_some() && !quick.marks.is_spoilt()
}

struct Quick<'p> {
    bytes: &'p [u8],
    /// The marks' own, here while they are read.
    quotes: Vec<u32>,
    /// The first that was not yet used.
    next_quote: usize,
    quotes_len: usize,
    backslashes_passed: usize,
    /// The first that was not passed; none is so far out.
    next_backslash: usize,
    marks: &'p mut Marks,
    nodes: &'p mut Vec<Slot>,
    open: &'p mut Vec<u32>,
    rows: &'p mut Vec<Row>,
}

/// Where the parser stands.
#[derive(Clone, Copy)]
enum Due {
    Value,
    Key,
    /// A comma or the container's end.
    Separator,
}

impl Quick<'_> {
    /// The byte at a position; NUL, which is due nowhere, behind the end.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The first position from here on that is no white space.
    #[inline(always)]
    fn solid(&self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.behind_space(at) }
    }

    #[inline(never)]
    fn behind_space(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    fn document(&mut self) -> Option<()> {
        let mut at = self.solid(0);
        let mut due = Due::Value;
        let mut in_object = false;
        loop {
            match due {
                Due::Key => {
                    let value;
                    (at, value) = self.key(at)?;
                    // Most members are scalars that another member follows at once.
                    match value {
                        Some(end) => at = end,
                        None => match self.byte(at) {
                            b'"' => at = self.string(at)?,
                            b'{' | b'[' => {
                                due = Due::Value;
                                continue;
                            }
                            _ => at = self.other_scalar(at)?,
                        },
                    }
                    due = Due::Separator;
                    if self.byte(at) == b',' && self.byte(at + 1) == b'"' {
                        at += 1;
                        due = Due::Key;
                    }
                }
                Due::Value => {
                    due = Due::Separator;
                    let in_list = !in_object && !self.open.is_empty();
                    match self.byte(at) {
                        b'"' => at = self.string(at)?,
                        b'{' => {
                            self.enter(Type::Object, at, in_list)?;
                            in_object = true;
                            at = self.solid(at + 1);
                            if self.byte(at) != b'}' {
                                due = Due::Key;
                            }
                        }
                        b'[' => {
                            self.enter(Type::Array, at, in_list)?;
                            in_object = false;
                            at = self.solid(at + 1);
                            if self.byte(at) != b']' {
                                due = Due::Value;
                            }
                        }
                        _ => at = self.other_scalar(at)?,
                    }
                }
                Due::Separator if self.open.is_empty() => break,
                Due::Separator => {
                    at = self.solid(at);
                    match (self.byte(at), in_object) {
                        (b',', _) => {
                            at = self.solid(at + 1);
                            due = if in_object { Due::Key } else { Due::Value };
                        }
                        (b'}', true) | (b']', false) => {
                            at += 1;
                            let Some(parent) = self.leave(at) else { break };
                            in_object = self.nodes[parent as usize].kind() == Type::Object;
                        }
                        _ => return None,
                    }
                }
            }
        }
        (self.solid(at) == self.bytes.len()).then_some(())
    }

    #[inline(always)]
    fn push(&mut self, kind: Type, start: usize, end: usize) {
        self.nodes.push(Slot::scalar(kind, start, end));
    }

    /// Opens a container, which may be an element of a list; not beyond the limit.
    fn enter(&mut self, kind: Type, at: usize, in_list: bool) -> Option<()> {
        if self.open.len() == DEPTH_MAX {
            return None;
        }
        let element = self.nodes.len() as u32;
        if in_list && self.open.len() <= ROW_DEPTH_MAX {
            let list = self.open.last().copied().unwrap_or_default();
            self.rows.push(Row { element, list, runs: 0 });
        }
        self.open.push(element);
        node::open(self.nodes, kind, at);
        Some(())
    }

    /// Closes the innermost container and answers the one around it.
    fn leave(&mut self, end: usize) -> Option<u32> {
        node::close(self.nodes, self.open.pop()?, end);
        self.open.last().copied()
    }

    /// A key and the colon behind it; answers where its value begins, and where that ends if it is a string that was
    /// read as well.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Option<(usize, Option<usize>)> {
        if self.next_quote + 4 <= self.quotes_len
            && let Some(&[start, end, value, value_end]) = self.quotes[self.next_quote..].first_chunk()
            && let [start, value] = [start as usize, value as usize]
            && let [end, value_end] = [end as usize + 1, value_end as usize + 1]
            && start == at
            && self.byte(end) == b':'
            && self.next_backslash >= value_end
        {
            // As most serialisers write it: no space around the colon.
            if value == end + 1 {
                self.nodes.extend([
                    Slot::scalar(Type::String, start, end),
                    Slot::scalar(Type::String, value, value_end),
                ]);
                self.next_quote += 4;
                return Some((value, Some(value_end)));
            }
            self.push(Type::String, start, end);
            self.next_quote += 2;
            return Some((self.solid(end + 1), None));
        }
        let end = self.string(at)?;
        let colon = self.solid(end);
        (self.byte(colon) == b':').then(|| (self.solid(colon + 1), None))
    }

    /// A string whose opening quote is due here; answers where it ends.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<usize> {
        if self.quotes_len < self.next_quote + 2 {
            self.search_on()?;
        }
        let [start, end] = *self.quotes.get(self.next_quote..)?.first_chunk()?;
        let (start, end) = (start as usize, end as usize + 1);
        if start != at {
            return None;
        }
        self.next_quote += 2;
        if self.next_backslash < end {
            return self.string_with_escapes(at, end);
        }
        self.push(Type::String, start, end);
        Some(end)
    }

    /// Searches until the next two quotes are known, and the backslashes before the second.
    #[cold]
    fn search_on(&mut self) -> Option<()> {
        while self.quotes_len < self.next_quote + 2 {
            self.marks.quotes = std::mem::take(&mut self.quotes);
            let found = self.marks.find_more(self.bytes, self.next_quote, self.backslashes_passed);
            self.quotes = std::mem::take(&mut self.marks.quotes);
            if !found {
                return None;
            }
            (self.next_quote, self.quotes_len, self.backslashes_passed) = (0, self.marks.quotes_len(), 0);
            self.find_backslash();
        }
        Some(())
    }

    fn find_backslash(&mut self) {
        let next = self.marks.backslashes().get(self.backslashes_passed);
        self.next_backslash = next.map_or(usize::MAX, |&at| at as usize);
    }

    #[cold]
    fn string_with_escapes(&mut self, at: usize, end: usize) -> Option<usize> {
        let left = &self.marks.backslashes()[self.backslashes_passed..];
        self.backslashes_passed += left.partition_point(|&backslash| (backslash as usize) < end);
        self.find_backslash();
        let mut parser = Parser { bytes: self.bytes, at, nodes: self.nodes, open: self.open };
        parser.string().ok()?;
        (parser.at == end).then_some(end)
    }

    /// A number, `true`, `false` or `null`; answers where it ends.
    #[inline(always)]
    fn other_scalar(&mut self, at: usize) -> Option<usize> {
        let ahead = self.bytes.get(at..).and_then(|ahead| ahead.first_chunk());
        match ahead.and_then(token::read) {
            Some((kind, length)) => {
                self.push(kind, at, at + length);
                Some(at + length)
            }
            None => self.rare_scalar(at),
        }
    }

    #[cold]
    fn rare_scalar(&mut self, at: usize) -> Option<usize> {
        match self.byte(at) {
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.word(at, b"true", Type::True),
            b'f' => self.word(at, b"false", Type::False),
            b'n' => self.word(at, b"null", Type::Null),
            _ => None,
        }
    }

    fn word(&mut self, at: usize, word: &[u8], kind: Type) -> Option<usize> {
        let end = at + word.len();
        if self.bytes.get(at..end) != Some(word) {
            return None;
        }
        self.push(kind, at, end);
        Some(end)
    }

    #[inline(always)]
    fn digits(&self, mut at: usize) -> usize {
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn number(&mut self, start: usize) -> Option<usize> {
        let whole = start + usize::from(self.byte(start) == b'-');
        let mut at = self.digits(whole);
        if at == whole || (self.byte(whole) == b'0' && at > whole + 1) {
            return None;
        }
        if self.byte(at) == b'.' {
            let fraction = at + 1;
            at = self.digits(fraction);
            if at == fraction {
                return None;
            }
        }
        if matches!(self.byte(at), b'e' | b'E') {
            let power = at + 1 + usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
            at = self.digits(power);
            if at == power {
                return None;
            }
        }
        self.push(Type::Number, start, at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::WINDOW_BYTES;
    use crate::tape::Tape;

    /// Quick and plain parser agree, whatever the text.
    fn check(text: &str) {
        let (mut one, mut other) = (Tape::new(), Tape::new());
        let quick = super::parse(text, &mut one);
        let plain = other.parse_plainly(text);
        assert_eq!(quick, plain.is_ok(), "{text:?}: {plain:?}");
        if quick {
            assert_eq!(one.nodes, other.nodes, "{text:?}");
        }
    }

    #[test]
    fn odd_texts_are_read_as_the_plain_parser_reads_them() {
        for text in [
            "",
            " ",
            "1",
            " 1 ",
            "-",
            "-0",
            "-01",
            "1.",
            "1.5e+3 ",
            "1e",
            "\"",
            "\"\"",
            "\"a",
            "a\"b\"",
            "\\\"\"",
            "[\"\\\\\",\"\\\"\"]",
            "[\"\\q\"]",
            "[\"\\u12\"]",
            "{\"a\":1,}",
            "{\"a\",1}",
            "{,}",
            "[,]",
            "[1 2]",
            "[]]",
            "[}",
            "{]",
            "{\"a\":{}}",
            " { \"a\" : [ ] , \"b\" : { } } ",
            "[tru]",
            "nul",
            "null",
            "\"\t\"",
            "[1]\u{0}",
            "{1:2}",
            "{\"a\":\"b\"\"c\"}",
            "\u{feff}1",
        ] {
            check(text);
        }
        // What begins in one window of the search and ends in another.
        for length in WINDOW_BYTES - 3..WINDOW_BYTES + 3 {
            for inside in ["x", "\\\\\"", "é\\n"] {
                let long = inside.repeat(length / inside.len());
                check(&format!("[\"{long}\",1,\"{long}\",{{\"a\":\"b\"}}]"));
                check(&format!("[\"{long}\",1,\"{long}"));
                check(&format!("[{},\"\u{1}\"]", "\"a\",1".repeat(length)));
                check(&format!("[1{},\"\u{1}\"]", ",\"a\"".repeat(length)));
            }
        }
        for depth in [511, 512, 513] {
            check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_as_the_plain_parser_reads_it(pieces in proptest::collection::vec(
            proptest::sample::select(&["{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\\"", "1", "-0.5e1",
                "true", "null", " ", "\n", "\"a\":", "\"b\\n\":", "{\"k\":", "[1,", "é", "\u{1}"][..]), 0..40,
        )) {
            check(&pieces.concat());
        }
    }
}
