//! The readiness report from outside: its numbers are those of the verdicts, its page is whole, harmless and readable.

use super::project::{Project, argument, json};
use crate::data;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const BROWSER: &str = "/usr/bin/chromium";

/// The sample, in a folder of its own, with the mapping that must fail, recorded on two days.
fn project(name: &str) -> Project {
    let project = Project::new(name, "");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["mappings", "recordings"] {
        copy(&root.join(folder), &project.path(folder));
    }
    for file in ["cutover.toml", "accounts.csv"] {
        std::fs::copy(root.join(file), project.path(file)).expect("the sample is there");
    }
    for file in data::files(&project.path("recordings/crm.contacts.get")) {
        let text = std::fs::read_to_string(&file).expect("a recording of the sample");
        std::fs::write(&file, text.replace("\"recorded_at\": \"2026-11-17", "\"recorded_at\": \"2026-11-18"))
            .expect("a file of the test");
    }
    let broken = root.join("tests/broken/contacts.list.response.jsonata");
    std::fs::copy(broken, project.path("mappings/crm/contacts.list.response.jsonata")).expect("it is there");
    project
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder of the test");
    for entry in std::fs::read_dir(from).expect("a folder of the sample") {
        let entry = entry.expect("an entry of the sample");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a file of the sample");
        }
    }
}

fn page(project: &Project) -> String {
    std::fs::read_to_string(project.path("reports/readiness/index.html")).expect("the page was written")
}

#[test]
fn the_numbers_of_the_report_are_those_of_the_verdicts() {
    let project = project("readiness-numbers");
    project.expect(&["check"], 1);
    project.expect(&["report"], 0);
    let verdicts = project.verdicts();
    let readiness = json(&project.path("reports/readiness/readiness.json"));
    assert_eq!(readiness["totals"], verdicts["totals"]);
    let of = |document: &Value| -> Vec<(String, Value)> {
        let operations = document["operations"].as_array().expect("there is a list");
        operations.iter().map(|one| (one["operation"].to_string(), one["totals"].clone())).collect()
    };
    assert_eq!(of(&readiness), of(&verdicts));
    let pairs = |document: &Value, list: &str| -> u64 {
        let rows = document[list].as_array().expect("there is a list");
        rows.iter().map(|row| row["totals"]["pairs"].as_u64().expect("a count")).sum()
    };
    let all = verdicts["totals"]["pairs"].as_u64().expect("a count");
    assert_eq!(pairs(&readiness, "accounts"), all);
    assert_eq!(pairs(&readiness, "days") + readiness["undated"].as_u64().expect("a count"), all);
    let open: u64 = verdicts["fields"]
        .as_array()
        .expect("there is a list")
        .iter()
        .map(|field| field["differences"].as_u64().unwrap_or(0) - field["tolerated"].as_u64().unwrap_or(0))
        .sum();
    let found: u64 = readiness["findings"]
        .as_array()
        .expect("there is a list")
        .iter()
        .map(|finding| finding["differences"].as_u64().expect("a count"))
        .sum();
    assert_eq!(found, open);
    let page = page(&project);
    let sentence = format!(
        "<span id=\"pairs\">{}</span> pairs: {} same, {} tolerated, {} different, {} undecided.",
        verdicts["totals"]["pairs"],
        verdicts["totals"]["same"],
        verdicts["totals"]["tolerated"],
        verdicts["totals"]["different"],
        verdicts["totals"]["undecided"]
    );
    assert!(page.contains(&sentence), "not on the page: {sentence}");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    // Each gate is there, with what is missing.
    for gate in ["mapping-change", "token-import", "write-cutover", "deprecation"] {
        assert!(page.contains(&format!("id=\"gate-{gate}\"")), "{gate} is not on the page");
    }
    let printed = project.expect(&["report", "--format", "json"], 0).stdout;
    assert_eq!(
        printed,
        std::fs::read_to_string(project.path("reports/readiness/readiness.json")).expect("it is there")
    );
}

#[test]
fn the_same_input_gives_the_same_bytes_with_any_number_of_threads() {
    let project = project("readiness-bytes");
    let files = ["index.html", "readiness.json", "readiness.md", "readiness.csv"];
    let read = |jobs: &str| {
        project.expect(&["report", "--jobs", jobs], 0);
        files.map(|file| {
            std::fs::read(project.path(&format!("reports/readiness/{file}"))).expect("it is there")
        })
    };
    assert!(read("1") == read("4"), "the bytes differ");
}

#[test]
fn a_browser_shows_the_page_without_an_error_and_a_keyboard_reaches_all_of_it() {
    let Some(browser) = data::existing(PathBuf::from(BROWSER), "install Chromium") else { return };
    let project = project("readiness-browser");
    project.expect(&["report"], 0);
    let file = project.path("reports/readiness/index.html");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", argument(&project.path("browser"))))
        .args(["--dump-dom", &format!("file://{}", argument(&file))])
        .output()
        .expect("the browser starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    let dom = String::from_utf8(output.stdout).expect("the browser writes UTF-8");
    assert!(dom.contains("<svg") && dom.contains("</svg>"), "the plot is not there");
    assert_eq!(dom.matches("<script").count(), 0);
    // What scrolls, or opens, takes the focus; every link leads somewhere on the page.
    assert_eq!(
        dom.matches("class=\"scroll\"").count(),
        dom.matches("class=\"scroll\" tabindex=\"0\" role=\"region\"").count()
    );
    for link in dom.split("href=\"#").skip(1) {
        let anchor = link.split('"').next().unwrap_or_default();
        assert!(dom.contains(&format!("id=\"{anchor}\"")), "nothing is at #{anchor}");
    }
    let elements = dom.split('<').filter_map(|tag| tag.split(['>', ' ']).next());
    let inline: Vec<&str> =
        elements.filter(|name| ["iframe", "object", "form", "input", "img"].contains(name)).collect();
    assert_eq!(inline, Vec::<&str>::new());
}
