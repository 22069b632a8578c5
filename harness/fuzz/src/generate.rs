//! From a case's number to the case: recorded pages first, then items rearranged and changed.

use std::sync::Arc;

use crate::campaign::Campaign;
use crate::case::{Arrangement, Case, Edit, Evidence, Made, Part, expect, overlap};
use crate::fields::Field;
use crate::mutations::Ground;
use crate::random::Random;
use crate::tree::{Seg, Tree, normalised};

/// Changes of one item at most: more of them hide what each does.
const EDITS_MAX: usize = 3;

/// Draws for one change that fits and was met in recordings.
const TRIES_MAX: usize = 8;

/// Items of a page that is made: most of what breaks needs none, one or a few.
const FEW: usize = 3;

impl Campaign<'_> {
    /// The case of a number; the same each time.
    pub fn case(&self, index: u64) -> Case {
        let recorded = self.corpus.envelopes.len();
        if let Some(envelope) = usize::try_from(index).ok().filter(|at| *at < recorded) {
            return self.recorded(index, envelope);
        }
        let mut random = Random::of(self.settings.seed, index);
        if !self.others.bodies.is_empty() && random.once_in(4) {
            return self.of_schema(index, &mut random);
        }
        if self.settings.with_harsh && random.once_in(16) {
            return self.without_a_part(index, &mut random);
        }
        let envelope = random.below(recorded);
        let group = &self.corpus.groups[self.corpus.envelopes[envelope].group];
        if self.corpus.lists.is_none() {
            let item = self.corpus.envelopes[envelope].items.start;
            let mut case = Case { arrangement: Arrangement::One, ..self.recorded(index, envelope) };
            case.parts = vec![self.part(item, Change::Some, &mut random)];
            return case;
        }
        if group.is_empty() || random.once_in(40) {
            return Case { index, envelope, arrangement: Arrangement::Empty, parts: Vec::new(), whole: None };
        }
        let (arrangement, items) = self.arrange(envelope, group, &mut random);
        // One changed item a page: where an answer differs, that is why.
        let changed = random.below(items.len() * 3 / 2 + 1);
        let parts = items
            .into_iter()
            .enumerate()
            .map(|(at, item)| {
                let change = if at == changed { Change::Some } else { Change::None };
                self.part(item, change, &mut random)
            })
            .collect();
        Case { index, envelope, arrangement, parts, whole: None }
    }

    fn recorded(&self, index: u64, envelope: usize) -> Case {
        let items = self.corpus.envelopes[envelope].items.clone();
        let parts = items.map(|item| Part { item, made: None }).collect();
        Case { index, envelope, arrangement: Arrangement::Recorded, parts, whole: None }
    }

    fn arrange(&self, envelope: usize, group: &[usize], random: &mut Random) -> (Arrangement, Vec<usize>) {
        let mut own: Vec<usize> =
            self.corpus.envelopes[envelope].items.clone().filter(|item| group.contains(item)).collect();
        match random.below(8) {
            0..=2 => (Arrangement::One, random.one(group).copied().into_iter().collect()),
            3 if own.len() > 1 => {
                random.shuffle(&mut own);
                own.truncate(2 * FEW);
                (Arrangement::Shuffled, own)
            }
            4 if !own.is_empty() => {
                own.truncate(FEW);
                own.extend(random.one(&own).copied());
                (Arrangement::Repeated, own)
            }
            _ => {
                let most = if random.once_in(4) { 4 * FEW } else { FEW };
                let length = 1 + random.below(most);
                (Arrangement::Other, self.distinct(group, length, random))
            }
        }
    }

    /// So many items of a group, no two of which are the same thing.
    fn distinct(&self, group: &[usize], length: usize, random: &mut Random) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::with_capacity(length);
        let id = |item: usize| {
            let (of_input, _) = self.corpus.ids.as_ref()?;
            self.corpus.items[item].input.at(of_input)
        };
        for _ in 0..2 * length {
            let Some(item) = random.one(group).copied() else { break };
            let is_same = |other: &usize| *other == item || id(item).is_some() && id(*other) == id(item);
            if chosen.len() < length && !chosen.iter().any(is_same) {
                chosen.push(item);
            }
        }
        chosen
    }

    fn part(&self, item: usize, change: Change, random: &mut Random) -> Part {
        if change == Change::None {
            return Part { item, made: None };
        }
        let ground = self.ground();
        // What reached a new part of the mapping is changed further.
        let promoted = if random.once_in(4) { random.one(&self.promoted) } else { None };
        let promoted = promoted.filter(|part| self.same_group(part.item, item));
        let (item, mut input, mut edits) = match promoted {
            Some(Part { item, made: Some(made) }) => (*item, made.input.clone(), made.edits.clone()),
            _ => (item, self.corpus.items[item].input.clone(), Vec::new()),
        };
        let wanted = 1 + random.below(EDITS_MAX);
        for _ in 0..wanted {
            if let Some((changed, made)) = self.edit(&ground, &input, random) {
                input = changed;
                edits.extend(made);
            }
        }
        if edits.is_empty() {
            return Part { item, made: None };
        }
        let (expected, unknown) = expect(&self.corpus, item, &input, &edits);
        Part { item, made: Some(Made { input, edits, expected, unknown }) }
    }

    fn same_group(&self, one: usize, other: usize) -> bool {
        let group = |item: usize| self.corpus.envelopes[self.corpus.items[item].envelope].group;
        group(one) == group(other)
    }

    fn edit(&self, ground: &Ground<'_>, input: &Tree, random: &mut Random) -> Option<(Tree, Vec<Edit>)> {
        for _ in 0..TRIES_MAX {
            let mut changed = input.clone();
            let Some(edits) = self.suited.mutate(ground, &mut changed, random) else { continue };
            if self.is_plausible(&changed, &edits) {
                return Some((changed, edits));
            }
        }
        None
    }

    /// Only what is held to be recorded must have been met together: within the item, and within each element of a list
    /// in it that was changed.
    pub(crate) fn is_plausible(&self, input: &Tree, edits: &[Edit]) -> bool {
        let recorded: Vec<&Edit> = edits.iter().filter(|edit| edit.evidence == Evidence::Recorded).collect();
        if recorded.is_empty() {
            return true;
        }
        let is_changed = |field: &Field| recorded.iter().any(|edit| overlap(&edit.path, &field.path));
        self.corpus.fields.is_met(input, is_changed)
            && recorded.iter().all(|edit| self.is_plausible_element(input, &edit.path))
    }

    fn is_plausible_element(&self, input: &Tree, path: &[Seg]) -> bool {
        let Some(at) = path.iter().rposition(|seg| matches!(seg, Seg::At(_))) else { return true };
        let (element, within) = path.split_at(at + 1);
        let list = normalised(element);
        let nested = self.corpus.nested.iter().find(|(known, _)| *known == list);
        match (nested, input.at(element)) {
            (Some((_, fields)), Some(element)) => {
                fields.is_met(element, |field| overlap(within, &field.path))
            }
            _ => true,
        }
    }

    fn of_schema(&self, index: u64, random: &mut Random) -> Case {
        let body = random.one(&self.others.bodies).cloned().unwrap_or(Tree::Null);
        let edit = Edit {
            mutation: "schema",
            path: Vec::new(),
            why: "the schema allows this body".to_owned(),
            evidence: Evidence::Unseen,
        };
        let whole = Some((body, edit));
        Case { index, envelope: 0, arrangement: Arrangement::Whole, parts: Vec::new(), whole }
    }

    /// A page that lacks a member of its envelope.
    fn without_a_part(&self, index: u64, random: &mut Random) -> Case {
        let envelope = random.below(self.corpus.envelopes.len());
        let mut case = self.recorded(index, envelope);
        let Some(mut tree) = case.tree(&self.corpus) else { return case };
        let mut path = Vec::new();
        let names: Vec<Arc<str>> = match &tree {
            Tree::Object(members) => members.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        };
        if let Some(name) = random.one(&names) {
            path.push(Seg::Name(name.clone()));
            tree.put(&path, None);
        }
        let edit = Edit {
            mutation: "missing-part",
            path,
            why: "harsh: no recording lacks this part of the envelope".to_owned(),
            evidence: Evidence::Unseen,
        };
        case.arrangement = Arrangement::Whole;
        case.parts = Vec::new();
        case.whole = Some((tree, edit));
        case
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Some,
}
