//! What a running proxy tells monitoring, in the text format of Prometheus (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use capture::serve::budget::Budget;
use capture::serve::ledger::Counts;
use evidence::tally::Totals;

use super::live::{Inner, OperationLive};

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Accounts of which a metric is told: more are for a database, not for a page of metrics.
const ACCOUNTS_MAX: usize = 1_000;

/// All metrics; `left` is what each side last said is left of each account's limit.
pub fn text(
    counts: &Counts,
    budget: &Budget,
    live: &Inner,
    left: &[(&'static str, BTreeMap<String, u64>)],
) -> String {
    let mut out = Out(String::new());
    out.family("cutover_requests_total", "counter", "Requests of callers.");
    out.line("cutover_requests_total", &[], counts.requests as f64);
    out.family("cutover_requests_passed_total", "counter", "Requests that were only passed on, by reason.");
    for (reason, count) in &counts.passed {
        out.line("cutover_requests_passed_total", &[("reason", reason)], *count as f64);
    }
    out.family(
        "cutover_mirrors_offered_total",
        "counter",
        "Requests that were to be mirrored: at rest, recorded and dropped together.",
    );
    out.line("cutover_mirrors_offered_total", &[], counts.offered as f64);
    out.family("cutover_mirrors_recorded_total", "counter", "Pairs that are durable.");
    out.line("cutover_mirrors_recorded_total", &[], counts.recorded as f64);
    out.family("cutover_mirrors_dropped_total", "counter", "Mirrors that came to no pair, by reason.");
    for (reason, count) in &counts.dropped {
        out.line("cutover_mirrors_dropped_total", &[("reason", reason)], *count as f64);
    }
    out.family(
        "cutover_connections_unopened_total",
        "counter",
        "Connections of callers that came to nothing before any request, by reason.",
    );
    for (reason, count) in &counts.unopened {
        out.line("cutover_connections_unopened_total", &[("reason", reason)], *count as f64);
    }
    out.family("cutover_memory_bytes", "gauge", "Bytes that wait to be mirrored or recorded.");
    out.line("cutover_memory_bytes", &[], budget.used() as f64);
    out.family("cutover_memory_bytes_max", "gauge", "The bound on them.");
    out.line("cutover_memory_bytes_max", &[], budget.limit() as f64);
    out.family(
        "cutover_pairs_unjudged_total",
        "counter",
        "Pairs that were recorded and not judged live, because others waited.",
    );
    out.line("cutover_pairs_unjudged_total", &[], live.unjudged as f64);
    out.family(
        "cutover_pairs_judged_total",
        "counter",
        "Pairs that were judged live, by operation and verdict.",
    );
    for (operation, tally) in live.tally.operations.iter() {
        for (verdict, count) in verdicts(tally.totals) {
            out.line(
                "cutover_pairs_judged_total",
                &[("operation", operation), ("verdict", verdict)],
                count as f64,
            );
        }
    }
    out.family(
        "cutover_new_failures_total",
        "counter",
        "Pairs in which new failed, by operation and what it was; throttled: it answered 429.",
    );
    for ((operation, what), count) in &live.failures {
        out.line("cutover_new_failures_total", &[("operation", operation), ("what", what)], *count as f64);
    }
    out.family(
        "cutover_limit_remaining",
        "gauge",
        "What a side last said is left of an account's rate limit, where it said so.",
    );
    for (side, accounts) in left {
        for (account, left) in accounts.iter().take(ACCOUNTS_MAX) {
            out.line("cutover_limit_remaining", &[("side", side), ("account", account)], *left as f64);
        }
    }
    out.family("cutover_latency_seconds", "summary", "How long each side took for a whole answer.");
    for (operation, known) in &live.operations {
        latencies(&mut out, operation, known);
    }
    out.0
}

fn verdicts(totals: Totals) -> [(&'static str, u64); 4] {
    [
        ("same", totals.same),
        ("tolerated", totals.tolerated),
        ("different", totals.different),
        ("undecided", totals.undecided),
    ]
}

fn latencies(out: &mut Out, operation: &str, known: &OperationLive) {
    for (side, histogram) in [("legacy", &known.legacy), ("new", &known.new)] {
        let Some(histogram) = histogram else { continue };
        for quantile in ["0.5", "0.9", "0.99"] {
            let at = quantile.parse().map_or(0, |share| histogram.value_at_quantile(share));
            let labels = [("operation", operation), ("side", side), ("quantile", quantile)];
            out.line("cutover_latency_seconds", &labels, at as f64 / 1e6);
        }
        let labels = [("operation", operation), ("side", side)];
        out.line("cutover_latency_seconds_count", &labels, histogram.len() as f64);
    }
}

struct Out(String);

impl Out {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // A `String` never fails to be written to.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        if !labels.is_empty() {
            let label = |(name, value): &(&str, &str)| {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                format!("{name}=\"{value}\"")
            };
            let labels: Vec<_> = labels.iter().map(label).collect();
            let _ = write!(self.0, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.0, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_name_labels_and_a_number() {
        let ledger = std::sync::Arc::new(capture::serve::ledger::Ledger::default());
        ledger.offer().recorded();
        let mut live = Inner::default();
        let now = jiff::Timestamp::UNIX_EPOCH;
        live.pair("odd\"name\\", None, [std::time::Duration::from_millis(20); 2], now);
        live.failed("a", "timeout");
        let left = [("new", BTreeMap::from([("acme".to_owned(), 7)]))];
        let text = text(&ledger.counts(), &Budget::new(10), &live, &left);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').expect("a value stands behind");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(name.starts_with("cutover_"), "{line}");
        }
        assert!(text.contains("cutover_mirrors_recorded_total 1\n"), "{text}");
        assert!(text.contains("cutover_new_failures_total{operation=\"a\",what=\"timeout\"} 1\n"), "{text}");
        assert!(text.contains("cutover_limit_remaining{side=\"new\",account=\"acme\"} 7\n"), "{text}");
        assert!(text.contains(r#"{operation="odd\"name\\",side="new",quantile="0.5"} 0.02"#), "{text}");
    }
}
