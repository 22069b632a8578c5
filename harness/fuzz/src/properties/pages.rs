//! An item comes out the same on whatever page it stands.

use super::{Failure, Property, Seen};
use crate::case::Arrangement;
use crate::tree::path_text;

pub(super) const PAGE_SIZE: Property = Property {
    name: "page-size",
    about: "An item comes out the same alone, and on pages of any size, whatever its neighbours are.",
    is_default: true,
    check: |seen, _, found| {
        if seen.case.arrangement != Arrangement::Shuffled {
            check(&PAGE_SIZE, seen, found);
        }
    },
};

pub(super) const ORDER: Property = Property {
    name: "order",
    about: "Items in another order come out in that order, each the same.",
    is_default: true,
    check: |seen, _, found| {
        if seen.case.arrangement == Arrangement::Shuffled {
            check(&ORDER, seen, found);
        }
    },
};

fn check(property: &Property, seen: &Seen<'_, '_>, found: &mut Vec<Failure>) {
    if !seen.is_aligned() {
        return;
    }
    for (place, (part, out)) in seen.case.parts.iter().zip(seen.items.iter().flatten()).enumerate() {
        let own = seen.campaign.corpus.items[part.item].own.as_deref().filter(|_| part.made.is_none());
        if own.is_some_and(|own| own != out.raw()) {
            found.push(Failure {
                path: format!("${}", path_text(&seen.item_path(place))),
                expected: own.map(str::to_owned),
                actual: Some(out.raw().to_owned()),
                ..Failure::new(
                    property,
                    String::new(),
                    "an item comes out otherwise than where it was recorded".to_owned(),
                )
            });
            return;
        }
    }
}
