//! Each profile shown to work: list, page, single, error and 429, against servers that were written without looking at it.

use std::collections::BTreeMap;
use std::time::Duration;

use compare::model::{Exchange, Outcome, Response};
use providers::asked::{Account, Asked, Effect};
use providers::client::{Client, Settings};
use providers::embedded;
use providers::profile::Profile;
use providers::provider::{Parts, Patience, Provider};
use providers::secret::Secret;
use providers::wait::{Because, is_upstreams, throttled, values, wait};
use servers::{
    App, Clock, Face, Fault, Lifetimes, Limits, Link, OAuth, Planted, Quota, Seed, Server, Shared,
};

use crate::drain::drain;
use crate::exchange::exchange;

/// 2026-11-20T09:00:00Z: the servers live then, and so does the client.
const NOW_MS: i64 = 1_795_165_200_000;
const CONTACTS: usize = 230;

/// How a service is asked, by people who read its documents.
struct Case {
    profile: &'static str,
    face: Face,
    below: &'static str,
    credentials: &'static [&'static str],
    account: &'static str,
    list: &'static str,
    page: &'static str,
    single: &'static str,
    missing: &'static str,
    id: &'static str,
    message: Option<&'static str>,
}

const CASES: [Case; 6] = [
    Case {
        profile: "truto",
        face: Face::Truto,
        below: "",
        credentials: &["token"],
        account: "3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01",
        list: "/unified/crm/contacts",
        page: "50",
        single: "/unified/crm/contacts/20101",
        missing: "/unified/crm/contacts/1",
        id: "$.id",
        message: Some("resource not found"),
    },
    Case {
        profile: "apideck",
        face: Face::Apideck,
        below: "",
        credentials: &["api_key", "app_id"],
        account: "acme",
        list: "/crm/contacts",
        page: "200",
        single: "/crm/contacts/20101",
        missing: "/crm/contacts/1",
        id: "$.data.id",
        message: Some("Unknown Contact"),
    },
    Case {
        profile: "merge",
        face: Face::Merge,
        below: "/api",
        credentials: &["api_key"],
        account: "token-acme",
        list: "/crm/v1/contacts",
        page: "100",
        single: "/crm/v1/contacts/0f3c9a10-77aa-4b5e-9c00-000000004e85",
        missing: "/crm/v1/contacts/1",
        id: "$.remote_id",
        message: Some("Not found."),
    },
    Case {
        profile: "nango",
        face: Face::Nango,
        below: "",
        credentials: &["secret_key"],
        account: "acme",
        list: "/records?model=Contact",
        page: "70",
        single: "/proxy/crm/v3/objects/contacts/20101",
        missing: "/nothing",
        id: "$.id",
        message: Some("Not found"),
    },
    Case {
        profile: "unified-to",
        face: Face::UnifiedTo,
        below: "",
        credentials: &["token"],
        account: "acme",
        list: "/crm/{account}/contact",
        page: "60",
        single: "/crm/{account}/contact/20101",
        missing: "/crm/{account}/contact/1",
        id: "$.id",
        message: None,
    },
    Case {
        profile: "generic",
        face: Face::Generic,
        below: "",
        credentials: &["token"],
        account: "acme",
        list: "/accounts/{account}/contacts",
        page: "100",
        single: "/accounts/{account}/contacts/20101",
        missing: "/accounts/{account}/contacts/1",
        id: "$.id",
        message: Some("there is no such contact"),
    },
];

/// One that is asked for an upstream that it was linked to.
const AMPERSAND: Case = Case {
    profile: "ampersand",
    face: Face::Ampersand,
    below: "",
    credentials: &["api_key", "project"],
    account: "acct-0001",
    list: "/proxy/crm/v3/objects/contacts",
    page: "",
    single: "",
    missing: "",
    id: "$.id",
    message: Some("Connection not found"),
};

fn profile(name: &str) -> Profile {
    embedded::profile(name).expect("it is embedded").expect("it is whole")
}

fn provider(case: &Case, server: &Server) -> Provider {
    let clock = || jiff::Timestamp::from_millisecond(NOW_MS).expect("it is a moment");
    let settings = Settings { timeout: Duration::from_secs(5), ..Settings::default() };
    let credentials =
        case.credentials.iter().map(|name| ((*name).to_owned(), Secret::new(servers::KEY.to_owned())));
    Provider::new(Parts {
        // A budget would make the tests wait; it has tests of its own.
        profile: Profile { own_limit: Vec::new(), ..profile(case.profile) },
        base: format!("{}{}", server.url(), case.below),
        credentials: credentials.collect(),
        client: Client::new(&settings, clock).expect("a client"),
        share: 1.0,
        dialects: embedded::dialects(),
        seed: 1,
    })
}

