//! What an inventory says of each kind of account.

use super::*;

fn link(account: &str, integration: &str, context: Value) -> Link {
    Link { context, ..Link::oauth2(account, integration) }
}

fn apps() -> [App; 5] {
    [
        App::ours("hubspot", STEADY),
        App::ours("jira", ROTATING),
        // Legacy's own app, and ours at new.
        App { legacy: VENDORS, is_ours: true, ..App::ours("salesforce", ROTATING) },
        // Installed at new with the new provider's own app.
        App { new: None, ..App::ours("xero", ROTATING) },
        App::ours("netsuite", STEADY),
    ]
}

fn links() -> Vec<Link> {
    vec![
        link("acme", "hubspot", json!({"portalId": "1"})),
        Link { scope: Some("crm.read".to_owned()), ..link("brio", "hubspot", json!({})) },
        link("cato", "jira", json!({"cloudId": "c-1"})),
        link("dune", "salesforce", json!({})),
        link("echo", "xero", json!({})),
        Link { kind: Kind::TokenBased, ..link("fjord", "netsuite", json!({})) },
        link("gone", "jira", json!({})),
        link("unlisted", "hubspot", json!({})),
    ]
}

const ACCOUNTS: &str = "account,integration,legacy,new,auth,scopes,cloudId,refreshed_at\n\
    acme,hubspot,acme,,,,,\n\
    brio,hubspot,brio,,,crm.read,,\n\
    cato,jira,cato,,,,c-1,\n\
    dune,salesforce,dune,,,,,\n\
    echo,xero,echo,,,,,\n\
    fjord,netsuite,fjord,,token_based,,,\n\
    gone,jira,gone,,,,,\n\
    missing,hubspot,missing,,,,,\n";

const OPERATIONS: &str = "[[operations]]\nname = \"crm.contacts.list\"\nintegrations = [\"hubspot\"]\n\
    scopes = { hubspot = [\"crm.read\", \"crm.write\"] }\n";

#[test]
fn each_account_is_told_how_it_moves_or_why_it_does_not_and_no_token_is_touched() {
    let world = World::new(Face::Nango, &apps(), &links());
    world.shared.links(|links| {
        let gone = links.legacy.get_mut("gone").expect("it is there");
        gone.status = servers::Status::NeedsReauth;
    });
    world.import("cato", &json!({"cloudId": "c-1"}));
    let project = world.project("taken", ACCOUNTS, OPERATIONS);
    let run = project.expect(&["tokens", "inventory", "--format", "json"], 1);
    let inventory = printed(&run);
    let told = |account: &str| {
        let row = row(&inventory, account);
        let reasons = row["reasons"].as_array().expect("a list").iter();
        let reasons: Vec<&str> = reasons.map(|reason| reason["what"].as_str().expect("a sentence")).collect();
        format!("{}: {}", row["way"].as_str().expect("a word"), reasons.join("; "))
    };
    assert_eq!(told("acme"), "transfer: ");
    assert_eq!(told("brio"), "reconnect: its grant lacks crm.write");
    assert_eq!(told("cato"), "transfer: ");
    assert_eq!(
        told("dune"),
        "reconnect: legacy's OAuth client is another than new's: its tokens are of no use there"
    );
    assert_eq!(told("echo"), "mend: new uses an OAuth client of its own for `xero`: give it yours");
    assert_eq!(told("fjord"), "copy: ");
    assert_eq!(told("gone"), "reconnect: it does not work at legacy any more: it says so itself");
    assert_eq!(told("missing"), "unknown: legacy lists no such account");
    assert_eq!(told("unlisted"), "mend: legacy lists it, and the accounts' file does not name it");

    let acme = row(&inventory, "acme");
    assert_eq!(acme["owns_client"], json!({"known": true}));
    assert_eq!(acme["missing_scopes"], json!({"known": []}));
    assert_eq!((&acme["rotation"], &acme["deadline"]), (&json!("never"), &json!({"known": null})));
    assert_eq!(
        acme["same_identity"]["unknown"],
        "new has no account yet that could be held against legacy's"
    );
    assert_eq!(acme["rollback"], "until legacy's account is deleted: its token stays good");
    let cato = row(&inventory, "cato");
    assert_eq!(cato["same_identity"], json!({"known": true}));
    let names = json!(["cloudId", "cloud_id"]);
    assert_eq!(cato["context"], json!([{"names": names, "legacy": "c-1", "new": "c-1"}]));
    assert_eq!(cato["missing_scopes"]["unknown"], "no operation says which scopes of `jira` it needs");
    assert_eq!(cato["deadline"]["known"]["because"], "unused for 90d");
    assert_eq!(
        cato["rollback"],
        "before new's first refresh: give it back to legacy; after it: new tells no token: its support, or connect again"
    );
    assert_eq!(row(&inventory, "fjord")["rollback"], "at any time: legacy keeps its own credentials");
    let totals = json!({"accounts": 9, "transfer": 2, "copy": 1, "mend": 2, "reconnect": 3, "unknown": 1});
    assert_eq!(inventory["totals"], totals);

    assert_eq!(
        std::fs::read_to_string(project.path("reports/inventory/inventory.json")).expect("it is there"),
        run.stdout
    );
    assert_eq!(world.asked_for_tokens(), 0, "an inventory refreshes nothing");
    let asked = world.legacy.ledger().lines();
    let mut expected = vec!["GET /connections".to_owned()];
    let of = |name: &str| format!("GET /integrations/{name}?include=credentials");
    expected.extend(["hubspot", "jira", "netsuite", "salesforce", "xero"].map(of));
    assert_eq!(asked, expected, "and reads no connection's credentials");
    assert_eq!((world.legacy.ledger().writes().len(), world.new.ledger().writes().len()), (0, 0));
    hides(&world, &project, &run.stdout);
}

