//! What many verdicts add up to: exact counts and a few examples, in memory that does not grow with the pairs.

use crate::bounded::{Bounded, Merge};
use crate::census::Census;
use crate::example::{Case, Example, Examples, cut};
use compare::blame::Blame;
use compare::difference::{Difference, Kind};
use compare::verdict::{Judgement, ReasonCode, Verdict};
use compare::volatile::Volatility;
use std::collections::BTreeMap;

/// A configuration has tens of operations; recordings that name others must not make the tally grow.
pub const OPERATIONS_MAX: usize = 200;

/// Cells (field and kind) of one operation. Nobody reads more, and with five examples of a few kilobytes each they
/// stay below some tens of megabytes.
pub const FIELDS_MAX: usize = 400;

/// Different notes of one operation.
pub const NOTES_MAX: usize = 100;

/// Counts over pairs. Merging is associative and commutative, so any split over any number of threads adds up alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Over all operations.
    pub totals: Totals,
    /// By operation's name; empty where unknown.
    pub operations: Bounded<String, OperationTally, OPERATIONS_MAX>,
    /// Pairs recorded before this moment (seconds since 1970) do not count in a census.
    since: Option<i64>,
}

/// How many pairs got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All of them: the sum of the four others.
    pub pairs: u64,
    /// The answers mean the same.
    pub same: u64,
    /// They differ only where a tolerance excuses it.
    pub tolerated: u64,
    /// They differ.
    pub different: u64,
    /// It could not be decided.
    pub undecided: u64,
}

/// What one operation's pairs add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationTally {
    /// Its pairs by verdict.
    pub totals: Totals,
    /// Its differences, excused or not, with those that its pairs' lists had no room for.
    pub differences: u64,
    /// Those that its pairs' lists had no room for: counted here and in `differences`, in no field.
    pub unlisted: u64,
    /// By field and kind.
    pub fields: Bounded<Field, FieldTally, FIELDS_MAX>,
    /// By the tolerance's index, for those that excused something.
    pub tolerances: BTreeMap<usize, ToleranceTally>,
    /// By reason.
    pub undecided: BTreeMap<ReasonCode, CaseTally>,
    /// By note.
    pub notes: Bounded<String, CaseTally, NOTES_MAX>,
    /// What the repeats of legacy showed, where there are any.
    pub volatility: Volatility,
    /// Who was asked, when, and what was seen.
    pub census: Census,
}

/// Where differences are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The path with each index as `[*]`.
    pub path: String,
    /// How the values differ.
    pub kind: Kind,
}

/// The differences of one field and kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldTally {
    /// Pairs with at least one.
    pub pairs: u64,
    /// Pairs with at least one that no tolerance excuses.
    pub pairs_open: u64,
    /// All of them.
    pub differences: u64,
    /// Those excused, by the tolerance's index.
    pub excused: BTreeMap<usize, u64>,
    /// Those that somebody is to blame for, where the upstream's own answer was at hand.
    pub blames: BTreeMap<Blame, u64>,
    /// At most one a pair; what is not excused comes first.
    pub examples: Examples<Example>,
}

impl FieldTally {
    /// How many differences no tolerance excuses.
    pub fn open(&self) -> u64 {
        self.differences - self.tolerated()
    }

    /// How many differences a tolerance excuses.
    pub fn tolerated(&self) -> u64 {
        self.excused.values().sum()
    }
}

/// What one tolerance excused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToleranceTally {
    /// Pairs in which it excused something.
    pub pairs: u64,
    /// Differences that it excused.
    pub differences: u64,
    /// At most one a pair.
    pub examples: Examples<Example>,
}

/// Pairs of which one thing is to be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseTally {
    /// How many.
    pub pairs: u64,
    /// Some of them.
    pub examples: Examples<Case>,
}

impl Tally {
    /// With censuses that count only what was recorded at or after a moment: seconds since 1970.
    pub fn since(since: Option<i64>) -> Tally {
        Tally { since, ..Tally::default() }
    }

    /// Counts one pair.
    pub fn add(&mut self, judgement: &Judgement) {
        self.totals.count(&judgement.verdict);
        let operation = self.operations.entry(cut(&judgement.operation));
        operation.add(judgement);
        operation.census.add(judgement, self.since);
    }

    /// Counts so many pairs that are alike but for their ids, in the totals and by account: what a simulated gate reads.
    #[cfg(test)]
    pub(crate) fn add_many(&mut self, judgement: &Judgement, count: u64) {
        let mut one = Totals::default();
        one.count(&judgement.verdict);
        let all = Totals {
            pairs: one.pairs * count,
            same: one.same * count,
            tolerated: one.tolerated * count,
            different: one.different * count,
            undecided: one.undecided * count,
        };
        self.totals.merge(all);
        let operation = self.operations.entry(cut(&judgement.operation));
        operation.totals.merge(all);
        operation.census.accounts.entry(judgement.account.clone().unwrap_or_default()).totals.merge(all);
        // One answer an account is enough to know how long they take.
        operation.census.time(&judgement.circumstances);
    }

    /// Would one of this pair's differences become an example? Once the answer is no it stays no, whatever is added
    /// meanwhile; so what makes an example readable need not be made for the others.
    pub fn shows(&self, judgement: &Judgement) -> bool {
        let Some(operation) = self.operations.get(judgement.operation.as_str()) else { return true };
        judgement.differences.iter().any(|difference| {
            let has_room = |examples: &Examples<Example>| {
                let wanted = (difference.tolerance, judgement.pair.as_str());
                examples.has_room(|last| wanted > (last.tolerance, last.pair.as_str()))
            };
            let cell = Field { path: cut(&difference.field), kind: difference.kind };
            let by_field = operation.fields.get(&cell).is_none_or(|tally| has_room(&tally.examples));
            let tolerance = difference.tolerance.map(|index| operation.tolerances.get(&index));
            by_field || tolerance.is_some_and(|tally| tally.is_none_or(|tally| has_room(&tally.examples)))
        })
    }

