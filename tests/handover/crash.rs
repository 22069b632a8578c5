//! The crash loop: at the n-th call to a provider or to the state database the process is killed, or the call fails, for every n that a run
//! reaches which nothing disturbs. Who recovers is a new process.
//!
//! What is struck at new is the same whoever legacy is, so only one provider's loop strikes each of new's calls in every way; the others
//! take turns, which together make up every way again.

mod commits;
mod disk;
mod strike;

use std::thread;

use serde_json::Value;
use servers::oauth::ROTATING;
use servers::postgres::Postgres;
use servers::{Credentials, Kind, Link, Linked};

use super::Scene;
use super::sources::{AMPERSAND, APIDECK, CSV, From, JSON, Legacy, MERGE, NANGO, UNIFIED_TO};
use commits::Between;
pub use strike::{BLOWS, Blow, strike};

/// No lane has more cases.
const ACCOUNTS: usize = 80;
/// Much of a case is waiting for what may still arrive: so many cases wait at once.
const LANES: usize = 8;
/// What one process cannot bring to its end, a few can.
const RESUMED_MAX: usize = 3;

/// Whose call is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Legacy,
    New,
    /// A commit of the state database.
    State,
}

/// One call, and what happens there.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    place: Place,
    blow: Blow,
    /// From 1.
    number: u64,
}

/// How many calls an undisturbed run makes.
struct Calls {
    legacy: u64,
    new: u64,
    state: u64,
}

/// Which cases a loop has.
#[derive(Clone, Copy, Debug)]
pub enum Ways {
    /// Every call in every way.
    Every,
    /// Legacy's in every way, each of new's in one: four loops with other turns make up all.
    Turn(u64),
    /// Every call in two ways: two loops with other turns make up all.
    Half(u64),
    /// Every commit of the state database in every way.
    Commits,
}

impl Ways {
    fn cases(self, calls: &Calls) -> Vec<Case> {
        let of = |place, count| {
            let blows = BLOWS.into_iter().zip(0..);
            blows.flat_map(move |(blow, way): (Blow, u64)| {
                (1..=count).map(move |number| (Case { place, blow, number }, number + way))
            })
        };
        let every = |place, count| of(place, count).map(|(case, _)| case).collect::<Vec<_>>();
        let some = |place, count, turn: u64, of_so_many: u64| {
            let is_due =
                move |(case, at): (Case, u64)| (at + turn).is_multiple_of(of_so_many).then_some(case);
            of(place, count).filter_map(is_due).collect::<Vec<_>>()
        };
        match self {
            Ways::Every => [every(Place::Legacy, calls.legacy), every(Place::New, calls.new)].concat(),
            Ways::Turn(turn) => {
                [every(Place::Legacy, calls.legacy), some(Place::New, calls.new, turn, 4)].concat()
            }
            Ways::Half(turn) => {
                [some(Place::Legacy, calls.legacy, turn, 2), some(Place::New, calls.new, turn, 2)].concat()
            }
            Ways::Commits => every(Place::State, calls.state),
        }
    }
}

/// A mode of one provider, struck everywhere.
pub struct Loop<'l> {
    pub from: &'l From,
    pub mode: &'l str,
    pub ways: Ways,
    /// `None`: the state is in SQLite's file.
    pub postgres: Option<&'l Postgres>,
}

