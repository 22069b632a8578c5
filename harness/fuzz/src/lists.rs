//! Where an input's items lie, where they come out, and which becomes which: learned from bodies and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::fields::scalar_text;
use crate::sample::Sample;
use crate::tree::{Seg, Tree};

/// Names from the root to a list that are looked at.
const LIST_DEPTH_MAX: usize = 4;

/// A list of the input, and the list of the output that it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// From the input's root.
    pub input: Vec<Seg>,
    /// From the output's root.
    pub output: Vec<Seg>,
    /// What tells an item from another, within an item of each side.
    pub id: Option<(Vec<Seg>, Vec<Seg>)>,
    /// The output's items are in the order of the input's.
    pub is_ordered: bool,
    /// Some items of the input come out as none.
    pub filters: bool,
}

/// What is known beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint<'h> {
    /// Where the output's items lie.
    pub output: Option<&'h [Seg]>,
    /// There is no list of items: one body is one thing.
    pub is_single: bool,
}

/// The elements of a list over a sample's pages.
pub fn items_of<'t>(pages: &'t [Tree], path: &[Seg]) -> Vec<&'t Tree> {
    pages.iter().filter_map(|page| page.at(path)?.items()).flatten().collect()
}

impl Lists {
    /// Of samples that say what became of them.
    pub fn learn(samples: &[(&Sample, &[Tree])], hint: Hint<'_>) -> Option<Lists> {
        if hint.is_single || samples.is_empty() {
            return None;
        }
        let inputs = shared_lists(samples.iter().map(|(sample, _)| sample.pages.as_slice()));
        let outputs = match hint.output {
            Some(path) => vec![path.to_vec()],
            None => shared_lists(samples.iter().map(|(_, outputs)| *outputs)),
        };
        let mut best: Option<(usize, Lists)> = None;
        for input in &inputs {
            if !holds_most(samples, input) {
                continue;
            }
            for output in &outputs {
                let Some(lists) = Lists::between(samples, input, output) else { continue };
                let matched = usize::from(lists.id.is_some()) * 2 + usize::from(!lists.filters);
                if best.as_ref().is_none_or(|(known, _)| matched > *known) {
                    best = Some((matched, lists));
                }
            }
        }
        best.map(|(_, lists)| lists)
    }

    fn between(samples: &[(&Sample, &[Tree])], input: &[Seg], output: &[Seg]) -> Option<Lists> {
        let sides: Vec<(Vec<&Tree>, Vec<&Tree>)> = samples
            .iter()
            .map(|(sample, outputs)| (items_of(&sample.pages, input), items_of(outputs, output)))
            .collect();
        if sides.iter().all(|(ins, _)| ins.is_empty()) || sides.iter().all(|(_, outs)| outs.is_empty()) {
            return None;
        }
        let is_equal_long = sides.iter().all(|(ins, outs)| ins.len() == outs.len());
        let id = find_id(&sides);
        if id.is_none() && !is_equal_long {
            return None;
        }
        let is_ordered = id.as_ref().is_none_or(|(of_input, of_output)| {
            sides.iter().all(|(ins, outs)| is_in_order(ins, of_input, outs, of_output))
        });
        Some(Lists {
            input: input.to_vec(),
            output: output.to_vec(),
            id,
            is_ordered,
            filters: !is_equal_long,
        })
    }

    /// By the input's items, the index of what each became.
    pub fn join(&self, ins: &[&Tree], outs: &[&Tree]) -> Vec<Option<usize>> {
        let Some((of_input, of_output)) = &self.id else {
            return (0..ins.len()).map(|at| (ins.len() == outs.len()).then_some(at)).collect();
        };
        let places: BTreeMap<&str, usize> = outs
            .iter()
            .enumerate()
            .filter_map(|(at, out)| Some((scalar_text(out.at(of_output)?)?, at)))
            .collect();
        ins.iter().map(|item| places.get(scalar_text(item.at(of_input)?)?).copied()).collect()
    }
}

