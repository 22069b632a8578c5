//! Where the data that is not in this repository lies, and what happens where it, or a program, is absent.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A path in the data folder: `CUTOVER_DATA`, or `../shared/data` beside the repository. Where it is absent that is
/// said; with `CUTOVER_REQUIRE_SERVERS=1` the test fails, for a case that was not run is not a case that passed.
pub fn find(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CUTOVER_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    existing(folder.join(path), "set CUTOVER_DATA to the data folder")
}

/// The path, where something is there; else the reason and what to do are said, or the test fails.
pub fn existing(path: PathBuf, remedy: &str) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
    assert!(!is_required, "{} is absent, and CUTOVER_REQUIRE_SERVERS=1 demands it", path.display());
    report(&format!("NOT RUN: {} is absent; {remedy}", path.display()));
    None
}

/// Reads a file of the data folder as text; `None` where the folder is absent.
pub fn read(path: &str) -> Option<String> {
    let found = find(path)?;
    Some(std::fs::read_to_string(&found).unwrap_or_else(|error| panic!("read {}: {error}", found.display())))
}

/// What lies in a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder stays while it is listed").path()).collect();
    files.sort();
    files
}

/// Past the test's captured output, which is shown for failures only: figures and what was not run must be seen.
pub fn report(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
