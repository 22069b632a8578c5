//! `cutover export har`: one side's exchanges for other tools.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;
use serde::Serialize;
use store::export::HarWriter;

use crate::config::Config;
use crate::exit::Exit;
use crate::join::Witness;
use crate::options::{ExportHar, Format, Global};
use crate::storage::open_recordings;

/// What `--format json` prints, version 1.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    out: String,
    side: &'a str,
    /// Entries in the archive.
    exchanges: u64,
    /// Exchanges without a request, which HAR cannot hold.
    left_out: u64,
    /// Records that could not be read; `check` says why.
    unreadable: u64,
}

/// Writes the archive beside its name and renames it, so that it appears whole or not at all.
pub fn har(options: &ExportHar, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let operations = config.select(&options.operations)?;
    let is_meant = |name: &str| {
        options.operations.is_empty() || operations.iter().any(|operation| operation.name.as_str() == name)
    };
    let name = options.out.display().to_string();
    let context = || format!("write {name}");
    let partial = {
        let mut partial = options.out.clone().into_os_string();
        partial.push(".partial");
        std::path::PathBuf::from(partial)
    };
    let recordings = open_recordings(&config, global)?;
    let file = BufWriter::new(File::create(&partial).with_context(context)?);
    let mut writer = HarWriter::new(file, env!("CARGO_PKG_VERSION")).with_context(context)?;
    let (mut left_out, mut unreadable) = (0, 0);
    for record in recordings.records(recordings.sources()?.files) {
        let Ok(pair) = record.pair() else {
            unreadable += 1;
            continue;
        };
        if !is_meant(&pair.operation) {
            continue;
        }
        let exchanges = match options.side {
            Witness::Legacy => &pair.legacy,
            Witness::New => &pair.new,
            Witness::Source => &pair.source,
        };
        for exchange in exchanges {
            left_out += u64::from(writer.add(exchange, &pair.id).with_context(context)?.is_err());
        }
    }
    let exchanges = writer.finish().with_context(context)?;
    if exchanges == 0 {
        std::fs::remove_file(&partial).with_context(context)?;
    } else {
        std::fs::rename(&partial, &options.out).with_context(context)?;
    }
    let side = options.side.name();
    match global.format {
        Format::Json => {
            let document = Document { version: 1, out: name, side, exchanges, left_out, unreadable };
            writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
        }
        Format::Text if exchanges == 0 => writeln!(
            out,
            "Nothing of {side} to export: {left_out} without a request, {unreadable} unreadable."
        )?,
        Format::Text => {
            let exchanges = report::run::counted(exchanges, "exchange", "exchanges");
            writeln!(
                out,
                "{exchanges} of {side} exported to {name}; {left_out} without a request, {unreadable} unreadable."
            )?;
        }
    }
    Ok(if exchanges == 0 { Exit::Undecided } else { Exit::Clean })
}
