//! Many accounts: the plan for ten thousand, progress, and Ctrl-C in the middle.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use servers::Link;
use servers::oauth::ROTATING;

use super::{NANGO, Scene};
use crate::data;

const PLANNED: usize = 10_000;
const ACCOUNTS: usize = 12;
/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_plan_for_ten_thousand_accounts_asks_nobody_and_tells_a_page_to_people_and_all_to_machines() {
    let scene = Scene::new("planned", &NANGO, ROTATING, &Link::many(1, "hubspot"));
    let mut rows = "account,integration,legacy,new,environment_integration_id\n".to_owned();
    for number in 0..PLANNED {
        rows.push_str(&format!("acct-{number:05},hubspot,acct-{number:05},,env-1\n"));
    }
    scene.project.write("accounts.csv", rows);
    let plan = scene.project.expect(&["tokens", "transfer", "--dry-run"], 0);
    assert!(plan.stdout.contains(&format!("transfer of {PLANNED} accounts")), "{}", plan.stdout);
    assert!(plan.stdout.contains(&format!("… and {} more", PLANNED - 20)), "{}", plan.stdout);
    assert!(plan.stdout.contains(&format!("for {PLANNED} of {PLANNED} accounts")), "{}", plan.stdout);
    assert_eq!(plan.stdout.lines().count(), 2 + 20 * 3 + 1 + 2, "it does not grow with the accounts");
    let plan = scene.project.expect(&["tokens", "transfer", "--dry-run", "--format", "json"], 0);
    let plan: Value = serde_json::from_str(&plan.stdout).expect("the plan is JSON");
    let accounts = plan["accounts"].as_array().expect("it lists accounts");
    assert_eq!(accounts.len(), PLANNED);
    assert!(
        accounts.iter().all(|account| account["state"] == "discovered" && account["rotation"] == "always")
    );
    assert_eq!((scene.legacy.received(), scene.new.received()), (0, 0), "a plan asks nobody");
    assert!(!scene.project.path("cutover.state").exists(), "and writes nothing");
}

/// Sends a process what Ctrl-C sends.
fn interrupt(process: u32) {
    let sent = Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "the process was there");
}

#[test]
fn ctrl_c_in_the_middle_of_a_transfer_leaves_whole_accounts_and_resume_moves_the_others() {
    let scene = Scene::new("interrupted", &NANGO, ROTATING, &Link::many(ACCOUNTS, "hubspot"));
    scene.pass_the_gate();
    let process = Arc::new(AtomicU32::new(0));
    let of = Arc::clone(&process);
    // In the middle of the fifth account or so.
    scene.new.on_request(27, move |_, _| {
        let mut id = of.load(Ordering::SeqCst);
        while id == 0 {
            std::thread::yield_now();
            id = of.load(Ordering::SeqCst);
        }
        interrupt(id);
    });
    let transfer = ["tokens", "transfer", "--yes", "--per-minute", "10000"];
    let mut command = scene.project.command(&transfer);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    process.store(child.id(), Ordering::SeqCst);
    let began = Instant::now();
    while child.try_wait().expect("it is our child").is_none() {
        assert!(began.elapsed() < PATIENCE, "it does not heed Ctrl-C");
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it has ended");
    let (told, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{told}\n{said}");
    assert!(said.contains("Stopped; `cutover tokens resume` goes on."), "{said}");

    // What was being done was done to its end, and written: nothing is in doubt, and what was not begun was not.
    let totals = scene.totals();
    let count = |state: &str| totals[state].as_u64().unwrap_or(0) as usize;
    assert_eq!(count("in-doubt"), 0, "{totals}");
    assert!(count("complete") > 0 && count("complete") < ACCOUNTS, "{totals}");
    assert!(count("discovered") >= 1 && count("discovered") >= ACCOUNTS - count("complete") - 1, "{totals}");

    // Progress is for a terminal: `script` gives the program one.
    let resume = ["tokens", "resume", "--per-minute", "10000"];
    match Command::new("script").arg("--version").output() {
        Ok(_) => {
            let told = format!("{} {} --as-of 2026-11-20", env!("CARGO_BIN_EXE_cutover"), resume.join(" "));
            let mut command = Command::new("script");
            command.current_dir(scene.project.path(".")).args(["-qec", &told, "/dev/null"]);
            let output = command.env("TERM", "xterm").stdin(Stdio::null()).output().expect("script starts");
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            let left = ACCOUNTS - count("complete");
            assert!(shown.contains(&format!("of {left} accounts")), "{shown}");
        }
        Err(error) => {
            data::report(&format!("NOT RUN: progress on a terminal: script: {error}"));
            scene.project.expect(&resume, 0);
        }
    }
    assert_eq!(scene.totals(), json!({"complete": ACCOUNTS}));
    let judged = scene.judged();
    assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
}

#[test]
fn what_was_interrupted_before_it_began_does_not_begin_without_its_gate() {
    let scene = Scene::new("gate-gone", &NANGO, ROTATING, &Link::many(2, "hubspot"));
    scene.pass_the_gate();
    scene.new.plant(servers::Planted::always(servers::Fault::Refused(422)));
    scene.project.expect(&["tokens", "transfer", "--yes"], 1);
    scene.new.heal();
    assert_eq!(scene.totals(), json!({"exported": 1, "discovered": 1}));
    // What the gate rests on has changed since.
    scene.project.write("mappings/contacts.jsonata", "{\"results\": [ result ]}");
    let run = scene.project.expect(&["tokens", "resume"], 1);
    assert!(run.stderr.contains("1 account does not begin: "), "{}", run.stderr);
    assert_eq!(scene.totals(), json!({"complete": 1, "discovered": 1}), "what had begun went on");
    scene.pass_the_gate();
    scene.project.expect(&["tokens", "resume"], 0);
    assert_eq!(scene.totals(), json!({"complete": 2}));
}
