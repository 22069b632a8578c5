//! A change of the key that seals the journal, struck at every write and at its commit: what was sealed opens all the while.

use handover::sqlite::Sqlite;
use serde_json::Value;

use super::commits::Between;
use super::disk::{self, FRAME_BYTES, FRAMES_MAX};
use super::strike::{BLOWS, Blow};
use super::{Mode, Run};
use crate::handover::sources::NANGO;

const CHANGE: [&str; 2] = ["tokens", "new-key"];

/// A journal in which one account's id at new is sealed.
fn sealed(name: &str, state: Option<&str>) -> Run<'static> {
    let run = Run::new(name, &NANGO, Mode::Lend, state);
    run.scene.project.expect(&run.moving(&run.scene.names[0]), 0);
    run
}

fn opens(run: &Run<'_>, when: &str) {
    let told = run.scene.project.run(&["tokens", "status", &run.scene.names[0], "--ids", "--format", "json"]);
    let document: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{when}: {told:?}"));
    assert!(document["accounts"][0]["new"].is_string(), "{when}: {told:?}");
}

/// How often the disk failed, or killed, before the key was another one.
fn fallen(blow: Blow) -> u64 {
    let run = sealed(&format!("key-{blow:?}"), None);
    let path = |file: &str| run.scene.project.path(file);
    let saved = ["cutover.state", ".cutover/state.key"]
        .map(|file| (file, std::fs::read(path(file)).expect("it is there")));
    // First nothing at all can be written.
    let limits = (0..FRAMES_MAX).map(|frame| frame * FRAME_BYTES + FRAME_BYTES / 2);
    for (fallen, limit) in (0..).zip([0].into_iter().chain(limits)) {
        for file in ["cutover.state-wal", "cutover.state-shm", ".cutover/state.key.next"] {
            drop(std::fs::remove_file(path(file)));
        }
        for (file, bytes) in &saved {
            std::fs::write(path(file), bytes).expect("it was there");
        }
        // While somebody has it open, there is a log from the first write on.
        let open = Sqlite::open_beside(&path("cutover.state")).expect("it opens");
        let is_done = disk::strike(&run.scene, blow, limit, &CHANGE);
        opens(&run, &format!("{blow:?} at {limit} bytes"));
        run.scene.project.expect(&CHANGE, 0);
        opens(&run, &format!("{blow:?} at {limit} bytes, and another change"));
        drop(open);
        if is_done {
            return fallen;
        }
    }
    panic!("{blow:?}: {FRAMES_MAX} pages are not enough");
}

/// Strikes the commit of a change in each way.
pub fn survive_a_new_key(url: &str) {
    let between = Between::start(url);
    let run = sealed("key-postgres", Some(&between.url));
    for blow in BLOWS {
        assert!(between.strike(&run.scene, blow, 1, &CHANGE), "{blow:?}: there is a commit");
        opens(&run, &format!("{blow:?}"));
        run.scene.project.expect(&CHANGE, 0);
        opens(&run, &format!("{blow:?}, and another change"));
    }
}

#[test]
fn a_change_of_the_key_survives_every_write_at_which_the_disk_fails_or_the_process_is_killed() {
    for blow in disk::BLOWS {
        let fallen = fallen(blow);
        assert!(fallen >= 3, "{blow:?}: the new key, and at least two pages: {fallen}");
    }
}
