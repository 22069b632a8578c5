//! `cutover recordings`: what was typed, and what it means.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueHint};

use super::UsageError;
use super::arguments::after;

/// `cutover recordings`, as typed.
#[derive(Debug, Subcommand)]
pub enum RecordingsArguments {
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
    /// One pair.
    Show(RecordingsShow),
    /// The fewest pairs become cassettes.
    Promote(RecordingsPromote),
    /// Show what redaction replaces, or redact what was kept in clear.
    Redact(RecordingsRedact),
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
    })
}
