//! One mapping's run: kept counterexamples first, then seeds, then case after case on all cores; what fails is shrunk.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context;
use compare::diff::{Comparer, Contexts};
use compare::tape::STACK_BYTES;
use fuzz::campaign::{Campaign, Settings};
use fuzz::case::Case;
use fuzz::corpus::Clock;
use fuzz::lists::Hint;
use fuzz::properties::{AGAINST, Failure, PROPERTIES, Worker};
use fuzz::sample::Sample;
use fuzz::shrink::shrink;
use fuzz::subject::{Answer, Others, Predicate};
use fuzz::tree::{Tree, path_text};
use indicatif::{ProgressBar, ProgressStyle};
use mapping::coverage::Coverage;
use mapping::cross_check::{CrossCheck, cross_check};
use mapping::mapping::{Limits, MapError, Mapping};
use mapping::provenance::{Nearness, Provenance};
use rayon::prelude::*;

use super::hunted::{Blame, Finding, Hunted, Origin, merged, reached};
use super::keep::Seed;
use super::predicates::{self, Own};
use super::targets::Target;
use super::{keep, previous, schema};
use crate::config::ConfigError;
use crate::options::fuzz::{Extent, Fuzz};
use crate::options::{Global, Reader, Stopwatch, Talk};
use crate::pipeline::is_interrupted;
use crate::plan::compile_mapping;

/// What one evaluation may take: a tenth of what a recording's may, so that a hostile input costs little.
pub const LIMITS: Limits =
    Limits { steps: 2_000_000, depth: 1_000, time: Duration::from_secs(2), bytes: 16 << 20 };

/// Cases between two looks at the clock and at Ctrl-C.
const STRETCH: u64 = 512;

/// Cases that are watched before the others are made, so that they can be steered.
const SCOUTED: u64 = 400;

/// One case in so many is watched for what it reaches.
const WATCHED_ONE_IN: u64 = 64;

/// Failures of one mapping that are told apart, shrunk and shown; all are counted.
pub const FINDINGS_MAX: usize = 40;

/// One mapping's run.
pub struct Hunt<'h> {
    /// What is fuzzed.
    pub target: &'h Target<'h>,
    /// What was asked for.
    pub options: &'h Fuzz,
    /// What every command is told.
    pub global: &'h Global,
    /// How far it goes.
    pub depth: Depth,
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every case, and what fails is shrunk.
    Findings,
    /// Until something fails: which properties do. For asking of many mappings whether anything does.
    FirstFailure,
}

/// A kind of failure while cases are run.
struct Found {
    case: Case,
    failure: Failure,
    count: u64,
}

/// By property and key; the first case of each, and how many.
type Kinds = BTreeMap<(usize, String, String), Found>;

