//! HTTP Archive 1.2: what browsers and proxies write, with the liberties that they take.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use compare::model::{Body, Exchange, Failure, FailureKind, Headers, Outcome, Request, Response};
use serde_json::value::RawValue;

use super::body;
use super::cassette::{Fault, Read};
use super::node::{self, Node};
use super::polly;

/// The media type of what is neither JSON nor text.
const BYTES: &str = "application/octet-stream";

const MEND_SHAPE: &str = "save the traffic again as HAR 1.2: the root has `log`, and that `entries`";

/// Stands for the host where a recording has none; `.invalid` is nobody's (RFC 2606).
pub(crate) const UNKNOWN_HOST: &str = "http://unknown.invalid";
/// Stands for the time where a recording has none.
pub(crate) const UNKNOWN_TIME: &str = "1970-01-01T00:00:00.000Z";

/// The body that a text under a media type is read as.
pub(crate) fn as_read(text: &str, media_type: &str) -> Body {
    body::classified(text.into(), Some(media_type))
}

/// Reads every entry of an archive.
pub(super) fn read(text: &str) -> Result<Vec<Result<Read, Fault>>, Fault> {
    Ok(entries(text)?.into_iter().map(|text| entry(&parsed(text)?)).collect())
}

/// The entries' own texts, so that one that is broken does not spoil the others.
pub(super) fn entries(text: &str) -> Result<Vec<&RawValue>, Fault> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| Fault::not_json(&error))?;
    let Ok(root) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get()) else {
        return Err(Fault::no_request());
    };
    let Some(log) = root.get("log") else { return Err(no_log(&root)) };
    let Ok(log) = serde_json::from_str::<BTreeMap<String, &RawValue>>(log.get()) else {
        return Err(Fault::new("`log` is not an object", MEND_SHAPE));
    };
    let entries = log.get("entries").map(|entries| serde_json::from_str::<Vec<&RawValue>>(entries.get()));
    match entries {
        Some(Ok(entries)) => Ok(entries),
        Some(Err(_)) => Err(Fault::new("`log.entries` is not a list", MEND_SHAPE)),
        None => Err(Fault::new("`log` has no `entries`", MEND_SHAPE)),
    }
}

/// What a file without `log` is, as near as its keys tell.
fn no_log(root: &BTreeMap<String, &RawValue>) -> Fault {
    let has = |key: &str| root.contains_key(key);
    if has("method") && has("url") {
        let what = "no response: the file is a HAR's request alone";
        return Fault::new(what, "save the whole archive, whose entries have both");
    }
    if has("status") && has("content") {
        let what = "no request: the file is a HAR's response alone";
        return Fault::new(what, "save the whole archive, whose entries have both");
    }
    let holds_log = |raw: &&RawValue| {
        serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get())
            .is_ok_and(|inner| inner.contains_key("log"))
    };
    if root.values().any(holds_log) {
        let keys: Vec<_> =
            root.iter().filter(|(_, raw)| holds_log(raw)).map(|(key, _)| format!("`{key}`")).collect();
        let what = format!("not a HAR: `log` lies below {}, not at the root", keys.join(", "));
        return Fault::new(what, MEND_SHAPE);
    }
    Fault::foreign(root.keys().map(String::as_str))
}

/// An entry's tree.
pub(super) fn parsed(text: &RawValue) -> Result<Node, Fault> {
    serde_json::from_str(text.get()).map_err(|error| Fault::not_json(&error))
}

/// One exchange.
pub(super) fn entry(entry: &Node) -> Result<Read, Fault> {
    let (asked, answered) = (entry.get("request"), entry.get("response"));
    if asked.entries().is_empty() {
        return Err(Fault::new("no request: the entry has none", "take the entry out, or record it again"));
    }
    let is_unknown = |key: &str| {
        entry.get("_unknown").list().is_some_and(|keys| keys.contains(&Node::Text(key.to_owned())))
    };
    let mut request = request(asked).map_err(|fault| fault.within("request"))?;
    if is_unknown("host")
        && let Some(path) = request.url.strip_prefix(UNKNOWN_HOST)
    {
        request.url = path.to_owned();
    }
    if answered.entries().is_empty() {
        return Err(Fault::new("no response: the entry has none", "take the entry out, or record it again"));
    }
    let outcome = match answered.get("status").text() {
        Some("0") => Outcome::Failure(failure(entry, answered)?),
        _ => Outcome::Response(response(answered).map_err(|fault| fault.within("response"))?),
    };
    let started_at = match is_unknown("startedDateTime") {
        true => None,
        false => node::instant(entry.get("startedDateTime"), "startedDateTime")?,
    };
    let elapsed_ms = if is_unknown("time") { None } else { elapsed(entry.get("time")) };
    let exchange = Exchange { started_at, elapsed_ms, request: Some(request), outcome };
    Ok(Read { exchange, recorded_at: None })
}

/// Milliseconds; recorders write fractions of one, and -1 where they do not know.
fn elapsed(node: &Node) -> Option<u64> {
    /// A thousand days: what is longer is no duration, and below it every whole number is a double.
    const ELAPSED_MS_MAX: f64 = 86_400_000_000.0;
    let time = node.text()?.parse::<f64>().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was looked at, and fractions of a millisecond are not kept"
    )]
    (0.0..ELAPSED_MS_MAX).contains(&time).then(|| time.round() as u64)
}

