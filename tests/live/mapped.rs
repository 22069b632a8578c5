//! Requests that mappings make: what new is asked comes from what legacy is asked, in `record`, in a replay, and in `serve`.

use serde_json::json;
use servers::{Face, Limits};

use super::{IN_CLEAR, Watched, asking_for, shared, start, told};
use crate::real::project::{Project, totals};
use crate::serve::child::Serving;

/// Contacts by their ids: legacy filters, new takes a list; and customers by SuiteQL, where the filter becomes a part of the query.
fn project(name: &str, legacy: &Watched, new: &Watched) -> Project {
    let project = super::project(name, legacy, new);
    let config = super::migration(legacy, new)
        .replace(
            r#"new = { method = "GET", path = "/proxy/contacts", query = { limit = "100" } }"#,
            r#"new = { method = "GET", path = "/proxy/contacts", query = { limit = "100" }, query_mapping = "ids.query.jsonata" }"#,
        )
        .replace(
            r#"body = { q = "SELECT c.id FROM customer c" }"#,
            r#"request_body_mapping = "ids.request_body.jsonata""#,
        );
    project.write("cutover.toml", config);
    project.write("ids.query.jsonata", "{\"ids\": query.`filter[ids]`, \"truto_exclude_fields\": null}");
    project.write(
        "ids.request_body.jsonata",
        "{\"q\": \"SELECT c.id FROM customer c\" & (query.`filter[ids]` ? \" WHERE c.id IN (\" & query.`filter[ids]` & \")\" : \"\")}",
    );
    project
}

const CONTACTS: &str = "/crm/contacts?limit=200&filter%5Bids%5D=20101%2C20107";

/// What new was asked, as far as mappings make it: targets with `ids`, and the bodies.
fn asked(new: &Watched) -> (Vec<String>, Vec<String>) {
    let ledger = new.ledger();
    let targets = ledger.reads().map(|received| received.target.clone());
    let bodies = ledger.reads().map(|received| String::from_utf8_lossy(&received.body).into_owned());
    (
        targets.filter(|target| target.contains("ids=")).collect(),
        bodies.filter(|body| !body.is_empty()).collect(),
    )
}

#[test]
fn a_table_s_requests_are_mapped_for_new_and_for_the_source() {
    let shared = shared(40, 40, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("mapped-record", &legacy, &new);
    project.expect(&["config", "check"], 0);
    let table = "operation,account,query.filter[ids]\n\
        crm.contacts.list,acme-hubspot,\"20101,20107\"\naccounting.customers.list,oresund-netsuite,\"1203,1204,1205\"\n";
    project.write("requests.csv", table);
    let arguments = [&["record", "--from", "requests.csv", "--format", "json"], &IN_CLEAR[..]].concat();
    let told = told(&project.expect(&arguments, 0));
    assert_eq!((&told["totals"]["pairs"], &told["totals"]["failed"]), (&json!(2), &json!(0)), "{told}");
    let (targets, bodies) = asked(&new);
    let account = "integrated_account_id=3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01";
    assert_eq!(targets, [format!("/proxy/contacts?{account}&limit=100&ids=20101%2C20107")]);
    let sql = r#"{"q":"SELECT c.id FROM customer c WHERE c.id IN (1203,1204,1205)"}"#;
    assert_eq!(bodies, [sql, sql], "new, and the source");
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts())[0], 2);
}

#[test]
fn what_legacy_s_cassettes_asked_is_mapped_for_new() {
    let shared = shared(40, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("mapped-replay", &legacy, &new);
    let entry = json!({
        "startedDateTime": "2026-11-19T09:00:00Z", "time": 5,
        "request": {"method": "GET", "url": format!("https://unify.apideck.com{CONTACTS}"),
            "headers": [{"name": "x-apideck-consumer-id", "value": "acme"}]},
        "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": "{\"data\":[]}"}},
    });
    project.write("legacy.har", json!({"log": {"version": "1.2", "entries": [entry]}}).to_string());
    let arguments = [
        &[
            "record",
            "--replay",
            "legacy.har",
            "--as",
            "har",
            "--side",
            "new",
            "--map-account",
            "acme=acme-hubspot",
        ],
        &IN_CLEAR[..],
    ]
    .concat();
    project.expect(&arguments, 0);
    assert_eq!((legacy.received(), asked(&new).0.len()), (0, 1), "{:?}", new.ledger().lines());
    assert!(asked(&new).0[0].contains("ids=20101%2C20107"), "{:?}", asked(&new));
}

#[test]
fn what_the_application_asks_through_the_proxy_is_mapped_for_new() {
    let shared = shared(40, 130, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("mapped-serve", &legacy, &new);
    let serving = Serving::start(&project, &IN_CLEAR);
    let answer = serving.ask("GET", CONTACTS, &asking_for("acme"), "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serving.ask("GET", "/accounting/customers?limit=50", &asking_for("oresund"), "");
    serving.until(std::time::Duration::from_secs(20), |metrics| {
        metrics.sum("cutover_mirrors_recorded_total") >= 2.0
    });
    serving.stop();
    let (targets, bodies) = asked(&new);
    assert_eq!(targets.len(), 1, "{targets:?}");
    assert!(targets[0].contains("ids=20101%2C20107") && !targets[0].contains("filter"), "{targets:?}");
    // 130 customers in pages of 30 by new and of 40 by the source: each is walked as the operation says.
    assert_eq!(bodies, vec![r#"{"q":"SELECT c.id FROM customer c"}"#; 5 + 4]);
    project.expect(&["check"], 0);
    let [pairs, same, tolerated, ..] = totals(&project.verdicts());
    assert_eq!((pairs, same + tolerated), (2, 2));
}

#[test]
fn a_mapping_that_makes_no_request_is_told_and_nothing_is_asked() {
    let shared = shared(4, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("mapped-wrong", &legacy, &new);
    project.write("ids.query.jsonata", "[query.limit]");
    let arguments =
        [&["record", "crm.contacts.list", "--account", "acme-hubspot", "--format", "json"], &IN_CLEAR[..]]
            .concat();
    let told = told(&project.expect(&arguments, 3));
    let why = "its query mapping answers [\"200\"]: a query is an object of texts, numbers, truths and lists of these";
    assert_eq!(told["refused"][0]["why"], why, "{told}");
    assert_eq!((legacy.received(), new.received()), (0, 0));
    project.write("ids.query.jsonata", "{");
    let run = project.run(&["record"]);
    assert!(run.code == 2 && run.stderr.contains("ids.query.jsonata"), "{}", run.stderr);
}
