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
use compare::verdict::Judgement;
use http::StatusCode;
use jiff::SignedDuration;
use store::segments::SegmentWriter;

use super::live::Live;
use super::script::Ticket;
use crate::judge::{Ids, Judge};
use crate::keep::{Keeper, Keeping, LIVE_SAMPLE};
use crate::options::Stopwatch;
use crate::pipeline::is_interrupted;
use crate::plan::Plan;

/// Above this share of the memory pairs are recorded without being judged: recording must keep up, the view need not.
const JUDGE_SHARE_MAX: usize = 4;

/// Where nothing is recorded, so many pairs wait for their turn on the live view: enough for a burst, few enough to stay in the
/// processor's cache.
pub const SHOWN_MAX: usize = 64;

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
        let mut preview = Preview::begin(Preview::MOST);
        loop {
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(one) = next else { return };
            self.record(one, &mut keeper, (&mut judge, &mut preview));
        }
    }

    fn record(
        &self,
        one: ToRecord<Ticket>,
        keeper: &mut Keeper<'_>,
        (judge, preview): (&mut Judge<'_>, &mut Preview),
    ) {
        let ToRecord { captured, offer, room } = one;
        let took = [total(&captured.legacy), total(&captured.new)];
        let failed = failed(&captured.new);
        let operation = self.operations.get(captured.ticket.operation).cloned().unwrap_or_default();
        let is_keeping_up = self.budget.used() < self.budget.limit() / JUDGE_SHARE_MAX;
        let Some(writer) = self.writer else {
            // Nothing is kept: what is not judged need not become a pair. While this one waits, what comes finds no place.
            preview.rest();
            let judged = is_keeping_up
                .then(|| preview.within(|| judge.judge(&self.pair(captured), String::new(), |_| false)));
            self.show(&operation, judged.flatten().as_ref(), took, failed);
            self.live.now().recorded(&operation);
            return offer.recorded();
        };
        let pair = self.pair(captured);
        let judged =
            is_keeping_up.then(|| preview.within(|| judge.judge(&pair, String::new(), |_| false))).flatten();
        self.show(&operation, judged.as_ref(), took, failed);
        let verdict = judged.as_ref().map_or("not judged", |judged| judged.verdict.name());
        let account = pair.account.clone();
        let line = match keeper.line(pair) {
            Ok(line) => line,
            Err(error) => return (self.complain)(error.to_string()),
        };
        let (live, id) = (Arc::clone(self.live), line.id().to_owned());
        let then = move |result: Result<(), store::segments::Lost>| {
            // The room is given back when the pair is on the disk, or known not to get there.
            drop(room);
            if result.is_ok() {
                live.now().recorded(&operation);
                tracing::debug!(pair = id, operation, account, verdict, "Recorded.");
                offer.recorded();
            }
        };
        if let Err(error) = writer.append_line_then(line, then) {
            (self.complain)(error.to_string());
        }
    }

    /// Shows a pair on the live view, and tells of new's failure.
    fn show(
        &self,
        operation: &str,
        judged: Option<&Judgement>,
        took: [Duration; 2],
        failed: Option<&'static str>,
    ) {
        let times = {
            let mut live = self.live.now();
            live.pair(operation, judged, took, (self.clock)());
            failed.and_then(|what| Some((what, live.failed(operation, what)?)))
        };
        if let Some((what, times)) = times {
            tracing::warn!(operation, what, times, "New failed.");
        }
    }

    fn pair(&self, captured: Captured<Ticket>) -> Pair {
        let Captured { ticket, legacy, new, source, repeat } = captured;
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let operation = self.operations.get(ticket.operation).cloned().unwrap_or_default();
        let account = self.accounts.get(ticket.account.unwrap_or(usize::MAX)).cloned();
        // A list that is walked to its end is one of a single page too.
        let planned = self.plan.find(&operation).map(|index| &self.plan.operations[index]);
        let is_list = planned.is_some_and(|planned| planned.items.is_some())
            || legacy.len() > 1
            || new.len() > 1
            || source.len() > 1;
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

/// Judging for the live view takes no more than a share of a recorder's time: at thousands of pairs a second a part of them shows as
/// much.
struct Preview {
    watch: Stopwatch,
    last: Duration,
    /// What it may take still; below zero, what it took too much.
    left: SignedDuration,
}

impl Preview {
    /// One part in so many of the time is the view's.
    const SHARE: u32 = 50;
    /// What it may save up, and begins with.
    const MOST: SignedDuration = SignedDuration::from_secs(2);

    /// So that it ends soon after the proxy.
    const REST_MAX: Duration = Duration::from_millis(100);

    fn begin(left: SignedDuration) -> Preview {
        Preview { watch: Stopwatch::start(), last: Duration::ZERO, left }
    }

    /// Waits until it may take time again, but not for long.
    fn rest(&self) {
        let due = self.left.min(SignedDuration::ZERO).unsigned_abs() * Preview::SHARE;
        if !is_interrupted() {
            std::thread::sleep(due.min(Preview::REST_MAX));
        }
    }

    /// Does it, unless too much time went into it before.
    fn within<T>(&mut self, judge: impl FnOnce() -> T) -> Option<T> {
        let began = self.watch.elapsed();
        self.left = (self.left + signed((began - self.last) / Preview::SHARE)).min(Preview::MOST);
        self.last = began;
        if self.left <= SignedDuration::ZERO {
            return None;
        }
        let judged = judge();
        self.left -= signed(self.watch.elapsed() - began);
        Some(judged)
    }
}

fn signed(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_takes_a_share_of_the_time_and_no_more() {
        let began = Stopwatch::start();
        let mut preview = Preview::begin(SignedDuration::ZERO);
        let mut judged = 0;
        while began.elapsed() < Duration::from_millis(200) {
            let one = preview.within(|| std::thread::sleep(Duration::from_millis(1)));
            judged += u32::from(one.is_some());
            if one.is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert!((1..=30).contains(&judged), "{judged} of about 200 were judged");
    }
}
