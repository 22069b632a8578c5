//! What JavaScript makes of a value: texts, numbers, truth, paths; referred to the oracle where it is odd.

use std::cmp::Ordering;

use jlens_core::{Error, Result};
use serde_json::Value;

use crate::output::push_number;
use crate::referral::refer;

/// `String(value)`.
pub(super) fn string(value: Option<&Value>) -> Result<String> {
    Ok(match value {
        None => "undefined".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(_)) => number_text(number(value).unwrap_or(f64::NAN)),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => join(items, ",")?,
        // Those of the input are "[object Object]"; those that a mapping builds have no text at all.
        Some(Value::Object(_)) => return Err(refer("the text of an object")),
    })
}

/// `Array.prototype.join`: null is empty text inside an array.
pub(super) fn join(items: &[Value], separator: &str) -> Result<String> {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        if !item.is_null() {
            text.push_str(&string(Some(item))?);
        }
    }
    Ok(text)
}

pub(super) fn number_text(value: f64) -> String {
    let mut text = String::new();
    if value.is_nan() {
        return "NaN".to_owned();
    }
    push_number(value, &mut text);
    text
}

/// The number that a value is.
pub(super) fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

/// A number as an answer. JSON has none for what is not finite, and the mapping could see which one it is.
pub(super) fn finite(value: f64) -> Result<Option<Value>> {
    if !value.is_finite() {
        return Err(refer("a function answers a number that is not finite"));
    }
    Ok(Some(double(value)))
}

/// A finite number as JSON.
pub(super) fn double(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// `Number(text)`.
pub(super) fn number_of_text(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let radix = |prefix: &str, radix| {
        let digits = text.strip_prefix(prefix).or_else(|| text.strip_prefix(&prefix.to_uppercase()))?;
        let known = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        Some(if known {
            digits.chars().fold(0.0, |n, c| n * f64::from(radix) + digit(c, radix))
        } else {
            f64::NAN
        })
    };
    if text.is_empty() {
        return 0.0;
    }
    if let Some(number) = radix("0x", 16).or_else(|| radix("0b", 2)).or_else(|| radix("0o", 8)) {
        return number;
    }
    if decimal_prefix(text) == text.len() {
        return text.parse().unwrap_or(f64::NAN);
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ => f64::NAN,
    }
}

fn digit(character: char, radix: u32) -> f64 {
    character.to_digit(radix).map_or(f64::NAN, f64::from)
}

/// `parseFloat(text)`: as far as it is a number.
pub(super) fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_space);
    match decimal_prefix(text) {
        0 if text.starts_with("Infinity") || text.starts_with("+Infinity") => f64::INFINITY,
        0 if text.starts_with("-Infinity") => f64::NEG_INFINITY,
        0 => f64::NAN,
        length => text[..length].parse().unwrap_or(f64::NAN),
    }
}

/// How many bytes at the beginning are a decimal number.
fn decimal_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        if whole + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits((at + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

/// White space that JavaScript trims: Unicode's, and the byte order mark; not the next-line control.
pub(super) fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// `Boolean(value)`.
pub(super) fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(_)) => number(value).is_some_and(|n| n != 0.0 && !n.is_nan()),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// `===` of scalars; two objects are the same only where they are one object, which JSON does not tell.
pub(super) fn same(left: Option<&Value>, right: Option<&Value>) -> Result<bool> {
    match (left, right) {
        (Some(Value::Number(_)), Some(Value::Number(_))) => Ok(number(left) == number(right)),
        (Some(Value::Array(_) | Value::Object(_)), Some(Value::Array(_) | Value::Object(_)))
            if left == right =>
        {
            Err(refer("two equal objects are compared by identity"))
        }
        _ => Ok(left == right),
    }
}

/// The keys of a lodash path: `a.b[0].c`.
pub(super) fn path(text: &str) -> Result<Vec<String>> {
    if text.contains('"') || text.contains('\'') || text.contains('\\') {
        return Err(refer("a lodash path with quotes"));
    }
    let mut keys = Vec::new();
    for (index, part) in text.split('.').enumerate() {
        let (name, brackets) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
        if name.is_empty() && (brackets.is_none() || index > 0) {
            return Err(refer("a lodash path with an empty part"));
        }
        if !name.is_empty() {
            keys.push(name.to_owned());
        }
        for bracket in brackets.into_iter().flat_map(|rest| rest.split('[')) {
            let inner = bracket.strip_suffix(']').filter(|inner| !inner.is_empty() && !inner.contains(']'));
            keys.push(inner.ok_or_else(|| refer("a lodash path with odd brackets"))?.to_owned());
        }
    }
    Ok(keys)
}

/// A key, or a path where the object has no such key.
pub(super) fn path_in(text: &str, object: Option<&Value>) -> Result<Vec<String>> {
    let plain = !text.contains(['.', '[', ']']);
    if plain || member(object, text)?.is_some() {
        return Ok(vec![text.to_owned()]);
    }
    path(text)
}

/// `_.get(value, path)`.
pub(super) fn get<'v>(value: Option<&'v Value>, text: &str) -> Result<Option<&'v Value>> {
    let mut value = value;
    for key in path_in(text, value)? {
        value = member(value, &key)?;
    }
    Ok(value)
}

/// `value[key]` of JSON's own keys; what every JavaScript object inherits is left to the oracle.
pub(super) fn member<'v>(value: Option<&'v Value>, key: &str) -> Result<Option<&'v Value>> {
    const INHERITED: [&str; 13] = [
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "length",
    ];
    match value {
        Some(Value::Object(map)) => match map.get(key) {
            None if INHERITED[..12].contains(&key) => Err(refer(format!("a key named {key}"))),
            found => Ok(found),
        },
        Some(Value::Array(items)) => match key.parse::<usize>() {
            Ok(index) => Ok(items.get(index)),
            Err(_) => Err(refer("a named property of an array")),
        },
        Some(Value::String(_) | Value::Number(_) | Value::Bool(_)) => Err(refer("a property of a scalar")),
        None | Some(Value::Null) => Ok(None),
    }
}

/// JavaScript's order of two texts: by UTF-16 units.
pub(super) fn compare_texts(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// The error of a function that JavaScript would throw a `TypeError` for.
pub(super) fn type_error(what: &str) -> Error {
    Error::new("TypeError").with("message", what)
}
