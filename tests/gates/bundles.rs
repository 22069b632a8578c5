//! A bundle names every file that it rests on: whatever becomes of one is found.

use serde_json::Value;

use super::{parsed, project};
use crate::real::project::{Project, json};

const BUNDLE: &str = "reports/gates/write-cutover.json";

/// A key of RFC 8410, section 10.3, and its public key; nobody's.
const KEY: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
const PUBLIC: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
/// Another public key: of RFC 8032, section 7.1, test 1.
const OTHER: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn pem(what: &str, base64: &str) -> String {
    format!("-----BEGIN {what} KEY-----\n{base64}\n-----END {what} KEY-----\n")
}

/// Verifies; answers the exit code, what was found, and what was said on stderr.
fn verify(project: &Project, more: &[&str]) -> (i32, Value, String) {
    let run = project.run(&[&["bundle", "verify", BUNDLE, "--format", "json"], more].concat());
    let found = if run.stdout.is_empty() { Value::Null } else { parsed(&run.stdout) };
    (run.code, found, run.stderr)
}

fn objections(found: &Value) -> Vec<String> {
    let list = found["objections"].as_array().expect("objections are a list");
    list.iter().map(|text| text.as_str().expect("it is text").to_owned()).collect()
}

#[test]
fn a_changed_byte_of_any_input_is_found_and_named() {
    let project = project("flipped", "");
    project.expect(&["gate", "write-cutover"], 3);
    let bundle = json(&project.path(BUNDLE));
    let inputs = bundle["inputs"].as_array().expect("inputs are a list");
    let kinds = inputs.iter().map(|input| input["kind"].as_str().expect("it is text")).collect::<Vec<_>>();
    assert_eq!(
        kinds,
        ["accounts", "config", "case", "case", "mapping", "tolerances", "recording", "recording", "journal"]
    );
    let (code, found, _) = verify(&project, &[]);
    assert_eq!((code, objections(&found)), (3, vec![]), "as it was");
    for input in inputs {
        let path = input["path"].as_str().expect("it is text");
        let whole = std::fs::read(project.path(path)).expect("an input is there");
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            project.write(path, &bytes);
            let (code, found, stderr) = verify(&project, &[]);
            // What cannot be read any more is a usage error, and named there.
            let named = match code {
                2 => stderr.contains(path.rsplit('/').next().expect("a path has a name")),
                _ => objections(&found).iter().any(|text| text.starts_with(&format!("{path} ("))),
            };
            assert!(named && code != 0 && code != 3, "{path} at {at}: {code} {found} {stderr}");
        }
        project.write(path, &whole);
    }
    assert_eq!(objections(&verify(&project, &[]).1), Vec::<String>::new(), "as it was again");
}

#[test]
fn what_came_later_or_is_gone_is_named() {
    let project = project("added", "");
    project.expect(&["gate", "write-cutover"], 3);
    let recording = std::fs::read(project.path("recordings/crm.contacts.list/0.json")).expect("it is there");
    std::fs::remove_file(project.path("recordings/crm.contacts.list/0.json")).expect("it can be removed");
    project.write("recordings/crm.contacts.list/later.json", recording);
    let (code, found, _) = verify(&project, &[]);
    let expected = [
        "recordings/crm.contacts.list/0.json (recording) is gone",
        "recordings/crm.contacts.list/later.json (recording) came later",
    ];
    assert_eq!((code, objections(&found)), (1, expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_bundle_that_was_edited_is_none_and_its_time_is_judged_apart() {
    let project = project("edited", "");
    project.expect(&["gate", "write-cutover"], 3);
    let text = std::fs::read_to_string(project.path(BUNDLE)).expect("it is text");
    let late = project.command(&["bundle", "verify", BUNDLE, "--format", "json"]);
    let mut late_command = std::process::Command::new(late.get_program());
    late_command.current_dir(project.path("")).args(["bundle", "verify", BUNDLE, "--format", "json", "-q"]);
    let run = late_command.args(["--as-of", "2026-12-24"]).output().expect("the program was built");
    let found = parsed(&String::from_utf8_lossy(&run.stdout));
    assert_eq!((&found["holds"], &found["expired"]), (&true.into(), &true.into()));
    assert_eq!(run.status.code(), Some(3));

    // What is decided cannot be edited in: decided again, it comes out otherwise.
    project.write(
        BUNDLE,
        text.replace("\"answer\":\"inconclusive\",\"as_of\"", "\"answer\":\"pass\",\"as_of\""),
    );
    let (code, found, _) = verify(&project, &[]);
    assert_eq!((code, found["holds"].clone()), (1, false.into()));
    project.write(BUNDLE, text.replace("\"version\":1", "\"version\": 1"));
    let (code, _, stderr) = verify(&project, &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("not canonical JSON"), "{stderr}");
}

#[test]
fn a_signature_is_of_the_text_and_of_the_key_that_is_trusted() {
    let project = project("signed", "");
    project.write("lead.pem", pem("PRIVATE", KEY));
    project.write("lead.pub.pem", pem("PUBLIC", PUBLIC));
    project.write("other.pub.pem", pem("PUBLIC", OTHER));
    project.expect(&["gate", "write-cutover", "--sign-with", "lead.pem"], 3);
    let (code, found, _) = verify(&project, &["--trust", "lead.pub.pem"]);
    assert_eq!((code, found["signature"].as_str()), (3, Some("signed with the key that is trusted")));
    let (code, found, _) = verify(&project, &["--trust", "other.pub.pem"]);
    assert_eq!((code, objections(&found).len()), (1, 1));
    let text = std::fs::read_to_string(project.path(BUNDLE)).expect("it is text");
    project.write(BUNDLE, text.replacen("2 accounts", "9 accounts", 1));
    let (code, found, _) = verify(&project, &["--trust", "lead.pub.pem"]);
    let first = objections(&found).first().cloned().unwrap_or_default();
    assert_eq!(
        (code, first.as_str()),
        (1, "its signature is not of its text: the bundle was changed since it was signed")
    );
    // The key itself is in nothing that was written or said.
    assert!(!text.contains(&KEY[20..]), "{text}");
    let refused = project.expect(&["gate", "write-cutover", "--sign-with", "lead.pub.pem"], 2);
    assert!(refused.stderr.contains("no Ed25519 private key"), "{}", refused.stderr);
}

#[test]
fn bundles_are_what_their_schema_says() {
    let project = project("schema", "");
    let schema = json(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bundle.schema.json"));
    let validator = jsonschema::validator_for(&schema).expect("the published schema is a schema");
    // A gate fails where the one before it was not passed.
    for (gate, code) in [("mapping-change", 3), ("token-import", 3), ("write-cutover", 1), ("deprecation", 1)]
    {
        let printed = parsed(&project.expect(&["gate", gate, "--format", "json"], code).stdout);
        let written = json(&project.path(&format!("reports/gates/{gate}.json")));
        assert_eq!(printed, written);
        let errors = validator.iter_errors(&written).map(|error| error.to_string()).collect::<Vec<_>>();
        assert!(errors.is_empty(), "{gate}\n{}", errors.join("\n"));
    }
}
