//! One walk over two documents: member by member, skipping what is the same text.
//!
//! Most of two answers is the same text, so the walk compares text first: where two objects begin to differ is
//! found in one pass over their bytes, and the members before that are stepped over without being looked at.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::diff::{Comparer, Comparison, Contexts};
use crate::difference::{Difference, Kind, Place, SAMPLE_BYTES_MAX};
use crate::early::{Early, Told};
use crate::entities::{self, EntityLink, Links};
use crate::excuse;
use crate::leaf;
use crate::lists::only_element;
use crate::members;
use crate::model::Side;
use crate::moved;
use crate::path;
use crate::pretty;
use crate::rules::Effect;
use crate::runs::Runs;
use crate::scan::is_same_text;
use crate::tape::{Json, Type, Value};
use crate::tolerance::Rule;
use crate::trail::{Mark, Marks};
use crate::trie::{At, ROOT, Trie};

/// What rules with a filter select, as normalized paths; new's with a mark.
pub(crate) type Filtered = Vec<(Effect, BTreeSet<String>)>;

/// One step from the root towards the present values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathStep {
    /// The key's node on one side.
    Member { side: Side, key: u32, at: At },
    /// Its index on each side that has it.
    Element { legacy: Option<u32>, new: Option<u32> },
}

/// What becomes of a difference.
pub(crate) enum Use<'w> {
    /// It is told; those of records that were looked at before are known.
    Tell(&'w Early),
    /// It is kept, to be told when it is known which records belong together.
    Keep(&'w mut Early),
}

/// One walk over two documents.
pub(crate) struct Walk<'w, 'r, 't> {
    pub(crate) comparer: &'w mut Comparer<'r>,
    pub(crate) out: &'w mut Comparison,
    legacy: Json<'t>,
    new: Json<'t>,
    filtered: Filtered,
    pub(crate) steps: Vec<PathStep>,
    /// The nodes of the lists and objects around, in legacy and in new.
    pub(crate) parents: Vec<(u32, u32)>,
    /// The `ignore` that covers the present values.
    pub(crate) ignored_by: Option<usize>,
    /// Fields and kinds that already have a context: one is enough to read.
    explained: BTreeSet<(At, Kind)>,
    /// Kept where a `same_entity` is among the rules.
    links: Option<Links>,
    /// What is known to be the same.
    pub(crate) runs: Runs<'t>,
    /// Where they are known to differ.
    pub(crate) marks: Marks<'t>,
    pub(crate) how: Use<'w>,
    /// What is to be kept cannot be told apart from what comes before: it must be found again when it is told.
    pub(crate) gave_up: bool,
}

