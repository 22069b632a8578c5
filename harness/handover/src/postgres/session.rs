//! One session with a PostgreSQL server: the tables, the lock of the one writer, rows in and out.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::future::try_join_all;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::types::{IsNull, ToSql, Type, WrongType, to_sql_checked};
use tokio_postgres::{Client, Connection, Error, NoTls, Row, Socket};

use super::Rows;
use super::target::Target;
use super::tls;
use crate::database::{Cell, DatabaseError, Statement, TABLES, VERSION};

/// A statement takes milliseconds; a server that needs longer is taken for lost.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// The server notices within moments that a process was killed; until then its lock seems to be held.
const HELD_FOR: Duration = Duration::from_secs(3);
const TRIES_EACH: Duration = Duration::from_millis(100);
/// Statements are sent on without waiting for the answer to each: a far server takes tens of milliseconds for one. So many are polled in the order in
/// which they stand, and in that order the server does them.
const AT_ONCE: usize = 30;

/// What each session says first. A commit is on the server's disk before it is answered, and a machine that vanished is noticed within a minute
/// or two, not after hours.
const FIRST: &str = "
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
SET statement_timeout TO 15000; SET lock_timeout TO 10000; SET client_min_messages TO warning;
SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 3;
SET search_path TO cutover";
const IS_THERE: &str = "SELECT to_regclass('cutover.setting') IS NOT NULL";
/// Two who make the tables at once would trip over each other.
const MAKE: &str = "SELECT pg_advisory_xact_lock(1668641908, 1); CREATE SCHEMA IF NOT EXISTS cutover";
const LOCK: &str = "SELECT pg_try_advisory_lock(1668641908, 0)";
const NAME_OWNER: &str = "INSERT INTO setting (name, value) VALUES ('writer', pg_backend_pid()::text || ' ' || $1::text) \
                          ON CONFLICT (name) DO UPDATE SET value = pg_backend_pid()::text || ' ' || $1::text";
/// The row counts only as long as it is the session that holds the lock which wrote it.
const OWNER: &str = "SELECT substr(value, strpos(value, ' ') + 1) FROM setting, pg_locks \
                     WHERE name = 'writer' AND locktype = 'advisory' AND classid = 1668641908 AND objid = 0 AND objsubid = 2 AND granted \
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                     AND split_part(value, ' ', 1) = pid::text";
/// Between us and the server there may be one who gives each transaction another session; then the lock holds nobody off, and this does.
const STILL_OURS: &str = "SELECT 1 FROM setting WHERE name = 'writer' AND value = pg_backend_pid()::text || ' ' || $1::text FOR UPDATE";

/// A session, or what is needed for the next.
pub struct Session {
    pub target: Target,
    role: Role,
    open: Option<Open>,
}

enum Role {
    /// Holds the lock, under this name.
    Writer(String),
    /// Reads, and acknowledges.
    Beside,
}

struct Open {
    client: Client,
    prepared: BTreeMap<&'static str, tokio_postgres::Statement>,
}

/// Why a call came to nothing.
enum Trouble {
    Server(Error),
    Silent,
    TakenOver,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Server(error)
    }
}

/// Whether the tables are there.
pub async fn is_there(target: &Target) -> Result<bool, DatabaseError> {
    let looked = async {
        let client = connect(target).await?;
        let row = within(client.query_one(IS_THERE, &[])).await?;
        Ok(row.try_get(0)?)
    };
    looked.await.map_err(|trouble| failed("open", target, trouble))
}

impl Session {
    pub fn of_the_writer(target: &Target, owner: &str) -> Session {
        Session { target: target.clone(), role: Role::Writer(owner.to_owned()), open: None }
    }

    pub fn beside(target: &Target) -> Session {
        Session { target: target.clone(), role: Role::Beside, open: None }
    }

    /// The first session; a writer's only one.
    pub async fn open(&mut self) -> Result<(), DatabaseError> {
        let mut client =
            connect(&self.target).await.map_err(|trouble| failed("open", &self.target, trouble))?;
        let found = prepare(&mut client).await.map_err(|trouble| failed("open", &self.target, trouble))?;
        if found.fsync != "on" {
            let why = "its fsync is off, so what it acknowledges can be lost: switch it on".to_owned();
            return Err(DatabaseError::Failed { doing: "open", name: self.target.name(), why });
        }
        if found.version != VERSION {
            let (name, found) = (self.target.name(), found.version);
            return Err(DatabaseError::Version { name, found, known: VERSION });
        }
        if let Role::Writer(owner) = &self.role {
            let held = lock(&client, owner).await;
            if let Some(holder) = held.map_err(|trouble| failed("lock", &self.target, trouble))? {
                return Err(DatabaseError::Held { name: self.target.name(), owner: holder });
            }
        }
        self.open = Some(Open { client, prepared: BTreeMap::new() });
        Ok(())
    }

