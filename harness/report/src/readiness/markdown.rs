//! `readiness.md`: what a lead asks, as text for a comment or a page of notes.

use std::io;

use evidence::gate::reading::Answer;

use super::Readiness;
use super::numbers::{self, percent};
use crate::causes::State;
use crate::run::{counted, grouped};
use crate::summary::{code, prose};

/// Readings of one gate that are told; the page and the document have all.
const READINGS_MAX: usize = 20;

/// Groups of differences that are told.
const FINDINGS_MAX: usize = 20;

pub(super) fn write(mut out: impl io::Write, readiness: &Readiness<'_>) -> io::Result<()> {
    let run = readiness.run;
    writeln!(out, "# Readiness of {}\n", prose(run.head.migration))?;
    writeln!(
        out,
        "{} As of {}, cutover {}.\n",
        sentence(readiness),
        prose(run.head.as_of),
        prose(run.head.tool)
    )?;
    writeln!(out, "| Gate | Answer | Holds | Waived | Missing | Fails |\n|:--|:--|--:|--:|--:|--:|")?;
    for decision in &readiness.decisions {
        let counts = numbers::counts(decision);
        let [holds, waived, missing, fails] =
            [counts.holds, counts.waived, counts.missing, counts.fails].map(grouped);
        let (gate, answer) = (decision.gate.text(), sign(decision.answer));
        writeln!(out, "| {gate} | {answer} | {holds} | {waived} | {missing} | {fails} |")?;
    }
    for decision in &readiness.decisions {
        let open = numbers::open(decision);
        if open.is_empty() {
            continue;
        }
        writeln!(out, "\n## {}: {}\n", decision.gate.text(), sign(decision.answer))?;
        for reading in open.iter().take(READINGS_MAX) {
            let about =
                if reading.about.is_empty() { String::new() } else { format!(" {}", code(&reading.about)) };
            let settles =
                reading.settles.as_deref().map_or(String::new(), |text| format!(" → {}", prose(text)));
            let (condition, says) = (prose(&reading.condition), prose(&reading.says));
            writeln!(out, "- {} **{condition}**{about}: {says}{settles}", mark(reading.answer()))?;
        }
        let left_out = open.len().saturating_sub(READINGS_MAX);
        if left_out > 0 {
            writeln!(out, "- … and {left_out} more")?;
        }
    }
    let rate = numbers::rate(readiness);
    writeln!(
        out,
        "\n## Evidence\n\n{} decided, {} different: {}; at {} sure, at most {} (design effect {:.1}).",
        counted(rate.pairs, "pair", "pairs"),
        grouped(rate.events),
        percent(rate.rate),
        percent(readiness.confidence),
        percent(rate.upper),
        rate.design_effect
    )?;
    let open: Vec<_> = run.causes.iter().filter(|cause| cause.state != State::Gone).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| Operation | Field | Kind | Pairs | Made by | Snapshot |\n|:--|:--|:--|--:|:--|:--|")?;
    for cause in open.iter().take(FINDINGS_MAX) {
        let made_by = cause.made_at.as_ref().map_or(String::new(), |at| code(&at.place()));
        let (operation, field, kind) = (code(&cause.operation), code(&cause.field), cause.kind.name());
        let (pairs, state) = (grouped(cause.pairs), cause.state.name());
        writeln!(out, "| {operation} | {field} | {kind} | {pairs} | {made_by} | {state} |")?;
    }
    match open.len().saturating_sub(FINDINGS_MAX) {
        0 => Ok(()),
        left_out => writeln!(out, "\n… and {left_out} more."),
    }
}

/// The whole report in a sentence.
pub fn sentence(readiness: &Readiness<'_>) -> String {
    let of = |answer: Answer| readiness.decisions.iter().filter(|decision| decision.answer == answer).count();
    let all = readiness.decisions.len();
    match (of(Answer::Pass), of(Answer::Fail)) {
        (pass, _) if pass == all => "Every gate passes.".to_owned(),
        (0, 0) => "No gate can be decided yet.".to_owned(),
        (pass, fail) => {
            let fails = match fail {
                0 => String::new(),
                1 => ", 1 fails".to_owned(),
                fail => format!(", {fail} fail"),
            };
            let open = all - pass - fail;
            let waits = if open == 0 { String::new() } else { format!(", {open} cannot be decided yet") };
            format!("{pass} of {all} gates {}{fails}{waits}.", if pass == 1 { "passes" } else { "pass" })
        }
    }
}

fn sign(answer: Answer) -> &'static str {
    match answer {
        Answer::Pass => "✅ pass",
        Answer::Inconclusive => "⚠️ inconclusive",
        Answer::Fail => "❌ fail",
    }
}

fn mark(answer: Answer) -> &'static str {
    match answer {
        Answer::Pass => "✅",
        Answer::Inconclusive => "⚠️",
        Answer::Fail => "❌",
    }
}
