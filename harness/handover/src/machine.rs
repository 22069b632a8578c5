//! The state machine: what comes next for an account, and what an outcome makes of it. It takes no clock, no disk, no network.
//!
//! Each step is intended, done, confirmed. What was intended and not confirmed is treated after a crash as a call of which no answer came: what
//! only reads is done again, and what may have moved a token is in doubt, until what the profile knows of the provider resolves it.

use jiff::{SignedDuration, Timestamp};

use crate::record::{Direction, Intent, Mode, Record, State, Step};

/// A provider that fails so often in a row is not well; a person looks.
pub const ATTEMPTS_MAX: u32 = 5;
/// What is lent is lent again so long before it expires: a call that is under way then is still served.
pub const LEND_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What the profiles know, as far as it decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What a second export answers.
    pub export: Again,
    /// Whether legacy must be kept from refreshing by itself.
    pub disarm: Disarm,
    /// How it is found out whether an import arrived.
    pub import: Landing,
    /// Whether new can be told to refresh.
    pub new_refreshes: bool,
    /// Whether new gives credentials out again.
    pub new_gives_back: bool,
    /// Whether an account can be removed from new without its token being revoked.
    pub new_forgets: bool,
    /// Whether legacy takes credentials in.
    pub legacy_takes_back: bool,
    /// What the upstream does to a refresh token when it is used.
    pub rotation: Rotation,
}

/// What asking a second time answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The latest, every time.
    Latest,
    /// Nothing any more, or nobody knows.
    Never,
}

/// Whether legacy must be kept from refreshing by itself; pausing its syncs does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disarm {
    /// What refreshes is taken from it.
    Needed,
    /// The fence suffices: its calls alone refresh, or nothing rotates.
    NotNeeded,
}

/// How it is found out whether something that was sent arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// It can be looked up.
    Lookup,
    /// Sent again with the same key, it is not done again.
    SameKey,
    /// Not at all: a person looks.
    Unknown,
}

/// What an upstream does to a refresh token when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rotation {
    /// It stays.
    Never,
    /// Sometimes another comes.
    Sometimes,
    /// Each time another comes, and the old one is dead.
    Always,
    /// Nobody said; it is treated as if it always rotated.
    Unknown,
}

impl Rotation {
    /// As people are told it.
    pub fn name(self) -> &'static str {
        match self {
            Rotation::Never => "never",
            Rotation::Sometimes => "sometimes",
            Rotation::Always => "always",
            Rotation::Unknown => "unknown",
        }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step.
    Do(Step),
    /// Nothing is asked of anybody; the account stands there.
    Settle(State),
    /// Nothing before this moment.
    Wait(Timestamp),
    /// What was sent may still be under way: nothing, until it must have arrived.
    LetArrive,
    /// A person looks first.
    Stuck(String),
    /// Nothing.
    Done,
}

/// Whether it was waited, in one process and by no clock that can be set, for what was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Something may be under way.
    Open,
    /// What was sent has arrived, or never will.
    Over,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Done(Gain),
    /// It did not happen, for certain.
    Refused {
        /// For people; without secrets.
        why: String,
        /// What helps.
        cure: Cure,
    },
    /// Nobody knows whether it happened.
    Unknown {
        /// For people; without secrets.
        why: String,
    },
}

/// What a step brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// What it is for, and no more.
    Nothing,
    /// What was lent is good until then.
    Lent(Timestamp),
    /// What was looked for is there.
    Found,
    /// What was looked for is not there.
    Absent,
}

/// What helps against a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// The same once more, later.
    Again,
    /// New refreshes first.
    Refresh,
    /// Legacy has other credentials by now: they are exported again.
    Export,
    /// A person.
    Person,
    /// The customer connects again.
    Reconnect,
}

/// What comes next for an account of which no intent is open.
pub fn next(record: &Record, known: &Known, arrivals: Arrivals, now: Timestamp) -> Next {
    if let Some(why) = &record.halted {
        return Next::Stuck(why.clone());
    }
    match (record.doubt, record.direction) {
        (Some(doubt), _) => resolve(record, doubt, known, arrivals),
        (None, Direction::Forward) => forward(record, known, now),
        (None, Direction::Back) => back(record, known),
    }
}

