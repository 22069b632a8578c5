//! WireMock mappings: a stub whose matchers name one concrete request is an exchange; one that fits many is refused.
//!
//! Matchers of headers and cookies only narrow a stub: those that name a value become the request's headers.

use std::collections::BTreeMap;

use compare::model::{Body, Exchange, Failure, FailureKind, Headers, Outcome, Request, Response};
use serde_json::value::RawValue;

use super::body;
use super::cassette::{Fault, Files, Read};
use super::node::{self, Node};

type Object<'text> = BTreeMap<String, &'text RawValue>;

const MEND_MATCHER: &str = "let WireMock record the request, or write the one that was meant: \"urlPath\", \"equalTo\", \"equalToJson\"";

/// Reads one mapping, or the `mappings` of an export.
pub(super) fn read(text: &str, files: Files<'_>) -> Result<Vec<Result<Read, Fault>>, Fault> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| Fault::not_json(&error))?;
    let Ok(root) = serde_json::from_str::<Object<'_>>(raw.get()) else { return Err(Fault::no_request()) };
    if let Some(mappings) = root.get("mappings") {
        let mappings = serde_json::from_str::<Vec<Object<'_>>>(mappings.get())
            .map_err(|_| Fault::new("`mappings` is not a list of objects", "export the mappings again"))?;
        return Ok(mappings.iter().map(|mapping| stub(mapping, files)).collect());
    }
    match (root.get("request"), root.get("response")) {
        (Some(_), Some(_)) => Ok(vec![stub(&root, files)]),
        (Some(_), None) => Err(Fault::new("no response: the mapping has none", "write the whole mapping")),
        (None, _) => Err(Fault::foreign(root.keys().map(String::as_str))),
    }
}

fn stub(mapping: &Object<'_>, files: Files<'_>) -> Result<Read, Fault> {
    let part = |key: &str| {
        let raw = mapping.get(key).ok_or_else(|| {
            Fault::new(format!("no {key}: the mapping has none"), "write it, or take the mapping out")
        })?;
        serde_json::from_str::<Object<'_>>(raw.get())
            .map_err(|_| Fault::new(format!("`{key}` is not an object"), "write it as WireMock does"))
    };
    let request = request(&part("request")?).map_err(|fault| fault.within("request"))?;
    let outcome = outcome(&part("response")?, files).map_err(|fault| fault.within("response"))?;
    let exchange = Exchange { started_at: None, elapsed_ms: None, request: Some(request), outcome };
    Ok(Read { exchange, recorded_at: None })
}

fn value(object: &Object<'_>, key: &str) -> Result<Node, Fault> {
    object.get(key).map_or(Ok(Node::Null), |raw| {
        serde_json::from_str(raw.get()).map_err(|error| Fault::not_json(&error).within(&format!("`{key}`")))
    })
}

/// Matchers by which a stub answers requests that it does not spell out.
const OPEN_MATCHERS: [(&str, &str); 8] = [
    ("urlPattern", "the URL is a pattern, which fits many"),
    ("urlPathPattern", "the path is a pattern, which fits many"),
    ("multipartPatterns", "the body is given by patterns of its parts"),
    ("formParameters", "the body is given by matchers of form fields"),
    ("customMatcher", "a matcher of your own decides, which is not read here"),
    ("clientIp", "it depends on the caller's address"),
    ("host", "the host is given by a matcher"),
    ("pathParameters", "the path's parameters are given by matchers"),
];

fn request(asked: &Object<'_>) -> Result<Request, Fault> {
    for (key, why) in OPEN_MATCHERS {
        let is_read = key == "pathParameters" && asked.contains_key("urlPathTemplate");
        if asked.contains_key(key) && !is_read {
            return Err(Fault::new(format!("no concrete request: {why} (`{key}`)"), MEND_MATCHER));
        }
    }
    let method = node::method(&value(asked, "method")?)?;
    if method == "ANY" {
        return Err(Fault::new("no concrete request: any method fits", "write the method that was meant"));
    }
    let url = with_query(url(asked)?, &value(asked, "queryParameters")?)?;
    let mut headers = Headers::new();
    for (name, matcher) in value(asked, "headers")?.entries() {
        if let equal @ (Node::Text(_) | Node::Bytes(_)) = matcher.get("equalTo") {
            node::add_header(&mut headers, name, equal)?;
        }
    }
    let body = sent_body(asked.get("bodyPatterns").copied(), &headers)?;
    Ok(Request { method, url, headers, body })
}

fn url(asked: &Object<'_>) -> Result<String, Fault> {
    for key in ["url", "urlPath"] {
        if asked.contains_key(key) {
            return node::url(&value(asked, key)?);
        }
    }
    let template = value(asked, "urlPathTemplate")?;
    let Some(template) = template.text() else {
        return Err(Fault::new("no concrete request: any URL fits", "write \"url\" or \"urlPath\""));
    };
    let mut url = template.to_owned();
    for (name, matcher) in value(asked, "pathParameters")?.entries() {
        let Some(equal) = matcher.get("equalTo").text() else {
            return Err(Fault::new(
                format!("no concrete request: the path's parameter `{name}` is given by a pattern"),
                MEND_MATCHER,
            ));
        };
        url = url.replace(&format!("{{{name}}}"), equal);
    }
    if url.contains(['{', '}']) {
        let what = format!("no concrete request: the path {url:?} has parameters without a value");
        return Err(Fault::new(what, MEND_MATCHER));
    }
    node::url(&Node::Text(url))
}

