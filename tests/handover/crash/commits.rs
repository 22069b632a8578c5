//! Stands between the program and a PostgreSQL server, counts the commits that pass, and strikes at one of them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::strike::{Blow, Process};
use crate::handover::Scene;

/// A simple query (PostgreSQL's protocol 3.0, 55.2.2): its letter, its length with itself, its text and an end.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// Whoever is between.
pub struct Between {
    /// Of the same database, through here.
    pub url: String,
    address: std::net::SocketAddr,
    seen: Arc<Mutex<Seen>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    commits: u64,
    planned: Option<Planned>,
    is_over: bool,
}

/// What is to happen at a commit.
struct Planned {
    at: u64,
    blow: Blow,
    process: Process,
}

impl Between {
    /// Takes calls for the server of this url.
    pub fn start(url: &str) -> Between {
        let (before, rest) = url.split_once('@').expect("it has a user");
        let (server, database) = rest.split_once('/').expect("it has a database");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (to, known) = (server.to_owned(), Arc::clone(&seen));
        let thread = thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if lock(&known).is_over {
                    return;
                }
                let Ok(server) = TcpStream::connect(&to) else { continue };
                let known = Arc::clone(&known);
                thread::spawn(move || pass(&client, &server, &known));
            }
        });
        let url = format!("{before}@{address}/{database}?sslmode=disable");
        Between { url, address, seen, thread: Some(thread) }
    }

    /// How many have passed.
    pub fn commits(&self) -> u64 {
        lock(&self.seen).commits
    }

    /// Runs the program; at its n-th commit the blow falls. Whether it fell.
    pub fn strike(&self, scene: &Scene, blow: Blow, number: u64, arguments: &[&str]) -> bool {
        let process = Process::default();
        let at = self.commits() + number;
        lock(&self.seen).planned = Some(Planned { at, blow, process: process.clone() });
        process.run(&mut scene.project.command(arguments));
        lock(&self.seen).planned.take().is_none()
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        lock(&self.seen).is_over = true;
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes a session's bytes on, both ways, until either side ends it or a blow does.
fn pass(client: &TcpStream, server: &TcpStream, seen: &Mutex<Seen>) {
    drop(client.set_nodelay(true).and_then(|()| server.set_nodelay(true)));
    let answered = Mutex::new(None::<Planned>);
    thread::scope(|scope| {
        scope.spawn(|| {
            // The server's answer to a struck commit says that it is done.
            copy(server, client, |_| match answered.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(planned) => fall(&planned),
                None => Passing::On,
            });
            end(client, server);
        });
        copy(client, server, |bytes| {
            if !bytes.windows(COMMIT.len()).any(|window| window == COMMIT) {
                return Passing::On;
            }
            let mut seen = lock(seen);
            seen.commits += 1;
            let is_due = seen.planned.as_ref().is_some_and(|planned| planned.at == seen.commits);
            match seen.planned.take_if(|_| is_due) {
                Some(planned) if matches!(planned.blow, Blow::KilledBefore | Blow::Refused) => fall(&planned),
                planned => {
                    *answered.lock().unwrap_or_else(PoisonError::into_inner) = planned;
                    Passing::On
                }
            }
        });
        end(client, server);
    });
}

/// Whether what came goes on.
enum Passing {
    On,
    Ends,
}

/// The session is over with it, and where the blow says so, the process.
fn fall(planned: &Planned) -> Passing {
    if matches!(planned.blow, Blow::Killed | Blow::KilledBefore) {
        planned.process.kill();
    }
    Passing::Ends
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, mut passes: impl FnMut(&[u8]) -> Passing) {
    let mut bytes = [0; 1 << 14];
    loop {
        let count = match from.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        if matches!(passes(&bytes[..count]), Passing::Ends) || to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

fn end(client: &TcpStream, server: &TcpStream) {
    // Either may have ended by itself.
    drop(client.shutdown(Shutdown::Both));
    drop(server.shutdown(Shutdown::Both));
}
