//! Cassettes and archives of real services: every file imports or says why not, and two sides become pairs.

use super::project::{MIGRATION, Project, Run, argument, totals};
use crate::data;
use serde_json::Value;
use std::path::{Path, PathBuf};

const CASSETTES: &str = "2-cassettes";
/// Of the pseudonyms: any one.
const KEY: char = '7';
/// Nothing of the data is asked for so: what is read is counted as unmatched, and not written.
const NOTHING: &str =
    "[[operations]]\nname = \"nothing\"\nlegacy = { method = \"GET\", path = \"/n/o/t/h/i/n/g/7\" }\n";

/// Folder, format, files, exchanges, refusals.
const FOLDERS: [(&str, &str, usize, u64, usize); 7] = [
    ("vcr-hubspot-v1", "vcr", 59, 132, 0),
    ("vcr-github-json", "vcr", 63, 150, 0),
    ("vcr-slack", "vcr", 19, 55, 0),
    ("vcr-quickbooks-xml", "vcr", 11, 64, 0),
    ("betamax-github", "betamax", 44, 127, 0),
    ("har-polly", "polly", 47, 123, 0),
    ("har-browser", "har", 9, 36, 3),
];

#[test]
fn every_file_of_the_data_imports_and_the_refusals_have_their_reasons() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let project = Project::new("cassettes", &format!("{MIGRATION}{NOTHING}"));
    for (name, format, files, exchanges, refused) in FOLDERS {
        let found = below(&folder.join(name));
        assert_eq!(found.len(), files, "{name}");
        let told = import(&project, format, &found, "legacy", if refused > 0 { 2 } else { 3 });
        let expected = serde_json::json!({
            "files": files, "exchanges": exchanges, "pairs": 0, "completed": 0, "unchanged": 0,
            "refused": refused, "unmatched": exchanges, "waiting": 0,
        });
        assert_eq!(told["totals"], expected, "{name}");
    }
    let told = import(&project, "har", &below(&folder.join("har-browser")), "legacy", 2);
    let reasons: Vec<_> = told["refused"].as_array().expect("a list").iter().map(reason).collect();
    assert_eq!(
        reasons,
        [
            "har-validator-har-invalid.json: not a HAR: `log` lies below `creator`, `date`, `version`, not at the root",
            "har-validator-request-valid.json: no response: the file is a HAR's request alone",
            "har-validator-response-valid.json: no request: the file is a HAR's response alone",
        ]
    );
}

#[test]
fn bare_bodies_are_refused_because_nothing_says_what_was_asked() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let project = Project::new("bare-bodies", &format!("{MIGRATION}{NOTHING}"));
    for (name, files) in [("netsuite", 42), ("fixtures-salesforce", 33), ("fixtures-jira-v2-ruby", 56)] {
        let found = below(&folder.join(name));
        for format in ["har", "vcr", "betamax", "polly", "wiremock"] {
            let told = import(&project, format, &found, "legacy", 2);
            let refused = told["refused"].as_array().expect("a list");
            assert_eq!((refused.len(), &told["totals"]["exchanges"]), (files, &Value::from(0)), "{name}");
            for refusal in refused {
                let what = refusal["what"].as_str().expect("a text");
                assert!(
                    what.starts_with("no request: the file is a bare body"),
                    "{name} as {format}: {what}"
                );
            }
        }
    }
}

#[test]
fn packed_binary_bodies_of_xml_are_kept_as_the_xml_that_they_are() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let query = "legacy = { method = \"GET\", path = \"/v3/company/{company}/query\" }";
    let project =
        Project::new("cassettes-xml", &format!("{MIGRATION}[[operations]]\nname = \"query\"\n{query}\n"));
    let told = import(&project, "vcr", &below(&folder.join("vcr-quickbooks-xml")), "legacy", 0);
    assert_eq!(counted(&told), [64, 56, 0, 0, 8, 56]);
    for (file, text) in recordings(&project) {
        let pair: Value = serde_json::from_str(&text).expect("a pair is JSON");
        let response = &pair["legacy"][0]["response"];
        let body = response["body"]["text"].as_str().unwrap_or_default();
        assert!(
            body.starts_with("<?xml ") && body.trim_end().ends_with('>'),
            "{}: {response}",
            file.display()
        );
        assert!(response["headers"].get("content-encoding").is_none(), "{}", file.display());
    }
}

