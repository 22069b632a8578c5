//! `cutover record`: both sides asked, lists walked to their end, rows that moved, budgets, and going on where it ended.

use std::time::Duration;

use serde_json::{Value, json};
use servers::{Face, Fault, Limits, Planted, Quota};

use super::{Watched, migration, project, shared, start, told};
use crate::real::project::{Project, Run, totals};

/// In clear: what is made up is nobody's, and not every mapping of the sample commutes with redaction.
const IN_CLEAR: [&str; 2] = ["--no-redact", "--i-may-keep-personal-data"];

fn record(project: &Project, more: &[&str], code: i32) -> Value {
    let arguments = [&["record", "--format", "json"], &IN_CLEAR[..], more].concat();
    told(&project.expect(&arguments, code))
}

fn count(told: &Value, name: &str) -> u64 {
    told["totals"][name].as_u64().unwrap_or_else(|| panic!("{name} in {told}"))
}

/// What was undecided, and why: the codes with their counts.
fn undecided(project: &Project) -> Value {
    project.verdicts()["undecided"].clone()
}

/// A migration of contacts from a service that follows the standards to another.
fn standards(
    name: &str,
    legacy: &Watched,
    new: &Watched,
    (profile, request, mapping): (&str, &str, &str),
) -> Project {
    let config = format!(
        r#"[migration]
name = "five thousand"
[providers.legacy]
profile = "generic"
base_url = "{}"
credentials = {{ token = "{key}" }}
share = 1
[providers.new]
profile = "{profile}"
base_url = "{}"
credentials = {{ token = "{key}" }}
share = 1
[accounts]
file = "accounts.csv"
[[operations]]
name = "contacts.list"
integrations = ["hubspot"]
legacy = {{ method = "GET", path = "/accounts/{{account}}/contacts", query = {{ limit = "500" }} }}
new = {request}
mapping = "contacts.jsonata"
items = "$.data"
keys = {{ "$.data" = ["id"] }}
"#,
        legacy.url(),
        new.url(),
        key = servers::KEY,
    );
    let project = Project::new(name, &config);
    project.write("accounts.csv", super::ACCOUNTS);
    project.write("contacts.jsonata", mapping);
    super::unlimited(&project, "truto");
    project
}

#[test]
fn five_thousand_records_in_pages_of_other_sizes_are_the_same() {
    let shared = shared(5_000, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Generic, &shared), start(Face::UnifiedTo, &shared));
    let request = r#"{ method = "GET", path = "/crm/{account}/contact", query = { limit = "70" } }"#;
    let mapping = r#"{"data": [$.{"id": id, "first_name": first_name, "last_name": last_name, "email": emails[0].email}]}"#;
    let project = standards("live-five-thousand", &legacy, &new, ("unified-to", request, mapping));
    project.write("accounts.csv", super::ACCOUNTS.replace("3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01", "acme"));
    let first = record(&project, &["--account", "acme-hubspot"], 0);
    assert_eq!((count(&first, "pairs"), count(&first, "walked_again")), (1, 0), "{first}");
    assert_eq!((count(&first, "legacy_requests"), count(&first, "new_requests")), (10, 72));
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 1, 0, 0, 0]);

    // Going on sends nothing twice.
    let received = (legacy.received(), new.received());
    let again = record(&project, &["--account", "acme-hubspot"], 0);
    assert_eq!((count(&again, "pairs"), count(&again, "there")), (0, 1));
    assert_eq!((legacy.received(), new.received()), received);
    // Another round does.
    record(&project, &["--account", "acme-hubspot", "--round", "2"], 0);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [2, 2, 0, 0, 0]);
}

/// Five thousand contacts: legacy sorts them by id, in pages of 500; new has what changed last first, in pages of 70.
fn in_another_order(name: &str, legacy: &Watched, new: &Watched) -> Project {
    let request = r#"{ method = "GET", path = "/proxy/contacts", query = { limit = "70" } }"#;
    let mapping = r#"{"data": [result.{"id": id, "first_name": properties.firstname, "last_name": properties.lastname, "email": properties.email}]}"#;
    standards(name, legacy, new, ("truto", request, mapping))
}

#[test]
fn five_thousand_records_in_another_order_are_the_same_unless_the_application_relies_on_it() {
    let shared = shared(5_000, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Generic, &shared), start(Face::Truto, &shared));
    let project = in_another_order("live-other-order", &legacy, &new);
    let first = record(&project, &["--account", "acme-hubspot"], 0);
    assert_eq!((count(&first, "pairs"), count(&first, "new_requests")), (1, 72), "{first}");
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 1, 0, 0, 0]);
    let config = std::fs::read_to_string(project.path("cutover.toml")).expect("it was written");
    project.write("cutover.toml", config.replace("items = ", "order = \"kept\"\nitems = "));
    project.expect(&["check"], 1);
    let verdicts = project.verdicts();
    assert_eq!(totals(&verdicts), [1, 0, 0, 1, 0]);
    let fields: Vec<(&Value, &Value)> = verdicts["fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|field| (&field["field"], &field["kind"]))
        .collect();
    assert_eq!(fields, [(&json!("$.data"), &json!("order"))]);
}

