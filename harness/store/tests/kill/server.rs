//! An S3-compatible server of the test's own, on a free port.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It is written in Python, and takes a while to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends when it is dropped.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it, with a bucket; none where it is not installed.
    pub fn start() -> Option<Server> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let mut command = Command::new("moto_server");
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let server = Server { child, port };
        let began = Instant::now();
        while !server.makes_bucket() {
            assert!(began.elapsed() < PATIENCE, "moto_server does not begin to answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn makes_bucket(&self) -> bool {
        let asked = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            let head = format!("PUT /recordings HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n", self.port);
            stream.write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer)
        };
        asked().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is ours, and there is nothing in it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
