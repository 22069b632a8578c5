//! What providers do unasked, each while accounts move: the naive recipe loses them to it, and ours does not.

use std::collections::BTreeMap;

use servers::links::Hazards;
use servers::oauth::ROTATING;
use servers::{Credentials, Link, Status};

use super::crash::account;
use super::sources::{APIDECK, MERGE, UNIFIED_TO};
use super::{AMPERSAND, From, MINUTE_MS, NANGO, Scene};

const ACCOUNTS: usize = 3;
/// Those whose API gives credentials out.
const FROM: [&From; 3] = [&NANGO, &AMPERSAND, &UNIFIED_TO];
/// Those of them that refresh what is read.
const ROTATING_EXPORT: [&From; 2] = [&NANGO, &AMPERSAND];

fn moves(name: &str, from: &From, hazards: Hazards, prepare: impl Fn(&Scene)) -> Scene {
    let name = format!("hazard-{name}-{}", from.profile);
    let scene = Scene::new(&name, from, ROTATING, &Link::many(ACCOUNTS, "hubspot"));
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards = hazards);
    prepare(&scene);
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": ACCOUNTS}));
    survives(&scene);
    scene
}

/// A day later, when every job has had its turn, each account works at new, and nobody was refused.
fn survives(scene: &Scene) {
    scene.shared.clock.advance(25 * 60 * MINUTE_MS);
    scene.project.expect(&["tokens", "verify"], 0);
    let judged = scene.judged();
    let lost = (judged.two_refreshers.len(), judged.refused.len(), judged.revoked.len());
    assert_eq!(lost, (0, 0, 0), "{judged:?}");
    let statuses =
        scene.shared.links(|links| links.new.values().map(|linked| linked.status).collect::<Vec<_>>());
    assert_eq!(statuses, [Status::Active; ACCOUNTS]);
}

/// What it calls itself at the OAuth server.
fn by(from: &From) -> &'static str {
    if from.profile == UNIFIED_TO.profile { "unified.to" } else { from.profile }
}

fn refreshes(scene: &Scene) -> BTreeMap<String, usize> {
    scene.judged().refreshes
}

#[test]
fn a_background_refresh_after_the_pause_is_exported_and_not_refreshed_again() {
    for from in FROM {
        let hazards = Hazards { refreshes_after_pause: true, ..Hazards::default() };
        let scene = moves("pause", from, hazards, |_| {});
        assert_eq!(refreshes(&scene)[by(from)], ACCOUNTS, "legacy's job refreshed each, once");
    }
}

#[test]
fn an_export_that_rotates_passes_what_came_of_it() {
    for from in ROTATING_EXPORT {
        // One of them refreshes what ends soon when it is read, the other what has ended.
        let left_ms = if from.profile == NANGO.profile { 10 * MINUTE_MS } else { -1 };
        let scene = moves("export", from, Hazards::default(), |scene| {
            let at = scene.shared.clock.now_ms() + left_ms;
            scene.shared.links(|links| {
                for linked in links.legacy.values_mut() {
                    if let Credentials::OAuth2 { expires_ms, .. } = &mut linked.credentials {
                        *expires_ms = Some(at);
                    }
                }
            });
        });
        assert_eq!(refreshes(&scene)[from.profile], ACCOUNTS, "the hand-over's own reads rotated each, once");
    }
}

#[test]
fn nothing_is_deleted_at_legacy_where_deleting_revokes_whether_accounts_move_or_go_back() {
    for from in FROM {
        let scene = moves("delete", from, Hazards { delete_revokes: true, ..Hazards::default() }, |_| {});
        let deletions = |scene: &Scene| {
            scene.legacy.ledger().writes().iter().filter(|one| one.method == "DELETE").count()
        };
        assert_eq!(deletions(&scene), 0);

        // What was only lent goes back: it is removed from new, and legacy keeps its grant.
        let name = format!("hazard-back-{}", from.profile);
        let scene = Scene::new(&name, from, ROTATING, &Link::many(1, "hubspot"));
        scene.project.expect(&["tokens", "lend"], 0);
        scene.project.expect(&["tokens", "rollback", "acct-0001", "--yes"], 0);
        assert_eq!((deletions(&scene), scene.judged().revoked.len()), (0, 0));
        assert_eq!(scene.shared.links(|links| links.new.len()), 0);
        assert!(scene.shared.links(|links| links.legacy["acct-0001"].refresh_token().is_some()));
    }
}

