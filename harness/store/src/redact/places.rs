//! The places of a JSON body where something may stand: strings, numbers and names. Each with what its name says.
//!
//! It reads tokens, not a grammar, so that a torn or invalid text loses its personal data too. While it reads JSON it
//! looks for secrets by the rules of [`crate::secrets`], so that a body without any is read once.

use std::ops::Range;

use super::lists::Lists;
use super::names::{Class, Kind, Name, Names};
use super::shapes;
use super::values::Values;
use super::vocabulary::Vocabulary;
use super::words::WordKind;
use super::writing::Writing;
use crate::json_text::{Container, Tokens, Walked, walk};
use crate::secrets::{self, Meaning, is_secret};

/// A place with what is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub start: usize,
    pub end: usize,
    pub what: What,
    pub class: Class,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The inside of a text: a value.
    Text(u32),
    /// The inside of a JSON key: a value.
    Key(u32),
    /// A JSON number: the word that its digits are, where it is a whole one; a value, where everything is wanted.
    Number { word: Option<u32>, value: Option<u32> },
}

/// Which places are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those where something may be replaced or learned.
    WhatMayChange,
    /// Those with words in them.
    Everything,
}

/// A longer text is no name of a field.
const LABEL_BYTES_MAX: usize = 64;

/// What is known when a text is read, and learned by it.
pub(super) struct Reading<'k> {
    pub lists: &'k Lists,
    pub names: &'k mut Names,
    pub vocabulary: &'k mut Vocabulary,
    pub values: &'k mut Values,
    pub places: &'k mut Vec<Place>,
    /// The pair that has the fields that are met; none where they are no fields of its bodies.
    pub fields_of: Option<u32>,
    pub wanted: Wanted,
}

/// What was seen of a text that is JSON, or was meant to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanned {
    pub walked: Walked,
    /// There is a secret in it.
    pub has_secret: bool,
}

/// Adds the places of a text that is JSON, or was meant to be.
pub(super) fn of_json(text: &str, root: Class, reading: &mut Reading<'_>) -> Scanned {
    let nameless = reading.names.number("", reading.lists);
    let mut scan = Scan {
        text,
        root,
        reading,
        nameless,
        last_key: nameless,
        open: Vec::with_capacity(8),
        here: Here::of(root),
        labels: Vec::new(),
        labelled: Vec::new(),
        has_secret: false,
    };
    let walked = walk(text, &mut scan);
    Scanned { walked, has_secret: scan.has_secret }
}

/// A container that is not closed yet.
struct Open {
    container: Container,
    /// The name that it stands under, and what that says; a list hands both on to its elements.
    name: u32,
    under: Class,
    /// The current member's name, and what it says.
    member: u32,
    class: Class,
    /// Where the places of its labels and of what they label begin among all.
    labels: usize,
    labelled: usize,
    secrets: Secrets,
}

/// What the names in a container say of secrets.
struct Secrets {
    /// What the name that it stands under means.
    under: Meaning,
    /// What the current member's name means.
    member: Meaning,
    /// It has values that are secrets if the object turns out to be a token answer, to ask for a token, to name them so.
    has_tokens: bool,
    has_grants: bool,
    has_named: bool,
    token_sign: bool,
    grant_sign: bool,
    names_a_secret: bool,
}

/// What is known of the place where the next value stands.
#[derive(Clone, Copy)]
struct Here {
    class: Class,
    /// As far as secrets go.
    meaning: Meaning,
    /// A member that names what another member holds, or that holds what is named beside it.
    is_label: bool,
    is_labelled: bool,
}

impl Here {
    /// Where no name says anything.
    fn of(class: Class) -> Here {
        Here { class, meaning: Meaning::Plain, is_label: false, is_labelled: false }
    }

    /// In the current member of an object, which has this name.
    fn in_member(open: &Open, name: &Name) -> Here {
        let meaning = match (open.secrets.under, open.secrets.member) {
            (Meaning::Secret, Meaning::Value) => Meaning::Secret,
            (_, member) => member,
        };
        Here { class: open.class, meaning, is_label: name.is_label, is_labelled: name.is_labelled }
    }

    /// Whether the value may yet turn out to be a label or what one labels.
    fn is_open_to_labels(self) -> bool {
        self.is_label || self.is_labelled
    }
}

struct Scan<'a, 'k> {
    text: &'a str,
    root: Class,
    reading: &'a mut Reading<'k>,
    nameless: u32,
    last_key: u32,
    open: Vec<Open>,
    here: Here,
    labels: Vec<usize>,
    labelled: Vec<usize>,
    has_secret: bool,
}

