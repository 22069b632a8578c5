//! What every format is made from: one run of `check`, as plain data.

use std::collections::BTreeSet;

use crate::causes::CauseInfo;
use crate::mappings::{MappingInfo, failing_cases};
use compare::entities::Entities;
use evidence::tally::Tally;

/// What identifies a run; known before its first pair is judged.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The version of this program.
    pub tool: &'a str,
    /// The migration's name.
    pub migration: &'a str,
    /// The moment that the run was judged at.
    pub as_of: &'a str,
}

/// One run, whole or interrupted.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// What identifies it.
    pub head: Head<'a>,
    /// The operations that were judged, in the order of the configuration.
    pub operations: Vec<OperationInfo>,
    /// What the verdicts add up to.
    pub tally: &'a Tally,
    /// The mappings of the operations that were judged, each once.
    pub mappings: Vec<MappingInfo>,
    /// What they differ in, by cause; what is not accepted first.
    pub causes: Vec<CauseInfo>,
    /// Which ids stand for each other, where a rule asks for it and all recordings were looked at.
    pub entities: Option<&'a Entities>,
    /// Where the run was ended early: what was done until then.
    pub interrupted: Option<String>,
    /// What a person should look at, but need not.
    pub warnings: Vec<String>,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// What the configuration says of an operation.
#[derive(Clone, Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: String,
    /// Its mapping's file, where it has one.
    pub mapping: Option<String>,
    /// What the mapping's input is: `body` or `truto`.
    pub scope: String,
    /// The fields that say which record it is, and the critical ones: no tolerance is suggested for them.
    pub identity: BTreeSet<String>,
    /// The lists that have a key, as fields are written.
    pub keyed: BTreeSet<String>,
    /// Its tolerances; a difference names one by its index here.
    pub tolerances: Vec<ToleranceInfo>,
}

/// What a tolerance file says of a tolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToleranceInfo {
    /// Where it applies.
    pub path: String,
    /// What it excuses, as written.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: String,
    /// Whether that day had passed at the moment the run was judged at.
    pub expired: bool,
    /// The file that it is written in.
    pub file: String,
    /// The line that it begins at.
    pub line: usize,
}

/// What a run comes to, by the precedence of the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At least one pair differs.
    Different,
    /// No pair differs, but a case of a mapping fails.
    CaseFails,
    /// No pair differs, but a tolerance has expired.
    Expired,
    /// Something could not be judged, or the run was interrupted.
    Undecided,
    /// There were no pairs.
    Nothing,
    /// Every pair is the same or tolerated.
    Passed,
}

impl Run<'_> {
    /// What the run comes to.
    pub fn outcome(&self) -> Outcome {
        let totals = self.tally.totals;
        let expired = self.operations.iter().flat_map(|operation| &operation.tolerances).any(|t| t.expired);
        if totals.different > 0 {
            Outcome::Different
        } else if failing_cases(self) > 0 {
            Outcome::CaseFails
        } else if expired {
            Outcome::Expired
        } else if totals.undecided > 0 || self.interrupted.is_some() || !self.problems.is_empty() {
            Outcome::Undecided
        } else if totals.pairs == 0 {
            Outcome::Nothing
        } else {
            Outcome::Passed
        }
    }

    /// The run in one sentence.
    pub fn sentence(&self) -> String {
        let totals = self.tally.totals;
        let pairs = counted(totals.pairs, "pair", "pairs");
        match self.outcome() {
            Outcome::Different => {
                format!(
                    "{} of {pairs} {}.",
                    grouped(totals.different),
                    plural(totals.different, "differs", "differ")
                )
            }
            Outcome::CaseFails => {
                let failing = failing_cases(self);
                let cases = counted(failing, "case of a mapping fails", "cases of mappings fail");
                format!("None of {pairs} differs, but {cases}.")
            }
            Outcome::Expired => format!("None of {pairs} differs, but a tolerance has expired."),
            Outcome::Undecided if totals.undecided > 0 => {
                format!("{} of {pairs} could not be decided.", grouped(totals.undecided))
            }
            Outcome::Undecided if self.interrupted.is_some() => format!("Interrupted after {pairs}."),
            Outcome::Undecided => format!("Something could not be read beside {pairs}."),
            Outcome::Nothing => "There was nothing to judge.".to_owned(),
            Outcome::Passed if totals.tolerated > 0 => {
                let tolerated = counted(totals.tolerated, "pair", "pairs");
                format!("No difference in {pairs}, but for tolerated ones in {tolerated}.")
            }
            Outcome::Passed => format!("No difference in {pairs}."),
        }
    }
}

impl Outcome {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Different => "different",
            Outcome::CaseFails => "case_fails",
            Outcome::Expired => "expired",
            Outcome::Undecided => "undecided",
            Outcome::Nothing => "nothing",
            Outcome::Passed => "passed",
        }
    }
}

/// `1 pair`, `1,200 pairs`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), plural(count, one, many))
}

fn plural<'a>(count: u64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// `1234567` as `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn check(change: impl Fn(&mut Run), pairs: &[fixture::Shape], expected: &str) {
        let tally = fixture::tally(&fixture::judgements(pairs));
        let mut run = fixture::run(&tally);
        change(&mut run);
        assert_eq!(format!("{}: {}", run.outcome().name(), run.sentence()), expected);
    }

    #[test]
    fn the_outcome_follows_the_precedence_of_the_exit_codes() {
        use fixture::Shape::{Different, Same, Tolerated, Undecided};
        let same = |_: &mut Run| ();
        check(same, &[], "nothing: There was nothing to judge.");
        check(same, &[Same], "passed: No difference in 1 pair.");
        check(
            same,
            &[Same, Tolerated],
            "passed: No difference in 2 pairs, but for tolerated ones in 1 pair.",
        );
        check(same, &[Undecided, Same], "undecided: 1 of 2 pairs could not be decided.");
        check(same, &[Undecided, Different], "different: 1 of 2 pairs differs.");
    }

    #[test]
    fn what_the_pairs_do_not_show_counts_too() {
        use fixture::Shape::Same;
        let interrupt = |run: &mut Run| run.interrupted = Some("after 1 of 3".to_owned());
        check(interrupt, &[Same], "undecided: Interrupted after 1 pair.");
        let unreadable = |run: &mut Run| run.problems.push("a.json: torn".to_owned());
        check(unreadable, &[Same], "undecided: Something could not be read beside 1 pair.");
        let case = |run: &mut Run| run.mappings.push(fixture::mapping());
        check(case, &[Same], "case_fails: None of 1 pair differs, but 1 case of a mapping fails.");
        let expire = |run: &mut Run| run.operations[0].tolerances[0].expired = true;
        check(expire, &[Same], "expired: None of 1 pair differs, but a tolerance has expired.");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let texts: Vec<String> = [0, 999, 1_000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
