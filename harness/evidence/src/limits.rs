//! What new says of its limits, and where legacy bore what new refuses: the application will meet both after the cutover.

use std::collections::BTreeMap;

use compare::limits::{LimitsTold, Misfit};
use compare::verdict::Judgement;

use crate::bounded::Merge;
use crate::census::Latency;
use crate::tally::CaseTally;

/// An answer of legacy's is slow where it took so many times as long as half of its answers do, …
const SLOW_TIMES: u64 = 3;
/// … and so much longer: less is no waiting for a limit.
const SLOW_MS: u64 = 500;

/// What new's answers to one operation say of limits. Answers of which no header was recorded say nothing, and do not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitTally {
    /// New's answers.
    pub answers: u64,
    /// Of them, those that lack each of [`compare::limits::FIELDS`].
    pub lacking: [u64; 3],
    /// Those that are 429.
    pub throttled: u64,
    /// Of those, the ones that lack each.
    pub throttled_lacking: [u64; 3],
    /// Pairs with an answer whose fields do not fit.
    pub misfits: BTreeMap<Misfit, CaseTally>,
    /// Pairs in which new answered 429, and legacy gave an answer.
    pub only_new: CaseTally,
    /// How long legacy took in those, page by page.
    pub legacy_beside: Latency,
}

impl LimitTally {
    /// Counts one pair.
    pub(crate) fn add(&mut self, judgement: &Judgement) {
        let circumstances = &judgement.circumstances;
        for told in &circumstances.new_limits {
            self.answers += 1;
            self.throttled += u64::from(told.is_throttled);
            for (index, has) in told.has.iter().enumerate() {
                self.lacking[index] += u64::from(!has);
                self.throttled_lacking[index] += u64::from(!has && told.is_throttled);
            }
        }
        for (misfit, _) in Misfit::ALL {
            if circumstances.new_limits.iter().any(|told| told.misfits.contains(&misfit)) {
                self.misfits.entry(misfit).or_default().add(judgement, "");
            }
        }
        let is_throttled = circumstances.new_limits.iter().any(|told: &LimitsTold| told.is_throttled);
        if is_throttled && judgement.legacy_status.is_some_and(|status| (200..300).contains(&status)) {
            self.only_new.add(judgement, "");
            circumstances.legacy_ms.iter().for_each(|ms| self.legacy_beside.record(*ms));
        }
    }

    /// How often legacy's answer was slow where new answered 429, and from how many milliseconds on an answer is slow:
    /// legacy, it seems, waits for the limit where new tells of it. `None`: it never was, or nobody timed it.
    pub fn hidden(&self, legacy: &Latency) -> Option<Hidden> {
        let usual_ms = legacy.quantile_ms(0.5)?;
        let slow_ms = (usual_ms * SLOW_TIMES).max(usual_ms + SLOW_MS);
        let answers = self.legacy_beside.count_from(slow_ms);
        (answers > 0).then_some(Hidden { answers, of: self.legacy_beside.count(), slow_ms, usual_ms })
    }
}

/// Where legacy hid a throttle by waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Its slow answers where new answered 429.
    pub answers: u64,
    /// All of its answers there.
    pub of: u64,
    /// From then on an answer is slow.
    pub slow_ms: u64,
    /// Half of its answers to the operation come within.
    pub usual_ms: u64,
}

impl Merge for LimitTally {
    fn merge(&mut self, other: Self) {
        self.answers += other.answers;
        self.throttled += other.throttled;
        for index in 0..self.lacking.len() {
            self.lacking[index] += other.lacking[index];
            self.throttled_lacking[index] += other.throttled_lacking[index];
        }
        for (misfit, tally) in other.misfits {
            self.misfits.entry(misfit).or_default().merge(tally);
        }
        self.only_new.merge(other.only_new);
        self.legacy_beside.merge(other.legacy_beside);
    }
}

#[cfg(test)]
mod tests {
    use compare::verdict::{Circumstances, Reason, ReasonCode, Verdict};

    use super::*;
    use crate::tally::Tally;

