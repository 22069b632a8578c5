//! The journal on a real file and on a real server.

mod store;

use std::path::PathBuf;

use super::*;
use crate::machine::{Again, Cure, Disarm, Landing, Rotation};
use crate::sqlite::Sqlite;
use store::{Store, on_both};

const KNOWN: Known = Known {
    export: Again::Latest,
    disarm: Disarm::Needed,
    import: Landing::Lookup,
    new_refreshes: true,
    new_gives_back: false,
    new_forgets: true,
    legacy_takes_back: true,
    rotation: Rotation::Always,
};

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().expect("it is a moment")
}

fn key() -> SealKey {
    SealKey::random().expect("there is randomness")
}

fn exported(journal: &mut Journal, account: &str) {
    journal.discover(&[(account.to_owned(), Mode::Transfer)], now()).expect("it is written");
    for step in [Step::Admit, Step::Witness, Step::Fence, Step::Export] {
        journal.intend(account, step, now()).expect("it is written");
        let keep = match step {
            Step::Export => vec![Keep::Put(What::Credentials, Zeroizing::new(b"rt-planted".to_vec()))],
            _ => Vec::new(),
        };
        journal.confirm(account, &Outcome::Done(Gain::Nothing), &keep, now()).expect("it is written");
    }
}

#[test]
fn what_was_intended_and_not_confirmed_is_in_doubt_for_the_next_process() {
    on_both("recover", leaves_in_doubt);
}

fn leaves_in_doubt(store: &Store) {
    let key = key();
    let mut journal = store.open(&key);
    exported(&mut journal, "acme");
    journal.intend("acme", Step::Import, now()).expect("it is written");
    let left = journal.record("acme").expect("it is there").clone();
    drop(journal);
    let mut journal = store.open(&key);
    assert_eq!(journal.record("acme").expect("it is there"), &left);
    assert_eq!(journal.recover(now()).expect("it is written"), 1);
    assert_eq!(journal.record("acme").expect("it is there").told(), "in-doubt");
    let secret = journal.secret("acme", What::Credentials).expect("it opens");
    assert_eq!(secret.expect("it is kept").as_slice(), b"rt-planted");
    let told: Vec<String> = journal
        .events("acme")
        .expect("they are read")
        .into_iter()
        .map(|event| format!("{} {}", event.what, event.step.unwrap_or_default()))
        .collect();
    assert_eq!(told.last().map(String::as_str), Some("unknown import"));
    assert_eq!(told.len(), 11);
}

#[test]
fn one_process_writes_and_the_others_are_told_who() {
    on_both("lock", has_one_writer);
}

fn has_one_writer(store: &Store) {
    let key = key();
    let journal = store.open(&key);
    let error = store.open_for_writing("another").err().expect("it is held");
    assert!(matches!(&error, DatabaseError::Held { owner, .. } if owner == "a test"), "{error}");
    drop(journal);
    drop(store.open_for_writing("another").expect("it is free"));
}

#[test]
fn another_key_is_refused_and_a_new_one_opens_everything() {
    on_both("key", changes_its_key);
}

fn changes_its_key(store: &Store) {
    let (first, second) = (key(), key());
    let mut journal = store.open(&first);
    exported(&mut journal, "acme");
    drop(journal);
    let open = |key: &SealKey| {
        let database = store.open_for_writing("a test").expect("it opens");
        Journal::open(database, &[KeySource::Key(key.clone())])
    };
    assert!(matches!(open(&second), Err(JournalError::Key { source: SealError::DoesNotOpen, .. })));
    let mut journal = open(&first).expect("it is its key");
    journal.change_key(&KeySource::Key(second.clone())).expect("it is written");
    drop(journal);
    assert!(open(&first).is_err());
    let secret = open(&second).expect("it is its key").secret("acme", What::Credentials).expect("it opens");
    assert_eq!(secret.expect("it is there").as_slice(), b"rt-planted");
}

#[test]
fn a_fence_is_seen_by_others_as_soon_as_it_is_intended_and_a_live_proxy_is_waited_for() {
    on_both("fence", keeps_a_fence);
}

