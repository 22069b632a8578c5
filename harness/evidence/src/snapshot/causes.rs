//! What the pairs of a run have of differences that nothing excuses, by cause: adds up in any order.

use std::collections::BTreeMap;

use compare::difference::{Difference, Kind};
use compare::path;
use compare::pretty;
use compare::verdict::Judgement;
use sha2::{Digest, Sha256};

use super::{Differences, EXAMPLES_MAX, Example, GROUPS_MAX, Group, Identity, MadeBy};
use crate::bounded::{Bounded, Merge};
use crate::example::{Examples, cut};

/// A longer value is cut in an example: the recording has it whole, and the digest covers it.
const VALUE_BYTES_MAX: usize = 200;

/// Operations that recordings name and the configuration does not are undecided: their pairs have no differences.
const OPERATIONS_MAX: usize = crate::tally::OPERATIONS_MAX;

/// The open differences of a run, by operation and cause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Causes {
    operations: Bounded<String, OperationCauses, OPERATIONS_MAX>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct OperationCauses {
    causes: Bounded<Cause, CauseTally, GROUPS_MAX>,
    /// Differences that pairs' lists had no room for.
    unlisted: u64,
}

/// What differences are grouped by while pairs are judged; which expression made them is looked up once a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The path with each index as `[*]`.
    pub field: String,
    /// How the values differ.
    pub kind: Kind,
    /// For `renamed` and `moved`: where new has the value, as a field.
    pub now_at: Option<String>,
    /// By which of the operation's mappings the pair was mapped.
    pub made: Made,
}

/// Which of an operation's mappings made new's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// The one of good answers.
    Good,
    /// The one of all others.
    Error,
}

/// The differences of one cause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CauseTally {
    /// Pairs with at least one.
    pub pairs: u64,
    /// All of them.
    pub differences: u64,
    /// The sum of their hashes: it does not depend on the order in which pairs are judged.
    digest: u128,
    examples: Examples<Example>,
}

impl Cause {
    /// As a group that this made.
    pub fn identity(&self, made_by: Option<MadeBy>) -> Identity {
        let Cause { field, kind, now_at, made: _ } = self.clone();
        Identity { field, kind, now_at, made_by }
    }
}

impl Causes {
    /// Counts one pair.
    pub fn add(&mut self, judgement: &Judgement) {
        let open = judgement.differences.iter().filter(|difference| difference.tolerance.is_none());
        let unlisted = judgement.differences_total.saturating_sub(judgement.differences.len() as u64);
        let mut by_cause: BTreeMap<Cause, Vec<&Difference>> = BTreeMap::new();
        let made = match judgement.new_status {
            Some(status) if !(200..300).contains(&status) => Made::Error,
            Some(_) | None => Made::Good,
        };
        for difference in open {
            let cause = Cause {
                field: cut(&difference.field),
                kind: difference.kind,
                now_at: difference.new_path.as_deref().map(|path| cut(&path::field_of(path))),
                made,
            };
            by_cause.entry(cause).or_default().push(difference);
        }
        if by_cause.is_empty() && unlisted == 0 {
            return;
        }
        let operation = self.operations.entry(cut(&judgement.operation));
        operation.unlisted += unlisted;
        for (cause, differences) in by_cause {
            operation.causes.entry(cause).add(&judgement.pair, &differences);
        }
    }

    /// The causes of an operation, in their order.
    pub fn of(&self, operation: &str) -> impl Iterator<Item = (&Cause, &CauseTally)> {
        self.operations.get(operation).into_iter().flat_map(|found| found.causes.iter())
    }

    /// The differences of an operation as groups; `made_by` names the expression of a cause. Causes that it gives one
    /// expression are one group.
    pub fn groups(&self, operation: &str, made_by: impl Fn(&Cause) -> Option<MadeBy>) -> Differences {
        let Some(found) = self.operations.get(operation) else { return Differences::default() };
        let mut merged: BTreeMap<Identity, CauseTally> = BTreeMap::new();
        for (cause, tally) in found.causes.iter() {
            merged.entry(cause.identity(made_by(cause))).or_default().merge(tally.clone());
        }
        let rest = found.causes.rest().map_or(0, |rest| rest.differences);
        Differences {
            groups: merged.into_iter().map(|(identity, tally)| (identity, tally.group())).collect(),
            left_out: found.unlisted + rest,
        }
    }
}

impl CauseTally {
    fn add(&mut self, pair: &str, differences: &[&Difference]) {
        self.pairs += 1;
        for difference in differences {
            self.differences += 1;
            self.digest = self.digest.wrapping_add(hash(pair, difference));
        }
        // A second one of the same pair teaches a reviewer little.
        let first = differences.iter().min_by_key(|difference| &difference.path);
        if let Some(difference) = first {
            self.examples.offer(Example {
                pair: pair.to_owned(),
                path: cut(&difference.path),
                legacy: difference.legacy.as_deref().map(short),
                new: difference.new.as_deref().map(short),
            });
        }
    }

    fn group(self) -> Group {
        Group {
            pairs: self.pairs,
            differences: self.differences,
            digest: format!("{:032x}", self.digest),
            examples: self.examples.iter().take(EXAMPLES_MAX).cloned().collect(),
        }
    }
}

/// A value as a git diff can show it.
fn short(value: &str) -> String {
    pretty::cut(value, VALUE_BYTES_MAX)
}

/// Of all that a reviewer of the difference would see; each part ends where the next begins.
fn hash(pair: &str, difference: &Difference) -> u128 {
    let mut hash = Sha256::new();
    let parts = [
        Some(pair),
        Some(&difference.path),
        difference.new_path.as_deref(),
        difference.legacy.as_deref(),
        difference.new.as_deref(),
    ];
    for part in parts {
        // An absent value is not an empty one.
        hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
        hash.update(part.unwrap_or_default());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_first_chunk::<16>().expect("thirty-two bytes begin with sixteen");
    u128::from_le_bytes(*first)
}

impl Merge for Causes {
    fn merge(&mut self, other: Self) {
        self.operations.merge(other.operations);
    }
}

impl Merge for OperationCauses {
    fn merge(&mut self, other: Self) {
        self.causes.merge(other.causes);
        self.unlisted += other.unlisted;
    }
}

impl Merge for CauseTally {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.differences += other.differences;
        self.digest = self.digest.wrapping_add(other.digest);
        self.examples.merge(other.examples);
    }
}
