//! Headers that belong to one hop and are not passed on (RFC 9110, section 7.6.1).

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Removes what belongs to the hop, and what `connection` names.
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers.get_all(header::CONNECTION).iter().flat_map(names).collect();
        named.iter().chain([&header::CONNECTION]).for_each(|name| drop(headers.remove(name)));
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, header::TE, header::TRANSFER_ENCODING, header::UPGRADE] {
        headers.remove(name);
    }
}

fn names(list: &HeaderValue) -> Vec<HeaderName> {
    let list = list.to_str().unwrap_or("").split(',');
    list.filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok()).collect()
}

/// The length that a head tells.
pub fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A copy in memory of its own. What came over a connection is a part of what was read together, and holds all of that for
/// as long as it is held itself: the memory of a connection could not be used again, and nobody would count it.
pub fn detached(headers: &HeaderMap) -> HeaderMap {
    let mut values = Vec::with_capacity(headers.values().map(HeaderValue::len).sum());
    headers.values().for_each(|value| values.extend_from_slice(value.as_bytes()));
    let values = Bytes::from(values);
    let mut own = headers.clone();
    let mut start = 0;
    for value in own.values_mut() {
        let end = start + value.len();
        if let Ok(mut copy) = HeaderValue::from_maybe_shared(values.slice(start..end)) {
            copy.set_sensitive(value.is_sensitive());
            *value = copy;
        }
        start = end;
    }
    own
}

/// Whether a request asks for another protocol on its connection.
pub fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
        && headers.get_all(header::CONNECTION).iter().any(|value| {
            let value = value.to_str().unwrap_or("");
            value.split(',').any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        })
}

/// HTTP/2 may send a cookie in pieces; HTTP/1.1 has one header for it (RFC 9113, section 8.2.3).
pub fn join_cookies(headers: &mut HeaderMap) {
    let pieces: Vec<_> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if pieces.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::new();
        list.iter().map(header).for_each(|(name, value)| {
            headers.append(name, value);
        });
        headers
    }

    #[test]
    fn what_belongs_to_the_hop_stays_behind() {
        let mut given = headers(&[
            ("connection", "keep-alive, x-secret"),
            ("keep-alive", "timeout=5"),
            ("x-secret", "1"),
            ("transfer-encoding", "chunked"),
            ("content-type", "text/plain"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ]);
        remove_hop_by_hop(&mut given);
        assert_eq!(
            given,
            headers(&[("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2")])
        );
    }

    #[test]
    fn a_detached_copy_holds_nothing_of_what_was_read() {
        let read = Bytes::from(b"HTTP/1.1 200 OK\r\nx-a: one\r\nx-a: two\r\nx-b: \xe9\r\n\r\n".to_vec());
        let mut given = HeaderMap::new();
        for (name, span) in [("x-a", 22..25), ("x-a", 32..35), ("x-b", 42..43)] {
            let mut value = HeaderValue::from_maybe_shared(read.slice(span)).expect("it is a value");
            value.set_sensitive(name == "x-b");
            given.append(HeaderName::from_static(name), value);
        }
        let own = detached(&given);
        assert_eq!(own, given);
        assert_eq!(own.get_all("x-a").iter().collect::<Vec<_>>(), ["one", "two"]);
        assert!(own["x-b"].is_sensitive() && !own["x-a"].is_sensitive());
        assert!(!read.is_unique(), "the headers as they were read are parts of it");
        drop(given);
        assert!(read.is_unique());
    }

    #[test]
    fn an_upgrade_is_told_by_both_headers() {
        assert!(asks_for_upgrade(&headers(&[("connection", "Upgrade"), ("upgrade", "websocket")])));
        assert!(!asks_for_upgrade(&headers(&[("upgrade", "websocket")])));
        assert!(!asks_for_upgrade(&headers(&[("connection", "keep-alive"), ("upgrade", "h2c")])));
    }

    #[test]
    fn the_pieces_of_a_cookie_become_one() {
        let mut given = headers(&[("cookie", "a=1"), ("cookie", "b=2")]);
        join_cookies(&mut given);
        assert_eq!(given, headers(&[("cookie", "a=1; b=2")]));
    }
}
