//! What the machine does, account by account.

use super::*;
use crate::holding::holding;

const KNOWN: Known = Known {
    export: Again::Latest,
    disarm: Disarm::Needed,
    import: Landing::Lookup,
    new_refreshes: true,
    new_gives_back: false,
    new_forgets: true,
    legacy_takes_back: true,
    rotation: Rotation::Always,
};

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().expect("it is a moment")
}

fn unknown() -> Outcome {
    Outcome::Unknown { why: "no answer".to_owned() }
}

fn refused(cure: Cure) -> Outcome {
    Outcome::Refused { why: "503".to_owned(), cure }
}

fn gain(step: Step) -> Gain {
    match step {
        Step::Lend => Gain::Lent("2026-11-20T11:00:00Z".parse().expect("it is a moment")),
        Step::Find => Gain::Found,
        _ => Gain::Nothing,
    }
}

/// Goes on as far as it goes; what was done, and where that led.
fn walk(record: &mut Record, known: &Known) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        match next(record, known, Arrivals::Over, now()) {
            Next::Do(step) => {
                *record = conclude(&begin(record, step, now()), &Outcome::Done(gain(step)));
                told.push(format!("{} -> {}", step.name(), record.told()));
            }
            Next::Settle(state) => {
                *record = settle(record, state);
                told.push(format!("-> {}", record.told()));
            }
            other => {
                told.push(format!("{other:?}"));
                return told;
            }
        }
    }
}

fn at(state: State) -> Record {
    let fenced = state >= State::Fenced;
    let disarmed = state >= State::Exported;
    Record {
        state,
        fenced,
        disarmed,
        witnessed: true,
        placed: state >= State::Imported,
        ..Record::new("acme".to_owned(), Mode::Transfer)
    }
}

#[test]
fn a_transfer_goes_from_legacy_to_new() {
    let mut record = Record::new("acme".to_owned(), Mode::Transfer);
    assert_eq!(
        walk(&mut record, &KNOWN),
        [
            "admit -> eligible",
            "witness -> eligible",
            "fence -> fenced",
            "export -> exported",
            "disarm -> exported",
            "import -> imported",
            "verify -> verified",
            "refresh -> refreshed",
            "finish -> complete",
            "Done",
        ]
    );
}

#[test]
fn what_never_refreshes_is_copied_without_a_fence() {
    let mut record = Record::new("acme".to_owned(), Mode::Copy);
    assert_eq!(
        walk(&mut record, &KNOWN),
        [
            "admit -> eligible",
            "witness -> eligible",
            "export -> exported",
            "import -> imported",
            "verify -> verified",
            "finish -> complete",
            "Done",
        ]
    );
    assert!(!record.fenced);
}

#[test]
fn what_is_lent_is_lent_again_before_it_expires() {
    let mut record = Record::new("acme".to_owned(), Mode::Lend);
    assert_eq!(
        walk(&mut record, &KNOWN),
        ["admit -> eligible", "lend -> lent", "Wait(2026-11-20T10:55:00Z)"]
    );
    let due = "2026-11-20T10:55:00Z".parse().expect("it is a moment");
    assert_eq!(next(&record, &KNOWN, Arrivals::Over, due), Next::Do(Step::Lend));
    record.mode = Mode::Transfer;
    assert_eq!(walk(&mut record, &KNOWN).first().map(String::as_str), Some("witness -> lent"));
}

#[test]
fn an_import_without_an_answer_is_in_doubt_until_it_is_looked_up() {
    let exported = at(State::Exported);
    let doubtful = conclude(&begin(&exported, Step::Import, now()), &unknown());
    assert_eq!(doubtful.told(), "in-doubt");
    assert_eq!(next(&doubtful, &KNOWN, Arrivals::Open, now()), Next::LetArrive);
    assert_eq!(next(&doubtful, &KNOWN, Arrivals::Over, now()), Next::Do(Step::Find));
    let find = |gain| conclude(&begin(&doubtful, Step::Find, now()), &Outcome::Done(gain));
    assert_eq!(find(Gain::Found).told(), "imported");
    assert_eq!(find(Gain::Absent).told(), "exported");
    // While it is looked up, it stays in doubt; also where the look-up has no answer.
    assert_eq!(conclude(&begin(&doubtful, Step::Find, now()), &unknown()).told(), "in-doubt");
    assert_eq!(holding(&begin(&doubtful, Step::Find, now())), holding(&doubtful));
}

#[test]
fn whether_an_account_that_was_lent_to_got_a_refresh_token_is_seen_by_refreshing() {
    let lent = Record { placed: true, ..at(State::Exported) };
    let doubtful = conclude(&begin(&lent, Step::Import, now()), &unknown());
    assert_eq!(next(&doubtful, &KNOWN, Arrivals::Over, now()), Next::Do(Step::Refresh));
    let refresh = |outcome| conclude(&begin(&doubtful, Step::Refresh, now()), &outcome).told();
    assert_eq!(refresh(Outcome::Done(Gain::Nothing)), "imported");
    assert_eq!(refresh(refused(Cure::Reconnect)), "exported");
    assert_eq!(refresh(refused(Cure::Again)), "in-doubt");
    assert_eq!(refresh(unknown()), "in-doubt");
}

#[test]
fn a_doubt_that_nothing_resolves_is_a_persons() {
    let doubtful = conclude(&begin(&at(State::Exported), Step::Import, now()), &unknown());
    let known = Known { import: Landing::Unknown, ..KNOWN };
    let Next::Stuck(why) = next(&doubtful, &known, Arrivals::Over, now()) else { panic!("it is stuck") };
    assert_eq!(
        why,
        "whether `import` happened cannot be looked up: look at the provider, then say --found ID or --absent"
    );
    assert_eq!(answered(&doubtful, Gain::Found).told(), "imported");
    assert_eq!(answered(&doubtful, Gain::Absent).told(), "exported");
}

