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
use store::recordings::Recordings;

use crate::cases::folder_of;
use crate::config::Config;
use crate::inventory;
use crate::options::Global;
use crate::snapshots::file_of;

/// Read at once.
const CHUNK_BYTES: usize = 1 << 18;

/// The files with their digests, and how they looked when they were read.
pub struct Inputs {
    list: Vec<Input>,
    looks: Vec<(PathBuf, Look)>,
}

/// What tells, without reading it again, that a file was written meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Look {
    fn of(file: &Path) -> io::Result<Look> {
        let metadata = fs::metadata(file)?;
        Ok(Look { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl Inputs {
    /// All files of a configuration; those that are absent are not listed, and whoever needs one says so.
    pub fn of(config: &Config, earlier: Option<&Path>, global: &Global) -> anyhow::Result<Inputs> {
        let files = files(config, earlier)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(global.jobs.get())
            .build()
            .context("start the threads")?;
        let read = pool.install(|| {
            let each = files.par_iter().map(|(path, (kind, full))| -> anyhow::Result<_> {
                let context = || format!("read {path}");
                let look = Look::of(full).with_context(context)?;
                let (bytes, sha256) = digest_of_file(full).with_context(context)?;
                Ok((Input { path: path.clone(), kind: *kind, bytes, sha256 }, (full.clone(), look)))
            });
            each.collect::<Result<Vec<_>, _>>()
        })?;
        let (list, looks) = read.into_iter().unzip();
        Ok(Inputs { list, looks })
    }

    /// By path.
    pub fn list(&self) -> &[Input] {
        &self.list
    }

    /// A decision that rests on a file that was written meanwhile would not be of the file that it names.
    pub fn refuse_changed(&self) -> anyhow::Result<()> {
        for (file, look) in &self.looks {
            if Look::of(file).ok() != Some(*look) {
                bail!("{} changed while the pairs were judged: decide again", file.display());
            }
        }
        Ok(())
    }
}

/// Every file by the path that bundles name it by.
fn files(config: &Config, earlier: Option<&Path>) -> anyhow::Result<BTreeMap<String, (InputKind, PathBuf)>> {
    let mut files = BTreeMap::new();
    let mut add = |kind: InputKind, full: &Path| {
        if full.is_file() {
            files.entry(named(config, full)).or_insert((kind, full.to_owned()));
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
    if let Some(earlier) = earlier {
        add(InputKind::Bundle, earlier);
    }
    let root = config.recordings();
    if config.storage.is_some() {
        bail!(
            "a gate rests on files with digests, and does not take those of segments in object storage yet: copy the \
             segments into {}, and take [recordings] out of the configuration",
            config.shown(&root.join(store::segments::FOLDER))
        );
    }
    if root.is_dir() {
        let sources = Recordings::open(&root)?.sources()?;
        for file in sources.files.into_iter().chain(sources.runs) {
            add(InputKind::Recording, &root.join(file));
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

/// The length and the SHA-256 of a file, read in pieces.
pub fn digest_of_file(file: &Path) -> io::Result<(u64, String)> {
    let mut reader = File::open(file)?;
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
