//! What passed over the wire for one exchange, as it was; made a recorded exchange where nobody waits.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use compare::model::{self, Body, Exchange, Failure, FailureKind, Outcome};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use store::received;

/// One exchange.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When the request was sent.
    pub started_at: Timestamp,
    /// Until the answer was complete, or failed.
    pub elapsed: Duration,
    /// What was asked.
    pub method: Method,
    /// From the path on.
    pub target: String,
    /// As sent; they may hold credentials, which recording removes.
    pub headers: HeaderMap,
    /// As sent.
    pub body: Bytes,
    /// What came back.
    pub outcome: Result<Answer, Failure>,
}

/// A whole response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as received, still in its content coding.
    pub body: Bytes,
}

impl Heard {
    /// The exchange as recordings hold it: bodies without their content coding, JSON told from text by its media type.
    pub fn into_exchange(self) -> Exchange {
        let mut headers = recorded(&self.headers);
        let body = body(&mut headers, &self.body);
        let request =
            model::Request { method: self.method.as_str().to_owned(), url: self.target, headers, body };
        let outcome = match self.outcome {
            Ok(answer) => {
                let mut headers = recorded(&answer.headers);
                let body = self::body(&mut headers, &answer.body);
                Outcome::Response(model::Response { status: answer.status.as_u16(), headers, body })
            }
            Err(failure) => Outcome::Failure(failure),
        };
        Exchange {
            started_at: Some(format!("{:.3}", self.started_at)),
            elapsed_ms: u64::try_from(self.elapsed.as_millis()).ok(),
            request: Some(request),
            outcome,
        }
    }
}

/// A failure of a class, told to people.
pub fn failure(kind: FailureKind, detail: impl Into<String>) -> Failure {
    Failure { kind, detail: detail.into() }
}

/// Headers as recordings hold them.
pub fn recorded(headers: &HeaderMap) -> model::Headers {
    let mut recorded = model::Headers::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        recorded.entry(name.as_str().to_owned()).or_default().push(value);
    }
    recorded
}

/// A body without its coding, whose header goes with it; one that cannot be decoded, or is too large then, stays as it came.
pub fn body(headers: &mut model::Headers, bytes: &Bytes) -> Body {
    if bytes.is_empty() {
        return Body::Absent;
    }
    received::body(bytes.to_vec(), headers).unwrap_or_else(|_| Body::Base64(STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], bytes: &[u8], expected: &Body) {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
        let mut headers = headers.iter().map(header).collect();
        assert_eq!(&body(&mut headers, &Bytes::copy_from_slice(bytes)), expected);
        let is_decoded = !matches!(expected, Body::Base64(_));
        assert!(!is_decoded || !headers.contains_key("content-encoding"), "{headers:?}");
    }

    #[test]
    fn json_is_told_by_its_media_type() {
        let json = Body::Json(r#"{"a":1}"#.to_owned());
        check(&[("content-type", "application/json; charset=utf-8")], br#"{"a":1}"#, &json);
        check(&[("content-type", "application/problem+json")], br#"{"a":1}"#, &json);
        check(&[("content-type", "text/plain")], br#"{"a":1}"#, &Body::Text(r#"{"a":1}"#.to_owned()));
        check(&[("content-type", "application/json")], b"", &Body::Absent);
    }

    #[test]
    fn a_content_coding_is_undone_and_an_unknown_or_torn_one_is_kept() {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"{}").expect("a vector takes all");
        let zipped = encoder.finish().expect("a vector takes all");
        let json = [("content-type", "application/json"), ("content-encoding", "gzip")];
        check(&json, &zipped, &Body::Json("{}".to_owned()));
        check(&json, &zipped[..8], &Body::Base64(STANDARD.encode(&zipped[..8])));
        check(&[("content-encoding", "br")], b"\x0b\xff", &Body::Base64(STANDARD.encode(b"\x0b\xff")));
        check(&[], b"\xff", &Body::Base64("/w==".to_owned()));
    }
}