    /// All of it, or nothing.
    pub async fn write(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        self.have("write").await?;
        let mut written = self.try_write(statements).await;
        // What is written beside the journal may be written twice.
        if written.as_ref().is_err_and(|trouble| self.may_try_again(trouble))
            && self.have("write").await.is_ok()
        {
            written = self.try_write(statements).await;
        }
        written.map_err(|trouble| failed("write", &self.target, trouble))
    }

    /// Rows.
    pub async fn read(&mut self, statement: &Statement) -> Result<Rows, DatabaseError> {
        self.have("read").await?;
        let mut found = self.try_read(statement).await;
        if found.as_ref().is_err_and(|trouble| self.may_try_again(trouble)) && self.have("read").await.is_ok()
        {
            found = self.try_read(statement).await;
        }
        found.map_err(|trouble| failed("read", &self.target, trouble))
    }

    /// Who reads connects again after a server was started anew; who writes has lost the lock with the session.
    async fn have(&mut self, doing: &'static str) -> Result<(), DatabaseError> {
        match (&self.open, &self.role) {
            (Some(_), _) => Ok(()),
            (None, Role::Beside) => self.open().await,
            (None, Role::Writer(_)) => {
                let why = "the session that held its lock has ended; run the command again".to_owned();
                Err(DatabaseError::Failed { doing, name: self.target.name(), why })
            }
        }
    }

    /// A server that was started anew has ended our session; one that is silent stays so.
    fn may_try_again(&self, trouble: &Trouble) -> bool {
        let has_ended = matches!(trouble, Trouble::Server(_)) && is_lost(trouble);
        has_ended && matches!(self.role, Role::Beside)
    }

    async fn try_write(&mut self, statements: &[Statement]) -> Result<(), Trouble> {
        let Some(open) = &mut self.open else { return Err(Trouble::Silent) };
        let owner = match &self.role {
            Role::Writer(owner) => Some(owner.as_str()),
            Role::Beside => None,
        };
        let written = open.write(statements, owner).await;
        self.drop_what_is_lost(written)
    }

    async fn try_read(&mut self, statement: &Statement) -> Result<Rows, Trouble> {
        let Some(open) = &mut self.open else { return Err(Trouble::Silent) };
        let found = open.read(statement).await;
        self.drop_what_is_lost(found)
    }

    fn drop_what_is_lost<T>(&mut self, came: Result<T, Trouble>) -> Result<T, Trouble> {
        if came.as_ref().is_err_and(is_lost) {
            self.open = None;
        }
        came
    }
}

impl Open {
    async fn write(&mut self, statements: &[Statement], owner: Option<&str>) -> Result<(), Trouble> {
        let mut prepared = Vec::new();
        for statement in statements {
            prepared.push(self.prepared(statement.sql).await?);
        }
        let transaction = within(self.client.transaction()).await?;
        if let Some(owner) = owner
            && within(transaction.query_opt(STILL_OURS, &[&owner])).await?.is_none()
        {
            return Err(Trouble::TakenOver);
        }
        let asked: Vec<_> = statements.iter().zip(&prepared).collect();
        for some in asked.chunks(AT_ONCE) {
            let transaction = &transaction;
            let sent = some.iter().map(|(statement, prepared)| async move {
                transaction.execute(*prepared, &parameters(statement)).await
            });
            within(try_join_all(sent)).await?;
        }
        within(transaction.commit()).await
    }

    async fn read(&mut self, statement: &Statement) -> Result<Rows, Trouble> {
        let prepared = self.prepared(statement.sql).await?;
        let rows = within(self.client.query(&prepared, &parameters(statement))).await?;
        Ok(rows.iter().map(cells).collect::<Result<_, _>>()?)
    }

    async fn prepared(&mut self, sql: &'static str) -> Result<tokio_postgres::Statement, Trouble> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = within(self.client.prepare(sql)).await?;
        self.prepared.insert(sql, prepared.clone());
        Ok(prepared)
    }
}

/// What a session finds.
struct Found {
    fsync: String,
    version: i64,
}