#[test]
fn one_of_five_thousand_that_is_deleted_during_the_walk_is_undecided_and_no_difference() {
    let shared = shared(5_000, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Generic, &shared), start(Face::Truto, &shared));
    let project = in_another_order("live-deleted", &legacy, &new);
    let oldest = shared.world().upstream.accounts[0]
        .collection("contacts")
        .min_by_key(|record| record.updated_ms)
        .map(|record| record.id);
    let oldest = oldest.expect("there are contacts");
    // New's last page has it, and legacy's ten pages are over long before.
    new.on_request(72, move |world, _| assert!(world.upstream.delete("acme", "contacts", oldest)));
    let first = record(&project, &["--account", "acme-hubspot"], 0);
    assert_eq!((count(&first, "pairs"), count(&first, "walked_again")), (1, 1), "{first}");
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts()), [1, 0, 0, 0, 1]);
    assert!(undecided(&project).to_string().contains("\"moved\""), "{}", undecided(&project));
}

#[test]
fn every_operation_is_asked_of_the_accounts_that_it_concerns() {
    let shared = shared(430, 130, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("operations", &legacy, &new);
    let plan = record(&project, &["--dry-run"], 3);
    assert_eq!((legacy.received(), new.received()), (0, 0), "a dry run asks nothing");
    assert_eq!(plan["would_ask"].as_array().map(Vec::len), Some(3), "{plan}");
    assert_eq!(
        plan["refused"][0]["why"],
        "its parameter `id` has no value: name it in a CSV, or take requests from a file with --from"
    );
    let first = record(&project, &["crm.contacts.list", "accounting.customers.list", "--repeat", "1"], 0);
    assert_eq!((count(&first, "pairs"), count(&first, "failed")), (3, 0), "{first}");
    project.expect(&["check"], 0);
    let [pairs, same, tolerated, different, undecided] = totals(&project.verdicts());
    assert_eq!((pairs, same + tolerated, different, undecided), (3, 3, 0, 0));
    // SuiteQL is asked by POST, which the operation says only reads: the ledger agrees.
    let posts = new.ledger().lines().iter().filter(|line| line.starts_with("POST ")).count();
    assert_eq!(posts, 5 + 4);
    let suiteql = new.ledger().lines();
    assert!(suiteql.iter().any(|line| line.contains("offset=120")), "{suiteql:?}");
}

#[test]
fn a_table_names_accounts_and_parameters() {
    let shared = shared(30, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("table", &legacy, &new);
    let lines = "operation,account,id\n\
        crm.contacts.get,acme-hubspot,20101\ncrm.contacts.get,globex-hubspot,50003\ncrm.contacts.get,acme-hubspot,1\n\
        crm.contacts.get,acme-hubspot,20101\ncrm.contacts.get,nobody,7\ncrm.contact.get,acme-hubspot,7\n";
    project.write("requests.csv", lines);
    let first = record(&project, &["--from", "requests.csv"], 3);
    assert_eq!(
        (count(&first, "pairs"), count(&first, "doubled"), count(&first, "refused")),
        (3, 1, 2),
        "{first}"
    );
    assert_eq!(first["refused"][0]["why"], "requests.csv, line 6: the accounts' file has no such account");
    project.expect(&["check"], 0);
    let [pairs, same, tolerated, ..] = totals(&project.verdicts());
    assert_eq!(
        (pairs, same + tolerated),
        (3, 3),
        "a record that is not there is an answer, alike on both sides"
    );
    assert_eq!(legacy.received(), 3);
}

#[test]
fn what_an_application_asked_legacy_is_asked_of_both() {
    let shared = shared(300, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("requests", &legacy, &new);
    let entry = |url: &str, account: &str| {
        json!({
            "startedDateTime": "2026-11-19T09:00:00Z", "time": 5,
            "request": {"method": "GET", "url": format!("https://unify.apideck.com{url}"), "headers": [
                {"name": "x-apideck-consumer-id", "value": account}, {"name": "authorization", "value": "Bearer s3cret"},
            ]},
            "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": "{}"}},
        })
    };
    let entries = json!([
        entry("/crm/contacts?limit=200", "acme"),
        entry("/crm/contacts?limit=200&cursor=em9", "acme"),
        entry("/crm/contacts/20101", "acme"),
        entry("/crm/contacts/50003", "globex"),
        entry("/crm/companies/50003", "globex"),
    ]);
    project.write("app.har", json!({"log": {"version": "1.2", "entries": entries}}).to_string());
    let first = record(&project, &["--from", "app.har"], 0);
    let counted = ["requests", "later_pages", "unmatched", "pairs"].map(|name| count(&first, name));
    assert_eq!(counted, [5, 1, 1, 3], "{first}");
    assert_eq!(first["unmatched"][0]["request"], "GET /crm/companies/{…}");
    let log = "10.0.0.1 - - [19/Nov/2026:09:00:00 +0000] \"GET /crm/contacts/20104 HTTP/1.1\" 200 512\n\
        10.0.0.1 - - [19/Nov/2026:09:00:01 +0000] \"POST /crm/contacts HTTP/1.1\" 201 12\nnonsense\n";
    project.write("access.log", log);
    let second = record(&project, &["--from", "access.log"], 3);
    assert_eq!(
        ["requests", "not_logged", "unmatched", "refused"].map(|name| count(&second, name)),
        [2, 1, 1, 1],
        "{second}"
    );
    assert_eq!(
        second["refused"][0]["why"],
        "the provider must be told whose account it is, and none is known"
    );
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts())[0], 3);
}

