//! Reads segments, closed or not: pair by pair, one pair by its id, or what is known of each without reading it.

use std::fmt;

use super::VERSION;
use super::block::{CHUNK_BYTES_MAX, Decompressor};
use super::catalogue;
use super::disk::{ReadAt, read_exactly};
use super::entry::Entry;
use super::frame::{HEAD_BYTES, HEADER_BYTES, Head, Header, Kind, TRAILER_BYTES, Trailer};
use super::growing::PAIRS_MAX;
use super::ids::{self, Directory, PAGE_BYTES};
use crate::format;
use crate::recordings::{ReadProblem, RecordError};

/// A segment to read.
pub struct Segment {
    file: Box<dyn ReadAt>,
    /// None where the header is not whole: then there is nothing to read.
    identity: Option<u64>,
    version: u32,
    length: u64,
    end: End,
}

/// How a segment ends.
enum End {
    Open,
    /// The directory is none where it is damaged.
    Closed(Trailer, Option<Directory>),
}

/// What is known of a segment as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has an index, and will not change.
    Closed {
        /// Pairs in it.
        pairs: u64,
        /// Bytes that its writer had left half written, and that are no pair.
        unread: u64,
    },
    /// Somebody writes it.
    Growing,
    /// Its writer was killed; the next writer of the folder closes it.
    Left,
}

