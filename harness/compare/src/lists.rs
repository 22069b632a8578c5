//! Two lists at one path: which elements belong together, and what differs between them.

use crate::align::{self, Alignment, Content, Joined, Partner};
use crate::diff::Comparer;
use crate::difference::Kind;
use crate::early::Early;
use crate::hash::{self, Hashes};
use crate::members;
use crate::model::Side;
use crate::rows;
use crate::rules::Effect;
use crate::scan::is_same_text;
use crate::tape::{Json, Type, Value};
use crate::tolerance::Rule;
use crate::trail::Mark;
use crate::trie::At;
use crate::walk::{PathStep, Use, Walk};

/// So many fields of a list are tried as its key before it is joined by content.
const CANDIDATE_KEYS_MAX: usize = 4;

/// A list whose text is longer has left the near caches by the time that it is walked; asking for elements ahead
/// of their turn then saves a sixth, and costs a tenth where they are near.
const FAR_BYTES_MIN: usize = 1 << 20;

/// The same, in nodes of the whole document.
const FAR_NODES_MIN: usize = 1 << 16;

/// A list of fewer nodes is gone through sooner than its rows are found.
const ROWS_NODES_MIN: usize = 64;

/// A key's node is asked for twice so many elements ahead, and then its text so many ahead.
const PREFETCH_KEYS_AHEAD: usize = 6;

/// So many elements ahead.
const PREFETCH_AHEAD: usize = 2;

/// Where it is known which parts of an element differ, only these are asked for, and that is worth it sooner: what
/// was the same was not looked at, so nothing has come near meanwhile.
const FAR_PARTS_BYTES_MIN: usize = 1 << 15;

/// The same for these parts.
const PREFETCH_PARTS_AHEAD: usize = 3;

/// Elements that are longer and not the same text are told apart by their hashes, which are remembered: lists in
/// lists are not compared over and over.
const SHORT_ELEMENT_BYTES_MAX: usize = 1_024;

/// The elements of one list, by index.
struct List<'t> {
    json: Json<'t>,
    nodes: Vec<u32>,
    /// How many runs were noted before each element; empty where that is not known.
    runs: Vec<u32>,
    /// Of new: which record each element is of those looked at early, + 1; 0 is none. Empty where there are none.
    kept: Vec<u32>,
}

impl<'t> List<'t> {
    /// In vectors that were used before.
    fn of(list: Value<'t>, spare: &mut Vec<Vec<u32>>) -> List<'t> {
        let [mut nodes, mut runs, mut kept] = std::array::from_fn(|_| spare.pop().unwrap_or_default());
        for known in [&mut nodes, &mut runs, &mut kept] {
            known.clear();
        }
        if list.nodes_inside().len() >= ROWS_NODES_MIN {
            rows::of(list, &mut nodes, &mut runs);
        }
        if nodes.is_empty() {
            nodes.extend(list.elements().map(|element| element.index() as u32));
        }
        List { json: list.json(), nodes, runs, kept }
    }

    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn get(&self, index: usize) -> Value<'t> {
        self.json.value(self.nodes[index] as usize)
    }

    /// The node behind an element, or some nodes on, without looking at it.
    fn end(&self, index: usize) -> usize {
        self.nodes.get(index + 1).map_or(self.json.len(), |&next| next as usize)
    }

    /// The index of an element by its node; it is expected to be this one.
    fn index_of(&self, node: u32, expected: usize) -> Option<usize> {
        match self.nodes.get(expected) {
            Some(&next) if next == node => Some(expected),
            _ => self.nodes.binary_search(&node).ok(),
        }
    }

    /// Asks for what a key is read from, some elements on.
    fn prefetch_begin(&self, at: usize) {
        if let Some(&node) = self.nodes.get(at + 2 * PREFETCH_KEYS_AHEAD) {
            self.json.value(node as usize).prefetch_nodes();
        }
        if let Some(&node) = self.nodes.get(at + PREFETCH_KEYS_AHEAD) {
            self.json.value(node as usize).prefetch_text();
        }
    }

