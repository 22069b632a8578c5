//! The structural diff: every difference of two bodies, once, at its deepest path.

use std::collections::BTreeSet;

use crate::align::{self, Alignment, Content};
use crate::difference::{Difference, Kind, Place, SAMPLE_BYTES_MAX};
use crate::entities::{self, EntityLink, Links};
use crate::excuse;
use crate::hash::{self, Hashes};
use crate::leaf;
use crate::moved::LeftOver;
use crate::path;
use crate::pretty;
use crate::rules::{Effect, Rules, to_serde};
use crate::tape::{Json, Type, Value};
use crate::tolerance::Rule;
use crate::trie::{At, ROOT, Trie};
use crate::verdict::DIFFERENCES_MAX;

/// A trie that has grown past this starts anew with the next pair: paths should recur, and these did not.
const TRIE_NODES_MAX: usize = 500_000;

/// A pair's list of notes is cut here.
const NOTES_MAX: usize = 20;

/// Compares bodies under one operation's rules; keeps its buffers and the paths met from pair to pair.
pub struct Comparer<'r> {
    rules: &'r Rules,
    trie: Trie,
    legacy_hashes: Hashes,
    new_hashes: Hashes,
}

/// All that comparing found.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    /// Every difference, excused or not, up to [`DIFFERENCES_MAX`]; those that nothing excuses are kept first.
    pub differences: Vec<Difference>,
    /// How many there were.
    pub total: u64,
    /// How many of them a tolerance excuses.
    pub excused: u64,
    /// What a person should know beside them.
    pub notes: Vec<String>,
    /// Which ids stand for each other, where a `same_entity` speaks: to be settled when all pairs are known.
    pub links: Vec<EntityLink>,
    /// By kept difference, the count of differences before it: what finds it again.
    pub(crate) serials: Vec<u64>,
}

/// Whose answers are compared: decides which tolerances speak.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'s> {
    /// The account, where known.
    pub account: Option<&'s str>,
    /// Its integration, where known.
    pub integration: Option<&'s str>,
}

impl Comparison {
    /// Records one difference.
    pub(crate) fn push(&mut self, difference: Difference) {
        let serial = self.total;
        self.total += 1;
        self.excused += u64::from(difference.tolerance.is_some());
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(difference);
            self.serials.push(serial);
        } else if difference.tolerance.is_none()
            && let Some(excused) = self.differences.iter().rposition(|kept| kept.tolerance.is_some())
        {
            self.differences.remove(excused);
            self.serials.remove(excused);
            self.differences.push(difference);
            self.serials.push(serial);
        }
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl<'r> Comparer<'r> {
    /// For the rules of one operation.
    pub fn new(rules: &'r Rules) -> Comparer<'r> {
        Comparer {
            rules,
            trie: Trie::new(&rules.patterns),
            legacy_hashes: Hashes::default(),
            new_hashes: Hashes::default(),
        }
    }

    /// The rules that it compares under.
    pub fn rules(&self) -> &'r Rules {
        self.rules
    }

    /// Adds the differences of two bodies to `out`.
    pub fn bodies(&mut self, legacy: Json<'_>, new: Json<'_>, scope: Scope<'_>, out: &mut Comparison) {
        let has_entities = self.rules.has_entities();
        if legacy.text() == new.text() && !has_entities {
            return;
        }
        if self.trie.len() > TRIE_NODES_MAX {
            self.trie = Trie::new(&self.rules.patterns);
        }
        self.legacy_hashes.reset(legacy.len());
        self.new_hashes.reset(new.len());
        let speaks =
            self.rules.tolerances.iter().map(|active| {
                active.holds && active.tolerance.covers_account(scope.account, scope.integration)
            });
        let mut walk = Walk {
            speaks: speaks.collect(),
            filtered: self.select_filtered(legacy, new),
            comparer: self,
            out,
            steps: Vec::new(),
            parents: Vec::new(),
            ignored_by: None,
            explained: BTreeSet::new(),
            links: has_entities.then(Links::default),
            left_over: LeftOver::default(),
        };
        walk.values(legacy.root(), new.root(), ROOT);
        std::mem::take(&mut walk.left_over).join(walk.out);
        if let Some(links) = walk.links.take() {
            let speaks = walk.speaks;
            links.equal_ids(legacy.root(), self.rules, &mut self.trie, &speaks, &mut out.links);
        }
    }

    fn select_filtered(&self, legacy: Json<'_>, new: Json<'_>) -> Vec<(Effect, BTreeSet<String>)> {
        if self.rules.filters.is_empty() {
            return Vec::new();
        }
        let (legacy, new) = (to_serde(legacy.root()), to_serde(new.root()));
        let select = |filter: &crate::rules::Filter| {
            let mut selected = filter.select(&legacy);
            // New's nodes are told apart by a mark: an index may mean another element there.
            selected.extend(filter.select(&new).into_iter().map(|path| format!("new {path}")));
            (filter.effect, selected)
        };
        self.rules.filters.iter().map(select).collect()
    }
}

/// One step from the root towards the present values.
#[derive(Clone, Copy)]
enum PathStep<'t> {
    Member(Value<'t>),
    Element { legacy: Option<usize>, new: Option<usize> },
}

/// One walk over two documents.
struct Walk<'w, 'r, 't> {
    comparer: &'w mut Comparer<'r>,
    /// By tolerance: does it hold for this account?
    speaks: Vec<bool>,
    /// What rules with a filter select, as normalized paths.
    filtered: Vec<(Effect, BTreeSet<String>)>,
    out: &'w mut Comparison,
    steps: Vec<PathStep<'t>>,
    parents: Vec<(Value<'t>, Value<'t>)>,
    /// The `ignore` that covers the present values.
    ignored_by: Option<usize>,
    /// Fields and kinds that already have a context: one is enough to read.
    explained: BTreeSet<(At, Kind)>,
    /// Kept where a `same_entity` is among the rules.
    links: Option<Links>,
    /// What is on one side only, to tell moves from changes.
    left_over: LeftOver<'t>,
}

