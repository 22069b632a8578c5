//! The journal's rows: how a record is written, and how it is read back.

use std::collections::BTreeMap;

use super::*;
use crate::database::Cell::{Integer, Text};

pub(super) fn account(record: &Record) -> Statement {
    let Record {
        account,
        mode,
        state,
        direction,
        intent,
        doubt,
        halted,
        fenced,
        witnessed,
        disarmed,
        reclaimed,
        placed,
        stale,
        lent_until,
        attempts,
    } = record;
    let step = |intent: &Option<Intent>| Cell::of(intent.map(|intent| intent.step.name()));
    let at = |intent: &Option<Intent>| Cell::of(intent.map(|intent| intent.at.to_string()));
    let flag = |flag: &bool| Integer(i64::from(*flag));
    Statement::new(
        "INSERT INTO account (name, mode, state, direction, intent, intent_at, doubt, doubt_at, halted, lent_until, \
         fenced, witnessed, disarmed, reclaimed, placed, stale, attempts) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         ON CONFLICT (name) DO UPDATE SET mode = $2, state = $3, direction = $4, intent = $5, intent_at = $6, \
         doubt = $7, doubt_at = $8, halted = $9, lent_until = $10, fenced = $11, witnessed = $12, disarmed = $13, \
         reclaimed = $14, placed = $15, stale = $16, attempts = $17",
        [
            Text(account.clone()),
            Text(mode.name().to_owned()),
            Text(state.name().to_owned()),
            Text(direction.name().to_owned()),
            step(intent),
            at(intent),
            step(doubt),
            at(doubt),
            Cell::of(halted.clone().map(|why| why.chars().take(DETAIL_CHARS_MAX).collect::<String>())),
            Cell::of(lent_until.map(|until| until.to_string())),
            flag(fenced),
            flag(witnessed),
            flag(disarmed),
            flag(reclaimed),
            flag(placed),
            flag(stale),
            Integer(i64::from(*attempts)),
        ],
    )
}

pub(super) fn records(
    database: &mut dyn Database,
    name: &str,
) -> Result<BTreeMap<String, Record>, JournalError> {
    let rows = database.read(&Statement::new(
        "SELECT name, mode, state, direction, intent, intent_at, doubt, doubt_at, halted, lent_until, fenced, \
         witnessed, disarmed, reclaimed, placed, stale, attempts FROM account",
        [],
    ))?;
    let read = |row: Vec<Cell>| {
        let account = row.first().and_then(Cell::text).unwrap_or_default().to_owned();
        let record = record(&row).map_err(|column| JournalError::Row {
            name: name.to_owned(),
            account: account.clone(),
            column,
        })?;
        Ok((account, record))
    };
    rows.into_iter().map(read).collect()
}

fn record(row: &[Cell]) -> Result<Record, &'static str> {
    let cell = |index: usize| row.get(index).unwrap_or(&Cell::Null);
    let flag = |index: usize| cell(index).integer() == Some(1);
    let intent = |index: usize, column| match (cell(index).text(), cell(index + 1).text()) {
        (None, _) => Ok(None),
        (Some(step), Some(at)) => match (Step::parse(step), at.parse()) {
            (Some(step), Ok(at)) => Ok(Some(Intent { step, at })),
            _ => Err(column),
        },
        (Some(_), None) => Err(column),
    };
    Ok(Record {
        account: cell(0).text().ok_or("name")?.to_owned(),
        mode: cell(1).text().and_then(Mode::parse).ok_or("mode")?,
        state: cell(2).text().and_then(State::parse).ok_or("state")?,
        direction: cell(3).text().and_then(Direction::parse).ok_or("direction")?,
        intent: intent(4, "intent")?,
        doubt: intent(6, "doubt")?,
        halted: cell(8).text().map(str::to_owned),
        lent_until: cell(9).text().map(str::parse).transpose().map_err(|_| "lent_until")?,
        fenced: flag(10),
        witnessed: flag(11),
        disarmed: flag(12),
        reclaimed: flag(13),
        placed: flag(14),
        stale: flag(15),
        attempts: cell(16).integer().and_then(|number| u32::try_from(number).ok()).ok_or("attempts")?,
    })
}

pub(super) fn events(database: &mut dyn Database, account: &str) -> Result<Vec<Event>, JournalError> {
    let rows = database.read(&Statement::new(
        "SELECT number, at, what, step, detail FROM event WHERE account = $1 ORDER BY number",
        [Text(account.to_owned())],
    ))?;
    let event = |row: Vec<Cell>| {
        let text = |index: usize| row.get(index).and_then(Cell::text).map(str::to_owned);
        Event {
            number: row.first().and_then(Cell::integer).unwrap_or_default(),
            at: text(1).unwrap_or_default(),
            what: text(2).unwrap_or_default(),
            step: text(3),
            detail: text(4),
        }
    };
    Ok(rows.into_iter().map(event).collect())
}

