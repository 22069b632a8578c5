//! How a command that could not do its work says so.

use std::io::{self, Write};

use handover::database::DatabaseError;

use crate::config::problem::render_all;
use crate::config::{AccountsError, ConfigError, Problem};
use crate::exit::Exit;
use crate::options::{Look, UsageError};

/// The text for stderr, with the lines in question where the configuration is at fault.
pub fn told(error: &anyhow::Error, look: Look) -> String {
    match problems(error) {
        Some(problems) => render_all(problems, look),
        None => {
            let causes = error.chain().map(ToString::to_string).collect::<Vec<_>>();
            format!("error: {}\n", causes.join(": "))
        }
    }
}

fn problems(error: &anyhow::Error) -> Option<&[Problem]> {
    let of_config = error.chain().find_map(|cause| match cause.downcast_ref::<ConfigError>() {
        Some(ConfigError::Invalid(problems)) => Some(problems.as_slice()),
        _ => None,
    });
    let of_accounts = || {
        error.chain().find_map(|cause| match cause.downcast_ref::<AccountsError>() {
            Some(AccountsError::Invalid(problems)) => Some(problems.as_slice()),
            _ => None,
        })
    };
    of_config.or_else(of_accounts)
}

/// The exit that an error leads to.
pub fn exit(error: &anyhow::Error) -> Exit {
    if reader_left(error) || is_held(error) { Exit::Undecided } else { Exit::Usage }
}

/// Whether another process hands over: nothing is wrong with what was asked, and it was not done.
fn is_held(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(DatabaseError::Held { .. })))
}

/// Whether the one who read our output has had enough (`| head`), which is nothing to complain of.
pub fn reader_left(error: &anyhow::Error) -> bool {
    let broken = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}

/// Answers a command line that means nothing, or that asks for help or the version.
pub fn answer_usage(error: &UsageError) -> Exit {
    match error {
        UsageError::Clap(clap) => {
            // clap knows the stream and whether it takes colours; where nobody listens, the exit code is left.
            let _ = clap.print();
            if clap.use_stderr() { Exit::Usage } else { Exit::Clean }
        }
        other => {
            let causes = anyhow::Chain::new(other).map(ToString::to_string).collect::<Vec<_>>();
            let _ = writeln!(io::stderr(), "error: {}", causes.join(": "));
            Exit::Usage
        }
    }
}
