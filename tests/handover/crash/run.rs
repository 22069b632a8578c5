//! Accounts that go one way or back, struck one after the other, and brought to their end by new processes.

use serde_json::Value;
use servers::oauth::{Client, ROTATING, STEADY};
use servers::{Credentials, Fault, Kind, Link, Linked, Planted};

use super::commits::Between;
use super::strike::{BLOWS, strike};
use super::{Calls, Case, Place};
use crate::handover::Scene;
use crate::handover::sources::{From, Legacy};

/// No lane has more cases.
const ACCOUNTS: usize = 80;
/// What one process cannot bring to its end, a few can.
const RESUMED_MAX: usize = 3;

/// What is done with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Transfer,
    Lend,
    Copy,
    Back(Stage),
}

/// Where an account stands that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// New has its access token.
    Lent,
    /// New has all of it, and the upstream never rotates.
    Steady,
    /// Legacy has nothing to refresh with any more, and new took nothing.
    NotTaken,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Mode::Transfer => "transfer",
            Mode::Lend => "lend",
            Mode::Copy => "copy",
            Mode::Back(_) => "rollback",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Mode::Transfer | Mode::Copy => "complete",
            Mode::Lend => "lent",
            Mode::Back(_) => "rolled-back",
        }
    }

    fn client(self) -> Client {
        if self == Mode::Back(Stage::Steady) { STEADY } else { ROTATING }
    }

    fn passes_the_gate(self) -> bool {
        matches!(self, Mode::Transfer | Mode::Back(Stage::Steady | Stage::NotTaken))
    }
}

/// A scene, and what is done with its accounts.
pub struct Run<'r> {
    pub scene: Scene,
    from: &'r From,
    mode: Mode,
}

impl<'r> Run<'r> {
    pub fn new(name: &str, from: &'r From, mode: Mode, state: Option<&str>) -> Run<'r> {
        let mut links = Link::many(ACCOUNTS, "hubspot");
        if mode == Mode::Copy {
            links.iter_mut().for_each(|link| link.kind = Kind::ApiKey);
        }
        let scene = Scene::new(name, from, mode.client(), &links);
        state.iter().for_each(|url| scene.keep_state_in(url));
        if mode.passes_the_gate() {
            scene.pass_the_gate();
        }
        Run { scene, from, mode }
    }

    pub fn moving<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut arguments = vec!["tokens", self.mode.word(), name];
        if self.mode != Mode::Lend {
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

    pub fn end(&self) -> &'static str {
        self.mode.end()
    }

    /// Where its support must send a file, it does; what is to go back has gone that far.
    pub fn prepare(&self, name: &str) {
        if let Some(support) = &self.from.support {
            self.scene.project.write(support.file, (support.write)(&self.scene.shared));
            if support.legacy == Legacy::WasEnded {
                self.end_at_legacy(name);
            }
        }
        match self.mode {
            Mode::Transfer | Mode::Lend | Mode::Copy => {}
            Mode::Back(Stage::Lent) => drop(self.scene.project.expect(&["tokens", "lend", name], 0)),
            Mode::Back(Stage::Steady) => {
                self.scene.project.expect(&["tokens", "transfer", name, "--yes"], 0);
            }
            Mode::Back(Stage::NotTaken) => {
                self.scene.new.plant(Planted::times(Fault::Refused(422), 1));
                self.scene.project.expect(&["tokens", "transfer", name, "--yes"], 1);
                self.scene.new.heal();
            }
        }
    }

    fn end_at_legacy(&self, name: &str) {
        self.scene.shared.links(|links| {
            let linked = links.legacy.get_mut(name).map(|linked| &mut linked.credentials);
            if let Some(Credentials::OAuth2 { refresh, .. }) = linked {
                *refresh = None;
            }
        });
    }

    /// How many calls are made where nothing strikes.
    pub fn undisturbed(&self, name: &str, between: Option<&Between>) -> Calls {
        self.prepare(name);
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

    /// Strikes a run.
    pub fn strike(&self, case: Case, name: &str, between: Option<&Between>) {
        self.prepare(name);
        let (scene, arguments) = (&self.scene, self.moving(name));
        let fell = match (case.place, between) {
            (Place::Legacy, _) => strike(scene, &scene.legacy, case.blow, case.number, &arguments),
            (Place::New, _) => strike(scene, &scene.new, case.blow, case.number, &arguments),
            (Place::State, Some(between)) => between.strike(scene, case.blow, case.number, &arguments),
            (Place::State, None) => unreachable!("nobody is between"),
        };
        assert!(fell, "{} {:?} {case:?}: the call was not made", self.from.profile, self.mode);
    }

    /// Strikes who recovers, too, in another way, at one of its first commits.
    pub fn strike_again(&self, between: &Between, case: Case, name: &str, when: &str) {
        let told = account(&self.scene, name);
        self.holds(name, &told, when);
        if !told.is_null() && told["state"] != self.end() {
            let number = case.number % BLOWS.len() as u64 + 1;
            let blow = BLOWS.into_iter().rev().find(|blow| *blow != case.blow).expect("there are several");
            between.strike(&self.scene, blow, number, &self.resuming(name));
        }
    }

    /// New processes bring a struck account to its end, and the journal is right all the while; how much it had written before.
    pub fn recovers(&self, name: &str, when: &str) -> usize {
        let mut told = account(&self.scene, name);
        let written = told["history"].as_array().map_or(0, Vec::len);
        self.holds(name, &told, when);
        for _ in 0..RESUMED_MAX {
            if told["state"] == self.end() {
                break;
            }
            // Where the journal does not know yet what was asked for, it is asked for again.
            let is_known =
                !told.is_null() && (self.mode.word() == "rollback") == (told["direction"] == "back");
            self.scene.project.run(&if is_known { self.resuming(name) } else { self.moving(name) });
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
        // What never rotates both may have; legacy is fenced off from it.
        let is_shared = self.mode == Mode::Back(Stage::Steady);
        assert!(!legacy || new == 0 || is_shared, "{when}: both sides can refresh it");
        let is_news = ["new", "doubt"].contains(&holder);
        assert!(new == 0 || is_news, "{when}: new has it, the journal says {told}");
        assert!(!legacy || is_fenced || holder == "legacy", "{when}: legacy has it, the journal says {told}");
        let is_back = told["state"] == "rolled-back";
        assert!(
            !is_back || (legacy && new == 0 && !is_fenced),
            "{when}: it is not back, the journal says {told}"
        );
    }

    /// The OAuth server's own log has no second refresher and nobody who was refused.
    pub fn is_judged_well(&self) {
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
