//! The snapshots beside the mappings: which file an operation's is, reading, comparing, and writing them whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use evidence::snapshot::{Comparison, Differences, Snapshot};
use mapping::kind::Kind;

use crate::cases;
use crate::config::{Config, FilePath, Operation, Problem};

/// What was accepted.
const ACCEPTED: &str = ".accepted.json";

/// Behind the name of what was accepted: what waits to be.
const PENDING: &str = ".new";

/// A snapshot of a thousand groups of three long examples is a fiftieth of this.
pub const SNAPSHOT_BYTES_MAX: u64 = 64 << 20;

/// Every snapshot of a configuration.
#[derive(Debug)]
pub struct Snapshots {
    /// In the order of their names.
    pub files: Vec<SnapshotFile>,
}

/// One snapshot, which the operations of one mapping share.
#[derive(Debug)]
pub struct SnapshotFile {
    /// As people are told it.
    pub shown: String,
    full: PathBuf,
    /// The operations that it is for; empty where none is any more.
    pub operations: BTreeSet<String>,
    /// What was accepted.
    pub accepted: Snapshot,
    /// What waits to be accepted; `None` where nothing does.
    pub pending: Option<Snapshot>,
}

/// Which operations were judged from all of their recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every operation of the configuration: what no operation is for is gone.
    Everything,
    /// Some of them: of the others nothing is known.
    Some,
}

impl Snapshots {
    /// Reads those of every operation, and those that no operation is for any more.
    pub fn read(config: &Config) -> Result<Snapshots, Vec<Problem>> {
        let mut found: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for operation in &config.operations {
            let operations = found.entry(file_of(config, operation)).or_default();
            operations.insert(operation.name.as_str().to_owned());
        }
        let root = config.folder.join("mappings");
        if root.is_dir() {
            let mut lying = Vec::new();
            let is_snapshot = |file: &Path| file.to_string_lossy().ends_with(ACCEPTED);
            cases::walk(&root, 0, &is_snapshot, &mut lying).map_err(|error| vec![Problem::error(error)])?;
            for file in lying {
                found.entry(file).or_default();
            }
        }
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for (full, operations) in found {
            match SnapshotFile::read(config, full, operations) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Snapshots { files }) } else { Err(problems) }
    }

    /// What is there now, file by file; `judged` has the operations that were judged whole, with what they differ in.
    pub fn current(&self, judged: &BTreeMap<String, Differences>, extent: Extent) -> Vec<Snapshot> {
        let of_file = |file: &SnapshotFile| {
            let mut current = match extent {
                Extent::Everything => Snapshot::default(),
                Extent::Some => file.accepted.clone(),
            };
            for name in &file.operations {
                match (judged.get(name), file.accepted.operations.get(name)) {
                    (Some(differences), _) => current.replace(name, differences.clone()),
                    (None, Some(accepted)) => current.replace(name, accepted.clone()),
                    (None, None) => {}
                }
            }
            current
        };
        self.files.iter().map(of_file).collect()
    }

    /// What changed, over all files.
    pub fn compare(&self, current: &[Snapshot]) -> Comparison {
        let mut all = Comparison::default();
        for (file, current) in self.files.iter().zip(current) {
            let one = Snapshot::compare(&file.accepted, current);
            all.changes.extend(one.changes);
            all.accepted += one.accepted;
            all.left_out.extend(one.left_out);
        }
        all
    }

    /// Writes what is not as it was accepted beside it, and removes what waits for nothing any more.
    pub fn write_pending(&self, current: &[Snapshot]) -> io::Result<()> {
        for (file, current) in self.files.iter().zip(current) {
            let is_accepted = Snapshot::compare(&file.accepted, current).is_accepted();
            write_beside(&file.full, (!is_accepted).then_some(current))?;
        }
        Ok(())
    }
}

impl SnapshotFile {
    fn read(config: &Config, full: PathBuf, operations: BTreeSet<String>) -> Result<SnapshotFile, Problem> {
        let shown = config.shown(&full);
        let accepted = read(&full, &shown)?.unwrap_or_default();
        let pending = read(&beside(&full), &format!("{shown}{PENDING}"))?;
        Ok(SnapshotFile { shown, full, operations, accepted, pending })
    }

    /// What waits, held against what was accepted.
    pub fn waiting(&self) -> Comparison {
        let pending = self.pending.as_ref().unwrap_or(&self.accepted);
        Snapshot::compare(&self.accepted, pending)
    }

    /// Writes both as they are now: what was accepted, then what waits. A snapshot of nothing is no file.
    pub fn write(&mut self) -> io::Result<()> {
        write(&self.full, &self.accepted)?;
        if self.waiting().changes.is_empty() {
            self.pending = None;
        }
        write_beside(&self.full, self.pending.as_ref())
    }
}

/// What waits; also a snapshot of nothing does, where what was accepted is gone.
fn write_beside(accepted: &Path, pending: Option<&Snapshot>) -> io::Result<()> {
    let file = beside(accepted);
    match pending {
        Some(pending) => write_text(&file, &pending.to_text()),
        None => remove(&file),
    }
}

/// Where an operation's snapshot lies: beside its mapping, or where its mapping would be. A mapping outside the
/// configuration's folder is somebody else's too: nothing is written beside it.
pub fn file_of(config: &Config, operation: &Operation) -> PathBuf {
    let is_inside = |file: &&FilePath| {
        Path::new(&file.written)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    let mappings = [&operation.mapping, &operation.error_mapping].into_iter().flatten();
    let Some(mapping) = mappings.into_iter().find(is_inside) else {
        let name = operation.name.as_str();
        let (model, method) = name.split_once('.').unwrap_or(("", name));
        return config.folder.join("mappings").join(model).join(format!("{method}{ACCEPTED}"));
    };
    let name = mapping.full.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".jsonata").unwrap_or(&name);
    let kinds = Kind::ALL.map(|kind| format!(".{}", kind.name()));
    let method = kinds.iter().find_map(|kind| name.strip_suffix(kind.as_str())).unwrap_or(name);
    mapping.full.with_file_name(format!("{method}{ACCEPTED}"))
}

fn beside(accepted: &Path) -> PathBuf {
    let mut name = accepted.as_os_str().to_owned();
    name.push(PENDING);
    PathBuf::from(name)
}

fn read(file: &Path, shown: &str) -> Result<Option<Snapshot>, Problem> {
    let unread = |error: io::Error| Problem::error(format!("read the snapshot {shown}: {error}"));
    let length = match fs::metadata(file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
    };
    if length > SNAPSHOT_BYTES_MAX {
        return Err(Problem::error(format!(
            "the snapshot {shown} has more than {SNAPSHOT_BYTES_MAX} bytes: remove it, then `cutover check` and \
             `cutover accept`"
        )));
    }
    let text = fs::read_to_string(file).map_err(unread)?;
    let snapshot =
        Snapshot::parse(&text).map_err(|error| Problem::error(format!("the snapshot {shown}: {error}")))?;
    Ok(Some(snapshot))
}

fn write(file: &Path, snapshot: &Snapshot) -> io::Result<()> {
    if snapshot.operations.is_empty() { remove(file) } else { write_text(file, &snapshot.to_text()) }
}

/// Whole or not at all, and on the disk before it is said to be.
fn write_text(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut hidden = file.as_os_str().to_owned();
    hidden.push("~");
    let mut out = fs::File::create(&hidden)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&hidden, file)
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
