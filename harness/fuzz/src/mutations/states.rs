//! Null, absent and empty, where recordings show that.

use super::{Mutation, shown};
use crate::case::Evidence;
use crate::tree::Tree;

pub(super) const NULL: Mutation = Mutation {
    name: "null",
    about: "A field is null, as it is in another recorded item.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).nulls > 0,
    change: |ground, spot, _| {
        let field = ground.field(spot.field);
        Some((
            Some(Tree::Null),
            format!("{} is null in {} of {} recorded", shown(field), field.nulls, field.holders),
        ))
    },
};

pub(super) const ABSENT: Mutation = Mutation {
    name: "absent",
    about: "A field is left out, as it is in another recorded item.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).absences() > 0,
    change: |ground, spot, _| {
        let field = ground.field(spot.field);
        let told =
            format!("{} is absent in {} of {} recorded", shown(field), field.absences(), field.holders);
        Some((None, told))
    },
};

pub(super) const EMPTY_TEXT: Mutation = Mutation {
    name: "empty-text",
    about: "A field is an empty text, as it is in another recorded item.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).empties > 0,
    change: |ground, spot, _| {
        let field = ground.field(spot.field);
        Some((
            Some(Tree::text("")),
            format!("{} is \"\" in {} of {} recorded", shown(field), field.empties, field.holders),
        ))
    },
};
