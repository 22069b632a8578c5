//! `cutover mapping suggest`: drafts a mapping from recorded pairs, or from a file of bodies.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use compare::model::{Body, Exchange, Outcome, Pair};
use mapping::input::Scope;
use mapping::suggest::{self, Draft, EXAMPLES_MAX, Example, State};
use report::run::counted;
use report::visible;
use serde::Serialize;
use serde_json::Value;
use store::pointer::Pointer;

use crate::config::{self, Config, MapFrom, Operation};
use crate::exit::Exit;
use crate::options::{Format, Global, MappingSuggest, Talk};
use crate::storage::open_recordings;

/// All examples are held in memory at once; more text than this is not needed to see what a mapping does.
const EXAMPLES_BYTES_MAX: usize = 256 << 20;

/// Reasons for which pairs were not looked at that are told; all are counted.
const REASONS_SHOWN_MAX: usize = 5;

/// Bodies to draft from, and how many were left out, why.
#[derive(Default)]
struct Bodies {
    /// Source and legacy.
    read: Vec<(Value, Value)>,
    bytes: usize,
    left_out: Vec<(String, u64)>,
}

/// Drafts the mapping of each operation that is named, or of those that have none, or from a file of lines.
pub fn run(options: &MappingSuggest, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let found = match options {
        MappingSuggest::Operations { names, from } => of_operations(names, *from, global)?,
        MappingSuggest::Lines { file, legacy, source } => {
            vec![(file.display().to_string(), of_lines(file, legacy, source)?)]
        }
    };
    let now_ms = global.as_of.instant.as_millisecond();
    let mut drafts = Vec::new();
    for (what, bodies) in &found {
        let examples: Vec<Example<'_>> =
            bodies.read.iter().map(|(source, legacy)| Example { source, legacy }).collect();
        if global.talk > Talk::Quiet {
            tell_left_out(what, bodies);
        }
        if !examples.is_empty() {
            drafts.push((what, examples.len(), suggest::suggest(&examples, what, now_ms)));
        }
    }
    match global.format {
        Format::Json => write_json(&drafts, out)?,
        Format::Text => write_text(&drafts, out)?,
    }
    Ok(if drafts.is_empty() { Exit::Undecided } else { Exit::Clean })
}

/// On stderr: what stands on stdout is the mapping, to be written into a file.
fn tell_left_out(what: &str, bodies: &Bodies) {
    for (reason, count) in bodies.left_out.iter().take(REASONS_SHOWN_MAX) {
        let count = counted(*count, "record is", "records are");
        // Where nobody listens there, the mapping is what matters.
        let _ = writeln!(
            std::io::stderr(),
            "{}: {count} left out: {}",
            visible::one_line(what),
            visible::one_line(reason)
        );
    }
}

fn of_operations(
    names: &[String],
    from: Option<MapFrom>,
    global: &Global,
) -> anyhow::Result<Vec<(String, Bodies)>> {
    let config = Config::load(&global.config)?;
    let mut operations = config.select(names)?;
    if names.is_empty() {
        operations.retain(|operation| operation.mapping.is_none());
        if operations.is_empty() {
            bail!("every operation has a mapping: name the one to draft another for");
        }
    }
    let mut found: Vec<(&Operation, Bodies)> =
        operations.into_iter().map(|operation| (operation, Bodies::default())).collect();
    let recordings = open_recordings(&config, global)?;
    let files = recordings.sources()?.files;
    for record in recordings.records(files) {
        // What is no pair is told by `check`; no operation can be said to have lost it.
        let Ok(pair) = record.pair() else { continue };
        let Some((operation, bodies)) =
            found.iter_mut().find(|(operation, _)| operation.name.as_str() == pair.operation)
        else {
            continue;
        };
        let example = bodies_of(&pair, from.unwrap_or(operation.map_from));
        let scope = match operation.scope {
            config::Scope::Body => Scope::Body,
            config::Scope::Truto { .. } => Scope::Truto,
        };
        bodies.add(example, scope);
    }
    Ok(found.into_iter().map(|(operation, bodies)| (operation.name.as_str().to_owned(), bodies)).collect())
}

/// The two bodies of a pair of one answer a side.
fn bodies_of(pair: &Pair, from: MapFrom) -> Result<(&str, &str), String> {
    let (source, name) = match from {
        MapFrom::New => (&pair.new, "new"),
        MapFrom::Source => (&pair.source, "source"),
    };
    Ok((body(source, name)?, body(&pair.legacy, "legacy")?))
}

