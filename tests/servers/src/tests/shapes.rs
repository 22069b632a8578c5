//! Envelopes, cursors and errors.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ACME, ORESUND, get, headers, post, shared, start};
use crate::tests::client::ask;
use crate::{Access, Face, Limits};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// Walks a list; `next` answers the target of the next page.
fn drain(
    face: Face,
    contacts: usize,
    first: &str,
    items: &str,
    id: &str,
    next: impl Fn(&Value, usize) -> Option<String>,
) -> Vec<String> {
    let shared = shared(contacts, Limits::OUT_OF_REACH);
    let server = start(face, &shared);
    let (mut ids, mut target) = (Vec::new(), Some(first.to_owned()));
    while let Some(asked) = target {
        let answer = get(&server, &asked);
        assert_eq!(answer.status, 200, "{asked}");
        let body = answer.json();
        let list = body.pointer(items).and_then(Value::as_array).expect("a page has items").clone();
        ids.extend(
            list.iter().map(|item| item.pointer(id).and_then(Value::as_str).expect("an id").to_owned()),
        );
        let link =
            answer.headers.get("link").and_then(|link| link.split(['<', '>']).nth(1)).map(str::to_owned);
        target = link.or_else(|| next(&body, ids.len()));
    }
    ids
}

#[test]
fn every_service_pages_through_the_same_records_in_its_own_order() {
    let cursor = |pointer: &'static str, target: &'static str| {
        move |body: &Value, _| body.pointer(pointer)?.as_str().map(|cursor| format!("{target}{cursor}"))
    };
    let apideck = drain(
        Face::Apideck,
        230,
        "/crm/contacts?limit=50",
        "/data",
        "/id",
        cursor("/meta/cursors/next", "/crm/contacts?limit=50&cursor="),
    );
    let truto = |path: &str| {
        let first = format!("{path}?integrated_account_id={ACME}&limit=30");
        let again = first.clone();
        drain(Face::Truto, 230, &first, "/result", "/id", move |body, _| {
            Some(format!("{again}&next_cursor={}", body["next_cursor"].as_str()?))
        })
    };
    let (unified, proxied) = (truto("/unified/crm/contacts"), truto("/proxy/contacts"));
    let merge = drain(
        Face::Merge,
        230,
        "/api/crm/v1/contacts?page_size=100",
        "/results",
        "/remote_id",
        cursor("/next", "/api/crm/v1/contacts?page_size=100&cursor="),
    );
    let nango = drain(
        Face::Nango,
        230,
        "/records?model=Contact&limit=70",
        "/records",
        "/id",
        cursor("/next_cursor", "/records?model=Contact&limit=70&cursor="),
    );
    let unified_to = drain(Face::UnifiedTo, 230, "/crm/acme/contact?limit=100", "", "/id", |body, seen| {
        (body.as_array()?.len() == 100).then(|| format!("/crm/acme/contact?limit=100&offset={seen}"))
    });
    let generic = drain(Face::Generic, 230, "/accounts/acme/contacts?limit=200", "/data", "/id", |_, _| None);
    let hubspot = drain(
        Face::HubSpot,
        230,
        "/crm/v3/objects/contacts?limit=100",
        "/results",
        "/id",
        cursor("/paging/next/after", "/crm/v3/objects/contacts?limit=100&after="),
    );
    let all: BTreeSet<&String> = apideck.iter().collect();
    assert_eq!(all.len(), 230);
    for (name, ids) in [
        ("unified", &unified),
        ("proxied", &proxied),
        ("merge", &merge),
        ("nango", &nango),
        ("unified.to", &unified_to),
        ("generic", &generic),
        ("hubspot", &hubspot),
    ] {
        assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>()), (230, all.clone()), "{name}");
    }
    assert_ne!(apideck, unified, "the orders differ");
}

