//! The proxy between a caller that speaks plain sockets and servers that go wrong on purpose.

mod faults;
mod fenced;
mod passing;
mod secure;
mod stopping;
pub mod wire;

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::serve::budget::Budget;
use crate::serve::fence::Fence;
use crate::serve::heard::Heard;
use crate::serve::ledger::{Counts, Dropped, Ledger, Passed};
use crate::serve::script::{Ask, Asks, Captured, Route, Script, Witness};
use crate::serve::serving::{Serving, Settings, ToRecord};
use crate::serve::tls;
use crate::serve::upstream::Upstream;

/// Mirrors what reads, as it was asked; a search by POST is declared to read.
struct Same {
    repeat: bool,
}

impl Script for Same {
    type Ticket = ();

    fn route(&self, head: &http::request::Parts) -> Route<()> {
        let is_search = head.method == http::Method::POST && head.uri.path().ends_with("/search");
        if head.method.is_safe() || is_search { Route::Mirror(()) } else { Route::Pass(Passed::Unsafe) }
    }

    fn ask(&self, (): &(), legacy: &Heard) -> Result<Asks, Dropped> {
        let new = Ask {
            method: legacy.method.clone(),
            target: legacy.target.clone(),
            headers: legacy.headers.clone(),
            body: legacy.body.clone(),
        };
        Ok(Asks { new, source: None, repeat: self.repeat })
    }

    fn permit(&self, (): &(), _: Witness) -> Result<(), Duration> {
        Ok(())
    }

    fn next(&self, (): &(), _: Witness, _: &[Heard]) -> Result<Option<Ask>, Dropped> {
        Ok(None)
    }
}

/// What a test may set apart.
struct Set {
    memory: usize,
    mirrors: usize,
    timeout: Duration,
    body_bytes_max: usize,
    shutdown: Duration,
    repeat: bool,
    fence: Option<Arc<dyn Fence>>,
    tls: Option<Arc<rustls::ServerConfig>>,
    authorities: Option<&'static [u8]>,
}

impl Default for Set {
    fn default() -> Set {
        Set {
            memory: 64 << 20,
            mirrors: 4,
            timeout: Duration::from_millis(300),
            body_bytes_max: 4 << 20,
            shutdown: Duration::from_secs(5),
            repeat: false,
            fence: None,
            tls: None,
            authorities: None,
        }
    }
}

/// A proxy that runs, and what it recorded.
struct Proxy {
    serving: Option<Serving>,
    ledger: Arc<Ledger>,
    budget: Budget,
    recorded: Arc<Mutex<Vec<Captured<()>>>>,
    recorder: Option<JoinHandle<()>>,
}

impl Proxy {
    fn start(legacy: &str, new: &str, set: &Set) -> Proxy {
        let authorities = tls::client(set.authorities).expect("they are certificates");
        let side = |base: &str| Upstream::new(base, &authorities).expect("it is an address");
        let budget = Budget::new(set.memory);
        let settings = Settings {
            threads: 2,
            legacy: side(legacy),
            fence: set.fence.clone(),
            new: side(new),
            tls: set.tls.clone(),
            budget: budget.clone(),
            shown: None,
            mirrors_max: set.mirrors,
            mirror_timeout: set.timeout,
            body_bytes_max: set.body_bytes_max,
            shutdown_timeout: set.shutdown,
            clock: || jiff::Timestamp::UNIX_EPOCH,
        };
        let (sender, receiver) = channel();
        let ledger = Arc::new(Ledger::default());
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let script = Arc::new(Same { repeat: set.repeat });
        let serving = Serving::start(listener, &settings, &script, &ledger, &sender).expect("it starts");
        let recorded = Arc::default();
        let recorder = std::thread::spawn({
            let recorded = Arc::clone(&recorded);
            move || record(&receiver, &recorded)
        });
        Proxy { serving: Some(serving), ledger, budget, recorded, recorder: Some(recorder) }
    }

    fn address(&self) -> SocketAddr {
        self.serving.as_ref().expect("it runs").address()
    }

    /// Waits until nothing is under way.
    fn at_rest(&self) -> Counts {
        let started = Instant::now();
        loop {
            let counts = self.ledger.counts();
            if counts.under_way() == 0 && self.budget.used() == 0 {
                return counts;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "still under way: {counts:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops, and answers the final counts and what was recorded.
    fn stop(mut self) -> (Counts, Vec<Captured<()>>) {
        self.serving.take().expect("it runs").stop().expect("its threads end");
        self.recorder.take().expect("it runs").join().expect("it ends when the proxy does");
        let recorded = std::mem::take(&mut *self.recorded.lock().expect("nobody panicked with it"));
        (self.ledger.counts(), recorded)
    }
}

fn record(receiver: &Receiver<ToRecord<()>>, recorded: &Mutex<Vec<Captured<()>>>) {
    for ToRecord { captured, offer, room } in receiver {
        recorded.lock().expect("nobody panicked with it").push(captured);
        offer.recorded();
        drop(room);
    }
}

/// The reasons that are not nothing.
fn nonzero(list: &[(&'static str, u64)]) -> Vec<(&'static str, u64)> {
    list.iter().copied().filter(|(_, count)| *count > 0).collect()
}
