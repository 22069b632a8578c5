//! Segments as capture writes them and as checks read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use compare::model::{
    Body, Exchange, Failure, FailureKind, Headers, Outcome, Pair, PairKind, Redaction, Response,
};

use super::{
    Answer, AppendError, Disk, Entry, EntryRedaction, FileSystem, NotASetting, Segment, SegmentWriter,
    Settings, State, recover,
};
use crate::format;
use crate::line::Line;
use crate::recordings::{Location, ReadProblem, Recordings, StoreError};

/// A folder of its own for each test, gone when the test has passed.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("cutover-segments-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("segments")).expect("a folder can be made");
        Scratch(folder)
    }

    fn folder(&self) -> PathBuf {
        self.0.join("segments")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn files(&self) -> Vec<String> {
        let files = Disk.list(&self.folder()).expect("it is a folder");
        files.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

fn settings() -> Settings {
    Settings { commit_interval: Duration::ZERO, ..Settings::new("w".to_owned(), Arc::new(|| Duration::ZERO)) }
}

fn open(scratch: &Scratch, settings: Settings) -> SegmentWriter {
    SegmentWriter::open(Arc::new(Disk), &scratch.folder(), settings).expect("a writer can be opened")
}

fn answer(outcome: Outcome) -> Vec<Exchange> {
    vec![Exchange { started_at: None, elapsed_ms: Some(3), request: None, outcome }]
}

fn pair(number: usize) -> Pair {
    let body = Body::Json(format!("{{\"n\":{number},\"text\":\"{}\"}}", "ab".repeat(number % 50)));
    let response = Response { status: 200, headers: Headers::new(), body };
    Pair {
        id: format!("a.b/{number}"),
        operation: "a.b".to_owned(),
        legacy: answer(Outcome::Response(response.clone())),
        new: answer(Outcome::Response(response)),
        ..Pair::default()
    }
}

fn write(scratch: &Scratch, settings: Settings, pairs: &[Pair]) {
    let writer = open(scratch, settings);
    let tickets: Vec<_> = pairs.iter().map(|pair| writer.append(pair).expect("it is taken")).collect();
    tickets.into_iter().for_each(|ticket| ticket.wait().expect("it is acknowledged"));
    assert_eq!(writer.close().pairs, pairs.len() as u64);
}

/// Appended and acknowledged, and then the writer is gone as if it had been killed.
fn write_and_leave(scratch: &Scratch, pairs: &[Pair]) -> PathBuf {
    let path = scratch.file("left.seg");
    let mut growing = super::growing::Growing::create(&Disk, &path, 1, 2_000).expect("it can be made");
    for pair in pairs {
        growing.append(&[Line::of(pair).expect("it is a pair")]).expect("it is written");
    }
    path
}

fn segment(path: &Path) -> Segment {
    Segment::open(Disk.open(path).expect("it is there")).expect("it is a segment")
}

fn ids_of(path: &Path) -> Vec<Result<String, ReadProblem>> {
    let records = segment(path).records();
    records.map(|(_, text)| text.map(|text| format::id(&text).expect("it has an id"))).collect()
}

fn ids(numbers: impl Iterator<Item = usize>) -> Vec<Result<String, ReadProblem>> {
    numbers.map(|number| Ok(format!("a.b/{number}"))).collect()
}

#[test]
fn what_is_appended_is_read_as_it_was_by_record_by_entry_and_by_id() {
    let scratch = Scratch::new("appended");
    let pairs: Vec<Pair> = (0..500).map(pair).collect();
    write(&scratch, Settings { block_bytes: 5_000, ..settings() }, &pairs);
    assert_eq!(scratch.files(), ["w-000001.seg"]);
    let path = scratch.file("w-000001.seg");
    let texts: Vec<String> = segment(&path).records().map(|(_, text)| text.expect("it is read")).collect();
    assert_eq!(texts, pairs.iter().map(format::to_line).collect::<Vec<_>>());
    let entries: Vec<Entry> =
        segment(&path).entries().map(|entry| entry.expect("there is a catalogue")).collect();
    assert_eq!(entries.len(), 500);
    let segment = segment(&path);
    for (number, entry) in entries.iter().enumerate() {
        assert_eq!((entry.number, entry.id.as_str()), (number as u64, pairs[number].id.as_str()));
        assert_eq!(segment.read(entry).as_ref(), Ok(&texts[number]));
        let found = segment.find(&entry.id).expect("the segment is whole");
        assert_eq!(found, Some((number as u64, texts[number].clone())));
    }
    assert_eq!(segment.find("a.b/500"), Ok(None));
    assert_eq!(segment.state(), State::Closed { pairs: 500, unread: 0 });
}

#[test]
fn an_entry_tells_what_ls_needs() {
    let scratch = Scratch::new("entry");
    let failure = Failure { kind: FailureKind::Timeout, detail: "late".to_owned() };
    let one = Pair {
        kind: PairKind::Collection,
        account: Some("acme".to_owned()),
        recorded_at: Some("2026-11-20T09:30:00.125Z".to_owned()),
        new: answer(Outcome::Failure(failure)),
        redaction: Some(Redaction::by_key(1, "9f3a01c2".to_owned())),
        ..pair(1)
    };
    write(&scratch, settings(), std::slice::from_ref(&one));
    let path = scratch.file("w-000001.seg");
    let expected = Entry {
        id: "a.b/1".to_owned(),
        operation: "a.b".to_owned(),
        kind: PairKind::Collection,
        account: one.account.clone(),
        recorded_at: one.recorded_at.clone(),
        redaction: EntryRedaction::Key("9f3a01c2".to_owned()),
        legacy: Answer::Status(200),
        new: Answer::Failure(FailureKind::Timeout),
        bytes: format::to_line(&one).len() as u64,
        number: 0,
        block_at: 24,
        block_line: 0,
    };
    let entries: Vec<Entry> =
        segment(&path).entries().map(|entry| entry.expect("there is a catalogue")).collect();
    assert_eq!(entries, std::slice::from_ref(&expected));
    // Without its index, the same is told by reading the pairs.
    let left = write_and_leave(&scratch, &[one]);
    let entries: Vec<Entry> =
        segment(&left).entries().map(|entry| entry.expect("the pair is read")).collect();
    assert_eq!(entries, [expected]);
}

#[test]
fn a_segment_that_grows_is_read_up_to_its_last_whole_chunk_and_nothing_is_amiss() {
    let scratch = Scratch::new("grows");
    let writer = open(&scratch, settings());
    for number in 0..3 {
        writer.append(&pair(number)).expect("it is taken").wait().expect("it is acknowledged");
    }
    let path = scratch.file("w-000001.seg");
    assert_eq!(segment(&path).state(), State::Growing);
    assert_eq!(ids_of(&path), ids(0..3));
    // As if the next chunk were being written: its writer holds the file.
    let mut bytes = fs::OpenOptions::new().append(true).open(&path).expect("it is there");
    std::io::Write::write_all(&mut bytes, &[7; 40]).expect("it is written");
    assert_eq!(ids_of(&path), ids(0..3));
    drop(bytes);
    drop(writer);
}

#[test]
fn what_a_killed_writer_left_is_read_told_and_closed_by_the_next() {
    let scratch = Scratch::new("left");
    let pairs: Vec<Pair> = (0..40).map(pair).collect();
    let path = write_and_leave(&scratch, &pairs);
    assert_eq!(segment(&path).state(), State::Left);
    assert_eq!(ids_of(&path), ids(0..40));
    let whole = fs::read(&path).expect("it is there");
    let last = write_and_cut(&path, &whole, whole.len() - 1);
    assert_eq!(ids_of(&path), [ids(0..39), vec![Err(ReadProblem::TornTail { bytes: last })]].concat());
    assert_eq!(segment(&path).find("a.b/38").map(|found| found.map(|(number, _)| number)), Ok(Some(38)));
    drop(open(&scratch, settings()));
    assert_eq!(segment(&path).state(), State::Closed { pairs: 39, unread: last });
    assert_eq!(ids_of(&path), ids(0..39));
    assert!(
        fs::read(&path).expect("it is there").starts_with(&whole[..whole.len() - 1]),
        "nothing is cut off"
    );
    let again = recover(&Disk, &scratch.folder()).expect("the disk is well");
    assert_eq!(again, super::Recovered::default());
}

/// Writes the first bytes only; answers how many of them are a torn chunk.
fn write_and_cut(path: &Path, whole: &[u8], length: usize) -> u64 {
    fs::write(path, &whole[..length]).expect("it is written");
    let problems = ids_of(path).into_iter().filter_map(Result::err);
    problems
        .map(|problem| match problem {
            ReadProblem::TornTail { bytes } => bytes,
            other => panic!("{other}"),
        })
        .sum()
}

/// Every byte of the chunks and of the trailer; of the index between them, which is long and alike, some.
fn every_place(whole: &[u8]) -> impl Iterator<Item = usize> {
    let (begins, ends) = (1_200, whole.len() - 60);
    (0..begins).chain((begins..ends).step_by(61)).chain(ends..whole.len())
}

#[test]
fn cut_at_every_byte_a_segment_has_a_beginning_of_its_pairs_and_the_rest_is_counted() {
    let scratch = Scratch::new("cut");
    let pairs: Vec<Pair> = (0..8).map(pair).collect();
    write(&scratch, Settings { block_bytes: 600, ..settings() }, &pairs);
    let path = scratch.file("w-000001.seg");
    let whole = fs::read(&path).expect("it is there");
    let mut before = 0;
    for length in every_place(&whole) {
        let torn = write_and_cut(&path, &whole, length);
        let read: Vec<_> = ids_of(&path).into_iter().filter(Result::is_ok).collect();
        assert_eq!(read, ids(0..read.len()), "{length} bytes");
        assert!(read.len() >= before && torn <= length as u64, "{length} bytes");
        before = read.len();
        recover(&Disk, &scratch.folder()).expect("the disk is well");
        if length <= 24 {
            // Not even a whole header, or a header alone.
            assert_eq!(read.len(), 0);
        }
        if path.exists() {
            assert_eq!(ids_of(&path), ids(0..before), "{length} bytes, closed");
        }
    }
    assert_eq!(before, 8);
}

#[test]
fn a_flipped_bit_anywhere_costs_the_pairs_of_a_block_at_most_and_never_reads_wrong() {
    let scratch = Scratch::new("bits");
    let pairs: Vec<Pair> = (0..12).map(pair).collect();
    write(&scratch, Settings { block_bytes: 900, ..settings() }, &pairs);
    let path = scratch.file("w-000001.seg");
    let whole = fs::read(&path).expect("it is there");
    for byte in every_place(&whole).skip(24) {
        let mut changed = whole.clone();
        changed[byte] ^= 1 << (byte % 8);
        fs::write(&path, &changed).expect("it is written");
        let records = ids_of(&path);
        for (number, record) in records.iter().enumerate() {
            match record {
                Ok(id) => assert_eq!(id, &format!("a.b/{number}"), "byte {byte}"),
                Err(ReadProblem::Damaged { .. } | ReadProblem::TornTail { .. }) => {}
                Err(other) => panic!("byte {byte}: {other}"),
            }
        }
        let wrong = records.iter().filter(|record| record.is_err()).count();
        assert!(wrong <= 4, "byte {byte}: {wrong} pairs of 12 are lost");
        for entry in segment(&path).entries().flatten() {
            assert_eq!(
                entry.id,
                pairs[usize::try_from(entry.number).expect("it is small")].id,
                "byte {byte}"
            );
        }
        if let Ok(Some((number, _))) = segment(&path).find("a.b/7") {
            assert_eq!(number, 7, "byte {byte}");
        } else {
            assert!(records.iter().any(Result::is_err), "byte {byte}: what is read is found");
        }
    }
}

#[test]
fn a_segment_of_a_later_version_and_a_file_that_is_none_are_refused_and_left_alone() {
    let scratch = Scratch::new("later");
    write(&scratch, settings(), &[pair(1)]);
    let path = scratch.file("w-000001.seg");
    let mut bytes = fs::read(&path).expect("it is there");
    bytes[8] = 3;
    fs::write(&path, &bytes).expect("it is written");
    let other = scratch.file("other.seg");
    fs::write(&other, "a text that somebody called so, for whatever reason").expect("it is written");
    let refused = |path: &Path| Segment::open(Disk.open(path).expect("it is there")).err();
    assert_eq!(refused(&path), Some(ReadProblem::UnknownSegment { found: 3 }));
    assert_eq!(refused(&other), Some(ReadProblem::NotASegment));
    let recovered = recover(&Disk, &scratch.folder()).expect("the disk is well");
    assert_eq!(recovered, super::Recovered { left: 2, ..super::Recovered::default() });
    assert_eq!(fs::read(&path).expect("it is there"), bytes);
    let message = ReadProblem::UnknownSegment { found: 3 }.to_string();
    assert_eq!(message, "the segment is of version 3, and this program reads versions 1 to 2");
}

#[test]
fn recordings_read_segments_like_their_other_files() {
    let scratch = Scratch::new("recordings");
    write(&scratch, settings(), &[pair(1), pair(2)]);
    let recordings = Recordings::open(&scratch.0).expect("it is a folder");
    let sources = recordings.sources().expect("it can be listed");
    let file = PathBuf::from("segments/w-000001.seg");
    assert_eq!((sources.files.clone(), sources.unknown), (vec![file.clone()], Vec::new()));
    let pairs: Vec<Pair> =
        recordings.records(sources.files).map(|record| record.pair().expect("it is a pair")).collect();
    assert_eq!(pairs, [pair(1), pair(2)]);
    let found = recordings.find("a.b/2").expect("nothing is wrong");
    assert_eq!(found, Some((Location { file, line: Some(2) }, pair(2))));
    assert_eq!(recordings.find("a.b/3").expect("nothing is wrong"), None);
}

#[test]
fn a_segment_is_replaced_whole_and_not_while_it_is_written() {
    let scratch = Scratch::new("replaced");
    write(&scratch, settings(), &[pair(1), pair(2)]);
    let recordings = Recordings::open(&scratch.0).expect("it is a folder");
    let file = Path::new("segments/w-000001.seg");
    let mut unfinished = recordings.replace_segment(file).expect("nobody writes it");
    unfinished.write(&pair(9)).expect("it is written");
    drop(unfinished);
    assert_eq!(ids_of(&scratch.0.join(file)), ids(1..3));
    let mut replaced = recordings.replace_segment(file).expect("nobody writes it");
    (3..6).for_each(|number| replaced.write(&pair(number)).expect("it is written"));
    replaced.finish().expect("it takes its place");
    assert_eq!(ids_of(&scratch.0.join(file)), ids(3..6));
    assert_eq!(scratch.files(), ["w-000001.seg"]);
    let writer = open(&scratch, settings());
    writer.append(&pair(6)).expect("it is taken").wait().expect("it is acknowledged");
    let refused = recordings.replace_segment(Path::new("segments/w-000002.seg")).err();
    assert!(matches!(refused, Some(StoreError::Write { .. })), "{refused:?}");
}

#[test]
fn a_segment_is_closed_by_its_size_by_its_age_and_at_the_end() {
    let scratch = Scratch::new("rotated");
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let clock: super::Clock = Arc::new(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let settings = Settings { segment_bytes_max: 700, clock, ..settings() };
    let writer = open(&scratch, settings);
    let append =
        |number| writer.append(&pair(number)).expect("it is taken").wait().expect("it is acknowledged");
    // Each pair is a chunk of some 60 bytes.
    (0..30).for_each(append);
    let by_size = scratch.files().len();
    assert!((2..=8).contains(&by_size), "{by_size} segments");
    now.store(301, Ordering::Relaxed);
    append(30);
    append(31);
    assert_eq!(scratch.files().len(), by_size + 1);
    let written = writer.close();
    assert_eq!((written.pairs, written.lost, written.left_open), (32, 0, 0));
    let files = Disk.list(&scratch.folder()).expect("it is a folder");
    assert_eq!(files.iter().flat_map(|path| ids_of(path)).collect::<Vec<_>>(), ids(0..32));
    assert!(files.iter().all(|path| matches!(segment(path).state(), State::Closed { .. })));
}

#[test]
fn pairs_that_wait_are_bounded_in_bytes() {
    let scratch = Scratch::new("bounded");
    let settings =
        Settings { waiting_bytes_max: 4_000, commit_interval: Duration::from_secs(3_600), ..settings() };
    let writer = open(&scratch, settings);
    let (done, results) = mpsc::channel();
    // The first pair keeps the writer's thread busy until it may go on.
    let (go, wait) = mpsc::sync_channel::<()>(0);
    let first = done.clone();
    writer
        .append_then(&pair(0), move |result| {
            let _ = wait.recv();
            first.send((0, result.is_ok())).expect("the test waits");
        })
        .expect("it is taken");
    let mut taken = 1;
    let full = loop {
        let (done, number) = (done.clone(), taken);
        let then = move |result: Result<(), super::Lost>| {
            done.send((number, result.is_ok())).expect("the test waits");
        };
        match writer.try_append_then(&pair(number), then) {
            Ok(()) => taken += 1,
            Err(full) => break full,
        }
    };
    assert!(matches!(full, AppendError::Full { .. }), "{full}");
    assert!((3..=8).contains(&taken), "{taken} pairs of some 600 bytes have room in 4,000");
    go.send(()).expect("the writer waits");
    let written = writer.close();
    assert_eq!(written.pairs, taken as u64);
    let results: Vec<_> = results.try_iter().collect();
    assert_eq!(results, (0..taken).map(|number| (number, true)).collect::<Vec<_>>());
}

#[test]
fn a_pair_that_could_not_be_read_back_is_not_taken() {
    let scratch = Scratch::new("refused");
    let writer = open(&scratch, settings());
    let refused = writer.append(&Pair { id: "../x".to_owned(), ..pair(1) }).err();
    assert!(matches!(refused, Some(AppendError::Pair(StoreError::Id { .. }))), "{refused:?}");
    assert_eq!(writer.close(), super::Written::default());
    assert_eq!(scratch.files(), Vec::<String>::new());
}

#[test]
fn two_writers_share_a_folder_and_neither_touches_what_the_other_writes() {
    let scratch = Scratch::new("two");
    let one = open(&scratch, settings());
    one.append(&pair(1)).expect("it is taken").wait().expect("it is acknowledged");
    let other = open(&scratch, Settings { writer: "v".to_owned(), ..settings() });
    other.append(&pair(2)).expect("it is taken").wait().expect("it is acknowledged");
    assert_eq!(segment(&scratch.file("w-000001.seg")).state(), State::Growing);
    one.append(&pair(3)).expect("it is taken").wait().expect("it is acknowledged");
    assert_eq!((one.close().pairs, other.close().pairs), (2, 1));
    assert_eq!(ids_of(&scratch.file("w-000001.seg")), [ids(1..2), ids(3..4)].concat());
    assert_eq!(ids_of(&scratch.file("v-000001.seg")), ids(2..3));
}

#[test]
fn a_writer_with_a_name_that_is_no_file_name_is_refused() {
    let check = |name: &str, is_taken: bool| {
        let settings = Settings { writer: name.to_owned(), ..settings() };
        let expected = if is_taken { Ok(()) } else { Err(NotASetting::Writer(name.to_owned())) };
        assert_eq!(settings.check(), expected, "{name:?}");
    };
    check("20261127T211300Z-9f3a01c2", true);
    check(&"x".repeat(100), true);
    for name in ["", ".x", "-x", "a/b", "a.b", "é", &"x".repeat(101)] {
        check(name, false);
    }
    let settings = Settings { block_bytes: (16 << 20) + 1, ..settings() };
    let range = NotASetting::Range { what: "block_bytes", value: (16 << 20) + 1, least: 1, most: 16 << 20 };
    assert_eq!(settings.check(), Err(range));
}
