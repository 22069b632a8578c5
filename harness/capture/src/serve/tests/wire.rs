//! A caller over a plain socket, and servers that answer what they are told to the letter.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A test's caller waits so long for more bytes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends the bytes and reads until the other end closes.
pub fn exchange(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A request of one connection, as bytes.
pub fn request(method: &str, target: &str, more: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!(
        "{method} {target} HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\n{more}{length}\r\n{body}"
    )
}

/// A server that answers every connection with the same pieces, with a pause before each but the first, and then closes.
pub struct Told {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Told {
    /// Starts it; it runs until the test ends.
    pub fn start(pieces: &[&str], pause: Duration) -> Told {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it listens");
        let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (pieces, kept) = (pieces.clone(), Arc::clone(&kept));
                std::thread::spawn(move || answer(stream, &pieces, pause, &kept));
            }
        });
        Told { address, heard }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked with it").clone()
    }
}

fn answer(stream: io::Result<TcpStream>, pieces: &[String], pause: Duration, heard: &Mutex<Vec<String>>) {
    let Ok(mut stream) = stream else { return };
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    heard.lock().expect("nobody panicked with it").push(String::from_utf8_lossy(&request).into_owned());
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            std::thread::sleep(pause);
        }
        if stream.write_all(piece.as_bytes()).is_err() {
            return;
        }
    }
}

/// Whether the head is there, and as much body as it announces.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    length.and_then(|length| length.parse().ok()).is_none_or(|length: usize| body.len() >= length)
}
