//! Segments from outside: what earlier versions wrote is read for ever, and `check` and `explain` see it like any recording.

#[cfg(feature = "object-storage")]
mod object_storage;
#[cfg(feature = "object-storage")]
#[path = "../../harness/store/tests/kill/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};

use store::format;
use store::recordings::{ReadProblem, Recordings};
use store::segments::{Disk, FileSystem, Segment, State};

use super::real::project::{MIGRATION, Project, totals};

/// What each version wrote of the lines of `version-1.jsonl`: made once by the first program that wrote it, each pair
/// acknowledged by itself, in blocks of 6,000 bytes; not to be made anew.
const CLOSED: [&str; 2] = ["tests/segments/version-1.seg", "tests/segments/version-2.seg"];

/// The same before they were closed, without their last 17 bytes.
const LEFT: [&str; 2] = ["tests/segments/version-1-left.seg", "tests/segments/version-2-left.seg"];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn lines() -> Vec<String> {
    let text = fs::read_to_string(root("tests/segments/version-1.jsonl")).expect("it is committed");
    text.lines().map(str::to_owned).collect()
}

fn open(path: &str) -> Segment {
    Segment::open(Disk.open(&root(path)).expect("it is committed")).expect("it is a segment")
}

fn read(segment: Segment) -> Vec<Result<String, ReadProblem>> {
    segment.records().map(|(_, text)| text).collect()
}

/// A closed segment has these lines, however it is read.
fn check_closed(open: impl Fn() -> Segment, lines: &[String], unread: u64) {
    assert_eq!(read(open()), lines.iter().cloned().map(Ok).collect::<Vec<_>>());
    assert_eq!(open().state(), State::Closed { pairs: lines.len() as u64, unread });
    let entries = open().entries().map(|entry| entry.expect("it is whole"));
    let told: Vec<(String, u64)> = entries.map(|entry| (entry.id.clone(), entry.bytes)).collect();
    let expected = lines.iter().map(|line| (format::id(line).expect("it has an id"), line.len() as u64));
    assert_eq!(told, expected.collect::<Vec<_>>());
    for (number, line) in lines.iter().enumerate() {
        let id = format::id(line).expect("it has an id");
        assert_eq!(open().find(&id), Ok(Some((number as u64, line.clone()))));
    }
    assert_eq!(open().find("crm.contacts.list/none"), Ok(None));
}

#[test]
fn a_segment_of_every_version_is_read_for_ever() {
    for (version, path) in (1..).zip(CLOSED) {
        assert_eq!(fs::read(root(path)).expect("it is committed")[8], version);
        check_closed(|| open(path), &lines(), 0);
    }
    assert_eq!(CLOSED.len(), store::segments::VERSION as usize, "a version has no segment here");
}

#[test]
fn a_segment_of_every_version_that_was_left_open_is_read_up_to_where_it_is_torn_and_closed_as_what_it_is() {
    let folder = std::env::temp_dir().join(format!("cutover-left-{}", std::process::id()));
    for (version, path) in (1..).zip(LEFT) {
        let mut torn = read(open(path));
        let last = torn.pop().expect("the torn end is told");
        assert!(matches!(last, Err(ReadProblem::TornTail { .. })), "{last:?}");
        assert_eq!(torn, lines().into_iter().take(23).map(Ok).collect::<Vec<_>>());
        fs::create_dir_all(&folder).expect("a folder can be made");
        let copy = folder.join("left.seg");
        fs::copy(root(path), &copy).expect("it is copied");
        let recovered = store::segments::recover(&Disk, &folder).expect("the disk is well");
        assert_eq!((recovered.closed, recovered.left), (1, 0));
        assert_eq!(fs::read(&copy).expect("it is there")[8], version);
        let open = || Segment::open(Disk.open(&copy).expect("it is there")).expect("it is a segment");
        check_closed(open, &lines()[..23], recovered.unread);
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}

#[test]
fn check_and_explain_read_a_segment_like_the_lines_that_it_was_made_of() {
    let configuration = format!("{MIGRATION}[[operations]]\nname = \"crm.contacts.list\"\n");
    let of_lines = Project::new("segments-lines", &configuration);
    of_lines.write("recordings/all.jsonl", lines().join("\n"));
    let of_segment = Project::new("segments-segment", &configuration);
    of_segment.write("recordings/segments/all.seg", fs::read(root(CLOSED[0])).expect("it is committed"));
    let run = |project: &Project, arguments: &[&str]| {
        let run = project.run(arguments);
        let told = run.stdout.replace("segments/all.seg", "all.jsonl").replace("all.jsonl:", "all.jsonl ");
        (run.code, told)
    };
    for arguments in [&["check"][..], &["explain", "crm.contacts.list/made-up-0013"]] {
        assert_eq!(run(&of_lines, arguments), run(&of_segment, arguments), "{arguments:?}");
    }
    assert_eq!(totals(&of_lines.verdicts())[0], 24);
    assert_eq!(totals(&of_lines.verdicts()), totals(&of_segment.verdicts()));
}

#[test]
fn a_torn_end_is_undecided_in_check_until_a_writer_has_counted_it() {
    let configuration = format!("{MIGRATION}[[operations]]\nname = \"crm.contacts.list\"\n");
    let project = Project::new("segments-torn", &configuration);
    let left = fs::read(root(LEFT[0])).expect("it is committed");
    project.write("recordings/segments/left.seg", left);
    project.run(&["check"]);
    let before = totals(&project.verdicts());
    let recovered =
        store::segments::recover(&Disk, &project.path("recordings/segments")).expect("the disk is well");
    assert_eq!((recovered.closed, recovered.left), (1, 0));
    project.run(&["check"]);
    let after = totals(&project.verdicts());
    assert_eq!((before[0], after[0]), (24, 23), "the torn end was counted as a pair that could not be read");
    assert_eq!(before[4], after[4] + 1);
}

#[test]
fn what_a_segment_holds_in_clear_is_redacted_in_its_place() {
    let configuration = format!("{MIGRATION}[[operations]]\nname = \"crm.contacts.list\"\n");
    let project = Project::new("segments-redacted", &configuration);
    project.write("recordings/segments/all.seg", fs::read(root(CLOSED[0])).expect("it is committed"));
    let refused = project.run(&["recordings", "redact"]);
    assert_eq!(refused.code, 2, "the fixture has pairs of another key: {}", refused.stdout);
    let clear: Vec<String> = lines().into_iter().filter(|line| !line.contains("\"key\":")).collect();
    let pairs: Vec<_> = clear.iter().map(|line| format::parse(line).expect("it is a pair")).collect();
    let recordings = Recordings::open(&project.path("recordings")).expect("it is a folder");
    let mut writer = recordings.replace_segment(Path::new("segments/all.seg")).expect("nobody writes it");
    pairs.iter().for_each(|pair| writer.write(pair).expect("it is written"));
    writer.finish().expect("it takes its place");
    project.expect(&["recordings", "redact"], 0);
    let records = recordings.records(vec!["segments/all.seg".into()]);
    let texts: Vec<String> = records.map(|record| record.text.expect("it is whole")).collect();
    assert_eq!(texts.len(), pairs.len());
    assert!(
        texts.iter().all(|text| !text.contains("Lovelace") && text.contains("\"redaction\"")),
        "{texts:?}"
    );
}
