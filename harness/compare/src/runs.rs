//! Where two texts were found to be the same as one was parsed along the other: the walk need not find it again.
//!
//! A run is a stretch of whole members or elements of one container that is the same text on both sides. What no run
//! tells is not known to differ: it is compared.

use std::ops::Range;

use crate::simd;
use crate::tape::{Json, Value};

/// Whole members or elements that are the same text in the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first node here.
    pub(crate) own: u32,
    /// The first node in the guide.
    pub(crate) guide: u32,
    /// How many nodes.
    pub(crate) nodes: u32,
    /// The byte behind the last value here.
    pub(crate) own_byte: u32,
    /// The same in the guide.
    pub(crate) guide_byte: u32,
}

/// All runs of a text, ordered by their nodes, and where the last was looked for: the next is seldom far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Runs<'t> {
    all: &'t [Run],
    /// As many begin at or before the node that was asked for last.
    at: usize,
}

/// So many runs of one element are looked at ahead of their turn.
const RUNS_AHEAD_MAX: usize = 8;

impl<'t> Runs<'t> {
    /// What `new` took over from `legacy`.
    pub(crate) fn between(legacy: Json<'t>, new: Json<'t>) -> Runs<'t> {
        Runs { all: new.runs_along(legacy), at: 0 }
    }

    /// These, ordered by their nodes.
    pub(crate) fn of(all: &'t [Run]) -> Runs<'t> {
        Runs { all, at: 0 }
    }

    /// Is nothing known?
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many nodes from these on, in new and in legacy, belong to a run in which they stand for each other, and
    /// the bytes behind it.
    #[inline]
    pub(crate) fn from(&mut self, new: usize, legacy: usize) -> Option<Stretch> {
        let run = *self.all.get(self.seek(new).checked_sub(1)?)?;
        let passed = new - run.own as usize;
        (passed < run.nodes as usize && run.guide as usize + passed == legacy).then(|| Stretch {
            nodes: run.nodes as usize - passed,
            legacy_byte: run.guide_byte as usize,
            new_byte: run.own_byte as usize,
        })
    }

    /// The node of the guide that a node stands for, where it belongs to a run; so many runs stand before it, or near.
    pub(crate) fn guide_of(mut self, new: usize, runs: u32) -> Option<usize> {
        self.start_at(runs);
        let run = *self.all.get(self.seek(new).checked_sub(1)?)?;
        let passed = new - run.own as usize;
        (passed < run.nodes as usize).then_some(run.guide as usize + passed)
    }

    /// Was the inside of one container parsed along the inside of the other?
    pub(crate) fn is_inside(&mut self, new: Value<'_>, legacy: Value<'_>) -> bool {
        let next = self.all.get(self.seek(new.index()));
        next.is_some_and(|run| {
            new.nodes_inside().contains(&(run.own as usize))
                && legacy.nodes_inside().contains(&(run.guide as usize))
        })
    }

    /// The next node that is asked for stands behind so many runs, or near them.
    pub(crate) fn start_at(&mut self, runs: u32) {
        self.at = (runs as usize).min(self.all.len());
    }

    /// Asks for the runs of an element, so many of which stand before it.
    pub(crate) fn prefetch(self, runs: u32) {
        let from = (runs as usize).min(self.all.len());
        simd::prefetch(&self.all[from..self.all.len().min(from + RUNS_AHEAD_MAX)]);
    }

    /// Asks for what stands behind the first runs of an element of these nodes in new: there it differs.
    pub(crate) fn prefetch_behind(
        mut self,
        inside: Range<usize>,
        runs: Option<u32>,
        (legacy, new): (Json<'_>, Json<'_>),
    ) {
        let from = match runs {
            Some(runs) => (runs as usize).min(self.all.len()),
            None => self.seek(inside.start),
        };
        for run in self.all[from..].iter().take(RUNS_AHEAD_MAX) {
            if !inside.contains(&(run.own as usize)) {
                break;
            }
            legacy.prefetch((run.guide + run.nodes) as usize, run.guide_byte as usize);
            new.prefetch((run.own + run.nodes) as usize, run.own_byte as usize);
        }
    }

    /// How many runs begin at or before a node; looks from where the last one was.
    #[inline]
    fn seek(&mut self, node: usize) -> usize {
        let begins = |run: &Run| run.own as usize <= node;
        let (mut from, mut step) = (self.at, 1);
        if from > 0 && !begins(&self.all[from - 1]) {
            while from > 0 && !begins(&self.all[from - 1]) {
                from = from.saturating_sub(step);
                step *= 2;
            }
        }
        let mut step = 1;
        let mut to = from;
        while to < self.all.len() && begins(&self.all[to]) {
            from = to + 1;
            to = (to + step).min(self.all.len());
            step *= 2;
        }
        self.at = from + self.all[from..to.max(from)].partition_point(begins);
        self.at
    }
}

/// What is the same from a place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) nodes: usize,
    /// The byte behind its last value, in legacy.
    pub(crate) legacy_byte: usize,
    /// The same in new.
    pub(crate) new_byte: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_wherever_the_last_one_was() {
        let all: Vec<Run> = (0..40)
            .map(|n| Run { own: n * 5 + 2, guide: n * 7, nodes: 3, own_byte: n, guide_byte: n })
            .collect();
        let mut runs = Runs { all: &all, at: 0 };
        for last in 0..205 {
            for node in 0..205 {
                runs.seek(last);
                assert_eq!(runs.seek(node), all.iter().filter(|run| run.own as usize <= node).count());
            }
        }
    }

    #[test]
    fn what_no_run_tells_is_not_known() {
        let all = [Run { own: 4, guide: 10, nodes: 3, own_byte: 50, guide_byte: 60 }];
        let mut runs = Runs { all: &all, at: 0 };
        let found = |nodes| Some(Stretch { nodes, legacy_byte: 60, new_byte: 50 });
        for (new, legacy, expected) in
            [(4, 10, found(3)), (6, 12, found(1)), (3, 9, None), (7, 13, None), (5, 10, None), (4, 11, None)]
        {
            assert_eq!(runs.from(new, legacy), expected, "{new} {legacy}");
        }
        assert_eq!(Runs { all: &[], at: 0 }.from(0, 0), None);
    }
}
