//! `mapping import` and `export`: a unified model's method configs, there and back; cases for what each kind sees.

use super::project::{MIGRATION, Project, json};
use serde_json::Value;

/// Two methods of one resource in the shape of the management API; the expressions are of the usual kinds.
const ROWS: &str = r#"[
  {
    "id": "row-1",
    "resource_name": "contacts",
    "integration_name": "example",
    "method_name": "list",
    "version": 4,
    "config": {
      "resource": "people",
      "method": "list",
      "response_mapping": "response.results.{\n  \"id\": id,\n  \"name\": $join([first, last], \" \")\n}\n",
      "query_mapping": "{ \"page_size\": query.limit, \"after\": query.next_cursor }",
      "error_mapping": "{ \"message\": error.detail }",
      "path_mapping": "'/v2/' & context.org & '/people'",
      "request_header_mapping": "$merge([headers, { \"x-size\": $string($length($string(requestBody))) }])",
      "response_header_mapping": "{ \"x-left\": headers.`x-ratelimit-remaining` }",
      "before": [ { "type": "request", "run_if": "$not($exists(context.org))" } ]
    }
  },
  {
    "id": "row-2",
    "resource_name": "contacts",
    "integration_name": "example",
    "method_name": "create",
    "config": {
      "request_body_mapping": "{ \"first\": body.first_name }",
      "request_body_schema": { "type": "object", "required": [ "first_name" ] },
      "response_mapping": "{ \"id\": response.id }"
    }
  }
]"#;

const FILES: [&str; 10] = [
    "contacts.create.config.json",
    "contacts.create.request_body.jsonata",
    "contacts.create.response.jsonata",
    "contacts.list.config.json",
    "contacts.list.error.jsonata",
    "contacts.list.path.jsonata",
    "contacts.list.query.jsonata",
    "contacts.list.request_header.jsonata",
    "contacts.list.response.jsonata",
    "contacts.list.response_header.jsonata",
];

fn imported(name: &str) -> Project {
    let project = Project::new(name, MIGRATION);
    project.write("rows.json", ROWS);
    let run = project.expect(&["mapping", "import", "rows.json", "--model", "crm"], 0);
    let expected = "not placed  contacts.list: config.before[0].run_if: no kind of mapping sees what it sees; it stays in contacts.list.config.json\n8 mappings of 2 methods imported into mappings/crm.\n";
    assert_eq!(run.stdout, expected);
    project
}

fn contents(project: &Project) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(project.path("mappings/crm"))
        .expect("it was imported")
        .map(|entry| entry.expect("the folder stays").path())
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("it is a text"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn imported_configs_are_given_back_as_they_were_and_imported_again_are_the_same_files() {
    let project = imported("method-config-round-trip");
    let first = contents(&project);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, FILES);
    assert_eq!(first[6].1, "{ \"page_size\": query.limit, \"after\": query.next_cursor }\n");
    let exported = project.expect(&["mapping", "export", "--model", "crm"], 0).stdout;
    let mut rows: Vec<Value> = serde_json::from_str(ROWS).expect("it is JSON");
    rows.reverse();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&exported).expect("it is JSON"), rows);
    let one = project.expect(&["mapping", "export", "contacts.create", "--model", "crm"], 0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&one).expect("it is JSON"), rows[0]);
    project.write("exported.json", &exported);
    project.expect(&["mapping", "import", "exported.json", "--model", "crm"], 0);
    assert_eq!(contents(&project), first);
}

#[test]
fn yaml_is_imported_like_json() {
    let project = imported("method-config-yaml");
    let first = contents(&project);
    let yaml = "- resource_name: contacts\n  integration_name: example\n  method_name: create\n  id: row-2\n  config:\n    request_body_mapping: '{ \"first\": body.first_name }'\n    request_body_schema: { type: object, required: [first_name] }\n    response_mapping: |-\n      { \"id\": response.id }\n";
    project.write("rows.yaml", yaml);
    project.expect(&["mapping", "import", "rows.yaml", "--model", "crm", "--to", "of-yaml"], 0);
    for name in ["contacts.create.request_body.jsonata", "contacts.create.response.jsonata"] {
        let of_yaml =
            std::fs::read_to_string(project.path("of-yaml/crm").join(name)).expect("it was imported");
        assert_eq!(Some(&(name.to_owned(), of_yaml)), first.iter().find(|(known, _)| known == name));
    }
    let rest = json(&project.path("of-yaml/crm/contacts.create.config.json"));
    assert_eq!(rest, json(&project.path("mappings/crm/contacts.create.config.json")));
}

