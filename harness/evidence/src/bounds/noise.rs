//! Whether a noisy field differs between the sides more than it differs between two answers of legacy.
//!
//! Diffy (Twitter, 2015) compares two counts: how often new differs from legacy, how often legacy from its repeat. A field
//! counts as changed where the first exceeds the second by more than a fifth of their sum. So noise of 20 % hides a true change of
//! 10 %, and with 50 pairs noise of 1 % is taken for a change in every fourth run. The counts throw away which pairs they
//! came from. The same request was asked three times, so the pairs where *only* new differs can be set against those where
//! *only* the repeat does: if new were just another answer of legacy, both would be as frequent (the exact form of McNemar
//! 1947, *Psychometrika* 12, 153).

use statrs::function::beta::beta_reg;

use super::exact::EVENTS_EXACT_MAX;

/// A field over all pairs with a repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discordant {
    /// Pairs in which new differs from legacy and the repeat does not.
    pub only_new: u64,
    /// Pairs in which the repeat differs from legacy and new does not.
    pub only_repeat: u64,
}

impl Discordant {
    /// The probability of so many or more of `only_new`, if new were just another answer of legacy.
    pub fn chance(self) -> f64 {
        let (new, repeat) = (self.only_new as f64, self.only_repeat as f64);
        if self.only_new <= self.only_repeat && self.only_new as f64 > EVENTS_EXACT_MAX {
            return 1.0;
        }
        if new.min(repeat) > EVENTS_EXACT_MAX {
            // Hoeffding's bound, which is never smaller: the fraction below would stop too early.
            let excess = new / (new + repeat) - 0.5;
            return (-2.0 * (new + repeat) * excess.powi(2)).exp();
        }
        // P(Binomial(new + repeat, ½) ≥ new).
        if self.only_new == 0 { 1.0 } else { beta_reg(new, repeat + 1.0, 0.5) }
    }

    /// Whether noise does not explain the differences, at this confidence.
    pub fn exceeds_noise(self, confidence: f64) -> bool {
        self.chance() <= 1.0 - confidence
    }
}
