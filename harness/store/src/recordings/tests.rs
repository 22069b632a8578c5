//! Recordings on a real disk: what is read, what is refused, and what is left behind.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};

use super::{IfExists, RECORD_BYTES_MAX, ReadProblem, RecordError, Recordings, Sources, file_of_id};
use crate::format::{self, FormatError};

/// A folder of its own for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cutover-store-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the temporary folder can be made");
        Folder(folder)
    }

    fn put(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }

    fn recordings(&self) -> Recordings {
        Recordings::open(&self.0).expect("the folder is there")
    }

    /// Every file, hidden ones too.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("the entry is there").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let file = path.strip_prefix(&self.0).expect("it is below the root");
                    files.push(file.to_string_lossy().into_owned());
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pair(name: &str) -> Pair {
    let response = Response {
        status: 200,
        headers: Headers::new(),
        body: Body::Json(r#"{"b":1.10,"access_token":"[removed]"}"#.to_owned()),
    };
    let outcome = Outcome::Response(response);
    Pair {
        id: format!("op/{name}"),
        operation: "op".to_owned(),
        legacy: vec![Exchange { started_at: None, elapsed_ms: None, request: None, outcome }],
        ..Pair::default()
    }
}

fn with_secret(name: &str) -> Pair {
    let text = format::to_line(&pair(name)).replace("[removed]", "SECRET-TOKEN");
    format::parse(&text).expect("a pair that somebody wrote by hand")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).expect("memory can be compressed")
}

/// What is read from the folder: where, and the id or the problem.
fn check(folder: &Folder, expected: &[(&str, &str)]) {
    let recordings = folder.recordings();
    let sources = recordings.sources().expect("the folder can be listed");
    let read: Vec<(String, String)> = recordings
        .records(sources.files)
        .map(|record| {
            let location = record.location.to_string();
            (location, record.pair().map_or_else(|error| error.to_string(), |pair| pair.id))
        })
        .collect();
    let read: Vec<(&str, &str)> = read.iter().map(|(at, what)| (at.as_str(), what.as_str())).collect();
    assert_eq!(read, expected);
}

