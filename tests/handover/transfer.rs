//! Transfers by the program, from the gate to the refresh at new.

use servers::oauth::{ROTATING, STEADY};
use servers::{Credentials, Kind, Link, Status};

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
    let statuses =
        scene.shared.links(|links| links.new.values().map(|linked| linked.status).collect::<Vec<_>>());
    assert_eq!(statuses, [Status::Active; 3]);
    let back = scene.project.expect(&["tokens", "rollback", "acct-0001"], 1);
    assert!(back.stdout.contains("impossible without a reconnect: the upstream rotates"), "{}", back.stdout);
}

#[test]
fn what_never_rotates_is_rolled_back_by_removing_it_from_new() {
    let scene = Scene::new("steady", &NANGO, STEADY, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    let told = scene.project.expect(&["tokens", "rollback", "acct-0001"], 0);
    assert!(told.stdout.contains("the account is removed from new"), "{}", told.stdout);
    scene.project.expect(&["tokens", "rollback", "acct-0001", "--yes"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"rolled-back": 1}));
    scene.shared.links(|links| {
        assert!(links.new.is_empty());
        assert!(links.legacy["acct-0001"].refresh_token().is_some());
        assert!(!links.legacy["acct-0001"].is_paused);
    });
}

#[test]
fn what_is_lent_can_be_read_and_never_refreshed_by_new_and_is_transferred_to_the_same_account_later() {
    let scene = Scene::new("lend", &NANGO, ROTATING, &Link::many(2, "hubspot"));
    scene.project.expect(&["tokens", "lend"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"lent": 2}));
    let ids = |scene: &Scene| scene.shared.links(|links| links.new.keys().cloned().collect::<Vec<_>>());
    let lent = ids(&scene);
    scene.shared.links(|links| {
        assert!(links.new.values().all(|linked| linked.refresh_token().is_none()));
        assert!(links.legacy.values().all(|linked| linked.refresh_token().is_some()));
    });
    scene.project.expect(&["tokens", "verify"], 0);
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert_eq!((ids(&scene), scene.totals()), (lent, serde_json::json!({"complete": 2})));
    assert_eq!(scene.judged().two_refreshers.len(), 0);
}

#[test]
fn what_never_refreshes_is_copied_and_is_told_from_what_does() {
    let mut links = Link::many(3, "hubspot");
    links[0].kind = Kind::ApiKey;
    links[1].kind = Kind::TokenBased;
    let scene = Scene::new("copy", &NANGO, ROTATING, &links);
    let run = scene.project.expect(&["tokens", "copy"], 1);
    assert!(run.stderr.contains("stopped at acct-0003: admit: its token refreshes"), "{}", run.stderr);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 2, "discovered": 1}));
    let kinds = scene.shared.links(|links| {
        let kind = |linked: &servers::Linked| match linked.credentials {
            Credentials::ApiKey(_) => "key",
            Credentials::TokenBased { .. } => "token",
            Credentials::OAuth2 { .. } | Credentials::ClientCredentials { .. } => "other",
        };
        links.new.values().map(kind).collect::<Vec<_>>()
    });
    assert_eq!(kinds, ["key", "token"]);
    scene.pass_the_gate();
    let refused = scene.project.expect(&["tokens", "transfer", "acct-0001", "--yes"], 2);
    assert!(refused.stderr.contains("`acct-0001` is complete by `copy`"), "{}", refused.stderr);
    scene.project.expect(&["tokens", "transfer", "acct-0003", "--yes"], 0);
}

#[test]
fn tokens_that_were_swapped_in_the_file_are_refused_although_every_call_answers() {
    let scene = Scene::new("swapped", &NANGO, ROTATING, &Link::many(3, "hubspot"));
    scene.pass_the_gate();
    // What support sent: the first two rows' tokens are each other's.
    let mut rows = scene.shared.links(|links| {
        let row = |(name, linked): (&String, &servers::Linked)| match &linked.credentials {
            Credentials::OAuth2 { access, refresh, .. } => {
                (name.clone(), access.clone(), refresh.clone().unwrap_or_default())
            }
            _ => unreachable!("all have grants"),
        };
        links.legacy.iter().map(row).collect::<Vec<_>>()
    });
    let first = (rows[0].1.clone(), rows[0].2.clone());
    (rows[0].1, rows[0].2) = (rows[1].1.clone(), rows[1].2.clone());
    (rows[1].1, rows[1].2) = first;
    let mut file = "name,token,refresh\n".to_owned();
    for (name, access, refresh) in &rows {
        file.push_str(&format!("{name},{access},{refresh}\n"));
    }
    scene.project.write("export.csv", file);
    let columns = [
        "--file",
        "export.csv",
        "--column",
        "account=name",
        "--column",
        "access_token=token",
        "--column",
        "refresh_token=refresh",
    ];
    for (name, code) in [("acct-0001", 1), ("acct-0002", 1), ("acct-0003", 0)] {
        let mut arguments = vec!["tokens", "transfer", name, "--yes", "--legacy-ended"];
        arguments.extend(columns);
        let run = scene.project.expect(&arguments, code);
        assert_eq!(
            run.stderr.contains("new answers another thing than legacy did"),
            code == 1,
            "{}",
            run.stderr
        );
    }
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1, "imported": 2}));
}
