//! Removes secrets from a pair by place: headers, URLs, and the fields of JSON, form and XML bodies.
//!
//! A place is judged by its name, never by what stands there. All else stays to the letter: nothing is parsed and
//! written anew, spans of the text are replaced. Not looked into: Base64 bodies, multipart bodies, JSON inside a JSON string.

mod names;
mod json;
mod url;
mod text;

use std::ops::Range;

use compare::model::{Body, Exchange, Headers, Outcome, Pair};

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

/// Removes secrets from a text that was found to be JSON where it was not expected: in a string, in Base64.
pub(crate) fn remove_from_json(text: &mut String) {
    apply(text, json::edits);
}

fn remove_from_exchange(exchange: &mut Exchange) {
    if let Some(request) = &mut exchange.request {
        apply(&mut request.url, url::edits_of_url);
        remove_from_body(&mut request.body, &request.headers);
        remove_from_headers(&mut request.headers);
    }
    match &mut exchange.outcome {
        Outcome::Response(response) => {
            remove_from_body(&mut response.body, &response.headers);
            remove_from_headers(&mut response.headers);
        }
        Outcome::Failure(failure) => apply(&mut failure.detail, url::edits_of_prose),
    }
}

fn remove_from_headers(headers: &mut Headers) {
    for (name, values) in headers {
        for value in values {
            if names::is_secret_header(name) {
                // The number of values stays, because it may differ between the sides.
                REMOVED.clone_into(value);
            } else if names::is_url_header(name) {
                apply(value, url::edits_of_url);
            }
        }
    }
}

fn remove_from_body(body: &mut Body, headers: &Headers) {
    match body {
        Body::Absent | Body::Base64(_) => {}
        Body::Json(json) => apply(json, json::edits),
        Body::Text(text) => {
            let media_type = headers.get("content-type").and_then(|values| values.first());
            apply(text, |text| text::edits(text, media_type.map(String::as_str)));
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
        edits.retain(|edit| !matches!(&text[edit.span.clone()], "" | REMOVED));
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
