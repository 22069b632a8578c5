//! `cutover tokens inventory` and `watch` against providers on loopback that hold tokens: what is said, what is asked, and what is never
//! touched. The OAuth server's log is the judge.

mod gate;
mod large;
mod reconnect;
mod taken;
mod watch;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use servers::oauth::{self, ROTATING, STEADY, VENDORS};
use servers::{App, Clock, Face, KEY, Kind, Lifetimes, Limits, Link, OAuth, Seed, Server, Shared};

use crate::real::project::{MIGRATION, Project, Run, json};

/// The program lives in the machine's time, and so do the servers here.
#[expect(clippy::disallowed_methods, reason = "a test of what moves with the machine's clock")]
fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    i64::try_from(now.as_millis()).expect("the clock is right")
}

/// Both providers over one OAuth server.
struct World {
    shared: Shared,
    oauth: OAuth,
    legacy: Server,
    new: Server,
}

impl World {
    fn new(face: Face, apps: &[App], links: &[Link]) -> World {
        let now_ms = now_ms();
        let seed = Seed { number: 3, contacts: 1, customers: 0, now_ms };
        let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::standing(now_ms));
        let oauth = OAuth::rust(&shared, Lifetimes::USUAL).expect("loopback has a free port");
        shared.link(&oauth, apps, links).expect("grants are made");
        let start = |face| Server::start(face, &shared).expect("loopback has a free port");
        World { legacy: start(face), new: start(Face::Truto), oauth, shared }
    }

    /// A migration between them; `more` is what else the configuration says.
    fn project(&self, name: &str, accounts: &str, more: &str) -> Project {
        let (profile, credential) = match self.legacy.face() {
            Face::UnifiedTo => ("unified-to", "token"),
            Face::Ampersand => ("ampersand", "project = \"project-1\", api_key"),
            _ => ("nango", "secret_key"),
        };
        let text = format!(
            "{MIGRATION}[providers.legacy]\nprofile = \"{profile}\"\nbase_url = \"{}\"\ncredentials = {{ {credential} = \"{KEY}\" }}\n\
             [providers.new]\nprofile = \"truto\"\nbase_url = \"{}\"\ncredentials = {{ token = \"{KEY}\" }}\n\
             [accounts]\nfile = \"accounts.csv\"\n{more}",
            self.legacy.url(),
            self.new.url(),
        );
        let project = Project::new(&format!("inventory-{name}"), &text);
        project.write("accounts.csv", accounts);
        project
    }

    /// Who asked the OAuth server for what: a look must ask for nothing.
    fn asked_for_tokens(&self) -> usize {
        self.oauth.log(self.shared.clock.now_ms()).expect("the log is told").len()
    }

    /// Every secret that a provider holds.
    fn secrets(&self) -> Vec<String> {
        self.shared.links(|links| {
            let all = links.legacy.values().chain(links.new.values()).flat_map(|linked| {
                match &linked.credentials {
                    servers::Credentials::OAuth2 { access, refresh, .. } => {
                        std::iter::once(access.clone()).chain(refresh.clone()).collect::<Vec<_>>()
                    }
                    servers::Credentials::ApiKey(key) => vec![key.clone()],
                    servers::Credentials::TokenBased { id, secret } => vec![id.clone(), secret.clone()],
                    servers::Credentials::ClientCredentials { .. } => Vec::new(),
                }
            });
            let clients = oauth::CLIENTS.map(|client| client.secret.to_owned());
            all.chain(clients).collect()
        })
    }

    /// Imports an account at new as an importer would, with the token that legacy holds; its id.
    fn import(&self, account: &str, context: &Value) -> String {
        let mut linked = self.shared.links(|links| links.legacy[account].clone());
        self.shared.links(|links| {
            let id = links.next_id();
            let installed = links.installed.iter().find(|(_, app)| app.integration == linked.integration);
            linked.installed = installed.map(|(id, _)| id.clone()).expect("it is installed");
            linked.context = context.clone();
            links.new.insert(id.clone(), linked);
            id
        })
    }
}

/// The account of a name in an inventory.
fn row<'i>(inventory: &'i Value, account: &str) -> &'i Value {
    let rows = inventory["accounts"].as_array().expect("there are accounts");
    rows.iter()
        .find(|row| row["account"] == account)
        .unwrap_or_else(|| panic!("{account} is not there: {inventory:#}"))
}

fn printed(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// No file below the project, and nothing printed, has a secret in it.
fn hides(world: &World, project: &Project, printed: &str) {
    let secrets = world.secrets();
    assert!(!secrets.is_empty());
    let mut folders = vec![project.path("")];
    let mut texts = vec![("what was printed".to_owned(), printed.to_owned())];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let bytes = std::fs::read(&path).expect("it can be read");
                    texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
    }
    for (place, text) in texts {
        let found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
        assert_eq!(found, Vec::<&String>::new(), "{place}");
    }
}

/// Asks a server something as an application would, past the program under test.
fn asked(server: &Server, method: &str, target: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: loopback\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it takes it");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}
