//! `cutover record` and `cutover recordings serve`: as typed, and what it means.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};
use store::import::cassette;

use super::arguments::{RedactionArguments, SideArgument};
use super::{Redacting, UsageError, map_account, redacting, witness};
use crate::join::Witness;

/// More repeats tell nothing more of noise.
const REPEATS_MAX: i64 = 100;
/// A recording's pairs count their rounds in four digits.
const ROUND_MAX: i64 = 9_999;

/// `cutover record`.
#[derive(Debug, Args)]
pub struct RecordArguments {
    /// The operations that are asked for [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Ask what this file asked legacy for: a CSV of operations, accounts and parameters; an archive; an access log
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "replay")]
    pub from: Option<PathBuf>,
    /// Send what one side was asked, in these recordings or cassettes, to the other side too
    #[arg(long, value_name = "RECORDING", num_args = 1.., value_hint = ValueHint::AnyPath, requires = "side")]
    pub replay: Vec<PathBuf>,
    /// With --replay: the side that is missing, and is asked
    #[arg(long, value_enum, requires = "replay")]
    pub side: Option<SideArgument>,
    /// How the files are written [default: by their names]
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub file_format: Option<FileFormat>,
    /// Only this account; may be given several times [default: all of the accounts' file]
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = NonEmptyStringValueParser::new())]
    pub accounts: Vec<String>,
    /// What has ID in its URL or headers belongs to ACCOUNT; adds to the ids of the accounts' file
    #[arg(long, value_name = "ID=ACCOUNT")]
    pub map_account: Vec<String>,
    /// Where the operations' paths begin in the files: https://api.example.com/v2 [default: at the host]
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// Ask legacy so often again, to measure its noise
    #[arg(long, value_name = "N", default_value = "0", value_parser = clap::value_parser!(u32).range(0..=REPEATS_MAX))]
    pub repeat: u32,
    /// Ask again what was recorded in other rounds
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=ROUND_MAX))]
    pub round: u32,
    /// At most so many pairs
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Begin with the operations and accounts of which fewest pairs are recorded
    #[arg(long)]
    pub need_evidence: bool,
    /// So many at a time; the providers' limits come first
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub concurrency: u32,
    /// Where new pairs are written: a file each, or segments [default: segments where more than 1,000 pairs are wanted]
    #[arg(long, value_enum, value_name = "WHERE")]
    pub into: Option<TypedWhere>,
    /// Say what would be asked, and ask nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What becomes of personal data.
    #[command(flatten)]
    pub redaction: RedactionArguments,
}

/// `--into`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TypedWhere {
    /// A file each, readable in a git diff.
    Files,
    /// Files of many, compressed.
    Segments,
}

/// `--as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// Lines of operation, account and parameters.
    Csv,
    /// An access log, common or combined.
    Log,
    /// HTTP Archive 1.2.
    Har,
    /// VCR's YAML or JSON.
    Vcr,
    /// Betamax's JSON.
    Betamax,
    /// Polly.JS.
    Polly,
    /// WireMock's mappings.
    Wiremock,
}

/// What `record` needs.
#[derive(Debug)]
pub struct Record {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Where the requests come from.
    pub work: Work,
    /// Those named; empty: all.
    pub accounts: Vec<String>,
    /// Ids that stand in requests, with their accounts.
    pub map_account: Vec<(String, String)>,
    /// Where the operations' paths begin in files.
    pub base: Option<String>,
    /// How often legacy is asked again.
    pub repeats: u32,
    /// Which asking of the same things it is.
    pub round: u32,
    /// At most so many pairs.
    pub limit: Option<usize>,
    /// What comes first.
    pub order: Order,
    /// At a time.
    pub concurrency: usize,
    /// Where new pairs are written.
    pub into: Where,
    /// Whether anything is asked.
    pub doing: Doing,
    /// What becomes of personal data.
    pub redacting: Redacting,
}

/// Where requests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Every operation of every account.
    Generated,
    /// A file says what legacy was asked.
    Requests {
        /// The file.
        file: PathBuf,
        /// How it is written.
        format: RequestsFormat,
    },
    /// What one side answered lies there; the other is asked.
    Replay {
        /// Files and folders.
        paths: Vec<PathBuf>,
        /// Another recorder's; `None`: our own recordings.
        format: Option<cassette::Format>,
        /// Who is asked.
        missing: Witness,
    },
}

