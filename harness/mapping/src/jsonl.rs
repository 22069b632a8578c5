//! Answers evaluations line by line: the way other languages and test suites drive our engines.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::engine::Settings;
use crate::mapping::{CompileError, Limits, MapError, Mapping};

/// A longer line is answered with an error instead of being held: twice the largest body.
const LINE_BYTES_MAX: usize = 512 << 20;

/// Compiled expressions that are kept; a driver asks the same few again and again.
const COMPILED_MAX: usize = 256;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    expr: String,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    bindings: Option<Map<String, Value>>,
}

/// Reads lines `{"id", "expr", "input", "bindings"?}` and answers each at once and in order with `{"id", "value"}`,
/// `{"id", "undefined": true}` or `{"id", "error": {"code", "message", "position"}}`. Without `input`, the input is
/// undefined. A position is `{"line", "column"}` or null. A line that is no such object is answered with the
/// error `line`; only a reader or a writer that fails ends the loop.
pub fn serve(
    reader: impl BufRead,
    writer: impl Write,
    settings: &Settings,
    now_ms: i64,
    limits: &Limits,
) -> io::Result<()> {
    serve_lines(reader, writer, settings, now_ms, limits, LINE_BYTES_MAX)
}

fn serve_lines(
    mut reader: impl BufRead,
    mut writer: impl Write,
    settings: &Settings,
    now_ms: i64,
    limits: &Limits,
    line_bytes_max: usize,
) -> io::Result<()> {
    let mut compiled: BTreeMap<String, Result<Mapping, CompileError>> = BTreeMap::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(line_bytes_max as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let is_cut = line.len() > line_bytes_max && line.last() != Some(&b'\n');
        if is_cut {
            reader.skip_until(b'\n')?;
        }
        let answer = match serde_json::from_slice::<Line<'_>>(&line) {
            _ if is_cut => {
                told("null", "line", &format!("the line is over the limit of {line_bytes_max} bytes"), None)
            }
            Err(error) => told("null", "line", &error.to_string(), None),
            Ok(line) => {
                if compiled.len() >= COMPILED_MAX {
                    compiled.clear();
                }
                let mapping = compiled
                    .entry(line.expr)
                    .or_insert_with_key(|source| Mapping::compile_with(source, settings));
                let input = line.input.map(RawValue::get);
                let id = line.id.map_or("null", RawValue::get);
                answer(id, mapping, input, &line.bindings.unwrap_or_default(), now_ms, limits)
            }
        };
        writer.write_all(answer.as_bytes())?;
        writer.write_all(b"\n")?;
        writer.flush()?;
    }
}

fn answer(
    id: &str,
    mapping: &Result<Mapping, CompileError>,
    input: Option<&str>,
    bindings: &Map<String, Value>,
    now_ms: i64,
    limits: &Limits,
) -> String {
    let mapping = match mapping {
        Ok(mapping) => mapping,
        Err(error) => return told(id, &error.code, &error.message, Some((error.line, error.column))),
    };
    let outcome = outcome(&mapping.evaluate_with(input, bindings, now_ms, limits));
    format!("{{\"id\":{id},{}", &outcome[1..])
}

/// An outcome as a line is answered with, but for the line's id: `{"value"}`, `{"undefined": true}` or `{"error"}`.
pub fn outcome(outcome: &Result<Option<String>, MapError>) -> String {
    match outcome {
        Ok(Some(value)) => format!("{{\"value\":{value}}}"),
        Ok(None) => "{\"undefined\":true}".to_owned(),
        Err(error) => {
            let whole = error.to_string();
            let (code, message, position) = match error {
                MapError::Expression { code, message, position }
                | MapError::Limit { code, message, position } => (code.as_str(), message, *position),
                MapError::Input(_) => ("input", &whole, None),
                MapError::NeedsOracle(_) => ("needs_oracle", &whole, None),
                MapError::Refused(_) => ("refused", &whole, None),
                MapError::Engine => ("engine", &whole, None),
            };
            format!("{{\"error\":{}}}", error_object(code, message, position))
        }
    }
}

fn told(id: &str, code: &str, message: &str, position: Option<(usize, usize)>) -> String {
    format!("{{\"id\":{id},\"error\":{}}}", error_object(code, message, position))
}

fn error_object(code: &str, message: &str, position: Option<(usize, usize)>) -> Value {
    let position = position.map(|(line, column)| json!({ "line": line, "column": column }));
    json!({ "code": code, "message": message, "position": position })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::LIMITS;

    fn check(lines: &str, expected: &str) {
        let mut out = Vec::new();
        serve(lines.as_bytes(), &mut out, &Settings::default(), 0, &LIMITS).expect("memory does not fail");
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn each_line_is_answered_in_its_place() {
        check(
            concat!(
                r#"{"id":1,"expr":"a.b + $n","input":{"a":{"b":2}},"bindings":{"n":40}}"#,
                "\n\n",
                r#"{"id":"x","expr":"nothing","input":{}}"#,
                "\n",
                r#"{"id":[2],"expr":"$exists($)"}"#,
                "\n",
                r#"{"id":3,"expr":"a +"}"#,
                "\nnonsense\n",
                r#"{"id":4,"expr":"'a' + 1","input":null}"#,
                "\n",
                r#"{"expr":"null","input":null}"#
            ),
            concat!(
                "{\"id\":1,\"value\":42}\n",
                "{\"id\":\"x\",\"undefined\":true}\n",
                "{\"id\":[2],\"value\":false}\n",
                r#"{"id":3,"error":{"code":"S0207","message":"unexpected end of expression","position":{"line":1,"column":4}}}"#,
                "\n",
                r#"{"id":null,"error":{"code":"line","message":"expected ident at line 1 column 2","position":null}}"#,
                "\n",
                r#"{"id":4,"error":{"code":"T2001","message":"The left side of the \"+\" operator must evaluate to a number","position":{"line":1,"column":5}}}"#,
                "\n",
                "{\"id\":null,\"value\":null}\n",
            ),
        );
    }

    #[test]
    fn a_line_beyond_the_limit_is_answered_and_the_next_one_too() {
        let lines = format!("{}\n{}\n", r#"{"id":1,"expr":"'this is too long'"}"#, r#"{"id":2,"expr":"2"}"#);
        let mut out = Vec::new();
        serve_lines(lines.as_bytes(), &mut out, &Settings::default(), 0, &LIMITS, 24)
            .expect("memory does not fail");
        assert_eq!(
            String::from_utf8_lossy(&out),
            concat!(
                r#"{"id":null,"error":{"code":"line","message":"the line is over the limit of 24 bytes","position":null}}"#,
                "\n{\"id\":2,\"value\":2}\n"
            )
        );
    }
}
