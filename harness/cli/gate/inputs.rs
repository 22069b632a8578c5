//! Every file that a decision rests on, with its digest, taken before the pairs are judged.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};
use evidence::bundle::{Input, InputKind};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use store::recordings::{Recordings, is_segment};
use store::segments::ReadAt;

use crate::cases::folder_of;
use crate::config::Config;
use crate::inventory;
use crate::options::Global;
use crate::snapshots::file_of;
use crate::storage::recordings_if_any;

/// Read at once.
const CHUNK_BYTES: usize = 1 << 18;

/// The files with their digests, and how they looked when they were read.
pub struct Inputs {
    list: Vec<Input>,
    looks: Vec<(Place, Look)>,
    recordings: Option<Recordings>,
}

/// Where a file lies.
#[derive(Clone)]
enum Place {
    Disk(PathBuf),
    /// A segment in object storage, as the recordings name it.
    Elsewhere(PathBuf),
}

/// What tells, without reading it again, that a file was written meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Look {
    fn of(place: &Place, recordings: Option<&Recordings>) -> io::Result<Look> {
        match place {
            Place::Disk(file) => {
                let metadata = fs::metadata(file)?;
                Ok(Look { bytes: metadata.len(), modified: metadata.modified().ok() })
            }
            // What is there is never replaced.
            Place::Elsewhere(file) => {
                let bytes = elsewhere(file, recordings)?.length()?;
                Ok(Look { bytes, modified: None })
            }
        }
    }
}

impl Inputs {
    /// All files of a configuration; those that are absent are not listed, and whoever needs one says so.
    pub fn of(
        config: &Config,
        earlier: Option<&Path>,
        journal: &Path,
        global: &Global,
    ) -> anyhow::Result<Inputs> {
        let recordings = recordings_if_any(config, global)?;
        let files = files(config, (earlier, journal), recordings.as_ref())?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(global.jobs.get())
            .build()
            .context("start the threads")?;
        let read = pool.install(|| {
            let each = files.par_iter().map(|(path, (kind, place))| -> anyhow::Result<_> {
                let context = || format!("read {path}");
                let look = Look::of(place, recordings.as_ref()).with_context(context)?;
                let (bytes, sha256) = digest_of(place, recordings.as_ref()).with_context(context)?;
                Ok((Input { path: path.clone(), kind: *kind, bytes, sha256 }, (place.clone(), look)))
            });
            each.collect::<Result<Vec<_>, _>>()
        })?;
        let (list, looks) = read.into_iter().unzip();
        Ok(Inputs { list, looks, recordings })
    }

    /// By path.
    pub fn list(&self) -> &[Input] {
        &self.list
    }

    /// A decision that rests on a file that was written meanwhile would not be of the file that it names.
    pub fn refuse_changed(&self) -> anyhow::Result<()> {
        for (place, look) in &self.looks {
            if Look::of(place, self.recordings.as_ref()).ok() != Some(*look) {
                let (Place::Disk(file) | Place::Elsewhere(file)) = place;
                bail!("{} changed while the pairs were judged: decide again", file.display());
            }
        }
        Ok(())
    }

    /// The recordings that they were taken of, where there are any.
    pub fn recordings(&self) -> Option<&Recordings> {
        self.recordings.as_ref()
    }
}

/// The digest of a file by the path that a bundle names it by. A segment has the same one on the disk and in object storage.
pub fn digest_now(path: &str, config: &Config, recordings: Option<&Recordings>) -> io::Result<String> {
    let full = config.folder.join(path);
    let place = match full.strip_prefix(config.recordings()) {
        Ok(file) if !full.is_file() => Place::Elsewhere(file.to_owned()),
        _ => Place::Disk(full),
    };
    digest_of(&place, recordings).map(|(_, sha256)| sha256)
}

fn elsewhere(file: &Path, recordings: Option<&Recordings>) -> io::Result<Box<dyn ReadAt>> {
    recordings.ok_or(io::ErrorKind::NotFound)?.bytes_of(file)
}

fn digest_of(place: &Place, recordings: Option<&Recordings>) -> io::Result<(u64, String)> {
    match place {
        Place::Disk(file) => digest_read(&mut File::open(file)?),
        Place::Elsewhere(file) => digest_read(&mut FromStart { file: elsewhere(file, recordings)?, read: 0 }),
    }
}

/// A segment that is read from its first byte to its last.
struct FromStart {
    file: Box<dyn ReadAt>,
    read: u64,
}

impl Read for FromStart {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.read)?;
        self.read += read as u64;
        Ok(read)
    }
}

/// Every file by the path that bundles name it by.
fn files(
    config: &Config,
    (earlier, journal): (Option<&Path>, &Path),
    recordings: Option<&Recordings>,
) -> anyhow::Result<BTreeMap<String, (InputKind, Place)>> {
    let mut files = BTreeMap::new();
    let mut add = |kind: InputKind, full: &Path| {
        if full.is_file() {
            files.entry(named(config, full)).or_insert((kind, Place::Disk(full.to_owned())));
        }
    };
    add(InputKind::Config, &config.file);
    if let Some(accounts) = &config.accounts {
        add(InputKind::Accounts, &accounts.full);
    }
    for provider in [&config.legacy, &config.new].into_iter().flatten() {
        add(
            InputKind::Profile,
            &config.folder.join(format!("mappings/profiles/{}.toml", provider.profile.value)),
        );
    }
    for operation in &config.operations {
        for mapping in operation.all_mappings() {
            add(InputKind::Mapping, &mapping.full);
            for case in listed(&folder_of(&mapping.full))? {
                add(InputKind::Case, &case);
            }
        }
        add(InputKind::Snapshot, &file_of(config, operation));
        for tolerances in &operation.tolerances {
            add(InputKind::Tolerances, &tolerances.full);
        }
    }
    add(InputKind::Upstreams, &config.folder.join("mappings/upstreams.toml"));
    add(InputKind::Inventory, &inventory::document::file(config));
    add(InputKind::Journal, journal);
    if let Some(earlier) = earlier {
        add(InputKind::Bundle, earlier);
    }
    if let Some(recordings) = recordings {
        let (root, sources) = (recordings.root(), recordings.sources()?);
        for file in sources.files.iter().chain(&sources.runs) {
            add(InputKind::Recording, &root.join(file));
        }
        // What is in both places is read from the disk.
        for file in sources.files.into_iter().filter(|file| config.storage.is_some() && is_segment(file)) {
            let path = named(config, &root.join(&file));
            files.entry(path).or_insert((InputKind::Recording, Place::Elsewhere(file)));
        }
    }
    Ok(files)
}

/// From the configuration's folder, with `/` on every system.
fn named(config: &Config, full: &Path) -> String {
    config.shown(full).replace('\\', "/")
}

fn listed(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

/// The length and the SHA-256 of what is read, in pieces.
fn digest_read(reader: &mut dyn Read) -> io::Result<(u64, String)> {
    let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        match reader.read(&mut chunk)? {
            0 => break,
            read => {
                hash.update(&chunk[..read]);
                bytes += read as u64;
            }
        }
    }
    Ok((bytes, hex(&hash.finalize())))
}

/// The SHA-256 of bytes.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
