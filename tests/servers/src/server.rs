//! One server on loopback, on a thread of its own, until it is dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::asked::Asked;
use crate::faces::{Face, oauth};
use crate::fault::{Fault, Planted, put};
use crate::ledger::{Effect, Ledger, Received};
use crate::reply::{Content, Reply};
use crate::upstream::Upstream;
use crate::world::{Shared, World};

mod sending;

use sending::Sending;

/// No test sends more; a request that is larger is refused.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    face: Face,
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    face: Face,
    shared: Shared,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    planted: Vec<Planted>,
    /// What the upstream was like when [`Fault::Stale`] was switched on.
    stale: Option<Upstream>,
    ledger: Ledger,
    pending: Vec<Pending>,
    /// For [`Fault::Again`].
    last: Option<Reply>,
}

/// Something that happens to the world when a certain request arrives.
struct Pending {
    at: u64,
    happens: Change,
}

/// What happens to the world, at a moment in milliseconds since 1970.
type Change = Box<dyn FnOnce(&mut World, i64) + Send>;

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "State({})", self.face.name())
    }
}

impl Server {
    /// Starts a server on a free port.
    pub fn start(face: Face, shared: &Shared) -> io::Result<Server> {
        Server::start_at(face, shared, 0)
    }

    /// Starts a server on a port of loopback.
    pub fn start_at(face: Face, shared: &Shared, port: u16) -> io::Result<Server> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { face, shared: shared.clone(), inner: Mutex::default() });
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = Arc::clone(&state);
        let run = move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
            // Connections that hang on purpose must not hold the test up.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name(format!("server-{}", face.name())).spawn(run)?;
        Ok(Server { face, address, state, stop: Some(stop), thread: Some(thread) })
    }

    /// Which service it is.
    pub fn face(&self) -> Face {
        self.face
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Switches a fault on, beside those that are.
    pub fn plant(&self, planted: Planted) {
        let stale = matches!(planted.fault, Fault::Stale).then(|| self.state.shared.world().upstream.clone());
        let mut inner = self.state.inner();
        inner.stale = stale.or(inner.stale.take());
        inner.planted.push(planted);
    }

    /// Switches all faults off.
    pub fn heal(&self) {
        let mut inner = self.state.inner();
        inner.planted.clear();
        inner.stale = None;
    }

    /// When the n-th request from now arrives, before it is answered, something happens to the world.
    pub fn on_request(&self, number: u64, happens: impl FnOnce(&mut World, i64) + Send + 'static) {
        let mut inner = self.state.inner();
        let at = inner.ledger.total + number;
        inner.pending.push(Pending { at, happens: Box::new(happens) });
    }

    /// What was to happen and has not happened does not.
    pub fn forget(&self) {
        self.state.inner().pending.clear();
    }

    /// What has reached it so far.
    pub fn ledger(&self) -> Ledger {
        self.state.inner().ledger.clone()
    }

    /// How many requests have reached it so far.
    pub fn received(&self) -> u64 {
        self.state.inner().ledger.total
    }
}

impl Drop for Server {
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

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: std::net::TcpListener, state: Arc<State>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers would wait for acknowledgements of the ones before.
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream, Arc::clone(&state)));
    }
}

/// What is to become of a request beside its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Whole,
    Hang,
    Reset,
    ResetMidway,
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let Ok(stream) = stream.into_std() else { return };
    // A second handle, by which a reset is asked for while the first is the server's.
    let Ok(second) = stream.try_clone() else { return };
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let second = &second;
    let service = service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            let (parts, body) = request.into_parts();
            let body = match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => return Ok(Sending::respond(Reply::empty(413), Ending::Whole)),
            };
            let asked = Asked::new(parts, body);
            // In a task of its own: what was begun is done, also when the caller goes.
            let decided = tokio::spawn(async move { decide(&state, asked).await }).await;
            let (reply, ending, delay) = decided.map_err(io::Error::other)?;
            tokio::time::sleep(delay).await;
            match ending {
                Ending::Hang => std::future::pending::<Result<Response<Sending>, io::Error>>().await,
                Ending::Reset => {
                    abort(second);
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
                Ending::ResetMidway => {
                    abort(second);
                    Ok(Sending::respond(reply, ending))
                }
                Ending::Whole => Ok(Sending::respond(reply, ending)),
            }
        }
    });
    // What goes wrong here was planted, or the client left.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// From now on closing the connection sends a reset: what was not sent is thrown away.