    /// What both counted.
    #[must_use]
    pub fn merge(mut self, other: Tally) -> Tally {
        debug_assert_eq!(self.since, other.since, "both halves of a run are judged by one gate");
        self.totals.merge(other.totals);
        self.operations.merge(other.operations);
        self
    }
}

impl Totals {
    /// Those that could be decided.
    pub fn decided(&self) -> u64 {
        self.pairs - self.undecided
    }

    /// Counts one pair.
    pub(crate) fn count(&mut self, verdict: &Verdict) {
        self.pairs += 1;
        match verdict {
            Verdict::Same => self.same += 1,
            Verdict::Tolerated => self.tolerated += 1,
            Verdict::Different => self.different += 1,
            Verdict::Undecided(_) => self.undecided += 1,
        }
    }
}

impl OperationTally {
    fn add(&mut self, judgement: &Judgement) {
        self.totals.count(&judgement.verdict);
        self.differences += judgement.differences_total;
        self.unlisted += judgement.differences_total.saturating_sub(judgement.differences.len() as u64);
        self.add_fields(judgement);
        self.add_tolerances(judgement);
        if let Verdict::Undecided(reason) = &judgement.verdict {
            self.undecided.entry(reason.code).or_default().add(judgement, &reason.detail);
        }
        for note in &judgement.notes {
            self.notes.entry(cut(note)).add(judgement, "");
        }
        if judgement.volatility.pairs() > 0 {
            self.volatility.merge(judgement.volatility.clone());
        }
    }

    fn add_fields(&mut self, judgement: &Judgement) {
        let mut by_field: BTreeMap<(&str, Kind), Vec<&Difference>> = BTreeMap::new();
        for difference in &judgement.differences {
            by_field.entry((&*difference.field, difference.kind)).or_default().push(difference);
        }
        for ((path, kind), differences) in by_field {
            self.fields.entry(Field { path: cut(path), kind }).add(&judgement.pair, &differences);
        }
    }

    fn add_tolerances(&mut self, judgement: &Judgement) {
        let mut by_tolerance: BTreeMap<usize, Vec<&Difference>> = BTreeMap::new();
        for difference in &judgement.differences {
            if let Some(index) = difference.tolerance {
                by_tolerance.entry(index).or_default().push(difference);
            }
        }
        for (index, differences) in by_tolerance {
            let tally = self.tolerances.entry(index).or_default();
            tally.pairs += 1;
            tally.differences += differences.len() as u64;
            offer(&mut tally.examples, &judgement.pair, &differences);
        }
    }
}

impl FieldTally {
    fn add(&mut self, pair: &str, differences: &[&Difference]) {
        self.pairs += 1;
        self.differences += differences.len() as u64;
        for index in differences.iter().filter_map(|difference| difference.tolerance) {
            *self.excused.entry(index).or_default() += 1;
        }
        for blame in differences.iter().filter_map(|difference| difference.blame) {
            *self.blames.entry(blame).or_default() += 1;
        }
        self.pairs_open += u64::from(differences.iter().any(|difference| difference.tolerance.is_none()));
        offer(&mut self.examples, pair, differences);
    }
}

/// Offers the first of a pair's differences that is least excused; of several, one that has a context to read.
fn offer(examples: &mut Examples<Example>, pair: &str, differences: &[&Difference]) {
    let has_no_context = |it: &Difference| it.legacy_context.is_none() && it.new_context.is_none();
    let first = differences.iter().min_by_key(|it| (it.tolerance, has_no_context(it)));
    let Some(difference) = first else { return };
    if examples.has_room(|last| (difference.tolerance, pair) > (last.tolerance, last.pair.as_str())) {
        examples.offer(Example::of(pair, difference));
    }
}

impl CaseTally {
    pub(crate) fn add(&mut self, judgement: &Judgement, detail: &str) {
        self.pairs += 1;
        if self.examples.has_room(|last| judgement.pair > last.pair) {
            self.examples.offer(Case {
                pair: judgement.pair.clone(),
                detail: cut(detail),
                location: judgement.location.clone(),
            });
        }
    }
}

impl Merge for Totals {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.same += other.same;
        self.tolerated += other.tolerated;
        self.different += other.different;
        self.undecided += other.undecided;
    }
}

impl Merge for OperationTally {
    fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        self.differences += other.differences;
        self.unlisted += other.unlisted;
        self.fields.merge(other.fields);
        merge_maps(&mut self.tolerances, other.tolerances);
        merge_maps(&mut self.undecided, other.undecided);
        self.notes.merge(other.notes);
        self.volatility.merge(other.volatility);
        self.census.merge(other.census);
    }
}

impl Merge for FieldTally {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.pairs_open += other.pairs_open;
        self.differences += other.differences;
        merge_maps(&mut self.excused, other.excused);
        merge_maps(&mut self.blames, other.blames);
        self.examples.merge(other.examples);
    }
}

impl Merge for ToleranceTally {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.differences += other.differences;
        self.examples.merge(other.examples);
    }
}

impl Merge for CaseTally {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.examples.merge(other.examples);
    }
}

fn merge_maps<K: Ord, V: Merge>(into: &mut BTreeMap<K, V>, from: BTreeMap<K, V>) {
    for (key, value) in from {
        into.entry(key).or_default().merge(value);
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
