//! `cutover explain`: one pair, its bodies, every difference, and every rule that spoke.

mod made_by;

use std::io::Write;

use anyhow::bail;
use compare::blame::Blame;
use compare::difference::Difference;
use compare::model::{Body as RecordedBody, Exchange, Outcome, Pair};
use compare::pretty;
use compare::tape::Tape;
use compare::verdict::{Judgement, Verdict};
use report::run::ToleranceInfo;
use report::side_by_side::{self, Line, Piece, Row};
use report::{text_diff, visible};
use serde_json::{Value, json};

use crate::config::{Config, ConfigError};
use crate::engines::Engines;
use crate::exit::Exit;
use crate::ids;
use crate::judge::{Body, Ids, Judge, Prepared, prepare};
use crate::options::{Format, Global, Paint, Talk};
use crate::plan::Plan;
use crate::storage::open_recordings;
use made_by::{Maker, Makers};

/// Lines of the new side's own body that are shown without `-v`.
const BODY_LINES_MAX: usize = 40;

/// Narrower columns than this show nothing.
const COLUMN_CHARS_MIN: usize = 24;

/// Explains the pair of an id, or of a recording's file.
pub fn run(id: &str, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&[])?;
    let engines = Engines::where_needed(global);
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let recordings = open_recordings(&config, global)?;
    let wanted = id.strip_prefix("recordings/").and_then(|file| file.strip_suffix(".json")).unwrap_or(id);
    let Some((location, pair)) = recordings.find(wanted)? else {
        bail!(
            "no recording has the pair `{id}`: `cutover check` writes all ids into reports/check/verdicts.json"
        );
    };
    let is_linked =
        plan.find(&pair.operation).is_some_and(|index| plan.operations[index].rules.has_entities());
    let ids = match is_linked {
        true => ids::gather(&config, &plan, global)?.0,
        false => Ids::NotAsked,
    };
    let judgement = Judge::new(&plan, &ids).judge(&pair, location.to_string(), |_| false);
    let explained = Explained::of(&pair, &plan, &judgement);
    match global.format {
        Format::Json => explained.write_json(out)?,
        Format::Text => explained.write_text(global, out)?,
    }
    Ok(match judgement.verdict {
        Verdict::Same | Verdict::Tolerated => Exit::Clean,
        Verdict::Different => Exit::Different,
        Verdict::Undecided(_) => Exit::Undecided,
    })
}

struct Explained<'e> {
    judgement: &'e Judgement,
    mapping: Option<&'e str>,
    tolerances: &'e [ToleranceInfo],
    /// Pretty-printed: what legacy answered, what new (or the source) answered, and what it was mapped to.
    legacy: Option<String>,
    new: Vec<String>,
    mapped: Option<String>,
    /// By difference, those in doubt last: what made new's value.
    makers: Vec<Option<Maker>>,
}

