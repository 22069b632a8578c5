//! Random operations, crashes, lost and doubled answers, refusals and clock jumps, against a world that counts who uses which token.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::holding::{Truth, broken};
use crate::machine::{self, Again, Arrivals, Cure, Disarm, Gain, Known, Landing, Next, Outcome, Rotation};
use crate::record::{Direction, Mode, Record, State, Step};
use crate::way_back;

/// What happens next in a run.
#[derive(Clone, Debug)]
enum Operation {
    /// The engine goes on by a step.
    Step(Fate),
    /// The application asks through the proxy, and legacy refreshes on the way.
    AppReads,
    /// A job of legacy's refreshes, whatever is paused.
    LegacysJob,
    /// New refreshes by itself.
    NewRefreshes,
    /// Somebody sets the clock.
    ClockJumps(i64),
    /// A person lets it go on, having looked.
    Resume,
    /// A person turns it back.
    TurnBack,
}

/// What becomes of a step's call.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Works,
    AnsweredTwice,
    Refused,
    RefusedForAPerson,
    NeverSent,
    AnswerLost,
    ArrivesLate,
    CrashBefore,
    CrashAfter,
}

/// What a run is about: it does not change.
#[derive(Clone, Debug)]
struct Setting {
    known: Known,
    mode: Mode,
}

struct Runs;

impl ReferenceStateMachine for Runs {
    type State = Setting;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Setting> {
        let mode = prop_oneof![4 => Just(Mode::Transfer), 1 => Just(Mode::Lend), 1 => Just(Mode::Copy)];
        let import = prop_oneof![Just(Landing::Lookup), Just(Landing::SameKey), Just(Landing::Unknown)];
        (mode, import, any::<[bool; 6]>())
            .prop_map(|(mode, import, flags)| Setting {
                mode,
                known: Known {
                    export: if flags[0] { Again::Latest } else { Again::Never },
                    disarm: if flags[5] || !flags[4] { Disarm::NotNeeded } else { Disarm::Needed },
                    import,
                    new_refreshes: flags[1],
                    new_gives_back: flags[2],
                    new_forgets: flags[3],
                    legacy_takes_back: true,
                    rotation: if flags[4] { Rotation::Always } else { Rotation::Never },
                },
            })
            .boxed()
    }

    fn transitions(_: &Setting) -> BoxedStrategy<Operation> {
        use Fate::*;
        let fate = prop_oneof![
            12 => Just(Works), 1 => Just(AnsweredTwice), 1 => Just(Refused), 1 => Just(RefusedForAPerson),
            1 => Just(NeverSent), 1 => Just(AnswerLost), 1 => Just(ArrivesLate), 1 => Just(CrashBefore),
            1 => Just(CrashAfter),
        ];
        prop_oneof![
            12 => fate.prop_map(Operation::Step),
            3 => Just(Operation::AppReads),
            2 => Just(Operation::LegacysJob),
            2 => Just(Operation::NewRefreshes),
            1 => (-86_400_i64..86_400).prop_map(Operation::ClockJumps),
            2 => Just(Operation::Resume),
            1 => Just(Operation::TurnBack),
        ]
        .boxed()
    }

    fn apply(setting: Setting, _: &Operation) -> Setting {
        setting
    }
}

/// The upstream, both providers and what the journal's seal holds: tokens are numbers, each refresh of a rotating upstream makes the next.
#[derive(Clone, Debug, Default)]
struct World {
    rotates: bool,
    live: u32,
    /// An old token was used again: the upstream has revoked the grant.
    reused: bool,
    legacy: Option<u32>,
    sealed: Option<u32>,
    /// Each account at new with the refresh token that it has, if any.
    new: Vec<Option<u32>>,
    frozen: bool,
    /// What was sent and has not arrived.
    late: Vec<Late>,
    /// Legacy's own job refreshed while a disarming was on its way, which then took away the only live token. No order of
    /// our calls can exclude that; docs/tokens.md says so, and nothing is claimed of such a run.
    raced: bool,
    /// The keys of what was done, where new remembers them.
    done: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Late {
    AtNew(Sent),
    Disarm,
    Restore(Option<u32>),
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    token: Option<u32>,
    writes_over: bool,
    key: Option<u32>,
}

impl World {
    fn refresh(&mut self, token: u32) -> u32 {
        if token != self.live {
            self.reused = true;
            return token;
        }
        self.live += u32::from(self.rotates);
        self.live
    }

