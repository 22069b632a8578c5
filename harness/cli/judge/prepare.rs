//! Makes two answers comparable: the same side is never touched, the other is mapped page by page, then both drained.

use std::borrow::Cow;
use std::cell::RefCell;

use compare::drain::Envelope;
use compare::instant;
use compare::model::{self, Exchange, FailureKind, Headers, Outcome, Pair, PairKind, Response};
use compare::tape::{Json, Tape};
use compare::verdict::{Reason, ReasonCode};
use mapping::cross_check::{CrossCheck, cross_check};
use mapping::input::{Input, Scope};
use mapping::mapping::{LIMITS, MapError, Mapping};

use crate::config::MapFrom;
use crate::engines::CrossChecking;
use crate::plan::Planned;

/// One side's answer, ready to be compared.
#[derive(Debug)]
pub enum Prepared<'p> {
    /// No response.
    Failure(FailureKind),
    /// A response, or a webhook's delivery.
    Content {
        /// `None` for a delivery.
        status: Option<u16>,
        /// Lower-case names.
        headers: &'p Headers,
        /// Mapped and drained.
        body: Body<'p>,
    },
}

/// A body, ready to be compared.
#[derive(Debug)]
pub enum Body<'p> {
    /// None, or a mapping that answered nothing.
    Absent,
    /// JSON text.
    Json(Cow<'p, str>),
    /// Text that is not JSON.
    Text(&'p str),
    /// Bytes.
    Base64(&'p str),
}

/// The status by which HTTP says that the caller was throttled (RFC 6585).
pub(super) const TOO_MANY_REQUESTS: u16 = 429;

/// Makes legacy and new (or the source, where the operation maps from it) comparable.
pub fn prepare<'p>(
    pair: &'p Pair,
    operation: &Planned,
    now_ms: i64,
) -> Result<(Prepared<'p>, Prepared<'p>), Reason> {
    prepare_in(pair, operation, now_ms).map(|(prepared, _)| prepared)
}

/// Both sides, ready to be compared.
pub type Both<'p> = (Prepared<'p>, Prepared<'p>);

/// As [`prepare`], with what was done to what pages say beside their lists, so that the same is done to repeats.
pub fn prepare_in<'p>(
    pair: &'p Pair,
    operation: &Planned,
    now_ms: i64,
) -> Result<(Both<'p>, Option<Envelope>), Reason> {
    let (new, new_name) = match operation.map_from {
        MapFrom::New => (&pair.new, "new"),
        MapFrom::Source => (&pair.source, "source"),
    };
    for (exchanges, name) in [(&pair.legacy, "legacy"), (new, new_name)] {
        if exchanges.is_empty() {
            return Err(Reason {
                code: ReasonCode::Absent,
                detail: format!("no {name} answer was recorded"),
            });
        }
    }
    refuse_one_sided(&pair.legacy, new, new_name)?;
    let now_ms = recorded_ms(pair).unwrap_or(now_ms);
    let legacy = side(pair.kind, &pair.legacy, "legacy", |page| body_of(page, "legacy"))?;
    let new = side(pair.kind, new, new_name, |page| map(page, operation, new_name, now_ms))?;
    let repeats: Vec<Answered<'_>> =
        answered_repeats(pair).filter_map(|repeat| repeat_side(pair, repeat).ok()).collect();
    let envelope = envelope(&[(&legacy, "legacy"), (&new, new_name)], &repeats, operation)?;
    let both = (
        joined(legacy, operation, envelope.as_ref(), "legacy")?,
        joined(new, operation, envelope.as_ref(), new_name)?,
    );
    Ok((both, envelope))
}

/// What one evaluation is given.
#[derive(Debug)]
pub struct MappingInput {
    /// By which of the operation's mappings it is evaluated.
    pub which: Which,
    /// JSON, in the operation's scope.
    pub text: String,
    /// What `$now()` answers.
    pub now_ms: i64,
}

/// One of an operation's mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// For good answers.
    Mapping,
    /// For all others.
    ErrorMapping,
}

/// What the operation's mappings are given for a pair, page by page; nothing where the pair is not mapped.
pub fn inputs(pair: &Pair, operation: &Planned, now_ms: i64) -> Vec<MappingInput> {
    let (new, new_name) = match operation.map_from {
        MapFrom::New => (&pair.new, "new"),
        MapFrom::Source => (&pair.source, "source"),
    };
    if new.is_empty() || pair.legacy.is_empty() || refuse_one_sided(&pair.legacy, new, new_name).is_err() {
        return Vec::new();
    }
    let now_ms = recorded_ms(pair).unwrap_or(now_ms);
    let found = RefCell::new(Vec::new());
    let each = |page: &Page<'_>| {
        if let Ok(Body::Json(text)) = body_of(page, new_name)
            && let Some((which, _)) = mapping_of(page, operation)
        {
            let text = input_text(page, &text, operation).into_owned();
            found.borrow_mut().push(MappingInput { which, text, now_ms });
        }
        Ok(Body::Absent)
    };
    // Pages that are not mapped cannot be joined, and need not be.
    drop(side(pair.kind, new, new_name, each));
    found.into_inner()
}

