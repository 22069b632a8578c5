//! What the command line means: the options that commands work with, and the world they were read in.

pub mod arguments;
pub mod as_of;
pub mod fuzz;
pub mod audit;
pub mod report;
pub mod reviewing;
pub mod recordings;
pub mod gate;
pub mod record;
pub mod map;
mod serve;
pub mod tokens;
pub mod hand_over;
mod demo;
pub mod world;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches};
use mapping::oracle::Library;
use store::import::cassette;
use store::pointer::{Pointer, PointerError};
use store::redact::{NotAKey, RedactionKey};

use crate::config::{ConfigPlace, GateName, MapFrom, OperationName};
use crate::engines::Opinions;
use crate::join::Witness;
use arguments::{
    Arguments, CommandArguments, ConfigArguments, DiffArguments, ExportArguments, ImportArguments,
    ImportRecordedArguments, MappingArguments, MappingSuggestArguments, RedactionArguments, SideArgument,
    SuggestFrom, TypedFormat,
};
pub use as_of::AsOf;
pub use audit::Audit;
pub use demo::{Demo, DemoArguments};
use gate::BundleArguments;
pub use gate::{BundleVerify, Deciding, Gate};
use map::OracleArguments;
pub use map::{Map, MapScope};
pub use record::{Doing, Order, Record, RequestsFormat, ServeRecordings, Where, Work};
use recordings::RecordingsCommand;
pub use report::Report;
pub use reviewing::Review;
pub use serve::{KeepPairs, Preferring, Serve, ServeArguments};
pub use world::{Environment, Look, Paint, Reader, Stopwatch, World};

/// More threads than this only cost memory on any machine that there is.
pub const JOBS_MAX: usize = 1_024;

/// Holds the key of pseudonyms, as hexadecimal digits: for CI, and for a team that shares one.
const KEY_VARIABLE: &str = "CUTOVER_REDACTION_KEY";

/// A command with its own options and those of every command.
#[derive(Debug)]
pub struct Options {
    /// What to do.
    pub command: Command,
    /// What every command takes.
    pub global: Global,
}

/// What every command takes.
#[derive(Debug)]
pub struct Global {
    /// Where the configuration is.
    pub config: ConfigPlace,
    /// For people or for machines.
    pub format: Format,
    /// The moment to judge at.
    pub as_of: AsOf,
    /// How many threads work.
    pub jobs: NonZeroUsize,
    /// Where the JavaScript libraries that evaluate as production does are installed; `None` where nothing says.
    pub oracle: Option<PathBuf>,
    /// What pseudonyms are made with, where the environment says it.
    pub redaction_key: Option<RedactionKey>,
    /// How much is said on stderr.
    pub talk: Talk,
    /// How stdout looks.
    pub stdout: Look,
    /// How stderr looks.
    pub stderr: Look,
    /// The environment's variables.
    pub environment: Environment,
    /// Reads the clock, for commands that live in time.
    pub clock: providers::Clock,
}

/// For whom the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines; stable byte for byte.
    Json,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Errors only.
    Quiet,
    /// Progress on a terminal, and notes.
    Normal,
    /// What a person who looks for a fault wants.
    Verbose,
}

