//! What a running proxy has recorded so far, for its page and its metrics.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compare::verdict::{Judgement, Verdict};
use evidence::tally::Tally;
use hdrhistogram::Histogram;
use jiff::Timestamp;
use report::live::{MINUTES_MAX, Minute};

/// Templates of requests without an operation that are told apart; the others are counted together.
pub const UNCOVERED_MAX: usize = 200;
/// Longer than any call waits.
const LATENCY_MAX: Duration = Duration::from_secs(600);
/// Two digits tell 10 ms from 11 ms, and keep a histogram small.
const LATENCY_DIGITS: u8 = 2;

/// What a proxy has recorded; threads share it.
#[derive(Default)]
pub struct Live {
    inner: Mutex<Inner>,
}

/// What is known at one moment.
#[derive(Default)]
pub struct Inner {
    /// Of the pairs that were judged.
    pub tally: Tally,
    /// By operation.
    pub operations: BTreeMap<String, OperationLive>,
    /// By template.
    pub uncovered: BTreeMap<String, u64>,
    /// Pairs that were recorded and not judged, because others waited.
    pub unjudged: u64,
    minutes: VecDeque<(i64, Minute)>,
}

/// What is known of an operation.
#[derive(Default)]
pub struct OperationLive {
    /// Pairs that are durable.
    pub recorded: u64,
    /// How long legacy took, in microseconds.
    pub legacy: Option<Histogram<u32>>,
    /// How long new took, in microseconds.
    pub new: Option<Histogram<u32>>,
}

impl Live {
    /// What is known now; recording waits meanwhile.
    pub fn now(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request that fits no operation.
    pub fn uncovered(&self, template: impl FnOnce() -> String) {
        let mut inner = self.now();
        let template = template();
        let is_known = inner.uncovered.contains_key(&template) || inner.uncovered.len() < UNCOVERED_MAX;
        let template = if is_known { template } else { "(others)".to_owned() };
        *inner.uncovered.entry(template).or_default() += 1;
    }
}

impl Inner {
    /// A pair, judged or not, with how long each side took.
    pub fn pair(&mut self, operation: &str, judged: Option<&Judgement>, took: [Duration; 2], now: Timestamp) {
        if !self.operations.contains_key(operation) {
            self.operations.insert(operation.to_owned(), OperationLive::default());
        }
        if let Some(known) = self.operations.get_mut(operation) {
            let [legacy, new] = took;
            note(&mut known.legacy, legacy);
            note(&mut known.new, new);
        }
        let Some(judgement) = judged else {
            self.unjudged += 1;
            return;
        };
        self.tally.add(judgement);
        let minute = self.minute(now.as_second().div_euclid(60));
        minute.judged += 1;
        minute.open += match judgement.verdict {
            Verdict::Same | Verdict::Tolerated => 0,
            Verdict::Different | Verdict::Undecided(_) => 1,
        };
    }

    /// A pair of it is durable.
    pub fn recorded(&mut self, operation: &str) {
        if let Some(known) = self.operations.get_mut(operation) {
            known.recorded += 1;
        }
    }

    fn minute(&mut self, number: i64) -> &mut Minute {
        // A clock that is set back adds to the last minute.
        if self.minutes.back().is_none_or(|(last, _)| *last < number) {
            self.minutes.push_back((number, Minute::default()));
        }
        while self.minutes.len() > MINUTES_MAX {
            self.minutes.pop_front();
        }
        &mut self.minutes.back_mut().expect("one was pushed where there was none").1
    }

    /// The last minutes up to the present one, those without a pair too.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let Some((first, _)) = self.minutes.front() else { return Vec::new() };
        let present = now.as_second().div_euclid(60);
        let from = (*first).max(present - MINUTES_MAX as i64 + 1);
        let of = |number: i64| {
            let found = self.minutes.iter().find(|(known, _)| *known == number);
            found.map(|(_, minute)| *minute).unwrap_or_default()
        };
        (from..=present).map(of).collect()
    }
}

fn note(histogram: &mut Option<Histogram<u32>>, took: Duration) {
    let most = LATENCY_MAX.as_micros() as u64;
    let made = histogram.take().or_else(|| Histogram::new_with_max(most, LATENCY_DIGITS).ok());
    *histogram = made.map(|mut known| {
        known.saturating_record(u64::try_from(took.as_micros()).unwrap_or(most));
        known
    });
}

/// The median and the 99th percentile, in milliseconds.
pub fn percentiles(histogram: Option<&Histogram<u32>>) -> Option<(f64, f64)> {
    let known = histogram.filter(|known| !known.is_empty())?;
    let at = |share: f64| known.value_at_quantile(share) as f64 / 1_000.0;
    Some((at(0.5), at(0.99)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60 + 7).expect("it is a moment")
    }

    #[test]
    fn minutes_without_a_pair_are_shown_too_and_old_ones_are_forgotten() {
        let mut inner = Inner::default();
        for number in [10, 11, 14] {
            inner.minute(number).judged += 1;
        }
        let judged: Vec<_> = inner.minutes(at(15)).iter().map(|minute| minute.judged).collect();
        assert_eq!(judged, [1, 1, 0, 0, 1, 0]);
        assert_eq!(
            inner.minutes(at(14 + MINUTES_MAX as i64)).iter().map(|minute| minute.judged).sum::<u64>(),
            0
        );
        inner.minute(9).judged += 1;
        assert_eq!(inner.minutes.back().map(|(number, minute)| (*number, minute.judged)), Some((14, 2)));
    }

    #[test]
    fn requests_without_an_operation_are_counted_up_to_a_number_of_templates() {
        let live = Live::default();
        for number in 0..UNCOVERED_MAX + 5 {
            live.uncovered(|| format!("GET /{number}"));
        }
        let inner = live.now();
        assert_eq!(inner.uncovered.len(), UNCOVERED_MAX + 1);
        assert_eq!(inner.uncovered["(others)"], 5);
    }

    #[test]
    fn latencies_are_told_in_milliseconds() {
        let mut histogram = None;
        assert_eq!(percentiles(histogram.as_ref()), None);
        for took in 1..=100 {
            note(&mut histogram, Duration::from_millis(took));
        }
        note(&mut histogram, Duration::from_secs(100_000));
        let (half, most) = percentiles(histogram.as_ref()).expect("there are some");
        assert!((half - 51.0).abs() < 1.0 && (most - 100.0).abs() < 2.0, "{half} {most}");
    }
}
