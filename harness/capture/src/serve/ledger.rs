//! What became of every request: counts that always add up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a request was passed on and not offered to be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    /// It fits no operation.
    NoOperation,
    /// It fits one, and nothing tells whose it is.
    UnknownAccount,
    /// Its method may write.
    Unsafe,
    /// It is a list's page, and not the first: the first one's mirror walks the whole list.
    LaterPage,
    /// It was not its turn.
    NotSampled,
    /// It asks for another protocol, and was refused.
    Refused,
}

/// Why a mirror that was offered came to no pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// There was no room for it.
    QueueFull,
    /// The caller left before it had legacy's whole answer.
    CallerLeft,
    /// A body is over the limit.
    TooLarge,
    /// A list has more pages than a mirror walks.
    TooLong,
    /// It could not be told what new is to be asked.
    NotAsked,
    /// New's own limits leave no room.
    OverBudget,
    /// It was redacted or written in vain.
    NotRecorded,
    /// It was still waiting when the proxy stopped.
    Stopped,
}

impl Passed {
    /// Every reason with the word that metrics use.
    pub const ALL: [(Passed, &'static str); 6] = [
        (Passed::NoOperation, "no_operation"),
        (Passed::UnknownAccount, "unknown_account"),
        (Passed::Unsafe, "unsafe"),
        (Passed::LaterPage, "later_page"),
        (Passed::NotSampled, "not_sampled"),
        (Passed::Refused, "refused"),
    ];
}

impl Dropped {
    /// Every reason with the word that metrics use.
    pub const ALL: [(Dropped, &'static str); 8] = [
        (Dropped::QueueFull, "queue_full"),
        (Dropped::CallerLeft, "caller_left"),
        (Dropped::TooLarge, "too_large"),
        (Dropped::TooLong, "too_long"),
        (Dropped::NotAsked, "not_asked"),
        (Dropped::OverBudget, "over_budget"),
        (Dropped::NotRecorded, "not_recorded"),
        (Dropped::Stopped, "stopped"),
    ];
}

/// Why a caller's connection came to nothing, before any request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unopened {
    /// It could not be taken: most often there are no file descriptors left.
    NotAccepted,
    /// It spoke no TLS that we speak.
    NoTls,
}

impl Unopened {
    /// Every reason with the word that metrics use.
    pub const ALL: [(Unopened, &'static str); 2] =
        [(Unopened::NotAccepted, "not_accepted"), (Unopened::NoTls, "no_tls")];
}

/// Counts that all threads share.
#[derive(Debug, Default)]
pub struct Ledger {
    requests: AtomicU64,
    offered: AtomicU64,
    recorded: AtomicU64,
    passed: [AtomicU64; Passed::ALL.len()],
    dropped: [AtomicU64; Dropped::ALL.len()],
    unopened: [AtomicU64; Unopened::ALL.len()],
}

/// A mirror that was offered. However it ends, it is counted once: by what is said of it, or when it is let go.
#[derive(Debug)]
pub struct Offer {
    ledger: Option<Arc<Ledger>>,
    otherwise: Dropped,
}

impl Offer {
    /// From now on, what it means when it is let go without a word.
    pub fn otherwise(&mut self, why: Dropped) {
        self.otherwise = why;
    }

    /// It came to nothing.
    pub fn dropped(mut self, why: Dropped) {
        self.otherwise = why;
    }

    /// Its pair is durable.
    pub fn recorded(mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.recorded.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.dropped[self.otherwise as usize].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests of callers.
    pub requests: u64,
    /// Those that were to be mirrored: at rest, the sum of `recorded` and `dropped`.
    pub offered: u64,
    /// Pairs that are durable.
    pub recorded: u64,
    /// Requests that were not offered, by reason.
    pub passed: Vec<(&'static str, u64)>,
    /// Offers that came to no pair, by reason.
    pub dropped: Vec<(&'static str, u64)>,
    /// Connections of callers that came to nothing, by reason.
    pub unopened: Vec<(&'static str, u64)>,
}

impl Ledger {
    /// A request of a caller.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A request that is to be mirrored.
    pub fn offer(self: &Arc<Self>) -> Offer {
        self.offered.fetch_add(1, Ordering::Relaxed);
        Offer { ledger: Some(self.clone()), otherwise: Dropped::CallerLeft }
    }

    /// A request that is not.
    pub fn passed(&self, why: Passed) {
        self.passed[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A connection that came to nothing.
    pub fn unopened(&self, why: Unopened) {
        self.unopened[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// All counts. While requests are under way `offered` may be ahead of its parts.
    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            recorded: read(&self.recorded),
            dropped: Dropped::ALL
                .iter()
                .map(|(why, name)| (*name, read(&self.dropped[*why as usize])))
                .collect(),
            passed: Passed::ALL
                .iter()
                .map(|(why, name)| (*name, read(&self.passed[*why as usize])))
                .collect(),
            unopened: Unopened::ALL
                .iter()
                .map(|(why, name)| (*name, read(&self.unopened[*why as usize])))
                .collect(),
            offered: read(&self.offered),
            requests: read(&self.requests),
        }
    }
}

impl Counts {
    /// Offers that came to nothing, whatever the reason.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().map(|(_, count)| count).sum()
    }

    /// Offers that are still under way.
    pub fn under_way(&self) -> u64 {
        self.offered.saturating_sub(self.recorded + self.dropped_total())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Dropped, Ledger, Passed};

    #[test]
    fn every_reason_has_its_own_place() {
        let ledger = Arc::new(Ledger::default());
        for (times, (why, _)) in Dropped::ALL.iter().enumerate() {
            (0..=times).for_each(|_| ledger.offer().dropped(*why));
        }
        for (times, (why, _)) in Passed::ALL.iter().enumerate() {
            (0..=times).for_each(|_| ledger.passed(*why));
        }
        let counts = ledger.counts();
        let numbers = |list: &[(&str, u64)]| list.iter().map(|(_, count)| *count).collect::<Vec<_>>();
        assert_eq!(numbers(&counts.dropped), (1..=8).collect::<Vec<_>>());
        assert_eq!(numbers(&counts.passed), (1..=6).collect::<Vec<_>>());
        assert_eq!(counts.dropped_total(), 36);
        assert_eq!(counts.offered, 36);
    }

    #[test]
    fn an_offer_is_counted_once_however_it_ends() {
        let ledger = Arc::new(Ledger::default());
        ledger.offer().recorded();
        ledger.offer().dropped(Dropped::TooLarge);
        drop(ledger.offer());
        let mut late = ledger.offer();
        late.otherwise(Dropped::Stopped);
        assert_eq!(ledger.counts().under_way(), 1);
        drop(late);
        let counts = ledger.counts();
        let dropped: Vec<_> = counts.dropped.iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!((counts.offered, counts.recorded, counts.under_way()), (4, 1, 0));
        assert_eq!(dropped, [&("caller_left", 1), &("too_large", 1), &("stopped", 1)]);
    }
}
