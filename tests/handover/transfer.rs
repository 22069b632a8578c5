//! Transfers by the program, from the gate to the refresh at new.

use servers::oauth::{ROTATING, STEADY};
use servers::{Link, Status};

use super::{MINUTE_MS, NANGO, Scene};

#[test]
fn a_transfer_without_its_gate_is_refused_and_with_it_every_account_refreshes_at_new() {
    let scene = Scene::new("transfer", &NANGO, ROTATING, &Link::many(3, "hubspot"));
    let refused = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(refused.stderr.contains("refresh tokens pass the gate token-import first"), "{}", refused.stderr);
    scene.pass_the_gate();
    let asked = scene.project.expect(&["tokens", "transfer"], 2);
    assert!(asked.stderr.contains("Nothing was done: --yes does it."), "{}", asked.stderr);
    assert!(asked.stdout.contains("The point of no return is the import"), "{}", asked.stdout);
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert!(run.stdout.contains("3 complete."), "{}", run.stdout);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 3}));
    // A day later legacy's job has had its turn, and new refreshes on.
    scene.shared.clock.advance(25 * 60 * MINUTE_MS);
    scene.project.expect(&["tokens", "verify"], 0);
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    let statuses = scene.shared.links(|links| links.new.values().map(|linked| linked.status).collect::<Vec<_>>());
    assert_eq!(statuses, [Status::Active; 3]);
}

#[test]
fn what_never_rotates_is_rolled_back_by_removing_it_from_new() {
    let scene = Scene::new("steady", &NANGO, STEADY, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
}
