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

/// The marks of a workload: a real mapping is at least as fast as in node.
pub(crate) fn of(workload: &str, rates: &Rates) -> Vec<Mark> {
    let least = match workload {
        "contact" => 2.0,
        "list" => 2.9,
        "aggregate" => 13.0,
        _ => 1.0,
    };
    let mut marks = vec![Mark { what: "times node, text to text", ratio: rates.ours / rates.node, least }];
    if ["contact", "list", "aggregate"].contains(&workload) {
        marks.push(Mark {
            what: "times one thread on two",
            ratio: rates.two_threads / rates.ours,
            least: 1.8,
        });
        marks.push(Mark { what: "of the bare engine", ratio: rates.ours / rates.bare, least: OF_BARE_MIN });
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