#[test]
fn an_import_that_new_refreshes_at_once_is_verified_all_the_same() {
    for from in FROM {
        let hazards = Hazards { refreshes_on_import: true, ..Hazards::default() };
        let scene = moves("eager", from, hazards, |_| {});
        assert!(refreshes(&scene)["truto"] >= 2 * ACCOUNTS, "once unasked and once asked");
    }
}

#[test]
fn an_import_that_arrives_twice_where_no_key_is_heeded_leaves_one_account_with_one_refresher() {
    use servers::{Fault, Planted};
    for from in FROM {
        let hazards = Hazards { imports_once: false, ..Hazards::default() };
        let name = format!("hazard-twice-{}", from.profile);
        let scene = Scene::new(&name, from, ROTATING, &Link::many(1, "hubspot"));
        scene.pass_the_gate();
        scene.shared.links(|links| links.hazards = hazards);
        scene.new.plant(Planted {
            below: Some("/integrated-account".to_owned()),
            ..Planted::times(Fault::Reset, 1)
        });
        scene.project.expect(&["tokens", "transfer", "--yes"], 0);
        assert_eq!(
            scene.shared.links(|links| links.new.len()),
            1,
            "what had arrived was found, and not sent again"
        );
        let judged = scene.judged();
        assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    }
}

#[test]
fn a_plan_that_tells_no_tokens_moves_nothing_and_says_what_is_missing() {
    let scene = Scene::new("hazard-untold", &UNIFIED_TO, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards.tells_tokens = false);
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(run.stderr.contains("admit: legacy: the answer has no credentials"), "{}", run.stderr);
    assert_eq!(
        (account(&scene, "acct-0001")["holder"].clone(), refreshes(&scene).len()),
        ("legacy".into(), 0)
    );
    assert!(scene.shared.links(|links| links.new.is_empty()));
}

#[test]
fn an_import_that_makes_another_connection_beside_disarms_nothing_and_nothing_reaches_new() {
    let scene = Scene::new("hazard-beside", &UNIFIED_TO, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards.imports_over = false);
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    let told = "disarm: legacy has what refreshes still, after it was taken from it";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    let line = account(&scene, "acct-0001");
    assert_eq!((&line["state"], &line["holder"]), (&"exported".into(), &"legacy".into()), "{line}");
    assert!(scene.shared.links(|links| links.new.is_empty()));
    // Somebody ends it there by hand, and says so.
    scene.shared.links(|links| {
        links.legacy.retain(|name, _| name == "acct-0001");
        let linked = links.legacy.get_mut("acct-0001").expect("it is there");
        if let Credentials::OAuth2 { refresh, .. } = &mut linked.credentials {
            *refresh = None;
        }
    });
    scene.project.expect(&["tokens", "resume", "--legacy-ended"], 0);
    scene.shared.clock.advance(25 * 60 * MINUTE_MS);
    scene.project.expect(&["tokens", "verify"], 0);
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
}

/// What legacy's support sends now.
fn ask_support(scene: &Scene, from: &From) -> Vec<&'static str> {
    let support = from.support.as_ref().expect("it has one");
    scene.project.write(support.file, (support.write)(&scene.shared));
    support.arguments.to_vec()
}

