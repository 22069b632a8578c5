//! Every text of a pair with what it is, one after the other: URLs, headers, bodies, what failures say.

use compare::model::{Body, Exchange, Headers, Outcome, Pair};

use super::names::Class;
use crate::secrets;

/// What a text of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind<'n> {
    /// A URL, a header's value, the detail of a failure, the pair's name.
    Short(Class, &'n str),
    /// A body that is JSON.
    Json,
    /// A body that is not, of this media type.
    Other(Option<&'n str>),
    /// Bytes in Base64.
    Bytes,
}

/// Headers that the protocol is made of: no person stands in them, and comparisons and limits need them.
const PROTOCOL_HEADERS: [&str; 26] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "pragma",
    "retry-after",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
];

/// Beginnings of headers that are of that sort too.
const PROTOCOL_PREFIXES: [&str; 6] =
    ["access-control-", "ratelimit", "sec-", "x-ratelimit", "x-content-type", "x-frame"];

/// Calls `each` with every text, in one order; the place is for people.
pub(super) fn each(pair: &mut Pair, mut each: impl FnMut(&mut String, TextKind<'_>, &str)) {
    // The operation is a folder and a key of the configuration; what follows it names the record.
    let mut name = pair.id.split_off((pair.operation.len() + 1).min(pair.id.len()));
    each(&mut name, TextKind::Short(Class::Plain, "id"), "id");
    pair.id.push_str(&name);
    let sides = [("legacy", &mut pair.legacy), ("new", &mut pair.new), ("source", &mut pair.source)];
    for (side, exchanges) in sides {
        for (index, exchange) in exchanges.iter_mut().enumerate() {
            of_exchange(exchange, &format!("{side}[{index}]"), &mut each);
        }
    }
    let repeats = [("legacy", &mut pair.legacy_repeats), ("new", &mut pair.new_repeats)];
    for (side, repeats) in repeats {
        for (repeat, exchanges) in repeats.iter_mut().enumerate() {
            for (index, exchange) in exchanges.iter_mut().enumerate() {
                of_exchange(exchange, &format!("repeats.{side}[{repeat}][{index}]"), &mut each);
            }
        }
    }
}

fn of_exchange(exchange: &mut Exchange, place: &str, each: &mut impl FnMut(&mut String, TextKind<'_>, &str)) {
    if let Some(request) = &mut exchange.request {
        each(&mut request.url, TextKind::Short(Class::Plain, "url"), &format!("{place}.request.url"));
        of_message(&mut request.headers, &mut request.body, &format!("{place}.request"), each);
    }
    match &mut exchange.outcome {
        Outcome::Response(response) => {
            of_message(&mut response.headers, &mut response.body, &format!("{place}.response"), each);
        }
        Outcome::Failure(failure) => {
            let detail = TextKind::Short(Class::Plain, "detail");
            each(&mut failure.detail, detail, &format!("{place}.failure.detail"));
        }
    }
}

fn of_message(
    headers: &mut Headers,
    body: &mut Body,
    place: &str,
    each: &mut impl FnMut(&mut String, TextKind<'_>, &str),
) {
    let media_type = headers.get("content-type").and_then(|values| values.first()).cloned();
    for (name, values) in headers.iter_mut() {
        if is_protocol(name) {
            continue;
        }
        let class = super::names::class_of(name);
        for value in values.iter_mut().filter(|value| *value != secrets::REMOVED) {
            each(value, TextKind::Short(class, name), &format!("{place}.headers.{name}"));
        }
    }
    let place = format!("{place}.body");
    match body {
        Body::Absent => {}
        Body::Json(text) => each(text, TextKind::Json, &place),
        Body::Text(text) => each(text, TextKind::Other(media_type.as_deref()), &place),
        Body::Base64(text) => each(text, TextKind::Bytes, &place),
    }
}

fn is_protocol(header: &str) -> bool {
    PROTOCOL_HEADERS.contains(&header) || PROTOCOL_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
}
