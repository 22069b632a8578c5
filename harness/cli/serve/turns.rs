//! Whose turn it is to be mirrored: a share of each operation's and account's requests, evenly, and no more a minute than allowed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The shares, and how far each has come.
pub struct Turns {
    shares: Vec<f64>,
    per_minute_max: Option<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    due: BTreeMap<(usize, Option<usize>), f64>,
    /// By operation: the minute, and mirrors in it.
    minutes: BTreeMap<usize, (i64, u64)>,
}

impl Turns {
    /// The share of each operation, in the order of the configuration.
    pub fn new(shares: Vec<f64>, per_minute_max: Option<u64>) -> Turns {
        Turns { shares, per_minute_max, state: Mutex::default() }
    }

    /// Whether this request is mirrored.
    pub fn take(&self, operation: usize, account: Option<usize>, clock: providers::Clock) -> bool {
        let share = self.shares.get(operation).copied().unwrap_or(0.0);
        if share <= 0.0 {
            return false;
        }
        if share >= 1.0 && self.per_minute_max.is_none() {
            return true;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // The first request of each is taken: rare ones are evidence too.
        let due = state.due.entry((operation, account)).or_insert(1.0 - share);
        *due += share;
        if *due < 1.0 {
            return false;
        }
        *due -= 1.0;
        let Some(most) = self.per_minute_max else { return true };
        let minute = clock().as_second().div_euclid(60);
        let (known, taken) = state.minutes.entry(operation).or_insert((minute, 0));
        if *known != minute {
            (*known, *taken) = (minute, 0);
        }
        *taken += 1;
        *taken <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    #[test]
    fn a_share_is_taken_evenly_from_the_first_on_and_of_each_account() {
        let turns = Turns::new(vec![0.25, 0.0, 1.0], None);
        let taken =
            |operation, account| (0..8).map(|_| turns.take(operation, account, now)).collect::<Vec<_>>();
        let quarter = [true, false, false, false, true, false, false, false];
        assert_eq!(taken(0, Some(1)), quarter);
        assert_eq!(taken(0, Some(2)), quarter);
        assert_eq!(taken(1, None), [false; 8]);
        assert_eq!(taken(2, None), [true; 8]);
    }

    #[test]
    fn a_minute_has_no_more_than_it_may() {
        let turns = Turns::new(vec![1.0, 1.0], Some(3));
        let taken = (0..10).filter(|_| turns.take(0, None, now)).count();
        assert_eq!(taken, 3);
        assert!(turns.take(1, None, now), "another operation has a minute of its own");
        let later = || jiff::Timestamp::from_second(60).expect("it is a moment");
        assert!(turns.take(0, None, later));
    }
}