    fn arrive(&mut self) {
        let late = std::mem::take(&mut self.late);
        for late in late {
            match late {
                Late::AtNew(sent) => self.place(sent),
                Late::Disarm => self.legacy = None,
                Late::Restore(token) => self.legacy = token,
            }
        }
    }

    /// New makes a second account unless it was told which one is meant: that is what lookups are for.
    fn place(&mut self, sent: Sent) {
        if sent.key.is_some_and(|key| self.done.contains(&key)) {
            return;
        }
        self.done.extend(sent.key);
        match self.new.first_mut() {
            Some(first) if sent.writes_over => *first = sent.token,
            _ => self.new.push(sent.token),
        }
    }

    fn truth(&self, record: &Record) -> Truth {
        Truth {
            legacy_can_refresh: self.legacy.is_some() && !record.fenced,
            new_can_refresh: !self.frozen && self.new.iter().any(Option::is_some),
        }
    }
}

struct Run {
    record: Record,
    world: World,
    now: Timestamp,
    trail: Vec<String>,
}

impl Run {
    /// What the step does to the world, once it arrives. Which account of new is meant is known where one is placed.
    fn effect(&mut self, step: Step, known: &Known, is_late: bool) {
        let (record, world) = (&self.record, &mut self.world);
        match step {
            Step::Lend | Step::Import => {
                let token = if step == Step::Import { world.sealed } else { None };
                // A key is an import's own: of another token, or what is lent anew, it is another.
                let key =
                    (known.import == Landing::SameKey && step == Step::Import).then_some(token).flatten();
                let sent = Sent { token, writes_over: record.placed || step == Step::Lend, key };
                match is_late {
                    true => world.late.push(Late::AtNew(sent)),
                    false => world.place(sent),
                }
            }
            // An export can rotate; legacy keeps what came of it.
            Step::Export => {
                let token = world.legacy.map(|token| world.refresh(token));
                world.legacy = token;
            }
            Step::Refresh => {
                for index in 0..world.new.len() {
                    if let Some(token) = world.new[index] {
                        world.new[index] = Some(world.refresh(token));
                    }
                }
            }
            Step::Disarm if is_late => world.late.push(Late::Disarm),
            Step::Disarm => world.legacy = None,
            // What arrived before is looked at first.
            Step::Restore if record.doubt.is_some() && record.disarmed && world.legacy.is_some() => {}
            Step::Restore if is_late => world.late.push(Late::Restore(world.sealed)),
            Step::Reclaim => world.frozen = true,
            Step::Recall => {
                world.new.clear();
                world.frozen = false;
            }
            Step::Restore => world.legacy = world.sealed,
            Step::Admit
            | Step::Witness
            | Step::Fence
            | Step::Find
            | Step::Verify
            | Step::Finish
            | Step::Release => {}
        }
    }

    /// What the answer brings, and what the journal seals with it.
    fn gain(&mut self, step: Step) -> Gain {
        match step {
            Step::Lend => Gain::Lent(self.now + SignedDuration::from_hours(1)),
            Step::Find if self.world.new.is_empty() => Gain::Absent,
            Step::Find => Gain::Found,
            Step::Export => {
                self.world.sealed = self.world.legacy;
                Gain::Nothing
            }
            Step::Reclaim => {
                self.world.sealed = self.world.new.iter().flatten().copied().next();
                Gain::Nothing
            }
            _ => Gain::Nothing,
        }
    }

    fn conclude(&mut self, outcome: &Outcome) {
        self.record = machine::conclude(&self.record, outcome);
    }