impl<'e> Explained<'e> {
    fn of(pair: &Pair, plan: &'e Plan, judgement: &'e Judgement) -> Explained<'e> {
        let operation = plan.find(&pair.operation).map(|index| &plan.operations[index]);
        let prepared = operation.and_then(|operation| prepare(pair, operation, plan.now_ms).ok());
        let new = if pair.new.is_empty() { &pair.source } else { &pair.new };
        let first = |exchanges: &[Exchange]| exchanges.first().and_then(recorded);
        let (legacy, mapped) = match &prepared {
            Some((legacy, new)) => (shown(legacy), shown(new)),
            None => (first(&pair.legacy), None),
        };
        let mut makers = operation.and_then(|operation| Makers::of(pair, operation, plan));
        let differences = judgement.differences.iter().chain(&judgement.in_doubt);
        let makers = differences.map(|difference| makers.as_mut()?.of_difference(difference)).collect();
        Explained {
            judgement,
            mapping: operation.and_then(|operation| {
                let is_good = judgement.new_status.is_none_or(|status| (200..300).contains(&status));
                let file = if is_good { &operation.info.mapping } else { &operation.error_mapping_file };
                file.as_deref()
            }),
            tolerances: operation.map_or(&[], |operation| &operation.info.tolerances),
            legacy,
            new: new.iter().filter_map(recorded).collect(),
            mapped,
            makers,
        }
    }

    fn tolerance(&self, difference: &Difference) -> Option<&ToleranceInfo> {
        self.tolerances.get(difference.tolerance?)
    }

    fn write_text(&self, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
        let judgement = self.judgement;
        writeln!(out, "{}  {}", visible::one_line(&judgement.pair), judgement.verdict.name())?;
        writeln!(out, "  read from   {}", judgement.location)?;
        for (name, value) in [("account", &judgement.account), ("integration", &judgement.integration)] {
            if let Some(value) = value {
                writeln!(out, "  {name:<11} {}", visible::one_line(value))?;
            }
        }
        let status = |status: Option<u16>| status.map_or("-".to_owned(), |status| status.to_string());
        writeln!(
            out,
            "  status      legacy {}, new {}",
            status(judgement.legacy_status),
            status(judgement.new_status)
        )?;
        writeln!(out, "  mapping     {}", self.mapping.unwrap_or("none"))?;
        if let Verdict::Undecided(reason) = &judgement.verdict {
            writeln!(out, "  undecided   {}: {}", reason.code.name(), visible::one_line(&reason.detail))?;
        }
        for note in &judgement.notes {
            writeln!(out, "  note        {}", visible::one_line(note))?;
        }
        self.write_bodies(global, out)?;
        self.write_differences(out)
    }

    fn write_bodies(&self, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
        for (index, body) in self.new.iter().enumerate() {
            let page = if self.new.len() > 1 { format!(", page {}", index + 1) } else { String::new() };
            writeln!(out, "\nWhat the new side answered{page}:")?;
            let lines_max = if global.talk == Talk::Verbose { usize::MAX } else { BODY_LINES_MAX };
            for line in body.lines().take(lines_max) {
                writeln!(out, "  {}", visible::one_line(line))?;
            }
            let left_out = body.lines().count().saturating_sub(lines_max);
            if left_out > 0 {
                writeln!(out, "  … {left_out} more lines (-v shows them)")?;
            }
        }
        let (Some(legacy), Some(mapped)) = (&self.legacy, &self.mapped) else { return Ok(()) };
        let column = (global.stdout.width.saturating_sub(7) / 2).max(COLUMN_CHARS_MIN);
        writeln!(out, "\n  {:<column$} | New, mapped", "Legacy")?;
        for row in side_by_side::rows(legacy, mapped) {
            write_row(&row, column, global.stdout.paint, out)?;
        }
        Ok(())
    }

    fn write_differences(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let in_doubt = &self.judgement.in_doubt;
        match self.judgement.differences_total {
            0 if in_doubt.len() == 1 => writeln!(out, "\n1 difference, which proves nothing:")?,
            0 if !in_doubt.is_empty() => {
                writeln!(out, "\n{} differences, which prove nothing:", in_doubt.len())?
            }
            0 => writeln!(out, "\nNo difference.")?,
            1 => writeln!(out, "\n1 difference:")?,
            total => writeln!(out, "\n{total} differences:")?,
        }
        for (difference, maker) in self.judgement.differences.iter().chain(in_doubt).zip(&self.makers) {
            let value =
                |value: &Option<String>| value.as_deref().map_or("(absent)".into(), visible::one_line);
            writeln!(out, "  {}  {}", visible::one_line(&difference.path), difference.kind.name())?;
            if let Some(path) = &difference.new_path {
                writeln!(out, "    now at  {}", visible::one_line(path))?;
            }
            match text_diff::of_values(difference.legacy.as_deref(), difference.new.as_deref()) {
                Some(lines) => lines.iter().try_for_each(|line| writeln!(out, "    text    {line}"))?,
                None => {
                    writeln!(out, "    legacy  {}", value(&difference.legacy))?;
                    writeln!(out, "    new     {}", value(&difference.new))?;
                }
            }
            for line in maker.iter().flat_map(Maker::lines) {
                writeln!(out, "    {line}")?;
            }
            if let Some(blame) = difference.blame {
                writeln!(out, "    to blame  {}", blame.name())?;
            }
            match self.tolerance(difference) {
                None => writeln!(out, "    no tolerance excuses it")?,
                Some(info) => {
                    writeln!(
                        out,
                        "    excused by `{}` at {} ({}:{})",
                        info.rule, info.path, info.file, info.line
                    )?;
                    writeln!(
                        out,
                        "    because {}; {} answers for it until {}",
                        info.reason, info.owner, info.until
                    )?;
                }
            }
        }
        Ok(())
    }

    fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let judgement = self.judgement;
        let difference = |(difference, maker): (&Difference, &Option<Maker>)| {
            json!({
                "path": difference.path,
                "new_path": difference.new_path,
                "field": &*difference.field,
                "kind": difference.kind.name(),
                "legacy": difference.legacy,
                "new": difference.new,
                "blame": difference.blame.map(Blame::name),
                "made_by": maker.as_ref().map(Maker::json),
                "tolerated_by": self.tolerance(difference).map(|info| json!({
                    "path": info.path, "rule": info.rule, "reason": info.reason, "owner": info.owner,
                    "until": info.until, "file": info.file, "line": info.line,
                })),
            })
        };
        let reason = match &judgement.verdict {
            Verdict::Undecided(reason) => json!({"code": reason.code.name(), "detail": reason.detail}),
            Verdict::Same | Verdict::Tolerated | Verdict::Different => Value::Null,
        };
        let (certain, in_doubt) = self.makers.split_at(judgement.differences.len());
        let document = json!({
            "version": 1,
            "pair": judgement.pair,
            "location": judgement.location,
            "operation": judgement.operation,
            "account": judgement.account,
            "integration": judgement.integration,
            "verdict": judgement.verdict.name(),
            "reason": reason,
            "mapping": self.mapping,
            "notes": judgement.notes,
            "bodies": {"legacy": self.legacy, "new": self.new, "mapped": self.mapped},
            "differences_total": judgement.differences_total,
            "differences": judgement.differences.iter().zip(certain).map(difference).collect::<Vec<_>>(),
            "in_doubt": judgement.in_doubt.iter().zip(in_doubt).map(difference).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        Ok(())
    }
}