#[test]
fn a_pair_that_is_a_cassette_too_is_read_once_and_only_where_both_say_the_same() {
    let folder = Folder::new("copies");
    let line = |name: &str| format::to_line(&pair(name));
    folder.put("op/a.json", format::to_pretty(&pair("a")));
    folder.put("op/%22.json", format::to_pretty(&pair("\"")));
    folder.put("op/other.json", format::to_pretty(&pair("other")));
    let other = line("other").replace("1.10", "1.1");
    // Before and behind the cassettes in the order of the files; by hand in another order of keys.
    let by_hand = line("a").replace(r#""operation":"op","#, "").replacen('{', r#"{"operation":"op", "#, 1);
    folder.put("live/1.jsonl", [line("a"), line("b"), by_hand].join("\n"));
    folder.put("z.jsonl.zst", zstd(&[line("a"), other, line("\"")].join("\n")));
    let expected = [("live/1.jsonl:2", "op/b"), ("op/%22.json", "op/\""), ("op/a.json", "op/a")];
    check(
        &folder,
        &[&expected[..], &[("op/other.json", "op/other"), ("z.jsonl.zst:2", "op/other")]].concat(),
    );
    // Where the cassette is not read, what is elsewhere is not passed over.
    let read = folder.recordings().records(vec!["live/1.jsonl".into()]).count();
    assert_eq!(read, 3);
}

#[test]
fn pairs_are_read_in_the_order_of_their_files() {
    let folder = Folder::new("order");
    let lines = |names: [&str; 2]| names.map(|name| format::to_line(&pair(name))).join("\n \r\n");
    folder.put("op/b.json", format::to_pretty(&pair("b")));
    folder.put("op/a.json", format::to_pretty(&pair("a")));
    folder.put("live/2.jsonl", lines(["c", "d"]));
    folder.put("live/1.jsonl.zst", zstd(&lines(["e", "f"])));
    check(
        &folder,
        &[
            ("live/1.jsonl.zst:1", "op/e"),
            ("live/1.jsonl.zst:3", "op/f"),
            ("live/2.jsonl:1", "op/c"),
            ("live/2.jsonl:3", "op/d"),
            ("op/a.json", "op/a"),
            ("op/b.json", "op/b"),
        ],
    );
}

#[test]
fn hidden_files_are_ignored_and_unknown_ones_are_named() {
    let folder = Folder::new("sources");
    for file in ["op/a.json", "x.jsonl", "y.jsonl.zst", ".hidden.json", ".git/x.json", "op/.a.json.partial"] {
        folder.put(file, "");
    }
    for file in ["README.md", "op/a.har", "z.json.gz", "z.zst", "op/json"] {
        folder.put(file, "");
    }
    let paths = |files: &[&str]| files.iter().map(PathBuf::from).collect::<Vec<_>>();
    let expected = Sources {
        files: paths(&["op/a.json", "x.jsonl", "y.jsonl.zst"]),
        runs: vec![],
        unknown: paths(&["README.md", "op/a.har", "op/json", "z.json.gz", "z.zst"]),
    };
    assert_eq!(folder.recordings().sources().expect("the folder can be listed"), expected);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_not_followed() {
    let folder = Folder::new("links");
    std::os::unix::fs::symlink(&folder.0, folder.0.join("again")).expect("a link can be made");
    let expected = Sources { files: vec![], runs: vec![], unknown: vec![PathBuf::from("again")] };
    assert_eq!(folder.recordings().sources().expect("the folder can be listed"), expected);
}

#[test]
fn a_record_that_cannot_be_read_is_one_line_and_the_others_are_read() {
    let folder = Folder::new("problems");
    let good = format::to_line(&pair("good"));
    folder.put(
        "a.jsonl",
        [good.as_bytes(), b"\n\xff\xfe\n", good.as_bytes(), b"\n", &good.as_bytes()[..40]].concat(),
    );
    folder.put("b.jsonl", "");
    folder.put("c.jsonl.zst", "not compressed");
    folder.put("d.jsonl.zst", zstd(""));
    folder.put("op/empty.json", "");
    folder.put("op/latin.json", b"{\"version\":1,\"id\":\"\xe9\"");
    folder.put("op/misplaced.json", &good);
    folder.put("op/newer.json", "{\"version\":2}");
    folder.put("op/torn.json", "{\"version\":1,");
    folder.put("op/deep.json", "[".repeat(100_000));
    check(
        &folder,
        &[
            ("a.jsonl:1", "op/good"),
            ("a.jsonl:2", "the record is not UTF-8 from byte 0 on"),
            ("a.jsonl:3", "op/good"),
            ("a.jsonl:4", "the pair is torn: its text ends at line 1 column 40"),
            ("b.jsonl", "the file holds no record"),
            ("c.jsonl.zst:1", "the compressed stream is torn: Unknown frame descriptor"),
            ("d.jsonl.zst", "the file holds no record"),
            ("op/deep.json", "not a pair: invalid type: sequence, expected an object at line 1 column 1"),
            ("op/empty.json", "the file holds no record"),
            ("op/latin.json", "the record is not UTF-8 from byte 19 on"),
            ("op/misplaced.json", "the pair \"op/good\" belongs in op/good.json"),
            ("op/newer.json", "the pair is of version 2, and this program reads version 1"),
            ("op/torn.json", "the pair is torn: its text ends at line 1 column 13"),
        ],
    );
}

#[test]
fn all_before_the_tear_of_a_compressed_file_is_read() {
    let folder = Folder::new("zstd");
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("memory can be compressed");
    for name in ["a", "b", "c"] {
        encoder.write_all(format::to_line(&pair(name)).as_bytes()).expect("memory can be written");
        encoder.write_all(b"\n").expect("memory can be written");
        encoder.flush().expect("a block ends here");
    }
    let whole = encoder.finish().expect("memory can be written");
    let expected = |upto: usize| {
        let mut records: Vec<String> =
            ["op/a", "op/b", "op/c"][..upto].iter().map(ToString::to_string).collect();
        records.push("the compressed stream is torn: incomplete frame".to_owned());
        records
    };
    for end in 1..whole.len() {
        folder.put("x.jsonl.zst", &whole[..end]);
        let records: Vec<String> = folder
            .recordings()
            .records(vec![PathBuf::from("x.jsonl.zst")])
            .map(|record| record.pair().map_or_else(|error| error.to_string(), |pair| pair.id))
            .collect();
        assert_eq!(records, expected(records.len() - 1), "cut at {end}");
    }
    folder.put("x.jsonl.zst", [&whole[..], &whole[..]].concat());
    check(
        &folder,
        &[1, 2, 3, 4, 5, 6]
            .map(|line| (format!("x.jsonl.zst:{line}"), ["op/c", "op/a", "op/b"][line % 3]))
            .each_ref()
            .map(|(at, id)| (at.as_str(), *id)),
    );
}

#[test]
fn a_file_over_the_limit_is_a_problem_and_is_not_held() {
    let folder = Folder::new("huge");
    let file = fs::File::create(folder.0.join("huge.json")).expect("a file can be made");
    file.set_len(1 << 30).expect("a sparse file takes no space");
    let record = folder.recordings().records(vec![PathBuf::from("huge.json")]).next().expect("a record");
    assert_eq!(record.text, Err(ReadProblem::TooLarge { limit: RECORD_BYTES_MAX }));
}

#[test]
fn a_file_that_is_gone_is_a_problem() {
    let folder = Folder::new("gone");
    let record = folder.recordings().records(vec![PathBuf::from("gone.jsonl")]).next().expect("a record");
    assert!(matches!(record.text, Err(ReadProblem::Disk { .. })), "{record:?}");
}

#[test]
fn a_root_that_is_no_folder_is_an_error_unless_it_is_made() {
    let folder = Folder::new("root");
    let root = folder.0.join("a/b");
    let error = Recordings::open(&root).expect_err("it is not there");
    assert_eq!(error.to_string(), format!("read the folder {}", root.display()));
    assert_eq!(Recordings::create(&root).expect("it is made").root(), root);
    folder.put("file", "");
    assert!(Recordings::create(&folder.0.join("file")).is_err());
}

#[test]
fn a_written_pair_is_found_without_its_secrets() {
    let folder = Folder::new("write");
    let recordings = folder.recordings();
    let path = recordings.write(&with_secret("a/b c"), IfExists::Refuse).expect("it is written");
    assert_eq!(path, folder.0.join("op/a%2Fb%20c.json"));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), format::to_pretty(&pair("a/b c")));
    assert_eq!(folder.files(), ["op/a%2Fb%20c.json"], "nothing else is left");
    let found = recordings.find("op/a/b c").expect("it can be read").expect("it is found");
    assert_eq!(found.0.to_string(), "op/a%2Fb%20c.json");
    assert_eq!(format::to_line(&found.1), format::to_line(&pair("a/b c")));
}

