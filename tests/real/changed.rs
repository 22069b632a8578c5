//! `check --changed`: what has changed against a git revision is judged, and nothing else.

use super::project::{Project, pair, totals};
use std::process::Command;

const CONFIGURATION: &str = r#"
[migration]
name = "changed"

[[operations]]
name = "crm.a"
mapping = "mappings/a.jsonata"

[[operations]]
name = "crm.b"
"#;

#[test]
fn only_what_has_changed_since_the_revision_is_judged() {
    let project = Project::new("changed", CONFIGURATION);
    project.write("mappings/a.jsonata", "$");
    for id in ["crm.a/1", "crm.a/2", "crm.b/1", "crm.b/2"] {
        project.write(&format!("recordings/{id}.json"), pair(id, b"1", b"1"));
    }
    project.write(".gitignore", "/reports\n");
    git(&project, &["init", "-q"]);
    git(&project, &["add", "."]);
    git(&project, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]);
    let said = project.expect(&["check", "--changed"], 0).stdout;
    assert_eq!(said, "Nothing that verdicts rest on has changed: nothing to judge.\n");

    project.write("recordings/crm.b/2.json", pair("crm.b/2", b"1", b"2"));
    project.expect(&["check", "--changed"], 1);
    assert_eq!(totals(&project.verdicts()), [1, 0, 0, 1, 0]);

    git(&project, &["checkout", "-q", "recordings"]);
    project.write("mappings/a.jsonata", "$ + 1");
    project.expect(&["check", "--changed=HEAD"], 1);
    assert_eq!(totals(&project.verdicts()), [2, 0, 0, 2, 0]);

    project.write("cutover.toml", format!("{CONFIGURATION}\n# touched\n"));
    project.expect(&["check", "--changed"], 1);
    assert_eq!(totals(&project.verdicts()), [4, 2, 0, 2, 0]);

    for revision in ["no-such-revision", "--output=x"] {
        project.expect(&["check", &format!("--changed={revision}")], 2);
    }
}

fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git").arg("-C").arg(project.path("")).args(arguments).status();
    assert!(
        status.expect("git is installed where this repository was cloned").success(),
        "git {arguments:?}"
    );
}
