//! The moment between a provider's rotation and our write: it is in doubt, is told so, and is resolved by what the profile says can be known.

use serde_json::json;
use servers::oauth::ROTATING;
use servers::{Link, Server};
use std::sync::Arc;

use super::crash::{Blow, account, strike};
use super::{NANGO, Scene};

/// A call by which a step is known, and the step that it is of.
struct Moment {
    step: &'static str,
    method: &'static str,
    /// What its path begins with.
    path: &'static str,
    /// What its query says, where that is what tells it.
    query: &'static str,
    holder: &'static str,
}

const AT_LEGACY: [Moment; 2] = [
    Moment {
        step: "export",
        method: "GET",
        path: "/connections/",
        query: "refresh_token=true",
        holder: "in doubt: whether `export` happened is not known; legacy may hold it",
    },
    Moment {
        step: "disarm",
        method: "POST",
        path: "/connections",
        query: "",
        holder: "in doubt: whether `disarm` happened is not known; legacy or the journal may hold it",
    },
];

const AT_NEW: [Moment; 2] = [
    Moment {
        step: "import",
        method: "POST",
        path: "/integrated-account",
        query: "",
        holder: "in doubt: whether `import` happened is not known; the journal or new may hold it",
    },
    Moment {
        step: "refresh",
        method: "POST",
        path: "/integrated-account/refresh-credentials",
        query: "",
        holder: "in doubt: whether `refresh` happened is not known; new may hold it",
    },
];

/// The how manieth call of a transfer this is: the calls of one that was not disturbed say it.
fn number_of(server: &Server, before: u64, moment: &Moment) -> u64 {
    let ledger = server.ledger();
    let is_it = |received: &&servers::Received| {
        let is_path = received.target.split('?').next().is_some_and(|path| path.starts_with(moment.path));
        received.number > before
            && received.method == moment.method
            && is_path
            && received.target.contains(moment.query)
    };
    let first = ledger.reads().chain(ledger.writes()).filter(is_it).map(|received| received.number).min();
    first.unwrap_or_else(|| panic!("no call of {}", moment.step)) - before
}

fn scene(name: &str, accounts: usize) -> Scene {
    let scene = Scene::new(&format!("doubt-{name}"), &NANGO, ROTATING, &Link::many(accounts, "hubspot"));
    // Legacy's job refreshes when it is paused: what the export answers has been rotated in the same moment.
    scene.shared.links(|links| links.hazards.refreshes_after_pause = true);
    scene
}

/// Has a transfer go through undisturbed; how many calls were there before.
fn undisturbed(scene: &Scene, name: &str) -> [u64; 2] {
    let before = [scene.legacy.received(), scene.new.received()];
    scene.project.expect(&["tokens", "transfer", name, "--yes"], 0);
    before
}

fn kill_at(scene: &Scene, server: &Arc<Server>, blow: Blow, number: u64, name: &str) {
    assert!(strike(scene, server, blow, number, &["tokens", "transfer", name, "--yes"]), "it was killed");
}

/// Hands one account over, and kills the transfer of another when new has what it was given and has not said so.
pub fn leave_an_import_in_doubt(scene: &Scene, whole: &str, in_doubt: &str) {
    let before = undisturbed(scene, whole);
    let number = number_of(&scene.new, before[1], &AT_NEW[0]);
    kill_at(scene, &scene.new, Blow::Killed, number, in_doubt);
}

#[test]
fn each_moment_at_which_a_token_may_have_moved_is_told_as_in_doubt_and_resume_resolves_it() {
    let scene = scene("moments", 5);
    scene.pass_the_gate();
    let mut names = scene.names.iter();
    let mut next = || names.next().expect("there are enough accounts").as_str();
    let before = undisturbed(&scene, next());
    let moments = AT_LEGACY.iter().map(|moment| (&scene.legacy, before[0], moment));
    let moments: Vec<_> =
        moments.chain(AT_NEW.iter().map(|moment| (&scene.new, before[1], moment))).collect();
    let numbers: Vec<u64> =
        moments.iter().map(|(server, before, moment)| number_of(server, *before, moment)).collect();
    for ((server, _, moment), number) in moments.into_iter().zip(numbers) {
        let name = next();
        kill_at(&scene, server, Blow::Killed, number, name);

        // Nobody has opened the journal since: who looks is told all the same.
        let told = scene.project.expect(&["tokens", "status", name], 3);
        assert!(told.stdout.contains("in-doubt"), "{}: {}", moment.step, told.stdout);
        let line = account(&scene, name);
        assert_eq!(
            (&line["state"], &line["in_doubt"], &line["holder"], &line["holder_told"]),
            (&json!("in-doubt"), &json!(moment.step), &json!("doubt"), &json!(moment.holder)),
        );
        scene.project.expect(&["tokens", "resume", name], 0);
        assert_eq!(account(&scene, name)["state"], "complete", "{}", moment.step);
    }
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    assert!(judged.refreshes["nango"] >= 5, "legacy rotated each while it was exported: {judged:?}");
}

