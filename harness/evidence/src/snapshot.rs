//! The differences that were reviewed and accepted, grouped by cause, and what has changed against them.
//!
//! A group is accepted as it was seen: its digest covers every difference of every pair in it, so that one more pair, or
//! another value, is a change that somebody looks at. What a tolerance excuses is in no group: it was reviewed with its
//! reason, owner and end.

mod causes;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use compare::difference::Kind;

pub use causes::{Cause, CauseTally, Causes, Made};
pub use text::SnapshotError;

/// Groups of one operation. A person who accepts reads each, and nobody reads more.
pub const GROUPS_MAX: usize = 1_000;

/// Examples that a group is shown with.
pub const EXAMPLES_MAX: usize = 3;

/// What was accepted, or is there now, by operation. Operations without a difference are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// By the operation's name.
    pub operations: BTreeMap<String, Differences>,
}

/// The open differences of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// By their identity.
    pub groups: BTreeMap<Identity, Group>,
    /// Differences that are in no group, because a pair or the operation has too many: nobody can have reviewed them.
    pub left_out: u64,
}

/// What makes two groups the same one in two runs. No line numbers: an edit above must not touch what was accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The path with each index as `[*]`.
    pub field: String,
    /// How the values differ.
    pub kind: Kind,
    /// For `renamed` and `moved`: where new has the value, as a field.
    pub now_at: Option<String>,
    /// What made new's value.
    pub made_by: Option<MadeBy>,
}

/// The expression that makes a group's values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MadeBy {
    /// The mapping's file, as the configuration writes it.
    pub mapping: String,
    /// Its text, white space made one; `None` where only what stands around it is known.
    pub expression: Option<String>,
}

/// Differences with one cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Pairs that have one.
    pub pairs: u64,
    /// All of them.
    pub differences: u64,
    /// Changes with any of them: hexadecimal digits.
    pub digest: String,
    /// The first few by pair and path.
    pub examples: Vec<Example>,
}

/// One difference as a reviewer reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// The pair's id.
    pub pair: String,
    /// The whole path.
    pub path: String,
    /// Legacy's value as JSON text, cut; `None` where absent.
    pub legacy: Option<String>,
    /// New's, likewise.
    pub new: Option<String>,
}

/// What is there now, held against what was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// By operation and identity.
    pub changes: Vec<Changed>,
    /// Groups that are as they were accepted.
    pub accepted: u64,
    /// Operations with differences that are in no group, with how many: they can be neither compared nor accepted.
    pub left_out: BTreeMap<String, u64>,
}

/// A group that is not as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The operation's name.
    pub operation: String,
    /// Which group.
    pub identity: Identity,
    /// How it changed.
    pub change: Change,
}

/// How a group changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not accepted.
    New(Group),
    /// It was accepted, and has other differences now.
    Other {
        /// As it was accepted.
        accepted: Group,
        /// As it is.
        current: Group,
    },
    /// It was accepted, and is not there any more.
    Gone(Group),
}

impl Change {
    /// The word that reports and files use.
    pub fn name(&self) -> &'static str {
        match self {
            Change::New(_) => "new",
            Change::Other { .. } => "other",
            Change::Gone(_) => "gone",
        }
    }

    /// The group as it is now; `None` where it is gone.
    pub fn current(&self) -> Option<&Group> {
        match self {
            Change::New(current) | Change::Other { current, .. } => Some(current),
            Change::Gone(_) => None,
        }
    }

    /// The group as it was accepted; `None` where it is new.
    pub fn accepted(&self) -> Option<&Group> {
        match self {
            Change::New(_) => None,
            Change::Other { accepted, .. } | Change::Gone(accepted) => Some(accepted),
        }
    }
}

impl Comparison {
    /// Whether every difference was accepted, and every accepted one is there.
    pub fn is_accepted(&self) -> bool {
        self.changes.is_empty() && self.left_out.is_empty()
    }

    /// How many groups changed in this way, by [`Change::name`].
    pub fn count(&self, change: &str) -> u64 {
        self.changes.iter().filter(|changed| changed.change.name() == change).count() as u64
    }
}

impl Snapshot {
    /// What changed from what was accepted.
    pub fn compare(accepted: &Snapshot, current: &Snapshot) -> Comparison {
        let mut comparison = Comparison::default();
        let names: BTreeSet<&String> = accepted.operations.keys().chain(current.operations.keys()).collect();
        let nothing = Differences::default();
        for name in names {
            let before = accepted.operations.get(name).unwrap_or(&nothing);
            let now = current.operations.get(name).unwrap_or(&nothing);
            if now.left_out > 0 {
                comparison.left_out.insert(name.clone(), now.left_out);
            }
            comparison.add(name, &before.groups, &now.groups);
        }
        comparison
    }

    /// A group, or none: the way in which a decision about one group is carried out.
    pub fn set(&mut self, operation: &str, identity: &Identity, group: Option<&Group>) {
        let differences = self.operations.entry(operation.to_owned()).or_default();
        match group {
            Some(group) => drop(differences.groups.insert(identity.clone(), group.clone())),
            None => drop(differences.groups.remove(identity)),
        }
        if differences.groups.is_empty() && differences.left_out == 0 {
            self.operations.remove(operation);
        }
    }

    /// Puts an operation's differences in the place of those that it had.
    pub fn replace(&mut self, operation: &str, differences: Differences) {
        if differences == Differences::default() {
            self.operations.remove(operation);
        } else {
            self.operations.insert(operation.to_owned(), differences);
        }
    }
}

impl Comparison {
    fn add(&mut self, operation: &str, before: &BTreeMap<Identity, Group>, now: &BTreeMap<Identity, Group>) {
        let mut identities: Vec<&Identity> = before.keys().chain(now.keys()).collect();
        identities.sort_unstable();
        identities.dedup();
        for identity in identities {
            let change = match (before.get(identity), now.get(identity)) {
                (Some(accepted), Some(current)) if accepted.digest == current.digest => {
                    self.accepted += 1;
                    continue;
                }
                (Some(accepted), Some(current)) => {
                    Change::Other { accepted: accepted.clone(), current: current.clone() }
                }
                (None, Some(current)) => Change::New(current.clone()),
                (Some(accepted), None) => Change::Gone(accepted.clone()),
                (None, None) => continue,
            };
            let operation = operation.to_owned();
            self.changes.push(Changed { operation, identity: identity.clone(), change });
        }
    }
}

#[cfg(test)]
#[path = "snapshot/tests.rs"]
mod tests;
