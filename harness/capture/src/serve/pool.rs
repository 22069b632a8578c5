//! A thread's connections to one side.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use compare::model::{Failure, FailureKind};
use http::{Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::serve::fence::{Fence, Leave};
use crate::serve::heard::failure;
use crate::serve::limits::{CONNECT_TIMEOUT, HEAD_BYTES_MAX, HEADERS_MAX, IDLE_AGE_MAX, IDLE_MAX};
use crate::serve::outgoing::Outgoing;
use crate::serve::tls::is_tls;
use crate::serve::upstream::Upstream;

/// Connections of which none is used twice at once.
pub(in crate::serve) struct Pool {
    upstream: Upstream,
    fence: Option<Arc<dyn Fence>>,
    /// Whether headers keep the capitals of their names: somebody else reads them.
    keeps_case: bool,
    idle: RefCell<Vec<(SendRequest<Outgoing>, Instant)>>,
}

/// A connection in use. Given back when the answer was read to its end; closed when dropped before.
pub(in crate::serve) struct Lease {
    sender: SendRequest<Outgoing>,
    home: Rc<Pool>,
    leave: Option<Box<dyn Leave>>,
}

impl Lease {
    pub(in crate::serve) fn give_back(self) {
        if let Some(leave) = self.leave {
            leave.ended();
        }
        let mut idle = self.home.idle.borrow_mut();
        if idle.len() < IDLE_MAX && !self.sender.is_closed() {
            idle.push((self.sender, Instant::now()));
        }
    }
}

impl Pool {
    /// Of the side whose answers the caller gets.
    pub(in crate::serve) fn passing(upstream: Upstream, fence: Option<Arc<dyn Fence>>) -> Rc<Pool> {
        Rc::new(Pool { upstream, fence, keeps_case: true, idle: RefCell::default() })
    }

    /// Of a side whose answers nobody gets but us.
    pub(in crate::serve) fn asking(upstream: Upstream) -> Rc<Pool> {
        Rc::new(Pool { upstream, fence: None, keeps_case: false, idle: RefCell::default() })
    }

    pub(in crate::serve) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Sends a request and answers the response's head. What the fence holds back is refused, and is not sent.
    ///
    /// A connection that the side closed while it was idle never got the request: it is sent on another one. What may
    /// have been sent is never sent twice.
    pub(in crate::serve) async fn send(
        self: &Rc<Pool>,
        mut request: Request<Outgoing>,
    ) -> Result<(Response<Incoming>, Lease), Failure> {
        let leave = match &self.fence {
            Some(fence) => {
                let leave = fence.leave(request.headers(), request.uri());
                Some(leave.map_err(|why| failure(FailureKind::Refused, why))?)
            }
            None => None,
        };
        request.headers_mut().insert(header::HOST, self.upstream.authority.clone());
        while let Some(mut sender) = self.idle() {
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, Lease { sender, home: self.clone(), leave })),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(of_hyper(&error.into_error())),
                },
            }
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(|error| of_hyper(&error))?;
        Ok((response, Lease { sender, home: self.clone(), leave }))
    }

    fn idle(&self) -> Option<SendRequest<Outgoing>> {
        let mut idle = self.idle.borrow_mut();
        let (sender, since) = idle.pop()?;
        if since.elapsed() < IDLE_AGE_MAX {
            return Some(sender);
        }
        // The last one given back is the youngest.
        idle.clear();
        None
    }

    async fn connect(&self) -> Result<SendRequest<Outgoing>, Failure> {
        let made = tokio::time::timeout(CONNECT_TIMEOUT, self.handshake()).await;
        made.unwrap_or_else(|_| Err(failure(FailureKind::Connect, "no connection in time")))
    }

    async fn handshake(&self) -> Result<SendRequest<Outgoing>, Failure> {
        let Pool { upstream: Upstream { host, port, tls, .. }, keeps_case, .. } = self;
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| of_io(&error))?;
        stream.set_nodelay(true).map_err(|error| of_io(&error))?;
        match tls {
            None => over(TokioIo::new(stream), *keeps_case).await,
            Some((config, name)) => {
                let connector = TlsConnector::from(config.clone());
                let stream = connector.connect(name.clone(), stream).await;
                let tls = |error: io::Error| failure(FailureKind::Tls, error.to_string());
                over(TokioIo::new(stream.map_err(tls)?), *keeps_case).await
            }
        }
    }
}

async fn over<Io>(io: Io, keeps_case: bool) -> Result<SendRequest<Outgoing>, Failure>
where
    Io: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let mut builder = Builder::new();
    builder.max_headers(HEADERS_MAX).max_buf_size(HEAD_BYTES_MAX).preserve_header_case(keeps_case);
    let (sender, connection) = builder.handshake(io).await.map_err(|error| of_hyper(&error))?;
    tokio::task::spawn_local(async move {
        // Whoever waits for an answer is told of the error.
        let _ = connection.await;
    });
    Ok(sender)
}

fn of_io(error: &io::Error) -> Failure {
    failure(FailureKind::Connect, error.to_string())
}

/// The class of an error of the connection.
pub(in crate::serve) fn of_hyper(error: &hyper::Error) -> Failure {
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    let kind = match io {
        Some(io) if is_tls(io) => FailureKind::Tls,
        Some(io) if io.kind() == io::ErrorKind::ConnectionRefused => FailureKind::Connect,
        Some(_) => FailureKind::Reset,
        None if error.is_parse() || error.is_parse_too_large() => FailureKind::Protocol,
        None => FailureKind::Reset,
    };
    failure(kind, error.to_string())
}
