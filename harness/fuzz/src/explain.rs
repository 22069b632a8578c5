//! Which field of an input a value of legacy's is made from, as far as every recording bears it out.
//!
//! Only relations that are visible in the values themselves are taken for proven: the same value, its text, the same
//! moment. That two fields happen to go together proves nothing.

use compare::instant;

use crate::fields::{Fields, scalar_text};
use crate::tree::{Seg, Tree};

/// Distinct values that must bear a relation out.
const VALUES_MIN: usize = 3;

/// Items without another value before one is taken for constant.
const CONSTANT_MIN: usize = 3;

/// How a value of legacy's comes of a field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the field's value.
    Same,
    /// It is the text of the field's number.
    TextOfNumber,
    /// It is the field's moment in UTC with milliseconds.
    Millis,
    /// It is the field's moment in UTC with seconds.
    Seconds,
}

impl Relation {
    const ALL: [Relation; 4] = [Relation::Same, Relation::TextOfNumber, Relation::Millis, Relation::Seconds];

    /// What a value that says something becomes.
    pub fn apply(self, value: &Tree) -> Option<Tree> {
        match (self, value) {
            (Relation::Same, _) => Some(value.clone()),
            (Relation::TextOfNumber, Tree::Number(text)) => Some(Tree::Text(text.clone())),
            (Relation::Millis | Relation::Seconds, Tree::Text(text)) => {
                let nanoseconds = instant::of_text(text)?;
                let whole = instant::spell(nanoseconds - nanoseconds.rem_euclid(1_000_000_000))?;
                let whole = whole.strip_suffix('Z')?;
                let millis = nanoseconds.rem_euclid(1_000_000_000) / 1_000_000;
                Some(Tree::text(match self {
                    Relation::Millis => format!("{whole}.{millis:03}Z"),
                    _ => format!("{whole}Z"),
                }))
            }
            _ => None,
        }
    }
}

/// What is known of one value of legacy's items.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Within legacy's item; a list is one value.
    pub path: Vec<Seg>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value of legacy's items comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// It is the same in every item.
    Constant(Option<Tree>),
    /// From any of these fields, which every recording bears out.
    From(Vec<Source>),
    /// Nothing bears anything out.
    Unknown,
}

/// A field that a value may come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its index among the input's fields.
    pub field: usize,
    /// How.
    pub relation: Relation,
    /// What became of absent, null, the empty text, false and true, where that was seen.
    pub of_states: [Option<Option<Tree>>; 5],
}

/// The states that say nothing by themselves.
pub fn state_of(value: Option<&Tree>) -> Option<usize> {
    match value {
        None => Some(0),
        Some(Tree::Null) => Some(1),
        Some(Tree::Text(text)) if text.is_empty() => Some(2),
        Some(Tree::Bool(is)) => Some(3 + usize::from(*is)),
        Some(_) => None,
    }
}

impl Source {
    /// What a value becomes; nothing where no recording tells.
    pub fn expected(&self, value: Option<&Tree>) -> Option<Option<Tree>> {
        match (state_of(value), value) {
            (Some(state), _) => self.of_states[state].clone(),
            (None, Some(value)) => self.relation.apply(value).map(Some),
            (None, None) => None,
        }
    }
}

/// Looks for the origin of each value of legacy's items.
pub fn explain(fields: &Fields, items: &[(&Tree, &Tree)]) -> Vec<Unit> {
    let mut paths: Vec<Vec<Seg>> = Vec::new();
    for (_, legacy) in items {
        units(legacy, &mut Vec::new(), &mut paths);
    }
    paths.sort();
    paths.dedup();
    // A value that is an object in one item and none in another is one value.
    let is_above =
        |path: &[Seg]| paths.iter().any(|other| other.len() > path.len() && other.starts_with(path));
    let paths: Vec<Vec<Seg>> = paths.iter().filter(|path| !is_above(path)).cloned().collect();
    paths.into_iter().map(|path| Unit { origin: origin(fields, items, &path), path }).collect()
}

fn units(value: &Tree, path: &mut Vec<Seg>, found: &mut Vec<Vec<Seg>>) {
    match value {
        Tree::Object(members) if !members.is_empty() => {
            for (name, member) in members.iter() {
                path.push(Seg::Name(name.clone()));
                units(member, path, found);
                path.pop();
            }
        }
        _ => found.push(path.clone()),
    }
}

fn origin(fields: &Fields, items: &[(&Tree, &Tree)], path: &[Seg]) -> Origin {
    let values: Vec<Option<&Tree>> = items.iter().map(|(_, legacy)| legacy.at(path)).collect();
    if values.len() >= CONSTANT_MIN && values.iter().all(|value| *value == values[0]) {
        return Origin::Constant(values[0].cloned());
    }
    let singles = (0..fields.all.len()).filter(|field| fields.all[*field].is_single());
    let sources: Vec<Source> = singles.filter_map(|field| source(fields, field, items, &values)).collect();
    if sources.is_empty() { Origin::Unknown } else { Origin::From(sources) }
}

fn source(
    fields: &Fields,
    field: usize,
    items: &[(&Tree, &Tree)],
    values: &[Option<&Tree>],
) -> Option<Source> {
    let path = &fields.all[field].path;
    let inputs: Vec<Option<&Tree>> = items.iter().map(|(input, _)| input.at(path)).collect();
    let relation = Relation::ALL.into_iter().find(|relation| bears_out(*relation, &inputs, values))?;
    let mut of_states: [Option<Option<Tree>>; 5] = Default::default();
    for (input, value) in inputs.iter().zip(values) {
        let Some(state) = state_of(*input) else { continue };
        match &of_states[state] {
            Some(known) if known.as_ref() != *value => return None,
            Some(_) => {}
            None => of_states[state] = Some(value.cloned()),
        }
    }
    Some(Source { field, relation, of_states })
}

fn bears_out(relation: Relation, inputs: &[Option<&Tree>], values: &[Option<&Tree>]) -> bool {
    let mut told: Vec<&Tree> = Vec::new();
    for (input, value) in inputs.iter().zip(values) {
        let says = input.filter(|input| scalar_text(input).is_some() || matches!(input, Tree::List(_)));
        let Some(says) = says else {
            if state_of(*input).is_none() {
                return false;
            }
            continue;
        };
        if input.and_then(|input| relation.apply(input)).as_ref() != *value {
            return false;
        }
        if told.len() < VALUES_MIN && !told.contains(&says) {
            told.push(says);
        }
    }
    told.len() >= VALUES_MIN
}
