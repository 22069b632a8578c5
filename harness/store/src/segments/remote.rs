//! Segments that lie elsewhere than on this disk, and how closed ones get there.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::disk::{FileSystem, ReadAt};
use super::folder::segments;
use super::reader::{Segment, State};

/// A place for closed segments, each under its file's name, there whole or not at all.
pub trait Remote: fmt::Debug + Send + Sync {
    /// The names of all that are there, sorted.
    fn names(&self) -> io::Result<Vec<String>>;

    /// One to read.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>>;

    /// Puts one there; durable when this returns. The same one again changes nothing; another one of this name is an
    /// error.
    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()>;
}

/// Uploads the closed segments of a folder, and removes each when it is there; until then the folder is where they are kept.
///
/// What a crash interrupts is done by the next one: a segment may be in both places for a while, and is read once.
pub struct Uploader {
    end: Sender<()>,
    thread: Option<JoinHandle<Uploaded>>,
}

/// What an uploader has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Segments that are elsewhere now.
    pub segments: u64,
    /// Closed segments that are still in the folder.
    pub left: u64,
    /// Why the last of them is.
    pub why: Option<String>,
}

impl Uploader {
    /// Starts on a thread of its own, which looks at the folder so often; what could not be uploaded is tried again then.
    /// `told` hears on that thread of each look after which something is otherwise, and at once where the place does not answer.
    pub fn start(
        files: Arc<dyn FileSystem>,
        folder: &Path,
        remote: Arc<dyn Remote>,
        look_every: Duration,
        told: impl Fn(&Uploaded) + Send + 'static,
    ) -> io::Result<Uploader> {
        let (end, ended) = mpsc::channel();
        let folder = folder.to_owned();
        let thread = thread::Builder::new().name("upload".to_owned()).spawn(move || {
            let mut uploaded = Uploaded::default();
            // Whoever gave a wrong key hears of it now, not when the first segment is closed.
            if let Err(error) = remote.names() {
                uploaded.why = Some(error.to_string());
                told(&uploaded);
            }
            loop {
                let is_last = ended.recv_timeout(look_every) != Err(RecvTimeoutError::Timeout);
                let before = uploaded.clone();
                look(&*files, &folder, &*remote, &mut uploaded);
                if uploaded != before {
                    told(&uploaded);
                }
                if is_last {
                    return uploaded;
                }
            }
        })?;
        Ok(Uploader { end, thread: Some(thread) })
    }

    /// Looks through the folder once more, and says what was done: to be called when its writer is closed.
    pub fn finish(mut self) -> Uploaded {
        // Its thread ends by nothing else.
        let _ = self.end.send(());
        self.thread.take().map(JoinHandle::join).and_then(Result::ok).unwrap_or_default()
    }
}

/// Moves every closed segment of the folder. A place that does not take one is asked for no other before the next look: each
/// would wait as long.
fn look(files: &dyn FileSystem, folder: &Path, remote: &dyn Remote, uploaded: &mut Uploaded) {
    (uploaded.left, uploaded.why) = (0, None);
    let paths = match segments(files, folder) {
        Ok(paths) => paths,
        Err(error) => {
            uploaded.why = Some(format!("{}: {error}", folder.display()));
            return;
        }
    };
    let mut is_down = false;
    for path in paths {
        let outcome = match is_closed(files, &path) {
            Ok(false) => continue,
            Ok(true) if is_down => {
                uploaded.left += 1;
                continue;
            }
            Ok(true) => one(files, &path, remote, &mut is_down),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => uploaded.segments += 1,
            // Another program of the same folder has moved it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_down => {}
            Err(error) => {
                uploaded.left += 1;
                uploaded.why = Some(format!("{}: {error}", path.display()));
            }
        }
    }
}

fn is_closed(files: &dyn FileSystem, path: &Path) -> io::Result<bool> {
    let segment =
        Segment::open(files.open(path)?).map_err(|problem| io::Error::other(problem.to_string()))?;
    Ok(matches!(segment.state(), State::Closed { .. }))
}

fn one(files: &dyn FileSystem, path: &Path, remote: &dyn Remote, is_down: &mut bool) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidFilename)?;
    let file = files.open(path)?;
    let mut bytes = vec![0; usize::try_from(file.length()?).map_err(io::Error::other)?];
    super::disk::read_exactly(&*file, &mut bytes, 0)?;
    // That another segment has this name there says nothing of the others.
    remote.put(name, bytes).inspect_err(|error| *is_down = error.kind() != io::ErrorKind::AlreadyExists)?;
    files.remove(path)
}
