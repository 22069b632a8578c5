//! Planted values go through `record`, `serve` and `recordings serve`: nothing that these keep or say has them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use super::planted::{PLANTED, archive, bodies};
use super::{percent, scanner};
use crate::real::project::{MIGRATION, Project};
use crate::serve::child::Serving;

/// The first of [`PLANTED`] are secrets: they are shown to nobody, not even where personal data is.
const SECRETS: usize = 4;

const PATIENCE: Duration = Duration::from_secs(20);

/// A provider that answers every request with the same body, and says personal things in headers too. It lives as long as the tests.
fn provider(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let body = body.clone();
            std::thread::spawn(move || answer(&stream, &body));
        }
    });
    format!("http://{address}")
}

fn answer(stream: &TcpStream, body: &str) {
    let mut length = 0;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if !reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            return;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut asked = vec![0; length];
    let _ = reader.read_exact(&mut asked);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\
         set-cookie: s=PlantedCookie\r\nx-contact: Wilhelmina Quackenbush, 7006652\r\n\
         location: https://u:sk-live-PlantedSecretWord@x.example/9081726354\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    // Who has left is not answered.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// What both sides are asked with stands in the environment.
const TOKEN: [(&str, &str); 1] = [("TOKEN", "PlantedBearerToken")];

fn project(name: &str) -> Project {
    let (legacy, new) = bodies();
    let side = |side: &str, url: &str| {
        format!(
            "[providers.{side}]\nprofile = \"generic\"\nbase_url = \"{url}\"\ncredentials = {{ token = \"${{TOKEN}}\" }}\n"
        )
    };
    let operation = r#"
[accounts]
file = "accounts.csv"

[[operations]]
name = "crm.contacts.get"
legacy = { method = "GET", path = "/accounts/{account}/contacts/{id}" }
new = { method = "GET", path = "/accounts/{account}/contacts/{id}" }
mapping = "contact.jsonata"
"#;
    let (legacy, new) = (side("legacy", &provider(legacy)), side("new", &provider(new)));
    let project = Project::new(name, &format!("{MIGRATION}{legacy}{new}{operation}"));
    project.write("contact.jsonata", super::planted::MAPPING);
    project.write("accounts.csv", "account,integration,legacy,new\nacme,hubspot,acme,acme\n");
    project
}

/// Runs to the end, and answers all that was said.
#[track_caller]
fn said(project: &Project, arguments: &[&str], codes: &[i32]) -> String {
    let output =
        project.command(arguments).envs(TOKEN).output().expect("the program was built for this test");
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{arguments:?}: {said}");
    said
}

#[test]
fn nothing_planted_is_found_in_what_record_keeps_of_both_sides_nor_in_what_it_says() {
    let project = project("planted-record");
    let inputs = Project::new("planted-record-inputs", "");
    inputs.write("requests.csv", "operation,account,id\ncrm.contacts.get,acme,9081726354\n");
    inputs.write("legacy.har", archive("/accounts/acme/contacts", &bodies().0));
    let (requests, har) = (inputs.path("requests.csv"), inputs.path("legacy.har"));
    let (requests, har) = (requests.display().to_string(), har.display().to_string());
    let mut all = String::new();
    // What would be asked is told as the person's own file has it; with which secret, never.
    let told = said(&project, &["record", "--from", &requests, "--dry-run", "--format", "json"], &[0]);
    assert!(told.contains("9081726354"), "{told}");
    let mut found = BTreeSet::new();
    scanner::bytes("told", told.as_bytes(), &PLANTED[..SECRETS], &mut found);
    assert_eq!(found, BTreeSet::new());
    for into in ["files", "segments"] {
        let round = if into == "files" { "1" } else { "2" };
        let more = ["--into", into, "--round", round, "--format", "json"];
        let told = said(&project, &[&["record", "--from", &requests][..], &more].concat(), &[0]);
        assert!(told.contains("\"pairs\": 1"), "{into}: {told}");
        all += &told;
    }
    all += &said(&project, &["record", "--replay", &har, "--as", "har", "--side", "new"], &[0, 3]);
    for command in [&["check"][..], &["recordings", "ls", "--pairs"], &["gate", "write-cutover"], &["report"]]
    {
        all += &said(&project, command, &[0, 1, 3]);
    }
    assert!(project.verdicts()["totals"]["pairs"].as_u64() >= Some(2), "{}", project.verdicts()["totals"]);
    project.write("said.txt", &all);
    assert_eq!(scanner::folder(&project.path(""), &PLANTED), BTreeSet::new());
    // Kept in clear on purpose, the same is found: what was not found above is not there.
    let clear = project_in_clear(&requests);
    let seen = scanner::folder(&clear.path("recordings"), &PLANTED);
    let seen: BTreeSet<&str> = seen.iter().map(|found| found.value.as_str()).collect();
    assert!(["Wilhelmina", "Quackenbush", "7006652"].iter().all(|value| seen.contains(value)), "{seen:?}");
    assert!(!["PlantedBearerToken", "PlantedCookie"].iter().any(|value| seen.contains(value)), "{seen:?}");
}

fn project_in_clear(requests: &str) -> Project {
    let project = project("planted-record-clear");
    let clear = ["--into", "segments", "--no-redact", "--i-may-keep-personal-data"];
    said(&project, &[&["record", "--from", requests][..], &clear].concat(), &[0]);
    project
}

#[test]
fn nothing_planted_is_found_in_what_serve_keeps_logs_and_counts_and_its_page_shows_no_secret() {
    let project = project("planted-serve");
    let serving = Serving::start_with(&project, &["-v", "--log", "json"], &TOKEN);
    let email = percent("wilhelmina.quackenbush@zylophane.example");
    let target = format!(
        "/accounts/acme/contacts/9081726354?email={email}&X-Amz-Signature=PlantedSignature&q=Drosselbart"
    );
    let headers =
        "authorization: Bearer PlantedBearerToken\r\ncookie: s=PlantedCookie\r\nx-user: Wilhelmina\r\n";
    for target in
        [target.as_str(), "/elsewhere/Quackenbush/9081726354", "/accounts/Quackenbush/contacts/7006652"]
    {
        let answer = serving.ask("GET", target, headers, "");
        assert!(answer.contains("Wilhelmina"), "the caller gets what legacy answered: {answer}");
    }
    serving.until(PATIENCE, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 1.0);
    let (metrics, page) = (serving.admin("/metrics"), serving.admin("/"));
    assert!(page.contains("crm.contacts.get"), "{page}");
    let (counts, log) = serving.stop_and_hear();
    assert_eq!(counts["recorded"], 1, "{counts}");
    assert!(log.contains("Recorded."), "{log}");
    project.write("said.txt", format!("{counts}\n{log}\n{metrics}"));
    assert_eq!(scanner::folder(&project.path(""), &PLANTED), BTreeSet::new());
    // The page shows values of bodies, and says so; never a secret.
    let mut found = BTreeSet::new();
    scanner::bytes("page", page.as_bytes(), &PLANTED[..SECRETS], &mut found);
    assert_eq!(found, BTreeSet::new());
    // Its segments hold the pair: there was something to find.
    let listed = said(&project, &["recordings", "ls", "--pairs", "--format", "json"], &[0]);
    assert!(listed.contains("crm.contacts.get/"), "{listed}");
}

#[test]
fn nothing_planted_is_answered_from_recordings_in_a_providers_stead() {
    let project = project("planted-stub");
    let inputs = Project::new("planted-stub-inputs", "");
    inputs.write("requests.csv", "operation,account,id\ncrm.contacts.get,acme,9081726354\n");
    let requests = inputs.path("requests.csv").display().to_string();
    said(&project, &["record", "--from", &requests], &[0]);
    let listed = said(&project, &["recordings", "ls", "--pairs", "--format", "json"], &[0]);
    let list: serde_json::Value =
        serde_json::from_str(listed.trim_end().trim_end_matches('\n')).expect("it is JSON");
    let id = list["pairs"][0]["pair"].as_str().expect("a pair is listed");
    let shown = said(&project, &["recordings", "show", id, "--raw"], &[0]);
    let pair: serde_json::Value = serde_json::from_str(&shown).expect("a pair is JSON");
    let url = pair["legacy"][0]["request"]["url"].as_str().expect("what was asked is kept").to_owned();
    let mut command =
        project.command(&["recordings", "serve", "--listen", "127.0.0.1:0", "--format", "json"]);
    let mut child = command.envs(TOKEN).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let first = lines.next().expect("a line").expect("it is text");
    let address = first.split("http://").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{url}: {answer}");
    std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill is there");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    child.wait().expect("it ends");
    project.write("said.txt", format!("{first}\n{}\n{answer}", rest.join("\n")));
    assert_eq!(scanner::folder(&project.path(""), &PLANTED), BTreeSet::new());
}
