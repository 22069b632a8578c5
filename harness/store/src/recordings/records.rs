//! The records of a recording as raw text, in constant memory, so that the caller can parse them in parallel.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compare::model::Pair;

use super::copies::Copies;
use super::lines::{Lines, RECORD_BYTES_MAX, ReadProblem};
use super::{Shape, file_of_id};
use crate::format::{self, FormatError};
use crate::segments::{Disk, FOLDER, FileSystem, ReadAt, Remote, Segment, SegmentRecords};

/// Large enough that reading is not what a check waits for.
const READ_BUFFER_BYTES: usize = 1024 * 1024;

/// The window that a compressed file may ask for, as a power of two: the size that the format itself recommends as a bound.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Relative to the root.
    pub file: PathBuf,
    /// From 1, in a JSON Lines file or a segment; none for what concerns the file as a whole.
    pub line: Option<u64>,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A file's name is the recorder's, not ours: it must not break a line of a report.
        write!(formatter, "{}", crate::message::one_line(&self.file.to_string_lossy()))?;
        self.line.map_or(Ok(()), |line| write!(formatter, ":{line}"))
    }
}

/// A record that was read and not looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Where it lies.
    pub location: Location,
    /// Its text, or why there is none.
    pub text: Result<String, ReadProblem>,
}

/// Why a record is no pair of the recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] ReadProblem),
    /// It was read and is no pair.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A pair's file does not lie where its id says.
    #[error("the pair {id:?} belongs in {}", expected.display())]
    Misplaced {
        /// The id in the file.
        id: String,
        /// Where it belongs, relative to the root.
        expected: PathBuf,
    },
}

impl RawRecord {
    /// Parses the text; refuses a pair in a `.json` file that is not the file of its id.
    pub fn pair(&self) -> Result<Pair, RecordError> {
        let pair = format::parse(self.text.as_ref().map_err(Clone::clone)?)?;
        let name = pair.id.get(pair.operation.len() + 1..).unwrap_or_default();
        let expected = file_of_id(&pair.operation, name);
        if self.location.line.is_none() && self.location.file != expected {
            return Err(RecordError::Misplaced { id: pair.id, expected });
        }
        Ok(pair)
    }

    /// Whether it is the pair of this id, as far as can be told without looking further.
    pub(super) fn has_id(&self, id: &str) -> bool {
        // An id may be written with escapes, so only a parser can compare it.
        self.text.as_ref().is_ok_and(|text| format::id(text).as_deref() == Some(id))
    }
}

/// Every record of the files, in their order.
pub struct Records {
    root: PathBuf,
    remote: Option<Arc<dyn Remote>>,
    copies: Copies,
    files: std::vec::IntoIter<PathBuf>,
    open: Option<OpenLines>,
}

struct OpenLines {
    file: PathBuf,
    lines: AnyLines,
    if_none: IfNone,
}

enum AnyLines {
    Text(Lines<Box<dyn BufRead + Send>>),
    Segment(Box<SegmentRecords>),
}

/// What a file without a record is, when all of it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfNone {
    /// A mistake.
    Problem,
    /// As it should be: there was a record, or a recorder that had nothing to record.
    Nothing,
}

impl AnyLines {
    fn next(&mut self) -> Option<(u64, Result<String, ReadProblem>)> {
        match self {
            AnyLines::Text(lines) => lines.next(),
            AnyLines::Segment(records) => records.next().map(|(number, text)| (number + 1, text)),
        }
    }
}

impl Records {
    pub(super) fn new(
        (root, remote): (PathBuf, Option<Arc<dyn Remote>>),
        files: Vec<PathBuf>,
        copies: Copies,
    ) -> Self {
        Records { root, remote, copies, files: files.into_iter(), open: None }
    }

