//! Writes pairs: one a file, or many into one JSON Lines file that appears when it is complete.

use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use compare::model::Pair;

use super::lines::RECORD_BYTES_MAX;
use super::whole_file::{IfExists, WholeFile};
use super::{Recordings, Shape, StoreError, file_of_id};
use crate::format;
use crate::line::Line;

/// The compressor's own default: beyond it, files shrink little and time grows much.
const ZSTD_LEVEL: i32 = 3;

impl Recordings {
    /// Writes one pair into the file of its id, its secrets removed; the file appears whole or not at all.
    pub fn write(&self, pair: &Pair, if_exists: IfExists) -> Result<PathBuf, StoreError> {
        let line = Line::of(pair)?;
        let text = format::pretty(line.text());
        // Laid out it is longer.
        if text.len() as u64 > RECORD_BYTES_MAX {
            return Err(StoreError::TooLarge { id: pair.id.clone() });
        }
        let name = &pair.id[pair.operation.len() + 1..];
        let path = self.root.join(file_of_id(&pair.operation, name));
        let write = || {
            let mut file = WholeFile::create(&path, if_exists)?;
            file.write_all(text.as_bytes())?;
            file.finish()
        };
        write().map_err(|source| failed(&path, source))
    }

    /// Starts a JSON Lines file below the root, compressed where its name ends with `.zst`.
    pub fn create_jsonl(&self, file: &Path, if_exists: IfExists) -> Result<JsonlWriter, StoreError> {
        let is_below = file.components().all(|part| match part {
            Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
        });
        let path = self.root.join(file);
        let whole = || WholeFile::create(&path, if_exists).map_err(|source| failed(&path, source));
        let sink = match Shape::of(file) {
            Some(Shape::Lines) if is_below => Sink::Plain(Box::new(BufWriter::new(whole()?))),
            Some(Shape::ZstdLines) if is_below => {
                let encoder =
                    zstd::stream::write::Encoder::new(whole()?, ZSTD_LEVEL).and_then(|mut encoder| {
                        encoder.include_checksum(true)?;
                        Ok(encoder)
                    });
                Sink::Zstd(Box::new(encoder.map_err(|source| failed(&path, source))?))
            }
            Some(Shape::Json | Shape::Lines | Shape::ZstdLines | Shape::Segment) | None => {
                return Err(StoreError::FileName { path: file.to_owned() });
            }
        };
        Ok(JsonlWriter { path, sink })
    }
}

/// A JSON Lines file that is being written; dropped before [`JsonlWriter::finish`], it leaves nothing behind.
pub struct JsonlWriter {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Plain(Box<BufWriter<WholeFile>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, WholeFile>>),
}

impl JsonlWriter {
    /// Adds a pair, its secrets removed.
    pub fn write(&mut self, pair: &Pair) -> Result<(), StoreError> {
        let line = Line::of(pair)?;
        let file: &mut dyn Write = match &mut self.sink {
            Sink::Plain(file) => file,
            Sink::Zstd(file) => file,
        };
        let written = file.write_all(line.text().as_bytes()).and_then(|()| file.write_all(b"\n"));
        written.map_err(|source| failed(&self.path, source))
    }

    /// Makes the file appear, on the disk when this returns.
    pub fn finish(self) -> Result<PathBuf, StoreError> {
        let JsonlWriter { path, sink } = self;
        let whole = match sink {
            Sink::Plain(file) => file.into_inner().map_err(io::IntoInnerError::into_error),
            Sink::Zstd(file) => file.finish(),
        };
        whole.and_then(WholeFile::finish).map_err(|source| failed(&path, source))
    }
}

fn failed(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::AlreadyExists {
        StoreError::Exists { path }
    } else {
        StoreError::Write { path, source }
    }
}
