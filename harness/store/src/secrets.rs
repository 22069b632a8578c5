//! Removes secrets from a pair by place: headers, URLs, and the fields of JSON, form and XML bodies.
//!
//! A place is judged by its name, never by what stands there. All else stays to the letter: nothing is parsed and
//! written anew, spans of the text are replaced. Not looked into: Base64 bodies, multipart bodies, JSON inside a JSON string.

mod names;
mod json;
mod url;
mod text;

use std::ops::Range;

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Request};

pub(crate) use names::{Meaning, is_secret_header, is_secret_name, is_url_header, meaning};

/// What stands where a secret stood, in every place.
pub const REMOVED: &str = "[removed]";

/// Removes every secret from the pair; doing it again changes nothing.
///
/// Every writing function of this crate calls it. Absent, `null`, boolean and empty values stay: they are no secrets.
pub fn remove(pair: &mut Pair) {
    let repeats = pair.legacy_repeats.iter_mut().chain(&mut pair.new_repeats).flatten();
    for exchange in pair.legacy.iter_mut().chain(&mut pair.new).chain(&mut pair.source).chain(repeats) {
        remove_from_exchange(exchange);
    }
}

/// Removes every secret from a request: what comes in is then like what was recorded.
pub fn remove_from_request(request: &mut Request) {
    remove_from_url(&mut request.url);
    remove_from_body(&mut request.body, &request.headers);
    remove_from_headers(&mut request.headers);
}

/// Removes secrets from a URL, or a header that holds one.
pub(crate) fn remove_from_url(text: &mut String) {
    apply(text, url::edits_of_url);
}

/// Removes secrets from a text that may speak of URLs.
pub(crate) fn remove_from_prose(text: &mut String) {
    apply(text, url::edits_of_prose);
}

/// Removes secrets from a body that is not JSON, of this media type.
pub(crate) fn remove_from_text(text: &mut String, media_type: Option<&str>) {
    apply(text, |text| text::edits(text, media_type));
}

/// Whether the inside of a JSON string has a sign without which there is no URL with a secret in it.
pub(crate) fn may_be_in_json_string(content: &str) -> bool {
    url::may_have_secret(content)
}

/// Whether the inside of a JSON string speaks of a URL with a secret in it.
pub(crate) fn is_in_json_string(content: &str) -> bool {
    let edits = url::edits_of_json_string(content, 0..content.len());
    edits.iter().any(|edit| is_secret(&content[edit.span.clone()]))
}

/// Nothing, and our own marker, need not be removed.
pub(crate) fn is_secret(text: &str) -> bool {
    !matches!(text, "" | REMOVED)
}

/// Removes secrets from a text that was found to be JSON where it was not expected: in a string, in Base64.
pub(crate) fn remove_from_json(text: &mut String) {
    apply(text, json::edits);
}

fn remove_from_exchange(exchange: &mut Exchange) {
    exchange.request.iter_mut().for_each(remove_from_request);
    match &mut exchange.outcome {
        Outcome::Response(response) => {
            remove_from_body(&mut response.body, &response.headers);
            remove_from_headers(&mut response.headers);
        }
        Outcome::Failure(failure) => remove_from_prose(&mut failure.detail),
    }
}

fn remove_from_headers(headers: &mut Headers) {
    for (name, values) in headers {
        for value in values {
            if is_secret_header(name) {
                // The number of values stays, because it may differ between the sides.
                REMOVED.clone_into(value);
            } else if is_url_header(name) {
                remove_from_url(value);
            }
        }
    }
}

fn remove_from_body(body: &mut Body, headers: &Headers) {
    match body {
        Body::Absent | Body::Base64(_) => {}
        Body::Json(json) => remove_from_json(json),
        Body::Text(text) => {
            let media_type = headers.get("content-type").and_then(|values| values.first());
            remove_from_text(text, media_type.map(String::as_str));
        }
    }
}

/// A span of a text and what replaces it.
struct Edit {
    span: Range<usize>,
    replacement: Replacement,
}

/// How the marker has to be written at a place.
enum Replacement {
    /// Inside a string, a URL or a form.
    Bare,
    /// In the place of a JSON number.
    Quoted,
}

/// What was removed may have joined what stood around it to another secret (`?token=https://&sig=u@h`), and so once more.
const ROUNDS_MAX: usize = 8;

fn apply(text: &mut String, find: impl Fn(&str) -> Vec<Edit>) {
    for _ in 0..ROUNDS_MAX {
        let mut edits = find(text);
        edits.retain(|edit| is_secret(&text[edit.span.clone()]));
        if edits.is_empty() {
            return;
        }
        edits.sort_by_key(|edit| edit.span.start);
        *text = edited(text, &edits);
    }
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        // Two rules may have found one place.
        if edit.span.start < at {
            continue;
        }
        edited.push_str(&text[at..edit.span.start]);
        match edit.replacement {
            Replacement::Bare => edited.push_str(REMOVED),
            Replacement::Quoted => edited.extend(["\"", REMOVED, "\""]),
        }
        at = edit.span.end;
    }
    edited.push_str(&text[at..]);
    edited
}

#[cfg(test)]
mod tests;
