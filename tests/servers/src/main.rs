//! `cargo run -p servers` starts a server of each kind on loopback, and says where and how they are asked.

use std::io::{self, Write as _};

use servers::{Clock, Face, Limits, Seed, Server, Shared};

/// 2026-11-20T09:00:00Z.
const NOW_MS: i64 = 1_795_165_200_000;

fn main() -> io::Result<()> {
    let seed = Seed { number: 1, contacts: 250, customers: 40, now_ms: NOW_MS };
    let shared = Shared::new(&seed, Limits::DOCUMENTED, Clock::running(NOW_MS));
    let mut out = io::stdout();
    let mut servers = Vec::new();
    for (face, name) in Face::ALL {
        let server = Server::start(face, &shared)?;
        writeln!(out, "{name:<12} {}", server.url())?;
        servers.push(server);
    }
    writeln!(out, "\nPress Enter to stop. Providers take `authorization: Bearer {}`.", servers::KEY)?;
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}
