//! Every text of a pair with what it is, one after the other: URLs, headers, bodies, what failures say.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compare::model::{Body, Exchange, Headers, Outcome, Pair};

use crate::format::writing::{has_capitals, lowered};
use crate::{json_text, secrets};

/// What a text of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind<'n> {
    /// What follows the operation in the pair's name.
    Name,
    /// A request's URL.
    Url,
    /// A header's value.
    Header(&'n str),
    /// The detail of a failure.
    Detail,
    /// A body that is JSON.
    Json,
    /// A body that is not, of this media type.
    Other(Option<&'n str>),
    /// Bytes in Base64.
    Bytes,
}

/// Where a text stands in its pair, for people: `legacy[0].response.body`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'n> {
    /// None for the pair's name.
    exchange: Option<SpotExchange>,
    is_request: bool,
    kind: TextKind<'n>,
}

#[derive(Clone, Copy, Debug)]
struct SpotExchange {
    side: &'static str,
    repeat: Option<usize>,
    index: usize,
}

impl fmt::Display for Spot<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(SpotExchange { side, repeat, index }) = self.exchange else {
            return formatter.write_str("id");
        };
        match repeat {
            None => write!(formatter, "{side}[{index}]")?,
            Some(repeat) => write!(formatter, "repeats.{side}[{repeat}][{index}]")?,
        }
        let message = if self.is_request { "request" } else { "response" };
        match self.kind {
            TextKind::Name => Ok(()),
            TextKind::Url => write!(formatter, ".{message}.url"),
            TextKind::Header(name) => write!(formatter, ".{message}.headers.{name}"),
            TextKind::Detail => formatter.write_str(".failure.detail"),
            TextKind::Json | TextKind::Other(_) | TextKind::Bytes => write!(formatter, ".{message}.body"),
        }
    }
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

/// Turns the names of headers into those that are written: texts are read and written in their order.
pub(super) fn lower_names(exchanges: &mut [Exchange]) {
    for exchange in exchanges {
        let request = exchange.request.as_mut().map(|request| &mut request.headers);
        let response = match &mut exchange.outcome {
            Outcome::Response(response) => Some(&mut response.headers),
            Outcome::Failure(_) => None,
        };
        for headers in request.into_iter().chain(response) {
            if has_capitals(headers) {
                *headers = lowered(headers);
            }
        }
    }
}

/// As [`lower_names`], of all exchanges of a pair.
pub(super) fn lower_all_names(pair: &mut Pair) {
    let sides = [&mut pair.legacy, &mut pair.new, &mut pair.source];
    sides.into_iter().for_each(|side| lower_names(side));
    let repeats = pair.legacy_repeats.iter_mut().chain(&mut pair.new_repeats);
    repeats.for_each(|repeat| lower_names(repeat));
}

/// Calls `each` with every text, in the order of the file.
pub(super) fn each(pair: &mut Pair, mut each: impl FnMut(&mut String, TextKind<'_>, Spot<'_>)) {
    // The operation is a folder and a key of the configuration; what follows it names the record.
    let mut name = pair.id.split_off((pair.operation.len() + 1).min(pair.id.len()));
    each(&mut name, TextKind::Name, Spot { exchange: None, is_request: false, kind: TextKind::Name });
    pair.id.push_str(&name);
    let sides = [("legacy", &mut pair.legacy), ("new", &mut pair.new), ("source", &mut pair.source)];
    for (side, exchanges) in sides {
        for (index, exchange) in exchanges.iter_mut().enumerate() {
            of_exchange(exchange, SpotExchange { side, repeat: None, index }, &mut each);
        }
    }
    let repeats = [("legacy", &mut pair.legacy_repeats), ("new", &mut pair.new_repeats)];
    for (side, repeats) in repeats {
        for (repeat, exchanges) in repeats.iter_mut().enumerate() {
            for (index, exchange) in exchanges.iter_mut().enumerate() {
                of_exchange(exchange, SpotExchange { side, repeat: Some(repeat), index }, &mut each);
            }
        }
    }
}

fn of_exchange(
    exchange: &mut Exchange,
    place: SpotExchange,
    each: &mut impl FnMut(&mut String, TextKind<'_>, Spot<'_>),
) {
    let mut of = |text: &mut String, kind: TextKind<'_>, is_request| {
        each(text, kind, Spot { exchange: Some(place), is_request, kind });
    };
    if let Some(request) = &mut exchange.request {
        of(&mut request.url, TextKind::Url, true);
        of_message(&mut request.headers, &mut request.body, |text, kind| of(text, kind, true));
    }
    match &mut exchange.outcome {
        Outcome::Response(response) => {
            of_message(&mut response.headers, &mut response.body, |text, kind| of(text, kind, false));
        }
        Outcome::Failure(failure) => of(&mut failure.detail, TextKind::Detail, false),
    }
}

fn of_message(headers: &mut Headers, body: &mut Body, mut each: impl FnMut(&mut String, TextKind<'_>)) {
    for (name, values) in headers.iter_mut() {
        values.iter_mut().for_each(|value| each(value, TextKind::Header(name)));
    }
    match body {
        Body::Absent => {}
        Body::Json(text) => each(text, TextKind::Json),
        Body::Text(text) => {
            let media_type = headers.get("content-type").and_then(|values| values.first());
            each(text, TextKind::Other(media_type.map(String::as_str)));
        }
        Body::Base64(text) => each(text, TextKind::Bytes),
    }
}

/// Whether a header is one of the protocol's own.
pub(super) fn is_protocol(header: &str) -> bool {
    PROTOCOL_HEADERS.contains(&header) || PROTOCOL_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
}

/// Whether a text is a container of JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && json_text::walked(text).is_json
}

/// The text that stands in Base64, where one does: letters, and no signs that texts have not.
pub(super) fn text_of_base64(text: &str) -> Option<String> {
    // Asked of every text: most have a sign that Base64 has not.
    let mut letters = text.trim_end_matches('=').bytes();
    let may_be = text.len().is_multiple_of(4)
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if !may_be {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    if text.is_empty() || !text.chars().all(is_text) {
        return None;
    }
    let mut text = text;
    if is_json(&text) {
        secrets::remove_from_json(&mut text);
    }
    Some(text)
}
