//! What we allow ourselves of a provider's limits, so that our asking never throttles the application's.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::Timestamp;

use crate::profile::{OwnLimit, Per};
use crate::rate::RateLimit;

/// We take at most this share of a limit of the provider's own: the application asks too.
pub const SHARE_DEFAULT: f64 = 0.8;
/// So much of what is told to be left is the application's: below it we wait for the window's end.
const RESERVE: f64 = 0.1;
/// Of what we may take in a window, one part in so many at once: a burst and a steady stream must fit into any window together.
const BURST_PART: u32 = 5;
/// A reserve is kept for no longer than this, whatever an answer says.
const RESERVE_MS_MAX: u64 = 60_000;

type Limiter = RateLimiter<
    NotKeyed,
    InMemoryState,
    MonotonicClock,
    NoOpMiddleware<<MonotonicClock as governor::clock::Clock>::Instant>,
>;

/// The budgets of one side: one of its token, one of each account.
#[derive(Debug)]
pub struct Budgets {
    token: Vec<Limiter>,
    account_quotas: Vec<Quota>,
    accounts: Mutex<BTreeMap<String, Account>>,
    /// Whether something is left to the application; who takes the whole share is alone.
    keeps_reserve: bool,
}

#[derive(Debug)]
struct Account {
    limiters: Vec<Limiter>,
    /// Not before this moment, because the provider said that little is left.
    held_until: Option<Timestamp>,
    /// What the provider last said is left.
    left: Option<u64>,
}

/// Whether one may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Now; the request is counted.
    Now,
    /// After so long, at the earliest; nothing is counted.
    In(Duration),
}

impl Budgets {
    /// Budgets from a profile's own limits and the share that we may take.
    pub fn new(limits: &[OwnLimit], share: f64) -> Budgets {
        let quotas = |per: Per| {
            limits.iter().filter(move |limit| limit.per == per).map(move |limit| quota(limit, share))
        };
        Budgets {
            token: quotas(Per::Token).map(limiter).collect(),
            account_quotas: quotas(Per::Account).collect(),
            accounts: Mutex::default(),
            keeps_reserve: share < 1.0,
        }
    }

    /// Takes one request of an account, if every budget has one.
    pub fn take(&self, account: &str, now: Timestamp) -> Permit {
        let mut accounts = self.accounts();
        let account = accounts.entry(account.to_owned()).or_insert_with(|| Account {
            limiters: self.account_quotas.iter().copied().map(limiter).collect(),
            held_until: None,
            left: None,
        });
        if let Some(until) = account.held_until {
            match u64::try_from(until.as_millisecond() - now.as_millisecond()) {
                Ok(ms) if ms > 0 => return Permit::In(Duration::from_millis(ms)),
                _ => account.held_until = None,
            }
        }
        // The account's first: a busy account must not use up what others have of the token's.
        for limiter in account.limiters.iter().chain(&self.token) {
            if let Err(refused) = limiter.check() {
                return Permit::In(refused.wait_time_from(limiter.clock().now()));
            }
        }
        Permit::Now
    }