/// Strikes several modes of several providers at once.
pub fn survive(loops: &[Loop<'_>]) {
    let lanes = (LANES / loops.len()).max(1);
    thread::scope(|scope| {
        let all = loops.iter().flat_map(|each| (0..lanes).map(move |lane| (each, lane)));
        let running: Vec<_> = all.map(|(each, lane)| scope.spawn(move || each.lane(lane, lanes))).collect();
        for (index, lane) in running.into_iter().enumerate() {
            let cases = lane.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
            let Loop { from, mode, .. } = &loops[index / lanes];
            assert!(cases > 0, "{} {mode}: nothing was struck", from.profile);
        }
    });
}

impl Loop<'_> {
    fn name(&self, lane: usize) -> String {
        let (profile, mode) = (self.from.profile, self.mode);
        let file = self.from.support.as_ref().map_or("", |support| support.file);
        let (_, kind) = file.rsplit_once('.').unwrap_or_default();
        let state = if self.postgres.is_some() { "postgres" } else { "sqlite" };
        format!("crash-{profile}{kind}-{mode}-{:?}-{state}-{lane}", self.ways).replace(['(', ')'], "")
    }

    /// Every how manieth case, with providers and a state of its own; how many.
    fn lane(&self, lane: usize, lanes: usize) -> usize {
        let name = self.name(lane);
        let database = self.postgres.map(|server| {
            let name = name.to_lowercase().replace('-', "_");
            server.database(&name).expect("it is made")
        });
        let between = database.as_deref().filter(|_| matches!(self.ways, Ways::Commits)).map(Between::start);
        let url = between.as_ref().map(|between| between.url.as_str()).or(database.as_deref());
        let run = Run::new(&name, self.from, self.mode, url);
        let mut names = run.scene.names.iter();
        let mut next = || names.next().expect("there are enough accounts").as_str();
        if between.is_some() {
            // While the tables are made, which later runs find.
            let first = next();
            run.strike(
                Case { place: Place::State, blow: BLOWS[lane % BLOWS.len()], number: 1 },
                first,
                between.as_ref(),
            );
            run.recovers(first, "while the tables are made");
        }
        let cases = self.ways.cases(&run.undisturbed(next(), between.as_ref()));
        let mine = cases.iter().enumerate().filter(|(index, _)| index % lanes == lane);
        let count = mine.clone().count();
        for (_, case) in mine {
            let name = next();
            run.strike(*case, name, between.as_ref());
            run.recovers(name, &format!("{}, {}, {case:?}, {name}", self.from.profile, self.mode));
        }
        run.is_judged_well();
        count
    }
}

/// A scene, and the mode in which its accounts move.
struct Run<'r> {
    scene: Scene,
    from: &'r From,
    mode: &'r str,
}

impl<'r> Run<'r> {
    fn new(name: &str, from: &'r From, mode: &'r str, state: Option<&str>) -> Run<'r> {
        let mut links = Link::many(ACCOUNTS, "hubspot");
        if mode == "copy" {
            links.iter_mut().for_each(|link| link.kind = Kind::ApiKey);
        }
        let scene = Scene::new(name, from, ROTATING, &links);
        state.iter().for_each(|url| scene.keep_state_in(url));
        if mode == "transfer" {
            scene.pass_the_gate();
        }
        Run { scene, from, mode }
    }

    fn moving<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut arguments = vec!["tokens", self.mode, name];
        if self.mode != "lend" {
            arguments.push("--yes");
        }
        arguments.extend(self.from.support.iter().flat_map(|support| support.arguments));
        arguments
    }

    fn resuming<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut arguments = vec!["tokens", "resume", name];
        arguments.extend(self.from.support.iter().flat_map(|support| support.arguments));
        arguments
    }

    /// Where its support must send a file, it does.
    fn is_sent(&self, name: &str) {
        let Some(support) = &self.from.support else { return };
        self.scene.project.write(support.file, (support.write)(&self.scene.shared));
        if support.legacy == Legacy::WasEnded {
            self.scene.shared.links(|links| {
                let linked = links.legacy.get_mut(name).map(|linked| &mut linked.credentials);
                if let Some(Credentials::OAuth2 { refresh, .. }) = linked {
                    *refresh = None;
                }
            });
        }
    }

    fn undisturbed(&self, name: &str, between: Option<&Between>) -> Calls {
        self.is_sent(name);
        let counted = || Calls {
            legacy: self.scene.legacy.received(),
            new: self.scene.new.received(),
            state: between.map_or(0, Between::commits),
        };
        let before = counted();
        self.scene.project.expect(&self.moving(name), 0);
        let after = counted();
        assert_eq!(account(&self.scene, name)["state"], self.end());
        Calls {
            legacy: after.legacy - before.legacy,
            new: after.new - before.new,
            state: after.state - before.state,
        }
    }

    fn end(&self) -> &'static str {
        if self.mode == "lend" { "lent" } else { "complete" }
    }

    fn strike(&self, case: Case, name: &str, between: Option<&Between>) {
        self.is_sent(name);
        let (scene, arguments) = (&self.scene, self.moving(name));
        let fell = match (case.place, between) {
            (Place::Legacy, _) => strike(scene, &scene.legacy, case.blow, case.number, &arguments),
            (Place::New, _) => strike(scene, &scene.new, case.blow, case.number, &arguments),
            (Place::State, Some(between)) => between.strike(scene, case.blow, case.number, &arguments),
            (Place::State, None) => unreachable!("nobody is between"),
        };
        assert!(fell, "{} {} {case:?}: the call was not made", self.from.profile, self.mode);
    }

    /// New processes bring a struck account to its end, and the journal is right all the while; how much it had written before.
    fn recovers(&self, name: &str, when: &str) -> usize {
        let mut told = account(&self.scene, name);
        let written = told["history"].as_array().map_or(0, Vec::len);
        self.holds(name, &told, when);
        if told.is_null() {
            // The journal did not know the account yet.
            self.scene.project.expect(&self.moving(name), 0);
            told = account(&self.scene, name);
        }
        for _ in 0..RESUMED_MAX {
            if told["state"] == self.end() {
                break;
            }
            self.scene.project.run(&self.resuming(name));
            told = account(&self.scene, name);
            self.holds(name, &told, when);
        }
        assert_eq!(told["state"], self.end(), "{when}: {told}");
        written
    }

    /// What the journal says is held against what both providers have.
    fn holds(&self, name: &str, told: &Value, when: &str) {
        let (legacy, new) = self.scene.shared.links(|links| {
            let stops =
                self.from.support.as_ref().is_some_and(|support| support.legacy == Legacy::StopsWhenPaused);
            let can_refresh =
                |linked: &Linked| linked.refresh_token().is_some() && !(stops && linked.is_paused);
            let at_new = |linked: &&Linked| linked.account == name && linked.refresh_token().is_some();
            (links.legacy.get(name).is_some_and(can_refresh), links.new.values().filter(at_new).count())
        });
        let holder = told["holder"].as_str().unwrap_or("legacy");
        let is_fenced = told["fenced"] == true;
        assert!(new <= 1, "{when}: new has {new} accounts with a token of it");
        assert!(!legacy || new == 0, "{when}: both sides can refresh it");
        assert!(
            new == 0 || ["new", "doubt"].contains(&holder),
            "{when}: new has it, the journal says {told}"
        );
        assert!(!legacy || is_fenced || holder == "legacy", "{when}: legacy has it, the journal says {told}");
    }

    fn is_judged_well(&self) {
        let judged = self.scene.judged();
        assert_eq!((judged.two_refreshers.len(), judged.refused.len()), (0, 0), "{judged:?}");
    }
}

