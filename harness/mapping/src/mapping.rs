//! One mapping: compiled, and evaluated within limits.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use jlens_core::reads::Read;
use serde_json::{Map, Value};

use crate::document::Document;
use crate::engine::{EngineName, Given, Program, Request, Settings};
use crate::jlens;

/// A compiled JSONata expression.
#[derive(Clone)]
pub struct Mapping {
    source: Arc<str>,
    settings: Settings,
    native: Native,
}

/// What the native engine makes of a mapping.
#[derive(Clone)]
enum Native {
    Program(Arc<dyn Program>),
    /// It cannot evaluate the mapping as the reference would, and says why.
    No(MapError),
}

/// Why a text is no mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code}) at line {line}, column {column}")]
pub struct CompileError {
    /// JSONata's code, e.g. `S0201`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// What bounds one evaluation. Steps bound the work in the same way on every machine; the time is the last resort.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes evaluated and functions called back.
    pub steps: u64,
    /// Nested evaluations.
    pub depth: usize,
    /// Wall time.
    pub time: Duration,
    /// Bytes of any text, and of the result.
    pub bytes: usize,
}

/// What real mappings stay below by a factor of a hundred.
pub const LIMITS: Limits =
    Limits { steps: 20_000_000, depth: 5_000, time: Duration::from_secs(10), bytes: 64 << 20 };

/// Why there is no mapped value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The input is no JSON that the engine reads.
    #[error("the engine cannot read the input: {0}")]
    Input(String),
    /// The expression reported an error.
    #[error("{message} ({code}){}", place(*.position))]
    Expression {
        /// JSONata's code, e.g. `T2001`.
        code: String,
        /// What is wrong.
        message: String,
        /// Line and column, from 1.
        position: Option<(usize, usize)>,
    },
    /// A limit was reached.
    #[error("{message} ({code}){}", place(*.position))]
    Limit {
        /// The engine's code.
        code: String,
        /// Which limit.
        message: String,
        /// Line and column, from 1.
        position: Option<(usize, usize)>,
    },
    /// Only the reference evaluates this as production does, and there is none.
    #[error("the mapping needs the oracle: {0}")]
    NeedsOracle(String),
    /// The mapping calls a function that no test may run, because it calls a service.
    #[error("${0} calls a service, so it is not evaluated")]
    Refused(String),
    /// The engine panicked.
    #[error("the engine failed")]
    Engine,
}

fn place(position: Option<(usize, usize)>) -> String {
    position
        .map_or(String::new(), |(line, column)| format!(" at line {line}, column {column} of the mapping"))
}

impl Mapping {
    /// Compiles a mapping in plain JSONata for the native engine.
    pub fn compile(source: &str) -> Result<Mapping, CompileError> {
        Mapping::compile_with(source, &Settings::default())
    }

    /// Compiles a mapping for the dialect and the engine of the settings.
    pub fn compile_with(source: &str, settings: &Settings) -> Result<Mapping, CompileError> {
        // The parser is the engine's too: it must not take us down either.
        let native = catch_unwind(AssertUnwindSafe(|| native(source, settings))).unwrap_or_else(|_| {
            Err(CompileError {
                code: "engine".into(),
                message: "the engine failed".into(),
                line: 1,
                column: 1,
            })
        })?;
        Ok(Mapping { source: source.into(), settings: settings.clone(), native })
    }

    /// Evaluates it on a JSON text: `None` where the result is undefined. `now_ms` is what `$now()` answers,
    /// in milliseconds since 1970; random numbers are the same each time.
    pub fn evaluate(&self, input: &str, now_ms: i64, limits: &Limits) -> Result<Option<String>, MapError> {
        self.run(&Request { input: Given::Text(input), bindings: None, now_ms, limits })
    }

    /// Evaluates it with variables, whose names are without the `$`, on a JSON text or on the undefined value.
    pub fn evaluate_with(
        &self,
        input: Option<&str>,
        bindings: &Map<String, Value>,
        now_ms: i64,
        limits: &Limits,
    ) -> Result<Option<String>, MapError> {
        self.run(&Request { input: Given::new(input), bindings: Some(bindings), now_ms, limits })
    }

