//! The questions that several formats ask of times and limits: how long does each side take, and what will the application
//! meet of new's limits after the cutover?

use std::collections::BTreeMap;

use compare::limits::FIELDS;
use evidence::census::{Census, Latency};
use evidence::limits::{Hidden, LimitTally};
use serde::Serialize;

use crate::run::{Run, counted, grouped};
use crate::visible::one_line;

/// How long a side's answers took, in milliseconds, to two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Answers that were timed.
    pub count: u64,
    /// Half of them came within.
    pub p50: u64,
    /// 95 in a hundred.
    pub p95: u64,
    /// 99 in a hundred.
    pub p99: u64,
}

impl Times {
    /// `None` where nobody timed an answer.
    pub fn of(latency: &Latency) -> Option<Times> {
        Some(Times {
            count: latency.count(),
            p50: latency.quantile_ms(0.5)?,
            p95: latency.quantile_ms(0.95)?,
            p99: latency.quantile_ms(0.99)?,
        })
    }

    /// `12 / 40 / 55`.
    pub fn told(times: Option<Times>) -> String {
        match times {
            None => "–".to_owned(),
            Some(Times { p50, p95, p99, .. }) => [p50, p95, p99].map(grouped).join(" / "),
        }
    }
}

/// What is known of an operation's times and limits.
pub struct Row<'a> {
    /// Its name.
    pub operation: &'a str,
    /// How long legacy took.
    pub legacy: Option<Times>,
    /// How long new took.
    pub new: Option<Times>,
    /// What new says of limits.
    pub limits: &'a LimitTally,
    /// Where legacy seems to wait where new answers 429.
    pub hidden: Option<Hidden>,
}

