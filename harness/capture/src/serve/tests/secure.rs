//! TLS towards the application and to the sides, and HTTP/2: the caller gets the same by every way in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use servers::{Clock, Face, Limits, Seed, Server, Shared};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::wire::Told;
use super::{Proxy, Set, nonzero};
use crate::serve::tls;

/// Of nobody but these tests: for `localhost` and `127.0.0.1`, signed by itself.
const CERTIFICATE: &[u8] = include_bytes!("localhost.pem");
const KEY: &[u8] = include_bytes!("localhost.key.pem");

/// How a caller speaks to the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Http1,
    Http2,
    Http1OverTls,
    Http2OverTls,
}

/// Method, target, headers and body of a request.
type Asked<'a> = (&'a Method, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// What a caller got.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

fn set_over_tls() -> Set {
    Set { tls: Some(tls::server(CERTIFICATE, KEY).expect("they belong together")), ..Set::default() }
}

fn ask(address: SocketAddr, way: Way, request: Request<Full<Bytes>>) -> Got {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts");
    let asking = async {
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        match way {
            Way::Http1 | Way::Http2 => over(stream, way, request).await,
            Way::Http1OverTls | Way::Http2OverTls => {
                let protocol: &[u8] = if way == Way::Http2OverTls { b"h2" } else { b"http/1.1" };
                let mut config = tls::client(Some(CERTIFICATE)).expect("it is a certificate");
                Arc::make_mut(&mut config).alpn_protocols = vec![protocol.to_vec()];
                let name = "localhost".try_into().expect("it is a name");
                let stream = TlsConnector::from(config).connect(name, stream).await.expect("it is trusted");
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
                over(stream, way, request).await
            }
        }
    };
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(10), asking).await.expect("it answers") })
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    way: Way,
    mut request: Request<Full<Bytes>>,
) -> Got {
    let io = TokioIo::new(stream);
    let response = match way {
        Way::Http1 | Way::Http1OverTls => {
            let (mut sender, connection) = http1::handshake(io).await.expect("it speaks HTTP/1.1");
            tokio::spawn(connection);
            let target = request.uri().path_and_query().expect("it has a path").as_str().parse();
            *request.uri_mut() = target.expect("it is a target");
            request.headers_mut().insert("host", "app.example".parse().expect("it is a value"));
            sender.send_request(request).await.expect("it answers")
        }
        Way::Http2 | Way::Http2OverTls => {
            let (mut sender, connection) =
                http2::handshake(TokioExecutor::new(), io).await.expect("it speaks HTTP/2");
            tokio::spawn(connection);
            let response = sender.send_request(request).await.expect("it answers");
            assert_eq!(response.version(), Version::HTTP_2);
            response
        }
    };
    let (head, body) = response.into_parts();
    let body = body.collect().await.expect("the body is whole").to_bytes();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), text(value.as_bytes()))
    };
    let mut headers: Vec<_> =
        head.headers.iter().map(header).filter(|(name, _)| name != "connection").collect();
    headers.sort();
    Got { status: head.status, headers, body: text(&body) }
}

