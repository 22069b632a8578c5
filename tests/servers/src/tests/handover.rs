//! Each hazard of a hand-over, as it happens to who does not know it.

use serde_json::{Value, json};

use super::{NOW_MS, start};
use crate::oauth::{LENIENT, ROTATING, STEADY, VENDORS, authority::fingerprint, judge};
use crate::tests::client::{Answer, ask, attempt};
use crate::{
    App, Clock, Credentials, Face, Fault, KEY, Kind, Lifetimes, Limits, Link, OAuth, Planted, Seed, Server,
    Shared, Status, faces, support,
};

const MINUTE_MS: i64 = 60_000;
const CONTACTS: &str = "/proxy/crm/v3/objects/contacts";

struct Linked {
    shared: Shared,
    oauth: OAuth,
    nango: Server,
    truto: Server,
    place: String,
}

fn linked(client: crate::oauth::Client, links: &[Link]) -> Linked {
    linked_to(App::ours("hubspot", client), links, |shared| {
        OAuth::rust(shared, Lifetimes::USUAL).expect("loopback has a free port")
    })
}

fn linked_to(app: App, links: &[Link], oauth: impl Fn(&Shared) -> OAuth) -> Linked {
    let seed = Seed { number: 1, contacts: 2, customers: 0, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    let oauth = oauth(&shared);
    let place = app.installed.clone();
    shared.link(&oauth, &[app], links).expect("grants are made");
    let (nango, truto) = (start(Face::Nango, &shared), start(Face::Truto, &shared));
    Linked { shared, oauth, nango, truto, place }
}

impl Linked {
    fn nango(&self, method: &str, target: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {KEY}");
        ask(&self.nango, method, target, &[("authorization", &bearer)], body.to_string().as_bytes())
    }

    fn connection(&self, name: &str) -> Value {
        self.nango("GET", &exported(name), &Value::Null).json()
    }

    fn read_legacy(&self, name: &str) -> Answer {
        let bearer = format!("Bearer {KEY}");
        let headers =
            [("authorization", bearer.as_str()), ("connection-id", name), ("provider-config-key", "hubspot")];
        ask(&self.nango, "GET", CONTACTS, &headers, b"")
    }

    fn truto(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.truto_with(method, target, &[], body)
    }

    fn truto_with(&self, method: &str, target: &str, more: &[(&str, &str)], body: &Value) -> Answer {
        let bearer = format!("Bearer {KEY}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(more);
        ask(&self.truto, method, target, &headers, body.to_string().as_bytes())
    }

    /// Imports what an export told; the new account's id.
    fn import(&self, tenant: &str, connection: &Value, expires_in: i64) -> String {
        let answer =
            self.truto("POST", "/integrated-account", &self.imported(tenant, connection, expires_in));
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["id"].as_str().expect("it has an id").to_owned()
    }

    fn imported(&self, tenant: &str, connection: &Value, expires_in: i64) -> Value {
        json!({
            "tenant_id": tenant, "environment_integration_id": self.place, "authentication_method": "oauth2",
            "context": {"oauth": {"token": {
                "access_token": connection["credentials"]["access_token"],
                "refresh_token": connection["credentials"]["refresh_token"], "expires_in": expires_in,
            }}},
        })
    }

    fn read_new(&self, id: &str) -> Answer {
        self.truto("GET", &format!("/proxy/contacts?integrated_account_id={id}"), &Value::Null)
    }

    fn refresh_new(&self, id: &str) -> Answer {
        self.truto("POST", "/integrated-account/refresh-credentials", &json!({ "id": id }))
    }

    fn judged(&self) -> crate::Judgement {
        judge(&self.oauth.log(self.shared.clock.now_ms()).expect("the log is told"))
    }

    fn pass(&self, minutes: i64) {
        self.shared.clock.advance(minutes * MINUTE_MS);
    }

    fn status(&self, id: &str) -> Status {
        self.shared.links(|links| links.new[id].status)
    }
}

fn exported(name: &str) -> String {
    format!("/connections/{name}?provider_config_key=hubspot&refresh_token=true")
}

fn names(judged: &std::collections::BTreeSet<String>) -> Vec<&str> {
    judged.iter().map(String::as_str).collect()
}

fn refresh_token(connection: &Value) -> &str {
    connection["credentials"]["refresh_token"].as_str().expect("it was asked for")
}

#[test]
fn an_export_rotates_the_token_when_it_expires_soon_and_only_then() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let early = world.connection("acct-0001");
    assert_eq!(early["credentials"]["expires_at"], "2026-11-20T09:30:00.000Z");
    assert_eq!(refresh_token(&world.connection("acct-0001")), refresh_token(&early));
    world.pass(16);
    let late = world.connection("acct-0001");
    assert_ne!(refresh_token(&late), refresh_token(&early));
    assert_eq!(world.judged().refreshes, [("nango".to_owned(), 1)].into());
    let without =
        world.nango("GET", "/connections/acct-0001?provider_config_key=hubspot", &Value::Null).json();
    assert_eq!(without["credentials"].get("refresh_token"), None);
}

#[test]
fn a_read_through_legacy_refreshes_and_is_another_refresher_of_what_was_handed_over() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    assert_eq!(world.read_new(&id).status, 200);
    world.pass(16);
    // The application still reads through legacy, which thinks that the token is its own.
    assert_eq!(world.read_legacy("acct-0001").status, 200);
    world.pass(14);
    assert_eq!(world.read_new(&id).status, 401);
    assert_eq!(world.status(&id), Status::NeedsReauth);
    let judged = world.judged();
    assert_eq!(names(&judged.two_refreshers), ["acct-0001"]);
    assert_eq!(
        world.read_legacy("acct-0001").status,
        401,
        "legacy's own tokens are dead too: the grant is revoked"
    );
}

