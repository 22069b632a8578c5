//! The mapping as it was at a git revision.

use std::process::Command;

use anyhow::{Context, bail};
use mapping::mapping::Mapping;

use super::targets::Target;
use crate::config::ConfigError;
use crate::plan::compile_mapping;

/// Reads and compiles it, as the mapping of today is compiled.
pub fn read(target: &Target<'_>, revision: &str) -> anyhow::Result<Mapping> {
    // A revision must not be taken for an option.
    if revision.starts_with('-') {
        bail!("`{revision}` is no git revision");
    }
    let full = target.full.canonicalize().with_context(|| format!("read {}", target.shown))?;
    let (Some(folder), Some(name)) = (full.parent(), full.file_name()) else {
        bail!("{} lies in no folder", target.shown);
    };
    let object = format!("{revision}:./{}", name.to_string_lossy());
    let output = Command::new("git").arg("-C").arg(folder).args(["show", &object]).output();
    let output = output.context("run git, which `--against` asks")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git show {object}: {}", said.lines().next().unwrap_or("failed without a word"));
    }
    let text = String::from_utf8(output.stdout).with_context(|| format!("{object} is not UTF-8"))?;
    let name = format!("{} at {revision}", target.shown);
    let mapping = compile_mapping(&name, &text, target.mapping.settings());
    Ok(mapping.map_err(|problem| ConfigError::Invalid(vec![problem]))?)
}