/// Makes each repeat of legacy comparable, as legacy itself is. Why one cannot be is said in its place.
pub fn repeats<'p>(
    pair: &'p Pair,
    operation: &Planned,
    envelope: Option<&Envelope>,
) -> Vec<Result<Prepared<'p>, Reason>> {
    let prepared = answered_repeats(pair).map(|repeat| {
        refuse_one_sided(&pair.legacy, repeat, "repeat")?;
        joined(repeat_side(pair, repeat)?, operation, envelope, "repeat")
    });
    prepared.collect()
}

fn answered_repeats(pair: &Pair) -> impl Iterator<Item = &Vec<Exchange>> {
    pair.legacy_repeats.iter().filter(|repeat| !repeat.is_empty())
}

fn repeat_side<'p>(pair: &'p Pair, repeat: &'p [Exchange]) -> Result<Answered<'p>, Reason> {
    side(pair.kind, repeat, "repeat", |page| body_of(page, "repeat"))
}

/// When the pair was recorded: what `$now()` answered in production.
fn recorded_ms(pair: &Pair) -> Option<i64> {
    let nanoseconds = instant::of_text(pair.recorded_at.as_deref()?)?;
    i64::try_from(nanoseconds / 1_000_000).ok()
}

/// Alike on both sides, a failure or a throttle is an answer; on one side only it says nothing about the other.
fn refuse_one_sided(legacy: &[Exchange], new: &[Exchange], new_name: &str) -> Result<(), Reason> {
    let failure = |exchanges: &[Exchange]| {
        exchanges.iter().find_map(|exchange| match &exchange.outcome {
            Outcome::Failure(failure) => Some(failure.clone()),
            Outcome::Response(_) => None,
        })
    };
    if let (Some((name, failure)), None) | (None, Some((name, failure))) =
        (failure(legacy).map(|failure| ("legacy", failure)), failure(new).map(|failure| (new_name, failure)))
    {
        let detail = format!("only {name} failed: {} ({})", failure.kind.name(), failure.detail);
        return Err(Reason { code: ReasonCode::Failed, detail });
    }
    let is_throttled = |exchanges: &[Exchange]| {
        exchanges.iter().any(|exchange| match &exchange.outcome {
            Outcome::Response(response) => response.status == TOO_MANY_REQUESTS,
            Outcome::Failure(_) => false,
        })
    };
    let name = match (is_throttled(legacy), is_throttled(new)) {
        (true, false) => "legacy",
        (false, true) => new_name,
        (true, true) | (false, false) => return Ok(()),
    };
    Err(Reason { code: ReasonCode::Throttled, detail: format!("only {name} was throttled") })
}

/// What was received on one page: a response, or what a webhook delivered.
struct Page<'p> {
    status: Option<u16>,
    headers: &'p Headers,
    body: &'p model::Body,
    exchange: &'p Exchange,
}

/// What a side answered, page by page, each body in legacy's shape.
enum Answered<'p> {
    Failure(FailureKind),
    Pages { status: Option<u16>, headers: &'p Headers, bodies: Vec<Body<'p>> },
}

fn side<'p>(
    kind: PairKind,
    exchanges: &'p [Exchange],
    name: &str,
    body: impl Fn(&Page<'p>) -> Result<Body<'p>, Reason>,
) -> Result<Answered<'p>, Reason> {
    let mut pages = Vec::with_capacity(exchanges.len());
    for exchange in exchanges {
        match page(kind, exchange, name)? {
            Ok(page) => pages.push(page),
            Err(failure) => return Ok(Answered::Failure(failure)),
        }
    }
    // A page that is an error is what the caller was left with.
    if let Some(error) = pages.iter().position(|page| page.status.is_some_and(|status| status >= 400)) {
        pages = vec![pages.swap_remove(error)];
    }
    let bodies = pages.iter().map(&body).collect::<Result<Vec<_>, _>>()?;
    let Page { status, headers, .. } = pages[0];
    Ok(Answered::Pages { status, headers, bodies })
}

fn page<'p>(
    kind: PairKind,
    exchange: &'p Exchange,
    name: &str,
) -> Result<Result<Page<'p>, FailureKind>, Reason> {
    Ok(match (kind, &exchange.outcome) {
        (PairKind::Event, _) => {
            let delivery = exchange.request.as_ref().ok_or_else(|| Reason {
                code: ReasonCode::Absent,
                detail: format!("the {name} delivery was not recorded"),
            })?;
            Ok(Page { status: None, headers: &delivery.headers, body: &delivery.body, exchange })
        }
        (_, Outcome::Failure(failure)) => Err(failure.kind),
        (_, Outcome::Response(Response { status, headers, body })) => {
            Ok(Page { status: Some(*status), headers, body, exchange })
        }
    })
}