#[test]
fn a_pause_of_syncs_freezes_nothing() {
    let world = linked(ROTATING, &Link::many(2, "hubspot"));
    let pause = json!({"syncs": [], "provider_config_key": "hubspot"});
    assert_eq!(world.nango("POST", "/sync/pause", &pause).json(), json!({"success": true}));
    let status = world.nango("GET", "/sync/status?syncs=*&provider_config_key=hubspot", &Value::Null).json();
    assert_eq!(status["syncs"][0]["status"], "PAUSED");
    world.pass(24 * 60);
    // Whoever asks next meets tokens that a job has refreshed.
    world.nango("GET", "/connections", &Value::Null);
    assert_eq!(world.judged().refreshes, [("nango".to_owned(), 2)].into());

    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    world.shared.links(|links| links.hazards.refreshes_after_pause = true);
    let before = refresh_token(&world.connection("acct-0001")).to_owned();
    world.nango("POST", "/sync/pause", &pause);
    assert_ne!(refresh_token(&world.connection("acct-0001")), before);
}

#[test]
fn deleting_at_legacy_revokes_what_was_handed_over_unless_it_is_told_not_to() {
    for skips in [false, true] {
        let world = linked(STEADY, &Link::many(1, "hubspot"));
        let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
        if skips {
            let body = json!({
                "connection_id": "acct-0001", "provider_config_key": "hubspot",
                "metadata": {"skipTokenRevocation": true},
            });
            assert_eq!(world.nango("POST", "/connections/metadata", &body).status, 200);
        }
        let gone = world.nango("DELETE", "/connections/acct-0001?provider_config_key=hubspot", &Value::Null);
        assert_eq!(gone.status, 200);
        assert_eq!(world.read_new(&id).status, if skips { 200 } else { 401 });
        assert_eq!(world.judged().revoked.len(), usize::from(!skips));
    }
}

#[test]
fn an_import_is_refreshed_by_the_new_provider_itself_and_tells_no_secret_again() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    let told = world.truto("GET", &format!("/integrated-account/{id}"), &Value::Null);
    let text = String::from_utf8_lossy(&told.body).into_owned();
    let held = world.connection("acct-0001");
    for secret in [refresh_token(&held), held["credentials"]["access_token"].as_str().expect("it is there")] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(
        (&told.json()["status"], &told.json()["authentication_method"]),
        (&json!("active"), &json!("oauth2"))
    );
    world.pass(29);
    world.truto("GET", "/integrated-account", &Value::Null);
    assert_eq!(world.judged().refreshes, [("truto".to_owned(), 1)].into());
    assert_eq!(world.refresh_new(&id).json(), json!({"success": true}));
    assert!(world.judged().is_clean());

    let eager = linked(ROTATING, &Link::many(1, "hubspot"));
    eager.shared.links(|links| links.hazards.refreshes_on_import = true);
    eager.import("acct-0001", &eager.connection("acct-0001"), 1_800);
    assert_eq!(
        eager.judged().refreshes,
        [("truto".to_owned(), 1)].into(),
        "before anybody verified anything"
    );
}

