//! What must hold of every answer, one property a file, all in one list.

mod against;
mod answers;
mod engines;
mod idempotent;
mod ids;
mod legacy;
mod lengths;
mod pages;
mod round_trip;
mod shape;
mod unrelated;

use compare::diff::Comparer;
use compare::tape::{Tape, Value};

use crate::campaign::Campaign;
use crate::case::{Case, Evidence};
use crate::shape::Misfit;
use crate::subject::Answer;
use crate::tree::Seg;

pub use legacy::Claim;
pub(crate) use legacy::expected;
pub(crate) use shape::at;
pub(crate) use unrelated::unlike;

/// Every property but the users' own, in the order in which they are told.
pub const PROPERTIES: [&Property; 13] = [
    &answers::ANSWERS,
    &legacy::LEGACY,
    &legacy::NULLS,
    &shape::SHAPE,
    &shape::LIST_TYPE,
    &lengths::LIST_LENGTH,
    &ids::IDS,
    &pages::PAGE_SIZE,
    &pages::ORDER,
    &unrelated::UNRELATED,
    &idempotent::IDEMPOTENT,
    &engines::ENGINES,
    &round_trip::ROUND_TRIP,
];

/// The semantic difference of a change is no property of a mapping: it is told by example.
pub const AGAINST: &Property = &against::AGAINST;

/// Something that must hold of every answer.
pub struct Property {
    /// The word for it, by which it is switched.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub about: &'static str,
    /// Whether it is on where nobody says otherwise.
    pub is_default: bool,
    /// What does not hold.
    pub check: fn(&Seen<'_, '_>, &mut Worker<'_>, &mut Vec<Failure>),
}

/// What one thread works with.
pub struct Worker<'r> {
    /// Compares under the operation's rules.
    pub comparer: Comparer<'r>,
    pub(crate) tape: Tape,
}

impl<'r> Worker<'r> {
    /// With a comparer for the operation's rules.
    pub fn new(comparer: Comparer<'r>) -> Worker<'r> {
        Worker { comparer, tape: Tape::new() }
    }
}

/// One evaluated case, as properties see it.
pub struct Seen<'s, 'a> {
    /// What it was made with.
    pub campaign: &'s Campaign<'s>,
    /// The case.
    pub case: &'s Case,
    /// What the mapping was given.
    pub input: &'s str,
    /// What it answered.
    pub answer: &'s Answer,
    /// The same, read.
    pub root: Option<Value<'a>>,
    /// Its items, where they are a list: the answer itself where there is no list.
    pub items: Option<Vec<Value<'a>>>,
    /// What does not fit the shape of answers.
    pub misfits: &'s [Misfit],
}

impl Seen<'_, '_> {
    /// An answer's items are in the places of the input's.
    pub(crate) fn is_aligned(&self) -> bool {
        let filters = self.campaign.corpus.lists.as_ref().is_some_and(|lists| lists.filters);
        let items = self.items.as_ref().is_some_and(|items| items.len() == self.case.parts.len());
        !filters && items && self.case.whole.is_none()
    }

    /// Everything in the case is borne out by what recordings show of the same place.
    pub(crate) fn is_recorded(&self) -> bool {
        self.case.whole.is_none() && self.case.edits().all(|edit| edit.evidence != Evidence::Unseen)
    }

    /// The path of an answer's item.
    pub(crate) fn item_path(&self, at: usize) -> Vec<Seg> {
        match &self.campaign.corpus.lists {
            None => Vec::new(),
            Some(lists) => lists.output.iter().cloned().chain([Seg::At(at)]).collect(),
        }
    }
}

/// What does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The property's name.
    pub property: String,
    /// What tells it from another failure of the property: a field and a kind, an error and its place.
    pub key: String,
    /// Where in the answer, as people read it; empty where it is about the whole.
    pub path: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What should be there, as JSON.
    pub expected: Option<String>,
    /// What is there, as JSON; nothing where it is absent.
    pub actual: Option<String>,
    /// What legacy made of it, where that is what does not hold.
    pub claim: Option<Claim>,
}

impl Failure {
    pub(crate) fn new(property: &Property, key: String, message: String) -> Failure {
        Failure {
            property: property.name.to_owned(),
            key,
            path: String::new(),
            message,
            expected: None,
            actual: None,
            claim: None,
        }
    }
}
