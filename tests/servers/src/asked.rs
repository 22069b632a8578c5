//! A request as a server understands it.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::request::Parts;

/// A request, with its target taken apart.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Upper-case.
    pub method: String,
    /// As sent: path and query.
    pub target: String,
    /// The path's parts, decoded.
    pub segments: Vec<String>,
    /// The query's parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// As sent.
    pub headers: HeaderMap,
    /// As sent.
    pub body: Bytes,
    /// The upstream account that the provider's token opens, where tokens are checked; else the account that was asked for.
    pub reaches: Option<String>,
}

impl Asked {
    /// Takes a request apart.
    pub fn new(parts: Parts, body: Bytes) -> Asked {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let segments = parts.uri.path().split('/').skip(1).map(decoded_segment).collect();
        let query = decoded_pairs(parts.uri.query().unwrap_or(""));
        Asked {
            method: parts.method.as_str().to_owned(),
            target,
            segments,
            query,
            headers: parts.headers,
            body,
            reaches: None,
        }
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bearer token.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// A query parameter's first value.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a number within bounds; the default where it is absent.
    pub fn count(&self, name: &str, default: usize, max: usize) -> Result<usize, String> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        match text.parse() {
            Ok(count) if (1..=max).contains(&count) => Ok(count),
            _ => Err(format!("{name} must be between 1 and {max}")),
        }
    }

    /// The body as a form's fields, in their order.
    pub fn form(&self) -> Vec<(String, String)> {
        decoded_pairs(&String::from_utf8_lossy(&self.body))
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The path's parts, to be matched with the method.
    pub fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

fn decoded_pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded_segment(&name.replace('+', " ")), decoded_segment(&value.replace('+', " ")))
    });
    pairs.collect()
}

fn decoded_segment(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
