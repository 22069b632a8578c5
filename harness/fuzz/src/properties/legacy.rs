//! The answer is what legacy answered, as far as recordings say what that would be.

use std::collections::BTreeMap;

use compare::diff::{Comparison, Scope};
use compare::difference::{Difference, Kind};

use super::{Failure, Property, Seen, Worker};
use crate::case::{Part, around, emptied_above};
use crate::corpus::Corpus;
use crate::mutations::MARK;
use crate::tree::{Seg, Tree};

pub(super) const LEGACY: Property = Property {
    name: "legacy",
    about: "The answer is what legacy answered, or would answer as far as recordings bear it out.",
    is_default: true,
    check: |seen, worker, found| check(&LEGACY, seen, worker, found),
};

pub(super) const NULLS: Property = Property {
    name: "nulls",
    about: "What is null, absent or empty comes out as it does in legacy's answers.",
    is_default: true,
    check: |seen, worker, found| check(&NULLS, seen, worker, found),
};

/// What legacy answers at a place, and what the mapping answers instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// From the answer's root.
    pub path: Vec<Seg>,
    /// Legacy's value; nothing where it is absent.
    pub legacy: Option<Tree>,
    /// The mapping's.
    pub answer: Option<Tree>,
}

fn check(property: &Property, seen: &Seen<'_, '_>, worker: &mut Worker<'_>, found: &mut Vec<Failure>) {
    // One of the two speaks, by what was changed.
    let is_of_nulls = is_about_nulls(seen);
    if is_of_nulls != (property.name == NULLS.name) || !seen.is_recorded() {
        return;
    }
    let Some(root) = seen.root else { return };
    let Some(expected) = expected(seen) else { return };
    let mut comparison = Comparison::default();
    // The answer was parsed before, and what was recorded is JSON.
    let _ = worker.comparer.texts(&expected, root_text(seen), Scope::default(), &mut comparison);
    if comparison.total == comparison.excused {
        return;
    }
    let (Some(legacy), Some(answer)) = (Tree::read(&expected), Tree::part(root)) else { return };
    let is_made_up = |difference: &&Difference| {
        // What was added may come out under its own name: no recording says where.
        difference.path.contains(MARK) || difference.new.as_ref().is_some_and(|new| new.contains(MARK))
    };
    let open = comparison.differences.iter().filter(|one| one.tolerance.is_none() && !is_made_up(one));
    for difference in open {
        let claim = claim(difference, &legacy, &answer);
        found.push(Failure {
            path: difference.path.clone(),
            expected: difference.legacy.as_deref().map(str::to_owned),
            actual: difference.new.as_deref().map(str::to_owned),
            claim,
            ..Failure::new(
                property,
                format!("{} {}", difference.field, difference.kind.name()),
                told(difference),
            )
        });
    }
}

fn root_text<'s>(seen: &'s Seen<'_, '_>) -> &'s str {
    match seen.answer {
        crate::subject::Answer::Value(text) => text,
        _ => "",
    }
}

fn is_about_nulls(seen: &Seen<'_, '_>) -> bool {
    let says_nothing = |part: &Part| {
        part.made.as_ref().is_some_and(|made| {
            made.edits.iter().any(|edit| match made.input.at(&edit.path) {
                None | Some(Tree::Null) => true,
                Some(Tree::Text(text)) => text.is_empty(),
                Some(_) => false,
            })
        })
    };
    seen.case.parts.iter().any(says_nothing)
}

fn told(difference: &Difference) -> String {
    match difference.kind {
        Kind::Missing => "legacy has it, and the mapping leaves it out".to_owned(),
        Kind::Extra => "the mapping has it, and legacy has nothing there".to_owned(),
        Kind::Renamed | Kind::Moved => match &difference.new_path {
            Some(path) => format!("the mapping has it at {path}"),
            None => "the mapping has it elsewhere".to_owned(),
        },
        kind => format!("legacy answers another ({})", kind.name()),
    }
}

