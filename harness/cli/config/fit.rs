//! Looks over all that a configuration refers to: files, tolerances, accounts, recordings, the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use compare::path::field_of;
use compare::tolerance::{Day, Rule, Tolerance, parse_tolerances};
use mapping::engine::{EngineName, Settings};
use mapping::mapping::{MapError, Mapping};

use super::fit_providers;
use super::join;
use super::nearest::nearest;
use super::operation::{MapFrom, Operation};
use super::path::FilePath;
use super::problem::{Problem, SourceText};
use super::request::Safety;
use super::template::{SecretTemplate, Template, Variables};
use super::{Accounts, Config, Evaluation};
use crate::excuses::Excuses;

/// A mapping or a file of tolerances is written by people; a larger file is not one.
pub const WRITTEN_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How much was looked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Operations declared.
    pub operations: usize,
    /// Mappings read.
    pub mappings: usize,
    /// Tolerances read.
    pub tolerances: usize,
    /// Accounts read.
    pub accounts: usize,
}

/// Looks over everything; the findings are sorted as the configuration goes, those about other things last.
pub fn look_over(config: &Config, as_of: Day, variable: Variables<'_>) -> (Extent, Vec<Problem>) {
    let mut findings = Vec::new();
    if config.operations.is_empty() {
        let help =
            "declare what both sides are asked with [[operations]]; `cutover import` prints a block to add";
        findings.push(Problem::warning("the configuration declares no operation").help(help));
    }
    for operation in &config.operations {
        declared(config, operation, &mut findings);
        join::look_over(config, operation, &mut findings);
    }
    let mappings = mappings(config, &mut findings);
    let tolerances = tolerances(config, as_of, &mut findings);
    let accounts = accounts(config, variable, &mut findings);
    fit_providers::look_over(config, accounts.as_ref(), variable, &mut findings);
    let accounts = accounts.map_or(0, |accounts| accounts.count());
    variables(config, variable, &mut findings);
    findings.sort_by_key(|finding| {
        finding.places.first().filter(in_config(config)).map_or(usize::MAX, |at| at.span.start)
    });
    recordings(config, &mut findings);
    (Extent { operations: config.operations.len(), mappings, tolerances, accounts }, findings)
}

fn in_config(config: &Config) -> impl Fn(&&super::problem::Place) -> bool {
    |place| Arc::ptr_eq(&place.source, &config.source)
}

/// What parts of one operation say of each other.
fn declared(config: &Config, operation: &Operation, findings: &mut Vec<Problem>) {
    let name = &operation.name;
    let mut warn = |message: String, span: &Range<usize>, label: &str, help: &str| {
        findings.push(Problem::warning(message).at(&config.source, span.clone(), label).help(help));
    };
    let sides = [("legacy", &operation.legacy), ("new", &operation.new)];
    for (side, _) in sides.iter().filter(|(_, request)| request.is_none()) {
        let message = format!("operation `{name}` does not say how {side} is asked");
        let help = "its recordings are judged all the same; capturing more needs it";
        warn(message, &operation.span, &format!("no `{side}`"), help);
    }
    let requests = [&operation.legacy, &operation.new, &operation.source];
    let all_safe = requests.into_iter().flatten().all(|request| request.method.safety() == Safety::Safe);
    if operation.read_only.is_some() && all_safe {
        let message = format!("operation `{name}` gives a `read_only` reason that nothing needs");
        warn(message, &operation.span, "all its methods are safe", "leave it out");
    }
    if operation.map_from == MapFrom::Source && operation.mapping.is_none() {
        let message = format!("operation `{name}` takes the source's body for legacy's, unmapped");
        warn(message, &operation.span, "no `mapping`", "name the mapping that turns it into legacy's shape");
    }
    for path in &operation.critical {
        if !operation.consumes.is_empty()
            && !operation.consumes.iter().any(|consumed| field_of(&consumed.text) == field_of(&path.text))
        {
            let message = format!("`{}` is critical, but not among what the application consumes", path.text);
            warn(message, &path.span, "not in `consumes`", "add it there, or it counts as never read");
        }
    }
    let mut lists = BTreeMap::new();
    for key in &operation.keys {
        let start = key.path.span.start;
        // Several keys of one entry are meant to be several.
        if *lists.entry(&key.path.text).or_insert(start) == start {
            continue;
        }
        warn(
            format!("two keys for the list `{}`", key.path.text),
            &key.path.span,
            "again here",
            "the first is tried first; `[[…], […]]` says so in one place",
        );
    }
}

