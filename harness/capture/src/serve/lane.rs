//! What happens behind the caller's back: new is asked, then the pair goes to be recorded.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use bytes::Bytes;
use compare::model::{Failure, FailureKind};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use hyper::body::Incoming;

use crate::serve::budget::{Budget, Share};
use crate::serve::headers::{detached, length_of};
use crate::serve::heard::{Answer, Heard, failure};
use crate::serve::ledger::{Dropped, Offer};
use crate::serve::limits::{CAPTURE_BYTES, PAGES_MAX};
use crate::serve::outgoing::{Kept, Outgoing, Torn};
use crate::serve::pool::{Lease, Pool, of_hyper};
use crate::serve::script::{Ask, Asks, Captured, Script, Witness};
use crate::serve::wait::Wait;

/// A pair's parts with the room that they take, on their way to be recorded.
pub struct ToRecord<Ticket> {
    /// The parts.
    pub captured: Captured<Ticket>,
    /// To be told when the pair is durable.
    pub offer: Offer,
    /// Given back when it is dropped.
    pub room: Vec<Share>,
}

/// A thread's mirrors: so many at once, the others wait in turn.
pub(in crate::serve) struct Lane<S: Script> {
    pub(in crate::serve) script: Arc<S>,
    pub(in crate::serve) legacy: Rc<Pool>,
    pub(in crate::serve) new: Rc<Pool>,
    pub(in crate::serve) wait: Wait,
    pub(in crate::serve) budget: Budget,
    pub(in crate::serve) shown: Option<Budget>,
    pub(in crate::serve) clock: fn() -> jiff::Timestamp,
    pub(in crate::serve) timeout: Duration,
    pub(in crate::serve) body_bytes_max: usize,
    pub(in crate::serve) at_once_max: usize,
    pub(in crate::serve) to_recorders: RefCell<Option<Sender<ToRecord<S::Ticket>>>>,
    pub(in crate::serve) waiting: RefCell<VecDeque<Job<S>>>,
    /// Mirrors that wait or are under way.
    pub(in crate::serve) open: Cell<usize>,
    /// Tasks that carry mirrors out, one after another, and those of them that have none now.
    pub(in crate::serve) tasks: Cell<usize>,
    pub(in crate::serve) idle: Cell<usize>,
    pub(in crate::serve) came: tokio::sync::Notify,
    pub(in crate::serve) rest: tokio::sync::Notify,
}

/// A request that legacy is being asked, and new will be.
pub(in crate::serve) struct Open<S: Script> {
    lane: Rc<Lane<S>>,
    offer: Offer,
    ticket: S::Ticket,
    asked: Asked,
    room: Share,
}

/// A request as it was sent.
pub(in crate::serve) struct Asked {
    pub(in crate::serve) started_at: jiff::Timestamp,
    pub(in crate::serve) started: Instant,
    pub(in crate::serve) method: Method,
    pub(in crate::serve) target: String,
    pub(in crate::serve) headers: HeaderMap,
    /// None: no body.
    pub(in crate::serve) body: Option<Kept>,
}

/// A mirror that waits for its turn.
pub(in crate::serve) struct Job<S: Script> {
    offer: Offer,
    ticket: S::Ticket,
    legacy: Heard,
    room: Vec<Share>,
}

impl<S: Script> Open<S> {
    pub(in crate::serve) fn new(
        lane: Rc<Lane<S>>,
        offer: Offer,
        ticket: S::Ticket,
        asked: Asked,
        room: Share,
    ) -> Open<S> {
        Open { lane, offer, ticket, asked, room }
    }

    pub(in crate::serve) fn dropped(self, why: Dropped) {
        self.offer.dropped(why);
    }