fn recorded(exchange: &Exchange) -> Option<String> {
    match &exchange.outcome {
        Outcome::Failure(failure) => Some(format!("failed: {} ({})", failure.kind.name(), failure.detail)),
        Outcome::Response(response) => match &response.body {
            RecordedBody::Json(text) => Some(pretty_json(text)),
            RecordedBody::Text(text) => Some(text.clone()),
            RecordedBody::Base64(text) => Some(format!("base64 {text}")),
            RecordedBody::Absent => None,
        },
    }
}

fn shown(prepared: &Prepared<'_>) -> Option<String> {
    match prepared {
        Prepared::Failure(kind) => Some(format!("failed: {}", kind.name())),
        Prepared::Content { body, .. } => match body {
            Body::Json(text) => Some(pretty_json(text)),
            Body::Text(text) => Some((*text).to_owned()),
            Body::Base64(text) => Some(format!("base64 {text}")),
            Body::Absent => None,
        },
    }
}

fn pretty_json(text: &str) -> String {
    let mut tape = Tape::new();
    tape.parse(text).map_or_else(|_| text.to_owned(), |json| pretty::whole(json.root()))
}

fn write_row(row: &Row, column: usize, paint: Paint, out: &mut dyn Write) -> anyhow::Result<()> {
    let plain = |text: &str| cell(&[Piece::Kept(text.to_owned())], column, Paint::Plain);
    let line = |line: &Option<Line>| match line {
        Some(line) => cell(&line.pieces, column, paint),
        None => plain(""),
    };
    match row {
        Row::Same { text, .. } => writeln!(out, "  {} | {}", plain(text), plain(text).trim_end())?,
        Row::Changed { left, right } => writeln!(out, "! {} | {}", line(left), line(right).trim_end())?,
        Row::Folded(lines) => writeln!(out, "  … {lines} equal lines")?,
        Row::Cut(rows) => writeln!(out, "  … {rows} more rows")?,
    }
    Ok(())
}

/// A column's text: cut to its width, filled with spaces, what changed in red where that is wanted.
fn cell(pieces: &[Piece], column: usize, paint: Paint) -> String {
    let mut text = String::new();
    let mut room = column;
    for piece in pieces {
        let (Piece::Kept(part) | Piece::Changed(part)) = piece;
        let part: String = visible::one_line(part).chars().take(room).collect();
        room -= part.chars().count();
        match piece {
            Piece::Changed(_) if paint == Paint::Colored => {
                text.push_str(&format!("\u{1b}[31m{part}\u{1b}[0m"))
            }
            Piece::Kept(_) | Piece::Changed(_) => text.push_str(&part),
        }
    }
    text.extend(std::iter::repeat_n(' ', room));
    text
}