/// What can be known of a step in doubt.
fn resolve(record: &Record, doubt: Intent, known: &Known, arrivals: Arrivals) -> Next {
    match doubt.step {
        Step::Export if known.export == Again::Never => Next::Settle(State::NeedsReauth),
        // Sent again or looked for too early, it would be there twice, or would arrive when new has refreshed, and undo that.
        Step::Import | Step::Lend | Step::Disarm | Step::Restore if arrivals == Arrivals::Open => {
            Next::LetArrive
        }
        // What is lent cannot be refreshed: written over once more, it is as good.
        Step::Lend if record.placed => Next::Do(Step::Lend),
        Step::Import | Step::Lend => match known.import {
            Landing::SameKey => Next::Do(doubt.step),
            // An account that was there before is found whether or not the import arrived, and writing over what new may have refreshed
            // would kill it: only who has a refresh token can refresh.
            Landing::Lookup if record.placed && known.new_refreshes => Next::Do(Step::Refresh),
            Landing::Lookup if !record.placed => Next::Do(Step::Find),
            Landing::Lookup | Landing::Unknown => Next::Stuck(format!(
                "whether `{}` happened cannot be looked up: look at the provider, then say --found ID or --absent",
                doubt.step.name()
            )),
        },
        // Each of these ends in the same, however often it is done: legacy answers its latest, new refreshes what it has, what is gone is gone.
        Step::Export | Step::Disarm | Step::Reclaim | Step::Refresh | Step::Recall | Step::Restore => {
            Next::Do(doubt.step)
        }
        Step::Admit
        | Step::Witness
        | Step::Fence
        | Step::Find
        | Step::Verify
        | Step::Finish
        | Step::Release => Next::Do(doubt.step),
    }
}

fn forward(record: &Record, known: &Known, now: Timestamp) -> Next {
    match (record.state, record.mode) {
        (State::Discovered, _) => Next::Do(Step::Admit),
        (State::Eligible, Mode::Lend) => Next::Do(Step::Lend),
        (State::Lent, Mode::Lend) => lent(record, now),
        (State::Eligible | State::Lent, _) if !record.witnessed => Next::Do(Step::Witness),
        (State::Eligible | State::Lent, Mode::Transfer) => Next::Do(Step::Fence),
        (State::Eligible | State::Lent, Mode::Copy) | (State::Fenced, _) => Next::Do(Step::Export),
        (State::Exported, Mode::Transfer) if known.disarm == Disarm::Needed && !record.disarmed => {
            Next::Do(Step::Disarm)
        }
        (State::Exported, _) => Next::Do(Step::Import),
        (State::Imported, _) if record.stale => Next::Do(Step::Refresh),
        (State::Imported, _) => Next::Do(Step::Verify),
        (State::Verified, Mode::Transfer) if known.new_refreshes => Next::Do(Step::Refresh),
        (State::Verified | State::Refreshed, _) => Next::Do(Step::Finish),
        (State::Complete | State::NeedsReauth | State::RolledBack, _) => Next::Done,
    }
}

fn lent(record: &Record, now: Timestamp) -> Next {
    let due = record.lent_until.map(|until| until.saturating_sub(LEND_AHEAD).unwrap_or(Timestamp::MIN));
    match due {
        Some(due) if now < due => Next::Wait(due),
        _ => Next::Do(Step::Lend),
    }
}

fn back(record: &Record, known: &Known) -> Next {
    let removed = |then: Next| if record.placed { Next::Do(Step::Recall) } else { then };
    match record.state {
        State::Discovered | State::Eligible | State::Lent => removed(Next::Settle(State::RolledBack)),
        State::Fenced => removed(Next::Do(Step::Release)),
        State::Exported if record.reclaimed || record.disarmed => removed(Next::Do(Step::Restore)),
        // Legacy has what was exported still, and nobody else used it.
        State::Exported if record.mode == Mode::Transfer => removed(Next::Do(Step::Release)),
        State::Exported => removed(Next::Settle(State::RolledBack)),
        State::Imported | State::Verified | State::Refreshed | State::Complete => {
            match record.mode == Mode::Transfer && known.rotation != Rotation::Never {
                true => Next::Do(Step::Reclaim),
                false => Next::Do(Step::Recall),
            }
        }
        State::NeedsReauth | State::RolledBack => Next::Done,
    }
}

/// The record with a step intended. A fence stands from here on.
pub fn begin(record: &Record, step: Step, at: Timestamp) -> Record {
    assert!(record.intent.is_none(), "one step at a time");
    let mut record = record.clone();
    record.intent = Some(Intent { step, at });
    record.fenced |= step == Step::Fence;
    record
}

/// The record with the open step's outcome.
pub fn conclude(record: &Record, outcome: &Outcome) -> Record {
    let mut record = record.clone();
    let Some(intent) = record.intent.take() else { return record };
    match outcome {
        Outcome::Done(gain) => done(&mut record, intent.step, *gain),
        Outcome::Refused { why, cure } => refused(&mut record, intent, why, *cure),
        Outcome::Unknown { .. } => {
            if moves(intent.step) {
                // The first of several attempts is the one that may still be under way.
                record.doubt = record.doubt.or(Some(intent));
            }
            tried(&mut record, intent.step, "no answer came, again and again");
        }
    }
    record
}

