//! What the upstream's own OAuth server says of tokens (RFC 7662) is heard before they pass and after new has refreshed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use servers::oauth::ROTATING;
use servers::{Credentials, Fault, Lifetimes, Link, OAuth, Planted};

use super::crash::account;
use super::{NANGO, Scene};
use crate::data;

fn scene(name: &str, accounts: usize) -> Scene {
    let scene =
        Scene::new(&format!("introspected-{name}"), &NANGO, ROTATING, &Link::many(accounts, "hubspot"));
    scene.introspects("basic");
    scene
}

/// How often the program asked the OAuth server, each time as the client that it should be.
fn asked(scene: &Scene) -> usize {
    let OAuth::Rust(server) = &scene.oauth else { return 0 };
    let ledger = server.ledger();
    let all = ledger.reads().chain(ledger.writes());
    let is_ours = |one: &&servers::Received| {
        one.target == "/token/introspection"
            && one.headers.get("user-agent").is_some_and(|by| by.starts_with("cutover/"))
    };
    let asking = servers::oauth::RESOURCE;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", asking.id, asking.secret)));
    all.filter(is_ours).inspect(|one| assert_eq!(one.headers.get("authorization"), Some(&basic))).count()
}

#[test]
fn a_transfer_asks_the_upstream_before_the_import_and_after_the_refresh() {
    let scene = scene("whole", 2);
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 2}));
    assert!(
        asked(&scene) >= 2 * 3,
        "both tokens at the export, and the old one after the refresh: {}",
        asked(&scene)
    );
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
}

#[test]
fn so_it_does_with_a_real_oauth_server() {
    let node = match OAuth::node(Lifetimes::USUAL) {
        Ok(node) => node,
        Err(error) => {
            let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
            assert!(!is_required, "{error}, and CUTOVER_REQUIRE_SERVERS=1 demands it");
            data::report(&format!("NOT RUN: {error}"));
            return;
        }
    };
    drop(node);
    let scene = Scene::at("introspected-real", &NANGO, ROTATING, &Link::many(2, "hubspot"), |_| {
        OAuth::node(Lifetimes::USUAL).expect("it started a moment ago")
    });
    scene.introspects("post");
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 2}));
    assert!(scene.judged().refused.is_empty());
}

#[test]
fn a_token_that_legacy_has_lost_is_found_before_anything_reaches_new() {
    let scene = scene("dead", 1);
    scene.pass_the_gate();
    scene.shared.links(|links| links.hazards.refreshes_after_pause = true);
    scene.oauth.lose(1, scene.shared.clock.now_ms()).expect("it hears");
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(
        run.stderr.contains("the upstream says that its refresh token is not good any more"),
        "{}",
        run.stderr
    );
    assert_eq!(account(&scene, "acct-0001")["state"], "fenced");
    assert!(scene.shared.links(|links| links.new.is_empty()), "new has nothing of it");
    scene.project.expect(&["tokens", "rollback", "acct-0001", "--yes"], 0);
    assert_eq!(account(&scene, "acct-0001")["state"], "rolled-back");
}

/// What support sent: of two accounts the refresh tokens, or everything, are each other's.
fn swapped(scene: &Scene, with_access: bool) -> String {
    let mut rows = scene.shared.links(|links| {
        let row = |(name, linked): (&String, &servers::Linked)| match &linked.credentials {
            Credentials::OAuth2 { access, refresh, .. } => {
                [name.clone(), access.clone(), refresh.clone().unwrap_or_default()]
            }
            _ => unreachable!("all have grants"),
        };
        links.legacy.iter().map(row).collect::<Vec<_>>()
    });
    let [first, second] = &mut rows[..] else { unreachable!("there are two accounts") };
    std::mem::swap(&mut first[2], &mut second[2]);
    if with_access {
        std::mem::swap(&mut first[1], &mut second[1]);
    }
    let lines = rows.iter().map(|row| row.join(",") + "\n").collect::<String>();
    format!("account,access_token,refresh_token\n{lines}")
}

const FROM_FILE: [&str; 6] = ["tokens", "transfer", "--yes", "--legacy-ended", "--file", "export.csv"];

#[test]
fn refresh_tokens_that_were_swapped_are_refused_before_the_import_although_new_would_answer_rightly() {
    let scene = scene("torn", 2);
    scene.pass_the_gate();
    scene.project.write("export.csv", swapped(&scene, false));
    for name in ["acct-0001", "acct-0002"] {
        let run = scene.project.expect(&[&FROM_FILE[..], &[name]].concat(), 1);
        assert!(
            run.stderr.contains("its access token and its refresh token are not of the same customer"),
            "{}",
            run.stderr
        );
    }
    assert!(scene.shared.links(|links| links.new.is_empty()));
}

#[test]
fn whole_rows_that_were_swapped_are_refused_before_the_import_where_the_accounts_file_says_whose_they_are() {
    let scene = scene("subject", 2);
    let csv = std::fs::read_to_string(scene.project.path("accounts.csv")).expect("the scene wrote it");
    let lines = csv.lines().enumerate().map(|(index, line)| match index {
        0 => format!("{line},subject\n"),
        number => format!("{line},acct-000{number}\n"),
    });
    scene.project.write("accounts.csv", lines.collect::<String>());
    scene.pass_the_gate();
    scene.project.write("export.csv", swapped(&scene, true));
    for name in ["acct-0001", "acct-0002"] {
        let run = scene.project.expect(&[&FROM_FILE[..], &[name]].concat(), 1);
        assert!(run.stderr.contains("of somebody else than the column `subject` names"), "{}", run.stderr);
    }
    assert!(scene.shared.links(|links| links.new.is_empty()));
}

#[test]
fn a_refresh_that_new_only_says_it_made_is_not_believed() {
    let scene = scene("said", 1);
    scene.pass_the_gate();
    let below = Some("/integrated-account/refresh-credentials".to_owned());
    scene.new.plant(Planted { below, ..Planted::always(Fault::Again) });
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(
        run.stderr.contains("new says that it has refreshed, and the upstream that nobody has"),
        "{}",
        run.stderr
    );
    assert_eq!(account(&scene, "acct-0001")["state"], "verified");
    scene.new.heal();
    scene.project.expect(&["tokens", "resume"], 0);
    assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
}

#[test]
fn an_endpoint_that_refuses_to_say_stops_before_the_import_and_names_no_token() {
    let scene = scene("refuses", 1);
    let at = scene.project.path("mappings/upstreams.toml");
    let text = std::fs::read_to_string(&at).expect("it was written");
    scene.project.write("mappings/upstreams.toml", text.replace("/token/introspection", "/token/none"));
    scene.pass_the_gate();
    let run = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(run.stderr.contains("the upstream's introspection endpoint answered 404"), "{}", run.stderr);
    assert!(scene.shared.links(|links| links.new.is_empty()));
}