    /// Opens a file: one record at once for a pair's file, else the lines to go on with.
    fn open(&mut self, file: PathBuf) -> Option<RawRecord> {
        if Shape::of(&file) == Some(Shape::Segment) {
            return match open_segment(&self.root, self.remote.as_deref(), &file) {
                Ok(segment) => {
                    let lines = AnyLines::Segment(Box::new(segment.records()));
                    self.open = Some(OpenLines { file, lines, if_none: IfNone::Nothing });
                    None
                }
                Err(error) => Some(problem(file, error)),
            };
        }
        let opened = File::open(self.root.join(&file));
        let lines: io::Result<Box<dyn BufRead + Send>> = match (opened, Shape::of(&file)) {
            (Err(error), _) => Err(error),
            (Ok(opened), Some(Shape::Json)) => {
                let text = whole_text(opened);
                return Some(RawRecord { location: Location { file, line: None }, text });
            }
            (Ok(opened), Some(Shape::Lines | Shape::Segment) | None) => {
                Ok(Box::new(BufReader::with_capacity(READ_BUFFER_BYTES, opened)))
            }
            (Ok(opened), Some(Shape::ZstdLines)) => decompressed(opened),
        };
        match lines {
            Ok(reader) => {
                let lines = AnyLines::Text(Lines::new(reader, RECORD_BYTES_MAX));
                self.open = Some(OpenLines { file, lines, if_none: IfNone::Problem });
                None
            }
            Err(error) => Some(problem(file, ReadProblem::of(&error))),
        }
    }
}

/// A segment on this disk; one that is not there may be elsewhere, by now or from the beginning.
pub(super) fn open_segment(
    root: &Path,
    remote: Option<&dyn Remote>,
    file: &Path,
) -> Result<Segment, ReadProblem> {
    let opened = open_file(root, remote, file);
    Segment::open(opened.map_err(|error| ReadProblem::Disk { what: error.to_string() })?)
}

/// A file of the folder, or a segment elsewhere that is not in the folder.
pub(super) fn open_file(
    root: &Path,
    remote: Option<&dyn Remote>,
    file: &Path,
) -> io::Result<Box<dyn ReadAt>> {
    let name = file.strip_prefix(FOLDER).ok().and_then(Path::to_str);
    match (Disk.open(&root.join(file)), remote, name) {
        (Err(error), Some(remote), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            remote.open(name)
        }
        (opened, ..) => opened,
    }
}

impl Iterator for Records {
    type Item = RawRecord;

    fn next(&mut self) -> Option<RawRecord> {
        loop {
            if let Some(mut open) = self.open.take() {
                if let Some((line, text)) = open.lines.next() {
                    let location = Location { file: open.file.clone(), line: Some(line) };
                    open.if_none = IfNone::Nothing;
                    self.open = Some(open);
                    let record = RawRecord { location, text };
                    if self.copies.has(&record) {
                        continue;
                    }
                    return Some(record);
                }
                if open.if_none == IfNone::Problem {
                    return Some(problem(open.file, ReadProblem::Empty));
                }
            }
            let file = self.files.next()?;
            if let Some(record) = self.open(file) {
                return Some(record);
            }
        }
    }
}

fn problem(file: PathBuf, problem: ReadProblem) -> RawRecord {
    RawRecord { location: Location { file, line: None }, text: Err(problem) }
}

pub(super) fn whole_text(file: File) -> Result<String, ReadProblem> {
    let mut bytes = Vec::new();
    let read = file.take(RECORD_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| ReadProblem::of(&error))?;
    if bytes.len() as u64 > RECORD_BYTES_MAX {
        return Err(ReadProblem::TooLarge { limit: RECORD_BYTES_MAX });
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| ReadProblem::NotUtf8 { at: error.utf8_error().valid_up_to() })?;
    if text.trim_ascii().is_empty() { Err(ReadProblem::Empty) } else { Ok(text) }
}

fn decompressed(file: File) -> io::Result<Box<dyn BufRead + Send>> {
    let mut decoder = zstd::stream::read::Decoder::new(file)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(Box::new(BufReader::with_capacity(READ_BUFFER_BYTES, decoder)))
}
