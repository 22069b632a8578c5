//! Whatever new does, the caller cannot tell; and what became of each mirror is counted.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use compare::model::FailureKind;
use servers::{Clock, Face, Fault, Limits, Planted, Seed, Server, Shared};

use super::wire::{Told, exchange, request};
use super::{Proxy, Set, nonzero};

const NOW_MS: i64 = 1_795_165_200_000;
/// Far below any fault's delay, far above what a loaded machine needs.
const AT_ONCE: Duration = Duration::from_millis(250);

fn sides() -> (Server, Server, String) {
    let seed = Seed { number: 1, contacts: 60, customers: 5, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    let start = || Server::start(Face::Apideck, &shared).expect("it starts");
    let key = format!(
        "authorization: Bearer {}\r\nx-apideck-consumer-id: acme\r\nx-apideck-app-id: app\r\n",
        servers::KEY
    );
    (start(), start(), request("GET", "/crm/contacts?limit=20", &key, ""))
}

/// With a fault at new, `times` requests are answered as legacy answers them, at once; each became a pair of this failure.
#[track_caller]
fn check(fault: Fault, expected: FailureKind) {
    const TIMES: u64 = 5;
    let (legacy, new, asked) = sides();
    let direct = exchange(legacy.address(), &asked).expect("legacy answers");
    new.plant(Planted::always(fault.clone()));
    let proxy = Proxy::start(&legacy.url(), &new.url(), &Set { mirrors: 8, ..Set::default() });
    for _ in 0..TIMES {
        let started = Instant::now();
        let through = exchange(proxy.address(), &asked).expect("the proxy answers");
        assert!(started.elapsed() < AT_ONCE, "{fault:?} delayed the caller by {:?}", started.elapsed());
        assert_eq!(through.split("\r\n\r\n").nth(1), direct.split("\r\n\r\n").nth(1), "{fault:?}");
    }
    let counts = proxy.at_rest();
    assert_eq!((counts.offered, counts.recorded, counts.dropped_total()), (TIMES, TIMES, 0), "{fault:?}");
    let (_, recorded) = proxy.stop();
    for captured in &recorded {
        assert!(captured.legacy[0].outcome.is_ok());
        let failure = captured.new[0].outcome.as_ref().expect_err("new failed");
        assert_eq!(failure.kind, expected, "{fault:?}: {}", failure.detail);
    }
}

#[test]
fn a_new_side_that_hangs_is_a_timeout_in_the_pair_and_nothing_to_the_caller() {
    check(Fault::Hang, FailureKind::Timeout);
}

#[test]
fn a_new_side_that_is_slow_is_not_waited_for() {
    check(Fault::Slow(Duration::from_secs(2)), FailureKind::Timeout);
}

#[test]
fn a_new_side_that_resets_is_a_reset_in_the_pair() {
    check(Fault::Reset, FailureKind::Reset);
    check(Fault::ResetMidway, FailureKind::Reset);
}

#[test]
fn a_gigabyte_from_new_is_read_up_to_the_limit_of_a_body() {
    check(Fault::Flood { bytes: 1 << 30, pause: Duration::ZERO }, FailureKind::TooLarge);
    check(Fault::Flood { bytes: 1 << 30, pause: Duration::from_millis(40) }, FailureKind::Timeout);
}

#[test]
fn a_gigabyte_that_new_announces_is_not_waited_for() {
    let (legacy, _, asked) = sides();
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    let new = Told::start(&[head, "x"], Duration::from_secs(60));
    let proxy =
        Proxy::start(&legacy.url(), &new.url(), &Set { timeout: Duration::from_secs(60), ..Set::default() });
    exchange(proxy.address(), &asked).expect("the proxy answers");
    assert_eq!(proxy.at_rest().recorded, 1);
    let (_, recorded) = proxy.stop();
    let failure = recorded[0].new[0].outcome.as_ref().expect_err("it is too large");
    assert_eq!(failure.kind, FailureKind::TooLarge);
}

#[test]
fn a_new_side_that_is_down_is_told_as_no_connection() {
    let (legacy, new, asked) = sides();
    let gone = new.url();
    drop(new);
    let proxy = Proxy::start(&legacy.url(), &gone, &Set::default());
    let through = exchange(proxy.address(), &asked).expect("the proxy answers");
    assert!(through.starts_with("HTTP/1.1 200"), "{through}");
    let (counts, recorded) = proxy.stop();
    assert_eq!((counts.offered, counts.recorded), (1, 1));
    let failure = recorded[0].new[0].outcome.as_ref().expect_err("nobody is there");
    assert_eq!(failure.kind, FailureKind::Connect);
}

#[test]
fn a_new_side_that_answers_an_error_is_recorded_with_it() {
    let (legacy, new, asked) = sides();
    new.plant(Planted::always(Fault::Status(503)));
    let proxy = Proxy::start(&legacy.url(), &new.url(), &Set::default());
    exchange(proxy.address(), &asked).expect("the proxy answers");
    let (_, recorded) = proxy.stop();
    let answer = recorded[0].new[0].outcome.as_ref().expect("an error is an answer");
    assert_eq!(answer.status, 503);
}

#[test]
fn where_there_is_no_room_mirrors_are_dropped_and_counted_and_the_caller_is_served() {
    let (legacy, new, asked) = sides();
    new.plant(Planted::always(Fault::Hang));
    let set = Set { memory: 40 * 1024, mirrors: 1, timeout: Duration::from_millis(200), ..Set::default() };
    let proxy = Proxy::start(&legacy.url(), &new.url(), &set);
    for _ in 0..40 {
        let through = exchange(proxy.address(), &asked).expect("the proxy answers");
        assert!(through.starts_with("HTTP/1.1 200"), "{through}");
    }
    let most = proxy.budget.most();
    let counts = proxy.at_rest();
    assert_eq!(counts.offered, 40);
    assert_eq!(counts.offered, counts.recorded + counts.dropped_total());
    assert_eq!(nonzero(&counts.dropped), [("queue_full", 40 - counts.recorded)]);
    assert!(counts.recorded >= 1, "{counts:?}");
    assert!(most <= 40 * 1024, "{most} bytes were taken of {}", 40 * 1024);
}

#[test]
fn a_body_over_the_limit_passes_and_its_mirror_is_dropped() {
    let (legacy, new, asked) = sides();
    let set = Set { body_bytes_max: 100, ..Set::default() };
    let proxy = Proxy::start(&legacy.url(), &new.url(), &set);
    let through = exchange(proxy.address(), &asked).expect("the proxy answers");
    assert!(through.len() > 1_000, "{through}");
    let counts = proxy.at_rest();
    assert_eq!(nonzero(&counts.dropped), [("too_large", 1)]);
    assert_eq!(new.received(), 0);
}

#[test]
fn a_caller_who_leaves_is_counted_and_new_is_not_asked() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let legacy = Told::start(&[head, "a", "b", "c", "d", "e", "f"], Duration::from_millis(60));
    let new = Told::start(&[head], Duration::ZERO);
    let proxy = Proxy::start(&legacy.url(), &new.url(), &Set::default());
    let mut stream = TcpStream::connect(proxy.address()).expect("it listens");
    stream.write_all(request("GET", "/a", "", "").as_bytes()).expect("it reads");
    stream.read_exact(&mut [0; 12]).expect("an answer begins");
    drop(stream);
    let counts = proxy.at_rest();
    assert_eq!(nonzero(&counts.dropped), [("caller_left", 1)]);
    assert!(new.heard().is_empty());
}

#[test]
fn legacys_own_faults_reach_the_caller_as_they_would_without_us() {
    let (legacy, new, asked) = sides();
    let proxy = Proxy::start(&legacy.url(), &new.url(), &Set::default());
    legacy.plant(Planted::times(Fault::ResetMidway, 1));
    // A reset may overtake what was sent before it: then there is nothing to pass on but the news.
    let torn = exchange(proxy.address(), &asked).unwrap_or_default();
    let length =
        torn.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    let body = torn.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
    let is_torn = length.and_then(|length| length.parse().ok()).is_none_or(|length: usize| body < length);
    assert!(is_torn || torn.starts_with("HTTP/1.1 502"), "a torn answer must not look whole: {torn}");
    legacy.plant(Planted::times(Fault::Reset, 1));
    let gone = exchange(proxy.address(), &asked).expect("the proxy says so");
    assert!(gone.starts_with("HTTP/1.1 502"), "{gone}");
    let (counts, recorded) = proxy.stop();
    assert_eq!((counts.offered, counts.recorded), (2, 2));
    assert!(recorded.iter().all(|captured| captured.legacy[0].outcome.is_err()));
}
