//! What was found: for people, as JSON, as JUnit's XML and as SARIF.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use fuzz::mutations::MUTATIONS;
use fuzz::properties::{AGAINST, PROPERTIES};
use report::junit::{self, PropertySuite};
use report::mappings::{self, MappingInfo};
use report::run::{counted, grouped};
use report::{sarif, visible};
use serde::Serialize;

use super::hunted::{Blame, Finding, Hunted, Origin};
use super::targets::Target;
use crate::options::fuzz::{Bodies, Fuzz};
use crate::options::{Global, Talk};

/// A value is shown up to here; --format json has it whole.
const VALUE_CHARS_MAX: usize = 600;

/// Places that nothing reached, as far as they are shown.
const UNREACHED_SHOWN_MAX: usize = 8;

/// The properties and the mutations, each with its sentence.
pub fn write_lists(out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "Properties (--with, --without):")?;
    for property in PROPERTIES.iter().chain([&AGAINST]) {
        let off = if property.is_default { "" } else { " [off]" };
        writeln!(out, "  {:<12}  {}{off}", property.name, property.about)?;
    }
    writeln!(out, "\nMutations:")?;
    for mutation in MUTATIONS.iter().filter(|mutation| !mutation.is_harsh) {
        writeln!(out, "  {:<15}  {}", mutation.name, mutation.about)?;
    }
    writeln!(out, "\nMutations with --harsh:")?;
    for mutation in MUTATIONS.iter().filter(|mutation| mutation.is_harsh) {
        writeln!(out, "  {:<15}  {}", mutation.name, mutation.about)?;
    }
    Ok(())
}

