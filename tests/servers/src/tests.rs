//! The servers as a client sees them, against what the services document.

mod client;
mod shapes;
mod limits;
mod faults;
mod handover;
mod naive;

use std::io::Write as _;

use serde_json::Value;

use crate::{Clock, Face, Lifetimes, Limits, OAuth, Seed, Server, Shared};
use client::{Answer, ask};

/// 2026-11-20T09:00:00Z.
const NOW_MS: i64 = 1_795_165_200_000;
const ACME: &str = "3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01";
const ORESUND: &str = "d3b4650f-e817-4a9c-92f5-0ac7b36e1d09";

fn shared(contacts: usize, limits: Limits) -> Shared {
    Shared::new(&Seed { number: 1, contacts, customers: 7, now_ms: NOW_MS }, limits, Clock::standing(NOW_MS))
}

fn start(face: Face, shared: &Shared) -> Server {
    Server::start(face, shared).expect("loopback has a free port")
}

/// What each service is asked with, for the account acme (oresund for NetSuite).
fn headers(face: Face) -> Vec<(&'static str, &'static str)> {
    let bearer = ("authorization", "Bearer key-of-the-test-servers");
    match face {
        Face::HubSpot => vec![("authorization", "Bearer at-acme")],
        Face::NetSuite => vec![("authorization", "Bearer at-oresund")],
        Face::Apideck => {
            vec![
                bearer,
                ("x-apideck-app-id", "app"),
                ("x-apideck-consumer-id", "acme"),
                ("x-apideck-service-id", "hubspot"),
            ]
        }
        Face::Truto | Face::UnifiedTo | Face::Generic | Face::Wire => vec![bearer],
        Face::OAuth => Vec::new(),
        Face::Ampersand => vec![("x-api-key", crate::KEY)],
        Face::Merge => vec![bearer, ("x-account-token", "token-acme")],
        Face::Nango => vec![bearer, ("connection-id", "acme"), ("provider-config-key", "hubspot")],
    }
}

fn get(server: &Server, target: &str) -> Answer {
    ask(server, "GET", target, &headers(server.face()), b"")
}

fn post(server: &Server, target: &str, body: &Value) -> Answer {
    ask(server, "POST", target, &headers(server.face()), body.to_string().as_bytes())
}

/// The real OAuth server, or a loud word where there is no node; with `CUTOVER_REQUIRE_SERVERS=1` its absence is a failure.
fn node(lifetimes: &Lifetimes) -> Option<OAuth> {
    match OAuth::node(*lifetimes) {
        Ok(oauth) => Some(oauth),
        Err(error) => {
            let is_required = std::env::var_os("CUTOVER_REQUIRE_SERVERS").is_some_and(|value| value == "1");
            assert!(!is_required, "{error}, and CUTOVER_REQUIRE_SERVERS=1 demands it");
            // Past the test's captured output, which is shown for failures only.
            let _ = writeln!(std::io::stderr(), "NOT RUN: {error}");
            None
        }
    }
}
