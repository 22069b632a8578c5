//! The sample's raw reads, a custom object and SuiteQL, taken live with the upstream's own answer as their source.

use std::time::Duration;

use serde_json::Value;
use servers::{Face, Fault, Limits, Planted};

use super::{IN_CLEAR, Watched, asking_for, shared, start, told, unlimited};
use crate::real::project::{Project, json, totals};
use crate::real::sample::repository;
use crate::serve::child::Serving;

const CUSTOM_OBJECT: &str = "crm.custom-object.list";
const SUITEQL: &str = "accounting.customers.list";

/// The sample's own configuration, accounts and mappings; only who answers is another.
fn project(name: &str, legacy: &Watched, new: &Watched) -> Project {
    let text = std::fs::read_to_string(repository("cutover.toml")).expect("the sample has a configuration");
    let at = |text: &str, profile: &str, server: &Watched| {
        let line = format!("profile = \"{profile}\"\n");
        assert!(text.contains(&line), "{line}");
        text.replace(&line, &format!("{line}base_url = \"{}\"\nshare = 1\n", server.url()))
    };
    let text = at(&at(&text, "apideck", legacy), "truto", new)
        .replace("${APIDECK_KEY}", servers::KEY)
        .replace("${APIDECK_APP}", "app")
        .replace("${TRUTO_TOKEN}", servers::KEY)
        .replace("${SUITEQL_CUSTOMERS}", "SELECT c.id FROM customer c");
    let project = Project::new(&format!("live-raw-{name}"), &text);
    unlimited(&project, "truto");
    for folder in ["mappings/crm", "mappings/accounting", "mappings/ticketing"] {
        for path in crate::data::files(&repository(folder)).into_iter().filter(|path| path.is_file()) {
            let file = path.file_name().expect("a listed file has a name").to_string_lossy().into_owned();
            project.write(&format!("{folder}/{file}"), std::fs::read(&path).expect("it is there"));
        }
    }
    for file in ["accounts.csv", "mappings/paging.tolerances.toml"] {
        project.write(file, std::fs::read(repository(file)).expect("the sample has it"));
    }
    project
}

/// What new was asked below a path, from the server's own ledger.
fn asked(new: &Watched, below: &str) -> usize {
    new.ledger().reads().filter(|received| received.target.starts_with(below)).count()
}

#[test]
fn the_raw_reads_of_the_sample_are_recorded_with_their_source_and_are_the_same() {
    let shared = shared(40, 130, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("recorded", &legacy, &new);
    let arguments = [&["record", CUSTOM_OBJECT, SUITEQL, "--format", "json"], &IN_CLEAR[..]].concat();
    let told = told(&project.expect(&arguments, 0));
    // Two accounts of HubSpot, of which one has no such object, and one of NetSuite.
    assert_eq!((&told["totals"]["pairs"], &told["totals"]["failed"]), (&Value::from(3), &Value::from(0)));
    // 230 subscriptions and 130 customers in pages of 50, from new and from the source; and an empty list from each.
    for (below, pages) in [
        ("/custom/crm/v3/objects/2-8891423?", 5 + 1),
        ("/proxy/subscriptions?", 5 + 1),
        ("/custom/services/rest/query/v1/suiteql?", 3),
        ("/proxy/suiteql/query?", 3),
    ] {
        assert_eq!(asked(&new, below), pages, "{below}");
    }
    project.expect(&["check"], 0);
    let verdicts = project.verdicts();
    let [pairs, same, tolerated, different, undecided] = totals(&verdicts);
    assert_eq!((pairs, same + tolerated, different, undecided), (3, 3, 0, 0));
}

#[test]
fn the_source_of_a_custom_object_tells_that_the_new_provider_is_to_blame() {
    let shared = shared(40, 0, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("blamed", &legacy, &new);
    // The custom API gives another owner; the proxy gives what HubSpot has.
    let pointer = "/result/*/properties/hubspot_owner_id".to_owned();
    let wrong = Fault::WrongField { pointer, value: "990017".into() };
    new.plant(Planted::below(wrong, "/custom/"));
    let arguments = [&["record", CUSTOM_OBJECT, "--account", "acme-hubspot"], &IN_CLEAR[..]].concat();
    project.expect(&arguments, 0);
    project.expect(&["check"], 1);
    let verdicts = project.verdicts();
    let fields = verdicts["fields"].as_array().expect("fields are a list");
    let unexcused: Vec<&Value> =
        fields.iter().filter(|field| field["tolerated"] != field["differences"]).collect();
    assert_eq!(unexcused.len(), 1, "{fields:?}");
    assert_eq!(unexcused[0]["field"], "$.data[*].owner_id");
    assert_eq!(unexcused[0]["blame"], serde_json::json!({"new_provider": 230}), "{}", unexcused[0]);
}

#[test]
fn the_raw_reads_of_the_sample_are_mirrored_by_the_proxy_with_their_source() {
    let shared = shared(40, 130, Limits::OUT_OF_REACH);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let project = project("served", &legacy, &new);
    let serving = Serving::start(&project, &IN_CLEAR);
    for (account, service, target) in [
        ("acme", "hubspot", "/crm/custom-objects/2-8891423?limit=50"),
        ("oresund", "netsuite", "/accounting/customers?limit=50"),
    ] {
        let headers = asking_for(account) + &format!("x-apideck-service-id: {service}\r\n");
        let answer = serving.ask("GET", target, &headers, "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    serving.until(Duration::from_secs(20), |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 2.0);
    serving.stop();
    let sources = asked(&new, "/proxy/subscriptions?") + asked(&new, "/proxy/suiteql/query?");
    assert_eq!(sources, 5 + 3, "{:?}", new.ledger().lines());
    project.expect(&["check"], 0);
    let [pairs, same, tolerated, ..] = totals(&json(&project.path("reports/check/verdicts.json")));
    assert_eq!((pairs, same + tolerated), (2, 2));
}
