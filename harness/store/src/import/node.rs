//! What a recorder wrote, as a tree that JSON and YAML share: scalars are kept as their text.

use std::fmt;

use compare::model::Headers;
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};

use super::cassette::Fault;

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    /// A text, a number, `true` or `false`.
    Text(String),
    /// What YAML calls `!binary`.
    Bytes(Vec<u8>),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

const NULL: &Node = &Node::Null;

impl Node {
    /// The value of a key, the last where it came twice; null where there is none.
    pub(super) fn get(&self, key: &str) -> &Node {
        match self {
            Node::Map(entries) => {
                entries.iter().rev().find(|(name, _)| name == key).map_or(NULL, |(_, node)| node)
            }
            Node::Null | Node::Text(_) | Node::Bytes(_) | Node::List(_) => NULL,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Node::Null
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            Node::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Node::Null | Node::List(_) | Node::Map(_) => None,
        }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Node::Text(text) => Some(text.as_bytes()),
            Node::Bytes(bytes) => Some(bytes),
            Node::Null | Node::List(_) | Node::Map(_) => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Node]> {
        match self {
            Node::List(items) => Some(items),
            Node::Null | Node::Text(_) | Node::Bytes(_) | Node::Map(_) => None,
        }
    }

    pub(super) fn entries(&self) -> &[(String, Node)] {
        match self {
            Node::Map(entries) => entries,
            Node::Null | Node::Text(_) | Node::Bytes(_) | Node::List(_) => &[],
        }
    }
}

/// The method, in upper case; a Ruby symbol counts as its word.
pub(super) fn method(node: &Node) -> Result<String, Fault> {
    let text = node.text().unwrap_or_default();
    let method = text.strip_prefix(':').unwrap_or(text).to_ascii_uppercase();
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        let what = format!("the request has no HTTP method, but {text:?}");
        return Err(Fault::new(what, "write one, such as \"GET\""));
    }
    Ok(method)
}

/// A longer URL is a body that went astray: servers refuse them from some kilobytes on.
pub(super) const URL_BYTES_MAX: usize = 64 * 1024;

/// The URL: absolute with `http` or `https`, or from the path on; a host that the recorder hid stands in angle brackets.
pub(super) fn url(node: &Node) -> Result<String, Fault> {
    let Some(url) = node.text().filter(|url| !url.is_empty()) else {
        return Err(Fault::new("the request has no URL", "write the URL that was asked"));
    };
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_hidden = url.starts_with('<') && url.contains('>');
    let is_http = url.starts_with('/')
        || scheme.as_deref().map_or(is_hidden, |scheme| matches!(scheme, "http" | "https"));
    if url.len() > URL_BYTES_MAX {
        let what = format!("the request's URL is longer than {URL_BYTES_MAX} bytes");
        return Err(Fault::new(what, "take the entry out"));
    }
    if !is_http || url.chars().any(char::is_control) {
        let start: String = url.chars().take(40).collect();
        return Err(Fault::new(
            format!("the request's URL is not one of HTTP: {start:?}"),
            "take the entry out: only HTTP is compared",
        ));
    }
    Ok(url.to_owned())
}

/// The status, of three digits.
pub(super) fn status(node: &Node) -> Result<u16, Fault> {
    let status = node.text().and_then(|text| text.parse::<u16>().ok());
    status.filter(|status| (100..=999).contains(status)).ok_or_else(|| {
        let found = node.text().unwrap_or("none");
        Fault::new(
            format!("the response has no status of three digits, but {found:?}"),
            "write the status that was received, such as 200",
        )
    })
}

/// Headers given as an object of values, or of lists of values; a repeated name keeps all its values in their order.
pub(super) fn headers(node: &Node) -> Result<Headers, Fault> {
    let mut headers = Headers::new();
    for (name, values) in node.entries() {
        let name = name.strip_prefix(':').unwrap_or(name);
        add_header(&mut headers, name, values)?;
    }
    Ok(headers)
}

/// Adds one header; a list is a repeated header, null is none.
pub(super) fn add_header(headers: &mut Headers, name: &str, value: &Node) -> Result<(), Fault> {
    if name.is_empty() || name.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        let mend = "a header's name is letters, digits and `-`";
        return Err(Fault::new(format!("{name:?} is not the name of a header"), mend));
    }
    let not_text = || {
        Fault::new(format!("the header `{name}` is neither a text nor a list of texts"), "write its value")
    };
    let values = headers.entry(name.to_ascii_lowercase()).or_default();
    match value {
        Node::Null => {}
        Node::List(items) => {
            for item in items {
                values.push(item.text().ok_or_else(not_text)?.to_owned());
            }
        }
        Node::Text(_) | Node::Bytes(_) | Node::Map(_) => {
            values.push(value.text().ok_or_else(not_text)?.to_owned());
        }
    }
    if values.is_empty() {
        headers.remove(&name.to_ascii_lowercase());
    }
    Ok(())
}

/// An instant as recorders write it, in RFC 3339: that, RFC 2822, or ISO 8601 without an offset, which is UTC.
pub(super) fn instant(node: &Node, key: &str) -> Result<Option<String>, Fault> {
    if node.is_null() {
        return Ok(None);
    }
    let text = node.text().unwrap_or("not a text").trim();
    if text.parse::<jiff::Timestamp>().is_ok() {
        return Ok(Some(text.to_owned()));
    }
    if let Ok(instant) = jiff::fmt::rfc2822::parse(text) {
        return Ok(Some(instant.timestamp().to_string()));
    }
    if let Ok(time) = text.parse::<jiff::civil::DateTime>()
        && let Ok(instant) = jiff::tz::Offset::UTC.to_timestamp(time)
    {
        return Ok(Some(instant.to_string()));
    }
    Err(Fault::new(
        format!("`{key}` is not an instant: {text:?}"),
        "write it as 2026-11-20T09:30:00Z, or take the key out",
    ))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