    /// Legacy has answered, or failed: the mirror may begin.
    pub(in crate::serve) fn answered(self, outcome: Result<Answer, Failure>, room: Option<Share>) {
        let Open { lane, mut offer, ticket, asked, room: first } = self;
        offer.otherwise(Dropped::Stopped);
        let mut shares = vec![first];
        shares.extend(room);
        let body = match asked.body.as_ref().map(Kept::take) {
            None => Bytes::new(),
            Some(Ok((body, room))) => {
                shares.push(room);
                body
            }
            Some(Err(Torn::NoRoom)) => return offer.dropped(Dropped::QueueFull),
            Some(Err(Torn::TooLarge)) => return offer.dropped(Dropped::TooLarge),
        };
        let legacy = Heard {
            started_at: asked.started_at,
            elapsed: asked.started.elapsed(),
            target: asked.target,
            method: asked.method,
            headers: asked.headers,
            body,
            outcome,
        };
        lane.add(Job { offer, ticket, legacy, room: shares });
    }
}

impl<S: Script> Lane<S> {
    fn add(self: &Rc<Self>, job: Job<S>) {
        self.open.set(self.open.get() + 1);
        self.waiting.borrow_mut().push_back(job);
        if self.idle.get() > 0 {
            // Told off here, so that the next one does not count on the same task.
            self.idle.set(self.idle.get() - 1);
            self.came.notify_one();
        } else if self.tasks.get() < self.at_once_max {
            self.tasks.set(self.tasks.get() + 1);
            tokio::task::spawn_local(self.clone().carry_out());
        }
    }

    /// Carries mirrors out, for as long as the thread runs: a task for each would be made and moved anew for each.
    async fn carry_out(self: Rc<Self>) {
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(job) = next else {
                self.idle.set(self.idle.get() + 1);
                self.came.notified().await;
                continue;
            };
            self.run(job).await;
            self.open.set(self.open.get().saturating_sub(1));
            if self.open.get() == 0 {
                self.rest.notify_one();
            }
        }
    }

    /// Everything that waits is given up.
    pub(in crate::serve) fn give_up(&self) {
        let given_up = self.waiting.take().len();
        self.open.set(self.open.get().saturating_sub(given_up));
    }

    async fn run(&self, job: Job<S>) {
        let Job { mut offer, ticket, legacy, mut room } = job;
        let Asks { new, source, repeat } = match self.script.ask(&ticket, &legacy) {
            Ok(asks) => asks,
            Err(why) => return offer.dropped(why),
        };
        let again = repeat.then(|| again(&legacy));
        let walk = |witness, pages, first| self.walk(&ticket, witness, pages, first);
        let heard = async {
            let legacy = walk(Witness::Legacy, vec![legacy], None).await?;
            let new = walk(Witness::New, Vec::new(), Some(new)).await?;
            let source = walk(Witness::Source, Vec::new(), source).await?;
            let repeat = walk(Witness::Legacy, Vec::new(), again).await?;
            Ok([legacy, new, source, repeat])
        };
        let [legacy, new, source, repeat] = match heard.await {
            Ok(heard) => heard.map(|walked| {
                room.extend(walked.room);
                walked.pages
            }),
            Err(why) => return offer.dropped(why),
        };
        let captured = Captured { ticket, legacy, new, source, repeat };
        if let Some(places) = &self.shown {
            let Some(place) = places.take(1) else { return offer.recorded() };
            room.push(place);
        }
        offer.otherwise(Dropped::NotRecorded);
        if let Some(sender) = &*self.to_recorders.borrow() {
            // Where nobody records any more the offer comes back, and is counted as it is let go.
            let _ = sender.send(ToRecord { captured, offer, room });
        }
    }

    /// Asks a witness for the first page, unless it is there, and for those that follow, up to the end or a failure.
    async fn walk(
        &self,
        ticket: &S::Ticket,
        witness: Witness,
        mut pages: Vec<Heard>,
        first: Option<Ask>,
    ) -> Result<Walked, Dropped> {
        let pool = match witness {
            Witness::Legacy => &self.legacy,
            Witness::New | Witness::Source => &self.new,
        };
        let mut room = Vec::new();
        let mut next = first;
        loop {
            if let Some(ask) = next {
                self.leave(ticket, witness).await?;
                let (heard, share) = self.ask(pool, ask).await?;
                pages.push(heard);
                room.extend(share);
            }
            match pages.last() {
                Some(Heard { outcome: Ok(_), .. }) => {}
                Some(Heard { outcome: Err(_), .. }) | None => return Ok(Walked { pages, room }),
            }
            next = self.script.next(ticket, witness, &pages)?;
            if next.is_none() {
                return Ok(Walked { pages, room });
            }
            if pages.len() >= PAGES_MAX {
                return Err(Dropped::TooLong);
            }
        }
    }

    /// Waits for leave to ask, no longer than for an answer.
    async fn leave(&self, ticket: &S::Ticket, witness: Witness) -> Result<(), Dropped> {
        let until = Instant::now() + self.timeout;
        while let Err(wait) = self.script.permit(ticket, witness) {
            if Instant::now() + wait > until {
                return Err(Dropped::OverBudget);
            }
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
        Ok(())
    }

    /// Asks a side; its failure is an answer too.
    async fn ask(&self, pool: &Rc<Pool>, ask: Ask) -> Result<(Heard, Option<Share>), Dropped> {
        let started_at = (self.clock)();
        let started = Instant::now();
        let room = self.budget.take(CAPTURE_BYTES).ok_or(Dropped::QueueFull)?;
        let copy = Kept::new(room, self.body_bytes_max);
        let asking = tokio::time::timeout(self.timeout, fetch(pool, &ask, &copy)).await;
        let timeout = || {
            let detail = format!("no whole answer in {} ms", self.timeout.as_millis());
            Err(Fetched::Failed(failure(FailureKind::Timeout, detail)))
        };
        let mut room = None;
        let outcome = match asking.unwrap_or_else(|_| timeout()) {
            Ok((status, headers)) => {
                let (body, share) = copy.take().map_err(|_| Dropped::QueueFull)?;
                room = Some(share);
                Ok(Answer { status, headers, body })
            }
            Err(Fetched::Failed(failure)) => Err(failure),
            Err(Fetched::Torn(Torn::TooLarge)) => {
                let detail = format!("its body has more than {} bytes", self.body_bytes_max);
                Err(failure(FailureKind::TooLarge, detail))
            }
            Err(Fetched::Torn(Torn::NoRoom)) => return Err(Dropped::QueueFull),
        };
        let Ask { method, target, headers, body } = ask;
        let elapsed = started.elapsed();
        Ok((Heard { started_at, elapsed, method, target, headers, body, outcome }, room))
    }
}

