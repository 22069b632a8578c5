//! The paths met so far, each with the rules that speak there: a rule is matched once per distinct path.
//!
//! All patterns together are one nondeterministic automaton over the steps of a path; a node holds the set of its
//! states. List elements share one node (`[*]`) unless a pattern tells indices apart. Past
//! [`CHILDREN_MAX`] names under one node, further names that no pattern can tell apart share one node too, so that
//! objects used as dictionaries do not grow the trie without end.

use std::sync::Arc;

use crate::hash;
use crate::path::{self, Selector, Step};
use crate::rules::Effect;
use crate::scan::is_same_text;

/// An object with more distinct keys than this over all documents is a dictionary.
const CHILDREN_MAX: usize = 512;

/// One rule's path and what it means.
pub(crate) struct Pattern {
    pub(crate) steps: Vec<Step>,
    pub(crate) effect: Effect,
    /// It leaves something out of what makes two values the same: an `ignore`, or an order that it frees.
    pub(crate) is_loose: bool,
}

/// How many steps of which pattern are matched.
type State = (u32, u32);

/// A node's number; the root is 0.
pub(crate) type At = u32;

/// The root's number.
pub(crate) const ROOT: At = 0;

/// What a node hangs on at its parent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Root,
    Name,
    AnyName,
    Element,
}

struct Node {
    label: Label,
    /// The generalised path, e.g. `$.data[*].name`; its last step begins at `step`.
    field: Arc<str>,
    step: usize,
    states: Vec<State>,
    effects: Vec<Effect>,
    /// A hash table of indices into `met`, + 1; 0 is a free slot.
    names: Vec<u32>,
    /// The named children in the order in which they were met, and which of them is expected next: the same
    /// serialiser writes the same keys in the same order.
    met: Vec<(Box<[u8]>, At)>,
    expected: usize,
    any_name: Option<At>,
    /// Elements by the states that they lead to; one entry where no pattern tells indices apart.
    elements: Vec<(Vec<State>, At)>,
    /// Some pattern tells elements apart here.
    positional: bool,
    /// The object in which this member was met last, by its number, and how often there.
    occurrence: (u64, u64),
    /// Some loose pattern may speak below.
    is_loose_below: bool,
}

