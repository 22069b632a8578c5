//! `cutover record --replay`: cassettes of real services as legacy, and a server that is asked for the other side.

use serde_json::Value;
use servers::{Face, Limits};

use super::{Watched, shared, start, told};
use crate::data;
use crate::real::project::{MIGRATION, Project, argument, totals};

/// What some of the services' requests ask for; the new side says back what it was asked.
const OPERATIONS: &str = r#"
[[operations]]
name = "contacts.profile"
legacy = { method = "GET", path = "/contacts/v1/contact/vid/{id}/profile" }
new = { method = "GET", path = "/told/contacts/{id}" }

[[operations]]
name = "companies.get"
legacy = { method = "GET", path = "/companies/v2/companies/{id}" }
new = { method = "GET", path = "/told/companies/{id}" }

[[operations]]
name = "contacts.search"
legacy = { method = "GET", path = "/contacts/v1/search/query" }
new = { method = "GET", path = "/told/search" }

[[operations]]
name = "user.get"
legacy = { method = "GET", path = "/user" }
new = { method = "GET", path = "/told/user" }

[[operations]]
name = "repo.get"
legacy = { method = "GET", path = "/repos/{owner}/{repo}" }
new = { method = "GET", path = "/told/repos/{owner}/{repo}" }
"#;

fn project(name: &str, new: &Watched) -> Project {
    let provider = format!(
        "[providers.new]\nprofile = \"generic\"\nbase_url = \"{}\"\ncredentials = {{ token = \"{}\" }}\nshare = 1\n",
        new.url(),
        servers::KEY
    );
    Project::new(&format!("live-{name}"), &format!("{MIGRATION}{provider}{OPERATIONS}"))
}

/// New pairs, completed, there, unmatched, refused.
fn counted(told: &Value) -> [u64; 5] {
    ["pairs", "completed", "there", "unmatched", "refused"]
        .map(|name| told["totals"][name].as_u64().unwrap_or_else(|| panic!("{name} in {told}")))
}

fn replay(project: &Project, folder: &str, format: &str, code: i32) -> Value {
    let folder = data::find("2-cassettes").expect("the caller has found it").join(folder);
    let run = project.expect(
        &["record", "--replay", argument(&folder), "--as", format, "--side", "new", "--format", "json"],
        code,
    );
    told(&run)
}

#[test]
fn cassettes_of_real_services_become_pairs_and_a_second_run_sends_nothing() {
    if data::find("2-cassettes").is_none() {
        return;
    }
    let new = start(Face::Wire, &shared(0, 0, Limits::OUT_OF_REACH));
    let project = project("replay", &new);
    let expected =
        [("vcr-hubspot-v1", "vcr", [23, 0, 0, 109, 0]), ("betamax-github", "betamax", [17, 0, 0, 110, 0])];
    for (folder, format, counts) in expected {
        let before = new.received();
        let first = replay(&project, folder, format, 0);
        assert_eq!(counted(&first), counts, "{folder}: {first}");
        assert_eq!(new.received() - before, counts[0], "{folder}: each is asked once");
        let second = replay(&project, folder, format, 0);
        assert_eq!(counted(&second), [0, 0, counts[0], counts[3], 0], "{folder}");
        assert_eq!(new.received() - before, counts[0], "{folder}: nothing is sent twice");
    }
    project.expect(&["check"], 1);
    let pairs = expected.iter().map(|(_, _, counts)| counts[0]).sum::<u64>();
    let [all, .., undecided] = totals(&project.verdicts());
    assert_eq!((all, undecided), (pairs, 0), "both sides are there");
}

#[test]
fn pairs_that_lack_a_side_are_completed_unless_pseudonyms_stand_in_their_requests() {
    let Some(folder) = data::find("2-cassettes/betamax-github") else { return };
    let new = start(Face::Wire, &shared(0, 0, Limits::OUT_OF_REACH));
    let project = project("completed", &new);
    let mut files = data::files(&folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    let mut arguments = vec!["import", "betamax", "--side", "legacy"];
    arguments.extend(files.iter().map(|file| argument(file)));
    project.expect(&arguments, 0);
    let arguments = ["record", "--replay", "recordings", "--side", "new", "--format", "json"];
    let told = told(&project.expect(&arguments, 3));
    let [pairs, completed, there, unmatched, refused] = counted(&told);
    assert_eq!((pairs, there, unmatched), (0, 0, 0), "{told}");
    assert!(completed > 0 && refused > 0, "{told}");
    let why = "pseudonyms stand in its request, and what was asked is not known any more: replay the cassette that it came from";
    assert_eq!(told["refused"][0]["why"], why);
    assert_eq!(new.received(), completed);
    let asked = new.ledger().lines();
    assert!(asked.iter().all(|line| line == "GET /told/user"), "{asked:?}");
}
