//! `cutover mapping test`: runs the cases beside mappings, and writes what is expected where that is asked for.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use compare::pretty;
use compare::tape::Tape;
use mapping::cases::CaseOutcome;
use mapping::mapping::Mapping;
use report::run::counted;
use report::visible;
use serde::Serialize;

use crate::cases::{self, CaseRun, Expectation, MappingFile};
use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::options::{Accept, Format, Global, MappingTest};

/// Differences of one case that are shown; a case with more is another answer.
const DIFFERENCES_SHOWN_MAX: usize = 10;

/// Runs the cases of the mappings that are named, or of all.
pub fn run(options: &MappingTest, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let expectation = match options.accept {
        Accept::Nothing => Expectation::Required,
        Accept::Answers => Expectation::MayBeAbsent,
    };
    let (mut tested, mut problems) = (Vec::new(), Vec::new());
    for file in super::select(&config, &options.mappings, global)? {
        match cases::read(&config, &file.full, expectation) {
            Ok(found) => {
                let runs = cases::run(&file.mapping, found);
                tested.push(Tested { file, runs });
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    if !problems.is_empty() {
        return Err(ConfigError::Invalid(problems).into());
    }
    if options.accept == Accept::Answers {
        return accept(&config, &tested, out);
    }
    match global.format {
        Format::Json => write_json(&config, &tested, out)?,
        Format::Text => write_text(&tested, out)?,
    }
    let runs = || tested.iter().flat_map(|tested| &tested.runs);
    Ok(if runs().any(|run| !passes(run)) {
        Exit::Different
    } else if runs().next().is_none() {
        Exit::Undecided
    } else {
        Exit::Clean
    })
}

struct Tested {
    file: MappingFile,
    runs: Vec<CaseRun>,
}

fn passes(run: &CaseRun) -> bool {
    matches!(run.outcome, Some(CaseOutcome::Passes))
}

fn accept(config: &Config, tested: &[Tested], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut written = 0;
    for tested in tested {
        for run in tested.runs.iter().filter(|run| !passes(run)) {
            let shown = config.shown(&run.case.expected_file);
            let text =
                answer(&tested.file.mapping, &run.case.input).with_context(|| format!("accept {shown}"))?;
            write(&run.case.expected_file, &text).with_context(|| format!("write {shown}"))?;
            let verb = if run.case.expected.is_some() { "changed" } else { "written" };
            writeln!(out, "{verb}  {shown}")?;
            written += 1;
        }
    }
    let sentence = match written {
        0 => "Every case passes: nothing was written.".to_owned(),
        written => format!(
            "{}: read what changed before you commit it.",
            counted(written, "expectation", "expectations")
        ),
    };
    writeln!(out, "{sentence}")?;
    Ok(Exit::Clean)
}

/// What the mapping answers, as it is written down.
fn answer(mapping: &Mapping, input: &str) -> anyhow::Result<String> {
    let Some(mapped) = mapping::cases::answer(mapping, input)? else { return Ok(String::new()) };
    let mut tape = Tape::new();
    match tape.parse(&mapped) {
        Ok(json) => Ok(pretty::whole(json.root()) + "\n"),
        Err(error) => bail!("the mapping's answer is no JSON: {error}"),
    }
}

/// Whole or not at all: a crash must not leave half an expectation.
pub(crate) fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("~");
    fs::write(&beside, text)?;
    fs::rename(&beside, file)
}

fn write_text(tested: &[Tested], out: &mut dyn Write) -> anyhow::Result<()> {
    let (mut all, mut failing, mut without) = (0, 0, 0);
    for Tested { file, runs } in tested {
        let fails = runs.iter().filter(|run| !passes(run)).count();
        (all, failing) = (all + runs.len() as u64, failing + fails as u64);
        without += u64::from(runs.is_empty());
        let count = match (runs.len(), fails) {
            (0, _) => "no case".to_owned(),
            (count, 0) => counted(count as u64, "case passes", "cases pass"),
            (count, 1) => format!("1 of {} fails", counted(count as u64, "case", "cases")),
            (count, fails) => format!("{fails} of {count} cases fail"),
        };
        writeln!(out, "{}  {count}", visible::one_line(&file.shown))?;
        for run in runs.iter().filter(|run| !passes(run)) {
            write_failure(run, out)?;
        }
    }
    let mappings = counted(tested.len() as u64, "mapping", "mappings");
    let mut sentence = format!("{mappings}, {}", counted(all, "case", "cases"));
    if without > 0 {
        sentence += &format!(", {} without a case", counted(without, "mapping", "mappings"));
    }
    match failing {
        0 => writeln!(out, "{sentence}: none fails.")?,
        failing => writeln!(out, "{sentence}: {}.", counted(failing, "case fails", "cases fail"))?,
    }
    Ok(())
}

fn write_failure(run: &CaseRun, out: &mut dyn Write) -> anyhow::Result<()> {
    let name = visible::one_line(&run.case.name);
    match &run.outcome {
        Some(CaseOutcome::Fails(error)) => {
            writeln!(out, "  {name}  {}", visible::one_line(&error.to_string()))?
        }
        Some(CaseOutcome::Differs(comparison)) => {
            writeln!(out, "  {name}  {}", counted(comparison.total, "difference", "differences"))?;
            let value =
                |value: Option<&str>| value.map_or("(absent)".to_owned(), |text| visible::short(text, 200));
            for difference in comparison.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
                writeln!(out, "    {}  {}", visible::one_line(&difference.path), difference.kind.name())?;
                if let Some(path) = &difference.new_path {
                    writeln!(out, "      now at    {}", visible::one_line(path))?;
                }
                writeln!(out, "      expected  {}", value(difference.legacy.as_deref()))?;
                writeln!(out, "      mapped    {}", value(difference.new.as_deref()))?;
            }
            let left_out = comparison.total.saturating_sub(DIFFERENCES_SHOWN_MAX as u64);
            if left_out > 0 {
                writeln!(out, "    … and {left_out} more (--format json has them)")?;
            }
        }
        Some(CaseOutcome::Passes) | None => {}
    }
    Ok(())
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'t> {
    version: u32,
    mappings: Vec<MappingLine<'t>>,
    totals: Totals,
}

#[derive(Serialize)]
struct MappingLine<'t> {
    mapping: &'t str,
    cases: Vec<CaseLine<'t>>,
}

