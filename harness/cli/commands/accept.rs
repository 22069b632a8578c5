//! `cutover accept`: what the last check found is accepted, without a look at each group.

use std::io::Write;

use anyhow::Context;
use report::run::counted;
use report::visible;

use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::options::{Format, Global};
use crate::snapshots::Snapshots;

/// Accepts what waits of the operations that are named, or of all.
pub fn run(names: &[String], global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    config.select(names)?;
    let mut snapshots = Snapshots::read(&config).map_err(ConfigError::Invalid)?;
    let is_named = |operation: &str| names.is_empty() || names.iter().any(|name| name == operation);
    let (mut total, mut files) = (0, Vec::new());
    for file in &mut snapshots.files {
        let waiting = file.waiting();
        let changes: Vec<_> =
            waiting.changes.into_iter().filter(|changed| is_named(&changed.operation)).collect();
        if changes.is_empty() {
            continue;
        }
        for changed in &changes {
            file.accepted.set(&changed.operation, &changed.identity, changed.change.current());
        }
        file.write().with_context(|| format!("write {}", file.shown))?;
        if global.format == Format::Text {
            for changed in &changes {
                writeln!(
                    out,
                    "{:<5}  {}  {}  {}",
                    changed.change.name(),
                    visible::one_line(&changed.operation),
                    visible::one_line(&changed.identity.field),
                    changed.identity.kind.name()
                )?;
            }
        }
        total += changes.len() as u64;
        files.push(file.shown.clone());
    }
    match global.format {
        Format::Json => {
            let document = serde_json::json!({"version": 1, "accepted": total, "files": files});
            writeln!(out, "{document:#}")?;
        }
        Format::Text if total == 0 => {
            writeln!(out, "Nothing waits to be accepted: `cutover check` finds what does.")?;
        }
        Format::Text => {
            let (groups, files) = (counted(total, "group", "groups"), files.join(", "));
            writeln!(out, "{groups} accepted in {files}: read what changed before you commit it.")?;
        }
    }
    Ok(Exit::Clean)
}
