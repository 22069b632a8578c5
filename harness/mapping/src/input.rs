//! What a mapping sees: the body alone, or the scope that Truto's method mappings are written for.

use std::fmt::Write;

/// What `$` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The body.
    #[default]
    Body,
    /// An object of `response`, `query`, `rawQuery`, `context`, `headers` and `body` (the request's).
    Truto,
    /// The same for an answer that is an error: it stands in `error`, and there is no `response`. What steps before
    /// the request answered, and the id that was asked for, are not recorded: `before` and `id` are undefined.
    TrutoError,
}

/// All that a scope can be made of; JSON texts.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i> {
    /// The response's body.
    pub response: &'i str,
    /// The request's URL: its query becomes `query` and `rawQuery`.
    pub url: Option<&'i str>,
    /// The request's body, where it is JSON.
    pub request_body: Option<&'i str>,
    /// The response's headers: lower-case names, repeated values joined.
    pub headers: &'i [(String, String)],
    /// The account's context (`subdomain`, `instance_url` …), as JSON.
    pub context: Option<&'i str>,
}

impl Scope {
    /// The text that is evaluated. A body is taken as it is, not checked here.
    pub fn text<'i>(self, input: &Input<'i>) -> std::borrow::Cow<'i, str> {
        match self {
            Scope::Body => input.response.into(),
            Scope::Truto => truto(input, "response").into(),
            Scope::TrutoError => truto(input, "error").into(),
        }
    }

    /// What a mapping sees of an answer with this status; what a webhook delivered has none, and is seen as it is.
    pub fn of_answer(self, status: Option<u16>) -> Scope {
        match (self, status) {
            (Scope::Body, _) | (_, None) => Scope::Body,
            (scope, Some(200..=299)) => scope,
            (Scope::Truto | Scope::TrutoError, Some(_)) => Scope::TrutoError,
        }
    }
}

fn truto(input: &Input<'_>, answer: &str) -> String {
    let mut text = String::with_capacity(input.response.len() + 256);
    let query = input.url.and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or("");
    let _ = write!(text, "{{\"{answer}\":");
    text.push_str(input.response);
    text.push_str(",\"query\":");
    push_query(query, &mut text);
    let _ = write!(text, ",\"rawQuery\":{}", quoted(query));
    let _ = write!(text, ",\"context\":{}", input.context.unwrap_or("{}"));
    text.push_str(",\"headers\":{");
    for (index, (name, value)) in input.headers.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(text, "{comma}{}:{}", quoted(name), quoted(value));
    }
    text.push('}');
    if let Some(body) = input.request_body {
        text.push_str(",\"body\":");
        text.push_str(body);
    }
    text.push('}');
    text
}

/// A query, without its `?`, as the object that mappings see.
pub fn query_object(query: &str) -> String {
    let mut text = String::new();
    push_query(query, &mut text);
    text
}

/// A query as an object: a repeated name becomes a list, as the `qs` library reads it.
fn push_query(query: &str, text: &mut String) {
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (decode(name), decode(value));
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => names.push((name, vec![value])),
        }
    }
    text.push('{');
    for (index, (name, values)) in names.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let value = if values.len() == 1 { values[0].clone() } else { format!("[{}]", values.join(",")) };
        let _ = write!(text, "{comma}{}:{value}", quoted(name));
    }
    text.push('}');
}

/// Percent-decodes, `+` as a space; what is no escape stays.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_truto_has_all_that_its_mappings_read() {
        let input = Input {
            response: r#"{"n":1.0}"#,
            url: Some("/unified/crm/contacts?limit=5&id=a%20b&id=c+d&x#frag"),
            request_body: Some("{}"),
            headers: &[("content-type".into(), "application/json".into())],
            context: Some(r#"{"subdomain":"acme"}"#),
        };
        assert_eq!(
            Scope::Truto.text(&input),
            r#"{"response":{"n":1.0},"query":{"limit":"5","id":["a b","c d"],"x":""},"rawQuery":"limit=5&id=a%20b&id=c+d&x","context":{"subdomain":"acme"},"headers":{"content-type":"application/json"},"body":{}}"#
        );
        assert_eq!(Scope::Body.text(&input), r#"{"n":1.0}"#);
        let input = Input { url: None, request_body: None, headers: &[], context: None, ..input };
        assert_eq!(
            Scope::TrutoError.text(&input),
            r#"{"error":{"n":1.0},"query":{},"rawQuery":"","context":{},"headers":{}}"#
        );
    }

    #[test]
    fn an_error_and_a_delivery_are_seen_as_their_own_kinds_see_them() {
        assert_eq!(Scope::Truto.of_answer(Some(204)), Scope::Truto);
        assert_eq!(Scope::Truto.of_answer(Some(404)), Scope::TrutoError);
        assert_eq!(Scope::Truto.of_answer(None), Scope::Body);
        assert_eq!(Scope::Body.of_answer(Some(404)), Scope::Body);
    }
}
