//! Keys in files beside the configuration: made at first use, their owner's alone, never in git.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The folder beside the configuration for what is not to be shared; it tells git to ignore it.
const FOLDER: &str = ".cutover";

/// A key's file.
#[derive(Clone, Copy, Debug)]
pub struct KeyFile {
    /// Its name in the folder.
    pub file: &'static str,
    /// As messages call it.
    pub what: &'static str,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file is there and cannot be read.
    #[error("read the {what} {path}", path = .path.display())]
    Read {
        /// Of what.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("others may read the {what} {path}: chmod 600 {path}", path = .path.display())]
    Open {
        /// Of what.
        what: &'static str,
        /// Which.
        path: PathBuf,
    },
    /// The file could not be made.
    #[error("make the {what} {path}", path = .path.display())]
    Make {
        /// Of what.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to put into it.
    #[error("make a {what}: {why}")]
    Nothing {
        /// Of what.
        what: &'static str,
        /// Why.
        why: String,
    },
}

/// Where the file is.
pub fn path(folder: &Path, key: KeyFile) -> PathBuf {
    folder.join(FOLDER).join(key.file)
}

/// The text of the file; where it is missing, it is made with what `make` answers.
pub fn find_or_make(
    folder: &Path,
    key: KeyFile,
    make: impl FnOnce() -> Result<Zeroizing<String>, String>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let path = path(folder, key);
    if let Some(text) = read(&path, key)? {
        return Ok(text);
    }
    let text = make().map_err(|why| KeyFileError::Nothing { what: key.what, why })?;
    match write_new(&path, &text) {
        Ok(()) => Ok(text),
        // Another process made it since we looked: its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(&path, key)?.ok_or_else(|| {
            KeyFileError::Make { what: key.what, path, source: io::ErrorKind::NotFound.into() }
        }),
        Err(source) => Err(KeyFileError::Make { what: key.what, path, source }),
    }
}

/// The text of the file that is to take its place, where there is one.
pub fn next(folder: &Path, key: KeyFile) -> Result<Option<Zeroizing<String>>, KeyFileError> {
    read(&next_path(folder, key), key)
}

/// Writes what is to take the file's place.
pub fn write_next(folder: &Path, key: KeyFile, text: &str) -> Result<(), KeyFileError> {
    let path = next_path(folder, key);
    write_new(&path, text).map_err(|source| KeyFileError::Make { what: key.what, path, source })
}

/// Puts it into the file's place.
pub fn take_next(folder: &Path, key: KeyFile) -> Result<(), KeyFileError> {
    let to = path(folder, key);
    let moved = fs::rename(next_path(folder, key), &to).and_then(|()| sync(&to));
    moved.map_err(|source| KeyFileError::Make { what: key.what, path: to, source })
}

/// Removes it: the file's own key is the one.
pub fn drop_next(folder: &Path, key: KeyFile) -> Result<(), KeyFileError> {
    let path = next_path(folder, key);
    fs::remove_file(&path).map_err(|source| KeyFileError::Make { what: key.what, path, source })
}

fn next_path(folder: &Path, key: KeyFile) -> PathBuf {
    folder.join(FOLDER).join(format!("{}.next", key.file))
}

fn read(path: &Path, key: KeyFile) -> Result<Option<Zeroizing<String>>, KeyFileError> {
    let failed = |source| KeyFileError::Read { what: key.what, path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(text) => {
            refuse_open(path, key)?;
            Ok(Some(Zeroizing::new(text)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// The file is there whole or not at all: a key that was cut off would be taken for the key, and open nothing.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    fs::write(folder.join(".gitignore"), "*\n")?;
    let beside = beside(path);
    let written = write_whole(&beside, text).and_then(|()| appear(&beside, path));
    // After a rename it is not there any more.
    drop(fs::remove_file(&beside));
    written?;
    sync(path)
}

/// Where a process writes what is to appear; one that was killed leaves there what nobody reads.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(Zeroizing::new(format!("{text}\n")).as_bytes())?;
    file.sync_all()
}

/// Another process's key is never written over: with what it was made for, it would be lost.
fn appear(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system has links.
        Err(_) if !path.exists() => fs::rename(beside, path),
        Err(error) => Err(error),
    }
}

/// The folder's own entry is on the disk too: what is sealed with a key that is gone is lost.
fn sync(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(unix)]
fn refuse_open(path: &Path, key: KeyFile) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let read = |source| KeyFileError::Read { what: key.what, path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(read)?.permissions().mode();
    let is_its_owners = mode & 0o077 == 0;
    if is_its_owners { Ok(()) } else { Err(KeyFileError::Open { what: key.what, path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn refuse_open(_: &Path, _: KeyFile) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const KEY: KeyFile = KeyFile { file: "a.key", what: "key" };

    fn made(folder: &Path, text: &str) -> String {
        let made = find_or_make(folder, KEY, || Ok(Zeroizing::new(text.to_owned())));
        made.expect("it is made or found").trim().to_owned()
    }

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder.join(FOLDER)).expect("it was made");
        let names =
            entries.map(|entry| entry.expect("it is an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_key_is_made_once_and_nothing_is_left_beside_it() {
        let scratch = Scratch::new("key-once");
        assert_eq!(made(scratch.path(), "first"), "first");
        assert_eq!(made(scratch.path(), "second"), "first");
        write_next(scratch.path(), KEY, "third").expect("it is written");
        assert_eq!(files(scratch.path()), [".gitignore", "a.key", "a.key.next"]);
        take_next(scratch.path(), KEY).expect("it is there");
        assert_eq!(made(scratch.path(), "fourth"), "third");
    }

    #[test]
    fn what_a_killed_process_had_begun_to_write_is_no_key() {
        let scratch = Scratch::new("key-torn");
        let path = path(scratch.path(), KEY);
        let begun = beside(&path);
        assert_ne!(begun, path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it is made");
        fs::write(&begun, "fir").expect("it is written");
        assert_eq!(made(scratch.path(), "first"), "first");
        assert_eq!(files(scratch.path()), [".gitignore", "a.key"]);
    }

    #[test]
    fn a_key_that_another_process_made_meanwhile_stays() {
        let scratch = Scratch::new("key-other");
        let path = path(scratch.path(), KEY);
        write_new(&path, "theirs").expect("it is written");
        let error = write_new(&path, "ours").expect_err("it is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(made(scratch.path(), "ours"), "theirs");
        assert_eq!(files(scratch.path()), [".gitignore", "a.key"]);
    }
}
