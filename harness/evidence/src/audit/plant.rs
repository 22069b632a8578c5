//! One defect, planted at one place of a body.

use std::ops::Range;

use serde_json_path::{JsonPath, PathElement};
use sha2::{Digest, Sha256};

use super::Defect;
use super::spans::{Inside, Spanned, read};

/// Places of one field in one body that are chosen among: the first.
const PLACES_MAX: usize = 10_000;

/// A field that the application reads; RFC 9535, read by another library than the comparison's.
#[derive(Debug)]
pub struct Field {
    /// As written.
    pub text: String,
    path: JsonPath,
}

/// A field whose path cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` is no JSONPath: {message}")]
pub struct FieldError {
    path: String,
    message: String,
}

impl Field {
    /// Reads a path.
    pub fn new(text: &str) -> Result<Field, FieldError> {
        let refused = |error: serde_json_path::ParseError| FieldError {
            path: text.to_owned(),
            message: error.to_string(),
        };
        Ok(Field { text: text.to_owned(), path: JsonPath::parse(text).map_err(refused)? })
    }
}

/// A body with a defect in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The body.
    pub body: String,
    /// Where, and what was done there.
    pub what: String,
    /// The list whose order is another now, where that is all that was done.
    pub turned: Option<String>,
}

/// One step to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(String),
    Index(usize),
}

/// A place of the field.
struct Place<'s> {
    steps: Vec<Step>,
    value: &'s Spanned,
}

/// A list around a place, or at it.
struct List<'s> {
    steps: Vec<Step>,
    value: &'s Spanned,
    elements: &'s [Spanned],
}

/// What replaces what; in the order of the text, without overlap.
type Splices = Vec<(Range<usize>, String)>;

/// Plants a defect at one of the field's places, which the seed and the pair choose; `None` where the body has no place
/// for it.
pub fn plant(body: &str, field: &Field, defect: Defect, seed: u64, pair: &str) -> Option<Planted> {
    let root = read(body)?;
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let mut places = Vec::new();
    for location in field.path.query_located(&value).locations().take(PLACES_MAX) {
        let steps: Vec<Step> = location.iter().map(step).collect();
        if let Some(value) = at(&root, &steps) {
            places.push(Place { steps, value });
        }
    }
    places.sort_by(|left, right| left.steps.cmp(&right.steps));
    places.dedup_by(|left, right| left.steps == right.steps);
    let choice = Choice::of(seed, [pair, &field.text, defect.name()]);
    let mut turned = None;
    let (splices, what) = match defect {
        Defect::Dropped => dropped(&root, body, choice.one(&places)?)?,
        Defect::Changed => changed(body, choice.one(&places)?)?,
        Defect::Reordered => {
            let (splices, list) = reordered(body, &root, &places, choice)?;
            let what = format!("the first of {list} moved to its end");
            turned = Some(list);
            (splices, what)
        }
        Defect::Truncated => truncated(&root, &places, choice)?,
        Defect::Swapped => swapped(body, &places, choice)?,
        Defect::Stale => stale(body, &places, choice)?,
    };
    let planted = spliced(body, splices);
    (planted != body).then_some(Planted { body: planted, what, turned })
}

fn step(element: &PathElement<'_>) -> Step {
    match element {
        PathElement::Name(name) => Step::Name((*name).to_owned()),
        PathElement::Index(index) => Step::Index(*index),
    }
}

fn at<'s>(root: &'s Spanned, steps: &[Step]) -> Option<&'s Spanned> {
    steps.iter().try_fold(root, |value, step| match (step, &value.inside) {
        // Of a name that stands twice the last one holds, as it does for who reads the body.
        (Step::Name(name), Inside::Object(members)) => {
            members.iter().rfind(|(known, ..)| known == name).map(|(_, _, value)| value)
        }
        (Step::Index(index), Inside::Array(elements)) => elements.get(*index),
        _ => None,
    })
}

