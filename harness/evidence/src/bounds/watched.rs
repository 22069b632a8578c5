//! The evidence against a rate that may be read after every pair.

use statrs::function::beta::{beta_reg, ln_beta};

use super::Effective;
use super::exact::EVENTS_EXACT_MAX;

/// Both parameters of the mixture over smaller rates: Beta(½, ½) leans towards none, which is what a migration hopes for.
const PRIOR: f64 = 0.5;

/// The logarithm of `∫₀^rate q^k (1−q)^(n−k) w(q) dq / (rate^k (1−rate)^(n−k))`, with `w` the mixture cut off at the rate.
///
/// Each `q` below the rate bets that events are rarer than the rate; if they are not, none of the bets, nor their mean, has
/// an expected gain. Where the integral is too small for a double there is no evidence: `−∞`.
pub(super) fn log_evidence(seen: Effective, rate: f64) -> f64 {
    let Effective { pairs, events } = seen;
    let clean = pairs - events;
    if pairs <= 0.0 || rate <= 0.0 || clean <= 0.0 || events.min(clean) > EVENTS_EXACT_MAX {
        return f64::NEG_INFINITY;
    }
    if rate >= 1.0 {
        return f64::INFINITY;
    }
    let below = |a: f64, b: f64| ln_beta(a, b) + beta_reg(a, b, rate).ln();
    below(PRIOR + events, PRIOR + clean) - below(PRIOR, PRIOR) - events * rate.ln() - clean * (-rate).ln_1p()
}
