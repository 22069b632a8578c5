//! What profiles say, filled in.

use super::*;
use providers::embedded;
use providers::profile::Profile;
use providers::tokens::Tokens;
use serde_json::json;

fn tokens(name: &str) -> Tokens {
    let profile: Profile = embedded::profile(name).expect("it is embedded").expect("it is whole");
    profile.tokens.expect("it says how credentials move")
}

fn account() -> Account {
    let column = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Account {
        name: "acme".to_owned(),
        id: Secret::new("acme/1".to_owned()),
        integration: "crm".to_owned(),
        columns: [
            column("environment_integration_id", "env-1"),
            column("project", "p"),
            column("unified_api", "crm"),
        ]
        .into(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a moment")
}

fn oauth2(expires_at: Option<&str>) -> Credentials {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Credentials {
        kind: Kind::OAuth2,
        secrets: [secret("access_token", "at-1"), secret("refresh_token", "rt-1")].into(),
        expires_at: expires_at.map(at),
        skew: Skew::default(),
        context: json!({"instance_url": "https://x.test"}).as_object().cloned().unwrap_or_default(),
        keep: json!({"metadata": {"plan": "gold"}}).as_object().cloned().unwrap_or_default(),
    }
}

fn body(asked: &Asked) -> Value {
    serde_json::from_str(asked.body.as_deref().expect("it has a body")).expect("it is JSON")
}

const NOW: &str = "2026-11-20T10:00:00Z";

#[test]
fn an_import_says_how_many_seconds_are_left_when_it_is_sent() {
    let by = tokens("truto").import.expect("it takes credentials");
    let sent = |credentials: &Credentials, skew_s| {
        let mut credentials = credentials.clone();
        credentials.skew = Skew(SignedDuration::from_secs(skew_s));
        let mut names = Names::of(&account()).with(&credentials, at(NOW), Skew::default());
        names.put("key", "k-1");
        let asked = import(&by, &credentials, false, &names).expect("it can be made");
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/integrated-account"));
        body(&asked)
    };
    assert_eq!(
        sent(&oauth2(Some("2026-11-20T10:00:05Z")), 0),
        json!({
            "tenant_id": "acme", "environment_integration_id": "env-1", "authentication_method": "oauth2",
            "context": {
                "instance_url": "https://x.test",
                "oauth": {"token": {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 5}},
            },
        })
    );
    let left = |credentials: &Credentials, skew_s| {
        sent(credentials, skew_s).pointer("/context/oauth/token/expires_in").cloned()
    };
    assert_eq!(left(&oauth2(Some("2026-11-20T09:00:00Z")), 0), Some(json!(0)));
    assert_eq!(left(&oauth2(None), 0), None);
    assert_eq!(left(&oauth2(Some("2026-11-20T11:00:00Z")), 600), Some(json!(3_000)));
    assert_eq!(left(&oauth2(Some("2026-11-20T11:00:00Z")), -600), Some(json!(4_200)));
}

/// From what legacy wrote of the expiry to the seconds that new is told, whatever the spelling and however far the clocks are apart.
#[test]
fn every_spelling_of_an_expiry_is_told_as_the_seconds_that_are_left_by_the_clock_that_issued_it() {
    let export = tokens("nango").export.expect("it gives credentials");
    let by = tokens("truto").import.expect("it takes credentials");
    let sent = |expires_at: Value, skew_minutes: i64| {
        let text = json!({"credentials": {
            "type": "OAUTH2", "access_token": "at-1", "refresh_token": "rt-1", "expires_at": expires_at,
        }});
        let skew = Skew(SignedDuration::from_mins(skew_minutes));
        let credentials = credentials(&export, &Body::Json(text.to_string()), skew).expect("they are whole");
        // It is kept as exactly as it was told.
        let credentials = Credentials::from_bytes(&credentials.to_bytes()).expect("it comes back");
        let mut names = Names::of(&account()).with(&credentials, at(NOW), Skew::default());
        names.put("key", "k-1");
        let asked = import(&by, &credentials, false, &names).expect("it can be made");
        body(&asked).pointer("/context/oauth/token/expires_in").cloned()
    };
    for skew_minutes in [-10, 0, 10] {
        // By the clock of who issued it, so many seconds are left: five, none for long, none just now, an hour and a bit.
        for (left_ms, expected) in [(5_000, 5), (-7_200_000, 0), (0, 0), (3_600_999, 3_600)] {
            let theirs =
                at(NOW) + SignedDuration::from_mins(skew_minutes) + SignedDuration::from_millis(left_ms);
            let (ms, s) = (theirs.as_millisecond(), theirs.as_second());
            let exact = [json!(theirs.to_string()), json!(ms), json!(ms.to_string())];
            let whole = [json!(s), json!(s.to_string())];
            for spelled in exact.into_iter().chain(whole) {
                assert_eq!(
                    sent(spelled.clone(), skew_minutes),
                    Some(json!(expected)),
                    "{spelled}, {skew_minutes}"
                );
            }
        }
        for absent in [json!(null), json!(""), json!("never"), json!(0)] {
            assert_eq!(sent(absent, skew_minutes), None, "what nobody knows is not told");
        }
    }
}

#[test]
fn what_is_lent_has_no_refresh_token_in_it() {
    let by = tokens("truto").import.expect("it takes credentials");
    let lent = oauth2(None).without_refresh();
    let mut names = Names::of(&account()).with(&lent, at(NOW), Skew::default());
    names.put("key", "k-1");
    let asked = import(&by, &lent, true, &names).expect("it can be made");
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("PATCH", "/integrated-account/acme%2F1/credentials")
    );
    let token = body(&asked).pointer("/context/oauth/token").cloned();
    assert_eq!(token, Some(json!({"access_token": "at-1"})));
}

#[test]
fn credentials_are_read_by_what_the_answer_says_they_are() {
    let by = tokens("nango").export.expect("it gives credentials");
    let read = |credentials: Value| {
        let text = json!({
            "connection_config": {"instance_url": "https://x.test"}, "metadata": {"plan": "gold"},
            "credentials": credentials,
        });
        super::credentials(&by, &Body::Json(text.to_string()), Skew::default())
    };
    let found = read(json!({
        "type": "OAUTH2", "access_token": "at-1", "refresh_token": "rt-1", "expires_at": "2026-11-20T10:30:00.000Z",
    }));
    assert_eq!(found, Ok(oauth2(Some("2026-11-20T10:30:00Z"))));
    for (told, kind) in [
        (json!({"type": "API_KEY", "apiKey": "k"}), Kind::ApiKey),
        (json!({"type": "TBA", "token_id": "t", "token_secret": "s"}), Kind::TokenBased),
        (
            json!({"type": "OAUTH2_CC", "token": "t", "client_id": "c", "client_secret": "s"}),
            Kind::ClientCredentials,
        ),
    ] {
        assert_eq!(read(told).map(|found| found.kind), Ok(kind));
    }
    assert_eq!(
        read(json!({"type": "OAUTH2", "refresh_token": "rt-1"})),
        Err(ConnectorError::NoCredentials { lacks: Some("access_token") })
    );
    assert_eq!(read(json!({"type": "APP"})), Err(ConnectorError::NoCredentials { lacks: None }));
}

#[test]
fn what_disarms_leaves_the_access_token_and_what_is_the_customers_own() {
    let disarm = tokens("nango").disarm.expect("it can be disarmed");
    let names = Names::of(&account()).with(&oauth2(None), at(NOW), Skew::default());
    let asked = request(&disarm.calls[0], None, &names).expect("it can be made");
    assert_eq!(
        body(&asked),
        json!({
            "connection_id": "acme/1", "provider_config_key": "crm", "connection_config": {"instance_url": "https://x.test"},
            "metadata": {"plan": "gold"}, "credentials": {"type": "OAUTH2", "access_token": "at-1"},
        })
    );
}

#[test]
fn what_nothing_is_known_of_is_told_by_its_name() {
    let by = tokens("truto").import.expect("it takes credentials");
    let account = Account { columns: BTreeMap::new(), ..account() };
    let mut names = Names::of(&account).with(&oauth2(None), at(NOW), Skew::default());
    names.put("key", "k-1");
    let error = import(&by, &oauth2(None), false, &names).expect_err("its place is not known");
    assert_eq!(error, ConnectorError::Missing { name: "environment_integration_id".to_owned() });
}

#[test]
fn every_embedded_profile_says_what_can_be_filled() {
    let mut calls = 0;
    for name in embedded::names() {
        let profile = embedded::profile(name)
            .expect("it is embedded")
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(tokens) = profile.tokens else { continue };
        let mut names = Names::of(&account()).with(&oauth2(Some(NOW)), at(NOW), Skew::default());
        for name in [
            "key",
            "api_key",
            "username",
            "password",
            "client_id",
            "client_secret",
            "token_id",
            "token_secret",
        ] {
            names.put(name, "x");
        }
        let disarm = tokens.disarm.iter().flat_map(|disarm| &disarm.calls);
        let export =
            tokens.export.iter().flat_map(|export| [Some(&export.call), export.lend.as_ref()]).flatten();
        let find = tokens.import.iter().filter_map(|import| Some(&import.find.as_ref()?.call));
        let all = tokens.pause.iter().chain(&tokens.unpause).chain(&tokens.remove).chain(&tokens.freeze);
        let all = all.chain(disarm).chain(export).chain(find).chain(&tokens.refresh);
        for call in all.chain(tokens.status.iter().map(|status| &status.call)) {
            request(call, None, &names).unwrap_or_else(|error| panic!("{name}: {error}"));
            calls += 1;
        }
        if let Some(import) = &tokens.import {
            for kind in import.credentials.keys() {
                let kind = Kind::parse(kind).unwrap_or_else(|| panic!("{name}: `{kind}` is no kind"));
                let credentials = Credentials { kind, ..oauth2(None) };
                super::import(import, &credentials, false, &names)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                calls += 1;
            }
        }
        for at in tokens.export.iter().flat_map(|export| &export.credentials) {
            let kind = Kind::parse(&at.kind).unwrap_or_else(|| panic!("{name}: `{}` is no kind", at.kind));
            let lacks: Vec<&&str> =
                kind.needs().iter().filter(|need| !at.secrets.contains_key(**need)).collect();
            assert_eq!(lacks, Vec::<&&str>::new(), "{name}");
        }
    }
    assert!(calls > 20, "{calls}");
}