    /// Waits until there is a request to take, and takes it.
    pub async fn wait(&self, account: &str, clock: crate::Clock) {
        while let Permit::In(wait) = self.take(account, clock()) {
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// Hears what an answer said is left of an account's limit.
    pub fn learn(&self, account: &str, limit: &RateLimit, now: Timestamp) {
        if let (Some(known), Some(left)) = (self.accounts().get_mut(account), limit.remaining) {
            known.left = Some(left);
        }
        let (Some(remaining), Some(resets_in_ms)) = (limit.remaining, limit.resets_in_ms) else { return };
        let reserve = limit.limit.map_or(0.0, |limit| limit as f64 * RESERVE);
        if !self.keeps_reserve || remaining as f64 > reserve {
            return;
        }
        let ms = resets_in_ms.min(RESERVE_MS_MAX);
        let until = now.checked_add(jiff::SignedDuration::from_millis(ms as i64)).ok();
        self.hold(account, until);
    }

    /// What the provider last said is left of each account's limit, where it said so.
    pub fn left(&self) -> BTreeMap<String, u64> {
        let accounts = self.accounts();
        accounts.iter().filter_map(|(name, account)| Some((name.clone(), account.left?))).collect()
    }

    fn accounts(&self) -> MutexGuard<'_, BTreeMap<String, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks nothing of an account until a moment.
    pub fn hold(&self, account: &str, until: Option<Timestamp>) {
        let mut accounts = self.accounts();
        if let Some(account) = accounts.get_mut(account) {
            account.held_until = account.held_until.max(until);
        }
    }
}

fn limiter(quota: Quota) -> Limiter {
    RateLimiter::direct_with_clock(quota, MonotonicClock)
}

/// A steady stream with a burst ahead of it, that together stay within the share in any window of the limit's length.
fn quota(limit: &OwnLimit, share: f64) -> Quota {
    let allowed = ((f64::from(limit.requests) * share).floor() as u32).max(1);
    let burst = (allowed / BURST_PART).max(1);
    let steady = (allowed - burst).max(1);
    let period = Duration::from_secs(u64::from(limit.seconds)) / steady;
    let burst = NonZeroU32::new(burst).expect("it is at least one");
    Quota::with_period(period.max(Duration::from_nanos(1)))
        .expect("it is longer than nothing")
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::profile::Confidence;

    fn limit(per: Per, requests: u32, seconds: u32) -> OwnLimit {
        OwnLimit { confidence: Confidence::V, per, requests, seconds, note: None }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_165_200_000 + ms).expect("it is a moment")
    }

    #[test]
    fn no_window_of_the_limits_length_sees_more_than_the_share() {
        for (requests, seconds, share) in
            [(50, 10, 0.8), (500, 10, 0.8), (100, 60, 0.5), (3, 1, 0.9), (1, 1, 0.1)]
        {
            let clock = FakeRelativeClock::default();
            let limiter = RateLimiter::direct_with_clock(
                quota(&limit(Per::Account, requests, seconds), share),
                clock.clone(),
            );
            // Greedy for three windows, in steps of a millisecond.
            let window_ms = u64::from(seconds) * 1_000;
            let mut taken = Vec::new();
            for ms in 0..3 * window_ms {
                while limiter.check().is_ok() {
                    taken.push(ms);
                }
                clock.advance(Duration::from_millis(1));
            }
            let most = (0..taken.len())
                .map(|first| taken[first..].iter().take_while(|ms| **ms < taken[first] + window_ms).count())
                .max()
                .unwrap_or(0);
            let allowed = ((f64::from(requests) * share) as usize).max(2);
            assert!(
                most <= allowed && most * 10 >= allowed * 5,
                "{most} of {allowed} for {requests} in {seconds} s"
            );
        }
    }

    #[test]
    fn one_busy_account_does_not_use_up_what_others_have() {
        let budgets =
            Budgets::new(&[limit(Per::Token, 1_000, 10), limit(Per::Account, 50, 10)], SHARE_DEFAULT);
        let taken =
            |account: &str| (0..1_000).filter(|_| budgets.take(account, at(0)) == Permit::Now).count();
        assert_eq!(taken("a"), 8, "a fifth of forty at once");
        assert_eq!(taken("b"), 8);
        assert!(matches!(budgets.take("a", at(0)), Permit::In(wait) if wait > Duration::ZERO));
        let alone = Budgets::new(&[], 1.0);
        alone.take("a", at(0));
        alone.learn(
            "a",
            &RateLimit { remaining: Some(0), resets_in_ms: Some(9), ..RateLimit::default() },
            at(0),
        );
        assert_eq!(alone.take("a", at(0)), Permit::Now, "who takes all leaves nothing to others");
        let unlimited = Budgets::new(&[], SHARE_DEFAULT);
        assert_eq!(unlimited.take("a", at(0)), Permit::Now);
    }

    #[test]
    fn where_little_is_left_the_rest_is_the_applications() {
        let budgets = Budgets::new(&[], SHARE_DEFAULT);
        let left = |remaining| RateLimit {
            limit: Some(110),
            remaining: Some(remaining),
            resets_in_ms: Some(4_000),
            ..RateLimit::default()
        };
        budgets.take("a", at(0));
        budgets.learn("a", &left(12), at(0));
        assert_eq!(budgets.take("a", at(0)), Permit::Now);
        budgets.learn("a", &left(11), at(0));
        assert_eq!(budgets.take("a", at(1_000)), Permit::In(Duration::from_millis(3_000)));
        assert_eq!(budgets.take("b", at(1_000)), Permit::Now, "another account has a limit of its own");
        assert_eq!(budgets.take("a", at(4_000)), Permit::Now);
        budgets.learn("a", &RateLimit { resets_in_ms: Some(86_400_000), ..left(0) }, at(5_000));
        assert_eq!(budgets.take("a", at(5_000)), Permit::In(Duration::from_millis(RESERVE_MS_MAX)));
    }
}
