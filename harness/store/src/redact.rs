//! Replaces personal data by keyed pseudonyms, word by word, so that what two sides had in common they still have.
//!
//! Secrets are removed first ([`crate::secrets`]). Then it goes over the pair twice. First it learns which words are
//! personal: by the name of the field that they stand in (`names`, `lists`) or by their look (`shapes`). Then it
//! replaces each of them everywhere in the pair: legacy, new, source and repeats; URLs, headers and bodies; JSON in a
//! string, Base64 of a text. A word is a run of letters or of digits. It is told without its case and its marks, and
//! its pseudonym takes on its case, its marks, its zeros in front and its escapes. So joining, splitting, trimming,
//! changing case and dropping marks give the same whether they are done before or after.
//!
//! What stays: dates, amounts, enumerations by their field's name, and the words that a mapping tests, which the
//! caller hands over as [`ProtectedWords`]. What does not commute, and other limits, stands in `docs/redaction.md`.

mod alphabet;
mod fields;
mod key;
mod lists;
mod names;
mod pass;
mod permute;
mod places;
mod shapes;
mod texts;
mod vocabulary;
mod words;
mod writing;

use std::collections::BTreeSet;
use std::fmt::Write;

use compare::model::{Exchange, Pair, Redacted, Redaction};
use hmac::Mac;

use crate::{id, secrets};
pub use key::{KEY_BYTES, NotAKey, RedactionKey};
pub use lists::Lists;
pub use names::Kind;
pub use vocabulary::ProtectedWords;

use fields::Fields;
use names::Names;
use pass::Pass;
use places::{Known, Paths, Place};
use texts::TextKind;
use vocabulary::Pseudonyms;

/// The version of these rules.
pub const VERSION: u32 = 1;

/// Hexadecimal digits at the end of a pair's name that was replaced: among a million such names that are otherwise one,
/// two are the same with a chance of one in ten million.
const NAME_DIGITS: usize = 16;

/// Why a pair was not redacted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// It has pseudonyms already, under another key: pseudonyms of pseudonyms could be compared with nothing.
    #[error("redact the pair {id:?} with the key {wanted}: it was redacted with the key {found}")]
    OtherKey {
        /// The pair.
        id: String,
        /// The fingerprint in the pair.
        found: String,
        /// The fingerprint of the key at hand.
        wanted: String,
    },
    /// What is to be added is in clear and stays so, and what is there is not.
    #[error(
        "add to the pair {id:?} what is not redacted: it was redacted, and the sides could not be compared"
    )]
    Mixed {
        /// The pair.
        id: String,
    },
}

/// Something that was replaced, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Where: `legacy[0].response.body $.data[0].email`.
    pub place: String,
    /// Why.
    pub why: Why,
    /// What stood there.
    pub old: String,
    /// What stands there now.
    pub new: String,
}

/// Why something was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The name of its field says so.
    Field(Kind),
    /// Its look says so.
    Look(Kind),
    /// A word of it is personal elsewhere in the pair.
    Elsewhere,
    /// Bytes that cannot be looked into.
    Bytes,
}

/// Redacts pairs under one key; remembers pseudonyms, and nothing of a pair that could change the next one.
#[derive(Clone)]
pub struct Redactor {
    key: RedactionKey,
    lists: Lists,
    pseudonyms: Pseudonyms,
    names: Names,
}

impl Redactor {
    /// With a key, and what is personal beside what names and looks say.
    pub fn new(key: RedactionKey, lists: Lists) -> Redactor {
        let pseudonyms = Pseudonyms::new(&key);
        Redactor { key, lists, pseudonyms, names: Names::default() }
    }

    /// The key's fingerprint, as recordings say it.
    pub fn fingerprint(&self) -> &str {
        self.key.fingerprint()
    }

