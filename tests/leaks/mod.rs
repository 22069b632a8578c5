//! Nothing that the program writes has a secret or personal data in it: planted values are looked for in all of it.

pub mod scanner;
mod segment;
mod sqlite;
mod planted;
mod recorders;
mod live;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use scanner::Found;

const VALUE: &str = "Quackenbush-4711";

/// The forms in which the value is found in the bytes.
fn check(bytes: &[u8], expected: &[&str]) {
    let mut found = BTreeSet::new();
    scanner::bytes("file", bytes, &[VALUE], &mut found);
    let forms: Vec<String> = found.into_iter().map(|Found { forms, .. }| forms).collect();
    assert_eq!(forms, expected);
}

fn escaped(text: &str) -> String {
    text.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

#[test]
fn the_scanner_finds_what_stands_in_clear_whatever_its_case() {
    check(b"a QUACKENBUSH-4711 b", &["clear"]);
    check(b"a Quackenbush-4712 b", &[]);
}

#[test]
fn the_scanner_finds_what_is_in_base64_wherever_it_begins() {
    for before in ["", "x", "xy", "xyz"] {
        check(STANDARD.encode(format!("{before} Mr {VALUE}!")).as_bytes(), &["clear > base64"]);
        check(
            format!("t={}&", URL_SAFE_NO_PAD.encode(format!("{before}\u{fb}\u{ff}{VALUE}"))).as_bytes(),
            &["clear > base64"],
        );
    }
}

#[test]
fn the_scanner_finds_what_is_percent_encoded() {
    check(format!("?q={}", percent(VALUE)).as_bytes(), &["clear > percent"]);
    check(b"Quackenbush%2d4711", &["clear > percent"]);
}

#[test]
fn the_scanner_finds_what_is_escaped_as_in_json() {
    check(format!("\"{}\"", escaped(VALUE)).as_bytes(), &["clear > escaped"]);
    check(b"Quacken\\u0062ush-4711", &["clear > escaped"]);
}

#[test]
fn the_scanner_finds_what_is_compressed_with_zstd_anywhere_in_a_file() {
    // Letters of a longer text are written with fewer bits each, so that the value stands there in no form of its own.
    let text: String = (0..500).map(|number: u32| number.pow(3).to_string() + " Quack, enbush. ").collect();
    let frame = |text: &str| zstd::bulk::compress(text.as_bytes(), 3).expect("a frame is made");
    let with_value = frame(&format!("{text}{VALUE}{text}"));
    check(&[b"segment".as_slice(), &with_value, b"index"].concat(), &["clear > zstd"]);
    check(&[frame(&text), with_value].concat(), &["clear > zstd"]);
}

#[test]
fn the_scanner_finds_what_is_compressed_with_gzip_also_inside_base64() {
    let stream = gzip(VALUE.repeat(9).as_bytes());
    check(&stream, &["clear > gzip"]);
    check(STANDARD.encode(&stream).as_bytes(), &["clear > base64 > gzip"]);
    check(&gzip(escaped(VALUE).as_bytes()), &["clear > gzip > escaped"]);
}

#[test]
fn the_scanner_finds_what_lies_in_a_segment_over_chunks_of_a_block() {
    // Letters of a longer text are written with fewer bits each, so that the value stands there in no form of its own.
    let noise = |from: u32| -> String {
        (from..from + 300).map(|number| number.pow(2).to_string() + " Quack, enbush. ").collect()
    };
    let bodies = [noise(0), format!("{}{VALUE}{}", noise(1_000), noise(2_000)), noise(3_000)];
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("leaks-segments");
    let _ = std::fs::remove_dir_all(&folder);
    let pairs: Vec<String> = (1..).zip(bodies).map(|(n, body)| {
        let body = serde_json::to_string(&body).expect("a text is JSON");
        format!(r#"{{"version":1,"id":"a.b/{n}","operation":"a.b","legacy":[{{"response":{{"status":200,"body":{{"json":{body}}}}}}}]}}"#)
    }).collect();
    planted::append(&folder, &pairs);
    let mut found = scanner::folder(&folder, &[VALUE]);
    assert_eq!(found.len(), 1, "{found:?}");
    let forms = found.pop_first().map(|found| found.forms);
    assert_eq!(forms.as_deref(), Some("clear > segment > zstd"));
    std::fs::remove_dir_all(&folder).expect("it was made");
}

#[test]
fn the_scanner_finds_what_lies_over_two_pages_of_a_sqlite_file() {
    let Some(file) = sqlite_file() else { return };
    let bytes = std::fs::read(&file).expect("it was made");
    let mut found = BTreeSet::new();
    scanner::bytes("state", &bytes, &[VALUE], &mut found);
    let forms: BTreeSet<String> = found.into_iter().map(|Found { forms, .. }| forms).collect();
    assert!(forms.contains("clear > sqlite"), "{forms:?}");
    assert!(!forms.contains("clear"), "the value stands nowhere as a whole: {forms:?}");
    std::fs::remove_file(&file).expect("it was made");
}

/// A file in which the value is cut in two by the end of a page.
fn sqlite_file() -> Option<std::path::PathBuf> {
    let python = std::path::PathBuf::from("/usr/bin/python3");
    let python = crate::data::existing(python, "install python3 to make a SQLite file")?;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("leaks.sqlite");
    let _ = std::fs::remove_file(&file);
    // Pages of 1,024 bytes: of a long value the first pages are full, and each begins four bytes in.
    let script = format!(
        "import sqlite3,sys\n\
         c=sqlite3.connect(sys.argv[1])\n\
         c.execute('pragma page_size=1024')\n\
         c.execute('create table t(a)')\n\
         for n in range(1000,2100):\n\
         \x20   text='x'*n+'{VALUE}'+'y'*2000\n\
         \x20   c.execute('delete from t')\n\
         \x20   c.execute('insert into t values(?)',(text,))\n\
         \x20   c.commit()\n\
         \x20   c.execute('vacuum')\n\
         \x20   if b'{VALUE}' not in open(sys.argv[1],'rb').read(): break\n\
         else: sys.exit('no page ends in the value')\n"
    );
    let mut child = Command::new(python)
        .args(["-", file.to_str().expect("paths of the tests are UTF-8")])
        .stdin(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    child.stdin.take().expect("it is piped").write_all(script.as_bytes()).expect("python3 reads");
    assert!(child.wait().expect("python3 ends").success());
    Some(file)
}