/// The record that stands where nothing needs to be asked.
pub fn settle(record: &Record, state: State) -> Record {
    Record { state, doubt: None, attempts: 0, ..record.clone() }
}

/// The record that a person lets go on.
pub fn resume(record: &Record) -> Record {
    Record { halted: None, attempts: 0, ..record.clone() }
}

/// The record with what a person found at new: whether what is in doubt arrived there.
pub fn answered(record: &Record, gain: Gain) -> Record {
    let mut record = resume(record);
    if record.doubt.is_some() {
        done(&mut record, Step::Find, gain);
    }
    record
}

/// Whether a step may move a token, so that not knowing whether it happened is a doubt.
pub fn moves(step: Step) -> bool {
    match step {
        Step::Lend
        | Step::Export
        | Step::Disarm
        | Step::Import
        | Step::Refresh
        | Step::Reclaim
        | Step::Recall
        | Step::Restore => true,
        Step::Admit
        | Step::Witness
        | Step::Fence
        | Step::Find
        | Step::Verify
        | Step::Finish
        | Step::Release => false,
    }
}

fn done(record: &mut Record, step: Step, gain: Gain) {
    // An export that is made again because legacy had other credentials is one attempt of several.
    if step != Step::Export {
        record.attempts = 0;
    }
    match step {
        Step::Admit => record.state = State::Eligible,
        Step::Witness => record.witnessed = true,
        Step::Lend => {
            record.state = State::Lent;
            record.placed = true;
            record.lent_until = match gain {
                Gain::Lent(until) => Some(until),
                Gain::Nothing | Gain::Found | Gain::Absent => None,
            };
        }
        Step::Fence => record.state = State::Fenced,
        Step::Export => record.state = State::Exported,
        Step::Disarm => record.disarmed = true,
        Step::Import => imported(record),
        Step::Find => match (record.doubt.map(|doubt| doubt.step), gain == Gain::Found) {
            (Some(Step::Import), true) => imported(record),
            // How long it is good is not known: it is lent again at once, to the account that is there.
            (Some(Step::Lend), true) => record.placed = true,
            _ => {}
        },
        Step::Verify => record.state = State::Verified,
        // It was looked for by having new refresh.
        Step::Refresh if is_import(record.doubt) => imported(record),
        Step::Refresh if record.stale => record.stale = false,
        Step::Refresh => record.state = State::Refreshed,
        Step::Finish => record.state = State::Complete,
        Step::Reclaim => {
            record.state = State::Exported;
            record.reclaimed = true;
        }
        Step::Recall => recalled(record),
        Step::Restore => {
            record.state = State::Fenced;
            record.reclaimed = false;
            record.disarmed = false;
        }
        Step::Release => {
            record.state = State::RolledBack;
            record.fenced = false;
        }
    }
    record.doubt = None;
}

fn is_import(doubt: Option<Intent>) -> bool {
    doubt.is_some_and(|doubt| doubt.step == Step::Import)
}

fn imported(record: &mut Record) {
    record.state = State::Imported;
    record.placed = true;
    record.lent_until = None;
}

fn recalled(record: &mut Record) {
    record.placed = false;
    record.lent_until = None;
    record.state = match record.state {
        State::Exported | State::Fenced => record.state,
        _ if record.fenced => State::Fenced,
        _ => State::Eligible,
    };
}

fn refused(record: &mut Record, intent: Intent, why: &str, cure: Cure) {
    // A refusal answers this attempt; an earlier one of which no answer came may have arrived all the same.
    match cure {
        Cure::Again => tried(record, intent.step, why),
        // New has nothing to refresh with: the import did not arrive.
        Cure::Refresh | Cure::Export | Cure::Reconnect | Cure::Person
            if intent.step == Step::Refresh && is_import(record.doubt) =>
        {
            record.doubt = None;
        }
        Cure::Refresh if record.state == State::Imported && record.attempts == 0 => {
            record.stale = true;
            record.attempts = 1;
        }
        Cure::Export if record.state == State::Exported => {
            record.state = State::Fenced;
            record.doubt = None;
            tried(record, intent.step, why);
        }
        Cure::Refresh | Cure::Export | Cure::Reconnect => {
            record.state = State::NeedsReauth;
            record.doubt = None;
        }
        Cure::Person => record.halted = Some(format!("{}: {why}", intent.step.name())),
    }
}

fn tried(record: &mut Record, step: Step, why: &str) {
    record.attempts += 1;
    if record.attempts >= ATTEMPTS_MAX {
        record.halted = Some(format!("{}, tried {ATTEMPTS_MAX} times: {why}", step.name()));
    }
}

#[cfg(test)]
mod tests;
