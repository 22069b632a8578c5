//! The properties of a mere document: one that was cut down, and is no page of recorded items any more.

use std::sync::Arc;

use compare::tape::Value;

use crate::campaign::Campaign;
use crate::case::{Arrangement, Case, Edit, Evidence, Part, around};
use crate::mutations::MARK;
use crate::properties::{AGAINST, Failure, PROPERTIES, Property, Seen, Worker, at};
use crate::subject::Answer;
use crate::tree::{Tree, normalised, path_text};

/// A document and what the mapping makes of it.
pub(crate) struct Document<'d> {
    pub(crate) campaign: &'d Campaign<'d>,
    pub(crate) tree: &'d Tree,
    pub(crate) text: &'d str,
    pub(crate) now_ms: i64,
    pub(crate) answer: &'d Answer,
    pub(crate) root: Option<Value<'d>>,
}

/// Properties that speak of an answer alone, whatever it was made from.
const OF_ANSWERS: [&str; 5] = ["answers", "shape", "list-type", "idempotent", "engines"];

impl Document<'_> {
    /// What fails of it, in the words of the properties that fail of pages.
    pub(crate) fn check(&self, case: &Case, worker: &mut Worker<'_>, found: &mut Vec<Failure>) {
        // A document stands for a case without items: what speaks of recorded items is silent.
        let items = self.root.and_then(|root| self.campaign.items(root));
        let bare =
            Case { parts: Vec::new(), whole: None, arrangement: Arrangement::Recorded, ..case.clone() };
        let misfits =
            self.root.and_then(Tree::part).map(|tree| self.campaign.corpus.shape.misfits(&tree, None));
        let misfits = misfits.unwrap_or_default();
        let seen = Seen {
            campaign: self.campaign,
            case: &bare,
            input: self.text,
            answer: self.answer,
            root: self.root,
            items,
            misfits: &misfits,
        };
        let on = PROPERTIES.iter().filter(|property| OF_ANSWERS.contains(&property.name));
        for property in on.chain([&AGAINST]) {
            (property.check)(&seen, worker, found);
        }
        self.campaign.ask_predicates(&seen, found);
        self.check_lists(found);
        self.check_ids(found);
        self.check_added(case, found);
    }

    fn ins(&self) -> Vec<&Tree> {
        match &self.campaign.corpus.lists {
            None => vec![self.tree],
            Some(lists) => {
                self.tree.at(&lists.input).and_then(Tree::items).unwrap_or_default().iter().collect()
            }
        }
    }

    /// Lengths, and that each item comes out as it does alone.
    fn check_lists(&self, found: &mut Vec<Failure>) {
        let Some(lists) = self.campaign.corpus.lists.as_ref().filter(|lists| !lists.filters) else { return };
        let (ins, Some(root)) = (self.ins(), self.root) else { return };
        let Some(outs) = self.campaign.items(root) else { return };
        if ins.len() != outs.len() {
            let path = format!("${}", path_text(&lists.output));
            found.push(named("list-length", &path));
            return;
        }
        let counts = &self.campaign.corpus.counts[0];
        let is_unlike = ins.iter().zip(&outs).any(|(item, out)| {
            let mut page = String::new();
            around(self.tree, &lists.input, counts, (1, &|out| item.write(out)), &mut page);
            let Answer::Value(alone) = (self.campaign.evaluate)(&page, self.now_ms) else { return true };
            let mut tape = compare::tape::Tape::new();
            let Ok(json) = tape.parse(&alone) else { return true };
            let first = self.campaign.items(json.root()).and_then(|outs| outs.first().copied());
            first.is_none_or(|first| first.raw() != out.raw())
        });
        if ins.len() > 1 && is_unlike {
            found.extend(["page-size", "order"].map(|property| named(property, "")));
        }
    }

    fn check_ids(&self, found: &mut Vec<Failure>) {
        let Some((of_input, of_output)) = &self.campaign.corpus.ids else { return };
        let Some(outs) = self.root.and_then(|root| self.campaign.items(root)) else { return };
        let is_lost = self.ins().iter().zip(&outs).any(|(item, out)| {
            let Some(id) = item.at(of_input).and_then(crate::fields::scalar_text) else { return false };
            let there = at(*out, of_output);
            there.is_none_or(|value| !value.is_scalar() || (value.text() != id && value.raw() != id))
        });
        if is_lost {
            found.push(named("ids", &path_text(of_output)));
        }
    }

    /// Without what was added the answer is the same but for what speaks of it.
    fn check_added(&self, case: &Case, found: &mut Vec<Failure>) {
        let is_added = |edit: &&Edit| edit.evidence == Evidence::Custom;
        let added =
            |part: &Part| part.made.as_ref().is_some_and(|made| made.edits.iter().any(|e| is_added(&e)));
        if !case.parts.iter().any(added) {
            return;
        }
        let mut without = self.tree.clone();
        if !take_marked(&mut without) {
            return;
        }
        let Answer::Value(before) = (self.campaign.evaluate)(&without.json(), self.now_ms) else { return };
        let (Some(before), Some(after)) = (Tree::read(&before), self.root.and_then(Tree::part)) else {
            return;
        };
        let mut path = Vec::new();
        if crate::properties::unlike(Some(&before), Some(&after), &mut path).is_some() {
            found.push(named("unrelated", &path_text(&normalised(&path))));
        }
    }
}

/// A failure of which only the name matters.
fn named(property: &str, key: &str) -> Failure {
    let known: Option<&&Property> = PROPERTIES.iter().find(|known| known.name == property);
    Failure {
        property: known.map_or(property, |known| known.name).to_owned(),
        key: key.to_owned(),
        path: String::new(),
        message: String::new(),
        expected: None,
        actual: None,
        claim: None,
    }
}

/// Takes out the members that were made up; says whether there were any.
fn take_marked(tree: &mut Tree) -> bool {
    match tree {
        Tree::Object(members) => {
            let members = Arc::make_mut(members);
            let before = members.len();
            members.retain(|(name, _)| !name.contains(MARK));
            let mut taken = members.len() < before;
            for (_, member) in members {
                taken |= take_marked(member);
            }
            taken
        }
        Tree::List(items) => {
            let mut taken = false;
            for item in Arc::make_mut(items) {
                taken |= take_marked(item);
            }
            taken
        }
        _ => false,
    }
}
