//! What is fuzzed: mappings with the bodies that recordings have for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use compare::model::{Body, Exchange, Outcome, Pair, PairKind, Response};
use compare::path::{Path as BodyPath, Selector};
use compare::rules::Rules;
use fuzz::sample::Sample;
use fuzz::tree::{Seg, Tree};
use mapping::input::Scope;
use mapping::mapping::Mapping;

use crate::cases::{self, Expectation};
use crate::config::{Config, ConfigError, MapFrom, Operation};
use crate::judge::{Which, inputs};
use crate::options::Global;
use crate::options::fuzz::Fuzz;
use crate::plan::{Plan, Planned};
use crate::storage::recordings_if_any;

/// Pairs of one mapping that are learned from; later ones are like those before.
const PAIRS_MAX: usize = 1_000;

/// Text of one mapping's bodies that is learned from.
const BYTES_MAX: usize = 16 << 20;

/// A mapping with the bodies that it is fuzzed with.
pub struct Target<'t> {
    /// The file, as people are told it.
    pub shown: String,
    /// The file.
    pub full: PathBuf,
    /// Compiled as its operation says.
    pub mapping: Mapping,
    /// The operation that names it, and which of its mappings it is.
    pub operation: Option<(&'t Planned, Which)>,
    /// What answers are compared under.
    pub rules: Rulebook<'t>,
    /// What it is learned from.
    pub samples: Vec<Sample>,
    /// By sample, the statuses of legacy's answer and of the one that is mapped.
    pub statuses: BTreeMap<String, [u16; 2]>,
    /// Counterexamples that were kept before.
    pub kept: Vec<Sample>,
    /// Where the answer's items lie, where the operation says so.
    pub items: Option<Vec<Seg>>,
    /// One body is one thing.
    pub is_single: bool,
    /// Where in an input the provider's answer lies.
    pub within: Vec<Seg>,
}

/// Rules of an operation, or of this run alone.
pub enum Rulebook<'t> {
    /// The plan's.
    Of(&'t Rules),
    /// Made here.
    Own(Box<Rules>),
}

impl Rulebook<'_> {
    /// The rules.
    pub fn rules(&self) -> &Rules {
        match self {
            Rulebook::Of(rules) => rules,
            Rulebook::Own(rules) => rules,
        }
    }
}

/// The mappings that operations name, with their recordings; where there are none, with the cases beside them.
pub fn of_recordings<'t>(
    config: &Config,
    plan: &'t Plan,
    options: &Fuzz,
    global: &Global,
) -> anyhow::Result<Vec<Target<'t>>> {
    let operations = config.select(&[])?;
    let mut targets: Vec<Target<'t>> = Vec::new();
    for (operation, planned) in operations.iter().zip(&plan.operations) {
        add_operation(config, operation, planned, &mut targets);
    }
    if !options.mappings.is_empty() {
        targets = chosen(config, targets, &options.mappings, global)?;
    }
    read_recordings(config, &operations, plan, &mut targets, global)?;
    for target in targets.iter_mut().filter(|target| target.samples.is_empty()) {
        target.samples = of_cases(config, target)?;
    }
    Ok(targets)
}

fn add_operation<'t>(
    config: &Config,
    operation: &Operation,
    planned: &'t Planned,
    targets: &mut Vec<Target<'t>>,
) {
    let named = [
        (&operation.mapping, &planned.mapping, Which::Mapping),
        (&operation.error_mapping, &planned.error_mapping, Which::ErrorMapping),
    ];
    for (file, mapping, which) in named {
        let (Some(file), Some(mapping)) = (file, mapping) else { continue };
        if targets.iter().any(|known| known.full == file.full) {
            continue;
        }
        let is_good = which == Which::Mapping;
        let within = match (planned.scope, is_good) {
            (Scope::Body, _) => Vec::new(),
            (_, true) => vec![Seg::Name("response".into())],
            (_, false) => vec![Seg::Name("error".into())],
        };
        targets.push(Target {
            shown: config.shown(&file.full),
            full: file.full.clone(),
            mapping: mapping.clone(),
            operation: Some((planned, which)),
            rules: Rulebook::Of(&planned.rules),
            samples: Vec::new(),
            statuses: BTreeMap::new(),
            kept: Vec::new(),
            items: planned.items.as_ref().and_then(names).filter(|_| is_good),
            is_single: !is_good || planned.items.is_none(),
            within,
        });
    }
}

fn names(path: &BodyPath) -> Option<Vec<Seg>> {
    let BodyPath::Steps(steps) = path else { return None };
    steps
        .iter()
        .map(|step| match step.selectors.as_slice() {
            [Selector::Name(name)] if !step.descendant => Some(Seg::Name(name.as_str().into())),
            _ => None,
        })
        .collect()
}