#[test]
fn an_export_that_may_have_rotated_is_made_again_where_legacy_answers_its_latest() {
    let doubtful = conclude(&begin(&at(State::Fenced), Step::Export, now()), &unknown());
    assert_eq!(
        (doubtful.told(), holding(&doubtful).told().as_str()),
        ("in-doubt", "in doubt: whether `export` happened is not known; legacy may hold it")
    );
    assert_eq!(next(&doubtful, &KNOWN, Arrivals::Over, now()), Next::Do(Step::Export));
    let known = Known { export: Again::Never, ..KNOWN };
    assert_eq!(next(&doubtful, &known, Arrivals::Over, now()), Next::Settle(State::NeedsReauth));
}

#[test]
fn what_legacy_refreshed_since_the_export_is_exported_again_so_often() {
    let mut record = Record { disarmed: false, ..at(State::Exported) };
    for attempt in 1..ATTEMPTS_MAX {
        record = conclude(&begin(&record, Step::Disarm, now()), &refused(Cure::Export));
        assert_eq!((record.told(), record.attempts), ("fenced", attempt));
        record = conclude(&begin(&record, Step::Export, now()), &Outcome::Done(Gain::Nothing));
    }
    record = conclude(&begin(&record, Step::Disarm, now()), &refused(Cure::Export));
    assert!(record.halted.is_some());
}

#[test]
fn a_refusal_is_tried_again_so_often_and_then_a_person_looks() {
    let mut record = at(State::Exported);
    for _ in 1..ATTEMPTS_MAX {
        record = conclude(&begin(&record, Step::Import, now()), &refused(Cure::Again));
        assert_eq!(next(&record, &KNOWN, Arrivals::Over, now()), Next::Do(Step::Import));
    }
    record = conclude(&begin(&record, Step::Import, now()), &refused(Cure::Again));
    assert_eq!(
        next(&record, &KNOWN, Arrivals::Over, now()),
        Next::Stuck("import, tried 5 times: 503".to_owned())
    );
    assert_eq!(next(&resume(&record), &KNOWN, Arrivals::Over, now()), Next::Do(Step::Import));
}

#[test]
fn new_refreshes_once_before_it_is_looked_at_where_its_token_had_expired() {
    let mut record = at(State::Imported);
    record = conclude(&begin(&record, Step::Verify, now()), &refused(Cure::Refresh));
    assert_eq!(
        walk(&mut record.clone(), &KNOWN)[..2],
        ["refresh -> imported".to_owned(), "verify -> verified".to_owned()]
    );
    // What a refresh does not mend, only the customer does.
    record = conclude(&begin(&record, Step::Refresh, now()), &Outcome::Done(Gain::Nothing));
    record.attempts = 1;
    record = conclude(&begin(&record, Step::Verify, now()), &refused(Cure::Refresh));
    assert_eq!(record.told(), "needs-reauth");
}

#[test]
fn a_refusal_of_what_is_in_doubt_leaves_the_doubt() {
    let doubtful = conclude(&begin(&at(State::Exported), Step::Import, now()), &unknown());
    let known = Known { import: Landing::SameKey, ..KNOWN };
    let again = conclude(&begin(&doubtful, Step::Import, now()), &refused(Cure::Again));
    assert_eq!(
        (again.told(), next(&again, &known, Arrivals::Over, now())),
        ("in-doubt", Next::Do(Step::Import))
    );
}

#[test]
fn before_the_import_the_way_back_is_free() {
    for state in [State::Fenced, State::Exported] {
        let mut record = Record { direction: Direction::Back, disarmed: false, ..at(state) };
        assert_eq!(walk(&mut record, &KNOWN), ["release -> rolled-back", "Done"]);
        assert!(!record.fenced);
    }
    // What was taken from legacy goes back first.
    let mut record = Record { direction: Direction::Back, ..at(State::Exported) };
    assert_eq!(walk(&mut record, &KNOWN), ["restore -> fenced", "release -> rolled-back", "Done"]);
    assert!(!record.disarmed);
}

#[test]
fn after_it_credentials_go_back_or_new_is_removed() {
    let known = Known { new_gives_back: true, ..KNOWN };
    let mut record = Record { direction: Direction::Back, ..at(State::Complete) };
    assert_eq!(
        walk(&mut record, &known),
        ["reclaim -> exported", "recall -> exported", "restore -> fenced", "release -> rolled-back", "Done"]
    );
    let known = Known { rotation: Rotation::Never, ..KNOWN };
    let mut record = Record { direction: Direction::Back, ..at(State::Complete) };
    assert_eq!(walk(&mut record, &known), ["recall -> fenced", "release -> rolled-back", "Done"]);
}

#[test]
fn what_a_rollback_can_do_is_told() {
    use crate::way_back::way_back;
    let told = |state, known: &Known| way_back(&at(state), known).told();
    assert_eq!(told(State::Exported, &KNOWN), "free: legacy goes on as before");
    assert_eq!(
        told(State::Imported, &KNOWN),
        "impossible without a reconnect: the upstream rotates, so legacy's own token is dead once new has refreshed, \
         and new gives no credentials out"
    );
    assert_eq!(
        told(State::Complete, &Known { new_gives_back: true, ..KNOWN }),
        "new gives the credentials back, and legacy takes them in"
    );
    assert_eq!(
        told(State::Complete, &Known { rotation: Rotation::Never, ..KNOWN }),
        "the account is removed from new; legacy's token lives, for the upstream never rotates it"
    );
}
