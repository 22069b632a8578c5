//! How a text writes its characters: as they are, with JSON's escapes, or percent-encoded; read with the place of each.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// How a place writes its characters; percent-encoding is understood in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// As they are.
    Plain,
    /// As the inside of a JSON string.
    Json,
}

/// A text as it reads, with where each of its characters stands in what was written.
pub(super) struct Read<'t> {
    written: &'t str,
    pub text: Cow<'t, str>,
    /// Where each byte of the text begins in what was written, and where all ends; none where both are one.
    starts: Option<Vec<u32>>,
}

impl<'t> Read<'t> {
    /// A text that has no escapes.
    pub fn plain(written: &'t str) -> Read<'t> {
        Read { written, text: Cow::Borrowed(written), starts: None }
    }

    pub fn of(written: &'t str, writing: Writing) -> Read<'t> {
        let is_plain = |byte: u8| byte != b'%' && (byte != b'\\' || writing == Writing::Plain);
        if written.bytes().all(is_plain) {
            return Read::plain(written);
        }
        let mut text = String::with_capacity(written.len());
        let mut starts = Vec::with_capacity(written.len() + 1);
        let mut at = 0;
        while let Some(letter) = written[at..].chars().next() {
            let (letter, length) = match letter {
                '\\' if writing == Writing::Json => escaped(&written[at..]),
                '%' => percent(&written[at..]).unwrap_or(('%', 1)),
                letter => (letter, letter.len_utf8()),
            };
            text.push(letter);
            starts.resize(text.len(), at as u32);
            at += length;
        }
        starts.push(written.len() as u32);
        Read { written, text: Cow::Owned(text), starts: Some(starts) }
    }

    /// Whether it reads as it is written.
    pub fn is_as_written(&self) -> bool {
        self.starts.is_none()
    }

    /// Where a span of the text stands in what was written.
    pub fn span(&self, span: Range<usize>) -> Range<usize> {
        match &self.starts {
            None => span,
            Some(starts) => starts[span.start] as usize..starts[span.end] as usize,
        }
    }

    /// Writes characters in the manner of the one that stands at a place of the text.
    pub fn write_like(&self, at: usize, letters: &str, out: &mut String) {
        let start = self.span(at..at).start;
        // A `String` never fails to be written to.
        match (&self.starts, self.written.as_bytes().get(start)) {
            (Some(_), Some(b'\\')) => {
                let mut units = [0; 2];
                for unit in letters.chars().flat_map(|letter| letter.encode_utf16(&mut units).to_vec()) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            (Some(_), Some(b'%')) => {
                for byte in letters.bytes() {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
            _ => out.push_str(letters),
        }
    }
}

/// The character that an escape at the start stands for, and the escape's length; half a surrogate pair is no letter.
fn escaped(written: &str) -> (char, usize) {
    let letter = match written.as_bytes().get(1) {
        Some(b'u') => return unicode_escape(written),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b' | b'f') => ' ',
        Some(_) => written[1..].chars().next().unwrap_or(' '),
        None => return ('\\', 1),
    };
    (letter, 1 + written[1..].chars().next().map_or(0, char::len_utf8))
}

fn unicode_escape(written: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = written.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(0) else { return ('\\', 1) };
    if let Some(second) = unit(6)
        && let Some(Ok(letter)) = char::decode_utf16([first, second]).next()
        && letter.len_utf16() == 2
    {
        return (letter, 12);
    }
    (char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// The character whose UTF-8 stands percent-encoded at the start, and the length of that.
fn percent(written: &str) -> Option<(char, usize)> {
    let bytes = written.as_bytes();
    let byte = |index: usize| {
        let digits = bytes.get(index * 3..index * 3 + 3)?.strip_prefix(b"%")?;
        let [high, low] = [digits[0], digits[1]].map(|digit| char::from(digit).to_digit(16));
        Some((high? * 16 + low?) as u8)
    };
    let first = byte(0)?;
    let length = match first {
        0x00..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let encoded = (0..length).map(byte).collect::<Option<Vec<u8>>>()?;
    let letter = std::str::from_utf8(&encoded).ok()?.chars().next()?;
    Some((letter, length * 3))
}

#[cfg(test)]
mod tests {
    use super::{Read, Writing};

    fn check(written: &str, writing: Writing, expected: &str) {
        let read = Read::of(written, writing);
        assert_eq!(read.text, expected);
        assert_eq!(read.span(0..read.text.len()), 0..written.len());
    }

    #[test]
    fn escapes_and_percent_encoding_read_as_what_they_stand_for() {
        check("plain é", Writing::Plain, "plain é");
        check("Jos%C3%A9%20M 100%", Writing::Plain, "José M 100%");
        check("%ff%", Writing::Plain, "%ff%");
        check(r"Jos\u00e9 \ud83d\ude00 \ud83d x\ny\/", Writing::Json, "José 😀 \u{fffd} x\ny/");
        check(r"a\", Writing::Json, "a\\");
        check(r"\u00", Writing::Json, "\\u00");
        check(r"a\b", Writing::Plain, r"a\b");
    }

    #[test]
    fn what_replaces_a_letter_is_written_as_it_was() {
        let read = Read::of(r"\u00e9%41b", Writing::Json);
        let mut out = String::new();
        for (at, _) in read.text.char_indices() {
            read.write_like(at, "é😀", &mut out);
        }
        assert_eq!(out, r"\u00e9\ud83d\ude00%C3%A9%F0%9F%98%80é😀");
    }
}
