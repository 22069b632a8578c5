//! Segments: the files of live capture, appended to in groups, and whole after a crash. This page is their story.
//!
//! # The file, version 2
//!
//! ```text
//! header     24 bytes: magic, version, the file's identity, checksum
//! chunk      24 bytes: lengths, pairs, kind, checksums; then a piece of a Zstandard frame
//! chunk …    one or more for each group that was acknowledged together
//! catalogue  what `ls` tells of each pair, in columns; written when the segment is closed, as is all below
//! ids        a hash of each id and the pair's number, sorted and packed, in pages of 4 KiB with a checksum each
//! directory  where the blocks and pages begin
//! trailer    48 bytes: where the directory lies, pairs, bytes that could not be read, checksum
//! ```
//!
//! All numbers are little-endian. A chunk, decompressed, is one or more lines, each a pair of the format in
//! [`crate::format`]. A *block* is a Zstandard frame; its first chunk begins it, further ones go on with it, so that small
//! groups compress as well as large ones and a pair is read by decompressing one block at most. The checksum of a
//! chunk's head is seeded with the file's identity and the chunk's place, so that what a file system left of another
//! file is never taken for a chunk.
//!
//! A segment is *open* while it has no trailer: its writer is at work, or was killed. It is read all the same, chunk by
//! chunk, up to the last whole one. A closed one is never written to again.
//!
//! # What is guaranteed
//!
//! - A pair is **acknowledged** when its chunk, and the file's name in its folder, were brought to the disk (`fsync`).
//!   Pairs that come within [`Settings::commit_interval`] are brought there together.
//! - Everything acknowledged is read after a crash of the process, and of the machine if its disk keeps what it was
//!   told to keep. What was not acknowledged may be read or not, but whole, and never twice.
//! - A torn chunk is never read: its head or its checksum does not fit. Bytes behind the last whole chunk are counted
//!   and told ([`crate::recordings::ReadProblem::TornTail`]), until the next writer of the folder closes the segment; then the trailer says
//!   how many there were. They stay where they are: nothing is cut off that somebody may want to look at.
//! - An error of the disk reaches everybody whose pair it concerns, as [`Lost`]. A writer that can takes the file back to what was
//!   acknowledged and says [`Lost::NotWritten`]: the pair is nowhere. Else [`Lost::Unknown`]: it may be read later, so
//!   whoever appends it again risks that it is there twice. It goes on in a new segment.
//! - Damage in the middle of a closed segment costs the pairs of that block, is told, and the others are read. A damaged
//!   index is not believed: the segment is read through instead.
//! - Where one pair is looked for among many, that takes a few small reads for each segment and one block.
//! - Several writers may share a folder: each has its own name, and locks the segment that it writes.
//!
//! # Elsewhere
//!
//! With object storage ([`Remote`]) the folder is a spool. A pair is acknowledged when it is on the disk of the spool, as above. A
//! segment that is closed is put into the bucket, whole and under its own name, and removed from the spool when it is durable
//! there ([`Uploader`]); one that is in both places is read once. So what was acknowledged is lost only with the spool's disk, and
//! for no longer than a segment may be open.
//!
//! # Versions
//!
//! An old reader refuses a segment of a newer version, by name, as one record that could not be read. A reader reads every version that
//! there was: the folder `tests/segments` of the repository has one of each, for ever. An old *writer* never touches a segment that it does not know, nor
//! one that is closed: it begins a file of its own. A new writer closes what an older one left open in the older version. A kind
//! of chunk, a column or a field of the trailer cannot be added without a new version.
//!
//! - 1: an id's hash and its pair's number took eight bytes in their page, as they are (`ids`).
//! - 2: they are packed into three to four (`packed`), because an index that is a tenth of a segment is felt.

mod block;
mod catalogue;
mod disk;
mod entry;
mod folder;
mod frame;
mod growing;
mod ids;
mod packed;
mod reader;
mod writer;
mod whole;
mod remote;
#[cfg(feature = "object-storage")]
mod bucket;

#[cfg(feature = "object-storage")]
pub use bucket::{Bucket, BucketError};
pub use disk::{Disk, FileSystem, GrowingFile, ReadAt};
pub use entry::{Answer, Entry, EntryRedaction};
pub use folder::{FOLDER, Recovered, recover};
pub use growing::Lost;
pub use reader::{Entries, Segment, SegmentRecords, State};
pub use remote::{Remote, Uploaded, Uploader};
pub use whole::WholeSegment;
pub use writer::{AppendError, Clock, NotASetting, SegmentWriter, Settings, Ticket, Written};

/// The version that is written; it and older ones are read.
pub const VERSION: u32 = 2;

#[cfg(test)]
mod faulty;
#[cfg(test)]
mod faults_tests;
#[cfg(test)]
mod tests;
