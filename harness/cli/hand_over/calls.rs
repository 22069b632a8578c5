//! Calls of the hand-over: made, timed against the other's clock, and their answers told apart by what they mean for a token.

use std::sync::Mutex;
use std::time::Duration;

use compare::model::{Body, FailureKind};
use handover::edge::Trouble;
use handover::expiry::Skew;
use handover::machine::Cure;
use providers::asked::{Asked, Effect};
use providers::client::{Answer, Called};
use providers::profile::{Is, Profile};
use providers::provider::Patience;
use providers::rate::http_date;
use providers::tokens::CallAt;
use providers::wait::values;

use super::cast::Player;
use handover::connector::{Names, request};

/// Who asks for more patience than this is asked again by a person.
const THROTTLED_MS_MAX: u64 = 120_000;
/// A code is a word; what is longer is a text, and may quote what was sent.
const CODE_CHARS_MAX: usize = 60;

/// A provider as the hand-over asks it.
pub struct Desk<'c> {
    player: &'c Player,
    skew: Mutex<Skew>,
}

/// An answer that did what it was asked for.
pub struct Told {
    /// HTTP's.
    pub status: u16,
    /// JSON, or nothing.
    pub body: Body,
}

impl<'c> Desk<'c> {
    /// Nothing is known of its clock yet.
    pub fn new(player: &'c Player) -> Desk<'c> {
        Desk { player, skew: Mutex::new(Skew::default()) }
    }

    /// How far its clock is ahead of ours, as its last answer said.
    pub fn skew(&self) -> Skew {
        self.skew.lock().map(|skew| *skew).unwrap_or_default()
    }

    /// Fills a call in and makes it.
    pub async fn call(&self, call: &CallAt, names: &Names, account: &str) -> Result<Told, Trouble> {
        let asked = request(call, None, names).map_err(|error| person(error.to_string()))?;
        self.ask(&asked, &call.done, account).await
    }

    /// Makes calls one after the other.
    pub async fn calls(&self, calls: &[CallAt], names: &Names, account: &str) -> Result<(), Trouble> {
        for call in calls {
            self.call(call, names, account).await?;
        }
        Ok(())
    }

    /// Makes a call; `done` are statuses that mean that it was so before.
    pub async fn ask(&self, asked: &Asked, done: &[u16], account: &str) -> Result<Told, Trouble> {
        let provider = &self.player.provider;
        let asking = provider.manage(asked, account, Patience::NONE).await;
        let called = asking.map_err(|error| person(error.to_string()))?.called;
        self.learn(&called);
        let answer = match called.outcome {
            Ok(answer) => answer,
            Err(failure) => {
                let why = format!("{}: {}", self.name(), failure.detail);
                return Err(match failure.kind {
                    // It never arrived.
                    FailureKind::Connect | FailureKind::Tls | FailureKind::Refused => {
                        Trouble::Refused { why, cure: Cure::Again }
                    }
                    FailureKind::Timeout
                    | FailureKind::Reset
                    | FailureKind::Protocol
                    | FailureKind::TooLarge
                    | FailureKind::Dropped => self.lost(asked, why),
                });
            }
        };
        let body = String::from_utf8(answer.body.clone()).map_or(Body::Absent, Body::Json);
        if (200..300).contains(&answer.status) || done.contains(&answer.status) {
            return Ok(Told { status: answer.status, body });
        }
        Err(self.refused(asked, &answer, &body).await)
    }

    async fn refused(&self, asked: &Asked, answer: &Answer, body: &Body) -> Trouble {
        let profile = &self.player.provider.profile;
        let why = match code(profile, body) {
            Some(code) => format!("{} answered {} ({code})", self.name(), answer.status),
            None => format!("{} answered {}", self.name(), answer.status),
        };
        if let Some(ms) = self.player.provider.throttled_ms(answer) {
            tokio::time::sleep(Duration::from_millis(ms.min(THROTTLED_MS_MAX))).await;
            return Trouble::Refused { why, cure: Cure::Again };
        }
        let is_said = |is: &Is| values(&is.path.path, body).contains(&is.is);
        if self.player.tokens.dead.iter().any(is_said) {
            return Trouble::Refused { why, cure: Cure::Reconnect };
        }
        // The upstream's own refusal; without that, it is our credentials or our request that is wrong.
        let is_upstreams = profile.error.upstream.as_ref().is_some_and(is_said);
        match answer.status {
            400 | 401 | 403 if is_upstreams => Trouble::Refused { why, cure: Cure::Reconnect },
            408 | 425 | 500..=599 => self.lost(asked, why),
            _ => Trouble::Refused { why, cure: Cure::Person },
        }
    }

    /// No answer to what only reads is no doubt.
    fn lost(&self, asked: &Asked, why: String) -> Trouble {
        match asked.effect {
            Effect::Reads if self.player.tokens.export.is_none() => {
                Trouble::Refused { why, cure: Cure::Again }
            }
            // Reading credentials can rotate them.
            Effect::Reads | Effect::Writes => Trouble::Unknown { why },
        }
    }

    fn name(&self) -> &'static str {
        self.player.side.name()
    }

    fn learn(&self, called: &Called) {
        let Ok(answer) = &called.outcome else { return };
        let date = answer.headers.get("date").and_then(|dates| dates.first());
        let Some(theirs) = date.and_then(|date| http_date(date)) else { return };
        let elapsed = jiff::SignedDuration::from_millis(i64::try_from(called.elapsed_ms).unwrap_or(0));
        let answered = called.started_at.saturating_add(elapsed).unwrap_or(called.started_at);
        if let Some(skew) = Skew::measured(called.started_at, answered, theirs)
            && let Ok(mut known) = self.skew.lock()
        {
            *known = skew;
        }
    }
}

/// What machines read of an error, where it is a word.
fn code(profile: &Profile, body: &Body) -> Option<String> {
    let place = profile.error.code.as_ref()?;
    let code = values(&place.path, body).into_iter().next()?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.: ".contains(&byte);
    (!code.is_empty() && code.len() <= CODE_CHARS_MAX && code.bytes().all(is_word)).then_some(code)
}

/// What only a person mends.
pub fn person(why: impl Into<String>) -> Trouble {
    Trouble::Refused { why: why.into(), cure: Cure::Person }
}
