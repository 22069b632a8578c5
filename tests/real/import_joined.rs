//! How one side's archives are joined to the other's: by operation, account and request, on archives of our own.

use super::project::{MIGRATION, Project, totals};
use serde_json::{Value, json};

const CONTACTS: &str = r#"
[accounts]
file = "accounts.csv"

[[operations]]
name = "contacts.list"
legacy = { method = "GET", path = "/crm/contacts", query = { limit = "2" }, next_page = "link" }
new = { method = "GET", path = "/unified/contacts", ignore_query = ["page_size"], next_page = "$.next" }
items = "$.data"

[[operations]]
name = "contacts.me"
legacy = { method = "GET", path = "/crm/contacts/me" }
new = { method = "GET", path = "/unified/me" }

[[operations]]
name = "contacts.get"
legacy = { method = "GET", path = "/crm/contacts/{id}" }
new = { method = "GET", path = "/unified/contact", query = { id = "{id}" } }

[[operations]]
name = "contacts.count"
legacy = { method = "GET", path = "/crm/contacts/count" }
new = { method = "GET", path = "/unified/count" }

[[operations]]
name = "customers.query"
read_only = "the query language reads by POST"
legacy = { method = "POST", path = "/query", body = { q = "SELECT id FROM customer" } }
new = { method = "POST", path = "/unified/query", body = { table = "customer" } }

[[operations]]
name = "contacts.search"
read_only = "a search is a read by POST"
legacy = { method = "POST", path = "/search" }
new = { method = "POST", path = "/unified/search" }
"#;

const ACCOUNTS: &str =
    "account,integration,legacy,new\nacme,x,acme-id-1,acme-uuid-1\nglobex,x,globex-id-1,globex-uuid-1\n";

fn project(name: &str) -> Project {
    let project = Project::new(name, &format!("{MIGRATION}{CONTACTS}"));
    project.write("accounts.csv", ACCOUNTS);
    project
}

/// An entry of an archive.
fn entry(method: &str, url: &str, body: Value) -> Value {
    json!({
        "startedDateTime": "2026-11-20T09:30:00Z", "time": 5,
        "request": {"method": method, "url": url, "headers": []},
        "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": body.to_string()}},
    })
}

fn with_header(mut entry: Value, message: &str, name: &str, value: &str) -> Value {
    entry[message]["headers"] = json!([{"name": name, "value": value}]);
    entry
}

fn with_body(mut entry: Value, body: Value) -> Value {
    entry["request"]["postData"] = json!({"mimeType": "application/json", "text": body.to_string()});
    entry
}

/// Imports entries as one archive of a side, with more arguments; answers what was told.
fn import(project: &Project, side: &str, entries: &[Value], more: &[&str], code: i32) -> Value {
    let file = format!("{side}.har");
    project.write(&file, json!({"log": {"version": "1.2", "entries": entries}}).to_string());
    let arguments = [&["import", "har", &file, "--side", side, "--format", "json"], more].concat();
    serde_json::from_str(&project.expect(&arguments, code).stdout).expect("it prints JSON")
}

/// New pairs, completed, unchanged, refused, unmatched, waiting.
fn counted(told: &Value) -> [u64; 6] {
    ["pairs", "completed", "unchanged", "refused", "unmatched", "waiting"]
        .map(|name| told["totals"][name].as_u64().expect("the totals are counts"))
}

fn whys(told: &Value) -> Vec<&str> {
    let unmatched = told["unmatched"].as_array().expect("a list");
    unmatched.iter().map(|unmatched| unmatched["why"].as_str().expect("a text")).collect()
}

