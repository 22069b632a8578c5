//! `cutover check`: recordings → verdicts → reports.

mod accepted;
mod captured;
mod changed;
mod output;
mod verdicts;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use anyhow::Context;
use compare::verdict::Judgement;
use evidence::gate::conditions::hidden_critical;
use evidence::snapshot::Causes;
use evidence::tally::Tally;
use report::mappings::MappingInfo;
use report::run::{Head, OperationInfo, Outcome, Run};
use report::terminal::{Colour, Screen};

use crate::config::{Config, ConfigError, Evaluation, Operation};
use crate::engines::{Engines, Opinions};
use crate::exercise::Exercise;
use crate::exit::Exit;
use crate::gate::Deciding;
use crate::gate::facts::of_operation;
use crate::gate::journal::From;
use crate::ids;
use crate::judge::Ids;
use crate::options::{AsOf, Check, Format, Global, Paint, Selection};
use crate::plan::Plan;
use crate::snapshots::{Extent, Snapshots};
use crate::storage::{may_have_recordings, open_recordings};
pub use accepted::Held;
pub use captured::Captured;
pub use changed::Changed;
use output::Output;
use verdicts::{Judged, Wanted};

/// Judges the recordings; then decides the gate, where one is named.
pub fn run(options: &Check, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&options.operations)?;
    let engines = engines(options.opinions, global, &operations);
    let plan = Plan::compile(&config, &operations, &global.as_of, &engines).map_err(ConfigError::Invalid)?;
    let changed = match &options.selection {
        Selection::Everything => Changed::everything(),
        Selection::ChangedSince(revision) => changed::since(revision, &config, &operations)?,
    };
    if changed.is_nothing() {
        writeln!(out, "Nothing that verdicts rest on has changed: nothing to judge.")?;
        return Ok(Exit::Clean);
    }
    let gate = options.gate.as_ref().map(|(name, deciding)| {
        Deciding::begin(*name, From::Database, deciding, &config, global, &global.as_of)
    });
    let gate = gate.transpose()?;
    let folder = options.out.clone().unwrap_or_else(|| config.reports().join("check"));
    let head =
        Head { tool: env!("CARGO_PKG_VERSION"), migration: &config.migration, as_of: &global.as_of.text };
    let mut output = Output::begin(&folder, &head)?;
    let judging = Judging {
        config: &config,
        operations: &operations,
        plan: &plan,
        engines: &engines,
        is_named: !options.operations.is_empty(),
        changed: &changed,
        since: gate.as_ref().and_then(Deciding::since),
        as_of: &global.as_of,
    };
    let evidence = judging.all(global, |judgement, info| output.pair(judgement, info))?;
    let Evidence { tally, interrupted, ids, .. } = &evidence;
    let (mut warnings, mut mappings) = (evidence.warnings.clone(), evidence.mappings.clone());
    let has_pairs = |info: &OperationInfo| tally.operations.get(info.name.as_str()).is_some();
    let mut infos = plan.operations.iter().map(|operation| operation.info.clone()).collect::<Vec<_>>();
    if changed.is_everything() {
        // Silence about an operation is no evidence for it.
        let silent = infos.iter().filter(|info| tally.totals.pairs > 0 && !has_pairs(info));
        warnings.extend(
            silent.map(|info| format!("operation {} has no pair: nothing is known of it", info.name)),
        );
    } else {
        infos.retain(has_pairs);
        mappings.retain(|mapping| mapping.inputs() > 0 || !mapping.failures.is_empty());
    }
    for (operation, planned) in operations.iter().zip(&plan.operations) {
        let Some(tally) = tally.operations.get(planned.info.name.as_str()) else { continue };
        let hidden = hidden_critical(&of_operation(operation, planned), tally).into_iter();
        warnings.extend(hidden.map(|says| format!("{}: the critical {says}", planned.info.name)));
    }
    let entities = match ids {
        Ids::Known(entities) if interrupted.is_none() => Some(entities),
        Ids::Known(_) | Ids::NotAsked | Ids::TooMany { .. } => None,
    };
    let run = Run {
        head,
        operations: infos,
        tally,
        mappings,
        causes: evidence.held.causes.clone(),
        entities,
        interrupted: interrupted.clone(),
        warnings,
        problems: vec![],
    };
    output.finish(&run)?;
    if !global.environment.is_ci() {
        evidence.held.write_pending().context("write the snapshots that wait for a review")?;
    }
    if let Some(gate) = gate {
        if global.format == Format::Text {
            show(&run, &folder, &config, global, out)?;
            tell_accepted(&evidence, out)?;
            writeln!(out)?;
        }
        return gate.decide(&judging, &evidence, global, out);
    }
    show(&run, &folder, &config, global, out)?;
    if global.format == Format::Text {
        tell_accepted(&evidence, out)?;
    }
    Ok(match run.outcome() {
        Outcome::Different | Outcome::CaseFails | Outcome::Expired => Exit::Different,
        Outcome::Undecided | Outcome::Nothing => Exit::Undecided,
        Outcome::Passed => Exit::Clean,
    })
}

