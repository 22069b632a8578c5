//! The ways in which a recorded item is changed, one file each kind, all in one list.
//!
//! A plausible mutation stays within what recordings show at the same place: a field is null only where it was null
//! in another item, and any two states of fields must have been recorded together ([`crate::fields::Fields::is_met`]).
//! Harsh ones go beyond that, and what they find may be nothing that a provider sends.

mod extra;
mod harsh;
mod lists;
mod states;
mod values;

use crate::campaign::Settings;
use crate::case::{Edit, Evidence};
use crate::corpus::Corpus;
use crate::fields::Field;
use crate::random::Random;
use crate::tree::{Seg, Tree};
use crate::values::Pools;

pub(crate) use extra::MARK;

/// Every mutation. Switches and reports name them so.
pub const MUTATIONS: [&Mutation; 21] = [
    &states::NULL,
    &states::ABSENT,
    &states::EMPTY_TEXT,
    &values::RECORDED,
    &values::TEXT,
    &values::UNICODE,
    &values::INSTANT,
    &values::NUMBER,
    &values::TESTED,
    &lists::ONE,
    &lists::MANY,
    &lists::NONE,
    &extra::EXTRA,
    &harsh::NULL_ANYWHERE,
    &harsh::ABSENT_ANYWHERE,
    &harsh::OTHER_TYPE,
    &harsh::UNKNOWN_WORD,
    &harsh::NAUGHTY_TEXT,
    &harsh::EXTREME_NUMBER,
    &harsh::OTHER_SPELLING,
    &harsh::DEEP,
];

/// One way to change an item.
pub struct Mutation {
    /// The word for it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// What bears it out.
    pub evidence: Evidence,
    /// Only where it is asked for.
    pub is_harsh: bool,
    /// Whether a field can be changed so.
    pub suits: fn(&Ground<'_>, usize) -> bool,
    /// The field's new value, `None` within for absent, and why a provider could answer so; nothing where it cannot be
    /// made of this one.
    pub change: fn(&Ground<'_>, &Spot<'_>, &mut Random) -> Option<Change>,
}

/// A field's new value, `None` for absent, and why a provider could answer so.
pub type Change = (Option<Tree>, String);

/// What mutations work on.
#[derive(Clone, Copy)]
pub struct Ground<'g> {
    /// What the samples teach.
    pub corpus: &'g Corpus,
    /// Texts that no recording has.
    pub pools: &'g Pools,
    /// What the mapping itself tests for.
    pub literals: &'g [String],
}

/// A place in an item that is about to be changed.
pub struct Spot<'s> {
    /// The field's index.
    pub field: usize,
    /// Its path, with an index for each list.
    pub path: &'s [Seg],
    /// What is there.
    pub now: Option<&'s Tree>,
}

impl<'g> Ground<'g> {
    /// What recordings show of a field.
    pub fn field(&self, at: usize) -> &'g Field {
        &self.corpus.fields.all[at]
    }
}

/// Mutations with the fields that they suit: looked up once for a run.
pub struct Suited(Vec<(&'static Mutation, Vec<usize>)>);

impl Suited {
    /// Of those that are switched on.
    pub fn of(ground: &Ground<'_>, settings: &Settings) -> Suited {
        // An item of a list is the provider's as a whole.
        let within: &[Seg] = if ground.corpus.lists.is_none() { &settings.within } else { &[] };
        let fields =
            (0..ground.corpus.fields.all.len()).filter(|field| ground.field(*field).path.starts_with(within));
        let is_on = |mutation: &&&Mutation| settings.with_harsh || !mutation.is_harsh;
        let suited = MUTATIONS.iter().filter(is_on).map(|mutation| {
            (*mutation, fields.clone().filter(|field| (mutation.suits)(ground, *field)).collect())
        });
        Suited(suited.filter(|(_, fields): &(_, Vec<usize>)| !fields.is_empty()).collect())
    }

    /// Changes an item once. Nothing where what was drawn does not fit this item.
    pub fn mutate(&self, ground: &Ground<'_>, item: &mut Tree, random: &mut Random) -> Option<Vec<Edit>> {
        let (mutation, fields) = random.one(&self.0)?;
        let field = *random.one(fields)?;
        mutate_field(ground, mutation, field, item, random)
    }
}

/// Changes one field, and with it those that name the same thing.
pub fn mutate_field(
    ground: &Ground<'_>,
    mutation: &Mutation,
    field: usize,
    item: &mut Tree,
    random: &mut Random,
) -> Option<Vec<Edit>> {
    let path = place(item, &ground.field(field).path, random)?;
    let now = item.at(&path);
    let (value, why) = (mutation.change)(ground, &Spot { field, path: &path, now }, random)?;
    if now == value.as_ref() {
        return None;
    }
    let edit = |path: Vec<Seg>| Edit {
        mutation: mutation.name,
        path,
        why: why.clone(),
        evidence: mutation.evidence,
    };
    // A new member has no field of its own: the value stands under a name that is part of the path.
    if mutation.name == extra::EXTRA.name {
        let (name, value) = extra::member(value?)?;
        let mut path = path;
        path.push(Seg::Name(name));
        return item.put(&path, Some(value)).then(|| vec![edit(path)]);
    }
    let was = now.cloned();
    let mut edits = Vec::new();
    for linked in ground.corpus.fields.linked(field) {
        let path = if *linked == field { path.clone() } else { ground.field(*linked).path.clone() };
        let is_same = *linked == field || item.at(&path).is_some() && item.at(&path) == was.as_ref();
        if is_same && item.put(&path, value.clone()) {
            edits.push(edit(path));
        }
    }
    (!edits.is_empty()).then_some(edits)
}

/// A place that a field has in this item; one element of each list on the way.
fn place(item: &Tree, path: &[Seg], random: &mut Random) -> Option<Vec<Seg>> {
    let mut found: Vec<Seg> = Vec::with_capacity(path.len());
    for (at, seg) in path.iter().enumerate() {
        let here = item.at(&found)?;
        let is_last = at + 1 == path.len();
        match (seg, here) {
            (Seg::Each, Tree::List(items)) if !items.is_empty() => {
                found.push(Seg::At(random.below(items.len())))
            }
            (Seg::Name(name), Tree::Object(_)) if is_last || here.member(name).is_some() => {
                found.push(seg.clone());
            }
            _ => return None,
        }
    }
    Some(found)
}

/// A place as people read it.
pub(crate) fn shown(field: &Field) -> String {
    crate::tree::path_text(&field.path)
}
