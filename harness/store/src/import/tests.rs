//! Importing bodies that were recorded elsewhere.

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};

use super::{JsonlImport, PairImport, import_jsonl, import_pair};
use crate::format;
use crate::pointer::Pointer;

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).expect("the pointer is valid")
}

fn import() -> JsonlImport {
    JsonlImport {
        operation: "op".to_owned(),
        id: pointer("/id"),
        legacy: pointer("/legacy"),
        new: pointer("/new"),
        source: Some(pointer("/raw")),
        account: Some(pointer("/account/id")),
    }
}

fn side(json: &str) -> Vec<Exchange> {
    let response = Response {
        status: 200,
        headers: Headers::from([("content-type".to_owned(), vec!["application/json".to_owned()])]),
        body: Body::Json(json.to_owned()),
    };
    let outcome = Outcome::Response(response);
    vec![Exchange { started_at: None, elapsed_ms: None, request: None, outcome }]
}

fn pair(name: &str) -> Pair {
    Pair { id: format!("op/{name}"), operation: "op".to_owned(), ..Pair::default() }
}

fn check(lines: &[u8], expected: &[Result<Pair, &str>]) {
    let import = import();
    let pairs: Vec<Result<Pair, String>> =
        import_jsonl(lines, &import).map(|pair| pair.map_err(|error| error.to_string())).collect();
    let expected: Vec<Result<Pair, String>> =
        expected.iter().cloned().map(|pair| pair.map_err(str::to_owned)).collect();
    assert_eq!(pairs, expected);
    for pair in pairs.into_iter().flatten() {
        assert_eq!(format::parse(&format::to_line(&pair)), Ok(pair), "it can be written and read back");
    }
}

#[test]
fn values_are_cut_out_to_the_letter() {
    let legacy = r#"{"z":1.10,"a":1e400,"z":"\ud83d"}"#;
    let line =
        format!(r#"{{"id":"a","raw":[9007199254740993],"legacy":{legacy},"new":"x","account":{{"id":7}}}}"#);
    let expected = Pair {
        account: Some("7".to_owned()),
        legacy: side(legacy),
        new: side("\"x\""),
        source: side("[9007199254740993]"),
        ..pair("a")
    };
    check(line.as_bytes(), &[Ok(expected)]);
}

#[test]
fn nothing_is_absent_and_null_is_a_body() {
    let line = br#"{"id":1.10,"new":null,"raw":null,"account":{"id":null}}"#;
    let expected = Pair { new: side("null"), source: side("null"), ..pair("1.10") };
    check(line, &[Ok(expected)]);
}

#[test]
fn a_line_that_cannot_be_imported_says_why_and_the_next_is_read() {
    check(
        b"{\"id\":\"a\"}\n\n{\"id\":\n\xff\n{}\n{\"id\":[]}\n{\"id\":\"..\"}\n{\"id\":\"a\"}\n{\"id\":\"b\",\"id\":\"c\"}\n{\"id\":\"d\",\"account\":{\"id\":true}}\n{\"id\":\"b\"}",
        &[
            Ok(pair("a")),
            Err("line 3: not JSON: EOF while parsing a value at column 6"),
            Err("line 4: the record is not UTF-8 from byte 0 on"),
            Err("line 5: there is nothing at the id's pointer"),
            Err("line 6: the id is neither a text nor a number: []"),
            Err("line 7: the id has a part `.` or `..`"),
            Err("line 8: the id \"op/a\" is that of line 1"),
            Err("line 9: the key `id` twice in one object"),
            Err("line 10: the account is neither a text nor a number: true"),
            Ok(pair("b")),
        ],
    );
}

#[test]
fn an_empty_file_has_no_pairs() {
    check(b"", &[]);
    check(b"\n\n", &[]);
}

#[test]
fn bare_bodies_become_a_pair() {
    let import =
        PairImport { operation: "op", name: "a", legacy: " {\"n\":1.0}\n", new: "[]", source: Some("null") };
    let expected = Pair { legacy: side("{\"n\":1.0}"), new: side("[]"), source: side("null"), ..pair("a") };
    assert_eq!(import_pair(import), Ok(expected));
    let message = |import| import_pair(import).expect_err("it is no pair").to_string();
    assert_eq!(
        message(PairImport { new: "{\n\"a\":", ..import }),
        "the new body is not JSON: EOF while parsing a value at line 2 column 4"
    );
    assert_eq!(message(PairImport { name: "", ..import }), "the id has no name after its operation");
}

/// The folder of real data below `CUTOVER_DATA`; where it is absent, the test says so.
pub(super) fn data(folder: &str) -> Option<std::path::PathBuf> {
    let data = std::env::var("CUTOVER_DATA").map_or_else(
        |_| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = data.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_none(), "{} is absent", folder.display());
    #[expect(clippy::print_stderr, reason = "a test that could not run says so")]
    {
        eprintln!("NOT RUN: {} is absent; set CUTOVER_DATA", folder.display());
    }
    None
}

#[test]
fn the_minefield_is_accepted_and_rejected_as_its_names_say() {
    let Some(folder) = data("5-conformance/json-parsing") else { return };
    for part in ["test_parsing", "test_transform"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("the folder is there") {
            let path = entry.expect("the entry is there").path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let bytes = std::fs::read(&path).expect("the file is there");
            let text = String::from_utf8(bytes);
            let import = |legacy| {
                import_pair(PairImport { operation: "op", name: "a", legacy, new: "1", source: None })
            };
            let pair = text.as_deref().ok().and_then(|text| import(text).ok());
            if name.starts_with("n_") {
                assert_eq!(pair, None, "{name}");
            } else if name.starts_with("y_") || part == "test_transform" {
                let pair = pair.unwrap_or_else(|| panic!("{name} is refused"));
                let read = format::parse(&format::to_pretty(&pair)).expect("it reads back");
                assert_eq!(format::to_line(&read), format::to_line(&pair), "{name}");
            }
        }
    }
}

#[test]
fn the_three_way_data_is_imported_whole() {
    let Some(folder) = data("1-raw-to-unified/three-way") else { return };
    let import = import();
    let mut count = 0;
    for file in [
        "hubspot/owners",
        "hubspot/companies",
        "hubspot/contacts",
        "hubspot/deals",
        "salesforce/opportunities",
        "salesforce/contacts",
    ] {
        let file = std::fs::File::open(folder.join(format!("{file}.jsonl"))).expect("the file is there");
        for pair in import_jsonl(std::io::BufReader::new(file), &import) {
            let pair = pair.expect("every line is a record");
            assert_eq!((pair.legacy.len(), pair.new.len(), pair.source.len()), (1, 1, 1));
            assert_eq!(
                format::parse(&format::to_line(&pair)),
                Ok(pair),
                "no field of it is taken for a secret"
            );
            count += 1;
        }
    }
    assert_eq!(count, 350);
}