#[test]
fn people_are_told_counts_reasons_deadlines_and_what_is_not_known() {
    let world = World::new(Face::Nango, &apps(), &links());
    let project = world.project("people", ACCOUNTS, OPERATIONS);
    let run = project.expect(&["tokens", "inventory"], 1);
    for line in [
        "real records: 9 accounts; legacy lists 8 linked accounts; new lists 0 linked accounts",
        "  transfer         3  hubspot 1, jira 2",
        "  brio (hubspot): reconnect: its grant lacks crm.write",
        "  echo (xero): mend: new uses an OAuth client of its own for `xero`: give it yours",
        "written: reports/inventory/inventory.json, and beside it the same as CSV",
    ] {
        assert!(run.stdout.lines().any(|told| told == line), "{line}\n{}", run.stdout);
    }
    let table = project.expect(&["tokens", "inventory", "--all"], 1).stdout;
    assert!(table.contains("INTEGRATION") && table.contains("rotates always"), "{table}");
    let csv = std::fs::read_to_string(project.path("reports/inventory/inventory.csv")).expect("it is there");
    assert_eq!(csv.lines().count(), 10, "{csv}");
}

#[test]
fn two_accounts_at_new_that_were_mixed_up_are_told() {
    let links =
        [link("acme", "jira", json!({"cloudId": "c-1"})), link("brio", "jira", json!({"cloudId": "c-2"}))];
    let world = World::new(Face::Nango, &[App::ours("jira", ROTATING)], &links);
    world.import("acme", &json!({"cloudId": "c-2"}));
    world.import("brio", &json!({"cloudId": "c-2"}));
    let accounts = "account,integration,legacy,new,cloudId\nacme,jira,acme,,c-1\nbrio,jira,brio,,c-2\n";
    let project = world.project("mixed", accounts, "");
    let inventory = printed(&project.expect(&["tokens", "inventory", "--format", "json"], 1));
    assert_eq!(row(&inventory, "acme")["same_identity"], json!({"known": false}));
    assert_eq!(row(&inventory, "acme")["way"], "mend");
    assert_eq!(row(&inventory, "brio")["way"], "transfer");
}

#[test]
fn a_provider_that_tells_more_of_an_account_is_believed() {
    let links = [
        Link::oauth2("acme", "salesforce"),
        Link { kind: Kind::ApiKey, ..Link::oauth2("brio", "salesforce") },
    ];
    let world = World::new(Face::Ampersand, &[App::ours("salesforce", ROTATING)], &links);
    let accounts = "account,integration,legacy,new,client_id\nacme,salesforce,acme,,app-rotating\nbrio,salesforce,brio,,\n";
    let project = world.project("more", accounts, "");
    let run = project.expect(&["tokens", "inventory", "--format", "json"], 0);
    let inventory = printed(&run);
    let told =
        |account: &str| (row(&inventory, account)["auth"].clone(), row(&inventory, account)["way"].clone());
    assert_eq!(told("acme"), (json!({"known": "oauth2"}), json!("transfer")));
    assert_eq!(told("brio"), (json!({"known": "api_key"}), json!("copy")));
    assert_eq!(row(&inventory, "acme")["owns_client"], json!({"known": true}));
    assert_eq!((row(&inventory, "acme")["export"].as_str(), world.asked_for_tokens()), (Some("api"), 0));
    hides(&world, &project, &run.stdout);
}

#[test]
fn without_asking_files_are_all_that_there_is_and_what_they_do_not_say_is_unknown() {
    let world = World::new(Face::Nango, &apps(), &links());
    let accounts = "account,integration,legacy,new,auth,client_id,granted_at\nacme,netsuite,acme,,oauth2,c,2026-01-01T00:00:00Z\n\
                    brio,netsuite,brio,,api_key,,\ncato,jira,cato,,,,\n";
    let project = world.project("offline", accounts, "");
    let inventory = printed(&project.expect(&["tokens", "inventory", "--offline", "--format", "json"], 1));
    assert_eq!((world.legacy.received(), world.new.received()), (0, 0));
    let acme = row(&inventory, "acme");
    assert_eq!(acme["reasons"][0]["what"], "its refresh token ended on 2026-01-08 (7d after consent)");
    assert_eq!(
        acme["owns_client"]["unknown"],
        "new does not tell which OAuth client `netsuite` uses: new was not asked"
    );
    assert_eq!(row(&inventory, "brio")["way"], "copy");
    assert_eq!(row(&inventory, "cato")["way"], "unknown");
}

#[test]
fn a_provider_that_does_not_answer_makes_an_inventory_of_what_is_known() {
    let world = World::new(Face::Nango, &apps(), &links());
    world.legacy.plant(servers::Planted::always(servers::Fault::Status(403)));
    let project = world.project("silent", ACCOUNTS, OPERATIONS);
    let inventory = printed(&project.expect(&["tokens", "inventory", "--format", "json"], 1));
    assert_eq!(inventory["sources"][0], "legacy lists no linked accounts: it answered 403");
    assert_eq!(row(&inventory, "acme")["at_legacy"], json!({"state": "untold"}));
}
