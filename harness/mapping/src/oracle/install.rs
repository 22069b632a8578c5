//! Puts a JavaScript library into a cache folder, whole or not at all.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Library, OracleError};
use crate::engine::Dialect;

/// Every package that the pinned libraries rest on, each with its version and digest: what was tested is what runs.
/// Made by `npm install --package-lock-only` when a pin changes.
const LOCKS: [(Dialect, &str); 2] = [
    (Dialect::Jsonata, include_str!("jsonata.lock.json")),
    (Dialect::Truto, include_str!("truto.lock.json")),
];

/// Whether the folder holds the library in its version.
pub(super) fn is_installed(folder: &Path, library: &Library) -> bool {
    let manifest = folder.join("node_modules").join(library.package()).join("package.json");
    let version = fs::read(manifest).ok().and_then(|text| {
        let manifest: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(manifest.get("version")?.as_str()? == library.version)
    });
    version.unwrap_or(false)
}

/// Installs with npm beside the folder, then renames. Scripts of packages are not run.
pub(super) fn install(cache: &Path, library: &Library) -> Result<PathBuf, OracleError> {
    let folder = library.folder(cache);
    if is_installed(&folder, library) {
        return Ok(folder);
    }
    // Of its own for each process: two that install at once must not tread on each other.
    let mut partial = folder.clone().into_os_string();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    remove(&partial)?;
    write(&partial, |path| fs::create_dir_all(path))?;
    let manifest = format!(
        "{{\"private\":true,\"dependencies\":{{\"{}\":\"{}\"}}}}\n",
        library.package(),
        library.version
    );
    write(&partial.join("package.json"), |path| fs::write(path, manifest))?;
    let way = match lock(library) {
        Some(lock) => {
            write(&partial.join("package-lock.json"), |path| fs::write(path, lock))?;
            "ci"
        }
        None => "install",
    };
    let output = Command::new("npm")
        .args([way, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&partial)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => OracleError::ProgramAbsent { program: "npm" },
            _ => OracleError::Install { library: library.to_string(), what: error.to_string() },
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let what =
            said.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("; ");
        return Err(OracleError::Install { library: library.to_string(), what });
    }
    if is_installed(&folder, library) {
        remove(&partial)?;
        return Ok(folder);
    }
    remove(&folder)?;
    write(&folder, |path| fs::rename(&partial, path))?;
    Ok(folder)
}

/// What a pinned version rests on; another version takes what npm resolves.
fn lock(library: &Library) -> Option<&'static str> {
    let (_, lock) = LOCKS.iter().find(|(dialect, _)| *dialect == library.dialect)?;
    (*library == Library::pinned(library.dialect)).then_some(*lock)
}

fn write(path: &Path, act: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), OracleError> {
    act(path).map_err(|source| OracleError::Write { path: path.to_owned(), source })
}

fn remove(path: &Path) -> Result<(), OracleError> {
    if path.exists() { write(path, |path| fs::remove_dir_all(path)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_locks_are_of_the_pinned_versions_and_have_a_digest_for_each_package() {
        for (dialect, lock) in LOCKS {
            let library = Library::pinned(dialect);
            let lock: Value = serde_json::from_str(lock).expect("a lock is JSON");
            let packages = lock["packages"].as_object().expect("a lock lists packages");
            let version = |name: &str| packages[&format!("node_modules/{name}")]["version"].clone();
            assert_eq!(version(library.package()), library.version);
            assert_eq!(version("jsonata"), library.jsonata());
            let bare =
                packages.iter().filter(|(name, package)| !name.is_empty() && package["integrity"].is_null());
            assert_eq!(bare.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&String>::new());
        }
    }
}
