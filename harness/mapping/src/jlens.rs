//! The default engine: `jlens-core`, which agrees with the JavaScript reference best of those that were measured.

use jlens_core::{Bindings, Document, Expression, Options};

use crate::mapping::{CompileError, Limits, MapError};
use crate::output::Text;

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    expression: Expression,
}

/// The engine's codes for its limits: time, depth, sizes, steps, cancelled.
const LIMIT_CODES: [&str; 5] = ["D1012", "D1011", "U1001", "U1006", "U1003"];

impl Program {
    pub(crate) fn compile(source: &str) -> Result<Program, CompileError> {
        let expression = Expression::compile(source).map_err(|error| {
            let (line, column) = line_and_column(source, &error).unwrap_or((1, 1));
            CompileError {
                code: error.code().to_owned(),
                message: lower_first(&error.message()),
                line,
                column,
            }
        })?;
        Ok(Program { expression })
    }

    pub(crate) fn source(&self) -> &str {
        self.expression.source()
    }

    pub(crate) fn evaluate(
        &self,
        input: &str,
        now_ms: i64,
        limits: &Limits,
    ) -> Result<Option<String>, MapError> {
        let document = Document::parse(input).map_err(|error| MapError::Input(error.to_string()))?;
        let options = Options::new()
            .now(now_ms)
            .seed(0)
            .timeout(limits.time)
            .max_depth(limits.depth)
            .max_steps(limits.steps)
            .max_string_length(limits.bytes)
            .max_result_size(limits.bytes);
        let mut text = Text::default();
        let written = self
            .expression
            .evaluate_document_to(&document, &Bindings::new(), &options, |output| output.write(&mut text))
            .map_err(|error| self.error(&error))?;
        Ok(written.map(|_| text.finish()))
    }

    fn error(&self, error: &jlens_core::Error) -> MapError {
        let (code, message) = (error.code().to_owned(), error.message());
        let position = line_and_column(self.source(), error);
        if LIMIT_CODES.contains(&code.as_str()) {
            return MapError::Limit { code, message, position };
        }
        MapError::Expression { code, message, position }
    }
}

fn lower_first(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

/// The engine counts UTF-16 units, as JavaScript does.
fn line_and_column(source: &str, error: &jlens_core::Error) -> Option<(usize, usize)> {
    let mut position = error.position()?;
    // The position is behind the token at fault; people look at its beginning.
    let units_before: Vec<u16> = source.encode_utf16().take(position).collect();
    let token: Vec<u16> = error.token().unwrap_or_default().encode_utf16().collect();
    if units_before.ends_with(&token) {
        position -= token.len();
    }
    let mut units = 0;
    let before = source.chars().take_while(|character| {
        units += character.len_utf16();
        units <= position
    });
    let (mut line, mut column) = (1, 1);
    for character in before {
        (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    Some((line, column))
}
