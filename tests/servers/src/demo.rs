//! What a demonstration shows: a legacy provider, a new one with defects that are switched on scene by scene, and an application.
//!
//! What is wrong is said here from the services' own documents and told by the new server's ledger. No mapping is known here, so
//! that who judges the answers cannot agree with it in error.

mod application;
mod scenes;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use crate::{Clock, Face, Ledger, Limits, Planted, Received, Seed, Server, Shared};
pub use application::Answered;
pub use scenes::{Ask, Change, Defect, SCENES, Scene, Shows};

const CONTACTS: &str = "contacts";

/// Two pages on the new side, and one on legacy's.
const SEED: Seed = Seed { number: 8, contacts: 120, customers: 20, now_ms: 0 };

/// The servers of a demonstration, until they are dropped.
#[derive(Debug)]
pub struct Demo {
    shared: Shared,
    legacy: Server,
    new: Server,
    left_out: Option<String>,
    /// What each defect has changed so far.
    done: Mutex<Vec<Done>>,
}

/// A defect, and what the new server's ledger says of it.
#[derive(Clone, Debug)]
pub struct Done {
    /// What was wrong.
    pub defect: &'static Defect,
    /// The requests of the application whose answer by new was another because of it.
    pub answers: u64,
}

impl Demo {
    /// Starts both providers on free ports of loopback, in the time that it is. A defect that is left out is never switched on,
    /// though its scene is played: whoever looks for it must miss it.
    pub fn start(now_ms: i64, left_out: Option<&str>) -> io::Result<Demo> {
        let seed = Seed { now_ms, ..SEED };
        let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::running(now_ms));
        let (legacy, new) = (Server::start(Face::Apideck, &shared)?, Server::start(Face::Truto, &shared)?);
        Ok(Demo { shared, legacy, new, left_out: left_out.map(str::to_owned), done: Mutex::default() })
    }

    /// Where legacy listens.
    pub fn legacy_url(&self) -> String {
        self.legacy.url()
    }

    /// Where new listens.
    pub fn new_url(&self) -> String {
        self.new.url()
    }

    /// What both are asked with.
    pub fn key(&self) -> &'static str {
        crate::KEY
    }

    /// Switches on what is wrong in a scene, and lets the application ask what it asks there, by way of a proxy.
    pub fn play(&self, scene: &Scene, proxy: SocketAddr) -> io::Result<Vec<Answered>> {
        let is_left_out = |defect: &&Defect| self.left_out.as_deref() == Some(defect.name);
        if let Some(defect) = scene.defect.filter(|defect| !is_left_out(defect)) {
            self.new.plant(Planted {
                fault: (defect.fault)(),
                below: Some(defect.below.to_owned()),
                times: defect.times,
            });
        }
        scene.changes.iter().for_each(|change| self.change(change));
        scene.asks.iter().map(|ask| application::ask(proxy, ask, &self.shared)).collect()
    }

    /// Switches off what was wrong in a scene, and adds up from the ledger what it changed.
    pub fn end(&self, scene: &Scene) {
        self.new.heal();
        let Some(defect) = scene.defect else { return };
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let before = done.iter().map(|done| done.answers).sum::<u64>();
        let answers = befallen(&self.new.ledger()) - before;
        done.push(Done { defect, answers });
    }

    /// What was wrong so far.
    pub fn done(&self) -> Vec<Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether anything that may write has reached new.
    pub fn is_new_unwritten(&self) -> bool {
        self.new.ledger().writes().is_empty()
    }

    /// The upstream's own data change.
    fn change(&self, change: &Change) {
        let now_ms = self.shared.clock.now_ms();
        let upstream = &mut self.shared.world().upstream;
        match *change {
            Change::Renamed { account, id, last_name } => {
                upstream.update(account, CONTACTS, id, "lastname", last_name.into(), now_ms);
            }
            Change::Added { account } => {
                let account = upstream.by_name_mut(account);
                let Some(account) = account else { return };
                let like = account.collection(CONTACTS).next().map(|contact| contact.fields.clone());
                account.create(CONTACTS, like.unwrap_or_default(), now_ms);
            }
        }
    }
}

/// The requests that a caller makes once, whatever it takes to walk a list, whose answer was another than it would have been.
fn befallen(ledger: &Ledger) -> u64 {
    let is_first =
        |received: &&Received| !["next_cursor=", "offset="].iter().any(|page| received.target.contains(page));
    let befallen: BTreeSet<u64> = ledger
        .reads()
        .filter(|received| !received.befallen.is_empty())
        .filter(is_first)
        .map(|received| received.number)
        .collect();
    befallen.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    const ASK: Ask = Ask { account: "acme", target: "" };

    /// Asks new itself; what befell each request so far.
    fn ask(demo: &Demo, targets: &[&str]) -> Vec<Vec<&'static str>> {
        for target in targets {
            let target = format!("{target}integrated_account_id=3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01");
            application::send(demo.new.address(), &target, &ASK).expect("it answers");
        }
        demo.new.ledger().reads().map(|received| received.befallen.clone()).collect()
    }

    fn demo() -> Demo {
        Demo::start(1_795_165_200_000, None).expect("loopback has free ports")
    }

    #[test]
    fn what_a_fault_changes_is_told_by_the_ledger_and_a_later_page_is_no_answer_of_its_own() {
        let demo = demo();
        let wrong =
            Fault::WrongField { pointer: "/result/0/properties/company".to_owned(), value: "?".into() };
        demo.new.plant(Planted::always(wrong));
        ask(&demo, &["/proxy/contacts?", "/proxy/contacts?next_cursor=&", "/proxy/nothing?"]);
        demo.new.heal();
        let befallen_each = ask(&demo, &["/proxy/contacts?"]);
        assert_eq!(befallen_each, [vec!["wrong_field"], vec!["wrong_field"], vec![], vec![]]);
        assert_eq!(befallen(&demo.new.ledger()), 1);
    }

    #[test]
    fn an_answer_from_an_old_copy_is_another_only_where_something_changed() {
        let demo = demo();
        demo.new.plant(Planted::always(Fault::Stale));
        demo.change(&Change::Renamed { account: "acme", id: 20_101, last_name: "Changed" });
        let befallen = ask(&demo, &["/unified/crm/contacts/20101?", "/unified/crm/contacts/20104?"]);
        assert_eq!(befallen, [vec!["stale"], vec![]]);
    }
}
