//! A segment that replaces another, whole: for what changes pairs that were recorded already.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use compare::model::Pair;

use super::disk::{Disk, FileSystem};
use super::growing::{Growing, Lost};
use super::reader::{Segment, State};
use super::writer::{BLOCK_BYTES, LEVEL};
use crate::line::Line;
use crate::recordings::{StoreError, hidden_name, sync_folder};

/// A segment that is being written under a hidden name; dropped before [`WholeSegment::finish`], it is replaced the next time.
pub struct WholeSegment {
    path: PathBuf,
    hidden: PathBuf,
    growing: Growing,
    /// Of one block.
    lines: Vec<Line>,
    bytes: usize,
}

impl WholeSegment {
    /// Begins a segment in the place of one that nobody writes.
    pub fn replace(path: &Path) -> Result<WholeSegment, StoreError> {
        let failed = |source| StoreError::Write { path: path.to_owned(), source };
        let old = Disk.open(path).map_err(failed)?;
        if Segment::open(old).is_ok_and(|old| old.state() == State::Growing) {
            return Err(failed(io::Error::new(io::ErrorKind::ResourceBusy, "a recorder is writing it")));
        }
        let hidden = hidden_name(path).map_err(failed)?;
        if let Err(error) = fs::remove_file(&hidden)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(failed(error));
        }
        let growing = Growing::create(&Disk, &hidden, LEVEL, BLOCK_BYTES).map_err(failed)?;
        Ok(WholeSegment { path: path.to_owned(), hidden, growing, lines: Vec::new(), bytes: 0 })
    }

    /// Adds a pair, its secrets removed.
    pub fn write(&mut self, pair: &Pair) -> Result<(), StoreError> {
        let line = Line::of(pair)?;
        self.bytes += line.text().len();
        self.lines.push(line);
        if self.bytes >= BLOCK_BYTES {
            self.append()?;
        }
        Ok(())
    }

    /// Makes the segment take its place, on the disk when this returns.
    pub fn finish(mut self) -> Result<PathBuf, StoreError> {
        self.append()?;
        let WholeSegment { path, hidden, growing, .. } = self;
        let finish = || {
            growing.close()?;
            fs::rename(&hidden, &path)?;
            sync_folder(path.parent().unwrap_or(Path::new("")))
        };
        finish().map_err(|source| StoreError::Write { path: path.clone(), source })?;
        Ok(path)
    }

    fn append(&mut self) -> Result<(), StoreError> {
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        if lines.is_empty() {
            return Ok(());
        }
        let appended = self.growing.append(&lines).and_then(|()| self.growing.has_room());
        appended.map_err(|lost| {
            let (Lost::NotWritten { why } | Lost::Unknown { why }) = lost;
            StoreError::Write { path: self.path.clone(), source: io::Error::new(why.kind(), why) }
        })
    }
}
