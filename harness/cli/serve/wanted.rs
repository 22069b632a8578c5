//! What the gates still lack, while the proxy runs: from what was recorded before and what it has judged since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use evidence::gate::demands::Demands;
use evidence::gate::fact::Fact;
use evidence::gate::facts::OperationFacts;
use evidence::lack::{self, Lack};
use evidence::tally::Tally;

/// What a pair of an operation and account would be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Nothing that is asked.
    Proven,
    /// The operation lacks pairs, or cells that a pair may show.
    Lacking,
    /// There is no pair of the two together.
    Unseen,
}

/// What is asked, and what lacks of it.
pub struct Wanted {
    demands: Demands,
    accounts: Fact<BTreeMap<String, String>>,
    operations: BTreeMap<String, OperationFacts>,
    /// As tickets count them.
    names: Vec<String>,
    /// What was recorded before this run, where somebody looked.
    before: Tally,
    since: Option<i64>,
    lacks: RwLock<BTreeMap<String, Lack>>,
    /// Operations and accounts of which a pair was taken in this run, or recorded before.
    seen: Mutex<BTreeSet<(usize, Option<usize>)>>,
}

/// What a [`Wanted`] is made of.
pub struct Asked {
    /// What the gate demands.
    pub demands: Demands,
    /// The listed accounts, with their integration.
    pub accounts: Fact<BTreeMap<String, String>>,
    /// What the configuration says of each operation.
    pub operations: BTreeMap<String, OperationFacts>,
    /// Operations, as tickets count them.
    pub operation_names: Vec<String>,
    /// Accounts, as tickets count them.
    pub account_names: Vec<String>,
    /// What was recorded before.
    pub before: Tally,
    /// Older pairs do not count: seconds since 1970.
    pub since: Option<i64>,
}

impl Wanted {
    /// With what lacks now.
    pub fn new(asked: Asked) -> Wanted {
        let Asked { demands, accounts, operations, operation_names, account_names, before, since } = asked;
        let mut seen = BTreeSet::new();
        for (index, name) in operation_names.iter().enumerate() {
            let Some(tally) = before.operations.get(name.as_str()) else { continue };
            for (account, _) in tally.census.accounts.iter() {
                let known = account_names.iter().position(|name| name == account);
                if known.is_some() || account.is_empty() {
                    seen.insert((index, known));
                }
            }
        }
        let wanted = Wanted {
            demands,
            accounts,
            operations,
            names: operation_names,
            before,
            since,
            lacks: RwLock::default(),
            seen: Mutex::new(seen),
        };
        wanted.look(&Tally::since(since));
        wanted
    }

    /// The moment from which on pairs count: seconds since 1970.
    pub fn since(&self) -> Option<i64> {
        self.since
    }

    /// Looks anew, with what was judged in this run.
    pub fn look(&self, live: &Tally) {
        let asked =
            lack::Wanted { demands: &self.demands, accounts: &self.accounts, operations: &self.operations };
        let lacks = lack::lacks(&self.before.clone().merge(live.clone()), asked);
        *self.lacks.write().unwrap_or_else(PoisonError::into_inner) = lacks;
    }

    /// What each operation lacked when it was last looked at, by name.
    pub fn lacks(&self) -> RwLockReadGuard<'_, BTreeMap<String, Lack>> {
        self.lacks.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a pair would be good for.
    pub fn need(&self, operation: usize, account: Option<usize>) -> Need {
        if !self.seen().contains(&(operation, account)) {
            return Need::Unseen;
        }
        let lacks = self.lacks();
        let lack = self.names.get(operation).and_then(|name| lacks.get(name));
        if lack.is_some_and(Lack::is_some) { Need::Lacking } else { Need::Proven }
    }

    /// A pair of the two is on its way.
    pub fn take(&self, operation: usize, account: Option<usize>) {
        self.seen().insert((operation, account));
    }

    fn seen(&self) -> MutexGuard<'_, BTreeSet<(usize, Option<usize>)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use evidence::gate::name::GateName;

    use super::*;

    /// One that asks so many pairs of two operations, and knows none.
    pub fn asking(min_pairs: u64) -> Wanted {
        let names = ["a".to_owned(), "b".to_owned()];
        let facts = |name: &String| (name.clone(), OperationFacts::default());
        Wanted::new(Asked {
            demands: Demands { min_pairs, ..Demands::of(GateName::WriteCutover) },
            accounts: Fact::absent("", ""),
            operations: names.iter().map(facts).collect(),
            operation_names: names.to_vec(),
            account_names: vec!["x".to_owned(), "y".to_owned()],
            before: Tally::default(),
            since: None,
        })
    }

    impl Wanted {
        /// As if nothing of an operation lacked any more.
        pub fn prove(&self, operation: &str) {
            let proven = Lack { pairs: Some(0), ..Lack::default() };
            self.lacks.write().expect("nobody panicked with it").insert(operation.to_owned(), proven);
        }
    }

    #[test]
    fn what_was_never_seen_is_needed_most_and_once() {
        let wanted = asking(10);
        assert_eq!(wanted.need(0, Some(1)), Need::Unseen);
        wanted.take(0, Some(1));
        assert_eq!((wanted.need(0, Some(1)), wanted.need(0, Some(0))), (Need::Lacking, Need::Unseen));
        assert_eq!(wanted.need(1, Some(1)), Need::Unseen);
    }
}