/// For people.
pub fn write_text(
    options: &Fuzz,
    global: &Global,
    targets: &[Target<'_>],
    all: &[Hunted],
    is_interrupted: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for (target, hunted) in targets.iter().zip(all) {
        write_one(options, global, target, hunted, out)?;
    }
    let cases: u64 = all.iter().map(|hunted| hunted.cases).sum();
    let findings: usize = all.iter().map(|hunted| hunted.findings.len()).sum();
    let mappings = counted(all.len() as u64, "mapping", "mappings");
    let found = match findings {
        0 => "nothing found".to_owned(),
        count => counted(count as u64, "finding", "findings"),
    };
    let interrupted = if is_interrupted { " Interrupted: more may be found." } else { "" };
    writeln!(out, "{mappings}, {}: {found}.{interrupted}", counted(cases, "case", "cases"))?;
    Ok(())
}

fn write_one(
    options: &Fuzz,
    global: &Global,
    target: &Target<'_>,
    hunted: &Hunted,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let found = match hunted.findings.len() {
        0 => "nothing found".to_owned(),
        count => counted(count as u64, "finding", "findings"),
    };
    let cases = counted(hunted.cases, "case", "cases");
    let from = format!(
        "{}, {}",
        counted(hunted.samples as u64, "recorded body", "recorded bodies"),
        counted(hunted.items as u64, "item", "items")
    );
    writeln!(out, "{}  {cases} from {from}: {found}", visible::one_line(&target.shown))?;
    for finding in &hunted.findings {
        write_finding(options, target, finding, out)?;
    }
    if hunted.left_out > 0 {
        writeln!(out, "  … and {} more kinds of failures", grouped(hunted.left_out))?;
    }
    if let Some(why) = &hunted.why_undecided {
        let count = counted(hunted.undecided, "case", "cases");
        writeln!(out, "  undecided in {count}: {}", visible::one_line(why))?;
    }
    if global.talk > Talk::Quiet {
        for note in &hunted.notes {
            writeln!(out, "  note: {}", visible::one_line(note))?;
        }
        write_reached(hunted, out)?;
    }
    Ok(())
}

fn write_reached(hunted: &Hunted, out: &mut dyn Write) -> anyhow::Result<()> {
    let Some(reached) = hunted.reached.as_ref().filter(|reached| !reached.unreached.is_empty()) else {
        return Ok(());
    };
    let (points, done) = (grouped(reached.points as u64), grouped(reached.reached as u64));
    writeln!(out, "  reached {done} of {points} expressions and branches; no input came to")?;
    for (line, column, text) in reached.unreached.iter().take(UNREACHED_SHOWN_MAX) {
        writeln!(out, "    {line}:{column}  {}", visible::short(text, 100))?;
    }
    let more = reached.unreached.len().saturating_sub(UNREACHED_SHOWN_MAX);
    if more > 0 {
        writeln!(out, "    … and {more} more")?;
    }
    Ok(())
}

fn write_finding(
    options: &Fuzz,
    target: &Target<'_>,
    finding: &Finding,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let value = |text: &Option<String>| {
        text.as_deref().map_or("(absent)".to_owned(), |text| visible::short(text, VALUE_CHARS_MAX))
    };
    let path = if finding.path.is_empty() {
        String::new()
    } else {
        format!("  {}", visible::one_line(&finding.path))
    };
    writeln!(out, "\n  {}{path}  in {}", finding.property, counted(finding.count, "case", "cases"))?;
    writeln!(out, "    {}", visible::one_line(&finding.message))?;
    writeln!(out, "    input     {}", visible::short(&finding.input.json(), VALUE_CHARS_MAX))?;
    if finding.expected.is_some() || finding.actual.is_some() {
        writeln!(out, "    expected  {}", value(&finding.expected))?;
        writeln!(out, "    answered  {}", value(&finding.actual))?;
    } else if finding.output.is_some() {
        writeln!(out, "    answered  {}", value(&finding.output))?;
    }
    if let Some(blame) = &finding.blame {
        let around = if blame.is_around { "near" } else { "made by" };
        let place = format!("{}:{}:{}", target.shown, blame.line, blame.column);
        writeln!(out, "    {around:<9} {}  {}", visible::one_line(&place), visible::short(&blame.text, 120))?;
    }
    let (arrangement, why) = finding.arrangement;
    writeln!(out, "    made of   {} ({arrangement}: {why})", visible::one_line(&finding.sample))?;
    for (mutation, place, why) in &finding.edits {
        writeln!(out, "    changed   {} ({mutation}: {})", visible::one_line(place), visible::one_line(why))?;
    }
    if !finding.also.is_empty() {
        let also: Vec<&str> = finding.also.iter().map(String::as_str).collect();
        writeln!(out, "    also      {}", also.join(", "))?;
    }
    writeln!(out, "    again     {}", again(options, target, finding))?;
    Ok(())
}

/// The command that shows it again.
fn again(options: &Fuzz, target: &Target<'_>, finding: &Finding) -> String {
    let mut command = format!("cutover fuzz {}", target.shown);
    let mut option = |name: &str, value: &Path| command.push_str(&format!(" {name} {}", value.display()));
    if let Bodies::Files { inputs, expected, tolerances, dialect } = &options.bodies {
        option("--inputs", inputs);
        if let Some(file) = expected {
            option("--expected", file);
        }
        if let Some(file) = tolerances {
            option("--tolerances", file);
        }
        if *dialect != mapping::engine::Dialect::default() {
            option("--dialect", Path::new(dialect.name()));
        }
    }
    for file in &options.properties {
        option("--property", file);
    }
    for (name, part) in [("--schema", &options.schema), ("--answer-schema", &options.answer_schema)] {
        if let Some((file, pointer)) = part {
            let hash = if pointer.is_empty() { "" } else { "#" };
            option(name, Path::new(&format!("{}{hash}{pointer}", file.display())));
        }
    }
    if let Some(file) = &options.round_trip {
        option("--round-trip", file);
    }
    if let Some(revision) = &options.against {
        option("--against", Path::new(revision));
    }
    for name in &options.with {
        option("--with", Path::new(name));
    }
    for (is_on, name) in [(options.harsh, " --harsh"), (options.oracle, " --oracle")] {
        if is_on {
            command.push_str(name);
        }
    }
    match &finding.origin {
        Origin::Case { seed, index } => command.push_str(&format!(" --seed {seed} --case {index}")),
        Origin::Kept(_) => command.push_str(" --cases 1"),
    }
    command
}

/// The files that were asked for.
pub fn write_files(options: &Fuzz, targets: &[Target<'_>], all: &[Hunted]) -> anyhow::Result<()> {
    if let Some(file) = &options.sarif {
        let infos: Vec<MappingInfo> =
            targets.iter().zip(all).map(|(target, hunted)| info(target, hunted)).collect();
        write_file(file, |out| sarif::write(out, env!("CARGO_PKG_VERSION"), &infos, &[]))?;
    }
    if let Some(file) = &options.junit {
        let suites: Vec<PropertySuite> =
            targets.iter().zip(all).map(|(target, hunted)| suite(options, target, hunted)).collect();
        write_file(file, |out| junit::write_properties(out, &suites))?;
    }
    Ok(())
}

fn write_file(
    file: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let context = || format!("write {}", file.display());
    let mut out = BufWriter::new(File::create(file).with_context(context)?);
    write(&mut out).and_then(|()| out.flush()).with_context(context)
}

fn info(target: &Target<'_>, hunted: &Hunted) -> MappingInfo {
    let source = target.mapping.source();
    let finding = |finding: &Finding| {
        let (line, column, span) = finding
            .blame
            .as_ref()
            .map_or((1, 1, 0..0), |blame| (blame.line, blame.column, blame.span.clone()));
        let (end_line, end_column) = mappings::position(source, span.end.max(span.start));
        let (end_line, end_column) = if span.is_empty() { (line, column) } else { (end_line, end_column) };
        mappings::Finding {
            rule: format!("fuzz/{}", finding.property),
            about: finding.about.clone(),
            level: mappings::Level::Warning,
            span,
            line,
            column,
            end_line,
            end_column,
            message: sentence(finding),
            help: format!("the smallest input: {}", finding.input.json()),
        }
    };
    MappingInfo {
        file: target.shown.clone(),
        source: source.to_owned(),
        findings: hunted.findings.iter().map(finding).collect(),
        ..MappingInfo::default()
    }
}

fn sentence(finding: &Finding) -> String {
    let path = if finding.path.is_empty() { String::new() } else { format!("{}: ", finding.path) };
    let values = match (&finding.expected, &finding.actual) {
        (None, None) => String::new(),
        (expected, actual) => {
            let shown = |text: &Option<String>| {
                text.as_deref().map_or("(absent)".to_owned(), |text| visible::short(text, 120))
            };
            format!("; expected {}, answered {}", shown(expected), shown(actual))
        }
    };
    format!("{path}{}{values}", finding.message)
}

fn suite(options: &Fuzz, target: &Target<'_>, hunted: &Hunted) -> PropertySuite {
    let failures = |name: &str| {
        let of =
            hunted.findings.iter().filter(|finding| finding.property == name || finding.also.contains(name));
        of.map(|finding| {
            let again = again(options, target, finding);
            (
                sentence(finding),
                format!("input {}\n{again}\n", visible::short(&finding.input.json(), VALUE_CHARS_MAX)),
            )
        })
        .collect()
    };
    PropertySuite {
        name: target.shown.clone(),
        properties: hunted.properties.iter().map(|(name, ..)| (name.clone(), failures(name))).collect(),
        undecided: hunted.why_undecided.clone().filter(|_| hunted.undecided > 0),
    }
}

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document {
    version: u32,
    seed: u64,
    interrupted: bool,
    mappings: Vec<MappingLine>,
    totals: Totals,
}

#[derive(Serialize)]
struct Totals {
    mappings: usize,
    cases: u64,
    undecided: u64,
    findings: usize,
}

#[derive(Serialize)]
struct MappingLine {
    mapping: String,
    operation: Option<String>,
    samples: usize,
    items: usize,
    cases: u64,
    undecided: u64,
    why_undecided: Option<String>,
    properties: Vec<PropertyLine>,
    findings: Vec<FindingLine>,
    findings_left_out: u64,
    reached: Option<ReachedLine>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct PropertyLine {
    name: String,
    about: String,
    failures: u64,
}

#[derive(Serialize)]
struct ReachedLine {
    points: usize,
    reached: usize,
    unreached: Vec<PlaceLine>,
}

#[derive(Serialize)]
struct PlaceLine {
    line: usize,
    column: usize,
    text: String,
}

#[derive(Serialize)]
struct FindingLine {
    property: String,
    also: Vec<String>,
    key: String,
    path: String,
    message: String,
    cases: u64,
    seed: Option<u64>,
    case: Option<u64>,
    kept: Option<String>,
    arrangement: &'static str,
    sample: String,
    changes: Vec<ChangeLine>,
    input: serde_json::Value,
    input_nodes: usize,
    output: Option<serde_json::Value>,
    expected: Option<serde_json::Value>,
    answered: Option<serde_json::Value>,
    blame: Option<PlaceLine>,
    again: String,
}

#[derive(Serialize)]
struct ChangeLine {
    mutation: String,
    path: String,
    why: String,
}

/// For machines; the same for the same input, with any number of threads.
pub fn write_json(
    options: &Fuzz,
    targets: &[Target<'_>],
    all: &[Hunted],
    is_interrupted: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let document = Document {
        version: 1,
        seed: options.seed,
        interrupted: is_interrupted,
        mappings: targets
            .iter()
            .zip(all)
            .map(|(target, hunted)| mapping_line(options, target, hunted))
            .collect(),
        totals: Totals {
            mappings: all.len(),
            cases: all.iter().map(|hunted| hunted.cases).sum(),
            undecided: all.iter().map(|hunted| hunted.undecided).sum(),
            findings: all.iter().map(|hunted| hunted.findings.len()).sum(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

fn mapping_line(options: &Fuzz, target: &Target<'_>, hunted: &Hunted) -> MappingLine {
    let property = |(name, about, failures): &(String, String, u64)| PropertyLine {
        name: name.clone(),
        about: about.clone(),
        failures: *failures,
    };
    MappingLine {
        mapping: target.shown.clone(),
        operation: target.operation.map(|(operation, _)| operation.name.clone()),
        samples: hunted.samples,
        items: hunted.items,
        cases: hunted.cases,
        undecided: hunted.undecided,
        why_undecided: hunted.why_undecided.clone(),
        properties: hunted.properties.iter().map(property).collect(),
        findings: hunted.findings.iter().map(|finding| finding_line(options, target, finding)).collect(),
        findings_left_out: hunted.left_out,
        reached: hunted.reached.as_ref().map(|reached| ReachedLine {
            points: reached.points,
            reached: reached.reached,
            unreached: reached
                .unreached
                .iter()
                .map(|(line, column, text)| PlaceLine { line: *line, column: *column, text: text.clone() })
                .collect(),
        }),
        notes: hunted.notes.clone(),
    }
}

fn finding_line(options: &Fuzz, target: &Target<'_>, finding: &Finding) -> FindingLine {
    // A number that JSON's common readers cannot hold is told as text.
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
    let place =
        |blame: &Blame| PlaceLine { line: blame.line, column: blame.column, text: blame.text.clone() };
    let (seed, case, kept) = match &finding.origin {
        Origin::Case { seed, index } => (Some(*seed), Some(*index), None),
        Origin::Kept(name) => (None, None, Some(name.clone())),
    };
    FindingLine {
        property: finding.property.clone(),
        also: finding.also.iter().cloned().collect(),
        key: finding.key.clone(),
        path: finding.path.clone(),
        message: finding.message.clone(),
        cases: finding.count,
        seed,
        case,
        kept,
        arrangement: finding.arrangement.0,
        sample: finding.sample.clone(),
        changes: finding
            .edits
            .iter()
            .map(|(mutation, path, why)| ChangeLine {
                mutation: mutation.clone(),
                path: path.clone(),
                why: why.clone(),
            })
            .collect(),
        input: value(&finding.input.json()),
        input_nodes: finding.input.nodes(),
        output: finding.output.as_deref().map(value),
        expected: finding.expected.as_deref().map(value),
        answered: finding.actual.as_deref().map(value),
        blame: finding.blame.as_ref().map(place),
        again: again(options, target, finding),
    }
}
