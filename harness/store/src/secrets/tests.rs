//! Every place where a secret can stand, and those that only look like one.

use std::collections::BTreeMap;

use compare::model::{Body, Exchange, Failure, FailureKind, Headers, Outcome, Pair, Request, Response};
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};

use super::remove;
use crate::format;

fn headers(list: &[(&str, &[&str])]) -> Headers {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    list.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect()
}

fn exchange(url: &str, headers: &Headers, body: &Body) -> Exchange {
    let request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: headers.clone(),
        body: body.clone(),
    };
    let response = Response { status: 200, headers: headers.clone(), body: body.clone() };
    Exchange {
        started_at: None,
        elapsed_ms: None,
        request: Some(request),
        outcome: Outcome::Response(response),
    }
}

/// A pair with the exchange in every list that a pair has.
fn everywhere(exchange: &Exchange) -> Pair {
    let list = vec![exchange.clone()];
    Pair {
        id: "op/1".to_owned(),
        operation: "op".to_owned(),
        legacy: list.clone(),
        new: list.clone(),
        source: list.clone(),
        legacy_repeats: vec![list.clone()],
        new_repeats: vec![list],
        ..Pair::default()
    }
}

fn check(exchange: &Exchange, expected: &Exchange) {
    let mut pair = everywhere(exchange);
    remove(&mut pair);
    let expected = everywhere(expected);
    assert_eq!(pair, expected);
    remove(&mut pair);
    assert_eq!(pair, expected, "removing twice changes nothing");
    assert_eq!(format::parse(&format::to_line(&everywhere(exchange))), Ok(expected.clone()));
}

fn check_json(json: &str, expected: &str) {
    let json_of = |text: &str| exchange("/", &Headers::new(), &Body::Json(text.to_owned()));
    check(&json_of(json), &json_of(expected));
    // A body that is torn loses its secrets as well.
    check_torn(
        &json[..json.trim_end_matches(['}', ']']).len()],
        &expected[..expected.trim_end_matches(['}', ']']).len()],
    );
}

fn check_torn(text: &str, expected: &str) {
    let mut body = Body::Text(text.to_owned());
    super::remove_from_body(&mut body, &headers(&[("content-type", &["application/json"])]));
    assert_eq!(body, Body::Text(expected.to_owned()));
}

fn check_url(url: &str, expected: &str) {
    let none = Headers::new();
    check(&exchange(url, &none, &Body::Absent), &exchange(expected, &none, &Body::Absent));
    let location = |url: &str| exchange("/", &headers(&[("location", &[url])]), &Body::Absent);
    check(&location(url), &location(expected));
}

fn check_text(media_type: &[&str], text: &str, expected: &str) {
    let list: Vec<(&str, &[&str])> = media_type.iter().map(|_| ("content-type", media_type)).collect();
    let with = |text: &str| exchange("/", &headers(&list), &Body::Text(text.to_owned()));
    check(&with(text), &with(expected));
}

#[test]
fn secret_headers_are_removed_and_their_number_stays() {
    for name in [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "apikey",
        "x-account-token",
        "x-auth-token",
        "x-access-token",
        "x-shopify-access-token",
        "x-amz-security-token",
        "x-goog-api-key",
        "ocp-apim-subscription-key",
        "private-token",
        "x-client-secret",
        "x-csrf-token",
    ] {
        let with = |values: &[&str]| exchange("/", &headers(&[(name, values)]), &Body::Absent);
        check(&with(&["Bearer abc", "b"]), &with(&["[removed]", "[removed]"]));
    }
}

#[test]
fn other_headers_stay() {
    let list = headers(&[
        ("content-type", &["application/json"]),
        ("etag", &["\"abc\""]),
        ("idempotency-key", &["k"]),
        ("intuit_tid", &["t"]),
        ("intuit-signature", &["s"]),
        ("x-hubspot-signature-v3", &["s"]),
        ("x-truto-signature", &["format=sha256,v=09"]),
        ("x-apideck-app-id", &["app"]),
        ("x-apideck-consumer-id", &["consumer"]),
        ("x-request-id", &["r"]),
        ("www-authenticate", &["Bearer error=\"invalid_token\""]),
    ]);
    let exchange = exchange("/", &list, &Body::Absent);
    check(&exchange, &exchange);
}

