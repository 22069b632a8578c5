//! One request too many, and what is told of limits before that.

use serde_json::json;

use super::{ACME, ORESUND, get, headers, post, shared, start};
use crate::tests::client::ask;
use crate::{Face, Limits, Quota};

const TWO: Quota = Quota { requests: 2, seconds: 10 };

#[test]
fn the_new_providers_own_limit_is_told_apart_from_the_upstreams() {
    let contacts = format!("/proxy/contacts?integrated_account_id={ACME}");
    let own = shared(1, Limits { truto_account: TWO, ..Limits::DOCUMENTED });
    let server = start(Face::Truto, &own);
    let first = get(&server, &contacts);
    assert_eq!(first.header("ratelimit-limit"), "110;w=10");
    assert_eq!((first.header("ratelimit-remaining"), first.header("ratelimit-reset")), ("109", "10"));
    get(&server, &contacts);
    let third = get(&server, &contacts);
    let expected = json!({"statusCode": 429, "error": "Too Many Requests", "message": "Rate limit exceeded"});
    assert_eq!((third.status, third.json()), (429, expected));
    assert_eq!((third.header("retry-after"), third.header("ratelimit-limit")), ("10", "(absent)"));
    own.clock.advance(10_000);
    assert_eq!(get(&server, &contacts).status, 200, "the window is over");
    assert_eq!(server.ledger().throttled, 1);

    let upstream = shared(1, Limits { hubspot: TWO, ..Limits::DOCUMENTED });
    let server = start(Face::Truto, &upstream);
    get(&server, &contacts);
    get(&server, &contacts);
    let third = get(&server, &contacts);
    assert_eq!((third.status, &third.json()["truto_is_remote_error"]), (429, &json!(true)));
    assert_eq!(third.json()["raw_response"]["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!((third.header("ratelimit-remaining"), third.header("retry-after")), ("0", "(absent)"));
}

#[test]
fn both_providers_draw_on_one_upstream_limit() {
    let world = shared(1, Limits { hubspot: TWO, ..Limits::DOCUMENTED });
    let (legacy, new) = (start(Face::Apideck, &world), start(Face::Truto, &world));
    assert_eq!(get(&legacy, "/crm/contacts").header("x-downstream-ratelimit-remaining"), "1");
    get(&new, &format!("/proxy/contacts?integrated_account_id={ACME}"));
    let third = get(&legacy, "/crm/contacts");
    assert_eq!((third.status, &third.json()["type_name"]), (429, &json!("ConnectorRateLimitError")));
    assert_eq!(third.header("x-downstream-ratelimit-reset"), "10");
}

#[test]
fn each_dialect_is_spoken() {
    let few =
        Limits { hubspot: TWO, netsuite: TWO, merge_account: TWO, other_key: TWO, ..Limits::DOCUMENTED };
    let world = shared(1, few);
    let check = |face: Face, target: &str, headers: &[(&str, &str)]| {
        let server = start(face, &world);
        let answers = [(); 3].map(|()| get(&server, target));
        assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 200, 429], "{}", face.name());
        for (name, value) in headers {
            assert_eq!(answers[2].header(name), *value, "{name} of {}", face.name());
        }
        world.clock.advance(10_000);
    };
    let interval = ("x-hubspot-ratelimit-interval-milliseconds", "10000");
    check(Face::HubSpot, "/crm/v3/objects/contacts", &[("x-hubspot-ratelimit-remaining", "0"), interval]);
    // 2026-11-20T09:00:20Z as Unix time: the window of ten seconds began ten seconds after the clock did.
    check(
        Face::Nango,
        "/records?model=Contact",
        &[("x-ratelimit-reset", "1795165220"), ("retry-after", "10")],
    );
    check(
        Face::Generic,
        "/accounts/acme/contacts",
        &[("ratelimit", "\"default\";r=0;t=10"), ("ratelimit-policy", "\"default\";q=2;w=10")],
    );
    check(Face::UnifiedTo, "/crm/acme/contact", &[("retry-after", "(absent)")]);
    check(Face::Merge, "/api/crm/v1/contacts", &[("retry-after", "(absent)")]);
    let truto = start(Face::Truto, &world);
    let query = json!({"q": "SELECT id FROM customer"});
    let path = format!("/proxy/suiteql/query?integrated_account_id={ORESUND}");
    let statuses = [(); 3].map(|()| post(&truto, &path, &query).status);
    assert_eq!(statuses, [200, 200, 429]);
    let refused = ask(&truto, "GET", "/unified/crm/contacts", &headers(Face::HubSpot), b"");
    assert_eq!(refused.status, 401);
}
