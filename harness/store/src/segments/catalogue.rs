//! Rows of what is known of each pair, column by column, compressed: a million are read in a second.

use std::io;

use compare::model::PairKind;

use super::entry::{Answer, Entry, EntryRedaction};

/// Rows in a part: few enough to hold while a segment is written, enough to compress well.
pub(super) const ROWS_MAX: usize = 4_096;

/// Decompressed bytes of a part: rows have an id of 1,024 bytes at most, but accounts and times of any length.
pub(super) const RAW_BYTES_MAX: usize = 64 << 20;

/// Bytes after which a part ends, so that long rows do not pile up.
const FULL_BYTES: usize = 4 << 20;

/// Rows are alike but for their ids, and there a higher level finds short repeats that cost more than the letters.
const LEVEL: i32 = 1;

const COLUMNS: usize = 9;

/// Rows that are being gathered.
#[derive(Default)]
pub(super) struct Rows {
    rows: usize,
    columns: [Vec<u8>; COLUMNS],
}

/// A full part: what is appended.
pub(super) struct Part {
    pub rows: u32,
    pub raw_bytes: u32,
    pub bytes: Vec<u8>,
}

impl Rows {
    /// Adds a row; place and number are not kept, for they follow from the row's place.
    pub(super) fn add(&mut self, entry: &Entry) {
        let [ids, operations, accounts, times, redactions, kinds, legacy, new, bytes] = &mut self.columns;
        text(ids, Some(&entry.id));
        text(operations, Some(&entry.operation));
        text(accounts, entry.account.as_deref());
        text(times, entry.recorded_at.as_deref());
        text(
            redactions,
            match &entry.redaction {
                EntryRedaction::Unsaid => None,
                EntryRedaction::Nothing => Some(""),
                EntryRedaction::Key(key) => Some(key),
            },
        );
        let kind = PairKind::ALL.iter().position(|(kind, _)| *kind == entry.kind).unwrap_or_default();
        number(kinds, kind as u64);
        number(legacy, u64::from(entry.legacy.code()));
        number(new, u64::from(entry.new.code()));
        number(bytes, entry.bytes);
        self.rows += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX || self.columns.iter().map(Vec::len).sum::<usize>() >= FULL_BYTES
    }

    /// What was gathered, if anything.
    pub(super) fn take(&mut self) -> io::Result<Option<Part>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut raw = Vec::new();
        for column in &self.columns {
            number(&mut raw, column.len() as u64);
            raw.extend(column);
        }
        let bytes = zstd::bulk::compress(&raw, LEVEL)?;
        let limits = || io::Error::other("a part of the catalogue is over its limit");
        let raw_bytes = u32::try_from(raw.len()).map_err(|_| limits())?;
        let rows = u32::try_from(self.rows).map_err(|_| limits())?;
        self.columns.iter_mut().for_each(Vec::clear);
        self.rows = 0;
        Ok(Some(Part { rows, raw_bytes, bytes }))
    }
}

/// Reads a part's rows; none where it is not what was written.
pub(super) fn read(bytes: &[u8], raw_bytes: u32, rows: u32) -> Option<Vec<Entry>> {
    let wanted = raw_bytes as usize;
    if wanted > RAW_BYTES_MAX || rows as usize > wanted {
        return None;
    }
    let raw = zstd::bulk::decompress(bytes, wanted).ok()?;
    let mut rest = raw.as_slice();
    let mut columns = [&[][..]; COLUMNS];
    for column in &mut columns {
        let length = usize::try_from(take_number(&mut rest)?).ok()?;
        (*column, rest) = rest.split_at_checked(length)?;
    }
    let entries = (0..rows).map(|_| row(&mut columns)).collect::<Option<Vec<Entry>>>()?;
    columns.iter().all(|column| column.is_empty()).then_some(entries)
}

fn row(
    [ids, operations, accounts, times, redactions, kinds, legacy, new, bytes]: &mut [&[u8]; COLUMNS],
) -> Option<Entry> {
    let answer = |column: &mut &[u8]| Answer::from_code(u16::try_from(take_number(column)?).ok()?);
    Some(Entry {
        id: take_text(ids)??,
        operation: take_text(operations)??,
        account: take_text(accounts)?,
        recorded_at: take_text(times)?,
        redaction: match take_text(redactions)? {
            None => EntryRedaction::Unsaid,
            Some(key) if key.is_empty() => EntryRedaction::Nothing,
            Some(key) => EntryRedaction::Key(key),
        },
        kind: PairKind::ALL.get(usize::try_from(take_number(kinds)?).ok()?)?.0,
        legacy: answer(legacy)?,
        new: answer(new)?,
        bytes: take_number(bytes)?,
        number: 0,
        block_at: 0,
        block_line: 0,
    })
}

/// Its length and one more, then itself; 0 where there is none.
fn text(column: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => number(column, 0),
        Some(text) => {
            number(column, text.len() as u64 + 1);
            column.extend(text.as_bytes());
        }
    }
}

/// Seven bits a byte, the low ones first; the high bit says that more follow.
fn number(column: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        column.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    column.push(number as u8);
}

fn take_number(column: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = column.split_first()?;
        *column = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_text(column: &mut &[u8]) -> Option<Option<String>> {
    let Some(length) = take_number(column)?.checked_sub(1) else { return Some(None) };
    let (text, rest) = column.split_at_checked(usize::try_from(length).ok()?)?;
    *column = rest;
    String::from_utf8(text.to_vec()).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let redaction = prop_oneof![
            Just(EntryRedaction::Unsaid),
            Just(EntryRedaction::Nothing),
            "[0-9a-f]{8}".prop_map(EntryRedaction::Key),
        ];
        let answer = (0_u16..1_008).prop_filter_map("an answer's code", Answer::from_code);
        let texts = (any::<String>(), any::<String>(), any::<Option<String>>(), any::<Option<String>>());
        let entry = (texts, redaction, 0_usize..4, answer.clone(), answer, any::<u64>()).prop_map(
            |((id, operation, account, recorded_at), redaction, kind, legacy, new, bytes)| Entry {
                id,
                operation,
                account,
                recorded_at,
                redaction,
                kind: PairKind::ALL[kind].0,
                legacy,
                new,
                bytes,
                number: 0,
                block_at: 0,
                block_line: 0,
            },
        );
        proptest::collection::vec(entry, 1..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_read_back(entries in entries()) {
            let mut rows = Rows::default();
            entries.iter().for_each(|entry| rows.add(entry));
            let part = rows.take().expect("it is compressed").expect("there are rows");
            prop_assert_eq!(read(&part.bytes, part.raw_bytes, part.rows), Some(entries));
        }

        #[test]
        fn bytes_that_are_no_rows_are_refused_and_never_panic(raw in any::<Vec<u8>>(), rows in 1_u32..4) {
            let bytes = zstd::bulk::compress(&raw, 1).expect("it is compressed");
            let raw_bytes = u32::try_from(raw.len()).expect("it is short");
            if let Some(entries) = read(&bytes, raw_bytes, rows) {
                prop_assert_eq!(entries.len(), rows as usize);
            }
        }
    }
}
