//! The format's promises: what is kept, what is refused, and in which words.

use compare::model::{
    Body, Exchange, Failure, FailureKind, Headers, Outcome, Pair, PairKind, Redaction, Request, Response,
};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use serde_json::Value;

use super::{FormatError, id, parse, to_line, to_pretty};

/// Every part of the format once, as it is written.
const WHOLE: &str = r#"{
  "version": 1,
  "id": "crm.contacts.list/acme-0001",
  "operation": "crm.contacts.list",
  "kind": "collection",
  "account": "acme-hubspot",
  "recorded_at": "2026-11-20T09:30:00.125Z",
  "legacy": [
    {
      "started_at": "2026-11-20T09:30:00.125Z",
      "elapsed_ms": 182,
      "request": {
        "method": "GET",
        "url": "/crm/contacts?limit=50",
        "headers": {
          "accept": "application/json",
          "via": [
            "a",
            "b"
          ]
        }
      },
      "response": {
        "status": 200,
        "headers": {
          "content-type": "application/json"
        },
        "body": {
          "json": {
            "b": 1.10,
            "a": [
              1e400,
              9007199254740993,
              -0.0
            ],
            "b": "\ud83d \u0000 \/ é",
            "empty": {},
            "none": []
          }
        }
      }
    }
  ],
  "new": [
    {
      "elapsed_ms": 10000,
      "request": {
        "method": "POST",
        "url": "https://api.example/unified?x=1",
        "body": {
          "text": "a=1&b=2"
        }
      },
      "failure": {
        "kind": "too_large",
        "detail": "over 10 MB"
      }
    }
  ],
  "source": [
    {
      "response": {
        "status": 204
      }
    }
  ],
  "repeats": {
    "legacy": [
      [
        {
          "response": {
            "status": 200,
            "body": {
              "base64": "AP8="
            }
          }
        }
      ]
    ]
  },
  "redaction": {
    "version": 1,
    "key": "9f3a01c2"
  }
}
"#;

