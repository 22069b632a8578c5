//! One mapping under test: learned from its samples, then asked case by case.
//!
//! A case depends on the seed and on its number alone, so that cases can be asked on any thread and in any order. What
//! coverage teaches is learned in a first round over a fixed number of cases, for the same reason.

use std::collections::BTreeSet;

use compare::tape::{Json, Type, Value};

use crate::case::{Case, Evidence, Part};
use crate::corpus::{Clock, Corpus};
use crate::document::Document;
use crate::lists::Hint;
use crate::mutations::{Ground, Suited};
use crate::properties::{AGAINST, Failure, PROPERTIES, Property, Seen, Worker};
use crate::sample::Sample;
use crate::shape::Misfit;
use crate::subject::{Answer, Evaluate, Others};
use crate::tree::{Seg, Tree};
use crate::values::Pools;

/// Changed items that reached something new and are changed further.
pub const PROMOTED_MAX: usize = 256;

/// How a campaign is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Decides every case.
    pub seed: u64,
    /// Also what no recording shows.
    pub with_harsh: bool,
    /// Properties that are switched on beside the default ones.
    pub with: BTreeSet<String>,
    /// Properties that are switched off.
    pub without: BTreeSet<String>,
    /// The mapping asks what time it is.
    pub clock: Clock,
    /// Where in an input the provider's answer lies: only that is changed, where a body is one thing.
    pub within: Vec<Seg>,
}

/// One mapping under test.
pub struct Campaign<'s> {
    /// What its samples teach.
    pub corpus: Corpus,
    /// How it is run.
    pub settings: Settings,
    /// Evaluates it.
    pub evaluate: Evaluate<'s>,
    /// What else is asked.
    pub others: Others<'s>,
    /// It answers something for every recorded page.
    pub always_answers: bool,
    pub(crate) pools: Pools,
    pub(crate) suited: Suited,
    pub(crate) promoted: Vec<Part>,
    properties: Vec<&'static Property>,
}

/// What came of one case.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What does not hold.
    pub failures: Vec<Failure>,
    /// Why nothing can be said, where that is so.
    pub undecided: Option<String>,
}