/// The files of a kind, each once, where the configuration first names it.
fn each_once<'a>(files: impl Iterator<Item = &'a FilePath>) -> impl Iterator<Item = &'a FilePath> {
    let mut seen = BTreeSet::new();
    files.filter(move |file| seen.insert(&file.full))
}

/// The text of a file that the configuration names.
fn read(config: &Config, file: &FilePath, what: &str, findings: &mut Vec<Problem>) -> Option<String> {
    if file.written.starts_with('/') {
        let problem = Problem::warning(format!("{what} is named by an absolute path"));
        let help = "other machines, and CI, have it elsewhere: name it from the configuration's folder";
        findings.push(problem.at(&config.source, file.span.clone(), "begins with `/`").help(help));
    }
    written(config, file, what).map_err(|problem| findings.push(problem)).ok()
}

/// The text of a file that people write and the configuration names; what is wrong points at where it names it.
pub fn written(config: &Config, file: &FilePath, what: &str) -> Result<String, Problem> {
    let refuse = |message: String, label: &str, help: Option<String>| {
        let problem = Problem::error(message).at(&config.source, file.span.clone(), label);
        Err(Problem { help, ..problem })
    };
    match std::fs::metadata(&file.full) {
        Ok(data) if !data.is_file() => {
            return refuse(format!("{what} `{}` is not a file", file.written), "a file", None);
        }
        Ok(data) if data.len() > WRITTEN_BYTES_MAX => {
            let message = format!("{what} `{}` has more than {WRITTEN_BYTES_MAX} bytes", file.written);
            return refuse(message, "too large", None);
        }
        Ok(_) => {}
        Err(_) => {
            let help = neighbour(file).map(|name| format!("did you mean `{name}`?"));
            return refuse(format!("{what} `{}` does not exist", file.written), "no such file", help);
        }
    }
    match std::fs::read(&file.full).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(_)) => refuse(format!("{what} `{}` is not UTF-8", file.written), "not text", None),
        Err(error) => {
            refuse(format!("{what} `{}` cannot be read: {error}", file.written), "not readable", None)
        }
    }
}

/// The file of the same folder of which the name was probably meant.
fn neighbour(file: &FilePath) -> Option<String> {
    let wanted = file.full.file_name()?.to_str()?;
    let folder = std::fs::read_dir(file.full.parent()?).ok()?;
    let names =
        folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect::<BTreeSet<_>>();
    let near = nearest(wanted, names.iter().map(String::as_str))?;
    Some(match file.written.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{near}"),
        None => near.to_owned(),
    })
}

fn mappings(config: &Config, findings: &mut Vec<Problem>) -> usize {
    let of = |operation: &Operation| {
        let files = operation.all_mappings().cloned();
        files.map(|file| (file, operation.evaluation.clone())).collect::<Vec<_>>()
    };
    let used = config.operations.iter().flat_map(of).collect::<Vec<_>>();
    let mut count = 0;
    for file in each_once(used.iter().map(|(file, _)| file)) {
        let Some(text) = read(config, file, "the mapping", findings) else { continue };
        count += 1;
        // One file may be evaluated in more than one way.
        let mut ways: Vec<&Evaluation> = Vec::new();
        for (_, way) in used.iter().filter(|(other, _)| other.full == file.full) {
            if !ways.contains(&way) {
                ways.push(way);
                findings.extend(compiles(config, file, &text, way));
            }
        }
    }
    count
}

