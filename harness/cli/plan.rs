//! The configured operations, compiled: mappings, tolerances and keys as they judge pairs.

use std::collections::BTreeSet;
use std::sync::Arc;

use compare::model::PairKind;
use compare::path::{Path, PathError, field_of};
use compare::rules::{POSITION, Predicate, Rules, RulesError, RulesInput};
use compare::sight::Field;
use compare::tolerance::{Day, Tolerance, parse_tolerances};
use compare::volatile::key_fields;
use mapping::engine::Settings;
use mapping::input::Scope;
use mapping::mapping::{LIMITS, Mapping};
use mapping::oracle::Library;
use report::run::{OperationInfo, ToleranceInfo};

use crate::config::fit::written;
use crate::config::path::FilePath;
use crate::config::{self, Accounts, Config, MapFrom, Operation, Order, Problem, SourceText};
use crate::engines::{CrossChecking, Engines};
use crate::excuses::Excuses;
use crate::options::AsOf;

/// All that judging needs, compiled.
pub struct Plan {
    /// In the order of the configuration.
    pub operations: Vec<Planned>,
    /// The linked accounts.
    pub accounts: Accounts,
    /// What `$now()` answers where a pair does not say when it was recorded: milliseconds since 1970.
    pub now_ms: i64,
}

/// One operation, compiled.
pub struct Planned {
    /// Its name.
    pub name: String,
    /// Tolerances, keys, headers.
    pub rules: Rules,
    /// What turns a good answer into legacy's; none leaves it as it is.
    pub mapping: Option<Mapping>,
    /// What turns any other answer into legacy's.
    pub error_mapping: Option<Mapping>,
    /// The library that production evaluates the mappings with.
    pub library: Library,
    /// Whether another engine is asked too.
    pub cross_checking: CrossChecking,
    /// What the mapping sees.
    pub scope: Scope,
    /// The account's context, as JSON.
    pub context: Option<String>,
    /// Which body is mapped.
    pub map_from: MapFrom,
    /// Where a page's items lie in the legacy shape.
    pub items: Option<Path>,
    /// The field of a list whose order is free where it was walked to its end: its key says which record is which.
    pub free: Option<String>,
    /// The fields that the application reads.
    pub consumes: Vec<Field>,
    /// The file of `error_mapping`, as written.
    pub error_mapping_file: Option<String>,
    /// As reports show it.
    pub info: OperationInfo,
    /// By tolerance: the largest share of pairs that it may excuse something in, where it says so.
    pub shares: Vec<Option<f64>>,
    /// By tolerance: what it excuses.
    pub excuses: Vec<Excuses>,
}

impl Plan {
    /// Reads and compiles what the operations refer to; answers all that is wrong with it.
    pub fn compile(
        config: &Config,
        operations: &[&Operation],
        as_of: &AsOf,
        engines: &Engines,
    ) -> Result<Plan, Vec<Problem>> {
        let mut problems = Vec::new();
        let accounts = config.accounts().unwrap_or_else(|error| {
            problems.extend(error.into_problems(&config.source, config.accounts.as_ref()));
            Accounts::default()
        });
        let day = as_of.day();
        let mut planned = Vec::new();
        for operation in operations {
            match compile_operation(config, operation, day, engines, &mut problems) {
                Some(operation) => planned.push(operation),
                None => debug_assert!(!problems.is_empty(), "what does not compile says why"),
            }
        }
        if problems.is_empty() {
            return Ok(Plan { operations: planned, accounts, now_ms: as_of.instant.as_millisecond() });
        }
        Err(problems)
    }

    /// Without operations: what nothing can be judged by.
    pub fn empty() -> Plan {
        Plan { operations: Vec::new(), accounts: Accounts::default(), now_ms: 0 }
    }

    /// The index of an operation.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.operations.iter().position(|operation| operation.name == name)
    }
}

fn compile_operation(
    config: &Config,
    operation: &Operation,
    day: Day,
    engines: &Engines,
    problems: &mut Vec<Problem>,
) -> Option<Planned> {
    let before = problems.len();
    let settings = engines.settings(&operation.evaluation);
    let mut compile = |file: &Option<FilePath>| {
        file.as_ref().and_then(|file| or_report(read_mapping(config, file, &settings), problems))
    };
    let (mapping, error_mapping) = (compile(&operation.mapping), compile(&operation.error_mapping));
    let mut tolerances = Vec::new();
    let (mut infos, mut shares, mut excuses) = (Vec::new(), Vec::new(), Vec::new());
    for file in &operation.tolerances {
        for (tolerance, info) in or_report(read_tolerances(config, file, day), problems).unwrap_or_default() {
            // One that speaks of other operations only is not of this one: it is neither used nor unused here.
            if tolerance.covers_operation(operation.name.as_str()) {
                shares.push(tolerance.share);
                excuses.push(Excuses::of(&tolerance.rule));
                tolerances.push(tolerance);
                infos.push(info);
            }
        }
    }
    let rules = rules(operation, tolerances, day).map_err(|error| {
        let message = format!("operation `{}`: {error}", operation.name);
        Problem::error(message).at(&config.source, operation.span.clone(), "its rules do not compile")
    });
    let rules = or_report(rules, problems);
    let (scope, context) = match &operation.scope {
        config::Scope::Body => (Scope::Body, None),
        config::Scope::Truto { context } => {
            (Scope::Truto, Some(serde_json::Value::Object(context.clone()).to_string()))
        }
    };
    let items = operation.items.as_ref().map(|items| Path::parse(&items.text));
    let items = items.transpose().map_err(|error| Problem::error(error.to_string()));
    let items = or_report(items, problems);
    let consumed =
        operation.consumes.iter().map(|field| Ok(Field::new(&field.text, Path::parse(&field.text)?)));
    let consumes = consumed.collect::<Result<Vec<_>, _>>();
    let consumes =
        or_report(consumes.map_err(|error: PathError| Problem::error(error.to_string())), problems);
    if problems.len() > before {
        return None;
    }
    Some(Planned {
        name: operation.name.as_str().to_owned(),
        rules: rules?,
        mapping,
        error_mapping,
        library: operation.evaluation.library.clone(),
        cross_checking: engines.cross_checking(&operation.evaluation.library),
        scope,
        context,
        map_from: operation.map_from,
        items: items?,
        free: free(operation),
        consumes: consumes?,
        shares,
        excuses,
        error_mapping_file: operation.error_mapping.as_ref().map(|file| file.written.clone()),
        info: OperationInfo {
            name: operation.name.as_str().to_owned(),
            mapping: operation.mapping.as_ref().map(|file| file.written.clone()),
            scope: if scope == Scope::Body { "body".into() } else { "truto".into() },
            identity: identity(operation),
            keyed: operation.keys.iter().map(|key| field_of(&key.path.text)).collect(),
            tolerances: infos,
        },
    })
}

