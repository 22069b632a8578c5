//! One mapping: compiled, and evaluated within limits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::jlens;

/// A compiled JSONata expression.
#[derive(Clone, Debug)]
pub struct Mapping {
    program: jlens::Program,
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
    /// The engine panicked.
    #[error("the engine failed")]
    Engine,
}

fn place(position: Option<(usize, usize)>) -> String {
    position
        .map_or(String::new(), |(line, column)| format!(" at line {line}, column {column} of the mapping"))
}

impl Mapping {
    /// Compiles a mapping.
    pub fn compile(source: &str) -> Result<Mapping, CompileError> {
        // The parser is the engine's too: it must not take us down either.
        catch_unwind(|| jlens::Program::compile(source))
            .unwrap_or_else(|_| {
                Err(CompileError {
                    code: "engine".into(),
                    message: "the engine failed".into(),
                    line: 1,
                    column: 1,
                })
            })
            .map(|program| Mapping { program })
    }

    /// Evaluates it on a JSON text: `None` where the result is undefined. `now_ms` is what `$now()` answers,
    /// in milliseconds since 1970; random numbers are the same each time.
    pub fn evaluate(&self, input: &str, now_ms: i64, limits: &Limits) -> Result<Option<String>, MapError> {
        catch_unwind(AssertUnwindSafe(|| self.program.evaluate(input, now_ms, limits)))
            .unwrap_or(Err(MapError::Engine))
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        self.program.source()
    }
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