    /// Evaluates it on a text that was parsed before: worth it where one text is evaluated more than once.
    pub fn evaluate_document(
        &self,
        document: &Document<'_>,
        now_ms: i64,
        limits: &Limits,
    ) -> Result<Option<String>, MapError> {
        self.run(&Request { input: Given::Document(document), bindings: None, now_ms, limits })
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How it was compiled.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Why the native engine does not evaluate it at all, where that is known beforehand.
    pub fn not_native(&self) -> Option<&MapError> {
        match &self.native {
            Native::Program(_) => None,
            Native::No(why) => Some(why),
        }
    }

    /// Whether it may read a field of its input; it may where nobody knows.
    pub fn may_read(&self, field: &str) -> bool {
        let Some(program) = self.jlens() else { return true };
        let reads = |read: Read| read.fields().is_none_or(|fields| fields.contains_key(field));
        program.reads_of_input().is_some_and(reads)
    }

    /// The native engine's program, which can be watched; `None` where another engine or nobody has it.
    pub(crate) fn jlens(&self) -> Option<&jlens::Program> {
        match &self.native {
            Native::Program(program) => program.watched(),
            Native::No(_) => None,
        }
    }

    fn run(&self, request: &Request<'_>) -> Result<Option<String>, MapError> {
        match self.settings.engine {
            EngineName::Oracle => self.on_oracle(request, "the oracle was asked for"),
            EngineName::Jlens | EngineName::JsonataRs => self.on_native(request),
            EngineName::Auto => self.on_best(request),
        }
    }

    /// The native engine alone, whatever the settings say.
    pub(crate) fn on_native(&self, request: &Request<'_>) -> Result<Option<String>, MapError> {
        match &self.native {
            Native::No(why) => Err(why.clone()),
            Native::Program(program) => {
                catch_unwind(AssertUnwindSafe(|| program.evaluate(request))).unwrap_or(Err(MapError::Engine))
            }
        }
    }

    /// The oracle alone, whatever the settings say.
    pub(crate) fn on_oracle(&self, request: &Request<'_>, why: &str) -> Result<Option<String>, MapError> {
        match (&self.settings.oracle, &self.native) {
            // What calls a service is not run there either.
            (_, Native::No(refused @ MapError::Refused(_))) => Err(refused.clone()),
            (Some(oracle), _) if oracle.library().dialect == self.settings.dialect => {
                oracle.evaluate(&self.source, request)
            }
            (Some(oracle), _) => {
                Err(MapError::NeedsOracle(format!("{why}, and {} is another dialect", oracle.library())))
            }
            (None, _) => Err(MapError::NeedsOracle(format!("{why}, and it is not installed"))),
        }
    }

    /// Native where that is exact. What fails there is asked of the oracle where there is one, because an error
    /// is what the engines agree on least.
    fn on_best(&self, request: &Request<'_>) -> Result<Option<String>, MapError> {
        let native = self.on_native(request);
        let Err(error) = &native else { return native };
        let ask = match error {
            MapError::NeedsOracle(_) | MapError::Input(_) | MapError::Engine => true,
            // `$error` and `$assert`: the mapping itself says no.
            MapError::Expression { code, .. } => code != "D3137" && code != "D3141",
            MapError::Limit { .. } | MapError::Refused(_) => false,
        };
        if ask && self.settings.oracle.is_some() {
            self.on_oracle(request, "the native engine does not evaluate it")
        } else {
            native
        }
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("source", &self.source)
            .field("settings", &self.settings)
            .field("not_native", &self.not_native())
            .finish()
    }
}

fn native(source: &str, settings: &Settings) -> Result<Native, CompileError> {
    if settings.engine == EngineName::JsonataRs {
        return jsonata_rs(source);
    }
    Ok(match jlens::Program::compile(source, settings.dialect)? {
        Ok(program) => Native::Program(Arc::new(program)),
        Err(why) => Native::No(why),
    })
}

#[cfg(feature = "jsonata-rs")]
fn jsonata_rs(source: &str) -> Result<Native, CompileError> {
    Ok(Native::Program(Arc::new(crate::jsonata_rs::Program::compile(source)?)))
}

#[cfg(not(feature = "jsonata-rs"))]
fn jsonata_rs(_source: &str) -> Result<Native, CompileError> {
    Err(CompileError {
        code: "engine".into(),
        message: "this program was built without the engine jsonata-rs (Cargo feature `jsonata-rs`)".into(),
        line: 1,
        column: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, input: &str, expected: &str) {
        let limits = Limits { steps: 5_000, depth: 200, time: Duration::from_secs(10), bytes: 10_000 };
        let shown = match Mapping::compile(source).map(|mapping| mapping.evaluate(input, 0, &limits)) {
            Ok(Ok(Some(text))) => text,
            Ok(Ok(None)) => "undefined".to_owned(),
            Ok(Err(MapError::Limit { code, .. })) => format!("limit {code}"),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{source}");
    }

    #[test]
    fn a_mapping_answers_text_as_javascript_prints_it() {
        check(
            "{'b': n, 'a': $sum([0.1, 0.2]), 'list': [x.y]}",
            r#"{"n":1.10,"x":{}}"#,
            r#"{"b":1.1,"a":0.30000000000000004,"list":[]}"#,
        );
        check("id", r#"{"id":9007199254740993}"#, "9007199254740992");
        check("[1e21, -0, 1e-7, 123456789012345680000]", "{}", "[1e+21,0,1e-7,123456789012345680000]");
        check("nothing", "{}", "undefined");
        check(
            "$",
            r#"{"a\"b":"\u0000é\ud83d\ude00","c":{"d":[{}]}}"#,
            r#"{"a\"b":"\u0000é😀","c":{"d":[{}]}}"#,
        );
        check("$now()", "{}", r#""1970-01-01T00:00:00.000Z""#);
        check("$string($) & '!'", "5", r#""5!""#);
    }

    #[test]
    fn an_error_says_what_and_where() {
        check("a +", "{}", "unexpected end of expression (S0207) at line 1, column 4");
        check(
            "(\n  $x := 1;\n  'a' + $x\n)",
            "{}",
            "The left side of the \"+\" operator must evaluate to a number (T2001) at line 3, column 7 of the mapping",
        );
    }

    #[test]
    fn limits_are_reached_and_named() {
        check("($f := function($n){ $f($n) }; $f(1))", "{}", "limit U1006");
        check("($f := function($n){ 1 + $f($n) }; $f(1))", "{}", "limit D1011");
        check(
            "($s := function($t){ $length($t) > 100000 ? $t : $s($t & $t) }; $s('abcdefgh'))",
            "{}",
            "limit U1001",
        );
        check("$replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/, 'b')", "{}", "limit U1006");
    }

    #[test]
    fn input_that_the_engine_cannot_hold_is_an_error() {
        assert!(matches!(
            Mapping::compile("$").map(|m| m.evaluate("[1e400]", 0, &LIMITS)),
            Ok(Err(MapError::Input(_)))
        ));
        assert!(matches!(
            Mapping::compile("$").map(|m| m.evaluate(r#""\ud83d""#, 0, &LIMITS)),
            Ok(Err(MapError::Input(_)))
        ));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(
            Mapping::compile("$").map(|m| m.evaluate(&deep, 0, &LIMITS)),
            Ok(Err(MapError::Input(_)))
        ));
    }
}
