//! The engines from outside: `cutover map`, `cutover oracle install`, `check --oracle`, and who evaluates what.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use super::project::{MIGRATION, Project, json as read_json, pair, totals};
use crate::data;

/// Where the libraries are installed: `CUTOVER_ORACLE`, or `target/oracle`.
fn oracle(name: &str) -> Option<PathBuf> {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
    let cache = std::env::var_os("CUTOVER_ORACLE").map_or(target, PathBuf::from);
    data::existing(cache.join(name), "run `CUTOVER_ORACLE=target/oracle cutover oracle install`")?;
    Some(cache)
}

/// A migration of one operation, with the mapping and a pair for each body that the new side answered.
fn project(name: &str, operation: &str, mapping: &str, pairs: &[(&str, &str)]) -> Project {
    let configuration = format!(
        "{MIGRATION}[[operations]]\nname = \"crm.deals.list\"\nmapping = \"deals.jsonata\"\n{operation}\n"
    );
    let project = Project::new(name, &configuration);
    project.write("deals.jsonata", mapping);
    for (index, (legacy, new)) in pairs.iter().enumerate() {
        let id = format!("crm.deals.list/acme-{index:04}");
        project.write(&format!("recordings/{id}.json"), pair(&id, legacy.as_bytes(), new.as_bytes()));
    }
    project
}

fn run(project: &Project, cache: &str, arguments: &[&str], code: i32) -> super::project::Run {
    let mut command = project.command(arguments);
    command.env("CUTOVER_ORACLE", project.path(cache));
    let run = super::project::Run::of(command.output().expect("the program was built for this test"));
    assert_eq!(run.code, code, "cutover {arguments:?}\n{}\n{}", run.stdout, run.stderr);
    run
}

