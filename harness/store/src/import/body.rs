//! Bodies as recorders keep them, compressed or as Base64, to bodies as they are compared.

use std::io::{self, Read};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use compare::model::{Body, Headers};

use super::cassette::{BODY_BYTES_MAX, Fault};
use crate::json_text;

/// Recorders leave the padding out, or put it where it need not be.
pub(super) const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A server that packs twice is heard of; three times is a mistake.
const ENCODINGS_MAX: usize = 2;

/// Undoes the content's encoding and tells JSON, text and bytes apart.
///
/// Many recorders keep the header `content-encoding` and the body unpacked, so an encoding is undone where the bytes
/// show it. The media type is that of the header where the file tells no other. The header of the encoding goes: what is recorded is not encoded any more.
pub(crate) fn body(
    bytes: Vec<u8>,
    headers: &mut Headers,
    told_media_type: Option<&str>,
) -> Result<Body, Fault> {
    let encodings: Vec<String> = headers
        .remove("content-encoding")
        .iter()
        .flatten()
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if encodings.len() > ENCODINGS_MAX {
        let what = format!("the body is encoded more than {ENCODINGS_MAX} times");
        return Err(Fault::new(what, "take the entry out, or record it again"));
    }
    let mut bytes = bytes;
    if !bytes.is_empty() {
        for encoding in encodings.iter().rev() {
            bytes = unpacked(bytes, encoding)?;
        }
    }
    if bytes.len() > BODY_BYTES_MAX {
        return Err(too_large());
    }
    Ok(classified(bytes, told_media_type.or(media_type(headers).as_deref())))
}

/// The media type that headers declare.
pub(super) fn media_type(headers: &Headers) -> Option<String> {
    headers.get("content-type").and_then(|values| values.first()).cloned()
}

/// JSON where it is declared, or where nothing is, and it is; text where it is UTF-8; else bytes.
pub(crate) fn classified(bytes: Vec<u8>, media_type: Option<&str>) -> Body {
    if bytes.is_empty() {
        return Body::Absent;
    }
    match String::from_utf8(bytes) {
        Ok(text) if may_be_json(&text, media_type) && json_text::is_json(&text) => {
            // What is around it is none of it.
            let is_space = |letter| matches!(letter, ' ' | '\t' | '\n' | '\r');
            let json = text.trim_matches(is_space);
            if json.len() == text.len() { Body::Json(text) } else { Body::Json(json.to_owned()) }
        }
        Ok(text) => Body::Text(text),
        Err(error) => Body::Base64(base64::prelude::BASE64_STANDARD.encode(error.as_bytes())),
    }
}

/// Whether a media type is one of JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

fn may_be_json(text: &str, media_type: Option<&str>) -> bool {
    match media_type.map(str::trim).filter(|media_type| !media_type.is_empty()) {
        Some(media_type) => is_json(media_type),
        None => text.trim_start().starts_with(['{', '[']),
    }
}

/// Bytes from Base64 with or without padding and line breaks.
pub(super) fn from_base64(text: &str, what: &str) -> Result<Vec<u8>, Fault> {
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT_BASE64
        .decode(packed)
        .map_err(|error| Fault::new(format!("{what} is not Base64: {error}"), "record the exchange again"))
}

fn unpacked(bytes: Vec<u8>, encoding: &str) -> Result<Vec<u8>, Fault> {
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let is_zlib = bytes.len() > 2
        && bytes[0] & 0x0f == 8
        && (u16::from(bytes[0]) << 8 | u16::from(bytes[1])).is_multiple_of(31);
    let is_zstd = bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let is_text = std::str::from_utf8(&bytes).is_ok();
    match encoding {
        "gzip" | "x-gzip" if is_gzip => read_to_limit(flate2::read::MultiGzDecoder::new(&*bytes), encoding),
        "deflate" if is_zlib => read_to_limit(flate2::read::ZlibDecoder::new(&*bytes), encoding),
        // Some servers send deflate without its header.
        "deflate" if !is_text => read_to_limit(flate2::read::DeflateDecoder::new(&*bytes), encoding),
        "zstd" if is_zstd => {
            let decoder =
                zstd::stream::read::Decoder::new(&*bytes).map_err(|error| torn(encoding, &error))?;
            read_to_limit(decoder, encoding)
        }
        "gzip" | "x-gzip" | "deflate" | "zstd" => Ok(bytes),
        _ if is_text => Ok(bytes),
        other => Err(Fault::new(
            format!("the body is encoded as {other:?}, which is not read here"),
            "record it again with the request header `accept-encoding: gzip`",
        )),
    }
}

fn read_to_limit(decoder: impl Read, encoding: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    decoder.take(limit).read_to_end(&mut bytes).map_err(|error| torn(encoding, &error))?;
    if bytes.len() > BODY_BYTES_MAX { Err(too_large()) } else { Ok(bytes) }
}

fn torn(encoding: &str, error: &io::Error) -> Fault {
    Fault::new(format!("the body is not whole {encoding}: {error}"), "record the exchange again")
}

fn too_large() -> Fault {
    Fault::new(
        format!("the body is larger than {BODY_BYTES_MAX} bytes once it is unpacked"),
        "take the entry out, or ask for smaller pages",
    )
}