fn told(steps: &[Step]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Name(name) => compare::path::push_name(&mut path, name),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

fn dropped(root: &Spanned, body: &str, place: &Place<'_>) -> Option<(Splices, String)> {
    let (last, above) = place.steps.split_last()?;
    let (spans, index): (Vec<Range<usize>>, usize) = match (&at(root, above)?.inside, last) {
        (Inside::Object(members), Step::Name(name)) => (
            members.iter().map(|(_, span, _)| span.clone()).collect(),
            members.iter().rposition(|(known, ..)| known == name)?,
        ),
        (Inside::Array(elements), Step::Index(index)) => {
            (elements.iter().map(|element| element.span.clone()).collect(), *index)
        }
        _ => return None,
    };
    let what = format!("{} dropped, was {}", told(&place.steps), &short(&body[place.value.span.clone()]));
    Some((vec![(without(&spans, index)?, String::new())], what))
}

/// An item with the comma that it needs no more.
fn without(spans: &[Range<usize>], index: usize) -> Option<Range<usize>> {
    let span = spans.get(index)?;
    Some(match (index, spans.get(index + 1)) {
        (0, None) => span.clone(),
        (0, Some(next)) => span.start..next.start,
        _ => spans[index - 1].end..span.end,
    })
}

fn changed(body: &str, place: &Place<'_>) -> Option<(Splices, String)> {
    let text = &body[place.value.span.clone()];
    let other = match &place.value.inside {
        Inside::Object(members) if !members.is_empty() => "{}".to_owned(),
        Inside::Array(elements) if !elements.is_empty() => "[]".to_owned(),
        Inside::Object(_) | Inside::Array(_) => "null".to_owned(),
        Inside::Scalar => other_scalar(text)?,
    };
    let what = format!("{} changed from {} to {}", told(&place.steps), short(text), short(&other));
    Some((vec![(place.value.span.clone(), other)], what))
}

/// The nearest other scalar of the same type.
fn other_scalar(text: &str) -> Option<String> {
    match text {
        "true" => Some("false".to_owned()),
        "false" => Some("true".to_owned()),
        "null" => Some("\"planted\"".to_owned()),
        _ if text.starts_with('"') => {
            let content: String = serde_json::from_str(text).ok()?;
            let other = next_at_end(&content).unwrap_or_else(|| format!("{content}x"));
            serde_json::to_string(&other).ok()
        }
        number => next_at_end(number),
    }
}

/// The text with its last letter or digit replaced by the next of its kind.
fn next_at_end(text: &str) -> Option<String> {
    let (at, last) = text.char_indices().rfind(|(_, character)| character.is_ascii_alphanumeric())?;
    let next = match last {
        'z' => 'a',
        'Z' => 'A',
        '9' => '0',
        other => char::from_u32(u32::from(other) + 1)?,
    };
    Some(format!("{}{next}{}", &text[..at], &text[at + 1..]))
}

fn lists<'s>(root: &'s Spanned, places: &[Place<'s>]) -> Vec<List<'s>> {
    let mut lists = Vec::new();
    for place in places {
        for length in 0..=place.steps.len() {
            let steps = &place.steps[..length];
            if let Some(value) = at(root, steps)
                && let Inside::Array(elements) = &value.inside
            {
                lists.push(List { steps: steps.to_vec(), value, elements });
            }
        }
    }
    lists.sort_by(|left, right| left.steps.cmp(&right.steps));
    lists.dedup_by(|left, right| left.steps == right.steps);
    lists
}

/// The splices, and the list that they turn.
fn reordered(body: &str, root: &Spanned, places: &[Place<'_>], choice: Choice) -> Option<(Splices, String)> {
    let text = |element: &Spanned| &body[element.span.clone()];
    let mut lists = lists(root, places);
    lists.retain(|list| list.elements.iter().any(|element| text(element) != text(&list.elements[0])));
    let list = choice.one(&lists)?;
    let turned = list.elements.iter().skip(1).chain(&list.elements[..1]);
    let splices = list.elements.iter().zip(turned);
    let splices = splices.map(|(from, to)| (from.span.clone(), text(to).to_owned())).collect();
    Some((splices, told(&list.steps)))
}

fn truncated(root: &Spanned, places: &[Place<'_>], choice: Choice) -> Option<(Splices, String)> {
    let mut lists = lists(root, places);
    lists.retain(|list| !list.elements.is_empty());
    let list = choice.one(&lists)?;
    let spans: Vec<Range<usize>> = list.elements.iter().map(|element| element.span.clone()).collect();
    debug_assert!(list.value.span.end >= spans.last().map_or(0, |span| span.end), "it holds its elements");
    let splices = vec![(without(&spans, spans.len() - 1)?, String::new())];
    Some((splices, format!("the last of {} dropped", told(&list.steps))))
}

fn swapped(body: &str, places: &[Place<'_>], choice: Choice) -> Option<(Splices, String)> {
    let text = |place: &Place<'_>| &body[place.value.span.clone()];
    let one = choice.one(places)?;
    let is_apart = |other: &&Place<'_>| {
        let (left, right) = (&one.value.span, &other.value.span);
        left.end <= right.start || right.end <= left.start
    };
    let others: Vec<&Place<'_>> =
        places.iter().filter(is_apart).filter(|other| text(other) != text(one)).collect();
    let other = choice.one(&others)?;
    let (first, second) =
        if one.value.span.start < other.value.span.start { (one, *other) } else { (*other, one) };
    let splices = vec![
        (first.value.span.clone(), text(second).to_owned()),
        (second.value.span.clone(), text(first).to_owned()),
    ];
    Some((splices, format!("{} and {} swapped", told(&first.steps), told(&second.steps))))
}

fn stale(body: &str, places: &[Place<'_>], choice: Choice) -> Option<(Splices, String)> {
    let older = |place: &Place<'_>| {
        let text = &body[place.value.span.clone()];
        Some((place.value.span.clone(), told(&place.steps), year_before(text)?, short(text)))
    };
    let instants: Vec<_> = places.iter().filter_map(older).collect();
    let (span, path, older, text) = choice.one(&instants)?;
    let what = format!("{path} made a year older: {text} is {older}");
    Some((vec![(span.clone(), older.clone())], what))
}

/// An instant as RFC 3339 and SQL write it, a year before; what is none is left alone.
fn year_before(text: &str) -> Option<String> {
    let date = text.strip_prefix('"')?.get(..10)?;
    let bytes = date.as_bytes();
    let is_date = bytes.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_date || !matches!(text.as_bytes().get(11), Some(b'T' | b' ' | b'"')) {
        return None;
    }
    let year: u16 = date[..4].parse().ok()?;
    let day = if &date[5..] == "02-29" { "02-28" } else { &date[5..] };
    Some(format!("\"{:04}-{day}{}", year.checked_sub(1)?, &text[11..]))
}

fn spliced(body: &str, splices: Splices) -> String {
    let mut planted = String::with_capacity(body.len());
    let mut from = 0;
    for (span, text) in splices {
        planted.push_str(&body[from..span.start]);
        planted.push_str(&text);
        from = span.end;
    }
    planted + &body[from..]
}

/// A value as people are told it.
fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Chooses: the same of the same, and of others as if by chance.
#[derive(Clone, Copy)]
struct Choice(u64);

impl Choice {
    fn of(seed: u64, parts: [&str; 3]) -> Choice {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (first, _) = digest.split_first_chunk::<8>().expect("thirty-two bytes begin with eight");
        Choice(u64::from_le_bytes(*first))
    }

    fn one<T>(self, of: &[T]) -> Option<&T> {
        let count = u64::try_from(of.len()).ok().filter(|count| *count > 0)?;
        of.get(usize::try_from(self.0 % count).ok()?)
    }
}
