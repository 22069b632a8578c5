//! An answer, before it is put on the wire.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP's.
    pub status: u16,
    /// In their order.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub content: Content,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing.
    Empty,
    /// JSON; a fault may still change it.
    Json(Value),
    /// Bytes as they are, with their length announced.
    Whole(Bytes),
    /// Chunks with a pause before each but the first, without a length.
    Chunks {
        /// One after the other.
        chunks: Vec<Bytes>,
        /// Before each but the first.
        pause: Duration,
    },
    /// One chunk again and again.
    Flood {
        /// Bytes in all.
        bytes: u64,
        /// Before each chunk of 64 KiB.
        pause: Duration,
    },
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, value: Value) -> Reply {
        let media = ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
        Reply { status, headers: vec![media], content: Content::Json(value) }
    }

    /// No body.
    pub fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), content: Content::Empty }
    }

    /// Any bytes of a media type.
    pub fn of(status: u16, media: &str, content: Content) -> Reply {
        Reply { status, headers: vec![("content-type".to_owned(), media.to_owned())], content }
    }

    /// With one more header.
    pub fn with(mut self, name: &str, value: impl ToString) -> Reply {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// The phrase that some services repeat in their error bodies.
pub fn phrase(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}
