//! Repeats and the upstream's own answer: what legacy does not know decides nothing, and each difference has an author.

use serde_json::{Value, json};

use super::project::{MIGRATION, Project, totals};

const OPERATION: &str = "crm.contacts.get";

fn project(name: &str, more: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}\n[[operations]]\nname = \"{OPERATION}\"\n{more}"));
    project.write("mapping.jsonata", r#"{"id": id, "name": full, "at": seen, "tags": tags}"#);
    project
}

fn answer(body: &Value) -> Value {
    json!([{"response": {"status": 200, "body": {"json": body}}}])
}

fn record(project: &Project, name: &str, pair: Value) {
    let mut whole = json!({"version": 1, "id": format!("{OPERATION}/{name}"), "operation": OPERATION});
    let members = pair.as_object().expect("a pair is an object").clone();
    whole.as_object_mut().expect("it is an object").extend(members);
    project.write(&format!("recordings/{OPERATION}/{name}.json"), whole.to_string());
}

/// Legacy, its repeats, new; as answers of one exchange.
fn repeated(project: &Project, name: &str, legacy: Value, repeats: &[Value], new: Value) {
    let repeats: Vec<Value> = repeats.iter().map(answer).collect();
    record(
        project,
        name,
        json!({"legacy": answer(&legacy), "new": answer(&new), "repeats": {"legacy": repeats}}),
    );
}

fn verdict(verdicts: &Value, name: &str) -> String {
    let pairs = verdicts["pairs"].as_array().expect("pairs are a list");
    let id = format!("{OPERATION}/{name}");
    let pair = pairs.iter().find(|pair| pair["pair"] == id.as_str()).expect("the pair was judged");
    let detail = pair["reason"]["detail"].as_str().or(pair["notes"][0].as_str()).unwrap_or("");
    format!("{} {detail}", pair["verdict"].as_str().unwrap_or(""))
}