impl Hunt<'_> {
    /// Runs it.
    pub fn run(&self) -> anyhow::Result<Hunted> {
        let mut hunted = Hunted::default();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.global.jobs.get())
            .stack_size(STACK_BYTES)
            .build()
            .context("start the threads")?;
        let context = self.context()?;
        if !self.target.kept.is_empty() && !matches!(self.options.extent, Extent::One(_)) {
            self.run_kept(&context, &mut hunted);
        }
        let seeds = match self.options.extent {
            Extent::One(_) => Vec::new(),
            Extent::Cases { .. } => keep::seeds(&self.target.full)?,
        };
        let mut by_seed: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for Seed { seed, case } in seeds {
            by_seed.entry(seed).or_default().push(case);
        }
        for (seed, cases) in by_seed {
            self.run_cases(&context, seed, &Wanted::These(cases), &pool, &mut hunted)?;
        }
        let wanted = match self.options.extent {
            Extent::One(case) => Wanted::These(vec![case]),
            Extent::Cases { cases, time } => Wanted::UpTo { cases, time },
        };
        self.run_cases(&context, self.options.seed, &wanted, &pool, &mut hunted)?;
        hunted.findings = merged(std::mem::take(&mut hunted.findings));
        Ok(hunted)
    }

    fn context(&self) -> anyhow::Result<Asked> {
        let settings = self.target.mapping.settings();
        let request = self.options.round_trip.as_ref().map(|file| {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file).with_context(|| format!("read {name}"))?;
            let compiled = compile_mapping(&name, &text, settings);
            compiled.map_err(|problem| anyhow::Error::from(ConfigError::Invalid(vec![problem])))
        });
        let revision = self.options.against.as_deref();
        let bodies = self.options.schema.as_ref();
        Ok(Asked {
            request: request.transpose()?,
            previous: revision.map(|revision| previous::read(self.target, revision)).transpose()?,
            own: predicates::read(self.target, &self.options.properties)?,
            bodies: bodies
                .map(|(file, pointer)| schema::bodies(file, pointer, self.options.seed))
                .transpose()?
                .unwrap_or_default(),
            answers: self
                .options
                .answer_schema
                .as_ref()
                .map(|(file, pointer)| schema::validator(file, pointer))
                .transpose()?,
            literals: self.target.mapping.tested(),
        })
    }

    fn settings(&self, seed: u64) -> Settings {
        let source = self.target.mapping.source();
        let reads_clock = ["$now", "$millis"].iter().any(|name| source.contains(name));
        Settings {
            seed,
            with_harsh: self.options.harsh,
            with: self.options.with.iter().cloned().collect(),
            without: self.options.without.iter().cloned().collect(),
            clock: if reads_clock { Clock::Read } else { Clock::Ignored },
            within: self.target.within.clone(),
        }
    }

    fn hint(&self) -> Hint<'_> {
        Hint { output: self.target.items.as_deref(), is_single: self.target.is_single }
    }

    /// Counterexamples that were kept: each as it is.
    fn run_kept(&self, asked: &Asked, hunted: &mut Hunted) {
        self.with_campaign(asked, self.options.seed, &self.target.kept, |campaign| {
            let mut worker = self.worker();
            let mut kinds = Kinds::new();
            for index in 0..campaign.corpus.envelopes.len() as u64 {
                let case = campaign.case(index);
                let outcome = campaign.judge(&case, &mut worker);
                hunted.cases += 1;
                // What was kept without legacy's answer is judged by what needs none.
                self.count(campaign, case, outcome, hunted, &mut kinds);
            }
            let findings = kinds.into_values().map(|found| {
                let name = campaign.corpus.envelopes[found.case.envelope].name.clone();
                self.finding(campaign, found, &mut worker, Origin::Kept(name))
            });
            hunted.findings.extend(findings);
        });
    }

    fn run_cases(
        &self,
        asked: &Asked,
        seed: u64,
        wanted: &Wanted,
        pool: &rayon::ThreadPool,
        hunted: &mut Hunted,
    ) -> anyhow::Result<()> {
        self.with_campaign(asked, seed, &self.target.samples, |campaign| {
            hunted.samples = self.target.samples.len();
            hunted.items = campaign.corpus.items.len();
            if campaign.corpus.envelopes.is_empty() {
                hunted.notes.push("no body was recorded that it is given".to_owned());
                return;
            }
            if campaign.corpus.fields.is_cut {
                hunted.notes.push(format!("only the first {} fields are changed", fuzz::fields::FIELDS_MAX));
            }
            let mut kinds = Kinds::new();
            if self.depth == Depth::FirstFailure {
                // What was recorded tells most mistakes, and costs least.
                let recorded = campaign.corpus.envelopes.len() as u64;
                let recorded = Wanted::UpTo { cases: recorded, time: None };
                self.judge_all(campaign, None, &recorded, pool, (hunted, &mut kinds));
            }
            let coverage = RefCell::new(Coverage::of(&self.target.mapping));
            if kinds.is_empty() {
                self.scout(campaign, &coverage);
            }
            let coverage =
                self.judge_all(campaign, coverage.into_inner(), wanted, pool, (hunted, &mut kinds));
            hunted.reached = coverage.as_ref().map(reached);
            for property in campaign.properties() {
                let failing: u64 = kinds
                    .iter()
                    .filter(|((_, name, _), _)| name == property.name)
                    .map(|(_, one)| one.count)
                    .sum();
                hunted.tell_property(property.name, property.about, failing);
            }
            for predicate in &campaign.others.predicates {
                let failing: u64 = kinds
                    .iter()
                    .filter(|((_, name, _), _)| name == &predicate.name)
                    .map(|(_, one)| one.count)
                    .sum();
                hunted.tell_property(&predicate.name, &predicate.about, failing);
            }
            if self.depth == Depth::FirstFailure {
                return;
            }
            hunted.left_out += kinds.len().saturating_sub(FINDINGS_MAX) as u64;
            let kinds: Vec<Found> = kinds.into_values().take(FINDINGS_MAX).collect();
            let shrunk: Vec<Finding> = pool.install(|| {
                kinds
                    .into_par_iter()
                    .map_init(
                        || self.worker(),
                        |worker, found| {
                            let origin = Origin::Case { seed, index: found.case.index };
                            self.finding(campaign, found, worker, origin)
                        },
                    )
                    .collect()
            });
            hunted.findings.extend(shrunk);
        });
        Ok(())
    }

    /// Hands over a campaign: its functions live no longer than this call.
    fn with_campaign<T>(
        &self,
        asked: &Asked,
        seed: u64,
        samples: &[Sample],
        then: impl FnOnce(&mut Campaign<'_>) -> T,
    ) -> T {
        let evaluate = |input: &str, now_ms: i64| answer(&self.target.mapping, input, now_ms);
        let previous = asked
            .previous
            .as_ref()
            .map(|mapping| move |input: &str, now_ms: i64| answer(mapping, input, now_ms));
        let request = asked
            .request
            .as_ref()
            .map(|mapping| move |input: &str, now_ms: i64| answer(mapping, input, now_ms));
        let disagreement = |input: &str, now_ms: i64| disagreement(&self.target.mapping, input, now_ms);
        let mut predicates: Vec<Predicate<'_>> = asked.own.iter().map(Own::predicate).collect();
        predicates.extend(asked.answers.as_ref().map(|validator| Predicate {
            name: "schema".to_owned(),
            about: "The answer is valid by the schema of answers.".to_owned(),
            holds: Box::new(|_, output| {
                let value: serde_json::Value =
                    serde_json::from_str(output).map_err(|error| error.to_string())?;
                match validator.validate(&value) {
                    Ok(()) => Ok(true),
                    Err(error) => Err(format!("{error} at {}", error.instance_path())),
                }
            }),
        }));
        let others = Others {
            previous: previous.as_ref().map(|function| function as _),
            request: request.as_ref().map(|function| function as _),
            disagreement: self.options.oracle.then_some(&disagreement as _),
            predicates,
            bodies: asked.bodies.clone(),
            literals: asked.literals.clone(),
        };
        let mut campaign = Campaign::new(samples, self.hint(), self.settings(seed), &evaluate, others);
        then(&mut campaign)
    }

    fn scout(&self, campaign: &mut Campaign<'_>, coverage: &RefCell<Option<Coverage>>) {
        let observe = |input: &str, now_ms: i64| -> Vec<u32> {
            let mut coverage = coverage.borrow_mut();
            let Some(coverage) = coverage.as_mut() else { return Vec::new() };
            let Some(observation) = coverage.observe(input, now_ms, &LIMITS) else { return Vec::new() };
            let points = observation.reached().filter_map(|point| u32::try_from(point).ok()).collect();
            coverage.add(observation, None);
            points
        };
        let cases = match self.options.extent {
            Extent::Cases { cases, .. } => cases.min(SCOUTED),
            Extent::One(_) => SCOUTED,
        };
        campaign.scout(cases, &observe);
    }

    fn judge_all(
        &self,
        campaign: &Campaign<'_>,
        mut coverage: Option<Coverage>,
        wanted: &Wanted,
        pool: &rayon::ThreadPool,
        (hunted, kinds): (&mut Hunted, &mut Kinds),
    ) -> Option<Coverage> {
        let watch = Stopwatch::start();
        let progress = self.progress(wanted);
        let mut next = 0;
        while let Some(numbers) = wanted.stretch(next, watch.elapsed()) {
            let is_enough = self.depth == Depth::FirstFailure && !kinds.is_empty();
            if is_enough || is_interrupted() {
                break;
            }
            next += numbers.len() as u64;
            let watched = coverage.as_ref();
            let judged: Vec<_> = pool.install(|| {
                numbers
                    .into_par_iter()
                    .map_init(
                        || self.worker(),
                        |worker, index| {
                            let case = campaign.case(index);
                            let observed =
                                watched.filter(|_| index % WATCHED_ONE_IN == 0).and_then(|coverage| {
                                    let now_ms = campaign.corpus.envelopes[case.envelope].now_ms;
                                    coverage.observe(&case.input(&campaign.corpus), now_ms, &LIMITS)
                                });
                            let outcome = campaign.judge(&case, worker);
                            (case, outcome, observed)
                        },
                    )
                    .collect()
            });
            for (case, outcome, observed) in judged {
                hunted.cases += 1;
                progress.inc(1);
                if let (Some(coverage), Some(observed)) = (coverage.as_mut(), observed) {
                    coverage.add(observed, None);
                }
                self.count(campaign, case, outcome, hunted, kinds);
            }
        }
        progress.finish_and_clear();
        coverage
    }

    fn count(
        &self,
        campaign: &Campaign<'_>,
        case: Case,
        outcome: fuzz::campaign::Outcome,
        hunted: &mut Hunted,
        kinds: &mut Kinds,
    ) {
        if let Some(why) = outcome.undecided {
            hunted.undecided += 1;
            hunted.why_undecided.get_or_insert(why);
        }
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        for failure in outcome.failures {
            if !seen.insert((failure.property.clone(), failure.key.clone())) {
                continue;
            }
            let known = campaign.properties().iter().position(|property| property.name == failure.property);
            let place = known.unwrap_or(usize::MAX);
            let kind = (place, failure.property.clone(), failure.key.clone());
            kinds.entry(kind).and_modify(|found| found.count += 1).or_insert_with(|| Found {
                case: case.clone(),
                failure,
                count: 1,
            });
        }
    }

    fn worker(&self) -> Worker<'_> {
        Worker::new(Comparer::new(self.target.rules.rules()).with_contexts(Contexts::None))
    }

    fn finding(
        &self,
        campaign: &Campaign<'_>,
        found: Found,
        worker: &mut Worker<'_>,
        origin: Origin,
    ) -> Finding {
        let Found { case, failure, count } = found;
        let small = shrink(campaign, &case, &failure, worker);
        let failure = small.failure;
        let about = PROPERTIES.iter().chain([&AGAINST]).find(|property| property.name == failure.property);
        let page = small.case.tree(&campaign.corpus).unwrap_or(Tree::Null);
        let legacy = campaign.expected(&small.case, worker);
        let edit =
            |edit: &fuzz::case::Edit| (edit.mutation.to_owned(), path_text(&edit.path), edit.why.clone());
        Finding {
            about: about.map_or_else(|| failure.message.clone(), |property| property.about.to_owned()),
            also: BTreeSet::new(),
            blame: self.blame(&failure),
            property: failure.property,
            key: failure.key,
            path: failure.path,
            message: failure.message,
            count,
            origin,
            arrangement: small.case.arrangement.told(),
            edits: small.case.edits().map(edit).collect(),
            sample: campaign.corpus.envelopes[small.case.envelope].name.clone(),
            input: small.input,
            output: small.output,
            expected: failure.expected,
            actual: failure.actual,
            page: (page, legacy),
        }
    }

    /// The expression that makes what fails: where the engine points, or what makes the value at the path.
    fn blame(&self, failure: &Failure) -> Option<Blame> {
        let source = self.target.mapping.source();
        if let Some((line, column)) = failure.key.rsplit_once(" at ").and_then(|(_, place)| {
            let (line, column) = place.split_once(':')?;
            Some((line.parse().ok()?, column.parse().ok()?))
        }) {
            let text = source.lines().nth(line - 1).unwrap_or_default().trim().to_owned();
            let start = crate::config::SourceText::new("", source).byte(line, column);
            return Some(Blame { line, column, span: start..start, text, is_around: true });
        }
        if failure.path.is_empty() {
            return None;
        }
        let provenance = Provenance::of(source)?;
        let place = provenance.blame(&failure.path)?;
        Some(Blame {
            line: place.line,
            column: place.column,
            span: place.span.clone(),
            text: provenance.text(&place).to_owned(),
            is_around: place.nearness == Nearness::Enclosing,
        })
    }

    fn progress(&self, wanted: &Wanted) -> ProgressBar {
        let is_shown = self.global.talk > Talk::Quiet && self.global.stderr.reader == Reader::Terminal;
        if !is_shown {
            return ProgressBar::hidden();
        }
        let length = match wanted {
            Wanted::These(cases) => cases.len() as u64,
            Wanted::UpTo { cases, .. } => *cases,
        };
        let template =
            format!("{{spinner}} {}  {{human_pos}} of {{human_len}} cases, {{per_sec}}", self.target.shown);
        let style = ProgressStyle::with_template(&template);
        ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
    }
}