/// Lists that every page has, by names alone.
fn shared_lists<'t>(samples: impl Iterator<Item = &'t [Tree]>) -> Vec<Vec<Seg>> {
    let mut shared: Option<Vec<Vec<Seg>>> = None;
    for page in samples.flatten() {
        let found = match shared {
            None => {
                let mut found = Vec::new();
                walk_lists(page, &mut Vec::new(), &mut found);
                found
            }
            Some(known) => known
                .into_iter()
                .filter(|path| page.at(path).is_some_and(|one| one.items().is_some()))
                .collect(),
        };
        shared = Some(found);
    }
    shared.unwrap_or_default()
}

fn walk_lists(value: &Tree, path: &mut Vec<Seg>, found: &mut Vec<Vec<Seg>>) {
    match value {
        Tree::List(_) => found.push(path.clone()),
        Tree::Object(members) if path.len() < LIST_DEPTH_MAX => {
            for (name, member) in members.iter() {
                path.push(Seg::Name(name.clone()));
                walk_lists(member, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// The items are the body's bulk: else a list of a thing's own would be taken for a list of things.
fn holds_most(samples: &[(&Sample, &[Tree])], input: &[Seg]) -> bool {
    let (mut within, mut all) = (0, 0);
    for page in samples.iter().flat_map(|(sample, _)| &sample.pages) {
        let items = page.at(input).and_then(Tree::items).unwrap_or_default();
        within += items.iter().map(Tree::nodes).sum::<usize>();
        all += page.nodes();
    }
    within * 2 > all
}

type Sides<'t> = [(Vec<&'t Tree>, Vec<&'t Tree>)];

/// A field of the input's items and one of the output's that name the same things.
fn find_id(sides: &Sides<'_>) -> Option<(Vec<Seg>, Vec<Seg>)> {
    let inputs = unique_fields(sides.iter().map(|(ins, _)| ins.as_slice()));
    let outputs = unique_fields(sides.iter().map(|(_, outs)| outs.as_slice()));
    let known: Vec<Vec<BTreeSet<&str>>> = inputs
        .iter()
        .map(|path| sides.iter().map(|(ins, _)| texts_at(ins, path).collect()).collect())
        .collect();
    for output in &outputs {
        for (input, known) in inputs.iter().zip(&known) {
            let is_id = sides.iter().zip(known).all(|((_, outs), known)| {
                outs.iter()
                    .all(|out| out.at(output).and_then(scalar_text).is_some_and(|text| known.contains(text)))
            });
            if is_id {
                return Some((input.clone(), output.clone()));
            }
        }
    }
    None
}

fn texts_at<'t>(items: &[&'t Tree], path: &[Seg]) -> impl Iterator<Item = &'t str> {
    items.iter().filter_map(move |item| scalar_text(item.at(path)?))
}

/// Fields that every item has and no two items of a sample share; those whose name says id come first.
fn unique_fields<'t>(samples: impl Iterator<Item = &'t [&'t Tree]> + Clone) -> Vec<Vec<Seg>> {
    let Some(first) = samples.clone().find_map(|items| items.first().copied()) else { return Vec::new() };
    let mut found = Vec::new();
    scalars(first, &mut Vec::new(), &mut found);
    found.retain(|path| {
        samples.clone().all(|items| {
            let texts: BTreeSet<&str> = texts_at(items, path).collect();
            texts.len() == items.len()
        })
    });
    found.sort_by_key(|path| (!is_named_id(path), path.len()));
    found
}

fn is_named_id(path: &[Seg]) -> bool {
    let Some(Seg::Name(name)) = path.last() else { return false };
    let name = name.to_ascii_lowercase();
    ["id", "key", "uuid"].contains(&name.as_str())
}

fn scalars(value: &Tree, path: &mut Vec<Seg>, found: &mut Vec<Vec<Seg>>) {
    match value {
        Tree::Object(members) => {
            for (name, member) in members.iter() {
                path.push(Seg::Name(name.clone()));
                scalars(member, path, found);
                path.pop();
            }
        }
        value if scalar_text(value).is_some() => found.push(path.clone()),
        _ => {}
    }
}

fn is_in_order(ins: &[&Tree], of_input: &[Seg], outs: &[&Tree], of_output: &[Seg]) -> bool {
    let ins: BTreeMap<&str, usize> =
        texts_at(ins, of_input).enumerate().map(|(at, text)| (text, at)).collect();
    texts_at(outs, of_output).filter_map(|text| ins.get(text)).is_sorted()
}
