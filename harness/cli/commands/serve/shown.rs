//! What the admin port shows: the live page, metrics, and whether it runs.

use std::sync::Arc;

use capture::serve::admin::Shown;
use capture::serve::budget::Budget;
use capture::serve::ledger::Ledger;
use evidence::bounds::{Cluster, Look, Question, RateBound};
use report::live::{self, LiveOperation};
use report::run::Head;

use crate::serve::live::{Inner, Live, percentiles};
use crate::serve::metrics;

/// One in a thousand at 95 %, looked at as often as one likes: what gates ask for by default.
const WANTED: Question = Question { confidence: 0.95, look: Look::Watched, target: 0.001 };

/// What is looked at when somebody asks.
pub struct View {
    /// The migration's name.
    pub migration: String,
    /// When the proxy began.
    pub started: jiff::Timestamp,
    /// What became of requests.
    pub ledger: Arc<Ledger>,
    /// What was recorded.
    pub live: Arc<Live>,
    /// What waits.
    pub budget: Budget,
    /// Those that are mirrored.
    pub operations: Vec<String>,
    /// What time it is.
    pub clock: providers::Clock,
}

impl View {
    /// What is at a path.
    pub fn show(&self, path: &str) -> Option<Shown> {
        match path {
            "/" => Some(Shown { content_type: "text/html; charset=utf-8", text: self.page() }),
            "/metrics" => {
                let text = metrics::text(&self.ledger.counts(), &self.budget, &self.live.now());
                Some(Shown { content_type: metrics::CONTENT_TYPE, text })
            }
            "/healthz" => Some(Shown { content_type: "text/plain; charset=utf-8", text: "ok\n".to_owned() }),
            _ => None,
        }
    }

    fn page(&self) -> String {
        let (now, since) = ((self.clock)(), format!("{:.0}", self.started));
        let shown_now = format!("{now:.0}");
        let inner = self.live.now();
        let page = live::Live {
            head: Head { tool: env!("CARGO_PKG_VERSION"), migration: &self.migration, as_of: &shown_now },
            since: &since,
            tally: &inner.tally,
            operations: self.operations.iter().map(|name| operation(name, &inner)).collect(),
            minutes: inner.minutes(now),
            counts: self.counts(),
            uncovered: uncovered(&inner),
        };
        let mut text = Vec::new();
        match live::write(&mut text, &page) {
            Ok(()) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("the page could not be made: {error}\n"),
        }
    }

    fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.ledger.counts();
        let mut rows = vec![
            ("Requests of callers".to_owned(), counts.requests),
            ("To be mirrored".to_owned(), counts.offered),
            ("Recorded".to_owned(), counts.recorded),
            ("Under way".to_owned(), counts.under_way()),
        ];
        let some = |list: &[(&'static str, u64)], what: &str| {
            let some = list.iter().filter(|(_, count)| *count > 0);
            some.map(|(name, count)| (format!("{what}: {}", name.replace('_', " ")), *count))
                .collect::<Vec<_>>()
        };
        rows.extend(some(&counts.dropped, "Dropped"));
        rows.extend(some(&counts.passed, "Only passed on"));
        rows
    }
}

fn operation(name: &str, inner: &Inner) -> LiveOperation {
    let known = inner.operations.get(name);
    let totals = inner.tally.operations.get(name).map(|tally| tally.totals).unwrap_or_default();
    let seen = Cluster { pairs: totals.decided(), events: totals.different };
    LiveOperation {
        name: name.to_owned(),
        recorded: known.map_or(0, |known| known.recorded),
        legacy_ms: percentiles(known.and_then(|known| known.legacy.as_ref())),
        new_ms: percentiles(known.and_then(|known| known.new.as_ref())),
        missing: RateBound::of(&[seen], WANTED).more_pairs,
    }
}

/// The commonest first.
fn uncovered(inner: &Inner) -> Vec<(String, u64)> {
    let mut list: Vec<_> =
        inner.uncovered.iter().map(|(template, count)| (template.clone(), *count)).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}