#[test]
fn secret_query_parameters_are_removed() {
    check_url("/crm?access_token=abc&limit=50", "/crm?access_token=[removed]&limit=50");
    check_url("/crm?limit=50&api_key=abc#top", "/crm?limit=50&api_key=[removed]#top");
    check_url(
        "/crm?hapikey=a&apikey=b&token=c&sig=d&signature=e",
        "/crm?hapikey=[removed]&apikey=[removed]&token=[removed]&sig=[removed]&signature=[removed]",
    );
    check_url(
        "https://b.s3.example/f?X-Amz-Algorithm=A&X-Amz-Credential=c%2Fd&X-Amz-Signature=e&X-Amz-Security-Token=f",
        "https://b.s3.example/f?X-Amz-Algorithm=A&X-Amz-Credential=[removed]&X-Amz-Signature=[removed]&X-Amz-Security-Token=[removed]",
    );
    check_url("https://app.example/cb?code=abc&state=1", "https://app.example/cb?code=[removed]&state=1");
    check_url(
        "https://app.example/cb#access_token=abc&state=1",
        "https://app.example/cb#access_token=[removed]&state=1",
    );
    check_url("/x?access%5Ftoken=abc", "/x?access%5Ftoken=[removed]");
    check_url("/x?remote_query%5Bapi_key%5D=abc", "/x?remote_query%5Bapi_key%5D=[removed]");
    check_url("/x;jsessionid=abc?a=1", "/x;jsessionid=[removed]".to_owned().as_str());
    check_url("https://user:pass@api.example/x?a=1", "https://[removed]@api.example/x?a=1");
}

#[test]
fn other_query_parameters_stay() {
    let url =
        "/crm?limit=50&page_token=a&pageToken=b&cursor=c&after=d&next_cursor=e&token=&q=access_token&key=k";
    check_url(url, url);
    let longest = format!("/x?{}access_token", "a".repeat(super::url::NAME_BYTES_MAX - 13));
    check_url(&format!("{longest}=b"), &format!("{longest}=[removed]"));
    let longer = longest.replace("?a", "?aa");
    check_url(&format!("{longer}=b"), &format!("{longer}=b"));
}

#[test]
fn urls_in_link_headers_and_failures_lose_their_secrets() {
    let link = |token: &str| {
        let value = format!("<https://api.example/x?page=2&access_token={token}>; rel=\"next\"");
        exchange("/", &headers(&[("link", &[&value])]), &Body::Absent)
    };
    check(&link("abc"), &link("[removed]"));
    let failure = |token: &str| {
        let detail = format!("no answer from https://api.example/x?api_key={token} in 10 s");
        let outcome = Outcome::Failure(Failure { kind: FailureKind::Timeout, detail });
        Exchange { outcome, ..exchange("/", &Headers::new(), &Body::Absent) }
    };
    check(&failure("abc"), &failure("[removed]"));
}

