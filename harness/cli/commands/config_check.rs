//! `cutover config check`: everything that the configuration refers to exists, parses and fits together.

use std::io::Write;

use serde::Serialize;

use crate::cases;
use crate::config::fit::{self, Extent};
use crate::config::problem::render_all;
use crate::config::{Config, ConfigError, Problem, Severity};
use crate::exit::Exit;
use crate::options::{Format, Global};

/// Checks, and prints what was found: warnings are no reason to fail.
pub fn run(global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (name, extent, findings) = match Config::load(&global.config) {
        Ok(config) => {
            let variable = |name: &str| global.environment.get(name);
            let (extent, mut findings) = fit::look_over(&config, global.as_of.day(), &variable);
            // `check` refuses to begin with a case that is not whole.
            findings.extend(cases::wrong(&config));
            (config.source.name().to_owned(), Some(extent), findings)
        }
        Err(ConfigError::Invalid(problems)) => {
            let place = problems.iter().find_map(|problem| problem.places.first());
            (place.map_or(String::new(), |place| place.source.name().to_owned()), None, problems)
        }
        Err(error) => return Err(error.into()),
    };
    match global.format {
        Format::Json => writeln!(out, "{}", json(&name, &findings)?)?,
        Format::Text => {
            if let Some(extent) = &extent {
                writeln!(out, "{name}: {}\n", summary(extent))?;
            }
            match findings.is_empty() {
                true => writeln!(out, "everything fits together")?,
                false => write!(out, "{}", render_all(&findings, global.stdout))?,
            }
        }
    }
    let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if refused { Exit::Usage } else { Exit::Clean })
}

fn summary(extent: &Extent) -> String {
    let counted = [
        (extent.operations, "operation", "operations"),
        (extent.mappings, "mapping", "mappings"),
        (extent.tolerances, "tolerance", "tolerances"),
        (extent.accounts, "account", "accounts"),
    ];
    let phrase =
        |(count, one, many): (usize, &str, &str)| format!("{count} {}", if count == 1 { one } else { many });
    counted.map(phrase).join(", ")
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    config: &'a str,
    findings: Vec<Finding<'a>>,
    totals: Totals,
}

#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    label: Option<&'a str>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Totals {
    errors: usize,
    warnings: usize,
}

fn json(name: &str, findings: &[Problem]) -> serde_json::Result<String> {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    serde_json::to_string_pretty(&Document {
        version: 1,
        config: name,
        findings: findings.iter().map(finding).collect(),
        totals: Totals { errors: of(Severity::Error), warnings: of(Severity::Warning) },
    })
}

fn finding(problem: &Problem) -> Finding<'_> {
    let Problem { severity, message, places, help } = problem;
    let place = places.first();
    let position = place.map(|place| place.source.position(place.span.start));
    Finding {
        severity: severity.name(),
        message,
        file: place.map(|place| place.source.name()),
        line: position.map(|(line, _)| line),
        column: position.map(|(_, column)| column),
        label: place.map(|place| place.label.as_str()).filter(|label| !label.is_empty()),
        help: help.as_deref(),
    }
}
