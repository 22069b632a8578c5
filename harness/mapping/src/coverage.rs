//! Which parts of a mapping evidence has exercised: each sub-expression, and both branches of each condition.
//!
//! Counted by the native engine's own tracer, so that nothing is edited and nothing can mean something else. What
//! only the oracle evaluates is not measured, and said so. A call in tail position is counted when it is made; whether
//! it came to a value is not known to the tracer.

mod outline;
mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jlens_core::ast::Node;
use jlens_core::audit::{Branch, Outcome, Tracer, ValueRef};

use crate::mapping::{Limits, MapError, Mapping};
use outline::Outline;
pub use unread::Unread;

/// Accounts that are told apart for one expression; more are many.
pub const ACCOUNTS_MAX: usize = 1_000;

/// Evaluations that reach a limit before a mapping is watched no more: each may take as long as the limit allows.
pub const LIMITED_MAX: u64 = 3;

/// A part of a mapping that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its place in the mapping's text, in bytes.
    pub span: Range<usize>,
    /// What is counted there.
    pub kind: PointKind,
}

/// What is counted at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointKind {
    /// A sub-expression: was it evaluated, and did it come to a value?
    Expression,
    /// What a condition takes where it holds.
    Then,
    /// What a condition takes where it does not hold; the place is the condition's own where nothing is written.
    Else,
    /// The left side of `??` or `?:` that is kept.
    Kept,
    /// Its right side, taken where there is nothing to keep.
    Fallback,
}

/// How often, and on whose data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Evaluations; for a branch, how often it was taken.
    pub evaluated: u64,
    /// Of them, those that came to nothing.
    pub undefined: u64,
    /// Of them, those that failed.
    pub failed: u64,
    /// The accounts on whose data it was evaluated, by their indices in the coverage.
    accounts: BTreeSet<u32>,
}

impl Count {
    /// On how many accounts' data it was evaluated, up to [`ACCOUNTS_MAX`].
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Whether it was evaluated, and never came to a value.
    pub fn is_never_a_value(&self) -> bool {
        self.evaluated > 0 && self.evaluated == self.undefined + self.failed
    }
}

/// What was counted of one mapping.
#[derive(Clone, Debug)]
pub struct Coverage {
    mapping: Mapping,
    outline: Outline,
    counts: Vec<Count>,
    accounts: BTreeMap<String, u32>,
    inputs: u64,
    limited: u64,
    unread: Unread,
}

/// What one evaluation showed; made on any thread, and added in an order that is always the same.
#[derive(Clone, Debug)]
pub struct Observation {
    hits: Vec<Hit>,
    unread: BTreeSet<String>,
    is_limited: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hit {
    evaluated: u64,
    undefined: u64,
    failed: u64,
}

/// The sums of a coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sub-expressions that are counted.
    pub expressions: u64,
    /// Those that came to a value at least once.
    pub covered: u64,
    /// Those that were evaluated, and never came to a value.
    pub never_a_value: u64,
    /// Branches of conditions, two each.
    pub branches: u64,
    /// Those that were taken.
    pub branches_covered: u64,
}

impl Observation {
    /// The points that came to a value, or were taken, by their numbers in [`Coverage::points`].
    pub fn reached(&self) -> impl Iterator<Item = usize> {
        let is_reached = |hit: &Hit| hit.evaluated > hit.undefined + hit.failed;
        self.hits.iter().enumerate().filter(move |(_, hit)| is_reached(hit)).map(|(point, _)| point)
    }
}

impl Coverage {
    /// Of a mapping that the native engine evaluates; `None` of another.
    pub fn of(mapping: &Mapping) -> Option<Coverage> {
        let outline = Outline::of(mapping.source(), mapping.jlens()?)?;
        let counts = vec![Count::default(); outline.points.len()];
        let unread = Unread::of(mapping.jlens()?);
        Some(Coverage {
            mapping: mapping.clone(),
            outline,
            counts,
            accounts: BTreeMap::new(),
            inputs: 0,
            limited: 0,
            unread,
        })
    }

    /// Evaluates the mapping once more and watches it; what it did until it failed counts too.
    pub fn observe(&self, input: &str, now_ms: i64, limits: &Limits) -> Option<Observation> {
        let program = self.mapping.jlens().filter(|_| !self.is_given_up())?;
        let mut watch = Watch { outline: &self.outline, hits: vec![Hit::default(); self.counts.len()] };
        match program.trace(input, now_ms, limits, &mut watch) {
            Ok(value) => {
                let unread = self.unread.in_input(&value);
                Some(Observation { hits: watch.hits, unread, is_limited: false })
            }
            // What cannot be read exercised nothing.
            Err(MapError::Input(_)) => None,
            Err(error) => Some(Observation {
                hits: watch.hits,
                unread: BTreeSet::new(),
                is_limited: matches!(error, MapError::Limit { .. }),
            }),
        }
    }

    /// Adds what an evaluation on an account's data showed.
    pub fn add(&mut self, observation: Observation, account: Option<&str>) {
        self.inputs += 1;
        self.limited += u64::from(observation.is_limited);
        let next = self.accounts.len() as u32;
        let account = account.unwrap_or_default();
        let account = match self.accounts.get(account) {
            Some(known) => Some(*known),
            None if self.accounts.len() < ACCOUNTS_MAX => {
                self.accounts.insert(account.to_owned(), next);
                Some(next)
            }
            None => None,
        };
        for (count, hit) in self.counts.iter_mut().zip(observation.hits) {
            count.evaluated += hit.evaluated;
            count.undefined += hit.undefined;
            count.failed += hit.failed;
            if hit.evaluated > 0 {
                count.accounts.extend(account);
            }
        }
        self.unread.add(observation.unread);
    }

    /// Whether so many evaluations reached a limit that it is watched no more.
    pub fn is_given_up(&self) -> bool {
        self.limited >= LIMITED_MAX
    }

    /// The mapping that is counted.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Inputs that it was evaluated on.
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// What is counted, in the order of the text, with what was counted.
    pub fn points(&self) -> impl Iterator<Item = (&Point, &Count)> {
        self.outline.points.iter().zip(&self.counts)
    }

    /// Fields of the input that the mapping never reads.
    pub fn unread(&self) -> &Unread {
        &self.unread
    }

    /// The sums.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (point, count) in self.points() {
            if point.kind == PointKind::Expression {
                totals.expressions += 1;
                totals.covered += u64::from(count.evaluated > count.undefined + count.failed);
                totals.never_a_value += u64::from(count.is_never_a_value());
            } else {
                totals.branches += 1;
                totals.branches_covered += u64::from(count.evaluated > 0);
            }
        }
        totals
    }
}

/// Counts what the engine reports.
struct Watch<'w> {
    outline: &'w Outline,
    hits: Vec<Hit>,
}

impl Tracer for Watch<'_> {
    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Some(point) = self.outline.expression(node) else { return };
        let hit = &mut self.hits[point];
        hit.evaluated += 1;
        match outcome {
            Outcome::Value(value) => hit.undefined += u64::from(comes_to_nothing(value)),
            Outcome::Error(_) => hit.failed += 1,
        }
    }

    fn branch(&mut self, node: &Node, taken: Branch) {
        let Some([held, otherwise]) = self.outline.branches(node) else { return };
        let point = match taken {
            Branch::Then => held,
            Branch::Else | Branch::None => otherwise,
        };
        self.hits[point].evaluated += 1;
    }
}

fn comes_to_nothing(value: ValueRef<'_>) -> bool {
    value.is_undefined()
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
