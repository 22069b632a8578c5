//! The time that the servers live in: it is handed in, and never the machine's own.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// Milliseconds since 1970, standing still or running on from a given moment.
#[derive(Debug)]
pub struct Clock {
    base_ms: AtomicI64,
    started: Option<Instant>,
}

impl Clock {
    /// It moves when it is told to.
    pub fn standing(at_ms: i64) -> Clock {
        Clock { base_ms: AtomicI64::new(at_ms), started: None }
    }

    /// It runs on from now.
    pub fn running(from_ms: i64) -> Clock {
        Clock { base_ms: AtomicI64::new(from_ms), started: Some(Instant::now()) }
    }

    /// The present.
    pub fn now_ms(&self) -> i64 {
        let run = self.started.map_or(0, |started| started.elapsed().as_millis());
        self.base_ms.load(Ordering::Relaxed).saturating_add(i64::try_from(run).unwrap_or(i64::MAX))
    }

    /// Moves it on.
    pub fn advance(&self, ms: i64) {
        self.base_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// RFC 3339 in UTC with milliseconds, as most services write it.
pub fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or(String::new(), |moment| format!("{moment:.3}"))
}

/// `YYYY-MM-DD HH:MM:SS` in UTC, as SQL writes it.
pub fn sql(ms: i64) -> String {
    rfc3339(ms).get(..19).map(|text| text.replace('T', " ")).unwrap_or_default()
}
