//! Nothing that a hand-over writes or says has a token in it: whatever way it goes, the tokens are looked for in all of it.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use servers::oauth::ROTATING;
use servers::{Credentials, Fault, Kind, Link, Planted};

use super::crash::{Blow, strike};
use super::{NANGO, Scene};
use crate::leaks::scanner::{self, Found};
use crate::real::project::Project;

/// Everything that the program says, beside what it writes.
struct Said<'s> {
    scene: &'s Scene,
    text: String,
    /// Whatever was a secret at any moment.
    secrets: BTreeSet<String>,
}

impl Said<'_> {
    fn run(&mut self, arguments: &[&str], input: &str, codes: &[i32]) -> String {
        self.look();
        // Not as other tests run it, which have it be quiet.
        let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
        command.current_dir(self.scene.project.path(".")).args(arguments);
        command.args(["--as-of", "2026-11-20"]).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
        // Who does not read its input has ended by then.
        let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).expect("the program says UTF-8");
        let code = output.status.code().expect("it ends by itself");
        assert!(codes.contains(&code), "cutover {arguments:?}: {code}\n{told}");
        self.text.push_str(&told);
        self.look();
        told
    }

    /// Notes what both providers hold now.
    fn look(&mut self) {
        let held = self.scene.shared.links(|links| {
            let all = links.legacy.values().chain(links.new.values());
            all.flat_map(|linked| match &linked.credentials {
                Credentials::OAuth2 { access, refresh, .. } => {
                    [Some(access.clone()), refresh.clone()].into_iter().flatten().collect()
                }
                Credentials::ApiKey(key) => vec![key.clone()],
                Credentials::TokenBased { id, secret } => vec![id.clone(), secret.clone()],
                Credentials::ClientCredentials { secret, .. } => vec![secret.clone()],
            })
            .collect::<Vec<String>>()
        });
        self.secrets.extend(held);
    }

    /// Looks through everything that was written and said.
    fn found(&self) -> BTreeSet<Found> {
        self.scene.project.write("said.txt", &self.text);
        let values: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        scanner::folder(&self.scene.project.path(""), &values)
    }

    /// What support would send of one account, and of one that nobody knows.
    fn export(&self, name: &str) -> String {
        self.scene.shared.links(|links| match &links.legacy[name].credentials {
            Credentials::OAuth2 { access, refresh, .. } => {
                format!(
                    "account,access_token,refresh_token\n{name},{access},{}\n",
                    refresh.as_deref().unwrap_or_default()
                )
            }
            _ => unreachable!("it has a grant"),
        })
    }
}

