//! Another value at the same place: recorded elsewhere, or new in the format of those that were.

use super::{Mutation, shown};
use crate::case::Evidence;
use crate::fields::Field;
use crate::tree::Tree;
use crate::values::{Look, coded_like, instant_like, number_like};

pub(super) const RECORDED: Mutation = Mutation {
    name: "recorded-value",
    about: "A field has the value that it has in another recorded item.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).values.len() > 1,
    change: |ground, spot, random| {
        let field = ground.field(spot.field);
        let value = random.one(&field.values)?.clone();
        Some((Some(value), format!("another recorded item has this at {}", shown(field))))
    },
};

pub(super) const TEXT: Mutation = Mutation {
    name: "text",
    about: "A text that no recording has, in the format of those that were recorded there.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| matches!(ground.corpus.looks[at], Some(Look::Free | Look::Coded)),
    change: |ground, spot, random| {
        let Some(Tree::Text(recorded)) = spot.now else { return None };
        let value = match ground.corpus.looks[spot.field] {
            Some(Look::Free) => ground.pools.plain(random)?,
            _ => Tree::text(coded_like(recorded, random)),
        };
        Some((Some(value), format!("texts at {} have this format", shown(ground.field(spot.field)))))
    },
};

pub(super) const UNICODE: Mutation = Mutation {
    name: "unicode",
    about: "A free text in other letters: accents, other scripts, characters beyond the basic plane.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.corpus.looks[at] == Some(Look::Free),
    change: |ground, spot, random| {
        if !matches!(spot.now, Some(Tree::Text(_))) {
            return None;
        }
        let told = format!("people write free text at {}", shown(ground.field(spot.field)));
        Some((Some(ground.pools.unicode(random)?), told))
    },
};

pub(super) const INSTANT: Mutation = Mutation {
    name: "instant",
    about: "Another day or moment in the spelling that was recorded: leap days, ends of years, changes of summer time.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.corpus.looks[at] == Some(Look::Instant),
    change: |ground, spot, random| match spot.now {
        Some(Tree::Text(recorded)) => {
            let told = format!("{} is in this spelling", shown(ground.field(spot.field)));
            Some((Some(Tree::text(instant_like(recorded, random)?)), told))
        }
        _ => None,
    },
};

pub(super) const NUMBER: Mutation = Mutation {
    name: "number",
    about: "A number between the least and ten times the largest that was recorded, with as many decimals.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| is_quantity(ground.field(at)),
    change: |ground, spot, random| {
        let field = ground.field(spot.field);
        if !matches!(spot.now, Some(Tree::Number(_))) {
            return None;
        }
        let told =
            format!("{} was recorded from {} to {}", shown(field), field.numbers.least, field.numbers.most);
        Some((Some(number_like(field, random)), told))
    },
};

pub(super) const TESTED: Mutation = Mutation {
    name: "tested-value",
    about: "A word of few is one that the mapping tests for or looks up: its author expects it.",
    evidence: Evidence::Unseen,
    is_harsh: false,
    suits: |ground, at| ground.corpus.looks[at] == Some(Look::Enum) && !ground.literals.is_empty(),
    change: |ground, spot, random| {
        if !matches!(spot.now, Some(Tree::Text(_))) {
            return None;
        }
        let literal = random.one(ground.literals)?;
        // A word among numbers, or in other letters, is none that a provider could send there.
        let is_alike = |value: &Tree| matches!(value, Tree::Text(text) if looks(text) == looks(literal));
        if !ground.field(spot.field).values.iter().any(is_alike) {
            return None;
        }
        let told = format!("the mapping itself speaks of {literal:?}");
        Some((Some(Tree::text(literal.as_str())), told))
    },
};

/// Distinct numbers before they are held to be a quantity, not a status or a kind.
const QUANTITIES_MIN: usize = 4;

fn is_quantity(field: &Field) -> bool {
    let distinct = field.values.iter().filter(|value| matches!(value, Tree::Number(_))).count();
    distinct >= QUANTITIES_MIN && distinct * 3 >= field.numbers.count
}

/// Which kinds of characters a text begins with, and has.
fn looks(text: &str) -> [bool; 4] {
    [
        text.chars().next().is_some_and(char::is_uppercase),
        text.chars().any(char::is_lowercase),
        text.chars().any(|char| char.is_ascii_digit()),
        text.chars().any(|char| !char.is_alphanumeric()),
    ]
}
