//! A proxy over the crate alone, for measuring: `proxy LISTEN LEGACY NEW plain|mirror`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for people who measure")]

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;

use capture::budget::Budget;
use capture::heard::Heard;
use capture::ledger::{Dropped, Ledger, Passed};
use capture::script::{Ask, Asks, Route, Script, Witness};
use capture::serve::{Serving, Settings, ToRecord};
use capture::upstream::Upstream;
use capture::{limits, tls};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct All(bool);

impl Script for All {
    type Ticket = ();

    fn route(&self, _: &http::request::Parts) -> Route<()> {
        if self.0 { Route::Mirror(()) } else { Route::Pass(Passed::NotSampled) }
    }

    fn ask(&self, (): &(), legacy: &Heard) -> Result<Asks, Dropped> {
        let new = Ask {
            method: legacy.method.clone(),
            target: legacy.target.clone(),
            headers: legacy.headers.clone(),
            body: legacy.body.clone(),
        };
        Ok(Asks { new, source: None, repeat: false })
    }

    fn next(&self, (): &(), _: Witness, _: &[Heard]) -> Result<Option<Ask>, Dropped> {
        Ok(None)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let tls = tls::client(None).expect("the authorities are built in");
    let upstream = |base: &str| Upstream::new(base, &tls).expect("an address");
    let settings = Settings {
        threads: 1,
        legacy: upstream(&arguments[2]),
        new: upstream(&arguments[3]),
        tls: None,
        budget: Budget::new(limits::MEMORY_BYTES),
        mirrors_max: limits::MIRRORS_MAX,
        mirror_timeout: limits::MIRROR_TIMEOUT,
        body_bytes_max: limits::BODY_BYTES_MAX,
        shutdown_timeout: limits::SHUTDOWN_TIMEOUT,
        clock: jiff::Timestamp::now,
    };
    let (sender, receiver) = channel::<ToRecord<()>>();
    let ledger = Arc::new(Ledger::default());
    let script = Arc::new(All(arguments[4] != "plain"));
    let listener = TcpListener::bind(&arguments[1]).expect("the address is free");
    let serving = Serving::start(listener, &settings, &script, &ledger, &sender).expect("it starts");
    println!("{}", serving.address());
    for ToRecord { offer, .. } in receiver {
        offer.recorded();
        if ledger.counts().recorded % 100_000 == 0 {
            eprintln!("{:?}", ledger.counts());
        }
    }
}
