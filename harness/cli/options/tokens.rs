//! `cutover tokens`: what was typed, and what it means.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::UsageError;
use super::arguments::after;
use super::hand_over::{HandOver, HandOverArguments};
use crate::inventory::Asking;

/// Looking more often only uses up limits.
const EVERY_S: std::ops::RangeInclusive<u64> = 1..=86_400;

/// `cutover tokens`, as typed.
#[derive(Debug, Subcommand)]
pub enum TokensArguments {
    /// Say of each account how it can move, what is known of it, and what cannot move without its user
    #[command(after_help = after(
        "cutover tokens inventory                       counts, what cannot move and why; writes reports/inventory/\n\
         cutover tokens inventory --all                 a line for each account\n\
         cutover tokens inventory --offline             from the accounts' file and the profiles alone\n\
         cutover tokens inventory --reconnect --links   the plan for users who must connect again, with their links\n\
         cutover tokens inventory --format json | jq '.accounts[] | select(.way != \"transfer\") | {account, reasons}'"
    ))]
    Inventory(InventoryArguments),
    /// Look for signs that somebody else refreshes tokens which new holds, and say so at once
    #[command(after_help = after(
        "cutover tokens watch                           looks every minute, until Ctrl-C\n\
         cutover tokens watch --every 10 --first        ends at the first sign, with exit code 1\n\
         cutover tokens watch --once                    one look, held against the one before\n\
         cutover tokens watch --lent acme               legacy still holds this one: it may refresh"
    ))]
    Watch(WatchArguments),
    /// What changes who holds a token, and what tells of it.
    #[command(flatten)]
    HandOver(HandOverArguments),
}

/// `cutover tokens inventory`.
#[derive(Debug, Args)]
pub struct InventoryArguments {
    /// Ask no provider: what files say is all
    #[arg(long, conflicts_with = "links")]
    pub offline: bool,
    /// A line for each account, instead of counts and of those that cannot move
    #[arg(long)]
    pub all: bool,
    /// The plan for the accounts whose users must connect again, in the order of their deadlines, and how far it has come
    #[arg(long)]
    pub reconnect: bool,
    /// With --reconnect: ask new for a link for each that has none which is good still; they stand in the plan's file alone
    #[arg(long, requires = "reconnect")]
    pub links: bool,
}

/// `cutover tokens watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Seconds between looks
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(EVERY_S))]
    pub every: u64,
    /// One look, held against the one before
    #[arg(long)]
    pub once: bool,
    /// End at the first sign
    #[arg(long)]
    pub first: bool,
    /// An account that was lent to new, beside those that the journal says were: there legacy may refresh; may be given several times
    #[arg(long, value_name = "ACCOUNT", value_parser = NonEmptyStringValueParser::new())]
    pub lent: Vec<String>,
}

/// A command with what it needs.
#[derive(Debug)]
pub enum TokensCommand {
    /// Take the inventory.
    Inventory(Inventory),
    /// Look for a second refresher.
    Watch(Watch),
    /// Who holds tokens.
    HandOver(HandOver),
}

/// What `tokens inventory` needs.
#[derive(Debug)]
pub struct Inventory {
    /// Whom to ask.
    pub asking: Asking,
    /// What is told.
    pub show: Show,
    /// The plan for those whose users must connect again.
    pub plan: Plan,
}

/// What is told of an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Counts, and what cannot move.
    Summary,
    /// Each account.
    All,
}

/// What becomes of the plan to connect again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// None is made.
    None,
    /// It is made, with the links that there are.
    Made,
    /// New is asked for links.
    WithLinks,
}

/// What `tokens watch` needs.
#[derive(Debug)]
pub struct Watch {
    /// When it ends.
    pub until: Until,
    /// Accounts that legacy still holds.
    pub lent: Vec<String>,
}

/// When a watch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// After one look.
    Once,
    /// At the first sign, with so long between looks.
    Sign(Duration),
    /// By Ctrl-C, likewise.
    Stopped(Duration),
}

/// What was typed, in what it means.
pub fn mean(typed: TokensArguments) -> Result<TokensCommand, UsageError> {
    Ok(match typed {
        TokensArguments::Inventory(typed) => TokensCommand::Inventory(Inventory {
            asking: if typed.offline { Asking::Nobody } else { Asking::Providers },
            show: if typed.all { Show::All } else { Show::Summary },
            plan: match (typed.reconnect, typed.links) {
                (false, _) => Plan::None,
                (true, false) => Plan::Made,
                (true, true) => Plan::WithLinks,
            },
        }),
        TokensArguments::HandOver(typed) => TokensCommand::HandOver(typed.mean()?),
        TokensArguments::Watch(typed) => {
            let every = Duration::from_secs(typed.every);
            TokensCommand::Watch(Watch {
                until: match (typed.once, typed.first) {
                    (true, _) => Until::Once,
                    (false, true) => Until::Sign(every),
                    (false, false) => Until::Stopped(every),
                },
                lent: typed.lent,
            })
        }
    })
}
