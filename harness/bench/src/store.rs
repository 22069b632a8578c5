//! `just bench-store`: redacting, appending and bringing to the disk, beside Zstandard's level 1 of the same bytes to a file.
//!
//! To be run on one core. MB/s are those of the lines that are written, for subject and floor alike. The floor's input
//! is there as bytes; the subject's as pairs, as capture has them. Then a million pairs: memory, one of them, and what people
//! run on them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table on the terminal is what this program is for"
)]

#[expect(dead_code, reason = "only the dice are thrown here; bench-diff makes the documents")]
mod documents;
#[expect(dead_code, reason = "bench-check writes recordings; here only their lines are wanted")]
#[path = "check/synthetic.rs"]
mod synthetic;
mod peak;
mod table;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, hint};

use compare::model::Pair;
use documents::Dice;
use store::format;
use store::line::Line;
use store::recordings::Recordings;
use store::redact::{KEY_BYTES, Lists, ProtectedWords, RedactionKey, Redactor};
use store::segments::{Disk, FOLDER, SegmentWriter, Settings};
use table::Table;

/// As `cutover` has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REPORT: &str = "reports/bench/store.json";

/// Contacts of a pair, and pairs: a body of each size, some tens of megabytes of them.
const SIZES: [(&str, usize, usize); 2] = [("pairs of 2 KB", 1, 20_000), ("pairs of 50 KB", 26, 800)];

/// Floor and subject in turn.
const ROUNDS: usize = 5;

const PAIRS_USUAL: usize = 100_000;
const PAIRS_FULL: usize = 1_000_000;

/// Pairs that are looked for among the million.
const LOOKED_FOR: usize = 500;

/// What is done, and what of it is left out to know where the time goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    All,
    /// The lines are there.
    Append,
    /// To lines that nobody writes.
    Redact,
}

/// A folder that is gone when the bench ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Scratch> {
        let folder = env::temp_dir().join(format!("cutover-bench-store-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("remove {}: {error}", self.0.display());
        }
    }
}

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::from_bytes([7; KEY_BYTES]), Lists::default())
}

fn pair(dice: &mut Dice, number: usize, contacts: usize) -> Pair {
    format::parse(&synthetic::line_of(dice, number, contacts)).expect("the made line is a pair")
}

fn writer(folder: &Path) -> SegmentWriter {
    let began = Instant::now();
    let settings = Settings::new("bench".to_owned(), Arc::new(move || began.elapsed()));
    SegmentWriter::open(Arc::new(Disk), folder, settings).expect("the scratch folder can be written")
}

