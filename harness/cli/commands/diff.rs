//! `cutover diff`: two JSON files, no configuration.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use compare::diff::{Comparer, Comparison, Scope};
use compare::difference::Difference;
use compare::entities::Entities;
use compare::rules::{Rules, RulesInput};
use compare::tape::{Json, Tape};
use compare::tolerance::{Tolerance, parse_tolerances};
use mapping::mapping::LIMITS;
use report::{text_diff, visible};

use crate::body_file::{is_standard_input, parse, read};
use crate::config::{ConfigError, Evaluation};
use crate::engines::Engines;
use crate::exit::Exit;
use crate::options::{Diff, DiffAnswer, Format, Global};
use crate::plan::{compile_mapping, compile_when, tolerances_of};

/// Compares two files.
pub fn run(options: &Diff, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (rules, described) = rules(options, global)?;
    if is_standard_input(&options.legacy) && is_standard_input(&options.new) {
        bail!("both bodies are `-`, and standard input has one: name a file for the other");
    }
    let legacy = read(&options.legacy)?;
    let new = read(&options.new)?;
    let (mut legacy_tape, mut new_tape) = (Tape::new(), Tape::new());
    let legacy = parse(&options.legacy, &legacy, &mut legacy_tape)?;
    // A mapping is given what the file has, but not before the file is known to be JSON.
    parse(&options.new, &new, &mut new_tape)?;
    let mapped = match &options.mapping {
        None => Some(new),
        Some(file) => map(file, &new, global)?,
    };
    let Some(mapped) = mapped else {
        if options.answer == DiffAnswer::Patch {
            bail!(
                "the mapping answers nothing (undefined) for {}: no patch leads to what is no document",
                options.new.display()
            );
        }
        writeln!(out, "The mapping answers nothing (undefined) for {}.", options.new.display())?;
        return Ok(Exit::Different);
    };
    let new = parse(&options.new, &mapped, &mut new_tape)?;
    if options.answer == DiffAnswer::Patch {
        return write_patch(legacy, new, out);
    }
    let mut comparison = Comparison::default();
    Comparer::new(&rules).bodies(legacy, new, Scope::default(), &mut comparison);
    settle(&mut comparison);
    match global.format {
        Format::Json => write_json(&comparison, &described, out)?,
        Format::Text => write_text(&comparison, &described, out)?,
    }
    Ok(if comparison.total > comparison.excused { Exit::Different } else { Exit::Clean })
}

/// Ids that differ by design are held against each other within the two files: they are the whole run.
fn settle(comparison: &mut Comparison) {
    let mut entities = Entities::default();
    entities.add("", &comparison.links);
    let settled = entities.settle(&comparison.links, &mut comparison.differences);
    comparison.total += settled.added;
    comparison.excused = comparison.excused.saturating_sub(settled.reopened);
}

/// By no rule: key order and white space are all that a patch does not see.
fn write_patch(legacy: Json<'_>, new: Json<'_>, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let patch = compare::patch::patch(legacy, new);
    writeln!(out, "{}", patch.text())?;
    Ok(if patch.operations.is_empty() { Exit::Clean } else { Exit::Different })
}

/// The rules and, by the index that differences name, how each is described.
fn rules(options: &Diff, global: &Global) -> anyhow::Result<(Rules, Vec<String>)> {
    let day = global.as_of.day();
    let mut tolerances: Vec<Tolerance> = Vec::new();
    let mut described = Vec::new();
    if let Some(file) = &options.tolerances {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| format!("read {name}"))?;
        for (tolerance, info) in
            tolerances_of(&name, &text, day).map_err(|problem| ConfigError::Invalid(vec![problem]))?
        {
            // A file made for several operations is applied whole: here there is no operation to choose by.
            tolerances.push(Tolerance { operations: Vec::new(), ..tolerance });
            described.push(format!("{} ({}:{})", info.rule, info.file, info.line));
        }
    }
    for path in &options.ignore {
        let form = format!(
            "[[tolerance]]\npath = {}\nrule = \"ignore\"\nreason = \"--ignore\"\nowner = \"-\"\nuntil = 9999-12-31\n",
            toml::Value::from(path.as_str())
        );
        tolerances.extend(parse_tolerances(&form).with_context(|| format!("--ignore {path}"))?);
        described.push(format!("--ignore {path}"));
    }
    let rules = Rules::compile(RulesInput {
        operation: "",
        as_of: day,
        tolerances,
        keys: options.keys.clone(),
        headers: Vec::new(),
        compile_when: &compile_when,
    })?;
    Ok((rules, described))
}