/// What the program tells of an account; null where the journal does not know it.
pub fn account(scene: &Scene, name: &str) -> Value {
    let run = scene.project.run(&["tokens", "status", name, "--history", "--format", "json"]);
    match serde_json::from_str::<Value>(&run.stdout) {
        Ok(document) => document["accounts"][0].clone(),
        // The journal has no account of this name.
        Err(error) => {
            assert!(run.stderr.contains("there is no account"), "{error}: {run:?}");
            Value::Null
        }
    }
}

fn sqlite<'l>(from: &'l From, mode: &'l str, ways: Ways) -> Loop<'l> {
    Loop { from, mode, ways, postgres: None }
}

#[test]
fn a_transfer_survives_every_call_at_which_it_is_killed_or_fails() {
    survive(&[
        sqlite(&NANGO, "transfer", Ways::Half(0)),
        sqlite(&NANGO, "transfer", Ways::Half(1)),
        sqlite(&AMPERSAND, "transfer", Ways::Turn(0)),
        sqlite(&UNIFIED_TO, "transfer", Ways::Turn(1)),
    ]);
}

#[test]
fn so_does_one_whose_credentials_come_in_a_file_of_support() {
    survive(&[
        sqlite(&APIDECK, "transfer", Ways::Turn(0)),
        sqlite(&MERGE, "transfer", Ways::Turn(1)),
        sqlite(&CSV, "transfer", Ways::Turn(2)),
        sqlite(&JSON, "transfer", Ways::Turn(3)),
    ]);
}

#[test]
fn so_does_lending() {
    // A file of support passes what is transferred or copied, and nothing that is lent again and again.
    let loops = [&NANGO, &AMPERSAND, &UNIFIED_TO];
    survive(&loops.map(|from| sqlite(from, "lend", Ways::Every)));
}

#[test]
fn so_does_copying() {
    survive(&[
        sqlite(&NANGO, "copy", Ways::Every),
        sqlite(&AMPERSAND, "copy", Ways::Turn(0)),
        sqlite(&UNIFIED_TO, "copy", Ways::Turn(1)),
        sqlite(&APIDECK, "copy", Ways::Turn(2)),
        sqlite(&MERGE, "copy", Ways::Turn(3)),
        sqlite(&CSV, "copy", Ways::Turn(0)),
        sqlite(&JSON, "copy", Ways::Turn(1)),
    ]);
}