fn keeps_a_fence(store: &Store) {
    let key = key();
    let mut journal = store.open(&key);
    let beside = || store.open_beside().expect("it opens");
    let mut proxy = crate::fence::Fences::new(beside());
    let epoch = proxy.epoch().expect("it is read");
    proxy.acknowledge("proxy 1", epoch, now()).expect("it is written");
    assert!(proxy.allows("acme").expect("it is read"));
    journal.discover(&[("acme".to_owned(), Mode::Transfer)], now()).expect("it is written");
    for step in [Step::Admit, Step::Witness] {
        journal.intend("acme", step, now()).expect("it is written");
        journal.confirm("acme", &Outcome::Done(Gain::Nothing), &[], now()).expect("it is written");
    }
    journal.intend("acme", Step::Fence, now()).expect("it is written");
    assert!(!proxy.allows("acme").expect("it is read"));
    assert!(proxy.allows("beta").expect("it is read"));
    let waited = |journal: &mut Journal, now| {
        let epoch = journal.epoch();
        crate::fence::waited_for(journal.database(), epoch, now).expect("it is read")
    };
    assert_eq!(waited(&mut journal, now()), ["proxy 1"]);
    // One that has said nothing for long is none.
    let later = now() + jiff::SignedDuration::from_millis(crate::fence::LIVE_MS);
    assert_eq!(waited(&mut journal, later), Vec::<String>::new());
    let epoch = proxy.epoch().expect("it is read");
    proxy.acknowledge("proxy 1", epoch, now()).expect("it is written");
    assert_eq!(waited(&mut journal, now()), Vec::<String>::new());
    journal.confirm("acme", &Outcome::Done(Gain::Nothing), &[], now()).expect("it is written");
    journal.turn_back("acme", &KNOWN, now()).expect("it is written").expect("it can");
    journal.intend("acme", Step::Release, now()).expect("it is written");
    assert!(!proxy.allows("acme").expect("it is read"));
    journal.confirm("acme", &Outcome::Done(Gain::Nothing), &[], now()).expect("it is written");
    assert!(proxy.allows("acme").expect("it is read"));
}

#[test]
fn no_secret_is_in_the_files_in_clear_and_none_is_kept_longer_than_needed() {
    on_both("clear", keeps_no_secret_in_clear);
}

