//! Two values at one path, at least one of them neither list nor object: how do they differ?

use std::borrow::Cow;

use crate::difference::Kind;
use crate::instant;
use crate::number::{self, Decimal, Relation};
use crate::tape::{Type, Value};

/// The kind of the difference; `None` where the values are equal.
#[inline(never)]
pub(crate) fn classify(legacy: Value<'_>, new: Value<'_>) -> Option<Kind> {
    if legacy.raw_bytes() == new.raw_bytes() {
        return None;
    }
    match (legacy.kind(), new.kind()) {
        (Type::Number, Type::Number) => Some(match number::relate(legacy.raw(), new.raw()) {
            Relation::SameDecimal => Kind::NumberText,
            Relation::SameDouble => Kind::Precision,
            Relation::Other
                if same_instant(instant::of_number(legacy.raw()), instant::of_number(new.raw())) =>
            {
                Kind::InstantText
            }
            Relation::Other => Kind::Value,
        }),
        (Type::String, Type::String) => classify_text(legacy, new),
        (Type::String, Type::Number) => Some(text_and_number(&legacy.text(), new.raw())),
        (Type::Number, Type::String) => Some(text_and_number(&new.text(), legacy.raw())),
        (Type::True, Type::False) | (Type::False, Type::True) => Some(Kind::Value),
        _ => Some(Kind::Type),
    }
}

fn same_instant(legacy: Option<i128>, new: Option<i128>) -> bool {
    legacy.is_some() && legacy == new
}

fn classify_text(legacy: Value<'_>, new: Value<'_>) -> Option<Kind> {
    if legacy.text_bytes() == new.text_bytes() {
        return None;
    }
    let (legacy, new) = (legacy.text(), new.text());
    Some(if same_instant(instant::of_string(&legacy), instant::of_string(&new)) {
        Kind::InstantText
    } else if same_but_case(&legacy, &new) {
        Kind::Case
    } else if legacy.split_whitespace().eq(new.split_whitespace()) {
        Kind::Whitespace
    } else {
        Kind::Value
    })
}

fn text_and_number(text: &str, number: &str) -> Kind {
    if Decimal::parse(text).is_some_and(|decimal| Decimal::parse(number) == Some(decimal)) {
        Kind::NumberAsText
    } else if same_instant(instant::of_string(text), instant::of_number(number)) {
        Kind::InstantText
    } else {
        Kind::Type
    }
}

fn same_but_case(legacy: &str, new: &str) -> bool {
    match legacy.is_ascii() && new.is_ascii() {
        true => legacy.eq_ignore_ascii_case(new),
        false => legacy.to_lowercase() == new.to_lowercase(),
    }
}

/// A scalar as people write it in a rule: a string's content, else its JSON text.
pub(crate) fn plain_text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind() {
        Type::String => Some(value.text()),
        Type::Array | Type::Object => None,
        _ => Some(Cow::Borrowed(value.raw())),
    }
}
