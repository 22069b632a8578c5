//! `cutover tokens lend|copy|transfer|status|verify|resume|rollback|new-key`: as typed, and what it means.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use handover::record::Mode;
use handover::waves::{PER_MINUTE_MAX, Pace};

use super::UsageError;
use super::arguments::after;

/// One account shows what is wrong with all.
const CANARY: usize = 1;
/// A management API lets so many pass without a word.
const PER_MINUTE: u32 = 60;

/// What can be done with who holds tokens.
#[derive(Debug, Subcommand)]
pub enum HandOverArguments {
    /// Give new the access token that legacy has now; legacy stays the holder, and new cannot refresh
    #[command(
        after_help = after("cutover tokens lend\ncutover tokens lend acme-crm --keep-lending")
    )]
    Lend(LendArguments),
    /// Give new what never refreshes: API keys, token-based auth, client credentials
    #[command(after_help = after("cutover tokens copy --dry-run\ncutover tokens copy acme-books"))]
    Copy(MoveArguments),
    /// Pass refresh tokens to new, once: legacy is fenced, and the gate token-import must have passed
    #[command(
        after_help = after("cutover tokens transfer --dry-run\ncutover tokens transfer acme-tickets --yes\n\
                      cutover tokens transfer --yes --canary 3 --per-minute 20\n\
                      cutover tokens transfer --yes --file export.csv --column account=consumer_id")
    )]
    Transfer(MoveArguments),
    /// Say where each account stands, who holds its refresh token, and what a rollback can still do
    #[command(
        after_help = after("cutover tokens status\ncutover tokens status acme-tickets --history\n\
                            cutover tokens status --format json | jq .totals")
    )]
    Status(StatusArguments),
    /// Read through new what legacy answered before, and ask how the account stands there; nothing is changed
    #[command(after_help = after("cutover tokens verify\ncutover tokens verify acme-tickets"))]
    Verify(AccountsArguments),
    /// Go on where something was interrupted, in doubt or refused
    #[command(
        after_help = after("cutover tokens resume\ncutover tokens resume acme-tickets --found 6b1f0001-…\n\
                            cutover tokens resume acme-tickets --absent")
    )]
    Resume(ResumeArguments),
    /// Say what can still be undone, and with --yes undo it
    #[command(
        after_help = after("cutover tokens rollback acme-tickets\ncutover tokens rollback acme-tickets --yes")
    )]
    Rollback(RollbackArguments),
    /// Seal what the journal keeps with another key: the new one is the variable CUTOVER_STATE_NEW_KEY, or made in a file
    #[command(
        name = "new-key",
        after_help = after("cutover tokens new-key\nCUTOVER_STATE_NEW_KEY=$(openssl rand -hex 32) cutover tokens new-key")
    )]
    NewKey,
}

/// Whose.
#[derive(Clone, Debug, Args)]
pub struct AccountsArguments {
    /// As the accounts' file calls them [default: all]
    #[arg(value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
}

/// Where credentials come from, and what is read to verify them.
#[derive(Clone, Debug, Args)]
pub struct SourceArguments {
    /// A file that legacy's support made, CSV or JSON, instead of its API
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Which column of the file is what, beside what the profile says: account=consumer_id, access_token=/oauth/token
    #[arg(long = "column", value_name = "NAME=COLUMN", requires = "file")]
    pub columns: Vec<String>,
    /// When legacy's support made the file: what legacy refreshes later is not in it
    #[arg(long, value_name = "TIME", requires = "file")]
    pub made_at: Option<jiff::Timestamp>,
    /// Legacy cannot refresh these accounts any more, and did not since a file was made: they were ended there by hand
    #[arg(long)]
    pub legacy_ended: bool,
    /// What is read through both sides to verify an account [default: the first three that can be asked]
    #[arg(long = "verify", value_name = "OPERATION")]
    pub operations: Vec<String>,
}

