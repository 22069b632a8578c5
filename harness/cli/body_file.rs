//! A body that somebody hands over as a file, or on standard input where the file is called `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};
use compare::tape::{BODY_BYTES_MAX, Json, Tape, line_and_column};

/// Instead of a file's name.
const STANDARD_INPUT: &str = "-";

/// Windows' editors begin a file with it. RFC 8259, section 8.1, allows to pass it over.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a body, without a byte order mark.
pub fn read(file: &Path) -> anyhow::Result<String> {
    let name = name(file);
    let mut bytes = Vec::new();
    let mut body: Box<dyn Read> = match is_standard_input(file) {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).with_context(|| format!("read {name}"))?),
    };
    body.by_ref()
        .take(BODY_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("read {name}"))?;
    if bytes.len() > BODY_BYTES_MAX {
        bail!("{name} has more bytes than the limit of {BODY_BYTES_MAX}");
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        anyhow::anyhow!(
            "{name} is not UTF-8, as JSON must be: wrong at byte {}",
            error.utf8_error().valid_up_to()
        )
    })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.remove(0);
    }
    if text.trim_ascii().is_empty() {
        bail!("{name} is empty, and a body is JSON");
    }
    Ok(text)
}

/// Parses a body; the error names the place.
pub fn parse<'t>(file: &Path, text: &'t str, tape: &'t mut Tape) -> anyhow::Result<Json<'t>> {
    tape.parse(text).map_err(|error| {
        let (line, column) = line_and_column(text, error.offset);
        anyhow::anyhow!("{}:{line}:{column}: not JSON: {}", name(file), error.what)
    })
}

/// Whether a body is read from standard input, which can be done once.
pub fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == STANDARD_INPUT
}

fn name(file: &Path) -> String {
    if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() }
}
