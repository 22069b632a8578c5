//! `readiness.json`: the numbers of the page, for machines.

use std::io;

use evidence::bounds::RateBound;
use evidence::gate::Decision;
use evidence::gate::reading::{Number, Reading};
use evidence::tally::Totals;
use serde_json::{Value, json};

use super::Readiness;
use super::numbers;
use crate::causes::CauseInfo;
use crate::findings::{operations, tolerances};
use crate::limits::{self, LimitsLine};
use crate::mappings::Coverage;

pub(super) fn write(mut out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    let run = readiness.run;
    let days = numbers::days(readiness);
    let days = days.iter().map(|day| {
        json!({"day": numbers::date(day.day), "totals": totals(&day.totals), "until": bound(&day.until)})
    });
    let accounts = numbers::accounts(readiness);
    let accounts = accounts.iter().map(|row| {
        json!({
            "account": row.name, "integration": row.integration, "listed": row.is_listed,
            "totals": totals(&row.totals),
        })
    });
    let timed = limits::rows(run);
    let latencies = timed
        .iter()
        .map(|row| json!({"operation": row.operation, "legacy_ms": row.legacy, "new_ms": row.new}));
    let told = timed.iter().map(|row| json!({"operation": row.operation, "limits": LimitsLine::of(row)}));
    let document = json!({
        "version": 1,
        "tool": run.head.tool,
        "migration": run.head.migration,
        "as_of": run.head.as_of,
        "totals": totals(&run.tally.totals),
        "gates": readiness.decisions.iter().map(gate).collect::<Vec<_>>(),
        "rate": bound(&numbers::rate(readiness)),
        "confidence": readiness.confidence,
        "max_difference_rate": readiness.max_difference_rate,
        "days": days.collect::<Vec<_>>(),
        "undated": numbers::undated(readiness),
        "operations": operation_values(readiness),
        "findings": run.causes.iter().map(finding).collect::<Vec<_>>(),
        "tolerances": tolerance_values(readiness),
        "coverage": coverage(readiness),
        "mappings": mappings(readiness),
        "accounts": accounts.collect::<Vec<_>>(),
        "latency": latencies.collect::<Vec<_>>(),
        "limits": told.collect::<Vec<_>>(),
        "bundles": bundles(readiness),
    });
    serde_json::to_writer_pretty(&mut out, &document)?;
    writeln!(out)
}

fn totals(totals: &Totals) -> Value {
    let Totals { pairs, same, tolerated, different, undecided } = *totals;
    json!({
        "pairs": pairs, "same": same, "tolerated": tolerated, "different": different, "undecided": undecided,
    })
}

fn bound(bound: &RateBound) -> Value {
    json!({
        "pairs": bound.pairs, "different": bound.events, "accounts": bound.accounts, "rate": bound.rate,
        "lower": bound.lower, "upper": bound.upper, "design_effect": bound.design_effect,
        "more_pairs": bound.more_pairs,
    })
}

fn gate(decision: &Decision) -> Value {
    let counts = numbers::counts(decision);
    json!({
        "gate": decision.gate.text(),
        "answer": decision.answer.name(),
        "holds": counts.holds,
        "waived": counts.waived,
        "missing": counts.missing,
        "fails": counts.fails,
        "readings": decision.readings.iter().map(reading).collect::<Vec<_>>(),
    })
}

fn reading(reading: &Reading) -> Value {
    let numbers = reading.numbers.iter().map(|(name, number)| {
        let value = match number {
            Number::Count(count) => json!(count),
            Number::Rate(rate) => json!(rate),
        };
        ((*name).to_owned(), value)
    });
    json!({
        "condition": reading.condition,
        "about": reading.about,
        "answer": reading.answer().name(),
        "why": reading.way.why,
        "says": reading.says,
        "settles": reading.settles,
        "numbers": numbers.collect::<serde_json::Map<String, Value>>(),
        "waived": reading.waived.as_ref().map(|waiver| json!({
            "reason": waiver.reason, "owner": waiver.owner, "until": waiver.until,
        })),
    })
}

fn operation_values(readiness: &Readiness<'_>) -> Vec<Value> {
    let integrations = numbers::integrations(readiness);
    let results = operations(readiness.run);
    let each = results.iter().map(|result| {
        let cells = integrations.iter().map(|integration| {
            let cell = numbers::cell(readiness, result.name, integration);
            json!({"integration": integration, "totals": totals(&cell)})
        });
        json!({
            "operation": result.name, "totals": totals(&result.totals()), "integrations": cells.collect::<Vec<_>>(),
        })
    });
    each.collect()
}

fn finding(cause: &CauseInfo) -> Value {
    json!({
        "operation": cause.operation,
        "field": cause.field,
        "kind": cause.kind.name(),
        "now_at": cause.now_at,
        "made_by": cause.made_at.as_ref().map(|at| json!({
            "mapping": at.file, "line": at.line, "column": at.column, "expression": at.expression,
        })),
        "state": cause.state.name(),
        "pairs": cause.pairs,
        "differences": cause.differences,
    })
}

fn tolerance_values(readiness: &Readiness<'_>) -> Vec<Value> {
    let uses = tolerances(readiness.run);
    let each = uses.iter().map(|known| {
        let info = known.info;
        json!({
            "path": info.path, "rule": info.rule, "reason": info.reason, "owner": info.owner, "until": info.until,
            "expired": info.expired, "file": info.file, "line": info.line, "operations": known.operations,
            "pairs": known.tally.pairs, "differences": known.tally.differences,
        })
    });
    each.collect()
}

fn coverage(readiness: &Readiness<'_>) -> Vec<Value> {
    let cells = readiness.coverage.iter();
    cells
        .map(|cell| json!({"operation": cell.operation, "what": cell.what.says(), "pairs": cell.pairs}))
        .collect()
}

fn mappings(readiness: &Readiness<'_>) -> Vec<Value> {
    let each = readiness.run.mappings.iter().map(|mapping| {
        let measured = match &mapping.coverage {
            Coverage::Unmeasured(_) => Value::Null,
            Coverage::Measured(measured) => json!({
                "expressions": measured.expressions, "covered": measured.covered, "branches": measured.branches,
                "branches_covered": measured.branches_covered,
            }),
        };
        json!({
            "mapping": mapping.file, "cases": mapping.cases, "failing": mapping.failures.len(), "coverage": measured,
        })
    });
    each.collect()
}

fn bundles(readiness: &Readiness<'_>) -> Vec<Value> {
    let each = readiness.bundles.iter().map(|bundle| {
        json!({
            "file": bundle.file, "gate": bundle.gate, "answer": bundle.answer, "as_of": bundle.as_of,
            "expires": bundle.expires, "expired": bundle.is_expired, "signed": bundle.is_signed,
            "broken": bundle.broken,
        })
    });
    each.collect()
}