#[test]
fn a_pair_that_differs_only_where_legacy_wavers_is_undecided_and_a_rule_is_suggested() {
    let project = project("repeats", "tolerances = [\"t.toml\"]\n");
    let tolerance = "[[tolerance]]\npath = \"$.tags\"\nrule = \"any_order\"\nreason = \"r\"\nowner = \"o\"\nuntil = 2027-01-01\n";
    project.write("t.toml", tolerance);
    let body = |at: &str, name: &str| json!({"id": 1, "name": name, "at": at, "tags": ["a", "b"], "x": 1});
    let (then, now) = ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05");
    let legacy = body(then, "Ann");
    repeated(
        &project,
        "noise",
        legacy.clone(),
        &[body(now, "Ann")],
        body("2024-01-02T04:04:05+01:00", "Ann"),
    );
    repeated(&project, "elsewhere", legacy.clone(), &[body(now, "Ann")], body(now, "Bob"));
    repeated(&project, "steady", legacy.clone(), std::slice::from_ref(&legacy), legacy.clone());
    repeated(
        &project,
        "excused",
        legacy.clone(),
        &[json!({"id": 1, "name": "Ann", "at": then, "tags": ["b", "a"], "x": 1})],
        body(then, "Eve"),
    );
    record(
        &project,
        "failed",
        json!({"legacy": answer(&legacy), "new": answer(&body(now, "Ann")), "repeats": {"legacy": [[{"failure": {"kind": "timeout", "detail": "10 s"}}]]}}),
    );
    project.expect(&["check"], 1);
    let verdicts = project.verdicts();
    assert_eq!(totals(&verdicts), [5, 1, 0, 3, 1]);
    for (name, expected) in [
        ("noise", "undecided legacy differs from itself when asked again, at $.at; nothing else differs"),
        (
            "elsewhere",
            "different legacy, asked again, differs from itself at $.at: differences there prove nothing",
        ),
        ("steady", "same "),
        ("excused", "different "),
        ("failed", "different a repeat of legacy says nothing (failed)"),
    ] {
        assert_eq!(verdict(&verdicts, name), expected, "{name}");
    }
    assert_eq!(
        verdicts["noise"],
        json!([
            {"operation": OPERATION, "field": "$.at", "pairs": 4, "legacy_new": 2, "legacy_legacy": 2, "certain": 0, "diffy_shows": false},
            {"operation": OPERATION, "field": "$.name", "pairs": 4, "legacy_new": 2, "legacy_legacy": 0, "certain": 2, "diffy_shows": true},
        ])
    );
    assert_eq!(
        verdicts["suggestions"],
        json!([{"operation": OPERATION, "field": "$.at", "rule": "\"same_instant\"", "refused": null, "pairs": 4, "volatile": 2, "kinds": {"instant_text": 2}}])
    );
    let told = project.expect(&["explain", &format!("{OPERATION}/noise")], 3).stdout;
    assert!(
        told.contains("1 difference, which proves nothing:") && told.contains("$.at  instant_text"),
        "{told}"
    );
    let run = project.expect(&["check", "--jobs", "1"], 1);
    let line = "$.at in crm.contacts.get: rule = \"same_instant\"; legacy differs from itself in 2 of 4 pairs with a repeat (instant_text in 2)";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
fn what_would_hide_too_much_is_refused_in_every_report() {
    let project = project("refusals", "keys = { \"$['data']\" = [\"id\"] }\ncritical = [\"$['total']\"]\n");
    let body = |id: u32, total: u32| json!({"data": [{"id": id, "name": "a longer name"}], "total": total, "a": 1, "b": 2});
    repeated(&project, "one", body(1, 1), &[body(2, 2)], body(1, 1));
    project.expect(&["check"], 0);
    let verdicts = project.verdicts();
    let refused: Vec<String> = verdicts["suggestions"]
        .as_array()
        .expect("suggestions are a list")
        .iter()
        .map(|line| format!("{} {}", line["field"], line["refused"]["code"]))
        .collect();
    assert_eq!(refused, [r#""$.data[*]" "array_length""#, r#""$.total" "identity""#]);
    let page = std::fs::read_to_string(project.path("reports/check/index.html")).expect("check wrote it");
    let summary = std::fs::read_to_string(project.path("reports/check/summary.md")).expect("check wrote it");
    for reason in ["legacy&#39;s query is not stable", "it is a key or critical"] {
        assert!(page.contains(reason), "{reason}");
        assert!(summary.contains(&reason.replace("&#39;", "'")), "{reason}");
    }
}

#[test]
fn with_the_upstream_s_own_answer_each_difference_has_an_author() {
    let project = project("blame", "mapping = \"mapping.jsonata\"\n");
    let source = json!({"id": "id-1", "full": "Ann Ames", "seen": "2024-01-02T03:04:05Z", "stage": "lead", "tags": ["vip"]});
    let new = |full: &str, tags: Value| json!({"id": "id-1", "full": full, "seen": "2024-01-02T03:04:05Z", "tags": tags, "first": "Ann Ames"});
    let legacy = |name: &str, at: &str| json!({"id": "id-1", "name": name, "at": at, "tags": ["vip"]});
    let at = "2024-01-02T03:04:05Z";
    let each = |name: &str, legacy: Value, new: Value| {
        record(
            &project,
            name,
            json!({"legacy": answer(&legacy), "new": answer(&new), "source": answer(&source)}),
        );
    };
    each("mapping", legacy("Ann Ames", at), new("Ann A.", json!(["vip"])));
    each("provider", legacy("Ann Ames", at), new("Ann Ames", json!(["VIP!"])));
    each("quirk", legacy("Ann Ames (lead)", at), new("Ann Ames", json!(["vip"])));
    each("stale", legacy("Ann Ames", "2024-01-01T00:00:00Z"), new("Ann Ames", json!(["vip"])));
    record(
        &project,
        "alone",
        json!({"legacy": answer(&legacy("Ann", at)), "new": answer(&new("Bob", json!(["vip"])))}),
    );
    project.expect(&["check"], 1);
    let csv = std::fs::read_to_string(project.path("reports/check/differences.csv")).expect("check wrote it");
    let rows: Vec<String> = csv
        .lines()
        .map(|line| {
            format!("{} {}", line.split(',').next().unwrap_or(""), line.rsplit(',').next().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        rows,
        [
            "pair blame",
            "crm.contacts.get/alone ",
            "crm.contacts.get/mapping mapping",
            "crm.contacts.get/provider new_provider",
            "crm.contacts.get/quirk legacy_quirk",
            "crm.contacts.get/stale staleness",
        ]
    );
    let verdicts = project.verdicts();
    let name = verdicts["fields"]
        .as_array()
        .expect("fields are a list")
        .iter()
        .find(|field| field["field"] == "$.name");
    let name = name.expect("the name differs");
    assert_eq!(
        (&name["blame"], &name["differences"]),
        (&json!({"legacy_quirk": 1, "mapping": 1}), &json!(3))
    );
    let page = std::fs::read_to_string(project.path("reports/check/index.html")).expect("check wrote it");
    assert!(page.contains("mapping 1, legacy_quirk 1"), "the page does not say who is to blame");
    let told = project.expect(&["explain", &format!("{OPERATION}/quirk")], 1).stdout;
    assert!(told.contains("to blame  legacy_quirk"), "{told}");
}