const GITHUB: &str = r#"
[[operations]]
name = "user.get"
legacy = { method = "GET", path = "/user" }
new = { method = "GET", path = "/user" }

[[operations]]
name = "repo.get"
legacy = { method = "GET", path = "/repos/{owner}/{repo}" }
new = { method = "GET", path = "/repos/{owner}/{repo}" }
join = { ignore = ["owner", "repo"] }

[[operations]]
name = "followers.list"
legacy = { method = "GET", path = "/users/{user}/followers", ignore_query = ["per_page"] }
new = { method = "GET", path = "/users/{user}/followers" }
join = { ignore = ["user"] }
"#;

#[test]
fn two_libraries_cassettes_of_one_service_become_pairs_and_are_compared() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let (betamax, vcr) = (below(&folder.join("betamax-github")), below(&folder.join("vcr-github-json")));
    let project = Project::new("cassettes-two-sides", &format!("{MIGRATION}{GITHUB}"));
    let told = import(&project, "betamax", &betamax, "legacy", 0);
    assert_eq!(counted(&told), [127, 18, 0, 0, 109, 18]);
    let told = import(&project, "vcr", &vcr, "new", 0);
    assert_eq!(counted(&told), [150, 0, 3, 0, 147, 15]);
    let waiting = told["waiting"].as_array().expect("a list");
    assert!(waiting.iter().all(|waiting| waiting["lacks"] == "new"), "{waiting:?}");
    // Importing the same again changes nothing.
    let told = import(&project, "vcr", &vcr, "new", 0);
    assert_eq!(counted(&told), [150, 0, 0, 3, 147, 15]);

    project.expect(&["check"], 1);
    assert_eq!(totals(&project.verdicts()), [18, 0, 0, 3, 15]);
}

#[test]
fn the_order_in_which_the_sides_are_imported_leaves_no_trace() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let (betamax, vcr) = (below(&folder.join("betamax-github")), below(&folder.join("vcr-github-json")));
    let sides = [("betamax", &betamax, "legacy"), ("vcr", &vcr, "new")];
    // In clear: the second side is redacted in the words of the first, which need not come to the same both ways.
    let kept = ["--no-redact", "--i-may-keep-personal-data"];
    let imported = |name: &str, order: [usize; 2], expected: [[u64; 6]; 2]| {
        let project = Project::new(name, &format!("{MIGRATION}{GITHUB}"));
        for (index, expected) in order.into_iter().zip(expected) {
            let (format, files, side) = sides[index];
            let mut arguments = vec!["import", format, "--side", side, "--format", "json"];
            arguments.extend(kept);
            arguments.extend(files.iter().map(|file| argument(file)));
            let told = serde_json::from_str(&project.expect(&arguments, 0).stdout).expect("it prints JSON");
            assert_eq!(counted(&told), expected, "{side}");
        }
        recordings(&project)
    };
    let legacy_first = imported("cassettes-0-1", [0, 1], [[127, 18, 0, 0, 109, 18], [150, 0, 3, 0, 147, 15]]);
    let new_first = imported("cassettes-1-0", [1, 0], [[150, 3, 0, 0, 147, 3], [127, 15, 3, 0, 109, 15]]);
    assert_eq!(legacy_first, new_first);
}