/// Those that are named; one that no operation names is fuzzed with the cases beside it.
fn chosen<'t>(
    config: &Config,
    mut targets: Vec<Target<'t>>,
    wanted: &[PathBuf],
    global: &Global,
) -> anyhow::Result<Vec<Target<'t>>> {
    let mut found = Vec::new();
    for file in super::super::mapping::select(config, wanted, global)? {
        match targets.iter().position(|target| target.full == file.full) {
            Some(at) => found.push(targets.remove(at)),
            None if found.iter().any(|known: &Target<'_>| known.full == file.full) => {}
            None => found.push(Target {
                shown: file.shown,
                full: file.full,
                mapping: file.mapping,
                operation: None,
                rules: Rulebook::Own(Box::new(Rules::none())),
                samples: Vec::new(),
                statuses: BTreeMap::new(),
                kept: Vec::new(),
                items: None,
                is_single: false,
                within: Vec::new(),
            }),
        }
    }
    Ok(found)
}

fn read_recordings(
    config: &Config,
    operations: &[&Operation],
    plan: &Plan,
    targets: &mut [Target<'_>],
    global: &Global,
) -> anyhow::Result<()> {
    let Some(recordings) = recordings_if_any(config, global)? else { return Ok(()) };
    let mut bytes = vec![0; targets.len()];
    for record in recordings.records(recordings.sources()?.files) {
        // What cannot be read is told by `check`.
        let Ok(pair) = record.pair() else { continue };
        let Some(index) = plan.find(&pair.operation) else { continue };
        let operation = &plan.operations[index];
        let size = record.text.as_ref().map_or(0, String::len);
        let named = [
            (Which::Mapping, &operations[index].mapping),
            (Which::ErrorMapping, &operations[index].error_mapping),
        ];
        for (which, file) in named {
            let Some(file) = file else { continue };
            let Some(at) = targets.iter().position(|target| target.full == file.full) else { continue };
            let Some(sample) = sample(&pair, operation, which, plan.now_ms) else { continue };
            let target = &mut targets[at];
            if pair.kind == PairKind::Synthetic {
                target.kept.push(sample);
            } else if target.samples.len() < PAIRS_MAX && bytes[at] + size <= BYTES_MAX {
                bytes[at] += size;
                target.statuses.insert(pair.id.clone(), statuses(&pair, operation));
                target.samples.push(sample);
            }
        }
    }
    Ok(())
}

/// What one of an operation's mappings is given for a pair, and what legacy answered.
fn sample(pair: &Pair, operation: &Planned, which: Which, now_ms: i64) -> Option<Sample> {
    let inputs: Vec<_> =
        inputs(pair, operation, now_ms).into_iter().filter(|input| input.which == which).collect();
    let now_ms = inputs.first()?.now_ms;
    let pages: Vec<Tree> = inputs.iter().map(|input| Tree::read(&input.text)).collect::<Option<_>>()?;
    let is_good = which == Which::Mapping;
    let legacy: Option<Vec<Tree>> = pair.legacy.iter().map(|page| body(page, is_good)).collect();
    Some(Sample {
        name: pair.id.clone(),
        account: pair.account.clone(),
        pages,
        legacy: legacy.unwrap_or_default(),
        now_ms,
    })
}

fn statuses(pair: &Pair, operation: &Planned) -> [u16; 2] {
    let mapped = match operation.map_from {
        MapFrom::New => &pair.new,
        MapFrom::Source => &pair.source,
    };
    [&pair.legacy, mapped].map(|exchanges| {
        let status = exchanges.iter().find_map(|exchange| match &exchange.outcome {
            Outcome::Response(response) => Some(response.status),
            Outcome::Failure(_) => None,
        });
        status.unwrap_or(200)
    })
}

/// The JSON of an answer of the kind that is asked for.
fn body(exchange: &Exchange, is_good: bool) -> Option<Tree> {
    match &exchange.outcome {
        Outcome::Response(Response { status, body: Body::Json(text), .. })
            if (200..300).contains(status) == is_good =>
        {
            Tree::read(text)
        }
        Outcome::Response(_) | Outcome::Failure(_) => None,
    }
}

fn of_cases(config: &Config, target: &Target<'_>) -> anyhow::Result<Vec<Sample>> {
    let found = cases::read(config, &target.full, Expectation::MayBeAbsent).map_err(ConfigError::Invalid)?;
    let sample = |case: cases::CaseFile| {
        Some(Sample {
            name: case.name,
            account: None,
            pages: vec![Tree::read(&case.input)?],
            legacy: case.expected.as_deref().and_then(Tree::read).into_iter().collect(),
            now_ms: mapping::cases::CASE_NOW_MS,
        })
    };
    let samples: Vec<Sample> = found.into_iter().filter_map(sample).collect();
    if samples.is_empty() {
        bail!(
            "there is nothing to fuzz {} with: record or import pairs for an operation that names it, write a case beside \
             it, or give bodies with --inputs",
            target.shown
        );
    }
    Ok(samples)
}

/// What a mapping's file is called, without its folder.
pub fn stem(file: &Path) -> String {
    file.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned())
}
