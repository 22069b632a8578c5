//! A client of a few lines over a socket, so that the servers are not tested by the library they are made of.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::Server;

/// Whoever expects an answer waits so long for it, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);
/// Whoever expects that none may come gives up after this.
const IMPATIENCE: Duration = Duration::from_millis(400);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("(absent)", String::as_str)
    }
}

/// Asks on a connection of its own; refuses to fail.
pub fn ask(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    within(PATIENCE, server, method, target, headers, body).expect("the server answers")
}

/// Asks on a connection of its own, and soon gives up.
pub fn attempt(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    within(IMPATIENCE, server, method, target, headers, body)
}

fn within(
    patience: Duration,
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(patience))?;
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: loopback\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end =
        bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = bytes[end + 4..].to_vec();
    if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        body = unchunked(&body)?;
    } else if let Some(length) = headers.get("content-length").and_then(|length| length.parse::<usize>().ok())
        && body.len() < length
        && method != "HEAD"
    {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Answer { status: status.ok_or(io::ErrorKind::InvalidData)?, headers, body })
}

fn unchunked(mut rest: &[u8]) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line =
            rest.windows(2).position(|window| window == b"\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let size = size.ok_or(io::ErrorKind::InvalidData)?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Ok(whole);
        }
        whole.extend_from_slice(rest.get(..size).ok_or(io::ErrorKind::UnexpectedEof)?);
        rest = rest.get(size + 2..).ok_or(io::ErrorKind::UnexpectedEof)?;
    }
}
