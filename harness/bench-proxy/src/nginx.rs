//! nginx: as the two upstreams, and as the peers that are measured.

use std::path::Path;

use crate::process::{Pinned, listening};

/// Ports of the upstreams.
pub const LEGACY: u16 = 7_401;
pub const NEW: u16 = 7_402;

const COMMON: &str = "user root; daemon off; pid pid; error_log error.log; worker_processes 1;\n\
                      events { worker_connections 4096; }\n";
const HTTP: &str = "access_log off; keepalive_requests 100000000; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; \
                    uwsgi_temp_path t4; scgi_temp_path t5;\n";

/// What stands between the load and the upstreams.
#[derive(Clone, Copy)]
pub enum Peer {
    /// It passes on.
    Plain,
    /// It passes on, and sends a copy to this port.
    Mirror(u16),
}

/// Starts both upstreams on the core of the load.
pub fn upstreams(folder: &Path) -> anyhow::Result<Pinned> {
    crate::bodies::write(folder)?;
    let side = |port: u16, name: &str| {
        format!("server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ root {name}; }} }}\n")
    };
    let config = format!(
        "{COMMON}http {{ {HTTP} types {{ application/json json; }} open_file_cache max=100 inactive=600s;\n{}{} }}\n",
        side(LEGACY, "legacy"),
        side(NEW, "new"),
    );
    start(folder, crate::process::OTHERS, &config, LEGACY)
}

/// Starts a peer on the core of what is measured.
pub fn peer(folder: &Path, port: u16, peer: Peer) -> anyhow::Result<Pinned> {
    let upstream = |name: &str, port: u16| {
        format!(
            "upstream {name} {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}\n"
        )
    };
    let pass = "proxy_http_version 1.1; proxy_set_header Connection \"\";";
    let (upstreams, locations) = match peer {
        Peer::Plain => {
            (upstream("legacy", LEGACY), format!("location / {{ proxy_pass http://legacy; {pass} }}"))
        }
        Peer::Mirror(to) => (
            format!("{}{}", upstream("legacy", LEGACY), upstream("new", to)),
            format!(
                "location / {{ mirror /mirror; proxy_pass http://legacy; {pass} }}\n\
                 location = /mirror {{ internal; proxy_pass http://new$request_uri; {pass} }}"
            ),
        ),
    };
    let config = format!(
        "{COMMON}http {{ {HTTP}{upstreams} server {{ listen 127.0.0.1:{port} backlog=1024;\n{locations} }} }}\n"
    );
    start(folder, crate::process::SUBJECT, &config, port)
}

fn start(folder: &Path, core: &str, config: &str, port: u16) -> anyhow::Result<Pinned> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("nginx.conf"), config)?;
    let prefix = folder.to_string_lossy().into_owned();
    let server = Pinned::start(core, "nginx", &["-p", &prefix, "-c", "nginx.conf"], folder)?;
    listening(port)?;
    Ok(server)
}
