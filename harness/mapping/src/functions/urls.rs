//! `$parseUrl` and its query parameters, for URLs that the standard leaves as they are written; any other is left
//! to the oracle.

use jlens_core::{HostCall, Result};
use serde_json::{Map, Value};

use super::dates::REFER;
use super::objects_of_ours::{object, state};
use super::{Answer, Arguments, Function, Takes, argument};
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] =
    &[Function { name: "parseUrl", takes: Takes::Any(1), call: parse_url }];

/// The methods of `searchParams`, but for `get`, which durations have too.
pub(super) const METHODS_OF_PARAMETERS: &[Function] = &[
    Function { name: "cutover_has", takes: Takes::Any(1), call: has },
    Function { name: "cutover_getAll", takes: Takes::Any(1), call: get_all },
];

/// The members of a URL that are texts, and the number of its parameters.
pub(super) const GETTERS: [&str; 12] = [
    "href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "hash",
    "search", "size",
];

/// The key of the state that the parameters keep.
const PARAMETERS: &str = "parameters";

/// The parts of a URL that needs no rewriting.
struct Url<'u> {
    protocol: &'u str,
    hostname: &'u str,
    port: &'u str,
    path: &'u str,
    query: &'u str,
    fragment: &'u str,
}

/// Takes a URL apart; `None` where the standard might write it otherwise.
fn plain(text: &str) -> Option<Url<'_>> {
    let (protocol, rest) =
        text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let (rest, fragment) = part(rest, '#')?;
    let (rest, query) = part(rest, '?')?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (hostname, port) = part(authority, ':')?;
    let default = if protocol == "http" { "80" } else { "443" };
    let host_ok = hostname.split('.').all(|label| {
        let plain = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        plain && !label.is_empty() && !label.starts_with("xn--")
    });
    // A last label of digits would make it an IPv4 address.
    let named =
        hostname.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    let port_ok = port.is_empty()
        || (port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0') && port.len() <= 4);
    let path_ok = path.split('/').all(|segment| {
        let lower = segment.to_ascii_lowercase().replace("%2e", ".");
        lower != "." && lower != ".."
    });
    let kept = |text: &str, refused: &str| {
        text.bytes().all(|byte| (0x21..0x7f).contains(&byte) && !refused.as_bytes().contains(&byte))
    };
    let all_ok = host_ok
        && named
        && port_ok
        && port != default
        && path_ok
        && kept(path, "\"<>`{}\\^|")
        && kept(query, "\"<>'")
        && kept(fragment, "\"<>`");
    all_ok.then_some(Url { protocol, hostname, port, path, query, fragment })
}

/// What is before and behind a mark; a mark with nothing behind it is a case of its own.
fn part(text: &str, mark: char) -> Option<(&str, &str)> {
    match text.split_once(mark) {
        None => Some((text, "")),
        Some((_, "")) => None,
        Some(parts) => Some(parts),
    }
}

fn parse_url(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let Some(Value::String(text)) = argument(arguments, 0) else {
        return Err(refer("$parseUrl of what is no text"));
    };
    let url = plain(text).ok_or_else(|| refer("$parseUrl of a URL that the standard may write otherwise"))?;
    let behind =
        |mark: &str, text: &str| if text.is_empty() { String::new() } else { format!("{mark}{text}") };
    let host = format!("{}{}", url.hostname, behind(":", url.port));
    let origin = format!("{}://{host}", url.protocol);
    let (search, hash) = (behind("?", url.query), behind("#", url.fragment));
    let href = format!("{origin}{}{search}{hash}", url.path);
    let parameters = parameters(url.query);
    let members: [Value; 11] = [
        href.as_str().into(),
        origin.into(),
        format!("{}:", url.protocol).into(),
        "".into(),
        "".into(),
        host.into(),
        url.hostname.into(),
        url.port.into(),
        url.path.into(),
        hash.into(),
        search.into(),
    ];
    let mut map = object(Value::from(href.as_str()), Value::from(true));
    map.extend(GETTERS.iter().map(|name| (*name).to_owned()).zip(members));
    let mut kept = Map::new();
    let size = parameters.len();
    kept.insert(
        PARAMETERS.to_owned(),
        parameters.into_iter().map(|(name, value)| Value::from(vec![name, value])).collect(),
    );
    let mut search_params = object(Value::from(REFER), Value::Object(kept));
    search_params.insert("size".to_owned(), Value::from(size));
    map.insert("searchParams".to_owned(), Value::Object(search_params));
    Ok(Some(Value::Object(map)))
}

/// Names and values as forms are encoded.
fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    decoded.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', _, _) => out.push(b' '),
            (byte, _, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The values of a name, where a method is called on parameters.
pub(super) fn values(arguments: Arguments<'_>, receiver: Option<&Value>) -> Option<Result<Vec<Value>>> {
    let kept = state(receiver)?.as_object()?.get(PARAMETERS)?.as_array()?;
    let Some(Value::String(wanted)) = argument(arguments, 0) else {
        return Some(Err(refer("a parameter whose name is no text")));
    };
    let pairs = kept.iter().filter(|pair| pair[0].as_str() == Some(wanted));
    Some(Ok(pairs.map(|pair| pair[1].clone()).collect()))
}

fn found(arguments: Arguments<'_>, call: &HostCall<'_>) -> Result<Vec<Value>> {
    values(arguments, call.input().as_ref()).unwrap_or_else(|| Err(jlens_core::Error::new("T1006")))
}

fn has(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    Ok(Some(Value::from(!found(arguments, call)?.is_empty())))
}

fn get_all(arguments: Arguments<'_>, call: &HostCall<'_>) -> Answer {
    Ok(Some(Value::Array(found(arguments, call)?)))
}
