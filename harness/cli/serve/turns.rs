//! Whose turn it is to be mirrored: a share of each operation's and account's requests, evenly, and no more a minute than allowed.
//!
//! Where what the gates lack goes first, the shares fill one pot that all draw from: what was never seen may leave it in debt,
//! what is lacking takes what is there, and what is proven takes only what the others have left for some time. So no more is
//! mirrored than the shares allow over all, and most of it is what somebody waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::wanted::{Need, Wanted};

/// What the pot holds at most, and owes at most.
const POT_MAX: f64 = 32.0;

/// Of each operation, in the order of the configuration: the share of requests that name no account, and each account's.
#[derive(Clone, Debug, PartialEq)]
pub struct OfOperation {
    /// Of requests of no account, and of every account where `accounts` is empty.
    pub usual: f64,
    /// In the order of the accounts' file.
    pub accounts: Vec<f64>,
}

impl OfOperation {
    /// The same for everybody.
    pub fn even(share: f64) -> OfOperation {
        OfOperation { usual: share, accounts: Vec::new() }
    }

    fn of(&self, account: Option<usize>) -> f64 {
        account.and_then(|account| self.accounts.get(account)).copied().unwrap_or(self.usual)
    }
}

/// The shares, and how far each has come.
pub struct Turns {
    shares: Vec<OfOperation>,
    per_minute_max: Option<u64>,
    wanted: Option<Arc<Wanted>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    due: BTreeMap<(usize, Option<usize>), f64>,
    pot: f64,
    /// By operation: the minute, and mirrors in it.
    minutes: BTreeMap<usize, (i64, u64)>,
}

impl Turns {
    /// The share of each operation, in the order of the configuration; with `wanted`, what it lacks goes first.
    pub fn new(shares: Vec<OfOperation>, per_minute_max: Option<u64>, wanted: Option<Arc<Wanted>>) -> Turns {
        Turns { shares, per_minute_max, wanted, state: Mutex::default() }
    }

    /// Whether this request is mirrored.
    pub fn take(&self, operation: usize, account: Option<usize>, clock: providers::Clock) -> bool {
        let share = self.shares.get(operation).map_or(0.0, |shares| shares.of(account));
        if share <= 0.0 {
            return false;
        }
        if share >= 1.0 && self.per_minute_max.is_none() {
            return true;
        }
        let need = self.wanted.as_ref().map(|wanted| wanted.need(operation, account));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = match need {
            None => state.is_due((operation, account), share),
            Some(need) => state.is_left(need, share),
        };
        let is_taken = is_due && state.is_in_minute(operation, self.most(need), clock);
        drop(state);
        if let Some(wanted) = self.wanted.as_ref().filter(|_| is_taken) {
            wanted.take(operation, account);
        }
        is_taken
    }

    /// Mirrors of an operation in a minute; what is proven leaves half of them to others.
    fn most(&self, need: Option<Need>) -> Option<u64> {
        match need {
            Some(Need::Proven) => self.per_minute_max.map(|most| most / 2),
            Some(Need::Lacking | Need::Unseen) | None => self.per_minute_max,
        }
    }
}

impl State {
    fn is_due(&mut self, of: (usize, Option<usize>), share: f64) -> bool {
        // The first request of each is taken: rare ones are evidence too.
        let due = self.due.entry(of).or_insert(1.0 - share);
        *due += share;
        let is_due = *due >= 1.0;
        if is_due {
            *due -= 1.0;
        }
        is_due
    }

    fn is_left(&mut self, need: Need, share: f64) -> bool {
        self.pot = (self.pot + share).min(POT_MAX);
        let left = match need {
            Need::Unseen => 1.0 - POT_MAX,
            Need::Lacking => 1.0,
            Need::Proven => POT_MAX / 2.0,
        };
        let is_left = self.pot >= left;
        if is_left {
            self.pot -= 1.0;
        }
        is_left
    }

    fn is_in_minute(&mut self, operation: usize, most: Option<u64>, clock: providers::Clock) -> bool {
        let Some(most) = most else { return true };
        let minute = clock().as_second().div_euclid(60);
        let (known, taken) = self.minutes.entry(operation).or_insert((minute, 0));
        if *known != minute {
            (*known, *taken) = (minute, 0);
        }
        let is_in = *taken < most;
        *taken += u64::from(is_in);
        is_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::wanted::tests::asking;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn even(shares: &[f64]) -> Vec<OfOperation> {
        shares.iter().map(|share| OfOperation::even(*share)).collect()
    }

    #[test]
    fn a_share_is_taken_evenly_from_the_first_on_and_of_each_account() {
        let turns = Turns::new(even(&[0.25, 0.0, 1.0]), None, None);
        let taken =
            |operation, account| (0..8).map(|_| turns.take(operation, account, now)).collect::<Vec<_>>();
        let quarter = [true, false, false, false, true, false, false, false];
        assert_eq!(taken(0, Some(1)), quarter);
        assert_eq!(taken(0, Some(2)), quarter);
        assert_eq!(taken(1, None), [false; 8]);
        assert_eq!(taken(2, None), [true; 8]);
    }

    #[test]
    fn an_account_may_have_a_share_of_its_own() {
        let turns = Turns::new(vec![OfOperation { usual: 0.5, accounts: vec![1.0, 0.0] }], None, None);
        let taken = |account| (0..8).filter(|_| turns.take(0, account, now)).count();
        assert_eq!([taken(Some(0)), taken(Some(1)), taken(None)], [8, 0, 4]);
    }

    #[test]
    fn a_minute_has_no_more_than_it_may() {
        let turns = Turns::new(even(&[1.0, 1.0]), Some(3), None);
        let taken = (0..10).filter(|_| turns.take(0, None, now)).count();
        assert_eq!(taken, 3);
        assert!(turns.take(1, None, now), "another operation has a minute of its own");
        let later = || jiff::Timestamp::from_second(60).expect("it is a moment");
        assert!(turns.take(0, None, later));
    }

    #[test]
    fn what_is_lacking_goes_first_and_no_more_is_taken_than_the_share() {
        // Of operation `a` nobody asks more; of `b` everything lacks.
        let wanted = Arc::new(asking(1_000));
        let turns = Turns::new(even(&[0.1, 0.1]), None, Some(Arc::clone(&wanted)));
        wanted.prove("a");
        assert!(turns.take(0, Some(0), now), "what was never seen is taken at once");
        assert!(turns.take(1, Some(0), now));
        let (mut proven, mut lacking) = (0, 0);
        for _ in 0..1_000 {
            // Nine of ten requests are of what is proven.
            proven += (0..9).filter(|_| turns.take(0, Some(0), now)).count();
            lacking += usize::from(turns.take(1, Some(0), now));
        }
        let taken = proven + lacking;
        assert!((960..=1_040).contains(&taken), "a tenth of 10,000, not {taken}");
        assert!(lacking >= 950, "{lacking} of 1,000 that lack were taken");
    }

    #[test]
    fn where_nothing_lacks_the_share_is_taken_all_the_same() {
        let wanted = Arc::new(asking(1));
        wanted.prove("a");
        wanted.prove("b");
        let turns = Turns::new(even(&[0.1, 0.1]), None, Some(wanted));
        let taken = (0..10_000).filter(|_| turns.take(0, Some(0), now)).count();
        assert!((950..=1_050).contains(&taken), "{taken}");
    }
}