/// All lines into one stream, one file, on the disk.
fn floor(lines: &[Line], file: &Path) -> io::Result<Duration> {
    let start = Instant::now();
    let mut encoder = zstd::stream::write::Encoder::new(File::create(file)?, 1)?;
    for line in lines {
        encoder.write_all(line.text().as_bytes())?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()?.sync_all()?;
    Ok(start.elapsed())
}

fn subject(pairs: Vec<Pair>, steps: Steps, folder: &Path) -> Duration {
    let (mut redactor, protected) = (redactor(), ProtectedWords::of([]));
    let count = pairs.len() as u64;
    let mut redacted = |pair| redactor.line(pair, &protected).expect("it was not redacted before");
    if steps == Steps::Redact {
        let start = Instant::now();
        for pair in pairs {
            hint::black_box(redacted(pair));
        }
        return start.elapsed();
    }
    let lines: Vec<Line> = match steps {
        Steps::Append => pairs.iter().map(|pair| Line::of(pair).expect("it is a pair")).collect(),
        Steps::All | Steps::Redact => Vec::new(),
    };
    let start = Instant::now();
    let writer = writer(folder);
    let append = |line| {
        writer.append_line_then(line, |result| result.expect("the disk is well")).expect("it is taken");
    };
    if steps == Steps::All {
        pairs.into_iter().for_each(|pair| append(redacted(pair)));
    } else {
        lines.into_iter().for_each(append);
    }
    let written = writer.close();
    let time = start.elapsed();
    assert_eq!((written.pairs, written.left_open), (count, 0));
    time
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn throughput(table: &mut Table, scratch: &Path) -> io::Result<()> {
    for (name, contacts, count) in SIZES {
        let mut dice = Dice::new(41);
        let pairs: Vec<Pair> = (0..count).map(|number| pair(&mut dice, number, contacts)).collect();
        let (mut redactor, protected) = (redactor(), ProtectedWords::of([]));
        let mut line =
            |pair: &Pair| redactor.line(pair.clone(), &protected).expect("it was not redacted before");
        let lines: Vec<Line> = pairs.iter().map(&mut line).collect();
        let bytes = lines.iter().map(|line| line.text().len() + 1).sum::<usize>() as f64;
        let (file, folder) = (scratch.join("floor.jsonl.zst"), scratch.join("throughput"));
        let (mut floors, mut whole, mut append, mut redact) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut sizes = (0, 0);
        for _ in 0..ROUNDS {
            floors.push(floor(&lines, &file)?);
            for (steps, times) in
                [(Steps::Redact, &mut redact), (Steps::Append, &mut append), (Steps::All, &mut whole)]
            {
                if folder.exists() {
                    fs::remove_dir_all(&folder)?;
                }
                times.push(subject(pairs.clone(), steps, &folder));
            }
            sizes = (fs::metadata(&file)?.len(), bytes_below(&folder)?);
        }
        table.row(name, "a line, mean", "bytes", bytes / count as f64, None);
        for (subject, times) in [
            ("floor: zstd level 1 to a file", &floors),
            ("redact, to lines", &redact),
            ("append lines, on the disk", &append),
            ("redact, append, on the disk", &whole),
        ] {
            let best = times.iter().min().copied().unwrap_or_default().as_secs_f64();
            let mut ratios: Vec<f64> = floors
                .iter()
                .zip(times)
                .map(|(floor, time)| floor.as_secs_f64() / time.as_secs_f64())
                .collect();
            ratios.sort_by(f64::total_cmp);
            table.row(name, subject, "MB/s", bytes / best / 1e6, Some(ratios[ratios.len() / 2]));
        }
        table.row(name, "bytes over those of zstd level 1", "times", sizes.1 as f64 / sizes.0 as f64, None);
    }
    Ok(())
}

/// Writes so many pairs of 2 KB, redacted, in a process of its own.
fn write(folder: &Path, count: usize) {
    let (mut redactor, protected) = (redactor(), ProtectedWords::of([]));
    let mut dice = Dice::new(41);
    let writer = writer(&folder.join(FOLDER));
    for number in 0..count {
        let mut pair = pair(&mut dice, number, 1);
        // So that it can be looked for afterwards.
        let id = pair.id.clone();
        redactor.redact(&mut pair, &protected).expect("it was not redacted before");
        pair.id = id;
        writer.append_then(&pair, |result| result.expect("the disk is well")).expect("it is taken");
    }
    assert_eq!(writer.close().pairs, count as u64);
}

fn read(folder: &Path) -> io::Result<usize> {
    let recordings = Recordings::open(folder).map_err(io::Error::other)?;
    let files = recordings.sources().map_err(io::Error::other)?.files;
    Ok(recordings.records(files).filter(|record| hint::black_box(record).text.is_ok()).count())
}

/// Runs a process, and tells how long it took and its peak, where the system tells.
fn rows(table: &mut Table, name: &str, subject: &str, command: &mut Command) -> io::Result<()> {
    let ran = peak::run(command.stdout(Stdio::null()))?;
    if !ran.status.success() {
        return Err(io::Error::other(format!("{subject} ended with {}", ran.status)));
    }
    table.row(name, subject, "s", ran.time.as_secs_f64(), None);
    if let Some(peak_kib) = ran.peak_kib {
        table.row(name, &format!("{subject}: peak memory"), "MiB", peak_kib as f64 / 1024.0, None);
    }
    Ok(())
}

/// What people run on so many pairs. The program is looked for beside this one.
fn commands(table: &mut Table, name: &str, project: &Path) -> io::Result<()> {
    synthetic::configuration(project)?;
    let cutover = env::current_exe()?.with_file_name("cutover");
    if !cutover.exists() {
        eprintln!("SKIPPED: `recordings ls` and `promote`: build {} first", cutover.display());
        return Ok(());
    }
    for (subject, arguments) in [
        ("recordings ls", &["recordings", "ls"][..]),
        ("recordings ls --pairs", &["recordings", "ls", "--pairs"]),
        ("recordings promote --dry-run", &["recordings", "promote", "--dry-run"]),
    ] {
        let mut command = Command::new(&cutover);
        rows(table, name, subject, command.args(arguments).arg("--quiet").current_dir(project))?;
    }
    Ok(())
}

fn million(table: &mut Table, scratch: &Path) -> io::Result<()> {
    let project = scratch.join("million");
    let folder = project.join("recordings");
    for (name, count) in [("100,000 pairs of 2 KB", PAIRS_USUAL), ("1,000,000 pairs of 2 KB", PAIRS_FULL)] {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for (subject, step) in [("make, redact, append", "write"), ("reading all", "read")] {
            let mut command = Command::new(env::current_exe()?);
            rows(table, name, subject, command.arg(step).arg(&folder).arg(count.to_string()))?;
        }
    }
    let recordings = Recordings::open(&folder).map_err(io::Error::other)?;
    let mut dice = Dice::new(43);
    let mut times = Vec::new();
    for _ in 0..LOOKED_FOR {
        let id = format!("crm.contacts.get/{}", 20_000 + dice.below(PAIRS_FULL));
        let start = Instant::now();
        let found = recordings.find(&id).map_err(io::Error::other)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!(found.map(|(_, pair)| pair.id), Some(id));
    }
    times.sort_by(f64::total_cmp);
    let name = "1,000,000 pairs of 2 KB";
    table.row(name, "one of them by its id, median", "ms", times[times.len() / 2], None);
    table.row(name, "one of them by its id, p99", "ms", times[times.len() * 99 / 100], None);
    commands(table, name, &project)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [step, folder, count] = arguments.as_slice() {
        let folder = Path::new(folder);
        match (step.as_str(), count.parse()) {
            ("write", Ok(count)) => write(folder, count),
            ("read", Ok(count)) => assert_eq!(read(folder).ok(), Some(count)),
            _ => return ExitCode::FAILURE,
        }
        return ExitCode::SUCCESS;
    }
    let is_quick = arguments.first().is_some_and(|argument| argument == "quick");
    let mut table = Table::default();
    let outcome = Scratch::new().and_then(|scratch| {
        throughput(&mut table, &scratch.0)?;
        if !is_quick {
            million(&mut table, &scratch.0)?;
        }
        Ok(())
    });
    match outcome.and_then(|()| table.write(Path::new(REPORT))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-store: {error}");
            ExitCode::FAILURE
        }
    }
}
