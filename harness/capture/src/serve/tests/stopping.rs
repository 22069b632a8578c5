//! A stop ends what is under way, and waits no longer than it may.

use std::time::{Duration, Instant};

use super::wire::{Told, exchange, request};
use super::{Proxy, Set, nonzero};

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[test]
fn a_stop_waits_for_mirrors_under_way() {
    let legacy = Told::start(&[PAGE], Duration::ZERO);
    let new =
        Told::start(&["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "{}"], Duration::from_millis(150));
    let set = Set { mirrors: 2, timeout: Duration::from_secs(2), ..Set::default() };
    let proxy = Proxy::start(&legacy.url(), &new.url(), &set);
    for _ in 0..6 {
        exchange(proxy.address(), &request("GET", "/a", "", "")).expect("the proxy answers");
    }
    let (counts, recorded) = proxy.stop();
    assert_eq!((counts.offered, counts.recorded, recorded.len()), (6, 6, 6));
}

#[test]
fn a_stop_gives_up_what_takes_too_long_and_counts_it() {
    let legacy = Told::start(&[PAGE], Duration::ZERO);
    let new = Told::start(&["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "{}"], Duration::from_secs(30));
    let set = Set {
        mirrors: 2,
        timeout: Duration::from_secs(60),
        shutdown: Duration::from_millis(200),
        ..Set::default()
    };
    let proxy = Proxy::start(&legacy.url(), &new.url(), &set);
    for _ in 0..6 {
        exchange(proxy.address(), &request("GET", "/a", "", "")).expect("the proxy answers");
    }
    let started = Instant::now();
    let (counts, _) = proxy.stop();
    assert!(started.elapsed() < Duration::from_secs(5), "it took {:?}", started.elapsed());
    assert_eq!((counts.offered, counts.recorded), (6, 0));
    assert_eq!(nonzero(&counts.dropped), [("stopped", 6)]);
}
