//! The segments of a folder, and what a writer does first there: it closes what killed writers left open.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{FileSystem, append_all};
use super::entry::Entry;
use super::frame::HEADER_BYTES;
use super::growing::Index;
use super::reader::{Segment, State, Step, Walk};
use crate::format;
use crate::recordings::ReadProblem;

/// Where live capture keeps its segments, below the recordings.
pub const FOLDER: &str = "segments";

/// How a segment's file ends.
pub(super) const ENDING: &str = "seg";

/// What was found in a folder, and done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that were left open, and are closed now.
    pub closed: u64,
    /// Bytes in them that were half written.
    pub unread: u64,
    /// Files with nothing in them, not even a whole header: removed.
    pub removed: u64,
    /// Segments that are left as they are, because they cannot be read or because the disk does not allow it.
    pub left: u64,
}

enum Outcome {
    /// Nothing to do, or another writer is at work.
    Fine,
    Closed {
        unread: u64,
    },
    Removed,
    Left,
}

/// Closes each segment of the folder that nobody writes and that has no index yet. Nothing that is in a file is changed:
/// the index is put behind it.
pub fn recover(files: &dyn FileSystem, folder: &Path) -> io::Result<Recovered> {
    let mut recovered = Recovered::default();
    for path in segments(files, folder)? {
        match one(files, &path) {
            Ok(Outcome::Fine) => {}
            Ok(Outcome::Closed { unread }) => {
                recovered.closed += 1;
                recovered.unread += unread;
            }
            Ok(Outcome::Removed) => recovered.removed += 1,
            // It is read as it is; what is wrong with it is told where it is read.
            Ok(Outcome::Left) | Err(_) => recovered.left += 1,
        }
    }
    Ok(recovered)
}

/// The segments of a folder, sorted.
pub(super) fn segments(files: &dyn FileSystem, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING);
    Ok(files.list(folder)?.into_iter().filter(is_segment).collect())
}

fn one(files: &dyn FileSystem, path: &Path) -> io::Result<Outcome> {
    // Closed ones are many, and looked at only.
    if matches!(Segment::open(files.open(path)?).map(|segment| segment.state()), Ok(State::Closed { .. })) {
        return Ok(Outcome::Fine);
    }
    let Some(mut file) = files.reopen(path)? else { return Ok(Outcome::Fine) };
    let length = file.length()?;
    let segment = match Segment::open(files.open(path)?) {
        Ok(segment) => segment,
        Err(_) => return Ok(Outcome::Left),
    };
    let Some(identity) = segment.version_and_identity() else {
        return if length <= HEADER_BYTES as u64 {
            files.remove(path).map(|()| Outcome::Removed)
        } else {
            Ok(Outcome::Left)
        };
    };
    // Another writer may have closed it before it was ours.
    if matches!(segment.state(), State::Closed { .. }) {
        return Ok(Outcome::Fine);
    }
    let Some((index, chunks_end)) = index(&segment)? else { return Ok(Outcome::Left) };
    let end = index.end(identity, chunks_end, length)?;
    let written = append_all(&mut *file, &end).and_then(|()| file.sync());
    if let Err(error) = written {
        // What cannot be taken back is passed over by the next that tries.
        let _ = file.cut(length).and_then(|()| file.sync());
        return Err(error);
    }
    Ok(Outcome::Closed { unread: length - chunks_end })
}

/// The index of what can be read, and where that ends; none where a line is no pair that this program knows.
fn index(segment: &Segment) -> io::Result<Option<(Index, u64)>> {
    let failed = |problem: ReadProblem| io::Error::other(problem.to_string());
    let (mut index, mut walk) = (Index::default(), Walk::new());
    loop {
        let at = walk.at;
        match walk.next(segment).map_err(failed)? {
            Step::Lines(mut lines) => {
                if walk.block.0 == at {
                    index.begin_block(at);
                }
                while let Some((_, text)) = lines.next() {
                    let Ok(text) = text else { return Ok(None) };
                    let Ok(pair) = format::parse(&text) else { return Ok(None) };
                    index.add(&Entry::of(&pair, &pair.id, text.len()))?;
                }
            }
            Step::Damaged { .. } => return Ok(None),
            Step::End { .. } => return Ok(Some((index, at))),
        }
    }
}
