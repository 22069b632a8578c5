//! Segments in a bucket of an S3-compatible server: read like those of the folder, put there once, never replaced.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use store::recordings::Recordings;
use store::segments::{Bucket, Remote};

use super::server::Server;
use super::{CLOSED, LEFT, lines, root};
use crate::real::project::{MIGRATION, Project, totals};

const PATIENCE: Duration = Duration::from_secs(20);

const NOT_RUN: &str = "NOT RUN: moto_server is not there (pip install 'moto[server]')";

/// The server, and a bucket below a prefix of the test's own.
fn bucket(server: &Server, url: &str) -> Arc<Bucket> {
    let options = [
        ("aws_endpoint", server.endpoint().as_str()),
        ("aws_allow_http", "true"),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Arc::new(Bucket::open(url, &options.into()).expect("the options are right"))
}

#[expect(clippy::print_stderr, reason = "a test that does not run says so")]
fn server() -> Option<Server> {
    let server = Server::start();
    if server.is_none() {
        assert!(std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_none(), "{NOT_RUN}");
        eprintln!("{NOT_RUN}");
    }
    server
}

#[test]
fn check_and_explain_read_segments_of_object_storage() {
    let Some(server) = server() else { return };
    let bucket = bucket(&server, "s3://recordings/of/check");
    bucket.put("all.seg", fs::read(root(CLOSED[1])).expect("it is committed")).expect("the server takes it");
    let configuration = format!(
        "{MIGRATION}[recordings]\nurl = \"s3://recordings/of/${{PLACE}}\"\noptions = {{ aws_endpoint = \"{}\", aws_allow_http = \"true\" }}\n\
         [[operations]]\nname = \"crm.contacts.list\"\n",
        server.endpoint()
    );
    let project = Project::new("segments-bucket", &configuration);
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("PLACE", "check").env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        let output = command.output().expect("the program was built for this test");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 24);
    let (_, told) = run(&["explain", "crm.contacts.list/made-up-0013"]);
    assert!(told.contains("segments/all.seg:14"), "{told}");
    // While a segment is moved it is in both places, and is read once.
    project.write("recordings/segments/all.seg", fs::read(root(CLOSED[1])).expect("it is committed"));
    run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 24);
}

/// The `[recordings]` of a configuration whose segments lie below a prefix of the server.
fn storage(server: &Server, prefix: &str) -> String {
    format!(
        "\n[recordings]\nurl = \"s3://recordings/{prefix}\"\noptions = {{ aws_endpoint = \"{}\", aws_allow_http = \"true\", \
         aws_region = \"us-east-1\", aws_access_key_id = \"test\", aws_secret_access_key = \"test\" }}\n",
        server.endpoint()
    )
}

