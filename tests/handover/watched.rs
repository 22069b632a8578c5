//! The watch knows from the journal what was lent and what was handed over: who holds a token may refresh it.

use serde_json::Value;
use servers::oauth::ROTATING;
use servers::{Credentials, Link};

use super::{MINUTE_MS, NANGO, Scene};

const LOOK: [&str; 5] = ["tokens", "watch", "--once", "--format", "json"];

fn signs(scene: &Scene, code: i32) -> Vec<String> {
    let run = scene.project.expect(&LOOK, code);
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut signs: Vec<String> =
        lines.map(|sign| format!("{} {}", word(&sign["account"]), word(&sign["sign"]))).collect();
    signs.sort();
    signs
}

/// Somebody who has a copy of an account's refresh token uses it.
fn stolen(scene: &Scene, name: &str) {
    let token = scene.shared.links(|links| links.legacy[name].refresh_token().map(str::to_owned));
    let now_ms = scene.shared.clock.now_ms();
    let token = token.expect("legacy holds it");
    let mut world = scene.shared.world();
    world.authority.refresh(&token, ROTATING.id, ROTATING.secret, now_ms).expect("it is good, once");
}

#[test]
fn a_lent_account_may_be_refreshed_by_legacy_and_by_nobody_else() {
    let scene = Scene::new("watched", &NANGO, ROTATING, &Link::many(3, "hubspot"));
    scene.project.expect(&["tokens", "lend", "acct-0001", "acct-0002"], 0);
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "acct-0003", "--yes"], 0);
    assert_eq!(signs(&scene, 0), Vec::<String>::new());

    // Legacy refreshes what it lent, as it does; what new has of it ends, as it must.
    scene.shared.clock.advance(31 * MINUTE_MS);
    let answer = |name: &str| scene.read_legacy(name);
    assert!(answer("acct-0001").starts_with("HTTP/1.1 200"), "{}", answer("acct-0001"));
    scene.project.run(&["tokens", "verify", "acct-0001"]);
    assert_eq!(signs(&scene, 0), Vec::<String>::new(), "the holder refreshed");

    // Of the second somebody else uses the refresh token; legacy is refused when it wants to.
    stolen(&scene, "acct-0002");
    answer("acct-0002");
    assert_eq!(signs(&scene, 1), ["acct-0002 legacy_refused"]);

    // Of what was transferred new alone may refresh.
    scene.shared.links(|links| {
        let held = links.new.values().find(|linked| linked.account == "acct-0003").expect("new has it");
        let token = held.refresh_token().expect("new holds it").to_owned();
        let at_legacy = links.legacy.get_mut("acct-0003").expect("legacy has it");
        if let Credentials::OAuth2 { refresh, expires_ms, .. } = &mut at_legacy.credentials {
            (*refresh, *expires_ms) = (Some(token), Some(0));
        }
    });
    answer("acct-0003");
    scene.shared.clock.advance(31 * MINUTE_MS);
    scene.project.run(&["tokens", "verify", "acct-0003"]);
    let seen = signs(&scene, 1);
    assert!(seen.contains(&"acct-0003 invalid_grant".to_owned()), "{seen:?}");
}

#[test]
fn a_journal_that_cannot_be_read_is_no_clean_look() {
    let scene = Scene::new("watched-sealed", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    scene.project.expect(&["tokens", "lend"], 0);
    scene.project.write(".cutover/state.key", "00".repeat(32));
    scene.project.expect(&LOOK, 3);
}
