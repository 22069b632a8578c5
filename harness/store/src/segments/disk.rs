//! The few calls that segments make of a file system, so that tests can make each of them fail.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::recordings::{make_folder, sync_folder};

/// A place for segments.
pub trait FileSystem: Send + Sync {
    /// Makes a folder and those above it, and has the disk remember them.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// The files in a folder, sorted; none where there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// A new file, locked as long as it is held; an error where the name is taken.
    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>>;

    /// A file to go on with, locked as long as it is held; `None` where another writer holds it.
    fn reopen(&self, path: &Path) -> io::Result<Option<Box<dyn GrowingFile>>>;

    /// A file to read.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Brings the names in a folder to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// A file that is read from any place.
pub trait ReadAt: Send {
    /// Bytes now; a file that is written grows.
    fn length(&self) -> io::Result<u64>;

    /// Reads some bytes from a place on; none at the end.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Whether a writer holds it.
    fn is_held(&self) -> bool;
}

/// A file that is written at its end.
pub trait GrowingFile: ReadAt {
    /// Writes some of the bytes at the end, and says how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Brings everything to the disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes the file back to a length that it had.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The machine's own disk.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl FileSystem for Disk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        make_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let files = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut files = files.collect::<io::Result<Vec<_>>>()?;
        files.sort();
        Ok(files)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>> {
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(path)?;
        // A reader that asks whether the file is held holds it for a moment.
        file.lock()?;
        Ok(Box::new(file))
    }

    fn reopen(&self, path: &Path) -> io::Result<Option<Box<dyn GrowingFile>>> {
        let file = OpenOptions::new().read(true).append(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(File::open(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        sync_folder(folder)
    }
}

impl ReadAt for File {
    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, bytes, offset)
    }

    fn is_held(&self) -> bool {
        let is_held = matches!(self.try_lock_shared(), Err(TryLockError::WouldBlock));
        if !is_held {
            // Closing the file would end it too.
            let _ = self.unlock();
        }
        is_held
    }
}

impl GrowingFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Reads all of the bytes; an error where the file ends before.
pub(super) fn read_exactly(file: &dyn ReadAt, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of the bytes at the end.
pub(super) fn append_all(file: &mut dyn GrowingFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
