//! Where new pairs are written: a file each, which people read in git, or segments, which hold many.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compare::model::Pair;
use store::recordings::{IfExists, Recordings, StoreError};
use store::segments::{self, AppendError, Disk, Lost, SegmentWriter};

use crate::options::{Stopwatch, Where};

/// A run that wants more pairs writes segments, where it is not told otherwise: as many files are nothing that anybody reads, and slow to list.
pub const FILES_MAX: usize = 1_000;

/// Why a pair is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A file of its own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The segment does not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The segment could not be written.
    #[error("write a segment")]
    Lost(#[source] Lost),
}

/// Takes new pairs.
pub enum Place<'r> {
    /// A file each.
    Files {
        /// Below it.
        recordings: &'r Recordings,
        /// So far.
        written: u64,
    },
    /// Segments, which are written by a thread of their own.
    Segments {
        /// The writer.
        writer: SegmentWriter,
        /// What has become of the pairs.
        fate: Arc<Fate>,
    },
}

/// What has become of pairs that a segment took.
#[derive(Default)]
pub struct Fate {
    written: AtomicU64,
    lost: Mutex<Option<Lost>>,
}

impl<'r> Place<'r> {
    /// For a run that wants so many pairs; `name` is no other run's.
    pub fn open(
        recordings: &'r Recordings,
        into: Where,
        wanted: usize,
        name: String,
    ) -> Result<Place<'r>, StoreError> {
        let is_many = match into {
            Where::Files => false,
            Where::Segments => true,
            Where::ByNumber => wanted > FILES_MAX,
        };
        if !is_many {
            return Ok(Place::Files { recordings, written: 0 });
        }
        let began = Stopwatch::start();
        let settings = segments::Settings::new(name, Arc::new(move || began.elapsed()));
        let folder = recordings.root().join(segments::FOLDER);
        let writer = SegmentWriter::open(Arc::new(Disk), &folder, settings)?;
        Ok(Place::Segments { writer, fate: Arc::default() })
    }

    /// Takes a pair. A segment has it on the disk a moment later; that an earlier one was lost is told here.
    pub fn take(&mut self, pair: &Pair) -> Result<(), PlaceError> {
        match self {
            Place::Files { recordings, written } => {
                recordings.write(pair, IfExists::Refuse)?;
                *written += 1;
            }
            Place::Segments { writer, fate } => {
                fate.told()?;
                let fate = Arc::clone(fate);
                writer.append_then(pair, move |result| fate.add(result))?;
            }
        }
        Ok(())
    }

    /// How many pairs are on the disk, once all that were taken are.
    pub fn close(self) -> Result<u64, PlaceError> {
        match self {
            Place::Files { written, .. } => Ok(written),
            Place::Segments { writer, fate } => {
                writer.close();
                fate.told()?;
                Ok(fate.written.load(Ordering::Relaxed))
            }
        }
    }
}

impl Fate {
    fn add(&self, result: Result<(), Lost>) {
        match result {
            Ok(()) => drop(self.written.fetch_add(1, Ordering::Relaxed)),
            Err(lost) => {
                self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(lost);
            }
        }
    }

    fn told(&self) -> Result<(), PlaceError> {
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(lost) => Err(PlaceError::Lost(lost)),
            None => Ok(()),
        }
    }
}