    fn iter(&self) -> impl Iterator<Item = Value<'t>> {
        self.nodes.iter().map(|&node| self.json.value(node as usize))
    }
}

impl<'w, 't> Walk<'w, '_, 't> {
    #[inline(never)]
    pub(crate) fn elements(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let marked = self.marks.open_list(legacy, new);
        let declared = self.declared_keys(at);
        if let Some(index) = marked {
            if declared.is_empty() && self.set_rule(at).is_none() && !self.comparer.trie.is_loose_below(at) {
                return self.only_place(legacy, new, index as usize, at);
            }
            self.marks.skip_to_end();
        }
        if declared.is_empty()
            && let (Some(one), Some(other)) = (only_element(legacy), only_element(new))
        {
            return self.only_elements((legacy, one), (new, other), at);
        }
        let spare = &mut self.comparer.spare;
        let (legacy_elements, mut new_elements) = (List::of(legacy, spare), List::of(new, spare));
        if let Use::Tell(early) = self.how {
            early.find(&new_elements.nodes, &mut new_elements.kept);
        }
        let set = if declared.is_empty() { self.set_rule(at) } else { None };
        let mut surplus = [Vec::new(), Vec::new()];
        let alignment = match (declared.is_empty(), set) {
            (true, Some(_)) if self.leaves_it() => Alignment::default(),
            (true, Some(_)) => {
                let joined = self.join_as_set(&legacy_elements, &new_elements, at);
                surplus = joined.surplus;
                self.align_by_content(joined.joined, &legacy_elements, &new_elements, at)
            }
            (true, None) => self
                .align_by_ends(&legacy_elements, &new_elements, at)
                .unwrap_or_else(|| self.align(&legacy_elements, &new_elements, at)),
            (false, _) => self.align_by_declared_key(&legacy_elements, &new_elements, &declared, at),
        };
        if alignment.moved > 0 {
            self.emit(Kind::Order, Some(legacy), Some(new), at);
        }
        self.parents.push((legacy.index() as u32, new.index() as u32));
        let mut missing = alignment.missing.into_iter().peekable();
        let far_bytes_min = if self.runs.is_empty() { FAR_BYTES_MIN } else { FAR_PARTS_BYTES_MIN };
        // What was looked at early is not read again.
        let is_far = legacy.raw_bytes().len() > far_bytes_min && new_elements.kept.is_empty();
        for (step, &(index, other)) in alignment.pairs.iter().enumerate() {
            if is_far {
                self.prefetch_pair(&legacy_elements, &new_elements, &alignment.pairs[step + 1..]);
            }
            while let Some(before) = missing.next_if(|&before| before < index) {
                self.missing_element(&legacy_elements, before, at);
            }
            let step = PathStep::Element { legacy: Some(index as u32), new: Some(other as u32) };
            if let Some((early, record)) = self.kept_of(&legacy_elements, index, &new_elements, other) {
                self.steps.push(step);
                self.tell_kept(early, record);
                self.steps.pop();
                continue;
            }
            let (one, two) = (legacy_elements.get(index), new_elements.get(other));
            if let Some(&runs) = new_elements.runs.get(other) {
                self.runs.start_at(runs);
            }
            if self.are_same(one, two) {
                continue;
            }
            let Some(child) = self.element_at(at, index, legacy_elements.len()) else { continue };
            self.steps.push(step);
            self.other_values(one, two, child);
            self.steps.pop();
        }
        for index in missing {
            self.missing_element(&legacy_elements, index, at);
        }
        for index in alignment.extra {
            self.extra_element(&new_elements, index, at);
        }
        // What its side has already is a difference, and one that the set's rule excuses.
        let outer = self.ignored_by;
        self.ignored_by = outer.or(set);
        for &index in &surplus[0] {
            self.missing_element(&legacy_elements, index, at);
        }
        for &index in &surplus[1] {
            self.extra_element(&new_elements, index, at);
        }
        self.ignored_by = outer;
        self.parents.pop();
        for list in [legacy_elements, new_elements] {
            self.comparer.spare.extend([list.nodes, list.runs, list.kept]);
        }
    }

    /// What was found of two elements as soon as they were read, if they were looked at.
    #[inline]
    fn kept_of(
        &self,
        legacy: &List<'t>,
        index: usize,
        new: &List<'t>,
        other: usize,
    ) -> Option<(&'w Early, usize)> {
        let record = (*new.kept.get(other)?).checked_sub(1)? as usize;
        let Use::Tell(early) = self.how else { return None };
        (early.guide_of(record) == legacy.nodes[index]).then_some((early, record))
    }

    /// Are two elements the same text? Where one was parsed along the other and not taken over whole, it is left to
    /// their members.
    fn are_same(&mut self, legacy: Value<'t>, new: Value<'t>) -> bool {
        if !self.runs.is_empty() {
            if self.runs.from(new.index(), legacy.index()).is_some() {
                return true;
            }
            if self.runs.is_inside(new, legacy) && legacy.kind() == Type::Object {
                return false;
            }
        }
        is_same_text(legacy.raw_bytes(), new.raw_bytes())
    }

    /// Asks for what will be read of the pairs that follow.
    fn prefetch_pair(&self, legacy: &List<'t>, new: &List<'t>, following: &[(usize, usize)]) {
        if self.runs.is_empty() {
            if let Some(&(next, next_other)) = following.get(PREFETCH_AHEAD - 1) {
                legacy.get(next).prefetch();
                new.get(next_other).prefetch();
            }
            return;
        }
        if let Some(&(_, next_other)) = following.get(2 * PREFETCH_PARTS_AHEAD - 1)
            && let Some(&runs) = new.runs.get(next_other)
        {
            self.runs.prefetch(runs);
        }
        if let Some(&(next, next_other)) = following.get(PREFETCH_PARTS_AHEAD - 1) {
            let (here, there) = (legacy.get(next), new.get(next_other));
            here.prefetch_nodes();
            let inside = there.index()..new.end(next_other);
            there.json().prefetch_nodes(inside.clone());
            self.runs.prefetch_behind(inside, new.runs.get(next_other).copied(), (here.json(), there.json()));
        }
    }

    /// Lists of one element each: nothing to align.
    fn only_elements(&mut self, legacy: (Value<'t>, Value<'t>), new: (Value<'t>, Value<'t>), at: At) {
        let Some(child) = self.element_at(at, 0, 1) else { return };
        self.parents.push((legacy.0.index() as u32, new.0.index() as u32));
        self.steps.push(PathStep::Element { legacy: Some(0), new: Some(0) });
        self.values(legacy.1, new.1, child);
        self.steps.pop();
        self.parents.pop();
    }

    /// Lists of one length that may differ in one place, as was noted when they were read.
    fn only_place(&mut self, legacy: Value<'t>, new: Value<'t>, index: usize, at: At) {
        let place = self.marks.next();
        if let Some(Mark::Pair { own, guide } | Mark::Open { own, guide } | Mark::OpenList { own, guide }) =
            place
        {
            let (one, other) = (legacy.json().value(guide as usize), new.json().value(own as usize));
            let is_same = is_same_text(one.raw_bytes(), other.raw_bytes());
            // Where no pattern tells elements apart, their number is not asked for.
            let length = if self.comparer.trie.is_positional(at) { legacy.elements().count() } else { 0 };
            if !is_same && let Some(child) = self.element_at(at, index, length) {
                let both = Some(index as u32);
                self.parents.push((legacy.index() as u32, new.index() as u32));
                self.steps.push(PathStep::Element { legacy: both, new: both });
                self.other_values(one, other, child);
                self.steps.pop();
                self.parents.pop();
            } else if is_same && !matches!(place, Some(Mark::Pair { .. })) {
                self.marks.skip();
            }
        }
        self.marks.next();
    }

    fn missing_element(&mut self, elements: &List<'t>, index: usize, at: At) {
        let Some(child) = self.element_at(at, index, elements.len()) else { return };
        self.steps.push(PathStep::Element { legacy: Some(index as u32), new: None });
        self.one_sided(Kind::Missing, Some(elements.get(index)), None, child);
        self.steps.pop();
    }

    fn extra_element(&mut self, elements: &List<'t>, index: usize, at: At) {
        let Some(child) = self.element_at(at, index, elements.len()) else { return };
        self.steps.push(PathStep::Element { legacy: None, new: Some(index as u32) });
        self.one_sided(Kind::Extra, None, Some(elements.get(index)), child);
        self.steps.pop();
    }

    /// The tolerance by which the list here is a set.
    fn set_rule(&self, at: At) -> Option<usize> {
        let rules = self.comparer.rules;
        let is_set = |&index: &usize| matches!(rules.tolerances[index].tolerance.rule, Rule::AsSet);
        self.tolerances(at).into_iter().find(is_set)
    }

    fn join_as_set(&mut self, legacy: &List<'t>, new: &List<'t>, at: At) -> align::SetJoined {
        let (one, other) = (self.hashes(legacy, at, Side::Legacy), self.hashes(new, at, Side::New));
        let same =
            |list: &List<'t>, index: usize, again: usize| members::is_same(list.get(index), list.get(again));
        align::as_set(
            &one,
            &other,
            |index, again| same(legacy, index, again),
            |index, again| same(new, index, again),
        )
    }

    fn hashes(&mut self, elements: &List<'t>, at: At, side: Side) -> Vec<u64> {
        let Comparer { rules, trie, legacy_hashes, new_hashes, .. } = &mut *self.comparer;
        let hashes = if side == Side::Legacy { legacy_hashes } else { new_hashes };
        let mut hash = |(index, element): (usize, Value<'t>)| {
            let child = trie.element(&rules.patterns, at, index, elements.len());
            hashes.of(element, child, rules, trie)
        };
        elements.iter().enumerate().map(&mut hash).collect()
    }

    fn declared_keys(&self, at: At) -> Vec<usize> {
        if !self.has_rules(at) {
            return Vec::new();
        }
        let keys = self.effects(at).into_iter().filter_map(|effect| match effect {
            Effect::Key(index) => Some(index),
            Effect::Tolerance(_) => None,
        });
        keys.collect()
    }

    fn align_by_declared_key(
        &mut self,
        legacy: &List<'t>,
        new: &List<'t>,
        declared: &[usize],
        at: At,
    ) -> Alignment {
        let joined = self.join_by_declared_key(legacy, new, declared);
        match joined.is_clean {
            // A key that only one side has is a record that only one side has.
            true => align::keyed(joined),
            false => self.align_by_content(joined, legacy, new, at),
        }
    }

    /// Without a key and without looking for what moved.
    fn align_by_ends(&mut self, legacy: &List<'t>, new: &List<'t>, at: At) -> Option<Alignment> {
        // Where rules leave something out, elements may be the same though their contents are not.
        if self.comparer.trie.is_loose_below(at) {
            return None;
        }
        let shape = std::cell::RefCell::new(self.comparer.shapes.take(at));
        let alignment = align_by_ends(legacy.len(), new.len(), |index, other| {
            let (one, two) = (legacy.get(index), new.get(other));
            let (text, other_text) = (one.raw_bytes(), two.raw_bytes());
            match text.len().max(other_text.len()) <= SHORT_ELEMENT_BYTES_MAX {
                _ if text == other_text => Some(true),
                true => Some(members::is_same_by(one, two, Some(&mut shape.borrow_mut()))),
                false => None,
            }
        });
        self.comparer.shapes.put(at, shape.into_inner());
        alignment
    }

    fn align(&mut self, legacy: &List<'t>, new: &List<'t>, at: At) -> Alignment {
        let joined = match self.prove_key(legacy, new) {
            Some((name, joined)) => {
                // A list whose records stand where they stood needs no key to be told.
                if !joined.pairs.iter().all(|(index, other)| index == other) && !self.leaves_it() {
                    self.out.note(proven_note(self.comparer.trie.field(at), &name));
                }
                joined
            }
            None => align::unjoined(legacy.len(), new.len()),
        };
        self.align_by_content(joined, legacy, new, at)
    }

    /// By the first of the declared keys that every element has and that is unique on both sides.
    fn join_by_declared_key(&mut self, legacy: &List<'t>, new: &List<'t>, declared: &[usize]) -> Joined {
        let keys = &self.comparer.rules.keys;
        let mut first = None;
        for &index in declared {
            if keys[index].by_position {
                return align::by_position(legacy.len(), new.len());
            }
            let fields = &keys[index].fields;
            if let Some(joined) = self.join_by_unique_key(legacy, new, fields) {
                return joined;
            }
            let keys_of = |elements: &List<'t>| -> Vec<Option<u64>> {
                elements.iter().map(|element| key_of(element, fields)).collect()
            };
            let joined = align::by_key(&keys_of(legacy), &keys_of(new));
            if joined.is_clean {
                return joined;
            }
            first.get_or_insert((joined, &keys[index].path_text));
        }
        let (joined, path) = first.expect("at least one key is declared here: the caller asked");
        if !self.leaves_it() {
            self.out.note(format!(
                "the key of `{path}` is absent from some elements or not unique: those were joined by content"
            ));
        }
        joined
    }

    /// Finds a field that joins two lists of objects, though none was declared: in every element, a scalar, unique on
    /// both sides, and shared by at least half of the shorter list. What it does not join is left to content, so that
    /// a changed id is a difference of that id.
    fn prove_key(&self, legacy: &List<'t>, new: &List<'t>) -> Option<(String, Joined)> {
        let shorter = legacy.len().min(new.len());
        if shorter < 2 {
            return None;
        }
        let mut names: Vec<Value<'t>> =
            legacy.get(0).members().map(|(key, _)| key).filter(|key| rank(&key.text()).is_some()).collect();
        names.sort_by_key(|key| rank(&key.text()));
        names.truncate(CANDIDATE_KEYS_MAX);
        names.into_iter().find_map(|name| {
            let name = name.text();
            let field = [vec![name.to_string()]];
            let joined = self.join_by_unique_key(legacy, new, &field)?;
            (joined.pairs.len() * 2 >= shorter).then(|| (name.to_string(), joined))
        })
    }

    /// Joins lists whose elements all have this key, unique on their side. New's need not be read where the parse along
    /// legacy found that they begin as one of legacy's does, up to the key.
    fn join_by_unique_key(
        &self,
        legacy: &List<'t>,
        new: &List<'t>,
        fields: &[Vec<String>],
    ) -> Option<Joined> {
        let mut keys = Vec::with_capacity(legacy.len());
        let mut slots = 0;
        let is_far = legacy.json.len() > FAR_NODES_MIN;
        for (at, element) in legacy.iter().enumerate() {
            if is_far {
                legacy.prefetch_begin(at);
            }
            let (key, behind) = key_in(element, fields)?;
            keys.push(key);
            slots = slots.max(behind.saturating_sub(element.index()));
        }
        let mut expected = 0;
        align::by_unique_key(&keys, new.len(), |other| {
            if let Some((guide, same)) = self.begin_of(new, other)
                && same as usize >= slots
                && let Some(index) = legacy.index_of(guide, expected)
            {
                expected = index + 1;
                return Some(Partner::Is(index));
            }
            key_in(new.get(other), fields).map(|(key, _)| Partner::OfKey(key))
        })
    }

    /// The element of legacy along which one of new was parsed, and how many of their first slots are the same.
    fn begin_of(&self, new: &List<'t>, other: usize) -> Option<(u32, u32)> {
        if let (Some(&record), Use::Tell(early)) = (new.kept.get(other), &self.how)
            && record > 0
        {
            return Some(early.begin_of(record as usize - 1));
        }
        let runs = *new.runs.get(other)?;
        self.runs.guide_of(new.nodes[other] as usize, runs).map(|guide| (guide as u32, u32::MAX))
    }

    fn align_by_content(&mut self, joined: Joined, legacy: &List<'t>, new: &List<'t>, at: At) -> Alignment {
        if joined.legacy_left.is_empty() || joined.new_left.is_empty() {
            return align::keyed(joined);
        }
        // Contents are hashed along paths that may be new.
        if self.leaves_it() {
            return Alignment::default();
        }
        let comparer = &mut *self.comparer;
        let rules = comparer.rules;
        let (trie, legacy_hashes, new_hashes) = (
            std::cell::RefCell::new(&mut comparer.trie),
            &mut comparer.legacy_hashes,
            &mut comparer.new_hashes,
        );
        let hash = |elements: &List<'t>, hashes: &mut Hashes, index: usize| {
            let trie = &mut **trie.borrow_mut();
            let child = trie.element(&rules.patterns, at, index, elements.len());
            let hash = hashes.of(elements.get(index), child, rules, trie);
            Content { hash, is_scalar: elements.get(index).is_scalar() }
        };
        align::by_content(
            joined,
            |index| hash(legacy, legacy_hashes, index),
            |index| hash(new, new_hashes, index),
            |index| leaves(legacy.get(index)),
            |index| leaves(new.get(index)),
        )
    }
}

