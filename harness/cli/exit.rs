//! How the program ends: one exit code, with its meaning.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Mutex;

/// How the program ends; where several apply, the first of [`Exit::ALL`] wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A defect of ours.
    Bug,
    /// The command line, the configuration or a file named in them is not what it should be.
    Usage,
    /// Something differs, or a gate fails.
    Different,
    /// Something could not be decided, was interrupted, or there was nothing to judge.
    Undecided,
    /// Nothing to object.
    Clean,
}

impl Exit {
    /// Every exit in the order of precedence, with its code and its sentence.
    pub const ALL: [(Exit, u8, &'static str); 5] = [
        (Exit::Bug, 70, "a defect of cutover"),
        (Exit::Usage, 2, "usage or configuration, or a file that is absent or not what it should be"),
        (Exit::Different, 1, "a difference, a counterexample, or a gate that fails"),
        (Exit::Undecided, 3, "undecided, interrupted, or nothing to judge"),
        (Exit::Clean, 0, "same or tolerated"),
    ];

    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        Self::ALL.iter().find(|(exit, ..)| *exit == self).map_or(70, |(_, code, _)| *code)
    }

    /// The one of two that takes precedence.
    pub fn worse(self, other: Exit) -> Exit {
        Self::ALL.iter().map(|(exit, ..)| *exit).find(|exit| [self, other].contains(exit)).unwrap_or(self)
    }

    /// The exit codes as `--help` lists them, by number.
    pub fn help() -> String {
        let mut all = Self::ALL;
        all.sort_by_key(|(_, code, _)| *code);
        all.iter().fold("Exit codes:".to_owned(), |text, (_, code, meaning)| {
            format!("{text}\n  {code:>2}  {meaning}")
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Where the latest panic was. Its message is not kept: it may quote a recorded body.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program; a panic becomes [`Exit::Bug`] and goes to `report` as one sentence that asks for a report.
pub fn guarded(program: impl FnOnce() -> Exit, report: impl FnOnce(&str)) -> Exit {
    // The hook itself is silent: a panic of a mapping engine is caught on the way and is a verdict, not a defect.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        if let Ok(mut latest) = PANICKED_AT.lock() {
            *latest = place;
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        let place = PANICKED_AT.lock().ok().and_then(|latest| latest.clone());
        report(&defect(place.as_deref().unwrap_or("an unknown place")));
        Exit::Bug
    })
}

fn defect(place: &str) -> String {
    format!(
        "error: cutover {version} stopped at {place}: this is a defect of cutover, not of your files\n  \
         help: please report it with this line and the command that you gave; recordings are not needed",
        version = env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_contract() {
        let codes = [Exit::Clean, Exit::Different, Exit::Usage, Exit::Undecided, Exit::Bug].map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 70]);
    }

    #[test]
    fn a_difference_takes_precedence_over_an_undecided_pair() {
        assert_eq!(Exit::Undecided.worse(Exit::Different), Exit::Different);
        assert_eq!(Exit::Usage.worse(Exit::Different), Exit::Usage);
        assert_eq!(Exit::Clean.worse(Exit::Undecided), Exit::Undecided);
    }

    #[test]
    fn a_panic_is_our_defect_and_its_message_is_not_shown() {
        // The hook is the process's: other tests want theirs back.
        let hook = panic::take_hook();
        let mut said = String::new();
        let exit = guarded(|| panic!("body of a customer"), |sentence| said = sentence.to_owned());
        let line = line!() - 1;
        panic::set_hook(hook);
        assert_eq!(exit, Exit::Bug);
        assert_eq!(said, defect(&format!("{}:{line}", file!())));
    }
}
