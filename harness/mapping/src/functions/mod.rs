//! The functions that a mapping may call beside the engine's own: those of the Truto dialect, and built-ins that
//! the engine has but JavaScript does otherwise. One file a family; one table names them all.
//!
//! A function that meets a case in which it is not certain to answer what JavaScript does refers the evaluation
//! to the oracle ([`crate::referral`]): it never guesses.

mod js;
mod numbers;
mod instants;
mod collections;
mod objects;
mod encoding;
mod text;
mod currency;
mod queries;
mod urls;
pub(crate) mod objects_of_ours;
mod date;
mod dates;
mod date_format;
mod date_parse;
mod date_hazards;

pub(crate) use dates::REFER;
pub(crate) use text::UUID;

use jlens_core::ast::Ast;
use jlens_core::{Bindings, HostCall, HostFunction, Result};
use serde_json::Value;

use crate::engine::Dialect;
use crate::mapping::MapError;
use crate::order;
use crate::referral::refer;
use crate::rewrite::IN_ORDER;
use crate::survey::Survey;

/// Arguments: `None` is undefined, and a function.
pub(crate) type Arguments<'a> = &'a [Option<Value>];

/// What a function answers: `None` is undefined.
pub(crate) type Answer = Result<Option<Value>>;

/// One function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How it takes its arguments: a JSONata signature, or how many there are.
    pub(crate) takes: Takes,
    pub(crate) call: fn(Arguments<'_>, &HostCall<'_>) -> Answer,
}

/// How a function takes its arguments.
pub(crate) enum Takes {
    /// Checked by the engine.
    Signature(&'static str),
    /// Any; the number is the `length` of the JavaScript function.
    Any(usize),
}

/// Built-ins of plain JSONata that are done here.
const BUILT_INS: [&[Function]; 2] = [numbers::FUNCTIONS, instants::FUNCTIONS];

/// The library of Truto.
const TRUTO: [&[Function]; 8] = [
    collections::FUNCTIONS,
    objects::FUNCTIONS,
    encoding::FUNCTIONS,
    text::FUNCTIONS,
    currency::FUNCTIONS,
    queries::FUNCTIONS,
    dates::FUNCTIONS,
    urls::FUNCTIONS,
];

/// Functions that call a service: no test runs them.
const SERVICES: [&str; 2] = ["parseDocument", "generateEmbeddingsCohere"];

/// Functions that convert documents or hold bytes and streams: the oracle alone has them.
const ORACLE_ONLY: [&str; 24] = [
    "base64ToBlob",
    "blob",
    "bufferToString",
    "convertHtmlToMarkdown",
    "convertMarkdownToAdf",
    "convertMarkdownToGoogleDocs",
    "convertMarkdownToHtml",
    "convertMarkdownToNotion",
    "convertMarkdownToSlack",
    "convertMdToPdf",
    "convertNotionToMarkdown",
    "convertNotionToMd",
    "convertQueryToSql",
    "dependencyGraph",
    "getArrayBuffer",
    "getDataUri",
    "getMimeType",
    "jsonToCsv",
    "jsonToParquet",
    "jsToXml",
    "recursiveCharacterTextSplitter",
    "sortNodes",
    "teeStream",
    "xmlToJs",
];

/// What an evaluation by the native engine needs.
pub(crate) struct Plan {
    functions: Vec<&'static Function>,
    /// Dates or URLs occur, so calls of their methods are rewritten.
    pub(crate) rewrites_methods: bool,
    /// Members of dates are read.
    pub(crate) reads_getters: bool,
}

/// The names of Truto's functions that are evaluated natively.
pub(crate) fn native_names() -> Vec<&'static str> {
    TRUTO.iter().flat_map(|family| family.iter()).map(|function| function.name).collect()
}

/// Whether the oracle alone has a function of Truto's.
pub(crate) fn is_of_oracle(name: &str) -> bool {
    ORACLE_ONLY.contains(&name)
}

