//! What is remembered from pair to pair: names, words, texts and headers. None of it changes what becomes of the next pair.

use super::Why;
use super::key::RedactionKey;
use super::names::{Class, Names, class_of};
use super::places::{Place, What};
use super::protected::ProtectedWords;
use super::table::Table;
use super::texts::is_protocol;
use super::values::Values;
use super::vocabulary::Vocabulary;
use crate::secrets::{is_secret_header, is_url_header};

/// Headers that are remembered; services have a few dozen.
const HEADERS_MAX: usize = 1 << 10;

/// What a header's name says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub class: Class,
    pub is_secret: bool,
    pub is_url: bool,
    pub is_protocol: bool,
}

#[derive(Clone)]
pub(super) struct Memory {
    pub names: Names,
    pub vocabulary: Vocabulary,
    pub values: Values,
    headers: (Table, Vec<Header>),
    /// Of the pair before: their memory is used again.
    pub places: Vec<Place>,
    pub scratch: String,
}

impl Memory {
    pub fn new(key: &RedactionKey) -> Memory {
        let prf = key.prf();
        let seed = prf.seed();
        Memory {
            names: Names::new(seed),
            vocabulary: Vocabulary::new(prf, seed),
            values: Values::new(seed),
            headers: (Table::new(seed), Vec::new()),
            places: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Begins a pair, and forgets what has become too much.
    pub fn begin(&mut self, protected: &ProtectedWords) {
        if self.vocabulary.is_full(protected) {
            // Texts know words by their number, and names the pairs.
            self.vocabulary.clear();
            self.values.clear();
            self.names.clear();
        }
        if self.values.is_full() {
            self.values.clear();
        }
        self.names.begin();
        self.values.begin();
        self.vocabulary.begin(protected);
    }

    /// Why a place is replaced.
    pub fn why(&self, place: Place) -> Why {
        let look = match place.what {
            What::Text(value) | What::Key(value) => {
                let value = self.values.of(value);
                value.look.filter(|_| value.inside.is_none())
            }
            What::Number { .. } => None,
        };
        match (place.class, look) {
            (Class::Personal(kind), _) => Why::Field(kind),
            (Class::Plain | Class::Kept | Class::Figure, Some(kind)) => Why::Look(kind),
            (Class::Plain | Class::Kept | Class::Figure, None) => Why::Elsewhere,
        }
    }

    pub fn header(&mut self, name: &str) -> Header {
        let (table, headers) = &mut self.headers;
        if headers.len() >= HEADERS_MAX {
            table.clear();
            headers.clear();
        }
        let (number, is_new) = table.add(name);
        if is_new {
            headers.push(Header {
                class: class_of(name),
                is_secret: is_secret_header(name),
                is_url: is_url_header(name),
                is_protocol: is_protocol(name),
            });
        }
        headers[number as usize]
    }
}