/// The body as received.
fn body_of<'p>(page: &Page<'p>, name: &str) -> Result<Body<'p>, Reason> {
    Ok(match page.body {
        model::Body::Absent => Body::Absent,
        model::Body::Json(text) => Body::Json(Cow::Borrowed(text)),
        model::Body::Base64(text) => Body::Base64(text),
        model::Body::Text(text) if claims_json(page.headers) => {
            let mut tape = Tape::new();
            tape.parse(text).map_err(|error| Reason {
                code: if error.limit { ReasonCode::Limit } else { ReasonCode::Unreadable },
                detail: format!("the {name} body says that it is JSON: {error}"),
            })?;
            Body::Json(Cow::Borrowed(text))
        }
        model::Body::Text(text) => Body::Text(text),
    })
}

/// `application/json`, `application/problem+json` …
fn claims_json(headers: &Headers) -> bool {
    let media_type = headers.get("content-type").and_then(|values| values.first());
    media_type.is_some_and(|text| {
        let media_type = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        media_type.ends_with("/json") || media_type.ends_with("+json")
    })
}

/// The body as the mapping turns it into legacy's.
fn map<'p>(page: &Page<'p>, operation: &Planned, name: &str, now_ms: i64) -> Result<Body<'p>, Reason> {
    let body = body_of(page, name)?;
    match (mapping_of(page, operation), &body) {
        (Some((_, mapping)), Body::Json(text)) => evaluate(mapping, page, text, operation, now_ms),
        (None, _) | (_, Body::Absent | Body::Text(_) | Body::Base64(_)) => Ok(body),
    }
}

/// The mapping for a page's status.
fn mapping_of<'o>(page: &Page<'_>, operation: &'o Planned) -> Option<(Which, &'o Mapping)> {
    let is_good = page.status.is_none_or(|status| (200..300).contains(&status));
    let (which, mapping) = match is_good {
        true => (Which::Mapping, &operation.mapping),
        false => (Which::ErrorMapping, &operation.error_mapping),
    };
    Some((which, mapping.as_ref()?))
}

fn evaluate<'p>(
    mapping: &Mapping,
    page: &Page<'p>,
    text: &str,
    operation: &Planned,
    now_ms: i64,
) -> Result<Body<'p>, Reason> {
    let text = input_text(page, text, operation);
    let mapped = match operation.cross_checking {
        CrossChecking::Both => agreed(mapping, &text, now_ms)?,
        CrossChecking::NotAsked | CrossChecking::Absent(_) => mapping.evaluate(&text, now_ms, &LIMITS),
    };
    match mapped {
        Ok(Some(mapped)) => Ok(Body::Json(Cow::Owned(mapped))),
        Ok(None) => Ok(Body::Absent),
        Err(error) => Err(undecided(&error, mapping, operation)),
    }
}

/// The body in the operation's scope.
fn input_text<'t>(page: &Page<'_>, text: &'t str, operation: &Planned) -> Cow<'t, str> {
    let scope = operation.scope.of_answer(page.status);
    if scope == Scope::Body {
        return Cow::Borrowed(text);
    }
    let headers: Vec<(String, String)> =
        page.headers.iter().map(|(name, values)| (name.clone(), values.join(", "))).collect();
    let request = page.exchange.request.as_ref();
    let input = Input {
        response: text,
        url: request.map(|request| request.url.as_str()),
        request_body: request.and_then(|request| match &request.body {
            model::Body::Json(text) => Some(text.as_str()),
            model::Body::Absent | model::Body::Text(_) | model::Body::Base64(_) => None,
        }),
        headers: &headers,
        context: operation.context.as_deref(),
    };
    Cow::Owned(scope.text(&input).into_owned())
}

/// What both engines answer; where they disagree, neither is trusted.
fn agreed(mapping: &Mapping, text: &str, now_ms: i64) -> Result<Result<Option<String>, MapError>, Reason> {
    match cross_check(mapping, Some(text), &serde_json::Map::new(), now_ms, &LIMITS) {
        CrossCheck::Agree(outcome) | CrossCheck::OracleOnly(outcome) => Ok(outcome),
        CrossCheck::Undecided(error) => Ok(Err(error)),
        CrossCheck::Disagree(disagreement) => {
            Err(Reason { code: ReasonCode::EngineDisagreement, detail: disagreement.to_string() })
        }
    }
}

