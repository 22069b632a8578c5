//! What no recording shows: for looking how a mapping breaks, not for saying that it does.

use super::{Mutation, shown};
use crate::case::Evidence;
use crate::tree::Tree;
use crate::values::Look;

/// Texts that software is known to stumble over.
const NAUGHTY: [&str; 16] = [
    "null",
    "undefined",
    "true",
    "0",
    "-1",
    "1e1000",
    "NaN",
    " ",
    "\t\r\n",
    "\u{0}",
    "\u{202e}abc",
    "👩‍👩‍👧‍👦",
    "Ω≈ç√∫",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "$.data[*]",
];

const NUMBERS: [&str; 8] =
    ["0", "-1", "9007199254740993", "1e300", "-1e300", "5e-324", "0.1", "123456789012345678901234567890"];

/// One moment in the spellings that APIs are known for.
const SPELLINGS: [&str; 10] = [
    "2026-03-29T01:30:00Z",
    "2026-03-29T01:30:00.123456Z",
    "2026-03-29T03:30:00+02:00",
    "2026-03-29T03:30:00.000+0200",
    "2026-03-29 01:30:00",
    "2026-03-29",
    "03/29/2026",
    "29.03.2026",
    "1774747800",
    "Sun, 29 Mar 2026 01:30:00 GMT",
];

/// Objects within objects.
const DEPTH: usize = 40;

const UNSEEN: Mutation = Mutation {
    name: "",
    about: "",
    evidence: Evidence::Unseen,
    is_harsh: true,
    suits: |_, _| true,
    change: |_, _, _| None,
};

pub(super) const NULL_ANYWHERE: Mutation = Mutation {
    name: "null-anywhere",
    about: "A field is null that never was.",
    suits: |ground, at| ground.field(at).nulls == 0,
    change: |ground, spot, _| Some((Some(Tree::Null), told(&shown(ground.field(spot.field)), "null"))),
    ..UNSEEN
};

pub(super) const ABSENT_ANYWHERE: Mutation = Mutation {
    name: "absent-anywhere",
    about: "A field is left out that was always there.",
    suits: |ground, at| ground.field(at).absences() == 0,
    change: |ground, spot, _| Some((None, told(&shown(ground.field(spot.field)), "absent"))),
    ..UNSEEN
};

pub(super) const OTHER_TYPE: Mutation = Mutation {
    name: "other-type",
    about: "A number is text, a text a number, a list its element, a value a list of one.",
    change: |ground, spot, random| {
        let value = match spot.now? {
            Tree::Number(text) => Tree::Text(text.clone()),
            Tree::Bool(is) => Tree::text(is.to_string()),
            Tree::List(items) => items.first()?.clone(),
            Tree::Text(_) if random.once_in(2) => Tree::Number("42".into()),
            other => Tree::list(vec![other.clone()]),
        };
        Some((Some(value), told(&shown(ground.field(spot.field)), "of another type")))
    },
    ..UNSEEN
};

pub(super) const UNKNOWN_WORD: Mutation = Mutation {
    name: "unknown-word",
    about: "A word of few is one that nobody has heard.",
    suits: |ground, at| ground.corpus.looks[at] == Some(Look::Enum),
    change: |ground, spot, _| {
        Some((Some(Tree::text("FUZZ_WORD")), told(&shown(ground.field(spot.field)), "this word")))
    },
    ..UNSEEN
};

pub(super) const NAUGHTY_TEXT: Mutation = Mutation {
    name: "naughty-text",
    about: "A text that software is known to stumble over.",
    suits: |ground, at| ground.field(at).texts > 0,
    change: |ground, spot, random| {
        let text = *random.one(&NAUGHTY)?;
        Some((Some(Tree::text(text)), told(&shown(ground.field(spot.field)), "such a text")))
    },
    ..UNSEEN
};

pub(super) const EXTREME_NUMBER: Mutation = Mutation {
    name: "extreme-number",
    about: "A number that is huge, tiny, negative, or not exact as a double.",
    suits: |ground, at| ground.field(at).numbers.count > 0,
    change: |ground, spot, random| {
        let number = Tree::Number((*random.one(&NUMBERS)?).into());
        Some((Some(number), told(&shown(ground.field(spot.field)), "such a number")))
    },
    ..UNSEEN
};

pub(super) const OTHER_SPELLING: Mutation = Mutation {
    name: "other-spelling",
    about: "A moment in a spelling that was not recorded there.",
    suits: |ground, at| ground.corpus.looks[at] == Some(Look::Instant),
    change: |ground, spot, random| {
        let text = *random.one(&SPELLINGS)?;
        Some((Some(Tree::text(text)), told(&shown(ground.field(spot.field)), "in this spelling")))
    },
    ..UNSEEN
};

pub(super) const DEEP: Mutation = Mutation {
    name: "deep",
    about: "A value is nested forty levels deep.",
    change: |ground, spot, _| {
        let deep = (0..DEPTH).fold(Tree::Null, |inner, _| Tree::object([("a", Tree::list(vec![inner]))]));
        Some((Some(deep), told(&shown(ground.field(spot.field)), "nested so")))
    },
    ..UNSEEN
};

fn told(place: &str, what: &str) -> String {
    format!("harsh: no recording has {place} {what}")
}
