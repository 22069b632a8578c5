//! A migration whose every input has planted values in it, and what the program wrote of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::segments::{Disk, SegmentWriter, Settings};

use super::{escaped, gzip, percent, scanner};
use crate::real::project::Project;

/// What must be found nowhere: secrets, and what is personal of two people.
pub(super) const PLANTED: [&str; 15] = [
    "sk-live-PlantedSecretWord",
    "PlantedBearerToken",
    "PlantedCookie",
    "PlantedSignature",
    "Wilhelmina",
    "Quackenbush",
    "Zylophane",
    "Kastanienallee",
    "15199887766",
    "99887766",
    "9081726354",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "Ōkubo",
    "Drosselbart",
    "7006652",
];

pub(super) const CONFIGURATION: &str = r#"
[migration]
name = "planted"

[[operations]]
name = "crm.contacts.get"
legacy = { method = "GET", path = "/legacy/contacts/{id}" }
new = { method = "GET", path = "/new/contacts/{id}" }
mapping = "contact.jsonata"
"#;

/// Names put together, a URL built from an id, a word tested.
pub(super) const MAPPING: &str = r#"{
  "id": $string(id), "name": first & " " & last, "email": $lowercase(mail), "phone": phone,
  "link": "https://app.example/c/" & $string(id), "kind": kind = "customer" ? "C" : "L", "note": note, "blob": blob,
  "raw": raw, "born": born
}"#;

/// The two bodies of one contact, in many ways of writing.
pub(super) fn bodies() -> (String, String) {
    let inner = r#"{\"first_name\":\"Wilhelmina\",\"access_token\":\"sk-live-PlantedSecretWord\"}"#;
    let blob = STANDARD.encode("Dear Wilhelmina Quackenbush, call +49 15199887766");
    let note = format!("Ask {} at Zylophane, Kastanienallee 7006652", escaped("Drosselbart"));
    let common = format!(
        r#""phone":"+49 15199887766","note":"{note}","blob":"{blob}","raw":"{inner}","born":"1990-02-03""#
    );
    let legacy = format!(
        r#"{{"id":"9081726354","name":"Wilhelmina Quackenbush","email":"wilhelmina.quackenbush@zylophane.example","link":"https://app.example/c/9081726354","kind":"C",{common}}}"#
    );
    let new = format!(
        r#"{{"id":9081726354,"first":"Wilhelmina","last":"Quackenbush","mail":"Wilhelmina.Quackenbush@Zylophane.example","kind":"customer","uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","api_key":"sk-live-PlantedSecretWord","{}":"x","japanese":{{"name":"Ōkubo"}},{common}}}"#,
        "wilhelmina.quackenbush@zylophane.example"
    );
    (legacy, new)
}

pub(super) fn archive(path: &str, body: &str) -> String {
    let url = format!(
        "https://api.example{path}/9081726354?email={}&X-Amz-Signature=PlantedSignature&owner=Drosselbart",
        percent("wilhelmina.quackenbush@zylophane.example")
    );
    let text = serde_json::to_string(body).expect("a text is JSON");
    let binary = STANDARD.encode(gzip(b"Wilhelmina Quackenbush"));
    let entry = |url: &str, content: &str| {
        format!(
            r#"{{"startedDateTime":"2026-01-02T03:04:05Z","time":1,"request":{{"method":"GET","url":"{url}","httpVersion":"HTTP/1.1","headers":[{{"name":"Authorization","value":"Bearer PlantedBearerToken"}},{{"name":"Cookie","value":"session=PlantedCookie"}},{{"name":"X-User-Name","value":"Wilhelmina Quackenbush"}}],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":0}},"response":{{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[{{"name":"Content-Type","value":"application/json"}},{{"name":"Set-Cookie","value":"s=PlantedCookie"}},{{"name":"Location","value":"https://u:sk-live-PlantedSecretWord@x.example/9081726354"}}],"cookies":[],"content":{content},"redirectURL":"","headersSize":-1,"bodySize":-1}},"cache":{{}},"timings":{{"send":0,"wait":1,"receive":0}}}}"#
        )
    };
    let one = entry(&url, &format!(r#"{{"size":1,"mimeType":"application/json","text":{text}}}"#));
    let other = entry(
        &url.replace("9081726354", "7006652"),
        &format!(
            r#"{{"size":1,"mimeType":"application/octet-stream","encoding":"base64","text":"{binary}"}}"#
        ),
    );
    format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"t","version":"1"}},"entries":[{one},{other}]}}}}"#
    )
}