/// `cutover tokens lend`.
#[derive(Debug, Args)]
pub struct LendArguments {
    /// Whose.
    #[command(flatten)]
    pub accounts: AccountsArguments,
    /// Stay, and lend again before each expires
    #[arg(long)]
    pub keep_lending: bool,
    /// Say what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `cutover tokens copy` and `transfer`.
#[derive(Debug, Args)]
pub struct MoveArguments {
    /// Whose.
    #[command(flatten)]
    pub accounts: AccountsArguments,
    /// From where.
    #[command(flatten)]
    pub source: SourceArguments,
    /// Say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Do it: a transfer is not begun without
    #[arg(long)]
    pub yes: bool,
    /// So many accounts are whole before the others begin
    #[arg(long, value_name = "N", default_value_t = CANARY)]
    pub canary: usize,
    /// So many accounts begin in a minute
    #[arg(long, value_name = "N", default_value_t = PER_MINUTE)]
    pub per_minute: u32,
}

/// `cutover tokens status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Whose.
    #[command(flatten)]
    pub accounts: AccountsArguments,
    /// Show what happened to each, step by step
    #[arg(long)]
    pub history: bool,
    /// Show the ids at new, for the accounts' file
    #[arg(long)]
    pub ids: bool,
}

/// `cutover tokens resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// Whose.
    #[command(flatten)]
    pub accounts: AccountsArguments,
    /// From where.
    #[command(flatten)]
    pub source: SourceArguments,
    /// The one account is at new, under this id
    #[arg(long, value_name = "ID", conflicts_with = "absent")]
    pub found: Option<String>,
    /// The one account is not at new
    #[arg(long)]
    pub absent: bool,
    /// So many accounts go on in a minute
    #[arg(long, value_name = "N", default_value_t = PER_MINUTE)]
    pub per_minute: u32,
}

/// `cutover tokens rollback`.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// As the accounts' file calls them
    #[arg(value_name = "ACCOUNT", required = true)]
    pub accounts: Vec<String>,
    /// Do it
    #[arg(long)]
    pub yes: bool,
}

/// What to do with who holds tokens.
#[derive(Debug)]
pub enum HandOver {
    /// Accounts pass.
    Move(Moving),
    /// Where they stand.
    Status(Status),
    /// Whether new answers.
    Verify(Vec<String>),
    /// They go on.
    Resume(Resume),
    /// They go back.
    Rollback(Rollback),
    /// Another key.
    NewKey,
}

/// How accounts pass.
#[derive(Debug)]
pub struct Moving {
    /// How.
    pub mode: Mode,
    /// Those named; empty: all.
    pub accounts: Vec<String>,
    /// From where.
    pub source: Source,
    /// Whether it is done.
    pub doing: Doing,
    /// How fast.
    pub pace: Pace,
    /// Whether what is lent is lent again until somebody stops it.
    pub lending: Lending,
}

/// Whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is told what would be.
    Tell,
    /// Nobody said that it may.
    Ask,
    /// It is.
    Do,
}

/// How long is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lending {
    /// Once.
    Once,
    /// Until somebody stops it.
    Keep,
}

/// From where, and what verifies it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Instead of legacy's API.
    pub file: Option<PathBuf>,
    /// Its columns, by our names.
    pub columns: BTreeMap<String, String>,
    /// When it was made.
    pub made_at: Option<jiff::Timestamp>,
    /// Whether legacy was ended by hand.
    pub legacy: Legacy,
    /// The operations that are read.
    pub operations: Vec<String>,
}

/// Whether legacy can refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legacy {
    /// It may.
    #[default]
    Lives,
    /// A person says that it cannot any more.
    Ended,
}

/// What `status` shows.
#[derive(Debug)]
pub struct Status {
    /// Those named; empty: all.
    pub accounts: Vec<String>,
    /// Step by step.
    pub history: bool,
    /// With ids.
    pub ids: bool,
}

