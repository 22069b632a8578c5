//! What providers ask the OAuth server, on a connection of its own for each request.

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// An OAuth server's answer is small; the log of a long test is larger.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// On loopback nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for an answer on the caller's thread, which must not be a server's.
pub fn wait<T>(asking: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(asking)
}

/// Posts a form; `by` is who says it is asking.
pub async fn form(
    address: &str,
    path: &str,
    by: &str,
    now_ms: i64,
    fields: &[(&str, &str)],
) -> io::Result<(u16, Value)> {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let media = "application/x-www-form-urlencoded";
    send(address, "POST", path, &[("user-agent", by), ("content-type", media)], now_ms, body).await
}

/// Posts JSON, or gets where there is none.
pub async fn json(address: &str, path: &str, now_ms: i64, body: Option<&Value>) -> io::Result<(u16, Value)> {
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map(Value::to_string).unwrap_or_default();
    send(address, method, path, &[("content-type", "application/json")], now_ms, body).await
}

async fn send(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    now_ms: i64,
    body: String,
) -> io::Result<(u16, Value)> {
    let asking = async {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(async move {
            // The request's own result tells what went wrong.
            let _ = connection.await;
        });
        let mut request = Request::builder().method(method).uri(path).header("host", address);
        request = request.header("connection", "close").header("x-now-ms", now_ms);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(io::Error::other)?;
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (byte as char).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
