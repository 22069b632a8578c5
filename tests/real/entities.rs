//! `same_entity`: ids that differ by design are equal as long as they stay one-to-one over all recordings.

use serde_json::Value;

use super::project::{MIGRATION, Project, pair, totals};

const TOLERANCE: &str = "[[tolerance]]\npath = \"$..id\"\nrule = { same_entity = \"contact\" }\nreason = \"each provider has its own ids\"\n\
                         owner = \"o\"\nuntil = 2027-01-01\n";

/// Two operations that share the namespace; `a.b` has a collision between its second and its last pair, and one across
/// operations between its third and one of `c.d`, whose ids are the same on both sides.
fn project(name: &str, order: fn(&mut Vec<Vec<u8>>)) -> Project {
    let configuration = ["a.b", "c.d"].iter().fold(MIGRATION.to_owned(), |text, name| {
        format!("{text}\n[[operations]]\nname = \"{name}\"\ntolerances = [\"ids.toml\"]\n")
    });
    let project = Project::new(name, &configuration);
    project.write("ids.toml", TOLERANCE);
    let body = |id: &str| format!(r#"{{"data":{{"id":{id},"name":"a name"}}}}"#).into_bytes();
    let rows = |operation: &str, ids: Vec<(String, String)>| {
        let line = |(number, (legacy, new)): (usize, (String, String))| {
            pair(&format!("{operation}/{number:03}"), &body(&legacy), &body(&new))
        };
        let mut lines: Vec<Vec<u8>> = ids.into_iter().enumerate().map(line).collect();
        order(&mut lines);
        lines.join(&b'\n')
    };
    let mut ids: Vec<(String, String)> = (0..300).map(|n| (format!("\"l{n}\""), n.to_string())).collect();
    ids[299] = ("\"other\"".to_owned(), "1".to_owned());
    project.write("recordings/ab.jsonl", rows("a.b", ids));
    let other = [("7", "7"), ("\"l2\"", "\"l2\""), ("\"l3\"", "3")];
    let other = other.map(|(legacy, new)| (legacy.to_owned(), new.to_owned())).to_vec();
    project.write("recordings/cd.jsonl", rows("c.d", other));
    project
}

fn different(verdicts: &Value) -> Vec<String> {
    let pairs = verdicts["pairs"].as_array().expect("pairs are a list");
    let different = pairs.iter().filter(|pair| pair["verdict"] == "different");
    let mut told: Vec<String> = different
        .map(|pair| format!("{} {}", pair["pair"].as_str().unwrap_or(""), pair["findings"][0]["kind"]))
        .collect();
    told.sort();
    told
}

const COLLIDING: [&str; 6] = [
    "a.b/001 \"entity\"",
    "a.b/002 \"entity\"",
    "a.b/007 \"entity\"",
    "a.b/299 \"entity\"",
    "c.d/000 \"entity\"",
    "c.d/001 \"entity\"",
];

#[test]
fn a_collision_is_a_difference_at_every_pair_whatever_the_order_and_the_number_of_workers() {
    let forwards = project("entities", |_| {});
    forwards.expect(&["check", "--jobs", "1"], 1);
    assert_eq!(totals(&forwards.verdicts()), [303, 0, 297, 6, 0]);
    assert_eq!(different(&forwards.verdicts()), COLLIDING);
    let backwards = project("entities-backwards", |lines| lines.reverse());
    backwards.expect(&["check", "--jobs", "2"], 1);
    assert_eq!(different(&backwards.verdicts()), COLLIDING);
    let read = |project: &Project, name: &str| {
        std::fs::read_to_string(project.path(&format!("reports/check/{name}"))).expect("check wrote it")
    };
    assert_eq!(read(&forwards, "entities.csv"), read(&backwards, "entities.csv"));
    let once =
        ["entities.csv", "verdicts.json", "differences.csv", "index.html"].map(|name| read(&forwards, name));
    forwards.expect(&["check", "--jobs", "2"], 1);
    let again =
        ["entities.csv", "verdicts.json", "differences.csv", "index.html"].map(|name| read(&forwards, name));
    assert!(once == again, "the number of workers shows in a report");
    assert_eq!(forwards.verdicts()["entities"], serde_json::json!({"ids": 601, "colliding": 3}));
}

#[test]
fn the_map_has_every_link_once() {
    let project = project("entities-map", |lines| lines.reverse());
    project.expect(&["check"], 1);
    let file = project.path("reports/check/entities.csv");
    let map = std::fs::read_to_string(&file).expect("check wrote it");
    let mut expected = vec!["namespace,legacy,new,links,pair,path,collides".to_owned()];
    let mut rows: Vec<String> = (0..299)
        .map(|n| {
            let links = if n == 3 { 2 } else { 1 };
            let collides = [1, 2, 7].contains(&n);
            format!("contact,l{n},{n},{links},a.b/{n:03},$.data.id,{collides}")
        })
        .collect();
    rows.push("contact,7,7,1,c.d/000,$.data.id,true".to_owned());
    rows.push("contact,l2,l2,1,c.d/001,$.data.id,true".to_owned());
    rows.push("contact,other,1,1,a.b/299,$.data.id,true".to_owned());
    rows.sort_by_key(|row| row.split(',').skip(1).take(2).map(str::to_owned).collect::<Vec<_>>());
    expected.extend(rows);
    assert_eq!(map.lines().collect::<Vec<_>>(), expected);
    project.write("ids.toml", TOLERANCE.replace("{ same_entity = \"contact\" }", "\"ignore\""));
    project.expect(&["check"], 0);
    assert!(!file.exists(), "a map of an earlier run is taken for this one's");
}

#[test]
fn who_judges_a_part_or_one_pair_comes_to_the_verdict_of_the_whole_run() {
    let project = project("entities-part", |_| {});
    project.expect(&["check", "c.d"], 1);
    assert_eq!(different(&project.verdicts()), COLLIDING[4..]);
    let run = project.expect(&["explain", "a.b/002"], 1);
    assert!(run.stdout.contains("$.data.id  entity"), "{}", run.stdout);
    project.expect(&["explain", "a.b/003"], 0);
    project.write("one.json", r#"[{"id":1},{"id":1}]"#);
    project.write("other.json", r#"[{"id":5},{"id":6}]"#);
    let run = project.expect(&["diff", "one.json", "other.json", "--tolerances", "ids.toml"], 1);
    assert!(
        run.stdout.contains("$[0].id  entity") && run.stdout.contains("$[1].id  entity"),
        "{}",
        run.stdout
    );
    project.write("other.json", r#"[{"id":5},{"id":5}]"#);
    project.expect(&["diff", "one.json", "other.json", "--tolerances", "ids.toml"], 0);
}
