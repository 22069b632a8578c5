//! Query strings, as the `qs` library reads and writes them.

use jlens_core::{HostCall, Result};
use serde_json::{Map, Value};

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::order;
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "parseQuery", takes: Takes::Any(2), call: parse_query },
    Function { name: "stringifyQuery", takes: Takes::Any(2), call: stringify_query },
];

/// The library has limits of its own (20 values of one name, 1,000 parameters), which are left to it.
const SAME_NAME_MAX: usize = 20;

fn parse_query(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    if argument(arguments, 1).is_some() {
        return Err(refer("$parseQuery with options"));
    }
    let query = match argument(arguments, 0) {
        None | Some(Value::Null) => "",
        Some(Value::String(query)) => query,
        Some(_) => return Err(refer("$parseQuery of what is no text")),
    };
    let mut parsed: Map<String, Value> = Map::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decode(name)?;
        if name.is_empty()
            || name.contains(['[', ']'])
            || js::member(Some(&Value::Object(Map::new())), &name).is_err()
        {
            return Err(refer("$parseQuery of a structured name"));
        }
        let value = Value::from(decode(value)?);
        match parsed.get_mut(&name) {
            None => {
                parsed.insert(name, value);
            }
            Some(Value::Array(values)) if values.len() >= SAME_NAME_MAX => {
                return Err(refer("more values of one name than the library keeps in a list"));
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(Some(Value::Object(order::object(parsed))))
}

/// Percent-decodes, `+` as a space. What is no escape or no UTF-8 is left to the library.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = (rest.next().map(char::from), rest.next().map(char::from));
                match (digits.0.and_then(|c| c.to_digit(16)), digits.1.and_then(|c| c.to_digit(16))) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return Err(refer("a percent sign that begins no escape")),
                }
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| refer("an escape that is no UTF-8"))
}

fn stringify_query(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    if argument(arguments, 1).is_some() {
        return Err(refer("$stringifyQuery with options"));
    }
    let mut parts = Vec::new();
    match argument(arguments, 0) {
        Some(Value::Object(map)) => {
            for (key, value) in order::object(map.clone()) {
                push(&key, &value, &mut parts);
            }
        }
        Some(Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                push(&index.to_string(), value, &mut parts);
            }
        }
        _ => {}
    }
    Ok(Some(Value::from(parts.join("&"))))
}

fn push(name: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Null => parts.push(format!("{}=", encode(name))),
        Value::Object(map) => {
            for (key, value) in order::object(map.clone()) {
                push(&format!("{name}[{key}]"), &value, parts);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                push(&format!("{name}[{index}]"), value, parts);
            }
        }
        Value::Bool(value) => parts.push(format!("{}={value}", encode(name))),
        Value::Number(_) => {
            let number = js::number_text(js::number(Some(value)).unwrap_or(f64::NAN));
            parts.push(format!("{}={}", encode(name), encode(&number)));
        }
        Value::String(text) => parts.push(format!("{}={}", encode(name), encode(text))),
    }
}

/// RFC 3986: all but letters, digits and `-._~` is escaped.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