#[test]
fn pages_are_put_together_and_compared_as_one_list() {
    let project = project("joined-pages");
    let page = |from: u32, next: Option<&str>| {
        let url =
            format!("https://legacy.test/crm/contacts?limit=2{}", if from == 1 { "" } else { "&page=2" });
        let page = entry("GET", &url, json!({"data": [{"id": from}, {"id": from + 1}]}));
        let link = next.map_or(String::new(), |next| format!("<{next}>; rel=\"next\""));
        with_header(page, "response", "Link", &link)
    };
    let next = "https://legacy.test/crm/contacts?limit=2&page=2";
    let told = import(&project, "legacy", &[page(1, Some(next)), page(3, None)], &["--account", "acme"], 0);
    assert_eq!(counted(&told), [1, 0, 0, 0, 0, 1]);
    let unified = |cursor: &str, ids: [u32; 2], next: Value| {
        let data: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let url = format!("https://new.test/unified/contacts?page_size=2{cursor}");
        entry("GET", &url, json!({"data": data, "next": next}))
    };
    let pages = [unified("", [1, 2], json!("c=3")), unified("&cursor=c%3D3", [3, 4], json!(null))];
    let told = import(&project, "new", &pages, &["--account", "acme"], 0);
    assert_eq!(counted(&told), [0, 1, 0, 0, 0, 0]);
    // The items of both pages are the same, and where new goes on is about pages.
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 1, 0, 0, 0]);
}

#[test]
fn a_list_that_goes_on_without_its_next_page_is_unmatched() {
    let project = project("joined-unfinished");
    let page = entry("GET", "/crm/contacts?limit=2", json!({"data": []}));
    let page = with_header(page, "response", "link", "</crm/contacts?limit=2&page=2>; rel=\"next\"");
    let told = import(&project, "legacy", &[page], &[], 3);
    assert_eq!(
        whys(&told),
        ["the list of operation `contacts.list` goes on, and its next page is not among the files"]
    );
    assert!(!project.path("recordings/contacts.list").exists());
}

#[test]
fn parameters_accounts_and_order_join_what_belongs_together() {
    let project = project("joined-parameters");
    let get = |id: u32, account: &str, name: &str| {
        let exchange = entry("GET", &format!("https://legacy.test/crm/contacts/{id}"), json!({"name": name}));
        with_header(exchange, "request", "X-Account-Id", account)
    };
    let legacy = [
        get(7, "acme-id-1", "a"),
        get(7, "globex-id-1", "b"),
        get(8, "acme-id-1", "c"),
        get(7, "acme-id-1", "d"),
    ];
    let told = import(&project, "legacy", &legacy, &[], 0);
    assert_eq!(counted(&told), [4, 0, 0, 0, 0, 4]);
    let unified = |id: u32, account: &str, name: &str| {
        let url = format!("https://new.test/unified/contact?account={account}&id={id}");
        entry("GET", &url, json!({"name": name}))
    };
    // The account's id tells the account; that it stands in the query here must not matter.
    project.write(
        "cutover.toml",
        format!("{MIGRATION}{CONTACTS}").replace(
            r#"query = { id = "{id}" } }"#,
            r#"query = { id = "{id}" }, ignore_query = ["account"] }"#,
        ),
    );
    let new = [
        unified(8, "acme-uuid-1", "c"),
        unified(7, "acme-uuid-1", "a"),
        unified(7, "globex-uuid-1", "b"),
        unified(7, "acme-uuid-1", "d"),
        unified(9, "acme-uuid-1", "e"),
    ];
    let told = import(&project, "new", &new, &[], 0);
    assert_eq!(counted(&told), [1, 4, 0, 0, 0, 1]);
    assert_eq!(told["waiting"][0]["lacks"], "legacy");
    project.expect(&["check"], 3);
    assert_eq!(totals(&project.verdicts()), [5, 4, 0, 0, 1]);

    let both =
        entry("GET", "https://new.test/unified/contact?id=acme-uuid-1&account=globex-uuid-1", json!({}));
    let told = import(&project, "new", &[both], &[], 3);
    assert_eq!(
        whys(&told),
        ["the ids of the accounts `acme` and `globex` stand in the request: name one with --account"]
    );
    let mapped = entry("GET", "/unified/contact?id=1&account=z", json!({}));
    let told = import(&project, "new", &[mapped], &["--map-account", "z=initech"], 0);
    let pair = told["waiting"].as_array().expect("a list").iter().map(|waiting| waiting["pair"].to_string());
    assert!(pair.into_iter().any(|pair| pair.starts_with("\"contacts.get/initech-")), "{told}");
}

