//! JSON as text: walked over token by token, and its white space moved; key order, number text, duplicate keys and escapes stay.

use std::ops::Range;

/// Containers nested deeper are written on one line: at a hundred thousand levels the indentation alone would be gigabytes.
pub(crate) const INDENT_DEPTH_MAX: usize = 128;

/// Removes the white space outside strings; text that is not JSON is cut in the same harmless way.
pub fn compact(text: &str) -> String {
    let mut compacted = String::with_capacity(text.len());
    compact_into(text, &mut compacted);
    compacted
}

/// As [`compact`], at the end of `compacted`.
pub(crate) fn compact_into(text: &str, compacted: &mut String) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        if is_space(bytes[at]) {
            at += 1;
            continue;
        }
        while at < bytes.len() && !is_space(bytes[at]) {
            at = if bytes[at] == b'"' { string_end(bytes, at) } else { at + 1 };
        }
        compacted.push_str(&text[from..at]);
    }
}

/// Lays JSON text out with two spaces a level; empty containers stay on their line.
pub fn indent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut indented = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        match bytes[from] {
            byte if is_space(byte) => {}
            open @ (b'{' | b'[') => {
                indented.push(char::from(open));
                let next = skip_spaces(bytes, at);
                if matches!(bytes.get(next), Some(b'}' | b']')) {
                    indented.push(char::from(bytes[next]));
                    at = next + 1;
                } else {
                    depth += 1;
                    new_line(&mut indented, depth, depth);
                }
            }
            close @ (b'}' | b']') => {
                new_line(&mut indented, depth.saturating_sub(1), depth);
                depth = depth.saturating_sub(1);
                indented.push(char::from(close));
            }
            b',' => {
                indented.push(',');
                new_line(&mut indented, depth, depth);
            }
            b':' => indented.push_str(if depth <= INDENT_DEPTH_MAX { ": " } else { ":" }),
            b'"' => {
                at = string_end(bytes, from);
                indented.push_str(&text[from..at]);
            }
            _ => {
                while at < bytes.len() && !is_space(bytes[at]) && !b"{}[],:\"".contains(&bytes[at]) {
                    at += 1;
                }
                indented.push_str(&text[from..at]);
            }
        }
    }
    indented
}

/// What [`walk`] tells while it walks.
pub(crate) trait Tokens {
    /// The inside of a member's name.
    fn key(&mut self, content: Range<usize>);
    /// How long the inside of a member's name is that begins at this index, where it is one that is known, with its quote and
    /// its colon behind it, before it is looked through; it is told then, and [`Tokens::key`] is not called.
    fn known_key(&mut self, _rest: &[u8], _at: usize) -> Option<usize> {
        None
    }
    /// The inside of a string.
    fn text(&mut self, content: Range<usize>);
    /// A number.
    fn number(&mut self, span: Range<usize>);
    /// A container opens.
    fn enter(&mut self, container: Container);
    /// The innermost container closes, or the text ends in it.
    fn leave(&mut self);
    /// A comma.
    fn next(&mut self);
}

/// An object or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// `{…}`
    Object,
    /// `[…]`
    List,
}

/// What a text is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    /// By the letter of RFC 8259.
    pub is_json: bool,
    /// White space stands outside its strings.
    pub has_spaces: bool,
}

/// What may come next in a text that is JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

impl Expected {
    fn is_value(self) -> bool {
        matches!(self, Expected::Value | Expected::ValueOrEnd)
    }
}