impl Planned {
    /// The list of a pair's answers whose order does not count.
    pub fn free_list(&self, kind: PairKind) -> Option<&str> {
        self.free.as_deref().filter(|_| kind == PairKind::Collection)
    }
}

/// The list that the operation walks, where a key joins its items and nothing says that the application relies on their order.
fn free(operation: &Operation) -> Option<String> {
    let items = operation.items.as_ref().filter(|_| operation.order == Order::Free)?;
    let is_keyed = |key: &&config::Key| key.path.text == items.text && key.fields != [POSITION];
    operation.keys.iter().find(is_keyed).map(|key| field_of(&key.path.text))
}

/// The rules of an operation with these tolerances, its keys and its headers.
pub fn rules(operation: &Operation, tolerances: Vec<Tolerance>, day: Day) -> Result<Rules, RulesError> {
    Rules::compile(RulesInput {
        operation: operation.name.as_str(),
        as_of: day,
        tolerances,
        keys: operation.keys.iter().map(|key| (key.path.text.clone(), key.fields.clone())).collect(),
        headers: operation.headers.clone(),
        compile_when: &compile_when,
    })
}

/// The fields that must not be excused: those of keys, and critical ones.
fn identity(operation: &Operation) -> BTreeSet<String> {
    let keys = operation.keys.iter().filter(|key| key.fields != [POSITION]);
    let keys = keys.flat_map(|key| key_fields(&field_of(&key.path.text), &key.fields).collect::<Vec<_>>());
    keys.chain(operation.critical.iter().map(|path| field_of(&path.text))).collect()
}

fn or_report<T>(outcome: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    outcome.map_err(|problem| problems.push(problem)).ok()
}

/// Reads and compiles a mapping.
pub fn read_mapping(config: &Config, file: &FilePath, settings: &Settings) -> Result<Mapping, Problem> {
    let text = written(config, file, "the mapping")?;
    compile_mapping(&file.written, &text, settings)
}

/// Compiles a mapping's text; the name is for messages.
pub fn compile_mapping(name: &str, text: &str, settings: &Settings) -> Result<Mapping, Problem> {
    Mapping::compile_with(text, settings).map_err(|error| {
        let source = Arc::new(SourceText::new(name, text));
        let at = source.byte(error.line, error.column);
        let message = match error.code.as_str() {
            "engine" => format!("{name}: {}", error.message),
            code => format!("{name} is no JSONata: {} ({code})", error.message),
        };
        Problem::error(message).at(&source, at..at, "here")
    })
}

/// Reads a tolerance file, each tolerance with what reports say of it.
pub fn read_tolerances(
    config: &Config,
    file: &FilePath,
    day: Day,
) -> Result<Vec<(Tolerance, ToleranceInfo)>, Problem> {
    let text = written(config, file, "the file of tolerances")?;
    tolerances_of(&file.written, &text, day)
}

/// Reads tolerances from a text; the name is for messages.
pub fn tolerances_of(name: &str, text: &str, day: Day) -> Result<Vec<(Tolerance, ToleranceInfo)>, Problem> {
    let source = Arc::new(SourceText::new(name, text));
    let tolerances = parse_tolerances(text)
        .map_err(|error| Problem::error(error.message).at(&source, error.span, "in this tolerance"))?;
    let with_info = |tolerance: Tolerance| {
        let info = ToleranceInfo {
            path: tolerance.path_text.clone(),
            rule: tolerance.rule.text(),
            reason: tolerance.reason.clone(),
            owner: tolerance.owner.clone(),
            until: tolerance.until.to_string(),
            expired: !tolerance.holds_on(day),
            file: name.to_owned(),
            line: source.position(tolerance.span.start).0,
        };
        (tolerance, info)
    };
    Ok(tolerances.into_iter().map(with_info).collect())
}

/// A `when` is JSONata over an object of `legacy` and `new`; it excuses where it answers `true`.
pub fn compile_when(source: &str) -> Result<Predicate, String> {
    let mapping = Mapping::compile(source).map_err(|error| error.to_string())?;
    Ok(Box::new(move |legacy, new| {
        let members: Vec<String> = [("legacy", legacy), ("new", new)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)))
            .collect();
        let answer = mapping.evaluate(&format!("{{{}}}", members.join(",")), 0, &LIMITS);
        answer.map(|answer| answer.as_deref() == Some("true")).map_err(|error| error.to_string())
    }))
}
