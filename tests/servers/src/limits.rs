//! The limits that services hold their callers to, counted in sliding windows.

use std::collections::{BTreeMap, VecDeque};

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    pub seconds: u32,
}

/// Every limit; the defaults are what the services document.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// HubSpot: an OAuth app's requests to one account.
    pub hubspot: Quota,
    /// NetSuite: stands for its limit on concurrency, which loopback would hardly reach.
    pub netsuite: Quota,
    /// Truto: one API token.
    pub truto_token: Quota,
    /// Truto: one integrated account.
    pub truto_account: Quota,
    /// Merge: one linked account.
    pub merge_account: Quota,
    /// Nango, Unified.to and the generic provider: one key.
    pub other_key: Quota,
}

impl Limits {
    /// What the services document.
    pub const DOCUMENTED: Limits = Limits {
        hubspot: Quota { requests: 110, seconds: 10 },
        netsuite: Quota { requests: 600, seconds: 60 },
        truto_token: Quota { requests: 500, seconds: 10 },
        truto_account: Quota { requests: 50, seconds: 10 },
        merge_account: Quota { requests: 100, seconds: 60 },
        other_key: Quota { requests: 1_000, seconds: 60 },
    };

    /// So high that no test on loopback reaches them.
    pub const OUT_OF_REACH: Limits = {
        let high = Quota { requests: 100_000_000, seconds: 10 };
        Limits {
            hubspot: high,
            netsuite: high,
            truto_token: high,
            truto_account: high,
            merge_account: high,
            other_key: high,
        }
    };
}

/// How a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether the request was within the quota.
    pub is_within: bool,
    /// The quota.
    pub quota: Quota,
    /// Requests that are left in the window.
    pub remaining: u32,
    /// Seconds until one more is possible, or until the whole window is free where some are left; at least one.
    pub resets_in_s: u32,
}

/// Counts requests by caller.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    hits: BTreeMap<String, VecDeque<i64>>,
}

impl Meter {
    /// Counts a request of a caller, unless it is over the quota.
    pub fn hit(&mut self, caller: &str, quota: Quota, now_ms: i64) -> Left {
        let window_ms = i64::from(quota.seconds) * 1_000;
        if quota.requests >= 1_000_000 {
            // Counting what cannot be reached would cost memory for nothing.
            return Left {
                is_within: true,
                quota,
                remaining: quota.requests - 1,
                resets_in_s: quota.seconds,
            };
        }
        let hits = self.hits.entry(caller.to_owned()).or_default();
        while hits.front().is_some_and(|hit| *hit + window_ms <= now_ms) {
            hits.pop_front();
        }
        let is_within = hits.len() < quota.requests as usize;
        if is_within {
            hits.push_back(now_ms);
        }
        let free_ms = hits.front().map_or(0, |hit| hit + window_ms - now_ms);
        Left {
            is_within,
            quota,
            remaining: quota.requests - u32::try_from(hits.len()).unwrap_or(quota.requests),
            resets_in_s: u32::try_from((free_ms + 999) / 1_000).unwrap_or(1).max(1),
        }
    }
}