    fn step(&mut self, fate: Fate, known: &Known) {
        let step = match machine::next(&self.record, known, Arrivals::Open, self.now) {
            Next::Do(step) => step,
            Next::Settle(state) => {
                self.record = machine::settle(&self.record, state);
                return;
            }
            Next::LetArrive => {
                self.world.arrive();
                match machine::next(&self.record, known, Arrivals::Over, self.now) {
                    Next::Do(step) => step,
                    _ => return,
                }
            }
            Next::Wait(_) | Next::Stuck(_) | Next::Done => return,
        };
        self.record = machine::begin(&self.record, step, self.now);
        self.check();
        // New refuses to refresh what it has nothing for.
        let is_empty = step == Step::Refresh && !self.world.new.iter().any(Option::is_some);
        if is_empty && matches!(fate, Fate::Works | Fate::AnsweredTwice) {
            self.conclude(&Outcome::Refused { why: "needs_reauth".to_owned(), cure: Cure::Reconnect });
            return;
        }
        let unknown = Outcome::Unknown { why: "no answer".to_owned() };
        let (is_done, is_late) = match fate {
            Fate::Works | Fate::AnsweredTwice | Fate::AnswerLost | Fate::CrashAfter => (true, false),
            Fate::ArrivesLate => (true, true),
            Fate::Refused | Fate::RefusedForAPerson | Fate::NeverSent | Fate::CrashBefore => (false, false),
        };
        // What legacy has by now is looked at before it is taken.
        let has_refreshed =
            step == Step::Disarm && self.world.legacy.is_some_and(|token| Some(token) != self.world.sealed);
        if has_refreshed && is_done {
            self.conclude(&Outcome::Refused { why: "refreshed".to_owned(), cure: Cure::Export });
            return;
        }
        if is_done {
            self.effect(step, known, is_late);
            self.check();
        }
        match fate {
            Fate::Works => {
                let gain = self.gain(step);
                self.conclude(&Outcome::Done(gain));
            }
            Fate::AnsweredTwice => {
                let gain = self.gain(step);
                self.conclude(&Outcome::Done(gain));
                self.conclude(&Outcome::Done(gain));
            }
            Fate::Refused => self.conclude(&Outcome::Refused { why: "503".to_owned(), cure: Cure::Again }),
            Fate::RefusedForAPerson => {
                self.conclude(&Outcome::Refused { why: "400".to_owned(), cure: Cure::Person });
            }
            // A crash is found by the next process: it says so to the same effect.
            Fate::NeverSent | Fate::AnswerLost | Fate::ArrivesLate | Fate::CrashBefore | Fate::CrashAfter => {
                self.conclude(&unknown);
            }
        }
    }

    /// What is late arrives between any two steps, or at the end of the time that it has.
    fn let_some_arrive(&mut self) {
        let waits = |step| matches!(step, Step::Import | Step::Lend | Step::Disarm | Step::Restore);
        if self.record.doubt.is_none_or(|doubt| !waits(doubt.step)) {
            self.world.arrive();
        }
    }

    /// A person looks at new when nothing is under way any more.
    fn look(&mut self, known: &Known) {
        self.let_some_arrive();
        let is_asked = matches!(
            machine::next(&self.record, known, Arrivals::Over, self.now),
            Next::Stuck(why) if why.contains("--found")
        );
        if is_asked {
            self.world.arrive();
            let is_lent = self.record.doubt.is_some_and(|doubt| doubt.step == Step::Lend);
            let is_there = self.world.new.iter().any(|token| is_lent || token.is_some());
            let gain = if is_there { Gain::Found } else { Gain::Absent };
            self.record = machine::answered(&self.record, gain);
        } else {
            self.record = machine::resume(&self.record);
        }
    }

