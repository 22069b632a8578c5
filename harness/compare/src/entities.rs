//! Ids that differ by design: which legacy id is which new id, over a whole run.
//!
//! Comparing a pair cannot decide a `same_entity`: it excuses the difference for now and hands out an
//! [`EntityLink`]. [`Entities`] collects the links of all pairs; ids of one namespace that are linked to two others
//! collide, and every pair that linked them differs. The outcome depends on the set of pairs alone: adding and merging
//! give the same in any order and grouping.
//!
//! Memory: a one-to-one map has to remember every distinct id: both texts twice, and about 200 bytes more. Links that
//! repeat cost nothing. An id that collides keeps [`PARTNERS_MAX`] of its partners. Nothing else grows; a caller with a
//! limit looks at [`Entities::len`].

use std::collections::BTreeMap;

use crate::difference::{Difference, Kind, Place};
use crate::model::Side;
use crate::path;
use crate::rules::{Effect, Rules};
use crate::tape::{Type, Value};
use crate::tolerance::Rule;
use crate::trie::{At, ROOT, Trie};

/// An id with more partners than this collides whatever the others are; the smallest are kept.
pub const PARTNERS_MAX: usize = 8;

/// In one pair, an id of legacy stands where an id of new stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityLink {
    /// What the ids are ids of, as the tolerance says.
    pub namespace: String,
    /// Legacy's id; a number and its text are one id.
    pub legacy: String,
    /// New's id.
    pub new: String,
    /// Where, as legacy numbers it.
    pub path: String,
    /// The same with each index as `[*]`.
    pub field: String,
}

/// Could it be an id?
pub(crate) fn is_id(value: Value<'_>) -> bool {
    matches!(value.kind(), Type::String | Type::Number)
}

/// The id as text.
fn id(value: Value<'_>) -> String {
    match value.kind() {
        Type::String => value.text().into_owned(),
        _ => value.raw().to_owned(),
    }
}

/// The links of a run, so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    namespaces: BTreeMap<String, Namespace>,
    ids: usize,
    bytes: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Namespace {
    /// New ids by legacy id.
    by_legacy: BTreeMap<String, Partners>,
    /// Legacy ids by new id.
    by_new: BTreeMap<String, Partners>,
}

/// Sorted by id; the smallest [`PARTNERS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Partners {
    known: Vec<Partner>,
    /// There were more.
    is_cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Partner {
    id: String,
    links: u64,
    /// The smallest pair and path that linked them.
    first: (String, String),
}

/// An id that is linked to more than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision<'e> {
    /// What it is an id of.
    pub namespace: &'e str,
    /// Whose id it is.
    pub side: Side,
    /// The id.
    pub id: &'e str,
    /// The other side's ids that it is linked to, in their order, up to [`PARTNERS_MAX`].
    pub partners: Vec<&'e str>,
    /// There are more of them.
    pub is_cut: bool,
}

/// One row of the exported map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow<'e> {
    /// What the ids are ids of.
    pub namespace: &'e str,
    /// Legacy's id.
    pub legacy: &'e str,
    /// New's id.
    pub new: &'e str,
    /// How many places of how many pairs link them.
    pub links: u64,
    /// The first pair that links them, by its id.
    pub pair: &'e str,
    /// Where in it.
    pub path: &'e str,
    /// They are not one-to-one: not to be used for back-filling.
    pub collides: bool,
}

impl EntityRow<'_> {
    /// The names of the columns, in the order of [`EntityRow::cells`].
    pub const COLUMNS: [&'static str; 7] =
        ["namespace", "legacy", "new", "links", "pair", "path", "collides"];

    /// The row as text, to be quoted by whoever writes the file.
    pub fn cells(&self) -> [String; 7] {
        [
            self.namespace.to_owned(),
            self.legacy.to_owned(),
            self.new.to_owned(),
            self.links.to_string(),
            self.pair.to_owned(),
            self.path.to_owned(),
            self.collides.to_string(),
        ]
    }
}

/// What [`Entities::settle`] changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Differences that were excused and no longer are.
    pub reopened: u64,
    /// Differences that were not there: the ids are equal in this pair, and are linked to others elsewhere.
    pub added: u64,
}

impl Entities {
    /// Adds the links of one pair.
    pub fn add(&mut self, pair: &str, links: &[EntityLink]) {
        for link in links {
            let namespace = self.namespaces.entry(link.namespace.clone()).or_default();
            let first = (pair.to_owned(), link.path.clone());
            let partner = |id: &str| Partner { id: id.to_owned(), links: 1, first: first.clone() };
            let sides = [
                (&mut namespace.by_legacy, &link.legacy, partner(&link.new)),
                (&mut namespace.by_new, &link.new, partner(&link.legacy)),
            ];
            for (ids, id, partner) in sides {
                let into = ids.entry(id.clone()).or_default();
                if into.known.is_empty() {
                    self.ids += 1;
                    self.bytes += id.len();
                }
                into.add(partner);
            }
        }
    }

