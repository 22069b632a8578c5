//! Made-up rows in the shapes of the provider's management API.

use super::*;
use serde_json::json;

fn one(config: &Value) -> Value {
    json!({"id": "r1", "resource_name": "contacts", "integration_name": "example", "method_name": "list", "config": config, "version": 3})
}

fn read(document: &Value) -> Vec<Row> {
    rows(document, "crm").unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(outcome: Result<Vec<Row>, ConfigError>, expected: &str) {
    assert_eq!(outcome.expect_err("it is refused").to_string(), expected);
}

#[test]
fn a_row_a_list_an_envelope_and_an_account_are_read() {
    let row = one(&json!({"response_mapping": "response.id"}));
    assert_eq!(read(&row), read(&json!([row])));
    assert_eq!(read(&row), read(&json!({"result": [row], "next_cursor": null, "limit": 10})));
    let account = json!({"id": "a", "unified_model_override": {
        "hris": {"employees": {"list": {}}},
        "crm": {"contacts": {"list": {"response_mapping": "1"}}},
    }});
    let of_account = read(&account);
    assert_eq!(of_account.len(), 1);
    assert_eq!(of_account[0].fields["config"], json!({"response_mapping": "1"}));
}

#[test]
fn what_is_no_method_config_is_refused() {
    let expected = "expected a row with resource_name, method_name and config, a list of rows (or `result` with one), or an account with unified_model_override";
    refused(rows(&json!(1), "crm"), &format!("the document is neither an object nor a list: {expected}"));
    refused(rows(&json!({"a": 1}), "crm"), &format!("the document has no resource_name: {expected}"));
    refused(rows(&json!([[]]), "crm"), &format!("row 1 is no object: {expected}"));
    refused(rows(&one(&json!("text")), "crm"), &format!("the document: config is no object: {expected}"));
    let mut slash = one(&json!({}));
    slash["resource_name"] = json!("../contacts");
    refused(
        rows(&slash, "crm"),
        "the document: `../contacts` cannot be part of a file's name: a to z, A to Z, 0 to 9, `_` and `-`",
    );
    refused(
        rows(&json!({"override": {"webhooks": {"example": "1"}}}), "crm"),
        "the document: the mappings in override.webhooks belong to an environment's model, not to a method; write each into mappings/<model>/<resource>.<method>.webhook.jsonata",
    );
    let mut other = one(&json!({}));
    other["integration_name"] = json!("another");
    refused(
        of_integration(read(&json!([one(&json!({})), other])), None),
        "there are rows of another, example: choose one with --integration, its mappings go into one folder",
    );
    refused(
        of_integration(read(&json!([one(&json!({})), one(&json!({}))])), None),
        "contacts.list stands there twice; choose one with --integration",
    );
}

#[test]
fn layers_merge_objects_deeply_and_expressions_wholly() {
    let base = one(&json!({
        "resource": "contacts", "response_mapping": "response.a", "query_mapping": "{'limit': query.limit}",
        "query": {"properties": "a", "archived": false},
    }));
    let environment = one(&json!({"response_mapping": "response.b", "query": {"properties": "a,b"}}));
    let account = json!({"unified_model_override": {"crm": {"contacts": {"list": {"path_mapping": "'/v2'"}, "get": {"resource": "x"}}}}});
    let merged = merge(merge(read(&base), read(&environment)).expect("they merge"), read(&account));
    let merged = merged.expect("they merge");
    assert_eq!(
        merged[0].fields["config"],
        json!({
            "resource": "contacts", "response_mapping": "response.b", "query_mapping": "{'limit': query.limit}",
            "query": {"properties": "a,b", "archived": false}, "path_mapping": "'/v2'",
        })
    );
    assert_eq!(merged[0].fields["version"], 3);
    assert_eq!((merged[1].resource.as_str(), merged[1].method.as_str()), ("contacts", "get"));
}

#[test]
fn an_override_whose_effect_is_not_documented_is_refused() {
    let base = || read(&one(&json!({"before": [1], "query": {"a": 1}})));
    refused(
        merge(base(), read(&one(&json!({"query": {"a": null}})))),
        "contacts.list.query.a: a null in an override; what production makes of it is not documented, so write the layers as one",
    );
    refused(
        merge(base(), read(&one(&json!({"before": [2]})))),
        "contacts.list.before: a list over another list; what production makes of it is not documented, so write the layers as one",
    );
    assert_eq!(merge(base(), read(&one(&json!({"before": [1]})))), Ok(base()));
}

#[test]
fn a_row_taken_apart_and_put_together_is_the_row() {
    let row = one(&json!({
        "resource": {"expression": "query.x ? 'a' : 'b'", "resources": ["a", "b"]},
        "error_mapping": "{\"message\": error.message}\n",
        "response_mapping": "response.{ 'id': id }",
        "query_mapping": {"limit": "page_size"},
        "request_body_mapping": " ",
        "before": [{"type": "request", "run_if": "true", "config": {"path": "/"}}],
        "is_partial_expression": "data.next",
    }));
    let method = take_apart(read(&row).remove(0));
    let names: Vec<String> = method.mappings.iter().map(|(name, _)| name.file()).collect();
    assert_eq!(names, ["contacts.list.error.jsonata", "contacts.list.response.jsonata"]);
    let kept: Vec<String> = method.kept.iter().map(|(place, why)| format!("{place}: {why}")).collect();
    assert_eq!(
        kept,
        [
            "config.resource.expression: no kind of mapping sees what it sees",
            "config.query_mapping: no expression in a text",
            "config.request_body_mapping: no expression in a text",
            "config.before[0].run_if: no kind of mapping sees what it sees",
            "config.is_partial_expression: no kind of mapping sees what it sees",
        ]
    );
    let rest = Rest::from_json(&method.rest.to_json()).expect("it is of this version");
    let mappings: Vec<(Kind, String)> =
        method.mappings.iter().map(|(name, text)| (name.kind, text.clone())).collect();
    assert_eq!(Value::Object(put_together(&rest, &mappings)), row);
}
