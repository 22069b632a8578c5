//! Recordings that are broken in every way we could think of: each is told in one line, and the others are judged.

use super::project::{MIGRATION, Project, pair, totals};
use serde_json::Value;
use std::collections::BTreeMap;

const OPERATION: &str = "crm.contacts.list";
const GOOD: &[u8] = br#"{"x":1}"#;

/// Deeper than any service answers, and deeper than any stack bears.
const LEVELS: usize = 100_000;
/// Larger than a record may be; the file is a hole and takes no space.
const HUGE_BYTES: u64 = 1 << 30;

#[test]
fn each_broken_pair_is_told_in_one_line_and_the_others_are_judged() {
    let project = Project::new("bad-input", &format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\n"));
    let good = |name: &str| pair(&format!("{OPERATION}/{name}"), GOOD, GOOD);
    let text = |name: &str| String::from_utf8(good(name)).expect("the pair is text");
    let file = |name: &str, bytes: Vec<u8>| project.write(&format!("recordings/{OPERATION}/{name}"), bytes);
    file("good.json", good("good"));
    file("truncated.json", good("truncated")[..90].to_vec());
    file("empty.json", Vec::new());
    file("not-utf-8.json", pair(&format!("{OPERATION}/not-utf-8"), b"\"\xe9\"", GOOD));
    let deep = format!("{}{}", "[".repeat(LEVELS), "]".repeat(LEVELS));
    file("deep.json", pair(&format!("{OPERATION}/deep"), deep.as_bytes(), GOOD));
    file("version.json", text("version").replace("\"version\":1", "\"version\":9").into_bytes());
    file("misplaced.json", good("elsewhere"));
    file("rows.jsonl", [good("row-1"), good("row-1"), good("row-2")].join(&b'\n'));
    project.write("recordings/crm.unheard.list/one.json", pair("crm.unheard.list/one", GOOD, GOOD));
    let huge = project.path(&format!("recordings/{OPERATION}/huge.json"));
    std::fs::File::create(&huge)
        .and_then(|file| file.set_len(HUGE_BYTES))
        .expect("a sparse file can be made");
    let link = |to: &str, name: &str| {
        let at = project.path(&format!("recordings/{OPERATION}/{name}"));
        std::os::unix::fs::symlink(to, at).expect("a link can be made");
    };
    // A link that leads nowhere was meant to be a recording; one to a folder or a device never was.
    link("nowhere.json", "gone.json");
    link("/dev/zero", "endless.jsonl");
    link("..", "again");

    let said = project.expect(&["check"], 3).stdout;
    for name in ["endless.jsonl", "again"] {
        let warning = format!("recordings/{OPERATION}/{name} is no recording by its name or kind");
        assert!(said.contains(&warning), "{warning}: {said}");
    }
    let verdicts = project.verdicts();
    let expected = [
        ("crm.contacts.list/deep.json", "limit", "legacy body: nested deeper than 512 levels at byte 512"),
        ("crm.contacts.list/empty.json", "torn", "the file holds no record"),
        (
            "crm.contacts.list/gone.json",
            "torn",
            "the file cannot be read: No such file or directory (os error 2)",
        ),
        ("crm.contacts.list/huge.json", "limit", "the record is larger than 268435456 bytes"),
        (
            "crm.contacts.list/misplaced.json",
            "torn",
            "the pair \"crm.contacts.list/elsewhere\" belongs in crm.contacts.list/elsewhere.json",
        ),
        ("crm.contacts.list/not-utf-8.json", "torn", "the record is not UTF-8 from byte 132 on"),
        (
            "crm.contacts.list/rows.jsonl:2",
            "duplicate_id",
            "another pair has the id crm.contacts.list/row-1: this one is at crm.contacts.list/rows.jsonl:2",
        ),
        ("crm.contacts.list/truncated.json", "torn", "the pair is torn: its text ends at line 1 column 90"),
        (
            "crm.contacts.list/version.json",
            "unknown_version",
            "the pair is of version 9, and this program reads version 1",
        ),
        (
            "crm.unheard.list/one.json",
            "unknown_operation",
            "the configuration has no operation `crm.unheard.list`",
        ),
    ];
    assert_eq!(
        undecided(&verdicts),
        expected
            .map(|(location, code, detail)| (location.to_owned(), (code.to_owned(), detail.to_owned())))
            .into()
    );
    // Judged: good.json and two of the three rows.
    assert_eq!(totals(&verdicts), [3 + expected.len() as u64, 3, 0, 0, expected.len() as u64]);
}

#[test]
fn nothing_to_judge_is_not_a_pass() {
    let project = Project::new("nothing", &format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\n"));
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts()), [0; 5]);
}

#[test]
fn accounts_that_cannot_be_read_are_told_by_their_line_whichever_command_needs_them() {
    let configuration =
        format!("{MIGRATION}[accounts]\nfile = \"accounts.csv\"\n[[operations]]\nname = \"{OPERATION}\"\n");
    let project = Project::new("bad-accounts", &configuration);
    let told = |text: Option<&str>, expected: &str| {
        if let Some(text) = text {
            project.write("accounts.csv", text);
        }
        for arguments in [&["check"][..], &["config", "check"], &["gate", "write-cutover"]] {
            let run = project.expect(arguments, 2);
            let said = run.stdout + &run.stderr;
            assert!(said.contains(expected), "{arguments:?}: {said}");
        }
    };
    told(None, "the accounts `accounts.csv` cannot be read: No such file or directory");
    told(Some("account,integration,old,new\n"), "accounts.csv:1:1: the accounts have no column `legacy`");
    told(Some("account,integration,old,new\n"), "help: the first line is account,integration,legacy,new");
    told(
        Some("account,integration,legacy,new\na,x,1,2\na,y,3,4\n"),
        "accounts.csv:3:1: account `a` is also on line 2",
    );
}

#[test]
fn what_init_writes_is_a_configuration() {
    let project = Project::new("begun", MIGRATION);
    project.expect(&["init", "begun"], 0);
    let run = project.expect(&["config", "check", "--config", "begun/cutover.toml"], 0);
    assert!(run.stdout.contains("0 errors"), "{}", run.stdout);
}

/// Each undecided pair's place, reason and detail.
fn undecided(verdicts: &Value) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let groups = verdicts["undecided"].as_array().expect("the undecided are a list");
    let mut lines = BTreeMap::new();
    for group in groups {
        for example in group["examples"].as_array().expect("a group has examples") {
            let detail = text(&example["detail"]);
            assert!(!detail.contains('\n'), "one line: {detail}");
            lines.insert(text(&example["location"]), (text(&group["code"]), detail));
        }
    }
    lines
}
