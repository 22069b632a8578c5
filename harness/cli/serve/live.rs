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
pub struct Live {
    inner: Mutex<Inner>,
    /// Apart: it is counted while a caller waits, who must not wait for a page that is being made.
    uncovered: Mutex<BTreeMap<String, u64>>,
}

/// What is known at one moment.
#[derive(Default)]
pub struct Inner {
    /// Of the pairs that were judged.
    pub tally: Tally,
    /// By operation.
    pub operations: BTreeMap<String, OperationLive>,
    /// Pairs that were recorded and not judged, because others waited.
    pub unjudged: u64,
    /// How often new did not answer, or answered that it is asked too often, by operation and what it was.
    pub failures: BTreeMap<(String, &'static str), u64>,
    minutes: Minutes,
}

/// What the last minutes' pairs came to.
#[derive(Default)]
struct Minutes(VecDeque<(i64, Minute)>);

/// What is known of an operation.
#[derive(Default)]
pub struct OperationLive {
    /// Pairs that are durable.
    pub recorded: u64,
    /// How long legacy took, in microseconds.
    pub legacy: Option<Histogram<u32>>,
    /// How long new took, in microseconds.
    pub new: Option<Histogram<u32>>,
    minutes: Minutes,
}

impl Live {
    /// With a tally that counts as a gate's does: pairs recorded before this moment (seconds since 1970) do not.
    pub fn since(since: Option<i64>) -> Live {
        let inner = Inner { tally: Tally::since(since), ..Inner::default() };
        Live { inner: Mutex::new(inner), uncovered: Mutex::default() }
    }

    /// What is known now; recording waits meanwhile.
    pub fn now(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request that fits no operation.
    pub fn uncover(&self, template: String) {
        let mut uncovered = self.uncovered();
        let is_known = uncovered.contains_key(&template) || uncovered.len() < UNCOVERED_MAX;
        let template = if is_known { template } else { "(others)".to_owned() };
        *uncovered.entry(template).or_default() += 1;
    }

    /// Requests that fit no operation, by template.
    pub fn uncovered(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.uncovered.lock().unwrap_or_else(PoisonError::into_inner)
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
        let number = now.as_second().div_euclid(60);
        self.minutes.add(number, &judgement.verdict);
        if let Some(known) = self.operations.get_mut(operation) {
            known.minutes.add(number, &judgement.verdict);
        }
    }

    /// New did not answer a request of an operation, or that it is asked too often. Answers how often it did so where that is worth
    /// a word: the first time, the second, the fourth, and so on.
    pub fn failed(&mut self, operation: &str, what: &'static str) -> Option<u64> {
        let times = self.failures.entry((operation.to_owned(), what)).or_default();
        *times += 1;
        times.is_power_of_two().then_some(*times)
    }

    /// A pair of it is durable.
    pub fn recorded(&mut self, operation: &str) {
        if let Some(known) = self.operations.get_mut(operation) {
            known.recorded += 1;
        }
    }

    /// The last minutes up to the present one, those without a pair too.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        self.minutes.last(now)
    }
}

impl OperationLive {
    /// Likewise, of the operation alone.
    pub fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        self.minutes.last(now)
    }
}

impl Minutes {
    fn add(&mut self, number: i64, verdict: &Verdict) {
        let minute = self.minute(number);
        minute.judged += 1;
        minute.open += match verdict {
            Verdict::Same | Verdict::Tolerated => 0,
            Verdict::Different | Verdict::Undecided(_) => 1,
        };
    }

    fn minute(&mut self, number: i64) -> &mut Minute {
        // A clock that is set back adds to the last minute.
        if self.0.back().is_none_or(|(last, _)| *last < number) {
            self.0.push_back((number, Minute::default()));
        }
        while self.0.len() > MINUTES_MAX {
            self.0.pop_front();
        }
        &mut self.0.back_mut().expect("one was pushed where there was none").1
    }

    fn last(&self, now: Timestamp) -> Vec<Minute> {
        let Some((first, _)) = self.0.front() else { return Vec::new() };
        let present = now.as_second().div_euclid(60);
        let from = (*first).max(present - MINUTES_MAX as i64 + 1);
        let of = |number: i64| {
            let found = self.0.iter().find(|(known, _)| *known == number);
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
        let mut minutes = Minutes::default();
        for number in [10, 11, 14] {
            minutes.add(number, &Verdict::Same);
        }
        let judged: Vec<_> = minutes.last(at(15)).iter().map(|minute| minute.judged).collect();
        assert_eq!(judged, [1, 1, 0, 0, 1, 0]);
        assert_eq!(
            minutes.last(at(14 + MINUTES_MAX as i64)).iter().map(|minute| minute.judged).sum::<u64>(),
            0
        );
        minutes.add(9, &Verdict::Different);
        assert_eq!(minutes.0.back().map(|(number, minute)| (*number, minute.judged)), Some((14, 2)));
    }

    #[test]
    fn requests_without_an_operation_are_counted_up_to_a_number_of_templates() {
        let live = Live::since(None);
        for number in 0..UNCOVERED_MAX + 5 {
            live.uncover(format!("GET /{number}"));
        }
        let uncovered = live.uncovered();
        assert_eq!(uncovered.len(), UNCOVERED_MAX + 1);
        assert_eq!(uncovered["(others)"], 5);
    }

    #[test]
    fn a_failure_is_worth_a_word_ever_less_often() {
        let mut inner = Inner::default();
        let told: Vec<u64> = (0..100).filter_map(|_| inner.failed("a", "timeout")).collect();
        assert_eq!(told, [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(inner.failed("a", "reset"), Some(1));
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
