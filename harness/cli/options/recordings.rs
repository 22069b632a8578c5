//! `cutover recordings`: what was typed, and what it means.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{ArgGroup, Args, Subcommand, ValueEnum, ValueHint};
use compare::model::PairKind;

use super::arguments::after;
use super::record::{ServeRecordings, ServeRecordingsArguments};
use super::{AsOf, UsageError};
use crate::config::Age;

/// `cutover recordings`, as typed.
#[derive(Debug, Subcommand)]
pub enum RecordingsArguments {
    /// List what was recorded, counted or pair by pair, without looking into bodies
    #[command(after_help = after(
        "cutover recordings ls                              by operation: pairs, accounts, from when to when\n\
         cutover recordings ls --by account --since 2026-11-01\n\
         cutover recordings ls --clear --pairs              which pairs are in clear\n\
         cutover recordings ls crm.contacts.get --status 404 --pairs --format json | jq -r '.pairs[].pair'"
    ))]
    Ls(LsArguments),
    /// Remove files of recordings that are old, of an operation, or show nothing that others do not show
    #[command(after_help = after(
        "cutover recordings prune --keep-needed --dry-run   what shows nothing that stays does not show\n\
         cutover recordings prune --older-than 30d --keep-needed\n\
         cutover recordings prune crm.contacts.list --before 2026-11-01 --cassettes\n\
         cutover recordings prune crm.leads.list --may-empty"
    ))]
    Prune(PruneArguments),
    /// Show one pair: where it lies, what was asked and answered on each side
    #[command(after_help = after(
        "cutover recordings show crm.contacts.list/acme-0001\n\
         cutover recordings show recordings/crm.contacts.list/acme-0001.json\n\
         cutover recordings show crm.contacts.list/acme-0001 --raw | jq .new"
    ))]
    Show(ShowArguments),
    /// Make cassettes, for git, of the fewest pairs that show everything which the recordings show
    #[command(after_help = after(
        "cutover recordings promote --dry-run               which pairs, and what each is there for\n\
         cutover recordings promote\n\
         cutover recordings promote crm.contacts.list --from ../captured\n\
         cutover recordings promote --format json | jq '.promoted[] | {file, shows}'"
    ))]
    Promote(PromoteArguments),
    /// Replace personal data in recordings that were kept in clear, or show what would be replaced and why
    #[command(after_help = after(
        "cutover recordings redact --preview                         what, where and why; values as shapes\n\
         cutover recordings redact --preview --show-values | less    the values too: mind who looks\n\
         cutover recordings redact                                   each file whole or not at all"
    ))]
    Redact(RedactArguments),
    /// Answer from recordings, in a provider's stead, and say which requests had no answer
    #[command(after_help = after(
        "cutover recordings serve                          as legacy did, on 127.0.0.1:8710\n\
         cutover recordings serve crm.contacts.list --side new --listen 127.0.0.1:0 --format json"
    ))]
    Serve(ServeRecordingsArguments),
}

/// `cutover recordings ls`.
#[derive(Debug, Args)]
pub struct LsArguments {
    /// The operations [default: all, also those that the configuration does not know]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// What a row is
    #[arg(long, value_enum, default_value = "operation")]
    pub by: By,
    /// A line for each pair instead
    #[arg(long, conflicts_with = "by")]
    pub pairs: bool,
    /// Of this account
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = FILTERS)]
    pub account: Vec<String>,
    /// Recorded on this day or later, or at this moment or later
    #[arg(long, value_name = "DATE|TIME", help_heading = FILTERS)]
    pub since: Option<String>,
    /// Recorded on this day or before, or before this moment
    #[arg(long, value_name = "DATE|TIME", help_heading = FILTERS)]
    pub until: Option<String>,
    /// Of this kind
    #[arg(long, value_parser = PossibleValuesParser::new(PairKind::ALL.map(|(_, name)| name)), help_heading = FILTERS)]
    pub kind: Option<String>,
    /// Answered with this status on either side; plain files are read through for it
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u16).range(100..=999), help_heading = FILTERS)]
    pub status: Vec<u16>,
    /// Without an answer of this side; plain files are read through for it
    #[arg(long, value_enum, value_name = "SIDE", help_heading = FILTERS)]
    pub lacks: Option<Lacks>,
    /// With pseudonyms in the place of personal data
    #[arg(long, group = "marked", help_heading = FILTERS)]
    pub redacted: bool,
    /// In which personal data was kept on purpose
    #[arg(long, group = "marked", help_heading = FILTERS)]
    pub clear: bool,
    /// That do not say whether they were redacted
    #[arg(long, group = "marked", help_heading = FILTERS)]
    pub unsaid: bool,
}