    fn check(&self) {
        if self.world.raced {
            return;
        }
        assert_eq!(broken(&self.record, self.world.truth(&self.record)), None, "{:?}", self.trail);
        assert!(!self.world.reused, "a token was used twice: {:?} {:?}", self.record, self.trail);
        assert!(self.world.new.len() <= 1, "new has two accounts: {:?} {:?}", self.record, self.trail);
    }
}

thread_local! {
    static ENDS: Cell<[u32; 4]> = const { Cell::new([0; 4]) };
    static RACED: Cell<u32> = const { Cell::new(0) };
}

struct Machine;

impl StateMachineTest for Machine {
    type SystemUnderTest = Run;
    type Reference = Runs;

    fn init_test(setting: &Setting) -> Run {
        let rotates = setting.known.rotation == Rotation::Always && setting.mode != Mode::Copy;
        Run {
            record: Record::new("acme".to_owned(), setting.mode),
            world: World { rotates, legacy: Some(0), ..World::default() },
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000),
            trail: Vec::new(),
        }
    }

    fn apply(mut run: Run, setting: &Setting, operation: Operation) -> Run {
        run.trail.push(format!("{operation:?} at {}", run.record.told()));
        match operation {
            Operation::Step(fate) => run.step(fate, &setting.known),
            Operation::AppReads => {
                if let Some(token) = run.world.legacy.filter(|_| !run.record.fenced) {
                    run.world.legacy = Some(run.world.refresh(token));
                }
            }
            // Where a fence suffices, legacy refreshes on calls alone.
            Operation::LegacysJob if setting.known.disarm == Disarm::NotNeeded && run.world.rotates => {}
            Operation::LegacysJob => {
                let is_on_its_way = run.world.late.iter().any(|late| matches!(late, Late::Disarm));
                run.world.raced |= is_on_its_way && run.world.rotates && run.world.legacy.is_some();
                if let Some(token) = run.world.legacy {
                    run.world.legacy = Some(run.world.refresh(token));
                }
            }
            Operation::NewRefreshes if !run.world.frozen => run.effect(Step::Refresh, &setting.known, false),
            Operation::NewRefreshes => {}
            Operation::ClockJumps(seconds) => run.now += SignedDuration::from_secs(seconds),
            Operation::Resume => run.look(&setting.known),
            Operation::TurnBack => {
                if let Ok(back) = way_back::turn_back(&run.record, &setting.known) {
                    run.record = back;
                }
            }
        }
        run.check();
        run
    }

    fn teardown(mut run: Run, setting: Setting) {
        // When nothing fails any more, everything comes to its end.
        for _ in 0..60 {
            run.look(&setting.known);
            run.step(Fate::Works, &setting.known);
            run.check();
        }
        if run.world.raced {
            RACED.with(|raced| raced.set(raced.get() + 1));
            return;
        }
        let is_back = run.record.direction == Direction::Back;
        let end = match (run.record.state, setting.mode, is_back) {
            (State::Complete, ..) => 0,
            (State::Lent, Mode::Lend, false) => 1,
            (State::RolledBack, _, true) => 2,
            (State::NeedsReauth, ..) if setting.known.export == Again::Never => 3,
            other => panic!("it ended at {other:?}: {:?} {:?}", run.record, run.trail),
        };
        let holder = match run.record.state {
            State::Complete if setting.mode == Mode::Transfer => run.world.new.first().copied().flatten(),
            State::RolledBack | State::Lent => run.world.legacy,
            _ => Some(run.world.live),
        };
        assert_eq!(holder, Some(run.world.live), "{:?} {:?}", run.record, run.trail);
        ENDS.with(|ends| {
            let mut count = ends.get();
            count[end] += 1;
            ends.set(count);
        });
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 2_000, max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() })]

    fn runs(sequential 1..60 => Machine);
}

#[test]
fn no_token_is_used_twice_and_the_journal_knows_the_holder_whatever_happens() {
    runs();
    let (ends, raced) = (ENDS.with(Cell::get), RACED.with(Cell::get));
    assert!(raced < 40, "{raced} of 2,000 runs say nothing");
    // Else the test would say nothing of one of the ends.
    assert!(ends.iter().all(|count| *count > 20), "complete, lent, rolled back, needs reauth: {ends:?}");
}
