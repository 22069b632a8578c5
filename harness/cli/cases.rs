//! The cases of mappings, as they lie beside them: `mappings/<model>/cases/<mapping>/<name>.{input,expected}.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compare::tape::{Tape, line_and_column};
use mapping::cases::{self, CaseOutcome};
use mapping::engine::Settings;
use mapping::kind::{MappingName, ScopeError};
use mapping::mapping::Mapping;

use crate::config::fit::WRITTEN_BYTES_MAX;
use crate::config::{Config, FilePath, Operation, Problem, SourceText};
use crate::plan::{self, Plan};

/// The two files of a case end so.
const INPUT: &str = ".input.json";
const EXPECTED: &str = ".expected.json";

/// Folders within folders in which mappings are looked for: a link that leads back must not be walked for ever.
const FOLDERS_DEPTH_MAX: usize = 8;

/// A mapping with the file that it came from.
#[derive(Clone, Debug)]
pub struct MappingFile {
    /// As people are told it.
    pub shown: String,
    /// Where it is on this machine.
    pub full: PathBuf,
    /// Compiled as its operation says.
    pub mapping: Mapping,
}

/// One case as it lies on disk.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// What stands before `.input.json`.
    pub name: String,
    /// The input's file.
    pub input_file: PathBuf,
    /// The file of what is expected.
    pub expected_file: PathBuf,
    /// The mapping's input, JSON.
    pub input: String,
    /// What it must answer, JSON; `None` where the file is not there.
    pub expected: Option<String>,
}

/// A case that was run.
#[derive(Debug)]
pub struct CaseRun {
    /// The case.
    pub case: CaseFile,
    /// What became of it; `None` where nothing is expected yet.
    pub outcome: Option<CaseOutcome>,
}

/// Whether a case must say what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// One without is not whole.
    Required,
    /// It is about to be written.
    MayBeAbsent,
}

/// Every mapping that the operations name, each file once, in the order of the configuration.
pub fn of_operations(config: &Config, operations: &[&Operation], plan: &Plan) -> Vec<MappingFile> {
    let mut found: Vec<MappingFile> = Vec::new();
    for operation in operations {
        let Some(planned) = plan.find(operation.name.as_str()).map(|index| &plan.operations[index]) else {
            continue;
        };
        let named =
            [(&operation.mapping, &planned.mapping), (&operation.error_mapping, &planned.error_mapping)];
        for (file, mapping) in named {
            if let (Some(file), Some(mapping)) = (file, mapping)
                && !found.iter().any(|known| known.full == file.full)
            {
                let shown = config.shown(&file.full);
                found.push(MappingFile { shown, full: file.full.clone(), mapping: mapping.clone() });
            }
        }
    }
    found
}