fn request(node: &Node) -> Result<Request, Fault> {
    let method = node::method(node.get("method"))?;
    let url = node::url(node.get("url"))?;
    let mut headers = headers(node.get("headers"))?;
    let sent = node.get("postData");
    let bytes = sent_bytes(sent, &headers)?;
    let body = told_body(bytes, &mut headers, sent)?;
    Ok(Request { method, url, headers, body })
}

/// The body, by the media type that the recorder made of it, which need not be the header's; told as binary, it is bytes.
fn told_body(bytes: Vec<u8>, headers: &mut Headers, told: &Node) -> Result<Body, Fault> {
    let media_type = told.get("mimeType").text().filter(|media_type| !media_type.is_empty());
    let is_base64 =
        [told.get("encoding"), told.get("_encoding")].iter().any(|node| node.text() == Some("base64"));
    if is_base64 && told.get("_isBinary").text() == Some("true") {
        return body::body(bytes, headers, Some(BYTES)).map(|body| match body {
            Body::Json(text) | Body::Text(text) => Body::Base64(BASE64_STANDARD.encode(text)),
            body => body,
        });
    }
    body::body(bytes, headers, media_type)
}

fn sent_bytes(sent: &Node, headers: &Headers) -> Result<Vec<u8>, Fault> {
    let text = sent.get("text").bytes().unwrap_or_default();
    let encoding = [sent.get("encoding"), sent.get("_encoding")].into_iter().find_map(Node::text);
    if encoding == Some("base64") {
        return body::from_base64(std::str::from_utf8(text).unwrap_or_default(), "`postData.text`");
    }
    let params = sent.get("params").list().unwrap_or_default();
    if !text.is_empty() || params.is_empty() {
        return Ok(text.to_vec());
    }
    let media_type = sent.get("mimeType").text().map(str::to_owned).or_else(|| body::media_type(headers));
    if !media_type.is_some_and(|name| name.starts_with("application/x-www-form-urlencoded")) {
        let what = "the request's body is given as the parts of a form, which do not say what was sent";
        return Err(Fault::new(what, "record it with the body as `postData.text`"));
    }
    let field = |param: &Node| {
        let [name, value] =
            ["name", "value"].map(|key| form_encoded(param.get(key).bytes().unwrap_or_default()));
        format!("{name}={value}")
    };
    Ok(params.iter().map(field).collect::<Vec<_>>().join("&").into_bytes())
}

/// As forms write a text. What is percent-encoded already is left, as browsers give it so.
fn form_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._*%+".contains(byte) => {
                encoded.push(char::from(*byte))
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn response(node: &Node) -> Result<Response, Fault> {
    let status = node::status(node.get("status"))?;
    let mut headers = headers(node.get("headers"))?;
    let content = node.get("content");
    let bytes = received_bytes(content, &headers)?;
    let body = told_body(bytes, &mut headers, content)?;
    Ok(Response { status, headers, body })
}

fn received_bytes(content: &Node, headers: &Headers) -> Result<Vec<u8>, Fault> {
    let Some(text) = content.get("text").text() else {
        return Ok(content.get("text").bytes().unwrap_or_default().to_vec());
    };
    let encoding = content.get("encoding").text().unwrap_or_default();
    if let Some(bytes) = polly::packed_chunks(text, encoding, headers) {
        return Ok(bytes);
    }
    match encoding {
        "base64" => body::from_base64(text, "`content.text`"),
        "" | "utf-8" | "utf8" => Ok(text.as_bytes().to_vec()),
        other => Err(Fault::new(
            format!("`content.encoding` is {other:?}, which HAR does not know"),
            "record it as text, or as `base64`",
        )),
    }
}

fn headers(node: &Node) -> Result<Headers, Fault> {
    let mut headers = Headers::new();
    for header in node.list().unwrap_or_default() {
        let name = header.get("name").text().unwrap_or_default();
        // HTTP/2 has the method, the path and the status among its headers; the entry says them itself.
        if !name.starts_with(':') {
            node::add_header(&mut headers, name, header.get("value"))?;
        }
    }
    Ok(headers)
}

/// What a status of 0 means: `_error` says it, where a browser or an export of ours wrote it.
fn failure(entry: &Node, response: &Node) -> Result<Failure, Fault> {
    let told = [response.get("_error"), entry.get("_error"), response.get("statusText")];
    let told = told.into_iter().filter_map(Node::text).find(|text| !text.is_empty()).unwrap_or_default();
    if let Some((kind, detail)) = told.split_once(": ")
        && let Some((kind, _)) = FailureKind::ALL.iter().find(|(_, name)| *name == kind)
    {
        return Ok(Failure { kind: *kind, detail: detail.to_owned() });
    }
    let signs = [
        ("TIMED_OUT", FailureKind::Timeout),
        ("NAME_NOT_RESOLVED", FailureKind::Connect),
        ("CONNECTION_REFUSED", FailureKind::Connect),
        ("ADDRESS_UNREACHABLE", FailureKind::Connect),
        ("CONNECTION_RESET", FailureKind::Reset),
        ("CONNECTION_CLOSED", FailureKind::Reset),
        ("SSL_", FailureKind::Tls),
        ("CERT_", FailureKind::Tls),
        ("PROTOCOL_ERROR", FailureKind::Protocol),
    ];
    let kind = signs.iter().find(|(sign, _)| told.contains(sign)).map(|(_, kind)| *kind);
    kind.map(|kind| Failure { kind, detail: told.to_owned() }).ok_or_else(|| {
        Fault::new(
            format!("no response: the status is 0, and the reason {told:?}"),
            "take the entry out: the request was blocked, cancelled or answered without the network",
        )
    })
}