/// The commands, each with what it needs.
#[derive(Debug)]
pub enum Command {
    /// Judge the recordings.
    Check(Check),
    /// Decide a gate.
    Gate(Gate),
    /// Serve the application, mirror, record.
    Serve(Serve),
    /// Walk a newcomer through it.
    Demo(Demo),
    /// Decide again what a bundle says.
    BundleVerify(BundleVerify),
    /// Compare two files.
    Diff(Diff),
    /// Show one pair: its id or its file.
    Explain(String),
    /// Go through the differences that are not accepted yet.
    Review(Review),
    /// Decide every gate, write the page.
    Report(Report),
    /// Plant defects, say which the rules miss.
    Audit(Audit),
    /// Accept them all: of the operations named, or of every one.
    Accept(Vec<String>),
    /// Write a starting point into the folder.
    Init(PathBuf),
    /// Many pairs from one file.
    ImportJsonl(ImportJsonl),
    /// One pair from two files.
    ImportPair(ImportPair),
    /// What was recorded of one side.
    ImportRecorded(ImportRecorded),
    /// One side's exchanges for other tools.
    ExportHar(ExportHar),
    /// Ask both sides, and write pairs.
    Record(Record),
    /// Look after what was recorded.
    Recordings(RecordingsCommand),
    /// Look after the accounts' tokens.
    Tokens(tokens::TokensCommand),
    /// Validate the configuration.
    ConfigCheck,
    /// Evaluate a mapping.
    Map(Map),
    /// Install the libraries of the oracle.
    OracleInstall(Vec<Library>),
    /// Run the cases of mappings.
    MappingTest(MappingTest),
    /// Say what is wrong with mappings.
    MappingLint(MappingLint),
    /// Draft mappings.
    MappingSuggest(MappingSuggest),
    /// Method configs become mappings.
    MappingImport(MappingImport),
    /// Mappings become method configs.
    MappingExport(MappingExport),
    /// Look for inputs that break mappings.
    Fuzz(Box<fuzz::Fuzz>),
    /// Print a completion script.
    Completions(clap_complete::Shell),
}

/// What `check` needs.
#[derive(Debug)]
pub struct Check {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Which recordings of theirs.
    pub selection: Selection,
    /// Where the reports go; `None`: `reports/check` beside the configuration.
    pub out: Option<PathBuf>,
    /// How many engines evaluate each mapping.
    pub opinions: Opinions,
    /// The gate that is decided then, and how.
    pub gate: Option<(GateName, Deciding)>,
}

/// Which recordings are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All.
    Everything,
    /// Those that a change since this git revision touches.
    ChangedSince(String),
}

/// What `diff` needs.
#[derive(Debug)]
pub struct Diff {
    /// The legacy body.
    pub legacy: PathBuf,
    /// The new body.
    pub new: PathBuf,
    /// Applied to the new body first.
    pub mapping: Option<PathBuf>,
    /// What excuses.
    pub tolerances: Option<PathBuf>,
    /// Lists by path with the fields that join them, as typed: the rules' own parser judges the path.
    pub keys: Vec<(String, Vec<String>)>,
    /// Paths that are left out.
    pub ignore: Vec<String>,
    /// What is printed.
    pub answer: DiffAnswer,
}

/// What `diff` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffAnswer {
    /// The differences, in the format of every command.
    Differences,
    /// The operations that turn legacy into new.
    Patch,
}

/// What `mapping test` needs.
#[derive(Debug)]
pub struct MappingTest {
    /// Those named, as typed; empty: all.
    pub mappings: Vec<PathBuf>,
    /// What is written.
    pub accept: Accept,
}

/// What `mapping suggest` drafts from.
#[derive(Debug)]
pub enum MappingSuggest {
    /// Recorded pairs.
    Operations {
        /// Those named; empty: those without a mapping.
        names: Vec<String>,
        /// Which body is turned into legacy's; `None`: what the operation says.
        from: Option<MapFrom>,
    },
    /// A file, one pair of bodies a line.
    Lines {
        /// The file.
        file: PathBuf,
        /// Where a line has the legacy body.
        legacy: Pointer,
        /// Where a line has the body that is turned into it.
        source: Pointer,
    },
}

/// What `mapping import` needs.
#[derive(Debug)]
pub struct MappingImport {
    /// The rows.
    pub file: PathBuf,
    /// The unified model, a folder's name.
    pub model: String,
    /// An environment's rows, laid over them.
    pub environment: Option<PathBuf>,
    /// An account's override, laid over both.
    pub account: Option<PathBuf>,
    /// Whose rows; `None`: there is one integration.
    pub integration: Option<String>,
    /// The folder above the model's.
    pub to: PathBuf,
    /// What happens to a mapping of another content.
    pub if_other: IfOther,
}

