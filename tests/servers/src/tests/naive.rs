//! The simple recipe (pause, export, import, and the application reads on), kept because it loses accounts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{NOW_MS, node, start};
use crate::oauth::{ROTATING, judge};
use crate::tests::client::{Answer, ask};
use crate::{App, Clock, Face, KEY, Lifetimes, Limits, Link, OAuth, Seed, Server, Shared, Status};

const ACCOUNTS: usize = 200;
/// The application reads of every third account in the first hour.
const READ_OF: usize = 3;
const MINUTE_MS: i64 = 60_000;

fn call(server: &Server, method: &str, target: &str, account: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {KEY}");
    let headers =
        [("authorization", bearer.as_str()), ("connection-id", account), ("provider-config-key", "hubspot")];
    ask(server, method, target, &headers, body.to_string().as_bytes())
}

/// Pauses, exports and imports every account, in the words of the recipe.
fn recipe(legacy: &Server, new: &Server, place: &str, now_ms: i64) -> Vec<(String, String)> {
    let pause = json!({"syncs": [], "provider_config_key": "hubspot"});
    assert_eq!(call(legacy, "POST", "/sync/pause", "", &pause).status, 200);
    let all = call(legacy, "GET", "/connections", "", &Value::Null).json();
    let names = all["connections"].as_array().expect("a list").iter();
    let names = names.map(|connection| connection["connection_id"].as_str().expect("an id").to_owned());
    let moved = names.map(|name| {
        let target = format!("/connections/{name}?provider_config_key=hubspot&refresh_token=true");
        let held = call(legacy, "GET", &target, &name, &Value::Null).json()["credentials"].clone();
        let expires: jiff::Timestamp =
            held["expires_at"].as_str().and_then(|at| at.parse().ok()).expect("it says when it expires");
        let token = json!({
            "access_token": held["access_token"], "refresh_token": held["refresh_token"],
            "expires_in": (expires.as_millisecond() - now_ms) / 1_000,
        });
        let body = json!({
            "tenant_id": name, "environment_integration_id": place, "authentication_method": "oauth2",
            "context": {"oauth": {"token": token}},
        });
        let id = call(new, "POST", "/integrated-account", "", &body).json()["id"].clone();
        (name, id.as_str().expect("it was imported").to_owned())
    });
    moved.collect()
}

fn loses_accounts(oauth: impl Fn(&Shared) -> OAuth) {
    let seed = Seed { number: 1, contacts: 1, customers: 0, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    let oauth = oauth(&shared);
    let app = App::ours("hubspot", ROTATING);
    let place = app.installed.clone();
    shared.link(&oauth, &[app], &Link::many(ACCOUNTS, "hubspot")).expect("grants are made");
    let (legacy, new) = (start(Face::Nango, &shared), start(Face::Truto, &shared));
    let moved = recipe(&legacy, &new, &place, NOW_MS);
    assert_eq!(moved.len(), ACCOUNTS);
    let read_new = |id: &str| {
        call(&new, "GET", &format!("/proxy/contacts?integrated_account_id={id}"), "", &Value::Null).status
    };
    let all_well = moved.iter().all(|(_, id)| read_new(id) == 200);
    assert!(all_well, "right after the import everything looks well");

    let read: BTreeSet<&str> = moved.iter().step_by(READ_OF).map(|(name, _)| name.as_str()).collect();
    shared.clock.advance(20 * MINUTE_MS);
    for name in &read {
        let answer = call(&legacy, "GET", "/proxy/crm/v3/objects/contacts", name, &Value::Null);
        assert_eq!(answer.status, 200, "the application is served, and notices nothing");
    }
    let lost = || -> BTreeSet<&str> {
        let lost = moved.iter().filter(|(_, id)| read_new(id) != 200);
        lost.map(|(name, _)| name.as_str()).collect()
    };
    shared.clock.advance(15 * MINUTE_MS);
    assert_eq!(lost(), read, "each account that was read through legacy is lost");
    let dead = read.iter().filter(|name| {
        call(&legacy, "GET", "/proxy/crm/v3/objects/contacts", name, &Value::Null).status != 200
    });
    assert_eq!(dead.count(), read.len(), "on both sides");

    // Nobody reads through legacy any more. Its job refreshes what nobody fetched for a day, paused or not.
    shared.clock.advance(24 * 60 * MINUTE_MS);
    call(&legacy, "GET", "/connections", "", &Value::Null);
    shared.clock.advance(60 * MINUTE_MS);
    assert_eq!(lost().len(), ACCOUNTS, "a day later all are lost");
    let judged = judge(&oauth.log(shared.clock.now_ms()).expect("the log is told"));
    assert_eq!(judged.two_refreshers.len(), ACCOUNTS);
    assert_eq!(judged.refused.len(), ACCOUNTS);
    let statuses = shared.links(|links| links.new.values().map(|linked| linked.status).collect::<Vec<_>>());
    assert_eq!(statuses, vec![Status::NeedsReauth; ACCOUNTS]);
}

#[test]
fn the_simple_recipe_loses_every_account() {
    loses_accounts(|shared| OAuth::rust(shared, Lifetimes::USUAL).expect("it starts"));
}

#[test]
fn the_simple_recipe_loses_every_account_at_the_real_oauth_server_too() {
    let Some(_) = node(&Lifetimes::USUAL) else { return };
    loses_accounts(|_| OAuth::node(Lifetimes::USUAL).expect("it started a moment ago"));
}
