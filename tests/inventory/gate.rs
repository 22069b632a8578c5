//! The gate `token-import` gets its facts from the inventory.

use super::*;

/// What the gate's conditions on the inventory answer.
fn answers(project: &Project) -> Vec<String> {
    let bundle = printed(&project.run(&["gate", "token-import", "--format", "json"]));
    let readings = bundle["readings"].as_array().expect("a bundle has readings");
    let conditions = ["client-owned", "exportable", "scopes", "same-identity", "fence", "refresh-rule"];
    let of = |condition: &str| {
        let reading = readings.iter().find(|reading| reading["condition"] == condition);
        let answer = reading.and_then(|reading| reading["answer"].as_str()).expect("it answers");
        format!("{condition}: {answer}")
    };
    conditions.map(of).to_vec()
}

#[test]
fn without_an_inventory_the_gate_is_inconclusive_and_with_one_it_decides() {
    let links = [Link { context: json!({"cloudId": "c-1"}), ..Link::oauth2("acme", "jira") }];
    let world = World::new(Face::Nango, &[App::ours("jira", ROTATING)], &links);
    let accounts = "account,integration,legacy,new,cloudId\nacme,jira,acme,,c-1\n";
    let operation = |scope: &str| {
        format!("[[operations]]\nname = \"issues.list\"\nscopes = {{ jira = [\"{scope}\"] }}\n")
    };
    let project = world.project("gate", accounts, &operation("crm.read"));
    let each = |answers: [&str; 6]| {
        let conditions = ["client-owned", "exportable", "scopes", "same-identity", "fence", "refresh-rule"];
        conditions
            .iter()
            .zip(answers)
            .map(|(condition, answer)| format!("{condition}: {answer}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(answers(&project), each(["inconclusive"; 6]));

    project.expect(&["tokens", "inventory"], 0);
    assert_eq!(answers(&project), each(["pass", "pass", "pass", "inconclusive", "pass", "pass"]));
    world.import("acme", &json!({"cloudId": "c-1"}));
    project.expect(&["tokens", "inventory"], 0);
    assert_eq!(answers(&project), each(["pass"; 6]));

    // Another organisation, and a scope that nobody granted.
    world.shared.links(|links| links.new.clear());
    world.import("acme", &json!({"cloudId": "c-2"}));
    let configuration = std::fs::read_to_string(project.path("cutover.toml")).expect("it is there");
    project.write("cutover.toml", configuration.replace("crm.read", "issues.write"));
    project.expect(&["tokens", "inventory"], 1);
    assert_eq!(answers(&project), each(["pass", "pass", "fail", "fail", "pass", "pass"]));

    let inputs = printed(&project.run(&["gate", "token-import", "--format", "json"]))["inputs"].clone();
    let inventory =
        inputs.as_array().expect("a list").iter().find(|input| input["kind"] == "inventory").cloned();
    assert_eq!(inventory.expect("it rests on it")["path"], "reports/inventory/inventory.json");

    project.write("reports/inventory/inventory.json", "{\"version\":2}");
    assert_eq!(answers(&project), each(["inconclusive"; 6]));
}

#[test]
fn an_inventory_of_more_than_a_week_ago_says_nothing_any_more() {
    let world = World::new(Face::Nango, &[App::ours("hubspot", STEADY)], &[Link::oauth2("acme", "hubspot")]);
    let operation = "[[operations]]\nname = \"crm.list\"\nscopes = { hubspot = [\"crm.read\"] }\n";
    let project = world.project("old", "account,integration,legacy,new\nacme,hubspot,acme,\n", operation);
    project.expect(&["tokens", "inventory"], 0);
    assert_eq!(answers(&project)[0], "client-owned: pass");
    let file = project.path("reports/inventory/inventory.json");
    let mut inventory = json(&file);
    inventory["taken_at"] = "2026-11-12T00:00:00Z".into();
    project.write("reports/inventory/inventory.json", inventory.to_string());
    assert_eq!(answers(&project)[0], "client-owned: inconclusive");
}
