//! The application of a demonstration: it knows the legacy provider's API, and nothing of any other.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::scenes::Ask;
use crate::{KEY, Shared};

/// Nothing on loopback takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the application was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What it asked: the method and the path.
    pub asked: String,
    /// HTTP's.
    pub status: u16,
}

/// Asks what a scene says; `*` in its path is replaced by the id of a record that is there.
pub(super) fn ask(proxy: SocketAddr, ask: &Ask, shared: &Shared) -> io::Result<Answered> {
    let first = shared.world().upstream.by_name(ask.account).and_then(|account| {
        // The last collection is what the account is about: custom objects have numbers for names.
        account.collections.values().next_back().and_then(|records| records.keys().next().copied())
    });
    let target = ask.target.replace('*', &first.unwrap_or_default().to_string());
    let status = send(proxy, &target, ask)?;
    Ok(Answered { asked: format!("GET {target}"), status })
}

/// Sends a request on a connection of its own, and reads the whole answer.
pub(super) fn send(address: SocketAddr, target: &str, ask: &Ask) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\
         x-apideck-app-id: demo\r\nx-apideck-consumer-id: {}\r\n\r\n",
        ask.account
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
