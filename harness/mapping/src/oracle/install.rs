//! Puts a JavaScript library into a cache folder, whole or not at all.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Library, OracleError};

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
    write(&partial.join("package.json"), |path| fs::write(path, "{\"private\":true}\n"))?;
    let output = Command::new("npm")
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--save-exact"])
        .arg(library.to_string())
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

fn write(path: &Path, act: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), OracleError> {
    act(path).map_err(|source| OracleError::Write { path: path.to_owned(), source })
}

fn remove(path: &Path) -> Result<(), OracleError> {
    if path.exists() { write(path, |path| fs::remove_dir_all(path)) } else { Ok(()) }
}