#[test]
fn lists_and_single_records_stand_in_the_documented_envelopes() {
    let shared = shared(3, Limits::DOCUMENTED);
    let apideck = start(Face::Apideck, &shared);
    let list = get(&apideck, "/crm/contacts?limit=2").json();
    assert_eq!(
        keys(&list),
        ["status_code", "status", "service", "resource", "operation", "data", "meta", "links"]
    );
    assert_eq!(keys(&list["meta"]), ["items_on_page", "cursors"]);
    assert_eq!(keys(&list["meta"]["cursors"]), ["previous", "current", "next"]);
    let one = get(&apideck, "/crm/contacts/20101").json();
    assert_eq!(keys(&one), ["status_code", "status", "service", "resource", "operation", "data"]);
    assert_eq!((&one["operation"], &one["data"]["id"]), (&json!("one"), &json!("20101")));

    let truto = start(Face::Truto, &shared);
    let list = get(&truto, &format!("/unified/crm/contacts?integrated_account_id={ACME}&limit=2")).json();
    assert_eq!(keys(&list), ["result", "next_cursor", "prev_cursor", "result_count"]);
    assert!(
        list["result"][0].get("remote_data").is_some(),
        "what the upstream said is there unless it is not wanted"
    );
    let bare =
        format!("/unified/crm/contacts/20101?integrated_account_id={ACME}&truto_ignore_remote_data=true");
    let bare = get(&truto, &bare).json();
    assert_eq!((&bare["id"], bare.get("remote_data")), (&json!("20101"), None));
    let raw = get(&truto, &format!("/proxy/contacts/20101?integrated_account_id={ACME}")).json();
    assert_eq!(keys(&raw), ["id", "properties", "createdAt", "updatedAt", "archived"]);

    let merge = start(Face::Merge, &shared);
    let one = get(&merge, "/api/crm/v1/contacts/0f3c9a10-77aa-4b5e-9c00-000000004e85").json();
    assert_eq!((&one["remote_id"], one["id"].as_str().map(str::len)), (&json!("20101"), Some(36)));
    let nango = start(Face::Nango, &shared);
    let page = get(&nango, "/records?model=Contact&ids=20101").json();
    assert_eq!(keys(&page), ["records", "next_cursor"]);
    assert!(page["records"][0]["_nango_metadata"]["first_seen_at"].is_string());
}

#[test]
fn suiteql_is_wrapped_by_the_custom_api_and_verbatim_through_the_proxy() {
    let shared = shared(1, Limits::DOCUMENTED);
    let truto = start(Face::Truto, &shared);
    let query = json!({"q": "SELECT c.id FROM customer c"});
    let at = |path: &str| format!("{path}?integrated_account_id={ORESUND}&limit=5&offset=0");
    let custom = post(&truto, &at("/custom/services/rest/query/v1/suiteql"), &query);
    assert_eq!(keys(&custom.json()), ["result", "next_cursor", "prev_cursor"]);
    assert_eq!(custom.json()["next_cursor"], "5");
    assert_eq!(custom.header("ratelimit-limit"), "(absent)", "NetSuite tells none");
    let raw = post(&truto, &at("/proxy/suiteql/query"), &query).json();
    assert_eq!(keys(&raw), ["links", "count", "hasMore", "items", "offset", "totalResults"]);
    assert_eq!((&raw["hasMore"], &raw["totalResults"]), (&json!(true), &json!(7)));
    assert_eq!(truto.ledger().writes(), [], "SuiteQL reads by POST");
    let netsuite = start(Face::NetSuite, &shared);
    let own = post(&netsuite, "/services/rest/query/v1/suiteql?limit=5&offset=0", &query).json();
    assert_eq!(own, raw);
}

#[test]
fn a_custom_object_is_read_by_its_type_through_the_custom_api_and_by_its_name_through_the_proxy() {
    let shared = shared(9, Limits::DOCUMENTED);
    let hubspot = start(Face::HubSpot, &shared);
    let asked = "limit=100&properties=plan_name,seats&associations=contacts";
    let own = get(&hubspot, &format!("/crm/v3/objects/2-8891423?{asked}")).json();
    let results = own["results"].as_array().expect("a list").clone();
    assert_eq!(
        keys(&results[0]["properties"]),
        ["hs_createdate", "hs_lastmodifieddate", "hs_object_id", "plan_name", "seats"],
        "what is not asked for is not there"
    );
    let associated = results.iter().filter(|record| record.get("associations").is_some()).count();
    assert!((1..100).contains(&associated), "{associated} of 100 are associated");
    let bare = get(&hubspot, "/crm/v3/objects/2-8891423?limit=100").json();
    assert_eq!(
        keys(&bare["results"][0]["properties"]),
        ["hs_createdate", "hs_lastmodifieddate", "hs_object_id"]
    );
    assert!(
        bare["results"].as_array().is_some_and(|all| all.iter().all(|one| one.get("associations").is_none()))
    );

    let truto = start(Face::Truto, &shared);
    let at = |path: &str| get(&truto, &format!("{path}?integrated_account_id={ACME}&{asked}"));
    let custom = at("/custom/crm/v3/objects/2-8891423").json();
    assert_eq!(keys(&custom), ["result", "next_cursor", "prev_cursor"]);
    assert_eq!(
        (&custom["result"], &custom["next_cursor"]),
        (&own["results"], &own["paging"]["next"]["after"])
    );
    let proxied = at("/proxy/subscriptions").json();
    assert_eq!(keys(&proxied), ["result", "next_cursor", "prev_cursor", "result_count"]);
    assert_eq!(at("/proxy/2-8891423").status, 404, "the proxy knows names, not paths");

    let legacy = get(&start(Face::Apideck, &shared), "/crm/custom-objects/2-8891423?limit=1").json();
    assert_eq!(
        (&legacy["resource"], &legacy["data"][0]["id"]),
        (&json!("custom-objects"), &results[0]["id"])
    );
    assert_eq!(
        keys(&legacy["data"][0]),
        ["id", "name", "owner_id", "fields", "associations", "created_at", "updated_at"]
    );
}

