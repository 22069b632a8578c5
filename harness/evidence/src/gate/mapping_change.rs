//! What is known of a change of mappings beside the pairs: the typed facts that `mapping-change` rests on.

use super::fact::Fact;
use compare::difference::Kind;

/// All facts of a change of mappings, each of its own source.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingChange {
    /// What was found, held against the accepted snapshots.
    pub snapshot: Fact<SnapshotComparison>,
    /// The cases beside the mappings.
    pub cases: Fact<Cases>,
    /// What a careful reader of the mappings objects to.
    pub lint: Fact<Vec<LintFinding>>,
    /// Tolerances against those of the base revision.
    pub tolerances: Fact<TolerancesChange>,
    /// The coverage of changed mappings against that of the base revision, on the same pairs.
    pub coverage: Fact<Vec<CoverageChange>>,
    /// What two engines make of the same mappings.
    pub engines: Fact<EnginesAsked>,
}

/// The differences of a run against those that were reviewed and accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotComparison {
    /// Groups that are accepted and were found again.
    pub accepted: u64,
    /// Groups that were found and are not accepted.
    pub unaccepted: Vec<DifferenceGroup>,
    /// Groups that are accepted and were not found.
    pub gone: Vec<DifferenceGroup>,
}

/// Differences that are reviewed together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DifferenceGroup {
    /// The operation.
    pub operation: String,
    /// The path, each index as `[*]`.
    pub field: String,
    /// How the values differ.
    pub kind: Kind,
    /// In how many pairs.
    pub pairs: u64,
}

/// The cases that were run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// All of them.
    pub run: u64,
    /// Those that fail: the case's file and what is wrong.
    pub failing: Vec<CaseFailure>,
    /// Mappings that have none.
    pub without: Vec<String>,
}

/// A case that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure {
    /// The file of what is expected.
    pub file: String,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// What a careful reader objects to in a mapping, as a warning; notes do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// The mapping and where in it: `mappings/crm/a.jsonata:3:7`.
    pub at: String,
    /// The rule's name.
    pub rule: String,
    /// What is wrong.
    pub message: String,
}

/// The tolerances of this tree against those of the base revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TolerancesChange {
    /// The revision, as a commit's full name.
    pub base: String,
    /// Those that excuse more than any tolerance of the base did, or longer.
    pub widened: Vec<WidenedTolerance>,
}

/// A tolerance that excuses more than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidenedTolerance {
    /// Where it stands: `mappings/crm/contacts.tolerances.toml:12`.
    pub at: String,
    /// Its path and rule.
    pub text: String,
    /// What is wider: that it is new, that it holds longer, that it holds for more operations or accounts.
    pub how: String,
}

/// How much of a changed mapping is exercised, before and after, on the same pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageChange {
    /// The mapping's file.
    pub mapping: String,
    /// As the base revision has it.
    pub before: Exercised,
    /// As this tree has it.
    pub after: Exercised,
}

/// How much of a mapping came to a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exercised {
    /// Sub-expressions and branches.
    pub parts: u64,
    /// Those that came to a value, or were taken.
    pub covered: u64,
}

impl Exercised {
    /// From 0 to 1; a mapping without parts is wholly exercised.
    pub fn share(self) -> f64 {
        if self.parts == 0 { 1.0 } else { self.covered as f64 / self.parts as f64 }
    }
}

/// Mappings that two engines evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnginesAsked {
    /// Pairs that both were asked for; those in which they disagree are undecided, and the tally counts them.
    pub pairs: u64,
}
