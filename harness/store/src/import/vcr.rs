//! VCR in Ruby, as YAML or JSON, and vcrpy: `http_interactions` or `interactions`.

use compare::model::{Body, Exchange, Headers, Outcome, Request, Response};

use super::body;
use super::cassette::{Fault, Read};
use super::node::{self, Node};
use super::yaml;

/// Reads every interaction.
pub(super) fn read(text: &str) -> Result<Vec<Result<Read, Fault>>, Fault> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    let root = match is_json {
        true => serde_json::from_str(text).map_err(|error| Fault::not_json(&error))?,
        false => yaml::read(text)?,
    };
    interactions(&root)
}

/// The interactions of a cassette; refuses a file that has none of a cassette's keys.
pub(super) fn interactions(root: &Node) -> Result<Vec<Result<Read, Fault>>, Fault> {
    let listed =
        [root, root.get("http_interactions"), root.get("interactions")].into_iter().find_map(Node::list);
    let Some(list) = listed else {
        let named = ["http_interactions", "interactions"].into_iter().find(|key| !root.get(key).is_null());
        return Err(match named {
            Some(key) => {
                Fault::new(format!("`{key}` is not a list"), "record the cassette again with its recorder")
            }
            None => Fault::foreign(root.entries().iter().map(|(key, _)| key.as_str())),
        });
    };
    let is_bare = |node: &Node| node.get("request").is_null() && node.get("response").is_null();
    // A list at the root is VCR's first format, or a bare body.
    if root.list().is_some() && list.iter().all(is_bare) {
        return Err(Fault::no_request());
    }
    Ok(list.iter().map(interaction).collect())
}

fn interaction(node: &Node) -> Result<Read, Fault> {
    let (asked, answered) = (node.get("request"), node.get("response"));
    for (what, part) in [("no request", asked), ("no response", answered)] {
        if part.entries().is_empty() {
            let what = format!("{what}: the interaction has none");
            return Err(Fault::new(what, "take it out, or record it again"));
        }
    }
    let request = request(asked).map_err(|fault| fault.within("request"))?;
    let response = response(answered).map_err(|fault| fault.within("response"))?;
    let recorded_at = node::instant(node.get("recorded_at"), "recorded_at")?;
    let outcome = Outcome::Response(response);
    Ok(Read {
        exchange: Exchange { started_at: None, elapsed_ms: None, request: Some(request), outcome },
        recorded_at,
    })
}

fn request(node: &Node) -> Result<Request, Fault> {
    let method = node::method(node.get("method"))?;
    let url = match node.get("uri") {
        Node::Null => node.get("url"),
        uri => uri,
    };
    let url = node::url(url)?;
    let mut headers = node::headers(node.get("headers"))?;
    let body = recorded_body(node.get("body"), &mut headers)?;
    Ok(Request { method, url, headers, body })
}

fn response(node: &Node) -> Result<Response, Fault> {
    let status = match node.get("status") {
        Node::Map(_) => node.get("status").get("code"),
        status => status,
    };
    let status = node::status(status)?;
    let mut headers = node::headers(node.get("headers"))?;
    let body = recorded_body(node.get("body"), &mut headers)?;
    Ok(Response { status, headers, body })
}

/// A text, bytes, or a map that has them as `string` or as `base64_string`.
fn recorded_body(node: &Node, headers: &mut Headers) -> Result<Body, Fault> {
    let bytes = match (node.get("base64_string").text(), node.get("string"), node) {
        (Some(packed), ..) if !packed.is_empty() => body::from_base64(packed, "`base64_string`")?,
        (_, string, Node::Map(_)) => string.bytes().unwrap_or_default().to_vec(),
        (_, _, Node::List(_)) => {
            return Err(Fault::new("the body is a list, not a text", "record the exchange again"));
        }
        (_, _, node) => node.bytes().unwrap_or_default().to_vec(),
    };
    body::body(bytes, headers, None)
}