#[test]
fn a_moment_of_expiry_is_not_read_and_what_has_none_is_refreshed_at_once() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let mut body = world.imported("acct-0001", &world.connection("acct-0001"), 0);
    let token = body.pointer_mut("/context/oauth/token").expect("it is there");
    token["expires_at"] = json!("2026-11-20T09:30:00.000Z");
    token.as_object_mut().expect("it is an object").remove("expires_in");
    let id = world.truto("POST", "/integrated-account", &body).json()["id"].as_str().expect("id").to_owned();
    assert_eq!(world.read_new(&id).status, 200);
    assert_eq!(world.judged().refreshes, [("truto".to_owned(), 1)].into());
}

#[test]
fn tokens_of_another_client_are_refused_at_the_first_refresh_and_not_before() {
    let app = App { legacy: VENDORS, is_ours: false, ..App::ours("hubspot", ROTATING) };
    let oauth = |shared: &Shared| OAuth::rust(shared, Lifetimes::USUAL).expect("it starts");
    let world = linked_to(app, &Link::many(1, "hubspot"), oauth);
    let told = world.nango("GET", "/integrations/hubspot?include=credentials", &Value::Null).json();
    assert_eq!(told["data"]["credentials"], Value::Null, "the vendor tells nothing of its own app");
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    assert_eq!(world.read_new(&id).status, 200);
    let refused = world.refresh_new(&id);
    assert_eq!((refused.status, &refused.json()["raw_response"]["error"]), (401, &json!("invalid_grant")));
    assert_eq!(world.status(&id), Status::NeedsReauth);
}

#[test]
fn a_token_that_never_rotates_may_be_refreshed_by_both() {
    let world = linked(STEADY, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    assert_eq!(world.refresh_new(&id).status, 200);
    world.pass(31);
    assert_eq!((world.read_legacy("acct-0001").status, world.read_new(&id).status), (200, 200));
    let judged = world.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0));
    assert_eq!(names(&judged.changed_hands_again), ["acct-0001"]);
}

#[test]
fn within_the_leeway_an_old_token_is_good_once_more_and_after_it_ends_the_grant() {
    let world = linked(LENIENT, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    assert_eq!(world.refresh_new(&id).status, 200);
    world.pass(9);
    let force = "/connections/acct-0001?provider_config_key=hubspot&force_refresh=true&refresh_token=true";
    assert_eq!(world.nango("GET", force, &Value::Null).status, 200);

    let world = linked(LENIENT, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 1_800);
    assert_eq!(world.refresh_new(&id).status, 200);
    world.pass(10);
    let refused = world.nango("GET", force, &Value::Null);
    assert_eq!(refused.json()["error"]["code"], "invalid_credentials");
    assert_eq!(world.read_new(&id).status, 401);
}

#[test]
fn a_rotation_whose_answer_is_lost_leaves_a_holder_of_a_dead_token() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let before = refresh_token(&world.connection("acct-0001")).to_owned();
    world.pass(16);
    world.oauth.lose(1, world.shared.clock.now_ms()).expect("it hears");
    let after = world.connection("acct-0001");
    assert_eq!(refresh_token(&after), before, "the provider never heard of the new one");
    assert_eq!(world.judged().refreshes, [("nango".to_owned(), 1)].into());
    let refused = world.nango("GET", &exported("acct-0001"), &Value::Null);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("invalid_credentials")));
    assert_eq!(names(&world.judged().refused), ["acct-0001"]);
}

#[test]
fn an_export_whose_answer_is_lost_has_rotated_all_the_same_and_can_be_asked_again() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let before = refresh_token(&world.connection("acct-0001")).to_owned();
    world.pass(16);
    world.nango.plant(Planted::times(Fault::Reset, 1));
    let bearer = format!("Bearer {KEY}");
    let lost = attempt(&world.nango, "GET", &exported("acct-0001"), &[("authorization", &bearer)], b"");
    assert!(lost.is_err());
    assert_ne!(refresh_token(&world.connection("acct-0001")), before);
    assert!(world.judged().is_clean());
}

