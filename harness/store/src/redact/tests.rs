//! What redaction replaces, what it leaves, and what goes through it unchanged.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compare::model::{Body, Exchange, Headers, Outcome, Pair, Redacted, Redaction, Request, Response};

use super::*;

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::from_bytes([42; KEY_BYTES]), Lists::default())
}

fn response(body: Body, media_type: &str) -> Exchange {
    let headers = Headers::from([("content-type".to_owned(), vec![media_type.to_owned()])]);
    let outcome = Outcome::Response(Response { status: 200, headers, body });
    Exchange { started_at: None, elapsed_ms: None, request: None, outcome }
}

fn pair_of(legacy: Body, new: Body, media_type: &str) -> Pair {
    Pair {
        id: "op/1".to_owned(),
        operation: "op".to_owned(),
        legacy: vec![response(legacy, media_type)],
        new: vec![response(new, media_type)],
        ..Pair::default()
    }
}

fn body(exchanges: &[Exchange]) -> &str {
    let Outcome::Response(Response { body, .. }) = &exchanges[0].outcome else { panic!("it is a response") };
    match body {
        Body::Absent => "",
        Body::Json(text) | Body::Text(text) | Body::Base64(text) => text,
    }
}

fn redacted(mut pair: Pair) -> [String; 2] {
    redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    [body(&pair.legacy).to_owned(), body(&pair.new).to_owned()]
}

