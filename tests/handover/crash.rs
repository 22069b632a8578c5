//! The crash loop: at the n-th call to a provider the process is killed, or the call fails, for n = 1, 2, 3 … until a run is untouched. Who
//! recovers is a new process.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use servers::oauth::ROTATING;
use servers::{Fault, Link, Planted, Server};

use super::{AMPERSAND, From, NANGO, Scene};

/// More calls than any mode makes for one account.
const CALLS_MAX: u64 = 40;
/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens at the n-th call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// The process is killed; what it asked for is done.
    Killed,
    /// The process is killed; what it asked for is not done.
    KilledBefore,
    /// What it asked for is done, and the answer is lost.
    Lost,
    /// An error comes, and nothing is done.
    Refused,
}

const BLOWS: [Blow; 4] = [Blow::Killed, Blow::KilledBefore, Blow::Lost, Blow::Refused];

fn plant_at(server: &Arc<Server>, number: u64, fault: Fault) {
    match number {
        1 => server.plant(Planted::times(fault, 1)),
        _ => {
            let planted = Arc::clone(server);
            server.on_request(number - 1, move |_, _| planted.plant(Planted::times(fault, 1)));
        }
    }
}

/// Runs the program; at the n-th call to the server the blow falls. Whether it fell.
pub fn strike(scene: &Scene, server: &Arc<Server>, blow: Blow, number: u64, arguments: &[&str]) -> bool {
    let process = Arc::new(AtomicU32::new(0));
    let before = server.received();
    match blow {
        Blow::Lost => plant_at(server, number, Fault::Reset),
        Blow::Refused | Blow::KilledBefore => plant_at(server, number, Fault::Refused(503)),
        Blow::Killed => {}
    }
    if matches!(blow, Blow::Killed | Blow::KilledBefore) {
        let process = Arc::clone(&process);
        server.on_request(number, move |_, _| {
            let mut id = process.load(Ordering::SeqCst);
            while id == 0 {
                thread::yield_now();
                id = process.load(Ordering::SeqCst);
            }
            // It is reaped by the test, which waits for it.
            let killed = Command::new("kill").args(["-9", &id.to_string()]).status();
            assert!(killed.is_ok_and(|status| status.success()), "the process was there");
        });
    }
    let mut command = scene.project.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
    process.store(child.id(), Ordering::SeqCst);
    let began = Instant::now();
    while child.try_wait().expect("it is our child").is_none() {
        assert!(began.elapsed() < PATIENCE, "{blow:?} at call {number} of {arguments:?}: it hangs");
        thread::sleep(Duration::from_millis(5));
    }
    let fell = server.received() - before >= number;
    server.heal();
    server.forget();
    fell
}

pub fn account(scene: &Scene, name: &str) -> Value {
    let run = scene.project.run(&["tokens", "status", name, "--format", "json"]);
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    document["accounts"][0].clone()
}

/// What the journal says is held against what both providers have.
fn holds(scene: &Scene, name: &str, told: &Value, when: &str) {
    let (legacy, new) = scene.shared.links(|links| {
        let legacy = links.legacy.get(name).and_then(|linked| linked.refresh_token().map(str::to_owned));
        let at_new = |linked: &&servers::Linked| linked.account == name && linked.refresh_token().is_some();
        (legacy, links.new.values().filter(at_new).count())
    });
    let holder = told["holder"].as_str().unwrap_or("legacy");
    let is_fenced = told["fenced"] == true;
    assert!(new <= 1, "{when}: new has {new} accounts with a token of {name}");
    assert!(!(legacy.is_some() && new > 0), "{when}: both sides can refresh {name}");
    assert!(new == 0 || ["new", "doubt"].contains(&holder), "{when}: new has it, the journal says {told}");
    let is_legacys = legacy.is_some() && !is_fenced;
    assert!(!is_legacys || holder == "legacy", "{when}: legacy has it, the journal says {told}");
}

pub fn loop_over(name: &str, from: &From, mode: &str, blows: &[Blow], state: Option<&str>) {
    let accounts = 4 * CALLS_MAX as usize;
    let mut links = Link::many(accounts, "hubspot");
    if mode == "copy" {
        links.iter_mut().for_each(|link| link.kind = servers::Kind::ApiKey);
    }
    let scene = Scene::new(&format!("crash-{name}"), from, ROTATING, &links);
    state.iter().for_each(|url| scene.keep_state_in(url));
    if mode == "transfer" {
        scene.pass_the_gate();
    }
    let mut names = scene.names.iter();
    let end = if mode == "lend" { "lent" } else { "complete" };
    let mut fallen = 0;
    for server in [&scene.legacy, &scene.new] {
        for blow in blows {
            for number in 1.. {
                let name = names.next().expect("there are enough accounts");
                let when = format!("{mode}, {blow:?} at call {number} of {}", server.face().name());
                let mut arguments = vec!["tokens", mode, name.as_str()];
                if mode != "lend" {
                    arguments.push("--yes");
                }
                let fell = strike(&scene, server, *blow, number, &arguments);
                holds(&scene, name, &account(&scene, name), &when);
                if account(&scene, name).is_null() {
                    // It was killed before the journal knew the account.
                    scene.project.expect(&arguments, 0);
                }
                for _ in 0..3 {
                    if account(&scene, name)["state"] != end {
                        scene.project.run(&["tokens", "resume", name]);
                        holds(&scene, name, &account(&scene, name), &when);
                    }
                }
                assert_eq!(account(&scene, name)["state"], end, "{when}: {}", account(&scene, name));
                if !fell {
                    break;
                }
                assert!(number < CALLS_MAX, "{when}: it does not end");
                fallen += 1;
            }
        }
    }
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    assert!(fallen >= 2 * blows.len(), "{mode}: only {fallen} blows fell");
}

#[test]
fn a_transfer_survives_every_call_at_which_it_is_killed_or_fails() {
    loop_over("transfer", &NANGO, "transfer", &BLOWS, None);
}

#[test]
fn so_does_one_from_a_provider_that_is_paused_otherwise() {
    loop_over("ampersand", &AMPERSAND, "transfer", &BLOWS, None);
}

#[test]
fn so_do_lending_and_copying() {
    loop_over("lend", &NANGO, "lend", &BLOWS, None);
    loop_over("copy", &NANGO, "copy", &BLOWS, None);
}