impl Scan<'_, '_> {
    /// What is known of the place after a container that was left.
    fn after_container(&self) -> Here {
        match self.open.last() {
            None => Here::of(self.root),
            Some(Open { container: Container::List, under, secrets, .. }) => {
                Here { meaning: secrets.under, ..Here::of(*under) }
            }
            Some(open) => Here::in_member(open, self.reading.names.of(open.member)),
        }
    }

    /// The current member has this name.
    fn key_of(&mut self, number: u32, content: Range<usize>) {
        self.last_key = number;
        if let Some(pair) = self.reading.fields_of {
            self.reading.names.see(number, pair);
        }
        let name = self.reading.names.of(number);
        let own = if name.may_be_listed { self.class_of(name) } else { name.class };
        let is_wanted = !name.is_inert || self.reading.wanted == Wanted::Everything;
        if let Some(open) = self.open.last_mut() {
            open.class = if open.under == Class::Plain {
                own
            } else {
                name.inherited(own, open.under, self.reading.names.of(open.name))
            };
            open.member = number;
            open.secrets.member = name.secret;
            if name.secret != Meaning::Plain {
                open.secrets.token_sign |= matches!(name.secret, Meaning::TokenSign | Meaning::GrantSign);
                open.secrets.grant_sign |= name.secret == Meaning::GrantSign;
            }
            self.here = Here::in_member(open, name);
        }
        if is_wanted {
            let written = &self.text[content.clone()];
            let value = self.reading.values.number(written, Writing::Json, self.reading.vocabulary);
            let (what, class) = (What::Key(value), Class::Plain);
            self.reading.places.push(Place { start: content.start, end: content.end, what, class });
        }
    }

    fn class_of(&self, name: &Name) -> Class {
        if !name.may_be_listed {
            return name.class;
        }
        let objects = self.open.iter().filter(|open| open.container == Container::Object);
        let names = objects.map(|open| self.reading.names.of(open.name));
        self.reading.lists.class_of(name, &names.collect::<Vec<_>>())
    }

    /// Looks whether a text or a number is a secret by the names around it.
    fn look_for_secrets(&mut self, content: &str, value: Option<u32>) {
        let at_root = self.open.len() == 1;
        let meaning = self.here.meaning;
        let is_text = value.is_some();
        if meaning == Meaning::Secret {
            self.has_secret |= is_secret(content);
            return;
        }
        let Some(open) = self.open.last_mut() else { return };
        match meaning {
            Meaning::Token if at_root || open.secrets.under == Meaning::Credentials => {
                self.has_secret |= is_secret(content);
            }
            Meaning::Token if is_text => {
                open.secrets.token_sign |= open.container == Container::List;
                open.secrets.has_tokens |= is_secret(content);
            }
            Meaning::Grant if is_text => open.secrets.has_grants |= is_secret(content),
            Meaning::NamedBy => {
                let names_secret =
                    value.is_some_and(|value| self.reading.values.of_mut(value).names_secret(content));
                open.secrets.names_a_secret |= names_secret;
            }
            Meaning::Value => open.secrets.has_named |= is_secret(content),
            Meaning::Plain
            | Meaning::Secret
            | Meaning::Token
            | Meaning::Grant
            | Meaning::TokenSign
            | Meaning::GrantSign
            | Meaning::Credentials => {}
        }
    }

    /// Adds the place of a value, and notes what it labels or what labels it.
    fn place(&mut self, span: Range<usize>, what: What) {
        let Here { class, is_label, is_labelled, .. } = self.here;
        let index = self.reading.places.len();
        if is_label && !matches!(what, What::Number { .. }) && span.len() <= LABEL_BYTES_MAX {
            self.labels.push(index);
        }
        if is_labelled {
            self.labelled.push(index);
        }
        self.reading.places.push(Place { start: span.start, end: span.end, what, class });
    }

    /// Whether the text that stands here stays, and nothing is learned from it, which is plain before it is looked up.
    fn is_inert(&self, written: &str) -> bool {
        let Here { class, meaning, .. } = self.here;
        if self.reading.wanted == Wanted::Everything
            || meaning != Meaning::Plain
            || self.here.is_open_to_labels()
        {
            return false;
        }
        match class {
            // Dates are many and hardly come again; there is nothing in them.
            Class::Plain if shapes::is_iso_date(written) => true,
            Class::Personal(kind) if kind != Kind::Listed && shapes::is_iso_date(written) => true,
            Class::Plain | Class::Personal(_) => false,
            Class::Kept => !secrets::may_be_in_json_string(written),
            Class::Figure => shapes::is_iso_date(written) || shapes::is_plain_figure(written),
        }
    }

