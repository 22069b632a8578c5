//! Does a tolerance excuse a difference?
//!
//! Each alone is asked first. Then the rules about how a string is written are asked together, because one string may
//! be written otherwise in two ways at once; the first of them is named.

use crate::difference::Kind;
use crate::entities;
use crate::leaf::plain_text;
use crate::rules::ActiveTolerance;
use crate::tape::{Type, Value};
use crate::text;
use crate::tolerance::Rule;

/// The first of the tolerances that speak at the difference's path to excuse it, by index; a predicate that fails
/// leaves a note and excuses nothing.
pub(crate) fn first(
    tolerances: &[ActiveTolerance],
    speaking: &[usize],
    kind: Kind,
    legacy: Option<Value<'_>>,
    new: Option<Value<'_>>,
    notes: &mut Vec<String>,
) -> Option<usize> {
    let alone = speaking.iter().copied().find(|&index| excuses(&tolerances[index], kind, legacy, new, notes));
    alone.or_else(|| {
        let (legacy, new) = both(legacy, new)?;
        let rules = || speaking.iter().map(|&index| (index, &tolerances[index].tolerance.rule));
        let first = rules().find(|(_, rule)| text::is_text_rule(rule))?.0;
        let are_strings = legacy.kind() == Type::String && new.kind() == Type::String;
        (are_strings && text::same(&legacy.text(), &new.text(), rules().map(|(_, rule)| rule)))
            .then_some(first)
    })
}

fn excuses(
    active: &ActiveTolerance,
    kind: Kind,
    legacy: Option<Value<'_>>,
    new: Option<Value<'_>>,
    notes: &mut Vec<String>,
) -> bool {
    match &active.tolerance.rule {
        Rule::Ignore => true,
        // What else a set does not count is excused where its elements are joined: see `lists`.
        Rule::AnyOrder | Rule::AsSet => kind == Kind::Order,
        Rule::SameInstant => kind == Kind::InstantText,
        Rule::NumberText => kind == Kind::NumberText,
        Rule::NumberAsText => kind == Kind::NumberAsText,
        Rule::NullIsAbsent => kind == Kind::NullVsAbsent,
        Rule::SingletonIsList => kind == Kind::SingletonVsList,
        Rule::Case => kind == Kind::Case,
        Rule::Whitespace => kind == Kind::Whitespace,
        // These are asked together.
        Rule::SameUrl | Rule::Nfc | Rule::SameHtml => false,
        // Whether the ids stay one-to-one is known when the whole run is: see `entities`.
        Rule::SameEntity(_) => {
            both(legacy, new).is_some_and(|(legacy, new)| entities::is_id(legacy) && entities::is_id(new))
        }
        Rule::Within { abs, rel } => {
            both(legacy, new).is_some_and(|(legacy, new)| is_within(legacy, new, *abs, *rel))
        }
        Rule::OneOf(words) => {
            both(legacy, new).and_then(|(legacy, new)| {
                let words = words.get(plain_text(legacy)?.as_ref())?;
                let new = plain_text(new)?;
                Some(words.iter().any(|word| *word == new))
            }) == Some(true)
        }
        // Null says that there is nothing: it is no text, though it is written with letters.
        Rule::Pattern(pattern) => both(legacy, new).is_some_and(|(legacy, new)| {
            [legacy, new].into_iter().all(|value| {
                value.kind() != Type::Null && plain_text(value).is_some_and(|text| pattern.is_match(&text))
            })
        }),
        Rule::When(_) => match &active.predicate {
            None => false,
            Some(predicate) => {
                predicate(legacy.map(Value::raw), new.map(Value::raw)).unwrap_or_else(|error| {
                    notes.push(format!(
                        "`when` of the tolerance for `{}` failed: {error}",
                        active.tolerance.path_text
                    ));
                    false
                })
            }
        },
    }
}

fn both<'t>(legacy: Option<Value<'t>>, new: Option<Value<'t>>) -> Option<(Value<'t>, Value<'t>)> {
    Some((legacy?, new?))
}

/// Distances are taken between doubles: a tolerance is about the last digits, not about exactness.
fn is_within(legacy: Value<'_>, new: Value<'_>, abs: f64, rel: f64) -> bool {
    let number = |value: Value<'_>| {
        (value.kind() == Type::Number)
            .then(|| value.raw().parse::<f64>().ok())
            .flatten()
            .filter(|n| n.is_finite())
    };
    let (Some(legacy), Some(new)) = (number(legacy), number(new)) else { return false };
    let magnitude = legacy.abs().max(new.abs());
    // 1.01 and 1.00 are 0.01 apart for people, and a hair more in doubles.
    let distance = (legacy - new).abs() - 2.0 * f64::EPSILON * magnitude;
    distance <= abs || distance <= rel * magnitude
}
