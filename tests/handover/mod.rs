//! The hand-over from outside: the program, an OAuth server that rotates, legacy and new providers with their hazards.

mod aged;
mod crash;
mod doubt;
mod encrypted;
mod gated;
mod hazards;
mod introspected;
mod many;
mod reading;
mod secrets;
mod secured;
mod sources;
mod stores;
mod transfer;
mod watched;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use servers::oauth::Client;
use servers::{App, Clock, Face, Lifetimes, Limits, Link, OAuth, Seed, Server, Shared};

use crate::real::project::{MIGRATION, Project};
use sources::{AMPERSAND, From, NANGO};

const MINUTE_MS: i64 = 60_000;

/// Both providers, what is behind them, and a project that knows them.
pub struct Scene {
    pub shared: Shared,
    pub oauth: OAuth,
    pub legacy: Arc<Server>,
    pub new: Arc<Server>,
    pub project: Project,
    pub names: Vec<String>,
    /// Its `cutover.toml`, as it was written.
    pub configured: String,
}

impl Scene {
    /// Accounts with grants of a client, at the present moment: the program reads the machine's clock.
    pub fn new(name: &str, from: &From, client: Client, links: &[Link]) -> Scene {
        Scene::at(name, from, client, links, |shared| {
            OAuth::rust(shared, Lifetimes::USUAL).expect("loopback has a free port")
        })
    }

    /// The same with an OAuth server of one's choice.
    pub fn at(
        name: &str,
        from: &From,
        client: Client,
        links: &[Link],
        oauth: impl Fn(&Shared) -> OAuth,
    ) -> Scene {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let seed = Seed { number: 1, contacts: 1, customers: 0, now_ms };
        let shared = Shared::new(&seed, Limits::OUT_OF_REACH, Clock::running(now_ms));
        let oauth = oauth(&shared);
        let app = App::ours("hubspot", client);
        let place = app.installed.clone();
        shared.link(&oauth, &[app], links).expect("grants are made");
        let start = |face| Server::start(face, &shared).expect("loopback has a free port");
        let (legacy, new) = (start(from.face), start(Face::Truto));
        let configured = configuration(from, &legacy, &new);
        let project = Project::new(&format!("handover-{name}"), &configured);
        let names: Vec<String> = links.iter().map(|link| link.account.clone()).collect();
        let scene =
            Scene { shared, oauth, legacy: Arc::new(legacy), new: Arc::new(new), project, names, configured };
        scene.write_files(from, client, &place, links);
        scene
    }

