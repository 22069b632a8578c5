//! The default engine: `jlens-core`, which agrees with the JavaScript reference best of those that were measured,
//! with its known deviations mended or refused.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jlens_core::ast::Ast;
use jlens_core::audit::Tracer;
use jlens_core::input::{Sink, Source};
use jlens_core::output::Output;
use jlens_core::reads::Read;
use jlens_core::{Bindings, Expression, Options};
use serde_json::Value;

use crate::engine::{self, Dialect, Given, Request};
use crate::functions;
use crate::mapping::{CompileError, Limits, MapError};
use crate::order;
use crate::output::Text;
use crate::place::{line_and_column, lower_first};
use crate::reading::{Input, Order, Reading};
use crate::referral;
use crate::rewrite::{self, Rewritten};
use crate::survey::Survey;

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Program {
    source: String,
    expression: Expression,
    rewritten: Option<Rewritten>,
    bindings: Bindings,
    reading: Reading,
    order: Order,
    /// A transform could write into a document that others read after it.
    rebinds_clone: bool,
    reads_getters: bool,
}

/// The engine's codes for its limits: time, depth, sizes, steps, cancelled.
const LIMIT_CODES: [&str; 5] = ["D1012", "D1011", "U1001", "U1006", "U1003"];

impl Program {
    /// Compiles a mapping, or says why this engine cannot evaluate it as the reference would.
    pub(crate) fn compile(source: &str, dialect: Dialect) -> Result<Result<Program, MapError>, CompileError> {
        let ast = jlens_core::parse(source).map_err(|error| compile_error(source, &error))?;
        let survey = Survey::of(&ast);
        let plan = match functions::plan(&ast, &survey, dialect) {
            Ok(plan) => plan,
            Err(why) => return Ok(Err(why)),
        };
        let plan_reads_getters = plan.reads_getters;
        let rewritten = rewrite::rewrite(&ast, &survey, plan.rewrites_methods);
        let text = rewritten.as_ref().map_or(source, |rewritten| rewritten.text.as_str());
        let expression = Expression::compile(text).map_err(|error| compile_error(source, &error))?;
        let bindings = functions::bindings(plan, rewritten.is_some() && survey.sees_built_order);
        let reads = expression.reads_with(&bindings);
        let order = if survey.sees_order { Order::JavaScript } else { Order::AsWritten };
        let reading = Reading::of(reads.input(), order);
        Ok(Ok(Program {
            source: source.to_owned(),
            expression,
            rewritten,
            bindings,
            reading,
            order,
            rebinds_clone: survey.bound.contains("clone"),
            reads_getters: plan_reads_getters,
        }))
    }

    /// The tree that is evaluated; [`Program::back`] leads from it to the author's text.
    pub(crate) fn ast(&self) -> &Ast {
        self.expression.ast()
    }

    /// The byte of the author's text for a byte of the text that is evaluated.
    pub(crate) fn back(&self, at: usize) -> usize {
        self.rewritten.as_ref().map_or(at, |rewritten| rewritten.back_byte(at))
    }

    /// What it may read of its input; `None` where it reads nothing of it.
    pub(crate) fn reads_of_input(&self) -> Option<Read> {
        self.expression.reads_with(&self.bindings).input().cloned()
    }

    /// Evaluates and reports each step to a tracer; answers the input as the engine saw it.
    pub(crate) fn trace(
        &self,
        input: &str,
        now_ms: i64,
        limits: &Limits,
        tracer: &mut dyn Tracer,
    ) -> Result<Value, MapError> {
        let value: Value = serde_json::from_str(input).map_err(|error| MapError::Input(error.to_string()))?;
        let value = match self.order {
            Order::JavaScript => order::value(value),
            Order::AsWritten => value,
        };
        referral::begin(now_ms, self.reads_getters);
        let traced = catch_unwind(AssertUnwindSafe(|| {
            self.expression.evaluate_traced(Some(&value), &self.bindings, &options(now_ms, limits), tracer)
        }));
        if let Some(why) = referral::take() {
            return Err(MapError::NeedsOracle(why));
        }
        match traced {
            Err(_) => Err(MapError::Engine),
            Ok(Err(error)) => Err(self.error(&error)),
            Ok(Ok(_)) => Ok(value),
        }
    }

    fn error(&self, error: &jlens_core::Error) -> MapError {
        let (code, message) = (error.code().to_owned(), error.message());
        let position = error.position().map(|position| match &self.rewritten {
            Some(rewritten) => rewritten.back(&self.source, position),
            None => position,
        });
        let position = position
            .map(|position| line_and_column(&self.source, position, &error.token().unwrap_or_default()));
        if LIMIT_CODES.contains(&code.as_str()) {
            return MapError::Limit { code, message, position };
        }
        MapError::Expression { code, message, position }
    }
}

fn options(now_ms: i64, limits: &Limits) -> Options {
    Options::new()
        .now(now_ms)
        .seed(0)
        .timeout(limits.time)
        .max_depth(limits.depth)
        .max_steps(limits.steps)
        .max_string_length(limits.bytes)
        .max_result_size(limits.bytes)
}

/// No input.
struct Undefined;

impl<'a> Source<'a> for Undefined {
    fn read(&self, _: &mut Sink<'_, 'a>) -> Result<(), String> {
        Ok(())
    }
}

impl engine::Program for Program {
    fn watched(&self) -> Option<&Program> {
        Some(self)
    }

    fn evaluate(&self, request: &Request<'_>) -> Result<Option<String>, MapError> {
        let options = options(request.now_ms, request.limits);
        let bindings = match request.bindings {
            None => Cow::Borrowed(&self.bindings),
            Some(variables) => {
                Cow::Owned(variables.iter().fold(self.bindings.clone(), |all, (name, value)| {
                    all.var(name.as_str(), order::value(value.clone()))
                }))
            }
        };
        referral::begin(request.now_ms, self.reads_getters);
        let write = |output: Output<'_, '_>| {
            let mut text = Text::default();
            Ok(output.write(&mut text)?.map(|node| text.write(&node)))
        };
        let written = match request.input {
            Given::Document(document) if !self.rebinds_clone => {
                let document = document.native.as_ref().map_err(|error| MapError::Input(error.clone()))?;
                self.expression.evaluate_document_to(document, &bindings, &options, write)
            }
            Given::Document(_) | Given::Text(_) => {
                let text = request.input.text().unwrap_or_default();
                let read =
                    |input: &Input<'_>| self.expression.evaluate_source_to(input, &bindings, &options, write);
                self.reading.with(text, read).map_err(MapError::Input)?
            }
            Given::Nothing => self.expression.evaluate_source_to(&Undefined, &bindings, &options, write),
        };
        if let Some(why) = referral::take() {
            return Err(MapError::NeedsOracle(why));
        }
        let unchecked = self.rewritten.as_ref().is_some_and(|rewritten| rewritten.partials);
        written.map_err(|error| match error.code() {
            // A level of the input that could not be read.
            "U1004" => {
                let message = error.message();
                MapError::Input(
                    message.strip_prefix("The input could not be read: ").unwrap_or(&message).to_owned(),
                )
            }
            "T0410" | "T0412" if unchecked => {
                MapError::NeedsOracle("a built-in that is partially applied is given another type".to_owned())
            }
            _ => self.error(&error),
        })
    }
}

fn compile_error(source: &str, error: &jlens_core::Error) -> CompileError {
    let (line, column) = error
        .position()
        .map_or((1, 1), |position| line_and_column(source, position, &error.token().unwrap_or_default()));
    CompileError { code: error.code().to_owned(), message: lower_first(&error.message()), line, column }
}
