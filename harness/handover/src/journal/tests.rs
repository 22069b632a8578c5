//! The journal on a real file.

use std::path::PathBuf;

use super::*;
use crate::machine::{Again, Cure, Disarm, Landing, Rotation};
use crate::sqlite::Sqlite;

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

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("cutover-journal-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).expect("the folder can be made");
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("state")
    }

    fn open(&self, key: &SealKey) -> Journal {
        let database = Sqlite::open_for_writing(&self.file(), "a test").expect("it opens");
        Journal::open(Box::new(database), &[KeySource::Key(key.clone())]).expect("it is a journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

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
    let (folder, key) = (Folder::new("recover"), key());
    let mut journal = folder.open(&key);
    exported(&mut journal, "acme");
    journal.intend("acme", Step::Import, now()).expect("it is written");
    let left = journal.record("acme").expect("it is there").clone();
    drop(journal);
    let mut journal = folder.open(&key);
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
    let (folder, key) = (Folder::new("lock"), key());
    let journal = folder.open(&key);
    let error = Sqlite::open_for_writing(&folder.file(), "another").expect_err("it is held");
    assert!(matches!(&error, DatabaseError::Held { owner, .. } if owner == "a test"), "{error}");
    drop(journal);
    Sqlite::open_for_writing(&folder.file(), "another").expect("it is free");
}

#[test]
fn another_key_is_refused_and_a_new_one_opens_everything() {
    let (folder, first, second) = (Folder::new("key"), key(), key());
    let mut journal = folder.open(&first);
    exported(&mut journal, "acme");
    drop(journal);
    let open = |key: &SealKey| {
        let database = Sqlite::open_for_writing(&folder.file(), "a test").expect("it opens");
        Journal::open(Box::new(database), &[KeySource::Key(key.clone())])
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
    let (folder, key) = (Folder::new("fence"), key());
    let mut journal = folder.open(&key);
    let beside = || Box::new(Sqlite::open_beside(&folder.file()).expect("it opens"));
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
    let (folder, key) = (Folder::new("clear"), key());
    let mut journal = folder.open(&key);
    exported(&mut journal, "acme");
    let found = |folder: &Folder| {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder.0).expect("it is a folder") {
            let path = entry.expect("it is an entry").path();
            let bytes = std::fs::read(&path).expect("it is a file");
            if bytes.windows(10).any(|window| window == b"rt-planted") {
                found.push(path);
            }
        }
        found
    };
    assert_eq!(found(&folder), Vec::<PathBuf>::new());
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
    let folder = Folder::new("version");
    drop(Sqlite::open_beside(&folder.file()).expect("it opens"));
    let connection = rusqlite::Connection::open(folder.file()).expect("it opens");
    connection.execute_batch("PRAGMA user_version = 7").expect("it is written");
    let error = Sqlite::open_beside(&folder.file()).expect_err("it is of another version");
    assert!(matches!(error, DatabaseError::Version { found: 7, .. }), "{error}");
}