/// The element of a list that has just one.
pub(crate) fn only_element(list: Value<'_>) -> Option<Value<'_>> {
    let mut elements = list.elements();
    elements.next().filter(|_| elements.next().is_none())
}

/// Aligns lists that are the same but for one element, or for elements in one place that only one side has: no
/// key and no search is needed to see that. `None` where more differs, or where it takes too long to tell.
fn align_by_ends(
    legacy_len: usize,
    new_len: usize,
    same: impl Fn(usize, usize) -> Option<bool>,
) -> Option<Alignment> {
    let shorter = legacy_len.min(new_len);
    let (mut head, mut tail) = (0, 0);
    while head < shorter && same(head, head)? {
        head += 1;
    }
    while tail < shorter - head && same(legacy_len - 1 - tail, new_len - 1 - tail)? {
        tail += 1;
    }
    let (legacy_end, new_end) = (legacy_len - tail, new_len - tail);
    let (here, there) = (legacy_end - head, new_end - head);
    if here.min(there) > 1 || (here != there && here.min(there) == 1) {
        return None;
    }
    let paired = if here == there { here } else { 0 };
    Some(Alignment {
        // Those that are the same need no comparing.
        pairs: (head..head + paired).map(|index| (index, index)).collect(),
        missing: (head + paired..legacy_end).collect(),
        extra: (head + paired..new_end).collect(),
        moved: 0,
    })
}

/// What a person should know of a list that was joined by a key that nobody declared.
pub(crate) fn proven_note(field: &str, name: &str) -> String {
    format!(
        "`{field}` was joined by `{name}`: unique on both sides; pin it with keys = {{ {field:?} = [{name:?}] }}"
    )
}

/// How likely a field of this name is its record's key; lower is likelier, `None` is not at all.
pub(crate) fn rank(name: &str) -> Option<u8> {
    match name {
        "id" => Some(0),
        "key" => Some(1),
        "uuid" => Some(2),
        _ if ["_id", "-id", "Id", "ID", "uuid", "guid"].iter().any(|end| name.ends_with(end)) => Some(3),
        _ => None,
    }
}

/// The key of an element, hashed; `1` and `"1"` are one key, and of a repeated name the first counts. `None` where a field is absent, null or no scalar.
pub(crate) fn key_of(element: Value<'_>, fields: &[Vec<String>]) -> Option<u64> {
    key_in(element, fields).map(|(key, _)| key)
}

/// The same, and the node behind the last value of the key.
fn key_in(element: Value<'_>, fields: &[Vec<String>]) -> Option<(u64, usize)> {
    fields.iter().try_fold((11, 0), |(hash, behind), steps| {
        let value = steps.iter().try_fold(element, |value, name| value.get_first(name))?;
        let hash = match value.kind() {
            Type::String => hash::bytes(hash, &value.text_bytes()),
            Type::Number | Type::True | Type::False => hash::bytes(hash, value.raw_bytes()),
            Type::Null | Type::Array | Type::Object => return None,
        };
        Some((hash, behind.max(value.index() + 1)))
    })
}

/// The hashes of an element's scalars together with the names that lead to them.
pub(crate) fn leaves(element: Value<'_>) -> Vec<u64> {
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
