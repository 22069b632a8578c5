//! The order in which JavaScript lists an object's keys: integer-like ones first, ascending, then the others as
//! they came. Rust keeps all as they came, so a text is reordered where a mapping could see the difference.

use std::borrow::Cow;

use compare::tape::{Tape, Type};
use serde_json::{Map, Value};

/// The number of a key that JavaScript takes for an array index: canonical digits below 2^32 - 1.
pub(crate) fn index(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    let canonical = matches!(bytes, [b'0'] | [b'1'..=b'9', ..]) && bytes.len() <= 10;
    if !canonical || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    key.parse().ok().filter(|number| *number < u32::MAX)
}

/// What keys are sorted by; the sort must be stable.
pub(crate) fn rank(key: &str) -> (bool, u32) {
    index(key).map_or((true, 0), |number| (false, number))
}

/// Puts the keys of an object in JavaScript's order.
pub(crate) fn object(map: Map<String, Value>) -> Map<String, Value> {
    if !map.keys().any(|key| index(key).is_some()) {
        return map;
    }
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    entries.into_iter().collect()
}

/// Puts the keys of every object in a value in JavaScript's order.
pub(crate) fn value(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(self::value).collect()),
        Value::Object(map) => {
            Value::Object(object(map.into_iter().map(|(key, item)| (key, self::value(item))).collect()))
        }
        scalar => scalar,
    }
}

/// Puts the keys of every object in a text in JavaScript's order. A text without such keys comes back as it is
/// after one quick look at its bytes; so does a text that does not parse: the engine will say so.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if !has_index_key(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut tape = Tape::new();
    match tape.parse(text) {
        Ok(json) => {
            let mut out = String::with_capacity(text.len());
            write(json.root(), &mut out);
            Cow::Owned(out)
        }
        Err(_) => Cow::Borrowed(text),
    }
}

/// Whether some string of digits is followed by a colon. A key whose digits are written as escapes is missed.
fn has_index_key(bytes: &[u8]) -> bool {
    const BLOCK: usize = 64;
    let mut start = 0;
    while start + 1 < bytes.len() {
        let end = (start + BLOCK).min(bytes.len() - 1);
        // No early exit, so that the compiler can use wide instructions.
        let mut candidate = false;
        for at in start..end {
            candidate |= (bytes[at] == b'"') & bytes[at + 1].is_ascii_digit();
        }
        if candidate && (start..end).any(|at| bytes[at] == b'"' && is_index_key(&bytes[at + 1..])) {
            return true;
        }
        start = end;
    }
    false
}

fn is_index_key(after_quote: &[u8]) -> bool {
    let digits = after_quote.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 10 || after_quote.get(digits) != Some(&b'"') {
        return false;
    }
    after_quote[digits + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn write(node: compare::tape::Value<'_>, out: &mut String) {
    match node.kind() {
        Type::Array => {
            out.push('[');
            for (at, element) in node.elements().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Type::Object => {
            let mut members: Vec<_> = node.members().collect();
            // A repeated key keeps its first place and its last value, which a stable sort leaves to the parser.
            members.sort_by_key(|(key, _)| rank(&key.text()));
            out.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(key.raw());
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Type::Null | Type::True | Type::False | Type::Number | Type::String => out.push_str(node.raw()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(text(input), expected, "{input}");
    }

    #[test]
    fn integer_keys_come_first_and_ascending() {
        check(r#"{"b":1,"10":2,"a":{"2":1,"x":[{"z":0,"1" :1}],"1":2},"9":3}"#, {
            r#"{"9":3,"10":2,"b":1,"a":{"1":2,"2":1,"x":[{"1":1,"z":0}]}}"#
        });
        check(r#"{"b":1,"4294967294":2,"4294967295":3,"01":4,"-1":5}"#, {
            r#"{"4294967294":2,"b":1,"4294967295":3,"01":4,"-1":5}"#
        });
    }

    #[test]
    fn a_text_without_integer_keys_is_not_touched() {
        for input in [r#"{ "b" : "1", "a": ["2"] }"#, "12", "", "\"", r#"{"1": "#, r#"["2024-01-01","7"]"#] {
            assert!(matches!(text(input), Cow::Borrowed(_)), "{input}");
        }
    }
}
