//! What the journal knows of one account: where its hand-over stands, and what was intended and not yet confirmed.

use jiff::Timestamp;

/// How credentials pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The access token only; legacy stays the holder.
    Lend,
    /// What never refreshes: both sides may have it.
    Copy,
    /// The refresh token, once.
    Transfer,
}

/// Where an account stands. What is in doubt stands where it stood before the step that is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is in the accounts' file.
    Discovered,
    /// It can move: its credentials can be had, and fit the mode.
    Eligible,
    /// New has an access token that it cannot refresh.
    Lent,
    /// Legacy is asked no more for this account.
    Fenced,
    /// The journal has the credentials.
    Exported,
    /// New has them.
    Imported,
    /// New answers as legacy did.
    Verified,
    /// New has refreshed once.
    Refreshed,
    /// Nothing is left to do.
    Complete,
    /// Only the customer can mend it, by connecting again.
    NeedsReauth,
    /// Legacy serves as before.
    RolledBack,
}

/// What is done to the world, one call or one wait each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Look whether the account can move.
    Admit,
    /// Read through legacy what new is to answer later.
    Witness,
    /// Give new the access token that legacy has now.
    Lend,
    /// Refuse legacy's use, pause its syncs, wait for every proxy.
    Fence,
    /// Take the credentials from legacy.
    Export,
    /// Take from legacy what refreshes: a fence that its own jobs heed too.
    Disarm,
    /// Give them to new.
    Import,
    /// Look whether new has what was sent to it.
    Find,
    /// Read through new what legacy answered before.
    Verify,
    /// Have new refresh once.
    Refresh,
    /// Read once more, with what was refreshed.
    Finish,
    /// Take the credentials back from new.
    Reclaim,
    /// Remove the account from new.
    Recall,
    /// Give the credentials to legacy.
    Restore,
    /// Let legacy be used again.
    Release,
}

/// Whether an account goes on or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From legacy to new.
    Forward,
    /// Back to legacy.
    Back,
}

/// A step that was begun; its outcome is not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Which.
    pub step: Step,
    /// Since when.
    pub at: Timestamp,
}

/// What the journal knows of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// As the accounts' file calls it.
    pub account: String,
    /// How its credentials pass.
    pub mode: Mode,
    /// Where it stands.
    pub state: State,
    /// On or back.
    pub direction: Direction,
    /// Begun and not confirmed; at most one.
    pub intent: Option<Intent>,
    /// The step of which nobody knows whether it happened.
    pub doubt: Option<Intent>,
    /// Why it does not go on, for people; `resume` clears it.
    pub halted: Option<String>,
    /// Whether legacy is refused for this account.
    pub fenced: bool,
    /// Whether legacy's answer was taken before.
    pub witnessed: bool,
    /// Whether legacy itself has nothing left to refresh with.
    pub disarmed: bool,
    /// Whether the credentials in the journal came back from new.
    pub reclaimed: bool,
    /// Whether new has an account for it, and its id is in the journal.
    pub placed: bool,
    /// Whether new was refused with the access token that it got, so that it must refresh before it can be looked at.
    pub stale: bool,
    /// Until when what was lent is good.
    pub lent_until: Option<Timestamp>,
    /// How often the same step was tried without success.
    pub attempts: u32,
}

impl Record {
    /// An account of which nothing was done yet.
    pub fn new(account: String, mode: Mode) -> Record {
        Record {
            account,
            mode,
            state: State::Discovered,
            direction: Direction::Forward,
            intent: None,
            doubt: None,
            halted: None,
            fenced: false,
            witnessed: false,
            disarmed: false,
            reclaimed: false,
            placed: false,
            stale: false,
            lent_until: None,
            attempts: 0,
        }
    }

    /// The word that people read: a step in doubt goes before the state.
    pub fn told(&self) -> &'static str {
        if self.doubt.is_some() { "in-doubt" } else { self.state.name() }
    }

    /// The step of which the outcome is not known, or not written. What is in doubt stays so while it is looked into.
    pub fn open(&self) -> Option<Intent> {
        self.doubt.or(self.intent)
    }
}

/// Names as they are stored and printed; an unknown one is no value.
macro_rules! named {
    ($kind:ident, $($value:ident => $name:literal),+ $(,)?) => {
        impl $kind {
            /// Every value, in its order.
            pub const ALL: &'static [$kind] = &[$($kind::$value),+];

            /// As it is stored and printed.
            pub fn name(self) -> &'static str {
                match self { $($kind::$value => $name),+ }
            }

            /// The value of a name.
            pub fn parse(name: &str) -> Option<$kind> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

named!(Mode, Lend => "lend", Copy => "copy", Transfer => "transfer");
named!(Direction, Forward => "forward", Back => "back");
named!(State,
    Discovered => "discovered", Eligible => "eligible", Lent => "lent", Fenced => "fenced", Exported => "exported",
    Imported => "imported", Verified => "verified", Refreshed => "refreshed", Complete => "complete",
    NeedsReauth => "needs-reauth", RolledBack => "rolled-back",
);
named!(Step,
    Admit => "admit", Witness => "witness", Lend => "lend", Fence => "fence", Export => "export", Disarm => "disarm",
    Import => "import", Find => "find", Verify => "verify", Refresh => "refresh", Finish => "finish", Reclaim => "reclaim",
    Recall => "recall", Restore => "restore", Release => "release",
);