fn map(file: &Path, body: &str, global: &Global) -> anyhow::Result<Option<String>> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("read {name}"))?;
    let settings = Engines::where_needed(global).settings(&Evaluation::default());
    let mapping =
        compile_mapping(&name, &text, &settings).map_err(|problem| ConfigError::Invalid(vec![problem]))?;
    let now_ms = global.as_of.instant.as_millisecond();
    mapping.evaluate(body, now_ms, &LIMITS).with_context(|| format!("apply {name}"))
}

fn write_text(comparison: &Comparison, described: &[String], out: &mut dyn Write) -> anyhow::Result<()> {
    for difference in &comparison.differences {
        let value = |value: Option<&str>| value.map_or("(absent)".into(), visible::one_line);
        let excused =
            excuse(difference, described).map_or(String::new(), |rule| format!("  excused by {rule}"));
        let (path, kind) = (visible::one_line(&difference.path), difference.kind.name());
        writeln!(out, "{path}  {kind}{excused}")?;
        if let Some(path) = &difference.new_path {
            writeln!(out, "  now at  {}", visible::one_line(path))?;
        }
        match text_diff::of_values(difference.legacy.as_deref(), difference.new.as_deref()) {
            Some(lines) => lines.iter().try_for_each(|line| writeln!(out, "  text    {line}"))?,
            None => {
                writeln!(out, "  legacy  {}", value(difference.legacy.as_deref()))?;
                writeln!(out, "  new     {}", value(difference.new.as_deref()))?;
            }
        }
    }
    for note in &comparison.notes {
        writeln!(out, "note: {}", visible::one_line(note))?;
    }
    let left_out = comparison.total - comparison.differences.len() as u64;
    if left_out > 0 {
        writeln!(out, "… and {left_out} more")?;
    }
    let open = comparison.total - comparison.excused;
    let sentence = match (open, comparison.excused) {
        (0, 0) => "Same.".to_owned(),
        (0, excused) => format!("Same, but for {excused} excused."),
        (open, 0) => format!("{open} different."),
        (open, excused) => format!("{open} different, {excused} excused."),
    };
    writeln!(out, "{sentence}")?;
    Ok(())
}

fn excuse<'d>(difference: &Difference, described: &'d [String]) -> Option<&'d str> {
    described.get(difference.tolerance?).map(String::as_str)
}

#[derive(serde::Serialize)]
struct Document<'d> {
    version: u32,
    total: u64,
    excused: u64,
    differences: Vec<Line<'d>>,
    notes: &'d [String],
}

#[derive(serde::Serialize)]
struct Line<'d> {
    path: &'d str,
    new_path: Option<&'d str>,
    field: &'d str,
    kind: &'static str,
    legacy: Option<&'d str>,
    new: Option<&'d str>,
    tolerated_by: Option<&'d str>,
}

fn write_json(comparison: &Comparison, described: &[String], out: &mut dyn Write) -> anyhow::Result<()> {
    let document = Document {
        version: 1,
        total: comparison.total,
        excused: comparison.excused,
        differences: comparison
            .differences
            .iter()
            .map(|difference| Line {
                path: &difference.path,
                new_path: difference.new_path.as_deref(),
                field: &difference.field,
                kind: difference.kind.name(),
                legacy: difference.legacy.as_deref(),
                new: difference.new.as_deref(),
                tolerated_by: excuse(difference, described),
            })
            .collect(),
        notes: &comparison.notes,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}
