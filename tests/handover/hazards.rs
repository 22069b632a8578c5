//! What providers do unasked, each while accounts move: the naive recipe loses them to it, and ours does not.

use std::collections::BTreeMap;

use servers::links::Hazards;
use servers::oauth::ROTATING;
use servers::{Credentials, Link, Status};

use super::{AMPERSAND, From, MINUTE_MS, NANGO, Scene};

const ACCOUNTS: usize = 3;
const FROM: [&From; 2] = [&NANGO, &AMPERSAND];

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

fn refreshes(scene: &Scene) -> BTreeMap<String, usize> {
    scene.judged().refreshes
}

#[test]
fn a_background_refresh_after_the_pause_is_exported_and_not_refreshed_again() {
    for from in FROM {
        let hazards = Hazards { refreshes_after_pause: true, ..Hazards::default() };
        let scene = moves("pause", from, hazards, |_| {});
        assert_eq!(refreshes(&scene)[from.profile], ACCOUNTS, "legacy's job refreshed each, once");
    }
}

#[test]
fn an_export_that_rotates_passes_what_came_of_it() {
    for from in FROM {
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