#[test]
fn what_nearly_fits_says_what_is_missing() {
    let project = project("joined-nearly");
    let entries = [
        entry("GET", "/crm/contacts?limit=50", json!({})),
        entry("DELETE", "/crm/contacts/7", json!({})),
        with_body(entry("POST", "/query", json!({})), json!({"q": "SELECT id FROM vendor"})),
    ];
    let told = import(&project, "legacy", &entries, &[], 3);
    assert_eq!(
        whys(&told),
        [
            "operation `contacts.list` fits but for the query parameter `limit`: declare it, or add it to `ignore_query`",
            "no operation is asked of legacy so",
            "operation `customers.query` fits but for the body that it declares",
        ]
    );
    let based = [
        entry("GET", "https://legacy.test/v2/crm/contacts/7", json!({})),
        entry("GET", "https://cdn.test/x", json!({})),
    ];
    let told = import(&project, "legacy", &based, &["--base", "https://legacy.test/v2"], 0);
    assert_eq!((counted(&told), whys(&told)), ([1, 0, 0, 0, 1, 1], vec!["it is not below --base"]));
}

#[test]
fn the_form_that_fixes_more_is_meant_and_bodies_join_where_they_are_not_declared() {
    let project = project("joined-forms");
    let search = |path: &str, body: Value| with_body(entry("POST", path, json!({"hits": body})), body);
    let legacy = [
        entry("GET", "/crm/contacts/me", json!({"id": 1})),
        entry("GET", "/crm/contacts/count", json!(7)),
        with_body(entry("POST", "/query", json!([1])), json!({"q": "SELECT id FROM customer"})),
        search("/search", json!({"name": "a"})),
        search("/search", json!({"name": "b"})),
    ];
    assert_eq!(counted(&import(&project, "legacy", &legacy, &[], 0)), [5, 0, 0, 0, 0, 5]);
    let new = [
        search("/unified/search", json!({"name": "b"})),
        entry("GET", "/unified/me", json!({"id": 1})),
        entry("GET", "/unified/count", json!(7)),
        with_body(entry("POST", "/unified/query", json!([1])), json!({"table": "customer"})),
        search("/unified/search", json!({"name": "a"})),
    ];
    assert_eq!(counted(&import(&project, "new", &new, &[], 0)), [0, 5, 0, 0, 0, 0]);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [5, 5, 0, 0, 0]);
}

#[test]
fn another_answer_to_the_same_request_is_refused_and_the_same_one_is_there_already() {
    let project = project("joined-again");
    let me = |id: u32| [entry("GET", "/crm/contacts/me", json!({"id": id}))];
    assert_eq!(counted(&import(&project, "legacy", &me(1), &[], 0)), [1, 0, 0, 0, 0, 1]);
    assert_eq!(counted(&import(&project, "legacy", &me(1), &[], 0)), [0, 0, 1, 0, 0, 1]);
    let told = import(&project, "legacy", &me(2), &[], 2);
    assert_eq!(counted(&told), [0, 0, 0, 1, 0, 1]);
    let what = told["refused"][0]["what"].as_str().expect("a text");
    assert!(
        what.starts_with("the pair contacts.me/") && what.ends_with(" has another legacy answer already"),
        "{what}"
    );
}

