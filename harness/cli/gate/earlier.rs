//! The bundle of the gate before, read and held against the files that it names.

use std::fs;
use std::path::{Path, PathBuf};

use evidence::bundle::{self, Input, ReadBundle};
use evidence::gate::fact::Fact;
use evidence::gate::facts::EarlierBundle;
use store::recordings::Recordings;

use super::inputs::{digest, digest_now, hex};
use super::signing;
use crate::config::Config;
use crate::options::AsOf;

/// A bundle of hundreds of thousands of recordings is smaller.
pub const BUNDLE_BYTES_MAX: u64 = 256 << 20;

/// Where the bundle of the gate before is to be found.
pub struct Earlier {
    /// The file.
    pub file: PathBuf,
}

impl Earlier {
    /// In a file.
    pub fn at(file: PathBuf) -> Earlier {
        Earlier { file }
    }

    /// What it says, and what of it does not hold any more.
    pub fn fact(
        &self,
        config: &Config,
        recordings: Option<&Recordings>,
        as_of: &AsOf,
    ) -> Fact<EarlierBundle> {
        let shown = config.shown(&self.file);
        let text = match read_text(&self.file) {
            Ok(text) => text,
            Err(why) => {
                return Fact::absent(
                    format!("there is no bundle at {shown} ({why})"),
                    "decide the gate before it first",
                );
            }
        };
        let read = match bundle::read(&text) {
            Ok(read) => read,
            Err(error) => {
                return Fact::absent(
                    format!("{shown} is no bundle: {error}"),
                    "decide the gate before it again",
                );
            }
        };
        Fact::Known(EarlierBundle {
            gate: read.gate,
            file: shown,
            sha256: hex(&digest(text.trim_end().as_bytes())),
            passed: read.answer == "pass",
            as_of: read.as_of.clone(),
            expires: read.expires.clone(),
            is_expired: is_expired(&read, as_of),
            broken: broken(&read, config, recordings),
        })
    }
}

/// The text of a bundle; why there is none otherwise.
pub fn read_text(file: &Path) -> Result<String, String> {
    let size = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if size > BUNDLE_BYTES_MAX {
        return Err(format!("it has more than {BUNDLE_BYTES_MAX} bytes"));
    }
    fs::read_to_string(file).map_err(|error| error.to_string())
}

/// Whether a bundle holds no more at a moment; one that does not say until when does not.
pub fn is_expired(read: &ReadBundle, as_of: &AsOf) -> bool {
    read.expires.parse::<jiff::Timestamp>().map_or(true, |expires| as_of.instant >= expires)
}

/// What a bundle rested on and is not so any more. Files that came later are none of its business.
fn broken(read: &ReadBundle, config: &Config, recordings: Option<&Recordings>) -> Vec<String> {
    let mut broken = Vec::new();
    if read.migration != config.migration {
        broken.push(format!("it is of the migration `{}`", read.migration));
    }
    if let Some(signature) = &read.signature
        && let Err(error) = signing::verify(signature, &bundle::canonical(&read.unsigned))
    {
        broken.push(error.to_string());
    }
    broken.extend(read.inputs.iter().filter_map(|input| changed(input, config, recordings)));
    broken
}

/// What has become of a file that a bundle names, where it is not as it was.
fn changed(input: &Input, config: &Config, recordings: Option<&Recordings>) -> Option<String> {
    let (path, kind) = (&input.path, input.kind.name());
    match digest_now(path, config, recordings) {
        Err(_) => Some(format!("{path} ({kind}) is gone")),
        Ok(sha256) if sha256 != input.sha256 => Some(format!("{path} ({kind}) has changed")),
        Ok(_) => None,
    }
}