#[test]
fn a_row_that_is_deleted_during_the_walk_is_undecided_and_not_different() {
    let shared = shared(300, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("moved", &legacy, &new);
    let oldest = shared.world().upstream.accounts[0]
        .collection("contacts")
        .min_by_key(|record| record.updated_ms)
        .map(|record| record.id);
    let oldest = oldest.expect("there are contacts");
    // New lists what changed last first, so its last page has the row; legacy's walk is over long before.
    new.plant(Planted::times(Fault::Slow(Duration::from_millis(300)), 3));
    new.on_request(3, move |world, _| assert!(world.upstream.delete("acme", "contacts", oldest)));
    let first = record(&project, &["crm.contacts.list", "--account", "acme-hubspot"], 0);
    assert_eq!((count(&first, "pairs"), count(&first, "walked_again")), (1, 1), "{first}");
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts()), [1, 0, 0, 0, 1]);
    let why = undecided(&project);
    assert!(why.to_string().contains("\"moved\""), "{why}");
    assert_eq!((legacy.received(), new.received()), (4, 6), "each list was walked twice");
}

#[test]
fn a_row_that_changes_during_the_walk_is_undecided_and_one_that_stays_wrong_differs() {
    let shared = shared(230, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("changed", &legacy, &new);
    // Legacy has answered long before new looks at the row.
    new.plant(Planted::times(Fault::Slow(Duration::from_millis(300)), 3));
    new.on_request(3, |world, now_ms| {
        let oldest = world.upstream.accounts[0].collection("contacts").min_by_key(|record| record.updated_ms);
        let id = oldest.map(|record| record.id).expect("there are contacts");
        let record = world.upstream.accounts[0]
            .collections
            .get_mut("contacts")
            .and_then(|records| records.get_mut(&id));
        // Its place in the list stays, so that this page shows it.
        record.expect("it is there").fields.insert("lastname".to_owned(), json!("Changed"));
        assert!(now_ms > 0);
    });
    let walk = record(&project, &["crm.contacts.list", "--account", "acme-hubspot"], 0);
    assert_eq!(count(&walk, "walked_again"), 1, "{walk}");
    project.expect(&["check"], 3);
    assert!(undecided(&project).to_string().contains("\"moved\""), "{}", undecided(&project));
    // A field that is wrong stays wrong, however often it is walked.
    let wrong =
        Fault::WrongField { pointer: "/result/0/properties/lastname".to_owned(), value: json!("Wrong") };
    new.plant(Planted::always(wrong));
    let walk = record(&project, &["crm.contacts.list", "--account", "globex-hubspot"], 0);
    assert_eq!(count(&walk, "walked_again"), 2, "{walk}");
    project.expect(&["check"], 1);
    let [_, _, _, different, undecided] = totals(&project.verdicts());
    assert_eq!((different, undecided), (1, 1));
}

#[test]
fn throttles_are_waited_for_and_what_fails_is_recorded_as_such() {
    let few = Limits { hubspot: Quota { requests: 3, seconds: 1 }, ..Limits::OUT_OF_REACH };
    let shared = shared(500, 0, few);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("throttled", &legacy, &new);
    let first = record(&project, &["crm.contacts.list", "--account", "acme-hubspot"], 0);
    assert!(count(&first, "throttled") > 0, "{first}");
    assert_eq!(count(&first, "failed"), 0, "{first}");
    project.expect(&["check"], 0);
    new.plant(Planted::always(Fault::TornJson));
    let torn = record(&project, &["crm.contacts.list", "--account", "globex-hubspot"], 0);
    assert_eq!(count(&torn, "pairs"), 1, "{torn}");
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts())[4], 1, "a body that is no JSON is undecided");
}