/// Both values at the place of a difference, whole.
fn claim(difference: &Difference, legacy: &Tree, answer: &Tree) -> Option<Claim> {
    let path = segs(&difference.path)?;
    Some(Claim { legacy: legacy.at(&path).cloned(), answer: answer.at(&path).cloned(), path })
}

/// A path of names and indices.
fn segs(path: &str) -> Option<Vec<Seg>> {
    use compare::path::{Path, Selector};
    let Path::Steps(steps) = Path::parse(path).ok()? else { return None };
    steps
        .iter()
        .map(|step| match step.selectors.as_slice() {
            [Selector::Name(name)] if !step.descendant => Some(Seg::Name(name.as_str().into())),
            [Selector::Index(at)] if !step.descendant => usize::try_from(*at).ok().map(Seg::At),
            _ => None,
        })
        .collect()
}

/// Legacy's answer for a case; what is not known is taken from the answer itself, so that it cannot differ.
pub(crate) fn expected(seen: &Seen<'_, '_>) -> Option<String> {
    let corpus = &seen.campaign.corpus;
    let Some(lists) = &corpus.lists else {
        return item(corpus, seen.case.parts.first()?, seen.items.as_ref()?.first().copied());
    };
    let outs = seen.items.as_ref()?;
    let filters = lists.filters;
    let mut texts = Vec::new();
    for (at, part) in seen.case.parts.iter().enumerate() {
        if filters && part.made.is_some() {
            return None;
        }
        if filters && corpus.items[part.item].is_dropped {
            continue;
        }
        // Where lengths differ there is no telling which is which: what is not known cannot be taken from the answer.
        let out = if seen.is_aligned() { outs.get(at).copied() } else { None };
        texts.push(item(corpus, part, out)?);
    }
    if !lists.is_ordered {
        texts = in_order_of_answer(seen, texts);
    }
    let length = texts.len();
    let envelope = corpus.envelopes[seen.case.envelope].legacy.as_ref();
    let envelope = match envelope {
        Some(envelope) => envelope.clone(),
        // Legacy's pages are others: only the items are known.
        None => {
            let mut answer = Tree::part(seen.root?)?;
            answer.put(&lists.output, Some(Tree::list(Vec::new())));
            answer
        }
    };
    let items = texts.join(",");
    let mut whole = String::with_capacity(items.len() + corpus.envelopes[seen.case.envelope].length);
    let write = |out: &mut String| out.push_str(&items);
    around(&envelope, &lists.output, &corpus.counts[1], (length, &write), &mut whole);
    Some(whole)
}

fn item(corpus: &Corpus, part: &Part, out: Option<compare::tape::Value<'_>>) -> Option<String> {
    let Some(made) = &part.made else { return corpus.items[part.item].legacy_text.clone() };
    let mut expected = made.expected.clone()?;
    let out = out?;
    if made.unknown.is_empty() {
        return Some(expected.json());
    }
    let answer = Tree::part(out)?;
    for path in &made.unknown {
        expected.put(path, answer.at(path).cloned());
        // Of an object all of whose members are unknown it is unknown whether there is one.
        if let Some(above) = emptied_above(&expected, path) {
            expected.put(above, answer.at(above).cloned());
        }
    }
    Some(expected.json())
}

/// Legacy's order is its own: its items in the order in which the answer has them, what the answer lacks behind.
fn in_order_of_answer(seen: &Seen<'_, '_>, texts: Vec<String>) -> Vec<String> {
    let Some((_, of_output)) = &seen.campaign.corpus.ids else { return texts };
    let id = |tree: &Tree| tree.at(of_output).map(Tree::json);
    let outs = seen.items.iter().flatten().enumerate();
    let places: BTreeMap<String, usize> =
        outs.filter_map(|(at, out)| Some((id(&Tree::part(*out)?)?, at))).collect();
    let place = |text: &str| places.get(&id(&Tree::read(text)?)?).copied();
    let mut placed: Vec<(usize, String)> =
        texts.into_iter().map(|text| (place(&text).unwrap_or(usize::MAX), text)).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, text)| text).collect()
}
