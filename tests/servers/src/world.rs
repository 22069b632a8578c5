//! What all servers of a test share: the upstream, the limits, the time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::limits::{Limits, Meter};
use crate::links::Links;
use crate::oauth::authority::Authority;
use crate::seed::{self, Seed};
use crate::upstream::Upstream;

/// What is behind the servers.
#[derive(Debug)]
pub struct World {
    /// The customers' systems.
    pub upstream: Upstream,
    /// What callers are held to.
    pub limits: Limits,
    /// What they have used of it.
    pub meter: Meter,
    /// What the OAuth server in Rust knows.
    pub authority: Authority,
    /// The linked accounts, as the providers keep them.
    pub links: Links,
}

/// The world, for several servers.
#[derive(Clone, Debug)]
pub struct Shared {
    world: Arc<Mutex<World>>,
    /// The time that all live in; a server's clock may be set apart from it by a fault.
    pub clock: Arc<Clock>,
}

impl Shared {
    /// Makes the content of a seed.
    pub fn new(seed: &Seed, limits: Limits, clock: Clock) -> Shared {
        let world = World {
            upstream: seed::upstream(seed),
            limits,
            meter: Meter::default(),
            authority: Authority::default(),
            links: Links::default(),
        };
        Shared { world: Arc::new(Mutex::new(world)), clock: Arc::new(clock) }
    }

    /// The linked accounts, for as long as the function runs.
    pub fn links<R>(&self, act: impl FnOnce(&mut Links) -> R) -> R {
        act(&mut self.world().links)
    }

    /// The world, for as long as the guard lives; no server answers meanwhile.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
