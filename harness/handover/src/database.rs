//! What is asked of a state database, whichever it is: some rows, and several changes that are durable together.

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Absent.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Sealed.
    Bytes(Vec<u8>),
}

impl Cell {
    /// A text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Null | Cell::Integer(_) | Cell::Bytes(_) => None,
        }
    }

    /// A number, where it is one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Cell::Integer(number) => Some(*number),
            Cell::Null | Cell::Text(_) | Cell::Bytes(_) => None,
        }
    }

    /// A text or nothing.
    pub fn of(text: Option<impl Into<String>>) -> Cell {
        text.map_or(Cell::Null, |text| Cell::Text(text.into()))
    }
}

/// SQL in the words that SQLite and PostgreSQL share; `$1`, `$2` … stand for the cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The words.
    pub sql: &'static str,
    /// What they are about.
    pub cells: Vec<Cell>,
}

impl Statement {
    /// A statement.
    pub fn new(sql: &'static str, cells: impl Into<Vec<Cell>>) -> Statement {
        Statement { sql, cells: cells.into() }
    }
}

/// What went wrong with a state database. No message names a cell: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Another process writes.
    #[error("the state database {name} is held by {owner}")]
    Held {
        /// The database.
        name: String,
        /// As the holder named itself.
        owner: String,
    },
    /// Not a state database, or of another version.
    #[error("the state database {name} is of version {found}; this program reads version {known}")]
    Version {
        /// The database.
        name: String,
        /// What it says.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// It is not reached, not read or not written.
    #[error("{doing} the state database {name}: {why}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// The database.
        name: String,
        /// What it said.
        why: String,
    },
}

/// A state database.
pub trait Database {
    /// Changes that are there together or not at all, and durable when this returns.
    fn write(&mut self, statements: &[Statement]) -> Result<(), DatabaseError>;
    /// Rows.
    fn read(&mut self, statement: &Statement) -> Result<Vec<Vec<Cell>>, DatabaseError>;
    /// A number that is another one after another process has moved the fence.
    fn changes(&mut self) -> Result<i64, DatabaseError>;
    /// As people are told it; without credentials.
    fn name(&self) -> String;
}

/// The version of the tables. A reader of another version refuses; there is no older one.
pub const VERSION: i64 = 1;

/// The tables, in the words of both. `BYTES` is what each calls bytes.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
  name TEXT PRIMARY KEY, mode TEXT NOT NULL, state TEXT NOT NULL, direction TEXT NOT NULL,
  intent TEXT, intent_at TEXT, doubt TEXT, doubt_at TEXT, halted TEXT, lent_until TEXT,
  fenced BIGINT NOT NULL, witnessed BIGINT NOT NULL, disarmed BIGINT NOT NULL, reclaimed BIGINT NOT NULL, placed BIGINT NOT NULL,
  stale BIGINT NOT NULL, attempts BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS secret (
  account TEXT NOT NULL, what TEXT NOT NULL, sealed BYTES NOT NULL, PRIMARY KEY (account, what));
CREATE TABLE IF NOT EXISTS event (
  number BIGINT PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL, step TEXT, detail TEXT);
CREATE INDEX IF NOT EXISTS event_account ON event (account, number);
CREATE TABLE IF NOT EXISTS fence (account TEXT PRIMARY KEY, epoch BIGINT NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS proxy (name TEXT PRIMARY KEY, epoch BIGINT NOT NULL, seen_ms BIGINT NOT NULL);
";