#[test]
fn a_mapping_s_body_lies_below_its_own_folder_and_nowhere_else() {
    let project = project("joined-wiremock");
    project.write("stubs/__files/contacts/me.json", r#"{"id":1}"#);
    project.write("secret.json", "{}");
    let stub = |file: &str| {
        json!({"request": {"method": "GET", "urlPath": "/crm/contacts/me"},
               "response": {"headers": {"content-type": "application/json"}, "bodyFileName": file}})
    };
    project.write("stubs/mappings/a.json", stub("contacts/me.json").to_string());
    let run = project.expect(&["import", "wiremock", "stubs/mappings/a.json", "--side", "legacy"], 0);
    assert!(run.stdout.contains("1 exchange of legacy in 1 file: 1 new pair"), "{}", run.stdout);
    for file in ["../../secret.json", "/etc/hostname", "absent.json", ""] {
        project.write("stubs/mappings/b.json", stub(file).to_string());
        let run = project.expect(&["import", "wiremock", "stubs/mappings/b.json", "--side", "legacy"], 2);
        assert!(run.stdout.contains("cannot be read"), "{file}: {}", run.stdout);
    }
}

#[test]
fn a_file_that_is_absent_and_a_side_that_nothing_asks_are_usage() {
    let project = project("joined-usage");
    let run = project.expect(&["import", "har", "absent.har", "--side", "legacy"], 2);
    assert!(run.stderr.contains("read absent.har"), "{}", run.stderr);
    let run = project.expect(&["import", "har", "absent.har", "--side", "source"], 2);
    let expected = "error: no operation of cutover.toml says how source is asked: add source = { method = \"GET\", path = \"/…\" }\n";
    assert_eq!(run.stderr, expected);
    project.expect(&["import", "har", "absent.har"], 2);
}

#[test]
fn an_account_s_id_of_six_characters_is_looked_for_and_a_shorter_one_is_not() {
    let project = project("joined-ids");
    project.write("accounts.csv", "account,integration,legacy,new\nlong,x,123456,\nshort,x,12345,\n");
    let get = |id: &str| entry("GET", &format!("/crm/contacts/{id}"), json!({}));
    let told = import(&project, "legacy", &[get("123456"), get("12345")], &[], 0);
    let waiting = told["waiting"].as_array().expect("a list");
    let of = |account: &str| {
        waiting.iter().filter(|waiting| waiting["pair"].to_string().contains(account)).count()
    };
    assert_eq!((waiting.len(), of("/long-"), of("/short-")), (2, 1, 0), "{told}");
}

#[test]
fn so_many_files_that_they_do_not_fit_in_memory_are_refused() {
    let project = project("joined-large");
    // Sparse: what is not written takes no room.
    let large = std::fs::File::create(project.path("large.har")).and_then(|file| file.set_len(256 << 20));
    large.expect("a sparse file can be made");
    let run = project.expect(&[&["import", "har", "--side", "legacy"][..], &["large.har"; 5]].concat(), 2);
    assert!(
        run.stderr
            .contains("the files have more than 1073741824 bytes together: import them in several runs"),
        "{}",
        run.stderr
    );
}

#[test]
fn neither_a_secret_nor_a_person_reaches_the_disk_or_the_terminal() {
    let project = project("joined-planted");
    let planted = ["tok-planted-7f3a9c", "wilhelmina", "oosterhuis", "planted.example"];
    let person = json!({"email": "wilhelmina.oosterhuis@planted.example", "first_name": "Wilhelmina"});
    let get = |url: &str| {
        let exchange = entry("GET", url, json!({"contact": person, "access_token": planted[0]}));
        with_header(exchange, "request", "Authorization", "Bearer tok-planted-7f3a9c")
    };
    let found = |text: &str| {
        let text = text.to_lowercase();
        planted.iter().filter(|planted| text.contains(**planted)).copied().collect::<Vec<_>>()
    };
    let legacy = [
        get("/crm/contacts/wilhelmina.oosterhuis@planted.example?api_key=tok-planted-7f3a9c"),
        get("/no/operation/wilhelmina.oosterhuis@planted.example"),
    ];
    let told = import(&project, "legacy", &legacy, &[], 0);
    assert_eq!((counted(&told), found(&told.to_string())), ([1, 0, 0, 0, 1, 1], vec![]));
    // The new side has the person in fields whose names say nothing.
    let body = json!({"line": "to Wilhelmina Oosterhuis", "access_token": planted[0]});
    let new = [entry(
        "GET",
        "/unified/contact?id=wilhelmina.oosterhuis%40planted.example&token=tok-planted-7f3a9c",
        body,
    )];
    let told = import(&project, "new", &new, &[], 0);
    assert_eq!((counted(&told), found(&told.to_string())), ([0, 1, 0, 0, 0, 0], vec![]));
    let folder = project.path("recordings/contacts.get");
    let files: Vec<_> = std::fs::read_dir(&folder).expect("it was made").collect();
    assert_eq!(files.len(), 1);
    for file in files {
        let file = file.expect("the folder stays while it is listed").path();
        let text = std::fs::read_to_string(&file).expect("it was written");
        assert_eq!(found(&text), [""; 0], "{text}");
        assert_eq!(found(&file.display().to_string()), [""; 0]);
    }
}
