//! The caller gets what legacy sends, and nothing else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use servers::{Clock, Face, Limits, Seed, Server, Shared};

use super::wire::{Told, exchange, request};
use super::{Proxy, Set, nonzero};

const NOW_MS: i64 = 1_795_165_200_000;

fn world() -> Shared {
    let seed = Seed { number: 1, contacts: 60, customers: 5, now_ms: NOW_MS };
    Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS))
}

/// Without the header that the proxy's own closing asks for.
fn but_connection(answer: &str) -> String {
    let lines: Vec<_> =
        answer.split("\r\n").filter(|line| !line.eq_ignore_ascii_case("connection: close")).collect();
    lines.join("\r\n")
}

#[track_caller]
fn check_same(legacy: std::net::SocketAddr, proxy: &Proxy, request: &str) {
    let direct = exchange(legacy, request).expect("legacy answers");
    let through = exchange(proxy.address(), request).expect("the proxy answers");
    assert_eq!(but_connection(&through), but_connection(&direct), "{request}");
}

#[test]
fn every_answer_of_a_provider_comes_through_to_the_byte() {
    let shared = world();
    let legacy = Server::start(Face::Apideck, &shared).expect("it starts");
    let new = Server::start(Face::Apideck, &shared).expect("it starts");
    let proxy = Proxy::start(&legacy.url(), &new.url(), &Set::default());
    let key = format!(
        "authorization: Bearer {}\r\nx-apideck-consumer-id: acme\r\nx-apideck-app-id: app\r\n",
        servers::KEY
    );
    let asked = [
        ("GET", "/crm/contacts?limit=20", key.as_str(), ""),
        ("GET", "/crm/contacts/none", &key, ""),
        ("GET", "/crm/contacts", "", ""),
        ("HEAD", "/crm/contacts", &key, ""),
        ("POST", "/crm/contacts", "", r#"{"first_name":"Ada"}"#),
        ("DELETE", "/nowhere", &key, ""),
    ];
    for (method, target, more, body) in asked {
        check_same(legacy.address(), &proxy, &request(method, target, more, body));
    }
    let (counts, _) = proxy.stop();
    assert_eq!((counts.requests, counts.offered, nonzero(&counts.passed)), (6, 4, vec![("unsafe", 2)]));
    assert_eq!((counts.recorded, counts.dropped_total()), (4, 0));
    assert!(new.ledger().writes().is_empty(), "no unsafe method reaches new: {:?}", new.ledger().writes());
}

#[test]
fn chunks_trailers_odd_statuses_and_spellings_of_headers_come_through() {
    let answers: [&[&str]; 5] = [
        &[
            "HTTP/1.1 200 OK\r\nX-Odd-Case: a\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ],
        &["HTTP/1.1 204 No Content\r\nx-a: 1\r\n\r\n"],
        &["HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n"],
        &["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok"],
        &["HTTP/1.1 599 Odd\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\u{1}\u{2}\u{3}"],
    ];
    for pieces in answers {
        let legacy = Told::start(pieces, Duration::from_millis(5));
        let proxy = Proxy::start(&legacy.url(), &legacy.url(), &Set::default());
        let through = exchange(proxy.address(), &request("GET", "/a", "", "")).expect("the proxy answers");
        let direct = pieces.concat().replace("HTTP/1.1 100 Continue\r\n\r\n", "");
        let words = |answer: &str| {
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head ends");
            let mut lines: Vec<_> = head.split("\r\n").map(str::to_owned).collect();
            lines[1..].sort();
            // The phrase is nobody's to rely on (RFC 9112, section 4).
            lines[0].truncate("HTTP/1.1 200".len());
            (lines, body.to_owned())
        };
        assert_eq!(words(&but_connection(&through)), words(&direct));
    }
}

#[test]
fn an_answer_is_passed_on_while_it_still_comes() {
    let events = [
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
        "data: 1\n\n",
        "data: 2\n\n",
        "data: 3\n\n",
    ];
    let legacy = Told::start(&events, Duration::from_millis(150));
    let proxy = Proxy::start(&legacy.url(), &legacy.url(), &Set::default());
    let mut stream = TcpStream::connect(proxy.address()).expect("it listens");
    stream.write_all(request("GET", "/events", "", "").as_bytes()).expect("it reads");
    let started = Instant::now();
    let mut heard = String::new();
    let mut buffer = [0; 1024];
    while !heard.contains("data: 1") {
        let read = stream.read(&mut buffer).expect("more comes");
        assert!(read > 0, "closed after {heard:?}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(!heard.contains("data: 3"), "the first event waited for the last one: {heard:?}");
    assert!(started.elapsed() < Duration::from_millis(400), "it took {:?}", started.elapsed());
    drop(stream);
}

#[test]
fn a_web_socket_is_refused_with_a_word() {
    let legacy = Told::start(&["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"], Duration::ZERO);
    let proxy = Proxy::start(&legacy.url(), &legacy.url(), &Set::default());
    let upgrade = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";
    let mut stream = TcpStream::connect(proxy.address()).expect("it listens");
    stream.write_all(upgrade.as_bytes()).expect("it reads");
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("it answers");
    assert_eq!(&head, b"HTTP/1.1 501");
    drop(stream);
    let (counts, _) = proxy.stop();
    assert_eq!(nonzero(&counts.passed), [("refused", 1)]);
    assert!(legacy.heard().is_empty());
}

#[test]
fn legacy_and_new_get_the_body_of_a_search_and_nobody_gets_headers_of_the_hop() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let (legacy, new) = (Told::start(&[page], Duration::ZERO), Told::start(&[page], Duration::ZERO));
    let proxy =
        Proxy::start(&format!("{}/base", legacy.url()), &new.url(), &Set { repeat: true, ..Set::default() });
    let body = r#"{"q":"SELECT id"}"#;
    let more = "keep-alive: timeout=5\r\nx-kept: 1\r\n";
    exchange(proxy.address(), &request("POST", "/search", more, body)).expect("the proxy answers");
    proxy.at_rest();
    let sent = |host: &str, path: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 17\r\nx-kept: 1\r\n\r\n{body}")
    };
    let sent_to = |address: std::net::SocketAddr, path: &str| sent(&address.to_string(), path);
    let sorted = |request: &str| {
        let mut lines: Vec<_> = request.split("\r\n").map(str::to_owned).collect();
        lines.sort();
        lines
    };
    // Legacy is asked again after new.
    let expected = sorted(&sent_to(legacy.address(), "/base/search"));
    assert_eq!(
        legacy.heard().iter().map(|one| sorted(one)).collect::<Vec<_>>(),
        [expected.clone(), expected]
    );
    let heard = new.heard();
    assert_eq!(
        heard.iter().map(|one| sorted(one)).collect::<Vec<_>>(),
        [sorted(&sent_to(new.address(), "/search"))]
    );
    let (_, recorded) = proxy.stop();
    let [captured] = &recorded[..] else { panic!("one pair, not {}", recorded.len()) };
    assert!(captured.repeat.len() == 1 && captured.source.is_empty());
    assert_eq!(captured.legacy[0].body, body);
}
