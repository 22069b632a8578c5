//! From a case that fails to the smallest input that fails in the same way.
//!
//! First the case itself: fewer items, fewer changes. What is left is still a page that a provider could send, and
//! legacy's answer for it is still known; that is what a cassette keeps. Then the input as a mere document, member by
//! member: what is left is what a person must read to see the mistake.

use crate::campaign::Campaign;
use crate::case::{Arrangement, Case, Edit, Made, Part, expect};
use crate::explain::Origin;
use crate::fields::scalar_text;
use crate::properties::{Claim, Failure, Worker, at};
use crate::subject::Answer;
use crate::tree::{Seg, Tree};

/// Evaluations that shrinking one failure may take.
const EVALUATIONS_MAX: usize = 4_000;

/// Shorter texts are parts of others by chance.
const TELLING_CHARS_MIN: usize = 3;

/// A failure with the smallest input that has it.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest case: a page that a provider could send.
    pub case: Case,
    /// What fails in it.
    pub failure: Failure,
    /// The smallest input.
    pub input: Tree,
    /// What the mapping answers for it, as JSON; nothing where it answers nothing.
    pub output: Option<String>,
}

/// Makes a failing case as small as it gets.
pub fn shrink(campaign: &Campaign<'_>, case: &Case, failure: &Failure, worker: &mut Worker<'_>) -> Shrunk {
    let mut shrinking = Shrinking { campaign, worker, left: EVALUATIONS_MAX };
    let (case, failure) = shrinking.case(case.clone(), failure.clone());
    let input = shrinking.document(&case, &failure);
    let output = match (campaign.evaluate)(&input.json(), campaign.corpus.envelopes[case.envelope].now_ms) {
        Answer::Value(text) => Some(text),
        Answer::Nothing | Answer::Failed { .. } | Answer::Undecided(_) => None,
    };
    Shrunk { case, failure, input, output }
}

struct Shrinking<'s, 'c, 'r> {
    campaign: &'s Campaign<'c>,
    worker: &'s mut Worker<'r>,
    left: usize,
}

impl Shrinking<'_, '_, '_> {
    /// The same failure in another case.
    fn fails(&mut self, case: &Case, failure: &Failure) -> Option<Failure> {
        self.left = self.left.checked_sub(1)?;
        let outcome = self.campaign.judge(case, self.worker);
        outcome
            .failures
            .into_iter()
            .find(|found| (&found.property, &found.key) == (&failure.property, &failure.key))
    }

    fn case(&mut self, mut case: Case, mut failure: Failure) -> (Case, Failure) {
        if case.parts.len() > 1 {
            // Mostly one item is to blame; a part of a page is no recorded page any more.
            for at in 0..case.parts.len() {
                let alone = Case { parts: vec![case.parts[at].clone()], ..rearranged(&case) };
                if let Some(found) = self.fails(&alone, &failure) {
                    (case, failure) = (alone, found);
                    break;
                }
            }
        }
        let mut at = 0;
        while case.parts.len() > 1 && at < case.parts.len() {
            let mut fewer = rearranged(&case);
            fewer.parts.remove(at);
            match self.fails(&fewer, &failure) {
                Some(found) => (case, failure) = (fewer, found),
                None => at += 1,
            }
        }
        for at in 0..case.parts.len() {
            (case, failure) = self.edits(case, failure, at);
        }
        (case, failure)
    }

    /// Takes back what needs no change.
    fn edits(&mut self, mut case: Case, mut failure: Failure, at: usize) -> (Case, Failure) {
        let Some(made) = case.parts[at].made.clone() else { return (case, failure) };
        let item = case.parts[at].item;
        let mut kept = made.edits;
        let mut index = 0;
        while index < kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(index);
            let Some(part) = self.replayed(item, &made.input, &fewer) else {
                index += 1;
                continue;
            };
            let mut tried = rearranged(&case);
            tried.parts[at] = part;
            match self.fails(&tried, &failure) {
                Some(found) => {
                    (case, failure) = (tried, found);
                    kept = fewer;
                }
                None => index += 1,
            }
        }
        (case, failure)
    }

    /// The item with some of its changes: each place has what it has in the changed item.
    fn replayed(&self, item: usize, changed: &Tree, edits: &[Edit]) -> Option<Part> {
        if edits.is_empty() {
            return Some(Part { item, made: None });
        }
        let mut input = self.campaign.corpus.items[item].input.clone();
        for edit in edits {
            input.put(&edit.path, changed.at(&edit.path).cloned());
        }
        if !self.campaign.is_plausible(&input, edits) {
            return None;
        }
        let (expected, unknown) = expect(&self.campaign.corpus, item, &input, edits);
        Some(Part { item, made: Some(Made { input, edits: edits.to_vec(), expected, unknown }) })
    }

    fn document(&mut self, case: &Case, failure: &Failure) -> Tree {
        let Some(mut tree) = case.tree(&self.campaign.corpus) else { return Tree::Null };
        let goal = Goal::of(self.campaign, case, failure);
        if !self.still(&tree, case, failure, &goal) {
            return tree;
        }
        loop {
            let before = tree.nodes();
            self.cut(&mut tree, &mut Vec::new(), case, failure, &goal);
            if tree.nodes() == before || self.left == 0 {
                break;
            }
        }
        tree
    }

    /// Takes out what can be, what is large first.
    fn cut(&mut self, tree: &mut Tree, path: &mut Vec<Seg>, case: &Case, failure: &Failure, goal: &Goal) {
        let children: Vec<Seg> = match tree.at(path) {
            Some(Tree::Object(members)) => members.iter().map(|(name, _)| Seg::Name(name.clone())).collect(),
            Some(Tree::List(items)) => (0..items.len()).rev().map(Seg::At).collect(),
            _ => return,
        };
        self.cut_children(tree, path, &children, (case, failure, goal));
        let left: Vec<Seg> = children
            .into_iter()
            .filter(|child| {
                path.push(child.clone());
                let is_there = tree.at(path).is_some();
                path.pop();
                is_there
            })
            .collect();
        for child in left {
            path.push(child);
            self.cut(tree, path, case, failure, goal);
            path.pop();
        }
    }

    /// All at once, then halves, then one by one.
    fn cut_children(
        &mut self,
        tree: &mut Tree,
        path: &[Seg],
        children: &[Seg],
        (case, failure, goal): (&Case, &Failure, &Goal),
    ) {
        if children.is_empty() || self.left == 0 {
            return;
        }
        let mut tried = tree.clone();
        for child in children {
            let place: Vec<Seg> = path.iter().cloned().chain([child.clone()]).collect();
            tried.put(&place, None);
        }
        if self.still(&tried, case, failure, goal) {
            *tree = tried;
        } else if children.len() > 1 {
            let (first, second) = children.split_at(children.len() / 2);
            self.cut_children(tree, path, first, (case, failure, goal));
            self.cut_children(tree, path, second, (case, failure, goal));
        }
    }

    /// Whether a document fails in the same way.
    fn still(&mut self, tree: &Tree, case: &Case, failure: &Failure, goal: &Goal) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        let text = tree.json();
        let now_ms = self.campaign.corpus.envelopes[case.envelope].now_ms;
        if let Goal::Claim { claim, telling } = goal {
            return keeps(tree, telling) && answers_at(&self.evaluate(&text, now_ms), claim);
        }
        let Goal::Property = goal else { return false };
        self.campaign
            .judge_document(tree, case, self.worker)
            .iter()
            .any(|found| (&found.property, &found.key) == (&failure.property, &failure.key))
    }

    fn evaluate(&self, text: &str, now_ms: i64) -> Answer {
        (self.campaign.evaluate)(text, now_ms)
    }
}

