//! The client against servers that misbehave.

use std::collections::BTreeMap;
use std::time::Duration;

use compare::model::FailureKind;
use servers::{Clock, Face, Fault, Limits, Planted, Seed, Server, Shared};

use super::{Call, Client, Settings};
use crate::asked::{Account, Asked, Effect};
use crate::embedded;
use crate::profile::Profile;
use crate::provider::{Parts, Patience, Provider};
use crate::secret::Secret;

const NOW_MS: i64 = 1_795_165_200_000;

fn server(face: Face) -> Server {
    let seed = Seed { number: 1, contacts: 3, customers: 0, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    Server::start(face, &shared).expect("loopback has a free port")
}

fn client(settings: Settings) -> Client {
    Client::new(&settings, jiff::Timestamp::now).expect("a client")
}

fn impatient() -> Settings {
    Settings { timeout: Duration::from_millis(250), body_bytes_max: 100_000, ..Settings::default() }
}

fn call(url: String) -> Call {
    Call { method: "GET".to_owned(), url: Secret::new(url), headers: Vec::new(), body: None }
}

async fn fails(server: &Server, fault: Fault) -> FailureKind {
    server.plant(Planted::times(fault, 1));
    let called = client(impatient()).call(&call(format!("{}/bytes/50000", server.url()))).await;
    match called.outcome {
        Ok(answer) => panic!("it answered {}", answer.status),
        Err(failure) => {
            assert!(!failure.detail.contains("127.0.0.1"), "the address stays out of it: {}", failure.detail);
            failure.kind
        }
    }
}

#[tokio::test]
async fn each_failure_has_its_kind() {
    let server = server(Face::Wire);
    assert_eq!(fails(&server, Fault::Hang).await, FailureKind::Timeout);
    assert_eq!(fails(&server, Fault::Slow(Duration::from_millis(600))).await, FailureKind::Timeout);
    assert_eq!(fails(&server, Fault::Reset).await, FailureKind::Reset);
    assert_eq!(fails(&server, Fault::ResetMidway).await, FailureKind::Reset);
    let flood = |bytes| Fault::Flood { bytes, pause: Duration::ZERO };
    assert_eq!(fails(&server, flood(1 << 30)).await, FailureKind::TooLarge);
    let slowly = Fault::Flood { bytes: 1 << 30, pause: Duration::from_millis(400) };
    assert_eq!(fails(&server, slowly).await, FailureKind::Timeout);
    let url = format!("{}/bytes/100000", server.url());
    let within = client(impatient()).call(&call(url)).await;
    assert_eq!(within.outcome.map(|answer| answer.body.len()), Ok(100_000), "the limit itself is within");
    let address = server.url();
    drop(server);
    let gone = client(impatient()).call(&call(address.clone())).await.outcome;
    assert_eq!(gone.err().map(|failure| failure.kind), Some(FailureKind::Connect));
}

#[tokio::test]
async fn what_is_no_tls_is_told_as_such() {
    let server = server(Face::Wire);
    let called = client(impatient()).call(&call(server.url().replace("http:", "https:"))).await;
    assert_eq!(called.outcome.err().map(|failure| failure.kind), Some(FailureKind::Tls));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_being_shown() {
    let refused = Call {
        headers: vec![("x-token".to_owned(), Secret::new("s3cret\n".to_owned()))],
        ..call("http://127.0.0.1:9".to_owned())
    };
    let failure = client(impatient()).call(&refused).await.outcome.expect_err("it is refused");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(failure.detail, "the value of the header x-token has characters that none may have");
}

fn provider(server: &Server) -> Provider {
    let profile = embedded::profile("truto").expect("it is embedded").expect("it is whole");
    Provider::new(Parts {
        profile: Profile { own_limit: Vec::new(), ..profile },
        base: server.url(),
        credentials: BTreeMap::from([("token".to_owned(), Secret::new(servers::KEY.to_owned()))]),
        client: client(Settings { timeout: Duration::from_secs(5), ..Settings::default() }),
        share: 1.0,
        dialects: embedded::dialects(),
        seed: 1,
    })
}

fn acme() -> Account {
    Account {
        name: "acme".to_owned(),
        id: Secret::new("3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01".to_owned()),
        integration: "hubspot".to_owned(),
        columns: BTreeMap::new(),
    }
}

fn contacts(method: &str, effect: Effect) -> Asked {
    Asked {
        method: method.to_owned(),
        path: "/unified/crm/contacts".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: (method == "POST").then(|| "{}".to_owned()),
        effect,
    }
}

#[tokio::test]
async fn a_read_is_asked_again_and_a_write_never() {
    let server = server(Face::Truto);
    let provider = provider(&server);
    server.plant(Planted::times(Fault::Status(503), 2));
    let read = provider
        .ask(&contacts("GET", Effect::Reads), Some(&acme()), Patience::LONG)
        .await
        .expect("it can be asked");
    assert_eq!((read.called.outcome.map(|answer| answer.status), read.attempts), (Ok(200), 3));
    server.plant(Planted::times(Fault::Reset, 1));
    let read = provider
        .ask(&contacts("GET", Effect::Reads), Some(&acme()), Patience::LONG)
        .await
        .expect("it can be asked");
    assert_eq!((read.called.outcome.map(|answer| answer.status), read.attempts), (Ok(200), 2));
    server.plant(Planted::times(Fault::Status(503), 2));
    let write = provider
        .ask(&contacts("POST", Effect::Writes), Some(&acme()), Patience::LONG)
        .await
        .expect("it can be asked");
    assert_eq!((write.called.outcome.map(|answer| answer.status), write.attempts), (Ok(503), 1));
    assert_eq!(server.ledger().writes().len(), 1);
    let impatient = provider
        .ask(&contacts("GET", Effect::Reads), Some(&acme()), Patience::NONE)
        .await
        .expect("it can be asked");
    assert_eq!(impatient.attempts, 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = server(Face::Wire);
    let called = client(impatient()).call(&call(format!("{}/status/307", server.url()))).await;
    assert_eq!(called.outcome.map(|answer| answer.status), Ok(307));
    assert_eq!(server.received(), 1);
}

#[tokio::test]
async fn a_proxy_is_asked_instead_and_one_that_is_none_is_refused() {
    let proxy = server(Face::Wire);
    let settings = Settings { proxy: Some(Secret::new(proxy.url())), ..impatient() };
    let called = client(settings).call(&call("http://api.provider.test/bytes/7".to_owned())).await;
    assert_eq!(called.outcome.map(|answer| answer.body.len()), Ok(7));
    assert_eq!(proxy.received(), 1);
    let wrong = Settings { proxy: Some(Secret::new("::".to_owned())), ..impatient() };
    assert!(Client::new(&wrong, jiff::Timestamp::now).is_err());
    let no_certificate = Settings { ca_pem: Some(b"no certificate".to_vec()), ..impatient() };
    assert!(Client::new(&no_certificate, jiff::Timestamp::now).is_err());
}
