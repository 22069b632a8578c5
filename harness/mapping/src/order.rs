//! The order in which JavaScript lists an object's keys: integer-like ones first, ascending, then the others as
//! they came. Rust keeps all as they came, so objects are reordered where a mapping could see the difference.

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
