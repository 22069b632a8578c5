//! `cutover demo`, from outside: what it plants is found, and where something is not, it says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::leaks::scanner;
use crate::real::project::Run;

/// What the demonstration's providers ask for, and some of what they answer.
const ANSWERED: [&str; 8] = [
    servers::KEY,
    "Holloway",
    "Lindqvist",
    "Mensah",
    "Tanaka",
    "Tidewater Instruments",
    "Copper Kettle",
    "Fjordlys",
];

/// An empty folder of this test's own.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("what a former run left can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the folder of tests takes one more");
    folder
}

fn cutover(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    Run::of(
        command.current_dir(folder).args(arguments).output().expect("the program was built for this test"),
    )
}

fn told(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// What `check` finds that nothing excuses, and what it cannot decide: where, how, in how many pairs.
fn findings(verdicts: &Value) -> Vec<(String, String, u64)> {
    let list = |name: &str| verdicts[name].as_array().expect("it is a list").clone();
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let count = |value: &Value| value.as_u64().expect("it is a count");
    let differ = list("fields").into_iter().filter(|field| field["differences"] != field["tolerated"]);
    let differ = differ.map(|field| (text(&field["field"]), text(&field["kind"]), count(&field["pairs"])));
    let undecided = list("undecided").into_iter();
    let undecided =
        undecided.map(|entry| ("undecided".to_owned(), text(&entry["code"]), count(&entry["pairs"])));
    let mut all: Vec<_> = differ.chain(undecided).collect();
    all.sort();
    all
}

#[test]
fn a_newcomer_in_an_empty_folder_is_shown_every_planted_defect_and_no_other() {
    let folder = empty("whole");
    let began = Instant::now();
    let run = cutover(&folder, &["demo"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    for command in ["$ cutover serve", "$ cutover check", "$ cutover gate write-cutover", "$ cutover report"]
    {
        assert!(run.stdout.contains(command), "{command} in {}", run.stdout);
    }
    assert!(
        run.stdout
            .contains("All 8 defects of the new provider were found, and nothing was found that was none.")
    );
    let page = std::fs::read_to_string(folder.join("cutover-demo/reports/readiness/index.html"));
    assert!(page.expect("the readiness report is there").contains("write-cutover"));

    // The recordings stay, and who checks them again finds the same.
    let demo = folder.join("cutover-demo");
    let check = cutover(&demo, &["check", "--format", "json"]);
    assert_eq!(check.code, 1, "{}", check.stderr);
    let verdicts = told(&check);
    let place = |field: &str, kind: &str, pairs: u64| (field.to_owned(), kind.to_owned(), pairs);
    let expected = [
        place("$.data.emails[*]", "missing", 2),
        place("$.data.last_name", "value", 1),
        place("$.data.name", "value", 1),
        place("$.data.updated_at", "value", 1),
        place("$.data[*]", "missing", 1),
        place("$.data[*].balance", "value", 1),
        place("$.data[*].company_name", "value", 1),
        place("$.meta.items_on_page", "value", 1),
        place("undecided", "failed", 1),
        place("undecided", "throttled", 1),
        place("undecided", "unreadable", 2),
    ];
    assert_eq!(findings(&verdicts), expected);
    assert_eq!(verdicts["totals"]["pairs"], 22);

    // The key and both providers' people are in nothing that it recorded, reported or said; its cases' people are our own.
    let said = demo.join("reports/said.txt");
    std::fs::write(said, [run.stdout, run.stderr, check.stdout].concat()).expect("the folder takes one more");
    for folder in ["recordings", "reports"] {
        assert_eq!(scanner::folder(&demo.join(folder), &ANSWERED), BTreeSet::new());
    }

    // A folder in which something lies is left alone.
    let again = cutover(&folder, &["demo"]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("cutover-demo is not empty: remove it, or name another folder"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_defect_that_is_never_switched_on_is_told_as_missed() {
    let folder = empty("left-out");
    let run = cutover(&folder, &["demo", "here", "--leave-out", "wrong-balance", "--format", "json"]);
    assert_eq!(run.code, 1, "{}\n{}", run.stdout, run.stderr);
    let told = told(&run);
    assert_eq!(told["missed"], json!(["wrong-balance: the new provider never answered so"]));
    assert_eq!((&told["invented"], &told["recorded"]), (&json!([]), &json!(22)));
}