/// What happens to a file that is there with another content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfOther {
    /// Nothing is written.
    Refuse,
    /// It is written over.
    Replace,
}

/// What `mapping export` needs.
#[derive(Debug)]
pub struct MappingExport {
    /// One method; `None`: all.
    pub method: Option<String>,
    /// The unified model, a folder's name.
    pub model: String,
    /// The folder above the model's.
    pub from: PathBuf,
}

/// What `mapping lint` needs.
#[derive(Debug)]
pub struct MappingLint {
    /// Those named, as typed; empty: all.
    pub mappings: Vec<PathBuf>,
    /// Where the findings also go, as SARIF.
    pub sarif: Option<PathBuf>,
}

/// What `mapping test` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// No file: cases that fail are told.
    Nothing,
    /// What the mapping answers, where an expectation is missing or not met.
    Answers,
}

/// What becomes of personal data on its way into a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redacting {
    /// Pseudonyms stand in its place.
    Replace,
    /// It is kept, and the recording says so.
    Keep,
}

/// What `import jsonl` needs.
#[derive(Debug)]
pub struct ImportJsonl {
    /// The lines.
    pub file: PathBuf,
    /// The operation that the pairs belong to.
    pub operation: OperationName,
    /// Where a line has the pair's id.
    pub id: Pointer,
    /// Where a line has the legacy body.
    pub legacy: Pointer,
    /// Where a line has the new body.
    pub new: Pointer,
    /// Where a line has the upstream's own body.
    pub source: Option<Pointer>,
    /// Where a line has the account.
    pub account: Option<Pointer>,
    /// What becomes of personal data.
    pub redacting: Redacting,
}

/// What `import pair` needs.
#[derive(Debug)]
pub struct ImportPair {
    /// The legacy body.
    pub legacy: PathBuf,
    /// The new body.
    pub new: PathBuf,
    /// The upstream's own body.
    pub source: Option<PathBuf>,
    /// The operation that the pair belongs to.
    pub operation: OperationName,
    /// The pair's name within the operation.
    pub id: String,
    /// The account that was asked.
    pub account: Option<String>,
    /// What becomes of personal data.
    pub redacting: Redacting,
}

/// What `import har` and its siblings need.
#[derive(Debug)]
pub struct ImportRecorded {
    /// Whose files they are.
    pub format: cassette::Format,
    /// In the order in which their requests were made.
    pub files: Vec<PathBuf>,
    /// Who answered in them.
    pub side: Witness,
    /// The account that all of it belongs to.
    pub account: Option<String>,
    /// Ids that stand in requests, with their accounts.
    pub map_account: Vec<(String, String)>,
    /// Where the operations' paths begin.
    pub base: Option<String>,
    /// What becomes of personal data.
    pub redacting: Redacting,
}

/// What `export har` needs.
#[derive(Debug)]
pub struct ExportHar {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Whose exchanges.
    pub side: Witness,
    /// The archive.
    pub out: PathBuf,
}

