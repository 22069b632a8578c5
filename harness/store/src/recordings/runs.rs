//! What became of a run of live capture: a small file beside its segments, by which dropped pairs are not forgotten.
//!
//! It is replaced whole while the run goes on, and says at the end that it ended. One that does not say so is of a run that still goes
//! on or was killed: what it dropped since is not known, and nobody may take it for none.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::whole_file::{IfExists, WholeFile};

/// The ending of such a file's name.
pub const ENDING: &str = ".run";

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// A longer file is none of ours: ours has a few hundred bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// What became of the pairs of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// [`VERSION`].
    pub version: u32,
    /// Its name, by which its segments' names begin.
    pub run: String,
    /// RFC 3339.
    pub started_at: String,
    /// The moment of the counts, RFC 3339.
    pub told_at: String,
    /// Whether it ended, so that nothing can be added to the counts.
    pub ended: bool,
    /// Requests that were to be recorded.
    pub offered: u64,
    /// Pairs that are durable.
    pub recorded: u64,
    /// Those that came to no pair, by reason.
    pub dropped: BTreeMap<String, u64>,
}

/// Why a file does not say what became of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The disk.
    #[error("read {path}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stands in it.
    #[error(
        "read {path}: {why}; it says what live capture dropped, so restore it, or remove it and waive what is not known"
    )]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Run {
    /// Replaces the file of this run in a folder; it is on the disk when this returns.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = WholeFile::create(&folder.join(format!("{}{ENDING}", self.run)), IfExists::Replace)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.finish().map(drop)
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Run, RunError> {
        let disk = |source| RunError::Disk { path: path.to_owned(), source };
        let content = |why: String| RunError::Content { path: path.to_owned(), why };
        if fs::metadata(path).map_err(disk)?.len() > BYTES_MAX {
            return Err(content(format!("it has more than {BYTES_MAX} bytes")));
        }
        let text = fs::read_to_string(path).map_err(disk)?;
        let run: Run = serde_json::from_str(&text).map_err(|error| content(error.to_string()))?;
        match run.version {
            VERSION => Ok(run),
            other => Err(content(format!("it is of version {other}, and this program knows {VERSION}"))),
        }
    }

    /// All that were dropped, whatever the reason.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether every pair that was to be recorded is accounted for.
    pub fn adds_up(&self) -> bool {
        self.ended && self.offered == self.recorded + self.dropped_total()
    }
}

/// Whether a file says what became of a run, by its name.
pub(super) fn is_run(file: &Path) -> bool {
    let name = file.file_name().map_or(&b""[..], |name| name.as_encoded_bytes());
    name.len() > ENDING.len() && name.ends_with(ENDING.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run {
            version: VERSION,
            run: "20261128t093000-0a1b2c3d".to_owned(),
            started_at: "2026-11-28T09:30:00Z".to_owned(),
            told_at: "2026-11-28T10:30:00Z".to_owned(),
            ended: true,
            offered: 10,
            recorded: 7,
            dropped: BTreeMap::from([("queue_full".to_owned(), 2), ("too_large".to_owned(), 1)]),
        }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("cutover-runs-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn what_is_written_is_read_and_replaced_as_a_whole() {
        let folder = folder("whole");
        let file = folder.join("20261128t093000-0a1b2c3d.run");
        Run { ended: false, offered: 11, ..run() }.write(&folder).expect("it is written");
        assert!(!Run::read(&file).expect("it is one").adds_up());
        run().write(&folder).expect("it is replaced");
        let read = Run::read(&file).expect("it is one");
        assert_eq!((read.adds_up(), read.dropped_total()), (true, 3));
        assert_eq!(read, run());
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn what_is_no_such_file_says_so() {
        let folder = folder("other");
        fs::create_dir_all(&folder).expect("it is made");
        let file = folder.join("a.run");
        let newer = serde_json::to_string(&Run { version: 9, ..run() }).expect("it is JSON");
        for (text, expected) in
            [("{", "EOF"), (newer.as_str(), "version 9"), (&"x".repeat(70_000), "more than 65536 bytes")]
        {
            fs::write(&file, text).expect("it is written");
            let error = Run::read(&file).expect_err("it is none").to_string();
            assert!(error.contains(expected), "{error}");
        }
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
