//! A pair as it is written, which only two can make: what removes secrets, and what redacts.

use std::fmt;

use compare::model::{Body, Exchange, Outcome, Pair, Redaction};

use crate::format;
use crate::id::check_id;
use crate::recordings::{RECORD_BYTES_MAX, StoreError};
use crate::segments::{Entry, EntryRedaction};

/// A pair as one line, its secrets removed, and nothing that a reader would refuse.
///
/// What appends it need not look at it any more. It can be made by [`Line::of`] and by [`crate::redact::Redactor::line`] alone.
pub struct Line {
    text: String,
    entry: Entry,
}

/// It has customers' data in it.
impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Line({:?}, {} bytes)", self.entry.id, self.text.len())
    }
}

impl Line {
    /// The pair as it is, its secrets removed.
    pub fn of(pair: &Pair) -> Result<Line, StoreError> {
        Line::checked(pair, &pair.id, |line| line.push_str(&format::to_line(pair)))
    }

    /// The line that `write` writes of the pair, under this name.
    pub(crate) fn checked(
        pair: &Pair,
        id: &str,
        write: impl FnOnce(&mut String),
    ) -> Result<Line, StoreError> {
        let id_owned = || id.to_owned();
        check_id(id, &pair.operation).map_err(|source| StoreError::Id { id: id_owned(), source })?;
        let mut text = String::with_capacity(bytes_about(pair));
        write(&mut text);
        if text.len() as u64 > RECORD_BYTES_MAX {
            return Err(StoreError::TooLarge { id: id_owned() });
        }
        if !is_readable(pair) {
            // Where nothing is wrong with it after all, it is kept.
            format::parse(&text).map_err(|source| StoreError::Unreadable { id: id_owned(), source })?;
        }
        let entry = Entry::of(pair, id, text.len());
        Ok(Line { text, entry })
    }

    /// That it was redacted so.
    pub(crate) fn redacted(mut self, redaction: &Redaction) -> Line {
        self.entry.redaction = EntryRedaction::of(Some(redaction));
        self
    }

    /// The line, without its end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The pair's name.
    pub fn id(&self) -> &str {
        &self.entry.id
    }

    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }
}

/// Whether all is in it that a reader asks for, beside what the writer sees to.
fn is_readable(pair: &Pair) -> bool {
    let repeats = pair.legacy_repeats.iter().chain(&pair.new_repeats).flatten();
    pair.legacy.iter().chain(&pair.new).chain(&pair.source).chain(repeats).all(is_readable_exchange)
}

fn is_readable_exchange(exchange: &Exchange) -> bool {
    let is_method = |method: &str| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_graphic());
    let is_body = |body: &Body| !matches!(body, Body::Base64(_));
    let request = exchange.request.as_ref();
    let is_request = request.is_none_or(|request| is_method(&request.method) && is_body(&request.body));
    is_request
        && match &exchange.outcome {
            Outcome::Response(response) => (100..=999).contains(&response.status) && is_body(&response.body),
            Outcome::Failure(_) => true,
        }
}

/// About how long a pair's line is: its bodies, and something for each exchange.
fn bytes_about(pair: &Pair) -> usize {
    let body = |body: &Body| match body {
        Body::Absent => 0,
        Body::Json(text) | Body::Text(text) | Body::Base64(text) => text.len(),
    };
    let exchange = |exchange: &Exchange| {
        let request = exchange.request.as_ref().map_or(0, |request| request.url.len() + body(&request.body));
        let outcome = match &exchange.outcome {
            Outcome::Response(response) => body(&response.body),
            Outcome::Failure(failure) => failure.detail.len(),
        };
        512 + request + outcome
    };
    let repeats = pair.legacy_repeats.iter().chain(&pair.new_repeats).flatten();
    512 + pair.legacy.iter().chain(&pair.new).chain(&pair.source).chain(repeats).map(exchange).sum::<usize>()
}
