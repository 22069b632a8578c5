//! What the admin port shows: the live page, metrics, and whether it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use capture::serve::admin::Shown;
use capture::serve::budget::Budget;
use capture::serve::ledger::Ledger;
use evidence::lack::Lack;
use providers::provider::Provider;
use report::live::{self, LiveOperation};
use report::run::{Head, counted};

use crate::serve::live::{Inner, Live, percentiles};
use crate::serve::metrics;
use crate::serve::wanted::Wanted;

/// Of the accounts without a pair, so many are named.
const ACCOUNTS_NAMED: usize = 3;

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
    /// What the gates lack.
    pub wanted: Arc<Wanted>,
    /// Whether that counts what was recorded before.
    pub counting: Counting,
    /// What tells what is left of limits.
    pub sides: [(&'static str, Arc<Provider>); 2],
    /// What time it is.
    pub clock: providers::Clock,
}

/// What the evidence that is told of rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// What this run recorded.
    ThisRun,
    /// That, and what was there before.
    Everything,
}

impl View {
    /// What is at a path.
    pub fn show(&self, path: &str) -> Option<Shown> {
        match path {
            "/" => Some(Shown { content_type: "text/html; charset=utf-8", text: self.page() }),
            "/metrics" => {
                let left = self.sides.each_ref().map(|(side, provider)| (*side, provider.budgets().left()));
                let text = metrics::text(&self.ledger.counts(), &self.budget, &self.live.now(), &left);
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
        // Copied: whose turn it is must not wait for a page that is being made.
        let lacks = self.wanted.lacks().clone();
        let page = live::Live {
            head: Head { tool: env!("CARGO_PKG_VERSION"), migration: &self.migration, as_of: &shown_now },
            since: &since,
            tally: &inner.tally,
            operations: self.operations.iter().map(|name| operation(name, &inner, &lacks, now)).collect(),
            minutes: inner.minutes(now),
            missing_of: match self.counting {
                Counting::ThisRun => {
                    "Counted is what this run recorded; `--need-evidence` counts what was there before too."
                }
                Counting::Everything => "Counted is what was recorded before, and in this run.",
            },
            counts: self.counts(),
            uncovered: uncovered(&self.live),
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

fn operation(
    name: &str,
    inner: &Inner,
    lacks: &BTreeMap<String, Lack>,
    now: jiff::Timestamp,
) -> LiveOperation {
    let known = inner.operations.get(name);
    LiveOperation {
        name: name.to_owned(),
        recorded: known.map_or(0, |known| known.recorded),
        legacy_ms: percentiles(known.and_then(|known| known.legacy.as_ref())),
        new_ms: percentiles(known.and_then(|known| known.new.as_ref())),
        minutes: known.map(|known| known.minutes(now)).unwrap_or_default(),
        missing: lacks.get(name).map(missing).unwrap_or_default(),
    }
}

/// What an operation lacks, in a few words each.
fn missing(lack: &Lack) -> Vec<String> {
    let pairs = match lack.pairs {
        Some(0) => None,
        Some(pairs) => Some(counted(pairs, "pair", "pairs")),
        None => Some("fewer differences: no number of pairs would do".to_owned()),
    };
    let named = lack.accounts.iter().take(ACCOUNTS_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let accounts = match lack.accounts.len() {
        0 => None,
        1 => Some(format!("a pair of {named}")),
        count if count <= ACCOUNTS_NAMED => Some(format!("a pair of each of {named}")),
        count => Some(format!("a pair of each of {count} accounts, such as {named}")),
    };
    pairs.into_iter().chain(accounts).chain(lack.cells.iter().cloned()).collect()
}

/// The commonest first.
fn uncovered(live: &Live) -> Vec<(String, u64)> {
    let mut list: Vec<_> =
        live.uncovered().iter().map(|(template, count)| (template.clone(), *count)).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}