impl<'t> Walk<'_, '_, 't> {
    fn values(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        if legacy.raw() == new.raw() {
            return;
        }
        let outer = self.ignored_by;
        self.ignored_by = outer.or_else(|| self.ignoring(at));
        match (legacy.kind(), new.kind()) {
            (Type::Object, Type::Object) => self.members(legacy, new, at),
            (Type::Array, Type::Array) => self.elements(legacy, new, at),
            (Type::Array, other) if other != Type::Null => self.perhaps_singleton(legacy, new, at),
            (other, Type::Array) if other != Type::Null => self.perhaps_singleton(legacy, new, at),
            _ => {
                if let Some(kind) = leaf::classify(legacy, new) {
                    self.emit(kind, Some(legacy), Some(new), at);
                }
            }
        }
        self.ignored_by = outer;
    }

    /// The tolerances that speak at a path, in their order.
    fn tolerances(&self, at: At) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .effects(at)
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Tolerance(index) if self.speaks[index] => Some(index),
                Effect::Tolerance(_) | Effect::Key(_) => None,
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn effects(&self, at: At) -> Vec<Effect> {
        let mut effects = self.comparer.trie.effects(at).to_vec();
        if !self.filtered.is_empty() {
            let (legacy, new) =
                (self.normalized(Side::Legacy), format!("new {}", self.normalized(Side::New)));
            let selected =
                |(_, paths): &&(Effect, BTreeSet<String>)| paths.contains(&legacy) || paths.contains(&new);
            effects.extend(self.filtered.iter().filter(selected).map(|(effect, _)| *effect));
        }
        effects
    }

    fn ignoring(&self, at: At) -> Option<usize> {
        if self.comparer.trie.effects(at).is_empty() && self.filtered.is_empty() {
            return None;
        }
        let rules = self.comparer.rules;
        self.tolerances(at)
            .into_iter()
            .find(|&index| matches!(rules.tolerances[index].tolerance.rule, Rule::Ignore))
    }

