//! A field that nobody has seen: providers add them without notice, customers define their own.

use std::sync::Arc;

use super::{Mutation, shown};
use crate::case::Evidence;
use crate::random::Random;
use crate::tree::{Seg, Tree};

/// Begins every name and value that is made up here, so that they can be told from what was recorded.
pub(crate) const MARK: &str = "fuzz";

pub(super) const EXTRA: Mutation = Mutation {
    name: "extra-field",
    about: "An object has a member more: a field that the provider added, or one that the customer defined.",
    evidence: Evidence::Custom,
    is_harsh: false,
    // The objects are found by their members: an item has no field for itself.
    suits: |ground, at| {
        let field = ground.field(at);
        field.objects > 0 && field.is_single()
    },
    change: |ground, spot, random| {
        let Some(Tree::Object(_)) = spot.now else { return None };
        let field = ground.field(spot.field);
        let siblings = ground.corpus.fields.all.iter().filter(|other| {
            other.absences() > 0
                && other.path.len() == field.path.len() + 1
                && other.path.starts_with(&field.path)
        });
        let names: Vec<&str> = siblings
            .filter_map(|other| match other.path.last() {
                Some(Seg::Name(name)) => Some(&**name),
                _ => None,
            })
            .collect();
        let name = name(random.one(&names).copied(), random);
        let value = Tree::text(format!("{MARK} {}", random.below(1_000)));
        let told = format!("providers add members, and customers their own: one more in {}", shown(field));
        Some((Some(Tree::members(vec![(name.into(), value)])), told))
    },
};

/// In the manner of a name that not every item has: those are the ones that customers define.
fn name(like: Option<&str>, random: &mut Random) -> String {
    let number = random.below(1_000);
    match (like, random.below(3)) {
        (Some(like), 0) => format!("{MARK}{number}_{like}"),
        (Some(like), 1) => format!("{like}_{MARK}{number}"),
        _ => format!("{MARK}_field_{number}"),
    }
}

/// The member that a change hands over as an object of one.
pub(super) fn member(value: Tree) -> Option<(Arc<str>, Tree)> {
    match value {
        Tree::Object(mut members) => Arc::make_mut(&mut members).pop(),
        _ => None,
    }
}