/// Walks over the tokens of a text that is JSON or was meant to be: what is torn or invalid is walked over all the same.
pub(crate) fn walk(text: &str, tokens: &mut impl Tokens) -> Walked {
    let bytes = text.as_bytes();
    let mut open: Vec<Container> = Vec::new();
    let mut expected = Expected::Value;
    let mut walked = Walked { is_json: true, has_spaces: false };
    let after_value =
        |open: &[Container]| if open.is_empty() { Expected::Nothing } else { Expected::CommaOrEnd };
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        match bytes[from] {
            b'"' => {
                if matches!(expected, Expected::Key | Expected::KeyOrEnd)
                    && let Some(length) = tokens.known_key(&bytes[at..], at)
                {
                    at += length + 2;
                    expected = Expected::Value;
                    continue;
                }
                let string = string_at(bytes, from);
                at = string.end;
                walked.is_json &= string.is_json;
                let torn = at == from + 1 || bytes[at - 1] != b'"';
                let content = from + 1..if torn { at } else { at - 1 };
                let is_in_object = open.last() == Some(&Container::Object);
                if is_in_object && bytes.get(skip_spaces(bytes, at)) == Some(&b':') {
                    walked.is_json &= matches!(expected, Expected::Key | Expected::KeyOrEnd);
                    expected = Expected::Colon;
                    tokens.key(content);
                    if bytes[at] == b':' {
                        at += 1;
                        expected = Expected::Value;
                    }
                } else {
                    walked.is_json &= expected.is_value();
                    expected = after_value(&open);
                    tokens.text(content);
                }
            }
            b'{' => {
                walked.is_json &= expected.is_value();
                expected = Expected::KeyOrEnd;
                open.push(Container::Object);
                tokens.enter(Container::Object);
            }
            b'[' => {
                walked.is_json &= expected.is_value();
                expected = Expected::ValueOrEnd;
                open.push(Container::List);
                tokens.enter(Container::List);
            }
            close @ (b'}' | b']') => {
                let closed = open.pop();
                walked.is_json &= match closed {
                    Some(Container::Object) => {
                        close == b'}' && matches!(expected, Expected::KeyOrEnd | Expected::CommaOrEnd)
                    }
                    Some(Container::List) => {
                        close == b']' && matches!(expected, Expected::ValueOrEnd | Expected::CommaOrEnd)
                    }
                    None => false,
                };
                expected = after_value(&open);
                if closed.is_some() {
                    tokens.leave();
                }
            }
            b',' => {
                walked.is_json &= expected == Expected::CommaOrEnd;
                expected = match open.last() {
                    Some(Container::Object) => Expected::Key,
                    Some(Container::List) | None => Expected::Value,
                };
                tokens.next();
            }
            b':' => {
                walked.is_json &= expected == Expected::Colon;
                expected = Expected::Value;
            }
            b'-' | b'0'..=b'9' => {
                while bytes.get(at).is_some_and(|byte| IS_OF_NUMBER[usize::from(*byte)]) {
                    at += 1;
                }
                walked.is_json &= expected.is_value() && is_number(&bytes[from..at]);
                expected = after_value(&open);
                tokens.number(from..at);
            }
            b' ' | b'\t' | b'\n' | b'\r' => walked.has_spaces = true,
            b't' | b'f' | b'n' => {
                let length =
                    LITERALS.iter().find(|literal| bytes[from..].starts_with(literal)).map(|it| it.len());
                walked.is_json &= expected.is_value() && length.is_some();
                expected = after_value(&open);
                at = from + length.unwrap_or(1);
            }
            _ => walked.is_json = false,
        }
    }
    walked.is_json &= expected == Expected::Nothing;
    open.iter().for_each(|_| tokens.leave());
    walked
}

/// Whether a text is JSON, by the letter of RFC 8259.
pub fn is_json(text: &str) -> bool {
    walked(text).is_json
}

/// What a text is as a whole.
pub(crate) fn walked(text: &str) -> Walked {
    struct Nothing;
    impl Tokens for Nothing {
        fn key(&mut self, _: Range<usize>) {}
        fn text(&mut self, _: Range<usize>) {}
        fn number(&mut self, _: Range<usize>) {}
        fn enter(&mut self, _: Container) {}
        fn leave(&mut self) {}
        fn next(&mut self) {}
    }
    walk(text, &mut Nothing)
}

const LITERALS: [&[u8]; 3] = [b"true", b"false", b"null"];

