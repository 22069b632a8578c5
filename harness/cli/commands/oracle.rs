//! `cutover oracle install`: the JavaScript that production evaluates mappings with, in a cache folder.

use std::io::Write;

use mapping::oracle::{Library, Oracle};
use serde_json::json;

use crate::engines::{Engines, EnginesError};
use crate::exit::Exit;
use crate::options::{Format, Global};

/// Installs libraries, and starts each once to see that it works.
pub fn install(libraries: &[Library], global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let cache = global.oracle.as_ref().ok_or(EnginesError::NoFolder)?;
    let engines = Engines::where_needed(global);
    let mut installed = Vec::new();
    for library in libraries {
        let folder = Oracle::install(cache, library)?;
        engines.demand(library)?;
        match global.format {
            Format::Text => writeln!(out, "{library} in {}", folder.display())?,
            Format::Json => installed.push(json!({
                "dialect": library.dialect.name(),
                "package": library.package(),
                "version": library.version,
                "jsonata": library.jsonata(),
                "folder": folder.display().to_string(),
            })),
        }
    }
    if global.format == Format::Json {
        writeln!(out, "{}", serde_json::to_string_pretty(&json!({"version": 1, "installed": installed}))?)?;
    }
    Ok(Exit::Clean)
}
