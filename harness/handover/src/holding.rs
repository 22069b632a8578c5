//! The invariant: who may use an account's refresh token, as the journal says it, at every instant.

use crate::record::{Mode, Record, State, Step};

/// Who can have a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The legacy provider.
    Legacy,
    /// The journal, sealed: nobody uses it there.
    Journal,
    /// The new provider.
    New,
}

/// Who holds an account's refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// What passes never refreshes; both sides may use it.
    NothingToHold,
    /// This one.
    One(Party),
    /// One of these; until it is known which, nobody is told to use it.
    Doubt {
        /// Because it is not known whether this happened.
        step: Step,
        /// Those who may have it.
        among: &'static [Party],
    },
    /// It is dead.
    Nobody,
}

impl Holding {
    /// In words.
    pub fn told(&self) -> String {
        match self {
            Holding::NothingToHold => "nothing refreshes".to_owned(),
            Holding::One(party) => party.name().to_owned(),
            Holding::Doubt { step, among } => {
                let names: Vec<&str> = among.iter().map(|party| party.name()).collect();
                format!(
                    "in doubt: whether `{}` happened is not known; {} may hold it",
                    step.name(),
                    names.join(" or ")
                )
            }
            Holding::Nobody => "nobody".to_owned(),
        }
    }
}

impl Party {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Party::Legacy => "legacy",
            Party::Journal => "the journal",
            Party::New => "new",
        }
    }
}

/// Who holds the refresh token of an account.
pub fn holding(record: &Record) -> Holding {
    if record.mode == Mode::Copy {
        return Holding::NothingToHold;
    }
    let doubt = |step, among| Holding::Doubt { step, among };
    match record.open().map(|open| open.step) {
        // Legacy keeps what an export rotates; whether that is so is what is in doubt.
        Some(step @ Step::Export) => return doubt(step, &[Party::Legacy]),
        Some(step @ Step::Disarm) => return doubt(step, &[Party::Legacy, Party::Journal]),
        Some(step @ Step::Import) => return doubt(step, &[Party::Journal, Party::New]),
        Some(step @ (Step::Refresh | Step::Reclaim)) => return doubt(step, &[Party::New]),
        Some(step @ Step::Recall) if record.state > State::Lent => {
            return doubt(
                step,
                if record.reclaimed { &[Party::Journal, Party::New] } else { &[Party::Legacy, Party::New] },
            );
        }
        Some(step @ Step::Restore) => return doubt(step, &[Party::Journal, Party::Legacy]),
        // The others move no refresh token.
        _ => {}
    }
    match record.state {
        State::Discovered | State::Eligible | State::Lent | State::Fenced | State::RolledBack => {
            Holding::One(Party::Legacy)
        }
        // What only the journal has.
        State::Exported if record.disarmed || record.reclaimed => Holding::One(Party::Journal),
        State::Exported => Holding::One(Party::Legacy),
        State::Imported | State::Verified | State::Refreshed | State::Complete => Holding::One(Party::New),
        // Before the fence it is legacy's still, whatever that is worth.
        State::NeedsReauth if !record.fenced => Holding::One(Party::Legacy),
        State::NeedsReauth => Holding::Nobody,
    }
}

/// Whether a party may refresh: it is the one holder, and no fence is before it.
pub fn may_refresh(record: &Record, party: Party) -> bool {
    let is_fenced = party == Party::Legacy && record.fenced;
    !is_fenced && holding(record) == Holding::One(party)
}

/// What is so in the world, as a test can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Legacy has a refresh token, and nothing keeps callers from using it.
    pub legacy_can_refresh: bool,
    /// New has a refresh token.
    pub new_can_refresh: bool,
}

/// What of the invariant does not hold; nothing where all of it does.
///
/// At every instant, after a crash at any instruction, the journal names the one holder of each refresh token, or says that it is in
/// doubt and why; in doubt, nobody is told to use it.
pub fn broken(record: &Record, truth: Truth) -> Option<String> {
    let holding = holding(record);
    let told = |what: &str| Some(format!("{what}, and the journal says: {} ({record:?})", holding.told()));
    if record.mode == Mode::Copy {
        return None;
    }
    if truth.legacy_can_refresh && truth.new_can_refresh {
        return told("both sides can refresh");
    }
    if truth.legacy_can_refresh && !may_refresh(record, Party::Legacy) {
        return told("legacy can refresh");
    }
    let may_be_new = match &holding {
        Holding::One(Party::New) => true,
        Holding::Doubt { among, .. } => among.contains(&Party::New),
        Holding::One(Party::Legacy | Party::Journal) | Holding::NothingToHold | Holding::Nobody => false,
    };
    if truth.new_can_refresh && !may_be_new {
        return told("new can refresh");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Intent;

    fn record(state: State, fenced: bool, open: Option<Step>) -> Record {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let intent = open.map(|step| Intent { step, at });
        Record { state, fenced, intent, ..Record::new("acme".to_owned(), Mode::Transfer) }
    }

    #[test]
    fn who_holds_is_told_for_every_state() {
        let told = |state, fenced| holding(&record(state, fenced, None)).told();
        let all: Vec<String> = State::ALL
            .iter()
            .map(|&state| format!("{}: {}", state.name(), told(state, state > State::Lent)))
            .collect();
        assert_eq!(
            all,
            [
                "discovered: legacy",
                "eligible: legacy",
                "lent: legacy",
                "fenced: legacy",
                "exported: legacy",
                "imported: new",
                "verified: new",
                "refreshed: new",
                "complete: new",
                "needs-reauth: nobody",
                "rolled-back: legacy",
            ]
        );
    }

    #[test]
    fn a_step_that_is_open_is_in_doubt_and_nobody_may_use_the_token() {
        let import = record(State::Exported, true, Some(Step::Import));
        assert_eq!(
            holding(&import).told(),
            "in doubt: whether `import` happened is not known; the journal or new may hold it"
        );
        for party in [Party::Legacy, Party::Journal, Party::New] {
            assert!(!may_refresh(&import, party));
        }
    }

    #[test]
    fn a_fence_keeps_legacy_from_what_it_holds() {
        assert!(may_refresh(&record(State::Eligible, false, None), Party::Legacy));
        assert!(!may_refresh(&record(State::Fenced, true, None), Party::Legacy));
    }

    #[test]
    fn what_breaks_the_invariant_is_told() {
        let truth = |legacy, new| Truth { legacy_can_refresh: legacy, new_can_refresh: new };
        let eligible = record(State::Eligible, false, None);
        assert_eq!(broken(&eligible, truth(true, false)), None);
        assert!(broken(&eligible, truth(true, true)).is_some_and(|told| told.starts_with("both sides")));
        let exported = Record { disarmed: true, ..record(State::Exported, true, None) };
        assert_eq!(holding(&exported), Holding::One(Party::Journal));
        assert!(broken(&exported, truth(true, false)).is_some_and(|told| told.starts_with("legacy can")));
        assert!(broken(&exported, truth(false, true)).is_some_and(|told| told.starts_with("new can")));
        assert_eq!(broken(&record(State::Exported, true, Some(Step::Import)), truth(false, true)), None);
    }
}