/// What goes on.
#[derive(Debug)]
pub struct Resume {
    /// Those named; empty: all.
    pub accounts: Vec<String>,
    /// From where.
    pub source: Source,
    /// What a person found at new.
    pub answer: Option<Found>,
    /// How fast.
    pub pace: Pace,
}

/// What a person found at new.
#[derive(Debug)]
pub enum Found {
    /// The account, under this id.
    There(providers::secret::Secret),
    /// Nothing.
    Absent,
}

/// What goes back.
#[derive(Debug)]
pub struct Rollback {
    /// Those named.
    pub accounts: Vec<String>,
    /// Whether it is done.
    pub doing: Doing,
}

impl HandOverArguments {
    /// What is meant.
    pub(super) fn mean(self) -> Result<HandOver, UsageError> {
        Ok(match self {
            HandOverArguments::Lend(typed) => HandOver::Move(Moving {
                mode: Mode::Lend,
                accounts: typed.accounts.accounts,
                source: Source::default(),
                doing: if typed.dry_run { Doing::Tell } else { Doing::Do },
                pace: Pace { canary: CANARY, per_minute: PER_MINUTE_MAX },
                lending: if typed.keep_lending { Lending::Keep } else { Lending::Once },
            }),
            HandOverArguments::Copy(typed) => moving(Mode::Copy, typed)?,
            HandOverArguments::Transfer(typed) => moving(Mode::Transfer, typed)?,
            HandOverArguments::Status(typed) => HandOver::Status(Status {
                accounts: typed.accounts.accounts,
                history: typed.history,
                ids: typed.ids,
            }),
            HandOverArguments::Verify(typed) => HandOver::Verify(typed.accounts),
            HandOverArguments::Resume(typed) => {
                let one = typed.found.is_some() || typed.absent;
                if one && typed.accounts.accounts.len() != 1 {
                    return Err(UsageError::OneAccount);
                }
                let there = typed.found.map(|id| Found::There(providers::secret::Secret::new(id)));
                HandOver::Resume(Resume {
                    accounts: typed.accounts.accounts,
                    source: source(typed.source)?,
                    answer: there.or(typed.absent.then_some(Found::Absent)),
                    pace: pace(CANARY, typed.per_minute)?,
                })
            }
            HandOverArguments::Rollback(typed) => HandOver::Rollback(Rollback {
                accounts: typed.accounts,
                doing: if typed.yes { Doing::Do } else { Doing::Ask },
            }),
            HandOverArguments::NewKey => HandOver::NewKey,
        })
    }
}

fn moving(mode: Mode, typed: MoveArguments) -> Result<HandOver, UsageError> {
    let needs_yes = mode == Mode::Transfer;
    Ok(HandOver::Move(Moving {
        mode,
        accounts: typed.accounts.accounts,
        source: source(typed.source)?,
        doing: match (typed.dry_run, typed.yes || !needs_yes) {
            (true, _) => Doing::Tell,
            (false, true) => Doing::Do,
            (false, false) => Doing::Ask,
        },
        pace: pace(typed.canary, typed.per_minute)?,
        lending: Lending::Once,
    }))
}

fn pace(canary: usize, per_minute: u32) -> Result<Pace, UsageError> {
    match (1..=PER_MINUTE_MAX).contains(&per_minute) {
        true => Ok(Pace { canary, per_minute }),
        false => Err(UsageError::PerMinute { per_minute }),
    }
}

fn source(typed: SourceArguments) -> Result<Source, UsageError> {
    let pair = |text: String| match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => {
            Ok((name.to_owned(), column.to_owned()))
        }
        _ => Err(UsageError::Column { text }),
    };
    Ok(Source {
        file: typed.file,
        columns: typed.columns.into_iter().map(pair).collect::<Result<_, _>>()?,
        made_at: typed.made_at,
        legacy: if typed.legacy_ended { Legacy::Ended } else { Legacy::Lives },
        operations: typed.operations,
    })
}
