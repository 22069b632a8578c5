//! What of the mappings a run exercises: their cases, and their coverage on a sample of the pairs.
//!
//! The sample is the first pairs of each account in the order of the files, so that it is the same with any number of
//! threads, and bounded, so that a million pairs cost no more than the first thousands.

use std::collections::BTreeMap;

use compare::model::{Body, Exchange, Outcome, Pair, Response};
use compare::verdict::Judgement;
use mapping::cases::CaseOutcome;
use mapping::coverage::{self, Coverage, Observation};
use mapping::input::Scope;
use mapping::lint::{self, Seen};
use mapping::lists::Lists;
use mapping::mapping::{LIMITS, Mapping};
use report::mappings::{self, CaseFailure, MappingInfo, Measured, Point, PointKind, Unread};
use report::visible;

use crate::cases::{self, CaseRun, Expectation, MappingFile};
use crate::config::{Config, Operation, Problem};
use crate::cross_checked::CrossChecked;
use crate::engines::CrossChecking;
use crate::judge::{Which, inputs};
use crate::plan::Plan;

/// Pairs of one account that are evaluated once more for coverage: an account's later bodies are like its first.
pub const PAIRS_OF_ACCOUNT_MAX: u64 = 20;

/// Pairs of one operation, over all accounts: so many take a second or two.
pub const PAIRS_OF_OPERATION_MAX: u64 = 500;

/// Bytes of input of one operation: watching costs several times an evaluation, and large bodies repeat themselves.
pub const BYTES_OF_OPERATION_MAX: usize = 16 << 20;

/// The mappings of a run, with what is known of them.
pub struct Exercise {
    mappings: Vec<Exercised>,
    /// By the operation's index in the plan: its mapping and its error mapping among `mappings`.
    of_operations: Vec<[Option<usize>; 2]>,
    taken: Vec<Taken>,
}

struct Exercised {
    file: MappingFile,
    runs: Vec<CaseRun>,
    coverage: Option<Coverage>,
    is_sampled: bool,
    /// Where in the input a source's fields lie.
    source: &'static str,
    /// Where legacy's good answers have lists.
    lists: Lists,
    /// What another engine makes of it.
    engines: CrossChecked,
}

/// Who is asked for what: what the sample is taken by.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The operation.
    pub operation: &'a str,
    /// Whose data.
    pub account: Option<&'a str>,
}

/// What was seen of one pair.
pub struct Observed {
    of_mappings: Vec<(usize, Observation)>,
    /// The mapping of good answers, and legacy's bodies that it has to make.
    legacy: Option<(usize, Vec<String>)>,
}

/// What of an operation was taken into the sample.
#[derive(Clone, Default)]
struct Taken {
    pairs: u64,
    bytes: usize,
    of_account: BTreeMap<String, u64>,
}

impl Taken {
    fn has_room(&self, asked: Asked<'_>) -> bool {
        let of_account = self.of_account.get(asked.account.unwrap_or_default()).copied().unwrap_or(0);
        self.pairs < PAIRS_OF_OPERATION_MAX && of_account < PAIRS_OF_ACCOUNT_MAX
    }
}