    fn write_files(&self, from: &From, client: Client, place: &str, links: &[Link]) {
        let more: String = from.columns.iter().map(|(name, _)| format!(",{name}")).collect();
        let values: String = from.columns.iter().map(|(_, value)| format!(",{value}")).collect();
        let mut accounts = format!("account,integration,legacy,new,environment_integration_id{more}\n");
        for link in links {
            let (name, integration) = (&link.account, &link.integration);
            accounts.push_str(&format!("{name},{integration},{}{name},,{place}{values}\n", from.prefix));
        }
        self.project.write("accounts.csv", accounts);
        // What is known of the real service is not what these grants' app does.
        let rotation = if client.rotation == servers::oauth::Rotation::Never { "never" } else { "always" };
        self.project.write(
            "mappings/upstreams.toml",
            format!("[[upstream]]\nintegrations = [\"hubspot\"]\ntitle = \"A CRM\"\nconfidence = \"K\"\nrotation = \"{rotation}\"\n"),
        );
        // On loopback nothing is under way for long.
        for name in [from.profile, "truto"] {
            let path = format!("{}/mappings/profiles/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {path}: {error}"));
            let text = text.replace("arrives_within = \"30s\"", "arrives_within = \"1s\"");
            let mut text = text.replace("arrives_within = \"60s\"", "arrives_within = \"1s\"");
            if name == from.profile {
                text += from.profile_more;
            }
            if !text.contains("arrives_within") {
                text = text.replace("[tokens]\n", "[tokens]\narrives_within = \"1s\"\n");
            }
            self.project.write(&format!("mappings/profiles/{name}.toml"), text);
        }
        let shape = &from.shape;
        self.project.write("mappings/contacts.jsonata", shape.mapping);
        let tolerance = |path: &str, rule: &str, reason: &str| {
            format!(
                "[[tolerance]]\npath = \"{path}\"\nrule = \"{rule}\"\nreason = \"{reason}\"\n\
                 owner = \"crm@acme.example\"\nuntil = 9999-12-31\nshare = 1.0\n"
            )
        };
        let mut tolerances = tolerance(shape.items, "any_order", "each sorts in its own way");
        for field in shape.ignored {
            let path = format!("{}[*].{field}", shape.items);
            tolerances += &tolerance(&path, "ignore", "ids tell whose contacts they are");
        }
        for path in shape.ignored_beside {
            tolerances += &tolerance(path, "ignore", "it is no contact");
        }
        self.project.write("mappings/contacts.tolerances.toml", tolerances);
        for (index, name) in self.names.iter().enumerate() {
            let exchange = |body: &str| {
                format!("[{{\"response\":{{\"status\":200,\"headers\":{{}},\"body\":{{\"json\":{body}}}}}}}]")
            };
            let (legacy, new) = (
                exchange(&shape.recorded().to_string()),
                exchange("{\"result\":[{\"id\":\"2\"},{\"id\":\"1\"}]}"),
            );
            let pair = format!(
                "{{\"version\":1,\"id\":\"contacts.list/{index}\",\"operation\":\"contacts.list\",\"account\":\"{name}\",\
                 \"recorded_at\":\"2026-11-19T12:00:00Z\",\"legacy\":{legacy},\"new\":{new}}}\n"
            );
            self.project.write(&format!("recordings/contacts.list/{index}.json"), pair);
        }
    }

    /// Has another state database than the project's SQLite file.
    pub fn keep_state_in(&self, url: &str) {
        let path = self.project.path("cutover.toml");
        let text = std::fs::read_to_string(&path).expect("it was written");
        self.project.write("cutover.toml", text.replace("sqlite:cutover.state", url));
    }

    /// Decides the gate; what nobody can say in a test is waived.
    pub fn pass_the_gate(&self) {
        self.project.expect(&["gate", "token-import"], 0);
    }

    /// How accounts stand, by state, as the program says it.
    pub fn totals(&self) -> serde_json::Value {
        let run = self.project.run(&["tokens", "status", "--format", "json"]);
        let document: serde_json::Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        document["totals"].clone()
    }

    /// From now on the program knows where the OAuth server says of tokens whether they are good.
    pub fn introspects(&self, auth: &str) {
        let file = self.project.path("mappings/upstreams.toml");
        let known = std::fs::read_to_string(file).expect("the scene wrote it");
        let (address, asking) = (self.oauth.address(), servers::oauth::RESOURCE);
        let more = format!(
            "[upstream.introspection]\nurl = \"http://{address}/token/introspection\"\nauth = \"{auth}\"\n\
             client_id = \"{}\"\nclient_secret = \"{}\"\n",
            asking.id, asking.secret
        );
        self.project.write("mappings/upstreams.toml", known + &more);
    }

    /// Reads an account's contacts through legacy, as the application does without a proxy; the whole answer.
    pub fn read_legacy(&self, name: &str) -> String {
        self.of_legacy("GET", NANGO.contacts, name)
    }

    /// Asks legacy for something of the first account, as whoever has its key can.
    pub fn ask_legacy(&self, path: &str) -> String {
        self.of_legacy("GET", path, &self.names[0])
    }

    /// Has legacy do something to the first account.
    pub fn post_legacy(&self, path: &str) -> String {
        self.of_legacy("POST", path, &self.names[0])
    }

    fn of_legacy(&self, method: &str, path: &str, name: &str) -> String {
        let mut stream = TcpStream::connect(self.legacy.address()).expect("it listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: legacy\r\nauthorization: Bearer {}\r\nconnection-id: {name}\r\n\
             provider-config-key: hubspot\r\nx-apideck-app-id: app\r\nx-apideck-consumer-id: {name}\r\n\
             x-apideck-service-id: hubspot\r\nx-account-token: token-{name}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            servers::KEY
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        answer
    }

    /// What the OAuth server's own log says.
    pub fn judged(&self) -> servers::Judgement {
        servers::oauth::judge(&self.oauth.log(self.shared.clock.now_ms()).expect("the log is told"))
    }
}

fn configuration(from: &From, legacy: &Server, new: &Server) -> String {
    let waivers: String = [
        "client-owned",
        "exportable",
        "scopes",
        "same-identity",
        "fence",
        "refresh-rule",
        "lent-reads",
        "critical-fields",
    ]
    .iter()
    .map(|condition| {
        format!(
            "[[gates.token-import.waivers]]\ncondition = \"{condition}\"\nreason = \"a test\"\nowner = \"crm@acme.example\"\nuntil = 9999-12-31\n"
        )
    })
    .collect();
    let (key, contacts, shape) = (servers::KEY, from.contacts, &from.shape);
    let credentials: Vec<String> =
        from.credentials.iter().map(|name| format!("{name} = \"{key}\"")).collect();
    format!(
        "{MIGRATION}\n[providers.legacy]\nprofile = \"{}\"\nbase_url = \"{}\"\ncredentials = {{ {} }}\nshare = 1\n\
         [providers.new]\nprofile = \"truto\"\nbase_url = \"{}\"\ncredentials = {{ token = \"{key}\" }}\nshare = 1\n\
         [accounts]\nfile = \"accounts.csv\"\n[state]\nurl = \"sqlite:cutover.state\"\n\
         [[operations]]\nname = \"contacts.list\"\nlegacy = {{ method = \"GET\", path = \"{contacts}\" }}\n\
         new = {{ method = \"GET\", path = \"/proxy/contacts\", query = {{ limit = \"50\" }} }}\n\
         mapping = \"mappings/contacts.jsonata\"\nitems = \"{items}\"\nkeys = {{ \"{items}\" = [\"{}\"] }}\n\
         tolerances = [\"mappings/contacts.tolerances.toml\"]\n\
         [gates.token-import]\nmax_difference_rate = 0.99\nmax_operation_difference_rate = 0.99\nmin_pairs = 1\n{waivers}",
        from.profile,
        legacy.url(),
        credentials.join(", "),
        new.url(),
        shape.key,
        items = shape.items,
    )
}
