//! Long work: runs of many pairs go into segments, and a list without an end is given up.

use serde_json::Value;
use servers::{Face, Limits};

use super::{project, shared, start, told};
use crate::real::project::{Project, totals};

const IN_CLEAR: [&str; 2] = ["--no-redact", "--i-may-keep-personal-data"];

fn record(project: &Project, more: &[&str]) -> Value {
    let arguments = [&["record", "--format", "json"], &IN_CLEAR[..], more].concat();
    told(&project.expect(&arguments, 0))
}

#[test]
fn many_pairs_go_into_segments_and_a_second_run_finds_them_there() {
    let shared = shared(1_001, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("segments", &legacy, &new);
    let ids: Vec<u64> =
        shared.world().upstream.accounts[0].collection("contacts").map(|record| record.id).collect();
    let table = |ids: &[u64]| {
        let lines: String = ids.iter().map(|id| format!("crm.contacts.get,acme-hubspot,{id}\n")).collect();
        format!("operation,account,id\n{lines}")
    };
    project.write("few.csv", table(&ids[..3]));
    project.write("many.csv", table(&ids));
    // A few are files, which people read in git.
    let few = record(&project, &["--from", "few.csv"]);
    assert_eq!(few["totals"]["pairs"], 3, "{few}");
    assert_eq!(crate::data::files(&project.path("recordings/crm.contacts.get")).len(), 3);
    // As many as a run may write as files, and no more.
    let some = record(&project, &["--from", "many.csv", "--into", "segments", "--limit", "5"]);
    assert_eq!((&some["totals"]["pairs"], &some["totals"]["there"]), (&5.into(), &3.into()), "{some}");
    assert_eq!(crate::data::files(&project.path("recordings/crm.contacts.get")).len(), 3);
    let many = record(&project, &["--from", "many.csv"]);
    assert_eq!((&many["totals"]["pairs"], &many["totals"]["there"]), (&993.into(), &8.into()), "{many}");
    assert_eq!(
        crate::data::files(&project.path("recordings/crm.contacts.get")).len(),
        996,
        "993 are not many"
    );
    let received = (legacy.received(), new.received());
    let again = record(&project, &["--from", "many.csv"]);
    assert_eq!((&again["totals"]["pairs"], &again["totals"]["there"]), (&0.into(), &1_001.into()), "{again}");
    assert_eq!((legacy.received(), new.received()), received, "nothing is sent twice");
    let round = record(&project, &["--from", "many.csv", "--round", "2"]);
    assert_eq!(round["totals"]["pairs"], 1_001, "{round}");
    assert_eq!(crate::data::files(&project.path("recordings/crm.contacts.get")).len(), 996, "1,001 are");
    assert_eq!(record(&project, &["--from", "many.csv", "--round", "2"])["totals"]["there"], 1_001);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts())[0], 2_002);
}

#[test]
fn a_list_without_an_end_is_given_up_and_says_so() {
    let shared = shared(3, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Generic, &shared), start(Face::Wire, &shared));
    // New says back what it was asked: every page has as many parameters as the one before, so none is the last.
    let config = format!(
        r#"[migration]
name = "without end"
[providers.legacy]
profile = "generic"
base_url = "{}"
credentials = {{ token = "{key}" }}
share = 1
[providers.new]
profile = "generic"
base_url = "{}"
credentials = {{ token = "{key}" }}
share = 1
[accounts]
file = "accounts.csv"
[[operations]]
name = "contacts.list"
legacy = {{ method = "GET", path = "/accounts/{{account}}/contacts" }}
new = {{ method = "GET", path = "/told/contacts", query = {{ offset = "0" }}, next_page = {{ offset = "offset", items = "$.query" }} }}
items = "$.data"
"#,
        legacy.url(),
        new.url(),
        key = servers::KEY,
    );
    let project = Project::new("live-without-end", &config);
    project.write("accounts.csv", super::ACCOUNTS);
    let told = record(&project, &["--account", "acme-hubspot"]);
    assert_eq!((&told["totals"]["pairs"], &told["totals"]["failed"]), (&1.into(), &1.into()), "{told}");
    assert_eq!(new.received(), 10_000);
    project.expect(&["check"], 3);
    let undecided = project.verdicts()["undecided"].to_string();
    assert!(undecided.contains("too_large (the list has more than 10000 pages)"), "{undecided}");
}
