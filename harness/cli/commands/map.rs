//! `cutover map`: a mapping on a file, or expressions line by line for other programs; no configuration needed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use compare::pretty;
use compare::tape::Tape;
use mapping::engine::EngineName;
use mapping::input::{Input, Scope};
use mapping::jsonl;
use mapping::kind::{Kind, MappingName};
use mapping::mapping::{LIMITS, MapError};

use crate::body_file;
use crate::config::{ConfigError, Evaluation};
use crate::engines::Engines;
use crate::exit::Exit;
use crate::options::{Format, Global, Map, MapScope, Talk};
use crate::plan::compile_mapping;

/// Evaluates.
pub fn run(options: &Map, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let now_ms = global.as_of.instant.as_millisecond();
    match options {
        Map::Lines { evaluation } => {
            let settings = engines(evaluation, global)?.settings(evaluation);
            jsonl::serve(io::stdin().lock(), out, &settings, now_ms, &LIMITS)?;
            Ok(Exit::Clean)
        }
        Map::One { input, mapping, scope, evaluation } => {
            let name = mapping.display().to_string();
            let text = fs::read_to_string(mapping).with_context(|| format!("read {name}"))?;
            let settings = engines(evaluation, global)?.settings(evaluation);
            let compiled = compile_mapping(&name, &text, &settings)
                .map_err(|problem| ConfigError::Invalid(vec![problem]))?;
            let body = body_file::read(input)?;
            body_file::parse(input, &body, &mut Tape::new())?;
            let scope = scope_of(*scope, mapping)?;
            let seen = scope.text(&Input {
                response: &body,
                url: None,
                request_body: None,
                headers: &[],
                context: None,
            });
            let outcome = compiled.evaluate(&seen, now_ms, &LIMITS);
            match global.format {
                Format::Json => write_json(&outcome, out),
                Format::Text => write_text(outcome, &name, evaluation, global, out),
            }
        }
    }
}

/// The oracle must be there where nothing else was asked for.
fn engines(evaluation: &Evaluation, global: &Global) -> anyhow::Result<Engines> {
    let engines = Engines::where_needed(global);
    if evaluation.engine == EngineName::Oracle {
        engines.demand(&evaluation.library)?;
    }
    Ok(engines)
}

/// What the mapping's name says that it sees.
fn scope_of(scope: MapScope, mapping: &Path) -> anyhow::Result<Scope> {
    let name = mapping.file_name().and_then(|name| MappingName::of_file(name.to_str()?));
    Ok(match (scope, name.map(|name| name.kind)) {
        (MapScope::Body, _) => Scope::Body,
        (MapScope::Truto, Some(Kind::Error)) => Scope::TrutoError,
        (MapScope::Truto, Some(Kind::Response) | None) => Scope::Truto,
        (MapScope::Truto, Some(kind)) => bail!(
            "--scope truto makes what a response mapping sees of a body, and {} is a {} mapping: leave it out, and \
             give the whole of what it sees as the input{}",
            mapping.display(),
            kind.name(),
            kind.scope().map_or(String::new(), |parts| format!(", an object of {}", parts.join(", ")))
        ),
    })
}

fn write_text(
    outcome: Result<Option<String>, MapError>,
    name: &str,
    evaluation: &Evaluation,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let complain = |sentence: &str| {
        if global.talk > Talk::Quiet {
            let _ = writeln!(io::stderr(), "{sentence}");
        }
    };
    match outcome {
        Ok(Some(text)) => {
            let mut tape = Tape::new();
            // The engine's own output always parses; where it is deeper than we read, it is shown as it is.
            let shown = tape.parse(&text).map(|json| pretty::whole(json.root()));
            writeln!(out, "{}", shown.unwrap_or(text))?;
            Ok(Exit::Clean)
        }
        Ok(None) => {
            complain("The mapping answers nothing (undefined).");
            Ok(Exit::Clean)
        }
        Err(error @ MapError::Input(_)) => Err(error.into()),
        Err(error) => {
            let installs = match &error {
                MapError::NeedsOracle(_) => {
                    format!("; `{}` installs it", evaluation.library.install_command())
                }
                _ => String::new(),
            };
            let _ = writeln!(io::stderr(), "error: {name}: {error}{installs}");
            Ok(Exit::Undecided)
        }
    }
}

/// The same object as a line of `--jsonl` is answered with, but for its id.
fn write_json(outcome: &Result<Option<String>, MapError>, out: &mut dyn Write) -> anyhow::Result<Exit> {
    writeln!(out, "{}", jsonl::outcome(outcome))?;
    Ok(match outcome {
        Ok(_) => Exit::Clean,
        Err(MapError::Input(_)) => Exit::Usage,
        Err(_) => Exit::Undecided,
    })
}
