//! What further pairs would bring that a gate still lacks: of each operation, so many pairs, cells that no pair shows, accounts
//! that nobody saw.
//!
//! It is for whoever chooses what to record next. It decides nothing: gates do, from the same tally and demands.

use std::collections::{BTreeMap, BTreeSet};

use crate::bounds::{Cluster, Question, RateBound};
use crate::coverage;
use crate::gate::demands::Demands;
use crate::gate::fact::Fact;
use crate::gate::facts::OperationFacts;
use crate::tally::{OperationTally, Tally};

/// What one operation lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lack {
    /// So many decided pairs, if none of them differs; `None`: more than anybody records, because too many differ.
    pub pairs: Option<u64>,
    /// What of that which the application relies on no decided pair shows, in words.
    pub cells: Vec<String>,
    /// Listed accounts without a decided pair of it.
    pub accounts: BTreeSet<String>,
}

impl Lack {
    /// Whether a pair more of it can bring anything that is asked.
    pub fn is_some(&self) -> bool {
        self.pairs.is_some_and(|pairs| pairs > 0) || !self.cells.is_empty() || !self.accounts.is_empty()
    }
}

/// What pairs are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What the gate demands.
    pub demands: &'a Demands,
    /// The listed accounts, by name, with their integration.
    pub accounts: &'a Fact<BTreeMap<String, String>>,
    /// What the configuration says of each operation, by name.
    pub operations: &'a BTreeMap<String, OperationFacts>,
}

/// What each operation lacks, by name.
pub fn lacks(tally: &Tally, wanted: Wanted<'_>) -> BTreeMap<String, Lack> {
    let mut lacks: BTreeMap<String, Lack> = BTreeMap::new();
    for (name, operation) in wanted.operations {
        let known = tally.operations.get(name.as_str());
        let lack = Lack {
            pairs: pairs(known, wanted.demands),
            cells: Vec::new(),
            accounts: accounts(known, operation, wanted.accounts),
        };
        lacks.insert(name.clone(), lack);
    }
    for cell in coverage::cells_of(tally, wanted.accounts, wanted.operations) {
        if cell.pairs == 0
            && let Some(lack) = lacks.get_mut(&cell.operation)
        {
            lack.cells.push(cell.what.says());
        }
    }
    lacks
}

fn pairs(operation: Option<&OperationTally>, demands: &Demands) -> Option<u64> {
    let mut clusters = Vec::new();
    if let Some(operation) = operation {
        let accounts = &operation.census.accounts;
        let all = accounts.iter().map(|(_, tally)| tally).chain(accounts.rest());
        clusters.extend(
            all.map(|account| Cluster { pairs: account.totals.decided(), events: account.totals.different }),
        );
    }
    let decided: u64 = clusters.iter().map(|cluster| cluster.pairs).sum();
    let question = Question {
        confidence: demands.confidence,
        look: demands.look,
        target: demands.max_operation_difference_rate,
    };
    let bound = RateBound::of(&clusters, question);
    // Surely too many differ: no pair more makes that good.
    let for_bound = bound.more_pairs.filter(|_| bound.lower <= question.target)?;
    Some(for_bound.max(demands.min_pairs.saturating_sub(decided)))
}

fn accounts(
    operation: Option<&OperationTally>,
    facts: &OperationFacts,
    listed: &Fact<BTreeMap<String, String>>,
) -> BTreeSet<String> {
    let Ok(listed) = listed.known() else { return BTreeSet::new() };
    let is_asked =
        |integration: &String| facts.integrations.is_empty() || facts.integrations.contains(integration);
    let is_seen = |name: &str| {
        let account = operation.and_then(|operation| operation.census.accounts.get(name));
        account.is_some_and(|account| account.totals.decided() > 0)
    };
    let unseen = listed.iter().filter(|(name, integration)| is_asked(integration) && !is_seen(name));
    unseen.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use compare::verdict::{Circumstances, Judgement, Verdict};

    use super::*;
    use crate::gate::name::GateName;

    fn pair(account: &str, verdict: Verdict) -> Judgement {
        Judgement {
            pair: String::new(),
            operation: "a.list".to_owned(),
            account: Some(account.to_owned()),
            integration: Some("hubspot".to_owned()),
            verdict,
            differences: Vec::new(),
            differences_total: 0,
            in_doubt: Vec::new(),
            volatility: Default::default(),
            notes: Vec::new(),
            legacy_status: Some(200),
            new_status: Some(200),
            location: String::new(),
            circumstances: Circumstances { is_paged: true, ..Circumstances::default() },
        }
    }

    #[track_caller]
    fn check(pairs: &[(&str, Verdict, u64)], expected: (Option<u64>, &[&str], &[&str])) {
        let mut tally = Tally::default();
        for (account, verdict, count) in pairs {
            tally.add(&pair(account, verdict.clone()));
            tally.add_many(&pair(account, verdict.clone()), count - 1);
        }
        let accounts = ["x", "y"].map(|name| (name.to_owned(), "hubspot".to_owned()));
        let facts = OperationFacts { is_list: true, ..OperationFacts::default() };
        let wanted = Wanted {
            demands: &Demands::of(GateName::WriteCutover),
            accounts: &Fact::Known(accounts.into()),
            operations: &BTreeMap::from([("a.list".to_owned(), facts)]),
        };
        let lacks = lacks(&tally, wanted);
        let lack = &lacks["a.list"];
        let cells: Vec<&str> = lack.cells.iter().map(String::as_str).collect();
        let accounts: Vec<&str> = lack.accounts.iter().map(String::as_str).collect();
        assert_eq!((lack.pairs, &cells[..], &accounts[..]), expected);
        assert!(lack.is_some());
    }

    #[test]
    fn without_a_pair_everything_lacks() {
        let cells = ["an account of hubspot", "a list of several pages", "an error that both sides answer"];
        check(&[], (Some(300), &cells, &["x", "y"]));
    }

    #[test]
    fn what_was_seen_lacks_no_more() {
        let cells = ["an error that both sides answer"];
        check(&[("x", Verdict::Same, 100)], (Some(200), &cells, &["y"]));
        check(&[("x", Verdict::Same, 200), ("y", Verdict::Same, 200)], (Some(0), &cells, &[]));
    }

    #[test]
    fn where_far_too_many_differ_no_number_of_pairs_helps() {
        let cells = ["an error that both sides answer"];
        check(&[("x", Verdict::Different, 5_000), ("y", Verdict::Same, 1)], (None, &cells, &[]));
    }
}