const FILTERS: &str = "Only pairs";

/// `--by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// An operation.
    Operation,
    /// An account.
    Account,
    /// A file.
    File,
}

/// `--lacks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lacks {
    /// Legacy was not recorded.
    Legacy,
    /// New was not recorded.
    New,
}

/// `cutover recordings prune`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub struct PruneArguments {
    /// Files of these operations only
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new(), group = "which")]
    pub operations: Vec<String>,
    /// Files whose pairs are all older, counted back from --as-of: 30d, 12h
    #[arg(long, value_name = "AGE", group = "which", conflicts_with = "before")]
    pub older_than: Option<String>,
    /// Files whose pairs were all recorded before this day or moment
    #[arg(long, value_name = "DATE|TIME", group = "which")]
    pub before: Option<String>,
    /// But for the fewest that show what nothing else shows, as `promote` looks at pairs
    #[arg(long, group = "which")]
    pub keep_needed: bool,
    /// Cassettes too; without it they stay
    #[arg(long)]
    pub cassettes: bool,
    /// Also where no pair of an operation is left
    #[arg(long)]
    pub may_empty: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `cutover recordings show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// A pair's id, or its file
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub pair: String,
    /// The record to the letter, as it lies in its file
    #[arg(long)]
    pub raw: bool,
}

/// `cutover recordings promote`.
#[derive(Debug, Args)]
pub struct PromoteArguments {
    /// The operations [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Choose from the recordings in this folder [default: from recordings/, but for the cassettes in it]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub from: Option<PathBuf>,
    /// Say what would be promoted, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `cutover recordings redact`.
#[derive(Debug, Args)]
pub struct RedactArguments {
    /// The recordings' files [default: all]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Show what would be replaced, and write nothing
    #[arg(long)]
    pub preview: bool,
    /// Show the values that would be replaced, not only their shapes
    #[arg(long, requires = "preview")]
    pub show_values: bool,
}

/// `cutover recordings`, each command with what it needs.
#[derive(Debug)]
pub enum RecordingsCommand {
    /// What was recorded.
    Ls(RecordingsLs),
    /// Files go.
    Prune(RecordingsPrune),
    /// One pair.
    Show(RecordingsShow),
    /// The fewest pairs become cassettes.
    Promote(RecordingsPromote),
    /// Show what redaction replaces, or redact what was kept in clear.
    Redact(RecordingsRedact),
    /// Answer from them.
    Serve(ServeRecordings),
}

/// What `recordings ls` needs.
#[derive(Debug)]
pub struct RecordingsLs {
    /// What a row is.
    pub rows: Rows,
    /// Which pairs.
    pub filter: Filter,
}

/// What a row of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All pairs of an operation.
    Operations,
    /// All pairs of an account.
    Accounts,
    /// All pairs of a file.
    Files,
    /// One pair.
    Pairs,
}

/// Which pairs are listed; what is empty or `None` asks for nothing.
#[derive(Debug)]
pub struct Filter {
    /// One of these.
    pub operations: Vec<String>,
    /// One of these.
    pub accounts: Vec<String>,
    /// Recorded at or after, in nanoseconds since 1970.
    pub since: Option<i128>,
    /// Recorded before.
    pub until: Option<i128>,
    /// What it records.
    pub kind: Option<PairKind>,
    /// One of these, on either side.
    pub statuses: Vec<u16>,
    /// The side that is not there.
    pub lacks: Option<Lacks>,
    /// What it says of its redaction.
    pub marked: Option<Marked>,
}

/// What a pair says of its redaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// By a key.
    Redacted,
    /// Not, on purpose.
    Clear,
    /// Nothing.
    Unsaid,
}

/// What `recordings prune` needs.
#[derive(Debug)]
pub struct RecordingsPrune {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// How old all pairs of a file must be.
    pub before: Option<Before>,
    /// What stays all the same.
    pub keep: Keep,
    /// What becomes of cassettes.
    pub cassettes: Cassettes,
    /// What happens where an operation would have no pair any more.
    pub if_empty: IfEmpty,
    /// Only say what would be removed.
    pub dry_run: bool,
}

/// How old a pair must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Recorded before, in nanoseconds since 1970.
    Moment(i128),
    /// Before the moment of the run.
    Age(Age),
}

/// What stays of the files that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None.
    Nothing,
    /// Those that show what nothing else shows.
    Needed,
}

/// What becomes of cassettes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cassettes {
    /// They are in git, and stay.
    Stay,
    /// They go as others do.
    Go,
}

/// What happens where an operation would have no pair any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfEmpty {
    /// Nothing is removed.
    Refuse,
    /// It has none.
    Allow,
}

/// What `recordings show` needs.
#[derive(Debug)]
pub struct RecordingsShow {
    /// Its id or its file.
    pub pair: String,
    /// How it is shown.
    pub view: View,
}

/// How a pair is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Laid out for people.
    Readable,
    /// To the letter.
    Raw,
}

/// What `recordings promote` needs.
#[derive(Debug)]
pub struct RecordingsPromote {
    /// Those named; empty: all.
    pub operations: Vec<String>,
    /// Another folder of recordings to choose from.
    pub from: Option<PathBuf>,
    /// Only say what would be written.
    pub dry_run: bool,
}

/// What `recordings redact` needs.
#[derive(Debug)]
pub struct RecordingsRedact {
    /// Those named; empty: all.
    pub files: Vec<PathBuf>,
    /// Only show what would be replaced.
    pub preview: Option<Values>,
}

/// What a preview tells of the values that would be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// How they look: `Aaaa 99`.
    Shapes,
    /// Themselves.
    Told,
}

/// What was typed, as the commands work with it.
pub(super) fn mean(typed: RecordingsArguments) -> Result<RecordingsCommand, UsageError> {
    Ok(match typed {
        RecordingsArguments::Ls(typed) => RecordingsCommand::Ls(ls(typed)?),
        RecordingsArguments::Prune(typed) => RecordingsCommand::Prune(prune(typed)?),
        RecordingsArguments::Show(typed) => RecordingsCommand::Show(RecordingsShow {
            pair: typed.pair,
            view: if typed.raw { View::Raw } else { View::Readable },
        }),
        RecordingsArguments::Promote(typed) => RecordingsCommand::Promote(RecordingsPromote {
            operations: typed.operations,
            from: typed.from,
            dry_run: typed.dry_run,
        }),
        RecordingsArguments::Redact(typed) => {
            let values = if typed.show_values { Values::Told } else { Values::Shapes };
            RecordingsCommand::Redact(RecordingsRedact {
                files: typed.files,
                preview: typed.preview.then_some(values),
            })
        }
        RecordingsArguments::Serve(typed) => RecordingsCommand::Serve(typed.into()),
    })
}

fn ls(typed: LsArguments) -> Result<RecordingsLs, UsageError> {
    let marks =
        [(typed.redacted, Marked::Redacted), (typed.clear, Marked::Clear), (typed.unsaid, Marked::Unsaid)];
    let kind = typed.kind.as_deref();
    Ok(RecordingsLs {
        rows: match typed.by {
            _ if typed.pairs => Rows::Pairs,
            By::Operation => Rows::Operations,
            By::Account => Rows::Accounts,
            By::File => Rows::Files,
        },
        filter: Filter {
            operations: typed.operations,
            accounts: typed.account,
            since: typed.since.map(|text| moment("--since", text).map(|(start, _)| start)).transpose()?,
            until: typed.until.map(|text| moment("--until", text).map(|(_, end)| end)).transpose()?,
            kind: PairKind::ALL.iter().find(|(_, name)| Some(*name) == kind).map(|(kind, _)| *kind),
            statuses: typed.status,
            lacks: typed.lacks,
            marked: marks.into_iter().find(|(is_typed, _)| *is_typed).map(|(_, marked)| marked),
        },
    })
}

fn prune(typed: PruneArguments) -> Result<RecordingsPrune, UsageError> {
    let before = typed.before.map(|text| moment("--before", text)).transpose()?;
    let age = |text: String| Age::parse(&text).ok_or(UsageError::Age { text });
    let age = typed.older_than.map(age).transpose()?;
    Ok(RecordingsPrune {
        operations: typed.operations,
        before: before.map(|(start, _)| Before::Moment(start)).or(age.map(Before::Age)),
        keep: if typed.keep_needed { Keep::Needed } else { Keep::Nothing },
        cassettes: if typed.cassettes { Cassettes::Go } else { Cassettes::Stay },
        if_empty: if typed.may_empty { IfEmpty::Allow } else { IfEmpty::Refuse },
        dry_run: typed.dry_run,
    })
}

/// A day's start and end, or a moment twice; in nanoseconds since 1970.
fn moment(option: &'static str, text: String) -> Result<(i128, i128), UsageError> {
    let as_of = AsOf::parse(&text).map_err(|_| UsageError::Moment { option, text })?;
    let start = as_of.instant.as_nanosecond();
    let is_day = as_of.text.len() == DAY_CHARS;
    Ok((start, if is_day { start + DAY_NANOSECONDS } else { start }))
}

/// `2026-11-20`
const DAY_CHARS: usize = 10;

const DAY_NANOSECONDS: i128 = 86_400 * 1_000_000_000;
