//! A state database in a SQLite file: every commit reaches the disk before it is answered, and one process writes the journal.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::database::{Cell, Database, DatabaseError, Statement, TABLES, VERSION};

/// Proxies write their acknowledgements beside the journal; each write takes milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A lock's file names its owner in a line.
const OWNER_BYTES_MAX: u64 = 1_024;

/// A SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    name: String,
    /// Held as long as this lives; the system lets it go when the process ends, however it ends.
    _lock: Option<File>,
}

impl Sqlite {
    /// Opens the file for the journal's one writer, and makes it where it is absent. `owner` is who others are told holds it.
    pub fn open_for_writing(path: &Path, owner: &str) -> Result<Sqlite, DatabaseError> {
        let name = path.display().to_string();
        let lock = lock(path, owner, &name)?;
        Sqlite::open(path, Some(lock))
    }

    /// Opens the file for those who read, and for proxies, which write nothing but their acknowledgements.
    pub fn open_beside(path: &Path) -> Result<Sqlite, DatabaseError> {
        Sqlite::open(path, None)
    }

    fn open(path: &Path, lock: Option<File>) -> Result<Sqlite, DatabaseError> {
        let name = path.display().to_string();
        let failed = |error: rusqlite::Error| failed("open", &name, &error);
        only_for_its_owner(path).map_err(|error| DatabaseError::Failed {
            doing: "make",
            name: name.clone(),
            why: error.to_string(),
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        // WAL: proxies read while the journal writes. FULL: a commit is on the disk before it is answered.
        // secure_delete: what was sealed and is not needed any more is overwritten.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;",
            )
            .map_err(failed)?;
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        match found {
            VERSION => {}
            0 => {
                let tables = TABLES.replace("BYTES", "BLOB");
                let made = format!("BEGIN IMMEDIATE; {tables} PRAGMA user_version = {VERSION}; COMMIT;");
                connection.execute_batch(&made).map_err(failed)?;
            }
            found => return Err(DatabaseError::Version { name, found, known: VERSION }),
        }
        Ok(Sqlite { connection, name, _lock: lock })
    }
}

impl Database for Sqlite {
    fn write(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        let name = self.name.clone();
        let failed = |error: rusqlite::Error| failed("write", &name, &error);
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(failed)?;
        for statement in statements {
            let cells = statement.cells.iter().map(to_sqlite);
            transaction.execute(statement.sql, params_from_iter(cells)).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    fn read(&mut self, statement: &Statement) -> Result<Vec<Vec<Cell>>, DatabaseError> {
        let failed = |error: rusqlite::Error| failed("read", &self.name, &error);
        let mut prepared = self.connection.prepare(statement.sql).map_err(failed)?;
        let columns = prepared.column_count();
        let mut rows =
            prepared.query(params_from_iter(statement.cells.iter().map(to_sqlite))).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let cell = |index| row.get_ref(index).map(from_sqlite);
            found.push((0..columns).map(cell).collect::<Result<_, _>>().map_err(failed)?);
        }
        Ok(found)
    }

    fn changes(&mut self) -> Result<i64, DatabaseError> {
        let read = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        read.map_err(|error| failed("read", &self.name, &error))
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

fn lock(path: &Path, owner: &str, name: &str) -> Result<File, DatabaseError> {
    let mut file_name = path.file_name().unwrap_or_default().to_owned();
    file_name.push(".lock");
    let lock_path: PathBuf = path.with_file_name(file_name);
    let failed = |error: std::io::Error| DatabaseError::Failed {
        doing: "lock",
        name: name.to_owned(),
        why: error.to_string(),
    };
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock_path);
    let mut file = open.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let read = (&mut file).take(OWNER_BYTES_MAX).read_to_string(&mut owner);
            let owner =
                if read.is_ok() && !owner.trim().is_empty() { owner.trim() } else { "another process" };
            return Err(DatabaseError::Held { name: name.to_owned(), owner: owner.to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    file.write_all(owner.as_bytes()).map_err(failed)?;
    Ok(file)
}

/// A new file is its owner's alone; SQLite gives the files beside it the same permissions.
fn only_for_its_owner(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn failed(doing: &'static str, name: &str, error: &rusqlite::Error) -> DatabaseError {
    DatabaseError::Failed { doing, name: name.to_owned(), why: error.to_string() }
}

fn to_sqlite(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Bytes(bytes) => Value::Blob(bytes.clone()),
    }
}

fn from_sqlite(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        // No table has a column of this kind.
        ValueRef::Real(_) => Cell::Null,
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}