#[test]
fn secret_fields_of_json_are_removed_whatever_their_spelling() {
    for name in [
        "access_token",
        "accessToken",
        "ACCESS-TOKEN",
        "refresh_token",
        "id_token",
        "client_secret",
        "api_key",
        "apiKey",
        "stripe_api_key",
        "password",
        "user_password",
        "secret",
        "webhook_secret",
        "authorization",
        "access_token_secret",
        "private_key",
        "integrated_account_token",
        "link_token",
        "public_token",
        "api_token",
        "oauth_token",
        "x-api-key",
        "acc\\u0065ss_token",
        "passphrase",
        "jwt",
    ] {
        check_json(
            &format!(r#"{{"data":[{{"{name}":"a\"b","n":1.10}}]}}"#),
            &format!(r#"{{"data":[{{"{name}":"[removed]","n":1.10}}]}}"#),
        );
    }
}

#[test]
fn names_that_only_look_secret_stay() {
    let json = r#"{"next_page_token":"a","nextPageToken":"b","cursor":"c","SyncToken":"0","nextSyncToken":"d","continuation_token":"e","pageToken":"f","token_type":"bearer","tokens":["g"],"secretary":"h","password_updated_at":"i","api_key_id":"j","key":"k","code":"l","hutk":"m","etag":"n","secret_santa":"o","authorizationUrl":"p","expires_in":1}"#;
    check_json(json, json);
}

#[test]
fn what_is_no_secret_stays_under_a_secret_name() {
    let json = r#"{"password":null,"secret":true,"api_key":"","access_token":{},"refresh_token":[]}"#;
    check_json(json, json);
}

#[test]
fn numbers_lists_and_values_under_a_secret_name_are_removed() {
    check_json(
        r#"{"password":1.5e3,"api_key":["a","b"],"secret":{"value":"c","id":"d"}}"#,
        r#"{"password":"[removed]","api_key":["[removed]","[removed]"],"secret":{"value":"[removed]","id":"d"}}"#,
    );
}

#[test]
fn a_token_is_secret_in_a_token_answer_only() {
    check_json(r#"{"token":"a","user":"u"}"#, r#"{"token":"[removed]","user":"u"}"#);
    check_json(r#"{"d":{"token":"a","expires_in":9}}"#, r#"{"d":{"token":"[removed]","expires_in":9}}"#);
    check_json(r#"{"d":{"scopes":[],"token":"a"}}"#, r#"{"d":{"scopes":[],"token":"[removed]"}}"#);
    check_json(r#"{"credentials":{"token":"a"}}"#, r#"{"credentials":{"token":"[removed]"}}"#);
    let paging = r#"{"paging":{"token":"a","size":9}}"#;
    check_json(paging, paging);
}

#[test]
fn a_code_is_secret_in_a_token_request_only() {
    check_json(
        r#"{"code":"a","grant_type":"authorization_code"}"#,
        r#"{"code":"[removed]","grant_type":"authorization_code"}"#,
    );
    let error = r#"{"code":"NOT_FOUND","scope":"contacts"}"#;
    check_json(error, error);
}

#[test]
fn a_value_that_is_named_beside_it_is_removed() {
    check_json(
        r#"[{"name":"Authorization","value":"Bearer a"},{"value":7,"key":"api_key"},{"name":"Size","value":"b"}]"#,
        r#"[{"name":"Authorization","value":"[removed]"},{"value":"[removed]","key":"api_key"},{"name":"Size","value":"b"}]"#,
    );
}

#[test]
fn urls_in_json_lose_their_secrets_and_keep_their_escapes() {
    check_json(
        r#"{"next":"https:\/\/api.example\/x?page=2\u0026access_token=a\u003d\u002b\u0026z=1","u":"https://u:p@h/x?code=7"}"#,
        r#"{"next":"https:\/\/api.example\/x?page=2\u0026access_token=[removed]\u0026z=1","u":"https://[removed]@h/x?code=7"}"#,
    );
    check_json(
        r#"{"next":"/x?api_key=a&b=1","html":"<a href=\"https://x.example/?sig=a\">b?c</a> a?token=b"}"#,
        r#"{"next":"/x?api_key=[removed]&b=1","html":"<a href=\"https://x.example/?sig=[removed]\">b?c</a> a?token=b"}"#,
    );
    check_json(
        r#"["https://x.example/?sig=a\\\"b","https://x.example/?sig=a\\u0026b\\","https://x.example/?sig=\u0041\nb"]"#,
        r#"["https://x.example/?sig=[removed]\"b","https://x.example/?sig=[removed]","https://x.example/?sig=[removed]\nb"]"#,
    );
}

#[test]
fn everything_else_in_json_stays_to_the_letter() {
    let json = |token: &str| {
        format!(
            "{{ \"z\":1.10,\"access_token\" :\t\"{token}\",\r\n\"z\":1e400,\"n\":9007199254740993,\"s\":\"\\ud83d \\u0000 \\/ é\",\"access_token\":\"{token}\"}}"
        )
    };
    let mut body = Body::Json(json("a"));
    super::remove_from_body(&mut body, &Headers::new());
    assert_eq!(body, Body::Json(json("[removed]")));
}

#[test]
fn torn_json_loses_its_secrets() {
    check_torn(r#"{"access_token":"abc"#, r#"{"access_token":"[removed]"#);
    check_torn(r#"{"a":{"expires_in":1,"token":"abc"#, r#"{"a":{"expires_in":1,"token":"[removed]"#);
    check_torn("{\"password\":\"", "{\"password\":\"");
    check_torn("{\"password\":\"a\\", "{\"password\":\"[removed]");
    check_torn(
        "{\"password\":\"a\"}\n{\"password\":\"b\"}",
        "{\"password\":\"[removed]\"}\n{\"password\":\"[removed]\"}",
    );
}

#[test]
fn secret_fields_of_forms_are_removed() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let text = "grant_type=refresh_token&refresh_token=a%2Fb&client%5Fsecret=c&code=d&scope=e";
    let expected =
        "grant_type=refresh_token&refresh_token=[removed]&client%5Fsecret=[removed]&code=[removed]&scope=e";
    check_text(&[form], text, expected);
    check_text(&[], text, expected);
    check_text(&["text/plain"], text, text);
}

#[test]
fn secret_elements_of_xml_are_removed() {
    check_text(
        &["text/xml"],
        "<?xml version=\"1.0\"?><e:Envelope><n1:password kind=\"x\">a</n1:password><sessionId>b</sessionId><password/><name>c</name><secret> </secret></e:Envelope>",
        "<?xml version=\"1.0\"?><e:Envelope><n1:password kind=\"x\">[removed]</n1:password><sessionId>[removed]</sessionId><password/><name>c</name><secret> </secret></e:Envelope>",
    );
}

#[test]
fn deep_nesting_is_walked_without_a_stack() {
    let deep = |token: &str| {
        let (open, close) = ("{\"a\":[".repeat(50_000), "]}".repeat(50_000));
        format!("{open}{{\"access_token\":\"{token}\"}}{close}")
    };
    let mut body = Body::Json(deep("a"));
    super::remove_from_body(&mut body, &Headers::new());
    assert_eq!(body, Body::Json(deep("[removed]")));
}

fn json_text() -> impl Strategy<Value = String> {
    let urls = proptest::sample::select(vec![
        "https:", "/", "?", "token=", "&", "sig=", "\\u0026", "\\\\", "\\\"", "\\n", "\\/", "a", "@", "#",
        " ", "<", "\\u003d",
    ]);
    let string = proptest::collection::vec(urls, 0..14).prop_map(|parts| format!("\"{}\"", parts.concat()));
    let leaf =
        prop_oneof![string, proptest::sample::select(vec!["1.10", "null", "[]"]).prop_map(str::to_owned)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name =
            proptest::sample::select(vec!["token", "password", "value", "name", "expires_in", "auth", "a"]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((name, inner), 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn places(value: &serde_json::Value) -> usize {
    let inner: usize = match value {
        serde_json::Value::Array(items) => items.iter().map(places).sum(),
        serde_json::Value::Object(members) => members.values().map(places).sum(),
        _ => 0,
    };
    inner + 1
}

#[test]
fn what_joins_to_another_secret_when_one_is_removed_is_removed_too() {
    let mut text = "?token=https://&sig=u@h".to_owned();
    super::apply(&mut text, super::url::edits_of_url);
    assert_eq!(text, "?token=[removed]");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_taken_and_taking_it_twice_changes_nothing(
        text in prop_oneof![
            any::<String>(),
            "[{\\[\"\\\\:,}\\]?&=#@/<> a-c%0-9é]{0,60}",
            proptest::collection::vec(
                proptest::sample::select(vec![
                    "{", "}", "[", "]", "\"", ":", ",", "\"token\":", "\"password\":", "\"value\":", "\"name\":",
                    "\"expires_in\":", "\"a\"", "1", "https://", "u@h", "?token=", "&sig=", "\\u0026", "\\u003d",
                    "code=", "<password>", "</password>", " ", "é", "[removed]", "\\", "grant_type", "=",
                ]),
                0..30,
            )
            .prop_map(|parts| parts.concat()),
        ],
        media_type in proptest::sample::select(vec!["", "application/x-www-form-urlencoded", "text/xml"]),
    ) {
        let headers = match media_type {
            "" => BTreeMap::new(),
            media_type => headers(&[("content-type", &[media_type]), ("location", &[&text])]),
        };
        let text_body = exchange(&text, &headers, &Body::Text(text.clone()));
        let mut once = everywhere(&text_body);
        once.source = vec![exchange(&text, &headers, &Body::Json(text.clone()))];
        remove(&mut once);
        let mut twice = once.clone();
        remove(&mut twice);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn valid_json_stays_valid_and_keeps_its_shape(json in json_text()) {
        let mut body = Body::Json(json.clone());
        super::remove_from_body(&mut body, &Headers::new());
        let Body::Json(removed) = body else { unreachable!("the body stays JSON") };
        let shape = |text: &str| {
            let value: serde_json::Value = serde_json::from_str(text).expect("the JSON is valid");
            places(&value)
        };
        prop_assert_eq!(shape(&removed), shape(&json));
    }
}
