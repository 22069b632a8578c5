//! A second refresher is seen at once, by each of its signs.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::*;

fn signs(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    let mut signs: Vec<String> = lines
        .map(|sign| {
            format!(
                "{} {}",
                sign["account"].as_str().expect("a name"),
                sign["sign"].as_str().expect("a word")
            )
        })
        .collect();
    signs.sort();
    signs
}

const ONCE: [&str; 5] = ["tokens", "watch", "--once", "--format", "json"];

#[test]
fn a_refusal_on_either_side_is_a_sign_and_a_healthy_account_is_none() {
    let names = ["acme", "brio", "cato"];
    let world = World::new(
        Face::Nango,
        &[App::ours("jira", ROTATING)],
        &names.map(|name| Link::oauth2(name, "jira")),
    );
    let ids = names.map(|name| world.import(name, &json!({})));
    let csv = "account,integration,legacy,new\nacme,jira,acme,\nbrio,jira,brio,\ncato,jira,cato,\n";
    let project = world.project("watch", csv, "");
    assert_eq!(signs(&project.expect(&ONCE, 0)), Vec::<String>::new());

    // New refreshes acme, as it may; then legacy is made to refresh it too, and new again.
    let ask = |server: &Server, method: &str, target: &str, body: &Value| {
        let answer = asked(server, method, target, body);
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    };
    let refresh = json!({ "id": ids[0] });
    ask(&world.new, "POST", "/integrated-account/refresh-credentials", &refresh);
    assert_eq!(signs(&project.expect(&ONCE, 0)), Vec::<String>::new(), "new may refresh what it holds");
    ask(&world.legacy, "GET", "/connections/acme?provider_config_key=jira&force_refresh=true", &Value::Null);
    ask(&world.new, "POST", "/integrated-account/refresh-credentials", &refresh);
    let seen = signs(&project.expect(&ONCE, 1));
    assert_eq!(seen, ["acme invalid_grant", "acme legacy_refused"]);
    // Of an account that legacy holds, that new does not work any more is no sign; that legacy is refused is one.
    let lent = project.expect(&[&ONCE[..], &["--lent", "acme"]].concat(), 1);
    assert_eq!(signs(&lent), ["acme legacy_refused"]);
    hides(&world, &project, &lent.stdout);
}

#[test]
fn a_rotation_at_legacy_is_seen_while_the_watch_runs_and_ends_it() {
    let world = World::new(Face::UnifiedTo, &[App::ours("jira", ROTATING)], &[Link::oauth2("acme", "jira")]);
    world.import("acme", &json!({}));
    let project = world.project("rotation", "account,integration,legacy,new\nacme,jira,acme,\n", "");
    let mut child = project
        .command(&["tokens", "watch", "--every", "1", "--first", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Once it has looked, legacy reads with a token that expires soon: that refreshes it.
    while world.legacy.received() == 0 || world.new.received() < 2 {
        std::thread::yield_now();
    }
    world.shared.links(|links| {
        let linked = links.legacy.get_mut("acme").expect("it is there");
        if let servers::Credentials::OAuth2 { expires_ms, .. } = &mut linked.credentials {
            *expires_ms = Some(0);
        }
    });
    world.shared.clock.advance(1_000);
    asked(&world.legacy, "GET", "/crm/acme/contact", &Value::Null);
    let mut lines = BufReader::new(child.stdout.take().expect("it was piped")).lines();
    let mut seen: Vec<String> = Vec::new();
    for line in lines.by_ref() {
        let sign: Value = serde_json::from_str(&line.expect("it is text")).expect("a line is JSON");
        seen.push(sign["sign"].as_str().expect("a word").to_owned());
    }
    seen.sort();
    assert_eq!(seen, ["legacy_refreshed", "rotated"]);
    assert_eq!(child.wait().expect("it ends by itself").code(), Some(1));
}

#[test]
fn what_moved_between_two_runs_is_seen_by_the_second() {
    let world = World::new(Face::UnifiedTo, &[App::ours("jira", ROTATING)], &[Link::oauth2("acme", "jira")]);
    world.import("acme", &json!({}));
    let project = world.project("between", "account,integration,legacy,new\nacme,jira,acme,\n", "");
    project.expect(&ONCE, 0);
    world.shared.links(|links| links.legacy.get_mut("acme").expect("it is there").updated_ms += 60_000);
    assert_eq!(signs(&project.expect(&ONCE, 1)), ["acme legacy_refreshed"]);
    assert_eq!(signs(&project.expect(&ONCE, 0)), Vec::<String>::new());
    hides(&world, &project, "");
}

#[test]
fn a_provider_that_does_not_answer_is_no_clean_look() {
    let world = World::new(Face::Nango, &[App::ours("jira", ROTATING)], &[Link::oauth2("acme", "jira")]);
    let project = world.project("blind", "account,integration,legacy,new\nacme,jira,acme,\n", "");
    world.new.plant(servers::Planted::always(servers::Fault::Status(403)));
    project.expect(&ONCE, 3);
}
