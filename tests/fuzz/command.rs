//! The command: how it ends, what it keeps, and that the same seed gives the same bytes.

use crate::real::project::{MIGRATION, Project};

const OPERATION: &str = r#"
[[operations]]
name = "m.b.list"
mapping = "mappings/m/b.list.response.jsonata"
items = "$.data"
"#;

/// Legacy has the city's name, null where there is none, and a list of tags.
fn pair(number: usize, items: &[(usize, Option<&str>, &[&str])]) -> Vec<u8> {
    let quoted = |text: &str| format!("\"{text}\"");
    let list = |tags: &[&str]| tags.iter().map(|tag| quoted(tag)).collect::<Vec<_>>().join(",");
    let legacy: Vec<String> = items
        .iter()
        .map(|(id, city, tags)| {
            let city = city.map_or("null".to_owned(), quoted);
            format!(r#"{{"id":"{id}","city":{city},"tags":[{}]}}"#, list(tags))
        })
        .collect();
    let new: Vec<String> = items
        .iter()
        .map(|(id, city, tags)| {
            let city = city.map_or(String::new(), |city| format!(r#","town":"{city}""#));
            format!(r#"{{"key":"{id}"{city},"labels":[{}]}}"#, list(tags))
        })
        .collect();
    let (legacy, new) = (legacy.join(","), new.join(","));
    crate::real::project::pair(
        &format!("m.b.list/{number}"),
        format!(r#"{{"data":[{legacy}]}}"#).as_bytes(),
        format!(r#"{{"rows":[{new}]}}"#).as_bytes(),
    )
}

pub(super) const RIGHT: &str =
    r#"{"data": [rows.{"id": key, "city": $exists(town) ? town : null, "tags": [labels[]]}]}"#;

/// A list of one tag comes out bare, and no recording shows it: none has one tag.
const BARE: &str = r#"{"data": [rows.{"id": key, "city": $exists(town) ? town : null, "tags": $count(labels) = 1 ? labels[0] : labels}]}"#;

pub(super) fn project(name: &str, mapping: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{OPERATION}"));
    project.write("mappings/m/b.list.response.jsonata", mapping);
    let rows: [(usize, Option<&str>, &[&str]); 8] = [
        (1, Some("Oslo"), &["a", "b"]),
        (2, None, &["b", "c", "d"]),
        (3, Some("Bergen"), &[]),
        (4, Some("Turku"), &["a", "d"]),
        (5, None, &["c", "a"]),
        (6, Some("Vaasa"), &["d", "e"]),
        (7, Some("Lund"), &["e", "b"]),
        (8, None, &[]),
    ];
    for (number, chunk) in rows.chunks(3).enumerate() {
        project.write(&format!("recordings/m.b.list/{number}.json"), pair(number, chunk));
    }
    project
}

#[test]
fn a_mapping_that_holds_ends_clean_and_says_how_much_was_tried() {
    let project = project("fuzz-clean", RIGHT);
    let run = project.expect(&["fuzz", "--cases", "500"], 0);
    assert_eq!(
        run.stdout,
        "mappings/m/b.list.response.jsonata  500 cases from 3 recorded bodies, 8 items: nothing found\n\
         1 mapping, 500 cases: nothing found.\n"
    );
    project.expect(&["fuzz", "--cases", "0"], 3);
    project.expect(&["fuzz", "mappings/m/absent.jsonata"], 2);
    project.expect(&["fuzz", "--without", "nonsense"], 2);
    project.expect(&["fuzz", "--time", "soon"], 2);
}

#[test]
fn what_no_recording_shows_is_found_shown_small_and_again_by_one_command() {
    let project = project("fuzz-bare", BARE);
    project.expect(&["check"], 0);
    let run = project.expect(&["fuzz", "--cases", "500", "--format", "json"], 1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("it prints JSON");
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fuzz.schema.json"));
    let schema = serde_json::from_str(&schema.expect("the schema is there")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let finding = &report["mappings"][0]["findings"][0];
    assert_eq!(
        (finding["property"].as_str(), &finding["also"]),
        (Some("legacy"), &serde_json::json!(["list-type", "nulls"]))
    );
    let labels = &finding["input"]["rows"][0]["labels"];
    assert_eq!(
        (labels.as_array().map(Vec::len), finding["input_nodes"].as_u64()),
        (Some(1), Some(5)),
        "{finding}"
    );
    assert_eq!(finding["changes"][0]["mutation"], "list-of-one");
    let again = finding["again"].as_str().expect("there is a command");
    let arguments: Vec<&str> = again.split(' ').skip(1).collect();
    project.expect(&arguments, 1);
}

#[test]
fn the_same_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let project = project("fuzz-bytes", BARE);
    let run = |jobs: &str| {
        project.expect(&["fuzz", "--cases", "900", "--format", "json", "--jobs", jobs], 1).stdout
    };
    let first = run("1");
    for jobs in ["1", "2", "2"] {
        assert_eq!(run(jobs), first, "--jobs {jobs}");
    }
}

#[test]
fn a_counterexample_is_kept_and_run_first() {
    let project = project("fuzz-keep", &RIGHT.replace("town : null", "town : \"\""));
    project.expect(&["fuzz", "--cases", "300", "--keep"], 1);
    let seeds =
        std::fs::read_to_string(project.path("mappings/m/b.list.response.seeds")).expect("seeds are kept");
    assert!(seeds.lines().nth(1).is_some_and(|line| line.starts_with("1 ")), "{seeds}");
    let kept: Vec<_> = std::fs::read_dir(project.path("recordings/m.b.list"))
        .expect("there are recordings")
        .map(|entry| entry.expect("an entry is read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("fuzz-"))
        .collect();
    assert!(!kept.is_empty());
    // Without a case more: what was kept fails, until the mapping is mended.
    let run = project.expect(&["fuzz", "--cases", "1", "--format", "json"], 1);
    assert!(run.stdout.contains("\"kept\": \"m.b.list/fuzz-"), "{}", run.stdout);
    project.write("mappings/m/b.list.response.jsonata", RIGHT);
    project.expect(&["fuzz", "--cases", "300"], 0);
    project.expect(&["check"], 0);
}

#[test]
fn users_state_their_own_properties() {
    let project = project("fuzz-own", RIGHT);
    project.write(
        "mappings/m/properties/b.list.response/no-oslo.jsonata",
        "/* Nobody lives in Oslo. */\n$not(\"Oslo\" in output.data.city)",
    );
    let run = project.expect(&["fuzz", "--cases", "100"], 1);
    assert!(run.stdout.contains("it does not hold: Nobody lives in Oslo."), "{}", run.stdout);
    project.expect(&["mapping", "lint"], 0);
}

#[test]
fn a_bare_mapping_needs_no_configuration_and_reports_go_to_files() {
    let project = project("fuzz-files", BARE);
    project.write(
        "input.json",
        r#"{"rows":[{"key":"1","labels":["a","b"]},{"key":"2","labels":["c","d","e"]}]}"#,
    );
    project.write("right.jsonata", RIGHT);
    std::fs::remove_file(project.path("cutover.toml")).expect("it was there");
    project.expect(&["fuzz", "right.jsonata", "--inputs", "input.json", "--cases", "200"], 0);
    let files = ["--junit", "junit.xml", "--sarif", "found.sarif"];
    let bare = ["fuzz", "mappings/m/b.list.response.jsonata", "--inputs", "input.json", "--cases", "200"];
    project.expect(&bare.into_iter().chain(files).collect::<Vec<_>>(), 1);
    let read = |file: &str| std::fs::read_to_string(project.path(file)).expect("the report is written");
    assert!(
        read("junit.xml").contains("<testcase name=\"list-type: $.data[0].tags"),
        "{}",
        read("junit.xml")
    );
    assert!(
        read("found.sarif").contains("\"ruleId\":\"fuzz/list-type\"")
            || read("found.sarif").contains("\"ruleId\": \"fuzz/list-type\"")
    );
}

#[test]
fn the_documentation_lists_every_property_and_mutation() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fuzzing.md"))
        .expect("the page is there");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let mutations = || fuzz::mutations::MUTATIONS.iter();
    let row = |name: &str, about: &str| format!("| `{name}` | {about} |");
    let plausible = mutations().filter(|one| !one.is_harsh).map(|one| row(one.name, one.about));
    let harsh = mutations().filter(|one| one.is_harsh).map(|one| row(one.name, one.about));
    let properties = fuzz::properties::PROPERTIES.iter().chain([&fuzz::properties::AGAINST]);
    let properties = properties.map(|one| row(one.name, one.about));
    let told: Vec<String> = plausible.chain(harsh).chain(properties).collect();
    assert_eq!(rows, told);
}
