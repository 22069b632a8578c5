//! What recordings show of each field of an input: types, absence, enumerations, lengths, ranges; and which states
//! of two fields occur together.

use std::collections::BTreeMap;

use crate::tree::{Seg, Tree};

/// Fields that are told apart; an item with more is keyed by data.
pub const FIELDS_MAX: usize = 256;

/// Distinct values of a field that are kept, to be put where another item has another.
pub const VALUES_MAX: usize = 128;

/// Values of a text that make an enumeration, each seen this often on average.
const ENUM_VALUES_MAX: usize = 12;
const ENUM_REPEATS_MIN: usize = 3;

/// States of a field that are told apart.
const STATES: usize = 32;
const ENUM_STATE: usize = 16;

/// One field of an item: a path of names, with `[*]` for the elements of lists in it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// From the item down.
    pub path: Vec<Seg>,
    /// How often there was an object that could have it.
    pub holders: usize,
    /// How often it was there.
    pub seen: usize,
    /// `null`.
    pub nulls: usize,
    /// `""`.
    pub empties: usize,
    /// `false`, `true`.
    pub bools: [usize; 2],
    /// Numbers.
    pub numbers: Numbers,
    /// Texts that are not empty.
    pub texts: usize,
    /// Lists of none, one, more.
    pub lists: [usize; 3],
    /// The longest list.
    pub longest: usize,
    /// Objects.
    pub objects: usize,
    /// Distinct values but null, in the order in which they were met.
    pub values: Vec<Tree>,
    /// How often each was met.
    counts: Vec<usize>,
}

/// The numbers of a field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    /// How many.
    pub count: usize,
    /// The least.
    pub least: f64,
    /// The largest.
    pub most: f64,
    /// Digits behind the point, at most.
    pub decimals: usize,
}

impl Field {
    /// How often it could have been there and was not.
    pub fn absences(&self) -> usize {
        self.holders - self.seen.min(self.holders)
    }

    /// A text that is one of few.
    pub fn is_enum(&self) -> bool {
        let texts = self.values.iter().filter(|value| matches!(value, Tree::Text(_))).count();
        (1..=ENUM_VALUES_MAX).contains(&texts) && self.texts >= texts * ENUM_REPEATS_MIN
    }

    /// Whether every value that is not null has the type of this one.
    pub fn is_only(&self, is: impl Fn(&Tree) -> bool) -> bool {
        !self.values.is_empty() && self.values.iter().all(is)
    }

    /// It lies in no list.
    pub fn is_single(&self) -> bool {
        !self.path.contains(&Seg::Each)
    }

    fn add(&mut self, value: &Tree, is_kept: bool) {
        self.seen += 1;
        match value {
            Tree::Null => {
                self.nulls += 1;
                return;
            }
            Tree::Bool(is) => self.bools[usize::from(*is)] += 1,
            Tree::Number(text) => self.numbers.add(text),
            Tree::Text(text) if text.is_empty() => self.empties += 1,
            Tree::Text(_) => self.texts += 1,
            Tree::List(items) => {
                self.lists[items.len().min(2)] += 1;
                self.longest = self.longest.max(items.len());
            }
            Tree::Object(_) => self.objects += 1,
        }
        if !is_kept {
            return;
        }
        match self.values.iter().position(|known| known == value) {
            Some(at) => self.counts[at] += 1,
            None if self.values.len() < VALUES_MAX => {
                self.values.push(value.clone());
                self.counts.push(1);
            }
            None => {}
        }
    }

    fn state(&self, is_enum: bool, value: Option<&Tree>) -> usize {
        match value {
            None => 0,
            Some(Tree::Null) => 1,
            Some(Tree::Text(text)) if text.is_empty() => 2,
            Some(Tree::Bool(is)) => 3 + usize::from(*is),
            Some(Tree::Number(text)) => match text.parse::<f64>() {
                Ok(number) if number < 0.0 => 5,
                Ok(0.0) => 6,
                _ => 7,
            },
            // One element or many is what a mapping must not care about.
            Some(Tree::List(items)) => 8 + items.len().min(1),
            Some(Tree::Object(_)) => 11,
            Some(text @ Tree::Text(_)) if is_enum => {
                let place = self.values.iter().position(|known| known == text);
                place.map_or(12, |place| (ENUM_STATE + place).min(STATES - 1))
            }
            Some(Tree::Text(_)) => 12,
        }
    }
}