#[test]
fn an_import_that_comes_twice_is_one_account_with_a_key_and_two_refreshers_without() {
    for once in [true, false] {
        let world = linked(ROTATING, &Link::many(1, "hubspot"));
        world.shared.links(|links| links.hazards.imports_once = once);
        world.truto.plant(Planted::times(Fault::Twice, 1));
        let body = world.imported("acct-0001", &world.connection("acct-0001"), 1_800);
        let answer = world.truto_with("POST", "/integrated-account", &[("idempotency-key", "k-1")], &body);
        assert_eq!(answer.status, 201);
        let found = world.truto("GET", "/integrated-account?tenant_id=acct-0001", &Value::Null).json();
        let found = found["result"].as_array().expect("a list").len();
        assert_eq!(found, if once { 1 } else { 2 });
        world.pass(30);
        world.truto("GET", "/integrated-account", &Value::Null);
        assert_eq!(world.judged().refused.len(), usize::from(!once));
    }
}

#[test]
fn a_refused_request_does_nothing_and_a_repeated_answer_is_the_one_before() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let body = world.imported("acct-0001", &world.connection("acct-0001"), 1_800);
    world.truto.plant(Planted::times(Fault::Refused(503), 1));
    assert_eq!(world.truto("POST", "/integrated-account", &body).status, 503);
    assert_eq!(world.shared.links(|links| links.new.len()), 0);
    let first = world.truto("POST", "/integrated-account", &body).json();
    world.truto.plant(Planted::times(Fault::Again, 1));
    assert_eq!(world.truto("POST", "/integrated-account", &body).json(), first);
    assert_eq!(world.shared.links(|links| links.new.len()), 1);
}

#[test]
fn swapped_tokens_answer_200_with_another_customers_records() {
    let world = linked(ROTATING, &Link::many(2, "hubspot"));
    let (first, second) = (world.connection("acct-0001"), world.connection("acct-0002"));
    let id = world.import("acct-0001", &second, 1_800);
    let (read, mine) = (world.read_new(&id), world.read_legacy("acct-0001"));
    assert_eq!((read.status, mine.status), (200, 200));
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().expect("a list").iter().map(|item| item["id"].to_string()).collect()
    };
    let (mut read, mine) = (ids(&read.json()["result"]), ids(&mine.json()["results"]));
    read.sort();
    assert_eq!(mine, ["\"1000000\"", "\"1000001\"", "\"1000002\""]);
    assert_eq!(read, ["\"1000010\"", "\"1000011\"", "\"1000012\""]);
    let details = format!("/custom/account-info/v3/details?integrated_account_id={id}");
    let portal = world.truto("GET", &details, &Value::Null).json()["portalId"].clone();
    let other = world.import("acct-0001", &first, 1_800);
    let details = format!("/custom/account-info/v3/details?integrated_account_id={other}");
    assert_ne!(world.truto("GET", &details, &Value::Null).json()["portalId"], portal);
}

#[test]
fn what_was_lent_reads_until_it_expires_and_cannot_refresh() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let mut lent = world.connection("acct-0001");
    lent["credentials"]["refresh_token"] = Value::Null;
    let id = world.import("acct-0001", &lent, 1_800);
    assert_eq!(world.refresh_new(&id).status, 400);
    assert_eq!(world.read_new(&id).status, 200);
    world.pass(30);
    assert_eq!((world.read_new(&id).status, world.status(&id)), (401, Status::NeedsReauth));
    let again = world.connection("acct-0001");
    let token = json!({"access_token": again["credentials"]["access_token"], "expires_in": 1_800});
    let body = json!({"context": {"oauth": {"token": token}}});
    assert_eq!(world.truto("PATCH", &format!("/integrated-account/{id}/credentials"), &body).status, 200);
    assert_eq!((world.read_new(&id).status, world.status(&id)), (200, Status::Active));
    assert_eq!(world.judged().refreshes, [("nango".to_owned(), 1)].into(), "legacy stays the holder");
}

#[test]
fn a_provider_that_refreshes_for_each_of_two_calls_at_once_loses_the_account() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    world.shared.links(|links| links.hazards.refreshes_in_parallel = true);
    world.pass(16);
    if let OAuth::Rust(server) = &world.oauth {
        server.plant(Planted::below(Fault::Slow(std::time::Duration::from_millis(500)), "/token"));
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| world.read_legacy("acct-0001"));
        }
    });
    assert_eq!(names(&world.judged().refused), ["acct-0001"]);
    world.shared.links(|links| links.hazards.refreshes_in_parallel = false);
    assert_eq!(world.read_legacy("acct-0001").status, 401);
}

