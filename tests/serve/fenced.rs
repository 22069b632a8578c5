//! The proxy keeps the fence of the hand-over: it reads it before each call to legacy, and says what it has seen.

use handover::database::{Cell, Database, Statement};
use handover::fence::waited_for;
use handover::sqlite::Sqlite;

use super::*;

fn state(project: &Project) -> Sqlite {
    Sqlite::open_beside(&project.path("cutover.state")).expect("it opens")
}

/// Fences an account off, as the hand-over does.
fn fence(state: &mut Sqlite, account: &str, epoch: i64) {
    let epoch_text = Cell::Text(epoch.to_string());
    state
        .write(&[
            Statement::new(
                "INSERT INTO fence (account, epoch, since) VALUES ($1, $2, '2026-11-20T09:00:00Z')",
                [Cell::Text(account.to_owned()), Cell::Integer(epoch)],
            ),
            Statement::new(
                "INSERT INTO setting (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO UPDATE SET value = $1",
                [epoch_text],
            ),
        ])
        .expect("it is written");
}

/// Waits until no live proxy is waited for any more.
fn acknowledged(state: &mut Sqlite, epoch: i64) {
    let started = std::time::Instant::now();
    loop {
        let waited = waited_for(state, epoch, jiff::Timestamp::now()).expect("it is read");
        if waited.is_empty() {
            return;
        }
        assert!(started.elapsed() < SHORT, "{waited:?} did not see the fence");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn proxies(state: &mut Sqlite) -> Vec<Vec<Cell>> {
    state.read(&Statement::new("SELECT epoch FROM proxy", [])).expect("it is read")
}

fn fenced(name: &str, sides: &Sides) -> Project {
    let project = project(name, sides);
    let configuration = std::fs::read_to_string(project.path("cutover.toml")).expect("it is there");
    project.write("cutover.toml", format!("{configuration}\n[state]\nurl = \"sqlite:cutover.state\"\n"));
    project.write(
        "accounts.csv",
        "account,integration,legacy,new\nacme,hubspot,acme,acme\nglobex,hubspot,globex,globex\n",
    );
    project
}

/// How many requests legacy has heard when none came for a while.
fn settled(sides: &Sides) -> u64 {
    loop {
        let before = sides.legacy.received();
        std::thread::sleep(Duration::from_millis(700));
        if sides.legacy.received() == before {
            return before;
        }
    }
}

#[test]
fn an_account_that_is_fenced_off_is_refused_from_the_next_call_on_and_the_proxy_says_that_it_has_seen_it() {
    let sides = sides();
    let project = fenced("fenced", &sides);
    let serving = Serving::start(&project, &["--discard"]);
    let mut state = state(&project);
    assert_eq!(proxies(&mut state).len(), 1, "it said that it lives before it listened");
    let ask = |target: &str| serving.ask("GET", target, &bearer(), "");
    let is =
        |answer: &str, status: &str| assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    is(&ask("/accounts/acme/contacts?limit=50"), "200");

    // The mirror walks legacy's list to its end: what it asked before the fence may still be on its way.
    let settled = settled(&sides);
    fence(&mut state, "acme", 1);
    let before = sides.legacy.received();
    assert_eq!(before, settled, "nobody asks any more");
    let refused = ask("/accounts/acme/contacts?limit=50");
    is(&refused, "503");
    assert!(refused.contains("the account acme is fenced off: its token was handed over"), "{refused}");
    // Also what no operation knows, and what writes.
    is(&ask("/accounts/acme/deals"), "503");
    is(&ask("/connections/search?connection=acme"), "503");
    is(&serving.ask("POST", "/accounts/acme/contacts", &bearer(), "{}"), "503");
    assert_eq!(sides.legacy.received(), before, "legacy heard of none of them");
    is(&ask("/accounts/globex/contacts?limit=50"), "200");
    acknowledged(&mut state, 1);

    state.write(&[Statement::new("DELETE FROM fence", [])]).expect("it is written");
    is(&ask("/accounts/acme/contacts?limit=50"), "200");
    serving.stop();
    assert_eq!(proxies(&mut state), Vec::<Vec<Cell>>::new(), "it said that it stopped");
}

#[test]
fn a_call_that_began_before_the_fence_is_waited_for() {
    let sides = sides();
    let project = fenced("waited", &sides);
    let serving = Serving::start(&project, &["--discard"]);
    let mut state = state(&project);
    sides.legacy.plant(Planted::times(Fault::Slow(Duration::from_secs(4)), 1));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| serving.ask("GET", "/accounts/acme/contacts?limit=50", &bearer(), ""));
        while sides.legacy.received() == 0 {
            std::thread::yield_now();
        }
        fence(&mut state, "acme", 1);
        // Two beats later it still does not say so.
        std::thread::sleep(Duration::from_millis(2_200));
        assert!(!slow.is_finished(), "the machine is too slow for this test");
        let waited = waited_for(&mut state, 1, jiff::Timestamp::now()).expect("it is read");
        assert_eq!(waited.len(), 1, "a call is under way that has not seen the fence");
        assert!(slow.join().expect("it answers").starts_with("HTTP/1.1 200"));
    });
    acknowledged(&mut state, 1);
    serving.stop();
}

#[test]
fn a_fence_that_cannot_be_read_lets_nothing_pass() {
    let sides = sides();
    let project = fenced("unread", &sides);
    let serving = Serving::start(&project, &["--discard"]);
    let mut state = state(&project);
    state.write(&[Statement::new("DROP TABLE fence", [])]).expect("it is written");
    let answer = serving.ask("GET", "/accounts/globex/contacts?limit=50", &bearer(), "");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("the fence cannot be read"), "{answer}");
    assert_eq!(sides.legacy.received(), 0);
}

#[test]
fn record_asks_legacy_for_nobody_who_is_fenced_off() {
    let sides = sides();
    let project = fenced("record-fenced", &sides);
    fence(&mut state(&project), "acme", 1);
    let run = project.expect(&["record", "crm.contacts.list"], 2);
    assert!(run.stderr.contains("the account acme is fenced off"), "{}", run.stderr);
    assert_eq!((sides.legacy.received(), sides.new.received()), (0, 0));
    project.expect(&["record", "crm.contacts.list", "--account", "globex"], 0);
    assert!(sides.legacy.received() > 0);
}
