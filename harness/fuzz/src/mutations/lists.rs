//! Lists within an item: of none, of one, of many.

use super::{Mutation, shown};
use crate::case::Evidence;
use crate::fields::Field;
use crate::random::Random;
use crate::tree::Tree;

/// Elements of a made list at most.
const ELEMENTS_MAX: usize = 12;

pub(super) const ONE: Mutation = Mutation {
    name: "list-of-one",
    about: "A list has one element, where longer ones were recorded too.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).lists[1] + ground.field(at).lists[2] > 0,
    change: |ground, spot, random| {
        let field = ground.field(spot.field);
        let element = random.one(&elements(field))?.clone();
        Some((
            Some(Tree::list(vec![element])),
            format!("{} has up to {} elements", shown(field), field.longest),
        ))
    },
};

pub(super) const MANY: Mutation = Mutation {
    name: "list-of-many",
    about: "A list has several elements, each of them recorded in one of its lists.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).lists[2] > 0,
    change: |ground, spot, random| {
        let field = ground.field(spot.field);
        Some((
            Some(several(field, random)?),
            format!("{} has up to {} elements", shown(field), field.longest),
        ))
    },
};

pub(super) const NONE: Mutation = Mutation {
    name: "empty-list",
    about: "A list is empty, as it is in another recorded item.",
    evidence: Evidence::Recorded,
    is_harsh: false,
    suits: |ground, at| ground.field(at).lists[0] > 0,
    change: |ground, spot, _| {
        let field = ground.field(spot.field);
        Some((
            Some(Tree::list(Vec::new())),
            format!("{} is empty in {} of {} recorded", shown(field), field.lists[0], field.holders),
        ))
    },
};

fn elements(field: &Field) -> Vec<Tree> {
    field.values.iter().filter_map(Tree::items).flatten().cloned().collect()
}

fn several(field: &Field, random: &mut Random) -> Option<Tree> {
    let mut elements = elements(field);
    random.shuffle(&mut elements);
    // The same thing twice in one list is another matter.
    let mut chosen: Vec<Tree> = Vec::new();
    let length = 2 + random.below(ELEMENTS_MAX - 1);
    for element in elements {
        if chosen.len() < length && !chosen.contains(&element) {
            chosen.push(element);
        }
    }
    (chosen.len() > 1).then_some(Tree::list(chosen))
}
