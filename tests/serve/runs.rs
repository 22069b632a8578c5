//! What became of a run stays known after it: what was dropped, and that it did not end.

use std::time::Duration;

use serde_json::Value;
use servers::{Fault, Planted};

use super::child::Serving;
use super::{SHORT, bearer, project, sides};
use crate::real::project::Project;

/// What the gate's condition on recordings says: of what, and how it ended.
fn on_recordings(project: &Project) -> Vec<(String, String)> {
    let run = project.run(&["gate", "write-cutover", "--format", "json"]);
    let bundle: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let readings = bundle["readings"].as_array().unwrap_or_else(|| panic!("no readings in {bundle}"));
    let of = readings.iter().filter(|reading| reading["condition"] == "recordings");
    of.map(|reading| {
        let text = |key: &str| reading[key].as_str().unwrap_or_default().to_owned();
        (text("why"), text("says"))
    })
    .collect()
}

/// The only file that says what became of a run.
fn run_file(project: &Project) -> Value {
    let folder = std::fs::read_dir(project.path("recordings/segments")).expect("segments are there");
    let files: Vec<_> = folder
        .map(|entry| entry.expect("it is listed").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "run"))
        .collect();
    let [file] = &files[..] else { panic!("one file, not {files:?}") };
    serde_json::from_slice(&std::fs::read(file).expect("it is read")).expect("it is JSON")
}

#[test]
fn what_was_dropped_is_told_by_check_and_weighed_by_a_gate() {
    let sides = sides();
    let project = project("serve-dropped", &sides);
    let text = std::fs::read_to_string(project.path("cutover.toml")).expect("it is there");
    let small = text.replace(
        "timeout = \"2s\"",
        "timeout = \"500ms\"\nmemory = \"1MiB\"\nmirrors_max = 1\nshutdown = \"100ms\"",
    );
    project.write("cutover.toml", small);
    sides.new.plant(Planted::always(Fault::Hang));
    let serving = Serving::start(&project, &[]);
    for _ in 0..200 {
        serving.ask("GET", "/accounts/acme/contacts?limit=50", &bearer(), "");
    }
    let (counts, said) = serving.stop_and_hear();
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value} in {counts}"));
    let dropped: u64 = counts["dropped"].as_object().expect("it is one").values().map(number).sum();
    assert_eq!(number(&counts["offered"]), 200);
    assert_eq!(number(&counts["recorded"]) + dropped, 200, "{counts}");
    assert!(number(&counts["dropped"]["queue_full"]) > 0, "{counts}");
    assert!(said.contains("Mirrors were dropped. reason=queue_full"), "{said}");

    let run = run_file(&project);
    assert_eq!((&run["ended"], &run["offered"]), (&Value::Bool(true), &200.into()), "{run}");
    assert_eq!(run["dropped"]["queue_full"], counts["dropped"]["queue_full"], "{run}");

    project.run(&["check"]);
    let warnings = project.verdicts()["warnings"].to_string();
    assert!(warnings.contains(&format!("live capture dropped {dropped} pairs")), "{warnings}");
    let readings = on_recordings(&project);
    let is_told = |(why, says): &(String, String)| why == "dropped" && says.contains("queue_full");
    assert!(readings.iter().any(is_told), "{readings:?}");
}

#[test]
fn a_run_that_was_killed_is_one_of_which_not_all_is_known() {
    let sides = sides();
    let project = project("serve-killed", &sides);
    let serving = Serving::start(&project, &[]);
    serving.ask("GET", "/accounts/acme/contacts/none", &bearer(), "");
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 1.0);
    serving.kill();
    assert_eq!(run_file(&project)["ended"], false);
    let readings = on_recordings(&project);
    assert!(readings.iter().any(|(why, _)| why == "unfinished"), "{readings:?}");
}

#[test]
fn what_the_gates_lack_goes_first_and_the_page_names_it() {
    let sides = sides();
    let project = project("serve-needs", &sides);
    let text = std::fs::read_to_string(project.path("cutover.toml")).expect("it is there");
    project.write("cutover.toml", text.replace("timeout = \"2s\"", "timeout = \"2s\"\nshare = 0.05"));
    project.write(
        "accounts.csv",
        "account,integration,legacy,new\nacme,hubspot,acme,acme\nglobex,hubspot,globex,globex\n",
    );
    let recorded = |serving: &Serving, least: f64| {
        serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= least);
    };
    let first = Serving::start(&project, &["--need-evidence"]);
    for account in ["acme", "globex"] {
        for _ in 0..3 {
            first.ask("GET", &format!("/accounts/{account}/contacts/none"), &bearer(), "");
        }
    }
    recorded(&first, 2.0);
    let page = first.admin("/");
    for told in [
        "a pair of each of acme, globex",
        "300 pairs",
        "an account of hubspot",
        "Counted is what was recorded before",
    ] {
        assert!(page.contains(told), "{told} is not in {page}");
    }
    let counts = first.stop();
    assert_eq!(counts["offered"], 2, "one of each account, and then a twentieth: {counts}");

    // Another run knows what there is: only an account and operation of which there is no pair is taken at once.
    let second = Serving::start(&project, &["--need-evidence"]);
    second.ask("GET", "/accounts/acme/contacts/none", &bearer(), "");
    second.ask("GET", "/accounts/acme/contacts?limit=50", &bearer(), "");
    recorded(&second, 1.0);
    std::thread::sleep(Duration::from_millis(50));
    let counts = second.stop();
    assert_eq!((&counts["offered"], &counts["passed"]["not_sampled"]), (&1.into(), &1.into()), "{counts}");
}