#[test]
fn nothing_that_a_hand_over_writes_or_says_has_a_token_in_it() {
    let mut links = Link::many(9, "hubspot");
    links[7].kind = Kind::ApiKey;
    links[8].kind = Kind::TokenBased;
    let scene = Scene::new("secrets", &NANGO, ROTATING, &links);
    let mut said = Said { scene: &scene, text: String::new(), secrets: BTreeSet::new() };
    said.look();
    let a_secret = said.secrets.first().expect("there are some").clone();
    said.run(&["gate", "token-import"], "", &[0]);
    said.run(&["tokens", "inventory", "--all"], "", &[0, 1, 3]);
    said.run(&["tokens", "lend", "acct-0001", "acct-0002"], "", &[0]);
    said.run(&["tokens", "copy", "acct-0008", "acct-0009"], "", &[0]);
    said.run(&["tokens", "transfer", "--dry-run", "--format", "json"], "", &[0]);

    // A refusal whose text quotes what was sent.
    let quoted = |pointer: &str| Fault::WrongField { pointer: pointer.to_owned(), value: json!(a_secret) };
    for server in [&scene.legacy, &scene.new] {
        server.plant(Planted::always(Fault::Status(422)));
        for pointer in ["/message", "/error", "/error/message", "/error/code", "/statusCode"] {
            server.plant(Planted::always(quoted(pointer)));
        }
        said.run(&["tokens", "transfer", "acct-0001", "--yes"], "", &[1]);
        said.run(&["tokens", "verify"], "", &[0, 1, 3]);
        said.run(&["tokens", "watch", "--once"], "", &[0, 1, 3]);
        server.heal();
    }
    said.run(&["tokens", "resume", "acct-0001"], "", &[0, 1, 3]);
    said.run(&["tokens", "transfer", "acct-0002", "--yes", "-v"], "", &[0]);

    // Files of support: one that is whole, and some that are not.
    let whole = said.export("acct-0003");
    let from_input = ["tokens", "transfer", "acct-0003", "--yes", "--legacy-ended", "--file", "-"];
    for broken in [
        whole.replace("access_token", "token"),
        whole.replacen("acct-0003,", "acct-0003,,", 1),
        format!("{whole}acct-0003,{a_secret},{a_secret}\n"),
        format!("[{{\"account\": \"acct-0003\", \"access_token\": \"{a_secret}\""),
        format!(
            "[{{\"account\": \"acct-0003\", \"access_token\": \"{a_secret}\", \"expires_at\": \"{a_secret}\"}}]"
        ),
        format!("-----BEGIN PGP MESSAGE-----\n\n{}\n", STANDARD.encode(&whole)),
    ] {
        said.run(&from_input, &broken, &[1, 2]);
    }
    said.run(&from_input, &whole, &[0]);

    // Killed in the midst of it: what SQLite has not put into its file yet lies beside it.
    for (server, number, name) in
        [(&scene.legacy, 4, "acct-0004"), (&scene.new, 1, "acct-0005"), (&scene.new, 4, "acct-0006")]
    {
        let moving = ["tokens", "transfer", name, "--yes"];
        assert!(strike(&scene, server, Blow::Killed, number, &moving));
        said.look();
        assert_eq!(said.found(), BTreeSet::new(), "after {name} was killed");
        said.run(&["tokens", "status", name, "--history", "--format", "json"], "", &[3]);
        said.run(&["tokens", "resume", name, "-v"], "", &[0]);
    }
    said.run(&["tokens", "status", "--history", "--ids"], "", &[0, 1, 3]);
    said.run(&["tokens", "status", "--history", "--ids", "--format", "json"], "", &[0, 1, 3]);
    said.run(&["tokens", "verify", "--format", "json"], "", &[0, 1]);
    said.run(&["tokens", "lend", "acct-0007"], "", &[0]);
    said.run(&["tokens", "rollback", "acct-0007", "--yes"], "", &[0]);
    said.run(&["tokens", "rollback", "acct-0002"], "", &[1]);
    said.run(&["tokens", "watch", "--once", "--format", "json"], "", &[0, 1]);
    said.run(&["tokens", "inventory", "--format", "json"], "", &[0, 1, 3]);
    assert_eq!(said.found(), BTreeSet::new());
    assert!(said.secrets.len() > 20, "new tokens came on the way: {}", said.secrets.len());
    // The journal's key is where it belongs, and nowhere else.
    let key = std::fs::read_to_string(scene.project.path(".cutover/state.key")).expect("it was made");
    let keys = scanner::folder(&scene.project.path(""), &[key.trim()]);
    let files: BTreeSet<&str> = keys.iter().filter_map(|found| found.file.rsplit('/').next()).collect();
    assert_eq!(files, ["state.key"].into());

    // The scanner sees each of them where it stands: what it did not find is not there.
    let inputs = Project::new("handover-secrets-inputs", "");
    inputs.write("export.csv", &whole);
    inputs.write("encoded.txt", STANDARD.encode(&whole));
    let all: Vec<&str> = said.secrets.iter().map(String::as_str).collect();
    let seen = scanner::folder(&inputs.path(""), &all);
    let files: BTreeSet<&str> = seen.iter().filter_map(|found| found.file.rsplit('/').next()).collect();
    assert_eq!(files, ["encoded.txt", "export.csv"].into());
    scene.project.write("planted.txt", STANDARD.encode(format!("token={a_secret}")));
    assert_eq!(said.found().len(), 1, "one that is written is found");
}