#[test]
fn keys_and_a_clients_own_tokens_open_the_same_records_on_both_sides() {
    let kinds = [Kind::ApiKey, Kind::TokenBased, Kind::ClientCredentials];
    let links: Vec<Link> = kinds
        .into_iter()
        .enumerate()
        .map(|(at, kind)| Link { kind, ..Link::oauth2(&format!("acct-{at}"), "hubspot") })
        .collect();
    let world = linked(STEADY, &links);
    for (at, method) in ["api_key", "api_key", "oauth2_client_credentials"].into_iter().enumerate() {
        let name = format!("acct-{at}");
        let credentials = world.connection(&name)["credentials"].clone();
        let mut context = credentials.clone();
        context["api_key"] = credentials["apiKey"].clone();
        let body = json!({
            "tenant_id": name, "environment_integration_id": world.place, "authentication_method": method,
            "context": context,
        });
        let id =
            world.truto("POST", "/integrated-account", &body).json()["id"].as_str().expect("id").to_owned();
        assert_eq!((world.read_new(&id).status, world.read_legacy(&name).status), (200, 200), "{name}");
    }
    assert_eq!(world.judged().refreshes, [].into());
}

#[test]
fn uninstalling_an_integration_revokes_all_its_accounts() {
    let world = linked(STEADY, &Link::many(2, "hubspot"));
    for name in ["acct-0001", "acct-0002"] {
        world.import(name, &world.connection(name), 1_800);
    }
    let gone = world.truto("DELETE", &format!("/environment-integration/{}", world.place), &Value::Null);
    assert_eq!(gone.status, 200);
    assert_eq!(names(&world.judged().revoked), ["acct-0001", "acct-0002"]);
    assert_eq!(world.read_legacy("acct-0001").status, 401);
}

#[test]
fn a_link_reconnects_an_account_once() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let id = world.import("acct-0001", &world.connection("acct-0001"), 0);
    world.shared.links(|links| {
        let credentials = &mut links.new.get_mut(&id).expect("it is there").credentials;
        if let Credentials::OAuth2 { refresh, .. } = credentials {
            *refresh = Some("rt_of_nobody".to_owned());
        }
    });
    assert_eq!((world.read_new(&id).status, world.status(&id)), (401, Status::NeedsReauth));
    let body = json!({"integrated_account_id": id, "persist_previous_context": true});
    let link = world.truto("POST", "/link-token", &body).json()["link_token"]
        .as_str()
        .expect("it is told")
        .to_owned();
    faces::truto::accounts::click(&world.shared, &world.oauth, &link).expect("it works once");
    assert_eq!((world.read_new(&id).status, world.status(&id)), (200, Status::Active));
    assert!(faces::truto::accounts::click(&world.shared, &world.oauth, &link).is_err());
}

#[test]
fn the_new_provider_imports_back_nothing_but_legacy_does() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let held = world.connection("acct-0001");
    let credentials = json!({
        "type": "OAUTH2", "access_token": held["credentials"]["access_token"],
        "refresh_token": held["credentials"]["refresh_token"], "expires_at": "2026-11-20T09:30:00Z",
    });
    let body =
        json!({"connection_id": "acct-back", "provider_config_key": "hubspot", "credentials": credentials});
    assert_eq!(world.nango("POST", "/connections", &body).status, 201);
    assert_eq!(world.read_legacy("acct-back").status, 200);
    assert_eq!(refresh_token(&world.connection("acct-back")), refresh_token(&held));
}

