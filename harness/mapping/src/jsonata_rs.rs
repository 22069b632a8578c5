//! The engine `jsonata-rs`: a Cargo feature. It lacks much of the language, panics on some of it (which is caught)
//! and rounds numbers; a setting may ask for it, nothing defaults to it.

use bumpalo::Bump;
use jsonata_rs::JsonAta;

use crate::engine::{self, Request};
use crate::mapping::{CompileError, MapError};

/// The text of an expression. The engine's tree borrows from an arena, so it is compiled again each time.
#[derive(Debug)]
pub(crate) struct Program {
    source: String,
}

impl Program {
    pub(crate) fn compile(source: &str) -> Result<Program, CompileError> {
        let arena = Bump::new();
        JsonAta::new(source, &arena).map_err(|error| {
            let text = error.to_string();
            let code = code(&text);
            CompileError { code, message: text, line: 1, column: 1 }
        })?;
        Ok(Program { source: source.to_owned() })
    }
}

impl engine::Program for Program {
    fn evaluate(&self, request: &Request<'_>) -> Result<Option<String>, MapError> {
        let arena = Bump::new();
        let error = |error: jsonata_rs::Error| {
            let text = error.to_string();
            let code = code(&text);
            if code == "U1001" || code == "D1011" || code == "D1012" {
                return MapError::Limit { code, message: text, position: None };
            }
            MapError::Expression { code, message: text, position: None }
        };
        let program = JsonAta::new(&self.source, &arena).map_err(error)?;
        if request.bindings.is_some_and(|bindings| !bindings.is_empty()) {
            return Err(MapError::NeedsOracle("jsonata-rs is given no variables here".to_owned()));
        }
        let depth = request.limits.depth.min(DEPTH_MAX);
        let millis = usize::try_from(request.limits.time.as_millis()).unwrap_or(usize::MAX);
        let value =
            program.evaluate_timeboxed(request.input.text(), Some(depth), Some(millis)).map_err(error)?;
        if value.is_undefined() {
            return Ok(None);
        }
        let text = value.serialize(false);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) => Ok(Some(text)),
            Err(_) => Err(MapError::Engine),
        }
    }
}

/// It recurses on the thread's stack.
const DEPTH_MAX: usize = 200;

/// Its messages begin with JSONata's code.
fn code(message: &str) -> String {
    message.split_whitespace().next().unwrap_or_default().trim_end_matches(':').to_owned()
}
