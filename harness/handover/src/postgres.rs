//! A state database in PostgreSQL, for proxies and hand-overs on several machines: one session writes the journal, and its lock ends with it.
//!
//! Everything is in the schema `cutover` of the database that the url names. The lock is an advisory one of the writer's session, so that the server lets
//! it go when the process ends, however it ends; the owner's name is in a row beside it. A writer never opens a second session: what was lost
//! with the first may be another process's by now.

pub mod target;
mod session;
mod tls;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Runtime};

use crate::database::{Cell, Database, DatabaseError, Statement};
use session::Session;
use target::Target;

/// A database of a PostgreSQL server.
///
/// A thread of its own speaks to the server, so that it may be asked from within a runtime and outside of one.
#[derive(Debug)]
pub struct Postgres {
    asked: Option<Sender<Asked>>,
    thread: Option<JoinHandle<()>>,
    name: String,
}

/// What the thread is asked.
enum Asked {
    Write(Vec<Statement>, Sender<Result<(), DatabaseError>>),
    Read(Statement, Sender<Result<Rows, DatabaseError>>),
}

type Rows = Vec<Vec<Cell>>;

impl Postgres {
    /// Opens the database for the journal's one writer, and makes the tables where they are absent. `owner` is who others are told holds it.
    pub fn open_for_writing(target: &Target, owner: &str) -> Result<Postgres, DatabaseError> {
        Postgres::open(Session::of_the_writer(target, owner))
    }

    /// Opens the database for those who read, and for proxies, which write nothing but their acknowledgements.
    pub fn open_beside(target: &Target) -> Result<Postgres, DatabaseError> {
        Postgres::open(Session::beside(target))
    }

    /// Whether anything was ever handed over with it.
    pub fn is_there(target: &Target) -> Result<bool, DatabaseError> {
        runtime(target)?.block_on(session::is_there(target))
    }

    fn open(mut session: Session) -> Result<Postgres, DatabaseError> {
        let name = session.target.name();
        let runtime = runtime(&session.target)?;
        let (asked, asks) = channel();
        let (opened, is_open) = channel();
        let run = move || {
            let is_good = runtime.block_on(session.open());
            let serves = is_good.is_ok();
            if opened.send(is_good).is_ok() && serves {
                answer(&runtime, &mut session, &asks);
            }
        };
        let failed = |why: String| DatabaseError::Failed { doing: "open", name: name.clone(), why };
        let thread = std::thread::Builder::new().name("state".to_owned()).spawn(run);
        let thread = thread.map_err(|error| failed(error.to_string()))?;
        is_open.recv().map_err(|_| failed(GONE.to_owned()))??;
        Ok(Postgres { asked: Some(asked), thread: Some(thread), name })
    }

    fn ask<T>(
        &self,
        doing: &'static str,
        asked: impl FnOnce(Sender<Result<T, DatabaseError>>) -> Asked,
    ) -> Result<T, DatabaseError> {
        let gone = || DatabaseError::Failed { doing, name: self.name.clone(), why: GONE.to_owned() };
        let (answers, answer) = channel();
        self.asked.as_ref().ok_or_else(gone)?.send(asked(answers)).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

const GONE: &str = "what speaks to it has ended";

fn runtime(target: &Target) -> Result<Runtime, DatabaseError> {
    Builder::new_current_thread().enable_all().build().map_err(|error| DatabaseError::Failed {
        doing: "open",
        name: target.name(),
        why: error.to_string(),
    })
}

fn answer(runtime: &Runtime, session: &mut Session, asks: &Receiver<Asked>) {
    // Who asked and left needs no answer.
    for asked in asks {
        match asked {
            Asked::Write(statements, to) => drop(to.send(runtime.block_on(session.write(&statements)))),
            Asked::Read(statement, to) => drop(to.send(runtime.block_on(session.read(&statement)))),
        }
    }
}

impl Database for Postgres {
    fn write(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        self.ask("write", |to| Asked::Write(statements.to_vec(), to))
    }

    fn read(&mut self, statement: &Statement) -> Result<Rows, DatabaseError> {
        self.ask("read", |to| Asked::Read(statement.clone(), to))
    }

    /// The change of the fence itself: whoever asks wants to know of that one.
    fn changes(&mut self) -> Result<i64, DatabaseError> {
        crate::fence::epoch(self)
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.asked = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
