//! The paths of all pairs, numbered, and which cells of them one pair shows.
//!
//! A path's number is also that of its word of cells: each case of the path is a bit. What has no path of its own, such
//! as a difference or a verdict, is a fact; facts have the words behind.

use std::collections::{BTreeMap, BTreeSet};

use compare::model::Pair;
use compare::path::push_name;
use compare::tape::{Tape, Type, Value};

use super::node::{Keys, Node, Values};
use super::{PAIRS_OF_VALUE_MIN, Place, Shapes, VALUES_MAX, Whose, bodies};
use crate::cover::Cells;

/// Facts of all operations together; those beyond are not told apart.
pub const FACTS_MAX: usize = 100_000;

/// The cases of a path but for the values of an enumeration: their bit and their word.
const CASES: [(u32, &str); 13] = [
    (NULL, "null"),
    (ABSENT, "absent"),
    (TRUE, "true"),
    (FALSE, "false"),
    (WHOLE, "number"),
    (FRACTION, "number with fraction or exponent"),
    (TEXT, "text"),
    (EMPTY, "empty text"),
    (OBJECT, "object"),
    (EMPTY_OBJECT, "empty object"),
    (NONE, "list of none"),
    (ONE, "list of one"),
    (SEVERAL, "list of several"),
];
const NULL: u32 = 0;
const ABSENT: u32 = 1;
const TRUE: u32 = 2;
const FALSE: u32 = 3;
const WHOLE: u32 = 4;
const FRACTION: u32 = 5;
const TEXT: u32 = 6;
const EMPTY: u32 = 7;
const OBJECT: u32 = 8;
const EMPTY_OBJECT: u32 = 9;
const NONE: u32 = 10;
const ONE: u32 = 11;
const SEVERAL: u32 = 12;
/// The first value of an enumeration.
const VALUE: u32 = 16;
const _: () = assert!(VALUE as usize + VALUES_MAX <= u64::BITS as usize, "every case of a path has a bit");

/// What a cell is, for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// One case of a path.
    Case {
        /// Whose answer.
        whose: Whose,
        /// With which status; `None` for what a webhook delivered.
        status: Option<u16>,
        /// `$.data[*].name`
        path: String,
        /// `null`, `list of one`, `"active"` …
        case: String,
    },
    /// What is no case of a path.
    Fact(String),
}

/// The paths of all pairs, numbered.
#[derive(Debug, Default)]
pub struct Outline {
    places: BTreeMap<Place, u32>,
    paths: Vec<Path>,
}

#[derive(Debug, Default)]
struct Path {
    /// The number of the path above; its own where there is none.
    above: u32,
    step: Step,
    keys: Below,
    element: Option<u32>,
    /// Of an enumeration, sorted.
    values: Vec<Box<str>>,
}

#[derive(Debug, Default)]
enum Step {
    #[default]
    Root,
    Key(Box<str>),
    AnyKey,
    Element,
}

#[derive(Debug)]
enum Below {
    /// Sorted.
    Fields(Vec<(Box<str>, u32)>),
    Map(u32),
}

impl Default for Below {
    fn default() -> Self {
        Below::Fields(Vec::new())
    }
}

/// Whether the values at a path may be an enumeration's.
#[derive(Clone, Copy)]
enum Enumerations {
    Looked,
    /// Below the keys of a map: in how many pairs a value comes is not known there.
    Not,
}

impl Outline {
    /// Numbers the paths, in their order.
    pub fn of(shapes: Shapes) -> Outline {
        let mut outline = Outline::default();
        for (place, node) in shapes.places {
            let root = outline.number(node, 0, Step::Root, Enumerations::Looked);
            outline.paths[root as usize].above = root;
            outline.places.insert(place, root);
        }
        outline
    }

    fn number(&mut self, node: Node, above: u32, step: Step, enumerations: Enumerations) -> u32 {
        let number = self.paths.len() as u32;
        let values = match (enumerations, node.values) {
            (Enumerations::Looked, Values::Few(values))
                if node.pairs >= PAIRS_OF_VALUE_MIN * values.len() as u64 =>
            {
                values.into_iter().collect()
            }
            (Enumerations::Looked | Enumerations::Not, Values::Few(_) | Values::Many) => Vec::new(),
        };
        self.paths.push(Path { above, step, values, ..Path::default() });
        let keys = match node.keys {
            Keys::Fields(fields) => {
                let below = fields.into_iter().map(|(key, node)| {
                    let number = self.number(node, number, Step::Key(key.clone()), enumerations);
                    (key, number)
                });
                Below::Fields(below.collect())
            }
            Keys::Map(node) => Below::Map(self.number(*node, number, Step::AnyKey, Enumerations::Not)),
        };
        let element = node.element.map(|node| self.number(*node, number, Step::Element, enumerations));
        let path = &mut self.paths[number as usize];
        (path.keys, path.element) = (keys, element);
        number
    }

    /// How many paths there are.
    pub fn paths(&self) -> usize {
        self.paths.len()
    }

    /// The cells of a pair's bodies.
    pub fn cells(&self, pair: &Pair, tape: &mut Tape, sheet: &mut Sheet) -> Cells {
        sheet.bits.resize(self.paths.len(), 0);
        for (place, text) in bodies(pair) {
            if let (Some(root), Ok(body)) = (self.places.get(&place), tape.parse(text)) {
                self.walk(body.root(), *root, sheet);
            }
        }
        let words = sheet.touched.drain(..);
        Cells::new(words.map(|path| (path, std::mem::take(&mut sheet.bits[path as usize]))).collect())
    }

