//! What the command decides, and how `check --gate` ends.

use std::fmt::Write as _;

use super::{pair, parsed, project, readings};
use crate::real::project::{MIGRATION, Project, json, pair as recorded};

#[test]
fn a_migration_of_fifty_accounts_meets_the_rates_and_an_account_that_was_never_observed_is_named() {
    let decided = |name: &str, observed: u64| {
        let project = project(name, "");
        let accounts = (0..50).map(|index| format!("account-{index:02},some-crm,l{index},n{index}\n"));
        project.write(
            "accounts.csv",
            format!("account,integration,legacy,new\n{}", accounts.collect::<String>()),
        );
        let mut lines = String::new();
        for index in 0..3_000 {
            let id = format!("crm.contacts.list/row-{index:04}");
            let account = format!("account-{:02}", index % observed);
            let _ = writeln!(lines, "{}", pair(&id, &account));
        }
        for file in ["0.json", "1.json"] {
            std::fs::remove_file(project.path(&format!("recordings/crm.contacts.list/{file}")))
                .expect("it is there");
        }
        project.write("recordings/rows.jsonl", lines);
        let run = project.expect(&["gate", "write-cutover", "--format", "json"], 3);
        parsed(&run.stdout)
    };
    let whole = decided("fifty", 50);
    let pass = |about: &str| vec![("pass".to_owned(), about.to_owned())];
    let both = [pass("all operations"), pass("crm.contacts.list")].concat();
    assert_eq!(readings(&whole, "difference-rate"), both);
    for condition in ["error-parity", "throttled-rate", "undecided-rate"] {
        assert_eq!(readings(&whole, condition), pass(""), "{condition}");
    }
    assert_eq!(readings(&whole, "accounts-observed"), pass("accounts"));
    let lacking = decided("forty-nine", 49);
    assert_eq!(readings(&lacking, "difference-rate"), both);
    let missing = vec![("inconclusive".to_owned(), "account-49".to_owned())];
    assert_eq!(readings(&lacking, "accounts-observed"), missing);
}

#[test]
fn check_with_a_gate_reports_and_ends_as_the_gate_does() {
    let project = project("check", "");
    let run = project.expect(&["check", "--gate", "write-cutover"], 3);
    assert!(run.stdout.contains("write-cutover: inconclusive"), "{}", run.stdout);
    assert!(project.path("reports/check/index.html").is_file());
    let alone = std::fs::read(project.path("reports/gates/write-cutover.json")).expect("it was written");
    project.expect(&["gate", "write-cutover"], 3);
    let again = std::fs::read(project.path("reports/gates/write-cutover.json")).expect("it was written");
    assert_eq!(alone, again, "either way decides the same, byte for byte");
    let printed =
        project.expect(&["check", "--gate", "write-cutover", "--format", "json", "--jobs", "1"], 3).stdout;
    assert_eq!(printed.as_bytes(), again);
    project.expect(&["check", "crm.contacts.list", "--gate", "write-cutover"], 2);
    project.expect(&["check", "--changed", "--gate", "write-cutover"], 2);
    project.expect(&["check", "--bundle", "x.json"], 2);
}

fn conditions(project: &Project, code: i32, condition: &str) -> Vec<(String, String)> {
    project.expect(&["gate", "deprecation"], code);
    readings(&json(&project.path("reports/gates/deprecation.json")), condition)
}

#[test]
fn a_project_s_own_condition_sees_the_tally_and_only_true_passes() {
    let with = |name: &str, jsonata: &str| {
        let entry =
            format!("conditions = [{{ name = \"own\", jsonata = {jsonata:?}, says = \"it is so\" }}]");
        project(name, &format!("[gates.deprecation]\n{entry}\n"))
    };
    let own = |answer: &str| vec![(answer.to_owned(), "own".to_owned())];
    let holds =
        with("own-holds", "operations.\"crm.contacts.list\".census.accounts.acme.totals.tolerated = 1");
    assert_eq!(conditions(&holds, 3, "project"), own("pass"));
    let fails = with("own-fails", "totals.pairs > 2");
    assert_eq!(conditions(&fails, 1, "project"), own("fail"));
    let neither = with("own-neither", "totals.pairs");
    assert_eq!(conditions(&neither, 3, "project"), own("inconclusive"));
    let broken = with("own-broken", "totals.(");
    let refused = broken.expect(&["gate", "deprecation"], 2);
    assert!(refused.stderr.contains("the condition `own`"), "{}", refused.stderr);
}

#[test]
fn the_gate_before_must_have_been_passed() {
    let project = project("earlier", "");
    let said = |project: &Project| {
        readings(&json(&project.path("reports/gates/write-cutover.json")), "earlier-gate")
    };
    project.expect(&["gate", "write-cutover"], 3);
    assert_eq!(said(&project)[0].0, "inconclusive");
    project.expect(&["gate", "token-import"], 3);
    project.expect(&["gate", "write-cutover"], 1);
    assert_eq!(said(&project), [("fail".to_owned(), "reports/gates/token-import.json".to_owned())]);
}

/// Named by a wildcard and by a filter, which no difference is written with.
#[test]
fn a_critical_field_that_a_tolerance_hides_is_a_warning_of_check_and_fails_its_gate() {
    for (index, (critical, rule)) in [
        ("$.data[*].*", "\"ignore\""),
        ("$.data[?@.id == 1].name", "{ pattern = \"^.+$\" }"),
        ("$.data[*].name", "{ when = \"true\" }"),
        ("$.data[*].name", "{ when = \"$length(new) > 1\" }"),
    ]
    .iter()
    .enumerate()
    {
        let configuration = format!(
            "{MIGRATION}[[operations]]\nname = \"crm.a\"\nkeys = {{ \"$.data\" = [\"id\"] }}\nconsumes = [\"{critical}\"]\n\
             critical = [\"{critical}\"]\ntolerances = [\"t.toml\"]\n"
        );
        let project = Project::new(&format!("critical-hidden-{index}"), &configuration);
        let tolerance = "path = \"$.data[*].name\"\nreason = \"r\"\nowner = \"o\"\nuntil = 2027-01-01\n";
        project.write("t.toml", format!("[[tolerance]]\n{tolerance}rule = {rule}\n"));
        let body = |name: &str| format!(r#"{{"data":[{{"id":1,"name":"{name}"}}]}}"#).into_bytes();
        project.write("recordings/crm.a/1.json", recorded("crm.a/1", &body("Ada"), &body("Eve")));
        let run = project.expect(&["check"], 0);
        assert!(
            run.stdout.contains("crm.a: the critical $.data[*].name differs (value), and the tolerance at t.toml:1 excuses any value"),
            "{}",
            run.stdout
        );
        let decided = project.expect(&["gate", "write-cutover"], 1).stdout;
        assert!(decided.contains("critical-fields crm.a: $.data[*].name differs"), "{decided}");
    }
}
