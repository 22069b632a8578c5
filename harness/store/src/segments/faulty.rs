//! A disk in memory that forgets what was not synced when it crashes, and fails at the call that it is told.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{FileSystem, GrowingFile, ReadAt};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call fails, and nothing is done.
    Fails,
    /// A write takes half of the bytes; another call is done, but says that it failed.
    Half,
    /// From this call on there is no room: writes take what fits, which is nothing, and new files cannot be made.
    NoRoom,
    /// From this call on every call fails.
    Dead,
    /// The machine stops before the call: nothing from here on is done, and what was not synced may be gone.
    Crash,
}

/// A disk in memory.
#[derive(Clone, Default)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    files: BTreeMap<PathBuf, Content>,
    /// The names that are on the disk.
    names: BTreeMap<PathBuf, Content>,
    calls: u64,
    fault: Option<(u64, Fault)>,
    struck: bool,
}

type Content = Arc<Mutex<Bytes>>;

#[derive(Default)]
struct Bytes {
    now: Vec<u8>,
    /// What a crash leaves for certain.
    synced: Vec<u8>,
    is_held: bool,
}

/// What a crash does to bytes that were written and not synced.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unsynced {
    Gone,
    Kept,
    Half,
    /// The length is there, and what stands in it is not.
    Zeros,
}

impl FaultyDisk {
    /// Goes wrong at the call of this number, from 1.
    pub(super) fn fails_at(call: u64, fault: Fault) -> FaultyDisk {
        let disk = FaultyDisk::default();
        disk.state().fault = Some((call, fault));
        disk
    }

    /// Whether the call was reached at which it was to go wrong.
    pub(super) fn was_struck(&self) -> bool {
        self.state().struck
    }

    /// What the next start of the machine finds.
    pub(super) fn after_crash(&self, unsynced: Unsynced) -> FaultyDisk {
        let state = self.state();
        let names = match unsynced {
            Unsynced::Kept => &state.files,
            Unsynced::Gone | Unsynced::Half | Unsynced::Zeros => &state.names,
        };
        let kept = |content: &Content| {
            let content = lock(content);
            let mut bytes = content.synced.clone();
            let added = content.now.get(bytes.len()..).unwrap_or_default();
            match unsynced {
                Unsynced::Gone => {}
                Unsynced::Kept => bytes.extend(added),
                Unsynced::Half => bytes.extend(&added[..added.len() / 2]),
                Unsynced::Zeros => bytes.extend(added.iter().map(|_| 0)),
            }
            Arc::new(Mutex::new(Bytes { synced: bytes.clone(), now: bytes, is_held: false }))
        };
        let files: BTreeMap<PathBuf, Content> =
            names.iter().map(|(path, content)| (path.clone(), kept(content))).collect();
        let state = State { names: files.clone(), files, ..State::default() };
        FaultyDisk(Arc::new(Mutex::new(state)))
    }

    /// Takes over another disk's files; its own fault stays.
    pub(super) fn begin_with(&self, other: &FaultyDisk) {
        let other = other.state();
        let mut state = self.state();
        (state.files, state.names) = (other.files.clone(), other.names.clone());
    }

    /// A disk that lied: nothing that was written after a file's first bytes is on it.
    pub(super) fn forget_syncs(&self) {
        for content in self.state().names.values() {
            lock(content).synced.truncate(100);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Counts a call; says what goes wrong with it.
    fn call(&self) -> io::Result<Option<Fault>> {
        let mut state = self.state();
        state.calls += 1;
        let Some((at, fault)) = state.fault else { return Ok(None) };
        if state.calls < at {
            return Ok(None);
        }
        state.struck = true;
        let is_first = state.calls == at;
        match fault {
            Fault::Fails if is_first => Err(io::Error::other("it fails")),
            Fault::Half if is_first => Ok(Some(Fault::Half)),
            Fault::Fails | Fault::Half => Ok(None),
            Fault::NoRoom => Ok(Some(Fault::NoRoom)),
            Fault::Dead | Fault::Crash => Err(io::Error::other("it is dead")),
        }
    }

    fn hold(&self, content: &Content) -> Box<dyn GrowingFile> {
        Box::new(Held { disk: self.clone(), content: Arc::clone(content), is_writer: true })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

fn no_room() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

/// For calls that either are done or are not; with [`Fault::Half`] it is done, and says that it is not.
fn finish(fault: Option<Fault>) -> io::Result<()> {
    if fault == Some(Fault::Half) { Err(io::Error::other("it says that it failed")) } else { Ok(()) }
}

impl FileSystem for FaultyDisk {
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        self.call().and_then(finish)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        finish(self.call()?)?;
        Ok(self.state().files.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>> {
        let fault = self.call()?;
        if fault == Some(Fault::NoRoom) {
            return Err(no_room());
        }
        let mut state = self.state();
        if state.files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let content = Arc::new(Mutex::new(Bytes { is_held: true, ..Bytes::default() }));
        state.files.insert(path.to_owned(), Arc::clone(&content));
        drop(state);
        let held = self.hold(&content);
        finish(fault)?;
        Ok(held)
    }

    fn reopen(&self, path: &Path) -> io::Result<Option<Box<dyn GrowingFile>>> {
        let fault = self.call()?;
        let content = self.state().files.get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        let was_held = std::mem::replace(&mut lock(&content).is_held, true);
        if was_held {
            return Ok(None);
        }
        let held = self.hold(&content);
        finish(fault)?;
        Ok(Some(held))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        finish(self.call()?)?;
        let content = self.state().files.get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Held { disk: self.clone(), content, is_writer: false }))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let fault = self.call()?;
        self.state().files.remove(path).ok_or(io::ErrorKind::NotFound)?;
        finish(fault)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let fault = self.call()?;
        let mut state = self.state();
        let State { files, names, .. } = &mut *state;
        names.retain(|path, _| path.parent() != Some(folder));
        let here = files.iter().filter(|(path, _)| path.parent() == Some(folder));
        names.extend(here.map(|(path, content)| (path.clone(), Arc::clone(content))));
        drop(state);
        finish(fault)
    }
}

/// An open file; a writer's is held until it is dropped.
struct Held {
    disk: FaultyDisk,
    content: Content,
    is_writer: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_writer {
            lock(&self.content).is_held = false;
        }
    }
}

impl ReadAt for Held {
    fn length(&self) -> io::Result<u64> {
        finish(self.disk.call()?)?;
        Ok(lock(&self.content).now.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        finish(self.disk.call()?)?;
        let content = lock(&self.content);
        let rest =
            usize::try_from(offset).ok().and_then(|offset| content.now.get(offset..)).unwrap_or_default();
        // Short reads are usual.
        let length = rest.len().min(bytes.len()).min(100_000);
        bytes[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn is_held(&self) -> bool {
        lock(&self.content).is_held
    }
}

impl GrowingFile for Held {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fault = self.disk.call()?;
        let mut content = lock(&self.content);
        let taken = match fault {
            Some(Fault::NoRoom) => return Err(no_room()),
            Some(Fault::Half) => bytes.len() / 2,
            Some(Fault::Fails | Fault::Dead | Fault::Crash) | None => bytes.len(),
        };
        content.now.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn sync(&mut self) -> io::Result<()> {
        let fault = self.disk.call()?;
        let mut content = lock(&self.content);
        if fault == Some(Fault::NoRoom) && content.now.len() > content.synced.len() {
            return Err(no_room());
        }
        content.synced = content.now.clone();
        finish(fault)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let fault = self.disk.call()?;
        lock(&self.content).now.truncate(usize::try_from(length).expect("it had the length"));
        finish(fault)
    }
}
