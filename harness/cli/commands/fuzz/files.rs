//! A bare mapping with bodies from files: no configuration is read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use compare::rules::{Rules, RulesInput};
use compare::tape::BODY_BYTES_MAX;
use fuzz::sample::Sample;
use fuzz::tree::Tree;
use mapping::oracle::Library;

use super::targets::{Rulebook, Target};
use crate::config::{ConfigError, Evaluation};
use crate::options::Global;
use crate::options::fuzz::{Bodies, Fuzz};
use crate::plan::{compile_mapping, compile_when, tolerances_of};

/// The mappings that are named, each with the same bodies.
pub fn targets(options: &Fuzz, global: &Global) -> anyhow::Result<Vec<Target<'static>>> {
    let Bodies::Files { inputs, expected, tolerances, dialect } = &options.bodies else {
        return Ok(Vec::new());
    };
    if options.mappings.is_empty() {
        bail!("--inputs says what a mapping is given: name the mapping's file too");
    }
    let evaluation = Evaluation { library: Library::pinned(*dialect), ..Evaluation::default() };
    let engines = super::engines(options, global, [&evaluation])?;
    let settings = engines.settings(&evaluation);
    let now_ms = global.as_of.instant.as_millisecond();
    let samples = samples(inputs, expected.as_deref(), now_ms)?;
    let mut targets = Vec::new();
    for file in &options.mappings {
        let shown = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
        let mapping = compile_mapping(&shown, &text, &settings)
            .map_err(|problem| ConfigError::Invalid(vec![problem]))?;
        targets.push(Target {
            shown,
            full: file.clone(),
            mapping,
            operation: None,
            rules: Rulebook::Own(Box::new(rules(tolerances.as_deref(), global)?)),
            samples: samples.clone(),
            statuses: BTreeMap::new(),
            kept: Vec::new(),
            items: None,
            is_single: false,
            within: Vec::new(),
        });
    }
    Ok(targets)
}

fn rules(file: Option<&Path>, global: &Global) -> anyhow::Result<Rules> {
    let day = global.as_of.day();
    let mut tolerances = Vec::new();
    if let Some(file) = file {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| format!("read {name}"))?;
        let read = tolerances_of(&name, &text, day).map_err(|problem| ConfigError::Invalid(vec![problem]))?;
        // There is no operation to choose by: the file is applied whole.
        let whole = read
            .into_iter()
            .map(|(tolerance, _)| compare::tolerance::Tolerance { operations: Vec::new(), ..tolerance });
        tolerances.extend(whole);
    }
    Ok(Rules::compile(RulesInput {
        operation: "",
        as_of: day,
        tolerances,
        keys: Vec::new(),
        headers: Vec::new(),
        compile_when: &compile_when,
    })?)
}

fn samples(inputs: &Path, expected: Option<&Path>, now_ms: i64) -> anyhow::Result<Vec<Sample>> {
    let found = bodies(inputs, INPUT)?;
    if found.is_empty() {
        bail!("{} has no body: give a .json or .jsonl file, or a folder of them", inputs.display());
    }
    let legacy = expected.map(|path| bodies(path, EXPECTED)).transpose()?;
    let is_one_file = inputs.is_file() && expected.is_none_or(Path::is_file);
    let mut samples = Vec::new();
    for (name, body) in found {
        let answer = legacy.as_ref().map(|legacy| match is_one_file {
            // Two files are each other's, whatever they are called.
            true => legacy.get(&name).or_else(|| legacy.values().next().filter(|_| legacy.len() == 1)),
            false => legacy.get(&name),
        });
        let answer = match answer {
            Some(None) => {
                bail!("{}: there is nothing expected for {name}", expected.unwrap_or(inputs).display())
            }
            Some(Some(answer)) => vec![answer.clone()],
            None => Vec::new(),
        };
        samples.push(Sample { name, account: None, pages: vec![body], legacy: answer, now_ms });
    }
    Ok(samples)
}

/// In one folder a case is `NAME.input.json` and `NAME.expected.json`.
const INPUT: &str = ".input";
const EXPECTED: &str = ".expected";

/// The bodies of a file or a folder, by name.
fn bodies(path: &Path, role: &str) -> anyhow::Result<BTreeMap<String, Tree>> {
    let mut found = BTreeMap::new();
    if path.is_dir() {
        let listed = fs::read_dir(path).with_context(|| format!("list {}", path.display()))?;
        let mut files: Vec<PathBuf> =
            listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        files.sort();
        let other = if role == INPUT { EXPECTED } else { INPUT };
        for file in files.iter().filter(|file| file.is_file()) {
            let stem = super::targets::stem(file);
            let is_json =
                file.extension().is_some_and(|extension| extension == "json" || extension == "jsonl");
            if is_json && !stem.ends_with(other) {
                read(file, stem.trim_end_matches(role), &mut found)?;
            }
        }
    } else {
        read(path, super::targets::stem(path).trim_end_matches(role), &mut found)?;
    }
    Ok(found)
}

fn read(file: &Path, name: &str, found: &mut BTreeMap<String, Tree>) -> anyhow::Result<()> {
    let shown = file.display();
    let size = fs::metadata(file).with_context(|| format!("read {shown}"))?.len();
    if size > BODY_BYTES_MAX as u64 {
        bail!("{shown} has {size} bytes, more than the limit of {BODY_BYTES_MAX}");
    }
    let text = fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    if file.extension().is_some_and(|extension| extension == "jsonl") {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let body = Tree::read(line).with_context(|| format!("{shown}:{}: not JSON", index + 1))?;
            found.insert(format!("{name}:{:06}", index + 1), body);
        }
        return Ok(());
    }
    let body = Tree::read(&text).with_context(|| format!("{shown} is not JSON, or nested too deep"))?;
    found.insert(name.to_owned(), body);
    Ok(())
}
