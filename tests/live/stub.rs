//! `cutover recordings serve`: an application's requests, answered from recordings.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::real::project::{MIGRATION, Project, pair};

fn get(address: &str, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("the stub listens");
    write!(stream, "GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

#[test]
fn recorded_answers_are_given_and_what_has_none_is_told() {
    let operation = "[[operations]]\nname = \"a\"\nlegacy = { method = \"GET\", path = \"/a/{id}\" }\n";
    let project = Project::new("live-stub", &format!("{MIGRATION}{operation}"));
    let recorded = String::from_utf8(pair("a/1", br#"{"id": 1.10}"#, br#"{"id": 2}"#)).expect("it is text");
    let request = r#""legacy":[{"request":{"method":"GET","url":"/a/1?x=1","headers":{}},"#;
    project.write("recordings/a/1.json", recorded.replacen(r#""legacy":[{"#, request, 1));
    let secret = String::from_utf8(pair("a/3", br#"{"id": 3}"#, br#"{"id": 3}"#)).expect("it is text");
    let request = r#""legacy":[{"request":{"method":"GET","url":"/a/3?api_key=[removed]","headers":{}},"#;
    project.write("recordings/a/3.json", secret.replacen(r#""legacy":[{"#, request, 1));
    let mut command =
        project.command(&["recordings", "serve", "--listen", "127.0.0.1:0", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let first: Value =
        serde_json::from_str(&lines.next().expect("a line").expect("it is text")).expect("it is JSON");
    let address = first["listening"]
        .as_str()
        .and_then(|url| url.strip_prefix("http://"))
        .expect("an address")
        .to_owned();
    assert_eq!(get(&address, "/a/1?x=1"), (200, r#"{"id": 1.10}"#.to_owned()));
    let (status, told) = get(&address, "/a/2");
    assert_eq!(status, 404);
    assert!(told.contains("no answer to GET /a/2 was recorded"), "{told}");
    // A recording has no secrets: whoever asks with one is answered as if it had not been removed, and it is told to nobody.
    assert_eq!(get(&address, "/a/3?api_key=planted-secret"), (200, r#"{"id": 3}"#.to_owned()));
    let (status, told) = get(&address, "/a/4?api_key=planted-secret");
    assert!(status == 404 && told.contains("/a/4?api_key=") && !told.contains("planted"), "{told}");
    let stopped = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(stopped.is_ok_and(|status| status.success()));
    let last: Value =
        serde_json::from_str(&lines.next().expect("a line").expect("it is text")).expect("it is JSON");
    assert_eq!(
        last["unanswered"],
        serde_json::json!([
            {"request": "GET /a/2", "count": 1}, {"request": "GET /a/4?api_key=[removed]", "count": 1},
        ])
    );
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}
