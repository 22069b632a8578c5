//! TEMP
use super::cassette::{Format, read};
#[test]
fn temp_real() {
    let Some(root) = std::env::var_os("CUTOVER_DATA") else { return };
    let root = std::path::Path::new(&root).join("2-cassettes");
    for (folder, format) in [("vcr-hubspot-v1", Format::Vcr), ("vcr-github-json", Format::Vcr), ("vcr-slack", Format::Vcr), ("vcr-quickbooks-xml", Format::Vcr), ("betamax-github", Format::Betamax), ("har-polly", Format::Polly), ("har-browser", Format::Har), ("netsuite", Format::Har), ("fixtures-salesforce", Format::Vcr), ("fixtures-jira-v2-ruby", Format::Wiremock)] {
        let mut files = vec![root.join(folder)];
        let (mut n, mut ok, mut bad) = (0, 0, 0);
        let mut kinds = std::collections::BTreeMap::new();
        while let Some(path) = files.pop() {
            if path.is_dir() { files.extend(std::fs::read_dir(&path).expect("d").map(|e| e.expect("e").path())); continue; }
            if path.ends_with("SOURCE.txt") { continue; }
            n += 1;
            let cassette = read(format, &std::fs::read(&path).expect("f"), &|_| Err(std::io::ErrorKind::NotFound.into()));
            ok += cassette.entries.len();
            bad += cassette.refusals.len();
            for r in &cassette.refusals { if !r.to_string().contains("bare body") {eprintln!("{}: {r}", path.display()); } }
            for e in &cassette.entries { if let compare::model::Outcome::Response(r) = &e.exchange.outcome { let k = match &r.body { compare::model::Body::Absent => "absent", compare::model::Body::Json(_) => "json", compare::model::Body::Text(t) => { if r.headers.get("content-type").is_some_and(|v| v[0].contains("json")) { eprintln!("text json? {} {:?}", path.display(), t.chars().take(50).collect::<String>()); } "text"}, compare::model::Body::Base64(_) => { eprintln!("b64 {} {:?}", path.display(), r.headers.get("content-type")); "base64"} }; *kinds.entry(k).or_insert(0) += 1; } }
        }
        eprintln!("{folder}: {n} files {ok} entries {bad} refusals {kinds:?}");
    }
}
