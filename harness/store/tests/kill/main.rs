//! Kills a recorder with signal 9, again and again, and judges by what it had acknowledged to another process: this one.
//!
//! The recorder is this program too, started with `append` as its first argument. It prints each id when it is
//! acknowledged; what was printed stays in the pipe, whatever happens to it.

#![expect(
    clippy::print_stdout,
    reason = "a recorder tells what it has acknowledged, and a test how it ended"
)]

mod appending;
mod judge;
#[cfg(feature = "object-storage")]
mod server;

use std::time::{Duration, Instant};

use judge::{Judge, Killed, Round};

/// The issue that this holds is a matter of moments, so there are many.
const KILLS: u32 = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "append") {
        appending::run(&arguments[1..]);
        return;
    }
    // What a test runner is asked with; there is one test here.
    if arguments.iter().any(|argument| argument == "--list") {
        println!("killed_at_any_moment_a_recorder_has_kept_what_it_acknowledged: test");
        return;
    }
    let wanted =
        |name: &str| arguments.iter().all(|argument| argument.starts_with('-') || name.contains(argument));
    if wanted("killed_at_any_moment_a_recorder_has_kept_what_it_acknowledged") {
        loop_of("killed_at_any_moment_a_recorder_has_kept_what_it_acknowledged", None);
    }
    #[cfg(feature = "object-storage")]
    if wanted("killed_while_it_uploads_a_recorder_has_kept_what_it_acknowledged") {
        const NAME: &str = "killed_while_it_uploads_a_recorder_has_kept_what_it_acknowledged";
        match server::Server::start() {
            Some(server) => loop_of(NAME, Some(server.endpoint())),
            None => {
                assert!(std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_none(), "moto_server is not there");
                println!("test {NAME} ... NOT RUN: moto_server is not there (pip install 'moto[server]')");
            }
        }
    }
}

fn loop_of(name: &str, endpoint: Option<String>) {
    let began = Instant::now();
    let mut judge = Judge::new(endpoint);
    let moments = judge.moments();
    for (number, moment) in (0..KILLS).zip(moments) {
        judge.round(Round { number, killed: moment });
    }
    judge.round(Round { number: KILLS, killed: Killed::Never });
    let told = judge.verdict();
    println!("test {name} ... ok: {KILLS} kills, {told}, {:.1?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(300), "it is a test of CI");
}
