//! How large the true rate may still be, after so many pairs: what a gate rests on.
//!
//! **The question.** Of `n` decided pairs `k` differ. Legacy is to be switched off if at most a share `p₀` of the traffic
//! would differ. A share below `p₀` in the sample is no answer: with 50 clean pairs the true share may well be 5 %.
//! The answer is an upper bound that the true share exceeds with probability of at most `1 − confidence`.
//!
//! **Looked at once** ([`Look::Once`]): Clopper and Pearson (1934, *Biometrika* 26, 404). The bound is the `u` at which
//! `P(Binomial(n, u) ≤ k) = 1 − confidence`, which is exact: never below its level, for any `n`. Without a difference it is
//! `1 − (1 − confidence)^(1/n)`: 299 pairs for 1 %, 2,995 for 0.1 %, at 95 %.
//!
//! **Watched while pairs arrive** ([`Look::Watched`]): who looks after every pair and stops at the first good moment errs
//! far more often than the bound of one look says. Here the bound holds at all moments at once: for each candidate share
//! `p`, a mixture of the likelihoods of all smaller shares, divided by that of `p`, is a nonnegative supermartingale if the
//! true share is `p` or more; by Ville's inequality (1939) it ever reaches `1 / (1 − confidence)` with probability of at most
//! `1 − confidence`. (Robbins 1970, *Ann. Math. Statist.* 41, 1397; Howard, Ramdas, McAuliffe and Sekhon 2021, *Ann.
//! Statist.* 49, 1055.) The mixture is Beta(½, ½) cut off at `p`. It costs some 1.3 times the pairs of one look.
//!
//! **Pairs of one account are alike.** Both bounds count independent pairs. The variance of the rate between accounts,
//! divided by that of as many independent pairs, is the design effect; pairs and differences are divided by it (Kish 1965;
//! Korn and Graubard 1998, *Survey Methodology* 24, 193). It is never taken below 1.
//!
//! **Accounts are listed, and all of them will move.** So the rate that is bounded is that of the listed accounts: where
//! each was observed, nothing is extrapolated from some to others. Where some were not, [`accounts::AccountsBound`] says how
//! many of the listed ones may differ (hypergeometric: drawing without replacement).
//!
//! **Limits.** Pairs should be drawn as traffic is: a sample that prefers some accounts or hours bounds the rate of such
//! traffic. With no difference, or with one account, the design effect cannot be seen and is 1; where all accounts were
//! observed in proportion to their traffic, the bound holds nonetheless (unequal shares only lower the chance to see no
//! difference: Hoeffding 1956, *Ann. Math. Statist.* 27, 713). Undecided pairs are no evidence: they are bounded apart.

pub mod accounts;
mod clusters;
mod exact;
pub mod noise;
mod watched;

pub use clusters::Cluster;

/// A search for the number of pairs that would do ends here: nobody records more to settle one gate.
pub const MORE_PAIRS_MAX: u64 = 1_000_000_000;

/// When the bound is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Once, when the recording is complete.
    Once,
    /// At any moment, as often as one likes.
    Watched,
}

impl Look {
    /// The name of the method, as reports show it.
    pub fn method(self) -> &'static str {
        match self {
            Look::Once => "exact binomial (Clopper–Pearson)",
            Look::Watched => "anytime-valid confidence sequence",
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// How sure the bound is to be, between 0 and 1.
    pub confidence: f64,
    /// When it is read.
    pub look: Look,
    /// The largest rate that is good enough.
    pub target: f64,
}

/// An upper bound on a rate, with all that it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateBound {
    /// Pairs that were counted.
    pub pairs: u64,
    /// Those in which it happened.
    pub events: u64,
    /// Accounts with at least one pair.
    pub accounts: u64,
    /// `events / pairs`; 0 of 0 is 0.
    pub rate: f64,
    /// The bound; 1 without a pair.
    pub upper: f64,
    /// The rate is at least this, at the same confidence; 0 without a pair. Accounts are listed and differ as they do, so
    /// no clustering softens it: unequal rates only make the tail lighter (Hoeffding 1956).
    pub lower: f64,
    /// By how much pairs of one account being alike raises the variance; at least 1.
    pub design_effect: f64,
    /// How many more independent pairs without an event would bring the bound to the target; 0 where it is there, `None`
    /// where [`MORE_PAIRS_MAX`] would not do.
    pub more_pairs: Option<u64>,
}

impl RateBound {
    /// Bounds the rate of an event from each account's pairs.
    pub fn of(clusters: &[Cluster], question: Question) -> RateBound {
        let pairs = clusters.iter().map(|cluster| cluster.pairs).sum::<u64>();
        let events = clusters.iter().map(|cluster| cluster.events.min(cluster.pairs)).sum::<u64>();
        let design_effect = clusters::design_effect(clusters);
        let effective =
            Effective { pairs: pairs as f64 / design_effect, events: events as f64 / design_effect };
        RateBound {
            pairs,
            events,
            accounts: clusters.iter().filter(|cluster| cluster.pairs > 0).count() as u64,
            rate: if pairs == 0 { 0.0 } else { events as f64 / pairs as f64 },
            upper: effective.upper(question),
            lower: Effective { pairs: pairs as f64, events: events as f64 }.lower(question),
            design_effect,
            more_pairs: more_pairs(effective, question)
                .map(|more| (more as f64 * design_effect).ceil() as u64),
        }
    }

    /// Whether the bound is at or below the target.
    pub fn meets(&self, question: Question) -> bool {
        self.more_pairs == Some(0) && self.pairs > 0 && question.target > 0.0
    }
}

/// Counts of independent pairs; whole numbers unless clustering divided them.
#[derive(Clone, Copy, Debug)]
struct Effective {
    pairs: f64,
    events: f64,
}

impl Effective {
    /// Whether the rate is below `rate`, at this confidence.
    fn is_below(self, rate: f64, question: Question) -> bool {
        let error = 1.0 - question.confidence;
        match question.look {
            Look::Once => exact::lower_tail(self, rate) <= error,
            Look::Watched => watched::log_evidence(self, rate) >= -error.ln(),
        }
    }

    /// The largest rate that the rate is known to be above: what the pairs without the event are known to be below.
    fn lower(self, question: Question) -> f64 {
        if self.pairs <= 0.0 {
            return 0.0;
        }
        let clean = Effective { pairs: self.pairs, events: self.pairs - self.events };
        (1.0 - clean.upper(question)).max(0.0)
    }

    /// The smallest rate that the rate is known to be below, to 12 digits; errs upwards.
    fn upper(self, question: Question) -> f64 {
        let (mut low, mut high) = (if self.pairs > 0.0 { self.events / self.pairs } else { 1.0 }, 1.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.is_below(middle, question) { high = middle } else { low = middle }
        }
        high
    }
}

/// By doubling, then by halving what is left: more pairs without an event never raise a bound.
fn more_pairs(seen: Effective, question: Question) -> Option<u64> {
    if question.target >= 1.0 {
        return Some(0);
    }
    let is_enough = |more: u64| {
        let then = Effective { pairs: seen.pairs + more as f64, events: seen.events };
        then.pairs > 0.0 && question.target > 0.0 && then.is_below(question.target, question)
    };
    if is_enough(0) {
        return Some(0);
    }
    let mut high = 1_u64;
    while !is_enough(high) {
        high = high.checked_mul(2).filter(|high| *high <= MORE_PAIRS_MAX)?;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if is_enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
#[path = "bounds/simulated_tests.rs"]
pub(crate) mod simulated_tests;
#[cfg(test)]
#[path = "bounds/tests.rs"]
mod tests;
