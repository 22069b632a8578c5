//! The fence: which accounts legacy is not asked for any more, as every proxy reads it, and which proxies have seen it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::database::Cell::{Integer, Text};
use crate::database::{Cell, Database, DatabaseError, Statement};

/// A proxy says this often that it lives.
pub const BEAT_MS: i64 = 1_000;
/// A proxy that has not said so for this long does not: it stopped, or cannot read the fence and then refuses every account.
pub const LIVE_MS: i64 = 30_000;

/// The fence as one proxy reads it. A check costs a look at whether anything was written; rows are read only then.
pub struct Fences {
    database: Box<dyn Database + Send>,
    seen: Option<i64>,
    fenced: BTreeSet<String>,
    epoch: i64,
}

impl std::fmt::Debug for Fences {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Fences(epoch {}, {} accounts)", self.epoch, self.fenced.len())
    }
}

impl Fences {
    /// Reads through a connection of its own.
    pub fn new(database: Box<dyn Database + Send>) -> Fences {
        Fences { database, seen: None, fenced: BTreeSet::new(), epoch: 0 }
    }

    /// Whether legacy may be asked for an account now. Who cannot read it may not.
    pub fn allows(&mut self, account: &str) -> Result<bool, DatabaseError> {
        self.look()?;
        Ok(!self.fenced.contains(account))
    }

    /// The fence's latest change: what began after this was read has seen it.
    pub fn epoch(&mut self) -> Result<i64, DatabaseError> {
        self.look()?;
        Ok(self.epoch)
    }

    /// Says that the proxy lives, and that no call that began before this change of the fence is under way any more.
    pub fn acknowledge(&mut self, proxy: &str, epoch: i64, now: Timestamp) -> Result<(), DatabaseError> {
        self.database.write(&[Statement::new(
            "INSERT INTO proxy (name, epoch, seen_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET epoch = $2, seen_ms = $3",
            [Text(proxy.to_owned()), Integer(epoch), Integer(now.as_millisecond())],
        )])
    }

    /// Says that the proxy has stopped.
    pub fn leave(&mut self, proxy: &str) -> Result<(), DatabaseError> {
        self.database.write(&[Statement::new("DELETE FROM proxy WHERE name = $1", [Text(proxy.to_owned())])])
    }

    fn look(&mut self) -> Result<(), DatabaseError> {
        let changes = self.database.changes()?;
        if self.seen == Some(changes) {
            return Ok(());
        }
        self.seen = None;
        // In this order: a fence that comes between is in the rows, and the epoch is an older one.
        self.epoch = epoch(self.database.as_mut())?;
        let rows = self.database.read(&Statement::new("SELECT account FROM fence", []))?;
        self.fenced =
            rows.into_iter().filter_map(|row| row.first().and_then(Cell::text).map(str::to_owned)).collect();
        self.seen = Some(changes);
        Ok(())
    }
}

pub(crate) fn epoch(database: &mut dyn Database) -> Result<i64, DatabaseError> {
    let rows = database.read(&Statement::new("SELECT value FROM setting WHERE name = 'epoch'", []))?;
    let text = rows.first().and_then(|row| row.first()).and_then(Cell::text);
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The live proxies that have not seen a change of the fence yet.
pub fn waited_for(
    database: &mut dyn Database,
    epoch: i64,
    now: Timestamp,
) -> Result<Vec<String>, DatabaseError> {
    let rows = database.read(&Statement::new(
        "SELECT name FROM proxy WHERE epoch < $1 AND seen_ms > $2 ORDER BY name",
        [Integer(epoch), Integer(now.as_millisecond() - LIVE_MS)],
    ))?;
    Ok(rows.into_iter().filter_map(|row| row.first().and_then(Cell::text).map(str::to_owned)).collect())
}
