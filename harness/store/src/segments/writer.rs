//! Takes pairs from many threads and brings them to the disk in groups, on a thread of its own.
//!
//! Whoever appends waits only for room: the pairs that are not acknowledged yet are bounded in bytes. From asynchronous
//! code use [`SegmentWriter::try_append_then`], which never waits: it refuses where there is no room, and the pair is to be
//! counted as dropped. What is to happen when the pair is acknowledged runs on the writer's thread, so it must be short,
//! such as completing a one-shot channel.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use compare::model::Pair;

use super::block::BLOCK_BYTES_MAX;
use super::disk::FileSystem;
use super::folder::{ENDING, recover};
use super::growing::{Growing, Lost, PAIRS_MAX};
use crate::line::Line;
use crate::recordings::StoreError;

/// Pairs that are brought to the disk together: what a group holds in memory beside its lines is bounded so.
const GROUP_PAIRS_MAX: usize = 8_192;

/// A group is not waited for any longer when it has so many bytes: the disk is as quick with more groups of this size.
const GROUP_BYTES: usize = 4 << 20;

/// What a waiting pair takes beside its line: its entry, and what is to happen then.
const PAIR_BYTES: usize = 512;

/// A name is part of file names, which may have 255 bytes.
const NAME_BYTES_MAX: usize = 100;

/// Bytes of lines in a block: a pair is read by decompressing so much, in a millisecond.
pub(super) const BLOCK_BYTES: usize = 2 << 20;

/// Zstandard's level: the quickest of those that compress well. Recording is compression.
pub(super) const LEVEL: i32 = 1;

/// Time since some moment, the same for all of a writer's life.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How segments are written.
#[derive(Clone)]
pub struct Settings {
    /// The writer's own name, never used before in this folder: when it started and some random letters, say. Segments
    /// are `<writer>-<number>.seg`, so that names that begin with a time are read in the order of time.
    pub writer: String,
    /// How long a pair may wait for others that are brought to the disk with it.
    pub commit_interval: Duration,
    /// Bytes of pairs that are not acknowledged yet: the bound of the writer's memory, beside a block and an index.
    pub waiting_bytes_max: usize,
    /// A segment that has so many bytes is closed.
    pub segment_bytes_max: u64,
    /// A segment that is so old is closed.
    pub segment_age_max: Duration,
    /// Bytes of lines that are compressed together, and decompressed to read one of them.
    pub block_bytes: usize,
    /// Zstandard's level.
    pub level: i32,
    /// Tells how old a segment is.
    pub clock: Clock,
}

/// Why a writer cannot be set up so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASetting {
    /// It would be no file name, or not sort as one.
    #[error(
        "a segment writer's name has 1 to {NAME_BYTES_MAX} letters, digits, `-` or `_`, and begins with a letter or digit: {0:?}"
    )]
    Writer(String),
    /// Nothing would ever fit, or everything.
    #[error("{what} is {value}, and has to be {least} at least and {most} at most")]
    Range {
        /// Which.
        what: &'static str,
        /// As given.
        value: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
}

impl Settings {
    /// What serves most: pairs wait 20 ms at most, 64 MiB of them; segments of 128 MiB or five minutes, in blocks of 2 MiB.
    pub fn new(writer: String, clock: Clock) -> Settings {
        Settings {
            writer,
            commit_interval: Duration::from_millis(20),
            waiting_bytes_max: 64 << 20,
            segment_bytes_max: 128 << 20,
            segment_age_max: Duration::from_secs(5 * 60),
            block_bytes: BLOCK_BYTES,
            level: LEVEL,
            clock,
        }
    }

