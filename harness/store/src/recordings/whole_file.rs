//! Files that appear whole or not at all: written under a hidden name, synced, renamed, and the folder synced.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What to do where the file exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// An error; the file stays as it is.
    Refuse,
    /// The new one takes its place, whole.
    Replace,
}

/// A file that is being written; dropped before [`WholeFile::finish`], it leaves nothing behind.
pub(super) struct WholeFile {
    hidden: PathBuf,
    path: PathBuf,
    if_exists: IfExists,
    file: Option<File>,
}

impl WholeFile {
    /// Starts a file of this name; its folder is made where it is missing.
    pub(super) fn create(path: &Path, if_exists: IfExists) -> io::Result<Self> {
        refuse(path, if_exists)?;
        make_folder(path.parent().unwrap_or(Path::new("")))?;
        // What a killed writer left under this name is of no use to anybody.
        let hidden = hidden_name(path)?;
        let file = File::create(&hidden)?;
        Ok(WholeFile { hidden, path: path.to_owned(), if_exists, file: Some(file) })
    }

    /// Makes the file appear under its name, on the disk when this returns.
    pub(super) fn finish(mut self) -> io::Result<PathBuf> {
        if let Some(file) = &self.file {
            file.sync_all()?;
        }
        refuse(&self.path, self.if_exists)?;
        fs::rename(&self.hidden, &self.path)?;
        self.file = None;
        if let Some(folder) = self.path.parent() {
            sync_folder(folder)?;
        }
        Ok(self.path.clone())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Hidden files are ignored by every reader, so one that cannot be removed does no harm.
            let _ = fs::remove_file(&self.hidden);
        }
    }
}

/// The name of a file while it is being written.
pub(crate) fn hidden_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".partial");
    Ok(path.with_file_name(hidden))
}

/// Makes a folder and those above it, and has the disk remember them.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    make_folder(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Another writer made it in between, or it is a file.
            if folder.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
        }
        made => made,
    }?;
    sync_folder(parent)
}

fn refuse(path: &Path, if_exists: IfExists) -> io::Result<()> {
    match if_exists {
        IfExists::Refuse if path.exists() => Err(io::ErrorKind::AlreadyExists.into()),
        IfExists::Refuse | IfExists::Replace => Ok(()),
    }
}

/// Brings the names in a folder to the disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
