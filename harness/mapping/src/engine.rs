//! The engines behind one trait: which there are, and what each must do.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::Document;
use crate::mapping::{Limits, MapError};
use crate::oracle::Oracle;

/// The language that a mapping is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Plain JSONata.
    #[default]
    Jsonata,
    /// JSONata with the function library of Truto: dates, lodash, encoding; some built-ins are overridden.
    Truto,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 2] = [Dialect::Jsonata, Dialect::Truto];

    /// The word that settings and files use.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Jsonata => "jsonata",
            Dialect::Truto => "truto",
        }
    }

    /// The dialect of a word.
    pub fn from_name(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.name() == name)
    }
}

/// The version of the native engine, `jlens-core`: a decision names what evaluated its mappings.
pub const NATIVE_VERSION: &str = "0.26.0";

/// Which engine evaluates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum EngineName {
    /// The native engine where it is exact, else the oracle where there is one.
    #[default]
    Auto,
    /// The native engine alone.
    Jlens,
    /// The `jsonata-rs` crate (a Cargo feature): lacks much of the language, see the crate's documentation.
    JsonataRs,
    /// The JavaScript reference alone.
    Oracle,
}

impl EngineName {
    /// Every engine.
    pub const ALL: [EngineName; 4] =
        [EngineName::Auto, EngineName::Jlens, EngineName::JsonataRs, EngineName::Oracle];

    /// The word that settings and files use.
    pub fn name(self) -> &'static str {
        match self {
            EngineName::Auto => "auto",
            EngineName::Jlens => "jlens",
            EngineName::JsonataRs => "jsonata-rs",
            EngineName::Oracle => "oracle",
        }
    }

    /// The engine of a word.
    pub fn from_name(name: &str) -> Option<EngineName> {
        EngineName::ALL.into_iter().find(|engine| engine.name() == name)
    }
}

/// How a mapping is compiled and evaluated.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The language.
    pub dialect: Dialect,
    /// Who evaluates.
    pub engine: EngineName,
    /// The reference, where it is installed. It must be of the same dialect.
    pub oracle: Option<Arc<Oracle>>,
}

/// What is evaluated on.
#[derive(Clone, Copy)]
pub(crate) enum Given<'r> {
    /// The undefined value.
    Nothing,
    /// A JSON text.
    Text(&'r str),
    /// A text that was parsed before.
    Document(&'r Document<'r>),
}

impl<'r> Given<'r> {
    pub(crate) fn new(text: Option<&'r str>) -> Given<'r> {
        text.map_or(Given::Nothing, Given::Text)
    }

    /// Its JSON text.
    pub(crate) fn text(self) -> Option<&'r str> {
        match self {
            Given::Nothing => None,
            Given::Text(text) => Some(text),
            Given::Document(document) => Some(document.text()),
        }
    }
}

/// One evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Request<'r> {
    /// What `$` is.
    pub(crate) input: Given<'r>,
    /// Variables, by name without the `$`.
    pub(crate) bindings: Option<&'r Map<String, Value>>,
    /// What `$now()` answers, in milliseconds since 1970.
    pub(crate) now_ms: i64,
    /// What bounds it.
    pub(crate) limits: &'r Limits,
}

/// A mapping that an engine has compiled.
pub(crate) trait Program: Send + Sync {
    /// Evaluates: a JSON text, or `None` where the result is undefined.
    fn evaluate(&self, request: &Request<'_>) -> Result<Option<String>, MapError>;

    /// The one engine that can be watched while it evaluates.
    fn watched(&self) -> Option<&crate::jlens::Program> {
        None
    }
}

/// The functions of Truto's library that the native engine has.
pub fn native_functions() -> Vec<&'static str> {
    crate::functions::native_names()
}