#[test]
fn errors_have_the_documented_bodies() {
    let shared = shared(2, Limits::DOCUMENTED);
    let apideck = get(&start(Face::Apideck, &shared), "/crm/contacts/1");
    let expected = json!({
        "status_code": 404, "error": "Not Found", "type_name": "EntityNotFoundError", "message": "Unknown Contact",
        "detail": "resource not found", "ref": "https://developers.apideck.com/errors#entitynotfounderror",
    });
    assert_eq!((apideck.status, apideck.json()), (404, expected));
    assert!(apideck.header("request-id").starts_with("req_"));

    let truto = start(Face::Truto, &shared);
    let remote = get(&truto, &format!("/unified/crm/contacts/1?integrated_account_id={ACME}"));
    let raw = json!({
        "status": "error", "message": "resource not found",
        "correlationId": "e0a7719d-84c3-4f5e-8b60-71d2f4c9a30b", "category": "OBJECT_NOT_FOUND",
    });
    let expected = json!({
        "statusCode": 404, "error": "Not Found", "message": "resource not found",
        "truto_is_remote_error": true, "raw_response": raw,
    });
    assert_eq!((remote.status, remote.json()), (404, expected));
    let own = ask(&truto, "GET", "/unified/crm/contacts", &headers(Face::UnifiedTo), b"");
    let expected =
        json!({"statusCode": 400, "error": "Bad Request", "message": "integrated_account_id is required"});
    assert_eq!((own.status, own.json()), (400, expected));

    let merge = get(&start(Face::Merge, &shared), "/api/crm/v1/contacts/1");
    assert_eq!((merge.status, merge.json()), (404, json!({"detail": "Not found."})));
    let nango = get(&start(Face::Nango, &shared), "/records");
    assert_eq!(
        (nango.status, nango.json()),
        (400, json!({"error": {"code": "missing_model", "message": "Missing model"}}))
    );
    let unified_to = get(&start(Face::UnifiedTo, &shared), "/crm/acme/contact/1");
    assert_eq!(
        (unified_to.status, unified_to.json()),
        (404, json!({"error": "Not Found", "message": "Not Found"}))
    );
    let generic = get(&start(Face::Generic, &shared), "/accounts/acme/contacts/1");
    assert_eq!(generic.header("content-type"), "application/problem+json");
}

#[test]
fn a_revoked_account_is_told_by_both_providers_in_their_own_words() {
    let shared = shared(2, Limits::DOCUMENTED);
    shared.world().upstream.accounts[0].access = Access::Revoked;
    let legacy = get(&start(Face::Apideck, &shared), "/crm/contacts");
    assert_eq!(legacy.json()["type_name"], "ConnectorCredentialsError");
    assert_eq!(legacy.json()["detail"]["debug"]["response"]["data"]["error"], "invalid_grant");
    let new = get(&start(Face::Truto, &shared), &format!("/proxy/contacts?integrated_account_id={ACME}"));
    assert_eq!((new.status, &new.json()["truto_is_remote_error"]), (401, &json!(true)));
}

#[test]
fn a_write_is_done_and_stands_in_the_ledger() {
    let shared = shared(2, Limits::DOCUMENTED);
    let (legacy, new) = (start(Face::Apideck, &shared), start(Face::Truto, &shared));
    let made = post(&legacy, "/crm/contacts", &json!({"first_name": "Ada", "last_name": "Nowak"}));
    assert_eq!((made.status, &made.json()["operation"]), (201, &json!("add")));
    let id = made.json()["data"]["id"].as_str().expect("the new id").to_owned();
    let read = get(&new, &format!("/unified/crm/contacts/{id}?integrated_account_id={ACME}")).json();
    assert_eq!(read["name"], "Ada Nowak");
    let written: Vec<String> = legacy
        .ledger()
        .writes()
        .iter()
        .map(|received| format!("{} {}", received.method, received.target))
        .collect();
    assert_eq!(written, ["POST /crm/contacts"]);
    assert_eq!(new.ledger().writes(), []);
    let gone = ask(
        &new,
        "DELETE",
        &format!("/unified/crm/contacts/{id}?integrated_account_id={ACME}"),
        &headers(Face::Truto),
        b"",
    );
    assert_eq!((gone.json(), new.ledger().writes().len()), (json!({ "id": id }), 1));
}
