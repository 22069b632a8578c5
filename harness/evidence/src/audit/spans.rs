//! Where each value of a JSON text stands in it: a reader of its own, so that a defect is planted by splicing.
//!
//! The text was made by a mapping or parsed before; what does not fit is answered with nothing, and never guessed.

use std::ops::Range;

/// Deeper values are not looked at: the comparison has a limit of its own far below.
const DEPTH_MAX: usize = 512;

/// A value with its place.
#[derive(Debug)]
pub(super) struct Spanned {
    /// Without the white space around it.
    pub span: Range<usize>,
    pub inside: Inside,
}

/// What a value has in it.
#[derive(Debug)]
pub(super) enum Inside {
    /// Members in their order: the name, and from the name's quote on to the value's end.
    Object(Vec<(String, Range<usize>, Spanned)>),
    Array(Vec<Spanned>),
    Scalar,
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Option<Spanned> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<Spanned> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip_space();
        let start = self.at;
        let inside = match self.peek()? {
            b'{' => Inside::Object(self.members(depth)?),
            b'[' => Inside::Array(self.elements(depth)?),
            b'"' => {
                self.string()?;
                Inside::Scalar
            }
            _ => {
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
                while self.peek().is_some_and(is_part) {
                    self.at += 1;
                }
                Inside::Scalar
            }
        };
        (self.at > start).then_some(Spanned { span: start..self.at, inside })
    }

    fn members(&mut self, depth: usize) -> Option<Vec<(String, Range<usize>, Spanned)>> {
        self.take(b'{')?;
        let mut members = Vec::new();
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(members);
        }
        loop {
            self.skip_space();
            let start = self.at;
            let name = self.string()?;
            let name: String = serde_json::from_str(&self.text[name]).ok()?;
            self.take(b':')?;
            let value = self.value(depth + 1)?;
            members.push((name, start..value.span.end, value));
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(members);
            }
        }
    }

    fn elements(&mut self, depth: usize) -> Option<Vec<Spanned>> {
        self.take(b'[')?;
        let mut elements = Vec::new();
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(elements);
        }
        loop {
            elements.push(self.value(depth + 1)?);
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(elements);
            }
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(start..self.at);
                }
                _ => self.at += 1,
            }
        }
    }
}
