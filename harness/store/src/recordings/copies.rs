//! A pair that was promoted lies twice: in the file that it was recorded into, and as a cassette. It is one pair.
//!
//! Only where both say the same, to the letter but for white space, is the cassette meant. Two pairs of one id that say
//! different things both stay, for whoever judges them to object.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::records::{RawRecord, whole_text};
use super::{file_of_id, is_cassette};
use crate::format;
use crate::id::check_id;

/// The cassettes that are read in the same run.
pub(super) struct Copies {
    root: PathBuf,
    /// As bytes, which compare sooner than paths.
    cassettes: BTreeSet<OsString>,
}

impl Copies {
    /// Of these files, those that are cassettes.
    pub(super) fn of(root: &Path, files: &[PathBuf]) -> Copies {
        let cassettes = files.iter().filter(|file| is_cassette(file));
        let cassettes = cassettes.map(|file| file.clone().into_os_string()).collect();
        Copies { root: root.to_owned(), cassettes }
    }

    /// Whether a cassette says the same as a record of another file.
    pub(super) fn has(&self, record: &RawRecord) -> bool {
        let Ok(text) = &record.text else { return false };
        if self.cassettes.is_empty() || record.location.line.is_none() {
            return false;
        }
        self.cassette(text).is_some_and(|file| self.says_the_same(&file, text))
    }

    fn cassette(&self, text: &str) -> Option<PathBuf> {
        let parsed;
        let id = match quick_id(text) {
            Some(id) => id,
            None => {
                parsed = format::id(text)?;
                &parsed
            }
        };
        let (operation, name) = id.split_once('/')?;
        check_id(id, operation).ok()?;
        let file = file_of_id(operation, name);
        self.cassettes.contains(file.as_os_str()).then_some(file)
    }

    fn says_the_same(&self, file: &Path, text: &str) -> bool {
        let cassette = File::open(self.root.join(file)).ok().and_then(|file| whole_text(file).ok());
        let line = |text: &str| format::parse(text).ok().map(|pair| format::to_line(&pair));
        cassette.and_then(|cassette| line(&cassette)).is_some_and(|cassette| Some(cassette) == line(text))
    }
}

/// The id where a line begins as this program writes it, and the id needs no escape: without reading the rest.
fn quick_id(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(r#"{"version":1,"id":""#)?;
    let id = &rest[..rest.find('"')?];
    (!id.contains('\\')).then_some(id)
}