    /// Adds the links of other pairs.
    pub fn merge(&mut self, other: Entities) {
        for (name, namespace) in other.namespaces {
            let mine = self.namespaces.entry(name).or_default();
            for (ids, others) in
                [(&mut mine.by_legacy, namespace.by_legacy), (&mut mine.by_new, namespace.by_new)]
            {
                for (id, partners) in others {
                    let length = id.len();
                    let into = ids.entry(id).or_default();
                    if into.known.is_empty() {
                        self.ids += 1;
                        self.bytes += length;
                    }
                    into.is_cut |= partners.is_cut;
                    partners.known.into_iter().for_each(|partner| into.add(partner));
                }
            }
        }
    }

    /// How many distinct ids are remembered, of both sides.
    pub fn len(&self) -> usize {
        self.ids
    }

    /// How long those ids are, each counted once, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// No pair linked anything.
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }

    /// Is one of the two ids linked to another as well?
    pub fn collides(&self, link: &EntityLink) -> bool {
        self.namespaces
            .get(&link.namespace)
            .is_some_and(|namespace| namespace.collides(&link.legacy, &link.new))
    }

    /// Whether a link that is not there would break what other pairs say; `own` are those that its pair has now, and would
    /// not have then.
    pub fn contradicts(&self, link: &EntityLink, own: &[EntityLink]) -> bool {
        let Some(namespace) = self.namespaces.get(&link.namespace) else { return false };
        let stands_elsewhere =
            |partners: Option<&Partners>, other: &str, is_own: &dyn Fn(&EntityLink, &str) -> bool| {
                let partners = partners.into_iter().flat_map(|partners| &partners.known);
                partners.filter(|partner| partner.id != other).any(|partner| {
                    let here = own.iter().filter(|known| known.namespace == link.namespace);
                    partner.links > here.filter(|known| is_own(known, &partner.id)).count() as u64
                })
            };
        let by_legacy = namespace.by_legacy.get(&link.legacy);
        let by_new = namespace.by_new.get(&link.new);
        stands_elsewhere(by_legacy, &link.new, &|known, new| known.legacy == link.legacy && known.new == new)
            || stands_elsewhere(by_new, &link.legacy, &|known, legacy| {
                known.new == link.new && known.legacy == legacy
            })
    }

    /// Says of one pair's links which collide is linked to more than one, by namespace, legacy's first.
    pub fn collisions(&self) -> impl Iterator<Item = Collision<'_>> {
        self.namespaces.iter().flat_map(|(name, namespace)| {
            let sides = [(Side::Legacy, &namespace.by_legacy), (Side::New, &namespace.by_new)];
            sides.into_iter().flat_map(move |(side, ids)| {
                ids.iter().filter(|(_, partners)| !partners.is_one()).map(move |(id, partners)| Collision {
                    namespace: name,
                    side,
                    id,
                    partners: partners.known.iter().map(|partner| partner.id.as_str()).collect(),
                    is_cut: partners.is_cut,
                })
            })
        })
    }

    /// The map, for back-filling what the application stored: sorted by namespace, legacy id and new id.
    pub fn rows(&self) -> impl Iterator<Item = EntityRow<'_>> {
        self.namespaces.iter().flat_map(|(name, namespace)| {
            namespace.by_legacy.iter().flat_map(move |(legacy, partners)| {
                partners.known.iter().map(move |partner| EntityRow {
                    namespace: name,
                    legacy,
                    new: &partner.id,
                    links: partner.links,
                    pair: &partner.first.0,
                    path: &partner.first.1,
                    collides: namespace.collides(legacy, &partner.id),
                })
            })
        })
    }

    /// Says of one pair's links which collide, now that all links are known: its difference there is no longer
    /// excused and becomes [`Kind::Entity`]; where the ids are equal there is none yet, and one is added.
    pub fn settle(&self, links: &[EntityLink], differences: &mut Vec<Difference>) -> Settled {
        let mut settled = Settled::default();
        for link in links.iter().filter(|link| self.collides(link)) {
            let at_link = |difference: &&mut Difference| {
                difference.place == Place::Body && difference.path == link.path
            };
            match differences.iter_mut().find(at_link) {
                Some(difference) => {
                    settled.reopened += u64::from(difference.tolerance.take().is_some());
                    difference.kind = Kind::Entity;
                }
                None => {
                    let is_new = link.legacy == link.new;
                    settled.added += u64::from(is_new);
                    settled.reopened += u64::from(!is_new);
                    differences.push(collided(link));
                }
            }
        }
        settled
    }
}

fn collided(link: &EntityLink) -> Difference {
    let quoted = |id: &str| Some(serde_json::Value::from(id).to_string());
    Difference {
        place: Place::Body,
        path: link.path.clone(),
        new_path: None,
        field: link.field.as_str().into(),
        kind: Kind::Entity,
        legacy: quoted(&link.legacy),
        new: quoted(&link.new),
        tolerance: None,
        legacy_context: None,
        new_context: None,
        blame: None,
    }
}