fn keeps_no_secret_in_clear(store: &Store) {
    let key = key();
    let mut journal = store.open(&key);
    exported(&mut journal, "acme");
    let found = |store: &Store| {
        let mut found = store.written();
        found.retain(|(_, bytes)| bytes.windows(10).any(|window| window == b"rt-planted"));
        found.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(found(store), Vec::<PathBuf>::new());
    for (step, gain) in
        [(Step::Import, Gain::Nothing), (Step::Verify, Gain::Nothing), (Step::Refresh, Gain::Nothing)]
    {
        assert!(journal.secret("acme", What::Credentials).expect("it opens").is_some(), "{step:?}");
        journal.intend("acme", step, now()).expect("it is written");
        journal.confirm("acme", &Outcome::Done(gain), &[], now()).expect("it is written");
    }
    assert!(journal.secret("acme", What::Credentials).expect("it opens").is_none());
    let why = Outcome::Refused { why: "x".repeat(2_000), cure: Cure::Person };
    journal.intend("acme", Step::Finish, now()).expect("it is written");
    journal.confirm("acme", &why, &[], now()).expect("it is written");
    let last = journal.events("acme").expect("they are read").pop().and_then(|event| event.detail);
    assert_eq!(last.map(|detail| detail.len()), Some(DETAIL_CHARS_MAX));
}

#[test]
fn a_database_of_another_version_is_refused() {
    let store = Store::sqlite("version");
    drop(Sqlite::open_beside(&store.file()).expect("it opens"));
    let connection = rusqlite::Connection::open(store.file()).expect("it opens");
    connection.execute_batch("PRAGMA user_version = 7").expect("it is written");
    let error = Sqlite::open_beside(&store.file()).expect_err("it is of another version");
    assert!(matches!(error, DatabaseError::Version { found: 7, .. }), "{error}");
}

#[test]
fn a_server_whose_tables_are_of_another_version_or_whose_word_is_not_good_is_refused() {
    let Some(store) = Store::postgres("version") else { return };
    drop(store.open_beside().expect("it opens"));
    let Store::Postgres(server, _) = &store else { unreachable!("it was made as one") };
    let set = "UPDATE cutover.setting SET value = '7' WHERE name = 'version'";
    server.run("version", set).expect("it is written");
    let error = store.open_beside().err().expect("it is of another version");
    assert!(matches!(error, DatabaseError::Version { found: 7, .. }), "{error}");
    server.run("version", "ALTER SYSTEM SET fsync = off").expect("it is written");
    server.crash().expect("it starts again");
    let error = store.open_beside().err().expect("it forgets").to_string();
    assert!(
        error.ends_with("its fsync is off, so what it acknowledges can be lost: switch it on"),
        "{error}"
    );
}

#[test]
fn after_a_server_has_crashed_who_reads_goes_on_and_who_wrote_has_lost_its_lock() {
    let Some(store) = Store::postgres("crash") else { return };
    let Store::Postgres(server, _) = &store else { unreachable!("it was made as one") };
    let mut journal = store.open(&key());
    exported(&mut journal, "acme");
    let mut fences = crate::fence::Fences::new(store.open_beside().expect("it opens"));
    assert!(!fences.allows("acme").expect("it is read"));
    server.crash().expect("it starts again");
    assert!(!fences.allows("acme").expect("it is read in another session"));
    assert!(fences.acknowledge("proxy 1", 1, now()).is_ok());
    for _ in 0..2 {
        journal.intend("acme", Step::Import, now()).expect_err("the lock went with the session");
    }
    drop(store.open_for_writing("another").expect("it is free"));
}

#[test]
fn who_was_given_anothers_session_writes_nothing() {
    let Some(store) = Store::postgres("takeover") else { return };
    let Store::Postgres(server, _) = &store else { unreachable!("it was made as one") };
    let mut journal = store.open(&key());
    let set = "UPDATE cutover.setting SET value = '1 another' WHERE name = 'writer'";
    server.run("takeover", set).expect("it is written");
    let error = journal.discover(&[("acme".to_owned(), Mode::Transfer)], now()).expect_err("it is another's");
    assert!(
        error.to_string().ends_with("another process writes it by now; run the command again"),
        "{error}"
    );
}

/// A server that is far: what is sent to it and what it answers takes a few milliseconds more, each time.
fn far(port: u16) -> std::io::Result<u16> {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let near = listener.local_addr()?.port();
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            std::thread::sleep(std::time::Duration::from_millis(3));
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    };
    std::thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
            let both = client.try_clone().and_then(|client| Ok((client, server.try_clone()?)));
            let Ok((other, answers)) = both else { return };
            std::thread::spawn(move || pass(client, server));
            std::thread::spawn(move || pass(answers, other));
        }
    });
    Ok(near)
}

#[test]
fn ten_thousand_accounts_are_written_to_a_server_that_is_far_without_a_wait_for_each() {
    let Some(store) = Store::postgres("far") else { return };
    let Store::Postgres(server, _) = &store else { return };
    let near = server.database("distant").expect("it is made");
    let port: u16 =
        near.split(':').nth(3).and_then(|end| end.split('/').next()?.parse().ok()).expect("a port");
    let far = far(port).expect("loopback has a free port");
    let url = near.replace(&format!(":{port}/"), &format!(":{far}/"));
    let target =
        crate::postgres::target::Target::parse(&url, std::path::Path::new(".")).expect("it is a url");
    let database = crate::postgres::Postgres::open_for_writing(&target, "a test").expect("it opens");
    let mut journal = Journal::open(Box::new(database), &[KeySource::Key(key())]).expect("it is a journal");
    let accounts: Vec<(String, Mode)> =
        (0..10_000).map(|number| (format!("acct-{number:05}"), Mode::Transfer)).collect();
    let began = std::time::Instant::now();
    journal.discover(&accounts, now()).expect("they are written");
    let took = began.elapsed();
    // Twenty thousand waits of six milliseconds would be two minutes.
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
    assert_eq!(journal.events("acct-09999").expect("they are read").len(), 1);
    drop(std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("10,000 accounts: {took:?}\n").as_bytes(),
    ));
}