/// Each account is fenced, its credentials are asked for then, and it goes on with them.
fn moves_by_support(name: &str, from: &From, hazards: Hazards) -> Scene {
    let name = format!("hazard-{name}-{}", from.profile);
    let scene = Scene::new(&name, from, ROTATING, &Link::many(ACCOUNTS, "hubspot"));
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards = hazards);
    for name in &scene.names {
        let run = scene.project.expect(&["tokens", "transfer", name, "--yes"], 1);
        let told = "ask its support for them now that it is fenced, then resume with --file";
        assert!(run.stderr.contains(told), "{}", run.stderr);
        // A refresh that is due has its turn, as it has when anybody asks legacy for anything.
        scene.ask_legacy("/vault/connections");
        let file = ask_support(&scene, from);
        scene.project.expect(&[&["tokens", "resume", name][..], &file].concat(), 0);
    }
    assert_eq!(scene.totals(), serde_json::json!({"complete": ACCOUNTS}));
    survives(&scene);
    scene
}

#[test]
fn what_support_sends_after_the_fence_is_what_legacy_had_last_whatever_it_does_unasked() {
    let usual = Hazards::default();
    let scene = moves_by_support("pause", &APIDECK, Hazards { refreshes_after_pause: true, ..usual });
    assert_eq!(
        refreshes(&scene)["apideck"],
        ACCOUNTS,
        "a job that no document tells of refreshed each, once"
    );
    let scene = moves_by_support("delete", &APIDECK, Hazards { delete_revokes: true, ..usual });
    assert_eq!(scene.legacy.ledger().writes().iter().filter(|one| one.method == "DELETE").count(), 0);
    moves_by_support("parallel", &APIDECK, Hazards { refreshes_in_parallel: true, ..usual });
    let scene = moves_by_support("eager", &APIDECK, Hazards { refreshes_on_import: true, ..usual });
    assert!(refreshes(&scene)["truto"] >= 2 * ACCOUNTS, "once unasked and once asked");
}

#[test]
fn what_cannot_be_paused_is_refused_until_somebody_ended_it() {
    let scene = Scene::new("hazard-unpaused", &MERGE, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    let told = "nothing that the profile knows keeps legacy from refreshing it: end it there by hand, then say --legacy-ended";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert_eq!(account(&scene, "acct-0001")["fenced"], false);
}

/// Merge, of which an account is fenced and its support was asked, and an upstream that says which tokens are good.
fn at_merge(name: &str) -> (Scene, Vec<&'static str>) {
    let scene = Scene::new(&format!("hazard-{name}"), &MERGE, ROTATING, &Link::many(1, "hubspot"));
    scene.introspects("basic");
    scene.pass_the_gate();
    let run = scene.project.expect(&["tokens", "transfer", "--yes", "--legacy-ended"], 1);
    assert!(run.stderr.contains("ask its support for them now that it is fenced"), "{}", run.stderr);
    let file = ask_support(&scene, &MERGE);
    (scene, [&["tokens", "resume"][..], &file].concat())
}

#[test]
fn a_sync_that_refreshes_after_the_file_was_made_is_found_before_new_gets_anything() {
    let (scene, resume) = at_merge("sync");
    // Nothing pauses its syncs: one more runs before somebody ends the account.
    scene.shared.links(|links| links.due.push("acct-0001".to_owned()));
    scene.ask_legacy("/api/crm/v1/linked-accounts");
    let run = scene.project.expect(&resume, 1);
    assert!(run.stderr.contains("its refresh token is not good any more"), "{}", run.stderr);
    assert_eq!(account(&scene, "acct-0001")["state"], "fenced");
    assert!(scene.shared.links(|links| links.new.is_empty()));
    assert_eq!(scene.judged().refused.len(), 0, "nobody used what was used before");
    ask_support(&scene, &MERGE);
    scene.project.expect(&resume, 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}

#[test]
fn an_account_whose_deletion_revoked_the_grant_is_found_before_new_gets_anything() {
    let (scene, resume) = at_merge("revoked");
    scene.post_legacy("/api/crm/v1/delete-account");
    assert_eq!(scene.judged().revoked.len(), 1, "the deletion revoked it");
    let run = scene.project.expect(&resume, 1);
    assert!(run.stderr.contains("its refresh token is not good any more"), "{}", run.stderr);
    assert!(scene.shared.links(|links| links.new.is_empty()));
    assert_eq!(account(&scene, "acct-0001")["state"], "fenced");
}
