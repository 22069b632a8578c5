//! Texts on which JSON parsers disagree: through our parser, and as bodies of recordings through the program.

use super::project::{MIGRATION, Project, pair, totals};
use crate::data;
use compare::tape::Tape;
use std::collections::BTreeMap;
use std::path::Path;

const FILES: &str = "5-conformance/json-parsing";

#[test]
fn what_must_be_accepted_is_and_what_must_be_refused_is() {
    let Some(folder) = data::find(FILES) else { return };
    let mut done = BTreeMap::new();
    for file in data::files(&folder.join("test_parsing")) {
        let bytes = read(&file);
        let mut tape = Tape::new();
        let is_accepted = tape.parse_bytes(&bytes).is_ok();
        let prefix = name(&file).chars().next().expect("a file has a name");
        match prefix {
            'y' => assert!(is_accepted, "{} must be accepted", file.display()),
            'n' => assert!(!is_accepted, "{} must be refused", file.display()),
            'i' => {}
            other => panic!("{} begins with {other}", file.display()),
        }
        *done.entry(prefix).or_insert(0) += 1;
    }
    assert_eq!(done, BTreeMap::from([('i', 17), ('n', 108), ('y', 54)]));
}

#[test]
fn what_other_parsers_change_is_kept_as_it_stands() {
    let Some(folder) = data::find(FILES) else { return };
    let mut numbers = 0;
    for file in data::files(&folder.join("test_transform")) {
        let bytes = read(&file);
        let mut tape = Tape::new();
        let parsed = tape.parse_bytes(&bytes);
        if name(&file).contains("invalid_codepoint") {
            // A lone surrogate in an escape is no character: to keep it and to refuse it are both right.
            continue;
        }
        let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let text = std::str::from_utf8(&bytes).expect("what parses is UTF-8");
        assert_eq!(parsed.text(), text);
        if let Some(element) = parsed.root().elements().next().filter(|_| name(&file).starts_with("number_"))
        {
            assert_eq!(element.raw(), text.trim().trim_matches(['[', ']']), "{}", file.display());
            numbers += 1;
        }
    }
    assert_eq!(numbers, 6);
}

#[test]
fn as_bodies_of_recordings_none_of_them_ends_the_program_and_each_is_counted() {
    let Some(folder) = data::find(FILES) else { return };
    let project = Project::new("minefield", &format!("{MIGRATION}[[operations]]\nname = \"mines\"\n"));
    let mut files = 0;
    let mut refused = 0;
    for part in ["test_parsing", "test_transform"] {
        for file in data::files(&folder.join(part)) {
            let name = name(&file);
            let stem = name.trim_end_matches(".json").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let body = read(&file);
            project.write(
                &format!("recordings/mines/{stem}.json"),
                pair(&format!("mines/{stem}"), &body, &body),
            );
            files += 1;
            refused += u64::from(name.starts_with("n_"));
        }
    }
    assert_eq!(files, 189);
    let run = project.run(&["check"]);
    assert_eq!(run.code, 3, "a body that is no JSON is undecided\n{}\n{}", run.stdout, run.stderr);
    let [pairs, same, tolerated, different, undecided] = totals(&project.verdicts());
    assert_eq!((pairs, tolerated, different), (files, 0, 0), "a body against itself is never different");
    assert_eq!(same + undecided, files);
    assert!(undecided >= refused, "what must be refused is undecided: {undecided} of {refused}");
    // 54 that must be accepted, and the eight transformed ones that hold no lone surrogate.
    assert!(same >= 54 + 8, "what must be accepted is judged: {same}");
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}

fn name(file: &Path) -> String {
    file.file_name().expect("a listed file has a name").to_string_lossy().into_owned()
}
