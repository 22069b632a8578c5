//! A check that is interrupted ends soon, and its report says that it is not whole.

use super::project::{MIGRATION, Project, Run, pair};
use std::process::{Command, Stdio};
use std::time::Duration;

const OPERATION: &str = "crm.contacts.list";
/// So many that judging them takes longer than the interrupt takes to arrive, also on a fast machine.
const PAIRS: usize = 200_000;
/// Reading has begun, judging has not ended.
const BEFORE_INTERRUPT: Duration = Duration::from_millis(700);

#[cfg(unix)]
#[test]
fn an_interrupted_check_is_undecided_and_says_so() {
    let project = Project::new("interrupt", &format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\n"));
    let body = format!("[{}1]", "{\"a\":[1,2,3],\"b\":\"text\"},".repeat(10));
    let lines: Vec<Vec<u8>> = (0..PAIRS)
        .map(|number| pair(&format!("{OPERATION}/{number}"), body.as_bytes(), body.as_bytes()))
        .collect();
    project.write("recordings/rows.jsonl", lines.join(&b'\n'));
    let child = project
        .command(&["check", "--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    std::thread::sleep(BEFORE_INTERRUPT);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success(), "the check ended before it was interrupted");
    let run = Run::of(child.wait_with_output().expect("the program ends"));
    assert_eq!(run.code, 3, "{}\n{}", run.stdout, run.stderr);
    let interrupted = &project.verdicts()["interrupted"];
    assert!(interrupted.is_string(), "the report says: {interrupted}");
}
