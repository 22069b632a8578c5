//! JSON Pointers (RFC 6901) that cut the value they point at out of a text, to the letter.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Where a value lies in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    steps: Vec<String>,
}

/// Why a text is no JSON Pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It must be empty or begin with `/`.
    #[error("a JSON Pointer begins with `/`, as in `/data/id`")]
    NoSlash,
    /// `~` stands before `0` or `1` only.
    #[error("`~` in a JSON Pointer is written `~0`, and `/` in a name `~1`")]
    Tilde,
}

/// Why nothing could be cut out.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The text is no JSON.
    #[error("not JSON: {} at column {}", crate::message::complaint(.0), .0.column())]
    NotJson(serde_json::Error),
    /// The key stands there twice, so that it is open which value is meant.
    #[error("the key `{}` twice in one object", crate::message::one_line(.0))]
    Ambiguous(String),
}

impl Pointer {
    /// Reads a pointer as people write it.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Pointer { steps: Vec::new() });
        }
        let steps = text.strip_prefix('/').ok_or(PointerError::NoSlash)?;
        steps.split('/').map(step).collect::<Result<_, _>>().map(|steps| Pointer { steps })
    }

    /// The text of the value that is pointed at, with its key order, number text and duplicate keys; `None` where there is none.
    pub fn cut<'text>(&self, text: &'text str) -> Result<Option<&'text str>, CutError> {
        let whole: &RawValue = serde_json::from_str(text).map_err(CutError::NotJson)?;
        let mut value = whole.get();
        for step in &self.steps {
            // Only these have parts; parsing another value could fail on what need not be understood.
            if !value.starts_with(['{', '[']) {
                return Ok(None);
            }
            let mut deserializer = serde_json::Deserializer::from_str(value);
            let found = deserializer.deserialize_any(Step { step }).map_err(CutError::NotJson)?;
            match found {
                Found::One(raw) => value = raw.get(),
                Found::Nothing => return Ok(None),
                Found::Twice => return Err(CutError::Ambiguous(step.clone())),
            }
        }
        Ok(Some(value))
    }
}

fn step(escaped: &str) -> Result<String, PointerError> {
    let mut parts = escaped.split('~');
    let mut step = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            Some(_) | None => return Err(PointerError::Tilde),
        };
        step.push(letter);
        step.push_str(rest);
    }
    Ok(step)
}

enum Found<'text> {
    Nothing,
    One(&'text RawValue),
    Twice,
}

struct Step<'step> {
    step: &'step str,
}

impl<'text> Visitor<'text> for Step<'_> {
    type Value = Found<'text>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'text>>(self, mut map: A) -> Result<Found<'text>, A::Error> {
        let mut found = Found::Nothing;
        // The key is taken raw, because one with half a surrogate pair is no Rust string and must not spoil the rest.
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let is_meant = serde_json::from_str::<String>(key.get()).is_ok_and(|key| key == self.step);
            found = match (found, is_meant) {
                (found, false) => found,
                (Found::Nothing, true) => Found::One(value),
                (Found::One(_) | Found::Twice, true) => Found::Twice,
            };
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'text>>(self, mut list: A) -> Result<Found<'text>, A::Error> {
        let is_index = self.step == "0"
            || (!self.step.starts_with('0') && self.step.bytes().all(|byte| byte.is_ascii_digit()));
        let index = self.step.parse::<usize>().ok().filter(|_| is_index);
        let mut found = Found::Nothing;
        let mut at = 0;
        loop {
            if Some(at) == index {
                let Some(value) = list.next_element()? else { break };
                found = Found::One(value);
            } else if list.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            at += 1;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pointer, PointerError};

    fn check(text: &str, pointer: &str, expected: Option<&str>) {
        let pointer = Pointer::parse(pointer).expect("the pointer is valid");
        assert_eq!(pointer.cut(text).expect("the text can be cut"), expected);
    }

    #[test]
    fn the_examples_of_the_standard_hold() {
        let text =
            r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        for (pointer, expected) in [
            ("", text),
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            check(text, pointer, Some(expected));
        }
        assert_eq!(Pointer::parse("/~01").map(|pointer| pointer.steps), Ok(vec!["~1".to_owned()]));
    }

    #[test]
    fn a_value_is_cut_out_to_the_letter() {
        check(r#"{"a":{"z": 1.10,"y":1e400,"z":2}}"#, "/a", Some(r#"{"z": 1.10,"y":1e400,"z":2}"#));
        check(r#"{"\ud83d":1,"a":"\ud83d"}"#, "/a", Some(r#""\ud83d""#));
        check(r#"{"\u0061":null}"#, "/a", Some("null"));
        check("[[1],[2 ,3]]", "/1/0", Some("2"));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        for pointer in [
            "/x",
            "/a/x",
            "/l/2",
            "/l/-",
            "/l/00",
            "/l/+1",
            "/l/99999999999999999999",
            "/s/0",
            "/n/x",
            "/f/x",
            "/h/x",
            "/u/x",
        ] {
            check(r#"{"a":{},"l":[1,2],"s":"text","n":null,"f":1.5,"h":1e400,"u":"\ud83d"}"#, pointer, None);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_ambiguous() {
        let pointer = Pointer::parse("/a").expect("the pointer is valid");
        let error = pointer.cut(r#"{"a":1,"a":2}"#).expect_err("it stands twice");
        assert_eq!(error.to_string(), "the key `a` twice in one object");
    }

    #[test]
    fn text_that_is_no_json_is_an_error_even_beyond_the_value() {
        let pointer = Pointer::parse("/a").expect("the pointer is valid");
        let error = pointer.cut(r#"{"a":1,"#).expect_err("it is torn");
        assert_eq!(error.to_string(), "not JSON: EOF while parsing an object at column 7");
        let deep = format!(r#"{{"b":{}{},"a":1}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(pointer.cut(&deep).expect("depth does not matter"), Some("1"));
    }

    #[test]
    fn a_pointer_that_is_none_is_refused() {
        assert_eq!(Pointer::parse("id"), Err(PointerError::NoSlash));
        assert_eq!(Pointer::parse("/a~2"), Err(PointerError::Tilde));
        assert_eq!(Pointer::parse("/a~"), Err(PointerError::Tilde));
        assert_eq!(Pointer::parse("/a~é"), Err(PointerError::Tilde));
    }
}
