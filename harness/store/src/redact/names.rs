//! What a field's name says of what stands in it.
//!
//! Names are compared without case and punctuation, and by their last part: `dealOwnerId`, `owner_id` and `OwnerID`
//! end in `id`, `paid` does not. What is to be kept is looked for first: `email_type` is a type.

mod keys;
mod tables;

use super::lists::Lists;
use super::shapes;
use super::table::Table;
use super::words::{NUMBER_DIGITS_MIN, WordKind, words};
use super::writing::{Read, Writing};
use crate::secrets::Meaning;
use keys::{AsKey, words_of};
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
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// Without case and punctuation.
    pub plain: String,
    pub class: Class,
    /// What it says of secrets.
    pub secret: Meaning,
    /// It may be in the user's lists.
    pub may_be_listed: bool,
    /// It names what another member holds: `{"name": "Email", "value": "…"}`.
    pub is_label: bool,
    /// It holds what is named beside it.
    pub is_labelled: bool,
    /// As the name of an object, that of an enumeration's value.
    is_kept_object: bool,
    is_part_of_value: bool,
    /// Nothing of it is ever replaced, and nothing learned from it.
    pub is_inert: bool,
    /// The last pair that had a field of this name.
    pub seen_in: u32,
    /// The names that came after it, the last new one first.
    next: [u32; SUCCESSORS],
    as_key: AsKey,
}

/// A name that stands in several objects is followed by several; more are looked up.
const SUCCESSORS: usize = 4;

impl Name {
    /// Reads a name as it is written in JSON.
    fn new(written: &str, lists: &Lists) -> Name {
        let read = Read::of(written, Writing::Json);
        let text = read.text.as_ref();
        let plain = plain(text);
        let is = |words: &[&str]| words.contains(&plain.as_str());
        let is_id = |word: super::words::Word| {
            word.kind == WordKind::Digits
                && text[word.span].trim_start_matches('0').len() >= NUMBER_DIGITS_MIN
        };
        Name {
            class: class_of(text),
            secret: crate::secrets::meaning(written),
            may_be_listed: lists.may_have(&plain),
            is_label: is(&["name", "key", "field", "property", "label", "code", "header", "id"]),
            is_labelled: is(&["value", "values", "stringvalue", "displayvalue"]),
            is_kept_object: is(&KEPT_OBJECTS),
            is_part_of_value: is(&PARTS_OF_A_VALUE),
            is_inert: shapes::personal(text).is_empty() && !words(text).any(is_id),
            seen_in: 0,
            next: [0; SUCCESSORS],
            as_key: AsKey::of(written),
            plain,
        }
    }

    /// Reads a name that is not written in JSON, its escapes undone.
    pub fn plain(text: &str, lists: &Lists) -> Name {
        // Nothing but its class is asked of it.
        Name { class: class_of(text), plain: plain(text), ..Name::new("", lists) }
    }

    /// What a member is, where the object that it is in has a name that says something; `own` is what its own name says.
    pub fn inherited(&self, own: Class, object: Class, object_name: &Name) -> Class {
        match (own, object) {
            // An enumeration's value as an object: `"status": {"id": "3", "name": "Done"}`.
            (_, Class::Kept) if object_name.is_kept_object => Class::Kept,
            (Class::Kept | Class::Figure | Class::Personal(_), _) => own,
            // The parts of an address have many names.
            (Class::Plain, Class::Personal(Kind::Email | Kind::Phone | Kind::Address)) => object,
            (Class::Plain, _) if self.is_part_of_value => object,
            (Class::Plain, _) => Class::Plain,
        }
    }
}

/// Names that are remembered from pair to pair; beyond it the memory is emptied: a dictionary's keys are no names, and
/// never come again.
const NAMES_MAX: usize = 1 << 14;

/// The names that were read, as they were written in JSON: the same few come again in every object.
#[derive(Clone)]
pub(super) struct Names {
    table: Table,
    names: Vec<Name>,
}

impl Names {
    pub fn new(seed: u64) -> Names {
        Names { table: Table::new(seed), names: Vec::new() }
    }

    /// Begins a pair.
    pub fn begin(&mut self) {
        if self.names.len() >= NAMES_MAX {
            self.clear();
        }
    }

    pub fn clear(&mut self) {
        self.table.clear();
        self.names.clear();
    }

    /// The number of the name that is written so as a JSON key.
    pub fn number(&mut self, written: &str, lists: &Lists) -> u32 {
        let (number, is_new) = self.table.add(written);
        if is_new {
            self.names.push(Name::new(written, lists));
        }
        number
    }

    /// As [`Names::number`], of a name that stands after another: objects alike have their names in the same order.
    pub fn number_after(&mut self, last: u32, written: &str, lists: &Lists) -> u32 {
        let next = self.of(last).next;
        if let Some(known) = next.into_iter().find(|known| self.table.text(*known) == written) {
            return known;
        }
        let number = self.number(written, lists);
        let next = &mut self.names[last as usize].next;
        next.rotate_right(1);
        next[0] = number;
        number
    }

    /// The number and the length of the name whose key stands at the start of a text, where it is one that stood after another
    /// before.
    #[inline]
    pub fn key_after(&self, last: u32, text: &[u8]) -> Option<(u32, usize)> {
        let words = words_of(text.first_chunk()?);
        let known = |number: u32| self.of(number).as_key.length_in(&words).map(|length| (number, length));
        self.of(last).next.into_iter().find_map(known)
    }

    #[inline]
    pub fn of(&self, number: u32) -> &Name {
        &self.names[number as usize]
    }

    /// Notes that this pair has a field of this name.
    #[inline]
    pub fn see(&mut self, number: u32, pair: u32) {
        self.names[number as usize].seen_in = pair;
    }

    /// Whether this pair has a field of this very name.
    pub fn is_seen(&self, written: &str, pair: u32) -> bool {
        self.table.find(written).is_some_and(|number| self.of(number).seen_in == pair)
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
        let new = |name: &str| Name::new(name, &Lists::default());
        assert_eq!(new("value").inherited(Class::Plain, name, &new("owner")), name);
        assert_eq!(new("tags").inherited(Class::Plain, name, &new("owner")), Class::Plain);
        let address = Class::Personal(Kind::Address);
        assert_eq!(new("anything").inherited(Class::Plain, address, &new("address")), address);
        assert_eq!(new("type").inherited(Class::Kept, address, &new("address")), Class::Kept);
        assert_eq!(new("name").inherited(name, Class::Kept, &new("status")), Class::Kept);
        assert_eq!(new("name").inherited(name, Class::Kept, &new("object")), name);
    }
}
