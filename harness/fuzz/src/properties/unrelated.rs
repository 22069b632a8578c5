//! Nothing depends on a field that nobody has seen.

use super::{Failure, Property};
use crate::case::Evidence;
use crate::mutations::MARK;
use crate::tree::{Seg, Tree, normalised, path_text};

pub(super) const UNRELATED: Property = Property {
    name: "unrelated",
    about: "A field that the provider or a customer added changes nothing but what speaks of it.",
    is_default: true,
    check: |seen, _, found| {
        if !seen.is_aligned() {
            return;
        }
        for (place, (part, out)) in seen.case.parts.iter().zip(seen.items.iter().flatten()).enumerate() {
            let Some(made) = &part.made else { continue };
            let is_added = made.edits.iter().all(|edit| edit.evidence == Evidence::Custom);
            let own = seen.campaign.corpus.items[part.item].own.as_deref().filter(|_| is_added);
            let (Some(own), Some(out)) = (own.and_then(Tree::read), Tree::part(*out)) else { continue };
            let mut path = seen.item_path(place);
            if let Some((was, is)) = unlike(Some(&own), Some(&out), &mut path) {
                found.push(Failure {
                    path: format!("${}", path_text(&path)),
                    expected: was.map(Tree::json),
                    actual: is.map(Tree::json),
                    ..Failure::new(
                        &UNRELATED,
                        path_text(&normalised(&path)),
                        "an added field changes this".to_owned(),
                    )
                });
            }
        }
    },
};

pub(crate) type Two<'t> = (Option<&'t Tree>, Option<&'t Tree>);

/// The first two values that differ and speak of nothing that was added; the path leads there.
pub(crate) fn unlike<'t>(
    was: Option<&'t Tree>,
    is: Option<&'t Tree>,
    path: &mut Vec<Seg>,
) -> Option<Two<'t>> {
    match (was, is) {
        (Some(was), Some(is)) if was == is => None,
        (None, None) => None,
        (Some(Tree::Object(before)), Some(Tree::Object(after))) => {
            let added = after.iter().filter(|(name, _)| !before.iter().any(|(known, _)| known == name));
            for (name, _) in before.iter().chain(added) {
                path.push(Seg::Name(name.clone()));
                let found = unlike(was?.member(name), is?.member(name), path);
                if found.is_some() {
                    return found;
                }
                path.pop();
            }
            None
        }
        (Some(Tree::List(before)), Some(Tree::List(after))) => {
            let rest: Vec<&Tree> = after.iter().filter(|one| !speaks(one)).collect();
            if rest.len() != before.len() {
                return Some((was, is));
            }
            for (at, (was, is)) in before.iter().zip(rest).enumerate() {
                path.push(Seg::At(at));
                let found = unlike(Some(was), Some(is), path);
                if found.is_some() {
                    return found;
                }
                path.pop();
            }
            None
        }
        (_, Some(is)) if speaks(is) => None,
        two => Some(two),
    }
}

/// Something in it has the mark of what was made up.
fn speaks(tree: &Tree) -> bool {
    let has = |text: &str| text.to_lowercase().contains(MARK);
    match tree {
        Tree::Text(text) => has(text),
        Tree::List(items) => items.iter().any(speaks),
        Tree::Object(members) => members.iter().any(|(name, member)| has(name) || speaks(member)),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => false,
    }
}
