//! `cutover serve` as a child process, between an application of plain sockets and providers on loopback.

pub mod child;
mod fenced;
mod logs;
mod runs;

use std::time::Duration;

use servers::{Clock, Face, Fault, Limits, Planted, Seed, Server, Shared};

use crate::real::project::{MIGRATION, Project};
use child::Serving;

const NOW_MS: i64 = 1_795_165_200_000;
const SHORT: Duration = Duration::from_secs(20);

pub struct Sides {
    legacy: Server,
    new: Server,
}

pub fn sides() -> Sides {
    let seed = Seed { number: 1, contacts: 130, customers: 5, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    let start = || Server::start(Face::Generic, &shared).expect("it starts");
    Sides { legacy: start(), new: start() }
}

pub fn project(name: &str, sides: &Sides) -> Project {
    let side = |side: &str, server: &Server| {
        format!(
            "[providers.{side}]\nprofile = \"generic\"\nbase_url = \"{}\"\ncredentials = {{ token = \"{}\" }}\n",
            server.url(),
            servers::KEY
        )
    };
    let operations = r#"
[accounts]
file = "accounts.csv"

[serve]
repeat_share = 0.0
timeout = "2s"

[[operations]]
name = "crm.contacts.list"
legacy = { method = "GET", path = "/accounts/{account}/contacts", ignore_query = ["limit"] }
new = { method = "GET", path = "/accounts/{account}/contacts", query = { limit = "30" } }
items = "$.data"
keys = { "$.data" = ["id"] }
consumes = ["$.data[*].id", "$.data[*].email"]

[[operations]]
name = "crm.contacts.get"
legacy = { method = "GET", path = "/accounts/{account}/contacts/{id}" }
new = { method = "GET", path = "/accounts/{account}/contacts/{id}" }

[[operations]]
name = "crm.contacts.search"
legacy = { method = "POST", path = "/accounts/{account}/contacts/search" }
new = { method = "POST", path = "/accounts/{account}/contacts/search" }
read_only = "a search is a read by POST"
"#;
    let text = format!("{MIGRATION}{}{}{operations}", side("legacy", &sides.legacy), side("new", &sides.new));
    let project = Project::new(name, &text);
    project.write("accounts.csv", "account,integration,legacy,new\nacme,hubspot,acme,acme\n");
    project
}

pub fn bearer() -> String {
    format!("authorization: Bearer {}\r\n", servers::KEY)
}

#[test]
fn what_the_application_asks_is_served_from_legacy_and_recorded_as_pairs_that_check_judges() {
    let sides = sides();
    let project = project("serve", &sides);
    let serving = Serving::start(&project, &[]);
    let first = serving.ask("GET", "/accounts/acme/contacts?limit=50", &bearer(), "");
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    let id =
        first.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("there is a contact");
    let asked = [
        ("GET", format!("/accounts/acme/contacts/{id}"), ""),
        ("GET", "/accounts/acme/contacts/none".to_owned(), ""),
        ("GET", "/accounts/nobody/contacts/1".to_owned(), ""),
        ("GET", "/elsewhere/17".to_owned(), ""),
        ("POST", "/accounts/acme/contacts/search".to_owned(), "{}"),
        ("POST", "/accounts/acme/contacts".to_owned(), "{}"),
        ("DELETE", format!("/accounts/acme/contacts/{id}"), ""),
    ];
    for (method, target, body) in &asked {
        serving.ask(method, target, &bearer(), body);
    }
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 4.0);
    let page = serving.admin("/");
    assert!(page.contains("crm.contacts.list") && page.contains("GET /elsewhere/{}"), "{page}");
    let counts = serving.stop();
    assert_eq!(
        (counts["requests"].as_u64(), counts["offered"].as_u64(), counts["recorded"].as_u64()),
        (Some(8), Some(4), Some(4)),
        "{counts}"
    );
    let passed = &counts["passed"];
    assert_eq!(
        (passed["unknown_account"].as_u64(), passed["no_operation"].as_u64(), passed["unsafe"].as_u64()),
        (Some(1), Some(1), Some(2)),
        "{counts}"
    );
    assert_only_reads_reached(&sides.new);
    let sent = sides.new.ledger().lines();
    assert!(
        sent.iter().filter(|line| line.contains("limit=30")).count() >= 5,
        "the list is walked: {sent:?}"
    );

    project.expect(&["check"], 0);
    let verdicts = project.verdicts();
    assert_eq!(verdicts["totals"]["same"], 4, "{}", verdicts["totals"]);
}