const IS_OF_NUMBER: [bool; 256] = {
    let mut is_of_number = [false; 256];
    let letters = b"+-.eE0123456789";
    let mut index = 0;
    while index < letters.len() {
        is_of_number[letters[index] as usize] = true;
        index += 1;
    }
    is_of_number
};

fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', exponent @ ..] => exponent,
            exponent => exponent,
        };
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

/// A string of a text.
struct StringAt {
    /// The index after it, or the text's end where it is torn.
    end: usize,
    is_json: bool,
}

/// The string that opens at `open`.
#[inline(always)]
fn string_at(bytes: &[u8], open: usize) -> StringAt {
    // Most have no escapes.
    let end = open + 1 + plain_bytes(&bytes[open + 1..]);
    if bytes.get(end) == Some(&b'"') {
        return StringAt { end: end + 1, is_json: true };
    }
    escaped_string_at(bytes, end)
}

/// As [`string_at`], from the first sign on that is not plain.
fn escaped_string_at(bytes: &[u8], from: usize) -> StringAt {
    let mut at = from;
    let mut is_json = true;
    while at < bytes.len() {
        at += plain_bytes(&bytes[at..]);
        match bytes.get(at) {
            Some(b'\\') => {
                is_json &= match bytes.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
                    Some(b'u') => bytes
                        .get(at + 2..at + 6)
                        .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
                    Some(_) | None => false,
                };
                at += 2;
            }
            Some(b'"') => return StringAt { end: at + 1, is_json },
            Some(_) => {
                is_json = false;
                at += 1;
            }
            None => {}
        }
    }
    StringAt { end: bytes.len(), is_json: false }
}

/// How many bytes at the start are neither a quote, a backslash nor a control character: eight are looked at together.
#[inline]
pub(crate) fn plain_bytes(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = not_plain(u64::from_le_bytes(*word));
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    match bytes.last_chunk::<8>() {
        // Those before the rest are plain.
        Some(last) => bytes.len() - 8 + (not_plain(u64::from_le_bytes(*last)).trailing_zeros() / 8) as usize,
        None => rest.iter().take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')).count(),
    }
}

/// The high bits of those of eight bytes that are not plain; the lowest is always right, those above it may come of its borrowing.
#[inline]
fn not_plain(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The quote and the control characters are those that lie below 0x21 with their second bit turned.
    let turned = word ^ (ONES * 0x02);
    let quotes_and_controls = turned.wrapping_sub(ONES * 0x21) & !turned;
    let slashes = word ^ (ONES * 0x5c);
    let backslashes = slashes.wrapping_sub(ONES) & !slashes;
    (quotes_and_controls | backslashes) & HIGHS
}

/// Appends the text as the inside of a JSON string, its quotes left out.
pub(crate) fn escape_into(text: &str, out: &mut String) {
    if plain_bytes(text.as_bytes()) == text.len() {
        out.push_str(text);
    } else {
        let quoted = serde_json::to_string(text).expect("a text is always JSON");
        out.push_str(&quoted[1..quoted.len() - 1]);
    }
}

/// The index after the string that opens at `open`, or the text's end where it is torn.
pub(crate) fn string_end(bytes: &[u8], open: usize) -> usize {
    string_at(bytes, open).end
}

