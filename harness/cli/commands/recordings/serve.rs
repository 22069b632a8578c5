//! `cutover recordings serve`: answers from recordings, in a provider's stead, and says which requests had no answer.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;

use anyhow::{Context, bail};
use capture::stub::{self, Stub};
use serde_json::json;

use crate::config::Config;
use crate::exit::Exit;
use crate::join::Witness;
use crate::options::{Format, Global, ServeRecordings};
use crate::pipeline::{stop, stop_on_interrupt};
use crate::storage::open_recordings;

/// People are told so many requests that had no answer; JSON has all that are remembered.
const SHOWN_MAX: usize = 20;

/// Serves until Ctrl-C, then tells what could not be answered.
pub fn run(options: &ServeRecordings, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let chosen = config.select(&options.operations)?;
    let recordings = open_recordings(&config, global)?;
    let mut stub = Stub::default();
    let mut pairs = 0_u64;
    for record in recordings.records(recordings.sources()?.files) {
        // What cannot be read answers nothing; `check` tells it.
        let Ok(pair) = record.pair() else { continue };
        if !options.operations.is_empty()
            && !chosen.iter().any(|operation| operation.name.as_str() == pair.operation)
        {
            continue;
        }
        pairs += 1;
        let (exchanges, repeats) = match options.side {
            Witness::Legacy => (&pair.legacy, &pair.legacy_repeats[..]),
            Witness::New => (&pair.new, &pair.new_repeats[..]),
            Witness::Source => (&pair.source, &[][..]),
        };
        exchanges.iter().chain(repeats.iter().flatten()).for_each(|exchange| stub.add(exchange));
    }
    if stub.requests() == 0 {
        bail!("{} of {pairs} recorded pairs have a request to answer of the side {}", 0, options.side.name());
    }
    let listener =
        TcpListener::bind(options.listen).with_context(|| format!("listen on {}", options.listen))?;
    let address = listener.local_addr().context("find the address that is listened on")?;
    stop_on_interrupt()?;
    let counted = report::run::counted(stub.requests() as u64, "request", "requests");
    match global.format {
        Format::Text => writeln!(
            out,
            "http://{address} answers {counted} as {} did; Ctrl-C ends it.",
            options.side.name()
        )?,
        Format::Json => writeln!(
            out,
            "{}",
            json!({"version": 1, "listening": format!("http://{address}"), "requests": stub.requests()})
        )?,
    }
    out.flush()?;
    let stub = Arc::new(stub);
    stub::serve(&stub, listener, stop()).context("answer requests")?;
    tell(&stub, global.format, out)
}

fn tell(stub: &Stub, format: Format, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (total, unanswered) = stub.unanswered();
    if format == Format::Json {
        let unanswered: Vec<_> =
            unanswered.iter().map(|(request, count)| json!({"request": request, "count": count})).collect();
        let document = json!({
            "version": 1, "answered": stub.answered(), "unanswered_total": total, "unanswered": unanswered,
        });
        writeln!(out, "{document}")?;
    } else {
        writeln!(out, "{} answered, {total} without an answer.", stub.answered())?;
        for (request, count) in unanswered.iter().take(SHOWN_MAX) {
            writeln!(out, "  {count:>5}  {request}")?;
        }
        if unanswered.len() > SHOWN_MAX {
            writeln!(out, "  … and {} more", unanswered.len() - SHOWN_MAX)?;
        }
    }
    Ok(if total > 0 { Exit::Undecided } else { Exit::Clean })
}