pub(super) fn number(database: &mut dyn Database, sql: &'static str) -> Result<i64, JournalError> {
    let rows = database.read(&Statement::new(sql, []))?;
    Ok(rows.first().and_then(|row| row.first()).and_then(Cell::integer).unwrap_or(0))
}

pub(super) fn setting(database: &mut dyn Database, name: &str) -> Result<Option<String>, JournalError> {
    let sql = "SELECT value FROM setting WHERE name = $1";
    let rows = database.read(&Statement::new(sql, [Text(name.to_owned())]))?;
    Ok(rows.first().and_then(|row| row.first()).and_then(Cell::text).map(str::to_owned))
}

fn set(name: &str, value: String) -> Statement {
    Statement::new(
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        [Text(name.to_owned()), Text(value)],
    )
}

pub(super) fn fence(account: &str, epoch: i64, at: Timestamp) -> Vec<Statement> {
    let fence = Statement::new(
        "INSERT INTO fence (account, epoch, since) VALUES ($1, $2, $3) \
         ON CONFLICT (account) DO UPDATE SET epoch = $2, since = $3",
        [Text(account.to_owned()), Integer(epoch), Text(at.to_string())],
    );
    vec![fence, set("epoch", epoch.to_string())]
}

pub(super) fn no_fence(account: &str, epoch: i64) -> Vec<Statement> {
    let removed = Statement::new("DELETE FROM fence WHERE account = $1", [Text(account.to_owned())]);
    vec![removed, set("epoch", epoch.to_string())]
}

pub(super) fn secret(account: &str, what: &str, sealed: Vec<u8>) -> Statement {
    Statement::new(
        "INSERT INTO secret (account, what, sealed) VALUES ($1, $2, $3) \
         ON CONFLICT (account, what) DO UPDATE SET sealed = $3",
        [Text(account.to_owned()), Text(what.to_owned()), Cell::Bytes(sealed)],
    )
}

pub(super) fn no_secret(account: &str, what: What) -> Statement {
    Statement::new(
        "DELETE FROM secret WHERE account = $1 AND what = $2",
        [Text(account.to_owned()), Text(what.name().to_owned())],
    )
}

/// The key, held against what the database knows of it; where it knows none yet, it learns this one.
pub(super) fn key(database: &mut dyn Database, sources: &[KeySource]) -> Result<SealKey, JournalError> {
    let name = database.name();
    let of_key = |source| JournalError::Key { name: name.clone(), source };
    let salt = match setting(database, "salt")? {
        Some(text) => salt_of(&text).ok_or_else(|| of_key(SealError::DoesNotOpen))?,
        None => crate::seal::salt().map_err(of_key)?,
    };
    let sql = "SELECT sealed FROM secret WHERE account = '' AND what = 'key'";
    let known =
        database.read(&Statement::new(sql, []))?.into_iter().next().and_then(|row| row.into_iter().next());
    let mut failed = SealError::NotAKey;
    for source in sources {
        let key = key_of(source, &salt).map_err(of_key)?;
        match &known {
            Some(Cell::Bytes(sealed)) => match key.open(sealed, KEY_PLACE) {
                Ok(_) => return Ok(key),
                Err(error) => failed = error,
            },
            _ => {
                database.write(&new_key(&key, &salt).map_err(of_key)?)?;
                return Ok(key);
            }
        }
    }
    Err(of_key(failed))
}

pub(super) fn key_of(source: &KeySource, salt: &[u8; SALT_BYTES]) -> Result<SealKey, SealError> {
    match source {
        KeySource::Key(key) => Ok(key.clone()),
        KeySource::Passphrase(passphrase) => SealKey::from_passphrase(passphrase, salt),
    }
}

pub(super) fn new_key(key: &SealKey, salt: &[u8; SALT_BYTES]) -> Result<Vec<Statement>, SealError> {
    let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(vec![set("salt", salt), secret("", "key", key.seal(KEY_CHECK, KEY_PLACE)?)])
}

fn salt_of(text: &str) -> Option<[u8; SALT_BYTES]> {
    let bytes: Vec<u8> = (0..text.len() / 2)
        .map(|index| text.get(index * 2..index * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()?;
    bytes.try_into().ok()
}
