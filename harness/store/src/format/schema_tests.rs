//! The published schema and the reader accept and refuse the same.

use serde_json::Value;

use super::parse;

fn check(text: &str) {
    let schema = include_str!("../../../../docs/pair.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let value: Value = serde_json::from_str(text).expect("the case is JSON");
    assert_eq!(validator.is_valid(&value), parse(text).is_ok(), "{text}: {:?}", parse(text));
}

/// The smallest pair, with more keys at its end.
fn pair(more: &str) -> String {
    format!(r#"{{"version":1,"id":"op/1","operation":"op"{more}}}"#)
}

#[test]
fn the_schema_and_the_reader_agree_on_envelopes() {
    for text in ["[]", "{}", r#"{"version":1}"#, r#"{"version":2,"id":"op/1","operation":"op"}"#] {
        check(text);
    }
    for more in [
        "",
        r#","kind":"event""#,
        r#","kind":"other""#,
        r#","kind":null"#,
        r#","account":"a","recorded_at":"b""#,
        r#","account":null"#,
        r#","account":1"#,
        r#","legacy":[],"new":[],"source":[]"#,
        r#","legacy":null"#,
        r#","legacy":{}"#,
        r#","repeats":{}"#,
        r#","repeats":[]"#,
        r#","repeats":{"legacy":[[]],"new":[[{"response":{"status":200}}]]}"#,
        r#","repeats":{"legacy":[{}]}"#,
        r#","repeats":{"source":[]}"#,
        r#","redaction":{"version":1,"key":"k"}"#,
        r#","redaction":{"version":-1,"key":"k"}"#,
        r#","redaction":{"version":1}"#,
        r#","redaction":null"#,
        r#","redaction":{"version":1,"none":true}"#,
        r#","redaction":{"version":1,"none":false}"#,
        r#","redaction":{"version":1,"none":true,"key":"k"}"#,
        r#","redaction":{"version":1,"none":true,"commutes":true}"#,
        r#","redaction":{"version":1,"key":"k","commutes":true}"#,
        r#","redaction":{"version":1,"key":"k","commutes":false,"differs":"the verdict"}"#,
        r#","redaction":{"version":1,"key":"k","commutes":false}"#,
        r#","redaction":{"version":1,"key":"k","commutes":true,"differs":"x"}"#,
        r#","redaction":{"version":1,"key":"k","differs":"x"}"#,
        r#","unknown":1"#,
    ] {
        check(&pair(more));
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_ids() {
    for (id, operation) in [
        ("op/1", "op"),
        ("op/a/b c", "op"),
        ("op/a..b", "op"),
        ("op/", "op"),
        ("op", "op"),
        ("", ""),
        ("/x", ""),
        ("op/..", "op"),
        ("op/../x", "op"),
        ("op/.", "op"),
        ("op/x\\\\..", "op"),
        ("../x", ".."),
        ("op/\\u0007", "op"),
        ("op/\\u0085", "op"),
        ("o/p/1", "o/p"),
    ] {
        check(&format!(r#"{{"version":1,"id":"{id}","operation":"{operation}"}}"#));
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_exchanges() {
    for exchange in [
        "{}",
        "[]",
        r#"{"response":{"status":200}}"#,
        r#"{"response":{"status":200},"failure":{"kind":"tls","detail":""}}"#,
        r#"{"response":{"status":99}}"#,
        r#"{"response":{"status":1000}}"#,
        r#"{"response":{"status":"200"}}"#,
        r#"{"response":{}}"#,
        r#"{"response":null}"#,
        r#"{"failure":{"kind":"tls","detail":""}}"#,
        r#"{"failure":{"kind":"tls"}}"#,
        r#"{"failure":{"kind":"other","detail":""}}"#,
        r#"{"started_at":"a","elapsed_ms":1,"response":{"status":200}}"#,
        r#"{"elapsed_ms":-1,"response":{"status":200}}"#,
        r#"{"request":{"method":"GET","url":"/"},"response":{"status":200}}"#,
        r#"{"request":{"method":"","url":"/"},"response":{"status":200}}"#,
        r#"{"request":{"method":"G T","url":"/"},"response":{"status":200}}"#,
        r#"{"request":{"method":"GET"},"response":{"status":200}}"#,
        r#"{"request":["GET","/"],"response":{"status":200}}"#,
        r#"{"request":null,"response":{"status":200}}"#,
        r#"{"other":1,"response":{"status":200}}"#,
    ] {
        check(&pair(&format!(r#","legacy":[{exchange}]"#)));
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_headers_and_bodies() {
    for part in [
        r#""headers":{}"#,
        r#""headers":{"a":"1","b":["1","2"]}"#,
        r#""headers":{"a":[]}"#,
        r#""headers":{"a":1}"#,
        r#""headers":{"a":null}"#,
        r#""headers":[]"#,
        r#""body":{}"#,
        r#""body":null"#,
        r#""body":{"json":null}"#,
        r#""body":{"json":{"a":1}}"#,
        r#""body":{"text":"a"}"#,
        r#""body":{"text":null}"#,
        r#""body":{"text":"a","json":1}"#,
        r#""body":{"base64":""}"#,
        r#""body":{"base64":"AA=="}"#,
        r#""body":{"base64":"AAA="}"#,
        r#""body":{"base64":"AAAA"}"#,
        r#""body":{"base64":"A==="}"#,
        r#""body":{"base64":"===="}"#,
        r#""body":{"base64":"AA="}"#,
        r#""body":{"base64":"AA-_"}"#,
        r#""body":{"html":""}"#,
    ] {
        check(&pair(&format!(r#","new":[{{"response":{{"status":200,{part}}}}}]"#)));
    }
}

#[test]
fn the_pair_that_the_docs_show_is_written_as_they_show_it() {
    let docs = include_str!("../../../../docs/recordings.md");
    let shown =
        docs.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("there is one");
    check(shown);
    assert_eq!(super::to_pretty(&parse(shown).expect("it is a pair")), shown);
}

#[test]
fn every_cassette_of_this_repository_is_valid_and_holds_no_secret() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings");
    let recordings = crate::recordings::Recordings::open(&root).expect("the recordings are there");
    let sources = recordings.sources().expect("the recordings can be listed");
    for record in recordings.records(sources.files) {
        let location = record.location.to_string();
        check(record.text.as_deref().expect("a cassette can be read"));
        let pair = record.pair().unwrap_or_else(|error| panic!("{location}: {error}"));
        let mut removed = pair.clone();
        crate::secrets::remove(&mut removed);
        assert_eq!(removed, pair, "{location} holds a secret");
    }
}
