//! What has changed against a git revision: recordings, and what their verdicts rest on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::files_of;
use crate::cases::folder_of;
use crate::config::{Config, Operation};

/// What is to be judged again.
pub struct Changed {
    everything: bool,
    operations: BTreeSet<String>,
    /// Relative to the recordings.
    files: BTreeSet<PathBuf>,
}

impl Changed {
    /// No selection.
    pub fn everything() -> Changed {
        Changed { everything: true, operations: BTreeSet::new(), files: BTreeSet::new() }
    }

    /// Nothing at all has changed.
    pub fn is_nothing(&self) -> bool {
        !self.everything && self.operations.is_empty() && self.files.is_empty()
    }

    /// No selection: all pairs are judged.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// Are all pairs of this operation judged?
    pub fn judges_whole(&self, operation: &str) -> bool {
        self.everything || self.operations.contains(operation)
    }

    /// Is a recording's file to be read? One of JSON Lines is where any operation has changed.
    pub fn concerns_file(&self, file: &Path, operation: Option<&str>) -> bool {
        let by_operation =
            operation.map_or(!self.operations.is_empty(), |name| self.operations.contains(name));
        self.everything || by_operation || self.files.contains(file)
    }

    /// Is a pair of this operation, read from this file, to be judged?
    pub fn concerns_pair(&self, file: &Path, operation: &str) -> bool {
        self.everything || self.operations.contains(operation) || self.files.contains(file)
    }
}

/// Asks git, in the configuration's folder; files that git does not track yet count as changed.
pub fn since(revision: &str, config: &Config, operations: &[&Operation]) -> anyhow::Result<Changed> {
    // A revision must not be taken for an option.
    if revision.starts_with('-') {
        bail!("`{revision}` is no git revision");
    }
    let mut files = git(config, &["diff", "--name-only", "-z", "--relative", revision, "--"])?;
    files.extend(git(config, &["ls-files", "--others", "--exclude-standard", "-z"])?);
    let folder = config.folder.canonicalize().unwrap_or_else(|_| config.folder.clone());
    let is_changed = |file: &Path| {
        let full = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        full.strip_prefix(&folder).is_ok_and(|file| files.contains(file))
    };
    let shared = std::iter::once(config.file.as_path())
        .chain(config.accounts.as_ref().map(|file| file.full.as_path()));
    if shared.into_iter().any(is_changed) {
        return Ok(Changed::everything());
    }
    let has_changed_case = |mapping: &Path| {
        let cases = folder_of(mapping);
        let cases = cases.canonicalize().unwrap_or(cases);
        cases.strip_prefix(&folder).is_ok_and(|cases| files.iter().any(|file| file.starts_with(cases)))
    };
    let touched = operations
        .iter()
        .filter(|operation| files_of(operation).any(|file| is_changed(file) || has_changed_case(file)));
    Ok(Changed {
        everything: false,
        operations: touched.map(|operation| operation.name.as_str().to_owned()).collect(),
        files: files
            .iter()
            .filter_map(|file| file.strip_prefix("recordings").ok())
            .filter(|file| config.recordings().join(file).is_file())
            .map(Path::to_owned)
            .collect(),
    })
}

fn git(config: &Config, arguments: &[&str]) -> anyhow::Result<BTreeSet<PathBuf>> {
    let output = Command::new("git").arg("-C").arg(&config.folder).args(arguments).output();
    let output = output.context("run git, which `--changed` asks")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {}: {}", arguments[0], said.lines().next().unwrap_or("failed without a word"));
    }
    let names = output.stdout.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned())).collect())
}
