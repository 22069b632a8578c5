//! Base64 and digests, over the UTF-8 bytes of a text.

use jlens_core::{HostCall, Result};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "base64encode", takes: Takes::Any(1), call: base64_encode },
    Function { name: "base64decode", takes: Takes::Any(1), call: base64_decode },
    Function { name: "digest", takes: Takes::Any(1), call: digest },
    Function { name: "sign", takes: Takes::Any(1), call: sign },
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let sextet = word >> (18 - 6 * at) & 0x3f;
            text.push(if at <= chunk.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    text
}

fn url_safe(text: &str) -> String {
    text.replace('=', "").replace('+', "-").replace('/', "_")
}

/// `atob`: white space goes, padding may be missing, bits left over are dropped.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut text: Vec<u8> =
        text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | 0x0c | b'\r')).collect();
    if text.len().is_multiple_of(4) {
        for _ in 0..2 {
            if text.last() == Some(&b'=') {
                text.pop();
            }
        }
    }
    if text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut word, mut bits) = (0_u32, 0);
    for character in text {
        let sextet = ALPHABET.iter().position(|known| *known == character)?;
        word = word << 6 | sextet as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// What `TextEncoder` takes a value for; an undefined one is empty.
fn text(value: Option<&Value>) -> Result<String> {
    value.map_or(Ok(String::new()), |value| js::string(Some(value)))
}

fn base64_encode(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let encoded = encode(text(argument(arguments, 0))?.as_bytes());
    Ok(Some(Value::from(if js::truthy(argument(arguments, 1)) { url_safe(&encoded) } else { encoded })))
}

fn base64_decode(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let urls = js::truthy(argument(arguments, 1));
    let text = match argument(arguments, 0) {
        Some(Value::String(text)) if urls => text.replace('-', "+").replace('_', "/"),
        other if !urls => js::string(other)?,
        _ => return Err(js::type_error("$base64decode of what is no text")),
    };
    let bytes = decode(&text).ok_or_else(|| js::type_error("the text to decode is not correctly encoded"))?;
    let decoded = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some(Value::from(decoded.strip_prefix('\u{feff}').unwrap_or(&decoded))))
}

/// The bytes in the form that was asked for; any other is undefined.
fn formed(bytes: &[u8], form: Option<&Value>) -> Option<Value> {
    match form.map_or(Some("hex"), Value::as_str)? {
        "hex" => Some(Value::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())),
        "base64" => Some(Value::from(encode(bytes))),
        "base64-urlSafe" => Some(Value::from(url_safe(&encode(bytes)))),
        _ => None,
    }
}

fn digest(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let data = text(argument(arguments, 0))?;
    let name = argument(arguments, 1).map_or(Some("SHA-256"), Value::as_str).unwrap_or("");
    let bytes = match name.to_uppercase().as_str() {
        "SHA-256" => Sha256::digest(data).to_vec(),
        "SHA-384" => Sha384::digest(data).to_vec(),
        "SHA-512" => Sha512::digest(data).to_vec(),
        _ => return Err(refer(format!("$digest by {name}"))),
    };
    Ok(formed(&bytes, argument(arguments, 2)))
}

fn sign(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let data = text(argument(arguments, 0))?;
    let name = argument(arguments, 1).map_or(Some("SHA-256"), Value::as_str).unwrap_or("");
    let Some(Value::String(secret)) = argument(arguments, 2) else {
        return Err(refer("$sign without a secret"));
    };
    let (secret, data) = (secret.as_bytes(), data.as_bytes());
    if secret.is_empty() {
        return Err(refer("$sign with an empty secret"));
    }
    let bytes = match name.trim().to_uppercase().as_str() {
        "SHA-256" => hmac::<Sha256>(secret, data, 64),
        "SHA-384" => hmac::<Sha384>(secret, data, 128),
        "SHA-512" => hmac::<Sha512>(secret, data, 128),
        _ => return Err(refer(format!("$sign by {name}"))),
    };
    Ok(formed(&bytes, argument(arguments, 3)))
}

/// RFC 2104.
fn hmac<D: Digest>(key: &[u8], data: &[u8], block: usize) -> Vec<u8> {
    let mut padded = if key.len() > block { D::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(block, 0);
    let with = |pad: u8| padded.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = D::new().chain_update(with(0x36)).chain_update(data).finalize();
    D::new().chain_update(with(0x5c)).chain_update(inner).finalize().to_vec()
}
