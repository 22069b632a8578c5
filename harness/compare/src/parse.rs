//! The plain JSON parser: one pass, byte by byte, with the exact place and reason of what is no JSON.
//!
//! The quick parser must agree with it; the guided one takes single steps of it.

use crate::node::{self, Slot};
use crate::tape::{DEPTH_MAX, ParseError, Type};

pub(crate) struct Parser<'p> {
    pub(crate) bytes: &'p [u8],
    pub(crate) at: usize,
    pub(crate) nodes: &'p mut Vec<Slot>,
    pub(crate) open: &'p mut Vec<u32>,
}

impl Parser<'_> {
    pub(crate) fn fail<T>(&self, what: &'static str) -> Result<T, ParseError> {
        Err(ParseError { offset: self.at, what, limit: false })
    }

    pub(crate) fn peek(&self) -> u8 {
        // NUL stands for the end: it is no JSON outside a string, and inside one it is refused.
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    pub(crate) fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// One loop instead of recursion, so that depth costs no stack.
    pub(crate) fn document(&mut self) -> Result<(), ParseError> {
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
    pub(crate) fn after_value(&mut self, container: u32) -> Result<(), ParseError> {
        let is_object = self.nodes[container as usize].kind() == Type::Object;
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

    pub(crate) fn close(&mut self, container: u32) {
        node::close(self.nodes, container, self.at);
        self.open.pop();
    }

    pub(crate) fn member(&mut self) -> Result<(), ParseError> {
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

    pub(crate) fn value(&mut self) -> Result<(), ParseError> {
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

    pub(crate) fn open_container(&mut self, kind: Type, closing: u8) -> Result<(), ParseError> {
        if self.open.len() == DEPTH_MAX {
            return Err(ParseError { offset: self.at, what: "nested deeper than 512 levels", limit: true });
        }
        let index = self.nodes.len() as u32;
        node::open(self.nodes, kind, self.at);
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

    fn word(&mut self, word: &[u8], kind: Type) -> Result<(), ParseError> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.fail("expected a value");
        }
        self.nodes.push(Slot::scalar(kind, self.at, self.at + word.len()));
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

    pub(crate) fn number(&mut self) -> Result<(), ParseError> {
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
        self.nodes.push(Slot::scalar(Type::Number, start, self.at));
        Ok(())
    }

    pub(crate) fn string(&mut self) -> Result<(), ParseError> {
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
        self.nodes.push(match escaped {
            true => Slot::escaped_string(start, self.at),
            false => Slot::scalar(Type::String, start, self.at),
        });
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
pub(crate) fn unescape(inner: &[u8]) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
