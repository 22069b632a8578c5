//! Ten thousand accounts: seconds, and memory that depends on the accounts alone.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;
use crate::data::report;

const ACCOUNTS: usize = 10_000;
/// A debug build on a busy machine takes a tenth of it.
const TIME_MAX: Duration = Duration::from_secs(120);
/// Accounts, connections, rows and the document: about 10 KB each.
const MEMORY_KIB_MAX: u64 = 250 * 1024;

#[test]
fn ten_thousand_accounts_are_told_in_seconds() {
    let integrations = ["hubspot", "jira", "xero", "netsuite"];
    let links: Vec<Link> = (0..ACCOUNTS)
        .map(|at| Link { kind: Kind::ApiKey, ..Link::oauth2(&format!("acct-{at:05}"), integrations[at % 4]) })
        .collect();
    let world = World::new(Face::Nango, &integrations.map(|name| App::ours(name, ROTATING)), &links);
    let mut csv = "account,integration,legacy,new,auth\n".to_owned();
    for (at, link) in links.iter().enumerate() {
        let auth = if at % 10 == 0 { "api_key" } else { "oauth2" };
        let _ = writeln!(csv, "{0},{1},{0},,{auth}", link.account, link.integration);
    }
    let project = world.project("large", &csv, "");
    let started = Instant::now();
    let mut child =
        project.command(&["tokens", "inventory"]).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut peak_kib = 0;
    let code = loop {
        peak_kib = peak_kib.max(resident_kib(child.id()));
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break status.code(),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let took = started.elapsed();
    assert_eq!(code, Some(0));
    report(&format!("inventory of {ACCOUNTS} accounts: {:.1} s, {peak_kib} KiB at most", took.as_secs_f64()));
    assert!(took < TIME_MAX, "{took:?}");
    assert!(peak_kib < MEMORY_KIB_MAX, "{peak_kib} KiB");
    let inventory = json(&project.path("reports/inventory/inventory.json"));
    assert_eq!(inventory["totals"]["accounts"], ACCOUNTS);
    assert_eq!(
        (&inventory["totals"]["transfer"], &inventory["totals"]["copy"]),
        (&json!(9_000), &json!(1_000))
    );
}

/// What a process has in memory at most; 0 where the system does not tell.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok()).unwrap_or(0)
}
