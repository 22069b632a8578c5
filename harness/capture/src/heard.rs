//! What passed over the wire for one exchange, as it was; made a recorded exchange where nobody waits.

use std::io::Read;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use compare::model::{self, Body, Exchange, Failure, FailureKind, Outcome};
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;

use crate::limits::BODY_BYTES_MAX;

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
        let request = model::Request {
            method: self.method.as_str().to_owned(),
            url: self.target,
            body: body(&self.headers, &self.body),
            headers: recorded(&self.headers),
        };
        let outcome = match self.outcome {
            Ok(answer) => Outcome::Response(model::Response {
                status: answer.status.as_u16(),
                body: body(&answer.headers, &answer.body),
                headers: recorded(&answer.headers),
            }),
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

fn recorded(headers: &HeaderMap) -> model::Headers {
    let mut recorded = model::Headers::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        recorded.entry(name.as_str().to_owned()).or_default().push(value);
    }
    recorded
}

/// A body without its coding; one that cannot be decoded, or is too large then, stays as it came.
fn body(headers: &HeaderMap, bytes: &Bytes) -> Body {
    if bytes.is_empty() {
        return Body::Absent;
    }
    let text_of =
        |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).unwrap_or("");
    let coding = text_of(header::CONTENT_ENCODING).trim().to_ascii_lowercase();
    let decoded = match coding.as_str() {
        "" | "identity" => None,
        "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(&bytes[..])),
        "deflate" => read(flate2::read::ZlibDecoder::new(&bytes[..])),
        _ => return Body::Base64(STANDARD.encode(bytes)),
    };
    let is_plain = matches!(coding.as_str(), "" | "identity");
    let bytes = match &decoded {
        Some(decoded) => &decoded[..],
        None if is_plain => &bytes[..],
        None => return Body::Base64(STANDARD.encode(bytes)),
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return Body::Base64(STANDARD.encode(bytes)) };
    if is_json(text_of(header::CONTENT_TYPE)) {
        Body::Json(text.to_owned())
    } else {
        Body::Text(text.to_owned())
    }
}

/// Reads it all, up to the limit of a body.
fn read(decoder: impl Read) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    decoder.take(limit).read_to_end(&mut decoded).ok()?;
    (decoded.len() <= BODY_BYTES_MAX).then_some(decoded)
}

/// `application/json`, `application/problem+json; charset=utf-8` and their like (RFC 6839).
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], bytes: &[u8], expected: &Body) {
        let headers = headers.iter().map(|(name, value)| {
            let name = http::HeaderName::from_bytes(name.as_bytes()).expect("it is a name");
            (name, http::HeaderValue::from_str(value).expect("it is a value"))
        });
        assert_eq!(&body(&headers.collect(), &Bytes::copy_from_slice(bytes)), expected);
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
        check(&[("content-encoding", "br")], b"\x0b\x00", &Body::Base64(STANDARD.encode(b"\x0b\x00")));
        check(&[], b"\xff", &Body::Base64("/w==".to_owned()));
    }

    #[test]
    fn a_body_that_unfolds_over_the_limit_stays_folded() {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&vec![b' '; BODY_BYTES_MAX + 1]).expect("a vector takes all");
        let zipped = encoder.finish().expect("a vector takes all");
        check(&[("content-encoding", "gzip")], &zipped, &Body::Base64(STANDARD.encode(&zipped)));
    }
}
