//! What each gate demands where the configuration does not say otherwise.

use super::name::GateName;
use crate::bounds::Look;

const DAY: u64 = 86_400;

/// A gate's demands. Ages and spans are in seconds, rates and shares from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Demands {
    /// How sure each bound must be.
    pub confidence: f64,
    /// Whether the gate is read once, or watched while pairs arrive.
    pub look: Look,
    /// The largest rate of differing pairs over all operations.
    pub max_difference_rate: f64,
    /// Likewise of each operation alone.
    pub max_operation_difference_rate: f64,
    /// The largest share of pairs that may be undecided.
    pub max_undecided_rate: f64,
    /// The largest rate of pairs in which one side fails otherwise than the other.
    pub max_error_disparity_rate: f64,
    /// The largest rate of pairs in which new answers 429.
    pub max_throttled_rate: f64,
    /// How much larger new's share of 4xx answers may be than legacy's.
    pub max_client_error_excess: f64,
    /// How many times as long as legacy new may take, at the median and the 95th percentile.
    pub max_latency_ratio: f64,
    /// The largest share of an operation's pairs in which a blind tolerance may excuse something.
    pub max_tolerated_share: f64,
    /// The smallest share of each mapping that pairs must have exercised.
    pub min_mapping_coverage: f64,
    /// Each operation needs so many decided pairs.
    pub min_pairs: u64,
    /// So many accounts must have been observed.
    pub min_accounts: u64,
    /// Older evidence does not count; `None`: age does not matter.
    pub evidence_max_age: Option<u64>,
    /// How long a bundle holds.
    pub valid_for: u64,
    /// For so long all traffic must have been on new.
    pub window: u64,
    /// What is left until a token's deadline must be at least this.
    pub deadline_margin: u64,
}

impl Demands {
    /// A gate's own demands: the less can be undone, the more is asked.
    pub fn of(gate: GateName) -> Demands {
        let strict = Demands {
            confidence: 0.95,
            look: Look::Once,
            max_difference_rate: 0.001,
            max_operation_difference_rate: 0.01,
            max_undecided_rate: 0.01,
            max_error_disparity_rate: 0.001,
            max_throttled_rate: 0.01,
            max_client_error_excess: 0.001,
            max_latency_ratio: 2.0,
            max_tolerated_share: 0.2,
            min_mapping_coverage: 0.9,
            min_pairs: 300,
            min_accounts: 1,
            evidence_max_age: Some(14 * DAY),
            valid_for: 7 * DAY,
            window: 30 * DAY,
            deadline_margin: 2 * DAY,
        };
        match gate {
            // Cassettes are old, and few on purpose; the accepted snapshot says what may differ.
            GateName::MappingChange => Demands {
                max_undecided_rate: 0.05,
                max_tolerated_share: 0.5,
                min_mapping_coverage: 0.0,
                min_pairs: 1,
                evidence_max_age: None,
                valid_for: DAY,
                ..strict
            },
            // Only reads have gone through new so far; what a token does is the danger here.
            GateName::TokenImport => Demands {
                max_difference_rate: 0.01,
                max_operation_difference_rate: 0.05,
                max_undecided_rate: 0.05,
                max_tolerated_share: 0.5,
                min_pairs: 60,
                evidence_max_age: Some(30 * DAY),
                ..strict
            },
            GateName::WriteCutover => strict,
            GateName::Deprecation => Demands { evidence_max_age: None, valid_for: 3 * DAY, ..strict },
        }
    }
}