/// The mappings in the folder `mappings` that no operation names; the settings are the new side's.
pub fn unnamed(
    config: &Config,
    named: &[MappingFile],
    settings: &Settings,
) -> Result<Vec<MappingFile>, Vec<Problem>> {
    let mut files = Vec::new();
    let root = config.folder.join("mappings");
    if root.is_dir() {
        walk(&root, 0, &is_mapping, &mut files).map_err(|error| vec![Problem::error(error)])?;
    }
    files.retain(|file| !named.iter().any(|known| known.full == *file));
    files.sort();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for full in files {
        match read_mapping(config, &full, settings) {
            Ok(file) => found.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// A mapping that no operation need name.
pub fn read_mapping(config: &Config, full: &Path, settings: &Settings) -> Result<MappingFile, Problem> {
    let shown = config.shown(full);
    let file = FilePath { written: shown.clone(), full: full.to_owned(), span: 0..0 };
    let mapping = plan::read_mapping(config, &file, settings)?;
    Ok(MappingFile { shown, full: full.to_owned(), mapping })
}

fn is_mapping(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "jsonata")
}

/// The files below a folder that are wanted; not those of cases.
pub fn walk(
    folder: &Path,
    depth: usize,
    is_wanted: &dyn Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
) -> Result<(), String> {
    if depth > FOLDERS_DEPTH_MAX {
        return Err(format!("{}: more than {FOLDERS_DEPTH_MAX} folders deep", folder.display()));
    }
    for path in listed(folder).map_err(|error| format!("list {}: {error}", folder.display()))? {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "cases" && name != "properties") {
                walk(&path, depth + 1, is_wanted, files)?;
            }
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The folder of a mapping's cases.
pub fn folder_of(mapping: &Path) -> PathBuf {
    let folder = mapping.parent().unwrap_or(Path::new("."));
    folder.join("cases").join(mapping.file_stem().unwrap_or_default())
}

/// The cases of a mapping by their names; all that is wrong with their files otherwise.
pub fn read(config: &Config, file: &Path, expectation: Expectation) -> Result<Vec<CaseFile>, Vec<Problem>> {
    let folder = folder_of(file);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |error: io::Error| vec![Problem::error(format!("list {}: {error}", config.shown(&folder)))];
    let mut problems = Vec::new();
    let mut names: BTreeMap<String, [bool; 2]> = BTreeMap::new();
    for path in listed(&folder).map_err(failed)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let half = [INPUT, EXPECTED].iter().position(|half| name.ends_with(half));
        match half {
            Some(half) => {
                let name = name.trim_end_matches([INPUT, EXPECTED][half]).to_owned();
                names.entry(name).or_default()[half] = true;
            }
            // Editors and version control leave files of their own.
            None if name.starts_with('.') || name.ends_with('~') => {}
            None => problems.push(
                Problem::error(format!("{} belongs to no case", config.shown(&path)))
                    .help(format!("a case is two files: NAME{INPUT} and NAME{EXPECTED}")),
            ),
        }
    }
    let mut cases = Vec::new();
    for (name, [has_input, has_expected]) in names {
        let [input_file, expected_file] = [INPUT, EXPECTED].map(|half| folder.join(format!("{name}{half}")));
        if !has_input {
            let message = format!("{} has no {name}{INPUT} beside it", config.shown(&expected_file));
            problems
                .push(Problem::error(message).help("write the mapping's input there, or remove the file"));
            continue;
        }
        if !has_expected && expectation == Expectation::Required {
            let message = format!("{} has no {name}{EXPECTED} beside it", config.shown(&input_file));
            let help = "`cutover mapping test --accept` writes what the mapping answers; read it before you commit it";
            problems.push(Problem::error(message).help(help));
            continue;
        }
        let input = text(config, &input_file, Half::Input);
        let expected = has_expected.then(|| text(config, &expected_file, Half::Expected)).transpose();
        match (input, expected) {
            (Ok(input), Ok(_)) if let Err(error) = seen(file, &input) => {
                problems.push(Problem::error(format!("{}: {error}", config.shown(&input_file))));
            }
            (Ok(input), Ok(expected)) => {
                cases.push(CaseFile { name, input_file, expected_file, input, expected })
            }
            (input, expected) => problems.extend(input.err().into_iter().chain(expected.err())),
        }
    }
    if problems.is_empty() { Ok(cases) } else { Err(problems) }
}

/// A case that gives what production does not would pass for nothing. What sees the body alone may be given anything.
fn seen(mapping: &Path, input: &str) -> Result<(), ScopeError> {
    let name = mapping.file_name().and_then(|name| name.to_str()).and_then(MappingName::of_file);
    let Some(kind) = name.map(|name| name.kind).filter(|kind| !kind.may_see_the_body_alone()) else {
        return Ok(());
    };
    serde_json::from_str(input).map_or(Ok(()), |input| kind.check_input(&input))
}

/// One file of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Input,
    Expected,
}

/// What is wrong with the cases of the mappings that operations name.
pub fn wrong(config: &Config) -> Vec<Problem> {
    let named = config.operations.iter().flat_map(Operation::all_mappings);
    let files: BTreeSet<&Path> = named.map(|file| file.full.as_path()).collect();
    let read = |file| read(config, file, Expectation::Required).err();
    files.into_iter().filter_map(read).flatten().collect()
}

/// The text of a case's file, known to be JSON; one of what is expected may be empty.
fn text(config: &Config, file: &Path, half: Half) -> Result<String, Problem> {
    let shown = config.shown(file);
    let size = fs::metadata(file).map_err(|error| Problem::error(format!("read {shown}: {error}")))?.len();
    if size > WRITTEN_BYTES_MAX {
        return Err(Problem::error(format!("{shown} has more than {WRITTEN_BYTES_MAX} bytes")));
    }
    let bytes = fs::read(file).map_err(|error| Problem::error(format!("read {shown}: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::error(format!("{shown} is not UTF-8, as JSON must be: wrong at byte {at}"))
    })?;
    if half == Half::Expected && text.trim().is_empty() {
        return Ok(text);
    }
    if let Err(error) = Tape::new().parse(&text) {
        let (line, column) = line_and_column(&text, error.offset);
        let source = Arc::new(SourceText::new(&shown, &text));
        let at = source.byte(line, column);
        return Err(Problem::error(format!("{shown}:{line}:{column}: not JSON")).at(
            &source,
            at..at,
            error.what,
        ));
    }
    Ok(text)
}

/// Runs cases in their order.
pub fn run(mapping: &Mapping, cases: Vec<CaseFile>) -> Vec<CaseRun> {
    let run = |case: CaseFile| {
        let outcome = case.expected.as_deref().map(|expected| cases::run(mapping, &case.input, expected));
        CaseRun { case, outcome }
    };
    cases.into_iter().map(run).collect()
}
