//! From what the proxy captured to durable pairs: redacted, judged for the live view where there is time, appended.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use capture::serve::budget::Budget;
use capture::serve::heard::Heard;
use capture::serve::script::Captured;
use capture::serve::serving::ToRecord;
use compare::model::{Exchange, Pair, PairKind};
use http::StatusCode;
use store::segments::SegmentWriter;

use super::live::Live;
use super::script::Ticket;
use crate::judge::{Ids, Judge};
use crate::keep::{Keeper, Keeping, LIVE_SAMPLE};
use crate::plan::Plan;

/// Above this share of the memory pairs are recorded without being judged: recording must keep up, the view need not.
pub const JUDGE_SHARE_MAX: usize = 4;

/// What recorders need; shared by all.
pub struct Recording<'r> {
    /// Redacts.
    pub keeping: &'r Keeping,
    /// Judges for the live view.
    pub plan: &'r Plan,
    /// `None`: everything is forgotten.
    pub writer: Option<&'r SegmentWriter>,
    /// What is shown meanwhile.
    pub live: &'r Arc<Live>,
    /// How much waits.
    pub budget: &'r Budget,
    /// The names of this run's pairs begin so; no other run's do.
    pub prefix: &'r str,
    /// The names of the operations, as tickets count them.
    pub operations: &'r [String],
    /// The names of the accounts, as tickets count them.
    pub accounts: &'r [String],
    /// Pairs so far.
    pub number: &'r AtomicU64,
    /// What time it is.
    pub clock: fn() -> jiff::Timestamp,
    /// Told what could not be recorded; it says the first of each kind.
    pub complain: &'r (dyn Fn(String) + Sync),
}

impl Recording<'_> {
    /// Records what comes, until nothing comes any more.
    pub fn run(&self, receiver: &Mutex<Receiver<ToRecord<Ticket>>>) {
        let mut keeper = self.keeping.keeper(LIVE_SAMPLE);
        let mut judge = Judge::new(self.plan, &Ids::NotAsked);
        loop {
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(one) = next else { return };
            self.record(one, &mut keeper, &mut judge);
        }
    }

    fn record(&self, one: ToRecord<Ticket>, keeper: &mut Keeper<'_>, judge: &mut Judge<'_>) {
        let ToRecord { captured, offer, room } = one;
        let took = [total(&captured.legacy), total(&captured.new)];
        let failed = failed(&captured.new);
        let mut pair = self.pair(captured);
        let operation = pair.operation.clone();
        let has_time = self.budget.used() < self.budget.limit() / JUDGE_SHARE_MAX;
        let judged = has_time.then(|| judge.judge(&pair, String::new(), |_| false));
        let verdict = judged.as_ref().map_or("not judged", |judged| judged.verdict.name());
        let times = {
            let mut live = self.live.now();
            live.pair(&operation, judged.as_ref(), took, (self.clock)());
            failed.and_then(|what| Some((what, live.failed(&operation, what)?)))
        };
        if let Some((what, times)) = times {
            tracing::warn!(operation, what, times, "New failed.");
        }
        let Some(writer) = self.writer else {
            self.live.now().recorded(&operation);
            return offer.recorded();
        };
        if let Err(error) = keeper.prepare(&mut pair) {
            return (self.complain)(error.to_string());
        }
        let (live, id, account) = (Arc::clone(self.live), pair.id.clone(), pair.account.clone());
        let then = move |result: Result<(), store::segments::Lost>| {
            // The room is given back when the pair is on the disk, or known not to get there.
            drop(room);
            if result.is_ok() {
                live.now().recorded(&operation);
                tracing::debug!(pair = id, operation, account, verdict, "Recorded.");
                offer.recorded();
            }
        };
        if let Err(error) = writer.append_then(&pair, then) {
            (self.complain)(error.to_string());
        }
    }

    fn pair(&self, captured: Captured<Ticket>) -> Pair {
        let Captured { ticket, legacy, new, source, repeat } = captured;
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let operation = self.operations.get(ticket.operation).cloned().unwrap_or_default();
        let account = self.accounts.get(ticket.account.unwrap_or(usize::MAX)).cloned();
        let is_list = legacy.len() > 1 || new.len() > 1 || source.len() > 1;
        let repeat = exchanges(repeat);
        Pair {
            id: format!("{operation}/{}{number:07}", self.prefix),
            kind: if is_list { PairKind::Collection } else { PairKind::Request },
            account,
            recorded_at: legacy.first().map(|heard| format!("{:.3}", heard.started_at)),
            legacy: exchanges(legacy),
            new: exchanges(new),
            source: exchanges(source),
            legacy_repeats: if repeat.is_empty() { Vec::new() } else { vec![repeat] },
            operation,
            ..Pair::default()
        }
    }
}

fn exchanges(heard: Vec<Heard>) -> Vec<Exchange> {
    heard.into_iter().map(Heard::into_exchange).collect()
}

/// How new failed, where it did: by the word of the failure, or because it answered that it is asked too often.
fn failed(new: &[Heard]) -> Option<&'static str> {
    match &new.last()?.outcome {
        Err(failure) => Some(failure.kind.name()),
        Ok(answer) => (answer.status == StatusCode::TOO_MANY_REQUESTS).then_some("throttled"),
    }
}

/// How long a side took for all of its answer.
fn total(heard: &[Heard]) -> Duration {
    heard.iter().map(|heard| heard.elapsed).sum()
}
