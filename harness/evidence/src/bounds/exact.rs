//! How likely as few events are, if the true rate is so large: the tail that one look is judged by.

use statrs::function::beta::beta_reg;

use super::Effective;

/// Above this many events the continued fraction of the incomplete beta function may stop before it has converged
/// (its number of steps grows with the root of the smaller parameter, and the crate takes 140 of them).
pub const EVENTS_EXACT_MAX: f64 = 2_000.0;

/// `P(Binomial(pairs, rate) ≤ events)`, by the incomplete beta function, which also knows parts of a pair. Above
/// [`EVENTS_EXACT_MAX`] events it is Chernoff's bound, which is never smaller: the answer errs to the safe side.
pub(super) fn lower_tail(seen: Effective, rate: f64) -> f64 {
    let Effective { pairs, events } = seen;
    if pairs <= 0.0 || events >= pairs || rate <= 0.0 {
        return 1.0;
    }
    if rate >= 1.0 {
        return 0.0;
    }
    if events.min(pairs - events) <= EVENTS_EXACT_MAX {
        return beta_reg(pairs - events, events + 1.0, 1.0 - rate);
    }
    chernoff(seen, rate)
}

/// `exp(−n · KL(events / n ‖ rate))` where the rate is above what was seen (Chernoff 1952; Hoeffding 1963).
fn chernoff(seen: Effective, rate: f64) -> f64 {
    let share = seen.events / seen.pairs;
    if rate <= share {
        return 1.0;
    }
    let divergence = share * (share / rate).ln() + (1.0 - share) * ((1.0 - share) / (1.0 - rate)).ln();
    (-seen.pairs * divergence).exp()
}