impl fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Segment").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Segment {
    /// Looks at both ends of a file; refuses what is no segment, or one of a later version.
    pub fn open(file: Box<dyn ReadAt>) -> Result<Segment, ReadProblem> {
        let length = file.length().map_err(disk)?;
        let open = Segment { file, identity: None, version: VERSION, length, end: End::Open };
        if length < HEADER_BYTES as u64 {
            return Ok(open);
        }
        let (version, identity) = match Header::read(&open.bytes(0)?) {
            Header::Known { version, identity } => (version, identity),
            Header::Unknown { version } => return Err(ReadProblem::UnknownSegment { found: version }),
            // Nothing is written behind a header that is not on the disk.
            Header::Torn if length == HEADER_BYTES as u64 => return Ok(open),
            Header::Torn => return Err(ReadProblem::NotASegment),
        };
        let mut segment = Segment { identity: Some(identity), version, ..open };
        if let Some(trailer) = segment.trailer(identity)? {
            let directory = segment.directory(identity, &trailer)?;
            segment.end = End::Closed(trailer, directory);
        }
        Ok(segment)
    }

    fn trailer(&self, identity: u64) -> Result<Option<Trailer>, ReadProblem> {
        let Some(at) = self.length.checked_sub((HEADER_BYTES + TRAILER_BYTES) as u64) else {
            return Ok(None);
        };
        let trailer = Trailer::read(&self.bytes(at + HEADER_BYTES as u64)?, self.version, identity);
        Ok(trailer.filter(|trailer| trailer.pairs <= PAIRS_MAX as u64))
    }

    fn directory(&self, identity: u64, trailer: &Trailer) -> Result<Option<Directory>, ReadProblem> {
        let part = self.part(identity, trailer.directory_at, self.length)?;
        let directory = part.filter(|(head, _)| head.kind == Kind::Directory);
        let directory = directory.and_then(|(_, bytes)| Directory::read(&bytes));
        let is_sound = |directory: &Directory| {
            directory.chunks_end <= directory.catalogue_at
                && directory.catalogue_at <= directory.pages_at
                && directory.pages_at <= trailer.directory_at
                && directory.blocks.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1)
                && directory
                    .blocks
                    .iter()
                    .all(|(at, first)| *at < directory.chunks_end && u64::from(*first) < trailer.pairs)
        };
        Ok(directory.filter(is_sound))
    }

    /// What its format is and what tells its chunks from another file's; none where its header is not whole.
    pub(super) fn version_and_identity(&self) -> Option<(u32, u64)> {
        self.identity.map(|identity| (self.version, identity))
    }

    /// Whether it is closed, is written, or was left by a writer that was killed.
    pub fn state(&self) -> State {
        match &self.end {
            End::Closed(trailer, _) => State::Closed { pairs: trailer.pairs, unread: trailer.unread },
            End::Open if self.is_growing() => State::Growing,
            End::Open => State::Left,
        }
    }

    /// Every pair's text, with its number from 0; memory is that of a chunk: a block and one record at most.
    ///
    /// A pair that cannot be read any more is an item that says so. So is what a killed writer left behind the last
    /// whole chunk; behind what is still written there is nothing yet.
    pub fn records(self) -> SegmentRecords {
        let walk = Some(Walk::new());
        SegmentRecords { walk, segment: self, lines: Lines::default(), lost: 0..0, lost_at: 0 }
    }

    /// What is known of each pair, in their order. A segment without a catalogue, or with a damaged one, is read through.
    pub fn entries(self) -> Entries {
        match &self.end {
            End::Closed(_, Some(directory)) => {
                let at = directory.catalogue_at;
                Entries { at, rows: Vec::new().into_iter(), next: 0, from: From::Catalogue(Box::new(self)) }
            }
            End::Closed(_, None) | End::Open => Entries::through(self, 0),
        }
    }

    /// The text and the number of the first pair of this id.
    pub fn find(&self, id: &str) -> Result<Option<(u64, String)>, ReadProblem> {
        let (Some(identity), End::Closed(_, Some(directory))) = (self.identity, &self.end) else {
            return self.find_through(id);
        };
        let hash = ids::hash(id);
        for page in ids::candidates(&directory.firsts, hash) {
            let at = directory.pages_at + (page * PAGE_BYTES) as u64;
            let numbers = match self.bytes(at) {
                Ok(bytes) => ids::numbers(self.version, &bytes, hash),
                Err(_) => None,
            };
            let Some(numbers) = numbers else { return self.find_through(id) };
            for number in numbers.into_iter().map(u64::from) {
                let Some((block_at, first)) = directory.block_of(number) else { continue };
                let Some(line) = number.checked_sub(u64::from(first)) else { continue };
                match self.line(identity, block_at, line) {
                    Ok(text) if format::id(&text).as_deref() == Some(id) => return Ok(Some((number, text))),
                    Ok(_) | Err(ReadProblem::Damaged { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    fn find_through(&self, id: &str) -> Result<Option<(u64, String)>, ReadProblem> {
        let (mut walk, mut lines) = (Walk::new(), Lines::default());
        loop {
            while let Some((number, text)) = lines.next() {
                if let Ok(text) = text
                    && format::id(&text).as_deref() == Some(id)
                {
                    return Ok(Some((number, text)));
                }
            }
            match walk.next(self)? {
                Step::Lines(next) => lines = next,
                Step::Damaged { .. } => {}
                Step::End { .. } => return Ok(None),
            }
        }
    }

    /// The text of a pair that [`Segment::entries`] told.
    pub fn read(&self, entry: &Entry) -> Result<String, ReadProblem> {
        let identity = self.identity.ok_or(ReadProblem::NotASegment)?;
        self.line(identity, entry.block_at, entry.block_line)
    }

    fn line(&self, identity: u64, block_at: u64, line: u64) -> Result<String, ReadProblem> {
        let damaged = ReadProblem::Damaged { at: block_at };
        let mut walk = Walk { at: block_at, ..Walk::new() };
        let mut before = 0;
        loop {
            let (Some(mut lines), _) = walk.chunk(self, identity)? else { return Err(damaged) };
            if walk.block.0 != block_at {
                return Err(damaged);
            }
            let in_chunk = usize::try_from(line - before).map_err(|_| damaged.clone())?;
            before += lines.count;
            if line < before {
                let nth = std::iter::from_fn(|| lines.next()).nth(in_chunk);
                return nth.map_or(Err(damaged), |(_, text)| text);
            }
        }
    }

    fn closed_pairs(&self) -> u64 {
        match &self.end {
            End::Closed(trailer, _) => trailer.pairs,
            End::Open => 0,
        }
    }

    /// Where chunks end, as far as it is known.
    fn chunks_end(&self) -> u64 {
        match &self.end {
            End::Closed(_, Some(directory)) => directory.chunks_end,
            End::Closed(..) | End::Open => self.length,
        }
    }

    /// Whether what stands at the end may be half written only because it is being written.
    fn is_growing(&self) -> bool {
        self.file.is_held() || self.file.length().is_ok_and(|length| length != self.length)
    }

    /// A part that is whole; none where it is not, or is no part.
    fn part(&self, identity: u64, at: u64, end: u64) -> Result<Option<(Head, Vec<u8>)>, ReadProblem> {
        let Some(room) = end.checked_sub(at).and_then(|room| room.checked_sub(HEAD_BYTES as u64)) else {
            return Ok(None);
        };
        let Some(head) = Head::read(&self.bytes(at)?, identity, at) else { return Ok(None) };
        if u64::from(head.bytes) > room || u64::from(head.raw_bytes) > CHUNK_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; head.bytes as usize];
        read_exactly(&*self.file, &mut bytes, at + HEAD_BYTES as u64).map_err(disk)?;
        Ok(head.fits(&bytes).then_some((head, bytes)))
    }

    fn bytes<const N: usize>(&self, at: u64) -> Result<[u8; N], ReadProblem> {
        let mut bytes = [0; N];
        read_exactly(&*self.file, &mut bytes, at).map_err(disk)?;
        Ok(bytes)
    }
}

/// The lines of a chunk.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    position: usize,
    /// The number of the next.
    number: u64,
    /// Of all.
    count: u64,
}

impl Lines {
    pub(super) fn next(&mut self) -> Option<(u64, Result<String, ReadProblem>)> {
        let rest = self.bytes.get(self.position..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let text = std::str::from_utf8(&rest[..length]).map(str::to_owned);
        let text = text.map_err(|error| ReadProblem::NotUtf8 { at: error.valid_up_to() });
        let number = self.number;
        (self.position, self.number) = (self.position + length + 1, number + 1);
        Some((number, text))
    }
}

/// Goes from chunk to chunk.
pub(super) struct Walk {
    /// Where the next chunk begins.
    pub at: u64,
    /// The number of its first pair.
    number: u64,
    decompressor: Option<Decompressor>,
    /// What the chunk before was.
    pub kind: Option<Kind>,
    /// Where the block of the chunk before begins, and the number of its first pair.
    pub block: (u64, u64),
}

/// What a walk comes to.
pub(super) enum Step {
    Lines(Lines),
    /// Pairs of a closed segment that cannot be read.
    Damaged {
        at: u64,
        pairs: std::ops::Range<u64>,
    },
    /// So many bytes behind the last whole chunk are neither a chunk nor an index.
    End {
        torn: u64,
    },
}

impl Walk {
    pub(super) fn new() -> Walk {
        Walk { at: HEADER_BYTES as u64, number: 0, decompressor: None, kind: None, block: (0, 0) }
    }

    pub(super) fn next(&mut self, segment: &Segment) -> Result<Step, ReadProblem> {
        let Some(identity) = segment.identity else { return Ok(Step::End { torn: segment.length }) };
        let at = self.at;
        if at >= segment.chunks_end() {
            return Ok(Step::End { torn: 0 });
        }
        match (self.chunk(segment, identity)?, &segment.end) {
            ((Some(lines), _), _) => Ok(Step::Lines(lines)),
            ((None, Some(_)), End::Closed(..)) => Ok(Step::End { torn: 0 }),
            ((None, _), End::Open) => Ok(Step::End { torn: segment.length - at }),
            ((None, _), End::Closed(trailer, directory)) => {
                let next =
                    directory.iter().flat_map(|directory| &directory.blocks).find(|(block, _)| *block > at);
                let from = self.number;
                (self.at, self.number) = match next {
                    Some((block, first)) => (*block, u64::from(*first)),
                    None => (segment.length, trailer.pairs),
                };
                // Blocks in an order of their own are no blocks of ours.
                Ok(Step::Damaged { at, pairs: from..self.number.max(from) })
            }
        }
    }

    /// The chunk at this place; else, none, and what whole part of another kind stands there.
    fn chunk(
        &mut self,
        segment: &Segment,
        identity: u64,
    ) -> Result<(Option<Lines>, Option<Kind>), ReadProblem> {
        let at = self.at;
        let Some((head, bytes)) = segment.part(identity, at, segment.chunks_end())? else {
            return Ok((None, None));
        };
        let decompressor = match &mut self.decompressor {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new().map_err(disk)?),
        };
        match head.kind {
            Kind::Begins => {
                decompressor.begin().map_err(disk)?;
                self.block = (at, self.number);
            }
            Kind::GoesOn if self.kind.is_some() => {}
            Kind::GoesOn => return Ok((None, None)),
            Kind::Catalogue | Kind::Ids | Kind::Directory => return Ok((None, Some(head.kind))),
        }
        self.kind = None;
        let Ok(bytes) = decompressor.lines(&bytes, head.raw_bytes) else { return Ok((None, None)) };
        let count = bytes.iter().filter(|byte| **byte == b'\n').count();
        if count != head.pairs as usize || bytes.last() != Some(&b'\n') {
            return Ok((None, None));
        }
        let lines = Lines { bytes, position: 0, number: self.number, count: u64::from(head.pairs) };
        self.kind = Some(head.kind);
        self.at = at + (HEAD_BYTES + head.bytes as usize) as u64;
        self.number += u64::from(head.pairs);
        Ok((Some(lines), None))
    }
}

/// Every record of a segment.
pub struct SegmentRecords {
    segment: Segment,
    /// None when all was read.
    walk: Option<Walk>,
    lines: Lines,
    /// Numbers of pairs that cannot be read, which are told one by one, and where they were.
    lost: std::ops::Range<u64>,
    lost_at: u64,
}

impl SegmentRecords {
    /// Where the block begins that the last record was read from, and the number of its first pair.
    fn block(&self) -> (u64, u64) {
        self.walk.as_ref().map_or((0, 0), |walk| walk.block)
    }
}

impl Iterator for SegmentRecords {
    type Item = (u64, Result<String, ReadProblem>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.lines.next() {
                return Some(record);
            }
            if let Some(number) = self.lost.next() {
                return Some((number, Err(ReadProblem::Damaged { at: self.lost_at })));
            }
            let walk = self.walk.as_mut()?;
            let number = walk.number;
            let problem = match walk.next(&self.segment) {
                Ok(Step::Lines(lines)) => {
                    self.lines = lines;
                    continue;
                }
                Ok(Step::Damaged { at, pairs }) => {
                    (self.lost_at, self.lost) = (at, pairs);
                    continue;
                }
                Ok(Step::End { torn: 0 }) => None,
                Ok(Step::End { .. }) if self.segment.is_growing() => None,
                Ok(Step::End { torn }) => Some(ReadProblem::TornTail { bytes: torn }),
                Err(error) => Some(error),
            };
            self.walk = None;
            return problem.map(|problem| (number, Err(problem)));
        }
    }
}

/// What is known of each pair.
pub struct Entries {
    /// Where the next part of the catalogue begins.
    at: u64,
    rows: std::vec::IntoIter<Entry>,
    /// The number of the next pair.
    next: u64,
    from: From,
}

enum From {
    Catalogue(Box<Segment>),
    Records(Box<SegmentRecords>),
    Nothing,
}

impl Entries {
    /// Reads the pairs themselves, from this one on.
    fn through(segment: Segment, next: u64) -> Entries {
        Entries {
            at: 0,
            rows: Vec::new().into_iter(),
            next,
            from: From::Records(Box::new(segment.records())),
        }
    }

    /// The catalogue's next part; none where it is damaged.
    fn part(at: &mut u64, segment: &Segment) -> Result<Option<Vec<Entry>>, ReadProblem> {
        let (Some(identity), End::Closed(trailer, _)) = (segment.identity, &segment.end) else {
            return Ok(None);
        };
        let part = segment.part(identity, *at, trailer.directory_at)?;
        let Some((head, bytes)) = part.filter(|(head, _)| head.kind == Kind::Catalogue) else {
            return Ok(None);
        };
        *at += (HEAD_BYTES + bytes.len()) as u64;
        Ok(catalogue::read(&bytes, head.raw_bytes, head.pairs))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mut entry) = self.rows.next() {
                let number = self.next;
                self.next += 1;
                if let From::Catalogue(segment) = &self.from
                    && let End::Closed(_, Some(directory)) = &segment.end
                {
                    let (block_at, first) = directory.block_of(number)?;
                    (entry.number, entry.block_at, entry.block_line) =
                        (number, block_at, number.saturating_sub(u64::from(first)));
                }
                return Some(Ok(entry));
            }
            match std::mem::replace(&mut self.from, From::Nothing) {
                From::Nothing => return None,
                From::Catalogue(segment) => {
                    if segment.closed_pairs() == self.next {
                        return None;
                    }
                    match Self::part(&mut self.at, &segment) {
                        Ok(Some(rows)) if !rows.is_empty() => {
                            self.rows = rows.into_iter();
                            self.from = From::Catalogue(segment);
                        }
                        Ok(_) => *self = Entries::through(*segment, self.next),
                        Err(error) => return Some(Err(error.into())),
                    }
                }
                From::Records(mut records) => {
                    let (number, text) = records.next()?;
                    let block = records.block();
                    self.from = From::Records(records);
                    if number < self.next {
                        continue;
                    }
                    self.next = number + 1;
                    return Some(text.map_err(RecordError::from).and_then(|text| {
                        let pair = format::parse(&text)?;
                        let entry = Entry::of(&pair, &pair.id, text.len());
                        let block_line = number.saturating_sub(block.1);
                        Ok(Entry { number, block_at: block.0, block_line, ..entry })
                    }));
                }
            }
        }
    }
}

/// What the disk said; a file that is cut while it is read ends too early.
fn disk(error: std::io::Error) -> ReadProblem {
    ReadProblem::Disk { what: error.to_string() }
}
