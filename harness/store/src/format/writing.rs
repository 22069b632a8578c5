//! Writes a pair's keys, in the order that the format asks for.

use std::collections::BTreeMap;

use compare::model::{Body, Effect, Exchange, Failure, Headers, Outcome, Pair, Redacted, Redaction};

use super::VERSION;
use crate::json_text::{self, compact_into, escape_into};

/// How the texts of a pair are written; asked for each of them once, in the order of the file.
pub(crate) trait Texts {
    /// A URL, or the detail of a failure: the inside of a JSON string.
    fn text(&mut self, text: &str, out: &mut String);
    /// A header's value: the inside of a JSON string.
    fn header(&mut self, name: &str, value: &str, out: &mut String);
    /// A body, its key and its value, where there is one.
    fn body(&mut self, body: &Body, out: &mut String);
}

/// Every text as it is.
pub(super) struct AsTheyAre;

impl Texts for AsTheyAre {
    fn text(&mut self, text: &str, out: &mut String) {
        escape_into(text, out);
    }

    fn header(&mut self, _: &str, value: &str, out: &mut String) {
        escape_into(value, out);
    }

    fn body(&mut self, body: &Body, out: &mut String) {
        match body {
            Body::Absent => {}
            Body::Json(text) => json_body(text, json_text::walked(text), out),
            Body::Text(text) => string_body("text", text, out),
            Body::Base64(text) => string_body("base64", text, out),
        }
    }
}

/// A body of JSON; what calls itself JSON and is none is kept as the text that it is.
pub(crate) fn json_body(text: &str, walked: json_text::Walked, out: &mut String) {
    if !walked.is_json {
        return string_body("text", text, out);
    }
    out.push_str("\"json\":");
    if walked.has_spaces {
        compact_into(text, out);
    } else {
        out.push_str(text);
    }
}

/// A body that is kept in a string: as `text` or as `base64`.
pub(crate) fn string_body(key: &str, text: &str, out: &mut String) {
    out.extend(["\"", key, "\":\""]);
    escape_into(text, out);
    out.push('"');
}

/// Writes a pair as one line under this name and with this mark, without the line's end.
pub(crate) fn line(
    pair: &Pair,
    id: &str,
    redaction: Option<&Redaction>,
    texts: &mut impl Texts,
    out: &mut String,
) {
    out.push_str("{\"version\":");
    number(u64::from(VERSION), out);
    member("id", id, out);
    member("operation", &pair.operation, out);
    member("kind", pair.kind.name(), out);
    optional("account", pair.account.as_deref(), out);
    optional("recorded_at", pair.recorded_at.as_deref(), out);
    out.push_str(",\"legacy\":");
    exchanges(&pair.legacy, texts, out);
    out.push_str(",\"new\":");
    exchanges(&pair.new, texts, out);
    if !pair.source.is_empty() {
        out.push_str(",\"source\":");
        exchanges(&pair.source, texts, out);
    }
    let repeats = [("legacy", &pair.legacy_repeats), ("new", &pair.new_repeats)];
    let repeats = repeats.into_iter().filter(|(_, repeats)| !repeats.is_empty());
    let mut before = ",\"repeats\":{";
    for (side, repeats) in repeats {
        out.extend([before, "\"", side, "\":"]);
        list(repeats, out, |repeat, out| exchanges(repeat, texts, out));
        before = ",";
    }
    if before == "," {
        out.push('}');
    }
    if let Some(redaction) = redaction {
        mark(redaction, out);
    }
    out.push('}');
}

fn mark(redaction: &Redaction, out: &mut String) {
    out.push_str(",\"redaction\":{\"version\":");
    number(u64::from(redaction.version), out);
    match &redaction.by {
        Redacted::Nothing => out.push_str(",\"none\":true"),
        Redacted::Key { fingerprint, effect } => {
            member("key", fingerprint, out);
            match effect {
                Effect::NotJudged => {}
                Effect::Commutes => out.push_str(",\"commutes\":true"),
                Effect::Differs(what) => {
                    out.push_str(",\"commutes\":false");
                    member("differs", what, out);
                }
            }
        }
    }
    out.push('}');
}

fn list<T>(items: &[T], out: &mut String, mut each: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(']');
}

fn exchanges(side: &[Exchange], texts: &mut impl Texts, out: &mut String) {
    list(side, out, |one, out| exchange(one, texts, out));
}

fn exchange(exchange: &Exchange, texts: &mut impl Texts, out: &mut String) {
    let mut before = "{";
    if let Some(started_at) = &exchange.started_at {
        out.push_str("{\"started_at\":\"");
        escape_into(started_at, out);
        out.push('"');
        before = ",";
    }
    if let Some(elapsed_ms) = exchange.elapsed_ms {
        out.extend([before, "\"elapsed_ms\":"]);
        number(elapsed_ms, out);
        before = ",";
    }
    if let Some(request) = &exchange.request {
        out.extend([before, "\"request\":{\"method\":\""]);
        before = ",";
        escape_into(&request.method, out);
        out.push_str("\",\"url\":\"");
        texts.text(&request.url, out);
        out.push('"');
        message(&request.headers, &request.body, texts, out);
    }
    match &exchange.outcome {
        Outcome::Response(response) => {
            out.extend([before, "\"response\":{\"status\":"]);
            number(u64::from(response.status), out);
            message(&response.headers, &response.body, texts, out);
        }
        Outcome::Failure(Failure { kind, detail }) => {
            out.extend([before, "\"failure\":{\"kind\":\"", kind.name(), "\",\"detail\":\""]);
            texts.text(detail, out);
            out.push_str("\"}");
        }
    }
    out.push('}');
}

/// The headers and the body, and the end of what they are of.
fn message(headers: &Headers, body: &Body, texts: &mut impl Texts, out: &mut String) {
    let is_written = headers.values().any(|values| !values.is_empty());
    if is_written {
        out.push_str(",\"headers\":");
        if has_capitals(headers) {
            self::headers(&lowered(headers), texts, out);
        } else {
            self::headers(headers, texts, out);
        }
        out.push('}');
    }
    let before = out.len();
    out.push_str(",\"body\":{");
    let begin = out.len();
    texts.body(body, out);
    if out.len() == begin {
        out.truncate(before);
    } else {
        out.push('}');
    }
    out.push('}');
}

pub(crate) fn has_capitals(headers: &Headers) -> bool {
    headers.keys().any(|name| name.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// Names that differ in case only are one.
pub(crate) fn lowered(headers: &Headers) -> Headers {
    let mut lowered: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, values) in headers {
        lowered.entry(name.to_ascii_lowercase()).or_default().extend(values.iter().cloned());
    }
    lowered
}

fn headers(headers: &Headers, texts: &mut impl Texts, out: &mut String) {
    let mut before = "{\"";
    for (name, values) in headers.iter().filter(|(_, values)| !values.is_empty()) {
        out.push_str(before);
        before = ",\"";
        escape_into(name, out);
        out.push_str("\":");
        let mut value = |value: &String, out: &mut String| {
            out.push('"');
            texts.header(name, value, out);
            out.push('"');
        };
        match values.as_slice() {
            [one] => value(one, out),
            values => list(values, out, value),
        }
    }
}

/// A whole number in its decimal digits.
fn number(number: u64, out: &mut String) {
    if number > 9 {
        self::number(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn optional(key: &str, value: Option<&str>, out: &mut String) {
    if let Some(value) = value {
        member(key, value, out);
    }
}

fn member(key: &str, value: &str, out: &mut String) {
    out.extend([",\"", key, "\":\""]);
    escape_into(value, out);
    out.push('"');
}