    /// `{"name": "Email", "value": "…"}`: the first is the name of a field, the second its value.
    fn label(&mut self, labels: Range<usize>, labelled: Range<usize>) {
        for label in labels {
            let place = self.labels[label];
            let Place { start, end, .. } = self.reading.places[place];
            let name = self.reading.names.number(&self.text[start..end], self.reading.lists);
            let class = self.class_of(self.reading.names.of(name));
            if class != Class::Plain {
                self.reading.places[place].class = Class::Kept;
                for labelled in labelled.clone() {
                    self.reading.places[self.labelled[labelled]].class = class;
                }
            }
        }
    }
}

impl Tokens for Scan<'_, '_> {
    fn key(&mut self, content: Range<usize>) {
        let written = &self.text[content.clone()];
        let number = self.reading.names.number_after(self.last_key, written, self.reading.lists);
        self.key_of(number, content);
    }

    fn known_key(&mut self, rest: &[u8], at: usize) -> Option<usize> {
        let (number, length) = self.reading.names.key_after(self.last_key, rest)?;
        self.key_of(number, at..at + length);
        Some(length)
    }

    fn text(&mut self, content: Range<usize>) {
        let written = &self.text[content.clone()];
        if self.is_inert(written) {
            return;
        }
        let value = self.reading.values.number(written, Writing::Json, self.reading.vocabulary);
        let meaning = self.here.meaning;
        self.has_secret |= meaning != Meaning::Secret && self.reading.values.of(value).has_secret;
        if meaning != Meaning::Plain {
            self.look_for_secrets(written, Some(value));
        }
        self.place(content, What::Text(value));
    }

    fn number(&mut self, span: Range<usize>) {
        let written = &self.text[span.clone()];
        if self.here.meaning != Meaning::Plain {
            self.look_for_secrets(written, None);
        }
        let may_change = match self.here.class {
            Class::Personal(_) => true,
            Class::Plain => written.len() >= super::words::NUMBER_DIGITS_MIN,
            Class::Kept | Class::Figure => false,
        };
        let is_wanted = self.reading.wanted == Wanted::Everything;
        if may_change || is_wanted || self.here.is_open_to_labels() {
            let Reading { vocabulary, values, .. } = &mut *self.reading;
            let digits = written.strip_prefix('-').unwrap_or(written);
            let word = is_whole_number(digits).then(|| vocabulary.number(digits, WordKind::Digits));
            let value = is_wanted.then(|| values.number(written, Writing::Plain, vocabulary));
            self.place(span, What::Number { word: word.flatten(), value });
        }
    }

    fn enter(&mut self, container: Container) {
        let name = match self.open.last() {
            None => self.nameless,
            Some(Open { container: Container::List, name, .. }) => *name,
            Some(open) => open.member,
        };
        let Here { class: under, meaning, .. } = self.here;
        let secrets = Secrets {
            under: meaning,
            member: Meaning::Plain,
            has_tokens: false,
            has_grants: false,
            has_named: false,
            token_sign: false,
            grant_sign: false,
            names_a_secret: false,
        };
        self.open.push(Open {
            container,
            name,
            under,
            member: self.nameless,
            class: Class::Plain,
            labels: self.labels.len(),
            labelled: self.labelled.len(),
            secrets,
        });
        self.here = match container {
            Container::Object => Here::of(Class::Plain),
            Container::List => Here { meaning, ..Here::of(under) },
        };
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.here = self.after_container();
        if open.labelled < self.labelled.len() {
            self.label(open.labels..self.labels.len(), open.labelled..self.labelled.len());
        }
        self.labels.truncate(open.labels);
        self.labelled.truncate(open.labelled);
        let Secrets { has_tokens, has_grants, has_named, token_sign, grant_sign, names_a_secret, .. } =
            open.secrets;
        self.has_secret |=
            (has_tokens && token_sign) || (has_grants && grant_sign) || (has_named && names_a_secret);
    }

    fn next(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.secrets.member = Meaning::Plain;
            if open.container == Container::Object {
                (open.member, open.class) = (self.nameless, Class::Plain);
                self.here = Here::of(Class::Plain);
            }
        }
    }
}

/// Whether digits are a number as it is written without need of anything else.
fn is_whole_number(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') && !digits.is_empty()
}