impl Namespace {
    fn collides(&self, legacy: &str, new: &str) -> bool {
        let one = |ids: &BTreeMap<String, Partners>, id: &str| ids.get(id).is_none_or(Partners::is_one);
        !(one(&self.by_legacy, legacy) && one(&self.by_new, new))
    }
}

impl Partners {
    fn is_one(&self) -> bool {
        self.known.len() <= 1
    }

    fn add(&mut self, partner: Partner) {
        match self.known.binary_search_by(|known| known.id.cmp(&partner.id)) {
            Ok(at) => {
                let known = &mut self.known[at];
                known.links += partner.links;
                if partner.first < known.first {
                    known.first = partner.first;
                }
            }
            Err(at) => self.known.insert(at, partner),
        }
        // What is cut here is cut in every grouping: as many smaller ones exist.
        if self.known.len() > PARTNERS_MAX {
            self.known.pop();
            self.is_cut = true;
        }
    }
}

/// Collects the links of one pair.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Legacy's values that differ from new's, or have no partner, by node: their ids are not their own partners.
    differing: Vec<usize>,
}

impl Links {
    /// Notes what was found at a path: a difference other than of the order of equal elements.
    pub(crate) fn differs(&mut self, kind: Kind, legacy: Option<Value<'_>>) {
        let children_are_joined = matches!(kind, Kind::Order | Kind::SingletonVsList);
        if let Some(value) = legacy.filter(|_| !children_are_joined) {
            self.differing.push(value.index());
        }
    }

    /// The links of ids that are equal on both sides: those at the paths of `same_entity` that are not noted.
    pub(crate) fn equal_ids(
        mut self,
        legacy: Value<'_>,
        rules: &Rules,
        trie: &mut Trie,
        speaks: &[bool],
        out: &mut Vec<EntityLink>,
    ) {
        self.differing.sort_unstable();
        let mut walk =
            EqualIds { differing: &self.differing, rules, trie, speaks, path: "$".to_owned(), out };
        walk.value(legacy, ROOT);
    }
}

struct EqualIds<'w> {
    differing: &'w [usize],
    rules: &'w Rules,
    trie: &'w mut Trie,
    speaks: &'w [bool],
    path: String,
    out: &'w mut Vec<EntityLink>,
}

impl EqualIds<'_> {
    fn value(&mut self, value: Value<'_>, at: At) {
        if self.differing.binary_search(&value.index()).is_ok() {
            return;
        }
        let spoken = spoken(self.rules, self.speaks, self.trie.effects(at));
        let namespace = match spoken {
            Spoken::Ignore => return,
            Spoken::Entity(namespace) => Some(namespace),
            Spoken::Other => None,
        };
        let length = self.path.len();
        match value.kind() {
            Type::Object => {
                for (key, member) in value.members() {
                    let child = self.trie.member(&self.rules.patterns, at, &key.text_bytes());
                    path::push_name(&mut self.path, &key.text());
                    self.value(member, child);
                    self.path.truncate(length);
                }
            }
            Type::Array => {
                let count = value.elements().count();
                for (index, element) in value.elements().enumerate() {
                    let child = self.trie.element(&self.rules.patterns, at, index, count);
                    self.path.push_str(&format!("[{index}]"));
                    self.value(element, child);
                    self.path.truncate(length);
                }
            }
            Type::String | Type::Number => {
                if let Some(namespace) = namespace {
                    self.out.push(EntityLink {
                        namespace: namespace.to_owned(),
                        legacy: id(value),
                        new: id(value),
                        path: self.path.clone(),
                        field: self.trie.field(at).to_owned(),
                    });
                }
            }
            Type::Null | Type::True | Type::False => {}
        }
    }
}

enum Spoken<'r> {
    Ignore,
    Entity(&'r str),
    Other,
}

fn spoken<'r>(rules: &'r Rules, speaks: &[bool], effects: &[Effect]) -> Spoken<'r> {
    let mut found = Spoken::Other;
    for effect in effects {
        match effect {
            Effect::Tolerance(index) if speaks[*index] => match &rules.tolerances[*index].tolerance.rule {
                Rule::Ignore => return Spoken::Ignore,
                Rule::SameEntity(namespace) => found = Spoken::Entity(namespace),
                _ => {}
            },
            Effect::Tolerance(_) | Effect::Key(_) => {}
        }
    }
    found
}

/// The namespace and the ids that two values link, where one of the speaking tolerances is a `same_entity`.
pub(crate) fn link(
    rules: &Rules,
    speaking: &[usize],
    legacy: Option<Value<'_>>,
    new: Option<Value<'_>>,
) -> Option<(String, String, String)> {
    let (legacy, new) = (legacy.filter(|value| is_id(*value))?, new.filter(|value| is_id(*value))?);
    let namespace = speaking.iter().find_map(|&index| match &rules.tolerances[index].tolerance.rule {
        Rule::SameEntity(namespace) => Some(namespace.clone()),
        _ => None,
    })?;
    Some((namespace, id(legacy), id(new)))
}