/// What a witness said.
struct Walked {
    pages: Vec<Heard>,
    room: Vec<Share>,
}

/// The same request once more.
fn again(heard: &Heard) -> Ask {
    Ask {
        method: heard.method.clone(),
        target: heard.target.clone(),
        headers: heard.headers.clone(),
        body: heard.body.clone(),
    }
}

enum Fetched {
    Failed(Failure),
    Torn(Torn),
}

async fn fetch(pool: &Rc<Pool>, ask: &Ask, copy: &Kept) -> Result<(http::StatusCode, HeaderMap), Fetched> {
    let refused = |why: String| Fetched::Failed(failure(FailureKind::Protocol, why));
    let target =
        ask.target.parse().map_err(|error| refused(format!("not a target of a request: {error}")))?;
    let target = pool.upstream().target(&target).ok_or_else(|| refused("its path is too long".to_owned()))?;
    let body = (!ask.body.is_empty()).then(|| ask.body.clone());
    let mut request = Request::new(Outgoing::Whole(body));
    *request.method_mut() = ask.method.clone();
    *request.uri_mut() = target;
    *request.headers_mut() = ask.headers.clone();
    let (response, lease) = pool.send(request).await.map_err(Fetched::Failed)?;
    let (head, body) = response.into_parts();
    // What announces more than is kept is not read at all.
    if let Some(length) = length_of(&head.headers).filter(|_| !body.is_end_stream()) {
        copy.announced(length).map_err(Fetched::Torn)?;
    }
    drain(body, lease, copy).await?;
    Ok((head.status, detached(&head.headers)))
}

async fn drain(mut body: Incoming, lease: Lease, copy: &Kept) -> Result<(), Fetched> {
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Fetched::Failed(failure(FailureKind::Reset, of_hyper(&error).detail)))?;
        if let Some(data) = frame.data_ref()
            && let Err(torn) = copy.push(data)
        {
            return Err(Fetched::Torn(torn));
        }
    }
    lease.give_back();
    Ok(())
}
