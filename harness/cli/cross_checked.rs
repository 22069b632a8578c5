//! What the second engine says of a mapping: where the two disagree, and what it could not be asked of.

use std::collections::BTreeMap;

use mapping::cross_check::{CrossCheck, Disagreement, cross_check};
use mapping::mapping::{LIMITS, Mapping};
use report::mappings::{Finding, Level, NOT_CROSS_CHECKED, position};
use report::run::counted;
use serde_json::Map;

use crate::judge::MappingInput;

/// Pairs whose disagreement is narrowed to the expression that it comes from; each costs up to 130 evaluations.
pub const NARROWED_MAX: u64 = 50;

/// The two engines on one mapping.
#[derive(Debug, Default)]
pub struct CrossChecked {
    /// By where the smallest expression that differs begins and how it reads.
    disagreements: BTreeMap<((usize, usize), String), Found>,
    /// Inputs on which the engines disagreed, those that were not narrowed too.
    disagreeing: u64,
    alone: Option<Alone>,
}

#[derive(Debug)]
struct Found {
    inputs: u64,
    pair: String,
    first: Disagreement,
}

/// Pairs that one engine alone evaluated, though both were asked for.
#[derive(Debug)]
struct Alone {
    why: String,
    pairs: u64,
    pair: String,
}

impl CrossChecked {
    /// Counts a pair that was not cross-checked, and why.
    pub fn count_alone(&mut self, why: &str, pair: &str) {
        let alone =
            self.alone.get_or_insert_with(|| Alone { why: why.to_owned(), pairs: 0, pair: pair.to_owned() });
        alone.pairs += 1;
    }

    /// Finds the smallest expression of which the engines make different values on an input.
    pub fn narrow(&mut self, mapping: &Mapping, input: &MappingInput, pair: &str) {
        self.disagreeing += 1;
        if self.disagreeing > NARROWED_MAX {
            return;
        }
        let checked = cross_check(mapping, Some(&input.text), &Map::new(), input.now_ms, &LIMITS);
        if let CrossCheck::Disagree(found) = checked {
            let place = (found.position, found.expression.clone());
            let known = self.disagreements.entry(place).or_insert_with(|| Found {
                inputs: 0,
                pair: pair.to_owned(),
                first: *found,
            });
            known.inputs += 1;
        }
    }

    /// A finding each expression on which the engines disagree, and one that says what was not asked.
    pub fn findings(&self, source: &str) -> Vec<Finding> {
        let alone = self.alone.as_ref().map(|alone| alone.finding(source));
        let cut = if self.disagreeing > NARROWED_MAX {
            format!(" of the first {NARROWED_MAX} that were looked at")
        } else {
            String::new()
        };
        let disagreements = self.disagreements.iter().map(|(((line, column), expression), found)| {
            let start = offset(source, *line, *column);
            let span = start..(start + expression.len()).min(source.len());
            let (end_line, end_column) = position(source, span.end);
            Finding {
                rule: "engine_disagreement".to_owned(),
                about: "The native engine and the oracle make different values of an expression.".to_owned(),
                level: Level::Warning,
                span,
                line: *line,
                column: *column,
                end_line,
                end_column,
                message: format!(
                    "{}, on {}{cut}, first of {}",
                    found.first,
                    counted(found.inputs, "input", "inputs"),
                    found.pair
                ),
                help: "such pairs are undecided; write it so that both agree, or, if production has the oracle's \
                       version, take engine = \"oracle\""
                    .to_owned(),
            }
        });
        disagreements.chain(alone).collect()
    }
}

impl Alone {
    fn finding(&self, source: &str) -> Finding {
        let end = source.lines().next().map_or(0, str::len);
        let (end_line, end_column) = position(source, end);
        Finding {
            rule: NOT_CROSS_CHECKED.to_owned(),
            about: "Two engines were asked for, and the oracle was absent.".to_owned(),
            level: Level::Warning,
            span: 0..end,
            line: 1,
            column: 1,
            end_line,
            end_column,
            message: format!(
                "the oracle was absent, so the native engine alone evaluated {}, such as {}",
                counted(self.pairs, "pair", "pairs"),
                self.pair
            ),
            help: self.why.clone(),
        }
    }
}

/// The byte at a line and a column, both from 1; the column counts characters.
fn offset(source: &str, line: usize, column: usize) -> usize {
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = source.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at)
}