/// Whether a function of Truto's calls a service.
pub(crate) fn is_service(name: &str) -> bool {
    SERVICES.contains(&name)
}

/// The names of all of Truto's functions, whoever evaluates them.
pub(crate) fn names_of_truto() -> Vec<&'static str> {
    native_names().into_iter().chain(ORACLE_ONLY).chain(SERVICES).collect()
}

/// Decides whether the native engine can do it, and with which functions.
pub(crate) fn plan(ast: &Ast, survey: &Survey, dialect: Dialect) -> std::result::Result<Plan, MapError> {
    let built_in = BUILT_INS.iter().flat_map(|family| family.iter());
    let mut functions: Vec<_> = built_in.filter(|function| survey.calls(function.name)).collect();
    if dialect == Dialect::Jsonata {
        return Ok(Plan { functions, rewrites_methods: false, reads_getters: false });
    }
    if let Some(name) = SERVICES.iter().find(|name| survey.calls(name)) {
        return Err(MapError::Refused((*name).to_owned()));
    }
    if let Some(name) = ORACLE_ONLY.iter().find(|name| survey.calls(name)) {
        return Err(MapError::NeedsOracle(format!("${name} is not implemented natively")));
    }
    if survey.calls("eval") {
        return Err(MapError::NeedsOracle("$eval may call any function of the dialect".to_owned()));
    }
    let objects = objects_of_ours::SOURCES.iter().any(|name| survey.calls(name));
    if objects {
        date_hazards::check(ast, survey).map_err(MapError::NeedsOracle)?;
    }
    let truto = TRUTO.iter().flat_map(|family| family.iter());
    functions.extend(truto.filter(|function| survey.calls(function.name)));
    if objects {
        functions.extend(dates::METHODS_OF_DATES.iter().chain(urls::METHODS_OF_PARAMETERS));
    }
    Ok(Plan { functions, rewrites_methods: objects, reads_getters: date_hazards::reads_getters(survey) })
}

/// The functions of a plan, for the engine.
pub(crate) fn bindings(plan: Plan, in_order: bool) -> Bindings {
    let mut bindings = Bindings::new();
    for function in plan.functions {
        bindings = bindings.function(function.name, host_function(function));
    }
    if in_order {
        let host = HostFunction::new(1, |arguments, _| Ok(arguments[0].clone().map(in_order_of_javascript)));
        bindings = bindings.function(IN_ORDER, host.without_input());
    }
    bindings
}

fn in_order_of_javascript(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(order::object(map)),
        other => other,
    }
}

fn host_function(function: &'static Function) -> HostFunction {
    match function.takes {
        Takes::Signature(signature) => HostFunction::with_signature(signature, function.call)
            .expect("the signatures of the tables are tested")
            .without_input(),
        // A method takes what it is called on from the context.
        Takes::Any(arity) if function.name.starts_with(objects_of_ours::METHOD_PREFIX) => {
            HostFunction::new(arity, function.call)
        }
        Takes::Any(arity) => HostFunction::new(arity, move |arguments, call| {
            // A function among the arguments arrives as undefined.
            if (0..arguments.len()).any(|index| call.function(index).is_some()) {
                return Err(refer(format!("${} of a function", function.name)));
            }
            (function.call)(arguments, call)
        })
        .without_input(),
    }
}

/// An argument; one that is not given is undefined.
fn argument<'a>(arguments: Arguments<'a>, index: usize) -> Option<&'a Value> {
    arguments.get(index).and_then(Option::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_of_the_tables_is_bound_once() {
        let tables = BUILT_INS.iter().chain(&TRUTO).flat_map(|family| family.iter());
        let mut names: Vec<&str> = tables
            .chain(dates::METHODS_OF_DATES)
            .chain(urls::METHODS_OF_PARAMETERS)
            .map(|function| {
                host_function(function);
                function.name
            })
            .chain(SERVICES)
            .chain(ORACLE_ONLY)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
