//! What other recorders kept of planted values is imported, judged and put to gates, and nothing of it is found.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::planted::{CONFIGURATION, MAPPING, PLANTED, bodies};
use super::{percent, scanner};
use crate::real::project::Project;

/// What one side answered for the contact, and what it was asked.
struct Answered<'b> {
    path: &'static str,
    body: &'b str,
}

impl Answered<'_> {
    /// From the path on.
    fn target(&self) -> String {
        let email = percent("wilhelmina.quackenbush@zylophane.example");
        format!("{}/9081726354?email={email}&X-Amz-Signature=PlantedSignature&owner=Drosselbart", self.path)
    }

    fn url(&self) -> String {
        format!("https://api.example{}", self.target())
    }

    /// Of VCR and of Betamax: an interaction each.
    fn interaction(&self) -> Value {
        json!({
            "request": {
                "method": "get", "uri": self.url(), "body": {"encoding": "UTF-8", "string": ""},
                "headers": {"Authorization": ["Bearer PlantedBearerToken"], "Cookie": ["session=PlantedCookie"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"}, "url": self.url(),
                "headers": {
                    "Content-Type": ["application/json"], "Set-Cookie": ["s=PlantedCookie"],
                    "X-Contact": ["Wilhelmina Quackenbush, 7006652"],
                },
                "body": {"encoding": "UTF-8", "string": self.body},
            },
            "recorded_at": "2026-01-02T03:04:05",
        })
    }

    fn vcr(&self) -> Value {
        json!({"http_interactions": [self.interaction()], "recorded_with": "VCR 6.1.0"})
    }

    fn betamax(&self) -> Value {
        json!({"http_interactions": [self.interaction()], "recorded_with": "betamax/0.9.0"})
    }

    fn polly(&self) -> Value {
        let header = |name: &str, value: &str| json!({"_fromType": "array", "name": name, "value": value});
        json!({"log": {
            "_recordingName": "contact", "version": "1.2", "pages": [],
            "creator": {"name": "Polly.JS", "version": "6.0.5"},
            "entries": [{
                "_id": "1", "_order": 0, "cache": {}, "startedDateTime": "2026-01-02T03:04:05.000Z", "time": 1,
                "request": {
                    "method": "GET", "url": self.url(), "httpVersion": "HTTP/1.1", "queryString": [], "cookies": [],
                    "bodySize": 0, "headersSize": -1,
                    "headers": [header("authorization", "Bearer PlantedBearerToken")],
                },
                "response": {
                    "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "redirectURL": "",
                    "bodySize": -1, "headersSize": -1,
                    "cookies": [{"name": "s", "value": "PlantedCookie"}],
                    "headers": [header("content-type", "application/json"), header("set-cookie", "s=PlantedCookie")],
                    "content": {"mimeType": "application/json", "size": self.body.len(), "text": self.body},
                },
                "timings": {"send": 0, "wait": 1, "receive": 0},
            }],
        }})
    }

    fn wiremock(&self) -> Value {
        json!({
            "request": {
                "method": "GET", "url": self.target(),
                "headers": {"Authorization": {"equalTo": "Bearer PlantedBearerToken"}},
            },
            "response": {
                "status": 200, "body": self.body,
                "headers": {"Content-Type": "application/json", "Set-Cookie": "s=PlantedCookie"},
            },
        })
    }
}

#[test]
fn nothing_planted_in_other_recorders_files_is_found_after_their_import_nor_in_what_gates_say() {
    let (legacy, new) = bodies();
    let sides = [
        ("legacy", Answered { path: "/legacy/contacts", body: &legacy }),
        ("new", Answered { path: "/new/contacts", body: &new }),
    ];
    type Form = fn(&Answered<'_>) -> Value;
    let forms: [(&str, Form); 4] = [
        ("vcr", |one| one.vcr()),
        ("betamax", |one| one.betamax()),
        ("polly", |one| one.polly()),
        ("wiremock", |one| one.wiremock()),
    ];
    for (form, written) in forms {
        let project = Project::new(&format!("planted-{form}"), CONFIGURATION);
        project.write("contact.jsonata", MAPPING);
        let inputs = Project::new(&format!("planted-{form}-inputs"), "");
        let mut said = String::new();
        let mut run = |arguments: &[&str], codes: &[i32]| {
            let run = project.run(arguments);
            let told = format!("{}\n{}", run.stdout, run.stderr);
            assert!(codes.contains(&run.code), "cutover {arguments:?}: {}\n{told}", run.code);
            said.push_str(&told);
            run.stdout
        };
        for (side, answered) in &sides {
            let name = format!("{side}.json");
            inputs.write(&name, written(answered).to_string());
            let file = inputs.path(&name).display().to_string();
            // A mapping of WireMock has the path alone.
            let base = if form == "wiremock" { &[][..] } else { &["--base", "https://api.example"] };
            run(&[&["import", form, &file, "--side", side, "--account", "acme"], base].concat(), &[0]);
        }
        let listed = run(&["recordings", "ls", "--pairs"], &[0]);
        assert!(listed.contains("crm.contacts.get/"), "{form}: a pair was made: {listed}");
        let checked = run(&["check"], &[0, 1, 3]);
        assert!(checked.contains("1 pair"), "{form}: {checked}");
        run(&["check", "--format", "json"], &[0, 1, 3]);
        for gate in ["mapping-change", "write-cutover"] {
            run(&["gate", gate], &[0, 1, 2, 3]);
            run(&["gate", gate, "--format", "json"], &[0, 1, 2, 3]);
        }
        project.write("said.txt", &said);
        assert_eq!(scanner::folder(&project.path(""), &PLANTED), BTreeSet::new(), "{form}");
        let seen = scanner::folder(&inputs.path(""), &PLANTED);
        assert!(seen.len() >= PLANTED.len() - 2, "{form}: the scanner sees them where they stand: {seen:?}");
    }
}