fn body<'p>(exchanges: &'p [Exchange], side: &str) -> Result<&'p str, String> {
    let [exchange] = exchanges else {
        let count = if exchanges.is_empty() { "no answer" } else { "several pages" };
        return Err(format!("{count} of {side}"));
    };
    match &exchange.outcome {
        Outcome::Failure(failure) => Err(format!("{side} failed ({})", failure.kind.name())),
        Outcome::Response(response) if response.status >= 400 => {
            Err(format!("{side} answered the error {}", response.status))
        }
        Outcome::Response(response) => match &response.body {
            Body::Json(text) => Ok(text),
            Body::Absent | Body::Text(_) | Body::Base64(_) => Err(format!("the body of {side} is not JSON")),
        },
    }
}

fn of_lines(file: &Path, legacy: &Pointer, source: &Pointer) -> anyhow::Result<Bodies> {
    let shown = file.display();
    let size = fs::metadata(file).with_context(|| format!("read {shown}"))?.len();
    if size > EXAMPLES_BYTES_MAX as u64 {
        bail!("read {shown}: it is larger than {EXAMPLES_BYTES_MAX} bytes; a part of it is enough");
    }
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let mut bodies = Bodies::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let cut = |pointer: &Pointer, side: &str| {
            let found = pointer.cut(line).map_err(|error| error.to_string())?;
            found.ok_or_else(|| format!("there is nothing at the pointer of {side}"))
        };
        bodies
            .add(cut(source, "source").and_then(|source| Ok((source, cut(legacy, "legacy")?))), Scope::Body);
    }
    Ok(bodies)
}

impl Bodies {
    /// Adds an example; the draft is written for what a mapping sees in the scope.
    fn add(&mut self, example: Result<(&str, &str), String>, scope: Scope) {
        let added = example.and_then(|(source, legacy)| {
            let bytes = source.len() + legacy.len();
            if self.read.len() >= EXAMPLES_MAX || self.bytes + bytes > EXAMPLES_BYTES_MAX {
                return Err(format!("{EXAMPLES_MAX} records or {EXAMPLES_BYTES_MAX} bytes are enough"));
            }
            let parse = |text, side| {
                serde_json::from_str::<Value>(text)
                    .map_err(|error| format!("the body of {side} is unreadable: {error}"))
            };
            let source = parse(source, "the source")?;
            let seen = match scope {
                Scope::Body => source,
                Scope::Truto | Scope::TrutoError => serde_json::json!({ "response": source }),
            };
            self.read.push((seen, parse(legacy, "legacy")?));
            self.bytes += bytes;
            Ok(())
        });
        let Err(reason) = added else { return };
        match self.left_out.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((reason, 1)),
        }
    }
}

type Drafts<'d> = [(&'d String, usize, Draft)];

fn write_text(drafts: &Drafts<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    for (at, (_, _, draft)) in drafts.iter().enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        write!(out, "{gap}{}", draft.text)?;
    }
    if drafts.is_empty() {
        writeln!(out, "There is no pair with one JSON answer a side to draft from.")?;
    }
    Ok(())
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    drafts: Vec<DraftLine<'d>>,
}

#[derive(Serialize)]
struct DraftLine<'d> {
    of: &'d str,
    recordings: usize,
    mapping: &'d str,
    fields: Vec<FieldLine<'d>>,
}

#[derive(Serialize)]
struct FieldLine<'d> {
    path: &'d str,
    expression: Option<&'d str>,
    note: &'d str,
}

fn write_json(drafts: &Drafts<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let drafts = drafts.iter().map(|(of, recordings, draft)| DraftLine {
        of,
        recordings: *recordings,
        mapping: &draft.text,
        fields: draft
            .lines
            .iter()
            .map(|line| {
                let (expression, note) = match &line.state {
                    State::Coded { expression, note } => (Some(expression.as_str()), note),
                    State::Open(note) => (None, note),
                };
                FieldLine { path: &line.path, expression, note }
            })
            .collect(),
    });
    serde_json::to_writer_pretty(&mut *out, &Document { version: 1, drafts: drafts.collect() })?;
    writeln!(out)?;
    Ok(())
}
