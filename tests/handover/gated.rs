//! The gates hear of the hand-over from its journal: what is in doubt fails them, what is not whole keeps them open, and a decision stays what it was
//! decided on while the journal goes on.

use serde_json::Value;
use servers::Link;
use servers::oauth::ROTATING;

use super::doubt::leave_an_import_in_doubt;
use super::{NANGO, Scene};

/// What a gate says of one of its conditions, a line a reading: answer, why, about whom, what.
fn said(scene: &Scene, gate: &str, condition: &str) -> Vec<String> {
    let run = scene.project.run(&["gate", gate, "--format", "json"]);
    let document: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let readings = document["readings"].as_array().expect("a bundle has readings");
    let of = readings.iter().filter(|reading| reading["condition"] == condition);
    let word = |reading: &Value, name: &str| reading[name].as_str().unwrap_or_default().to_owned();
    let line = |reading: &Value| {
        let [answer, why, about, says] = ["answer", "why", "about", "says"].map(|name| word(reading, name));
        let waived = if reading["waiver"].is_null() { "" } else { ", waived" };
        format!("{answer} {why} [{about}] {says}{waived}")
    };
    of.map(line).collect()
}

#[test]
fn each_step_of_a_hand_over_is_heard_by_the_gates_and_a_doubt_fails_them() {
    let scene = Scene::new("gated", &NANGO, ROTATING, &Link::many(3, "hubspot"));
    // Before anything was done legacy holds all, and nothing was tried.
    let known = ["pass all [accounts] all 3 accounts have a known holder"];
    assert_eq!(said(&scene, "token-import", "nothing-in-doubt"), known);
    let none = ["pass none_lent [] no token was lent, and there is no canary, waived"];
    assert_eq!(said(&scene, "token-import", "lent-reads"), none);
    let begun = "its hand-over has not begun";
    let not_tried =
        |name: &str| format!("inconclusive not_yet [{name}] no test call through new has answered: {begun}");
    assert_eq!(
        said(&scene, "write-cutover", "accounts-verified"),
        scene.names.iter().map(|name| not_tried(name)).collect::<Vec<_>>()
    );

    scene.project.expect(&["tokens", "lend", "acct-0003"], 0);
    assert_eq!(said(&scene, "token-import", "lent-reads"), ["pass lent [] 1 account was lent or canaries"]);

    scene.pass_the_gate();
    leave_an_import_in_doubt(&scene, "acct-0001", "acct-0002");
    let in_doubt = "who holds its token is in doubt: whether `import` happened is not known";
    let doubt = [format!("fail not [acct-0002] {in_doubt}")];
    // The decision that let the tokens pass stays what it was, until somebody decides again.
    scene.project.expect(&["bundle", "verify", "reports/gates/token-import.json"], 0);
    assert_eq!(said(&scene, "token-import", "nothing-in-doubt"), doubt);
    let lent = "inconclusive not_yet [acct-0003] {}: its hand-over stands at `lent`";
    let of = |what: &str| vec![doubt[0].clone(), lent.replace("{}", what)];
    assert_eq!(
        said(&scene, "write-cutover", "accounts-verified"),
        of("no test call through new has answered")
    );
    assert_eq!(
        said(&scene, "write-cutover", "accounts-refreshed"),
        of("new has not refreshed its token yet")
    );
    scene.project.expect(&["gate", "token-import"], 1);
    // A transfer that would begin now is refused; what is open is resolved all the same.
    scene.project.expect(&["tokens", "transfer", "acct-0003", "--yes"], 1);
    scene.project.expect(&["tokens", "resume", "acct-0002"], 0);
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);

    let verified = ["pass all [accounts] all 3 accounts were verified on new"];
    assert_eq!(said(&scene, "write-cutover", "accounts-verified"), verified);
    let refreshed = ["pass all [accounts] all 3 accounts were refreshed on new, or never refresh"];
    assert_eq!(said(&scene, "write-cutover", "accounts-refreshed"), refreshed);
    assert_eq!(said(&scene, "deprecation", "accounts-refreshed"), refreshed);
}

#[test]
fn a_decision_can_be_made_again_from_what_was_kept_and_not_from_what_somebody_wrote_over_it() {
    let scene = Scene::new("gated-kept", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    let verify = ["bundle", "verify", "reports/gates/token-import.json"];
    scene.project.expect(&verify, 0);
    let kept = scene.project.path("reports/journal/token-import.json");
    let text = std::fs::read_to_string(&kept).expect("the gate kept it");
    scene.project.write("reports/journal/token-import.json", text.replace("has not begun", "is whole"));
    let run = scene.project.expect(&verify, 1);
    assert!(run.stdout.contains("reports/journal/token-import.json (journal) has changed"), "{run:?}");
}

#[test]
fn a_journal_that_cannot_be_read_leaves_the_gate_open_and_so_does_a_sign_of_a_second_refresher() {
    let scene = Scene::new("gated-signs", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "transfer", "--yes"], 0);
    // Somebody has the token that new holds, and has used it: new is refused when it wants to.
    scene.shared.links(|links| {
        let held = links.new.values_mut().next().expect("new has it");
        held.status = servers::Status::NeedsReauth;
        held.last_error = Some("invalid_grant".to_owned());
    });
    scene.project.expect(&["tokens", "watch", "--once"], 1);
    let said_of_it = said(&scene, "write-cutover", "accounts-refreshed");
    let [line] = said_of_it.as_slice() else { panic!("{said_of_it:?}") };
    let sign = "inconclusive not_yet [acct-0001] somebody else may refresh its token: invalid_grant at ";
    assert!(line.starts_with(sign), "{line}");

    scene.keep_state_in("postgres://me:planted@127.0.0.1:9/state");
    let unread = said(&scene, "write-cutover", "accounts-verified");
    let [line] = unread.as_slice() else { panic!("{unread:?}") };
    assert!(
        line.starts_with("inconclusive no_source [] the journal of the hand-over cannot be read: "),
        "{line}"
    );
    assert!(!line.contains("planted"), "{line}");
}
