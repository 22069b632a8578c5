//! One job: both sides at the same time, then the source, then legacy once more where that is asked for.

use compare::model::{Exchange, Failure, FailureKind, Outcome};
use providers::provider::{CallError, Patience, Provider};

use super::{Ask, Job, Recorded, Sides};
use crate::drain::drain;
use crate::exchange::exchange;

/// How much asking something took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were sent to legacy.
    pub legacy_requests: u64,
    /// Requests that were sent to new, for itself and for the source.
    pub new_requests: u64,
    /// How many of all were answered with 429 or the like.
    pub throttled: u64,
}

impl Counts {
    /// Both together.
    pub fn add(&mut self, other: Counts) {
        self.legacy_requests += other.legacy_requests;
        self.new_requests += other.new_requests;
        self.throttled += other.throttled;
    }
}

/// What one side was asked and answered.
#[derive(Default)]
struct Walk {
    pages: Vec<Exchange>,
    requests: u64,
    throttled: u64,
}

/// Asks both sides; where it is done again, neither source nor repeats are asked.
pub(super) async fn both(
    sides: &Sides,
    job: &Job,
    again: bool,
    on_page: &(dyn Fn() + Send + Sync),
) -> Recorded {
    let (legacy, new) = tokio::join!(
        side(sides.legacy.as_deref(), job.legacy.as_ref(), on_page),
        side(sides.new.as_deref(), job.new.as_ref(), on_page),
    );
    let mut recorded = Recorded::default();
    recorded.counts.add(Counts {
        legacy_requests: legacy.requests,
        new_requests: new.requests,
        throttled: legacy.throttled + new.throttled,
    });
    recorded.legacy = legacy.pages;
    recorded.new = new.pages;
    if again {
        return recorded;
    }
    let source = side(sides.new.as_deref(), job.source.as_ref(), on_page).await;
    recorded.counts.new_requests += source.requests;
    recorded.counts.throttled += source.throttled;
    recorded.source = source.pages;
    for _ in 0..job.repeats {
        let repeat = side(sides.legacy.as_deref(), job.legacy.as_ref(), on_page).await;
        recorded.counts.legacy_requests += repeat.requests;
        recorded.counts.throttled += repeat.throttled;
        recorded.legacy_repeats.push(repeat.pages);
    }
    recorded
}

async fn side(provider: Option<&Provider>, ask: Option<&Ask>, on_page: &(dyn Fn() + Send + Sync)) -> Walk {
    let (Some(provider), Some(ask)) = (provider, ask) else { return Walk::default() };
    let account = ask.account.as_deref();
    let walked =
        match &ask.list {
            Some(list) => {
                drain(provider, &ask.asked, account, &list.next, &list.items, on_page).await.map(|drained| {
                    Walk { pages: drained.pages, requests: drained.attempts, throttled: drained.throttled }
                })
            }
            None => {
                let exchanged = exchange(provider, &ask.asked, account, Patience::LONG).await;
                on_page();
                exchanged.map(|exchanged| Walk {
                    requests: u64::from(exchanged.attempts),
                    throttled: u64::from(exchanged.throttled),
                    pages: vec![exchanged.exchange],
                })
            }
        };
    walked.unwrap_or_else(|error| Walk { pages: vec![refused(&error)], ..Walk::default() })
}

/// What could not be asked at all.
fn refused(error: &CallError) -> Exchange {
    let failure = Failure { kind: FailureKind::Refused, detail: error.to_string() };
    Exchange { started_at: None, elapsed_ms: None, request: None, outcome: Outcome::Failure(failure) }
}
