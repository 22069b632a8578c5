//! `cutover check`: recordings → verdicts → reports.

mod changed;
mod output;
mod verdicts;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use anyhow::Context;
use report::run::{Head, OperationInfo, Outcome, Run};
use report::terminal::{Colour, Screen};

use crate::config::{Config, ConfigError, Evaluation, Operation};
use crate::engines::{Engines, Opinions};
use crate::exercise::Exercise;
use crate::exit::Exit;
use crate::ids;
use crate::judge::Ids;
use crate::options::{Check, Format, Global, Paint, Selection};
use crate::plan::Plan;
use crate::storage::{may_have_recordings, open_recordings};
use changed::Changed;
use output::Output;
use verdicts::{Judged, Wanted};

/// Judges the recordings.
pub fn run(options: &Check, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&options.operations)?;
    let engines = match options.opinions {
        Opinions::One => Engines::where_needed(global),
        Opinions::Two => Engines::both(global, evaluations(&operations))?,
    };
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let changed = match &options.selection {
        Selection::Everything => Changed::everything(),
        Selection::ChangedSince(revision) => changed::since(revision, &config, &operations)?,
    };
    if changed.is_nothing() {
        writeln!(out, "Nothing that verdicts rest on has changed: nothing to judge.")?;
        return Ok(Exit::Clean);
    }
    let found = find_files(&config, options, &changed, global)?;
    let folder = options.out.clone().unwrap_or_else(|| config.reports().join("check"));
    let head =
        Head { tool: env!("CARGO_PKG_VERSION"), migration: &config.migration, as_of: &global.as_of.text };
    let infos = plan.operations.iter().map(|operation| operation.info.clone()).collect::<Vec<_>>();
    let is_named = !options.operations.is_empty();
    let ids = gather(&config, &plan, is_named, global, &engines)?;
    let exercise = RwLock::new(Exercise::of(&config, &operations, &plan).map_err(ConfigError::Invalid)?);
    let mut output = Output::begin(&folder, &head)?;
    let mut keys = BTreeSet::new();
    let Judged { tally, interrupted } = match found.records {
        None => Judged::default(),
        Some(records) => {
            let wanted = Wanted { is_named, changed: &changed };
            verdicts::judge((&plan, &ids), records, &wanted, &exercise, global, |judgement| {
                keys.extend(judgement.circumstances.redacted_with.clone());
                let info = infos.iter().find(|info| info.name == judgement.operation);
                output.pair(judgement, info)
            })?
        }
    };
    let has_pairs = |info: &OperationInfo| tally.operations.get(info.name.as_str()).is_some();
    let mut warnings = found.warnings;
    if keys.len() > 1 {
        let keys = keys.into_iter().collect::<Vec<_>>().join(", ");
        warnings.push(format!(
            "the pairs were redacted with different keys ({keys}): one name has several pseudonyms, and nothing that \
             holds over several pairs can be relied on"
        ));
    }
    let operations = if changed.is_everything() {
        // Silence about an operation is no evidence for it.
        let silent = infos.iter().filter(|info| tally.totals.pairs > 0 && !has_pairs(info));
        warnings.extend(
            silent.map(|info| format!("operation {} has no pair: nothing is known of it", info.name)),
        );
        infos
    } else {
        infos.into_iter().filter(has_pairs).collect()
    };
    let exercise = exercise.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut mappings = exercise.infos(&config);
    if !changed.is_everything() {
        mappings.retain(|mapping| mapping.inputs() > 0 || !mapping.failures.is_empty());
    }
    let entities = match &ids {
        Ids::Known(entities) if interrupted.is_none() => Some(entities),
        Ids::Known(_) | Ids::NotAsked | Ids::TooMany { .. } => None,
    };
    let run =
        Run { head, operations, tally: &tally, mappings, entities, interrupted, warnings, problems: vec![] };
    output.finish(&run)?;
    show(&run, &folder, &config, global, out)?;
    Ok(match run.outcome() {
        Outcome::Different | Outcome::CaseFails | Outcome::Expired => Exit::Different,
        Outcome::Undecided | Outcome::Nothing => Exit::Undecided,
        Outcome::Passed => Exit::Clean,
    })
}

