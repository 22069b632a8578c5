//! Segments in a bucket of an S3-compatible server: read like those of the folder, put there once, never replaced.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use store::recordings::Recordings;
use store::segments::{Bucket, Remote};

use super::server::Server;
use super::{VERSION_1, VERSION_1_LEFT, lines, root};
use crate::real::project::{MIGRATION, Project, totals};

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
    bucket.put("all.seg", fs::read(root(VERSION_1)).expect("it is committed")).expect("the server takes it");
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
    project.write("recordings/segments/all.seg", fs::read(root(VERSION_1)).expect("it is committed"));
    run(&["check"]);
    assert_eq!(totals(&project.verdicts())[0], 24);
}

#[test]
fn the_same_segment_may_be_put_again_and_another_one_of_its_name_may_not() {
    let Some(server) = server() else { return };
    let bucket = bucket(&server, "s3://recordings/of/puts");
    let (whole, other) = (fs::read(root(VERSION_1)), fs::read(root(VERSION_1_LEFT)));
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
