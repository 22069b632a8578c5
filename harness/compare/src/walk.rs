//! One walk over two documents: member by member, skipping what is the same text.
//!
//! Most of two answers is the same text, so the walk compares text first: where two objects begin to differ is
//! found in one pass over their bytes, and the members before that are stepped over without being looked at.

use std::collections::BTreeSet;

use crate::diff::{Comparer, Comparison, Contexts};
use crate::difference::{Difference, Kind, Place, SAMPLE_BYTES_MAX};
use crate::entities::{self, EntityLink, Links};
use crate::excuse;
use crate::leaf;
use crate::lists::only_element;
use crate::members;
use crate::model::Side;
use crate::moved::LeftOver;
use crate::path;
use crate::pretty;
use crate::rules::Effect;
use crate::runs::Runs;
use crate::scan::is_same_text;
use crate::tape::{Json, Type, Value};
use crate::tolerance::Rule;
use crate::trie::{At, ROOT, Trie};

/// What rules with a filter select, as normalized paths; new's with a mark.
pub(crate) type Filtered = Vec<(Effect, BTreeSet<String>)>;

/// One step from the root towards the present values.
#[derive(Clone, Copy)]
pub(crate) enum PathStep<'t> {
    Member(Value<'t>, At),
    Element { legacy: Option<usize>, new: Option<usize> },
}

/// One walk over two documents.
pub(crate) struct Walk<'w, 'r, 't> {
    pub(crate) comparer: &'w mut Comparer<'r>,
    pub(crate) out: &'w mut Comparison,
    legacy: Json<'t>,
    new: Json<'t>,
    filtered: Filtered,
    pub(crate) steps: Vec<PathStep<'t>>,
    pub(crate) parents: Vec<(Value<'t>, Value<'t>)>,
    /// The `ignore` that covers the present values.
    pub(crate) ignored_by: Option<usize>,
    /// Fields and kinds that already have a context: one is enough to read.
    explained: BTreeSet<(At, Kind)>,
    /// Kept where a `same_entity` is among the rules.
    links: Option<Links>,
    /// What is on one side only, to tell moves from changes.
    left_over: LeftOver<'t>,
    /// What is known to be the same.
    pub(crate) runs: Runs<'t>,
}

