//! What a rollback can still do, told before and after the point of no return.

use crate::machine::{Known, Rotation};
use crate::record::{Direction, Mode, Record, State, Step};

/// What a rollback can still do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// Nothing was handed over: legacy is let go on, and what new has is removed.
    Free,
    /// New's account is removed; legacy's own token is as good as before.
    Remove,
    /// Credentials go back from new to legacy.
    GiveBack,
    /// A step in doubt is resolved first.
    DoubtFirst(Step),
    /// Only the customer can, by connecting again.
    Impossible(String),
    /// Legacy serves already.
    Done,
}

impl WayBack {
    /// For people.
    pub fn told(&self) -> String {
        match self {
            WayBack::Free => "free: legacy goes on as before".to_owned(),
            WayBack::Remove => {
                "the account is removed from new; legacy's token lives, for the upstream never rotates it"
                    .to_owned()
            }
            WayBack::GiveBack => "new gives the credentials back, and legacy takes them in".to_owned(),
            WayBack::DoubtFirst(step) => format!("it is resolved first whether `{}` happened", step.name()),
            WayBack::Impossible(why) => format!("impossible without a reconnect: {why}"),
            WayBack::Done => "legacy serves".to_owned(),
        }
    }
}

/// What a rollback can do from here.
pub fn way_back(record: &Record, known: &Known) -> WayBack {
    if let Some(open) = record.open()
        && matches!(open.step, Step::Import | Step::Export | Step::Lend)
    {
        return WayBack::DoubtFirst(open.step);
    }
    match record.state {
        State::RolledBack => WayBack::Done,
        State::NeedsReauth => WayBack::Impossible("its token is dead".to_owned()),
        State::Discovered | State::Eligible | State::Lent | State::Fenced => WayBack::Free,
        State::Exported if record.reclaimed => give_back(known),
        State::Exported if record.disarmed && !known.legacy_takes_back => {
            WayBack::Impossible("legacy was disarmed, and takes no credentials in".to_owned())
        }
        State::Exported => WayBack::Free,
        State::Imported | State::Verified | State::Refreshed | State::Complete => {
            match record.mode == Mode::Transfer && known.rotation != Rotation::Never {
                true => give_back(known),
                false if known.new_forgets => WayBack::Remove,
                false => {
                    WayBack::Impossible("removing it from new can revoke the token of both sides".to_owned())
                }
            }
        }
    }
}

fn give_back(known: &Known) -> WayBack {
    let rotates = match known.rotation {
        Rotation::Always => "the upstream rotates",
        Rotation::Sometimes => "the upstream may rotate",
        Rotation::Unknown | Rotation::Never => "nobody knows whether the upstream rotates",
    };
    let lacks = match (known.new_gives_back, known.legacy_takes_back, known.new_forgets) {
        (true, true, true) => return WayBack::GiveBack,
        (false, ..) => "new gives no credentials out",
        (_, false, _) => "legacy takes none in",
        (.., false) => "removing it from new can revoke the token",
    };
    WayBack::Impossible(format!(
        "{rotates}, so legacy's own token is dead once new has refreshed, and {lacks}"
    ))
}

/// The record that goes back from here; why not otherwise.
pub fn turn_back(record: &Record, known: &Known) -> Result<Record, String> {
    match way_back(record, known) {
        WayBack::Impossible(why) => Err(why),
        WayBack::Free | WayBack::Remove | WayBack::GiveBack | WayBack::DoubtFirst(_) | WayBack::Done => {
            Ok(Record { direction: Direction::Back, halted: None, attempts: 0, ..record.clone() })
        }
    }
}

/// Whether the next forward step is the one after which rollback may be impossible.
pub fn is_point_of_no_return(step: Step) -> bool {
    step == Step::Import
}