#[test]
fn an_export_that_cannot_be_asked_again_is_lost_and_said_to_be() {
    let scene = scene("never", 2);
    let profile = std::fs::read_to_string(scene.project.path("mappings/profiles/nango.toml"));
    let profile = profile.expect("the scene wrote it").replace("again = \"latest\"", "again = \"never\"");
    scene.project.write("mappings/profiles/nango.toml", profile);
    scene.pass_the_gate();
    let before = undisturbed(&scene, "acct-0001");
    let number = number_of(&scene.legacy, before[0], &AT_LEGACY[0]);
    kill_at(&scene, &scene.legacy, Blow::Killed, number, "acct-0002");
    assert_eq!(account(&scene, "acct-0002")["in_doubt"], "export");
    let told = scene.project.expect(&["tokens", "resume", "acct-0002"], 1);
    assert!(told.stdout.contains("needs-reauth"), "{}", told.stdout);
    let told = scene.project.expect(&["tokens", "status", "acct-0002", "--history"], 1);
    assert!(told.stdout.contains("what was in doubt is lost"), "{}", told.stdout);
}

#[test]
fn an_import_that_cannot_be_looked_up_waits_for_a_person_who_says_whether_it_is_there() {
    let scene = scene("person", 3);
    let profile = std::fs::read_to_string(scene.project.path("mappings/profiles/truto.toml"));
    let profile =
        profile.expect("the scene wrote it").replace("landing = \"lookup\"", "landing = \"unknown\"");
    scene.project.write("mappings/profiles/truto.toml", profile);
    scene.pass_the_gate();
    let before = undisturbed(&scene, "acct-0001");
    let number = number_of(&scene.new, before[1], &AT_NEW[0]);
    for (blow, name) in [(Blow::Killed, "acct-0002"), (Blow::KilledBefore, "acct-0003")] {
        kill_at(&scene, &scene.new, blow, number, name);
        let told = scene.project.expect(&["tokens", "resume", name], 1);
        assert!(told.stderr.contains("whether `import` happened cannot be looked up"), "{}", told.stderr);
        assert_eq!(account(&scene, name)["state"], "in-doubt");
        // Asked again it stays so: nothing was learned.
        scene.project.expect(&["tokens", "resume", name], 1);
        let at_new = scene.shared.links(|links| {
            let mut all = links.new.iter();
            all.find(|(_, linked)| linked.account == name).map(|(id, _)| id.clone())
        });
        match at_new {
            Some(id) => scene.project.expect(&["tokens", "resume", name, "--found", &id], 0),
            None => scene.project.expect(&["tokens", "resume", name, "--absent"], 0),
        };
        assert_eq!(account(&scene, name)["state"], "complete", "{blow:?}");
    }
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    assert_eq!(scene.shared.links(|links| links.new.len()), 3, "none is there twice");
}

#[test]
fn a_rotation_whose_answer_never_reached_legacy_ends_as_what_it_is() {
    let scene = scene("lost", 1);
    scene.pass_the_gate();
    // Legacy refreshes, and never hears of it: what it exports is dead, and nobody but the OAuth server knows.
    scene.oauth.lose(1, scene.shared.clock.now_ms()).expect("it hears");
    let told = scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    assert!(told.stdout.contains("1 needs-reauth."), "{}", told.stdout);
    let line = account(&scene, "acct-0001");
    assert_eq!((&line["holder"], &line["in_doubt"]), (&json!("nobody"), &json!(null)), "{line}");
    let back = scene.project.expect(&["tokens", "rollback", "acct-0001"], 1);
    assert!(back.stdout.contains("its token is dead"), "{}", back.stdout);
}
