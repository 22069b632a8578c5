//! `cutover serve`: as typed, and what it means.

use std::net::SocketAddr;

use clap::Args;

use super::Redacting;
use super::arguments::RedactionArguments;
use crate::logs::LogFormat;

/// `cutover serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Where the application connects [default: `listen` of [serve], else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where people and monitoring look [default: `admin` of [serve], else 127.0.0.1:8081]
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<SocketAddr>,
    /// The share of requests that is mirrored, from 0 to 1 [default: `share` of [serve], else 1]
    #[arg(long, value_name = "SHARE")]
    pub share: Option<f64>,
    /// Mirror and compare, record nothing
    #[arg(long)]
    pub discard: bool,
    /// Mirror first what the gates still lack: within the share, what is proven goes last
    #[arg(long)]
    pub need_evidence: bool,
    /// How it tells on stderr what happens; -v tells each pair
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What becomes of personal data.
    #[command(flatten)]
    pub redaction: RedactionArguments,
}

/// What `serve` needs.
#[derive(Debug)]
pub struct Serve {
    /// Instead of what the configuration says.
    pub listen: Option<SocketAddr>,
    /// Likewise.
    pub admin: Option<SocketAddr>,
    /// Likewise; between 0 and 1.
    pub share: Option<f64>,
    /// Whether pairs are kept.
    pub keeping: KeepPairs,
    /// What goes first.
    pub preferring: Preferring,
    /// How it tells what happens.
    pub log: LogFormat,
    /// What becomes of personal data.
    pub redacting: Redacting,
}

/// Whether pairs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepPairs {
    /// They are recorded.
    Record,
    /// They are compared, counted and forgotten.
    Discard,
}

/// Which requests are mirrored first, where not all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preferring {
    /// None: each operation's and account's share is its own.
    Nothing,
    /// Those of which the gates lack evidence.
    NeededEvidence,
}

impl From<ServeArguments> for Serve {
    fn from(typed: ServeArguments) -> Serve {
        Serve {
            listen: typed.listen,
            admin: typed.admin,
            share: typed.share.map(|share| share.clamp(0.0, 1.0)),
            keeping: if typed.discard { KeepPairs::Discard } else { KeepPairs::Record },
            preferring: if typed.need_evidence { Preferring::NeededEvidence } else { Preferring::Nothing },
            log: typed.log,
            redacting: if typed.redaction.no_redact { Redacting::Keep } else { Redacting::Replace },
        }
    }
}
