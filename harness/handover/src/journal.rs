//! The journal: what was intended is in the state database before it happens, and its outcome after.

mod rows;

use std::collections::BTreeMap;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::database::{Cell, Database, DatabaseError, Statement};
use crate::machine::{self, Gain, Known, Outcome};
use crate::record::{Direction, Intent, Mode, Record, State, Step};
use crate::seal::{SALT_BYTES, SealError, SealKey};
use crate::way_back;

/// A detail is a line for people.
const DETAIL_CHARS_MAX: usize = 500;
/// What is sealed with the key to know it again.
const KEY_CHECK: &[u8] = b"the key of this state database";
const KEY_PLACE: &str = "/key";

/// The journal, as its one writer has it.
pub struct Journal {
    database: Box<dyn Database>,
    key: SealKey,
    records: BTreeMap<String, Record>,
    events: i64,
    epoch: i64,
}

/// What of an account is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Its credentials, between export and the end.
    Credentials,
    /// What legacy answered before.
    Witness,
    /// Its id at new: with some providers a token.
    NewId,
}

impl What {
    /// Every one.
    pub const ALL: [What; 3] = [What::Credentials, What::Witness, What::NewId];

    fn name(self) -> &'static str {
        match self {
            What::Credentials => "credentials",
            What::Witness => "witness",
            What::NewId => "new_id",
        }
    }
}

/// What a step brings to be kept, or makes needless.
#[derive(Debug)]
pub enum Keep {
    /// Sealed.
    Put(What, Zeroizing<Vec<u8>>),
    /// Removed.
    Drop(What),
}

/// Where the key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// The key itself.
    Key(SealKey),
    /// A passphrase; its salt is in the database.
    Passphrase(Zeroizing<String>),
}

/// What happened to an account, one line of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Counts over all accounts.
    pub number: i64,
    /// When.
    pub at: String,
    /// `intend`, `done`, `refused`, `unknown`, `settled`, `discovered`, `turned back`, `resumed`, `answered`.
    pub what: String,
    /// Of what.
    pub step: Option<String>,
    /// For people.
    pub detail: Option<String>,
}

/// Why the journal cannot be read or written. After a failed write, nothing in memory holds: it is opened again.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The key.
    #[error("open the journal {name}")]
    Key {
        /// The database.
        name: String,
        /// Why.
        source: SealError,
    },
    /// What is in a row is not what this program writes.
    #[error("the journal {name} says of account `{account}` what means nothing: its `{column}`")]
    Row {
        /// The database.
        name: String,
        /// The account.
        account: String,
        /// The column.
        column: &'static str,
    },
    /// An account that was never added.
    #[error("the journal has no account `{account}`")]
    Unknown {
        /// As named.
        account: String,
    },
}

/// Every account's record, for those who have no key.
pub fn recorded(database: &mut dyn Database) -> Result<BTreeMap<String, Record>, JournalError> {
    let name = database.name();
    rows::records(database, &name)
}

