//! The plan for accounts whose users must connect again, while people click.

use super::*;

fn plan(project: &Project, arguments: &[&str]) -> Value {
    let all = ["tokens", "inventory", "--reconnect", "--format", "json"];
    printed(&project.expect(&[&all[..], arguments].concat(), 1))
}

fn states(plan: &Value) -> Vec<String> {
    let steps = plan["accounts"].as_array().expect("there are accounts").iter();
    let of = |step: &Value| {
        format!("{} {}", step["account"].as_str().expect("a name"), step["state"].as_str().expect("a word"))
    };
    steps.map(of).collect()
}

#[test]
fn links_are_asked_for_once_and_each_step_is_told_as_people_click() {
    let accounts = ["acme", "brio", "cato"];
    let links = accounts.map(|name| Link::oauth2(name, "netsuite"));
    let world = World::new(Face::Nango, &[App::ours("netsuite", STEADY)], &links);
    world.shared.links(|links| {
        for linked in links.legacy.values_mut() {
            linked.status = servers::Status::NeedsReauth;
        }
        // Connected four and two days ago; consent holds for seven.
        links.legacy.get_mut("brio").expect("it is there").created_ms -= 4 * 86_400_000;
        links.legacy.get_mut("cato").expect("it is there").created_ms -= 2 * 86_400_000;
    });
    for name in accounts {
        world.import(name, &json!({}));
    }
    world.shared.links(|links| {
        for linked in links.new.values_mut() {
            linked.status = servers::Status::NeedsReauth;
            linked.last_error = Some("invalid_grant".to_owned());
        }
    });
    let csv =
        "account,integration,legacy,new\nacme,netsuite,acme,\nbrio,netsuite,brio,\ncato,netsuite,cato,\n";
    let project = world.project("reconnect", csv, "");

    let first = plan(&project, &[]);
    assert_eq!(
        states(&first),
        ["brio waiting", "cato waiting", "acme waiting"],
        "in the order of their deadlines"
    );
    assert_eq!(world.new.ledger().writes().len(), 0);
    let linked = plan(&project, &["--links"]);
    assert_eq!(states(&linked), ["brio linked", "cato linked", "acme linked"]);
    let ledger = world.new.ledger();
    let bodies: Vec<Value> = ledger
        .writes()
        .iter()
        .map(|asked| serde_json::from_slice(&asked.body).expect("it is JSON"))
        .collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| body["persist_previous_context"] == true), "{bodies:?}");
    assert_eq!(linked["accounts"][0].get("link"), None, "a link is in the plan's file alone");

    let file = json(&project.path("reports/inventory/reconnect.json"));
    let link = file["accounts"][0]["link"].as_str().expect("there it is").to_owned();
    servers::faces::truto::accounts::click(&world.shared, &world.oauth, &link).expect("it works");
    let clicked = plan(&project, &["--links"]);
    assert_eq!(states(&clicked), ["brio connected", "cato linked", "acme linked"]);
    assert_eq!(world.new.ledger().writes().len(), 3, "a link that is good still is not asked for again");
    let again = json(&project.path("reports/inventory/reconnect.json"));
    assert_eq!(again["accounts"][0].get("link"), None, "a link that was used is forgotten");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(project.path("reports/inventory/reconnect.json")).expect("it is there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    let text = project.expect(&["tokens", "inventory", "--reconnect"], 1).stdout;
    assert!(
        text.starts_with(
            "3 accounts must be connected again by their users: 0 waiting, 2 linked, 1 connected\n"
        ),
        "{text}"
    );
}