impl Numbers {
    fn add(&mut self, text: &str) {
        let Ok(number) = text.parse::<f64>() else { return };
        let decimals = text
            .split_once('.')
            .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count().min(9));
        if self.count == 0 {
            (self.least, self.most) = (number, number);
        }
        self.count += 1;
        self.least = self.least.min(number);
        self.most = self.most.max(number);
        self.decimals = self.decimals.max(decimals);
    }
}

/// The fields of items of one kind.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Each once, an object before what is in it.
    pub all: Vec<Field>,
    index: BTreeMap<Vec<Seg>, usize>,
    /// Fields that have the same value wherever both have one: what names one thing twice.
    linked: Vec<Vec<usize>>,
    enums: Vec<bool>,
    together: Vec<u64>,
    /// Whether more fields than are told apart were met.
    pub is_cut: bool,
}

impl Fields {
    /// Of values, without what occurs together.
    pub fn survey<'t>(items: impl Iterator<Item = &'t Tree>) -> Fields {
        let mut fields = Fields::default();
        for item in items {
            // The item itself is a field too: members may be added to it.
            fields.met(&mut Vec::new(), item);
        }
        fields.count_holders();
        fields
    }

    /// Of items.
    pub fn of<'t>(items: impl Iterator<Item = &'t Tree> + Clone) -> Fields {
        let mut fields = Fields::survey(items.clone());
        fields.enums = fields.all.iter().map(Field::is_enum).collect();
        let side = fields.all.len() * STATES;
        fields.together = vec![0; (side * side).div_ceil(64)];
        let mut same = SameValues::new(&fields);
        for item in items {
            let states = fields.states(item);
            for (at, one) in states.iter().enumerate() {
                for other in &states[..at] {
                    fields.mark(*one, *other);
                }
            }
            same.add(&fields, item);
        }
        fields.linked = same.linked();
        fields
    }

    /// The index of a path.
    pub fn find(&self, path: &[Seg]) -> Option<usize> {
        self.index.get(path).copied()
    }

    /// Fields that name the same thing as this one, itself among them.
    pub fn linked(&self, field: usize) -> &[usize] {
        self.linked.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether any two states of an item's fields, one of them of a field that was changed, were met together in a
    /// recording. A text or a number that is no enumeration has one state, whatever it says.
    pub fn is_met(&self, item: &Tree, is_changed: impl Fn(&Field) -> bool) -> bool {
        let states = self.states(item);
        let mut singles = self.all.iter().filter(|field| field.is_single());
        let changed: Vec<bool> = singles.by_ref().map(is_changed).collect();
        states.iter().enumerate().filter(|(at, _)| changed[*at]).all(|(at, one)| {
            states.iter().enumerate().all(|(other_at, other)| at == other_at || self.are_met(*one, *other))
        })
    }

    fn walk(&mut self, value: &Tree, path: &mut Vec<Seg>) {
        let depth = path.len();
        match value {
            Tree::Object(members) => {
                for (at, (name, member)) in members.iter().enumerate() {
                    // A name that stands twice is met once.
                    if members[..at].iter().any(|(known, _)| known == name) {
                        continue;
                    }
                    path.push(Seg::Name(name.clone()));
                    self.met(path, member);
                    path.truncate(depth);
                }
            }
            Tree::List(items) => {
                path.push(Seg::Each);
                items.iter().for_each(|item| self.met(path, item));
                path.truncate(depth);
            }
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
        }
    }

    fn met(&mut self, path: &mut Vec<Seg>, value: &Tree) {
        let at = match self.index.get(path.as_slice()) {
            Some(at) => *at,
            None if self.all.len() < FIELDS_MAX => {
                self.all.push(Field { path: path.clone(), ..Field::default() });
                self.index.insert(path.clone(), self.all.len() - 1);
                self.all.len() - 1
            }
            None => {
                self.is_cut = true;
                return;
            }
        };
        self.all[at].add(value, !path.is_empty());
        self.walk(value, path);
    }

    /// Once all are met: how many objects could have had each.
    fn count_holders(&mut self) {
        for at in 0..self.all.len() {
            let field = &self.all[at];
            self.all[at].holders = match field.path.split_last() {
                None | Some((Seg::Each | Seg::At(_), _)) => field.seen,
                Some((_, above)) => self.index.get(above).map_or(0, |above| self.all[*above].objects),
            };
        }
    }

    /// By single field, the number of its state among all states.
    fn states(&self, item: &Tree) -> Vec<usize> {
        let singles = self.all.iter().enumerate().filter(|(_, field)| field.is_single());
        let state =
            |(at, field): (usize, &Field)| at * STATES + field.state(self.enums[at], item.at(&field.path));
        singles.map(state).collect()
    }

    fn mark(&mut self, one: usize, other: usize) {
        let at = self.bit(one, other);
        self.together[at / 64] |= 1 << (at % 64);
    }

    fn are_met(&self, one: usize, other: usize) -> bool {
        let at = self.bit(one, other);
        self.together[at / 64] & (1 << (at % 64)) != 0
    }

    fn bit(&self, one: usize, other: usize) -> usize {
        one.max(other) * self.all.len() * STATES + one.min(other)
    }
}