/// What is wrong with a mapping that is evaluated in one way.
fn compiles(config: &Config, file: &FilePath, text: &str, way: &Evaluation) -> Option<Problem> {
    let Evaluation { engine, library } = way;
    let settings = Settings { dialect: library.dialect, engine: *engine, oracle: None };
    let at = |problem: Problem| problem.at(&config.source, file.span.clone(), "named here");
    let needs = |why: &str, help: String| {
        let message = format!("the mapping `{}` needs the oracle: {why}", file.written);
        Some(at(Problem::warning(message)).help(help))
    };
    let installs = || format!("`{}` installs it; without it, pairs are undecided", library.install_command());
    let mapping = match Mapping::compile_with(text, &settings) {
        Ok(mapping) => mapping,
        Err(error) if error.code == "engine" => return Some(at(Problem::error(error.message))),
        Err(error) => {
            let source = Arc::new(SourceText::new(&file.written, text));
            let at = source.byte(error.line, error.column);
            let message = format!("the mapping does not compile: {}", error.message);
            return Some(Problem::error(message).at(&source, at..at + 1, error.code));
        }
    };
    match (engine, mapping.not_native()) {
        (_, Some(refused @ MapError::Refused(_))) => {
            let message = format!("the mapping `{}`: {refused}", file.written);
            Some(at(Problem::warning(message)).help("test what it does without the call"))
        }
        (EngineName::Auto, _) if !library.is_as_native() => {
            needs(&format!("the native engine is not jsonata {}", library.jsonata()), installs())
        }
        (EngineName::Auto, Some(MapError::NeedsOracle(why))) => needs(why, installs()),
        (EngineName::Jlens, Some(MapError::NeedsOracle(why))) => {
            needs(why, "take engine = \"auto\", which asks the oracle where it must".to_owned())
        }
        (EngineName::Jlens, _) if !library.is_as_native() => {
            let message = format!("the mapping `{}` is evaluated as jsonata 2.2", file.written);
            let help = format!("production has {}: take engine = \"auto\" or \"oracle\"", library.jsonata());
            Some(at(Problem::warning(message)).help(help))
        }
        _ => None,
    }
}

fn tolerances(config: &Config, as_of: Day, findings: &mut Vec<Problem>) -> usize {
    let files = config.operations.iter().flat_map(|operation| &operation.tolerances);
    let mut count = 0;
    for file in each_once(files) {
        let Some(text) = read(config, file, "the file of tolerances", findings) else { continue };
        let source = Arc::new(SourceText::new(&file.written, &text));
        match parse_tolerances(&text) {
            Ok(list) => {
                count += list.len();
                list.iter().for_each(|tolerance| holds(config, file, tolerance, as_of, &source, findings));
            }
            Err(error) => findings.push(Problem::error(error.message).at(&source, error.span, "here")),
        }
    }
    count
}

fn holds(
    config: &Config,
    file: &FilePath,
    tolerance: &Tolerance,
    as_of: Day,
    source: &Arc<SourceText>,
    findings: &mut Vec<Problem>,
) {
    let (path, span) = (&tolerance.path_text, tolerance.span.clone());
    if let Rule::When(predicate) = &tolerance.rule
        && let Err(error) = Mapping::compile(predicate)
    {
        let message = format!("`when` of the tolerance for `{path}` does not compile: {error}");
        findings.push(Problem::error(message).at(source, span.clone(), "this tolerance"));
    } else if matches!(tolerance.rule, Rule::When(_)) && Excuses::of(&tolerance.rule) == Excuses::Anything {
        let message = format!("`when` of the tolerance for `{path}` reads neither `legacy` nor `new`");
        let help =
            "it excuses any value, or none: hold the two against each other, or say `rule = \"ignore\"`";
        findings.push(Problem::warning(message).at(source, span.clone(), "this tolerance").help(help));
    }
    if !tolerance.holds_on(as_of) {
        let message = format!("the tolerance for `{path}` ended on {}", tolerance.until);
        let help = "it excuses nothing any more, and `check` fails where it did: renew it with a reason, or remove it";
        findings.push(Problem::warning(message).at(source, span.clone(), "this tolerance").help(help));
    }
    let users = config
        .operations
        .iter()
        .filter(|operation| operation.tolerances.iter().any(|used| used.full == file.full));
    if !users.into_iter().any(|operation| tolerance.covers_operation(operation.name.as_str())) {
        let message = format!("the tolerance for `{path}` fits no operation that uses its file");
        let help = "its `operations` name others: mend the names, or name the file there too";
        findings.push(Problem::warning(message).at(source, span, "this tolerance").help(help));
    }
}

