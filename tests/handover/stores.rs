//! The state database: PostgreSQL as well as SQLite, and one process that hands over, whichever it is.

use handover::database::Database;
use handover::postgres::Postgres;
use handover::postgres::target::Target;
use handover::sqlite::Sqlite;
use servers::oauth::ROTATING;
use servers::{Lifetimes, Link, OAuth};

use super::crash::{Loop, Mode, Ways, survive, survive_a_new_key};
use super::reading::moves_all;
use super::sources::{AMPERSAND, APIDECK};
use super::{NANGO, Scene};
use crate::data;

/// A server, or `None` where there is none on this machine, which was said.
fn server() -> Option<servers::postgres::Postgres> {
    there(servers::postgres::Postgres::start())
}

/// What started, or `None`, which was said.
pub fn there(started: Result<servers::postgres::Postgres, String>) -> Option<servers::postgres::Postgres> {
    match started {
        Ok(server) => Some(server),
        Err(error) => {
            let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
            assert!(!is_required, "{error}, and CUTOVER_REQUIRE_SERVERS=1 demands it");
            data::report(&format!("NOT RUN: {error}"));
            None
        }
    }
}

#[test]
fn two_hundred_accounts_move_with_postgresql_while_the_application_reads_and_no_credentials_are_left() {
    let Some(server) = server() else { return };
    let url = server.database("state").expect("it is made");
    let oauth = |shared: &servers::Shared| OAuth::rust(shared, Lifetimes::USUAL).expect("there is a port");
    moves_all("reading-postgres", Some(&url), oauth);
    let sealed = server.run("state", "SELECT count(*) FROM cutover.secret WHERE what = 'credentials'");
    assert_eq!(sealed.expect("it answers").trim(), "0");
}

#[test]
fn every_mode_with_postgresql_survives_every_call_at_which_it_is_killed_or_fails() {
    let Some(server) = server() else { return };
    let loops = [Mode::Transfer, Mode::Lend, Mode::Copy].into_iter().flat_map(|mode| {
        let each = |from, ways| Loop { from, mode, ways, postgres: Some(&server) };
        [each(&NANGO, Ways::Half(0)), each(&AMPERSAND, Ways::Half(1))]
    });
    survive(&loops.collect::<Vec<_>>());
}

#[test]
fn so_it_does_every_commit() {
    let Some(server) = server() else { return };
    let modes = [(&NANGO, Mode::Transfer), (&NANGO, Mode::Lend), (&APIDECK, Mode::Copy)];
    survive(&modes.map(|(from, mode)| Loop { from, mode, ways: Ways::Commits, postgres: Some(&server) }));
}

#[test]
fn so_it_does_a_change_of_the_key_whatever_becomes_of_its_commit() {
    let Some(server) = server() else { return };
    survive_a_new_key(&server.database("state").expect("it is made"));
}

#[test]
fn while_one_process_hands_over_another_is_refused_and_told_which() {
    let refused = |name: &str, url: Option<&str>, hold: &dyn Fn(&Scene) -> Box<dyn Database>| {
        let scene = Scene::new(name, &NANGO, ROTATING, &Link::many(1, "hubspot"));
        url.iter().for_each(|url| scene.keep_state_in(url));
        scene.pass_the_gate();
        let held = hold(&scene);
        let run = scene.project.expect(&["tokens", "transfer", "--yes"], 3);
        let told = run.stderr.contains("is held by `cutover tokens lend`, process 7");
        assert!(told && !run.stderr.contains("pg-planted"), "{run:?}");
        // Who looks is not held off, and sees that nothing was done.
        assert_eq!(scene.totals(), serde_json::json!({}));
        drop(held);
        scene.project.expect(&["tokens", "transfer", "--yes"], 0);
        assert_eq!(scene.totals(), serde_json::json!({"complete": 1}));
    };
    const OWNER: &str = "`cutover tokens lend`, process 7";
    refused("held-sqlite", None, &|scene| {
        let file = scene.project.path("cutover.state");
        Box::new(Sqlite::open_for_writing(&file, OWNER).expect("it opens"))
    });
    let Some(server) = server() else { return };
    let url = server.database("state").expect("it is made");
    refused("held-postgres", Some(&url), &|_| {
        let target = Target::parse(&url, std::path::Path::new(".")).expect("it is a url");
        Box::new(Postgres::open_for_writing(&target, OWNER).expect("it opens"))
    });
}