/// The server's own ledger is the judge of what was sent: reads, and the one POST that is declared to read.
#[track_caller]
fn assert_only_reads_reached(new: &Server) {
    let sent = new.ledger().lines();
    assert!(!sent.is_empty(), "nothing was sent at all: this judges nothing");
    let is_read = |line: &&String| line.starts_with("GET ") || line.ends_with("/contacts/search");
    let others: Vec<&String> = sent.iter().filter(|line| !is_read(line)).collect();
    assert!(others.is_empty(), "new got what may write: {others:?}");
}

#[test]
#[should_panic(expected = "new got what may write: [\"DELETE /accounts/acme/contacts/1")]
fn the_judge_of_what_was_sent_sees_a_request_that_writes() {
    let sides = sides();
    let mut stream = std::net::TcpStream::connect(sides.new.address()).expect("it listens");
    let request = format!(
        "DELETE /accounts/acme/contacts/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}\r\n",
        bearer()
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).expect("it reads");
    std::io::Read::read_to_end(&mut stream, &mut Vec::new()).expect("it answers");
    assert_only_reads_reached(&sides.new);
}

#[test]
fn a_wrong_field_is_a_difference_and_a_side_that_fails_is_undecided() {
    let sides = sides();
    let project = project("serve-faults", &sides);
    let serving = Serving::start(&project, &[]);
    let ask = |times: usize| {
        for _ in 0..times {
            serving.ask("GET", "/accounts/acme/contacts?limit=50", &bearer(), "");
        }
    };
    let wrong = Fault::WrongField { pointer: "/data/*/email".to_owned(), value: "x@y.test".into() };
    sides.new.plant(Planted::always(wrong));
    ask(2);
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 2.0);
    sides.new.heal();
    sides.new.plant(Planted::always(Fault::Reset));
    ask(3);
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 5.0);
    serving.stop();
    project.expect(&["check"], 1);
    let totals = &project.verdicts()["totals"];
    assert_eq!((totals["different"].as_u64(), totals["undecided"].as_u64()), (Some(2), Some(3)), "{totals}");
}

#[test]
fn acknowledged_pairs_survive_a_kill_at_any_moment() {
    // Each life is short: what matters is that the end comes while pairs are on their way.
    const LIVES: usize = 50;
    let sides = sides();
    let project = project("serve-kill", &sides);
    let mut acknowledged = std::collections::BTreeSet::new();
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..LIVES {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let serving = Serving::start(&project, &["-v"]);
        let asker = serving.ask_until_gone("/accounts/acme/contacts/none", &bearer());
        serving.until_acknowledged(SHORT);
        std::thread::sleep(Duration::from_millis((dice >> 33) % 120));
        acknowledged.extend(serving.kill());
        asker.join().expect("the caller only loses its connection");
    }
    assert!(acknowledged.len() > LIVES, "only {} pairs were acknowledged", acknowledged.len());
    let run = project.run(&["recordings", "ls", "--pairs", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let pairs = list["pairs"].as_array().expect("pairs are listed");
    let recorded: Vec<&str> = pairs.iter().filter_map(|pair| pair["pair"].as_str()).collect();
    let kept: std::collections::BTreeSet<&str> = recorded.iter().copied().collect();
    assert_eq!(kept.len(), recorded.len(), "nothing appears twice");
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !kept.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "{} acknowledged pairs are lost, first {:?}", lost.len(), lost.first());
}