impl<'s> Campaign<'s> {
    /// Learns from samples; evaluates each of their pages once.
    pub fn new(
        samples: &[Sample],
        hint: Hint<'_>,
        settings: Settings,
        evaluate: Evaluate<'s>,
        others: Others<'s>,
    ) -> Campaign<'s> {
        let mut always_answers = true;
        let own: Vec<Vec<Option<Tree>>> = samples
            .iter()
            .map(|sample| {
                let answers = sample.pages.iter().map(|page| evaluate(&page.json(), sample.now_ms));
                answers
                    .map(|answer| match answer {
                        Answer::Value(text) => Tree::read(&text),
                        Answer::Nothing => {
                            always_answers &= !sample.legacy.is_empty();
                            None
                        }
                        Answer::Failed { .. } | Answer::Undecided(_) => None,
                    })
                    .collect()
            })
            .collect();
        let corpus = Corpus::learn(samples, &own, hint, settings.clock);
        let pools = Pools::of(settings.seed);
        let ground = Ground { corpus: &corpus, pools: &pools, literals: &others.literals };
        let suited = Suited::of(&ground, &settings);
        let is_on = |property: &&&Property| {
            (property.is_default || settings.with.contains(property.name))
                && !settings.without.contains(property.name)
        };
        let mut properties: Vec<&'static Property> = PROPERTIES.iter().filter(is_on).copied().collect();
        if others.previous.is_some() {
            properties.push(AGAINST);
        }
        let promoted = Vec::new();
        Campaign { corpus, settings, evaluate, others, always_answers, pools, suited, promoted, properties }
    }

    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground { corpus: &self.corpus, pools: &self.pools, literals: &self.others.literals }
    }

    /// Looks at cases with an observer that says which parts of the mapping an input reaches; what reaches a part that
    /// nothing reached before is changed further from then on. Answers how many parts were reached.
    pub fn scout(&mut self, cases: u64, reached: &dyn Fn(&str, i64) -> Vec<u32>) -> usize {
        let mut known: BTreeSet<u32> = BTreeSet::new();
        for index in 0..cases {
            let case = self.case(index);
            let now_ms = self.corpus.envelopes[case.envelope].now_ms;
            let before = known.len();
            known.extend(reached(&case.input(&self.corpus), now_ms));
            if known.len() > before && self.promoted.len() < PROMOTED_MAX {
                // What no recording bears out is looked at, and goes no further.
                let is_borne_out = |part: &Part| {
                    part.made
                        .as_ref()
                        .is_some_and(|made| made.edits.iter().all(|edit| edit.evidence != Evidence::Unseen))
                };
                self.promoted.extend(case.parts.into_iter().filter(is_borne_out));
            }
        }
        known.len()
    }

    /// Makes a case, evaluates it, and holds the answer against every property.
    pub fn judge(&self, case: &Case, worker: &mut Worker<'_>) -> Outcome {
        let input = case.input(&self.corpus);
        let answer = (self.evaluate)(&input, self.corpus.envelopes[case.envelope].now_ms);
        if let Answer::Undecided(why) = &answer {
            return Outcome { failures: Vec::new(), undecided: Some(why.clone()) };
        }
        let mut tape = std::mem::take(&mut worker.tape);
        let text = if let Answer::Value(text) = &answer { text.as_str() } else { "null" };
        let json = tape.parse(text).ok().filter(|_| matches!(answer, Answer::Value(_)));
        let failures = self.failures(case, (&input, &answer), json, worker);
        worker.tape = tape;
        Outcome { failures, undecided: None }
    }

    fn failures(
        &self,
        case: &Case,
        (input, answer): (&str, &Answer),
        json: Option<Json<'_>>,
        worker: &mut Worker<'_>,
    ) -> Vec<Failure> {
        let root = json.map(Json::root);
        let items = root.and_then(|root| self.items(root));
        let misfits = root.map_or(Vec::new(), |root| self.misfits(case, root, items.as_deref()));
        let seen = Seen { campaign: self, case, input, answer, root, items, misfits: &misfits };
        let mut found = Vec::new();
        for property in &self.properties {
            (property.check)(&seen, worker, &mut found);
        }
        self.ask_predicates(&seen, &mut found);
        found
    }

    pub(crate) fn ask_predicates(&self, seen: &Seen<'_, '_>, found: &mut Vec<Failure>) {
        let Answer::Value(output) = seen.answer else { return };
        for predicate in &self.others.predicates {
            let message = match (predicate.holds)(seen.input, output) {
                Ok(true) => continue,
                Ok(false) => format!("it does not hold: {}", predicate.about),
                Err(error) => format!("it does not hold: {error}"),
            };
            found.push(Failure {
                property: predicate.name.clone(),
                key: String::new(),
                path: String::new(),
                message,
                expected: None,
                actual: None,
                claim: None,
            });
        }
    }

    /// What fails of a document that is made of no recorded items: properties that need none.
    pub(crate) fn judge_document(&self, tree: &Tree, case: &Case, worker: &mut Worker<'_>) -> Vec<Failure> {
        let text = tree.json();
        let now_ms = self.corpus.envelopes[case.envelope].now_ms;
        let answer = (self.evaluate)(&text, now_ms);
        let mut tape = std::mem::take(&mut worker.tape);
        let json = match &answer {
            Answer::Value(text) => tape.parse(text).ok(),
            Answer::Nothing | Answer::Failed { .. } | Answer::Undecided(_) => None,
        };
        let root = json.map(Json::root);
        let mut found = Vec::new();
        let document = Document { campaign: self, tree, text: &text, now_ms, answer: &answer, root };
        document.check(case, worker, &mut found);
        worker.tape = tape;
        found
    }

    /// Legacy's answer for a case, as JSON text: what recordings do not tell of it is taken from the mapping's answer.
    /// Nothing where nothing is known.
    pub fn expected(&self, case: &Case, worker: &mut Worker<'_>) -> Option<String> {
        let input = case.input(&self.corpus);
        let answer = (self.evaluate)(&input, self.corpus.envelopes[case.envelope].now_ms);
        let Answer::Value(text) = &answer else { return None };
        if case.whole.is_some() || case.edits().any(|edit| edit.evidence == Evidence::Unseen) {
            return None;
        }
        let root = worker.tape.parse(text).ok()?.root();
        let items = self.items(root);
        let (root, misfits) = (Some(root), &[]);
        let seen = Seen { campaign: self, case, input: &input, answer: &answer, root, items, misfits };
        crate::properties::expected(&seen)
    }

    /// The properties that are on.
    pub fn properties(&self) -> &[&'static Property] {
        &self.properties
    }

    pub(crate) fn items<'a>(&self, root: Value<'a>) -> Option<Vec<Value<'a>>> {
        let Some(lists) = &self.corpus.lists else { return Some(vec![root]) };
        let list = crate::properties::at(root, &lists.output)?;
        (list.kind() == Type::Array).then(|| list.elements().collect())
    }

    /// What does not fit the shape. An item that comes out as it did where it was recorded was looked at there.
    fn misfits(&self, case: &Case, root: Value<'_>, items: Option<&[Value<'_>]>) -> Vec<Misfit> {
        let corpus = &self.corpus;
        let (Some(lists), Some(items)) = (&corpus.lists, items) else {
            return Tree::part(root).map_or(Vec::new(), |tree| corpus.shape.misfits(&tree, None));
        };
        let envelope = Tree::hollow(root, &lists.output);
        let mut found = envelope.map_or(Vec::new(), |tree| corpus.shape.misfits(&tree, Some(&lists.output)));
        let path: Vec<Seg> = lists.output.iter().cloned().chain([Seg::Each]).collect();
        let Some(shape) = corpus.shape.under(&path) else { return found };
        let is_recorded = case.arrangement == crate::case::Arrangement::Recorded;
        for (at, item) in items.iter().enumerate() {
            let part = case.parts.get(at);
            let own = part.and_then(|part| corpus.items[part.item].own.as_deref());
            if !is_recorded && own == Some(item.raw()) {
                continue;
            }
            let Some(tree) = Tree::part(*item) else { continue };
            for mut misfit in shape.misfits(&tree, None) {
                let mut whole: Vec<Seg> = lists.output.clone();
                whole.push(Seg::At(at));
                whole.append(&mut misfit.path);
                found.push(Misfit { path: whole, ..misfit });
            }
        }
        found
    }
}