impl Journal {
    /// Reads the journal, and makes the key known to it where it is new.
    ///
    /// Of several keys the first that opens it is the one: while a key is changed, there are two.
    pub fn open(mut database: Box<dyn Database>, sources: &[KeySource]) -> Result<Journal, JournalError> {
        let name = database.name();
        let key = rows::key(database.as_mut(), sources)?;
        let records = rows::records(database.as_mut(), &name)?;
        let events = rows::number(database.as_mut(), "SELECT COALESCE(MAX(number), 0) FROM event")?;
        let epoch =
            rows::setting(database.as_mut(), "epoch")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Journal { database, key, records, events, epoch })
    }

    /// Every account's record, by name.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// An account's record.
    pub fn record(&self, account: &str) -> Result<&Record, JournalError> {
        self.records.get(account).ok_or_else(|| JournalError::Unknown { account: account.to_owned() })
    }

    /// Whether an account is in it.
    pub fn has(&self, account: &str) -> bool {
        self.records.contains_key(account)
    }

    /// The database, for fences and what else lies beside the journal.
    pub fn database(&mut self) -> &mut dyn Database {
        self.database.as_mut()
    }

    /// The fence's latest change.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Adds accounts; those that are there stay as they are.
    pub fn discover(&mut self, accounts: &[(String, Mode)], at: Timestamp) -> Result<(), JournalError> {
        let mut statements = Vec::new();
        let mut added = Vec::new();
        for (account, mode) in accounts.iter().filter(|(account, _)| !self.has(account)) {
            let record = Record::new(account.clone(), *mode);
            statements.push(rows::account(&record));
            statements.push(self.event(added.len(), account, at, ("discovered", None), Some(mode.name())));
            added.push(record);
        }
        if added.is_empty() {
            return Ok(());
        }
        self.database.write(&statements)?;
        self.events += added.len() as i64;
        self.records.extend(added.into_iter().map(|record| (record.account.clone(), record)));
        Ok(())
    }

    /// Has an account go on in another mode: what was lent is transferred later.
    pub fn change_mode(&mut self, account: &str, mode: Mode, at: Timestamp) -> Result<(), JournalError> {
        let record = Record { mode, ..machine::resume(self.record(account)?) };
        self.put(record, at, ("resumed", None), Some(mode.name()), Vec::new())
    }

    /// Before a step. With a fence, legacy is refused from here on.
    pub fn intend(&mut self, account: &str, step: Step, at: Timestamp) -> Result<(), JournalError> {
        let before = self.record(account)?;
        let record = machine::begin(before, step, at);
        let mut more = Vec::new();
        if record.fenced && !before.fenced {
            more = rows::fence(account, self.epoch + 1, at);
        }
        self.put(record, at, ("intend", Some(step)), None, more)
    }

    /// After a step: its outcome, and what it brought to be kept.
    pub fn confirm(
        &mut self,
        account: &str,
        outcome: &Outcome,
        keep: &[Keep],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let before = self.record(account)?;
        let record = machine::conclude(before, outcome);
        let mut more = self.kept(account, keep)?;
        if before.fenced && !record.fenced {
            more.extend(rows::no_fence(account, self.epoch + 1));
        }
        if !needs_credentials(&record) {
            more.push(rows::no_secret(account, What::Credentials));
        }
        let (what, detail) = match outcome {
            Outcome::Done(Gain::Lent(until)) => ("done", Some(format!("good until {until}"))),
            Outcome::Done(Gain::Nothing) => ("done", None),
            Outcome::Done(Gain::Found) => ("done", Some("it is there".to_owned())),
            Outcome::Done(Gain::Absent) => ("done", Some("it is not there".to_owned())),
            Outcome::Refused { why, .. } => ("refused", Some(why.clone())),
            Outcome::Unknown { why } => ("unknown", Some(why.clone())),
        };
        let step = before.intent.map(|intent| intent.step);
        self.put(record, at, (what, step), detail.as_deref(), more)
    }

    /// What was intended when the process ended is in doubt, or is done again.
    pub fn recover(&mut self, at: Timestamp) -> Result<usize, JournalError> {
        let open: Vec<String> = self
            .records()
            .filter(|record| record.intent.is_some())
            .map(|record| record.account.clone())
            .collect();
        for account in &open {
            let why = "the program ended before the answer was written".to_owned();
            self.confirm(account, &Outcome::Unknown { why }, &[], at)?;
        }
        Ok(open.len())
    }

    /// A state that needs no step.
    pub fn settle(
        &mut self,
        account: &str,
        state: State,
        why: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let record = machine::settle(self.record(account)?, state);
        let more = if needs_credentials(&record) {
            Vec::new()
        } else {
            vec![rows::no_secret(account, What::Credentials)]
        };
        self.put(record, at, ("settled", None), Some(&format!("{}: {why}", state.name())), more)
    }

    /// A person lets it go on.
    pub fn resume(&mut self, account: &str, at: Timestamp) -> Result<(), JournalError> {
        let record = machine::resume(self.record(account)?);
        self.put(record, at, ("resumed", None), None, Vec::new())
    }

    /// A person says whether what is in doubt arrived at new, and under which id.
    pub fn answer(&mut self, account: &str, found: Option<&str>, at: Timestamp) -> Result<(), JournalError> {
        let gain = if found.is_some() { Gain::Found } else { Gain::Absent };
        let record = machine::answered(self.record(account)?, gain);
        let keep: Vec<Keep> = found
            .map(|id| Keep::Put(What::NewId, Zeroizing::new(id.as_bytes().to_vec())))
            .into_iter()
            .collect();
        let more = self.kept(account, &keep)?;
        self.put(record, at, ("answered", None), Some(if found.is_some() { "found" } else { "absent" }), more)
    }

    /// Turns an account back; why not, in the inner result.
    pub fn turn_back(
        &mut self,
        account: &str,
        known: &Known,
        at: Timestamp,
    ) -> Result<Result<(), String>, JournalError> {
        match way_back::turn_back(self.record(account)?, known) {
            Ok(record) => self.put(record, at, ("turned back", None), None, Vec::new()).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    /// What is sealed of an account.
    pub fn secret(&mut self, account: &str, what: What) -> Result<Option<Zeroizing<Vec<u8>>>, JournalError> {
        let name = self.database.name();
        let statement = Statement::new(
            "SELECT sealed FROM secret WHERE account = $1 AND what = $2",
            [Cell::Text(account.to_owned()), Cell::Text(what.name().to_owned())],
        );
        let rows = self.database.read(&statement)?;
        let Some(Cell::Bytes(sealed)) = rows.into_iter().next().and_then(|row| row.into_iter().next()) else {
            return Ok(None);
        };
        let opened = self.key.open(&sealed, &place(account, what.name()));
        opened.map(Some).map_err(|source| JournalError::Key { name, source })
    }

    /// Seals everything anew with another key, all of it or nothing.
    pub fn change_key(&mut self, source: &KeySource) -> Result<usize, JournalError> {
        let name = self.database.name();
        let of_key = |source| JournalError::Key { name: name.clone(), source };
        let salt = crate::seal::salt().map_err(of_key)?;
        let key = rows::key_of(source, &salt).map_err(of_key)?;
        let rows = self.database.read(&Statement::new("SELECT account, what, sealed FROM secret", []))?;
        let mut statements = rows::new_key(&key, &salt).map_err(of_key)?;
        let count = rows.len();
        for row in rows {
            let [Cell::Text(account), Cell::Text(what), Cell::Bytes(sealed)] = row.as_slice() else {
                continue;
            };
            let place = place(account, what);
            let plain = self.key.open(sealed, &place).map_err(of_key)?;
            statements.push(rows::secret(account, what, key.seal(&plain, &place).map_err(of_key)?));
        }
        self.database.write(&statements)?;
        self.key = key;
        Ok(count)
    }

    /// The fingerprint of the key.
    pub fn key_fingerprint(&self) -> String {
        self.key.fingerprint()
    }

    /// An account's history, oldest first.
    pub fn events(&mut self, account: &str) -> Result<Vec<Event>, JournalError> {
        rows::events(self.database.as_mut(), account)
    }

    /// Since when the account's fence stands and everybody has seen it.
    pub fn fenced_since(&mut self, account: &str) -> Result<Option<Timestamp>, JournalError> {
        let is_fence =
            |event: &Event| event.what == "done" && event.step.as_deref() == Some(Step::Fence.name());
        let last = self.events(account)?.into_iter().rev().find(is_fence);
        Ok(last.and_then(|event| event.at.parse().ok()))
    }

    fn kept(&self, account: &str, keep: &[Keep]) -> Result<Vec<Statement>, JournalError> {
        let one = |keep: &Keep| match keep {
            Keep::Put(what, plain) => {
                let sealed = self.key.seal(plain, &place(account, what.name()));
                let sealed =
                    sealed.map_err(|source| JournalError::Key { name: self.database.name(), source })?;
                Ok(rows::secret(account, what.name(), sealed))
            }
            Keep::Drop(what) => Ok(rows::no_secret(account, *what)),
        };
        keep.iter().map(one).collect()
    }

    fn event(
        &self,
        after: usize,
        account: &str,
        at: Timestamp,
        (what, step): (&'static str, Option<Step>),
        detail: Option<&str>,
    ) -> Statement {
        let number = self.events + 1 + after as i64;
        let detail = detail.map(|detail| detail.chars().take(DETAIL_CHARS_MAX).collect::<String>());
        Statement::new(
            "INSERT INTO event (number, account, at, what, step, detail) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                Cell::Integer(number),
                Cell::Text(account.to_owned()),
                Cell::Text(at.to_string()),
                Cell::Text(what.to_owned()),
                Cell::of(step.map(Step::name)),
                Cell::of(detail),
            ],
        )
    }

    /// One account's change, its history and what goes with it, in one transaction.
    fn put(
        &mut self,
        record: Record,
        at: Timestamp,
        what: (&'static str, Option<Step>),
        detail: Option<&str>,
        more: Vec<Statement>,
    ) -> Result<(), JournalError> {
        let moves_fence =
            self.records.get(&record.account).is_some_and(|known| known.fenced != record.fenced);
        let mut statements = vec![rows::account(&record), self.event(0, &record.account, at, what, detail)];
        statements.extend(more);
        self.database.write(&statements)?;
        self.events += 1;
        self.epoch += i64::from(moves_fence);
        self.records.insert(record.account.clone(), record);
        Ok(())
    }
}

/// Until new has shown that it has them, the journal keeps the credentials: they may be all that there is.
fn needs_credentials(record: &Record) -> bool {
    match record.state {
        // They may be what a person mends it with.
        State::Exported | State::Imported | State::Verified | State::NeedsReauth => true,
        State::Fenced => record.direction == Direction::Forward,
        State::Discovered
        | State::Eligible
        | State::Lent
        | State::Refreshed
        | State::Complete
        | State::RolledBack => false,
    }
}

fn place(account: &str, what: &str) -> String {
    format!("{account}/{what}")
}

#[cfg(test)]
mod tests;
