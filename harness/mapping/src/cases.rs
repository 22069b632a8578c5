//! Cases of a mapping: an input, and what the mapping must make of it, to the last digit.

use std::collections::BTreeMap;

use compare::answer::{Answer, Content, answers};
use compare::diff::{Comparer, Comparison, Scope};
use compare::rules::Rules;
use compare::tape::{Json, ParseError, Tape};

use crate::mapping::{LIMITS, MapError, Mapping};

/// What `$now()` answers in a case, in milliseconds since 1970: a case must not depend on the day on which it is run.
pub const CASE_NOW_MS: i64 = 0;

/// What became of a case.
#[derive(Debug)]
pub enum CaseOutcome {
    /// The mapping answers what is expected.
    Passes,
    /// It answers something else. What is expected stands on the side of legacy, and nothing is excused.
    Differs(Comparison),
    /// It does not answer.
    Fails(MapError),
}

/// Evaluates a mapping on the input of a case; `None` where it answers nothing.
pub fn answer(mapping: &Mapping, input: &str) -> Result<Option<String>, MapError> {
    mapping.evaluate(input, CASE_NOW_MS, &LIMITS)
}

/// Runs a case. What is expected is a JSON text; an empty one says that the mapping must answer nothing.
pub fn run(mapping: &Mapping, input: &str, expected: &str) -> CaseOutcome {
    let mapped = match answer(mapping, input) {
        Ok(mapped) => mapped.unwrap_or_default(),
        Err(error) => return CaseOutcome::Fails(error),
    };
    let (mut expected_tape, mut mapped_tape) = (Tape::new(), Tape::new());
    let parsed = content(expected, &mut expected_tape)
        .and_then(|expected| Ok((expected, content(&mapped, &mut mapped_tape)?)));
    let (expected, mapped) = match parsed {
        Ok(both) => both,
        Err(error) => return CaseOutcome::Fails(MapError::Input(error.to_string())),
    };
    let rules = Rules::none();
    let headers = BTreeMap::new();
    let side = |body| Answer::Content { status: None, headers: &headers, body };
    let mut comparison = Comparison::default();
    answers(&mut Comparer::new(&rules), side(expected), side(mapped), Scope::default(), &mut comparison);
    if comparison.total == 0 { CaseOutcome::Passes } else { CaseOutcome::Differs(comparison) }
}

fn content<'t>(text: &'t str, tape: &'t mut Tape) -> Result<Content<'t>, ParseError> {
    if text.trim().is_empty() {
        return Ok(Content::Absent);
    }
    let json: Json<'t> = tape.parse(text)?;
    Ok(Content::Json(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, input: &str, expected: &str, outcome: &str) {
        let mapping = Mapping::compile(source).expect("the mappings of these tests compile");
        let shown = match run(&mapping, input, expected) {
            CaseOutcome::Passes => "passes".to_owned(),
            CaseOutcome::Fails(error) => error.to_string(),
            CaseOutcome::Differs(comparison) => comparison
                .differences
                .iter()
                .map(|difference| format!("{} {}", difference.path, difference.kind.name()))
                .collect::<Vec<_>>()
                .join(", "),
        };
        assert_eq!(shown, outcome, "{source}");
    }

    #[test]
    fn a_case_is_compared_exactly() {
        check("{'a': a, 'b': 1}", r#"{"a":"x"}"#, r#"{"b": 1, "a": "x"}"#, "passes");
        check("{'a': a}", r#"{"a":"X"}"#, r#"{"a":"x"}"#, "$.a case");
        check("{'a': a, 'n': 1}", r#"{"a":"x"}"#, r#"{"a":"x","n":1.0}"#, "$.n number_text");
        check("[a, b]", r#"{"a":1,"b":2}"#, "[2,1]", "$ order");
    }

    #[test]
    fn an_empty_expectation_is_that_nothing_is_answered() {
        check("nothing", "{}", "", "passes");
        check("nothing", "{}", "{}", "$ missing");
        check("1", "{}", "", "$ extra");
    }

    #[test]
    fn a_mapping_that_does_not_answer_fails_its_case() {
        check(
            "'a' + 1",
            "{}",
            "1",
            "The left side of the \"+\" operator must evaluate to a number (T2001) at line 1, column 5 of the mapping",
        );
    }

    #[test]
    fn the_clock_of_a_case_stands_still() {
        check("$now()", "{}", r#""1970-01-01T00:00:00.000Z""#, "passes");
    }
}