/// How what differs stands against what was accepted.
fn tell_accepted(evidence: &Evidence, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(sentence) = accepted::sentence(&evidence.held.comparison) {
        writeln!(out, "{sentence}")?;
    }
    Ok(())
}

/// Who evaluates the mappings of some operations.
pub fn engines(opinions: Opinions, global: &Global, operations: &[&Operation]) -> Engines {
    match opinions {
        Opinions::One => Engines::where_needed(global),
        Opinions::Two => Engines::both(global, evaluations(operations)),
    }
}

/// What is to be judged, and by what.
pub struct Judging<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The operations that are judged.
    pub operations: &'a [&'a Operation],
    /// They, compiled.
    pub plan: &'a Plan,
    /// Who evaluates their mappings.
    pub engines: &'a Engines,
    /// Whether operations were named.
    pub is_named: bool,
    /// What has changed.
    pub changed: &'a Changed,
    /// Older pairs do not count in the census: seconds since 1970.
    pub since: Option<i64>,
    /// The moment that they are judged at.
    pub as_of: &'a AsOf,
}

/// What the recordings add up to.
pub struct Evidence {
    /// All verdicts, added up.
    pub tally: Tally,
    /// Where Ctrl-C ended it.
    pub interrupted: Option<String>,
    /// The mappings, with what is known of each.
    pub mappings: Vec<MappingInfo>,
    /// Which ids stand for each other.
    pub ids: Ids,
    /// Files among the recordings that are none by their names.
    pub unread: Vec<String>,
    /// What became of the runs of live capture.
    pub captured: Captured,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// What differs, by cause, against what was accepted.
    pub held: Held,
}