#[test]
fn a_file_is_replaced_only_when_that_is_asked_for() {
    let folder = Folder::new("exists");
    let recordings = folder.recordings();
    folder.put("op/a.json", "precious");
    let error = recordings.write(&pair("a"), IfExists::Refuse).expect_err("it exists");
    assert_eq!(error.to_string(), format!("write {}: it exists", folder.0.join("op/a.json").display()));
    assert_eq!(fs::read_to_string(folder.0.join("op/a.json")).expect("it is there"), "precious");
    recordings.write(&pair("a"), IfExists::Replace).expect("it is replaced");
    check(&folder, &[("op/a.json", "op/a")]);
    assert_eq!(folder.files(), ["op/a.json"]);
}

#[test]
fn a_pair_that_could_not_be_read_back_is_not_written() {
    let folder = Folder::new("unreadable");
    let recordings = folder.recordings();
    let mut bad_id = pair("a");
    bad_id.id = "../a".to_owned();
    let error = recordings.write(&bad_id, IfExists::Refuse).expect_err("the id is none");
    assert_eq!(error.to_string(), "write the pair \"../a\"");
    let mut bad_status = pair("a");
    if let Outcome::Response(response) = &mut bad_status.legacy[0].outcome {
        response.status = 7;
    }
    let error = recordings.write(&bad_status, IfExists::Refuse).expect_err("the status is none");
    assert_eq!(error.to_string(), "write the pair \"op/a\", which could not be read back");
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn many_pairs_appear_at_once() {
    let folder = Folder::new("jsonl");
    let recordings = folder.recordings();
    for file in ["live/a.jsonl", "b.jsonl.zst"] {
        let mut writer = recordings.create_jsonl(Path::new(file), IfExists::Refuse).expect("it is started");
        for name in ["1", "2"] {
            writer.write(&with_secret(name)).expect("a pair is written");
        }
        assert!(!folder.0.join(file).exists(), "it is not there before it is whole");
        assert_eq!(writer.finish().expect("it is finished"), folder.0.join(file));
    }
    assert_eq!(folder.files(), ["b.jsonl.zst", "live/a.jsonl"]);
    check(
        &folder,
        &[
            ("b.jsonl.zst:1", "op/1"),
            ("b.jsonl.zst:2", "op/2"),
            ("live/a.jsonl:1", "op/1"),
            ("live/a.jsonl:2", "op/2"),
        ],
    );
    let plain = fs::read_to_string(folder.0.join("live/a.jsonl")).expect("it is there");
    assert_eq!(plain, format!("{}\n{}\n", format::to_line(&pair("1")), format::to_line(&pair("2"))));
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = Folder::new("dropped");
    let recordings = folder.recordings();
    for file in ["a.jsonl", "b.jsonl.zst"] {
        let mut writer = recordings.create_jsonl(Path::new(file), IfExists::Refuse).expect("it is started");
        writer.write(&pair("1")).expect("a pair is written");
    }
    assert_eq!(folder.files(), [""; 0]);
}

#[test]
fn a_jsonl_name_that_leaves_the_recordings_is_refused() {
    let folder = Folder::new("names");
    let recordings = folder.recordings();
    for file in
        ["", "a.json", "a.txt", "../a.jsonl", "/a.jsonl", ".a.jsonl", ".x/a.jsonl", "x/../a.jsonl", ".jsonl"]
    {
        let error = recordings.create_jsonl(Path::new(file), IfExists::Replace).map(|_| ()).expect_err(file);
        assert!(matches!(error, super::StoreError::FileName { .. }), "{file}: {error}");
    }
    folder.put("a.jsonl", "precious");
    let error =
        recordings.create_jsonl(Path::new("a.jsonl"), IfExists::Refuse).map(|_| ()).expect_err("it exists");
    assert!(matches!(error, super::StoreError::Exists { .. }));
}

#[test]
fn a_pair_is_found_in_lines_past_those_that_cannot_be_read() {
    let folder = Folder::new("find");
    folder.put("a.jsonl", format!("{{\n\u{0}\n{}\n", format::to_line(&pair("x"))));
    folder.put("b.jsonl.zst", zstd(&format::to_line(&pair("y")).replace("op/y", "op\\/\\u0079")));
    folder.put("op/other.json", format::to_pretty(&pair("elsewhere")));
    let recordings = folder.recordings();
    let find = |id: &str| {
        recordings.find(id).map(|found| found.map(|(location, pair)| (location.to_string(), pair.id)))
    };
    let at = |location: &str, id: &str| Some((location.to_owned(), id.to_owned()));
    assert_eq!(find("op/x").expect("it can be read"), at("a.jsonl:3", "op/x"));
    assert_eq!(find("op/y").expect("it can be read"), at("b.jsonl.zst:1", "op/y"));
    for absent in ["op/z", "", "op", "../../etc/passwd", "op/elsewhere"] {
        assert_eq!(find(absent).expect("it can be read"), None);
    }
    let error = find("op/other").expect_err("its file holds another pair");
    assert_eq!(error.to_string(), "read the pair at op/other.json");
    folder.put("op/newer.json", "{\"version\":2,\"id\":\"op/newer\"}");
    let error = find("op/newer").expect_err("its version is unknown");
    let super::StoreError::Record { source, .. } = error else { panic!("{error}") };
    assert_eq!(source, RecordError::Format(FormatError::UnknownVersion { found: "2".to_owned() }));
}

#[test]
fn the_longest_id_can_be_written_and_found() {
    let folder = Folder::new("long");
    let long = pair(&"é ".repeat((crate::id::ID_BYTES_MAX - 3) / 3));
    folder.recordings().write(&long, IfExists::Refuse).expect("it is written");
    let found = folder.recordings().find(&long.id).expect("it can be read").expect("it is found");
    assert_eq!(found.1.id, long.id);
    assert_eq!(found.0.file, file_of_id("op", &long.id[3..]));
}

#[test]
fn a_window_over_the_limit_is_refused_before_memory_is_taken() {
    let folder = Folder::new("window");
    // A frame's header with a window of two to the power of 28, and an empty last block.
    let frame = |window: u8| [0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x01, 0x00, 0x00];
    folder.put("at.jsonl.zst", frame(17 << 3));
    folder.put("over.jsonl.zst", frame(18 << 3));
    check(
        &folder,
        &[
            ("at.jsonl.zst", "the file holds no record"),
            (
                "over.jsonl.zst:1",
                "the compressed stream is torn: Frame requires too much memory for decoding",
            ),
        ],
    );
}

#[test]
fn a_disk_that_refuses_is_an_error_that_names_the_file() {
    let folder = Folder::new("refusing");
    folder.put("op", "a file where the folder should be");
    let error = folder.recordings().write(&pair("a"), IfExists::Replace).expect_err("there is no folder");
    assert_eq!(error.to_string(), format!("write {}", folder.0.join("op/a.json").display()));
    assert_eq!(folder.files(), ["op"]);
}
