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
mod bits;
mod key;
mod lists;
mod memory;
mod names;
mod pass;
mod paths;
mod permute;
mod places;
mod prf;
mod protected;
mod replacing;
mod shapes;
mod signs;
mod spoken;
mod table;
mod texts;
mod value_words;
mod values;
mod vocabulary;
mod words;
mod writing;
mod written;

use compare::model::{Exchange, Pair, Redacted, Redaction};

use crate::line::Line;
use crate::recordings::StoreError;
use crate::{id, secrets};
pub use key::{KEY_BYTES, NotAKey, RedactionKey};
pub use lists::Lists;
pub use names::Kind;
pub use protected::ProtectedWords;

use memory::Memory;
use pass::{Pass, Purpose};

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

/// Why there is no line of a pair.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It was not redacted.
    #[error(transparent)]
    Redact(#[from] RedactError),
    /// A reader would refuse it.
    #[error(transparent)]
    Pair(#[from] StoreError),
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

/// Redacts pairs under one key; remembers what it found out, and nothing of a pair that could change the next one.
#[derive(Clone)]
pub struct Redactor {
    key: RedactionKey,
    lists: Lists,
    memory: Box<Memory>,
}

impl Redactor {
    /// With a key, and what is personal beside what names and looks say.
    pub fn new(key: RedactionKey, lists: Lists) -> Redactor {
        let memory = Box::new(Memory::new(&key));
        Redactor { key, lists, memory }
    }

    /// The key's fingerprint, as recordings say it.
    pub fn fingerprint(&self) -> &str {
        self.key.fingerprint()
    }

    /// A keyed digest, in hexadecimal: it names what must not be read from its name, nor guessed by trying.
    pub fn digest(&self, text: &str) -> String {
        self.memory.vocabulary.digest(text, prf::DIGEST_BYTES)
    }

    /// Removes secrets and replaces personal data; a pair that was redacted under this key stays as it is.
    pub fn redact(&mut self, pair: &mut Pair, protected: &ProtectedWords) -> Result<(), RedactError> {
        self.run(pair, protected, Told::Nothing).map(drop)
    }

    /// Redacts the pair and tells everything that was replaced, in the pair's order.
    pub fn explain(
        &mut self,
        pair: &mut Pair,
        protected: &ProtectedWords,
    ) -> Result<Vec<Replaced>, RedactError> {
        self.run(pair, protected, Told::Everything)
    }

    /// What [`Redactor::redact`] makes of the pair, as it is written: in one go, which is the quickest way to the disk.
    pub fn line(&mut self, mut pair: Pair, protected: &ProtectedWords) -> Result<Line, LineError> {
        if matches!(&pair.redaction, Some(Redaction { by: Redacted::Key { .. }, .. })) {
            self.redact(&mut pair, protected)?;
            return Ok(Line::of(&pair)?);
        }
        texts::lower_all_names(&mut pair);
        let Redactor { key, lists, memory } = self;
        let mut pass = Pass::new(key, lists, memory, protected);
        pass.read(&mut pair, Purpose::RemoveAndRedact);
        pass.learn();
        let id = pass.next_written(&pair.id[name_at(&pair)..]);
        let id = id.map(|name| apart(pass.memory, format!("{}/{name}", pair.operation), &pair.id));
        let id = id.unwrap_or_else(|| pair.id.clone());
        let redaction = Redaction::by_key(VERSION, key.fingerprint().to_owned());
        let line = Line::checked(&pair, &id, |line| {
            crate::format::writing::line(&pair, &id, Some(&redaction), &mut pass, line);
        });
        pass.end();
        Ok(line?.redacted(&redaction))
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
        texts::lower_all_names(pair);
        texts::lower_names(added);
        let name = pair.id.clone();
        let id = format!("{}/", pair.operation);
        let mut part =
            Pair { id, operation: pair.operation.clone(), legacy: std::mem::take(added), ..Pair::default() };
        secrets::remove(&mut part);
        let Redactor { key, lists, memory } = self;
        let mut pass = Pass::new(key, lists, memory, protected);
        pass.read(pair, Purpose::Compare);
        let there = pass.long_words();
        pass.read(&mut part, Purpose::Compare);
        let clear = pass.long_words();
        pass.learn_known(&clear, &there);
        pass.read(&mut part, Purpose::Redact);
        pass.learn();
        pass.write(&mut part, Purpose::Redact);
        pass.only_long_words();
        pass.read(pair, Purpose::Compare);
        pass.write(pair, Purpose::Compare);
        pass.end();
        // The file is found by it.
        pair.id = name;
        pair.redaction = Some(Redaction::by_key(VERSION, self.key.fingerprint().to_owned()));
        *added = part.legacy;
        Ok(())
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
        told: Told,
    ) -> Result<Vec<Replaced>, RedactError> {
        secrets::remove(pair);
        if let Some(Redaction { by: Redacted::Key { fingerprint, .. }, .. }) = &pair.redaction {
            return self.refuse_other(&pair.id, fingerprint).map(|()| Vec::new());
        }
        texts::lower_all_names(pair);
        let clear = pair.id.clone();
        let Redactor { key, lists, memory } = self;
        let mut pass = Pass::new(key, lists, memory, protected);
        if told == Told::Everything {
            pass.told = Some(Vec::new());
        }
        pass.read(pair, Purpose::Redact);
        pass.learn();
        pass.write(pair, Purpose::Redact);
        let replaced = pass.end();
        if pair.id != clear {
            pair.id = apart(memory, std::mem::take(&mut pair.id), &clear);
        }
        pair.redaction = Some(Redaction::by_key(VERSION, key.fingerprint().to_owned()));
        Ok(replaced.into_iter().flatten().map(|told| told.replaced).collect())
    }
}

/// Whether what is replaced is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Everything,
    Nothing,
}

/// Where the name begins that follows the operation in a pair's id.
fn name_at(pair: &Pair) -> usize {
    (pair.operation.len() + 1).min(pair.id.len())
}

/// A word of a name is replaced where it is personal in that pair, so `a-3` may become `a-6` while another pair's `a-6`
/// stays: a digest of what it was keeps two names two.
fn apart(memory: &Memory, mut id: String, clear: &str) -> String {
    let digest = memory.vocabulary.digest(clear, NAME_DIGITS / 2);
    let room = id::ID_BYTES_MAX - NAME_DIGITS - 1;
    let end = (0..=room.min(id.len())).rev().find(|end| id.is_char_boundary(*end)).unwrap_or(0);
    id.truncate(end);
    id.push('-');
    id.push_str(&digest);
    id
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod laws;
