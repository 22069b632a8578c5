//! How the diff grows: with the size of what is hard to align, with threads, with rules.

use std::time::Duration;

use compare::diff::{Comparer, Comparison, Contexts, Scope};
use compare::rules::Rules;

use crate::measure;
use crate::table::Table;
use crate::workloads::{self, Workload};

/// One thread passes so often over the pairs in one round: some hundred milliseconds.
const PASSES: usize = 250;

/// About as long.
const ARITHMETIC_STEPS: u64 = 250_000_000;

fn list(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

/// Both sides of a shape of this size.
type Shape = fn(usize) -> (String, String);

const SHAPES: [(&str, usize, Shape); 3] = [
    ("dynamic keys in one object", 20_000, |n| {
        let keys = |from: usize| {
            let members: Vec<String> = (from..from + n).map(|key| format!("\"key {key}\":{key}")).collect();
            format!("{{{}}}", members.join(","))
        };
        (keys(0), keys(n / 2))
    }),
    ("low-entropy elements", 20_000, |n| {
        let elements = |factor: usize| {
            list((0..n).map(move |at| format!("{{\"a\":{},\"b\":{}}}", at * factor % 3, at % 2)))
        };
        (elements(1), elements(2))
    }),
    ("disjoint elements", 10_000, |n| {
        let elements =
            |from: usize| list((from..from + n).map(|at| format!("{{\"n\":{at},\"t\":\"text {at}\"}}")));
        (elements(0), elements(10 * n))
    }),
];

fn time(rules: &Rules, texts: &(String, String)) -> Duration {
    let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
    measure::alone(7, &mut || {
        let mut out = Comparison::default();
        comparer.texts(&texts.0, &texts.1, Scope::default(), &mut out).expect("JSON of the bench");
        std::hint::black_box(out);
    })
}

/// Each shape at its size and at twice that: linear is 2.
pub fn sizes(table: &mut Table, rules: &Rules) {
    for (name, size, shape) in SHAPES {
        let (once, twice) = (time(rules, &shape(size)), time(rules, &shape(2 * size)));
        let name = format!("{size} {name}");
        table.row(&name, "cutover", "ms", once.as_secs_f64() * 1e3, None);
        table.row(&name, "cutover, twice as many", "times", twice.as_secs_f64() / once.as_secs_f64(), None);
    }
}

/// A list of 5,000 records with some edits, and the same with its records in another order as well.
pub fn order(table: &mut Table, rules: &[(&str, &Rules)]) {
    let lists = workloads::of_shape("list");
    let list = |edits: &str| lists.iter().find(|list| list.edits == edits).expect("a list has these edits");
    let (ordered, shuffled) = (list("mixed"), list("reordered"));
    for (subject, rules) in rules {
        let mut one = Comparer::new(rules).with_contexts(Contexts::None);
        let mut other = Comparer::new(rules).with_contexts(Contexts::None);
        let measured = measure::beside(
            &mut || {
                crate::pass(&mut one, shuffled);
            },
            &mut || {
                crate::pass(&mut other, ordered);
            },
        );
        table.row(
            "5000 shuffled elements",
            &format!("over unshuffled, {subject}"),
            "times",
            measured.ratio,
            None,
        );
    }
}

/// Two threads over the same pairs, against one thread; and beside it what the machine gives to two threads that
/// share nothing, neither memory nor an allocator.
pub fn threads(table: &mut Table, rules: &Rules, workload: &Workload) {
    let work = || {
        let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
        for _ in 0..PASSES {
            for (legacy, new) in &workload.pairs {
                let mut out = Comparison::default();
                comparer.texts(legacy, new, Scope::default(), &mut out).expect("JSON of the bench");
                std::hint::black_box(out);
            }
        }
    };
    let arithmetic = || {
        (0..ARITHMETIC_STEPS).for_each(|step| {
            std::hint::black_box(step);
        });
    };
    let gains = measure::two_threads_over_one(&[&work, &arithmetic]);
    for (subject, gain) in ["two threads over one", "the machine: arithmetic alone"].into_iter().zip(gains) {
        table.row(&workload.name(), subject, "times", gain, None);
    }
}

/// Many rules against none.
pub fn rules(table: &mut Table, none: &Rules, many: &Rules, workload: &Workload) {
    let mut without = Comparer::new(none).with_contexts(Contexts::None);
    let mut with = Comparer::new(many).with_contexts(Contexts::None);
    let measured = measure::beside(
        &mut || {
            crate::pass(&mut without, workload);
        },
        &mut || {
            crate::pass(&mut with, workload);
        },
    );
    table.row(&workload.name(), "200 rules over none", "times", 1.0 / measured.ratio, None);
}
