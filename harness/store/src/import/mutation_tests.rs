//! Truncated and mutated files of every recorder: whatever stands in them, they are read or refused, and never panic.

use std::io;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, proptest};
use proptest::sample::select;

use super::cassette::{Format, read};

/// One good file of each format, from which the broken ones are made.
const SAMPLES: [(Format, &str); 6] = [
    (
        Format::Har,
        r#"{"log":{"entries":[{"startedDateTime":"2026-11-20T09:30:00Z","time":1.5,"request":{"method":"POST","url":"https://x.test/a?b=1","headers":[{"name":"a","value":"b"}],"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"b"}]}},"response":{"status":200,"headers":[],"content":{"mimeType":"application/json","encoding":"base64","text":"eyJhIjoxfQ=="}}}]}}"#,
    ),
    (
        Format::Polly,
        r#"{"log":{"entries":[{"_order":1,"request":{"method":"GET","url":"/a"},"response":{"status":200,"headers":[{"name":"content-encoding","value":"gzip"}],"content":{"mimeType":"application/json","encoding":"hex","text":"[\"1f8b08000000000000\",\"03ab564a54b2522a4e2d2a4b2d02005d8f3f\"]"}}}]}}"#,
    ),
    (
        Format::Vcr,
        "---\nhttp_interactions:\n- request: &r\n    method: :get\n    uri: https://x.test/a\n    body: {string: ! 'a\n      b'}\n    headers: {A: [b, \"c\\x41\"]}\n  response:\n    status: {code: 200}\n    headers: {Content-Encoding: [gzip]}\n    body:\n      string: !binary |-\n        H4sIAAAAAAACA6tWSlSyijbUMdIxjq0FAJEaEYcNAAAA\n  recorded_at: Thu, 17 Apr 2014 19:32:09 GMT\n- request: *r\n",
    ),
    (
        Format::Vcr,
        r#"{"interactions":[{"request":{"method":"GET","uri":"/a","body":null,"headers":{}},"response":{"status":{"code":200},"headers":{},"body":{"string":"x"}}}]}"#,
    ),
    (
        Format::Betamax,
        r#"{"http_interactions":[{"request":{"method":"GET","uri":"/a","headers":{"a":["b"]},"body":{"string":""}},"response":{"status":{"code":200},"headers":{"content-encoding":"deflate"},"body":{"base64_string":"eJxLTEoGAAJNASc="}},"recorded_at":"2017-12-20T22:05:00"}]}"#,
    ),
    (
        Format::Wiremock,
        r#"{"mappings":[{"request":{"method":"POST","urlPathTemplate":"/a/{b}","pathParameters":{"b":{"equalTo":"c"}},"queryParameters":{"d":{"equalTo":"e"}},"bodyPatterns":[{"equalToJson":"{\"a\":1}"}]},"response":{"status":200,"jsonBody":{"a":1.10}}},{"request":{"method":"GET","url":"/f"},"response":{"bodyFileName":"g"}}]}"#,
    ),
];

/// What readers of such files trip over.
const INSERTED: [&str; 16] = [
    "\"", "{", "[", "]}", "\\", "\u{0}", "\u{feff}", "null", "-1", "1e999", "é", "*r", "&", "!binary",
    "\\ud83d", "\n\t",
];

fn mutated() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let edit = (any::<proptest::sample::Index>(), 0_usize..4, select(INSERTED.to_vec()), any::<u8>());
    (select(SAMPLES.to_vec()), proptest::collection::vec(edit, 1..8), any::<bool>()).prop_flat_map(
        |((format, sample), edits, is_cut)| {
            let mut bytes = sample.as_bytes().to_vec();
            for (at, kind, inserted, byte) in edits {
                let at = at.index(bytes.len() + 1);
                match kind {
                    0 => drop(bytes.splice(at..at, inserted.bytes())),
                    1 => drop(bytes.splice(at..at.saturating_add(3).min(bytes.len()), [byte])),
                    2 => {
                        let again: Vec<u8> = bytes[at..].iter().take(40).copied().collect();
                        drop(bytes.splice(at..at, again));
                    }
                    _ => drop(bytes.splice(at..at.saturating_add(10).min(bytes.len()), [])),
                }
            }
            let length = if is_cut { bytes.len() / 2 } else { bytes.len() };
            bytes.truncate(length);
            (Just(format), Just(bytes))
        },
    )
}

fn files(name: &str) -> io::Result<Vec<u8>> {
    Ok(name.as_bytes().to_vec())
}

#[test]
fn every_sample_is_good_to_begin_with() {
    for (format, sample) in SAMPLES {
        let cassette = read(format, sample.as_bytes(), &files);
        let refusals: Vec<_> = cassette.refusals.iter().map(ToString::to_string).collect();
        // Polly's chunks are torn, and one of VCR's interactions has no response: refusals are to be mutated too.
        let expected = usize::from(matches!(format, Format::Polly) || sample.contains("&r"));
        assert_eq!(refusals.len(), expected, "{format:?}: {refusals:?}");
    }
}

#[test]
fn every_beginning_of_a_file_is_read_or_refused() {
    for (format, sample) in SAMPLES {
        for end in 0..sample.len() {
            let cassette = read(format, &sample.as_bytes()[..end], &files);
            assert!(cassette.entries.len() < 3, "{format:?} up to {end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_is_read_or_refused((format, bytes) in mutated()) {
        let cassette = read(format, &bytes, &files);
        let numbers = cassette.entries.iter().map(|entry| entry.number);
        let refused = cassette.refusals.iter().filter_map(|refusal| refusal.entry);
        let mut numbers: Vec<usize> = numbers.chain(refused).collect();
        numbers.sort_unstable();
        numbers.dedup();
        // Each entry is one or the other, once.
        prop_assert!(numbers.len() == cassette.entries.len() + cassette.refusals.iter().filter(|refusal| refusal.entry.is_some()).count());
        for refusal in &cassette.refusals {
            prop_assert!(!refusal.to_string().contains('\n'), "one line: {refusal}");
        }
    }
}

/// Each real file is cut so often, at places that depend on its length alone, and once more has a byte changed there.
const CUTS: usize = 12;

#[test]
fn a_real_file_that_is_cut_or_changed_anywhere_is_read_or_refused() {
    let Some(folder) = super::tests::data("2-cassettes") else { return };
    let mut folders = vec![folder];
    let mut done = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the entry is there").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("the file is there");
            for (format, _) in Format::ALL {
                for cut in 1..CUTS {
                    let at = (cut * 2_654_435_761) % bytes.len();
                    read(format, &bytes[..at], &files);
                    let mut changed = bytes.clone();
                    changed[at] ^= 0x15;
                    read(format, &changed, &files);
                }
            }
            done += 1;
        }
    }
    assert!(done > 380, "{done} files");
}
