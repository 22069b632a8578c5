//! New sides that go wrong: each listens on a port of its own on the core of the load.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// It takes connections and never answers.
pub const HANGS: u16 = 7_404;
/// It answers as new does, 50 ms late.
pub const SLOW: u16 = 7_405;
/// It sends a gigabyte in chunks, and tells no length: 16 KiB every 40 ms, so that nobody can say at once that it is too much.
pub const FLOODS: u16 = 7_406;
/// Nobody listens there.
pub const DOWN: u16 = 7_407;

const LATE: Duration = Duration::from_millis(50);
static PIECE: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// Starts them; they end with the program.
pub fn start() -> std::io::Result<()> {
    let hanging = TcpListener::bind(("127.0.0.1", HANGS))?;
    thread::spawn(move || {
        let mut kept = Vec::new();
        hanging.incoming().flatten().for_each(|stream| kept.push(stream));
    });
    for (port, serve) in [(SLOW, late as fn(TcpStream) -> std::io::Result<()>), (FLOODS, flood)] {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever asked has left: that is what a proxy does with such an answer.
                thread::spawn(move || serve(stream).unwrap_or_default());
            }
        });
    }
    Ok(())
}

fn late(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = [0; 4_096];
    while stream.read(&mut head)? > 0 {
        thread::sleep(LATE);
        stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"result\":[]}",
        )?;
    }
    Ok(())
}

fn flood(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = [0; 4_096];
    if stream.read(&mut head)? == 0 {
        return Ok(());
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    for _ in 0..65_536 {
        stream.write_all(b"4000\r\n")?;
        stream.write_all(&PIECE)?;
        stream.write_all(b"\r\n")?;
        thread::sleep(Duration::from_millis(40));
    }
    stream.write_all(b"0\r\n\r\n")
}