    fn walk(&self, value: Value<'_>, at: u32, sheet: &mut Sheet) {
        let path = &self.paths[at as usize];
        match value.kind() {
            Type::Null => sheet.mark(at, NULL),
            Type::True => sheet.mark(at, TRUE),
            Type::False => sheet.mark(at, FALSE),
            Type::Number => {
                let is_whole = value.raw().bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
                sheet.mark(at, if is_whole { WHOLE } else { FRACTION });
                path.mark_value(value, at, sheet);
            }
            Type::String => {
                sheet.mark(at, if value.raw().len() == 2 { EMPTY } else { TEXT });
                path.mark_value(value, at, sheet);
            }
            Type::Array => {
                let mut length = 0;
                for element in value.elements() {
                    length += 1;
                    path.element.into_iter().for_each(|below| self.walk(element, below, sheet));
                }
                sheet.mark(at, [NONE, ONE, SEVERAL][length.min(2)]);
            }
            Type::Object => self.walk_object(value, at, sheet),
        }
    }

    fn walk_object(&self, value: Value<'_>, at: u32, sheet: &mut Sheet) {
        let mut is_empty = true;
        match &self.paths[at as usize].keys {
            Below::Map(below) => value.members().for_each(|(_, member)| {
                is_empty = false;
                self.walk(member, *below, sheet);
            }),
            Below::Fields(fields) => {
                let mut there = vec![false; fields.len()];
                for (key, member) in value.members() {
                    is_empty = false;
                    let key = key.text();
                    if let Ok(index) = fields.binary_search_by(|(field, _)| (**field).cmp(&*key)) {
                        there[index] = true;
                        self.walk(member, fields[index].1, sheet);
                    }
                }
                let absent = fields.iter().zip(there).filter(|(_, is_there)| !is_there);
                absent.for_each(|((_, below), _)| sheet.mark(*below, ABSENT));
            }
        }
        sheet.mark(at, if is_empty { EMPTY_OBJECT } else { OBJECT });
    }

    /// What cells are, sorted.
    pub fn told(&self, cells: &Cells, facts: &Facts) -> BTreeSet<Shown> {
        let facts: BTreeMap<u32, &str> = facts.by_number();
        let told = cells.iter().map(|(word, bit)| match word.checked_sub(self.paths.len() as u32) {
            Some(word) => {
                let fact = facts.get(&(word * u64::BITS + bit));
                Shown::Fact(fact.copied().unwrap_or_default().to_owned())
            }
            None => self.case(word, bit),
        });
        told.collect()
    }

    fn case(&self, number: u32, bit: u32) -> Shown {
        let mut at = number;
        let mut steps = Vec::new();
        while let path @ Path { step: Step::Key(_) | Step::AnyKey | Step::Element, .. } =
            &self.paths[at as usize]
        {
            steps.push(&path.step);
            at = path.above;
        }
        let mut text = "$".to_owned();
        for step in steps.into_iter().rev() {
            match step {
                Step::Root => {}
                Step::Key(key) => push_name(&mut text, key),
                Step::AnyKey => text.push_str(".*"),
                Step::Element => text.push_str("[*]"),
            }
        }
        let known = CASES.iter().find(|(case, _)| *case == bit).map(|(_, word)| (*word).to_owned());
        let value = || self.paths[number as usize].values.get(bit.checked_sub(VALUE)? as usize);
        let case = known.or_else(|| value().map(|value| value.to_string())).unwrap_or_default();
        let place = self.places.iter().find(|(_, root)| **root == at).map(|(place, _)| place);
        let (whose, status) = place.map_or((Whose::Legacy, None), |place| (place.whose, place.status));
        Shown::Case { whose, status, path: text, case }
    }
}

impl Path {
    fn mark_value(&self, value: Value<'_>, at: u32, sheet: &mut Sheet) {
        let found = self.values.binary_search_by(|known| (**known).cmp(value.raw()));
        if let Ok(index) = found {
            sheet.mark(at, VALUE + index as u32);
        }
    }
}

/// What pairs show that has no path, numbered in the order in which it is met.
#[derive(Debug)]
pub struct Facts {
    /// The words before are those of paths.
    first_word: u32,
    numbers: BTreeMap<String, u32>,
    left_out: u64,
}

impl Facts {
    /// None yet; their cells are behind those of the outline's paths.
    pub fn behind(outline: &Outline) -> Facts {
        Facts { first_word: outline.paths.len() as u32, numbers: BTreeMap::new(), left_out: 0 }
    }

    /// The cells of an operation's facts. What is new gets a number while there is room.
    pub fn cells<'f>(&mut self, operation: &str, facts: impl IntoIterator<Item = &'f String>) -> Cells {
        let mut words = Vec::new();
        for fact in facts {
            // An operation's name has no blank in it.
            let named = format!("{operation} {fact}");
            let next = self.numbers.len();
            let number = match self.numbers.get(&named) {
                Some(number) => *number,
                None if next == FACTS_MAX => {
                    self.left_out += 1;
                    continue;
                }
                None => {
                    self.numbers.insert(named, next as u32);
                    next as u32
                }
            };
            words.push((self.first_word + number / u64::BITS, 1 << (number % u64::BITS)));
        }
        Cells::new(words)
    }

    /// How often a fact was met for which there was no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn by_number(&self) -> BTreeMap<u32, &str> {
        let fact = |named: &'_ String| named.find(' ').map_or(0, |at| at + 1);
        self.numbers.iter().map(|(named, number)| (*number, &named[fact(named)..])).collect()
    }
}

/// What one pair shows, while it is looked at; kept from pair to pair.
#[derive(Debug, Default)]
pub struct Sheet {
    bits: Vec<u64>,
    touched: Vec<u32>,
}

impl Sheet {
    fn mark(&mut self, path: u32, bit: u32) {
        let bits = &mut self.bits[path as usize];
        if *bits == 0 {
            self.touched.push(path);
        }
        *bits |= 1 << bit;
    }
}
