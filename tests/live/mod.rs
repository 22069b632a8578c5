//! The program against real servers on loopback; their ledgers say what it sent.

mod record;
mod replay;
mod stub;
mod mapped;
mod raw;
mod long;

use servers::{Clock, Face, Limits, Seed, Server, Shared};

use crate::real::project::Project;

/// 2026-11-19T12:00:00Z: the day before the one that tests judge at.
const NOW_MS: i64 = 1_795_089_600_000;

/// A server, of which nothing that writes may ever be asked.
struct Watched(Server);

impl std::ops::Deref for Watched {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.0.ledger().writes(), [], "only what reads is sent");
        }
    }
}

fn shared(contacts: usize, customers: usize, limits: Limits) -> Shared {
    Shared::new(&Seed { number: 7, contacts, customers, now_ms: NOW_MS }, limits, Clock::running(NOW_MS))
}

fn start(face: Face, shared: &Shared) -> Watched {
    Watched(Server::start(face, shared).expect("loopback has a free port"))
}

/// The sample's own mappings and tolerances, in a project.
fn with_sample_mappings(project: &Project) {
    for file in [
        "crm/contacts.list.response.jsonata",
        "crm/contacts.get.response.jsonata",
        "crm/contacts.get.error.jsonata",
        "crm/contacts.tolerances.toml",
        "paging.tolerances.toml",
        "accounting/customers.list.response.jsonata",
        "accounting/customers.tolerances.toml",
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings").join(file);
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
        project.write(&format!("mappings/{file}"), text);
    }
}

/// In clear: what is made up is nobody's.
const IN_CLEAR: [&str; 2] = ["--no-redact", "--i-may-keep-personal-data"];

/// The headers of the application's requests for an account, as legacy wants them.
fn asking_for(account: &str) -> String {
    format!(
        "authorization: Bearer {}\r\nx-apideck-app-id: app\r\nx-apideck-consumer-id: {account}\r\n",
        servers::KEY
    )
}

const ACCOUNTS: &str = "account,integration,legacy,new\n\
    acme-hubspot,hubspot,acme,3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01\n\
    globex-hubspot,hubspot,globex,8b0e4f27-5d0c-4a8b-b1de-62f1c4a97302\n\
    oresund-netsuite,netsuite,oresund,d3b4650f-e817-4a9c-92f5-0ac7b36e1d09\n";

/// A migration from an Apideck-shaped provider to a Truto-shaped one, both on loopback.
fn migration(legacy: &Server, new: &Server) -> String {
    format!(
        r#"[migration]
name = "on loopback"
[providers.legacy]
profile = "apideck"
base_url = "{}"
credentials = {{ api_key = "{key}", app_id = "app" }}
share = 1
[providers.new]
profile = "truto"
base_url = "{}"
credentials = {{ token = "{key}" }}
share = 1
[accounts]
file = "accounts.csv"

[[operations]]
name = "crm.contacts.list"
integrations = ["hubspot"]
legacy = {{ method = "GET", path = "/crm/contacts", query = {{ limit = "200" }} }}
new = {{ method = "GET", path = "/proxy/contacts", query = {{ limit = "100" }} }}
mapping = "mappings/crm/contacts.list.response.jsonata"
error_mapping = "mappings/crm/contacts.get.error.jsonata"
tolerances = ["mappings/paging.tolerances.toml", "mappings/crm/contacts.tolerances.toml"]
items = "$.data"
keys = {{ "$.data" = ["id"], "$.data[*].emails" = ["email"], "$.data[*].custom_fields" = ["id"] }}

[[operations]]
name = "crm.contacts.get"
integrations = ["hubspot"]
legacy = {{ method = "GET", path = "/crm/contacts/{{id}}" }}
new = {{ method = "GET", path = "/unified/crm/contacts/{{id}}", query = {{ truto_ignore_remote_data = "true" }} }}
mapping = "mappings/crm/contacts.get.response.jsonata"
error_mapping = "mappings/crm/contacts.get.error.jsonata"
tolerances = ["mappings/crm/contacts.tolerances.toml"]
keys = {{ "$.data.emails" = ["email"], "$.data.custom_fields" = ["id"] }}

[[operations]]
name = "accounting.customers.list"
integrations = ["netsuite"]
legacy = {{ method = "GET", path = "/accounting/customers", query = {{ limit = "50" }} }}
new = {{ method = "POST", path = "/custom/services/rest/query/v1/suiteql", query = {{ limit = "30" }}, body = {{ q = "SELECT c.id FROM customer c" }}, next_page = {{ cursor = "$.next_cursor", query = "offset" }} }}
source = {{ method = "POST", path = "/proxy/suiteql/query", query = {{ limit = "40" }}, body = {{ q = "SELECT c.id FROM customer c" }}, next_page = {{ offset = "offset", more = "$.hasMore", items = "$.items" }} }}
read_only = "SuiteQL reads by POST"
map_from = "source"
mapping = "mappings/accounting/customers.list.response.jsonata"
tolerances = ["mappings/paging.tolerances.toml", "mappings/accounting/customers.tolerances.toml"]
items = "$.data"
keys = {{ "$.data" = ["id"], "$.data[*].custom_fields" = ["id"] }}
"#,
        legacy.url(),
        new.url(),
        key = servers::KEY,
    )
}

/// A profile without the provider's own limits: they are kept to, and would make these tests wait.
fn unlimited(project: &Project, profile: &str) {
    let text = providers::embedded::profile_text(profile).expect("it is embedded");
    let kept: Vec<&str> = text.split("\n\n").filter(|table| !table.starts_with("[[own_limit]]")).collect();
    project.write(&format!("mappings/profiles/{profile}.toml"), kept.join("\n\n"));
}

fn project(name: &str, legacy: &Server, new: &Server) -> Project {
    let project = Project::new(&format!("live-{name}"), &migration(legacy, new));
    unlimited(&project, "truto");
    project.write("accounts.csv", ACCOUNTS);
    with_sample_mappings(&project);
    project
}

fn told(run: &crate::real::project::Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}