impl Judging<'_> {
    /// Judges every pair; `each` gets every judgement in the order of the files.
    pub fn all(
        &self,
        global: &Global,
        mut each: impl FnMut(&Judgement, Option<&OperationInfo>) -> io::Result<()> + Send,
    ) -> anyhow::Result<Evidence> {
        let Judging { config, operations, plan, .. } = *self;
        let snapshots = Snapshots::read(config).map_err(ConfigError::Invalid)?;
        let found = find_files(self, global)?;
        let ids = gather(self, global)?;
        let exercise = RwLock::new(Exercise::of(config, operations, plan).map_err(ConfigError::Invalid)?);
        let (mut keys, mut causes) = (BTreeSet::new(), Causes::default());
        let Judged { tally, interrupted } = match found.records {
            None => Judged { tally: Tally::since(self.since), interrupted: None },
            Some(records) => {
                let wanted = Wanted { is_named: self.is_named, changed: self.changed, since: self.since };
                verdicts::judge((plan, &ids), records, &wanted, &exercise, global, |judgement| {
                    keys.extend(judgement.circumstances.redacted_with.clone());
                    causes.add(judgement);
                    let planned = plan.find(&judgement.operation).map(|index| &plan.operations[index]);
                    each(judgement, planned.map(|planned| &planned.info))
                })?
            }
        };
        let mut warnings = found.warnings;
        if keys.len() > 1 {
            let keys = keys.into_iter().collect::<Vec<_>>().join(", ");
            warnings.push(format!(
                "the pairs were redacted with different keys ({keys}): one name has several pseudonyms, and nothing that \
                 holds over several pairs can be relied on"
            ));
        }
        let exercise = exercise.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mappings = exercise.infos(config);
        let is_whole = |name: &str| interrupted.is_none() && self.changed.judges_whole(name);
        let is_all = self.changed.is_everything() && !self.is_named && interrupted.is_none();
        let extent = if is_all { Extent::Everything } else { Extent::Some };
        let judged = accepted::Judged { plan, causes: &causes, is_whole: &is_whole, extent };
        let held = accepted::hold(config, snapshots, &judged);
        Ok(Evidence {
            tally,
            interrupted,
            mappings,
            ids,
            unread: found.unread,
            captured: found.captured,
            warnings,
            held,
        })
    }

    /// Only watches what of the mappings the pairs exercise.
    pub fn watch(&self, global: &Global, exercise: &RwLock<Exercise>) -> anyhow::Result<()> {
        let Some(records) = find_files(self, global)?.records else { return Ok(()) };
        let wanted = Wanted { is_named: self.is_named, changed: self.changed, since: None };
        verdicts::judge((self.plan, &Ids::NotAsked), records, &wanted, exercise, global, |_| Ok(()))?;
        Ok(())
    }
}

/// What all recordings say of ids that differ by design, also where only some of them are judged.
fn gather(judging: &Judging<'_>, global: &Global) -> anyhow::Result<Ids> {
    let Judging { config, plan, engines, as_of, .. } = *judging;
    let is_asked = plan.operations.iter().any(|operation| operation.rules.has_entities());
    let whole = match is_asked && judging.is_named {
        false => None,
        true => {
            let all = Plan::compile(config, &config.select(&[])?, as_of, engines);
            Some(all.map_err(ConfigError::Invalid)?)
        }
    };
    Ok(ids::gather(config, whole.as_ref().unwrap_or(plan), global)?.0)
}

/// What is to be read.
struct Found {
    records: Option<store::recordings::Records>,
    unread: Vec<String>,
    captured: Captured,
    warnings: Vec<String>,
}

fn find_files(judging: &Judging<'_>, global: &Global) -> anyhow::Result<Found> {
    let config = judging.config;
    let root = config.recordings();
    if !may_have_recordings(config) {
        let warning = format!("there is no folder {}: import or record pairs first", config.shown(&root));
        return Ok(Found {
            records: None,
            unread: vec![],
            captured: Captured::default(),
            warnings: vec![warning],
        });
    }
    let recordings = open_recordings(config, global)?;
    let sources = recordings.sources()?;
    let unread = sources.unknown.iter().map(|file| config.shown(&root.join(file))).collect::<Vec<_>>();
    let mut warnings: Vec<String> = unread
        .iter()
        .map(|file| format!("{file} is no recording by its name or kind and was not read"))
        .collect();
    let captured = Captured::of(&root, &sources.runs, judging.since)?;
    warnings.extend(captured.sentence());
    let is_wanted = |file: &PathBuf| {
        let operation = operation_of(file);
        let is_named = !judging.is_named
            || operation
                .is_none_or(|name| judging.operations.iter().any(|wanted| wanted.name.as_str() == name));
        is_named && judging.changed.concerns_file(file, operation)
    };
    let files = sources.files.into_iter().filter(is_wanted).collect();
    Ok(Found { records: Some(recordings.records(files)), unread, captured, warnings })
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
            io::copy(&mut verdicts, out)?;
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