#[test]
fn a_gate_rests_on_segments_of_object_storage_by_their_digests_wherever_they_lie() {
    let Some(server) = server() else { return };
    let prefix = "of/gate";
    let bucket = bucket(&server, &format!("s3://recordings/{prefix}"));
    let whole = fs::read(root(CLOSED[1])).expect("it is committed");
    bucket.put("all.seg", whole.clone()).expect("the server takes it");
    let operation = "[[operations]]\nname = \"crm.contacts.list\"\n";
    let project =
        Project::new("segments-gate", &format!("{MIGRATION}{}{operation}", storage(&server, prefix)));
    let decided = project.run(&["gate", "write-cutover", "--format", "json"]);
    let bundle: serde_json::Value = serde_json::from_str(&decided.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", decided.stdout, decided.stderr));
    let inputs = bundle["inputs"].as_array().expect("inputs are a list");
    let of_segment: Vec<_> = inputs.iter().filter(|input| input["kind"] == "recording").collect();
    assert_eq!(of_segment.len(), 1, "{inputs:?}");
    assert_eq!(of_segment[0]["path"], "recordings/segments/all.seg");
    assert_eq!(of_segment[0]["bytes"].as_u64(), Some(whole.len() as u64));
    let objections = || {
        let verify = ["bundle", "verify", "reports/gates/write-cutover.json", "--format", "json"];
        let run = project.run(&verify);
        let found: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
        found["objections"].as_array().expect("a list").len()
    };
    assert_eq!(objections(), 0, "as it was");
    // Back on the disk it is the same evidence; a changed one there is not, whatever is in the bucket.
    project.write("recordings/segments/all.seg", &whole);
    assert_eq!(objections(), 0, "on the disk");
    project.write("recordings/segments/all.seg", fs::read(root(LEFT[1])).expect("it is committed"));
    assert_eq!(objections(), 1, "changed");
    fs::remove_file(project.path("recordings/segments/all.seg")).expect("it was written");
    bucket.put("later.seg", whole).expect("the server takes it");
    assert_eq!(objections(), 1, "another came");
    // The same decision beside a whole check.
    let run = project.run(&["check", "--gate", "write-cutover"]);
    assert!(run.stdout.contains("write-cutover"), "{}{}", run.stdout, run.stderr);
    // The readiness page looks at bundles too, and this one was just decided again.
    project.run(&["report"]);
    let readiness = crate::real::project::json(&project.path("reports/readiness/readiness.json"));
    let broken = readiness["bundles"][0]["broken"].as_array().expect("a list");
    assert!(broken.is_empty(), "{broken:?}");
    for list in [&["recordings", "ls"][..], &["recordings", "promote", "--dry-run"]] {
        let run = project.run(list);
        assert!(run.code == 0 && run.stdout.contains("24"), "{list:?}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn what_serve_records_is_moved_to_object_storage_when_its_segment_is_closed_and_judged_there() {
    let Some(server) = server() else { return };
    let sides = crate::serve::sides();
    let project = crate::serve::project("serve-bucket", &sides);
    let text = fs::read_to_string(project.path("cutover.toml")).expect("it is text");
    project.write("cutover.toml", text + &storage(&server, "of/serve"));
    let serving = crate::serve::child::Serving::start(&project, &[]);
    serving.ask("GET", "/accounts/acme/contacts?limit=50", &crate::serve::bearer(), "");
    serving.ask("GET", "/accounts/acme/contacts/none", &crate::serve::bearer(), "");
    serving.until(PATIENCE, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 2.0);
    let (counts, said) = serving.stop_and_hear();
    assert_eq!(counts["recorded"], 2, "{counts}");
    assert!(said.contains("Segments are in object storage."), "{said}");
    let left: Vec<_> = crate::data::files(&project.path("recordings/segments"));
    assert!(left.iter().all(|file| file.extension().is_none_or(|end| end != "seg")), "{left:?}");
    let names = bucket(&server, "s3://recordings/of/serve").names().expect("the server lists");
    assert_eq!(names.len(), 1, "{names:?}");
    project.run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 2);
}

#[test]
fn what_record_asks_for_is_moved_to_object_storage_and_found_there_by_the_next_run() {
    let Some(server) = server() else { return };
    let sides = crate::serve::sides();
    let project = crate::serve::project("record-bucket", &sides);
    let text = fs::read_to_string(project.path("cutover.toml")).expect("it is text");
    project.write("cutover.toml", text + &storage(&server, "of/record"));
    let record = || {
        let run =
            project.expect(&["record", "crm.contacts.list", "--into", "segments", "--format", "json"], 0);
        let told: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
        ["pairs", "there"].map(|what| told["totals"][what].as_u64())
    };
    assert_eq!(record(), [Some(1), Some(0)]);
    let left: Vec<_> = crate::data::files(&project.path("recordings/segments"));
    assert!(left.iter().all(|file| file.extension().is_none_or(|end| end != "seg")), "{left:?}");
    let names = bucket(&server, "s3://recordings/of/record").names().expect("the server lists");
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(record(), [Some(0), Some(1)], "it is asked for once");
    project.run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 1);
    let audited = project.run(&["audit", "--format", "json"]);
    let audited: serde_json::Value = serde_json::from_str(&audited.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", audited.stdout, audited.stderr));
    assert!(audited["totals"]["planted"].as_u64() > Some(0), "{audited:#}");
}

#[test]
fn what_object_storage_does_not_take_stays_in_the_folder_and_the_next_recorder_moves_it() {
    let Some(server) = server() else { return };
    let sides = crate::serve::sides();
    let project = crate::serve::project("serve-bucket-down", &sides);
    let text = fs::read_to_string(project.path("cutover.toml")).expect("it is text");
    // No such bucket: the service answers, and refuses.
    let elsewhere = storage(&server, "of/down").replace("s3://recordings/", "s3://nobody-made-it/");
    let serve = |storage: &str| {
        project.write("cutover.toml", text.clone() + storage);
        let serving = crate::serve::child::Serving::start(&project, &[]);
        serving.ask("GET", "/accounts/acme/contacts/none", &crate::serve::bearer(), "");
        serving.until(PATIENCE, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 1.0);
        serving.stop_and_hear()
    };
    let segments = || {
        let files = crate::data::files(&project.path("recordings/segments"));
        files.iter().filter(|file| file.extension().is_some_and(|end| end == "seg")).count()
    };
    let (counts, said) = serve(&elsewhere);
    assert_eq!((counts["recorded"].as_u64(), segments()), (Some(1), 1), "{said}");
    assert!(said.contains("1 closed segment stays in the folder"), "{said}");
    let (_, said) = serve(&storage(&server, "of/down"));
    assert_eq!(segments(), 0, "{said}");
    project.run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 2);
}

#[test]
fn the_same_segment_may_be_put_again_and_another_one_of_its_name_may_not() {
    let Some(server) = server() else { return };
    let bucket = bucket(&server, "s3://recordings/of/puts");
    let (whole, other) = (fs::read(root(CLOSED[1])), fs::read(root(LEFT[1])));
    let (whole, other) = (whole.expect("it is committed"), other.expect("it is committed"));
    bucket.put("one.seg", whole.clone()).expect("it is new");
    bucket.put("one.seg", whole.clone()).expect("it is the same");
    let refused = bucket.put("one.seg", other).expect_err("it is another");
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    let cut = whole[..whole.len() - 1].to_vec();
    assert!(bucket.put("one.seg", cut).is_err(), "a shorter one is another");
    assert_eq!(bucket.names().expect("the server lists"), ["one.seg"]);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("segments-puts");
    let recordings = Recordings::create(&folder).expect("a folder can be made");
    let recordings = recordings.with_remote(Some(Arc::new(bucket)));
    let files = recordings.sources().expect("both can be listed").files;
    let read: Vec<String> =
        recordings.records(files).map(|record| record.text.expect("it is whole")).collect();
    assert_eq!(read, lines());
    let (location, _) =
        recordings.find("crm.contacts.list/made-up-0007").expect("it answers").expect("it is there");
    assert_eq!(location.to_string(), "segments/one.seg:8");
}