fn undecided(error: &MapError, mapping: &Mapping, operation: &Planned) -> Reason {
    let code = match error {
        MapError::Input(_) => ReasonCode::Unreadable,
        MapError::Expression { .. } => ReasonCode::Mapping,
        MapError::Limit { .. } => ReasonCode::Limit,
        MapError::NeedsOracle(_) | MapError::Refused(_) => ReasonCode::NeedsOracle,
        MapError::Engine => ReasonCode::Engine,
    };
    let detail = match error {
        MapError::NeedsOracle(_) if mapping.settings().oracle.is_none() => {
            format!("{error}; `{}` installs it", operation.library.install_command())
        }
        error => error.to_string(),
    };
    Reason { code, detail }
}

/// What is done to what pages say beside their lists, where a side has several.
fn envelope(
    both: &[(&Answered<'_>, &str)],
    repeats: &[Answered<'_>],
    operation: &Planned,
) -> Result<Option<Envelope>, Reason> {
    let sides: Vec<(&[Body<'_>], &str)> = both
        .iter()
        .copied()
        .chain(repeats.iter().map(|repeat| (repeat, "repeat")))
        .filter_map(|(side, name)| match side {
            Answered::Pages { bodies, .. } => Some((bodies.as_slice(), name)),
            Answered::Failure(_) => None,
        })
        .collect();
    let Some((several, name)) = sides.iter().find(|(bodies, _)| bodies.len() > 1) else { return Ok(None) };
    let items = operation.items.as_ref().ok_or_else(|| {
        let detail =
            format!("there are {}, and the operation declares no `items` to join them by", several.len());
        unjoined(name, detail)
    })?;
    let mut tapes: Vec<Vec<Tape>> =
        sides.iter().map(|(bodies, _)| bodies.iter().map(|_| Tape::new()).collect()).collect();
    let mut parsed = Vec::with_capacity(sides.len());
    for ((bodies, name), tapes) in sides.iter().zip(&mut tapes) {
        match pages(bodies, tapes) {
            Ok(pages) => parsed.push((pages, *name)),
            // A single body that is no JSON is compared as it is.
            Err(_) if bodies.len() == 1 => {}
            Err(detail) => return Err(unjoined(name, detail)),
        }
    }
    for (pages, name) in &parsed {
        Envelope::of(&[pages.as_slice()], items).map_err(|error| unjoined(name, error.to_string()))?;
    }
    let all: Vec<&[Json<'_>]> = parsed.iter().map(|(pages, _)| pages.as_slice()).collect();
    Envelope::of(&all, items).map(Some).map_err(|error| unjoined(name, error.to_string()))
}

/// A side as it is compared: its pages as one.
fn joined<'p>(
    side: Answered<'p>,
    operation: &Planned,
    envelope: Option<&Envelope>,
    name: &str,
) -> Result<Prepared<'p>, Reason> {
    let (status, headers, mut bodies) = match side {
        Answered::Failure(kind) => return Ok(Prepared::Failure(kind)),
        Answered::Pages { status, headers, bodies } => (status, headers, bodies),
    };
    let is_single = bodies.len() == 1;
    let (Some(envelope), Some(items)) = (envelope, &operation.items) else {
        // Without an envelope no side had several pages when it was looked for; a repeat that has cannot be joined to them.
        if !is_single {
            return Err(unjoined(name, format!("there are {}", bodies.len())));
        }
        return Ok(Prepared::Content { status, headers, body: bodies.remove(0) });
    };
    let mut tapes: Vec<Tape> = bodies.iter().map(|_| Tape::new()).collect();
    let drained = pages(&bodies, &mut tapes)
        .and_then(|pages| envelope.drain(&pages, items).map_err(|error| error.to_string()));
    drop(tapes);
    let body = match drained {
        Ok(text) => Body::Json(Cow::Owned(text)),
        Err(_) if is_single => bodies.remove(0),
        Err(detail) => return Err(unjoined(name, detail)),
    };
    Ok(Prepared::Content { status, headers, body })
}

/// Reads a side's pages; else which of them is none.
fn pages<'t>(bodies: &'t [Body<'_>], tapes: &'t mut [Tape]) -> Result<Vec<Json<'t>>, String> {
    let page = |(index, (tape, body)): (usize, (&'t mut Tape, &'t Body<'_>))| match body {
        Body::Json(text) => tape.parse(text).map_err(|error| format!("page {}: {error}", index + 1)),
        Body::Absent | Body::Text(_) | Body::Base64(_) => Err(format!("page {} is not JSON", index + 1)),
    };
    tapes.iter_mut().zip(bodies).enumerate().map(page).collect()
}

fn unjoined(name: &str, detail: String) -> Reason {
    Reason { code: ReasonCode::Unreadable, detail: format!("{name} pages: {detail}") }
}
