//! Polly.JS: HAR with an order of its own, and with packed bodies as a list of chunks in the text.

use compare::model::Headers;

use super::body;
use super::cassette::{Fault, Read};
use super::har;
use super::node::Node;

/// Reads every entry, in the order in which it was asked.
pub(super) fn read(text: &str) -> Result<Vec<Result<Read, Fault>>, Fault> {
    let entries = har::entries(text)?;
    let mut entries: Vec<_> = entries.into_iter().map(har::parsed).collect();
    // Polly numbers equal requests apart; the sort is stable, so that the others keep the file's order.
    let order = |entry: &Result<Node, Fault>| {
        entry.as_ref().ok().and_then(|entry| entry.get("_order").text()?.parse::<u64>().ok()).unwrap_or(0)
    };
    entries.sort_by_key(order);
    Ok(entries.into_iter().map(|entry| har::entry(&entry?)).collect())
}

/// The bytes of a packed body: a JSON list of chunks, each in hexadecimal or in Base64; `None` where the text is not that.
pub(super) fn packed_chunks(text: &str, encoding: &str, headers: &Headers) -> Option<Vec<u8>> {
    if !text.starts_with("[\"") || !headers.contains_key("content-encoding") {
        return None;
    }
    let chunks: Vec<String> = serde_json::from_str(text).ok()?;
    let decode: fn(&String) -> Option<Vec<u8>> = match encoding {
        "base64" => |chunk| body::from_base64(chunk, "a chunk").ok(),
        "hex" | "" => |chunk| from_hexadecimal(chunk),
        _ => return None,
    };
    chunks.iter().map(decode).collect::<Option<Vec<_>>>().map(|chunks| chunks.concat())
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
