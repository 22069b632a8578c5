//! What the proxy tells while it runs: what happened, for machines too, and never a secret.

use servers::{Fault, Planted};

use super::child::Serving;
use super::{SHORT, bearer, project, sides};

/// What must not be told, each at a place of its own.
const PLANTED: [&str; 9] = [
    "planted-header",
    "planted-cookie",
    "planted-query",
    "planted-path",
    "planted-account",
    "planted-body",
    "planted-answer",
    "planted-id",
    servers::KEY,
];

#[test]
fn a_log_for_machines_tells_every_pair_and_failure_and_never_a_secret() {
    let sides = sides();
    let project = project("serve-logs", &sides);
    let serving = Serving::start(&project, &["-v", "--log", "json"]);
    let headers = format!("{}x-api-key: planted-header\r\ncookie: session=planted-cookie\r\n", bearer());
    let ask = |method: &str, target: &str, body: &str| drop(serving.ask(method, target, &headers, body));
    let wrong = Fault::WrongField { pointer: "/data/*/email".to_owned(), value: "planted-answer".into() };
    sides.new.plant(Planted::always(wrong));
    ask("GET", "/accounts/acme/contacts?limit=50&access_token=planted-query", "");
    ask("GET", "/accounts/acme/contacts/planted-id", "");
    ask("POST", "/accounts/acme/contacts/search", r#"{"password":"planted-body"}"#);
    ask("GET", "/planted-path?key=planted-query", "");
    ask("GET", "/accounts/planted-account/contacts/1", "");
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 3.0);
    sides.new.heal();
    sides.new.plant(Planted::always(Fault::Reset));
    ask("GET", "/accounts/acme/contacts/planted-id", "");
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 4.0);
    let (counts, said) = serving.stop_and_hear();
    assert_eq!(counts["recorded"], 4, "{counts}");

    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect();
    let told = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
    let recorded = told("Recorded.");
    assert_eq!(recorded.len(), 4, "{said}");
    assert!(recorded.iter().all(|line| line["account"] == "acme" && line["level"] == "debug"), "{said}");
    assert!(recorded.iter().any(|line| line["operation"] == "crm.contacts.list"), "{said}");
    let failed = told("New failed.");
    let [failed] = &failed[..] else { panic!("{said}") };
    assert_eq!((&failed["what"], &failed["times"]), (&"reset".into(), &1.into()), "{said}");
    for secret in PLANTED {
        assert!(!said.contains(secret), "{secret} was told:\n{said}");
    }
}

#[test]
fn people_read_sentences_and_quiet_is_quiet() {
    let sides = sides();
    let project = project("serve-logs-text", &sides);
    let serving = Serving::start(&project, &["-v"]);
    serving.ask("GET", "/accounts/acme/contacts/none", &bearer(), "");
    serving.until(SHORT, |metrics| metrics.sum("cutover_mirrors_recorded_total") >= 1.0);
    let (_, said) = serving.stop_and_hear();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("Serving legacy at http://127.0.0.1:"), "{said}");
    assert!(lines.iter().any(|line| line.starts_with("Recorded. pair=crm.contacts.get/")), "{said}");
    assert_eq!(lines.last(), Some(&"Stopping: what is under way is finished first."), "{said}");
}
