//! A file from support that was made before the fence: legacy may have refreshed since, and whoever uses what was used ends the grant.

use servers::oauth::ROTATING;
use servers::{Credentials, Link};

use super::crash::account;
use super::sources::APIDECK;
use super::{NANGO, Scene};

const FROM_FILE: [&str; 5] = ["tokens", "transfer", "--yes", "--file", "export.csv"];
const RESUME: [&str; 4] = ["tokens", "resume", "--file", "export.csv"];

/// One account, whose access token is good for so long still.
fn scene(name: &str, left_ms: i64) -> Scene {
    let scene = Scene::new(&format!("aged-{name}"), &APIDECK, ROTATING, &Link::many(1, "hubspot"));
    let at = scene.shared.clock.now_ms() + left_ms;
    scene.shared.links(|links| {
        for linked in links.legacy.values_mut() {
            if let Credentials::OAuth2 { expires_ms, .. } = &mut linked.credentials {
                *expires_ms = Some(at);
            }
        }
    });
    scene.pass_the_gate();
    scene
}

/// What support sends now.
fn made(scene: &Scene) {
    scene.project.write("export.csv", servers::support::apideck(&scene.shared));
}

/// The same without the moment at which tokens expire.
fn made_without_expiry(scene: &Scene) {
    let rows = scene.shared.links(|links| {
        let row = |(name, linked): (&String, &servers::Linked)| match &linked.credentials {
            Credentials::OAuth2 { access, refresh: Some(refresh), .. } => {
                format!("{name},{access},{refresh}\n")
            }
            _ => unreachable!("all have grants"),
        };
        links.legacy.iter().map(row).collect::<String>()
    });
    scene.project.write("export.csv", format!("consumer_id,access_token,refresh_token\n{rows}"));
}

fn stays_at_legacy(scene: &Scene) {
    let line = account(scene, "acct-0001");
    assert_eq!((&line["state"], &line["holder"]), (&"fenced".into(), &"legacy".into()), "{line}");
    assert!(scene.shared.links(|links| links.new.is_empty()), "new has nothing of it");
    assert_eq!(scene.judged().refused.len(), 0, "nobody used what was used before");
}

#[test]
fn what_legacy_may_have_refreshed_since_is_refused_and_what_it_had_no_reason_to_refresh_is_taken() {
    // It expires within the time in which legacy refreshes ahead, and legacy does.
    let scene = scene("stale", 20_000);
    made(&scene);
    assert!(scene.ask_legacy("/crm/contacts").starts_with("HTTP/1.1 200"), "the application reads");
    assert_eq!(scene.judged().refreshes["apideck"], 1, "and legacy has refreshed");
    let run = scene.project.expect(&FROM_FILE, 1);
    let told = "and legacy may have refreshed it between: have it made anew, and say when with --made-at";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    stays_at_legacy(&scene);
    // Going back is free; so is a file that was made since, of which the access token is good for longer.
    made(&scene);
    scene.project.expect(&RESUME, 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
    assert_eq!(scene.judged().refused.len(), 0);
}

#[test]
fn without_that_refusal_the_customer_is_lost() {
    let scene = scene("lost", 20_000);
    made(&scene);
    scene.ask_legacy("/crm/contacts");
    // Somebody gives a word that is not true.
    scene.project.expect(&[&FROM_FILE[..], &["--legacy-ended"]].concat(), 1);
    assert_eq!(scene.totals(), serde_json::json!({"needs-reauth": 1}));
    assert_eq!(scene.judged().refused.len(), 1);
}

#[test]
fn where_no_row_says_it_a_person_says_when_the_file_was_made() {
    let scene = scene("said", 1_800_000);
    made_without_expiry(&scene);
    let run = scene.project.expect(&FROM_FILE, 1);
    assert!(run.stderr.contains("whether the file is older than the fence of "), "{}", run.stderr);
    stays_at_legacy(&scene);
    let run = scene.project.expect(&[&RESUME[..], &["--made-at", "2020-01-01T00:00:00Z"]].concat(), 1);
    assert!(run.stderr.contains("the file was made before the account was fenced at "), "{}", run.stderr);
    stays_at_legacy(&scene);
    made_without_expiry(&scene);
    let now = jiff::Timestamp::now().to_string();
    scene.project.expect(&[&RESUME[..], &["--made-at", &now]].concat(), 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}

#[test]
fn an_upstream_that_says_which_tokens_are_good_needs_nobody_s_word() {
    let scene = scene("introspected", 1_800_000);
    scene.introspects("basic");
    made_without_expiry(&scene);
    scene.pass_the_gate();
    scene.project.expect(&FROM_FILE, 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}

#[test]
fn where_legacy_tells_its_tokens_a_file_is_held_against_them() {
    let scene = Scene::new("aged-told", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    let rows = |scene: &Scene| {
        let token = |linked: &servers::Linked| match &linked.credentials {
            Credentials::OAuth2 { access, refresh: Some(refresh), .. } => format!("{access},{refresh}"),
            _ => unreachable!("it has a grant"),
        };
        let row = scene.shared.links(|links| token(&links.legacy["acct-0001"]));
        format!("account,access_token,refresh_token\nacct-0001,{row}\n")
    };
    scene.project.write("export.csv", rows(&scene));
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards.refreshes_after_pause = true);
    let run = scene.project.expect(&FROM_FILE, 1);
    assert!(run.stderr.contains("legacy has refreshed it since the file was made"), "{}", run.stderr);
    stays_at_legacy(&scene);
    scene.project.write("export.csv", rows(&scene));
    scene.project.expect(&RESUME, 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
    assert_eq!(scene.judged().refused.len(), 0);
}
