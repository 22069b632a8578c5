//! Recordings on disk: the one module that joins paths and opens files.
//!
//! Below the root lies `<operation>/<name>.json`, one pair a file, and anywhere `*.jsonl` and `*.jsonl.zst`, one pair
//! a line, `*.seg`, segments of live capture, and `*.run`, what became of the pairs of each run of it. Hidden files are not part of a recording: files that are still being written are hidden.

mod copies;
mod file_names;
mod heads;
mod lines;
mod records;
pub mod runs;
mod whole_file;
mod writing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compare::model::Pair;

use crate::format::FormatError;
use crate::id::{IdError, check_id};
use crate::segments::{FOLDER, ReadAt, Remote, WholeSegment};
use copies::Copies;

pub use file_names::{file_of_id, name_of_file};
pub use heads::{Catalogue, Head};
pub use lines::{RECORD_BYTES_MAX, ReadProblem};
pub use records::{Location, RawRecord, RecordError, Records};
pub use whole_file::IfExists;
pub use writing::JsonlWriter;

pub(crate) use lines::Lines;
pub(crate) use whole_file::{hidden_name, make_folder, sync_folder};

/// What the disk did not allow, or what a recording must not hold.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The root, or a folder in it.
    #[error("read the folder {path}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be made whole.
    #[error("write {path}")]
    Write {
        /// The file's final name.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is there and must not be replaced.
    #[error("write {path}: it exists")]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The name for a JSON Lines file is none below the root.
    #[error(
        "write {path}: not a name below the recordings that ends with `.jsonl` or `.jsonl.zst` and is not hidden"
    )]
    FileName {
        /// As given.
        path: PathBuf,
    },
    /// The pair's id could not be read back.
    #[error("write the pair {id:?}")]
    Id {
        /// As given.
        id: String,
        /// Why.
        source: IdError,
    },
    /// The pair would not be read back.
    #[error("write the pair {id:?}, which could not be read back")]
    Unreadable {
        /// Its id.
        id: String,
        /// What the reader would say.
        source: FormatError,
    },
    /// The pair is larger than a reader takes.
    #[error("write the pair {id:?}: it is larger than {RECORD_BYTES_MAX} bytes")]
    TooLarge {
        /// Its id.
        id: String,
    },
    /// The pair that was looked for cannot be read.
    #[error("read the pair at {location}")]
    Record {
        /// Where.
        location: Location,
        /// Why.
        source: RecordError,
    },
}

/// The recordings below one folder.
#[derive(Clone, Debug)]
pub struct Recordings {
    root: PathBuf,
    /// Where further segments lie.
    remote: Option<Arc<dyn Remote>>,
}

/// The files of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// What holds pairs, sorted; relative to the root.
    pub files: Vec<PathBuf>,
    /// What says what became of runs of live capture ([`runs::Run`]), sorted.
    pub runs: Vec<PathBuf>,
    /// What is no recording by its name or its kind and is not read, sorted: for a warning.
    pub unknown: Vec<PathBuf>,
}