    pub(super) fn check(&self) -> Result<(), NotASetting> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let begins = self.writer.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if !begins || self.writer.len() > NAME_BYTES_MAX || !self.writer.bytes().all(is_plain) {
            return Err(NotASetting::Writer(self.writer.clone()));
        }
        let ranges = [
            ("waiting_bytes_max", self.waiting_bytes_max as u64, 1, 1 << 40),
            ("segment_bytes_max", self.segment_bytes_max, 1, 1 << 40),
            ("block_bytes", self.block_bytes as u64, 1, BLOCK_BYTES_MAX as u64),
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong
            .map_or(Ok(()), |(what, value, least, most)| Err(NotASetting::Range { what, value, least, most }))
    }
}

/// Why a pair was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A reader would refuse it.
    #[error(transparent)]
    Pair(#[from] StoreError),
    /// There is no room among the pairs that wait for the disk.
    #[error("append the pair {id:?}: {waiting} bytes of pairs wait for the disk")]
    Full {
        /// The pair.
        id: String,
        /// Bytes that wait.
        waiting: usize,
    },
    /// The writer is being closed, or has died.
    #[error("append the pair {id:?}: the writer is closed")]
    Closed {
        /// The pair.
        id: String,
    },
}

/// A pair that was taken, and is not acknowledged yet.
pub struct Ticket(Receiver<Result<(), Lost>>);

impl Ticket {
    /// Waits until the pair is on the disk, or is known not to get there.
    pub fn wait(self) -> Result<(), Lost> {
        self.0
            .recv()
            .unwrap_or_else(|_| Err(Lost::Unknown { why: Arc::new(io::Error::other("the writer died")) }))
    }
}

type Then = Box<dyn FnOnce(Result<(), Lost>) + Send>;

/// Writes segments into a folder; from as many threads as you like.
pub struct SegmentWriter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Written>>,
}

/// What a writer has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Pairs that were acknowledged.
    pub pairs: u64,
    /// Pairs that were taken and not acknowledged, because of the disk.
    pub lost: u64,
    /// Segments that were begun, closed or not.
    pub segments: u64,
    /// Segments that are left without an index, because of the disk; they are read all the same.
    pub left_open: u64,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Pairs came, or the end.
    came: Condvar,
    /// There is room again, or nobody who would make it.
    room: Condvar,
    waiting_bytes_max: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Line, Then)>,
    /// Of the pairs that wait and of those that are being written.
    bytes: usize,
    is_closed: bool,
}

/// What to do where there is no room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfFull {
    Wait,
    Refuse,
}

impl SegmentWriter {
    /// Starts a writer; closes first what killed writers left open in the folder, which is made where it is missing.
    pub fn open(
        files: Arc<dyn FileSystem>,
        folder: &Path,
        settings: Settings,
    ) -> Result<SegmentWriter, StoreError> {
        let failed = |source| StoreError::Write { path: folder.to_owned(), source };
        settings.check().map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        files.make_folder(folder).map_err(failed)?;
        recover(&*files, folder).map_err(failed)?;
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            came: Condvar::new(),
            room: Condvar::new(),
            waiting_bytes_max: settings.waiting_bytes_max,
        });
        let thread_shared = Arc::clone(&shared);
        let folder_of_thread = folder.to_owned();
        let thread = thread::Builder::new().name("segments".to_owned()).spawn(move || {
            // Whatever ends this thread, nobody waits for it.
            let _closed = CloseOnDrop(&thread_shared);
            let mut segments = Segments {
                files,
                folder: folder_of_thread,
                settings,
                number: 0,
                growing: None,
                written: Written::default(),
            };
            segments.run(&thread_shared);
            segments.end()
        });
        Ok(SegmentWriter { shared, thread: Some(thread.map_err(failed)?) })
    }

    /// Takes a pair, its secrets removed; waits while there is no room.
    pub fn append(&self, pair: &Pair) -> Result<Ticket, AppendError> {
        let (done, ticket) = mpsc::sync_channel(1);
        // Whoever dropped the ticket does not want to know.
        self.append_then(pair, move |result| drop(done.send(result)))?;
        Ok(Ticket(ticket))
    }

    /// As [`SegmentWriter::append`]; `then` is called on the writer's thread when the pair is acknowledged or lost.
    pub fn append_then(
        &self,
        pair: &Pair,
        then: impl FnOnce(Result<(), Lost>) + Send + 'static,
    ) -> Result<(), AppendError> {
        self.append_line_then(Line::of(pair)?, then)
    }

    /// As [`SegmentWriter::append_then`], of a pair that is a line already.
    pub fn append_line_then(
        &self,
        line: Line,
        then: impl FnOnce(Result<(), Lost>) + Send + 'static,
    ) -> Result<(), AppendError> {
        self.shared.add(line, Box::new(then), IfFull::Wait)
    }

    /// As [`SegmentWriter::append_then`], but refuses where there is no room.
    pub fn try_append_then(
        &self,
        pair: &Pair,
        then: impl FnOnce(Result<(), Lost>) + Send + 'static,
    ) -> Result<(), AppendError> {
        self.shared.add(Line::of(pair)?, Box::new(then), IfFull::Refuse)
    }

    /// Acknowledges what was taken, closes the segment, and says what was done.
    pub fn close(mut self) -> Written {
        self.shared.close();
        let written = self.thread.take().map(JoinHandle::join);
        written.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            // Its panic was told where it happened; there is nobody to tell it to here.
            let _ = thread.join();
        }
    }
}