fn account(case: &Case) -> Account {
    Account {
        name: "acme-hubspot".to_owned(),
        id: Secret::new(case.account.to_owned()),
        integration: "hubspot".to_owned(),
        columns: BTreeMap::new(),
    }
}

fn asked(target: &str) -> Asked {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter_map(|field| field.split_once('='));
    Asked {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        headers: Vec::new(),
        body: None,
        effect: Effect::Reads,
    }
}

fn start(case: &Case, limits: Limits) -> Server {
    let seed = Seed { number: 1, contacts: CONTACTS, customers: 0, now_ms: NOW_MS };
    Server::start(case.face, &Shared::new(&seed, limits, Clock::standing(NOW_MS)))
        .expect("loopback has a free port")
}

fn answered(exchange: &Exchange) -> &Response {
    match &exchange.outcome {
        Outcome::Response(response) => response,
        Outcome::Failure(failure) => panic!("{failure:?}"),
    }
}

fn text(path: &str, response: &Response) -> Option<String> {
    let path = compare::path::Path::parse(path).expect("it is a path");
    values(&path, &response.body).into_iter().next()
}

#[tokio::test]
async fn every_profile_lists_pages_reads_singles_and_knows_errors() {
    for case in &CASES {
        let server = start(case, Limits::OUT_OF_REACH);
        let (provider, account, name) = (provider(case, &server), account(case), case.profile);
        let list = provider.profile.list.clone();
        let mut first = asked(case.list);
        first.query.extend(list.page_size.map(|size| (size.query, case.page.to_owned())));
        let next = list.next.expect("every profile pages");
        let drained = drain(&provider, &first, Some(&account), &next, &list.items.path, &|| {}).await;
        let drained = drained.unwrap_or_else(|error| panic!("{name}: {error}"));
        let on_page =
            |exchange: &Exchange| providers::wait::elements(&list.items.path, &answered(exchange).body);
        let counts: Vec<usize> = drained.pages.iter().map(on_page).collect();
        assert_eq!(counts.iter().sum::<usize>(), CONTACTS, "{name}: {counts:?}");
        assert!(counts.len() > 1, "{name} has pages: {counts:?}");
        assert_eq!(server.received(), counts.len() as u64, "{name}: nothing is asked twice");

        let ask =
            async |target: &str| exchange(&provider, &asked(target), Some(&account), Patience::NONE).await;
        let single = ask(case.single).await.expect("it can be asked").exchange;
        assert_eq!(text(case.id, answered(&single)).as_deref(), Some("20101"), "{name}");
        let item = &provider.profile.single.item.text;
        assert!(case.id.starts_with(item.as_str()), "{name}: the record lies at {item}");

        let missing = ask(case.missing).await.expect("it can be asked").exchange;
        let response = answered(&missing);
        let message = provider.profile.error.message.as_ref().and_then(|place| text(&place.text, response));
        assert_eq!((response.status, message.as_deref()), (404, case.message), "{name}");
        assert!(throttled(&provider.profile, response).is_none(), "{name}");
        assert_eq!(server.ledger().writes(), [], "{name}");
    }
}

#[tokio::test]
async fn every_profile_knows_one_request_too_many_and_how_long_to_wait() {
    let two = Quota { requests: 2, seconds: 10 };
    let limits = Limits { hubspot: two, merge_account: two, other_key: two, ..Limits::DOCUMENTED };
    for case in &CASES {
        let server = start(case, limits);
        let (provider, account, name) = (provider(case, &server), account(case), case.profile);
        let mut last = None;
        for _ in 0..3 {
            let asked = asked(case.list);
            let exchanged =
                exchange(&provider, &asked, Some(&account), Patience::NONE).await.expect("it can be asked");
            last = Some(exchanged);
        }
        let exchanged = last.expect("three were asked");
        let response = answered(&exchanged.exchange);
        let rule =
            throttled(&provider.profile, response).unwrap_or_else(|| panic!("{name}: {}", response.status));
        assert_eq!((response.status, exchanged.throttled), (429, 1), "{name}");
        let limit = provider.limit(&response.headers);
        let told = limit.as_ref().and_then(|limit| Some((limit.remaining?, limit.resets_in_ms?)));
        let now = provider.client().now();
        let because = wait(&response.headers, limit.as_ref(), Some(rule.wait.0), 1, 0.0, now).because;
        let expected = match name {
            // The upstream's limit, passed on in headers.
            "truto" | "apideck" => (Some((0, 10_000)), Because::Reset),
            "nango" | "generic" => (Some((0, 10_000)), Because::RetryAfter),
            "merge" | "unified-to" => (None, Because::Profile),
            other => panic!("{other} is not expected"),
        };
        assert_eq!((told, because), expected, "{name}");
        let upstreams = is_upstreams(&provider.profile, response);
        assert_eq!(upstreams, (name == "truto").then_some(true), "{name}");
    }
}