fn accounts(config: &Config, variable: Variables<'_>, findings: &mut Vec<Problem>) -> Option<Accounts> {
    let file = config.accounts.as_ref()?;
    let accounts = match config.accounts() {
        Ok(accounts) => accounts,
        Err(error) => {
            findings.extend(error.into_problems(&config.source, Some(file)));
            return None;
        }
    };
    unset_accounts(file, &accounts, variable, findings);
    Some(accounts)
}

fn unset_accounts(
    file: &FilePath,
    accounts: &Accounts,
    variable: Variables<'_>,
    findings: &mut Vec<Problem>,
) {
    let mut unset = BTreeMap::new();
    for account in accounts.iter() {
        let ids = [&account.legacy, &account.new].into_iter().flatten();
        for name in ids.flat_map(SecretTemplate::variables).filter(|name| variable(name).is_none()) {
            unset.entry(name).or_insert(account.line);
        }
    }
    for (name, line) in unset {
        let message = format!("the environment variable `{name}` is not set ({}, line {line})", file.written);
        findings.push(
            Problem::warning(message).help("it is needed where that account is asked, not for judging"),
        );
    }
}

fn variables(config: &Config, variable: Variables<'_>, findings: &mut Vec<Problem>) {
    let mut named = BTreeSet::new();
    for provider in [&config.legacy, &config.new].into_iter().flatten() {
        named.extend(provider.credentials.values().flat_map(SecretTemplate::variables).map(str::to_owned));
        named.extend(provider.proxy.iter().flat_map(SecretTemplate::variables).map(str::to_owned));
        named.extend(provider.base_url.iter().flat_map(Template::variables).map(str::to_owned));
    }
    named.extend(config.state.iter().flat_map(SecretTemplate::variables).map(str::to_owned));
    for operation in &config.operations {
        let requests = [&operation.legacy, &operation.new, &operation.source];
        named.extend(requests.into_iter().flatten().flat_map(|request| request.variables()));
    }
    for name in named.into_iter().filter(|name| variable(name).is_none()) {
        let mut problem = Problem::warning(format!("the environment variable `{name}` is not set"))
            .help("it is needed where a provider is asked, not for judging recordings");
        if let Some(span) = config.source.find(&format!("${{{name}}}")) {
            problem = problem.at(&config.source, span, "not set");
        }
        findings.push(problem);
    }
}

/// A folder of recordings that no operation claims is judged as undecided, pair by pair.
fn recordings(config: &Config, findings: &mut Vec<Problem>) {
    let Ok(folder) = std::fs::read_dir(config.recordings()) else { return };
    let folders = folder.filter_map(|entry| {
        let entry = entry.ok()?;
        entry.file_type().ok()?.is_dir().then(|| entry.file_name().into_string().ok())?
    });
    for name in folders.filter(|name| !name.starts_with('.')).collect::<BTreeSet<_>>() {
        if name == store::segments::FOLDER || config.operation(&name).is_some() {
            continue;
        }
        let known = config.operations.iter().map(|operation| operation.name.as_str());
        let help = match nearest(&name, known) {
            Some(near) => {
                format!("did you mean `{near}`? Its pairs are undecided until an operation has this name")
            }
            None => "its pairs are undecided until [[operations]] declares it".to_owned(),
        };
        let message = format!("recordings/{name} belongs to no operation of the configuration");
        findings.push(Problem::warning(message).help(help));
    }
}
