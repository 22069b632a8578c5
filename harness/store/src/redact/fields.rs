//! Names of fields that stand as values, too: `{"id": "custentity_region"}` beside `{"custentity_region": "North"}`.
//!
//! Names of fields stay, and mappings turn one into the other. So a text that is told by its place to be an id, or has
//! the look of a field's name, stays where the pair has a field of that very name.

use std::collections::BTreeSet;

use super::names::{Class, Kind};
use super::places::{Form, Place};
use super::shapes;

/// Longer texts are no names of fields.
const NAME_BYTES_MAX: usize = 64;

/// The texts of one pair that may be such names, and those that are.
#[derive(Default)]
pub(super) struct Fields {
    asked: BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Fields {
    /// Notes which texts may be names of fields.
    pub(super) fn ask(&mut self, text: &str, places: &[Place]) {
        for place in places {
            let written = &text[place.span.clone()];
            if may_be_name(written, place) && !self.asked.contains(written) {
                self.asked.insert(written.to_owned());
            }
        }
    }

    /// Whether there is anything to look for.
    pub(super) fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Notes which of them are names of fields here.
    pub(super) fn find(&mut self, text: &str, places: &[Place]) {
        for place in places.iter().filter(|place| place.form == Form::Key) {
            let written = &text[place.span.clone()];
            if self.asked.contains(written) && !self.found.contains(written) {
                self.found.insert(written.to_owned());
            }
        }
    }

    /// Lets those stay that are.
    pub(super) fn keep(&self, text: &str, places: &mut [Place]) {
        if self.found.is_empty() {
            return;
        }
        for place in places {
            if self.found.contains(&text[place.span.clone()]) && may_be_name(&text[place.span.clone()], place)
            {
                place.class = Class::Kept;
            }
        }
    }
}

/// An id that begins with a letter, or a name with an underscore: `region` is as likely a person's where a name stands.
fn may_be_name(text: &str, place: &Place) -> bool {
    let is_id = match (place.form, place.class) {
        (Form::Text(_), Class::Personal(Kind::Id)) => true,
        (Form::Text(_), Class::Personal(Kind::Name)) => text.contains('_'),
        _ => false,
    };
    is_id
        && text.len() <= NAME_BYTES_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && shapes::personal(text).is_empty()
}