fn with_query(url: String, parameters: &Node) -> Result<String, Fault> {
    let mut url = url;
    for (name, matcher) in parameters.entries() {
        let values: Vec<&str> = match matcher.get("hasExactly").list() {
            Some(items) => items.iter().filter_map(|item| item.get("equalTo").text()).collect(),
            None => matcher.get("equalTo").text().into_iter().collect(),
        };
        if values.is_empty() {
            // A parameter that must be absent is absent from the request too.
            if matcher.get("absent").text() == Some("true") {
                continue;
            }
            return Err(Fault::new(
                format!("no concrete request: the query parameter `{name}` is given by a pattern"),
                MEND_MATCHER,
            ));
        }
        for value in values {
            let joint = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{joint}{}={}", encoded(name), encoded(value));
        }
    }
    Ok(url)
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

fn sent_body(patterns: Option<&RawValue>, headers: &Headers) -> Result<Body, Fault> {
    let Some(patterns) = patterns else { return Ok(Body::Absent) };
    let patterns: Vec<Object<'_>> = serde_json::from_str(patterns.get())
        .map_err(|_| Fault::new("`bodyPatterns` is not a list of objects", MEND_MATCHER))?;
    let [pattern] = patterns.as_slice() else {
        let what = format!("no concrete request: {} patterns describe the body", patterns.len());
        return if patterns.is_empty() { Ok(Body::Absent) } else { Err(Fault::new(what, MEND_MATCHER)) };
    };
    if let Some(raw) = pattern.get("equalToJson") {
        // The JSON stands there as it is, or as a text.
        let written = serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        return match serde_json::from_str::<&RawValue>(&written) {
            Ok(json) => Ok(Body::Json(json.get().to_owned())),
            Err(error) => Err(Fault::not_json(&error).within("`equalToJson`")),
        };
    }
    let (equal, packed) = (value(pattern, "equalTo")?, value(pattern, "binaryEqualTo")?);
    if let Some(text) = equal.text() {
        return Ok(body::classified(text.into(), body::media_type(headers).as_deref()));
    }
    if let Some(packed) = packed.text() {
        let bytes = body::from_base64(packed, "`binaryEqualTo`")?;
        return Ok(body::classified(bytes, body::media_type(headers).as_deref()));
    }
    let matcher = pattern.keys().next().map_or("nothing", String::as_str);
    Err(Fault::new(
        format!("no concrete request: the body is given by a pattern (`{matcher}`)"),
        MEND_MATCHER,
    ))
}

fn outcome(answered: &Object<'_>, files: Files<'_>) -> Result<Outcome, Fault> {
    if answered.contains_key("proxyBaseUrl") {
        let what = "no response: the stub passes the request on";
        return Err(Fault::new(what, "import the stubs that WireMock records there"));
    }
    if let Some(fault) = value(answered, "fault")?.text() {
        return failure(fault).map(Outcome::Failure);
    }
    let status = match value(answered, "status")? {
        // WireMock answers 200 where nothing is said.
        Node::Null => 200,
        status => node::status(&status)?,
    };
    let mut headers = node::headers(&value(answered, "headers")?)?;
    let body = answer(answered, &mut headers, files)?;
    let is_template = value(answered, "transformers")?
        .list()
        .is_some_and(|names| names.contains(&Node::Text("response-template".to_owned())));
    if let (true, Body::Json(text) | Body::Text(text)) = (is_template, &body)
        && text.contains("{{")
    {
        let what = "no response: the body is a template, filled in when it is asked for";
        return Err(Fault::new(what, "record the filled-in answer"));
    }
    Ok(Outcome::Response(Response { status, headers, body }))
}

fn answer(answered: &Object<'_>, headers: &mut Headers, files: Files<'_>) -> Result<Body, Fault> {
    if let Some(json) = answered.get("jsonBody") {
        return Ok(Body::Json(json.get().to_owned()));
    }
    let (text, packed) = (value(answered, "body")?, value(answered, "base64Body")?);
    let bytes = if let Some(text) = text.text() {
        text.as_bytes().to_vec()
    } else if let Some(packed) = packed.text() {
        body::from_base64(packed, "`base64Body`")?
    } else if let Some(name) = value(answered, "bodyFileName")?.text() {
        files(name).map_err(|error| {
            Fault::new(
                format!("the body's file {name:?} cannot be read: {error}"),
                "put WireMock's folder `__files` beside the folder of the mappings",
            )
        })?
    } else {
        Vec::new()
    };
    body::body(bytes, headers, None)
}

fn failure(fault: &str) -> Result<Failure, Fault> {
    let kind = match fault {
        "CONNECTION_RESET_BY_PEER" => FailureKind::Reset,
        "EMPTY_RESPONSE" | "MALFORMED_RESPONSE_CHUNK" | "RANDOM_DATA_THEN_CLOSE" => FailureKind::Protocol,
        other => {
            let mend = "write one of WireMock's faults, or a response";
            return Err(Fault::new(format!("{other:?} is not a fault of WireMock"), mend));
        }
    };
    Ok(Failure { kind, detail: fault.to_owned() })
}