#[test]
fn map_prints_what_a_mapping_makes_of_a_file() {
    let project = Project::new("map-file", MIGRATION);
    project.write("body.json", r#"{"id":9007199254740993,"tags":["a"],"10":1}"#);
    let map = |mapping: &str, more: &[&str], code: i32| {
        project.write("deals.list.response.jsonata", mapping);
        let arguments = ["map", "body.json", "--mapping", "deals.list.response.jsonata"];
        let run = run(&project, "nowhere", &[&arguments, more].concat(), code);
        format!("{}{}", run.stdout, run.stderr)
    };
    assert_eq!(map("{'id': id, 'tags': tags}", &[], 0), {
        "{\n  \"id\": 9007199254740992,\n  \"tags\": [\n    \"a\"\n  ]\n}\n"
    });
    assert_eq!(map("nothing", &[], 0), "");
    assert_eq!(map("nothing", &["--format", "json"], 0), "{\"undefined\":true}\n");
    assert_eq!(map("$keys($)", &["--format", "json"], 0), "{\"value\":[\"10\",\"id\",\"tags\"]}\n");
    let parts = "{\"value\":[\"response\",\"query\",\"rawQuery\",\"context\",\"headers\"]}\n";
    assert_eq!(map("$keys($)", &["--scope", "truto", "--format", "json"], 0), parts);
    assert_eq!(
        map("$dtFromIso('2026-01-02').toFormat('dd.MM.yyyy')", &["--dialect", "truto"], 0),
        "\"02.01.2026\"\n"
    );
    assert_eq!(
        map("'a' + 1", &["--format", "json"], 3),
        "{\"error\":{\"code\":\"T2001\",\"message\":\"The left side of the \\\"+\\\" operator must evaluate to a number\",\
         \"position\":{\"line\":1,\"column\":5}}}\n"
    );
    assert_eq!(
        map("$power(3, 2.5)", &[], 3),
        "error: deals.list.response.jsonata: the mapping needs the oracle: the last digit of $power differs between libraries; \
         `cutover oracle install --dialect jsonata` installs it\n"
    );
    let absent = map("id", &["--engine", "oracle", "--jsonata", "1.8.7"], 2);
    assert!(absent.ends_with("run `cutover oracle install --dialect jsonata --version 1.8.7`\n"), "{absent}");
    assert!(map("id +", &[], 2).contains("unexpected end of expression (S0207)"));
    project.write("body.json", "{");
    assert!(map("id", &[], 2).contains("body.json:1:2: not JSON"));
}

#[test]
fn the_scope_of_truto_is_for_what_maps_an_answer() {
    let project = Project::new("map-scope", MIGRATION);
    project.write("body.json", r#"{"message":"no"}"#);
    let map = |kind: &str, code: i32| {
        let file = format!("deals.list.{kind}.jsonata");
        project.write(&file, "$keys($)[0]");
        let run =
            run(&project, "nowhere", &["map", "body.json", "--mapping", &file, "--scope", "truto"], code);
        format!("{}{}", run.stdout, run.stderr)
    };
    assert_eq!(map("response", 0), "\"response\"\n");
    assert_eq!(map("error", 0), "\"error\"\n");
    assert_eq!(
        map("query", 2),
        "error: --scope truto makes what a response mapping sees of a body, and deals.list.query.jsonata is a query \
         mapping: leave it out, and give the whole of what it sees as the input, an object of query, body, context, \
         before, id\n"
    );
}

/// The next line is written only after the answer to the one before has been read: nothing waits in a buffer.
#[test]
fn map_answers_lines_at_once_and_in_order() {
    let project = Project::new("map-lines", MIGRATION);
    let mut child = project
        .command(&["map", "--jsonl", "--dialect", "truto"])
        .env("CUTOVER_ORACLE", project.path("nowhere"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut check = |line: &str, expected: &str| {
        writeln!(stdin, "{line}").expect("it reads");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("it writes");
        assert_eq!(answer.trim_end(), expected, "{line}");
    };
    check(r#"{"id":1,"expr":"$firstNonEmpty(a, b)","input":{"b":1.50}}"#, r#"{"id":1,"value":1.5}"#);
    check(r#"{"id":"two","expr":"a","input":{}}"#, r#"{"id":"two","undefined":true}"#);
    check(
        r#"{"id":3,"expr":"$n * a","input":{"a":2},"bindings":{"n":"x"}}"#,
        r#"{"id":3,"error":{"code":"T2001","message":"The left side of the \"*\" operator must evaluate to a number","position":{"line":1,"column":4}}}"#,
    );
    check(
        r#"{"id":4,"expr":"$xmlToJs(a)","input":{"a":""}}"#,
        r#"{"id":4,"error":{"code":"needs_oracle","message":"the mapping needs the oracle: $xmlToJs is not implemented natively","position":null}}"#,
    );
    check(
        "[]",
        r#"{"id":null,"error":{"code":"line","message":"invalid length 0, expected struct Line with 4 elements at line 1 column 2","position":null}}"#,
    );
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn what_is_installed_is_said_with_its_place_and_node_that_is_absent_with_the_remedy() {
    let project = Project::new("oracle-install", MIGRATION);
    let mut command = project.command(&["oracle", "install"]);
    command.env("CUTOVER_ORACLE", "empty").env("PATH", "/nowhere");
    let absent = super::project::Run::of(command.output().expect("the program was built for this test"));
    assert_eq!(
        (absent.code, absent.stderr.as_str()),
        (2, "error: run npm: it is not on this machine; install Node.js 20 or newer\n")
    );
    let Some(cache) = oracle("jsonata-2.2.1") else { return };
    let cache = cache.to_str().expect("paths of the tests are UTF-8");
    let arguments = ["oracle", "install", "--dialect", "jsonata", "--format", "json"];
    let told: Value = serde_json::from_str(&run(&project, cache, &arguments, 0).stdout).expect("it is JSON");
    assert_eq!(
        told,
        json!({"version": 1, "installed": [{
            "dialect": "jsonata", "package": "jsonata", "version": "2.2.1", "jsonata": "2.2.1",
            "folder": format!("{cache}/jsonata-2.2.1"),
        }]})
    );
    // Installed, and node is gone since.
    let mut command = project.command(&["map", "--jsonl", "--engine", "oracle"]);
    command.env("CUTOVER_ORACLE", cache).env("PATH", "/nowhere").stdin(Stdio::null());
    let absent = super::project::Run::of(command.output().expect("the program was built for this test"));
    assert_eq!(
        (absent.code, absent.stderr.as_str()),
        (2, "error: run node: it is not on this machine; install Node.js 20 or newer\n")
    );
}

#[test]
fn what_the_native_engine_refers_goes_to_the_oracle_or_is_undecided() {
    let pairs = [("{\"root\":15.588457268119896}", "{\"n\":3}")];
    let project = project("engine-auto", "", "{'root': $power(n, 2.5)}", &pairs);
    run(&project, "nowhere", &["check"], 3);
    assert_eq!(project.verdicts()["undecided"][0]["code"], "needs_oracle");
    let Some(cache) = oracle("jsonata-2.2.1") else { return };
    run(&project, cache.to_str().expect("paths of the tests are UTF-8"), &["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 1, 0, 0, 0]);
}

#[test]
fn a_side_that_runs_an_older_jsonata_is_evaluated_by_that_alone() {
    let pairs = [("{\"root\":3}", "{\"n\":3}")];
    let project = project("engine-version", "jsonata = \"1.8.7\"", "{'root': n}", &pairs);
    run(&project, "nowhere", &["check"], 3);
    assert_eq!(project.verdicts()["undecided"][0]["code"], "needs_oracle");
}

/// One record's text is enough to send a regular expression astray; the run goes on, and says of that pair why.
#[test]
fn a_body_that_leads_a_mapping_astray_is_undecided_by_its_limit_and_the_others_are_judged() {
    let astray = format!("{{\"n\":\"{}!\"}}", "a".repeat(60));
    let pairs = [("{\"n\":\"b\"}", "{\"n\":\"aaa\"}"), ("{\"n\":\"b\"}", astray.as_str())];
    let project = project("engine-limit", "", "{'n': $replace(n, /(a+)+$/, 'b')}", &pairs);
    run(&project, "nowhere", &["check"], 3);
    let verdicts = project.verdicts();
    assert_eq!(totals(&verdicts), [2, 1, 0, 0, 1]);
    assert_eq!(verdicts["undecided"][0]["code"], "limit");
}

/// The reference answers null for what is not finite; the native engine reports an error. It is one of the deviations
/// that are written down, so it stands for those that are not.
const DISAGREEING: &str = "(\n  $d := size;\n  {'total': amount, 'each': amount / $d}\n)";

#[test]
fn a_disagreement_of_the_engines_is_a_finding_at_the_smallest_expression_in_every_report() {
    let Some(cache) = oracle("jsonata-2.2.1") else { return };
    let pairs = [
        ("{\"total\":4,\"each\":2}", "{\"amount\":4,\"size\":2}"),
        ("{\"total\":4,\"each\":null}", "{\"amount\":4,\"size\":0}"),
        ("{\"total\":6,\"each\":null}", "{\"amount\":6,\"size\":0}"),
    ];
    let project = project("engine-disagreement", "", DISAGREEING, &pairs);
    let cache = cache.to_str().expect("paths of the tests are UTF-8");
    // One engine alone sees nothing to doubt: where the native one fails, the oracle is asked and believed.
    run(&project, cache, &["check"], 0);
    let shown = run(&project, cache, &["check", "--oracle"], 3).stdout;
    let verdicts = project.verdicts();
    assert_eq!(totals(&verdicts), [3, 1, 0, 0, 2]);
    assert_eq!(verdicts["undecided"][0]["code"], "engine_disagreement");
    let finding = &verdicts["mappings"][0]["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["line"], &finding["column"]),
        (&json!("engine_disagreement"), &json!(3), &json!(29)),
        "{finding}"
    );
    let sentence = "`amount / $d` at line 3, column 29 of the mapping: the native engine answers an error: ";
    let message = finding["message"].as_str().expect("a text");
    assert!(message.starts_with(sentence), "{message}");
    assert!(
        message.ends_with("the oracle null, on 2 inputs, first of crm.deals.list/acme-0001"),
        "{message}"
    );
    let read = |file: &str| {
        std::fs::read_to_string(project.path(&format!("reports/check/{file}"))).expect("it was written")
    };
    let files = ["summary.md", "junit.xml", "results.sarif", "index.html", "mappings/deals.html"].map(read);
    for text in files.iter().chain([&shown]) {
        assert!(text.contains("amount / $d") && text.contains("engine"), "{text}");
    }
    let sarif = read_json(&project.path("reports/check/results.sarif"));
    let result = &sarif["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(result["ruleId"], "engine_disagreement");
    assert_eq!(region, &json!({"startLine": 3, "startColumn": 29, "endLine": 3, "endColumn": 40}));
}

#[test]
fn an_oracle_that_is_absent_is_told_once_a_mapping_in_every_report() {
    let pairs = [("{\"total\":4}", "{\"amount\":4}"), ("{\"total\":5}", "{\"amount\":5}")];
    let project = project("engine-absent", "", "{'total': amount}", &pairs);
    let shown = run(&project, "nowhere", &["check", "--oracle"], 0).stdout;
    let sentence = "the oracle was absent, so the native engine alone evaluated 2 pairs, such as crm.deals.list/acme-0000";
    let verdicts = project.verdicts();
    let finding = &verdicts["mappings"][0]["findings"][0];
    assert_eq!((&finding["rule"], &finding["message"]), (&json!("oracle_absent"), &json!(sentence)));
    let help = finding["help"].as_str().expect("a text");
    assert!(help.ends_with("; run `cutover oracle install --dialect jsonata`"), "{help}");
    let read = |file: &str| {
        std::fs::read_to_string(project.path(&format!("reports/check/{file}"))).expect("it was written")
    };
    for text in ["summary.md", "junit.xml", "results.sarif", "index.html", "mappings/deals.html"]
        .map(read)
        .iter()
        .chain([&shown])
    {
        assert!(text.contains("the oracle was absent"), "{text}");
    }
}
