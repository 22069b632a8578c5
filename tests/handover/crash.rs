//! The crash loop: at the n-th call to a provider or to the state database the process is killed, or the call fails, for every n that a run
//! reaches which nothing disturbs. Who recovers is a new process.
//!
//! What is struck at new is the same whoever legacy is, so only one provider's loop strikes each of new's calls in every way; the others
//! take turns, which together make up every way again.

mod commits;
mod disk;
mod key;
mod run;
mod strike;

use std::thread;

use servers::postgres::Postgres;

use super::sources::{AMPERSAND, APIDECK, CSV, From, JSON, MERGE, NANGO, UNIFIED_TO};
use commits::Between;
pub use key::survive_a_new_key;
use run::Run;
pub use run::{Mode, Stage, account};
pub use strike::{BLOWS, Blow, strike};

/// Much of a case is waiting for what may still arrive: so many cases wait at once.
const LANES: usize = 8;

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
    pub mode: Mode,
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
            assert!(cases > 0, "{} {mode:?}: nothing was struck", from.profile);
        }
    });
}

impl Loop<'_> {
    fn name(&self, lane: usize) -> String {
        let (profile, mode) = (self.from.profile, self.mode);
        let file = self.from.support.as_ref().map_or("", |support| support.file);
        let (_, kind) = file.rsplit_once('.').unwrap_or_default();
        let state = if self.postgres.is_some() { "postgres" } else { "sqlite" };
        format!("crash-{profile}{kind}-{mode:?}-{:?}-{state}-{lane}", self.ways).replace(['(', ')'], "")
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
            let case = Case { place: Place::State, blow: BLOWS[lane % BLOWS.len()], number: 1 };
            run.strike(case, first, between.as_ref());
            run.recovers(first, "while the tables are made");
        }
        let cases = self.ways.cases(&run.undisturbed(next(), between.as_ref()));
        let mine = cases.iter().enumerate().filter(|(index, _)| index % lanes == lane);
        let count = mine.clone().count();
        for (_, case) in mine {
            let name = next();
            let when = format!("{}, {:?}, {case:?}, {name}", self.from.profile, self.mode);
            run.strike(*case, name, between.as_ref());
            if let Some(between) = between.as_ref().filter(|_| case.number.is_multiple_of(2)) {
                run.strike_again(between, *case, name, &when);
            }
            run.recovers(name, &when);
        }
        run.is_judged_well();
        count
    }
}

fn sqlite(from: &From, mode: Mode, ways: Ways) -> Loop<'_> {
    Loop { from, mode, ways, postgres: None }
}

#[test]
fn a_transfer_survives_every_call_at_which_it_is_killed_or_fails() {
    survive(&[
        sqlite(&NANGO, Mode::Transfer, Ways::Half(0)),
        sqlite(&NANGO, Mode::Transfer, Ways::Half(1)),
        sqlite(&AMPERSAND, Mode::Transfer, Ways::Turn(0)),
        sqlite(&UNIFIED_TO, Mode::Transfer, Ways::Turn(1)),
    ]);
}

#[test]
fn so_does_one_whose_credentials_come_in_a_file_of_support() {
    survive(&[
        sqlite(&APIDECK, Mode::Transfer, Ways::Turn(0)),
        sqlite(&MERGE, Mode::Transfer, Ways::Turn(1)),
        sqlite(&CSV, Mode::Transfer, Ways::Turn(2)),
        sqlite(&JSON, Mode::Transfer, Ways::Turn(3)),
    ]);
}

#[test]
fn so_does_lending() {
    // A file of support passes what is transferred or copied, and nothing that is lent again and again.
    survive(&[&NANGO, &AMPERSAND, &UNIFIED_TO].map(|from| sqlite(from, Mode::Lend, Ways::Every)));
}

#[test]
fn so_does_copying() {
    survive(&[
        sqlite(&NANGO, Mode::Copy, Ways::Every),
        sqlite(&AMPERSAND, Mode::Copy, Ways::Turn(0)),
        sqlite(&UNIFIED_TO, Mode::Copy, Ways::Turn(1)),
        sqlite(&APIDECK, Mode::Copy, Ways::Turn(2)),
        sqlite(&MERGE, Mode::Copy, Ways::Turn(3)),
        sqlite(&CSV, Mode::Copy, Ways::Turn(0)),
        sqlite(&JSON, Mode::Copy, Ways::Turn(1)),
    ]);
}

#[test]
fn so_does_going_back() {
    let stages = [Stage::Lent, Stage::Steady, Stage::NotTaken].map(Mode::Back);
    let loops = stages.into_iter().flat_map(|mode| {
        let ways = [(&NANGO, Ways::Every), (&AMPERSAND, Ways::Half(0)), (&UNIFIED_TO, Ways::Half(1))];
        ways.map(|(from, ways)| sqlite(from, mode, ways))
    });
    survive(&loops.collect::<Vec<_>>());
}
