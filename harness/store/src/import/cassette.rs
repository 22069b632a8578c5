//! Reads what other tools recorded: HAR, VCR and vcrpy, Betamax, Polly and WireMock files become exchanges.
//!
//! What an entry does not say stays absent. Nothing is guessed and nothing is passed over: an entry either becomes an
//! exchange or is refused with the reason and how to mend it, and so is a file that holds no entries at all.

use std::fmt;
use std::io;

use compare::model::Exchange;

use super::{betamax, har, polly, vcr, wiremock};
use crate::message;

/// Recorders write whole files at once; a larger one is a mistake, or many cassettes in one.
pub const CASSETTE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Providers answer in pages of at most some megabytes. Decoding stops here, because a few bytes can unpack to gigabytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// HTTP Archive 1.2, as browsers and proxies write it.
    Har,
    /// VCR's YAML or JSON, and that of vcrpy.
    Vcr,
    /// Betamax's JSON.
    Betamax,
    /// Polly.JS, which writes HAR with details of its own.
    Polly,
    /// WireMock's mappings: what is asked, and what is answered.
    Wiremock,
}

impl Format {
    /// Every format with the word of the command line.
    pub const ALL: [(Format, &'static str); 5] = [
        (Format::Har, "har"),
        (Format::Vcr, "vcr"),
        (Format::Betamax, "betamax"),
        (Format::Polly, "polly"),
        (Format::Wiremock, "wiremock"),
    ];

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cassette {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// What could not be read, in the order of the file.
    pub refusals: Vec<Refusal>,
}

/// An entry that is an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// From 1, in the file.
    pub number: usize,
    /// Its request is present.
    pub exchange: Exchange,
    /// RFC 3339: when it was recorded, where the file says that and not when the request was sent.
    pub recorded_at: Option<String>,
}

/// Why a file or one of its entries is no exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// From 1; none where it concerns the file.
    pub entry: Option<usize>,
    /// What is wrong, in one line.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = self.entry {
            write!(formatter, "entry {entry}: ")?;
        }
        write!(formatter, "{}; {}", self.what, self.mend)
    }
}

/// Answers the bytes of a file that an entry names, relative to the folder where the recorder keeps such files.
pub type Files<'a> = &'a dyn Fn(&str) -> io::Result<Vec<u8>>;

/// Reads a file; what cannot be read of it is among the refusals.
pub fn read(format: Format, bytes: &[u8], files: Files<'_>) -> Cassette {
    if bytes.len() as u64 > CASSETTE_BYTES_MAX {
        let what = format!("the file is larger than {CASSETTE_BYTES_MAX} bytes");
        return refused(Fault::new(what, "split it into several files"));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let what = format!("the file is not UTF-8 from byte {} on", error.valid_up_to());
            return refused(Fault::new(what, "save it as UTF-8"));
        }
    };
    let read = match format {
        Format::Har => har::read(text),
        Format::Vcr => vcr::read(text),
        Format::Betamax => betamax::read(text),
        Format::Polly => polly::read(text),
        Format::Wiremock => wiremock::read(text, files),
    };
    read.map_or_else(refused, gathered)
}

fn refused(fault: Fault) -> Cassette {
    Cassette { entries: Vec::new(), refusals: vec![fault.at(None)] }
}

fn gathered(entries: Vec<Result<Read, Fault>>) -> Cassette {
    let mut cassette = Cassette::default();
    for (index, entry) in entries.into_iter().enumerate() {
        let number = index + 1;
        match entry {
            Ok(Read { exchange, recorded_at }) => {
                cassette.entries.push(Entry { number, exchange, recorded_at });
            }
            Err(fault) => cassette.refusals.push(fault.at(Some(number))),
        }
    }
    cassette
}

/// An entry as a format's reader gives it.
pub(super) struct Read {
    pub(super) exchange: Exchange,
    pub(super) recorded_at: Option<String>,
}

/// What is wrong with an entry or a file, before it is known which.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) what: String,
    mend: String,
}

impl Fault {
    pub(super) fn new(what: impl AsRef<str>, mend: impl Into<String>) -> Self {
        Fault { what: message::one_line(what.as_ref()), mend: mend.into() }
    }

    /// The text is not JSON.
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let what = format!(
            "not JSON: {} at line {} column {}",
            message::complaint(error),
            error.line(),
            error.column()
        );
        Fault::new(what, "save the file again, whole, as its recorder writes it")
    }

    /// The file holds an answer, and nothing says what was asked.
    pub(super) fn no_request() -> Self {
        Fault::new(
            "no request: the file is a bare body, and nothing in it says what was asked",
            "`cutover import pair` and `cutover import jsonl` take bare bodies",
        )
    }

    /// The file has none of the keys of its format: it is another's, or a bare body.
    pub(super) fn foreign<'k>(mut keys: impl Iterator<Item = &'k str>) -> Self {
        let of = |key: &str| match key {
            "log" => Some("har"),
            "http_interactions" | "interactions" => Some("vcr"),
            "mappings" => Some("wiremock"),
            _ => None,
        };
        match keys.find_map(of) {
            Some(format) => Fault::new(
                format!("the file looks like one for `cutover import {format}`"),
                "import it by that command",
            ),
            None => Fault::no_request(),
        }
    }

    /// Puts a place before what is wrong.
    pub(super) fn within(self, place: &str) -> Self {
        Fault { what: format!("{place}: {}", self.what), ..self }
    }

    fn at(self, entry: Option<usize>) -> Refusal {
        Refusal { entry, what: self.what, mend: self.mend }
    }
}