/// A command line that means nothing.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says it")]
pub enum UsageError {
    #[error(transparent)]
    Clap(#[from] clap::Error),
    #[error("find the working folder")]
    Folder(#[source] std::io::Error),
    #[error("--as-of {text}: not a day (2026-11-20) or an instant with its offset (2026-11-20T09:30:00Z)")]
    AsOf { text: String },
    #[error("--jobs {jobs}: not between 1 and {JOBS_MAX}")]
    Jobs { jobs: usize },
    #[error("{option} {text}: not a day (2026-11-20) or an instant with its offset (2026-11-20T09:30:00Z)")]
    Moment { option: &'static str, text: String },
    #[error("--older-than {text}: not an age, such as 30d or 12h")]
    Age { text: String },
    #[error("mapping test --accept: not in CI, where nobody reads what is accepted (the variable CI is set)")]
    AcceptInCi,
    #[error(
        "{command}: not in CI, where nobody reads what is accepted (the variable CI is set); run `cutover check` and \
         `cutover review` at your desk, and commit the snapshot"
    )]
    ReviewInCi { command: &'static str },
    #[error("--format patch: only `cutover diff` prints a patch; this command has text and json")]
    PatchOfNoDiff,
    #[error(
        "--format patch: a patch gives new as it is, so {option} cannot speak in it; leave {option} out, or compare with \
         --format text or json"
    )]
    PatchWithRules { option: &'static str },
    #[error("read the variable {KEY_VARIABLE}")]
    RedactionKey(#[source] NotAKey),
    #[error("--column {text}: not NAME=COLUMN, such as account=consumer_id")]
    Column { text: String },
    #[error("--per-minute {per_minute}: not between 1 and {}", handover::waves::PER_MINUTE_MAX)]
    PerMinute { per_minute: u32 },
    #[error("--found and --absent answer for one account: name it")]
    OneAccount,
    #[error("--key {text}: not PATH=FIELD[,FIELD], such as '$.data=id'")]
    Key { text: String },
    #[error("--map-account {text}: not ID=ACCOUNT, such as 7c1f0a3e=acme-crm")]
    MapAccount { text: String },
    #[error("{option} {text}: {why}")]
    Pointer { option: &'static str, text: String, why: PointerError },
    #[error(
        "--from {file}: its name does not say how it is written; name it with --as csv, log, har, vcr, betamax, polly or wiremock"
    )]
    RecordFormat { file: String },
    #[error("--replay --as csv or log: they have requests and no answers; --from asks both sides for them")]
    ReplayFormat,
    #[error("--cases {cases}: more than {}", fuzz::CASES_MAX)]
    Cases { cases: u64 },
    #[error("--time {text}: not a time such as 60s, 10m or 1h")]
    Time { text: String },
    #[error("there is no property `{name}`: there are {known}")]
    Property { name: String, known: String },
    #[error("--model {text}: a model's name is of a-z, A-Z, 0-9, `_`, `-`, such as crm")]
    Model { text: String },
    #[error("{option} {text}: not an exact version, such as 2.2.1")]
    Version { option: &'static str, text: String },
    #[error("--jsonata: {library} evaluates with jsonata {has}: leave the option out")]
    OwnJsonata { library: String, has: String },
    #[error("--operation {text}: {why}")]
    Operation { text: String, why: String },
}

impl Options {
    /// Reads the command line in its world.
    pub fn read(typed: impl IntoIterator<Item = OsString>, world: World) -> Result<Options, UsageError> {
        let matches = Arguments::command().try_get_matches_from(typed)?;
        let Arguments { global, command } = Arguments::from_arg_matches(&matches)?;
        let oracle = world.oracle_folder();
        let redaction_key = world.environment.get(KEY_VARIABLE);
        let redaction_key = redaction_key.map(|text| RedactionKey::parse(&text)).transpose();
        let redaction_key = redaction_key.map_err(UsageError::RedactionKey)?;
        Ok(Options {
            command: mean(command, global.format, world.stdin, &world.environment)?,
            global: Global {
                config: match global.config {
                    Some(file) => ConfigPlace::File { file, folder: world.folder },
                    None => ConfigPlace::Upwards { folder: world.folder },
                },
                format: match global.format {
                    TypedFormat::Text | TypedFormat::Patch => Format::Text,
                    TypedFormat::Json => Format::Json,
                },
                as_of: match global.as_of {
                    Some(text) => AsOf::parse(&text)?,
                    None => AsOf::day_of(world.now),
                },
                jobs: jobs(global.jobs, world.cores)?,
                oracle,
                redaction_key,
                talk: match (global.quiet, global.verbose) {
                    (true, _) => Talk::Quiet,
                    (false, 0) => Talk::Normal,
                    (false, _) => Talk::Verbose,
                },
                stdout: Look::new(global.color, world.stdout, &world.environment),
                stderr: Look::new(global.color, world.stderr, &world.environment),
                environment: world.environment,
                clock: world.clock,
            },
        })
    }
}

fn jobs(typed: Option<usize>, cores: NonZeroUsize) -> Result<NonZeroUsize, UsageError> {
    let Some(jobs) = typed else { return Ok(cores) };
    NonZeroUsize::new(jobs).filter(|jobs| jobs.get() <= JOBS_MAX).ok_or(UsageError::Jobs { jobs })
}

fn mean(
    typed: CommandArguments,
    format: TypedFormat,
    keyboard: Reader,
    environment: &Environment,
) -> Result<Command, UsageError> {
    if format == TypedFormat::Patch && !matches!(typed, CommandArguments::Diff(_)) {
        return Err(UsageError::PatchOfNoDiff);
    }
    Ok(match typed {
        CommandArguments::Check(typed) => Command::Check(Check {
            operations: typed.operations,
            selection: typed.changed.map_or(Selection::Everything, Selection::ChangedSince),
            out: typed.out,
            opinions: if typed.oracle { Opinions::Two } else { Opinions::One },
            gate: typed.gate.map(|gate| (gate.name(), typed.deciding.into())),
        }),
        CommandArguments::Gate(typed) => Command::Gate(typed.into()),
        CommandArguments::Serve(typed) => Command::Serve(typed.into()),
        CommandArguments::Demo(typed) => Command::Demo(typed.into()),
        CommandArguments::Bundle(BundleArguments::Verify(typed)) => Command::BundleVerify(typed.into()),
        CommandArguments::Diff(typed) => Command::Diff(Diff {
            answer: diff_answer(&typed, format)?,
            legacy: typed.legacy,
            new: typed.new,
            mapping: typed.mapping,
            tolerances: typed.tolerances,
            keys: typed.keys.iter().map(|text| key(text)).collect::<Result<_, _>>()?,
            ignore: typed.ignore,
        }),
        CommandArguments::Explain(typed) => Command::Explain(typed.pair),
        CommandArguments::Review(typed) => Command::Review(reviewing::review(typed, keyboard, environment)?),
        CommandArguments::Report(typed) => Command::Report(report::report(typed)),
        CommandArguments::Audit(typed) => Command::Audit(audit::audit(typed)),
        CommandArguments::Accept(typed) => Command::Accept(reviewing::accept(typed, environment)?),
        CommandArguments::Init(typed) => Command::Init(typed.folder),
        CommandArguments::Import(ImportArguments::Jsonl(typed)) => Command::ImportJsonl(ImportJsonl {
            file: typed.file,
            operation: operation(typed.operation)?,
            id: pointer("--id", &typed.id)?,
            legacy: pointer("--legacy", &typed.legacy)?,
            new: pointer("--new", &typed.new)?,
            source: typed.source.as_deref().map(|text| pointer("--source", text)).transpose()?,
            account: typed.account.as_deref().map(|text| pointer("--account", text)).transpose()?,
            redacting: redacting(&typed.redaction),
        }),
        CommandArguments::Import(ImportArguments::Pair(typed)) => Command::ImportPair(ImportPair {
            legacy: typed.legacy,
            new: typed.new,
            source: typed.source,
            operation: operation(typed.operation)?,
            id: typed.id,
            account: typed.account,
            redacting: redacting(&typed.redaction),
        }),
        CommandArguments::Import(ImportArguments::Har(typed)) => recorded(cassette::Format::Har, typed)?,
        CommandArguments::Import(ImportArguments::Vcr(typed)) => recorded(cassette::Format::Vcr, typed)?,
        CommandArguments::Import(ImportArguments::Betamax(typed)) => {
            recorded(cassette::Format::Betamax, typed)?
        }
        CommandArguments::Import(ImportArguments::Polly(typed)) => recorded(cassette::Format::Polly, typed)?,
        CommandArguments::Import(ImportArguments::Wiremock(typed)) => {
            recorded(cassette::Format::Wiremock, typed)?
        }
        CommandArguments::Export(ExportArguments::Har(typed)) => Command::ExportHar(ExportHar {
            operations: typed.operations,
            side: witness(typed.side),
            out: typed.out,
        }),
        CommandArguments::Record(typed) => Command::Record(typed.try_into()?),
        CommandArguments::Recordings(typed) => Command::Recordings(recordings::mean(typed)?),
        CommandArguments::Tokens(typed) => Command::Tokens(tokens::mean(typed)?),
        CommandArguments::Config(ConfigArguments::Check) => Command::ConfigCheck,
        CommandArguments::Map(typed) => Command::Map(map::map(typed)?),
        CommandArguments::Oracle(OracleArguments::Install(typed)) => {
            Command::OracleInstall(map::libraries(typed)?)
        }
        CommandArguments::Mapping(MappingArguments::Lint(typed)) => {
            Command::MappingLint(MappingLint { mappings: typed.mappings, sarif: typed.sarif })
        }
        CommandArguments::Mapping(MappingArguments::Test(typed)) => Command::MappingTest(MappingTest {
            mappings: typed.mappings,
            accept: accept(typed.accept, environment)?,
        }),
        CommandArguments::Mapping(MappingArguments::Suggest(typed)) => {
            Command::MappingSuggest(mapping_suggest(typed)?)
        }
        CommandArguments::Mapping(MappingArguments::Import(typed)) => Command::MappingImport(MappingImport {
            file: typed.file,
            model: model(typed.model)?,
            environment: typed.environment,
            account: typed.account,
            integration: typed.integration,
            to: typed.to,
            if_other: if typed.replace { IfOther::Replace } else { IfOther::Refuse },
        }),
        CommandArguments::Mapping(MappingArguments::Export(typed)) => Command::MappingExport(MappingExport {
            method: typed.method,
            model: model(typed.model)?,
            from: typed.from,
        }),
        CommandArguments::Fuzz(typed) => Command::Fuzz(Box::new(fuzz::mean(*typed)?)),
        CommandArguments::Completions(typed) => Command::Completions(typed.shell),
    })
}

/// A model is a folder's name: no path leads out of it.
fn model(text: String) -> Result<String, UsageError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if text.is_empty() || !text.bytes().all(fits) {
        return Err(UsageError::Model { text });
    }
    Ok(text)
}

/// clap has seen to it that the two flags stand together.
fn redacting(typed: &RedactionArguments) -> Redacting {
    if typed.no_redact { Redacting::Keep } else { Redacting::Replace }
}

fn mapping_suggest(typed: MappingSuggestArguments) -> Result<MappingSuggest, UsageError> {
    Ok(match (typed.jsonl, typed.legacy, typed.source) {
        (Some(file), Some(legacy), Some(source)) => MappingSuggest::Lines {
            file,
            legacy: pointer("--legacy", &legacy)?,
            source: pointer("--source", &source)?,
        },
        // clap demands all three or none.
        _ => MappingSuggest::Operations {
            names: typed.operations,
            from: typed.from.map(|from| match from {
                SuggestFrom::New => MapFrom::New,
                SuggestFrom::Source => MapFrom::Source,
            }),
        },
    })
}

/// A patch is exact: a rule that excuses something has no place in it, and must not seem to have one.
fn diff_answer(typed: &DiffArguments, format: TypedFormat) -> Result<DiffAnswer, UsageError> {
    if format != TypedFormat::Patch {
        return Ok(DiffAnswer::Differences);
    }
    let rules = [
        ("--tolerances", typed.tolerances.is_some()),
        ("--key", !typed.keys.is_empty()),
        ("--ignore", !typed.ignore.is_empty()),
    ];
    match rules.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(UsageError::PatchWithRules { option }),
        None => Ok(DiffAnswer::Patch),
    }
}

