//! One segment that is being written: chunks appended and brought to the disk, at the end its index.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::VERSION;
use super::block::{Compressor, Then};
use super::catalogue::{Part, Rows};
use super::disk::{FileSystem, GrowingFile, append_all};
use super::entry::Entry;
use super::frame::{self, HEADER_BYTES, Kind, Trailer};
use super::ids::{self, Directory};
use crate::fnv::fnv1a;
use crate::line::Line;

/// A segment of more pairs would have an index that is felt in the memory of its writer.
pub(super) const PAIRS_MAX: usize = 1 << 18;

/// Why a pair was not acknowledged.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Lost {
    /// It is nowhere, and may be appended again.
    #[error("the pair was not written: {why}")]
    NotWritten {
        /// What the disk said.
        why: Arc<io::Error>,
    },
    /// It may be read later, or not; appended again, it may be there twice.
    #[error("whether the pair was written is not known: {why}")]
    Unknown {
        /// What the disk said.
        why: Arc<io::Error>,
    },
}

/// A segment that is being written; dropped, it stays open on the disk, and is read and closed as after a crash.
pub(super) struct Growing {
    path: PathBuf,
    file: Box<dyn GrowingFile>,
    identity: u64,
    /// What is on the disk.
    length: u64,
    compressor: Compressor,
    block_bytes: usize,
    /// Bytes of lines in the block that is open; none where the next chunk begins one.
    open_block: Option<usize>,
    index: Index,
}

/// What a segment's index is made of, while it is written.
#[derive(Default)]
pub(super) struct Index {
    rows: Rows,
    parts: Vec<Part>,
    ids: Vec<(u32, u32)>,
    blocks: Vec<(u64, u32)>,
}

/// Chunks that are ready to be appended.
struct Chunks {
    bytes: Vec<u8>,
    /// Where each new block begins, and how many lines of the group come before it.
    blocks: Vec<(u64, usize)>,
}