/// The index of the first byte from `at` on that is not JSON white space.
#[inline]
pub(crate) fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_space(bytes[at]) {
        at += 1;
    }
    at
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn new_line(indented: &mut String, depth: usize, container: usize) {
    if container <= INDENT_DEPTH_MAX {
        indented.push('\n');
        indented.extend(std::iter::repeat_n("  ", depth));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use serde_json::value::RawValue;

    use super::{INDENT_DEPTH_MAX, compact, indent, is_json, walked};

    #[track_caller]
    fn is_json_as_the_library_says(text: &str) {
        let expected = serde_json::from_str::<&RawValue>(text).is_ok();
        assert_eq!(is_json(text), expected, "{text}");
    }

    #[test]
    fn json_is_told_by_the_letter_of_the_standard() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            " [ ] ",
            "{\"a\":1}",
            "{\"a\" : [1 , {}]}",
            "{\"a\"}",
            "{\"a\":}",
            "{,}",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "[1 2]",
            "[1}",
            "{\"a\":1]",
            "]",
            "[]]",
            "{}{}",
            "1 2",
            "-",
            "-0",
            "01",
            "1.",
            ".5",
            "1.5e",
            "1e+5",
            "1E-5",
            "1.2.3",
            "+1",
            "tru",
            "true",
            "truex",
            "nullnull",
            "[true,false]",
            "\"a",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12ag\"",
            "\"\\ud83d\"",
            "\"a\tb\"",
            "\"\u{7f}\"",
            "'a'",
            "{a:1}",
            "[1]x",
            "\u{feff}[]",
            "{\"a\":\"b\":1}",
            "{\"a\",\"b\"}",
            "[\"a\":1]",
            "// x",
            "\"12345678\n\"",
            "\"1234567\\\"",
            "[1,\u{a0}2]",
        ] {
            is_json_as_the_library_says(text);
        }
        assert!(walked("{ }").has_spaces && !walked("{\"a b\":1}").has_spaces);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn json_with_a_piece_changed_is_told_as_the_library_tells_it(
            at in any::<usize>(),
            length in 0_usize..4,
            piece in "[\\[\\]{}\":,\\\\0-9eE+.truefalsn u\t-]{0,3}",
        ) {
            let text = r#"{"a":[1.5e3,-0,"x\u00e9\n",true],"b c":{"d":null,"e":[{}, []]},"f":"12345678 and more"}"#;
            let at = at % text.len();
            let changed = format!("{}{piece}{}", &text[..at], &text[(at + length).min(text.len())..]);
            let expected = serde_json::from_str::<&RawValue>(&changed).is_ok();
            prop_assert_eq!(is_json(&changed), expected, "{}", changed);
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(indent(text), expected);
        assert_eq!(indent(expected), expected, "indenting twice changes nothing");
        assert_eq!(compact(expected), compact(text));
    }

    #[test]
    fn everything_but_white_space_is_kept_to_the_letter() {
        check(
            r#"{"b":1.10,"a" : [1e400,-0.0 ,9007199254740993],"b":"\ud83d \u0000\" : , {","e":{ },"f":[ ],"\/":null}"#,
            "{\n  \"b\": 1.10,\n  \"a\": [\n    1e400,\n    -0.0,\n    9007199254740993\n  ],\n  \"b\": \"\\ud83d \\u0000\\\" : , {\",\n  \"e\": {},\n  \"f\": [],\n  \"\\/\": null\n}",
        );
        check("true", "true");
        check("[[1],[]]", "[\n  [\n    1\n  ],\n  []\n]");
    }

    #[test]
    fn compacting_leaves_strings_alone() {
        assert_eq!(
            compact(" { \"a b\" :\t[ 1 , \"x \\\" y\" ]\r\n} "),
            r#"{"a b":["x \" y"]}"#.replace("[", "[1,")
        );
    }

    #[test]
    fn torn_text_is_laid_out_without_a_panic() {
        for text in ["{\"a", "\"\\", "]]]}", "[1,", "{\"é\":\"日", "\"a\\\u{e9}"] {
            indent(text);
            compact(text);
        }
    }

    #[test]
    fn beyond_the_depth_limit_containers_stay_on_one_line() {
        let depth = INDENT_DEPTH_MAX + 2;
        let deep = format!("{}{{\"a\":1,\"b\":2}}{}", "[".repeat(depth), "]".repeat(depth));
        let indented = indent(&deep);
        assert_eq!(indented.lines().count(), 2 * INDENT_DEPTH_MAX + 1);
        assert_eq!(compact(&indented), deep);
        let very_deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(indent(&very_deep).len() < 300_000, "the indentation is bounded");
    }
}
