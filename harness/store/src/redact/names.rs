//! What a field's name says of what stands in it.
//!
//! Names are compared without case and punctuation, and by their last part: `dealOwnerId`, `owner_id` and `OwnerID`
//! end in `id`, `paid` does not. What is to be kept is looked for first: `email_type` is a type.

mod tables;

#[expect(
    clippy::disallowed_types,
    reason = "asked for single names only: no order of it reaches anything"
)]
use std::collections::HashMap;
use std::sync::Arc;

use super::writing::{Read, Writing};
use tables::{
    ADDRESS_PARTS, ADDRESS_WORDS, FIGURE_BEGINNINGS, FIGURE_ENDINGS, FIGURE_PARTS, ID_ENDINGS, ID_PARTS,
    KEPT_ENDINGS, KEPT_OBJECTS, KEPT_PARTS, NAME_PARTS, PARTS_OF_A_VALUE, PHONE_WORDS, TEXT_PARTS,
};

/// What stands at a place, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing is known: looked through for what has a format, and for words that are personal elsewhere.
    Plain,
    /// A word of a list, which the program tests: left alone.
    Kept,
    /// A date or an amount, if it looks like one.
    Figure,
    /// All its words are personal.
    Personal(Kind),
}

/// What is personal about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A number that somebody is called at.
    Phone,
    /// A name of a person or a firm.
    Name,
    /// Where somebody is to be found, also on the net.
    Address,
    /// What a record is told by.
    Id,
    /// Free text, in which anything may stand.
    Text,
    /// The configuration lists it.
    Listed,
}

impl Kind {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Email => "e-mail",
            Kind::Phone => "phone",
            Kind::Name => "name",
            Kind::Address => "address",
            Kind::Id => "id",
            Kind::Text => "text",
            Kind::Listed => "listed",
        }
    }
}

/// A field's name, with what it says.
#[derive(Debug)]
pub(super) struct Name {
    /// Without case and punctuation.
    pub plain: String,
    /// For people.
    pub text: String,
    pub class: Class,
}

impl Name {
    /// Reads a name, its escapes undone.
    pub fn new(text: &str) -> Name {
        Name { plain: plain(text), text: text.to_owned(), class: class_of(text) }
    }

    /// What a member is, where the object that it is in has a name that says something; `own` is what its own name says.
    pub fn inherited(&self, own: Class, object: Class, object_name: &Name) -> Class {
        match (own, object) {
            // An enumeration's value as an object: `"status": {"id": "3", "name": "Done"}`.
            (_, Class::Kept) if KEPT_OBJECTS.contains(&object_name.plain.as_str()) => Class::Kept,
            (Class::Kept | Class::Figure | Class::Personal(_), _) => own,
            // The parts of an address have many names.
            (Class::Plain, Class::Personal(Kind::Email | Kind::Phone | Kind::Address)) => object,
            (Class::Plain, _) if PARTS_OF_A_VALUE.contains(&self.plain.as_str()) => object,
            (Class::Plain, _) => Class::Plain,
        }
    }

    /// Whether a member holds what another member names: `{"name": "Email", "value": "…"}`.
    pub fn is_label(&self) -> bool {
        matches!(
            self.plain.as_str(),
            "name" | "key" | "field" | "property" | "label" | "code" | "header" | "id"
        )
    }

    /// Whether a member holds what is named beside it.
    pub fn is_labelled(&self) -> bool {
        matches!(self.plain.as_str(), "value" | "values" | "stringvalue" | "displayvalue")
    }
}

/// Names that were read are remembered up to this many: a dictionary's keys are no names, and never come again.
const NAMES_MAX: usize = 1 << 14;

/// The names that were read so far, as they were written in JSON: the same few come again in every object.
#[derive(Clone, Debug, Default)]
#[expect(clippy::disallowed_types, reason = "asked for single names only: no order of it reaches anything")]
pub(super) struct Names(HashMap<String, Arc<Name>>);

impl Names {
    /// The name that is written so as a JSON key.
    pub fn of(&mut self, written: &str) -> Arc<Name> {
        if let Some(name) = self.0.get(written) {
            return Arc::clone(name);
        }
        let name = Arc::new(Name::new(&Read::of(written, Writing::Json).text));
        if self.0.len() < NAMES_MAX {
            self.0.insert(written.to_owned(), Arc::clone(&name));
        }
        name
    }
}