#[test]
fn nothing_planted_is_found_in_anything_that_the_program_wrote_or_said() {
    let project = Project::new("planted", CONFIGURATION);
    project.write("contact.jsonata", MAPPING);
    let inputs = Project::new("planted-inputs", "");
    let (legacy, new) = bodies();
    inputs.write("legacy.json", &legacy);
    inputs.write("new.json", &new);
    inputs.write("rows.jsonl", format!("{{\"id\":\"9081726354\",\"legacy\":{legacy},\"new\":{new}}}\n"));
    inputs.write("legacy.har", archive("/legacy/contacts", &legacy));
    inputs.write("new.har", archive("/new/contacts", &new));
    let input = |name: &str| inputs.path(name).display().to_string();
    let operation = ["--operation", "crm.contacts.get"];
    let jsonl = input("rows.jsonl");
    let rows = ["import", "jsonl", &jsonl, "--id", "/id", "--legacy", "/legacy", "--new", "/new"];
    let (legacy_body, new_body) = (input("legacy.json"), input("new.json"));
    let pair = ["import", "pair", "--legacy", &legacy_body, "--new", &new_body, "--id", "9081726354"];
    let (legacy_archive, new_archive) = (input("legacy.har"), input("new.har"));
    let har = |file, side| {
        ["import", "har", file, "--side", side, "--account", "acme", "--base", "https://api.example"]
    };
    let mut said = String::new();
    let mut run = |arguments: &[&str], codes: &[i32]| {
        let run = project.run(arguments);
        assert!(
            codes.contains(&run.code),
            "cutover {arguments:?}: {}\n{}\n{}",
            run.code,
            run.stdout,
            run.stderr
        );
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
        run.stdout
    };
    run(&[rows.as_slice(), &operation].concat(), &[0]);
    run(&[pair.as_slice(), &operation].concat(), &[0]);
    run(&har(&legacy_archive, "legacy"), &[0]);
    run(&har(&new_archive, "new"), &[0]);
    run(&["check"], &[0, 1, 3]);
    run(&["check", "--format", "json"], &[0, 1, 3]);
    let pairs = pairs(&project);
    assert_eq!(pairs.len(), 4, "{pairs:?}");
    for pair in &pairs {
        run(&["explain", pair], &[0, 1, 3]);
        run(&["explain", pair, "--format", "json"], &[0, 1, 3]);
    }
    // Live capture keeps what it redacted in segments.
    let lines: Vec<String> =
        pairs.iter().map(|pair| run(&["recordings", "show", pair, "--raw"], &[0])).collect();
    let live =
        |line: &String| serde_json::from_str::<serde_json::Value>(line).expect("a pair is JSON").to_string();
    let renamed = lines
        .iter()
        .map(live)
        .map(|line| line.replace("\"id\":\"crm.contacts.get/", "\"id\":\"crm.contacts.get/live-"));
    append(&project.path("recordings/segments"), &renamed.collect::<Vec<_>>());
    for list in [
        &["ls"][..],
        &["ls", "--pairs"],
        &["ls", "--by", "file", "--format", "json"],
        &["ls", "--status", "200"],
    ] {
        run(&[&["recordings"], list].concat(), &[0]);
    }
    for pair in &pairs {
        run(&["recordings", "show", pair], &[0]);
        run(&["recordings", "show", pair, "--raw"], &[0]);
        run(&["recordings", "show", pair, "--format", "json"], &[0]);
    }
    run(&["recordings", "redact", "--preview"], &[0]);
    run(&["recordings", "promote"], &[0]);
    run(&["recordings", "promote", "--format", "json"], &[0]);
    run(&["recordings", "prune", "--keep-needed", "--dry-run"], &[0]);
    run(&["recordings", "prune", "--keep-needed", "--format", "json"], &[0]);
    run(&["check"], &[0, 1, 3]);
    run(&["mapping", "suggest"], &[0, 1, 2, 3]);
    run(&["mapping", "lint"], &[0, 1, 2, 3]);
    run(&["mapping", "test"], &[0, 1, 2, 3]);
    run(&["config", "check"], &[0, 1, 2]);
    let fuzz = ["fuzz", "--cases", "300", "--seed", "7"];
    let reports = ["--keep", "--junit", "fuzz.xml", "--sarif", "fuzz.sarif", "--format", "json"];
    run(&fuzz, &[0, 1, 3]);
    run(&[&fuzz[..], &reports].concat(), &[0, 1, 3]);
    for gate in ["mapping-change", "token-import", "write-cutover", "deprecation"] {
        run(&["gate", gate], &[0, 1, 3]);
        run(&["check", "--gate", gate, "--format", "json"], &[0, 1, 3]);
    }
    run(&["bundle", "verify", "reports/gates/write-cutover.json"], &[0, 1, 3]);
    run(&["report"], &[0, 1, 3]);
    run(&["audit"], &[0, 1, 3]);
    run(&["review"], &[0, 1, 3]);
    run(&["accept"], &[0, 1, 3]);
    run(&["check"], &[0, 1, 3]);
    let recorded: serde_json::Value = serde_json::from_str(&lines[0]).expect("a pair is JSON");
    project.write("recorded.json", recorded["new"][0]["response"]["body"]["json"].to_string());
    let mapped = run(&["map", "recorded.json", "--mapping", "contact.jsonata"], &[0]);
    assert!(mapped.contains("https://app.example/c/"), "{mapped}");
    for side in ["legacy", "new", "source"] {
        run(&["export", "har", "--side", side, "--out", &format!("{side}.har")], &[0, 3]);
    }
    project.write("said.txt", &said);
    let found = scanner::folder(&project.path(""), &PLANTED);
    assert_eq!(found, BTreeSet::new());
    // The scanner sees the same values where they stand: what it did not find is not there.
    let planted = scanner::folder(&inputs.path(""), &PLANTED);
    let seen: BTreeSet<&str> = planted.iter().map(|found| found.value.as_str()).collect();
    assert_eq!(seen, PLANTED.iter().copied().collect());
}

/// Puts pairs into a segment as live capture does.
pub fn append(folder: &Path, lines: &[String]) {
    let settings = Settings::new("test".to_owned(), Arc::new(|| Duration::ZERO));
    let writer = SegmentWriter::open(Arc::new(Disk), folder, settings).expect("the folder can be written");
    for line in lines {
        let pair = store::format::parse(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        writer.append(&pair).expect("there is room").wait().expect("the disk takes it");
    }
    writer.close();
}

/// The ids of all pairs.
fn pairs(project: &Project) -> Vec<String> {
    let mut pairs = Vec::new();
    for file in crate::data::files(&project.path("recordings/crm.contacts.get")) {
        let text = std::fs::read_to_string(&file).expect("it was written");
        let texts = if file.extension().is_some_and(|end| end == "jsonl") {
            text.lines().map(str::to_owned).collect()
        } else {
            vec![text]
        };
        for text in texts {
            let pair: serde_json::Value = serde_json::from_str(&text).expect("a pair is JSON");
            pairs.push(pair["id"].as_str().expect("a pair has an id").to_owned());
        }
    }
    pairs
}
