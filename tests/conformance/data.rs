//! Where the shared data lies, and what happens where it does not.

use std::path::{Path, PathBuf};

/// A path in the data folder: `CUTOVER_DATA`, or `../shared/data` beside the repository. Where it is absent that is
/// said, and with `CUTOVER_REQUIRE_SERVERS=1` the test fails: a case that was not run is not a case that passed.
pub fn find(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CUTOVER_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let found = folder.join(path);
    if found.exists() {
        return Some(found);
    }
    let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
    assert!(!is_required, "{} is absent, and CUTOVER_REQUIRE_SERVERS=1 demands it", found.display());
    report(&format!("NOT RUN: {} is absent; set CUTOVER_DATA to the data folder", found.display()));
    None
}

/// Reads a file of the data folder as text; `None` where the folder is absent.
pub fn read(path: &str) -> Option<String> {
    let found = find(path)?;
    Some(std::fs::read_to_string(&found).unwrap_or_else(|error| panic!("read {}: {error}", found.display())))
}

/// Says something that must be seen in the test's output.
#[expect(clippy::print_stderr, reason = "figures and cases that were not run belong in the test's output")]
pub fn report(line: &str) {
    eprintln!("{line}");
}
