//! Ids survive.

use super::shape::at;
use super::{Failure, Property};
use crate::fields::scalar_text;
use crate::tree::{Seg, path_text};

pub(super) const IDS: Property = Property {
    name: "ids",
    about: "What tells an item from another is in the answer, at the place where recordings show it.",
    is_default: true,
    check: |seen, _, found| {
        let Some((of_input, of_output)) = &seen.campaign.corpus.ids else { return };
        if !seen.is_aligned() || !seen.is_recorded() {
            return;
        }
        let items = seen.items.iter().flatten();
        for (place, (part, out)) in seen.case.parts.iter().zip(items).enumerate() {
            let input =
                part.made.as_ref().map_or(&seen.campaign.corpus.items[part.item].input, |made| &made.input);
            let Some(id) = input.at(of_input).and_then(scalar_text) else { continue };
            let there = at(*out, of_output);
            let text =
                there.map(|value| if value.is_scalar() { value.text().into_owned() } else { String::new() });
            // A number has its own text.
            let raw = there.map_or("", |value| value.raw());
            if text.as_deref() == Some(id) || raw == id {
                continue;
            }
            let path: Vec<Seg> = seen.item_path(place).into_iter().chain(of_output.iter().cloned()).collect();
            found.push(Failure {
                path: format!("${}", path_text(&path)),
                expected: Some(crate::tree::Tree::text(id).json()),
                actual: there.map(|value| value.raw().to_owned()),
                ..Failure::new(&IDS, path_text(of_output), "the item's id is another, or is lost".to_owned())
            });
            return;
        }
    },
};