impl Growing {
    /// Makes a segment's file, with its name in the folder on the disk.
    pub(super) fn create(
        files: &dyn FileSystem,
        path: &Path,
        level: i32,
        block_bytes: usize,
    ) -> io::Result<Growing> {
        let compressor = Compressor::new(level)?;
        let identity = identity(path);
        let mut file = files.create(path)?;
        let begun = append_all(&mut *file, &frame::header(identity))
            .and_then(|()| file.sync())
            .and_then(|()| files.sync_folder(path.parent().unwrap_or(Path::new(""))));
        if let Err(error) = begun {
            // There is no pair in it; whether it can be removed or not, readers find nothing.
            let _ = files.remove(path);
            return Err(error);
        }
        Ok(Growing {
            path: path.to_owned(),
            file,
            identity,
            length: HEADER_BYTES as u64,
            compressor,
            block_bytes,
            open_block: None,
            index: Index::default(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.length
    }

    /// Pairs on the disk.
    pub(super) fn pairs(&self) -> usize {
        self.index.ids.len()
    }

    /// Refuses a segment that could not be closed with more pairs.
    pub(super) fn has_room(&self) -> Result<(), Lost> {
        if self.pairs() <= PAIRS_MAX {
            return Ok(());
        }
        let why = io::Error::other(format!("a segment has {PAIRS_MAX} pairs at most"));
        Err(Lost::NotWritten { why: Arc::new(why) })
    }

    /// Brings the lines to the disk, all or none; after an error nothing can be appended any more.
    pub(super) fn append(&mut self, lines: &[Line]) -> Result<(), Lost> {
        let chunks = self.chunks(lines).map_err(|why| Lost::NotWritten { why: Arc::new(why) })?;
        let written = append_all(&mut *self.file, &chunks.bytes).and_then(|()| self.file.sync());
        if let Err(why) = written {
            let why = Arc::new(why);
            let is_back = self.file.cut(self.length).and_then(|()| self.file.sync()).is_ok();
            return Err(if is_back { Lost::NotWritten { why } } else { Lost::Unknown { why } });
        }
        self.length += chunks.bytes.len() as u64;
        let mut blocks = chunks.blocks.into_iter().peekable();
        for (index, line) in lines.iter().enumerate() {
            if let Some((place, _)) = blocks.next_if(|(_, before)| *before == index) {
                self.index.begin_block(place);
            }
            self.index.add(line.entry()).map_err(|why| Lost::Unknown { why: Arc::new(why) })?;
        }
        Ok(())
    }

    fn chunks(&mut self, lines: &[Line]) -> io::Result<Chunks> {
        let mut chunks = Chunks { bytes: Vec::new(), blocks: Vec::new() };
        let mut raw = Vec::new();
        let mut first = 0;
        for (index, line) in lines.iter().enumerate() {
            raw.extend(line.text().as_bytes());
            raw.push(b'\n');
            let is_full = self.open_block.unwrap_or_default() + raw.len() >= self.block_bytes;
            let is_last = index + 1 == lines.len();
            if !is_full && !is_last {
                continue;
            }
            let place = self.length + chunks.bytes.len() as u64;
            let kind = match self.open_block {
                Some(_) => Kind::GoesOn,
                None => {
                    chunks.blocks.push((place, first));
                    Kind::Begins
                }
            };
            let then = if is_full { Then::Nothing } else { Then::More };
            let compressed = self.compressor.chunk(&raw, then)?;
            let count = |count: usize| u32::try_from(count).map_err(io::Error::other);
            let (raw_bytes, pairs) = (count(raw.len())?, count(index + 1 - first)?);
            frame::part((self.identity, place), kind, raw_bytes, pairs, &compressed, &mut chunks.bytes);
            self.open_block = (!is_full).then(|| self.open_block.unwrap_or_default() + raw.len());
            first = index + 1;
            raw.clear();
        }
        Ok(chunks)
    }

    /// Writes the index and the trailer; after an error the segment is open, and all its pairs are read.
    pub(super) fn close(mut self) -> io::Result<()> {
        let index = std::mem::take(&mut self.index);
        let end = index.end((VERSION, self.identity), self.length, self.length)?;
        let written = append_all(&mut *self.file, &end).and_then(|()| self.file.sync());
        if written.is_err() {
            // What cannot be taken back is told as a torn end, and closed by the next writer.
            let _ = self.file.cut(self.length).and_then(|()| self.file.sync());
        }
        written
    }
}

impl Index {
    pub(super) fn begin_block(&mut self, place: u64) {
        self.blocks.push((place, u32::try_from(self.ids.len()).unwrap_or(u32::MAX)));
    }

    pub(super) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        self.ids.push((ids::hash(&entry.id), u32::try_from(self.ids.len()).map_err(io::Error::other)?));
        self.rows.add(entry);
        if self.rows.is_full() {
            self.parts.extend(self.rows.take()?);
        }
        Ok(())
    }

    /// All that a closed segment of this version and identity has behind its chunks, for a file that is `length` long and
    /// whose chunks end before.
    pub(super) fn end(
        mut self,
        (version, identity): (u32, u64),
        chunks_end: u64,
        length: u64,
    ) -> io::Result<Vec<u8>> {
        self.parts.extend(self.rows.take()?);
        let pairs = self.ids.len() as u64;
        let mut out = Vec::new();
        let place = |out: &Vec<u8>| (identity, length + out.len() as u64);
        for Part { rows, raw_bytes, bytes } in &self.parts {
            frame::part(place(&out), Kind::Catalogue, *raw_bytes, *rows, bytes, &mut out);
        }
        let pages = ids::pages(version, self.ids);
        let pages_at = length + (out.len() + frame::HEAD_BYTES) as u64;
        let count = u32::try_from(pages.firsts.len()).map_err(io::Error::other)?;
        frame::part(place(&out), Kind::Ids, 0, count, &pages.bytes, &mut out);
        let directory = Directory {
            chunks_end,
            catalogue_at: length,
            pages_at,
            firsts: pages.firsts,
            blocks: self.blocks,
        };
        let directory_at = length + out.len() as u64;
        frame::part(place(&out), Kind::Directory, 0, 0, &directory.write(), &mut out);
        Trailer { directory_at, pairs, unread: length - chunks_end }.write(version, identity, &mut out);
        Ok(out)
    }
}

/// What tells a file's chunks from another's: its name, which is never given twice.
fn identity(path: &Path) -> u64 {
    fnv1a(path.file_name().unwrap_or_default().as_encoded_bytes())
}