    /// A keyed digest, in hexadecimal: it names what must not be read from its name, nor guessed by trying.
    pub fn digest(&self, text: &str) -> String {
        let mac = self.key.mac().chain_update(b"cutover name ").chain_update(text);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Removes secrets and replaces personal data; a pair that was redacted under this key stays as it is.
    pub fn redact(&mut self, pair: &mut Pair, protected: &ProtectedWords) -> Result<(), RedactError> {
        self.run(pair, protected, Paths::LeftOut).map(drop)
    }

    /// Redacts the pair and tells everything that was replaced, in the pair's order.
    pub fn explain(
        &mut self,
        pair: &mut Pair,
        protected: &ProtectedWords,
    ) -> Result<Vec<Replaced>, RedactError> {
        self.run(pair, protected, Paths::Told)
    }

    /// Redacts what is to be added to a pair that was redacted before: a side that comes later.
    ///
    /// What is personal there is replaced in the rest of the pair too, and what stands in the rest as a pseudonym is
    /// personal there. Short words are not told so. The pair says that it was not judged.
    pub fn complete(
        &mut self,
        pair: &mut Pair,
        added: &mut Vec<Exchange>,
        protected: &ProtectedWords,
    ) -> Result<(), RedactError> {
        match &pair.redaction {
            Some(Redaction { by: Redacted::Key { fingerprint, .. }, .. }) => {
                self.refuse_other(&pair.id, fingerprint)?;
            }
            // What is in clear, on purpose or not, is redacted with the rest.
            Some(Redaction { by: Redacted::Nothing, .. }) | None => self.redact(pair, protected)?,
        }
        let name = pair.id.clone();
        let id = format!("{}/", pair.operation);
        let mut part =
            Pair { id, operation: pair.operation.clone(), legacy: std::mem::take(added), ..Pair::default() };
        secrets::remove(&mut part);
        let known = Known { lists: &self.lists, names: &mut self.names, paths: Paths::LeftOut };
        let mut pass = Pass::new(&self.key, known, &mut self.pseudonyms, protected);
        let mut there = BTreeSet::new();
        texts::each(pair, |text, kind, _| pass.long_words(text, kind, &mut there));
        let mut clear = BTreeSet::new();
        texts::each(&mut part, |text, kind, _| pass.long_words(text, kind, &mut clear));
        pass.learn_known(clear, &there);
        go_over(&mut part, &mut pass);
        pass.only_long_words();
        texts::each(pair, |text, kind, place| {
            let places = pass.places(text, kind);
            if let Some(written) = pass.written(text, &places, place, 0) {
                *text = written;
            }
        });
        // The file is found by it.
        pair.id = name;
        pair.redaction = Some(Redaction::by_key(VERSION, self.key.fingerprint().to_owned()));
        *added = part.legacy;
        Ok(())
    }

    /// A word of a name is replaced where it is personal in that pair, so `a-3` may become `a-6` while another pair's `a-6`
    /// stays: a digest of what it was keeps two names two.
    fn tell_apart(&self, id: &mut String, clear: &str) {
        let digest = &self.digest(clear)[..NAME_DIGITS];
        let room = id::ID_BYTES_MAX - NAME_DIGITS - 1;
        let end = (0..=room.min(id.len())).rev().find(|end| id.is_char_boundary(*end)).unwrap_or(0);
        id.truncate(end);
        let _ = write!(id, "-{digest}");
    }

    fn refuse_other(&self, id: &str, found: &str) -> Result<(), RedactError> {
        if found == self.fingerprint() {
            return Ok(());
        }
        let (id, found) = (id.to_owned(), found.to_owned());
        Err(RedactError::OtherKey { id, found, wanted: self.fingerprint().to_owned() })
    }

    fn run(
        &mut self,
        pair: &mut Pair,
        protected: &ProtectedWords,
        paths: Paths,
    ) -> Result<Vec<Replaced>, RedactError> {
        secrets::remove(pair);
        if let Some(Redaction { by: Redacted::Key { fingerprint, .. }, .. }) = &pair.redaction {
            return self.refuse_other(&pair.id, fingerprint).map(|()| Vec::new());
        }
        let clear = pair.id.clone();
        let known = Known { lists: &self.lists, names: &mut self.names, paths };
        let mut pass = Pass::new(&self.key, known, &mut self.pseudonyms, protected);
        go_over(pair, &mut pass);
        let replaced = pass.replaced();
        if pair.id != clear {
            self.tell_apart(&mut pair.id, &clear);
        }
        let fingerprint = self.key.fingerprint().to_owned();
        pair.redaction = Some(Redaction::by_key(VERSION, fingerprint));
        Ok(replaced)
    }
}

/// Learns which words are personal, and then replaces them.
fn go_over(pair: &mut Pair, pass: &mut Pass<'_>) {
    // What the first pass knew of a body's places serves the others.
    let mut known: Vec<Seen> = Vec::new();
    let mut fields = Fields::default();
    texts::each(pair, |text, kind, _| {
        let inner = if kind == TextKind::Bytes { pass::text_of_base64(text) } else { None };
        let places = pass.places(inner.as_deref().unwrap_or(text), kind);
        fields.ask(inner.as_deref().unwrap_or(text), &places);
        known.push(Seen { inner, places });
    });
    if fields.is_asked() {
        let mut seen = known.iter();
        texts::each(pair, |text, _, _| {
            seen.next().into_iter().for_each(|seen| fields.find(seen.text(text), &seen.places));
        });
    }
    let mut seen = known.iter_mut();
    texts::each(pair, |text, _, _| {
        let Some(Seen { inner, places }) = seen.next() else { return };
        let text = inner.as_deref().unwrap_or(text);
        fields.keep(text, places);
        places.iter().for_each(|place| pass.learn(text, place, 0));
    });
    let mut known = known.into_iter();
    texts::each(pair, |text, kind, place| {
        let places = known.next().map(|seen| seen.places).unwrap_or_default();
        match kind {
            TextKind::Bytes => pass.replace_bytes(text, place),
            TextKind::Short(..) | TextKind::Json | TextKind::Other(_) => {
                if let Some(written) = pass.written(text, &places, place, 0) {
                    *text = written;
                }
            }
        }
    });
}

/// What was seen of one text.
struct Seen {
    /// What it holds in Base64.
    inner: Option<String>,
    places: Vec<Place>,
}

impl Seen {
    fn text<'t>(&'t self, text: &'t str) -> &'t str {
        self.inner.as_deref().unwrap_or(text)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod laws;
