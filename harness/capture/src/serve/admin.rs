//! A port for people and for monitoring, on a thread of its own: what it shows is made elsewhere.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::oneshot;

use crate::serve::limits::HEAD_TIMEOUT;

/// What is shown at a path.
pub struct Shown {
    /// Its media type.
    pub content_type: &'static str,
    /// The whole of it.
    pub text: String,
}

/// Makes what is shown at a path; `None`: there is nothing.
pub type Show = dyn Fn(&str) -> Option<Shown> + Send + Sync;

/// The admin port, until it is dropped.
pub struct Admin {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Admin {
    /// Serves what connects.
    pub fn start(listener: TcpListener, show: Arc<Show>) -> io::Result<Admin> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            let runtime =
                Builder::new_current_thread().enable_io().enable_time().build_local(LocalOptions::default());
            if let Ok(runtime) = runtime {
                runtime.block_on(serve(listener, show, stopped));
            }
        };
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(run)?;
        Ok(Admin { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have stopped by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, show: Arc<Show>, stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut stopped = pin!(stopped);
    loop {
        let mut accept = pin!(listener.accept());
        let accepted = std::future::poll_fn(|context| {
            if stopped.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            accept.as_mut().poll(context).map(Some)
        });
        let Some(accepted) = accepted.await else { return };
        let Ok((stream, _)) = accepted else { continue };
        let show = Arc::clone(&show);
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| {
                let show = Arc::clone(&show);
                async move { Ok::<_, Infallible>(answer(&request, &*show)) }
            });
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
            // Who left is not told why.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(request: &Request<Incoming>, show: &Show) -> Response<Full<Bytes>> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    // A page of another site must not read it by a name that leads here (DNS rebinding).
    let is_ours = request.headers().get(header::HOST).is_none_or(is_local);
    let shown = if is_read && is_ours { show(request.uri().path()) } else { None };
    let (status, content_type, text) = match shown {
        Some(Shown { content_type, text }) => (StatusCode::OK, content_type, text),
        None if !is_ours => {
            (StatusCode::MISDIRECTED_REQUEST, PLAIN, "ask by the address, not by a name\n".to_owned())
        }
        None if !is_read => {
            (StatusCode::METHOD_NOT_ALLOWED, PLAIN, "there is nothing to change here\n".to_owned())
        }
        None => (StatusCode::NOT_FOUND, PLAIN, "there are /, /metrics and /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

const PLAIN: &str = "text/plain; charset=utf-8";

/// An address or `localhost`; with any port.
fn is_local(host: &HeaderValue) -> bool {
    let host = host.to_str().unwrap_or("");
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::tests::wire::{exchange, request};

    #[test]
    fn what_is_shown_is_shown_to_who_asks_by_the_address() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let show: Arc<Show> = Arc::new(|path: &str| {
            (path == "/healthz").then(|| Shown { content_type: PLAIN, text: "ok\n".to_owned() })
        });
        let admin = Admin::start(listener, show).expect("it starts");
        let status = |request: &str| {
            let answer = exchange(admin.address(), request).expect("it answers");
            answer.split(' ').nth(1).unwrap_or("").to_owned()
        };
        let by = |host: &str, method: &str, path: &str| {
            request(method, path, "", "").replace("host: app.example", &format!("host: {host}"))
        };
        assert_eq!(status(&by("127.0.0.1:9", "GET", "/healthz")), "200");
        assert_eq!(status(&by("localhost:9", "HEAD", "/healthz")), "200");
        assert_eq!(status(&by("[::1]:9", "GET", "/none")), "404");
        assert_eq!(status(&by("127.0.0.1:9", "POST", "/healthz")), "405");
        assert_eq!(status(&by("evil.example", "GET", "/healthz")), "421");
    }
}
