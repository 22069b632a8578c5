//! `cutover fuzz`: what was typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::UsageError;

/// More cases than this take days on any machine that there is.
pub const CASES_MAX: u64 = 1_000_000_000;

/// `cutover fuzz`.
#[derive(Debug, Args)]
pub struct FuzzArguments {
    /// The mappings' files [default: those that operations name]
    #[arg(value_name = "MAPPING", value_hint = ValueHint::FilePath)]
    pub mappings: Vec<PathBuf>,
    /// Bodies that the mapping is given: a JSON file, a .jsonl file, or a folder of them; no configuration is needed
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub inputs: Option<PathBuf>,
    /// Legacy's bodies that they become: a file, or files of the same names
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath, requires = "inputs")]
    pub expected: Option<PathBuf>,
    /// With --inputs: tolerances, as a .tolerances.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "inputs")]
    pub tolerances: Option<PathBuf>,
    /// With --inputs: the language that the mapping is written in
    #[arg(long, value_enum, default_value = "jsonata", requires = "inputs")]
    pub dialect: DialectArgument,
    /// Cases a mapping; the recorded bodies as they are come first
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub cases: u64,
    /// Stop after so long a mapping: 60s, 10m, 1h
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Decides every case
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Only the case of this number
    #[arg(long, value_name = "N")]
    pub case: Option<u64>,
    /// Also what no recording shows: findings may be of inputs that no provider sends
    #[arg(long)]
    pub harsh: bool,
    /// Switch a property on
    #[arg(long, value_name = "PROPERTY")]
    pub with: Vec<String>,
    /// Switch a property off
    #[arg(long, value_name = "PROPERTY")]
    pub without: Vec<String>,
    /// A property of your own: JSONata over `input` and `output` that answers true
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub property: Vec<PathBuf>,
    /// Also bodies that a schema allows: a JSON Schema, or part of an OpenAPI document as FILE#/components/schemas/NAME
    #[arg(long, value_name = "FILE[#POINTER]")]
    pub schema: Option<String>,
    /// What legacy's answers look like, in the same form: each answer must be valid
    #[arg(long, value_name = "FILE[#POINTER]")]
    pub answer_schema: Option<String>,
    /// The request's mapping that turns an answer's item back into the upstream's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub round_trip: Option<PathBuf>,
    /// Show what the mapping answers otherwise than at this git revision
    #[arg(long, value_name = "REV")]
    pub against: Option<String>,
    /// Evaluate each case on the native engine and on the JavaScript one, which must agree
    #[arg(long)]
    pub oracle: bool,
    /// Keep each counterexample as a cassette in recordings/, and its seed in a file beside the mapping that is run first
    #[arg(long, conflicts_with = "inputs")]
    pub keep: bool,
    /// Also write JUnit's XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    /// Also write SARIF 2.1.0
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sarif: Option<PathBuf>,
    /// List the properties and the mutations, and do nothing else
    #[arg(long)]
    pub list: bool,
}

/// `--dialect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DialectArgument {
    /// Plain JSONata.
    Jsonata,
    /// JSONata with Truto's functions.
    Truto,
}

/// What `fuzz` needs.
#[derive(Debug)]
pub struct Fuzz {
    /// Those named, as typed; empty: those of operations.
    pub mappings: Vec<PathBuf>,
    /// Where the bodies come from.
    pub bodies: Bodies,
    /// Which cases are run.
    pub extent: Extent,
    /// Decides every case.
    pub seed: u64,
    /// Also what no recording shows.
    pub harsh: bool,
    /// Properties switched on.
    pub with: Vec<String>,
    /// Properties switched off.
    pub without: Vec<String>,
    /// Files of the users' own properties.
    pub properties: Vec<PathBuf>,
    /// A schema's file and the pointer into it.
    pub schema: Option<(PathBuf, String)>,
    /// The schema of answers, likewise.
    pub answer_schema: Option<(PathBuf, String)>,
    /// The request's mapping.
    pub round_trip: Option<PathBuf>,
    /// The revision that it is held against.
    pub against: Option<String>,
    /// Whether the JavaScript engine is asked too.
    pub oracle: bool,
    /// Whether counterexamples are kept.
    pub keep: bool,
    /// Where JUnit's XML goes.
    pub junit: Option<PathBuf>,
    /// Where SARIF goes.
    pub sarif: Option<PathBuf>,
    /// Only the lists.
    pub list: bool,
}

