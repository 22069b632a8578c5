//! What is aimed at: ratios of what was measured in one run.

use std::fmt;

use crate::Rates;

/// A ratio that must be at least so much.
pub(crate) struct Mark {
    what: &'static str,
    ratio: f64,
    least: f64,
}

/// Our trait may cost so much beside the bare engine: at least 1 / 1.15 of its speed.
const OF_BARE_MIN: f64 = 0.87;

/// The workloads that were measured when the engine was chosen, of values that were parsed before: the bare engine was
/// 2.3, 3.4 and 15.9 times as fast as node, and our trait has to keep so much of it.
const CHOSEN_BY: [(&str, f64); 3] = [("contact", 2.0), ("list", 2.9), ("aggregate", 13.0)];

/// The marks of a workload. From text to text every one is at least as fast as in node, real mappings too.
pub(crate) fn of(workload: &str, rates: &Rates) -> Vec<Mark> {
    let mark = |what, ratio, least| Mark { what, ratio, least };
    let mut marks = vec![mark("times node, text to text", rates.ours / rates.node, 1.0)];
    if let Some((_, least)) = CHOSEN_BY.iter().find(|(name, _)| *name == workload) {
        marks.push(mark("times node, parsed", rates.document / rates.node_value, *least));
        marks.push(mark("of the bare engine, parsed", rates.document / rates.bare_value, OF_BARE_MIN));
        marks.push(mark("of the bare engine, text to text", rates.ours / rates.bare, OF_BARE_MIN));
        marks.push(mark("times one thread on two", rates.two_threads / rates.ours, 1.8));
    }
    marks
}

impl Mark {
    pub(crate) fn is_met(&self) -> bool {
        self.ratio >= self.least
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mark { what, ratio, least } = self;
        write!(
            f,
            "  {} {ratio:.2} {what}, at least {least:.2}",
            if self.is_met() { "met   " } else { "MISSED" }
        )
    }
}