fn abort(stream: &std::net::TcpStream) {
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Writes the request down, lets happen what is due, and makes the answer with the faults that befall it.
async fn decide(state: &State, asked: Asked) -> (Reply, Ending, Duration) {
    let Told { number, due, faults, stale } = told(state, &asked);
    let skew: i64 = faults.iter().map(|fault| if let Fault::ClockSkew(ms) = fault { *ms } else { 0 }).sum();
    let now_ms = state.shared.clock.now_ms() + skew;
    let mut is_lost = false;
    {
        let mut world = state.shared.world();
        for pending in due {
            (pending.happens)(&mut world, now_ms);
        }
        if state.face == Face::OAuth {
            is_lost = oauth::is_lost(&asked, &mut world);
        }
    }
    let refusal = faults.iter().find_map(|fault| match fault {
        Fault::Refused(status) => Some(state.face.error(*status)),
        Fault::Again => state.inner().last.clone(),
        _ => None,
    });
    let mut befallen = Vec::new();
    let mut reply = match refusal {
        Some(reply) => reply,
        None => {
            if faults.iter().any(|fault| matches!(fault, Fault::Twice)) {
                answer(state, asked.clone(), now_ms, stale.clone(), &mut befallen).await;
            }
            answer(state, asked, now_ms, stale, &mut befallen).await
        }
    };
    state.inner().last = Some(reply.clone());
    let (ending, delay) = befall(&mut reply, state.face, faults, &mut befallen);
    let mut inner = state.inner();
    inner.ledger.befell(number, befallen);
    if reply.status == 429 {
        inner.ledger.throttled += 1;
    }
    drop(inner);
    (dated(reply, now_ms), if is_lost { Ending::Reset } else { ending }, delay)
}

/// The answer without faults: what a provider does of its linked accounts first, with nothing locked while it asks others. One that is
/// stale befalls a request where a fresh one had been another.
async fn answer(
    state: &State,
    mut asked: Asked,
    now_ms: i64,
    mut stale: Option<Upstream>,
    befallen: &mut Vec<&'static str>,
) -> Reply {
    let is_linked = state.shared.links(|links| links.oauth.is_some());
    if is_linked && let Some(reply) = state.face.linked(&mut asked, &state.shared, now_ms).await {
        return reply;
    }
    let mut world = state.shared.world();
    let Some(stale) = &mut stale else { return state.face.answer(&asked, &mut world, now_ms) };
    // Only what reads is asked twice.
    let fresh = (state.face.effect(&asked) == Effect::Reads)
        .then(|| without_counting(state.face, &asked, &mut world, now_ms));
    std::mem::swap(&mut world.upstream, stale);
    let reply = state.face.answer(&asked, &mut world, now_ms);
    std::mem::swap(&mut world.upstream, stale);
    befallen.extend(fresh.is_some_and(|fresh| fresh != reply.content).then(|| Fault::Stale.name()));
    reply
}

/// What befalls a request.
struct Told {
    /// The request's, in the ledger.
    number: u64,
    due: Vec<Pending>,
    faults: Vec<Fault>,
    stale: Option<Upstream>,
}

fn told(state: &State, asked: &Asked) -> Told {
    let effect = state.face.effect(asked);
    let headers = asked.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let received = Received {
        number: 0,
        method: asked.method.clone(),
        target: asked.target.clone(),
        headers: headers.collect(),
        body: asked.body.to_vec(),
        effect,
        befallen: Vec::new(),
    };
    let path = asked.target.split('?').next().unwrap_or("");
    let mut inner = state.inner();
    let (total, pending) = (inner.ledger.add(received), std::mem::take(&mut inner.pending));
    let (due, later) = pending.into_iter().partition(|pending: &Pending| pending.at <= total);
    inner.pending = later;
    let faults: Vec<Fault> = inner
        .planted
        .iter_mut()
        .filter_map(|planted| planted.befalls(path).then(|| planted.fault.clone()))
        .collect();
    let stale = inner.stale.clone().filter(|_| faults.iter().any(|fault| matches!(fault, Fault::Stale)));
    Told { number: total, due, faults, stale }
}

/// An answer that is only looked at: it costs the caller nothing.
fn without_counting(face: Face, asked: &Asked, world: &mut World, now_ms: i64) -> Content {
    let meter = world.meter.clone();
    let reply = face.answer(asked, world, now_ms);
    world.meter = meter;
    reply.content
}

/// Lets faults befall an answer; those that make it another are added to `befallen`.
fn befall(
    reply: &mut Reply,
    face: Face,
    faults: Vec<Fault>,
    befallen: &mut Vec<&'static str>,
) -> (Ending, Duration) {
    let (mut ending, mut delay) = (Ending::Whole, Duration::ZERO);
    for fault in faults {
        let name = fault.name();
        let is_other = match &fault {
            Fault::WrongField { pointer, value } => match &mut reply.content {
                Content::Json(body) => put(body, pointer, value),
                Content::Empty | Content::Whole(_) | Content::Chunks { .. } | Content::Flood { .. } => false,
            },
            Fault::TornJson => matches!(reply.content, Content::Json(_)),
            // It was told before the answer was made.
            Fault::Stale => false,
            Fault::Slow(_)
            | Fault::Hang
            | Fault::Reset
            | Fault::ResetMidway
            | Fault::Flood { .. }
            | Fault::Status(_)
            | Fault::Refused(_)
            | Fault::Twice
            | Fault::Again
            | Fault::ClockSkew(_) => true,
        };
        befallen.extend(is_other.then_some(name));
        match fault {
            Fault::Slow(by) => delay += by,
            Fault::Hang => ending = Ending::Hang,
            Fault::Reset => ending = Ending::Reset,
            Fault::ResetMidway => ending = Ending::ResetMidway,
            Fault::Flood { bytes, pause } => reply.content = Content::Flood { bytes, pause },
            Fault::Status(status) => *reply = face.error(status),
            Fault::TornJson => {
                if let Content::Json(body) = &reply.content {
                    let mut text = body.to_string().into_bytes();
                    text.truncate(text.len() / 2);
                    reply.content = Content::Whole(Bytes::from(text));
                }
            }
            Fault::WrongField { .. }
            | Fault::Stale
            | Fault::ClockSkew(_)
            | Fault::Refused(_)
            | Fault::Twice
            | Fault::Again => {}
        }
    }
    (ending, delay)
}

/// With the server's own time, which is how a caller measures how far its clock is off.
fn dated(reply: Reply, now_ms: i64) -> Reply {
    let date = jiff::Timestamp::from_millisecond(now_ms).ok();
    let date = date.map(|moment| moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    match date {
        Some(date) => reply.with("date", date),
        None => reply,
    }
}
