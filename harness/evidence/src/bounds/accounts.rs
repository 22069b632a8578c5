//! How many of the listed accounts may differ, when not all of them were observed.

use statrs::function::factorial::ln_binomial;

/// A list of accounts of which some were observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountsBound {
    /// All that will move.
    pub listed: u64,
    /// Those with at least one decided pair.
    pub observed: u64,
    /// Those observed in which something differed.
    pub differing: u64,
    /// At most so many of the listed ones differ, at the confidence asked.
    pub differing_max: u64,
}

impl AccountsBound {
    /// Bounds how many differ: all observed, it is the number seen; else the largest number of which so few would have
    /// been drawn with a probability above `1 − confidence`, if accounts were drawn without regard to whether they differ.
    ///
    /// Counts that do not fit are cut: one cannot observe more than are listed.
    pub fn of(listed: u64, observed: u64, differing: u64, confidence: f64) -> AccountsBound {
        let observed = observed.min(listed);
        let differing = differing.min(observed);
        let is_plausible = |total: u64| drawn_at_most(listed, total, observed, differing) > 1.0 - confidence;
        // What was not observed may all differ; the more differ, the less likely it is to have drawn so few.
        let (mut low, mut high) = (differing, differing + (listed - observed));
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if is_plausible(middle) { low = middle } else { high = middle - 1 }
        }
        AccountsBound { listed, observed, differing, differing_max: low }
    }

    /// Whether every listed account was observed, so that nothing is extrapolated.
    pub fn is_census(&self) -> bool {
        self.observed == self.listed
    }
}

/// `P(X ≤ most)` where `drawn` of `listed` are drawn and `total` of them differ (hypergeometric).
fn drawn_at_most(listed: u64, total: u64, drawn: u64, most: u64) -> f64 {
    let least = (drawn + total).saturating_sub(listed);
    let all = ln_binomial(listed, drawn);
    let exactly =
        |found: u64| (ln_binomial(total, found) + ln_binomial(listed - total, drawn - found) - all).exp();
    (least..=most.min(total).min(drawn)).map(exactly).sum()
}