impl<'a> Row<'a> {
    /// Of an operation's census.
    pub fn of(operation: &'a str, census: &'a Census) -> Row<'a> {
        Row {
            operation,
            legacy: Times::of(&census.legacy_latency),
            new: Times::of(&census.new_latency),
            limits: &census.limits,
            hidden: census.limits.hidden(&census.legacy_latency),
        }
    }

    /// Which of the three fields new's answers have, in a few words.
    pub fn fields(&self) -> String {
        let LimitTally { answers, lacking, .. } = self.limits;
        match lacking {
            _ if *answers == 0 => "no header recorded".to_owned(),
            [0, 0, 0] => "all three, always".to_owned(),
            _ if lacking.iter().all(|lacks| lacks == answers) => "none of the three".to_owned(),
            _ => {
                let of = |(name, lacks): (&&str, &u64)| {
                    (*lacks > 0)
                        .then(|| format!("{name} lacks in {} of {}", grouped(*lacks), grouped(*answers)))
                };
                FIELDS.iter().zip(lacking).filter_map(of).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// What new says of an operation's limits, for machines.
#[derive(Serialize)]
pub struct LimitsLine<'a> {
    answers: u64,
    lacking: BTreeMap<&'static str, u64>,
    throttled: u64,
    throttled_lacking: BTreeMap<&'static str, u64>,
    misfits: BTreeMap<&'static str, u64>,
    only_new_throttled: u64,
    only_new_throttled_examples: Vec<&'a str>,
    hidden_by_legacy: Option<HiddenLine>,
}

#[derive(Serialize)]
struct HiddenLine {
    answers: u64,
    of: u64,
    slow_ms: u64,
    usual_ms: u64,
}

impl<'a> LimitsLine<'a> {
    /// Of an operation.
    pub fn of(row: &Row<'a>) -> LimitsLine<'a> {
        let limits = row.limits;
        let by_field = |counts: &[u64; 3]| FIELDS.into_iter().zip(*counts).collect();
        LimitsLine {
            answers: limits.answers,
            lacking: by_field(&limits.lacking),
            throttled: limits.throttled,
            throttled_lacking: by_field(&limits.throttled_lacking),
            misfits: limits.misfits.iter().map(|(misfit, tally)| (misfit.name(), tally.pairs)).collect(),
            only_new_throttled: limits.only_new.pairs,
            only_new_throttled_examples: limits
                .only_new
                .examples
                .iter()
                .map(|case| case.pair.as_str())
                .collect(),
            hidden_by_legacy: row.hidden.map(|Hidden { answers, of, slow_ms, usual_ms }| HiddenLine {
                answers,
                of,
                slow_ms,
                usual_ms,
            }),
        }
    }
}

/// Every operation of which a time or a header is known.
pub fn rows<'a>(run: &'a Run<'_>) -> Vec<Row<'a>> {
    let rows = run.tally.operations.iter().map(|(name, tally)| Row::of(name, &tally.census));
    rows.filter(|row| row.legacy.is_some() || row.new.is_some() || row.limits.answers > 0).collect()
}

/// What the application will meet after the cutover, in sentences; nothing where new's limits were not met and its fields
/// are always there, or never.
pub fn sentences(row: &Row<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let LimitTally { answers, lacking, throttled, throttled_lacking, misfits, only_new, .. } = row.limits;
    let example = |tally: &evidence::tally::CaseTally| {
        tally.examples.first().map_or(String::new(), |case| format!(", such as {}", case.pair))
    };
    let is_never = lacking.iter().all(|lacks| lacks == answers);
    for (name, (lacks, at_throttle)) in FIELDS.iter().zip(lacking.iter().zip(throttled_lacking)) {
        if *at_throttle > 0 {
            let all = counted(*throttled, "answer 429", "answers 429");
            told.push(format!("{} of new's {all} lack {name}", grouped(*at_throttle)));
        } else if *lacks > 0 && !is_never {
            let all = counted(*answers, "answer", "answers");
            told.push(format!("{} of new's {all} lack {name}", grouped(*lacks)));
        }
    }
    for (misfit, tally) in misfits {
        let pairs = counted(tally.pairs, "pair", "pairs");
        told.push(format!("new {} in {pairs}{}", misfit.says(), example(tally)));
    }
    if let Some(Hidden { answers, of, slow_ms, usual_ms }) = row.hidden {
        told.push(format!(
            "legacy hides throttling by waiting: where new answers 429, {} of legacy's {} took {} ms or more (half of all come \
             within {} ms); the application will meet the 429 itself{}",
            grouped(answers),
            counted(of, "answer", "answers"),
            grouped(slow_ms),
            grouped(usual_ms),
            example(only_new)
        ));
    }
    told.iter().map(|text| one_line(&format!("{}: {text}", row.operation))).collect()
}

/// The sentences of all operations.
pub fn warnings(run: &Run<'_>) -> Vec<String> {
    rows(run).iter().flat_map(sentences).collect()
}

#[cfg(test)]
mod tests {
    use compare::limits::{LimitsTold, Misfit};

    use super::*;
    use crate::fixture::{self, Shape};

    fn told(limits: &[LimitsTold], legacy_ms: &[u64]) -> (String, Vec<String>) {
        let mut judgements = fixture::judgements(&vec![Shape::Same; limits.len()]);
        for ((judgement, told), ms) in judgements.iter_mut().zip(limits).zip(legacy_ms) {
            judgement.circumstances.new_limits = vec![told.clone()];
            judgement.circumstances.legacy_ms = vec![*ms];
        }
        let tally = fixture::tally(&judgements);
        let run = fixture::run(&tally);
        let rows = rows(&run);
        (rows[0].fields(), warnings(&run))
    }

    fn answer(has: [bool; 3]) -> LimitsTold {
        LimitsTold { has, ..LimitsTold::default() }
    }

    #[test]
    fn fields_that_are_always_there_or_never_are_no_warning() {
        let always = answer([true; 3]);
        assert_eq!(told(&[always.clone(), always], &[9, 9]), ("all three, always".to_owned(), vec![]));
        let never = answer([false; 3]);
        assert_eq!(told(&[never.clone(), never], &[9, 9]), ("none of the three".to_owned(), vec![]));
    }

    #[test]
    fn fields_that_come_and_go_and_429s_that_say_nothing_are_told() {
        let refused = LimitsTold { is_throttled: true, has: [false; 3], misfits: vec![Misfit::NoWayBack] };
        let (fields, warnings) = told(&[answer([true; 3]), refused], &[100, 100]);
        let expected = "ratelimit-limit lacks in 1 of 2, ratelimit-remaining lacks in 1 of 2, ratelimit-reset lacks in 1 of 2";
        assert_eq!(fields, expected);
        assert_eq!(
            warnings,
            [
                "crm.contacts.list: 1 of new's 1 answer 429 lack ratelimit-limit",
                "crm.contacts.list: 1 of new's 1 answer 429 lack ratelimit-remaining",
                "crm.contacts.list: 1 of new's 1 answer 429 lack ratelimit-reset",
                "crm.contacts.list: new answers 429 and does not say when to ask again in 1 pair, such as \
                 crm.contacts.list/acme-0001",
            ]
        );
    }

    #[test]
    fn a_throttle_that_legacy_hides_is_told_with_its_times() {
        let refused = LimitsTold { is_throttled: true, has: [true; 3], misfits: vec![] };
        let (_, warnings) = told(&[answer([true; 3]), answer([true; 3]), refused], &[100, 100, 4_000]);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.contains("1 of legacy's 1 answer took 600 ms or more"), "{warning}");
        assert!(warning.ends_with("such as crm.contacts.list/acme-0002"), "{warning}");
    }
}
