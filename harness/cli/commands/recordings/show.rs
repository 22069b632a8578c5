//! `cutover recordings show`: one pair as it was recorded, readable or to the letter.

use std::io::{self, Write};

use anyhow::{Context, bail};
use compare::model::{Body, Effect, Exchange, Headers, Outcome, Pair, Redacted, Redaction};
use report::visible;
use serde_json::json;
use serde_json::value::RawValue;
use store::json_text;
use store::recordings::RawRecord;

use crate::config::Config;
use crate::exit::Exit;
use crate::options::recordings::{RecordingsShow, View};
use crate::options::{Format, Global};
use crate::storage::open_recordings;

/// Shows the pair of an id, or of a recording's file.
pub fn run(options: &RecordingsShow, global: &Global, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let config = Config::load(&global.config)?;
    let recordings = open_recordings(&config, global)?;
    let file = options.pair.strip_prefix("recordings/").and_then(|file| file.strip_suffix(".json"));
    let Some(record) = recordings.find_record(file.unwrap_or(&options.pair))? else {
        bail!("no recording has the pair `{}`: `cutover recordings ls --pairs` lists all", options.pair);
    };
    match (options.view, global.format) {
        (View::Raw, _) => raw(&record, out)?,
        (View::Readable, Format::Json) => document(&record, out)?,
        (View::Readable, Format::Text) => {
            let pair = record.pair().with_context(|| format!("read the pair at {}", record.location))?;
            readable(&record, &pair, out)?;
        }
    }
    Ok(Exit::Clean)
}

fn raw(record: &RawRecord, out: &mut dyn Write) -> anyhow::Result<()> {
    let text = record.text.as_ref().map_err(Clone::clone);
    let text = text.with_context(|| format!("read the record at {}", record.location))?;
    write!(out, "{}", text.trim_end_matches(['\r', '\n']))?;
    writeln!(out)?;
    Ok(())
}

fn document(record: &RawRecord, out: &mut dyn Write) -> anyhow::Result<()> {
    let pair = record.pair().with_context(|| format!("read the pair at {}", record.location))?;
    let line = RawValue::from_string(store::format::to_line(&pair))?;
    let file = visible::one_line(&record.location.file.to_string_lossy());
    let head = json!({"version": 1, "file": file, "line": record.location.line});
    let head = head.to_string();
    let text = format!("{},\"pair\":{}}}", head.trim_end_matches('}'), line.get());
    writeln!(out, "{}", json_text::indent(&text))?;
    Ok(())
}

fn readable(record: &RawRecord, pair: &Pair, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", visible::one_line(&pair.id))?;
    writeln!(out, "  read from  {}", record.location)?;
    writeln!(out, "  kind       {}", pair.kind.name())?;
    for (name, value) in [("account", &pair.account), ("recorded", &pair.recorded_at)] {
        if let Some(value) = value {
            writeln!(out, "  {name:<9}  {}", visible::one_line(value))?;
        }
    }
    writeln!(out, "  redacted   {}", redacted(pair))?;
    for (name, exchanges) in [("legacy", &pair.legacy), ("new", &pair.new), ("source", &pair.source)] {
        if exchanges.is_empty() && name != "source" {
            writeln!(out, "\n{name}: not recorded")?;
        }
        side(name, exchanges, out)?;
    }
    for (name, repeats) in [("legacy", &pair.legacy_repeats), ("new", &pair.new_repeats)] {
        for (index, exchanges) in repeats.iter().enumerate() {
            side(&format!("{name}, asked again ({})", index + 1), exchanges, out)?;
        }
    }
    Ok(())
}

fn redacted(pair: &Pair) -> String {
    match &pair.redaction {
        None => "the pair does not say so".to_owned(),
        Some(Redaction { by: Redacted::Nothing, .. }) => "no: personal data was kept on purpose".to_owned(),
        Some(Redaction { by: Redacted::Key { fingerprint, effect }, .. }) => {
            let effect = match effect {
                Effect::NotJudged => "not judged before and after".to_owned(),
                Effect::Commutes => "judged the same before and after".to_owned(),
                Effect::Differs(what) => visible::one_line(what),
            };
            format!("with the key {}; {effect}", visible::one_line(fingerprint))
        }
    }
}

fn side(name: &str, exchanges: &[Exchange], out: &mut dyn Write) -> io::Result<()> {
    for (index, exchange) in exchanges.iter().enumerate() {
        let page = if exchanges.len() > 1 { format!(", page {}", index + 1) } else { String::new() };
        let at = exchange.started_at.as_ref().map(|at| format!(" at {}", visible::one_line(at)));
        let took = exchange.elapsed_ms.map(|took| format!(", {took} ms"));
        writeln!(out, "\n{name}{page}{}{}", at.unwrap_or_default(), took.unwrap_or_default())?;
        if let Some(request) = &exchange.request {
            let asked = format!("{} {}", request.method, request.url);
            writeln!(out, "  {}", visible::one_line(&asked))?;
            message(&request.headers, &request.body, out)?;
        }
        match &exchange.outcome {
            Outcome::Response(response) => {
                writeln!(out, "  {}", response.status)?;
                message(&response.headers, &response.body, out)?;
            }
            Outcome::Failure(failure) => {
                writeln!(out, "  failed: {} ({})", failure.kind.name(), visible::one_line(&failure.detail))?;
            }
        }
    }
    Ok(())
}

fn message(headers: &Headers, body: &Body, out: &mut dyn Write) -> io::Result<()> {
    for (name, values) in headers {
        for value in values {
            writeln!(out, "    {}: {}", visible::one_line(name), visible::one_line(value))?;
        }
    }
    let text = match body {
        Body::Absent => return Ok(()),
        Body::Json(json) => json_text::indent(&json_text::compact(json)),
        Body::Text(text) => text.clone(),
        Body::Base64(bytes) => format!("(Base64) {bytes}"),
    };
    for line in visible::lines(&text).lines() {
        writeln!(out, "    {line}")?;
    }
    Ok(())
}