#[test]
fn the_other_legacy_providers_do_with_tokens_as_they_document() {
    let world = linked(ROTATING, &Link::many(1, "hubspot"));
    let ampersand = start(Face::Ampersand, &world.shared);
    let one = "/v1/projects/project-1/connections/acct-0001";
    let amp = |method: &str, target: &str| ask(&ampersand, method, target, &[("x-api-key", KEY)], b"");
    let plain = amp("GET", one).json();
    assert_eq!((&plain["status"], plain.get("oauth2AuthorizationCode")), (&json!("working"), None));
    let token = |told: &Value| told["oauth2AuthorizationCode"]["refreshToken"]["token"].clone();
    let held = amp("GET", &format!("{one}?includeRefreshToken=true")).json();
    let forced = amp("GET", &format!("{one}?includeRefreshToken=true&refresh=force")).json();
    assert_ne!(token(&held), token(&forced));
    let pause = "/v1/projects/project-1/integrations/crm/installations/acct-0001:pause";
    assert_eq!(amp("POST", pause).json(), json!({"id": "acct-0001", "isPaused": true}));
    let headers = [("x-api-key", KEY), ("x-amp-connection-id", "acct-0001")];
    assert_eq!(ask(&ampersand, "GET", CONTACTS, &headers, b"").status, 200);

    let unified = start(Face::UnifiedTo, &world.shared);
    let list = super::get(&unified, "/unified/connection").json();
    assert_eq!((&list[0]["auth"]["refresh_token"], &list[0]["is_paused"]), (&token(&forced), &json!(true)));
    assert_eq!(super::get(&unified, "/crm/acct-0001/contact").status, 200);

    let bearer = format!("Bearer {KEY}");
    let apideck = start(Face::Apideck, &world.shared);
    let deck = |method: &str, target: &str, body: &[u8]| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-apideck-app-id", "app"),
            ("x-apideck-consumer-id", "acct-0001"),
        ];
        ask(&apideck, method, target, &headers, body)
    };
    let told = deck("GET", "/vault/connections", b"");
    assert_eq!(told.json()["data"][0]["health"], "ok");
    assert!(!String::from_utf8_lossy(&told.body).contains("rt_"), "a token is never told");
    assert_eq!(deck("GET", "/crm/contacts", b"").json()["type_name"], "ConnectorDisabledError");
    deck("PATCH", "/vault/connections/crm/hubspot", br#"{"enabled":true}"#);
    assert_eq!(deck("GET", "/crm/contacts", b"").status, 200);
    assert!(support::apideck(&world.shared).contains(token(&forced).as_str().expect("a token")));

    let merge = start(Face::Merge, &world.shared);
    let list = super::get(&merge, "/api/crm/v1/linked-accounts").json();
    assert_eq!(list["results"][0]["status"], "COMPLETE");
    let file = support::merge(&world.shared);
    assert_eq!(file[0]["refresh_token"], token(&forced));
    let headers = [("authorization", bearer.as_str()), ("x-account-token", "token-acct-0001")];
    assert_eq!(ask(&merge, "POST", "/api/crm/v1/delete-account", &headers, b"").status, 200);
    assert_eq!(names(&world.judged().revoked), ["acct-0001"]);
}

#[test]
fn the_real_oauth_server_has_the_same_rules() {
    let Some(_) = super::node(&Lifetimes::USUAL) else { return };
    for oauth in [
        (|shared: &Shared| OAuth::rust(shared, Lifetimes::USUAL).expect("it starts")) as fn(&Shared) -> OAuth,
        |_| OAuth::node(Lifetimes::USUAL).expect("it started a moment ago"),
    ] {
        let world = linked_to(App::ours("hubspot", ROTATING), &Link::many(3, "hubspot"), oauth);
        let held = world.connection("acct-0001");
        assert_eq!(held["credentials"]["expires_at"], "2026-11-20T09:30:00.000Z");
        let id = world.import("acct-0001", &held, 1_800);
        let sound = world.import("acct-0002", &world.connection("acct-0002"), 1_800);
        world.pass(16);
        assert_eq!(world.read_legacy("acct-0001").status, 200);
        world.pass(13);
        assert_eq!((world.read_new(&sound).status, world.read_new(&id).status), (200, 401));
        assert_eq!((world.status(&sound), world.status(&id)), (Status::Active, Status::NeedsReauth));
        assert_eq!(world.read_legacy("acct-0001").status, 401, "the winner's tokens are dead too");
        world.oauth.lose(1, world.shared.clock.now_ms()).expect("it hears");
        let kept = fingerprint(refresh_token(&world.connection("acct-0003")));
        let refused = world.nango("GET", &exported("acct-0003"), &Value::Null);
        assert_eq!(refused.json()["error"]["code"], "invalid_credentials");
        let judged = world.judged();
        assert_eq!(names(&judged.two_refreshers), ["acct-0001"]);
        assert_eq!(names(&judged.refused), ["acct-0001", "acct-0003"]);
        let log = world.oauth.log(world.shared.clock.now_ms()).expect("it is told");
        assert_eq!(log.iter().filter(|entry| entry.presented == kept).count(), 2);
    }
}
