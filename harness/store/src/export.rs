//! Writes exchanges as HTTP Archive 1.2, which browsers and proxies open and our importer reads back as they were.
//!
//! What HAR demands and a recording may not know (a host, a time) is filled in, and named in the entry's `_unknown`, so that
//! nobody takes it for recorded.

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use compare::model::{Body, Exchange, Headers, Outcome, Request};
use serde_json::{Value, json};

use crate::import::har::{UNKNOWN_HOST, UNKNOWN_TIME, as_read};

/// Why an exchange is none that HAR can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its request was not recorded, and HAR has no entry without one")]
pub struct NoRequest;

/// An archive that is being written, one entry at a time.
pub struct HarWriter<W: Write> {
    out: W,
    entries: u64,
}

impl<W: Write> HarWriter<W> {
    /// Begins an archive made by this version of the program.
    pub fn new(mut out: W, version: &str) -> io::Result<Self> {
        let creator = json!({"name": "cutover", "version": version});
        write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"pages\":[],\"entries\":[")?;
        Ok(HarWriter { out, entries: 0 })
    }

    /// Adds an exchange; the comment says where it comes from.
    pub fn add(&mut self, exchange: &Exchange, comment: &str) -> io::Result<Result<(), NoRequest>> {
        let Some(request) = &exchange.request else { return Ok(Err(NoRequest)) };
        let separator = if self.entries == 0 { "\n" } else { ",\n" };
        write!(self.out, "{separator}{}", entry(exchange, request, comment))?;
        self.entries += 1;
        Ok(Ok(()))
    }

    /// Ends the archive; answers how many entries it has.
    pub fn finish(mut self) -> io::Result<u64> {
        self.out.write_all(b"\n]}}\n")?;
        self.out.flush()?;
        Ok(self.entries)
    }
}

fn entry(exchange: &Exchange, request: &Request, comment: &str) -> Value {
    let mut unknown = Vec::new();
    let mut fill = |name: &'static str| unknown.push(name);
    let is_absolute = !request.url.starts_with('/');
    if !is_absolute {
        fill("host");
    }
    if exchange.started_at.is_none() {
        fill("startedDateTime");
    }
    if exchange.elapsed_ms.is_none() {
        fill("time");
    }
    let url = if is_absolute { request.url.clone() } else { format!("{UNKNOWN_HOST}{}", request.url) };
    let time = exchange.elapsed_ms.unwrap_or(0);
    let mut entry = json!({
        "startedDateTime": exchange.started_at.as_deref().unwrap_or(UNKNOWN_TIME),
        "time": time,
        "request": {
            "method": request.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(&request.headers),
            "queryString": query(&request.url),
            "headersSize": -1,
            "bodySize": size(&request.body),
        },
        "response": response(&exchange.outcome),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
        "comment": comment,
    });
    if request.body != Body::Absent {
        entry["request"]["postData"] = sent(&request.body, &request.headers);
    }
    if !unknown.is_empty() {
        entry["_unknown"] = json!(unknown);
    }
    entry
}

fn response(outcome: &Outcome) -> Value {
    let (status, found, body, error) = match outcome {
        Outcome::Response(response) => (response.status, &response.headers, &response.body, None),
        Outcome::Failure(failure) => {
            let error = format!("{}: {}", failure.kind.name(), failure.detail);
            (0, &Headers::new(), &Body::Absent, Some(error))
        }
    };
    let location = found.get("location").and_then(|values| values.first());
    let mut response = json!({
        "status": status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(found),
        "content": received(body, found),
        "redirectURL": location.map_or("", String::as_str),
        "headersSize": -1,
        "bodySize": size(body),
    });
    if let Some(error) = error {
        response["_error"] = json!(error);
    }
    response
}

fn headers(headers: &Headers) -> Vec<Value> {
    let each = headers.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    each.map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// The query's fields as they stand in the URL.
fn query(url: &str) -> Vec<Value> {
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let fields = query.split('&').filter(|field| !field.is_empty());
    let field = |field: &str| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        json!({"name": name, "value": value})
    };
    fields.map(field).collect()
}

fn received(body: &Body, found: &Headers) -> Value {
    let mut content = json!({"size": size(body), "mimeType": media_type(body, found)});
    match body {
        Body::Absent => {}
        Body::Json(text) | Body::Text(text) => content["text"] = json!(text),
        Body::Base64(text) => {
            content["encoding"] = json!("base64");
            content["text"] = json!(text);
            content["_isBinary"] = json!(true);
        }
    }
    content
}

fn sent(body: &Body, found: &Headers) -> Value {
    let mut data = json!({"mimeType": media_type(body, found)});
    match body {
        Body::Absent => {}
        Body::Json(text) | Body::Text(text) => data["text"] = json!(text),
        Body::Base64(text) => {
            data["_encoding"] = json!("base64");
            data["text"] = json!(text);
            data["_isBinary"] = json!(true);
        }
    }
    data
}

/// The declared media type; another where a reader would take the body for something else by it.
fn media_type(body: &Body, found: &Headers) -> String {
    let declared = found.get("content-type").and_then(|values| values.first());
    let declared = declared.map_or("", String::as_str);
    match body {
        Body::Json(text) | Body::Text(text) if as_read(text, declared) != *body => match body {
            Body::Json(_) => "application/json".to_owned(),
            Body::Text(_) | Body::Absent | Body::Base64(_) => "text/plain".to_owned(),
        },
        Body::Absent | Body::Json(_) | Body::Text(_) | Body::Base64(_) => declared.to_owned(),
    }
}

fn size(body: &Body) -> usize {
    match body {
        Body::Absent => 0,
        Body::Json(text) | Body::Text(text) => text.len(),
        Body::Base64(text) => BASE64_STANDARD.decode(text).map_or(text.len(), |bytes| bytes.len()),
    }
}

#[cfg(test)]
mod tests;