#[test]
fn sides_under_two_keys_are_refused() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let project = Project::new("cassettes-two-keys", &format!("{MIGRATION}{GITHUB}"));
    import(&project, "betamax", &below(&folder.join("betamax-github")), "legacy", 0);
    let mut arguments = vec!["import", "vcr", "--side", "new"];
    let vcr = below(&folder.join("vcr-github-json"));
    arguments.extend(vcr.iter().map(|file| argument(file)));
    let before = recordings(&project);
    let run = with_key(&project, &arguments, '8');
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("was recorded with the key "), "{}", run.stderr);
    assert_eq!(recordings(&project), before, "nothing is written");
}

#[test]
fn what_is_exported_as_har_imports_as_the_same_exchanges() {
    let Some(folder) = data::find(CASSETTES) else { return };
    let project = Project::new("cassettes-exported", &format!("{MIGRATION}{GITHUB}"));
    import(&project, "betamax", &below(&folder.join("betamax-github")), "legacy", 0);
    let archive = project.path("legacy.har");
    let said = project.expect(&["export", "har", "--side", "legacy", "--out", argument(&archive)], 0).stdout;
    assert!(said.starts_with("18 exchanges of legacy exported to "), "{said}");
    project.expect(&["export", "har", "--side", "new", "--out", "new.har"], 3);
    assert!(!project.path("new.har").exists(), "an archive without entries is none");

    // What is redacted already is not redacted again.
    let again = Project::new("cassettes-imported-again", &format!("{MIGRATION}{GITHUB}"));
    let kept = ["--no-redact", "--i-may-keep-personal-data"];
    let import = ["import", "har", argument(&archive), "--side", "legacy"];
    assert_eq!(with_key(&again, &[&import[..], &kept[..]].concat(), KEY).code, 0);
    assert_eq!(exchanges(&again), exchanges(&project));
}

/// What the legacy side of every pair has exchanged, sorted: names and times of pairs are the importer's own.
fn exchanges(project: &Project) -> Vec<String> {
    let side = |(_, text): (PathBuf, String)| {
        let pair: Value = serde_json::from_str(&text).expect("a pair is JSON");
        pair["legacy"].to_string()
    };
    let mut exchanges: Vec<String> = recordings(project).into_iter().map(side).collect();
    exchanges.sort();
    assert_eq!(exchanges.len(), 18);
    exchanges
}

/// Runs an import and answers what it told.
fn import(project: &Project, format: &str, files: &[PathBuf], side: &str, code: i32) -> Value {
    let mut arguments = vec!["import", format, "--side", side, "--format", "json"];
    arguments.extend(files.iter().map(|file| argument(file)));
    let run = with_key(project, &arguments, KEY);
    assert_eq!(run.code, code, "import {format} into {}: {}", project.path("").display(), run.stderr);
    serde_json::from_str(&run.stdout).expect("it prints JSON")
}

/// Runs the program with a key of pseudonyms, so that two projects come to the same.
fn with_key(project: &Project, arguments: &[&str], key: char) -> Run {
    let mut command = project.command(arguments);
    command.env("CUTOVER_REDACTION_KEY", key.to_string().repeat(64));
    Run::of(command.output().expect("the program was built for this test"))
}

/// Exchanges, new pairs, completed, unchanged, unmatched, waiting.
fn counted(told: &Value) -> [u64; 6] {
    assert_eq!(told["totals"]["refused"], 0);
    ["exchanges", "pairs", "completed", "unchanged", "unmatched", "waiting"]
        .map(|name| told["totals"][name].as_u64().expect("the totals are counts"))
}

fn reason(refusal: &Value) -> String {
    let text = |key: &str| refusal[key].as_str().expect("a text");
    let file = Path::new(text("file")).file_name().expect("it has a name");
    format!("{}: {}", file.to_string_lossy(), text("what"))
}

/// The files below a folder but for the notes on their source, sorted.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in data::files(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("SOURCE.txt") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Every recorded file with its text.
fn recordings(project: &Project) -> Vec<(PathBuf, String)> {
    let root = project.path("recordings");
    let read = |path: PathBuf| {
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.strip_prefix(&root).expect("it lies below").to_owned(), text)
    };
    below(&root).into_iter().map(read).collect()
}