impl Node {
    fn find(&self, name: &[u8]) -> Option<usize> {
        let mask = self.names.len().checked_sub(1)?;
        let mut slot = hash::bytes(0, name) as usize & mask;
        loop {
            let known = (self.names[slot] as usize).checked_sub(1)?;
            if is_same_text(&self.met[known].0, name) {
                return Some(known);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Enters the name met last into the table, which stays at most half full.
    fn list(&mut self) {
        let mut from = self.met.len() - 1;
        if self.met.len() * 2 > self.names.len() {
            self.names = vec![0; (self.met.len() * 4).next_power_of_two()];
            from = 0;
        }
        let mask = self.names.len() - 1;
        for index in from..self.met.len() {
            let mut slot = hash::bytes(0, &self.met[index].0) as usize & mask;
            while self.names[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.names[slot] = index as u32 + 1;
        }
    }
}

/// The paths met so far.
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// How many objects were numbered.
    objects: u64,
}

impl Trie {
    /// Only the root.
    pub(crate) fn new(patterns: &[Pattern]) -> Trie {
        let states = (0..patterns.len() as u32).map(|pattern| (pattern, 0)).collect();
        let mut trie = Trie { nodes: Vec::new(), objects: 0 };
        trie.push(patterns, Label::Root, "$".into(), 1, states);
        trie
    }

    fn push(
        &mut self,
        patterns: &[Pattern],
        label: Label,
        field: Arc<str>,
        step: usize,
        states: Vec<State>,
    ) -> At {
        let finished = |&(pattern, step): &State| patterns[pattern as usize].steps.len() == step as usize;
        let mut effects: Vec<Effect> = Vec::new();
        for state in states.iter().filter(|state| finished(state)) {
            let effect = patterns[state.0 as usize].effect;
            if !effects.contains(&effect) {
                effects.push(effect);
            }
        }
        let states: Vec<State> = states.into_iter().filter(|state| !finished(state)).collect();
        let positional = states.iter().any(|&(pattern, step)| {
            patterns[pattern as usize].steps[step as usize]
                .selectors
                .iter()
                .any(|selector| matches!(selector, Selector::Index(_) | Selector::Slice { .. }))
        });
        let is_loose_below = states.iter().any(|&(pattern, _)| patterns[pattern as usize].is_loose);
        self.nodes.push(Node {
            label,
            field,
            step,
            states,
            effects,
            names: Vec::new(),
            met: Vec::new(),
            expected: 0,
            any_name: None,
            elements: Vec::new(),
            positional,
            occurrence: (0, 0),
            is_loose_below,
        });
        self.nodes.len() as At - 1
    }

    fn push_below(
        &mut self,
        patterns: &[Pattern],
        parent: At,
        label: Label,
        step: &str,
        states: Vec<State>,
    ) -> At {
        let parent = &self.nodes[parent as usize].field;
        let (field, step) = (format!("{parent}{step}").into(), parent.len());
        self.push(patterns, label, field, step, states)
    }

    /// The rules that speak at a path, in their order.
    pub(crate) fn effects(&self, at: At) -> &[Effect] {
        &self.nodes[at as usize].effects
    }

    /// The node of a member that was met before, and that shares its node with no other; the name without escapes.
    pub(crate) fn known_member(&mut self, at: At, name: &[u8]) -> Option<At> {
        let node = &mut self.nodes[at as usize];
        if let Some((met, child)) = node.met.get(node.expected)
            && is_same_text(met, name)
        {
            node.expected += 1;
            return Some(*child);
        }
        if let Some((met, child)) = node.met.first()
            && is_same_text(met, name)
        {
            node.expected = 1;
            return Some(*child);
        }
        let known = node.find(name)?;
        node.expected = known + 1;
        Some(node.met[known].1)
    }

    /// The node of a member; the name without escapes.
    pub(crate) fn member(&mut self, patterns: &[Pattern], at: At, name: &[u8]) -> At {
        if let Some(known) = self.known_member(at, name) {
            return known;
        }
        let node = &self.nodes[at as usize];
        let told_apart = node.states.iter().any(|&(pattern, step)| {
            patterns[pattern as usize].steps[step as usize]
                .selectors
                .iter()
                .any(|selector| matches!(selector, Selector::Name(_)) && selector.selects_member(name))
        });
        if node.met.len() >= CHILDREN_MAX && !told_apart {
            if let Some(child) = node.any_name {
                return child;
            }
            let states = self.step(patterns, at, |selector| matches!(selector, Selector::Wildcard));
            let child = self.push_below(patterns, at, Label::AnyName, ".*", states);
            self.nodes[at as usize].any_name = Some(child);
            return child;
        }
        let states = self.step(patterns, at, |selector| selector.selects_member(name));
        let mut step = String::new();
        path::push_name(&mut step, &String::from_utf8_lossy(name));
        let child = self.push_below(patterns, at, Label::Name, &step, states);
        let node = &mut self.nodes[at as usize];
        node.met.push((name.into(), child));
        node.list();
        child
    }

    /// The node of every element of an array, where one was met before and no pattern tells them apart.
    pub(crate) fn known_element(&self, at: At) -> Option<At> {
        let node = &self.nodes[at as usize];
        node.elements.first().filter(|_| !node.positional).map(|element| element.1)
    }

    /// The node of an element of an array of this length.
    pub(crate) fn element(&mut self, patterns: &[Pattern], at: At, index: usize, length: usize) -> At {
        if let Some(known) = self.known_element(at) {
            return known;
        }
        let states = self.step(patterns, at, |selector| selector.selects_element(index, length));
        if let Some((_, child)) = self.nodes[at as usize].elements.iter().find(|(known, _)| *known == states)
        {
            return *child;
        }
        let child = self.push_below(patterns, at, Label::Element, "[*]", states.clone());
        self.nodes[at as usize].elements.push((states, child));
        child
    }

    fn step(&self, patterns: &[Pattern], at: At, selects: impl Fn(&Selector) -> bool) -> Vec<State> {
        let mut states: Vec<State> = Vec::new();
        for &(pattern, index) in &self.nodes[at as usize].states {
            let step = &patterns[pattern as usize].steps[index as usize];
            if step.descendant {
                states.push((pattern, index));
            }
            if step.selectors.iter().any(&selects) {
                states.push((pattern, index + 1));
            }
        }
        states.sort_unstable();
        states.dedup();
        states
    }

    /// The generalised path of a node, e.g. `$.data[*].name`.
    pub(crate) fn field(&self, at: At) -> &str {
        &self.nodes[at as usize].field
    }

    /// The same, to be kept.
    pub(crate) fn shared_field(&self, at: At) -> Arc<str> {
        Arc::clone(&self.nodes[at as usize].field)
    }

    /// A named node's step as a path writes it; `None` where many names share the node.
    pub(crate) fn step_text(&self, at: At) -> Option<&str> {
        let node = &self.nodes[at as usize];
        (node.label == Label::Name).then(|| &node.field[node.step..])
    }

    /// A number for one object, by which its repeated names are told.
    pub(crate) fn next_object(&mut self) -> u64 {
        self.objects += 1;
        self.objects
    }

    /// How often this member was met before in the object of this number; 0 where many names share the node.
    pub(crate) fn occurrence(&mut self, at: At, object: u64) -> u64 {
        let node = &mut self.nodes[at as usize];
        if node.label != Label::Name {
            return 0;
        }
        let before = if node.occurrence.0 == object { node.occurrence.1 } else { 0 };
        node.occurrence = (object, before + 1);
        before
    }

    /// May a loose pattern speak below?
    pub(crate) fn is_loose_below(&self, at: At) -> bool {
        self.nodes[at as usize].is_loose_below
    }

    /// Does some pattern tell the elements of a list apart?
    pub(crate) fn is_positional(&self, at: At) -> bool {
        self.nodes[at as usize].positional
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;

    fn trie(paths: &[&str]) -> (Vec<Pattern>, Trie) {
        let patterns: Vec<Pattern> = paths
            .iter()
            .enumerate()
            .map(|(index, path)| match Path::parse(path) {
                Ok(Path::Steps(steps)) => {
                    Pattern { steps, effect: Effect::Tolerance(index), is_loose: false }
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let trie = Trie::new(&patterns);
        (patterns, trie)
    }

    #[test]
    fn each_path_knows_the_rules_that_speak_there() {
        let (patterns, mut trie) = trie(&["$.data[*].id", "$..id", "$.data[0].*", "$", "$.data[-1].id"]);
        assert_eq!(trie.effects(ROOT), [Effect::Tolerance(3)]);
        let data = trie.member(&patterns, ROOT, b"data");
        let mut seen = Vec::new();
        for index in 0..3 {
            let element = trie.element(&patterns, data, index, 3);
            let id = trie.member(&patterns, element, b"id");
            seen.push((trie.field(id).to_owned(), trie.effects(id).to_vec()));
        }
        let tolerances =
            |indices: &[usize]| indices.iter().map(|&index| Effect::Tolerance(index)).collect::<Vec<_>>();
        let field = "$.data[*].id".to_owned();
        assert_eq!(
            seen,
            [
                (field.clone(), tolerances(&[0, 1, 2])),
                (field.clone(), tolerances(&[0, 1])),
                (field, tolerances(&[0, 1, 4])),
            ]
        );
    }

    #[test]
    fn a_dictionary_does_not_grow_the_trie_but_rules_still_see_their_names() {
        let (patterns, mut trie) = trie(&["$.key9999", "$.*"]);
        for index in 0..20_000 {
            trie.member(&patterns, ROOT, format!("key{index}").as_bytes());
        }
        assert!(trie.len() <= CHILDREN_MAX + 3, "{}", trie.len());
        let named = trie.member(&patterns, ROOT, b"key9999");
        assert_eq!(trie.effects(named), [Effect::Tolerance(0), Effect::Tolerance(1)]);
        let other = trie.member(&patterns, ROOT, b"another");
        assert_eq!((trie.field(other), trie.effects(other)), ("$.*", &[Effect::Tolerance(1)][..]));
    }
}