/// What a field's name says, its escapes undone.
pub(super) fn class_of(name: &str) -> Class {
    let whole = plain(name);
    let last = last_part(name);
    let last = last.as_str();
    let ends = |endings: &[&str]| endings.iter().any(|ending| whole.ends_with(ending));
    let has = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    let is_one_of = |parts: &[&str]| parts.contains(&last) || parts.contains(&whole.as_str());
    let is_postal = ends(&["postalcode", "zipcode", "postcode"]);
    if (is_one_of(&KEPT_PARTS) || ends(&KEPT_ENDINGS)) && !is_postal {
        return Class::Kept;
    }
    if FIGURE_BEGINNINGS.iter().any(|beginning| whole.starts_with(beginning))
        || (is_one_of(&FIGURE_PARTS) && whole != "value")
        || ends(&FIGURE_ENDINGS)
    {
        return Class::Figure;
    }
    let kind = if (whole.contains("email") || whole.ends_with("mail")) && last != "id" {
        Kind::Email
    } else if has(&PHONE_WORDS) || is_one_of(&["tel", "cell"]) {
        Kind::Phone
    } else if is_one_of(&ID_PARTS) || ends(&ID_ENDINGS) {
        Kind::Id
    } else if is_one_of(&ADDRESS_PARTS) || has(&ADDRESS_WORDS) {
        Kind::Address
    } else if is_one_of(&NAME_PARTS) || whole.ends_with("name") {
        Kind::Name
    } else if is_one_of(&TEXT_PARTS) {
        Kind::Text
    } else {
        return Class::Plain;
    };
    Class::Personal(kind)
}

/// A name without case and punctuation.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The last part of a name: parts begin after punctuation, and with a capital after a small letter.
fn last_part(name: &str) -> String {
    let mut part = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            before = ' ';
            continue;
        }
        let begins = before == ' ' || (letter.is_uppercase() && before.is_lowercase());
        if begins {
            part.clear();
        }
        part.extend(letter.to_lowercase());
        before = letter;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: Class) {
        for name in names {
            assert_eq!(class_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_tells_what_stands_under_it() {
        check(
            &["email", "Email", "workEmail", "email_addresses", "PrimaryEmailAddr", "e-mail"],
            Class::Personal(Kind::Email),
        );
        check(&["phone", "MobilePhone", "phone_number", "fax", "tel"], Class::Personal(Kind::Phone));
        check(
            &["name", "firstname", "first_name", "LastName", "displayName", "dealname", "owner", "company"],
            Class::Personal(Kind::Name),
        );
        check(
            &[
                "id",
                "Id",
                "owner_id",
                "hs_object_id",
                "externalID",
                "associatedcompanyid",
                "DocNumber",
                "uuid",
            ],
            Class::Personal(Kind::Id),
        );
        check(
            &["city", "MailingStreet", "postal_code", "zip", "BillAddr", "addresses", "website"],
            Class::Personal(Kind::Address),
        );
        check(&["description", "notes", "Subject", "jobtitle"], Class::Personal(Kind::Text));
    }

    #[test]
    fn enumerations_dates_and_amounts_are_not_personal() {
        check(
            &[
                "type",
                "email_address_type",
                "status",
                "StageName",
                "lifecyclestage",
                "country",
                "CurrencyCode",
            ],
            Class::Kept,
        );
        check(
            &[
                "createdAt",
                "CreatedDate",
                "closedate",
                "TotalAmt",
                "amount",
                "number_of_employees",
                "txn_date",
            ],
            Class::Figure,
        );
        check(&["archived", "valid", "grid", "tags", "url", "paging"], Class::Plain);
    }

    #[test]
    fn parts_of_a_value_are_what_their_object_is() {
        let name = Class::Personal(Kind::Name);
        assert_eq!(Name::new("value").inherited(Class::Plain, name, &Name::new("owner")), name);
        assert_eq!(Name::new("tags").inherited(Class::Plain, name, &Name::new("owner")), Class::Plain);
        let address = Class::Personal(Kind::Address);
        assert_eq!(Name::new("anything").inherited(Class::Plain, address, &Name::new("address")), address);
        assert_eq!(Name::new("type").inherited(Class::Kept, address, &Name::new("address")), Class::Kept);
        assert_eq!(Name::new("name").inherited(name, Class::Kept, &Name::new("status")), Class::Kept);
        assert_eq!(Name::new("name").inherited(name, Class::Kept, &Name::new("object")), name);
    }
}