impl<'w, 'r, 't> Walk<'w, 'r, 't> {
    pub(crate) fn new(
        comparer: &'w mut Comparer<'r>,
        legacy: Json<'t>,
        new: Json<'t>,
        filtered: Filtered,
        links: Option<Links>,
        out: &'w mut Comparison,
    ) -> Walk<'w, 'r, 't> {
        let (steps, parents) = (Vec::with_capacity(16), Vec::with_capacity(16));
        let (ignored_by, explained) = (None, BTreeSet::new());
        let (left_over, runs) = (LeftOver::default(), Runs::between(legacy, new));
        Walk {
            comparer,
            out,
            legacy,
            new,
            filtered,
            steps,
            parents,
            ignored_by,
            explained,
            links,
            left_over,
            runs,
        }
    }

    /// Walks; answers what was noted about ids.
    pub(crate) fn root(mut self) -> Option<Links> {
        self.values(self.legacy.root(), self.new.root(), ROOT);
        self.left_over.join(self.out);
        self.links
    }

    pub(crate) fn values(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        if !is_same_text(legacy.raw_bytes(), new.raw_bytes()) {
            self.other_values(legacy, new, at);
        }
    }

    /// The same for values that are not the same text.
    pub(crate) fn other_values(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
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

    pub(crate) fn has_rules(&self, at: At) -> bool {
        !self.comparer.trie.effects(at).is_empty() || !self.filtered.is_empty()
    }

    /// The tolerances that speak at a path, in their order.
    pub(crate) fn tolerances(&self, at: At) -> Vec<usize> {
        if !self.has_rules(at) {
            return Vec::new();
        }
        let mut found: Vec<usize> = self
            .effects(at)
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Tolerance(index) if self.comparer.speaks[index] => Some(index),
                Effect::Tolerance(_) | Effect::Key(_) => None,
            })
            .collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn effects(&self, at: At) -> Vec<Effect> {
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
        let rules = self.comparer.rules;
        self.tolerances(at)
            .into_iter()
            .find(|&index| matches!(rules.tolerances[index].tolerance.rule, Rule::Ignore))
    }

    fn perhaps_singleton(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let inner = match (legacy.kind(), new.kind()) {
            (Type::Array, _) => only_element(legacy).map(|element| (element, new)),
            _ => only_element(new).map(|element| (legacy, element)),
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
        let mut shape = self.comparer.shapes.take(at);
        members::join(legacy, new, self.runs, Some(&mut shape), |key, legacy, new, found| match found {
            members::Found::Member => self.member(key, legacy, new, at),
            members::Found::Repeated => self.repeated_member(key, legacy, new, at),
        });
        self.comparer.shapes.put(at, shape);
        self.parents.pop();
    }

    fn child(&mut self, key: Value<'t>, at: At) -> At {
        self.comparer.trie.member(&self.comparer.rules.patterns, at, &key.text_bytes())
    }

    fn member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key, child));
        match (legacy, new) {
            (Some(legacy), Some(new)) => self.other_values(legacy, new, child),
            (Some(only), None) => self.one_sided(Kind::Missing, Some(only), None, child),
            (None, only) => self.one_sided(Kind::Extra, None, only, child),
        }
        self.steps.pop();
    }

    fn repeated_member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key, child));
        self.emit(Kind::DuplicateKey, legacy, new, child);
        self.steps.pop();
    }

    pub(crate) fn one_sided(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
    ) {
        let outer = self.ignored_by;
        self.ignored_by = outer.or_else(|| self.ignoring(at));
        let is_null = legacy.or(new).is_some_and(|value| value.kind() == Type::Null);
        let is_member = matches!(self.steps.last(), Some(PathStep::Member(..)));
        self.emit(if is_null && is_member { Kind::NullVsAbsent } else { kind }, legacy, new, at);
        self.ignored_by = outer;
    }

    fn normalized(&self, side: Side) -> String {
        let mut path = "$".to_owned();
        for step in &self.steps {
            match step {
                PathStep::Member(key, _) => path::push_quoted(&mut path, &key.text()),
                PathStep::Element { legacy, new } => {
                    let index = if side == Side::Legacy { legacy } else { new };
                    path.push_str(&index.map_or("[none]".into(), |index| format!("[{index}]")));
                }
            }
        }
        path
    }

    pub(crate) fn emit(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let tolerance = self.ignored_by.or_else(|| self.excused_by(kind, legacy, new, at));
        if tolerance.is_none() {
            let object = self.parents.last().map(|parents| parents.0);
            self.left_over.note(kind, legacy, new, object, self.out.told);
        }
        if let Some(links) = &mut self.links {
            links.differs(kind, legacy);
        }
        let contexts = self.contexts(kind, legacy, new, at);
        let sample = |value: Option<Value<'t>>| value.map(|value| pretty::sample(value, SAMPLE_BYTES_MAX));
        let (steps, trie) = (&self.steps, &self.comparer.trie);
        self.out.make_room(self.comparer.expected);
        self.out.push_with(tolerance, || Difference {
            place: Place::Body,
            path: path_text(steps, trie),
            new_path: None,
            field: trie.shared_field(at),
            kind,
            legacy: sample(legacy),
            new: sample(new),
            tolerance,
            legacy_context: contexts.and_then(|contexts| contexts.0).map(pretty::context),
            new_context: contexts.and_then(|contexts| contexts.1).map(pretty::context),
            blame: None,
        });
    }

    fn excused_by(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
    ) -> Option<usize> {
        if !self.has_rules(at) {
            return None;
        }
        let rules = self.comparer.rules;
        let mut notes = Vec::new();
        let speaking = self.tolerances(at);
        let found = excuse::first(&rules.tolerances, &speaking, kind, legacy, new, &mut notes);
        if let Some((namespace, legacy, new)) = entities::link(rules, &speaking, legacy, new) {
            let trie = &self.comparer.trie;
            let (path, field) = (path_text(&self.steps, trie), trie.field(at).to_owned());
            self.out.links.push(EntityLink { namespace, legacy, new, path, field });
        }
        notes.into_iter().for_each(|note| self.out.note(note));
        found
    }

    /// What stands around the difference, on both sides, where this is the first of its field and kind.
    fn contexts(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
    ) -> Option<(Option<Value<'t>>, Option<Value<'t>>)> {
        if self.comparer.contexts == Contexts::None || !self.explained.insert((at, kind)) {
            return None;
        }
        let is_element = matches!(self.steps.last(), Some(PathStep::Element { .. }));
        Some(match self.parents.last() {
            Some(&(legacy_parent, new_parent)) if !is_element => (Some(legacy_parent), Some(new_parent)),
            _ => (legacy, new),
        })
    }
}

/// The normalized path of the present values.
fn path_text(steps: &[PathStep<'_>], trie: &Trie) -> String {
    let mut path = String::with_capacity(16 * steps.len() + 1);
    path.push('$');
    for step in steps {
        match step {
            PathStep::Member(key, at) => match trie.step_text(*at) {
                Some(text) => path.push_str(text),
                None => path::push_name(&mut path, &key.text()),
            },
            PathStep::Element { legacy, new } => {
                path.push('[');
                push_number(&mut path, legacy.or(*new).unwrap_or_default());
                path.push(']');
            }
        }
    }
    path
}

fn push_number(text: &mut String, number: usize) {
    let mut digits = [0; 20];
    let (mut at, mut left) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    text.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}