/// What has no longer the items of a recorded page.
fn rearranged(case: &Case) -> Case {
    let arrangement = match case.arrangement {
        Arrangement::Recorded => Arrangement::Other,
        other => other,
    };
    Case { arrangement, ..case.clone() }
}

/// What a smaller document must still show.
enum Goal {
    /// The mapping's wrong answer stays as it is, and so does what legacy's answer is made of.
    Claim {
        claim: Claim,
        /// Values of which at least one stays.
        telling: Vec<String>,
    },
    /// The property fails on the document alone.
    Property,
    /// It rests on what was recorded, and cannot be smaller.
    Nothing,
}

impl Goal {
    fn of(campaign: &Campaign<'_>, case: &Case, failure: &Failure) -> Goal {
        match &failure.claim {
            None if failure.property == "legacy" || failure.property == "nulls" => Goal::Nothing,
            None => Goal::Property,
            Some(claim) => Goal::Claim { claim: claim.clone(), telling: telling(campaign, case, claim) },
        }
    }
}

/// The values of the input that legacy's value is made of.
fn telling(campaign: &Campaign<'_>, case: &Case, claim: &Claim) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(value) = origin_value(campaign, case, claim) {
        found.push(value);
        return found;
    }
    let mut legacy = Vec::new();
    if let Some(value) = &claim.legacy {
        texts(value, &mut legacy);
    }
    let Some(tree) = case.tree(&campaign.corpus) else { return found };
    let mut inputs = Vec::new();
    texts(&tree, &mut inputs);
    for text in inputs {
        let is_part = |whole: &String| {
            *whole == text || text.chars().count() >= TELLING_CHARS_MIN && whole.contains(text.as_str())
        };
        if legacy.iter().any(is_part) && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The value of the field that recordings prove legacy's value to come from.
fn origin_value(campaign: &Campaign<'_>, case: &Case, claim: &Claim) -> Option<String> {
    let corpus = &campaign.corpus;
    let (within, item) = match &corpus.lists {
        None => (claim.path.as_slice(), 0),
        Some(lists) => {
            let rest = claim.path.strip_prefix(lists.output.as_slice())?;
            match rest.split_first()? {
                (Seg::At(item), within) => (within, *item),
                _ => return None,
            }
        }
    };
    let unit = corpus.units.iter().find(|unit| unit.path == within)?;
    let Origin::From(sources) = &unit.origin else { return None };
    let part = case.parts.get(item)?;
    let input = part.made.as_ref().map_or(&corpus.items[part.item].input, |made| &made.input);
    let value = sources.iter().find_map(|source| input.at(&corpus.fields.all[source.field].path))?;
    scalar_text(value).map(str::to_owned)
}

fn texts(value: &Tree, found: &mut Vec<String>) {
    match value {
        Tree::List(items) => items.iter().for_each(|item| texts(item, found)),
        Tree::Object(members) => members.iter().for_each(|(_, member)| texts(member, found)),
        value => found.extend(scalar_text(value).map(str::to_owned)),
    }
}

fn keeps(tree: &Tree, telling: &[String]) -> bool {
    if telling.is_empty() {
        return true;
    }
    let mut left = Vec::new();
    texts(tree, &mut left);
    telling.iter().all(|text| left.contains(text))
}

fn answers_at(answer: &Answer, claim: &Claim) -> bool {
    let Answer::Value(text) = answer else { return false };
    let mut tape = compare::tape::Tape::new();
    let Ok(json) = tape.parse(text) else { return false };
    let there = at(json.root(), &claim.path).and_then(Tree::part);
    // What lies around it must be there: else nothing would be said of the place at all.
    let above = claim.path.split_last().map(|(_, above)| at(json.root(), above).is_some());
    there == claim.answer && above.unwrap_or(true)
}