impl Exercise {
    /// Reads and runs the cases; all that is wrong with their files otherwise.
    pub fn of(config: &Config, operations: &[&Operation], plan: &Plan) -> Result<Exercise, Vec<Problem>> {
        let mut exercise = Exercise::without_cases(config, operations, plan);
        let mut problems = Vec::new();
        for mapping in &mut exercise.mappings {
            match cases::read(config, &mapping.file.full, Expectation::Required) {
                Ok(found) => mapping.runs = cases::run(&mapping.file.mapping, found),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if problems.is_empty() { Ok(exercise) } else { Err(problems) }
    }

    /// Looks at no case.
    pub fn without_cases(config: &Config, operations: &[&Operation], plan: &Plan) -> Exercise {
        let files = cases::of_operations(config, operations, plan);
        let index_of = |full: Option<&std::path::Path>| {
            full.and_then(|full| files.iter().position(|file| file.full == full))
        };
        let of_operations = plan
            .operations
            .iter()
            .map(|planned| {
                let operation = operations.iter().find(|known| known.name.as_str() == planned.name);
                let files = operation.map(|operation| [&operation.mapping, &operation.error_mapping]);
                files.map_or([None, None], |files| {
                    files.map(|file| index_of(file.as_ref().map(|file| file.full.as_path())))
                })
            })
            .collect();
        let exercised = |file: MappingFile| Exercised {
            coverage: Coverage::of(&file.mapping),
            file,
            runs: Vec::new(),
            is_sampled: false,
            source: "$",
            lists: Lists::default(),
            engines: CrossChecked::default(),
        };
        let mappings = files.into_iter().map(exercised).collect();
        let mut exercise =
            Exercise { mappings, of_operations, taken: vec![Taken::default(); plan.operations.len()] };
        for (planned, files) in plan.operations.iter().zip(&exercise.of_operations) {
            if planned.scope == Scope::Body {
                continue;
            }
            // The query and the headers are ours; nobody asks what becomes of them.
            for (file, source) in files.iter().zip(["$.response", "$.error"]) {
                if let Some(file) = file {
                    exercise.mappings[*file].source = source;
                }
            }
        }
        exercise
    }

    /// Whether a pair may belong to the sample. Asked on any thread before the pairs ahead of it are counted, so the
    /// answer may be yes for one that does not.
    pub fn may_take(&self, plan: &Plan, asked: Asked<'_>) -> bool {
        let Some(operation) = plan.find(asked.operation) else { return false };
        let mut mappings = self.of_operations[operation].into_iter().flatten().peekable();
        // Where a pair is left out for the first time, that has to be told.
        mappings.peek().is_some()
            && (self.taken[operation].has_room(asked)
                || mappings.any(|mapping| !self.mappings[mapping].is_sampled))
    }

    /// Whether a pair that was judged belongs to the sample; asked in the order of the pairs.
    pub fn takes(&mut self, plan: &Plan, asked: Asked<'_>, bytes: usize) -> bool {
        let Some(operation) = plan.find(asked.operation) else { return false };
        let taken = &mut self.taken[operation];
        let is_taken = taken.has_room(asked) && taken.bytes.saturating_add(bytes) <= BYTES_OF_OPERATION_MAX;
        if is_taken {
            taken.pairs += 1;
            taken.bytes += bytes;
            *taken.of_account.entry(asked.account.unwrap_or_default().to_owned()).or_default() += 1;
        } else {
            for mapping in self.of_operations[operation].into_iter().flatten() {
                self.mappings[mapping].is_sampled = true;
            }
        }
        is_taken
    }

    /// Evaluates a pair's mappings once more and watches; on any thread.
    pub fn observe(&self, plan: &Plan, pair: &Pair) -> Option<Observed> {
        let operation = plan.find(&pair.operation)?;
        let observed =
            inputs(pair, &plan.operations[operation], plan.now_ms).into_iter().filter_map(|input| {
                let which = match input.which {
                    Which::Mapping => 0,
                    Which::ErrorMapping => 1,
                };
                let mapping = self.of_operations[operation][which]?;
                let coverage = self.mappings[mapping].coverage.as_ref()?;
                Some((mapping, coverage.observe(&input.text, input.now_ms, &LIMITS)?))
            });
        let of_mappings: Vec<(usize, Observation)> = observed.collect();
        let legacy = self.of_operations[operation][0].filter(|_| !of_mappings.is_empty());
        let legacy = legacy.map(|mapping| (mapping, pair.legacy.iter().filter_map(good_body).collect()));
        Some(Observed { of_mappings, legacy })
    }

    /// Adds what was seen of a pair of an account; in the order of the pairs.
    pub fn add(&mut self, observed: Observed, account: Option<&str>) {
        for (mapping, observation) in observed.of_mappings {
            if let Some(coverage) = &mut self.mappings[mapping].coverage {
                coverage.add(observation, account);
            }
        }
        if let Some((mapping, bodies)) = observed.legacy {
            let lists = &mut self.mappings[mapping].lists;
            bodies.iter().for_each(|body| lists.add(body));
        }
    }

    /// Counts a pair whose mapping another engine should have evaluated too, and could not.
    pub fn count(&mut self, plan: &Plan, judgement: &Judgement) {
        let Some(operation) = plan.find(&judgement.operation) else { return };
        if let CrossChecking::Absent(why) = &plan.operations[operation].cross_checking {
            for mapping in self.of_operations[operation].into_iter().flatten() {
                self.mappings[mapping].engines.count_alone(why, &judgement.pair);
            }
        }
    }

    /// Finds where the engines disagree on a pair; in the order of the pairs.
    pub fn narrow(&mut self, plan: &Plan, pair: &Pair) {
        let Some(operation) = plan.find(&pair.operation) else { return };
        for input in inputs(pair, &plan.operations[operation], plan.now_ms) {
            let which = match input.which {
                Which::Mapping => 0,
                Which::ErrorMapping => 1,
            };
            if let Some(mapping) = self.of_operations[operation][which] {
                let Exercised { file, engines, .. } = &mut self.mappings[mapping];
                engines.narrow(&file.mapping, &input, &pair.id);
            }
        }
    }

    /// What reports say of the mappings.
    pub fn infos(&self, config: &Config) -> Vec<MappingInfo> {
        self.mappings.iter().map(|mapping| info(config, mapping)).collect()
    }
}

/// The JSON body of a good answer.
fn good_body(exchange: &Exchange) -> Option<String> {
    match &exchange.outcome {
        Outcome::Response(Response { status: 200..300, body: Body::Json(text), .. }) => Some(text.clone()),
        Outcome::Response(_) | Outcome::Failure(_) => None,
    }
}

/// What a careful reader of a mapping objects to.
pub fn findings(mapping: &Mapping, seen: Option<Seen<'_>>) -> Vec<mappings::Finding> {
    let finding = |finding: lint::Finding| {
        let (end_line, end_column) = mappings::position(mapping.source(), finding.span.end);
        mappings::Finding {
            rule: finding.rule.to_owned(),
            about: lint::rule(finding.rule).map_or(String::new(), |rule| rule.about.to_owned()),
            level: match finding.level {
                lint::Level::Warning => mappings::Level::Warning,
                lint::Level::Note => mappings::Level::Note,
            },
            span: finding.span,
            line: finding.line,
            column: finding.column,
            end_line,
            end_column,
            message: finding.message,
            help: finding.help,
        }
    };
    lint::lint(mapping, seen).into_iter().map(finding).collect()
}

fn info(config: &Config, exercised: &Exercised) -> MappingInfo {
    let Exercised { file, runs, coverage, is_sampled, source, lists, engines } = exercised;
    let mut findings = findings(&file.mapping, coverage.as_ref().map(|coverage| Seen { coverage, lists }));
    findings.extend(engines.findings(file.mapping.source()));
    findings.sort_by_key(|finding| (finding.line, finding.column));
    let failures = runs.iter().filter_map(|run| {
        let message = message(run.outcome.as_ref()?)?;
        let file = config.shown(&run.case.expected_file);
        Some(CaseFailure { name: run.case.name.clone(), file, message })
    });
    let unmeasured = || {
        let why = file.mapping.not_native().map(ToString::to_string);
        mappings::Coverage::Unmeasured(why.unwrap_or_else(|| "another engine evaluates it".to_owned()))
    };
    MappingInfo {
        file: file.shown.clone(),
        source: file.mapping.source().to_owned(),
        cases: runs.len() as u64,
        failures: failures.collect(),
        findings,
        coverage: coverage.as_ref().map_or_else(unmeasured, |coverage| {
            mappings::Coverage::Measured(measured(coverage, *is_sampled, source))
        }),
    }
}

/// What is wrong with a case, in one sentence; `None` where it passes.
fn message(outcome: &CaseOutcome) -> Option<String> {
    const VALUE_CHARS_MAX: usize = 120;
    match outcome {
        CaseOutcome::Passes => None,
        CaseOutcome::Fails(error) => Some(error.to_string()),
        CaseOutcome::Differs(comparison) => {
            let value = |value: Option<&str>| {
                value.map_or("nothing".to_owned(), |text| visible::short(text, VALUE_CHARS_MAX))
            };
            let count = report::run::counted(comparison.total, "difference", "differences");
            let first = comparison.differences.first()?;
            let (kind, path) = (first.kind.name(), &first.path);
            let (expected, mapped) = (value(first.legacy.as_deref()), value(first.new.as_deref()));
            Some(match &first.new_path {
                Some(new_path) => format!("{count}, first {kind} at {path}: {expected} is at {new_path}"),
                None => format!("{count}, first {kind} at {path}: expected {expected}, mapped {mapped}"),
            })
        }
    }
}

fn measured(coverage: &Coverage, is_sampled: bool, source: &str) -> Measured {
    let totals = coverage.totals();
    let sample = match is_sampled {
        false => "Every pair that was mapped.".to_owned(),
        true => format!(
            "The first {PAIRS_OF_ACCOUNT_MAX} pairs of each account, up to {PAIRS_OF_OPERATION_MAX} pairs and {} MiB an operation.",
            BYTES_OF_OPERATION_MAX >> 20
        ),
    };
    let sample = match coverage.is_given_up() {
        false => sample,
        true => format!("Until {} evaluations had reached a limit.", coverage::LIMITED_MAX),
    };
    let point = |(point, count): (&coverage::Point, &coverage::Count)| Point {
        span: point.span.clone(),
        kind: match point.kind {
            coverage::PointKind::Expression => PointKind::Expression,
            coverage::PointKind::Then => PointKind::Then,
            coverage::PointKind::Else => PointKind::Else,
            coverage::PointKind::Kept => PointKind::Kept,
            coverage::PointKind::Fallback => PointKind::Fallback,
        },
        evaluated: count.evaluated,
        undefined: count.undefined,
        failed: count.failed,
        accounts: count.accounts() as u64,
    };
    let unread = coverage.unread();
    Measured {
        sample,
        inputs: coverage.inputs(),
        expressions: totals.expressions,
        covered: totals.covered,
        never_a_value: totals.never_a_value,
        branches: totals.branches,
        branches_covered: totals.branches_covered,
        points: coverage.points().map(point).collect(),
        unread: match unread.reads_whole() {
            true => Unread::ReadsWhole,
            false => Unread::Fields {
                fields: unread
                    .fields()
                    .filter(|(path, _)| path.starts_with(source))
                    .map(|(path, inputs)| (path.to_owned(), inputs))
                    .collect(),
                is_cut: unread.is_cut(),
            },
        },
    }
}
