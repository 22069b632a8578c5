//! A pair as it is written: the envelope of format version 1, its clock, and the page that both sides are asked for.

use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::seed::Seed;

/// One request and its response.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    /// Sorted by name.
    pub(crate) request_headers: Vec<(&'static str, String)>,
    pub(crate) request_body: Option<Value>,
    pub(crate) status: u16,
    /// Sorted by name.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// What both sides are asked for: some of the records that a filter leaves.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) records: &'a [Value],
    pub(crate) offset: usize,
    pub(crate) limit: usize,
    /// `name=value`; empty for none.
    pub(crate) filter: &'a str,
}

impl<'a> Page<'a> {
    /// The records on this page.
    pub(crate) fn items(self) -> &'a [Value] {
        &self.records[self.offset.min(self.records.len())..self.end().min(self.records.len())]
    }

    /// Where the next page would begin.
    pub(crate) fn end(self) -> usize {
        self.offset + self.limit
    }

    /// Is there a next page?
    pub(crate) fn has_next(self) -> bool {
        self.end() < self.records.len()
    }

    /// All pages of this size over the same records.
    pub(crate) fn drain(self) -> Vec<Page<'a>> {
        (0..self.records.len()).step_by(self.limit).map(|offset| Page { offset, ..self }).collect()
    }
}

/// Whether one page or the whole list was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Request,
    Collection,
}

/// For one logical request: each side's exchanges, and the upstream's own where it was asked.
pub(crate) struct Pair {
    pub(crate) operation: &'static str,
    pub(crate) account: Account,
    /// Follows the account's name in the pair's own.
    pub(crate) suffix: String,
    pub(crate) kind: Kind,
    pub(crate) legacy: Vec<Exchange>,
    pub(crate) new: Vec<Exchange>,
    pub(crate) source: Vec<Exchange>,
    /// Each asks legacy once more.
    pub(crate) repeats: Vec<Exchange>,
}

impl Pair {
    /// `<operation>/<account>-<suffix>`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}-{}", self.operation, self.account.name, self.suffix)
    }

    /// The text of the pair's file.
    pub(crate) fn text(&self, clock: &mut Clock) -> String {
        let recorded_at = clock.now();
        let mut side = |exchanges: &[Exchange]| -> Vec<Value> {
            exchanges.iter().map(|exchange| write(exchange, clock)).collect()
        };
        let (legacy, new, source) = (side(&self.legacy), side(&self.new), side(&self.source));
        let mut pair = json!({
            "version": 1,
            "id": self.id(),
            "operation": self.operation,
            "kind": match self.kind { Kind::Request => "request", Kind::Collection => "collection" },
            "account": self.account.name,
            "recorded_at": recorded_at,
            "legacy": legacy,
            "new": new,
        });
        if !source.is_empty() {
            pair["source"] = json!(source);
        }
        // In the time that the next pair waits anyway, so that the others' times stay.
        let mut later = clock.clone();
        let repeats: Vec<Value> = self.repeats.iter().map(|it| json!([write(it, &mut later)])).collect();
        if !repeats.is_empty() {
            pair["repeats"] = json!({"legacy": repeats});
        }
        clock.rest();
        let text = serde_json::to_string_pretty(&pair).expect("a JSON value can be written");
        text.replace(&format!("\"{EXACT}"), "").replace(&format!("{EXACT}\""), "") + "\n"
    }
}

/// Marks a text that is to be written as a number, digit by digit; private use, so that no record contains it.
const EXACT: char = '\u{e000}';

/// A number with just these digits: a `Value` alone would write `1.10` as `1.1`.
pub(crate) fn exact_number(digits: &str) -> Value {
    Value::String(format!("{EXACT}{digits}{EXACT}"))
}

fn write(exchange: &Exchange, clock: &mut Clock) -> Value {
    let (started_at, elapsed_ms) = clock.call();
    let mut request = json!({
        "method": exchange.method,
        "url": exchange.url,
        "headers": headers(&exchange.request_headers),
    });
    if let Some(body) = &exchange.request_body {
        request["body"] = json!({"json": body});
    }
    json!({
        "started_at": started_at,
        "elapsed_ms": elapsed_ms,
        "request": request,
        "response": {
            "status": exchange.status,
            "headers": headers(&exchange.headers),
            "body": {"json": exchange.body},
        },
    })
}

fn headers(list: &[(&str, String)]) -> Map<String, Value> {
    list.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// The time at which each exchange took place; one morning, in the order in which pairs are written.
#[derive(Clone)]
pub(crate) struct Clock {
    milliseconds: u64,
    seed: Seed,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { milliseconds: 8 * 3_600_000, seed: Seed::of("clock") }
    }

    fn now(&self) -> String {
        let (seconds, milliseconds) = (self.milliseconds / 1000, self.milliseconds % 1000);
        format!(
            "2026-11-17T{:02}:{:02}:{:02}.{milliseconds:03}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// When a call began and how long it took.
    fn call(&mut self) -> (String, u64) {
        let started_at = self.now();
        let elapsed = 80 + self.seed.below(400);
        self.milliseconds += elapsed + 3;
        (started_at, elapsed)
    }

    /// Some seconds until the next pair.
    fn rest(&mut self) {
        self.milliseconds += 4_000 + self.seed.below(30_000);
    }
}
