//! What long-running commands tell while they run, on stderr: sentences for people, or a JSON object a line for machines.
//!
//! Only this crate is heard: a library of HTTP that told its frames would tell the headers in them, and so keys. Ours are of
//! operations, accounts, reasons and pairs by name, never a header, a query, a path or a body; a test plants secrets at all of these.
//! No thread that serves a caller writes here: a terminal that stops reading must not stop it. What such a thread meets it counts, and
//! the counts are told.

use std::fmt;
use std::io;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::options::Talk;

/// The crate that is heard, by the first part of its events' targets.
const HEARD: &str = env!("CARGO_CRATE_NAME");

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Sentences.
    Text,
    /// A JSON object a line.
    Json,
}

/// Begins to tell, for the rest of the process; where somebody tells already, that one goes on.
pub fn begin(format: LogFormat, talk: Talk, clock: providers::Clock) {
    let subscriber = subscriber(format, talk, clock, io::stderr);
    // Only a process that has begun before refuses, and it tells the same.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn subscriber<W>(
    format: LogFormat,
    talk: Talk,
    clock: providers::Clock,
    out: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'w> tracing_subscriber::fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match talk {
        Talk::Quiet => Level::ERROR,
        Talk::Normal => Level::INFO,
        Talk::Verbose => Level::DEBUG,
    };
    let heard = Targets::new().with_target(HEARD, level);
    let layer = tracing_subscriber::fmt::layer().with_writer(out).event_format(Told { format, clock });
    tracing_subscriber::registry().with(layer.with_filter(heard))
}

struct Told {
    format: LogFormat,
    clock: providers::Clock,
}

impl<S, N> FormatEvent<S, N> for Told
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, others } = fields;
        match self.format {
            LogFormat::Text => {
                write!(out, "{}", report::visible::one_line(&message))?;
                for (name, value) in &others {
                    let value = value.as_str().map_or_else(|| value.to_string(), report::visible::one_line);
                    write!(out, " {name}={value}")?;
                }
            }
            LogFormat::Json => {
                let level = event.metadata().level().as_str().to_lowercase();
                let head = [("at", (self.clock)().to_string()), ("level", level), ("message", message)];
                let head = head.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text)));
                let line: Map<String, Value> = head.chain(others).collect();
                write!(out, "{}", Value::Object(line))?;
            }
        }
        writeln!(out)
    }
}

/// What an event says.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked with it").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[track_caller]
    fn check(format: LogFormat, talk: Talk, expected: &str) {
        let kept = Kept::default();
        let out = kept.clone();
        let clock = || jiff::Timestamp::UNIX_EPOCH;
        tracing::subscriber::with_default(subscriber(format, talk, clock, move || out.clone()), || {
            tracing::error!("disk\nfull");
            tracing::info!(mirrors = 3_u64, operation = "a.list", "begun");
            tracing::debug!(pair = "a.list/1", "recorded");
            tracing::error!(target: "h2::codec", "authorization: Bearer secret");
        });
        let told =
            String::from_utf8(kept.0.lock().expect("nobody panicked with it").clone()).expect("it is text");
        assert_eq!(told, expected);
    }

    #[test]
    fn people_read_sentences_and_machines_objects_and_only_ours_is_heard() {
        let text = "disk\\nfull\nbegun mirrors=3 operation=a.list\nrecorded pair=a.list/1\n";
        check(LogFormat::Text, Talk::Verbose, text);
        check(LogFormat::Text, Talk::Quiet, "disk\\nfull\n");
        let json = concat!(
            r#"{"at":"1970-01-01T00:00:00Z","level":"error","message":"disk\nfull"}"#,
            "\n",
            r#"{"at":"1970-01-01T00:00:00Z","level":"info","message":"begun","mirrors":3,"operation":"a.list"}"#,
            "\n"
        );
        check(LogFormat::Json, Talk::Normal, json);
    }
}
