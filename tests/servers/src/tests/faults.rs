//! Each fault, as a client meets it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ACME, get, headers, shared, start};
use crate::tests::client::{Answer, attempt};
use crate::{Face, Fault, Limits, Planted, Server};

fn try_get(server: &Server, target: &str) -> Result<Answer, ErrorKind> {
    attempt(server, "GET", target, &headers(server.face()), b"").map_err(|error| error.kind())
}

#[test]
fn a_slow_answer_comes_later_and_is_the_same() {
    let server = start(Face::Apideck, &shared(2, Limits::DOCUMENTED));
    let before = get(&server, "/crm/contacts/20101").body;
    server.plant(Planted::times(Fault::Slow(Duration::from_millis(120)), 1));
    let started = Instant::now();
    assert_eq!(get(&server, "/crm/contacts/20101").body, before);
    assert!(started.elapsed() >= Duration::from_millis(120));
}

#[test]
fn a_server_that_hangs_does_not_hold_up_the_others_nor_its_own_end() {
    let server = start(Face::Apideck, &shared(2, Limits::DOCUMENTED));
    server.plant(Planted::below(Fault::Hang, "/crm/contacts/20101"));
    let hung = try_get(&server, "/crm/contacts/20101").map(|answer| answer.status);
    assert!(matches!(hung, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{hung:?}");
    assert_eq!(get(&server, "/crm/contacts/20104").status, 200);
}

#[test]
fn a_reset_is_a_reset_before_and_within_the_body() {
    let server = start(Face::Apideck, &shared(200, Limits::DOCUMENTED));
    server.plant(Planted::times(Fault::Reset, 1));
    let reset = try_get(&server, "/crm/contacts").map(|answer| answer.status);
    assert_eq!(reset, Err(ErrorKind::ConnectionReset));
    server.plant(Planted::times(Fault::ResetMidway, 1));
    let torn = try_get(&server, "/crm/contacts?limit=200").map(|answer| answer.status);
    assert!(matches!(torn, Err(ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof)), "{torn:?}");
    assert_eq!(get(&server, "/crm/contacts").status, 200);
}

#[test]
fn a_flood_is_as_long_as_it_was_ordered() {
    let server = start(Face::Truto, &shared(1, Limits::DOCUMENTED));
    let bytes = 30 * 1024 * 1024;
    server.plant(Planted::times(Fault::Flood { bytes, pause: Duration::ZERO }, 1));
    let answer = get(&server, &format!("/proxy/contacts?integrated_account_id={ACME}"));
    assert_eq!(answer.body.len() as u64, bytes);
}

#[test]
fn a_wrong_field_is_wrong_on_every_element() {
    let server = start(Face::Truto, &shared(3, Limits::DOCUMENTED));
    server.plant(Planted::always(Fault::WrongField {
        pointer: "/result/*/properties/email".to_owned(),
        value: Value::Null,
    }));
    let list = get(&server, &format!("/proxy/contacts?integrated_account_id={ACME}")).json();
    let emails: Vec<&Value> =
        list["result"].as_array().expect("a list").iter().map(|item| &item["properties"]["email"]).collect();
    assert_eq!(emails, [&Value::Null; 3]);
    server.heal();
    let list = get(&server, &format!("/proxy/contacts?integrated_account_id={ACME}")).json();
    assert!(list["result"][0]["properties"]["email"].is_string());
}

#[test]
fn a_stale_server_knows_what_was_so_and_the_other_what_is() {
    let world = shared(3, Limits::DOCUMENTED);
    let (legacy, new) = (start(Face::Apideck, &world), start(Face::Truto, &world));
    new.plant(Planted::always(Fault::Stale));
    world.world().upstream.update("acme", "contacts", 20_101, "lastname", json!("Renamed"), super::NOW_MS);
    let read = |server: &Server, target: &str| get(server, target).json();
    let target = format!("/unified/crm/contacts/20101?integrated_account_id={ACME}");
    assert_eq!(read(&legacy, "/crm/contacts/20101")["data"]["last_name"], "Renamed");
    assert_ne!(read(&new, &target)["last_name"], "Renamed");
    new.heal();
    assert_eq!(read(&new, &target)["last_name"], "Renamed");
}

#[test]
fn a_burst_of_errors_ends_by_itself_and_has_the_servers_shape() {
    let server = start(Face::Truto, &shared(1, Limits::DOCUMENTED));
    server.plant(Planted::times(Fault::Status(503), 2));
    let target = format!("/proxy/contacts?integrated_account_id={ACME}");
    let answers = [(); 3].map(|()| get(&server, &target));
    assert_eq!(answers.each_ref().map(|answer| answer.status), [503, 503, 200]);
    assert_eq!(answers[0].json()["statusCode"], 503);
    server.plant(Planted::times(Fault::TornJson, 1));
    assert!(serde_json::from_slice::<Value>(&get(&server, &target).body).is_err());
}

#[test]
fn a_skewed_clock_shows_in_the_date() {
    let server = start(Face::Apideck, &shared(1, Limits::DOCUMENTED));
    assert_eq!(get(&server, "/crm/contacts").header("date"), "Fri, 20 Nov 2026 09:00:00 GMT");
    server.plant(Planted::always(Fault::ClockSkew(-90_000)));
    assert_eq!(get(&server, "/crm/contacts").header("date"), "Fri, 20 Nov 2026 08:58:30 GMT");
}

#[test]
fn a_record_can_vanish_between_two_pages() {
    let server = start(Face::Apideck, &shared(4, Limits::DOCUMENTED));
    server.on_request(2, |world, _| assert!(world.upstream.delete("acme", "contacts", 20_107)));
    let first = get(&server, "/crm/contacts?limit=2").json();
    let cursor = first["meta"]["cursors"]["next"].as_str().expect("there is more").to_owned();
    let second = get(&server, &format!("/crm/contacts?limit=2&cursor={cursor}")).json();
    let ids: Vec<&Value> =
        second["data"].as_array().expect("a list").iter().map(|item| &item["id"]).collect();
    assert_eq!(ids, [&json!("20110")]);
}

#[test]
fn what_http_allows_is_sent() {
    let server = start(Face::Wire, &shared(0, Limits::DOCUMENTED));
    let events = get(&server, "/events/3");
    assert_eq!(
        (events.header("content-type"), events.header("transfer-encoding")),
        ("text/event-stream", "chunked")
    );
    assert_eq!(
        events.body,
        b"id: 0\ndata: {\"at\":0}\n\nid: 1\ndata: {\"at\":1}\n\nid: 2\ndata: {\"at\":2}\n\n"
    );
    assert_eq!(get(&server, "/status/204").status, 204);
    assert_eq!(get(&server, "/bytes/2048").body.len(), 2_048);
    let head = attempt(&server, "HEAD", "/bytes/2048", &[], b"").expect("it answers");
    assert_eq!((head.header("content-length"), head.body.len()), ("2048", 0));
    assert_eq!(get(&server, "/gzip").header("content-encoding"), "gzip");
}
