//! A tally as one JSON document: what the project's own conditions are asked of, and what a bundle digests.

use std::cmp::Reverse;

use compare::limits::FIELDS;
use serde_json::{Map, Value, json};

use crate::census::{AccountTally, Census, Latency, SightTally, Statuses};
use crate::limits::LimitTally;
use crate::tally::{CaseTally, Field, FieldTally, OperationTally, Tally, Totals};

/// All that was counted. Names that did not fit are under `rest`; examples are left out, but for the pairs' ids.
pub fn document(tally: &Tally) -> Value {
    let operations = tally.operations.iter().map(|(name, operation)| (name.clone(), of_operation(operation)));
    json!({
        "totals": totals(&tally.totals),
        "operations": operations.collect::<Map<_, _>>(),
        "rest": tally.operations.rest().map(of_operation),
    })
}

fn totals(totals: &Totals) -> Value {
    json!({
        "pairs": totals.pairs,
        "same": totals.same,
        "tolerated": totals.tolerated,
        "different": totals.different,
        "undecided": totals.undecided,
    })
}

fn of_operation(operation: &OperationTally) -> Value {
    let fields = operation.fields.iter().map(|(field, tally)| of_field(field, tally));
    let tolerances = operation.tolerances.iter().map(
        |(index, tally)| json!({"index": index, "pairs": tally.pairs, "differences": tally.differences}),
    );
    let undecided = operation.undecided.iter().map(|(code, tally)| (code.name().to_owned(), of_case(tally)));
    let notes = operation.notes.iter().map(|(note, tally)| (note.clone(), json!(tally.pairs)));
    json!({
        "totals": totals(&operation.totals),
        "differences": operation.differences,
        "unlisted": operation.unlisted,
        "fields": fields.collect::<Vec<_>>(),
        "fields_rest": operation.fields.rest().map(|tally| tally.differences),
        "tolerances": tolerances.collect::<Vec<_>>(),
        "undecided": undecided.collect::<Map<_, _>>(),
        "notes": notes.collect::<Map<_, _>>(),
        "notes_rest": operation.notes.rest().map(|tally| tally.pairs),
        "census": census(&operation.census),
    })
}

fn of_field(field: &Field, tally: &FieldTally) -> Value {
    let pairs = tally.examples.iter().map(|example| json!(example.pair));
    let blames = tally.blames.iter().map(|(blame, count)| (blame.name().to_owned(), json!(count)));
    json!({
        "path": field.path,
        "kind": field.kind.name(),
        "pairs": tally.pairs,
        "pairs_open": tally.pairs_open,
        "differences": tally.differences,
        "open": tally.open(),
        "excused": tally.excused.iter().map(|(index, count)| (index.to_string(), json!(count))).collect::<Map<_, _>>(),
        "blames": blames.collect::<Map<_, _>>(),
        "examples": pairs.collect::<Vec<_>>(),
    })
}

fn of_case(tally: &CaseTally) -> Value {
    json!({"pairs": tally.pairs, "examples": tally.examples.iter().map(|case| json!(case.pair)).collect::<Vec<_>>()})
}

fn census(census: &Census) -> Value {
    let accounts = census.accounts.iter().map(|(name, account)| (name.clone(), of_account(account)));
    let integrations = census.integrations.iter().map(|(name, tally)| (name.clone(), totals(tally)));
    let days = census.days.iter().map(|(Reverse(day), tally)| (day_text(*day), totals(tally)));
    let statuses = census
        .statuses
        .iter()
        .map(|(Statuses { legacy, new }, pairs)| json!({"legacy": legacy, "new": new, "pairs": pairs}));
    let fields = census.fields.iter().map(|(name, sight)| (name.clone(), of_sight(sight)));
    json!({
        "accounts": accounts.collect::<Map<_, _>>(),
        "accounts_rest": census.accounts.rest().map(of_account),
        "integrations": integrations.collect::<Map<_, _>>(),
        "integrations_rest": census.integrations.rest().map(totals),
        "days": days.collect::<Map<_, _>>(),
        "days_rest": census.days.rest().map(totals),
        "statuses": statuses.collect::<Vec<_>>(),
        "statuses_rest": census.statuses.rest(),
        "latency_ms": {"legacy": latency(&census.legacy_latency), "new": latency(&census.new_latency)},
        "limits": limits(&census.limits),
        "fields": fields.collect::<Map<_, _>>(),
        "paged": census.paged,
        "stale": census.stale,
    })
}

fn of_account(account: &AccountTally) -> Value {
    json!({
        "integration": account.integration,
        "totals": totals(&account.totals),
        "unlike_errors": account.unlike_errors,
        "only_new_throttled": account.only_new_throttled,
    })
}

fn latency(latency: &Latency) -> Value {
    let quantile = |share| latency.quantile_ms(share);
    json!({
        "answers": latency.count(),
        "p50": quantile(0.5),
        "p90": quantile(0.9),
        "p95": quantile(0.95),
        "p99": quantile(0.99),
        "max": quantile(1.0),
    })
}

fn limits(limits: &LimitTally) -> Value {
    let by_field = |counts: &[u64; 3]| {
        FIELDS
            .iter()
            .zip(counts)
            .map(|(name, count)| ((*name).to_owned(), json!(count)))
            .collect::<Map<_, _>>()
    };
    let misfits = limits.misfits.iter().map(|(misfit, tally)| (misfit.name().to_owned(), of_case(tally)));
    json!({
        "answers": limits.answers,
        "lacking": by_field(&limits.lacking),
        "throttled": limits.throttled,
        "throttled_lacking": by_field(&limits.throttled_lacking),
        "misfits": misfits.collect::<Map<_, _>>(),
        "only_new": of_case(&limits.only_new),
        "legacy_beside_ms": latency(&limits.legacy_beside),
    })
}

fn of_sight(sight: &SightTally) -> Value {
    let lists = sight.lists.iter().map(|(path, lengths)| {
        (path.clone(), json!({"none": lengths.empty, "one": lengths.one, "several": lengths.many}))
    });
    let values = sight.values.iter().map(|(value, pairs)| (value.clone(), json!(pairs)));
    json!({
        "value": sight.value,
        "null": sight.null,
        "absent": sight.absent,
        "lists": lists.collect::<Map<_, _>>(),
        "values": values.collect::<Map<_, _>>(),
        "values_rest": sight.values.rest(),
    })
}

/// `2026-11-20`; `unknown` where a recording does not say.
fn day_text(day: Option<i64>) -> String {
    let at = day.and_then(|day| jiff::Timestamp::from_second(day.saturating_mul(86_400)).ok());
    // The date stands before the `T` of RFC 3339.
    at.and_then(|at| at.to_string().split_once('T').map(|(date, _)| date.to_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}
