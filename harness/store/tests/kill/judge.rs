//! The process that remembers what was acknowledged, kills, and reads.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use store::format;
use store::recordings::{ReadProblem, Recordings};
use store::segments::{Disk, FileSystem, Segment, State};

use super::appending::pair;

/// Random moments, drawn again from the same seed when something fails.
const SEED: u64 = 0x5eed_0f5e_93e7_2751;

/// A recorder that says nothing for so long hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// One recorder's life.
pub struct Round {
    pub number: u32,
    pub killed: Killed,
}

/// When a recorder is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killed {
    /// So long after it was started: while it starts, or closes what the last one left.
    AfterStart(Duration),
    /// So long after it acknowledged its first pair.
    AfterFirst(Duration),
    /// It may end by itself.
    Never,
}

/// What was acknowledged, and where it has to be.
pub struct Judge {
    root: PathBuf,
    /// Of the object storage that closed segments go to.
    endpoint: Option<String>,
    acknowledged: Vec<String>,
    torn: u32,
    killed_early: u32,
}

impl Judge {
    pub fn new(endpoint: Option<String>) -> Judge {
        let root = std::env::temp_dir().join(format!("cutover-kill-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("segments")).expect("a folder can be made");
        Judge { root, endpoint, acknowledged: Vec::new(), torn: 0, killed_early: 0 }
    }

    /// One in four within its start, the others while it works.
    pub fn moments(&self) -> impl Iterator<Item = Killed> + use<> {
        let mut state = SEED;
        std::iter::repeat_with(move || {
            // SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let after = Duration::from_micros((mixed >> 33) % 30_000);
            if mixed.is_multiple_of(4) { Killed::AfterStart(after) } else { Killed::AfterFirst(after) }
        })
    }

    /// Starts a recorder, kills it at its moment, and looks at what it left before anybody mends it.
    pub fn round(&mut self, round: Round) {
        let recorder = format!("r{:04}", round.number);
        let own = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(own)
            .arg("append")
            .arg(self.root.join("segments"))
            .arg(&recorder)
            .args(&self.endpoint)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let out = child.stdout.take().expect("it was piped");
        let (first, heard) = mpsc::sync_channel(1);
        let listener = std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map(|line| line.expect("it is text"));
            // Who waits for the first does not wait for the others.
            let heard = |_: &String| {
                let _ = first.try_send(());
            };
            lines.inspect(heard).collect::<Vec<_>>()
        });
        let after = match round.killed {
            Killed::AfterStart(after) => Some(after),
            Killed::AfterFirst(after) => {
                heard.recv_timeout(PATIENCE).expect("a recorder acknowledges something, if it is let");
                Some(after)
            }
            Killed::Never => None,
        };
        if let Some(after) = after {
            std::thread::sleep(after);
            child.kill().expect("it is ours");
        }
        let status = child.wait().expect("it ends");
        assert!(after.is_some() || status.success(), "{recorder}: {status}");
        let acknowledged = listener.join().expect("the listener hears all");
        self.killed_early += u32::from(acknowledged.is_empty());
        let read = self.read(&recorder);
        for name in &acknowledged {
            assert_eq!(read.get(name), Some(&1), "seed {SEED:#x}, {recorder}: {name} was acknowledged");
        }
        self.acknowledged.extend(acknowledged);
    }

    fn recordings(&self) -> Recordings {
        let recordings = Recordings::open(&self.root).expect("it is a folder");
        #[cfg(feature = "object-storage")]
        let recordings = recordings
            .with_remote(self.endpoint.as_deref().map(|endpoint| super::appending::bucket(endpoint)));
        recordings
    }

    /// How often each of a recorder's pairs is read; each is as it was made.
    fn read(&mut self, recorder: &str) -> BTreeMap<String, u32> {
        let recordings = self.recordings();
        let mut files = recordings.sources().expect("it can be listed").files;
        files.retain(|file| file.to_string_lossy().contains(recorder));
        let mut read = BTreeMap::new();
        for record in recordings.records(files) {
            let text = match record.text {
                Ok(text) => text,
                Err(ReadProblem::TornTail { .. }) => {
                    self.torn += 1;
                    continue;
                }
                Err(problem) => panic!("seed {SEED:#x}, {}: {problem}", record.location),
            };
            let id =
                format::id(&text).unwrap_or_else(|| panic!("seed {SEED:#x}, {}: {text}", record.location));
            let name = id.trim_start_matches("a.b/").to_owned();
            assert_eq!(text, format::to_line(&pair(&name)), "seed {SEED:#x}, {}", record.location);
            *read.entry(name).or_default() += 1;
        }
        read
    }

    /// Reads everything once more, after the last recorder has closed what the others left.
    pub fn verdict(mut self) -> String {
        let torn = std::mem::take(&mut self.torn);
        let read = self.read("r");
        assert_eq!(self.torn, 0, "seed {SEED:#x}: what was torn is closed now");
        for name in &self.acknowledged {
            assert_eq!(read.get(name), Some(&1), "seed {SEED:#x}: {name} was acknowledged");
        }
        assert!(read.values().all(|times| *times == 1), "seed {SEED:#x}: nothing is there twice");
        let files = Disk.list(&self.root.join("segments")).expect("it is a folder");
        for file in &files {
            assert!(matches!(state(file), State::Closed { .. }), "{}", file.display());
        }
        if self.endpoint.is_some() {
            assert_eq!(files, Vec::<PathBuf>::new(), "everything is in the bucket");
        }
        let segments = self.recordings().sources().expect("it can be listed").files.len();
        let acknowledged = self.acknowledged.len();
        assert!(acknowledged > 1_000, "there was load: {acknowledged} pairs were acknowledged");
        let _ = std::fs::remove_dir_all(&self.root);
        format!(
            "{acknowledged} acknowledged, {} read, {} segments, {torn} torn ends, {} killed before anything was acknowledged",
            read.len(),
            segments,
            self.killed_early
        )
    }
}

fn state(file: &Path) -> State {
    Segment::open(Disk.open(file).expect("it is there")).expect("it is a segment").state()
}