#[test]
fn a_line_is_what_the_redacted_pair_is_written_as() {
    let jose =
        "{ \"name\": \"Jos\\u00e9\", \"password\": \"x\",\"note\":\"see https://u:p@h.example/?sig=a\" }";
    let bodies = [
        Body::Json(
            r#"{"id":84106,"name":"Ada","x":"{\"name\":\"Ada\",\"token\":\"t\"}","at":"2026-01-02"}"#
                .to_owned(),
        ),
        Body::Json(jose.to_owned()),
        Body::Json("{\"name\":\"Ada".to_owned()),
        Body::Json("{\"password\":1.2.3}".to_owned()),
        Body::Text("first_name=Ada&password=x".to_owned()),
        Body::Base64(STANDARD.encode(r#"{"name":"Lovelace"}"#)),
        Body::Base64(STANDARD.encode([0xff, 0xfe])),
        Body::Absent,
    ];
    let (mut one, mut other) = (redactor(), redactor());
    let protected = ProtectedWords::default();
    for (index, legacy) in bodies.iter().enumerate() {
        for new in &bodies {
            let mut pair = pair_of(legacy.clone(), new.clone(), "application/json");
            pair.id = format!("op/84106-{index}");
            let headers = Headers::from([
                ("authorization".to_owned(), vec!["Bearer x".to_owned()]),
                ("location".to_owned(), vec!["/a?token=t".to_owned(), "/b".to_owned()]),
                ("x-user-name".to_owned(), vec!["Ada \"q\"".to_owned()]),
            ]);
            let url = "/contacts/84106?email=ada%40x.example&api_key=k".to_owned();
            let request = Request { method: "GET".to_owned(), url, headers, body: Body::Absent };
            pair.legacy[0].request = Some(request);
            pair.legacy_repeats = vec![pair.new.clone()];
            let line = one.line(pair.clone(), &protected).expect("it was not redacted before");
            other.redact(&mut pair, &protected).expect("it was not redacted before");
            assert_eq!((line.text(), line.id()), (crate::format::to_line(&pair).as_str(), pair.id.as_str()));
            let again = one.line(pair.clone(), &protected).expect("the key is the same");
            assert_eq!(again.text(), line.text());
        }
    }
}

#[test]
fn what_was_found_out_of_a_text_in_a_header_does_not_hide_what_it_is_in_json() {
    let text = "/p/42?sig=abc&x=1";
    let nested = "{%22name%22:%22Ada%22}";
    let json = format!(r#"{{"u":"{text}","x":"{nested}"}}"#);
    let mut pair = pair_of(Body::Json(json), Body::Absent, "application/json");
    let Outcome::Response(response) = &mut pair.legacy[0].outcome else { panic!("it is a response") };
    response.headers.insert("x-path".to_owned(), vec![text.to_owned(), nested.to_owned()]);
    let line = redactor().line(pair.clone(), &ProtectedWords::default()).expect("it was not redacted before");
    let back = crate::format::parse(line.text()).expect("it is a pair");
    assert!(body(&back.legacy).contains("sig=[removed]"), "{}", body(&back.legacy));
    redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    assert_eq!(body(&pair.legacy), body(&back.legacy));
}

#[test]
fn names_of_headers_are_lowered_before_their_values_are_read_in_their_order() {
    let text = |text: &str| vec![text.to_owned()];
    let mut pair = pair_of(Body::Json(r#"{"name":"Ada"}"#.to_owned()), Body::Absent, "application/json");
    let Outcome::Response(response) = &mut pair.legacy[0].outcome else { panic!("it is a response") };
    // In the order of the bytes the one with capitals comes first, and as it is written last.
    response.headers = Headers::from([
        ("X-Email".to_owned(), text("ada@lovelace.example, and what is longer than others")),
        ("a".to_owned(), text("short")),
        ("b-name".to_owned(), text("Ada")),
    ]);
    let line = redactor().line(pair.clone(), &ProtectedWords::default()).expect("it was not redacted before");
    redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    assert_eq!(line.text(), crate::format::to_line(&pair));
    assert!(line.text().contains(r#""a":"short""#) && !line.text().contains("lovelace"), "{}", line.text());
}

#[test]
fn a_line_is_refused_where_a_reader_would_refuse_it() {
    let mut pair = pair_of(Body::Absent, Body::Absent, "text/plain");
    let Outcome::Response(response) = &mut pair.new[0].outcome else { panic!("it is a response") };
    response.status = 7;
    let refused = redactor().line(pair.clone(), &ProtectedWords::default());
    assert!(matches!(refused, Err(LineError::Pair(StoreError::Unreadable { .. }))), "{refused:?}");
    pair.id = "other/1".to_owned();
    let refused = redactor().line(pair, &ProtectedWords::default());
    assert!(matches!(refused, Err(LineError::Pair(StoreError::Id { .. }))), "{refused:?}");
}

#[test]
fn what_is_remembered_changes_nothing_of_the_next_pair() {
    // More names, words and texts than are remembered, so that the memory is emptied now and then.
    let mut warm = redactor();
    let protected = ProtectedWords::default();
    for n in 0..3_000_u32 {
        let text =
            format!(r#"{{"id":{n}1234567,"name":"Ada N{n} x{n}","f{n}":"plain {n}","y":"ada {}"}}"#, n / 2);
        let mut pair = pair_of(Body::Json(text), Body::Absent, "application/json");
        let mut same = pair.clone();
        warm.redact(&mut pair, &protected).expect("it was not redacted before");
        if n % 100 == 7 {
            redactor().redact(&mut same, &protected).expect("it was not redacted before");
            assert_eq!(pair, same, "{n}");
        }
    }
}

/// The two bodies, redacted as the sides of one pair.
fn json(legacy: &str, new: &str) -> [String; 2] {
    redacted(pair_of(Body::Json(legacy.to_owned()), Body::Json(new.to_owned()), "application/json"))
}

/// The pseudonym of one word, as the redactor makes it.
fn of(word: &str) -> String {
    let [pseudonym, _] = json(&format!("{{\"name\":\"{word}\"}}"), "{}");
    pseudonym["{\"name\":\"".len()..pseudonym.len() - 2].to_owned()
}

/// What redaction makes of a body; each word in `<…>` is expected to be that word's pseudonym.
fn check(text: &str, expected: &str) {
    let mut whole = String::new();
    for (index, part) in expected.split(['<', '>']).enumerate() {
        if index % 2 == 0 { whole.push_str(part) } else { whole.push_str(&of(part)) }
    }
    assert_eq!(json(text, "null")[0], whole, "{text}");
}

#[test]
fn fields_with_a_personal_name_lose_their_words_and_all_else_stays_to_the_letter() {
    check(
        r#"{ "first_name":"Ada", "n": 1.10,"b":[true ,null], "first_name":"Byron","created_at":"2026-01-02","amount":"12.50","currency":"EUR","status":"active","tags":["x\u00e9"]}"#,
        r#"{ "first_name":"<Ada>", "n": 1.10,"b":[true ,null], "first_name":"<Byron>","created_at":"2026-01-02","amount":"12.50","currency":"EUR","status":"active","tags":["x\u00e9"]}"#,
    );
    check(r#"{"id":713492963559}"#, r#"{"id":<713492963559>}"#);
    check(r#"{"id":"713492963559","x":713492963559}"#, r#"{"id":"<713492963559>","x":<713492963559>}"#);
    check(
        r#"{"address":{"line1":"Main Str. 5","type":"home"}}"#,
        r#"{"address":{"line1":"<Main> <Str>. <5>","type":"home"}}"#,
    );
    check(r#"{"firstname":{"value":"Ada"}}"#, r#"{"firstname":{"value":"<Ada>"}}"#);
    check(
        r#"[{"name":"Email","value":"ada lovelace"},{"name":"Plan","value":"gold"}]"#,
        r#"[{"name":"Email","value":"<ada> <lovelace>"},{"name":"<Plan>","value":"gold"}]"#,
    );
    check(r#"{"status":{"id":"3","name":"Done"}}"#, r#"{"status":{"id":"3","name":"Done"}}"#);
}

#[test]
fn a_word_that_is_personal_at_one_place_is_replaced_at_every_place() {
    check(
        r#"{"first":"Ada","last":"Lovelace","label":"ADA LOVELACE","x":"lovelace, ada","url":"https://x.example/p/ada-lovelace"}"#,
        r#"{"first":"<Ada>","last":"<Lovelace>","label":"<ADA> <LOVELACE>","x":"<lovelace>, <ada>","url":"https://x.example/p/<ada>-<lovelace>"}"#,
    );
    // A short id alone is a quantity; in a URL it is an id.
    check(
        r#"{"id":42,"n":"42","m":42,"url":"https://x.example/p/42","key":"acct:42"}"#,
        r#"{"id":<42>,"n":"42","m":42,"url":"https://x.example/p/<42>","key":"acct:<42>"}"#,
    );
    // An initial beside a name is one.
    check(
        r#"{"name":"Ada B Lovelace","x":"Ada B","y":"B"}"#,
        r#"{"name":"<Ada> <B> <Lovelace>","x":"<Ada> <B>","y":"B"}"#,
    );
}

#[test]
fn looks_are_found_where_no_name_tells() {
    check(r#"{"x":"mail ada@lovelace.example now"}"#, r#"{"x":"mail <ada>@<lovelace>.example now"}"#);
    check(r#"{"x":"+44 20 7946 0018"}"#, r#"{"x":"+<44> <20> <7946> <0018>"}"#);
    check(
        r#"{"ada@lovelace.example":1,"name":"title"}"#,
        r#"{"<ada>@<lovelace>.example":1,"name":"<title>"}"#,
    );
}

#[test]
fn every_way_of_writing_a_word_is_that_word() {
    check(r#"{"name":"Jos\u00e9 \ud83d\ude00"}"#, r#"{"name":"<Jos\u00e9> \ud83d\ude00"}"#);
    let [legacy, new] = json(
        r#"{"name":"José"}"#,
        "{\"x\":\"/p/Jos%C3%A9\",\"y\":\"JOSE\u{301} Jose\",\"z\":\"Jos\\u00E9\"}",
    );
    use unicode_normalization::UnicodeNormalization;
    let plain: String = of("José").nfd().filter(char::is_ascii).collect();
    let bare: String = legacy.nfd().collect();
    let base = &plain;
    assert!(bare.contains(base.as_str()), "{bare} {base}");
    assert!(new.contains(&format!(" {plain}\"")), "without marks it is the same word: {new}");
    assert!(!new.contains("Jos"), "{new}");
}

#[test]
fn json_in_a_string_and_base64_of_a_text_are_looked_into() {
    check(r#"{"x":"{\"name\":\"Ada\",\"n\":1}"}"#, r#"{"x":"{\"name\":\"<Ada>\",\"n\":1}"}"#);
    let inner = STANDARD.encode(r#"{"name":"Lovelace"}"#);
    let expected = STANDARD.encode(format!(r#"{{"name":"{}"}}"#, of("Lovelace")));
    check(&format!(r#"{{"x":"{inner}"}}"#), &format!(r#"{{"x":"{expected}"}}"#));
    check(
        r#"{"x":"{\"access_token\":\"Lovelace\"}","y":"Lovelace"}"#,
        r#"{"x":"{\"access_token\":\"[removed]\"}","y":"Lovelace"}"#,
    );
    let bytes = Body::Base64(STANDARD.encode(r#"{"name":"Lovelace"}"#));
    let [legacy, new] = redacted(pair_of(bytes.clone(), bytes, "application/octet-stream"));
    assert_eq!((legacy.as_str(), new), (expected.as_str(), expected.clone()));
}

#[test]
fn bytes_that_are_no_text_leave_only_whether_they_are_equal() {
    let one = Body::Base64(STANDARD.encode([0xff, 0xfe, 1]));
    let other = Body::Base64(STANDARD.encode([0xff, 0xfe, 2]));
    let [legacy, new] = redacted(pair_of(one.clone(), one.clone(), "image/png"));
    assert_eq!(legacy, new);
    let text = STANDARD.decode(&legacy).expect("it is Base64");
    assert!(text.starts_with(b"[binary removed: 3 bytes, "), "{}", String::from_utf8_lossy(&text));
    let [legacy, new] = redacted(pair_of(one, other, "image/png"));
    assert_ne!(legacy, new);
}

#[test]
fn forms_elements_and_plain_text_are_looked_into() {
    let text = |text: &str, media_type: &str| {
        let body = Body::Text(text.to_owned());
        redacted(pair_of(body.clone(), body, media_type))[0].clone()
    };
    assert_eq!(
        text("first_name=Ada%20B&plan=gold&x=ADA", "application/x-www-form-urlencoded"),
        format!("first_name={}%20{}&plan=gold&x={}", of("Ada"), of("B"), of("ADA"))
    );
    assert_eq!(
        text(
            "<?xml version=\"1.0\"?><c:Customer domain=\"QBO\"><GivenName>Ada</GivenName><Plan>gold</Plan><BillAddr><Line>Main</Line></BillAddr><!-- Ada --></c:Customer>",
            "text/xml"
        ),
        format!(
            "<?xml version=\"1.0\"?><c:Customer domain=\"{}\"><GivenName>{}</GivenName><Plan>gold</Plan><BillAddr><Line>{}</Line></BillAddr><!-- {} --></c:Customer>",
            of("QBO"),
            of("Ada"),
            of("Main"),
            of("Ada")
        )
    );
    assert_eq!(text("Ada, hello", "text/plain"), format!("{}, {}", of("Ada"), of("hello")));
    assert_eq!(text("{\"name\":\"Ada", "application/json"), format!("{{\"name\":\"{}", of("Ada")));
}

#[test]
fn requests_headers_and_the_name_of_the_pair_are_redacted() {
    let mut pair =
        pair_of(Body::Json(r#"{"id":"84106","name":"Ada"}"#.to_owned()), Body::Absent, "application/json");
    pair.id = "op/84106".to_owned();
    let headers = Headers::from([
        ("x-user-name".to_owned(), vec!["Ada".to_owned()]),
        ("user-agent".to_owned(), vec!["ada/1".to_owned()]),
        ("authorization".to_owned(), vec!["Bearer x".to_owned()]),
    ]);
    let url = "/contacts/84106?email=ada%40x.example&api_key=k".to_owned();
    pair.legacy[0].request = Some(Request { method: "GET".to_owned(), url, headers, body: Body::Absent });
    redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    let request = pair.legacy[0].request.as_ref().expect("it stays");
    let (id, ada) = (of("84106"), of("ada"));
    assert_eq!(request.url, format!("/contacts/{id}?email={ada}%40{}.example&api_key=[removed]", of("x")));
    assert_eq!(request.headers["x-user-name"], [of("Ada")]);
    assert_eq!(request.headers["user-agent"], ["ada/1"]);
    assert_eq!(request.headers["authorization"], ["[removed]"]);
    assert_eq!(pair.id, format!("op/{id}-{}", &redactor().digest("op/84106")[..NAME_DIGITS]));
    assert_eq!(pair.redaction, Some(Redaction::by_key(VERSION, redactor().fingerprint().to_owned())));
}

#[test]
fn an_id_that_is_a_field_s_name_in_the_pair_stays_as_the_field_does() {
    let [legacy, new] = json(
        r#"{"custom":[{"id":"custentity_region","value":"North"},{"id":"custentity_other","value":1}],"owner_id":"Region","last_name":"region"}"#,
        r#"{"custentity_region":"North","region":"x","property_name":"custentity_region","id":"ada"}"#,
    );
    let value = |text: &str, pointer: &str| {
        let json: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        json.pointer(pointer).and_then(|value| value.as_str()).expect("it is a text").to_owned()
    };
    assert_eq!(value(&legacy, "/custom/0/id"), "custentity_region");
    assert_eq!(value(&new, "/custentity_region"), value(&legacy, "/custom/0/value"));
    assert_eq!(value(&new, "/property_name"), "custentity_region");
    // No field has that name, or not that very one; and a person may be called like a field.
    assert_ne!(value(&legacy, "/custom/1/id"), "custentity_other");
    assert_eq!(value(&legacy, "/owner_id"), of("Region"));
    assert_eq!(value(&legacy, "/last_name"), of("region"));
    assert_eq!(value(&new, "/id"), of("ada"));
}

#[test]
fn names_that_would_come_to_the_same_stay_two_and_within_the_limit() {
    // A word of one digit is replaced in the name only where it is personal in the pair.
    let names = |body: &dyn Fn(u32) -> String| -> BTreeSet<String> {
        let name = |n: u32| {
            let mut pair = pair_of(Body::Json(body(n)), Body::Absent, "application/json");
            pair.id = format!("op/row-{n}");
            redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
            pair.id
        };
        (0..10).map(name).collect()
    };
    let some = |n: u32| if n.is_multiple_of(2) { format!("{{\"id\":\"{n}\"}}") } else { "{}".to_owned() };
    assert_eq!(names(&some).len(), 10);
    let stays: BTreeSet<String> = (0..10).map(|n| format!("op/row-{n}")).collect();
    assert_eq!(names(&|_| "{}".to_owned()), stays);
    let mut pair = pair_of(Body::Json(r#"{"name":"é"}"#.to_owned()), Body::Absent, "application/json");
    pair.id = format!("op/{}", "é ".repeat(400)).trim_end().to_owned();
    pair.id.truncate(id::ID_BYTES_MAX - 1);
    redactor().redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    assert_eq!(id::check_id(&pair.id, "op"), Ok(()));
}

#[test]
fn joining_splitting_trimming_and_changing_case_commute() {
    let [legacy, new] = json(
        r#"{"full":"Ada Lovelace","listed":"lovelace, ada","mail":"ADA@LOVELACE.EXAMPLE","page_url":"https://x.example/c/007001?z=ada"}"#,
        r#"{"first":"Ada","last":"Lovelace","mail":"ada@lovelace.example","id":"7001"}"#,
    );
    let value = |text: &str, name: &str| {
        let json: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        json[name].as_str().expect("it is a text").to_owned()
    };
    let (first, last, id) = (value(&new, "first"), value(&new, "last"), value(&new, "id"));
    assert_ne!((first.as_str(), last.as_str()), ("Ada", "Lovelace"));
    assert_eq!(value(&legacy, "full"), format!("{first} {last}"));
    assert_eq!(value(&legacy, "listed"), format!("{last}, {first}").to_lowercase());
    assert_eq!(value(&legacy, "mail"), value(&new, "mail").to_uppercase());
    assert_eq!(value(&legacy, "page_url"), format!("https://x.example/c/00{id}?z={}", first.to_lowercase()));
}

#[test]
fn what_a_mapping_tests_is_not_replaced_and_nothing_becomes_it() {
    let protected = ProtectedWords::of(["primary Customer", "x-7"]);
    let text = r#"{"name":"Primary Ada","last":"CUSTOMER 7"}"#;
    let mut pair = pair_of(Body::Json(text.to_owned()), Body::Absent, "application/json");
    redactor().redact(&mut pair, &protected).expect("it was not redacted before");
    assert_eq!(body(&pair.legacy), format!(r#"{{"name":"Primary {}","last":"CUSTOMER 7"}}"#, of("Ada")));
}

#[test]
fn the_lists_of_the_user_are_followed() {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let lists = Lists::new(&texts(&["plan"]), &texts(&["name"]), &texts(&["acme"]));
    let mut redactor = Redactor::new(RedactionKey::from_bytes([42; KEY_BYTES]), lists);
    let text = r#"{"name":"Ada","plan":"gold","born":"1815-12-10","x":"by Acme"}"#;
    let mut pair = pair_of(Body::Json(text.to_owned()), Body::Absent, "application/json");
    redactor.redact(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    let expected =
        format!(r#"{{"name":"Ada","plan":"{}","born":"1815-12-10","x":"by {}"}}"#, of("gold"), of("Acme"));
    assert_eq!(body(&pair.legacy), expected);
}

#[test]
fn a_pair_is_redacted_once_and_under_one_key() {
    let mut pair = pair_of(Body::Json(r#"{"name":"Ada"}"#.to_owned()), Body::Absent, "application/json");
    let protected = ProtectedWords::default();
    redactor().redact(&mut pair, &protected).expect("it was not redacted before");
    let once = pair.clone();
    redactor().redact(&mut pair, &protected).expect("the key is the same");
    assert_eq!(pair, once);
    let mut other = Redactor::new(RedactionKey::from_bytes([43; KEY_BYTES]), Lists::default());
    let error = other.redact(&mut pair, &protected).expect_err("the key is another");
    let [found, wanted] = [redactor().fingerprint().to_owned(), other.fingerprint().to_owned()];
    assert_eq!(error, RedactError::OtherKey { id: "op/1".to_owned(), found, wanted });
    pair.redaction = Some(Redaction { version: VERSION, by: Redacted::Nothing });
    assert!(other.redact(&mut pair, &protected).is_ok(), "kept in clear, it may be redacted later");
}

#[test]
fn a_side_that_comes_later_has_the_same_pseudonyms_and_shares_what_is_personal() {
    let legacy = r#"{"name":"Ada","note_by":"Byron","x":"Annabella"}"#;
    let new = r#"{"label":"ada byron","who":{"name":"Annabella"},"first":"Ada","y":"Lovelace"}"#;
    let mut pair = pair_of(Body::Json(legacy.to_owned()), Body::Absent, "application/json");
    pair.new.clear();
    let protected = ProtectedWords::default();
    redactor().redact(&mut pair, &protected).expect("it was not redacted before");
    assert!(body(&pair.legacy).contains("Annabella"), "nothing tells that it is a name");
    let mut added = vec![response(Body::Json(new.to_owned()), "application/json")];
    redactor().complete(&mut pair, &mut added, &protected).expect("the key is the same");
    assert_eq!(
        body(&added),
        format!(
            r#"{{"label":"{} byron","who":{{"name":"{}"}},"first":"{}","y":"Lovelace"}}"#,
            of("ada"),
            of("Annabella"),
            of("Ada")
        )
    );
    let expected = format!(r#"{{"name":"{}","note_by":"Byron","x":"{}"}}"#, of("Ada"), of("Annabella"));
    assert_eq!(body(&pair.legacy), expected);
    // A word that is a pseudonym on the other side is personal here, whatever its field is called.
    let mut added = vec![response(Body::Json(r#"{"z":"annabella"}"#.to_owned()), "application/json")];
    redactor().complete(&mut pair, &mut added, &protected).expect("the key is the same");
    assert_eq!(body(&added), format!(r#"{{"z":"{}"}}"#, of("annabella")));
    let mut other = Redactor::new(RedactionKey::from_bytes([43; KEY_BYTES]), Lists::default());
    other.complete(&mut pair, &mut added, &protected).expect_err("the key is another");
}

#[test]
fn what_was_replaced_is_explained() {
    let text =
        r#"{"data":[{"email":"ada@x.example"},{"x":"call +442079460018"}],"note":"2026-01-01","y":"ada"}"#;
    let mut pair = pair_of(Body::Json(text.to_owned()), Body::Absent, "application/json");
    let replaced =
        redactor().explain(&mut pair, &ProtectedWords::default()).expect("it was not redacted before");
    let told: Vec<_> = replaced
        .iter()
        .map(|replaced| (replaced.place.as_str(), replaced.why, replaced.old.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("legacy[0].response.body $.data[0].email", Why::Field(Kind::Email), "ada@x.example"),
            ("legacy[0].response.body $.data[1].x", Why::Look(Kind::Phone), "call +442079460018"),
            ("legacy[0].response.body $.y", Why::Elsewhere, "ada"),
        ]
    );
}

#[test]
fn broken_and_hostile_texts_do_not_panic() {
    for text in [
        "",
        "\"",
        "{\"name\":\"\\",
        "{\"name\":\"\\u",
        "{\"name\":\"%\\u00e",
        "[[[",
        "{\"a\"}",
        "]",
        "{\"id\":-}",
        "<",
        "<a b=",
        "<![CDATA[",
        "%",
    ] {
        for body in [Body::Json(text.to_owned()), Body::Text(text.to_owned()), Body::Base64(text.to_owned())]
        {
            redacted(pair_of(body.clone(), body, "text/xml"));
        }
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    json(&deep, &format!("{{\"x\":\"{deep}\"}}"));
}