/// Where the bodies come from.
#[derive(Debug, PartialEq, Eq)]
pub enum Bodies {
    /// The recordings of the operations that name the mapping.
    Recordings,
    /// Files; no configuration is read.
    Files {
        /// What the mapping is given.
        inputs: PathBuf,
        /// What it must become, where that is known.
        expected: Option<PathBuf>,
        /// What excuses.
        tolerances: Option<PathBuf>,
        /// The language.
        dialect: mapping::engine::Dialect,
    },
}

/// Which cases are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many, or fewer where the time is over before.
    Cases {
        /// How many.
        cases: u64,
        /// How long at most.
        time: Option<Duration>,
    },
    /// This one.
    One(u64),
}

/// Reads what was typed.
pub(super) fn mean(typed: FuzzArguments) -> Result<Fuzz, UsageError> {
    if typed.cases > CASES_MAX {
        return Err(UsageError::Cases { cases: typed.cases });
    }
    let time = typed.time.as_deref().map(duration).transpose()?;
    let extent = match typed.case {
        Some(case) => Extent::One(case),
        None => Extent::Cases { cases: typed.cases, time },
    };
    let known: Vec<&str> = fuzz::properties::PROPERTIES.iter().map(|property| property.name).collect();
    for name in typed.with.iter().chain(&typed.without) {
        if !known.contains(&name.as_str()) {
            return Err(UsageError::Property { name: name.clone(), known: known.join(", ") });
        }
    }
    Ok(Fuzz {
        bodies: match typed.inputs {
            None => Bodies::Recordings,
            Some(inputs) => Bodies::Files {
                inputs,
                expected: typed.expected,
                tolerances: typed.tolerances,
                dialect: match typed.dialect {
                    DialectArgument::Jsonata => mapping::engine::Dialect::Jsonata,
                    DialectArgument::Truto => mapping::engine::Dialect::Truto,
                },
            },
        },
        mappings: typed.mappings,
        extent,
        seed: typed.seed,
        harsh: typed.harsh,
        with: typed.with,
        without: typed.without,
        properties: typed.property,
        schema: typed.schema.as_deref().map(part),
        answer_schema: typed.answer_schema.as_deref().map(part),
        round_trip: typed.round_trip,
        against: typed.against,
        oracle: typed.oracle,
        keep: typed.keep,
        junit: typed.junit,
        sarif: typed.sarif,
        list: typed.list,
    })
}

/// A file, and the pointer into it.
fn part(text: &str) -> (PathBuf, String) {
    let (file, pointer) = text.split_once('#').unwrap_or((text, ""));
    (PathBuf::from(file), pointer.to_owned())
}

/// `60s`, `10m`, `1h`; a number alone is seconds.
fn duration(text: &str) -> Result<Duration, UsageError> {
    let refused = || UsageError::Time { text: text.to_owned() };
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(refused()),
    };
    let number: u64 = digits.parse().map_err(|_| refused())?;
    number.checked_mul(scale).filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_unit() {
        let seconds = |text: &str| duration(text).ok().map(|time| time.as_secs());
        assert_eq!(["90", "90s", "2m", "1h"].map(seconds), [Some(90), Some(90), Some(120), Some(3_600)]);
        assert_eq!(["", "0s", "1d", "s", "-1s", "99999999999999999999h"].map(seconds), [None; 6]);
    }
}