fn bytes_of(line: &Line) -> usize {
    line.text().len() + PAIR_BYTES
}

struct CloseOnDrop<'s>(&'s Shared);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.queue().is_closed = true;
        self.came.notify_all();
        self.room.notify_all();
    }

    fn add(&self, line: Line, then: Then, if_full: IfFull) -> Result<(), AppendError> {
        let bytes = bytes_of(&line);
        // A pair that is larger than all the room gets it when it is alone.
        let is_full = |queue: &Queue| {
            !queue.is_closed && queue.bytes > 0 && queue.bytes + bytes > self.waiting_bytes_max
        };
        let mut queue = self.queue();
        if if_full == IfFull::Refuse && is_full(&queue) {
            return Err(AppendError::Full { id: line.id().to_owned(), waiting: queue.bytes });
        }
        queue = self.room.wait_while(queue, |queue| is_full(queue)).unwrap_or_else(PoisonError::into_inner);
        if queue.is_closed {
            return Err(AppendError::Closed { id: line.id().to_owned() });
        }
        queue.bytes += bytes;
        queue.waiting.push_back((line, then));
        // The writer waits for the first, and then for enough: waking it for each between costs more than the pair.
        let is_awaited = queue.waiting.len() == 1 || self.is_enough(&queue);
        drop(queue);
        if is_awaited {
            self.came.notify_one();
        }
        Ok(())
    }

    /// Whether a group is not waited for any longer.
    fn is_enough(&self, queue: &Queue) -> bool {
        queue.bytes >= GROUP_BYTES.min(self.waiting_bytes_max / 2) || queue.waiting.len() >= GROUP_PAIRS_MAX
    }

    /// The next group, when it is complete or has waited long enough; empty when `idle` has passed; none at the end.
    fn group(&self, interval: Duration, idle: Option<Duration>) -> Option<Vec<(Line, Then)>> {
        let nothing = |queue: &mut Queue| queue.waiting.is_empty() && !queue.is_closed;
        let mut queue = self.queue();
        queue = match idle {
            Some(idle) => {
                self.came.wait_timeout_while(queue, idle, nothing).unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.came.wait_while(queue, nothing).unwrap_or_else(PoisonError::into_inner),
        };
        if queue.waiting.is_empty() {
            return if queue.is_closed { None } else { Some(Vec::new()) };
        }
        let more = |queue: &mut Queue| !queue.is_closed && !self.is_enough(queue);
        queue = self.came.wait_timeout_while(queue, interval, more).unwrap_or_else(PoisonError::into_inner).0;
        let mut bytes = 0;
        let mut group = Vec::new();
        while let Some(next) = queue.waiting.pop_front() {
            bytes += next.0.text().len();
            group.push(next);
            if bytes >= GROUP_BYTES || group.len() >= GROUP_PAIRS_MAX {
                break;
            }
        }
        Some(group)
    }

    fn done(&self, bytes: usize) {
        self.queue().bytes -= bytes;
        self.room.notify_all();
    }
}