/// The smallest pair, with something put at its end.
fn smallest(more: &str) -> String {
    format!(r#"{{"version":1,"id":"op/1","operation":"op"{more}}}"#)
}

fn exchange(keys: &str) -> String {
    smallest(&format!(r#","legacy":[{{{keys}}}]"#))
}

/// A pair whose legacy body is this JSON text.
fn with_json(json: &str) -> Pair {
    let response = Response { status: 200, headers: Headers::new(), body: Body::Json(json.to_owned()) };
    let exchange =
        Exchange { started_at: None, elapsed_ms: None, request: None, outcome: Outcome::Response(response) };
    Pair { id: "op/1".to_owned(), operation: "op".to_owned(), legacy: vec![exchange], ..Pair::default() }
}

fn check_error(text: &str, expected: &str) {
    let message = parse(text).expect_err(text).to_string();
    assert_eq!(message, expected);
    assert_eq!(message.lines().count(), 1);
}

fn check_read(text: &str, expected: &Pair) {
    assert_eq!(parse(text).as_ref(), Ok(expected), "{text}");
}

#[test]
fn a_pair_is_written_as_it_was_read() {
    let pair = parse(WHOLE).expect("the pair is valid");
    assert_eq!(to_pretty(&pair), WHOLE);
    let line = to_line(&pair);
    assert!(!line.contains('\n'), "a line has no line end in it");
    assert_eq!(to_pretty(&parse(&line).expect("the line is valid")), WHOLE);
}

#[test]
fn a_pair_is_read_whole() {
    let pair = parse(WHOLE).expect("the pair is valid");
    assert_eq!(pair.kind, PairKind::Collection);
    assert_eq!(pair.account.as_deref(), Some("acme-hubspot"));
    assert_eq!(pair.recorded_at.as_deref(), Some("2026-11-20T09:30:00.125Z"));
    assert_eq!(pair.redaction, Some(Redaction::by_key(1, "9f3a01c2".to_owned())));
    let request = Request {
        method: "POST".to_owned(),
        url: "https://api.example/unified?x=1".to_owned(),
        headers: Headers::new(),
        body: Body::Text("a=1&b=2".to_owned()),
    };
    let failure = Failure { kind: FailureKind::TooLarge, detail: "over 10 MB".to_owned() };
    let expected = Exchange {
        started_at: None,
        elapsed_ms: Some(10_000),
        request: Some(request),
        outcome: Outcome::Failure(failure),
    };
    assert_eq!(pair.new, [expected]);
    let headers = pair.legacy[0].request.as_ref().map(|request| request.headers.clone());
    let expected = Headers::from([
        ("accept".to_owned(), vec!["application/json".to_owned()]),
        ("via".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
    ]);
    assert_eq!(headers, Some(expected));
    assert_eq!((pair.source.len(), pair.legacy_repeats.len(), pair.new_repeats.len()), (1, 1, 0));
}

#[test]
fn what_is_optional_may_be_absent() {
    let expected = Pair { id: "op/1".to_owned(), operation: "op".to_owned(), ..Pair::default() };
    check_read(&smallest(""), &expected);
    check_read(&smallest(r#","kind":"request","legacy":[],"new":[],"source":[],"repeats":{}"#), &expected);
}

#[test]
fn the_order_of_the_envelopes_keys_does_not_matter() {
    let expected = Pair { id: "op/1".to_owned(), operation: "op".to_owned(), ..Pair::default() };
    check_read(r#"{"new":[],"operation":"op","id":"op/1","version":1}"#, &expected);
}

#[test]
fn every_kind_has_its_word() {
    for (kind, word) in PairKind::ALL {
        let text = smallest(&format!(r#","kind":"{word}""#));
        assert_eq!(parse(&text).map(|pair| pair.kind), Ok(kind));
    }
    for (kind, word) in FailureKind::ALL {
        let text = exchange(&format!(r#""failure":{{"kind":"{word}","detail":""}}"#));
        let outcome = parse(&text).map(|pair| pair.legacy[0].outcome.clone());
        assert_eq!(outcome, Ok(Outcome::Failure(Failure { kind, detail: String::new() })));
    }
}

#[test]
fn an_unknown_version_is_named_whatever_else_is_there() {
    for (version, expected) in [("2", "2"), ("0", "0"), ("1.0", "1.0"), ("\"1\"", "\"1\""), ("null", "null")]
    {
        let text = format!(r#"{{"streams":[1],"version":{version},"id":7}}"#);
        check_error(&text, &format!("the pair is of version {expected}, and this program reads version 1"));
        let text = format!(r#"{{"version":{version},"id":"op/1","operation":"op"}}"#);
        assert_eq!(parse(&text), Err(FormatError::UnknownVersion { found: expected.to_owned() }));
    }
    check_error(
        r#"{"id":"op/1","operation":"op"}"#,
        "not a pair: missing field `version` at line 1 column 30",
    );
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest() {
    check_error(
        &smallest(r#","legcy":[]"#),
        "not a pair: unknown key `legcy`, did you mean `legacy`? at line 1 column 49",
    );
    check_error(
        &exchange("\n\"respons\":{}"),
        "not a pair: unknown key `respons`, did you mean `response`? at line 2 column 9",
    );
    check_error(
        &exchange(r#""request":{"method":"GET","url":"/","query":{}}"#),
        "not a pair: unknown key `query`, expected one of method, url, headers, body at line 1 column 96",
    );
    check_error(
        &smallest(r#","kind":"colection""#),
        "not a pair: unknown word `colection`, did you mean `collection`? at line 1 column 60",
    );
    check_error(
        &exchange(r#""failure":{"kind":"meteor","detail":""}"#),
        "not a pair: unknown word `meteor`, expected one of timeout, connect, reset, tls, too_large, protocol, refused, dropped at line 1 column 79",
    );
}

#[test]
fn a_hostile_key_does_not_make_a_hostile_message() {
    let text = smallest(&format!(r#","{}\n\u001b[31m`, expected `x`":1"#, "k".repeat(1_000_000)));
    let message = parse(&text).expect_err("the key is unknown").to_string();
    assert_eq!(message.lines().count(), 1);
    assert!(message.len() < 600 && !message.contains('\u{1b}'), "{message}");
}

#[test]
fn a_key_that_stands_twice_in_the_envelope_is_an_error() {
    check_error(&smallest(r#","id":"op/2""#), "not a pair: duplicate field `id` at line 1 column 46");
    check_error(
        &exchange(r#""response":{"status":200,"headers":{"a":"1","A":"2"}}"#),
        "not a pair: the header `A` twice at line 1 column 105",
    );
}

#[test]
fn what_is_of_the_wrong_type_is_an_error() {
    check_error("[]", "not a pair: invalid type: sequence, expected an object at line 1 column 1");
    check_error(
        &smallest(r#","legacy":{}"#),
        "not a pair: invalid type: map, expected a sequence at line 1 column 51",
    );
    check_error(
        &smallest(r#","account":null"#),
        "not a pair: invalid type: null, expected a string at line 1 column 56",
    );
    check_error(
        &exchange(r#""request":["GET","/"],"response":{"status":200}"#),
        "not a pair: invalid type: sequence, expected an object at line 1 column 63",
    );
    check_error(
        &exchange(r#""response":{"status":200,"headers":{"a":1}}"#),
        "not a pair: invalid type: integer `1`, expected a header's value, or a list of its values at line 1 column 94",
    );
}

#[test]
fn an_exchange_has_exactly_one_outcome_and_a_body_one_form() {
    check_error(
        &exchange(""),
        "not a pair: an exchange with neither `response` nor `failure` at line 1 column 55",
    );
    check_error(
        &exchange(r#""response":{"status":200},"failure":{"kind":"reset","detail":""}"#),
        "not a pair: an exchange with both `response` and `failure` at line 1 column 119",
    );
    for body in ["{}", r#"{"json":1,"text":""}"#] {
        let text = exchange(&format!(r#""response":{{"status":200,"body":{body}}}"#));
        let message = parse(&text).expect_err("the body is wrong").to_string();
        assert!(
            message
                .starts_with("not a pair: a body that has not exactly one of `json`, `text` and `base64` at")
        );
    }
    for base64 in ["A", "A===", "AA=A", "A-_=", "AAAA\\n"] {
        let text = exchange(&format!(r#""response":{{"status":200,"body":{{"base64":"{base64}"}}}}"#));
        let message = parse(&text).expect_err(base64).to_string();
        assert!(
            message.starts_with("not a pair: a body's `base64` that is not standard Base64 with padding at")
        );
    }
    for status in [0, 99, 1000] {
        let text = exchange(&format!(r#""response":{{"status":{status}}}"#));
        let message = parse(&text).expect_err("the status is wrong").to_string();
        assert!(message.starts_with("not a pair: a response's `status` that has not three digits at"));
    }
}

#[test]
fn an_id_that_could_leave_the_recording_is_refused() {
    for (id, operation, expected) in [
        ("", "op", "the id is not the pair's operation, a `/` and a name"),
        ("other/1", "op", "the id is not the pair's operation, a `/` and a name"),
        ("/etc/passwd", "", "the operation is empty"),
        ("op/../../x", "op", "the id has a part `.` or `..`"),
        ("op/a\\u0000b", "op", "the id has a control character"),
    ] {
        let text = format!(r#"{{"version":1,"id":"{id}","operation":"{operation}"}}"#);
        check_error(&text, &format!("not a pair: {expected} at line 1 column 1"));
    }
}

#[test]
fn a_pair_torn_at_any_byte_is_an_error() {
    let whole = WHOLE.trim_end();
    for end in 0..whole.len() {
        let Some(torn) = whole.get(..end) else { continue };
        // A number that is cut after its point is wrong before it is torn.
        let in_number = torn.ends_with('.') || torn.ends_with('-') || torn.ends_with("1e");
        match parse(torn).expect_err("a torn pair is no pair") {
            FormatError::Torn { .. } => {}
            FormatError::Wrong { what, .. } if in_number => assert_eq!(what, "invalid number"),
            error => panic!("{end}: {error}"),
        }
    }
    assert!(parse(whole).is_ok());
    check_error(&format!("{whole}x"), "not a pair: trailing characters at line 85 column 2");
    check_error("", "the pair is torn: its text ends at line 1 column 1");
}

#[test]
fn a_body_null_is_a_body() {
    let pair = with_json("null");
    check_read(&to_line(&pair), &pair);
}

#[test]
fn a_body_keeps_all_but_its_white_space() {
    let body =
        r#"{"z":1.10,"a":1e400,"z":9007199254740993,"\ud83d":"\ud83d","n":"\u0000","d":0.1000,"e":1E+2}"#;
    check_read(&to_line(&with_json(body)), &with_json(body));
    let spaced = body.replace(",\"", " ,\r\n\t\"");
    check_read(&to_line(&with_json(&spaced)), &with_json(body));
    let pretty = parse(&to_pretty(&with_json(body))).expect("it reads back");
    check_read(&to_line(&pretty), &with_json(body));
}

#[test]
fn a_body_may_be_nested_a_hundred_thousand_levels() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let pair = with_json(&deep);
    check_read(&to_line(&pair), &pair);
    assert!(parse(&to_pretty(&pair)).is_ok());
}

#[test]
fn nesting_outside_a_body_is_one_line_of_error() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check_error(&deep, "not a pair: invalid type: sequence, expected an object at line 1 column 1");
    check_error(
        &smallest(&format!(r#","legacy":{deep}"#)),
        "not a pair: invalid type: sequence, expected an object at line 1 column 52",
    );
    check_error(
        &smallest(&format!(r#","x":{deep}"#)),
        "not a pair: unknown key `x`, expected one of version, id, operation, kind, account, recorded_at, legacy, new, source, repeats, redaction at line 1 column 45",
    );
}

#[test]
fn a_body_that_calls_itself_json_and_is_none_is_written_as_text() {
    for torn in ["{\"a\":", "", "{} {}", "NaN"] {
        let mut expected = with_json(torn);
        if let Outcome::Response(response) = &mut expected.legacy[0].outcome {
            response.body = Body::Text(torn.to_owned());
        }
        check_read(&to_line(&with_json(torn)), &expected);
    }
}

#[test]
fn headers_are_written_in_lower_case_and_sorted() {
    let mut pair = with_json("1");
    if let Outcome::Response(response) = &mut pair.legacy[0].outcome {
        response.headers = Headers::from([
            ("X-B".to_owned(), vec!["2".to_owned()]),
            ("a".to_owned(), vec!["1".to_owned()]),
            ("x-b".to_owned(), vec!["3".to_owned()]),
            ("none".to_owned(), vec![]),
        ]);
    }
    let line = to_line(&pair);
    assert!(line.contains(r#""headers":{"a":"1","x-b":["2","3"]}"#), "{line}");
    assert!(parse(&line).is_ok());
}

#[test]
fn an_id_is_found_without_reading_the_rest() {
    assert_eq!(id(WHOLE).as_deref(), Some("crm.contacts.list/acme-0001"));
    assert_eq!(id(r#"{"id":"\u0061","future":[]}"#).as_deref(), Some("a"));
    assert_eq!(id("{"), None);
    assert_eq!(id("[\"op/1\"]"), None);
}

#[test]
fn no_byte_that_is_changed_makes_the_reader_panic() {
    for at in 0..WHOLE.len() {
        for byte in *b"\0\"{}[]:,\\0-x " {
            let mut bytes = WHOLE.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes)
                && let Ok(pair) = parse(text)
            {
                assert_eq!(parse(&to_line(&pair)).map(|pair| pair.id), Ok(pair.id));
            }
        }
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::strategy::Just(Value::Null),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z\"\\\\ é]{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pair_reads_back_equal(
        json in json_value(),
        text in any::<String>(),
        name in "[^/\\\\\\.\\p{Cc}]{1,20}",
        elapsed_ms in any::<Option<u64>>(),
        header in prop::collection::vec("[ -~]{0,8}", 1..3),
    ) {
        let mut pair = with_json(&json.to_string());
        pair.id = format!("op/{name}");
        pair.account = Some(name);
        pair.legacy[0].elapsed_ms = elapsed_ms;
        let failure = Failure { kind: FailureKind::Reset, detail: String::new() };
        pair.new = vec![Exchange {
            started_at: None,
            elapsed_ms,
            request: Some(Request {
                method: "GET".to_owned(),
                url: "/".to_owned(),
                headers: Headers::from([
                    ("x".to_owned(), header),
                    ("content-type".to_owned(), vec!["text/plain".to_owned()]),
                ]),
                body: Body::Text(text),
            }),
            outcome: Outcome::Failure(failure),
        }];
        crate::secrets::remove(&mut pair);
        prop_assert_eq!(parse(&to_line(&pair)), Ok(pair.clone()));
        let pretty = parse(&to_pretty(&pair)).map(|read| to_line(&read));
        prop_assert_eq!(pretty, Ok(to_line(&pair)));
    }
}
