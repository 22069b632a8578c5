//! A disk that takes no more: the system cuts a write off at a size that no file may pass, and the write fails or the process dies of it.
//!
//! SQLite's log of writes grows by a page with each write of the journal, so a limit that moves through it strikes one write after the
//! other, in their midst. Which of the journal's entries were there by then is told by the account's history.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;

use super::strike::{Blow, Process};
use super::{Mode, Run, account};
use crate::handover::Scene;
use crate::handover::sources::{APIDECK, From, NANGO};

/// Of POSIX's `ulimit -f`.
const BLOCK_BYTES: u64 = 512;
/// A page of the log with its header (SQLite's file format, 4.1), in bytes.
pub const FRAME_BYTES: u64 = 4_096 + 24;
/// Each of the journal's entries is at least so many pages: the account's and the event's.
const FRAMES_EACH: u64 = 2;
/// While the tables are made, one write is as good as another: they are there together or not at all.
const FRAMES_OF_TABLES: u64 = 6;
/// More than any run writes.
pub const FRAMES_MAX: u64 = 200;
pub const BLOWS: [Blow; 2] = [Blow::KilledBefore, Blow::Refused];

/// Runs the program with files that stay below so many bytes; whether it came to its end by itself and well.
pub fn strike(scene: &Scene, blow: Blow, bytes: u64, arguments: &[&str]) -> bool {
    let program = scene.project.command(arguments);
    // Who ignores the signal is told by the write that it failed. A dump of the memory helps nobody.
    let heeds = if blow == Blow::Refused { "trap '' XFSZ; " } else { "" };
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{heeds}ulimit -c 0; ulimit -f \"$0\"; exec \"$@\"")]);
    command.arg((bytes / BLOCK_BYTES).to_string()).arg(program.get_program()).args(program.get_args());
    command.current_dir(scene.project.path(".")).env_remove("CI");
    Process::default().run(&mut command).success()
}

fn forget_the_state(scene: &Scene) {
    for file in ["cutover.state", "cutover.state-wal", "cutover.state-shm", "cutover.state.lock"] {
        drop(std::fs::remove_file(scene.project.path(file)));
    }
}

/// Strikes every write of a mode's journal; how much the journal had written when it was struck.
fn survive(from: &From, mode: Mode, blow: Blow) -> BTreeSet<usize> {
    let name = format!("disk-{}-{mode:?}-{blow:?}", from.profile);
    let run = Run::new(&name, from, mode, None);
    let mut names = run.scene.names.iter();
    let mut written = BTreeSet::new();
    // The two blows fall on other pages of an entry.
    let mut frame = if blow == Blow::Refused { 1 } else { 0 };
    while frame < FRAMES_MAX {
        let name = names.next().expect("there are enough accounts");
        let when = format!("{}, {mode:?}, {blow:?} at page {frame}, {name}", from.profile);
        // Each begins with a log of its own.
        forget_the_state(&run.scene);
        run.prepare(name);
        let limit = frame * FRAME_BYTES + FRAME_BYTES / 2;
        if strike(&run.scene, blow, limit, &run.moving(name)) {
            let told = account(&run.scene, name);
            assert_eq!(told["state"], run.end(), "{when}: it ended well, and {told}");
            run.is_judged_well();
            let whole = told["history"].as_array().map_or(0, Vec::len);
            assert_eq!(written, (0..whole).collect(), "{when}: every entry was struck");
            return written;
        }
        let entries = run.recovers(name, &when);
        frame += if entries == 0 { FRAMES_OF_TABLES } else { FRAMES_EACH };
        written.insert(entries);
    }
    panic!("{mode:?}, {blow:?}: {FRAMES_MAX} pages are not enough");
}

#[test]
fn a_transfer_a_loan_and_a_copy_survive_every_write_at_which_the_disk_fails_or_the_process_is_killed() {
    // What comes in a file is copied without a call between some entries.
    let modes = [(&NANGO, Mode::Transfer), (&NANGO, Mode::Lend), (&APIDECK, Mode::Copy)];
    thread::scope(|scope| {
        let struck: Vec<_> = modes
            .into_iter()
            .flat_map(|mode| BLOWS.map(|blow| (mode, blow)))
            .map(|((from, mode), blow)| scope.spawn(move || survive(from, mode, blow).len()))
            .collect();
        for one in struck {
            let entries = one.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
            assert!(entries >= 3, "an account that is lent is discovered, admitted and lent");
        }
    });
}