impl<'w, 'r, 't> Walk<'w, 'r, 't> {
    pub(crate) fn new(
        comparer: &'w mut Comparer<'r>,
        (legacy, new): (Json<'t>, Json<'t>),
        (runs, marks): (Runs<'t>, Marks<'t>),
        how: Use<'w>,
        out: &'w mut Comparison,
    ) -> Walk<'w, 'r, 't> {
        let (mut steps, mut parents) = std::mem::take(&mut comparer.spare_path);
        steps.clear();
        parents.clear();
        let (filtered, links) = (Filtered::new(), None);
        let (ignored_by, explained, gave_up) = (None, BTreeSet::new(), false);
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
            runs,
            marks,
            how,
            gave_up,
        }
    }

    /// Walks; answers what was noted about ids.
    pub(crate) fn root(mut self, filtered: Filtered, links: Option<Links>) -> Option<Links> {
        (self.filtered, self.links) = (filtered, links);
        self.values(self.legacy.root(), self.new.root(), ROOT);
        self.comparer.spare_path = (self.steps, self.parents);
        self.comparer.left_over.join(self.legacy, self.new, self.out);
        self.links
    }

    /// Looks at two records that stand at this path; `false` where what differs must be found again.
    pub(crate) fn records(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) -> bool {
        self.other_values(legacy, new, at);
        self.comparer.spare_path = (std::mem::take(&mut self.steps), std::mem::take(&mut self.parents));
        !self.gave_up
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

    #[inline]
    fn ignoring(&self, at: At) -> Option<usize> {
        if self.has_rules(at) { self.ignore_among_rules(at) } else { None }
    }

    #[inline(never)]
    fn ignore_among_rules(&self, at: At) -> Option<usize> {
        let rules = self.comparer.rules;
        self.tolerances(at)
            .into_iter()
            .find(|&index| matches!(rules.tolerances[index].tolerance.rule, Rule::Ignore))
    }

    #[inline(never)]
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
        let Some(child) = self.element_at(at, 0, 1) else { return };
        self.steps.push(PathStep::Element { legacy: Some(0), new: Some(0) });
        self.values(inner_legacy, inner_new, child);
        self.steps.pop();
    }

    fn members(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        self.parents.push((legacy.index() as u32, new.index() as u32));
        if self.marks.open(legacy, new) {
            self.marked_members(legacy.json(), new.json(), at);
        } else {
            self.joined_members(legacy, new, at);
        }
        self.parents.pop();
    }

    /// The members of two objects of which nothing is known. Apart from the rest, which is small: what is used for every
    /// record must stay in the processor's nearest memory, the code too.
    #[inline(never)]
    fn joined_members(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let mut shape = self.comparer.shapes.take(at);
        members::join(legacy, new, self.runs, Some(&mut shape), |key, legacy, new, found| {
            self.member(key, legacy, new, found, at);
        });
        self.comparer.shapes.put(at, shape);
    }

    /// The members of two objects that were read along each other.
    fn marked_members(&mut self, legacy: Json<'t>, new: Json<'t>, at: At) {
        let member =
            |json: Json<'t>, key: u32| (json.value(key as usize), Some(json.value(key as usize + 1)));
        while let Some(mark) = self.marks.next() {
            let (key, legacy, new) = match mark {
                Mark::Pair { own, guide } | Mark::Open { own, guide } | Mark::OpenList { own, guide } => {
                    let (one, other) = (legacy.value(guide as usize), new.value(own as usize));
                    if is_same_text(one.raw_bytes(), other.raw_bytes()) {
                        if !matches!(mark, Mark::Pair { .. }) {
                            self.marks.skip();
                        }
                        continue;
                    }
                    (legacy.value(guide as usize - 1), Some(one), Some(other))
                }
                Mark::Missing { guide } => {
                    let (key, value) = member(legacy, guide);
                    (key, value, None)
                }
                Mark::Extra { own } => {
                    let (key, value) = member(new, own);
                    (key, None, value)
                }
                Mark::Close | Mark::Element { .. } => break,
            };
            self.member(key, legacy, new, members::Found::Member, at);
            // What is behind cannot be told from what is within what was left.
            if self.gave_up {
                break;
            }
        }
    }

    #[inline(always)]
    fn member(
        &mut self,
        key: Value<'t>,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        found: members::Found,
        at: At,
    ) {
        let Some(child) = self.member_at(key, at) else { return };
        let side = if legacy.is_some() { Side::Legacy } else { Side::New };
        self.steps.push(PathStep::Member { side, key: key.index() as u32, at: child });
        match (found, legacy, new) {
            (members::Found::Repeated, ..) => self.emit(Kind::DuplicateKey, legacy, new, child),
            (_, Some(legacy), Some(new)) => self.other_values(legacy, new, child),
            (_, Some(only), None) => self.one_sided(Kind::Missing, Some(only), None, child),
            (_, None, only) => self.one_sided(Kind::Extra, None, only, child),
        }
        self.steps.pop();
    }

    /// The path of a member. What is only kept must not name paths that the walk would name later, in another order:
    /// then it gives up, and answers `None` from there on.
    fn member_at(&mut self, key: Value<'t>, at: At) -> Option<At> {
        let (trie, name) = (&mut self.comparer.trie, key.text_bytes());
        match self.how {
            Use::Tell(_) => Some(trie.member(&self.comparer.rules.patterns, at, &name)),
            Use::Keep(_) if self.gave_up => None,
            Use::Keep(_) => self.or_give_up(|trie| trie.known_member(at, &name)),
        }
    }

    /// The same of an element.
    pub(crate) fn element_at(&mut self, at: At, index: usize, length: usize) -> Option<At> {
        match self.how {
            Use::Tell(_) => {
                Some(self.comparer.trie.element(&self.comparer.rules.patterns, at, index, length))
            }
            Use::Keep(_) if self.gave_up => None,
            Use::Keep(_) => self.or_give_up(|trie| trie.known_element(at)),
        }
    }

    fn or_give_up(&mut self, known: impl FnOnce(&mut Trie) -> Option<At>) -> Option<At> {
        let known = known(&mut self.comparer.trie);
        self.gave_up |= known.is_none();
        known
    }

    /// Must what is asked for now be left to the walk that tells it?
    ///
    /// Not written as `self.gave_up |= is_kept; is_kept`: rustc 1.95 throws the comparison away that both come
    /// from, and gives up always (<https://github.com/rust-lang/rust/issues/158206>).
    pub(crate) fn leaves_it(&mut self) -> bool {
        match self.how {
            Use::Tell(_) => false,
            Use::Keep(_) => {
                self.gave_up = true;
                true
            }
        }
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
        let is_member = matches!(self.steps.last(), Some(PathStep::Member { .. }));
        self.emit(if is_null && is_member { Kind::NullVsAbsent } else { kind }, legacy, new, at);
        self.ignored_by = outer;
    }

    fn normalized(&self, side: Side) -> String {
        let mut path = "$".to_owned();
        for step in &self.steps {
            match step {
                PathStep::Member { side, key, .. } => {
                    path::push_quoted(&mut path, &self.value_of(*side, *key).text());
                }
                PathStep::Element { legacy, new } => {
                    let index = if side == Side::Legacy { legacy } else { new };
                    path.push_str(&index.map_or("[none]".into(), |index| format!("[{index}]")));
                }
            }
        }
        path
    }

    /// The value of a node of one side.
    fn value_of(&self, side: Side, node: u32) -> Value<'t> {
        let json = if side == Side::Legacy { self.legacy } else { self.new };
        json.value(node as usize)
    }

    #[inline(never)]
    pub(crate) fn emit(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        match &mut self.how {
            Use::Tell(_) => {
                // What is on one side only is at hand now.
                let left = moved::hash_of_left(kind, legacy, new);
                self.tell(kind, legacy, new, at, left);
            }
            Use::Keep(_) if self.gave_up => {}
            Use::Keep(early) => {
                let node =
                    |value: Option<Value<'t>>| value.and_then(|value| NonZeroU32::new(value.index() as u32));
                let told = Told {
                    kind,
                    at,
                    legacy: node(legacy),
                    new: node(new),
                    around: self.parents.last().copied().unwrap_or_default(),
                    ignored_by: self.ignored_by.map(|index| index as u32),
                    left: moved::hash_of_left(kind, legacy, new),
                };
                self.gave_up = !early.keep(told, &self.steps);
            }
        }
    }

    /// Tells what was kept of two records, whose step was the last.
    pub(crate) fn tell_kept(&mut self, early: &Early, record: usize) {
        let (depth, outer) = (self.steps.len(), self.ignored_by);
        for (told, steps) in early.of(record) {
            self.steps.extend_from_slice(steps);
            self.parents.push(told.around);
            self.ignored_by = outer.or(told.ignored_by.map(|index| index as usize));
            let legacy = told.legacy.map(|node| self.value_of(Side::Legacy, node.get()));
            let new = told.new.map(|node| self.value_of(Side::New, node.get()));
            self.tell(told.kind, legacy, new, told.at, told.left);
            self.parents.pop();
            self.steps.truncate(depth);
        }
        self.ignored_by = outer;
    }

    /// Records a difference; `left` is the hash under which it is left over where nothing excuses it.
    #[inline]
    fn tell(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
        left: Option<u64>,
    ) {
        let tolerance = match self.ignored_by {
            None if self.has_rules(at) => self.excused_by(kind, legacy, new, at),
            ignored_by => ignored_by,
        };
        if tolerance.is_none()
            && let Some(hash) = left
            && let Some(value) = legacy.or(new)
        {
            let side = if legacy.is_some() { Side::Legacy } else { Side::New };
            let object = self.parents.last().map_or(0, |parents| parents.0);
            self.comparer.left_over.note(side, value.index() as u32, object, self.out.told, hash);
        }
        if let Some(links) = &mut self.links {
            links.differs(kind, legacy);
        }
        let contexts = self.contexts(kind, legacy, new, at);
        let sample = |value: Option<Value<'t>>| value.map(|value| pretty::sample(value, SAMPLE_BYTES_MAX));
        let (steps, trie) = (&self.steps, &self.comparer.trie);
        let sides = (self.legacy, self.new);
        self.out.make_room(self.comparer.expected);
        self.out.push_with(tolerance, || Difference {
            place: Place::Body,
            path: path_text(steps, trie, sides),
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

    #[inline(never)]
    fn excused_by(
        &mut self,
        kind: Kind,
        legacy: Option<Value<'t>>,
        new: Option<Value<'t>>,
        at: At,
    ) -> Option<usize> {
        let rules = self.comparer.rules;
        let mut notes = Vec::new();
        let speaking = self.tolerances(at);
        let found = excuse::first(&rules.tolerances, &speaking, kind, legacy, new, &mut notes);
        if let Some((namespace, legacy, new)) = entities::link(rules, &speaking, legacy, new) {
            let trie = &self.comparer.trie;
            let path = path_text(&self.steps, trie, (self.legacy, self.new));
            let field = trie.field(at).to_owned();
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
            Some(&(legacy, new)) if !is_element => {
                (Some(self.value_of(Side::Legacy, legacy)), Some(self.value_of(Side::New, new)))
            }
            _ => (legacy, new),
        })
    }
}

/// The normalized path of the present values.
fn path_text(steps: &[PathStep], trie: &Trie, (legacy_json, new_json): (Json<'_>, Json<'_>)) -> String {
    let mut path = String::with_capacity(16 * steps.len() + 1);
    path.push('$');
    for step in steps {
        match step {
            PathStep::Member { side, key, at } => match trie.step_text(*at) {
                Some(text) => path.push_str(text),
                None => {
                    let json = if *side == Side::Legacy { legacy_json } else { new_json };
                    path::push_name(&mut path, &json.value(*key as usize).text());
                }
            },
            PathStep::Element { legacy, new } => {
                path.push('[');
                push_number(&mut path, legacy.or(*new).unwrap_or_default() as usize);
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
