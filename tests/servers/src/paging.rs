//! Pages of a collection, each service in an order of its own, and the cursors that name where a page begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::upstream::Record;

/// In which order a list comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Id,
    /// What changed last comes first.
    ChangedLast,
}

/// The last record of a page: what comes after it is the next one, whatever was deleted meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    updated_ms: i64,
    id: u64,
}

impl Mark {
    /// Opaque text for a URL; `salt` makes one service's cursors useless to another.
    pub fn cursor(self, salt: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{salt}:{}:{}", self.updated_ms, self.id))
    }

    /// Reads a cursor of the same service.
    pub fn parse(cursor: &str, salt: &str) -> Option<Mark> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (updated_ms, id) = text.strip_prefix(salt)?.strip_prefix(':')?.split_once(':')?;
        Some(Mark { updated_ms: updated_ms.parse().ok()?, id: id.parse().ok()? })
    }

    fn of(record: &Record) -> Mark {
        Mark { updated_ms: record.updated_ms, id: record.id }
    }

    fn is_before(self, record: &Record, order: Order) -> bool {
        match order {
            Order::Id => self.id < record.id,
            Order::ChangedLast => (record.updated_ms, record.id) < (self.updated_ms, self.id),
        }
    }
}

/// A page, and where the next one begins.
pub fn page<'r>(
    records: impl Iterator<Item = &'r Record>,
    order: Order,
    after: Option<Mark>,
    limit: usize,
) -> (Vec<&'r Record>, Option<Mark>) {
    let mut rest: Vec<&Record> =
        records.filter(|record| after.is_none_or(|mark| mark.is_before(record, order))).collect();
    match order {
        Order::Id => rest.sort_by_key(|record| record.id),
        Order::ChangedLast => {
            rest.sort_by_key(|record| std::cmp::Reverse((record.updated_ms, record.id)));
        }
    }
    let has_more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| has_more).map(|last| Mark::of(last));
    (rest, next)
}

/// A page by offset: a record that is deleted before it moves all others, as such services do.
pub fn by_offset<'r>(
    records: impl Iterator<Item = &'r Record> + Clone,
    offset: usize,
    limit: usize,
) -> (Vec<&'r Record>, usize) {
    let total = records.clone().count();
    (records.skip(offset).take(limit).collect(), total)
}
