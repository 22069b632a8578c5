//! What is exported is read back as it was.

use std::collections::BTreeMap;

use compare::model::{Body, Exchange, Failure, FailureKind, Outcome, Request, Response};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert_eq, prop_oneof, proptest};

use super::{HarWriter, NoRequest};
use crate::import::cassette::{Format, read};

fn exported(exchanges: &[Exchange]) -> String {
    let mut out = Vec::new();
    let mut writer = HarWriter::new(&mut out, "0.0.0").expect("memory can be written");
    for exchange in exchanges {
        writer.add(exchange, "op/1").expect("memory can be written").expect("it has a request");
    }
    assert_eq!(writer.finish().expect("memory can be written"), exchanges.len() as u64);
    String::from_utf8(out).expect("JSON is text")
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        Just(Body::Absent),
        prop_oneof![
            Just(r#"{"b":1.10,"a":9007199254740993,"b":"\ud83d"}"#),
            Just("null"),
            Just("[ 1 ]"),
            Just("\"text\"")
        ]
        .prop_map(|text| Body::Json(text.to_owned())),
        prop_oneof![Just("{\"a\":1}"), Just("{torn"), Just("<a/>"), Just("[\"1f8b\"]"), Just("é\u{0}\n")]
            .prop_map(|text| Body::Text(text.to_owned())),
        prop_oneof![Just("gP8="), Just("aGVsbG8="), Just("AA==")]
            .prop_map(|text| Body::Base64(text.to_owned())),
    ]
}

fn headers() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let name = prop_oneof![Just("x-a"), Just("link"), Just("set-cookie")].prop_map(str::to_owned);
    let media_type = prop_oneof![
        Just("application/json"),
        Just("text/html"),
        Just("application/vnd.api+json; v=1"),
        Just("")
    ];
    let others = prop::collection::btree_map(name, prop::collection::vec("[ -~]{0,8}", 1..3), 0..3);
    (others, prop::option::of(media_type)).prop_map(|(mut headers, media_type)| {
        headers.extend(media_type.map(|media_type| ("content-type".to_owned(), vec![media_type.to_owned()])));
        headers
    })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let url = prop_oneof![Just("/a?b=c%20d&e"), Just("https://x.test/a#f"), Just("<HOST>/a?b"), Just("/")];
    let request = (prop_oneof![Just("GET"), Just("POST")], url, headers(), body());
    let request = request.prop_map(|(method, url, headers, body)| Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers,
        body,
    });
    let kinds: Vec<FailureKind> = FailureKind::ALL.iter().map(|(kind, _)| *kind).collect();
    let outcome = prop_oneof![
        4 => (100_u16..=599, headers(), body())
            .prop_map(|(status, headers, body)| Outcome::Response(Response { status, headers, body })),
        1 => (prop::sample::select(kinds), "[ -~]{0,12}")
            .prop_map(|(kind, detail)| Outcome::Failure(Failure { kind, detail })),
    ];
    let started_at = prop::option::of(Just("2026-11-20T10:30:00.125+01:00".to_owned()));
    (started_at, prop::option::of(0_u64..100_000), request, outcome).prop_map(
        |(started_at, elapsed_ms, request, outcome)| Exchange {
            started_at,
            elapsed_ms,
            request: Some(request),
            outcome,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_exported_reads_back_equal(exchanges in prop::collection::vec(exchange(), 0..4)) {
        let text = exported(&exchanges);
        let cassette = read(Format::Har, text.as_bytes(), &|_| Ok(Vec::new()));
        prop_assert_eq!(&cassette.refusals, &Vec::new());
        let back: Vec<Exchange> = cassette.entries.into_iter().map(|entry| entry.exchange).collect();
        prop_assert_eq!(back, exchanges);
    }
}

#[test]
fn an_exchange_without_a_request_is_left_out_and_said_so() {
    let outcome = Outcome::Failure(Failure { kind: FailureKind::Timeout, detail: String::new() });
    let exchange = Exchange { started_at: None, elapsed_ms: None, request: None, outcome };
    let mut writer = HarWriter::new(Vec::new(), "0.0.0").expect("memory can be written");
    assert_eq!(writer.add(&exchange, "op/1").expect("memory can be written"), Err(NoRequest));
    assert_eq!(writer.finish().expect("memory can be written"), 0);
}
