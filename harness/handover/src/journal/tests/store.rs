//! The stores that a journal may be in, each for one test.

use std::io::Write;
use std::path::PathBuf;

use crate::database::{Database, DatabaseError};
use crate::journal::{Journal, KeySource};
use crate::postgres::Postgres;
use crate::postgres::target::Target;
use crate::seal::SealKey;
use crate::sqlite::Sqlite;

/// A database of a test, whichever store it is in.
pub enum Store {
    Sqlite(PathBuf),
    Postgres(servers::postgres::Postgres, Target),
}

impl Store {
    pub fn sqlite(name: &str) -> Store {
        let path = std::env::temp_dir().join(format!("cutover-journal-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).expect("the folder can be made");
        Store::Sqlite(path)
    }

    /// `None`: it is not on this machine, which was said.
    pub fn postgres(name: &str) -> Option<Store> {
        let server = match servers::postgres::Postgres::start() {
            Ok(server) => server,
            Err(error) => {
                let is_required =
                    std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
                assert!(!is_required, "{error}, and CUTOVER_REQUIRE_SERVERS=1 demands it");
                drop(writeln!(std::io::stderr(), "NOT RUN: {error}"));
                return None;
            }
        };
        let url = server.database(name).expect("it is made");
        let target = Target::parse(&url, std::path::Path::new(".")).expect("it is a url");
        Some(Store::Postgres(server, target))
    }

    pub fn file(&self) -> PathBuf {
        match self {
            Store::Sqlite(folder) => folder.join("state"),
            Store::Postgres(server, _) => server.data(),
        }
    }

    pub fn open_for_writing(&self, owner: &str) -> Result<Box<dyn Database>, DatabaseError> {
        Ok(match self {
            Store::Sqlite(_) => Box::new(Sqlite::open_for_writing(&self.file(), owner)?),
            Store::Postgres(_, target) => Box::new(Postgres::open_for_writing(target, owner)?),
        })
    }

    pub fn open_beside(&self) -> Result<Box<dyn Database + Send>, DatabaseError> {
        Ok(match self {
            Store::Sqlite(_) => Box::new(Sqlite::open_beside(&self.file())?),
            Store::Postgres(_, target) => Box::new(Postgres::open_beside(target)?),
        })
    }

    pub fn open(&self, key: &SealKey) -> Journal {
        let database = self.open_for_writing("a test").expect("it opens");
        Journal::open(database, &[KeySource::Key(key.clone())]).expect("it is a journal")
    }

    /// The bytes of every file that the store has written.
    pub fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        if let Store::Postgres(server, _) = self {
            server.run("postgres", "CHECKPOINT").expect("it is written");
        }
        let (mut folders, mut found) = (Vec::new(), Vec::new());
        folders.push(match self {
            Store::Sqlite(folder) => folder.clone(),
            Store::Postgres(server, _) => server.data(),
        });
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("it is a folder") {
                let path = entry.expect("it is an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    // The server removes files of its own meanwhile.
                    false => found.extend(std::fs::read(&path).ok().map(|bytes| (path, bytes))),
                }
            }
        }
        found
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Store::Sqlite(folder) = self {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// The same facts hold of both stores.
pub fn on_both(name: &str, holds: impl Fn(&Store)) {
    holds(&Store::sqlite(name));
    if let Some(store) = Store::postgres(name) {
        holds(&store);
    }
}