/// What is accepted in CI goes unread.
fn accept(typed: bool, environment: &Environment) -> Result<Accept, UsageError> {
    match (typed, environment.is_ci()) {
        (false, _) => Ok(Accept::Nothing),
        (true, false) => Ok(Accept::Answers),
        (true, true) => Err(UsageError::AcceptInCi),
    }
}

fn recorded(format: cassette::Format, typed: ImportRecordedArguments) -> Result<Command, UsageError> {
    Ok(Command::ImportRecorded(ImportRecorded {
        format,
        files: typed.files,
        side: witness(typed.side),
        account: typed.account,
        map_account: typed.map_account.iter().map(|text| map_account(text)).collect::<Result<_, _>>()?,
        base: typed.base,
        redacting: redacting(&typed.redaction),
    }))
}

fn map_account(text: &str) -> Result<(String, String), UsageError> {
    let split = text.rsplit_once('=').filter(|(id, account)| !id.is_empty() && !account.is_empty());
    let refused = || UsageError::MapAccount { text: text.to_owned() };
    split.map(|(id, account)| (id.to_owned(), account.to_owned())).ok_or_else(refused)
}

fn witness(typed: SideArgument) -> Witness {
    match typed {
        SideArgument::Legacy => Witness::Legacy,
        SideArgument::New => Witness::New,
        SideArgument::Source => Witness::Source,
    }
}

