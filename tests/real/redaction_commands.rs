//! What people see of redaction: the flags, the preview, the mark of a pair that does not commute, the key.

use super::project::{MIGRATION, Project, Run, totals};
use serde_json::{Value, json};

/// Keys of the tests; they protect nothing.
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER_KEY: &str = "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const OPERATION: &str = "\n[[operations]]\nname = \"crm.contacts.get\"\nmapping = \"contact.jsonata\"\n";
const IN_CLEAR: [&str; 2] = ["--no-redact", "--i-may-keep-personal-data"];

fn project(name: &str, mapping: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{OPERATION}"));
    project.write("contact.jsonata", mapping);
    project
}

fn run(project: &Project, key: &str, arguments: &[&str]) -> Run {
    let mut command = project.command(arguments);
    Run::of(command.env("CUTOVER_REDACTION_KEY", key).output().expect("the program was built for this test"))
}

fn import(project: &Project, key: &str, id: &str, bodies: [&Value; 2], flags: &[&str]) -> Run {
    project.write("legacy.json", bodies[0].to_string());
    project.write("new.json", bodies[1].to_string());
    let typed = ["import", "pair", "--legacy", "legacy.json", "--new", "new.json", "--id", id];
    let typed = typed.iter().chain(&["--operation", "crm.contacts.get"]).chain(flags);
    run(project, key, &typed.copied().collect::<Vec<_>>())
}

fn recorded(project: &Project, id: &str) -> Value {
    super::project::json(&project.path(&format!("recordings/crm.contacts.get/{id}.json")))
}

#[test]
fn personal_data_is_kept_only_where_two_flags_ask_for_it_and_the_pair_says_so() {
    let project = project("redaction-flags", "name");
    let [legacy, new] = [json!("Ada"), json!({"name": "Ada"})];
    for flag in IN_CLEAR {
        let refused = import(&project, KEY, "1", [&legacy, &new], &[flag]);
        assert_eq!(refused.code, 2, "{flag}: {}", refused.stderr);
    }
    let kept = import(&project, KEY, "1", [&legacy, &new], &IN_CLEAR);
    assert_eq!(kept.stdout.lines().last(), Some("Personal data was kept: the recording says so."));
    let pair = recorded(&project, "1");
    assert_eq!(pair["redaction"], json!({"version": 1, "none": true}));
    assert_eq!(pair["new"][0]["response"]["body"]["json"], new);
}

#[test]
fn a_recording_in_clear_is_previewed_as_shapes_and_then_redacted_whole() {
    let project = project("redaction-preview", "{\"who\": name, \"at\": mail}");
    let legacy = json!({"who": "Ada Lovelace", "at": "ada@lovelace.example"});
    let new = json!({"name": "Ada Lovelace", "mail": "ada@lovelace.example", "plan": "gold"});
    import(&project, KEY, "1", [&legacy, &new], &IN_CLEAR);
    let file = "recordings/crm.contacts.get/1.json";
    let preview = run(&project, KEY, &["recordings", "redact", "--preview", file]);
    let place = "crm.contacts.get/1.json";
    assert_eq!(
        preview.stdout,
        format!(
            "{place} legacy[0].response.body $.who\n  word, personal elsewhere in the pair: Aaa Aaaaaaaa → Ddx Trcwhzdu\n\
             {place} legacy[0].response.body $.at\n  e-mail, by its look: aaa@aaaaaaaa.aaaaaaa → ddx@trcwhzdu.example\n\
             {place} new[0].response.body $.name\n  name, by the name of its field: Aaa Aaaaaaaa → Ddx Trcwhzdu\n\
             {place} new[0].response.body $.mail\n  e-mail, by the name of its field: aaa@aaaaaaaa.aaaaaaa → ddx@trcwhzdu.example\n\
             4 places in 1 pair would change; 0 are redacted already. Nothing was written.\n"
        )
    );
    assert_eq!(recorded(&project, "1")["new"][0]["response"]["body"]["json"], new);
    let redacted = run(&project, KEY, &["recordings", "redact"]);
    assert_eq!(
        redacted.stdout,
        "1 pair redacted in 1 file.\nRedacted with the key 41e0cc39; every pair is judged as before.\n"
    );
    let pair = recorded(&project, "1");
    assert_eq!(pair["redaction"], json!({"version": 1, "key": "41e0cc39", "commutes": true}));
    assert_eq!(pair["legacy"][0]["response"]["body"]["json"]["who"], "Ddx Trcwhzdu");
    assert_eq!(run(&project, KEY, &["recordings", "redact"]).stdout, "0 pairs redacted in 0 files.\n");
    project.expect(&["check"], 0);
}