/// Which fields always say the same.
struct SameValues {
    scalars: Vec<usize>,
    /// By pair of scalar fields: how often they were equal; nothing once they were not.
    equal: Vec<Option<usize>>,
    fields: usize,
}

/// Values that two fields must share before they are held to name one thing.
const LINKED_MIN: usize = 3;

impl SameValues {
    fn new(fields: &Fields) -> SameValues {
        let is_scalar = |field: &Field| field.is_single() && field.texts + field.numbers.count > 0;
        let telling = |field: &Field| is_scalar(field) && field.values.len() >= LINKED_MIN;
        let scalars: Vec<usize> = (0..fields.all.len()).filter(|at| telling(&fields.all[*at])).collect();
        let pairs = scalars.len() * scalars.len();
        SameValues { scalars, equal: vec![Some(0); pairs], fields: fields.all.len() }
    }

    fn add(&mut self, fields: &Fields, item: &Tree) {
        let texts: Vec<Option<&str>> =
            self.scalars.iter().map(|field| scalar_text(item.at(&fields.all[*field].path)?)).collect();
        let width = self.scalars.len();
        for (one, text) in texts.iter().enumerate() {
            for (other, other_text) in texts[..one].iter().enumerate() {
                let count = &mut self.equal[one * width + other];
                match (text, other_text) {
                    (Some(text), Some(other)) if text == other => {
                        if let Some(count) = count {
                            *count += 1;
                        }
                    }
                    (Some(_), Some(_)) => *count = None,
                    _ => {}
                }
            }
        }
    }

    fn linked(&self) -> Vec<Vec<usize>> {
        let mut linked: Vec<Vec<usize>> = (0..self.fields).map(|field| vec![field]).collect();
        let width = self.scalars.len();
        for one in 0..width {
            for other in 0..one {
                if self.equal[one * width + other].is_some_and(|count| count >= LINKED_MIN) {
                    linked[self.scalars[one]].push(self.scalars[other]);
                    linked[self.scalars[other]].push(self.scalars[one]);
                }
            }
        }
        linked
    }
}

/// What a number or a text that is not empty says.
pub fn scalar_text(value: &Tree) -> Option<&str> {
    match value {
        Tree::Number(text) => Some(text),
        Tree::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}
