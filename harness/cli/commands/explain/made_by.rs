//! Which expression of the mapping made what differs, and what it read to make it.

use std::collections::BTreeMap;

use compare::difference::{Difference, Place as Part};
use compare::model::Pair;
use mapping::mapping::{LIMITS, Mapping};
use mapping::provenance::{Evaluated, Nearness, Place, Provenance, ReadValue, reads};
use report::visible;
use serde_json::{Value, json};

use crate::judge::{MappingInput, Which, inputs};
use crate::plan::{Plan, Planned};

/// An expression is cut here: its place says where to read on.
const EXPRESSION_CHARS_MAX: usize = 100;

/// A value that was read is cut here.
const VALUE_CHARS_MAX: usize = 200;

/// The mapping of a pair, ready to be asked.
pub struct Makers<'p> {
    file: &'p str,
    mapping: &'p Mapping,
    provenance: Provenance,
    inputs: Vec<MappingInput>,
    /// By an expression's place: what it did, page by page.
    seen: BTreeMap<(usize, usize), Vec<Evaluated>>,
}

/// What made a value.
pub struct Maker {
    /// `file:line:column`.
    place: String,
    file: String,
    line: usize,
    column: usize,
    expression: String,
    nearness: Nearness,
    reads: Vec<ReadValue>,
}

impl<'p> Makers<'p> {
    /// Of a pair that is mapped; `None` of one that is not.
    pub fn of(pair: &Pair, operation: &'p Planned, plan: &Plan) -> Option<Makers<'p>> {
        let inputs = inputs(pair, operation, plan.now_ms);
        let (file, mapping) = match inputs.first()?.which {
            Which::Mapping => (operation.info.mapping.as_deref()?, operation.mapping.as_ref()?),
            Which::ErrorMapping => {
                (operation.error_mapping_file.as_deref()?, operation.error_mapping.as_ref()?)
            }
        };
        let provenance = Provenance::of(mapping.source())?;
        Some(Makers { file, mapping, provenance, inputs, seen: BTreeMap::new() })
    }

    /// What made what differs: new's value, or that there is none.
    pub fn of_difference(&mut self, difference: &Difference) -> Option<Maker> {
        if difference.place != Part::Body {
            return None;
        }
        let path = difference.new_path.as_ref().unwrap_or(&difference.path);
        let place = self.provenance.blame(path)?;
        let reads = match place.nearness {
            Nearness::Exact => self.read(&place, difference, path),
            Nearness::Enclosing => Vec::new(),
        };
        let text = self.provenance.text(&place).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Maker {
            place: format!("{}:{}:{}", self.file, place.line, place.column),
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            expression: visible::short(&text, EXPRESSION_CHARS_MAX),
            nearness: place.nearness,
            reads,
        })
    }

    /// What the expression read when it made new's value: of several times the one that the path's first index
    /// names, else the first.
    fn read(&mut self, place: &Place, difference: &Difference, path: &str) -> Vec<ReadValue> {
        let seen = self.seen.entry((place.span.start, place.span.end)).or_insert_with(|| {
            let of_page = |input: &MappingInput| {
                // What could not be evaluated is said to be undecided elsewhere.
                reads(self.mapping, place, &input.text, input.now_ms, &LIMITS).unwrap_or_default()
            };
            self.inputs.iter().flat_map(of_page).collect()
        });
        let new = match &difference.new {
            None => None,
            Some(text) => match serde_json::from_str::<Value>(text) {
                Ok(value) => Some(value),
                // A long value is cut in a difference.
                Err(_) => return Vec::new(),
            },
        };
        let is_it = |evaluated: &&Evaluated| same(evaluated.value.as_ref(), new.as_ref());
        let index = path.split_once('[').and_then(|(_, rest)| rest.split_once(']')?.0.parse::<usize>().ok());
        let named = index.and_then(|index| seen.get(index)).filter(is_it);
        named.or_else(|| seen.iter().find(is_it)).map_or(Vec::new(), |evaluated| evaluated.reads.clone())
    }
}

/// Numbers are compared as the doubles that they are in a mapping.
fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => left.as_f64() == right.as_f64(),
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same(Some(left), Some(right)))
        }
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            left.len() == right.len() && left.iter().all(|(name, left)| same(Some(left), right.get(name)))
        }
        (left, right) => left == right,
    }
}

impl Maker {
    /// The lines for a terminal.
    pub fn lines(&self) -> Vec<String> {
        let verb = match self.nearness {
            Nearness::Exact => "made by ",
            Nearness::Enclosing => "made in ",
        };
        let first = format!("{verb}{}  {}", visible::one_line(&self.place), self.expression);
        let read =
            |read: &ReadValue| format!("  read  {} = {}", visible::one_line(&read.expression), value(read));
        std::iter::once(first).chain(self.reads.iter().map(read)).collect()
    }

    /// As `--format json` prints it.
    pub fn json(&self) -> Value {
        let read = |read: &ReadValue| {
            json!({
                "expression": read.expression, "line": read.line, "column": read.column, "value": read.value,
                "found": read.value.is_some(),
            })
        };
        json!({
            "file": self.file, "line": self.line, "column": self.column, "expression": self.expression,
            "exact": self.nearness == Nearness::Exact,
            "reads": self.reads.iter().map(read).collect::<Vec<_>>(),
        })
    }
}

fn value(read: &ReadValue) -> String {
    let value = read.value.as_ref().map_or("(absent)".to_owned(), ToString::to_string);
    visible::short(&value, VALUE_CHARS_MAX)
}
