//! Listens, hands requests to its threads, and stops without losing what is under way.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::serve::budget::Budget;
use crate::serve::fence::Fence;
use crate::serve::lane::Lane;
pub use crate::serve::lane::ToRecord;
use crate::serve::ledger::{Ledger, Unopened};
use crate::serve::limits::{HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADERS_MAX, STREAMS_MAX};
use crate::serve::pool::Pool;
use crate::serve::script::Script;
use crate::serve::upstream::Upstream;
use crate::serve::wait::Wait;
use crate::serve::worker::Worker;

/// How a proxy is to run.
#[derive(Clone)]
pub struct Settings {
    /// Threads that serve; each has its own connections.
    pub threads: usize,
    /// What the application is served from.
    pub legacy: Upstream,
    /// What keeps requests from legacy; none: nothing does.
    pub fence: Option<Arc<dyn Fence>>,
    /// What is asked beside it.
    pub new: Upstream,
    /// None: in clear.
    pub tls: Option<Arc<ServerConfig>>,
    /// The bound on what waits.
    pub budget: Budget,
    /// Where nothing is recorded: so many pairs wait to be shown, and what finds no place is forgotten at once. `None`: all are
    /// recorded.
    pub shown: Option<Budget>,
    /// Calls to new under way at once, over all threads.
    pub mirrors_max: usize,
    /// How long such a call may take.
    pub mirror_timeout: Duration,
    /// A body over this is not kept.
    pub body_bytes_max: usize,
    /// How long a stop waits for what is under way.
    pub shutdown_timeout: Duration,
    /// What time it is.
    pub clock: fn() -> jiff::Timestamp,
}

/// A proxy that runs.
pub struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

impl Serving {
    /// Serves what connects to the listener. Pairs go to `to_recorders`; it is closed when the last thread has stopped.
    pub fn start<S: Script>(
        listener: TcpListener,
        settings: &Settings,
        script: &Arc<S>,
        ledger: &Arc<Ledger>,
        to_recorders: &Sender<ToRecord<S::Ticket>>,
    ) -> io::Result<Serving> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let mut threads = Vec::new();
        for number in 0..settings.threads.max(1) {
            let thread = Thread {
                listener: listener.try_clone()?,
                settings: settings.clone(),
                script: script.clone(),
                ledger: ledger.clone(),
                to_recorders: to_recorders.clone(),
                stopped: stopped.clone(),
            };
            let named = std::thread::Builder::new().name(format!("serve-{number}"));
            threads.push(named.spawn(move || thread.run())?);
        }
        Ok(Serving { address, stop, threads })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new connection, ends what is under way within the limit, and answers when all threads have stopped.
    pub fn stop(self) -> io::Result<()> {
        let _ = self.stop.send(true);
        for thread in self.threads {
            thread.join().map_err(|_| io::Error::other("a thread of the proxy panicked"))??;
        }
        Ok(())
    }
}

struct Thread<S: Script> {
    listener: TcpListener,
    settings: Settings,
    script: Arc<S>,
    ledger: Arc<Ledger>,
    to_recorders: Sender<ToRecord<S::Ticket>>,
    stopped: watch::Receiver<bool>,
}

impl<S: Script> Thread<S> {
    fn run(self) -> io::Result<()> {
        let runtime =
            Builder::new_current_thread().enable_io().enable_time().build_local(LocalOptions::default())?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> io::Result<()> {
        let Thread { listener, settings, script, ledger, to_recorders, mut stopped } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let lane = Rc::new(Lane {
            script,
            legacy: Pool::passing(settings.legacy.clone(), settings.fence.clone()),
            new: Pool::asking(settings.new.clone()),
            wait: Wait::default(),
            budget: settings.budget.clone(),
            shown: settings.shown.clone(),
            clock: settings.clock,
            timeout: settings.mirror_timeout,
            body_bytes_max: settings.body_bytes_max,
            at_once_max: settings.mirrors_max.div_ceil(settings.threads.max(1)).max(1),
            to_recorders: Some(to_recorders).into(),
            waiting: Default::default(),
            open: Default::default(),
            tasks: Default::default(),
            idle: Default::default(),
            came: tokio::sync::Notify::new(),
            rest: tokio::sync::Notify::new(),
        });
        tokio::task::spawn_local(tick());
        let worker = Rc::new(Worker { lane: lane.clone(), ledger });
        let (open, mut all_closed) = tokio::sync::mpsc::channel::<Infallible>(1);
        loop {
            let accepted = {
                let mut accept = pin!(listener.accept());
                let mut stop = pin!(stopped.wait_for(|stop| *stop));
                std::future::poll_fn(|context| {
                    if stop.as_mut().poll(context).is_ready() {
                        return Poll::Ready(None);
                    }
                    accept.as_mut().poll(context).map(Some)
                })
                .await
            };
            match accepted {
                None => break,
                Some(Ok((stream, _))) => {
                    let connection = serve_connection(
                        stream,
                        settings.tls.clone(),
                        worker.clone(),
                        stopped.clone(),
                        open.clone(),
                    );
                    tokio::task::spawn_local(connection);
                }
                // Out of file descriptors, most often: what is open may close.
                Some(Err(_)) => {
                    worker.ledger.unopened(Unopened::NotAccepted);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        drop((listener, open, worker));
        let rest = async {
            let _ = all_closed.recv().await;
            while lane.open.get() > 0 {
                lane.rest.notified().await;
            }
        };
        let _ = tokio::time::timeout(settings.shutdown_timeout, rest).await;
        lane.give_up();
        lane.to_recorders.take();
        Ok(())
    }
}

/// A timer that is due before all others is told to the poller by a system call, and wakes it up for nothing. Where one is
/// always due within a second, those of single requests are never the first.
async fn tick() {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn serve_connection<S: Script>(
    stream: tokio::net::TcpStream,
    tls: Option<Arc<ServerConfig>>,
    worker: Rc<Worker<S>>,
    stopped: watch::Receiver<bool>,
    _open: tokio::sync::mpsc::Sender<Infallible>,
) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => over(TokioIo::new(stream), worker, stopped).await,
        Some(config) => {
            let accepting = tokio::time::timeout(HEAD_TIMEOUT, TlsAcceptor::from(config).accept(stream));
            match accepting.await {
                Ok(Ok(stream)) => over(TokioIo::new(stream), worker, stopped).await,
                Ok(Err(_)) | Err(_) => worker.ledger.unopened(Unopened::NoTls),
            }
        }
    }
}

async fn over<Io, S: Script>(io: Io, worker: Rc<Worker<S>>, mut stopped: watch::Receiver<bool>)
where
    Io: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let mut builder = auto::Builder::new(Here);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .preserve_header_case(true)
        .auto_date_header(false)
        .half_close(true);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS_MAX).auto_date_header(false);
    let service = service_fn(move |request| worker.clone().answer(request));
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stop = pin!(stopped.wait_for(|stop| *stop));
    let mut is_told = false;
    std::future::poll_fn(|context| {
        if !is_told && stop.as_mut().poll(context).is_ready() {
            is_told = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context)
    })
    .await
    // The caller has left, or sent what is no HTTP: nobody is there to be told.
    .unwrap_or_default();
}

/// Tasks of a connection stay on its thread.
#[derive(Clone, Copy)]
struct Here;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for Here {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(task);
    }
}