/// What all recordings say of ids that differ by design, also where only some of them are judged.
fn gather(
    config: &Config,
    plan: &Plan,
    is_named: bool,
    global: &Global,
    engines: &Engines,
) -> anyhow::Result<Ids> {
    let is_asked = plan.operations.iter().any(|operation| operation.rules.has_entities());
    let whole = match is_asked && is_named {
        false => None,
        true => Some(
            Plan::compile(config, &config.select(&[])?, &global.as_of, engines)
                .map_err(ConfigError::Invalid)?,
        ),
    };
    Ok(ids::gather(config, whole.as_ref().unwrap_or(plan), global)?.0)
}

/// What is to be judged.
struct Found {
    records: Option<store::recordings::Records>,
    warnings: Vec<String>,
}

fn find_files(config: &Config, options: &Check, changed: &Changed, global: &Global) -> anyhow::Result<Found> {
    let root = config.recordings();
    if !may_have_recordings(config) {
        let warning = format!("there is no folder {}: import or record pairs first", config.shown(&root));
        return Ok(Found { records: None, warnings: vec![warning] });
    }
    let recordings = open_recordings(config, global)?;
    let sources = recordings.sources()?;
    let warnings = sources.unknown.iter().map(|file| {
        format!("{} is no recording by its name and was not read", config.shown(&root.join(file)))
    });
    let warnings = warnings.collect();
    let is_wanted = |file: &PathBuf| {
        let operation = operation_of(file);
        let is_named = options.operations.is_empty()
            || operation.is_none_or(|name| options.operations.iter().any(|wanted| wanted == name));
        is_named && changed.concerns_file(file, operation)
    };
    let files = sources.files.into_iter().filter(is_wanted).collect();
    Ok(Found { records: Some(recordings.records(files)), warnings })
}

/// The operation of a pair's own file; JSON Lines may hold pairs of any.
pub(super) fn operation_of(file: &Path) -> Option<&str> {
    let is_pair = file.extension().is_some_and(|extension| extension == "json");
    file.parent().filter(|_| is_pair)?.to_str()
}

fn show(
    run: &Run<'_>,
    folder: &Path,
    config: &Config,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match global.format {
        Format::Json => {
            let file = folder.join(output::VERDICTS);
            let mut verdicts =
                std::fs::File::open(&file).with_context(|| format!("read {}", file.display()))?;
            std::io::copy(&mut verdicts, out)?;
        }
        Format::Text => {
            let page = config.shown(&folder.join(output::PAGE));
            let colour = if global.stdout.paint == Paint::Colored { Colour::On } else { Colour::Off };
            let screen = Screen { width: global.stdout.width, colour, report: Some(&page) };
            report::terminal::write(&mut *out, run, &screen)?;
            writeln!(out, "Judged as of {}.", run.head.as_of)?;
            if run.outcome() == Outcome::Nothing {
                writeln!(out, "Next: `cutover import jsonl` or `cutover import pair` brings pairs in.")?;
            }
        }
    }
    Ok(())
}

/// How the operations that have a mapping are evaluated.
fn evaluations<'o>(operations: &'o [&Operation]) -> impl Iterator<Item = &'o Evaluation> {
    let mapped = operations
        .iter()
        .filter(|operation| operation.mapping.is_some() || operation.error_mapping.is_some());
    mapped.map(|operation| &operation.evaluation)
}

/// The operations that a set of files concerns, by name.
fn files_of(operation: &Operation) -> impl Iterator<Item = &Path> {
    let mappings = [&operation.mapping, &operation.error_mapping].into_iter().flatten();
    mappings.chain(&operation.tolerances).map(|file| file.full.as_path())
}