#[test]
fn a_mapping_that_was_worked_on_is_not_lost_to_an_import() {
    let project = imported("method-config-changed");
    project.write("mappings/crm/contacts.list.query.jsonata", "{ \"size\": query.limit }\n");
    let import = ["mapping", "import", "rows.json", "--model", "crm"];
    let refused = project.expect(&import, 2).stderr;
    assert_eq!(
        refused,
        "error: there is another content in mappings/crm/contacts.list.query.jsonata; --replace writes over it\n"
    );
    let one = project.expect(&["mapping", "export", "contacts.list", "--model", "crm"], 0).stdout;
    let one: Value = serde_json::from_str(&one).expect("it is JSON");
    assert_eq!(one["config"]["query_mapping"], "{ \"size\": query.limit }");
    project.expect(&[&import[..], &["--replace"]].concat(), 0);
    let text = std::fs::read_to_string(project.path("mappings/crm/contacts.list.query.jsonata"));
    assert_eq!(
        text.expect("it was written"),
        "{ \"page_size\": query.limit, \"after\": query.next_cursor }\n"
    );
}

#[test]
fn an_environment_and_an_account_are_laid_over_the_base() {
    let project = imported("method-config-layers");
    let row = |mapping: &str| {
        format!(
            r#"{{"resource_name":"contacts","integration_name":"example","method_name":"create","config":{{{mapping}}}}}"#
        )
    };
    project.write("env.json", row(r#""response_mapping": "{ \"id\": response.uid }""#));
    project.write(
        "account.json",
        r#"{"unified_model_override": {"crm": {"contacts": {"create": {"error_mapping": "error"}}}}}"#,
    );
    let layers = ["--environment", "env.json", "--account", "account.json", "--to", "merged"];
    project.expect(&[&["mapping", "import", "rows.json", "--model", "crm"][..], &layers].concat(), 0);
    let export = ["mapping", "export", "contacts.create", "--model", "crm", "--from", "merged"];
    let merged: Value = serde_json::from_str(&project.expect(&export, 0).stdout).expect("it is JSON");
    assert_eq!(
        merged["config"],
        serde_json::json!({
            "request_body_schema": { "type": "object", "required": ["first_name"] },
            "request_body_mapping": "{ \"first\": body.first_name }",
            "response_mapping": "{ \"id\": response.uid }",
            "error_mapping": "error",
        })
    );
}

#[test]
fn cases_of_every_kind_are_given_what_production_gives() {
    let project = imported("method-config-cases");
    let cases = [
        ("contacts.list.query", r#"{"query":{"limit":5}}"#, r#"{"page_size":5}"#),
        ("contacts.list.path", r#"{"context":{"org":"a"}}"#, r#""/v2/a/people""#),
        ("contacts.list.error", r#"{"error":{"detail":"no"},"query":{}}"#, r#"{"message":"no"}"#),
        (
            "contacts.list.request_header",
            r#"{"headers":{"a":"b"},"requestBody":{}}"#,
            r#"{"a":"b","x-size":"2"}"#,
        ),
        (
            "contacts.list.response_header",
            r#"{"headers":{"x-ratelimit-remaining":"9"}}"#,
            r#"{"x-left":"9"}"#,
        ),
        ("contacts.create.request_body", r#"{"body":{"first_name":"A"}}"#, r#"{"first":"A"}"#),
        ("contacts.create.response", r#"{"response":{"id":1}}"#, r#"{"id":1}"#),
    ];
    for (mapping, input, expected) in cases {
        project.write(&format!("mappings/crm/cases/{mapping}/one.input.json"), input);
        project.write(&format!("mappings/crm/cases/{mapping}/one.expected.json"), expected);
    }
    let run = project.expect(&["mapping", "test"], 0);
    assert_eq!(run.stdout.lines().last(), Some("8 mappings, 7 cases, 1 mapping without a case: none fails."));
    project.write("mappings/crm/cases/contacts.list.query/one.input.json", r#"{"query":{},"rawQuery":"a"}"#);
    let refused = project.expect(&["mapping", "test"], 2).stderr;
    let expected = "mappings/crm/cases/contacts.list.query/one.input.json: a query mapping does not see `rawQuery`: it sees query, body, context, before, id";
    assert!(refused.lines().next().is_some_and(|line| line.ends_with(expected)), "{refused}");
}

#[test]
fn an_error_is_mapped_in_the_scope_of_error_mappings() {
    let project = imported("method-config-error");
    let operation = "name = \"crm.contacts.list\"\nscope = \"truto\"\nerror_mapping = \"mappings/crm/contacts.list.error.jsonata\"\n";
    project.write("cutover.toml", format!("{MIGRATION}\n[[operations]]\n{operation}"));
    let answer = |body: &str| format!(r#"[{{"response":{{"status":404,"body":{{"json":{body}}}}}}}]"#);
    let pair = format!(
        r#"{{"version":1,"id":"crm.contacts.list/a","operation":"crm.contacts.list","legacy":{},"new":{}}}"#,
        answer(r#"{"message":"gone"}"#),
        answer(r#"{"detail":"gone"}"#)
    );
    project.write("recordings/crm.contacts.list/a.json", pair);
    project.expect(&["check"], 0);
}