/// How a file of requests is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestsFormat {
    /// Lines of operation, account and parameters.
    Csv,
    /// An access log.
    Log,
    /// A recorder's.
    Cassette(cassette::Format),
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Accounts take turns.
    Turns,
    /// Where fewest pairs are recorded.
    NeedEvidence,
}

/// Where new pairs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// As their number says.
    ByNumber,
    /// A file each.
    Files,
    /// Segments.
    Segments,
}

/// Whether anything is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is.
    Ask,
    /// It is only told.
    Tell,
}

/// `cutover recordings serve`.
#[derive(Debug, Args)]
pub struct ServeRecordingsArguments {
    /// The operations whose recordings are served [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Who is stood in for
    #[arg(long, value_enum, default_value = "legacy")]
    pub side: SideArgument,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8710")]
    pub listen: SocketAddr,
}

/// What `recordings serve` needs.
#[derive(Debug)]
pub struct ServeRecordings {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Who is stood in for.
    pub side: Witness,
    /// Where to listen.
    pub listen: SocketAddr,
}

impl From<ServeRecordingsArguments> for ServeRecordings {
    fn from(typed: ServeRecordingsArguments) -> ServeRecordings {
        ServeRecordings { operations: typed.operations, side: witness(typed.side), listen: typed.listen }
    }
}

impl TryFrom<RecordArguments> for Record {
    type Error = UsageError;

    fn try_from(typed: RecordArguments) -> Result<Record, UsageError> {
        Ok(Record {
            work: work(&typed)?,
            operations: typed.operations,
            accounts: typed.accounts,
            map_account: typed.map_account.iter().map(|text| map_account(text)).collect::<Result<_, _>>()?,
            base: typed.base,
            repeats: typed.repeat,
            round: typed.round,
            limit: typed.limit,
            order: if typed.need_evidence { Order::NeedEvidence } else { Order::Turns },
            concurrency: typed.concurrency as usize,
            into: match typed.into {
                None => Where::ByNumber,
                Some(TypedWhere::Files) => Where::Files,
                Some(TypedWhere::Segments) => Where::Segments,
            },
            doing: if typed.dry_run { Doing::Tell } else { Doing::Ask },
            redacting: redacting(&typed.redaction),
        })
    }
}

fn work(typed: &RecordArguments) -> Result<Work, UsageError> {
    if let Some(file) = &typed.from {
        let format = match typed.file_format {
            Some(FileFormat::Csv) => Some(RequestsFormat::Csv),
            Some(FileFormat::Log) => Some(RequestsFormat::Log),
            Some(format) => recorder(format).map(RequestsFormat::Cassette),
            None => by_name(file),
        };
        let refused = || UsageError::RecordFormat { file: file.display().to_string() };
        return Ok(Work::Requests { file: file.clone(), format: format.ok_or_else(refused)? });
    }
    if let Some(side) = typed.side {
        let format = match typed.file_format {
            Some(format) => Some(recorder(format).ok_or(UsageError::ReplayFormat)?),
            None => None,
        };
        return Ok(Work::Replay { paths: typed.replay.clone(), format, missing: witness(side) });
    }
    Ok(Work::Generated)
}

fn recorder(format: FileFormat) -> Option<cassette::Format> {
    match format {
        FileFormat::Csv | FileFormat::Log => None,
        FileFormat::Har => Some(cassette::Format::Har),
        FileFormat::Vcr => Some(cassette::Format::Vcr),
        FileFormat::Betamax => Some(cassette::Format::Betamax),
        FileFormat::Polly => Some(cassette::Format::Polly),
        FileFormat::Wiremock => Some(cassette::Format::Wiremock),
    }
}

fn by_name(file: &std::path::Path) -> Option<RequestsFormat> {
    match file.extension()?.to_str()? {
        "csv" => Some(RequestsFormat::Csv),
        "log" => Some(RequestsFormat::Log),
        "har" => Some(RequestsFormat::Cassette(cassette::Format::Har)),
        "yml" | "yaml" => Some(RequestsFormat::Cassette(cassette::Format::Vcr)),
        _ => None,
    }
}
