//! A check that is interrupted ends soon, and its report says that it is not whole.

use super::project::{MIGRATION, Project, Run, pair, totals};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const OPERATION: &str = "crm.contacts.list";
/// With the mapping below, judging so many takes much longer than the wait, however fast the machine.
const PAIRS: usize = 100_000;
/// Much arithmetic before the body is given back as it came.
const SLOW_MAPPING: &str = "$sum([1..20000]) > 0 ? $ : null";
/// Judging has begun.
const BEFORE_INTERRUPT: Duration = Duration::from_millis(700);
/// An interrupt that is heard late is not heard.
const TO_END_MAX: Duration = Duration::from_secs(10);

#[test]
fn an_interrupted_check_is_undecided_and_says_so() {
    let project = Project::new(
        "interrupt",
        &format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\nmapping = \"slow.jsonata\"\n"),
    );
    project.write("slow.jsonata", SLOW_MAPPING);
    let lines: Vec<Vec<u8>> =
        (0..PAIRS).map(|number| pair(&format!("{OPERATION}/{number}"), b"[1]", b"[1]")).collect();
    project.write("recordings/rows.jsonl", lines.join(&b'\n'));
    let child = project
        .command(&["check", "--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    std::thread::sleep(BEFORE_INTERRUPT);
    let interrupted_at = Instant::now();
    // The shell's own `kill`: the program of that name is not on every machine.
    let sent = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -INT {}", child.id()))
        .status()
        .expect("a shell is there");
    assert!(sent.success(), "the interrupt could not be sent");
    let run = Run::of(child.wait_with_output().expect("the program ends"));
    let to_end = interrupted_at.elapsed();
    assert!(to_end < TO_END_MAX, "it took {to_end:?} to end");
    assert_eq!(run.code, 3, "{}\n{}", run.stdout, run.stderr);
    let verdicts = project.verdicts();
    let interrupted = &verdicts["interrupted"];
    assert!(interrupted.is_string(), "the report says: {interrupted}");
    assert!(totals(&verdicts)[0] < PAIRS as u64, "what was not judged is not counted as judged");
}
