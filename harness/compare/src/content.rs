//! Equality of content, and hashes of it, under no rule at all: key order and escapes do not count, all else does.

use std::borrow::Cow;

use crate::hash::{bytes, mix, scalar};
use crate::tape::{Type, Value};

/// Equal contents have equal hashes; unequal ones rarely do, and [`same`] decides then.
pub(crate) fn hash(value: Value<'_>) -> u64 {
    match value.kind() {
        Type::Object => {
            let members = value.members().fold(0_u64, |sum, (key, member)| {
                sum.wrapping_add(mix(bytes(14, &key.text_bytes()), hash(member)))
            });
            mix(15, members)
        }
        Type::Array => mix(17, value.elements().fold(16, |list, element| mix(list, hash(element)))),
        _ => scalar(value),
    }
}

/// Equal to the letter, but for key order, white space between values and escapes in strings. Of a repeated key
/// the order of its values counts.
pub(crate) fn same(one: Value<'_>, other: Value<'_>) -> bool {
    if one.raw() == other.raw() {
        return true;
    }
    match (one.kind(), other.kind()) {
        (Type::Object, Type::Object) => {
            let (one, other) = (sorted_members(one), sorted_members(other));
            one.len() == other.len()
                && one.iter().zip(&other).all(|(here, there)| here.0 == there.0 && same(here.1, there.1))
        }
        (Type::Array, Type::Array) => {
            let (mut here, mut there) = (one.elements(), other.elements());
            loop {
                match (here.next(), there.next()) {
                    (None, None) => return true,
                    (Some(here), Some(there)) if same(here, there) => {}
                    _ => return false,
                }
            }
        }
        (Type::String, Type::String) => one.text_bytes() == other.text_bytes(),
        _ => false,
    }
}

/// An object's members by name; those of one name in their order.
pub(crate) fn sorted_members(object: Value<'_>) -> Vec<(Cow<'_, [u8]>, Value<'_>)> {
    let mut members: Vec<_> = object.members().map(|(key, value)| (key.text_bytes(), value)).collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    members
}

/// The hashes of a value's scalars together with the names that lead to them.
pub(crate) fn leaves(value: Value<'_>) -> Vec<u64> {
    fn collect(value: Value<'_>, path: u64, out: &mut Vec<u64>) {
        match value.kind() {
            Type::Object => {
                value
                    .members()
                    .for_each(|(key, member)| collect(member, bytes(path, &key.text_bytes()), out));
            }
            Type::Array => value.elements().for_each(|element| collect(element, mix(path, 1), out)),
            _ => out.push(mix(path, scalar(value))),
        }
    }
    let mut out = Vec::new();
    collect(value, 0, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    fn check(one: &str, other: &str, expected: bool) {
        let (mut tape, mut other_tape) = (Tape::new(), Tape::new());
        let one = tape.parse(one).expect("one of the test").root();
        let other = other_tape.parse(other).expect("other of the test").root();
        assert_eq!(
            (same(one, other), hash(one) == hash(other)),
            (expected, expected),
            "{} {}",
            one.raw(),
            other.raw()
        );
    }

    #[test]
    fn content_is_what_is_said_and_not_how() {
        check(r#"{"a":1,"b":[{"c":"\u00e9"}]}"#, r#"{ "b": [{"c":"é"}], "a": 1 }"#, true);
        check("[1,2]", "[2,1]", false);
        check("1", "1.0", false);
        check("{}", "[]", false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":1}"#, false);
        check("[[1],2]", "[[1,2]]", false);
        check(r#""1""#, "1", false);
    }
}