impl Recordings {
    /// Opens the recordings below a folder; refuses a root that is no folder.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        fs::read_dir(root).map_err(|source| StoreError::Folder { path: root.to_owned(), source })?;
        Ok(Recordings { root: root.to_owned(), remote: None })
    }

    /// Opens the recordings below a folder, which is made where it is missing.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        make_folder(root).map_err(|source| StoreError::Write { path: root.to_owned(), source })?;
        Recordings::open(root)
    }

    /// With the segments that lie elsewhere, which are read as if they were in [`FOLDER`] below the root.
    pub fn with_remote(self, remote: Option<Arc<dyn Remote>>) -> Recordings {
        Recordings { remote, ..self }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file below the root, sorted by path, but for hidden ones; folders that are links are not followed.
    pub fn sources(&self) -> Result<Sources, StoreError> {
        let mut sources = Sources::default();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let path = self.root.join(&folder);
            let failed = |source| StoreError::Folder { path: path.clone(), source };
            for entry in fs::read_dir(&path).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                if entry.file_name().as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                let file = folder.join(entry.file_name());
                if entry.file_type().map_err(failed)?.is_dir() {
                    folders.push(file);
                } else if Shape::of(&file).is_some() && is_or_was_file(&entry.path()) {
                    sources.files.push(file);
                } else if entry.path().is_file() && runs::is_run(&file) {
                    sources.runs.push(file);
                } else {
                    sources.unknown.push(file);
                }
            }
        }
        // Listed after the folder: what is moved in between is found in one of them at least.
        if let Some(remote) = &self.remote {
            let failed = |source| StoreError::Folder { path: self.root.join(FOLDER), source };
            let elsewhere = remote.names().map_err(failed)?;
            sources.files.extend(elsewhere.into_iter().map(|name| Path::new(FOLDER).join(name)));
        }
        sources.files.sort();
        sources.files.dedup();
        sources.runs.sort();
        sources.unknown.sort();
        Ok(sources)
    }

    /// Reads the files, as [`Recordings::sources`] names them, one record at a time. A record that says the same as a
    /// cassette among the files is that cassette, and is passed over.
    ///
    /// Memory is that of the largest record. A record that cannot be read is an item that says so.
    pub fn records(&self, files: Vec<PathBuf>) -> Records {
        self.records_beside(files.clone(), (self, &files))
    }

    /// The same, but for what is a cassette among these, of this recording or another.
    pub fn records_beside(&self, files: Vec<PathBuf>, cassettes: (&Recordings, &[PathBuf])) -> Records {
        // A cassette lies nowhere twice.
        let is_needed = !files.iter().all(|file| is_cassette(file));
        let copies = Copies::of(&cassettes.0.root, if is_needed { cassettes.1 } else { &[] });
        Records::new((self.root.clone(), self.remote.clone()), files, copies)
    }

    /// Where the cassette of a pair lies, or would.
    pub fn path_of(&self, pair: &Pair) -> PathBuf {
        let name = pair.id.get(pair.operation.len() + 1..).unwrap_or_default();
        self.root.join(file_of_id(&pair.operation, name))
    }

    /// The pair in the file of this id; `None` where there is no such file. Files of lines are not looked into.
    pub fn read_own(&self, operation: &str, name: &str) -> Result<Option<Pair>, StoreError> {
        let file = file_of_id(operation, name);
        if !self.root.join(&file).exists() {
            return Ok(None);
        }
        self.records(vec![file]).next().map(|record| found(record).map(|(_, pair)| pair)).transpose()
    }

    /// The pair of this id, as [`Recordings::find_record`] finds it.
    pub fn find(&self, id: &str) -> Result<Option<(Location, Pair)>, StoreError> {
        self.find_record(id)?.map(found).transpose()
    }

    /// The record of this id: at its own path, else the first in the other files, in their order. JSON Lines are read
    /// through, closed segments are asked by their index.
    ///
    /// Records that cannot be read are passed over, unless the pair's own path leads to one.
    pub fn find_record(&self, id: &str) -> Result<Option<RawRecord>, StoreError> {
        let sources = self.sources()?;
        let own = id.split_once('/').filter(|(operation, _)| check_id(id, operation).is_ok());
        let own = own.map(|(operation, name)| file_of_id(operation, name));
        let (own, others): (Vec<PathBuf>, Vec<PathBuf>) = sources
            .files
            .into_iter()
            .filter(|file| own.as_ref() == Some(file) || Shape::of(file) != Some(Shape::Json))
            .partition(|file| own.as_ref() == Some(file));
        if let Some(record) = self.records(own).next() {
            return Ok(Some(record));
        }
        let record = others.into_iter().find_map(|file| match Shape::of(&file) {
            Some(Shape::Segment) => self.find_in_segment(file, id),
            Some(Shape::Json | Shape::Lines | Shape::ZstdLines) | None => {
                self.records(vec![file]).find(|record| record.has_id(id))
            }
        });
        Ok(record)
    }

    /// The bytes of a file of [`Recordings::sources`], wherever it lies: on the disk, or as a segment elsewhere.
    pub fn bytes_of(&self, file: &Path) -> io::Result<Box<dyn ReadAt>> {
        records::open_file(&self.root, self.remote.as_deref(), file)
    }

    /// The bytes of a file on the disk.
    pub fn size(&self, file: &Path) -> Result<u64, StoreError> {
        let path = self.root.join(file);
        fs::metadata(&path)
            .map(|metadata| metadata.len())
            .map_err(|source| StoreError::Folder { path, source })
    }

    /// Removes a file of [`Recordings::sources`], gone from the disk when this returns; answers how large it was.
    pub fn remove(&self, file: &Path) -> Result<u64, StoreError> {
        let (bytes, path) = (self.size(file)?, self.root.join(file));
        let folder = path.parent().unwrap_or(&self.root);
        let removed = fs::remove_file(&path).and_then(|()| sync_folder(folder));
        removed.map(|()| bytes).map_err(|source| StoreError::Write { path: path.clone(), source })
    }

    /// Begins a segment in the place of one of [`Recordings::sources`] that nobody writes.
    pub fn replace_segment(&self, file: &Path) -> Result<WholeSegment, StoreError> {
        WholeSegment::replace(&self.root.join(file))
    }

    /// A segment that cannot be opened is passed over, as its records are.
    fn find_in_segment(&self, file: PathBuf, id: &str) -> Option<RawRecord> {
        let segment = records::open_segment(&self.root, self.remote.as_deref(), &file).ok()?;
        let (number, text) = segment.find(id).ok()??;
        Some(RawRecord { location: Location { file, line: Some(number + 1) }, text: Ok(text) })
    }
}

/// Whether a file is there, or may have been: a link that leads nowhere, and what nobody may look at, are recordings that
/// cannot be read, and not left out in silence.
fn is_or_was_file(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

fn found(record: RawRecord) -> Result<(Location, Pair), StoreError> {
    let location = record.location.clone();
    match record.pair() {
        Ok(pair) => Ok((location, pair)),
        Err(source) => Err(StoreError::Record { location, source }),
    }
}

/// Whether a file, by its name, is a cassette: one pair, for people to read in a git diff.
pub fn is_cassette(file: &Path) -> bool {
    Shape::of(file) == Some(Shape::Json)
}

/// How pairs lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Json,
    Lines,
    ZstdLines,
    Segment,
}

/// Whether a file of a recording is a segment, by its name.
pub fn is_segment(file: &Path) -> bool {
    Shape::of(file) == Some(Shape::Segment)
}

impl Shape {
    fn of(file: &Path) -> Option<Self> {
        let name = file.file_name()?.as_encoded_bytes();
        let ends = [
            (b".json".as_slice(), Shape::Json),
            (b".jsonl".as_slice(), Shape::Lines),
            (b".jsonl.zst".as_slice(), Shape::ZstdLines),
            (b".seg".as_slice(), Shape::Segment),
        ];
        ends.into_iter()
            .find(|(end, _)| name.len() > end.len() && name.ends_with(end))
            .map(|(_, shape)| shape)
    }
}

#[cfg(test)]
mod tests;