#[test]
fn what_is_recorded_has_no_secret_and_no_name_in_clear() {
    let shared = shared(12, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("secrets", &legacy, &new);
    project.expect(&["record", "crm.contacts.list"], 0);
    let folder = project.path("recordings/crm.contacts.list");
    let files = crate::data::files(&folder);
    assert_eq!(files.len(), 2);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it was written");
        for secret in [servers::KEY, "Larch Street", ".example/"] {
            assert!(!text.contains(secret), "{secret} in {}", file.display());
        }
        let pair: Value = serde_json::from_str(&text).expect("a pair is JSON");
        assert_eq!(pair["legacy"][0]["request"]["headers"]["authorization"], "[removed]");
        assert_eq!(pair["kind"], "collection");
    }
}

#[test]
fn an_interrupted_run_keeps_what_was_done_and_the_next_goes_on() {
    let shared = shared(400, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("interrupted", &legacy, &new);
    let ids = shared.world().upstream.accounts[0]
        .collection("contacts")
        .map(|record| record.id)
        .collect::<Vec<_>>();
    let lines: String = ids.iter().map(|id| format!("crm.contacts.get,acme-hubspot,{id}\n")).collect();
    project.write("requests.csv", format!("operation,account,id\n{lines}"));
    new.plant(Planted::always(Fault::Slow(Duration::from_millis(15))));
    let arguments = [&["record", "--from", "requests.csv", "--format", "json"], &IN_CLEAR[..]].concat();
    let child = project
        .command(&arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let child = child.expect("the program starts");
    while new.received() < 40 {
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(child.id());
    let run = Run::of(child.wait_with_output().expect("it ends"));
    assert_eq!(run.code, 3, "{}", run.stderr);
    let first = told(&run);
    let pairs = count(&first, "pairs");
    assert!(first["interrupted"] == true && pairs > 0 && pairs < 400, "{first}");
    new.heal();
    let second = record(&project, &["--from", "requests.csv"], 0);
    assert_eq!((count(&second, "there"), count(&second, "pairs")), (pairs, 400 - pairs), "{second}");
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts())[0], 400);
    // What was under way when it was interrupted was asked and not kept; all else was asked once.
    assert!(new.received() <= 400 + 8, "{} requests", new.received());
}

fn interrupt(process: u32) {
    let told = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(told.is_ok_and(|status| status.success()), "the program is told to stop");
}

#[test]
fn what_is_recorded_least_comes_first_where_that_is_asked() {
    let shared = shared(40, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("evidence", &legacy, &new);
    let line = |account: &str, id: u64| format!("crm.contacts.get,{account},{id}\n");
    let table = |lines: &[String]| format!("operation,account,id\n{}", lines.concat());
    project.write("first.csv", table(&[line("acme-hubspot", 20_101), line("acme-hubspot", 20_104)]));
    record(&project, &["--from", "first.csv"], 0);
    let lines = [
        line("acme-hubspot", 20_107),
        line("acme-hubspot", 20_110),
        line("globex-hubspot", 50_003),
        line("globex-hubspot", 50_006),
    ];
    project.write("second.csv", table(&lines));
    let second = record(&project, &["--from", "second.csv", "--need-evidence", "--limit", "2"], 0);
    assert_eq!((count(&second, "pairs"), count(&second, "beyond_limit")), (2, 2), "{second}");
    let mut asked: Vec<String> = legacy.ledger().lines().into_iter().skip(2).collect();
    // Several are under way at a time.
    asked.sort();
    assert_eq!(asked, ["GET /crm/contacts/50003", "GET /crm/contacts/50006"]);
}

#[test]
fn what_is_missing_is_said_before_anything_is_asked() {
    let shared = shared(1, 0, Limits::OUT_OF_REACH);
    let (legacy, new): (Watched, Watched) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let refused = |name: &str, from: &str, to: &str, expected: &str| {
        let project = project(name, &legacy, &new);
        let config = migration(&legacy, &new);
        assert!(config.contains(from), "{from}");
        project.write("cutover.toml", config.replace(from, to));
        let run = project.run(&["record"]);
        assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    };
    refused("no-profile", "profile = \"truto\"", "profile = \"tuto\"", "did you mean `truto`?");
    refused(
        "no-variable",
        "app_id = \"app\"",
        "app_id = \"${NOT_SET}\"",
        "the environment variable `NOT_SET` is not set",
    );
    let address = format!("base_url = \"{}\"", new.url());
    refused(
        "no-address",
        &address,
        "base_url = \"nowhere\"",
        "its base_url is not http:// or https:// with a host",
    );
    refused(
        "no-ca",
        "profile = \"truto\"",
        "profile = \"truto\"\nca = \"none.pem\"",
        "read the certificates none.pem",
    );
    assert_eq!((legacy.received(), new.received()), (0, 0));
}