    fn pair(number: usize, legacy_ms: u64, new_limits: Vec<LimitsTold>) -> Judgement {
        let is_throttled = new_limits.iter().any(|told| told.is_throttled);
        let reason = Reason { code: ReasonCode::Throttled, detail: "only new was throttled".to_owned() };
        Judgement {
            pair: format!("a.list/{number:03}"),
            operation: "a.list".to_owned(),
            account: None,
            integration: None,
            verdict: if is_throttled { Verdict::Undecided(reason) } else { Verdict::Same },
            differences: Vec::new(),
            differences_total: 0,
            in_doubt: Vec::new(),
            volatility: Default::default(),
            notes: Vec::new(),
            legacy_status: Some(200),
            new_status: Some(if is_throttled { 429 } else { 200 }),
            location: String::new(),
            circumstances: Circumstances {
                legacy_ms: vec![legacy_ms],
                new_limits,
                ..Circumstances::default()
            },
        }
    }

    fn of(pairs: impl IntoIterator<Item = (u64, Vec<LimitsTold>)>) -> Tally {
        let mut tally = Tally::default();
        for (number, (legacy_ms, told)) in pairs.into_iter().enumerate() {
            tally.add(&pair(number, legacy_ms, told));
        }
        tally
    }

    fn throttled(has: [bool; 3], misfits: &[Misfit]) -> LimitsTold {
        LimitsTold { is_throttled: true, has, misfits: misfits.to_vec() }
    }

    fn answered() -> LimitsTold {
        LimitsTold { is_throttled: false, has: [true; 3], misfits: Vec::new() }
    }

    #[test]
    fn what_lacks_is_counted_over_all_answers_and_over_the_429s() {
        let tally = of([
            (100, vec![answered(), answered()]),
            (100, vec![LimitsTold { has: [true, true, false], ..answered() }]),
            (100, vec![throttled([true, false, false], &[Misfit::NoWayBack])]),
            (100, Vec::new()),
        ]);
        let limits = &tally.operations.get("a.list").expect("it has pairs").census.limits;
        assert_eq!((limits.answers, limits.lacking), (4, [0, 1, 2]));
        assert_eq!((limits.throttled, limits.throttled_lacking), (1, [0, 1, 1]));
        assert_eq!(limits.misfits[&Misfit::NoWayBack].pairs, 1);
        assert_eq!(limits.only_new.pairs, 1);
    }

    #[test]
    fn a_slow_answer_of_legacys_beside_a_429_of_news_hides_a_throttle() {
        let told = |ms: u64, is_throttled: bool| {
            (ms, vec![if is_throttled { throttled([true; 3], &[]) } else { answered() }])
        };
        let usual = (0..9).map(|_| told(100, false));
        let hidden = |beside: &[u64]| {
            let tally = of(usual.clone().chain(beside.iter().map(|ms| told(*ms, true))));
            let census = &tally.operations.get("a.list").expect("it has pairs").census;
            census
                .limits
                .hidden(&census.legacy_latency)
                .map(|hidden| (hidden.answers, hidden.of, hidden.slow_ms))
        };
        assert_eq!(hidden(&[]), None);
        assert_eq!(hidden(&[110, 120]), None, "legacy was not slower than usual");
        assert_eq!(hidden(&[590]), None, "nor much slower");
        assert_eq!(hidden(&[110, 2_400, 9_000]), Some((2, 3, 600)));
    }

    #[test]
    fn halves_add_up_to_the_whole() {
        let pairs = [
            (100, vec![answered()]),
            (3_000, vec![throttled([true, false, true], &[Misfit::LeftAtThrottle])]),
            (90, vec![throttled([false; 3], &[Misfit::NoWayBack])]),
        ];
        let whole = of(pairs.clone());
        let mut halves = Tally::default();
        for (number, (ms, told)) in pairs.into_iter().enumerate().rev() {
            let mut half = Tally::default();
            half.add(&pair(number, ms, told));
            halves = halves.merge(half);
        }
        assert_eq!(halves, whole);
    }
}