/// What else a campaign asks, read once.
struct Asked {
    request: Option<Mapping>,
    previous: Option<Mapping>,
    own: Vec<Own>,
    bodies: Vec<Tree>,
    /// What answers must be valid by.
    answers: Option<jsonschema::Validator>,
    literals: Vec<String>,
}

/// Which cases are run.
enum Wanted {
    These(Vec<u64>),
    UpTo { cases: u64, time: Option<Duration> },
}

impl Wanted {
    /// The next numbers, from the one that comes next.
    fn stretch(&self, next: u64, elapsed: Duration) -> Option<Vec<u64>> {
        let numbers: Vec<u64> = match self {
            Wanted::These(cases) => {
                cases.iter().copied().skip(next as usize).take(STRETCH as usize).collect()
            }
            Wanted::UpTo { time: Some(time), .. } if elapsed >= *time => Vec::new(),
            Wanted::UpTo { cases, .. } => (next..(next + STRETCH).min(*cases)).collect(),
        };
        (!numbers.is_empty()).then_some(numbers)
    }
}

/// A mapping's answer as the campaign sees it.
fn answer(mapping: &Mapping, input: &str, now_ms: i64) -> Answer {
    match mapping.evaluate(input, now_ms, &LIMITS) {
        Ok(Some(text)) => Answer::Value(text),
        Ok(None) => Answer::Nothing,
        Err(
            MapError::Expression { code, message, position } | MapError::Limit { code, message, position },
        ) => Answer::Failed { code, message, at: position },
        Err(error @ MapError::Engine) => {
            Answer::Failed { code: "engine".to_owned(), message: error.to_string(), at: None }
        }
        Err(error @ (MapError::Input(_) | MapError::NeedsOracle(_) | MapError::Refused(_))) => {
            Answer::Undecided(error.to_string())
        }
    }
}

fn disagreement(mapping: &Mapping, input: &str, now_ms: i64) -> Option<String> {
    match cross_check(mapping, Some(input), &serde_json::Map::new(), now_ms, &LIMITS) {
        CrossCheck::Disagree(disagreement) => Some(disagreement.to_string()),
        CrossCheck::Agree(_) | CrossCheck::OracleOnly(_) | CrossCheck::Undecided(_) => None,
    }
}
