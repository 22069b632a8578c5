//! Where each account stands, for those who look without the key: nothing that is sealed is opened, and nothing is written.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::database::{Cell, Database, Statement};
use crate::holding::{Holding, holding};
use crate::journal::{JournalError, recorded};
use crate::record::{Direction, Mode, Record, State};

/// What of each account's history counts, and when it moved last.
const HISTORY: &str = "SELECT account, \
     MAX(CAST(CASE WHEN what = 'done' AND step = 'lend' THEN 1 ELSE 0 END AS BIGINT)), \
     MAX(CAST(CASE WHEN what = 'done' AND step = 'refresh' THEN 1 ELSE 0 END AS BIGINT)), \
     MAX(at) FROM event GROUP BY account";

/// What the journal knows of one account, with what its history says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub record: Record,
    /// Whether new ever had an access token that it could not refresh.
    pub was_lent: bool,
    /// Whether new ever refreshed its token.
    pub was_refreshed: bool,
    /// When something was last written of it.
    pub moved_at: Option<Timestamp>,
}

impl Standing {
    /// Why nobody knows who holds its token. A step that is being done counts: until its outcome is written nobody knows it.
    pub fn in_doubt(&self) -> Option<String> {
        match holding(&self.record) {
            Holding::Doubt { step, .. } => Some(format!("whether `{}` happened is not known", step.name())),
            Holding::NothingToHold | Holding::One(_) | Holding::Nobody => None,
        }
    }

    /// Whether its token is dead, so that only its customer can mend it.
    pub fn is_dead(&self) -> bool {
        self.record.state == State::NeedsReauth
    }

    /// Whether new answered with its token what legacy had answered.
    pub fn is_verified(&self) -> bool {
        self.goes_on() && matches!(self.record.state, State::Verified | State::Refreshed | State::Complete)
    }

    /// Whether new has refreshed the token that it holds; `None`: nothing of it refreshes.
    pub fn is_refreshed(&self) -> Option<bool> {
        let is_so = matches!(self.record.state, State::Refreshed | State::Complete) && self.was_refreshed;
        (self.record.mode != Mode::Copy).then_some(self.goes_on() && is_so)
    }

    /// Where it stands, in words.
    pub fn told(&self) -> String {
        let state = match self.record.direction {
            Direction::Forward => format!("its hand-over stands at `{}`", self.record.told()),
            Direction::Back => format!("it goes back, and stands at `{}`", self.record.told()),
        };
        match &self.record.halted {
            Some(why) => format!("{state} ({why})"),
            None => state,
        }
    }

    fn goes_on(&self) -> bool {
        self.record.direction == Direction::Forward
    }
}

/// Every account that the journal has, by name.
pub fn standings(database: &mut dyn Database) -> Result<BTreeMap<String, Standing>, JournalError> {
    let history: BTreeMap<String, (bool, bool, Option<Timestamp>)> = database
        .read(&Statement::new(HISTORY, []))?
        .into_iter()
        .filter_map(|row| {
            let flag = |index: usize| row.get(index).and_then(Cell::integer) == Some(1);
            let at = row.get(3).and_then(Cell::text).and_then(|at| at.parse().ok());
            Some((row.first()?.text()?.to_owned(), (flag(1), flag(2), at)))
        })
        .collect();
    let standing = |(account, record): (String, Record)| {
        let (was_lent, was_refreshed, moved_at) = history.get(&account).copied().unwrap_or_default();
        (account, Standing { record, was_lent, was_refreshed, moved_at })
    };
    Ok(recorded(database)?.into_iter().map(standing).collect())
}
