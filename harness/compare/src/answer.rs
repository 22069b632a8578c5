//! Compares whole answers: failure, status, declared headers, body.

use crate::diff::{Comparer, Comparison, Scope};
use crate::difference::{Difference, Kind, Place, SAMPLE_BYTES_MAX};
use crate::model::{FailureKind, Headers};
use crate::pretty;
use crate::tape::Json;

/// What one side answered, ready to be compared: mapped, drained, parsed.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// A response, or the delivery of a webhook.
    Content {
        /// `None` for a delivery.
        status: Option<u16>,
        /// Lower-case names.
        headers: &'a Headers,
        /// What came.
        body: Content<'a>,
    },
    /// What took the response's place.
    Failure(FailureKind),
}

/// A body, ready to be compared.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// None, or a mapping that answered nothing.
    Absent,
    /// JSON.
    Json(Json<'a>),
    /// Text that is not JSON.
    Text(&'a str),
    /// Bytes, in Base64.
    Base64(&'a str),
}

/// Adds the differences of two answers to `out`. A failure on one side only cannot be compared: the caller
/// leaves such a pair undecided.
pub fn answers(
    comparer: &mut Comparer<'_>,
    legacy: Answer<'_>,
    new: Answer<'_>,
    scope: Scope<'_>,
    out: &mut Comparison,
) {
    match (legacy, new) {
        (Answer::Failure(legacy), Answer::Failure(new)) => {
            if legacy != new {
                out.push(outside(
                    Place::Failure,
                    Kind::Value,
                    Some(legacy.name().into()),
                    Some(new.name().into()),
                ));
            }
        }
        (
            Answer::Content { status, headers, body },
            Answer::Content { status: new_status, headers: new_headers, body: new_body },
        ) => {
            if status != new_status {
                let text = |status: Option<u16>| status.map(|status| status.to_string());
                out.push(outside(Place::Status, Kind::Value, text(status), text(new_status)));
            }
            for name in &comparer.rules().headers {
                compare_header(name, headers, new_headers, out);
            }
            contents(comparer, body, new_body, scope, out);
        }
        (Answer::Failure(_), Answer::Content { .. }) | (Answer::Content { .. }, Answer::Failure(_)) => {
            out.push(outside(Place::Failure, Kind::Type, describe(legacy), describe(new)));
        }
    }
}

fn describe(answer: Answer<'_>) -> Option<String> {
    Some(match answer {
        Answer::Failure(kind) => kind.name().to_owned(),
        Answer::Content { status, .. } => status.map_or("a delivery".into(), |status| status.to_string()),
    })
}

fn compare_header(name: &str, legacy: &Headers, new: &Headers, out: &mut Comparison) {
    let value = |headers: &Headers| headers.get(name).map(|values| values.join(", "));
    let kind = match (value(legacy), value(new)) {
        (Some(legacy), Some(new)) if legacy == new => return,
        (None, None) => return,
        (Some(legacy), Some(new)) if legacy.to_lowercase() == new.to_lowercase() => Kind::Case,
        (Some(_), Some(_)) => Kind::Value,
        (Some(_), None) => Kind::Missing,
        (None, Some(_)) => Kind::Extra,
    };
    let quoted = |value: Option<String>| value.map(|value| format!("{value:?}"));
    out.push(outside(Place::Header(name.to_owned()), kind, quoted(value(legacy)), quoted(value(new))));
}

fn contents(
    comparer: &mut Comparer<'_>,
    legacy: Content<'_>,
    new: Content<'_>,
    scope: Scope<'_>,
    out: &mut Comparison,
) {
    let kind = match (legacy, new) {
        (Content::Json(legacy), Content::Json(new)) => return comparer.bodies(legacy, new, scope, out),
        (Content::Absent, Content::Absent) => return,
        (Content::Text(legacy), Content::Text(new)) | (Content::Base64(legacy), Content::Base64(new)) => {
            if legacy == new {
                return;
            }
            Kind::Value
        }
        (Content::Absent, _) => Kind::Extra,
        (_, Content::Absent) => Kind::Missing,
        (Content::Json(_) | Content::Text(_) | Content::Base64(_), _) => Kind::Type,
    };
    out.push(outside(Place::Body, kind, shown(legacy), shown(new)));
}

fn shown(content: Content<'_>) -> Option<String> {
    match content {
        Content::Absent => None,
        Content::Json(json) => Some(json.text().to_owned()),
        Content::Text(text) => Some(format!("{text:?}")),
        Content::Base64(text) => Some(format!("base64 {text}")),
    }
}

fn outside(place: Place, kind: Kind, legacy: Option<String>, new: Option<String>) -> Difference {
    let path = match &place {
        Place::Status => "status".to_owned(),
        Place::Failure => "failure".to_owned(),
        Place::Header(name) => format!("header {name}"),
        Place::Body => "$".to_owned(),
    };
    let cut = |text: Option<String>| text.map(|text| pretty::cut(&text, SAMPLE_BYTES_MAX));
    Difference {
        place,
        field: path.as_str().into(),
        path,
        new_path: None,
        kind,
        legacy: cut(legacy),
        new: cut(new),
        tolerance: None,
        legacy_context: None,
        new_context: None,
        blame: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rules, RulesInput};
    use crate::tolerance::Day;

    fn check(legacy: Answer<'_>, new: Answer<'_>, expected: &[&str]) {
        let rules = Rules::compile(RulesInput {
            operation: "o",
            as_of: Day { year: 2026, month: 1, day: 1 },
            tolerances: Vec::new(),
            keys: Vec::new(),
            headers: vec!["content-type".into()],
            compile_when: &|_| Err("none".into()),
        })
        .expect("no rule can be wrong");
        let mut out = Comparison::default();
        answers(&mut Comparer::new(&rules), legacy, new, Scope::default(), &mut out);
        let shown: Vec<String> = out
            .differences
            .iter()
            .map(|d| format!("{} {} {:?} {:?}", d.path, d.kind.name(), d.legacy.as_deref(), d.new.as_deref()))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn status_headers_and_other_bodies_are_compared() {
        let headers = |value: &str| Headers::from([("content-type".to_owned(), vec![value.to_owned()])]);
        let (json, text) = (headers("application/json"), headers("text/plain"));
        let content = |status, headers, body| Answer::Content { status: Some(status), headers, body };
        check(content(200, &json, Content::Text("a")), content(200, &json, Content::Text("a")), &[]);
        check(
            content(200, &json, Content::Text("a")),
            content(404, &text, Content::Base64("YQ==")),
            &[
                r#"status value Some("200") Some("404")"#,
                r#"header content-type value Some("\"application/json\"") Some("\"text/plain\"")"#,
                r#"$ type Some("\"a\"") Some("base64 YQ==")"#,
            ],
        );
        check(
            content(204, &json, Content::Absent),
            content(204, &json, Content::Text("")),
            &[r#"$ extra None Some("\"\"")"#],
        );
        check(
            Answer::Failure(FailureKind::Timeout),
            Answer::Failure(FailureKind::Reset),
            &[r#"failure value Some("timeout") Some("reset")"#],
        );
    }
}