async fn connect(target: &Target) -> Result<Client, Trouble> {
    match &target.tls {
        Some(tls) => Ok(run(within(target.config.connect(tls.clone())).await?)),
        None => Ok(run(within(target.config.connect(NoTls)).await?)),
    }
}

/// It ends with the client; what ends it earlier, the next call is told.
fn run<T>((client, connection): (Client, Connection<Socket, T>)) -> Client
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move { drop(connection.await) });
    client
}

async fn prepare(client: &mut Client) -> Result<Found, Trouble> {
    within(client.batch_execute(FIRST)).await?;
    let is_there: bool = within(client.query_one(IS_THERE, &[])).await?.try_get(0)?;
    if !is_there {
        let transaction = within(client.transaction()).await?;
        within(transaction.batch_execute(MAKE)).await?;
        within(transaction.batch_execute(&TABLES.replace("BYTES", "BYTEA"))).await?;
        let version = format!("INSERT INTO setting VALUES ('version', '{VERSION}') ON CONFLICT DO NOTHING");
        within(transaction.batch_execute(&version)).await?;
        within(transaction.commit()).await?;
    }
    let row = within(client.query_one(
        "SELECT current_setting('fsync'), (SELECT value FROM setting WHERE name = 'version')",
        &[],
    ));
    let row = row.await?;
    let version: Option<String> = row.try_get(1)?;
    Ok(Found { fsync: row.try_get(0)?, version: version.and_then(|text| text.parse().ok()).unwrap_or(0) })
}

/// Takes the lock, and says who did; else who has it.
async fn lock(client: &Client, owner: &str) -> Result<Option<String>, Trouble> {
    let mut waited = Duration::ZERO;
    loop {
        let is_ours: bool = within(client.query_one(LOCK, &[])).await?.try_get(0)?;
        if is_ours {
            within(client.execute(NAME_OWNER, &[&owner])).await?;
            return Ok(None);
        }
        if waited >= HELD_FOR {
            let row = within(client.query_opt(OWNER, &[])).await?;
            let holder = row.map(|row| row.try_get(0)).transpose()?;
            return Ok(Some(holder.unwrap_or_else(|| "another process".to_owned())));
        }
        tokio::time::sleep(TRIES_EACH).await;
        waited += TRIES_EACH;
    }
}

async fn within<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(ANSWERS_WITHIN, call).await {
        Ok(answer) => answer.map_err(Trouble::Server),
        Err(_) => Err(Trouble::Silent),
    }
}

/// Whether the session is of no use any more.
fn is_lost(trouble: &Trouble) -> bool {
    match trouble {
        // The server tells of its own end with an error of class 57P; all else it says leaves the session whole.
        Trouble::Server(error) => error.code().is_none_or(|code| code.code().starts_with("57P")),
        Trouble::Silent | Trouble::TakenOver => true,
    }
}

/// No detail of the server's: it repeats what is in rows.
fn failed(doing: &'static str, target: &Target, trouble: Trouble) -> DatabaseError {
    let why = match trouble {
        Trouble::Server(error) => match error.as_db_error() {
            Some(told) => format!("{} ({})", told.message(), told.code().code()),
            None => {
                let told = error.source().map(|source| format!(": {source}")).unwrap_or_default();
                let mend = tls::mend(&error).map(|mend| format!(": {mend}")).unwrap_or_default();
                format!("{error}{told}{mend}")
            }
        },
        Trouble::Silent => format!("no answer within {} s", ANSWERS_WITHIN.as_secs()),
        Trouble::TakenOver => "another process writes it by now; run the command again".to_owned(),
    };
    DatabaseError::Failed { doing, name: target.name(), why }
}

fn parameters(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Cell {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Cell::Null, _) => Ok(IsNull::Yes),
            (Cell::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            // PostgreSQL has no text with a NUL in it.
            (Cell::Text(text), &Type::TEXT) => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            (Cell::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (Cell::Integer(_) | Cell::Text(_) | Cell::Bytes(_), _) => {
                Err(Box::new(WrongType::new::<Cell>(kind.clone())))
            }
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

fn cells(row: &Row) -> Result<Vec<Cell>, Error> {
    let cell = |(index, column): (usize, &tokio_postgres::Column)| {
        let found = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Cell::Integer),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Cell::Bytes),
            _ => row.try_get::<_, Option<String>>(index)?.map(Cell::Text),
        };
        Ok(found.unwrap_or(Cell::Null))
    };
    row.columns().iter().enumerate().map(cell).collect()
}