fn request(method: &Method, target: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(format!("https://app.example{target}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("it is a request")
}

#[test]
fn by_http_2_and_over_tls_a_caller_gets_what_legacy_answers() {
    let seed = Seed { number: 1, contacts: 60, customers: 5, now_ms: 1_795_165_200_000 };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(seed.now_ms));
    let start = || Server::start(Face::Apideck, &shared).expect("it starts");
    let (legacy, new) = (start(), start());
    let clear = Proxy::start(&legacy.url(), &new.url(), &Set::default());
    let secure = Proxy::start(&legacy.url(), &new.url(), &set_over_tls());
    let bearer = format!("Bearer {}", servers::KEY);
    let key =
        [("authorization", bearer.as_str()), ("x-apideck-consumer-id", "acme"), ("x-apideck-app-id", "app")];
    let asked: [Asked<'_>; 5] = [
        (&Method::GET, "/crm/contacts?limit=20", &key, ""),
        (&Method::GET, "/crm/contacts/none", &key, ""),
        (&Method::GET, "/crm/contacts", &[], ""),
        (&Method::HEAD, "/crm/contacts", &key, ""),
        (&Method::POST, "/crm/contacts", &[], r#"{"first_name":"Ada"}"#),
    ];
    for (method, target, headers, body) in asked {
        let make = || request(method, target, headers, body);
        let direct = ask(legacy.address(), Way::Http1, make());
        for (proxy, way) in [
            (&clear, Way::Http1),
            (&clear, Way::Http2),
            (&secure, Way::Http1OverTls),
            (&secure, Way::Http2OverTls),
        ] {
            assert_eq!(ask(proxy.address(), way, make()), direct, "{method} {target} by {way:?}");
        }
    }
    for proxy in [clear, secure] {
        let (counts, _) = proxy.stop();
        assert_eq!((counts.requests, counts.offered, counts.recorded), (10, 8, 8));
        assert_eq!(nonzero(&counts.passed), [("unsafe", 2)]);
    }
    assert!(new.ledger().writes().is_empty(), "{:?}", new.ledger().writes());
}

#[test]
fn an_answer_without_a_body_comes_as_it_was_by_every_way() {
    let answers = [
        "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\ncontent-length: 5120\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nx-a: 1\r\n\r\n",
    ];
    for answer in answers {
        let legacy = Told::start(&[answer], Duration::ZERO);
        let clear = Proxy::start(&legacy.url(), &legacy.url(), &Set::default());
        let secure = Proxy::start(&legacy.url(), &legacy.url(), &set_over_tls());
        let direct = ask(legacy.address(), Way::Http1, request(&Method::GET, "/a", &[], ""));
        assert!(
            answer.contains("5120") == direct.headers.contains(&("content-length".into(), "5120".into()))
        );
        for (proxy, way) in [
            (&clear, Way::Http1),
            (&clear, Way::Http2),
            (&secure, Way::Http1OverTls),
            (&secure, Way::Http2OverTls),
        ] {
            let got = ask(proxy.address(), way, request(&Method::GET, "/a", &[], ""));
            assert_eq!(got, direct, "{answer} by {way:?}");
        }
    }
}

#[test]
fn the_pieces_of_a_cookie_of_http_2_reach_legacy_as_one_header() {
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let legacy = Told::start(&[page], Duration::ZERO);
    let proxy = Proxy::start(&legacy.url(), &legacy.url(), &set_over_tls());
    let headers = [("cookie", "a=1"), ("cookie", "b=2")];
    ask(proxy.address(), Way::Http2OverTls, request(&Method::DELETE, "/a", &headers, ""));
    let heard = legacy.heard();
    let [one] = &heard[..] else { panic!("one request, not {heard:?}") };
    assert!(one.contains("\r\ncookie: a=1; b=2\r\n"), "{one}");
}

#[test]
fn a_side_is_asked_over_tls_where_its_address_says_so_and_its_certificate_is_trusted() {
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let origin = Told::start(&[page], Duration::ZERO);
    // A proxy that listens with TLS is a side as good as any.
    let side = Proxy::start(&origin.url(), &origin.url(), &set_over_tls());
    let address = format!("https://localhost:{}", side.address().port());
    let trusting = Set { authorities: Some(CERTIFICATE), ..Set::default() };
    let proxy = Proxy::start(&address, &address, &trusting);
    let got = ask(proxy.address(), Way::Http1, request(&Method::DELETE, "/a", &[], ""));
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "{}"));
    let wary = Proxy::start(&address, &address, &Set::default());
    let got = ask(wary.address(), Way::Http1, request(&Method::DELETE, "/a", &[], ""));
    assert_eq!(got.status, StatusCode::BAD_GATEWAY, "{}", got.body);
    assert!(got.body.contains("(tls)"), "{}", got.body);
}