/// The segments of one writer, on its thread.
struct Segments {
    files: Arc<dyn FileSystem>,
    folder: PathBuf,
    settings: Settings,
    number: u64,
    /// With the moment when it was begun.
    growing: Option<(Growing, Duration)>,
    written: Written,
}

impl Segments {
    fn run(&mut self, shared: &Shared) {
        while let Some(group) = shared.group(self.settings.commit_interval, self.time_left()) {
            let bytes = group.iter().map(|(line, _)| bytes_of(line)).sum();
            let (lines, thens): (Vec<Line>, Vec<Then>) = group.into_iter().unzip();
            let outcome = if lines.is_empty() { Ok(()) } else { self.append(&lines) };
            drop(lines);
            shared.done(bytes);
            let count = if outcome.is_ok() { &mut self.written.pairs } else { &mut self.written.lost };
            *count += thens.len() as u64;
            thens.into_iter().for_each(|then| then(outcome.clone()));
            self.close_if_full();
        }
    }

    /// Until the segment is old.
    fn time_left(&self) -> Option<Duration> {
        let (_, begun) = self.growing.as_ref()?;
        Some((*begun + self.settings.segment_age_max).saturating_sub((self.settings.clock)()))
    }

    fn append(&mut self, lines: &[Line]) -> Result<(), Lost> {
        let (mut growing, begun) = match self.growing.take() {
            Some(growing) => growing,
            None => self.begin().map_err(|why| Lost::NotWritten { why: Arc::new(why) })?,
        };
        let appended = growing.append(lines);
        match &appended {
            Ok(()) => self.growing = Some((growing, begun)),
            Err(_) => self.leave(growing),
        }
        appended
    }

    fn begin(&mut self) -> io::Result<(Growing, Duration)> {
        loop {
            self.number += 1;
            let name = format!("{}-{:06}.{ENDING}", self.settings.writer, self.number);
            let path = self.folder.join(name);
            let Settings { level, block_bytes, .. } = self.settings;
            match Growing::create(&*self.files, &path, level, block_bytes) {
                Ok(growing) => {
                    self.written.segments += 1;
                    return Ok((growing, (self.settings.clock)()));
                }
                // Each try is another name, so it ends.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// After an error of the disk nothing is believed of the file but what was acknowledged.
    fn leave(&mut self, growing: Growing) {
        self.written.left_open += 1;
        let (path, is_empty) = (growing.path().to_owned(), growing.pairs() == 0);
        drop(growing);
        if is_empty && self.files.remove(&path).is_ok() {
            self.written.left_open -= 1;
            self.written.segments -= 1;
        }
    }

    fn close_if_full(&mut self) {
        let is_old = self.time_left().is_some_and(|left| left.is_zero());
        let is_full = self.growing.as_ref().is_some_and(|(growing, _)| {
            growing.bytes() >= self.settings.segment_bytes_max
                || growing.pairs() + GROUP_PAIRS_MAX > PAIRS_MAX
        });
        if is_old || is_full {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some((growing, _)) = self.growing.take()
            && growing.close().is_err()
        {
            self.written.left_open += 1;
        }
    }

    fn end(mut self) -> Written {
        self.close();
        if self.written.left_open > 0
            && let Ok(recovered) = recover(&*self.files, &self.folder)
        {
            let mended = recovered.closed + recovered.removed;
            self.written.left_open = self.written.left_open.saturating_sub(mended);
        }
        self.written
    }
}