    fn perhaps_singleton(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let only = |list: Value<'t>| {
            let mut elements = list.elements();
            elements.next().filter(|_| elements.next().is_none())
        };
        let inner = match (legacy.kind(), new.kind()) {
            (Type::Array, _) => only(legacy).map(|element| (element, new)),
            _ => only(new).map(|element| (legacy, element)),
        };
        let Some((inner_legacy, inner_new)) = inner else {
            self.emit(Kind::Type, Some(legacy), Some(new), at);
            return;
        };
        self.emit(Kind::SingletonVsList, Some(legacy), Some(new), at);
        let child = self.comparer.trie.element(&self.comparer.rules.patterns, at, 0, 1);
        self.steps.push(PathStep::Element { legacy: Some(0), new: Some(0) });
        self.values(inner_legacy, inner_new, child);
        self.steps.pop();
    }

    fn members(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        self.parents.push((legacy, new));
        let (mut legacy_members, mut new_members) = (legacy.members(), new.members());
        loop {
            // The same serialiser writes the same keys in the same order: nothing needs to be looked up.
            let (here, there) = (legacy_members.clone().next(), new_members.clone().next());
            match (here, there) {
                (Some((key, one)), Some((other_key, other))) if same_key(key, other_key) => {
                    self.member(key, Some(one), Some(other), at);
                    legacy_members.next();
                    new_members.next();
                }
                (None, None) => break,
                _ => {
                    let done = legacy.members().count() - legacy_members.clone().count();
                    self.members_by_name(legacy, new, done, at);
                    break;
                }
            }
        }
        self.parents.pop();
    }

    /// Joins members by name, of a repeated name the k-th with the k-th; the first `done` of each are done.
    fn members_by_name(&mut self, legacy: Value<'t>, new: Value<'t>, done: usize, at: At) {
        let by_name = |object: Value<'t>| {
            let mut named: Vec<_> =
                object.members().enumerate().map(|(at, (key, _))| (key.text_bytes(), at)).collect();
            named.sort_unstable();
            named
        };
        let (legacy_named, new_named) = (by_name(legacy), by_name(new));
        let new_values: Vec<(Value<'t>, Value<'t>)> = new.members().collect();
        let mut partner_of = vec![None; legacy_named.len()];
        let mut new_is_taken = vec![false; new_named.len()];
        let mut is_repeated_here = vec![false; legacy_named.len()];
        let mut is_repeated_there = vec![false; new_named.len()];
        let mut other_at = 0;
        for (sorted_at, (name, index)) in legacy_named.iter().enumerate() {
            while other_at < new_named.len() && new_named[other_at].0 < *name {
                other_at += 1;
            }
            if other_at < new_named.len() && new_named[other_at].0 == *name {
                partner_of[*index] = Some(new_named[other_at].1);
                new_is_taken[new_named[other_at].1] = true;
                other_at += 1;
                let mut beyond = other_at;
                let next_is_other = legacy_named.get(sorted_at + 1).is_none_or(|next| next.0 != *name);
                while next_is_other && beyond < new_named.len() && new_named[beyond].0 == *name {
                    is_repeated_there[new_named[beyond].1] = true;
                    beyond += 1;
                }
            } else {
                is_repeated_here[*index] = sorted_at > 0
                    && legacy_named[sorted_at - 1].0 == *name
                    && (partner_of[legacy_named[sorted_at - 1].1].is_some()
                        || is_repeated_here[legacy_named[sorted_at - 1].1]);
            }
        }
        for (index, (key, value)) in legacy.members().enumerate().skip(done) {
            match partner_of[index] {
                Some(partner) => self.member(key, Some(value), Some(new_values[partner].1), at),
                None if is_repeated_here[index] => self.repeated_member(key, Some(value), None, at),
                None => self.member(key, Some(value), None, at),
            }
        }
        for (index, (key, value)) in new_values.into_iter().enumerate().skip(done) {
            match (new_is_taken[index], is_repeated_there[index]) {
                (true, _) => {}
                (false, true) => self.repeated_member(key, None, Some(value), at),
                (false, false) => self.member(key, None, Some(value), at),
            }
        }
    }

    fn child(&mut self, key: Value<'t>, at: At) -> At {
        self.comparer.trie.member(&self.comparer.rules.patterns, at, &key.text_bytes())
    }

    fn member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        if let (Some(legacy), Some(new)) = (legacy, new)
            && legacy.raw() == new.raw()
        {
            return;
        }
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key));
        match (legacy, new) {
            (Some(legacy), Some(new)) => self.values(legacy, new, child),
            (Some(only), None) => self.one_sided(Kind::Missing, Some(only), None, child),
            (None, only) => self.one_sided(Kind::Extra, None, only, child),
        }
        self.steps.pop();
    }

    fn repeated_member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key));
        self.emit(Kind::DuplicateKey, legacy, new, child);
        self.steps.pop();
    }

    fn one_sided(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let outer = self.ignored_by;
        self.ignored_by = outer.or_else(|| self.ignoring(at));
        let is_null = legacy.or(new).is_some_and(|value| value.kind() == Type::Null);
        let is_member = matches!(self.steps.last(), Some(PathStep::Member(_)));
        self.emit(if is_null && is_member { Kind::NullVsAbsent } else { kind }, legacy, new, at);
        self.ignored_by = outer;
    }

    fn elements(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let legacy_elements: Vec<Value<'t>> = legacy.elements().collect();
        let new_elements: Vec<Value<'t>> = new.elements().collect();
        let alignment = self.align(&legacy_elements, &new_elements, at);
        if alignment.moved > 0 {
            self.emit(Kind::Order, Some(legacy), Some(new), at);
        }
        self.parents.push((legacy, new));
        let mut missing = alignment.missing.into_iter().peekable();
        let patterns = &self.comparer.rules.patterns;
        for (index, other) in alignment.pairs {
            while let Some(before) = missing.next_if(|&before| before < index) {
                self.missing_element(&legacy_elements, before, at);
            }
            if legacy_elements[index].raw() == new_elements[other].raw() {
                continue;
            }
            let child = self.comparer.trie.element(patterns, at, index, legacy_elements.len());
            self.steps.push(PathStep::Element { legacy: Some(index), new: Some(other) });
            self.values(legacy_elements[index], new_elements[other], child);
            self.steps.pop();
        }
        for index in missing {
            self.missing_element(&legacy_elements, index, at);
        }
        for index in alignment.extra {
            let child = self.comparer.trie.element(patterns, at, index, new_elements.len());
            self.steps.push(PathStep::Element { legacy: None, new: Some(index) });
            self.one_sided(Kind::Extra, None, Some(new_elements[index]), child);
            self.steps.pop();
        }
        self.parents.pop();
    }

    fn missing_element(&mut self, elements: &[Value<'t>], index: usize, at: At) {
        let child = self.comparer.trie.element(&self.comparer.rules.patterns, at, index, elements.len());
        self.steps.push(PathStep::Element { legacy: Some(index), new: None });
        self.one_sided(Kind::Missing, Some(elements[index]), None, child);
        self.steps.pop();
    }

    fn align(&mut self, legacy: &[Value<'t>], new: &[Value<'t>], at: At) -> Alignment {
        let key = self.effects(at).into_iter().find_map(|effect| match effect {
            Effect::Key(index) => Some(index),
            Effect::Tolerance(_) => None,
        });
        let joined = match key {
            None => align::unjoined(legacy.len(), new.len()),
            Some(index) => {
                let key = &self.comparer.rules.keys[index];
                let keys_of = |elements: &[Value<'t>]| -> Vec<Option<u64>> {
                    elements.iter().map(|element| key_of(*element, &key.fields)).collect()
                };
                let joined = align::by_key(&keys_of(legacy), &keys_of(new));
                if joined.is_clean {
                    // A key that only one side has is a record that only one side has.
                    return align::keyed(joined);
                }
                self.out.note(format!(
                    "the key of `{}` is absent from some elements or not unique: those were joined by content",
                    key.path_text
                ));
                joined
            }
        };
        let comparer = &mut *self.comparer;
        let rules = comparer.rules;
        let (trie, legacy_hashes, new_hashes) = (
            std::cell::RefCell::new(&mut comparer.trie),
            &mut comparer.legacy_hashes,
            &mut comparer.new_hashes,
        );
        let hash = |elements: &[Value<'t>], hashes: &mut Hashes, index: usize| {
            let trie = &mut **trie.borrow_mut();
            let child = trie.element(&rules.patterns, at, index, elements.len());
            let hash = hashes.of(elements[index], child, rules, trie);
            Content { hash, is_scalar: elements[index].is_scalar() }
        };
        align::by_content(
            joined,
            |index| hash(legacy, legacy_hashes, index),
            |index| hash(new, new_hashes, index),
            |index| leaves(legacy[index]),
            |index| leaves(new[index]),
        )
    }

    fn normalized(&self, side: Side) -> String {
        let mut path = "$".to_owned();
        for step in &self.steps {
            match step {
                PathStep::Member(key) => path::push_quoted(&mut path, &key.text()),
                PathStep::Element { legacy, new } => {
                    let index = if side == Side::Legacy { legacy } else { new };
                    path.push_str(&index.map_or("[none]".into(), |index| format!("[{index}]")));
                }
            }
        }
        path
    }

    fn path(&self) -> String {
        let mut path = "$".to_owned();
        for step in &self.steps {
            match step {
                PathStep::Member(key) => path::push_name(&mut path, &key.text()),
                PathStep::Element { legacy, new } => {
                    path.push_str(&format!("[{}]", legacy.or(*new).unwrap_or_default()));
                }
            }
        }
        path
    }

    fn link(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
        speaking: &[usize],
    ) {
        if let Some(links) = &mut self.links {
            links.differs(kind, legacy);
        }
        let link = entities::link(self.comparer.rules, speaking, legacy, new);
        if let Some((namespace, legacy, new)) = link {
            let (path, field) = (self.path(), self.comparer.trie.field(at));
            self.out.links.push(EntityLink { namespace, legacy, new, path, field });
        }
    }

    fn emit(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let rules = self.comparer.rules;
        let mut notes = Vec::new();
        let speaking = if self.ignored_by.is_some() { Vec::new() } else { self.tolerances(at) };
        let excused_by = excuse::first(&rules.tolerances, &speaking, kind, legacy, new, &mut notes);
        let tolerance = self.ignored_by.or(excused_by);
        if self.links.is_some() {
            self.link(kind, legacy, new, at, &speaking);
        }
        for note in notes {
            self.out.note(note);
        }
        if tolerance.is_none() {
            let object = self.parents.last().map(|parents| parents.0);
            self.left_over.note(kind, legacy, new, object, self.out.total);
        }
        let is_first = self.explained.insert((at, kind));
        let parent = self.parents.last().copied();
        let is_element = matches!(self.steps.last(), Some(PathStep::Element { .. }));
        let context = |value: Option<Value<'t>>, parent: Option<Value<'t>>| match (is_element, parent) {
            (false, Some(parent)) => Some(pretty::context(parent)),
            _ => value.map(pretty::context),
        };
        let sample = |value: Option<Value<'t>>| value.map(|value| pretty::cut(value.raw(), SAMPLE_BYTES_MAX));
        self.out.push(Difference {
            place: Place::Body,
            path: self.path(),
            new_path: None,
            field: self.comparer.trie.field(at),
            kind,
            legacy: sample(legacy),
            new: sample(new),
            tolerance,
            legacy_context: is_first.then(|| context(legacy, parent.map(|parent| parent.0))).flatten(),
            new_context: is_first.then(|| context(new, parent.map(|parent| parent.1))).flatten(),
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Legacy,
    New,
}

fn same_key(one: Value<'_>, other: Value<'_>) -> bool {
    one.raw() == other.raw() || one.text_bytes() == other.text_bytes()
}

/// The key of an element, hashed; `1` and `"1"` are one key. `None` where a field is absent, null or no scalar.
fn key_of(element: Value<'_>, fields: &[Vec<String>]) -> Option<u64> {
    fields.iter().try_fold(11, |hash, steps| {
        let value = steps.iter().try_fold(element, |value, name| value.get(name))?;
        match value.kind() {
            Type::String => Some(hash::bytes(hash, &value.text_bytes())),
            Type::Number | Type::True | Type::False => Some(hash::bytes(hash, value.raw().as_bytes())),
            Type::Null | Type::Array | Type::Object => None,
        }
    })
}

/// The hashes of an element's scalars together with the names that lead to them.
fn leaves(element: Value<'_>) -> Vec<u64> {
    fn collect(value: Value<'_>, path: u64, out: &mut Vec<u64>) {
        match value.kind() {
            Type::Object => {
                value
                    .members()
                    .for_each(|(key, member)| collect(member, hash::bytes(path, &key.text_bytes()), out));
            }
            Type::Array => value.elements().for_each(|element| collect(element, hash::mix(path, 1), out)),
            _ => out.push(hash::mix(path, hash::scalar(value))),
        }
    }
    let mut out = Vec::new();
    collect(element, 0, &mut out);
    out
}
