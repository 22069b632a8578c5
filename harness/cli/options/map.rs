//! `cutover map` and `cutover oracle`: what was typed, and what it means.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueHint};
use mapping::engine::{Dialect, EngineName};
use mapping::oracle::Library;

use super::UsageError;
use super::arguments::after;
use crate::config::Evaluation;

/// `cutover map`.
#[derive(Debug, Args)]
pub struct MapArguments {
    /// The input, a JSON file; `-`: standard input
    #[arg(value_name = "INPUT", value_hint = ValueHint::FilePath, required_unless_present = "jsonl",
          conflicts_with = "jsonl", requires = "mapping")]
    pub input: Option<PathBuf>,
    /// The mapping, JSONata
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "jsonl")]
    pub mapping: Option<PathBuf>,
    /// What `$` is: INPUT itself, or an object whose `response` it is (`error`, for an error mapping)
    #[arg(long, value_name = "SCOPE", value_parser = PossibleValuesParser::new(["body", "truto"]),
          default_value = "body", conflicts_with = "jsonl")]
    pub scope: String,
    /// Read {"id", "expr", "input", "bindings"?} line by line from stdin, answer each at once and in order
    #[arg(long)]
    pub jsonl: bool,
    /// How it is evaluated.
    #[command(flatten)]
    pub evaluation: EvaluationArguments,
}

/// How mappings are evaluated, where no configuration says it.
#[derive(Debug, Args)]
pub struct EvaluationArguments {
    /// Who evaluates
    #[arg(long, value_name = "NAME", value_parser = names(&EngineName::ALL, EngineName::name), default_value = "auto")]
    pub engine: String,
    /// The language
    #[arg(long, value_name = "NAME", value_parser = names(&Dialect::ALL, Dialect::name), default_value = "jsonata")]
    pub dialect: String,
    /// The version of jsonata that production has [default: the one that cutover was tested with]
    #[arg(long, value_name = "VERSION")]
    pub jsonata: Option<String>,
}

/// `cutover oracle`.
#[derive(Debug, Subcommand)]
pub enum OracleArguments {
    /// Put the JavaScript libraries that production evaluates mappings with into a cache folder, from the npm registry
    // Its own `--version` is a library's.
    #[command(disable_version_flag = true, after_help = after(
        "cutover oracle install                                     both dialects\n\
         cutover oracle install --dialect jsonata --version 1.8.7   what production of one side has\n\
         CUTOVER_ORACLE=.cache/oracle cutover oracle install        elsewhere than among the user's caches"
    ))]
    Install(OracleInstallArguments),
}

/// `cutover oracle install`.
#[derive(Debug, Args)]
pub struct OracleInstallArguments {
    /// The dialect [default: each]
    #[arg(long, value_name = "NAME", value_parser = names(&Dialect::ALL, Dialect::name))]
    pub dialect: Option<String>,
    /// An exact version of its library on npm [default: the one that cutover was tested with]
    #[arg(long, value_name = "VERSION", requires = "dialect")]
    pub version: Option<String>,
}

/// What `map` does.
#[derive(Debug)]
pub enum Map {
    /// Evaluates one mapping on one input.
    One {
        /// The input's file.
        input: PathBuf,
        /// The mapping's file.
        mapping: PathBuf,
        /// What `$` is.
        scope: MapScope,
        /// How it is evaluated.
        evaluation: Evaluation,
    },
    /// Answers lines of stdin.
    Lines {
        /// How they are evaluated.
        evaluation: Evaluation,
    },
}

/// What `$` is for `map`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapScope {
    /// The input.
    Body,
    /// An object whose `response` (or `error`) the input is.
    Truto,
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> PossibleValuesParser {
    PossibleValuesParser::new(all.iter().map(|one| name(*one)).collect::<Vec<_>>())
}

/// What `map` was asked for.
pub fn map(typed: MapArguments) -> Result<Map, UsageError> {
    let evaluation = evaluation(&typed.evaluation)?;
    Ok(match (typed.input, typed.mapping) {
        (Some(input), Some(mapping)) => {
            let scope = if typed.scope == "truto" { MapScope::Truto } else { MapScope::Body };
            Map::One { input, mapping, scope, evaluation }
        }
        // clap demands both, or --jsonl.
        _ => Map::Lines { evaluation },
    })
}

/// Which libraries `oracle install` was asked for.
pub fn libraries(typed: OracleInstallArguments) -> Result<Vec<Library>, UsageError> {
    let Some(dialect) = typed.dialect else { return Ok(Dialect::ALL.map(Library::pinned).to_vec()) };
    let dialect = Dialect::from_name(&dialect).unwrap_or_default();
    Ok(vec![match typed.version {
        None => Library::pinned(dialect),
        Some(text) => {
            let library = Library::version(dialect, &text);
            library.ok_or(UsageError::Version { option: "--version", text })?
        }
    }])
}

/// clap takes only the names that there are.
fn evaluation(typed: &EvaluationArguments) -> Result<Evaluation, UsageError> {
    let engine = EngineName::from_name(&typed.engine).unwrap_or_default();
    let dialect = Dialect::from_name(&typed.dialect).unwrap_or_default();
    let library = Library::pinned(dialect);
    let Some(version) = &typed.jsonata else { return Ok(Evaluation { engine, library }) };
    if dialect == Dialect::Truto && version != library.jsonata() {
        return Err(UsageError::OwnJsonata {
            library: library.to_string(),
            has: library.jsonata().to_owned(),
        });
    }
    if dialect == Dialect::Truto {
        return Ok(Evaluation { engine, library });
    }
    let library = Library::version(dialect, version);
    let wrong = || UsageError::Version { option: "--jsonata", text: version.clone() };
    Ok(Evaluation { engine, library: library.ok_or_else(wrong)? })
}