#[test]
fn redacting_files_in_place_loses_no_pair_and_goes_on_where_it_was_killed() {
    let project = project("redaction-in-place", "name");
    for n in 0..10 {
        let id = if n % 2 == 0 { json!({"id": n.to_string()}) } else { json!({}) };
        import(&project, KEY, &format!("row-{n}"), [&id, &json!({"name": id})], &IN_CLEAR);
    }
    let folder = project.path("recordings/crm.contacts.get");
    let clear = std::fs::read(folder.join("row-2.json")).expect("it was imported");
    assert_eq!(run(&project, KEY, &["recordings", "redact"]).code, 0);
    let names = |folder: &std::path::Path| crate::data::files(folder);
    let redacted = names(&folder);
    assert_eq!(redacted.len(), 10);
    // Killed between the new file and the old one's end.
    std::fs::write(folder.join("row-2.json"), clear).expect("it can be written");
    assert_eq!(run(&project, KEY, &["recordings", "redact"]).code, 0);
    assert_eq!(names(&folder), redacted);
}

#[test]
fn a_pair_that_is_judged_otherwise_after_redaction_is_undecided_and_named() {
    let project = project("redaction-initials", "{\"initial\": $substring(name, 0, 1), \"name\": name}");
    let legacy = json!({"initial": "A", "name": "Ada"});
    let imported = import(&project, KEY, "1", [&legacy, &json!({"name": "Ada"})], &[]);
    let told: Vec<&str> = imported.stdout.lines().skip(1).collect();
    assert_eq!(
        told,
        [
            "Redacted with the key 41e0cc39; 1 judged before and after, 1 of them otherwise: undecided (redaction).",
            "  crm.contacts.get/1: same before redaction, different after it; new is value at $.initial",
        ]
    );
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts()), [1, 0, 0, 0, 1]);
    assert_eq!(
        recorded(&project, "1")["redaction"],
        json!({
            "version": 1, "key": "41e0cc39", "commutes": false,
            "differs": "same before redaction, different after it; new is value at $.initial",
        })
    );
}

#[test]
fn pairs_under_two_keys_are_warned_of() {
    let project = project("redaction-keys", "name");
    let [legacy, new] = [json!("Ada"), json!({"name": "Ada"})];
    import(&project, KEY, "1", [&legacy, &new], &[]);
    let quiet = project.expect(&["check"], 0);
    assert!(!quiet.stdout.contains("different keys"), "{}", quiet.stdout);
    import(&project, OTHER_KEY, "2", [&legacy, &new], &[]);
    let warned = project.expect(&["check"], 0);
    assert!(
        warned.stdout.contains("the pairs were redacted with different keys (41e0cc39, "),
        "{}",
        warned.stdout
    );
    let refused = run(&project, "no key", &["check"]);
    let expected = "error: read the variable CUTOVER_REDACTION_KEY: a redaction key is 64 hexadecimal digits (32 random bytes)\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (2, expected));
}

#[cfg(unix)]
#[test]
fn without_the_variable_a_key_is_made_once_beside_the_configuration() {
    use std::os::unix::fs::PermissionsExt;
    let project = project("redaction-key-file", "name");
    let [legacy, new] = [json!("Ada"), json!({"name": "Ada"})];
    let fingerprint = |id: &str| {
        import(&project, "", id, [&legacy, &new], &[]);
        recorded(&project, id)["redaction"]["key"].clone()
    };
    assert_eq!(fingerprint("1"), fingerprint("2"));
    let mode =
        std::fs::metadata(project.path(".cutover/redaction.key")).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
