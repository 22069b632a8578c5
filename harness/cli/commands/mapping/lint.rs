//! `cutover mapping lint`: what a careful reader of mappings objects to, held against the recordings of their operations.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use report::mappings::{Finding, Level, MappingInfo};
use report::run::counted;
use report::sarif;
use serde::Serialize;

use crate::cases::MappingFile;
use crate::config::problem::Problem;
use crate::config::{Config, ConfigError, SourceText};
use crate::engines::Engines;
use crate::exercise::{Asked, Exercise, findings};
use crate::exit::Exit;
use crate::options::{Format, Global, MappingLint, Talk};
use crate::plan::Plan;
use crate::storage::{may_have_recordings, open_recordings};

/// Records that are read: the sample is full long before, unless there are very many accounts.
pub const RECORDS_MAX: usize = 100_000;

/// Looks over the mappings that are named, or all.
pub fn run(options: &MappingLint, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let selected = super::select(&config, &options.mappings, global)?;
    let seen = exercised(&config, &selected, global)?;
    let infos: Vec<MappingInfo> = selected
        .into_iter()
        .map(|file| {
            seen.iter().find(|info| info.file == file.shown).cloned().unwrap_or_else(|| unseen(&file))
        })
        .collect();
    if let Some(file) = &options.sarif {
        write_sarif(file, &infos)?;
    }
    match global.format {
        Format::Json => write_json(&infos, out)?,
        Format::Text => write_text(&infos, global, out)?,
    }
    let is_bad = infos.iter().flat_map(|info| &info.findings).any(|finding| finding.level == Level::Warning);
    Ok(if is_bad { Exit::Different } else { Exit::Clean })
}

/// A mapping that no operation names: there is nothing to hold it against.
fn unseen(file: &MappingFile) -> MappingInfo {
    MappingInfo {
        file: file.shown.clone(),
        source: file.mapping.source().to_owned(),
        findings: findings(&file.mapping, None),
        ..MappingInfo::default()
    }
}

/// What the recordings of the operations that name the mappings say of them.
fn exercised(config: &Config, selected: &[MappingFile], global: &Global) -> anyhow::Result<Vec<MappingInfo>> {
    let names = |operation: &&crate::config::Operation| {
        let files = [&operation.mapping, &operation.error_mapping].into_iter().flatten();
        files.into_iter().any(|file| selected.iter().any(|wanted| wanted.full == file.full))
    };
    let operations: Vec<_> = config.operations.iter().filter(names).collect();
    let engines = Engines::where_needed(global);
    let plan = Plan::compile(config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let mut exercise = Exercise::without_cases(config, &operations, &plan);
    if may_have_recordings(config) {
        let recordings = open_recordings(config, global)?;
        let mut files = recordings.sources()?.files;
        // JSON Lines may hold pairs of any operation.
        files.retain(|file| {
            crate::commands::check::operation_of(file).is_none_or(|name| plan.find(name).is_some())
        });
        for record in recordings.records(files).take(RECORDS_MAX) {
            // What cannot be read is told by `check`.
            let Ok(pair) = record.pair() else { continue };
            let asked = Asked { operation: &pair.operation, account: pair.account.as_deref() };
            let bytes = record.text.as_ref().map_or(0, String::len);
            if exercise.takes(&plan, asked, bytes)
                && let Some(observed) = exercise.observe(&plan, &pair)
            {
                exercise.add(observed, pair.account.as_deref());
            }
        }
    }
    Ok(exercise.infos(config))
}

fn write_sarif(file: &Path, infos: &[MappingInfo]) -> anyhow::Result<()> {
    let context = || format!("write {}", file.display());
    let mut out = BufWriter::new(File::create(file).with_context(context)?);
    sarif::write(&mut out, env!("CARGO_PKG_VERSION"), infos, &[])
        .and_then(|()| out.flush())
        .with_context(context)
}

fn write_text(infos: &[MappingInfo], global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    for info in infos {
        let source = Arc::new(SourceText::new(&info.file, &info.source));
        for finding in &info.findings {
            if finding.level == Level::Note && global.talk == Talk::Quiet {
                continue;
            }
            let only = if finding.level == Level::Note { ", only a note" } else { "" };
            let message = format!("{} ({}{only})", finding.message, finding.rule);
            let problem = Problem::warning(message).at(&source, finding.span.clone(), "").help(&finding.help);
            writeln!(out, "{}\n", problem.render(global.stdout).trim_end())?;
        }
    }
    let of =
        |level| infos.iter().flat_map(|info| &info.findings).filter(|one| one.level == level).count() as u64;
    let mappings = counted(infos.len() as u64, "mapping", "mappings");
    let (warnings, notes) = (of(Level::Warning), of(Level::Note));
    match (warnings, notes) {
        (0, 0) => writeln!(out, "{mappings}: nothing to object.")?,
        (warnings, 0) => writeln!(out, "{mappings}: {}.", counted(warnings, "warning", "warnings"))?,
        (warnings, notes) => writeln!(
            out,
            "{mappings}: {}, {}.",
            counted(warnings, "warning", "warnings"),
            counted(notes, "note", "notes")
        )?,
    }
    Ok(())
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'l> {
    version: u32,
    mappings: Vec<MappingLine<'l>>,
    totals: Totals,
}

#[derive(Serialize)]
struct MappingLine<'l> {
    mapping: &'l str,
    findings: Vec<FindingLine<'l>>,
}

#[derive(Serialize)]
struct FindingLine<'l> {
    rule: &'l str,
    level: &'static str,
    line: usize,
    column: usize,
    message: &'l str,
    help: &'l str,
}

#[derive(Serialize)]
struct Totals {
    mappings: usize,
    warnings: usize,
    notes: usize,
}

fn finding_line(finding: &Finding) -> FindingLine<'_> {
    let Finding { rule, level, line, column, message, help, .. } = finding;
    FindingLine { rule, level: level.name(), line: *line, column: *column, message, help }
}

fn write_json(infos: &[MappingInfo], out: &mut dyn Write) -> anyhow::Result<()> {
    let of = |level| infos.iter().flat_map(|info| &info.findings).filter(|one| one.level == level).count();
    let document = Document {
        version: 1,
        mappings: infos
            .iter()
            .map(|info| MappingLine {
                mapping: &info.file,
                findings: info.findings.iter().map(finding_line).collect(),
            })
            .collect(),
        totals: Totals { mappings: infos.len(), warnings: of(Level::Warning), notes: of(Level::Note) },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}
