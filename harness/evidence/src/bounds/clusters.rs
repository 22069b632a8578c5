//! Pairs of one account are alike: by how much that raises the variance of a rate.

/// One account's pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// How many were counted.
    pub pairs: u64,
    /// Those in which it happened.
    pub events: u64,
}

/// The variance of the rate as accounts show it (ratio estimator, between clusters), divided by that of as many
/// independent pairs; 1 where it is smaller, or cannot be seen: fewer than two accounts, no event, nothing but events.
pub(super) fn design_effect(clusters: &[Cluster]) -> f64 {
    let seen: Vec<&Cluster> = clusters.iter().filter(|cluster| cluster.pairs > 0).collect();
    let count = seen.len() as f64;
    let pairs = seen.iter().map(|cluster| cluster.pairs as f64).sum::<f64>();
    let events = seen.iter().map(|cluster| cluster.events as f64).sum::<f64>();
    if seen.len() < 2 || events <= 0.0 || events >= pairs {
        return 1.0;
    }
    let rate = events / pairs;
    let squares = |cluster: &&Cluster| (cluster.events as f64 - rate * cluster.pairs as f64).powi(2);
    let between = count / (count - 1.0) * seen.iter().map(squares).sum::<f64>() / pairs.powi(2);
    let independent = rate * (1.0 - rate) / pairs;
    (between / independent).max(1.0)
}