fn operation(text: String) -> Result<OperationName, UsageError> {
    OperationName::parse(&text).map_err(|why| UsageError::Operation { text, why: why.to_string() })
}

fn pointer(option: &'static str, text: &str) -> Result<Pointer, UsageError> {
    Pointer::parse(text).map_err(|why| UsageError::Pointer { option, text: text.to_owned(), why })
}

/// A path may hold `=` (in a filter), a field's name may not.
fn key(text: &str) -> Result<(String, Vec<String>), UsageError> {
    let refused = || UsageError::Key { text: text.to_owned() };
    let (path, fields) = text.rsplit_once('=').ok_or_else(refused)?;
    let fields = fields.split(',').map(|field| field.trim().to_owned()).collect::<Vec<_>>();
    if path.is_empty() || fields.iter().any(String::is_empty) {
        return Err(refused());
    }
    Ok((path.to_owned(), fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World {
            folder: PathBuf::from("/somewhere"),
            environment: Environment::from_variables([("TERM".into(), "xterm".into())]),
            stdin: Reader::Terminal,
            stdout: Reader::Terminal,
            stderr: Reader::File,
            now: "2026-11-20T23:59:59Z".parse().expect("it is an instant"),
            clock: || jiff::Timestamp::UNIX_EPOCH,
            cores: NonZeroUsize::new(4).expect("four is not zero"),
        }
    }

    fn read(line: &str) -> Result<Options, UsageError> {
        Options::read(line.split(' ').map(OsString::from), world())
    }

    #[track_caller]
    fn refused(line: &str, expected: &str) {
        let said = match read(line) {
            Ok(options) => format!("{:?}", options.command),
            Err(error) => error.to_string(),
        };
        assert_eq!(said.lines().next(), Some(expected));
    }

    #[test]
    fn what_is_not_typed_comes_from_the_world() {
        let global = read("cutover check").expect("it is a command line").global;
        assert_eq!(global.config, ConfigPlace::Upwards { folder: "/somewhere".into() });
        assert_eq!((global.as_of.text.as_str(), global.jobs.get()), ("2026-11-20", 4));
        assert_eq!((global.stdout.paint, global.stderr.paint), (Paint::Colored, Paint::Plain));
    }

    #[test]
    fn the_options_of_every_command_may_stand_before_or_behind_it() {
        for line in ["cutover --format json -q check", "cutover check --format json -q"] {
            let global = read(line).expect("it is a command line").global;
            assert_eq!((global.format, global.talk), (Format::Json, Talk::Quiet));
        }
    }

    #[test]
    fn changed_takes_its_revision_after_an_equals_sign_only() {
        let check = |line: &str| match read(line).expect("it is a command line").command {
            Command::Check(check) => (check.operations, check.selection),
            other => panic!("not a check: {other:?}"),
        };
        let since = |revision: &str| Selection::ChangedSince(revision.to_owned());
        assert_eq!(check("cutover check a"), (vec!["a".to_owned()], Selection::Everything));
        assert_eq!(check("cutover check --changed a"), (vec!["a".to_owned()], since("HEAD")));
        assert_eq!(check("cutover check --changed=main a"), (vec!["a".to_owned()], since("main")));
    }

    #[test]
    fn a_key_is_split_at_its_last_equals_sign() {
        let Ok(Command::Diff(diff)) =
            read("cutover diff a b --key $[?@.a=='b']=id,type").map(|read| read.command)
        else {
            panic!("not a diff")
        };
        assert_eq!(diff.keys, [("$[?@.a=='b']".to_owned(), vec!["id".to_owned(), "type".to_owned()])]);
    }

    #[test]
    fn what_means_nothing_is_refused_with_its_option() {
        refused(
            "cutover check --as-of tomorrow",
            "--as-of tomorrow: not a day (2026-11-20) or an instant with its offset (2026-11-20T09:30:00Z)",
        );
        refused("cutover check --jobs 0", "--jobs 0: not between 1 and 1024");
        refused("cutover check --jobs 1025", "--jobs 1025: not between 1 and 1024");
        refused("cutover diff a b --key $.data", "--key $.data: not PATH=FIELD[,FIELD], such as '$.data=id'");
        refused(
            "cutover diff a b --key $.data=id,",
            "--key $.data=id,: not PATH=FIELD[,FIELD], such as '$.data=id'",
        );
        refused(
            "cutover import jsonl f --operation o --id id --legacy /l --new /n",
            "--id id: a JSON Pointer begins with `/`, as in `/data/id`",
        );
        refused(
            "cutover import pair --legacy a --new b --operation ../o --id 1",
            "--operation ../o: an operation's name is 1 to 128 of a-z, 0-9, `.`, `_`, `-`, and begins with a letter or digit",
        );
        refused(
            "cutover check --format patch",
            "--format patch: only `cutover diff` prints a patch; this command has text and json",
        );
        refused(
            "cutover diff a b --format patch --ignore $.meta",
            "--format patch: a patch gives new as it is, so --ignore cannot speak in it; leave --ignore out, or compare \
             with --format text or json",
        );
        refused(
            "cutover import har f --side new --map-account acme",
            "--map-account acme: not ID=ACCOUNT, such as 7c1f0a3e=acme-crm",
        );
        refused(
            "cutover oracle install --dialect jsonata --version ^2",
            "--version ^2: not an exact version, such as 2.2.1",
        );
        refused(
            "cutover map a --mapping b --dialect truto --jsonata 1.8.7",
            "--jsonata: @truto/truto-jsonata@3.0.6 evaluates with jsonata 2.2.1: leave the option out",
        );
        refused("cutover chekc", "error: unrecognized subcommand 'chekc'");
    }

    #[test]
    fn every_command_shows_examples_and_exit_codes() {
        fn visit(command: &clap::Command) {
            let help = command.clone().render_long_help().to_string();
            let shown = help.contains("Examples:\n  cutover ")
                && help.contains("Exit codes:\n   0  same or tolerated");
            assert!(shown, "`{}` shows none:\n{help}", command.get_name());
            command.get_subcommands().filter(|command| command.get_name() != "help").for_each(visit);
        }
        Arguments::command().debug_assert();
        visit(&Arguments::command());
    }
}
