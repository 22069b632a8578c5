//! What HTTP allows in an answer, for whatever passes answers on: event streams, chunks, no content, any status, any size.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::asked::Asked;
use crate::reply::{Content, Reply};

/// Larger answers are floods, which a fault makes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Answers by the path: `/events/5`, `/chunks/5`, `/bytes/2048`, `/status/204`, `/gzip`, `/echo`, `/told/…`.
pub fn answer(asked: &Asked) -> Reply {
    let number = |text: &str| text.parse::<usize>().unwrap_or(0).min(BYTES_MAX);
    match asked.parts()[..] {
        ["events", count] => {
            let event = |at| Bytes::from(format!("id: {at}\ndata: {{\"at\":{at}}}\n\n"));
            let chunks = (0..number(count)).map(event).collect();
            Reply::of(200, "text/event-stream", Content::Chunks { chunks, pause: Duration::from_millis(20) })
        }
        ["chunks", count] => {
            let chunks = (0..number(count)).map(|at| Bytes::from(format!("chunk {at}\n"))).collect();
            Reply::of(200, "text/plain", Content::Chunks { chunks, pause: Duration::ZERO })
        }
        ["bytes", count] => {
            let bytes: Vec<u8> = (0..number(count)).map(|at| (at % 251) as u8).collect();
            Reply::of(200, "application/octet-stream", Content::Whole(Bytes::from(bytes)))
        }
        ["status", status] => Reply::empty(status.parse().unwrap_or(400)),
        ["gzip"] => Reply::of(200, "application/json", Content::Whole(Bytes::from_static(&GZIPPED)))
            .with("content-encoding", "gzip"),
        // Says in JSON what was asked, whatever it was.
        ["told", ..] => Reply::json(
            200,
            json!({"method": asked.method, "segments": &asked.segments[1..], "query": asked.query}),
        ),
        ["echo"] => Reply::of(200, "application/octet-stream", Content::Whole(asked.body.clone())),
        _ => Reply::empty(404),
    }
}

/// `{"packed":true}` as gzip (RFC 1952), stored without compression.
const GZIPPED: [u8; 38] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x01, 0x0f, 0x00, 0xf0, 0xff, 0x7b, 0x22,
    0x70, 0x61, 0x63, 0x6b, 0x65, 0x64, 0x22, 0x3a, 0x74, 0x72, 0x75, 0x65, 0x7d, 0x89, 0xe0, 0xb5, 0xdc,
    0x0f, 0x00, 0x00, 0x00,
];
