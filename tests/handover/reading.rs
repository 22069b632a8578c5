//! Many accounts move while the application keeps reading, and the OAuth server's own log is the judge.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use servers::oauth::ROTATING;
use servers::{Lifetimes, Link, OAuth, Status};

use super::{MINUTE_MS, NANGO, Scene};
use crate::data;
use crate::serve::child::Serving;

const ACCOUNTS: usize = 200;

/// Reads one account after the other through the proxy until all have moved; how often it was answered what.
fn read(serving: &Serving, scene: &Scene, stop: &AtomicBool) -> BTreeMap<String, u64> {
    let mut answers = BTreeMap::new();
    for name in scene.names.iter().cycle() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let headers = format!(
            "authorization: Bearer {}\r\nconnection-id: {name}\r\nprovider-config-key: hubspot\r\n",
            servers::KEY
        );
        let answer = serving.ask("GET", NANGO.contacts, &headers, "");
        let status = answer.split(' ').nth(1).unwrap_or("none").to_owned();
        let is_fenced = answer.contains("is fenced off: its token was handed over");
        *answers.entry(if is_fenced { "fenced".to_owned() } else { status }).or_default() += 1;
    }
    answers
}

pub fn moves_all(name: &str, state: Option<&str>, oauth: impl Fn(&servers::Shared) -> OAuth) {
    let scene = Scene::at(name, &NANGO, ROTATING, &Link::many(ACCOUNTS, "hubspot"), oauth);
    state.iter().for_each(|url| scene.keep_state_in(url));
    scene.pass_the_gate();
    let serving = Serving::start(&scene.project, &["--discard"]);
    let stop = AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        let application = scope.spawn(|| read(&serving, &scene, &stop));
        let run = scene.project.run(&["tokens", "transfer", "--yes", "--per-minute", "10000"]);
        stop.store(true, Ordering::SeqCst);
        assert!(run.stdout.contains("200 complete."), "{run:?}");
        application.join().expect("the application reads on")
    });
    serving.stop();
    assert!(answers.keys().all(|answer| ["200", "fenced"].contains(&answer.as_str())), "{answers:?}");
    assert!(answers["200"] > 0 && answers["fenced"] > 0, "it read before and after: {answers:?}");
    assert_eq!(scene.totals(), serde_json::json!({"complete": ACCOUNTS}));

    // A day later legacy's job has had its turn, and every account refreshes at new.
    scene.shared.clock.advance(25 * 60 * MINUTE_MS);
    scene.project.expect(&["tokens", "verify"], 0);
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    let statuses =
        scene.shared.links(|links| links.new.values().map(|linked| linked.status).collect::<Vec<_>>());
    assert_eq!(statuses, [Status::Active; ACCOUNTS]);
}

#[test]
fn two_hundred_accounts_move_while_the_application_reads_and_none_is_lost() {
    if let Err(error) = OAuth::node(Lifetimes::USUAL) {
        let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
        assert!(!is_required, "{error}, and CUTOVER_REQUIRE_SERVERS=1 demands it");
        data::report(&format!("NOT RUN: {error}"));
        return;
    }
    moves_all("reading", None, |_| OAuth::node(Lifetimes::USUAL).expect("it started a moment ago"));
}