#[derive(Serialize)]
struct CaseLine<'t> {
    name: &'t str,
    input: String,
    expected: String,
    outcome: &'static str,
    error: Option<String>,
    differences_total: u64,
    differences: Vec<DifferenceLine<'t>>,
}

#[derive(Serialize)]
struct DifferenceLine<'t> {
    path: &'t str,
    new_path: Option<&'t str>,
    kind: &'static str,
    expected: Option<&'t str>,
    mapped: Option<&'t str>,
}

#[derive(Serialize)]
struct Totals {
    mappings: usize,
    without_case: usize,
    cases: usize,
    failing: usize,
}

fn write_json(config: &Config, tested: &[Tested], out: &mut dyn Write) -> anyhow::Result<()> {
    let runs = || tested.iter().flat_map(|tested| &tested.runs);
    let document = Document {
        version: 1,
        mappings: tested
            .iter()
            .map(|tested| MappingLine {
                mapping: &tested.file.shown,
                cases: tested.runs.iter().map(|run| case_line(config, run)).collect(),
            })
            .collect(),
        totals: Totals {
            mappings: tested.len(),
            without_case: tested.iter().filter(|tested| tested.runs.is_empty()).count(),
            cases: runs().count(),
            failing: runs().filter(|run| !passes(run)).count(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

fn case_line<'t>(config: &Config, run: &'t CaseRun) -> CaseLine<'t> {
    let (outcome, error, comparison) = match &run.outcome {
        Some(CaseOutcome::Passes) | None => ("passes", None, None),
        Some(CaseOutcome::Fails(error)) => ("fails", Some(error.to_string()), None),
        Some(CaseOutcome::Differs(comparison)) => ("differs", None, Some(comparison)),
    };
    let differences = comparison.map_or(&[][..], |comparison| &comparison.differences);
    CaseLine {
        name: &run.case.name,
        input: config.shown(&run.case.input_file),
        expected: config.shown(&run.case.expected_file),
        outcome,
        error,
        differences_total: comparison.map_or(0, |comparison| comparison.total),
        differences: differences
            .iter()
            .map(|difference| DifferenceLine {
                path: &difference.path,
                new_path: difference.new_path.as_deref(),
                kind: difference.kind.name(),
                expected: difference.legacy.as_deref(),
                mapped: difference.new.as_deref(),
            })
            .collect(),
    }
}