#[tokio::test]
async fn the_new_providers_own_limit_is_waited_for_and_told_apart() {
    let case = &CASES[0];
    let own = Limits { truto_account: Quota { requests: 1, seconds: 10 }, ..Limits::DOCUMENTED };
    let server = start(case, own);
    let (provider, account) = (provider(case, &server), account(case));
    let ask = async || {
        exchange(&provider, &asked(case.list), Some(&account), Patience::NONE).await.expect("it can be asked")
    };
    ask().await;
    let second = ask().await;
    let response = answered(&second.exchange);
    assert_eq!((response.status, is_upstreams(&provider.profile, response)), (429, Some(false)));
    let wait = wait(&response.headers, None, None, 1, 0.0, provider.client().now());
    assert_eq!((wait.ms, wait.because), (10_000, Because::RetryAfter));
}

/// Ampersand has no list of its own and no paging: its proxy answers what the upstream does, for whom a connection is linked.
#[test]
fn ampersand_reads_the_upstream_through_its_proxy_and_has_errors_of_its_own() {
    // Grants are made by blocking calls, before there is a runtime.
    let case = &AMPERSAND;
    let seed = Seed { number: 1, contacts: 2, customers: 0, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(NOW_MS));
    let oauth = OAuth::rust(&shared, Lifetimes::USUAL).expect("loopback has a free port");
    let app = App::ours("hubspot", servers::oauth::STEADY);
    shared.link(&oauth, &[app], &[Link::oauth2(case.account, "hubspot")]).expect("a grant is made");
    let server = Server::start(case.face, &shared).expect("loopback has a free port");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(ampersand_answers(case, &server));
}

async fn ampersand_answers(case: &Case, server: &Server) {
    let (provider, known) = (provider(case, server), account(case));
    let stranger = Account { id: Secret::new("stranger".to_owned()), ..account(case) };
    let ask = async |target: &str, account: &Account| {
        exchange(&provider, &asked(target), Some(account), Patience::NONE)
            .await
            .expect("it can be asked")
            .exchange
    };
    let list = ask(case.list, &known).await;
    let items = providers::wait::elements(&provider.profile.list.items.path, &answered(&list).body);
    assert!(items > 0 && provider.profile.list.next.is_none(), "{items} items");
    let id = text("$.results[0].id", answered(&list)).expect("a record has an id");
    let single = ask(&format!("{}/{id}", case.list), &known).await;
    assert_eq!(text(case.id, answered(&single)), Some(id));

    let missing = ask(case.list, &stranger).await;
    let response = answered(&missing);
    let message = provider.profile.error.message.as_ref().and_then(|place| text(&place.text, response));
    assert_eq!((response.status, message.as_deref()), (404, case.message));
    assert!(throttled(&provider.profile, response).is_none());

    server.plant(Planted::times(Fault::Refused(429), 1));
    let limited = ask(case.list, &known).await;
    let rule = throttled(&provider.profile, answered(&limited)).expect("it is throttled");
    let because =
        wait(&answered(&limited).headers, None, Some(rule.wait.0), 1, 0.0, provider.client().now()).because;
    assert_eq!(because, Because::Profile);
    assert_eq!(server.ledger().writes(), []);
}

#[test]
fn every_embedded_profile_has_a_case() {
    let with_case: Vec<&str> = CASES.iter().chain([&AMPERSAND]).map(|case| case.profile).collect();
    let without: Vec<&str> = embedded::names().filter(|name| !with_case.contains(name)).collect();
    assert_eq!(without, Vec::<&str>::new());
}
