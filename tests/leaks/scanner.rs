//! Looks for values in bytes, in every form that they may hide in: clear, Base64, percent-encoded, escaped as in JSON,
//! compressed, in the blocks of a segment, and in the pages of a SQLite file. It shares no code with what it watches over.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use super::{segment, sqlite};

/// What hides in what hides in what: deeper, nothing is written by accident.
const DEPTH_MAX: usize = 4;

/// Shorter runs hold nothing that is looked for.
const BASE64_BYTES_MIN: usize = 8;

/// More than this of a compressed stream is not looked through.
const INFLATED_BYTES_MAX: u64 = 64 << 20;

/// A value that was found, and the forms that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub file: String,
    pub forms: String,
    pub value: String,
}

/// Looks for the values in every file below a folder, and in the files' names.
pub fn folder(folder: &Path, values: &[&str]) -> BTreeSet<Found> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("the folder is there") {
            let path = entry.expect("the folder stays while it is listed").path();
            let name = path.display().to_string();
            bytes(&name, name.as_bytes(), values, &mut found);
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes(&name, &std::fs::read(&path).expect("the file is there"), values, &mut found);
            }
        }
    }
    found
}

/// Looks for the values in bytes.
pub fn bytes(file: &str, bytes: &[u8], values: &[&str], found: &mut BTreeSet<Found>) {
    let values: Vec<(String, Vec<u8>)> =
        values.iter().map(|value| ((*value).to_owned(), value.to_lowercase().into_bytes())).collect();
    Search { file, values: &values, found }.look(bytes, "clear", 0);
}

struct Search<'s> {
    file: &'s str,
    values: &'s [(String, Vec<u8>)],
    found: &'s mut BTreeSet<Found>,
}

impl Search<'_> {
    fn look(&mut self, bytes: &[u8], forms: &str, depth: usize) {
        let lower: Vec<u8> = String::from_utf8_lossy(bytes).to_lowercase().into_bytes();
        for (value, wanted) in self.values {
            if contains(&lower, wanted) {
                let (file, forms) = (self.file.to_owned(), forms.to_owned());
                self.found.insert(Found { file, forms, value: value.clone() });
            }
        }
        if depth == DEPTH_MAX {
            return;
        }
        let mut deeper = |form: &str, bytes: &[u8]| self.look(bytes, &format!("{forms} > {form}"), depth + 1);
        if let Some(decoded) = percent_decoded(bytes) {
            deeper("percent", &decoded);
        }
        if let Some(decoded) = unescaped(bytes) {
            deeper("escaped", &decoded);
        }
        for decoded in base64_texts(bytes) {
            deeper("base64", &decoded);
        }
        for inflated in inflated(bytes, &[0x28, 0xb5, 0x2f, 0xfd], |bytes| {
            zstd::stream::read::Decoder::with_buffer(bytes).ok().map(|decoder| read(decoder.single_frame()))
        }) {
            deeper("zstd", &inflated);
        }
        for inflated in
            inflated(bytes, &[0x1f, 0x8b, 0x08], |bytes| Some(read(flate2::read::GzDecoder::new(bytes))))
        {
            deeper("gzip", &inflated);
        }
        for block in segment::blocks(bytes) {
            deeper("segment", &block);
        }
        for cell in sqlite::contents(bytes) {
            deeper("sqlite", &cell);
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// What was read, up to where the stream breaks: a torn frame may hold something too.
fn read(reader: impl Read) -> Vec<u8> {
    let mut inflated = Vec::new();
    let mut reader = reader.take(INFLATED_BYTES_MAX);
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        inflated.extend_from_slice(&buffer[..length]);
    }
    inflated
}

fn inflated(bytes: &[u8], magic: &[u8], inflate: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let starts = (0..bytes.len()).filter(|start| bytes[*start..].starts_with(magic));
    starts.filter_map(|start| inflate(&bytes[start..])).filter(|inflated| !inflated.is_empty()).collect()
}

/// None where nothing is encoded.
fn percent_decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    decoded(bytes, b"%", 2, |code, out| out.push(code as u8))
}

/// None where nothing is escaped.
fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    decoded(bytes, b"\\u", 4, |code, out| {
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    })
}

fn decoded(bytes: &[u8], mark: &[u8], digits: usize, push: impl Fn(u32, &mut Vec<u8>)) -> Option<Vec<u8>> {
    let (mut out, mut at, mut any) = (Vec::with_capacity(bytes.len()), 0, false);
    while at < bytes.len() {
        let code = bytes[at..].strip_prefix(mark).and_then(|rest| rest.get(..digits));
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                push(code, &mut out);
                at += mark.len() + digits;
                any = true;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    any.then_some(out)
}

/// Every run of Base64's letters, decoded from each of the four places that a quantum may begin at.
fn base64_texts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let mut texts = Vec::new();
    for alphabet in [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE] {
        let engine = GeneralPurpose::new(&alphabet, config);
        let signs = alphabet.as_str().as_bytes();
        let is_sign = |byte: &u8| signs.contains(byte);
        for run in bytes.split(|byte| !is_sign(byte)).filter(|run| run.len() >= BASE64_BYTES_MIN) {
            for start in 0..4 {
                let run = &run[start..];
                // One letter alone is no byte.
                let run = if run.len() % 4 == 1 { &run[..run.len() - 1] } else { run };
                texts.extend(engine.decode(run));
            }
        }
    }
    texts
}
