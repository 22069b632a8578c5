//! Explains one field: which single place of the source, changed in which way, gives it in every example.

use serde_json::Value;

use super::compose;
use super::evidence::{self, BITS_MIN, BITS_OF_PART_MIN, CONSTANT_MIN, EMPTY_MIN, LABEL_MIN, NEARLY};
use super::names::{Likeness, Name};
use super::paths::SourcePath;
use super::transform::{Applied, Guard, Otherwise, Transform, is_filled, transforms};

/// A field of the legacy side in some of the examples.
pub(super) struct Target<'e> {
    /// Its name, as the likeness of names sees it.
    pub(super) name: Name,
    /// In which examples what it lies in is there.
    pub(super) rows: Vec<usize>,
    /// Its value in each of those.
    pub(super) values: Vec<Option<&'e Value>>,
    /// How legacy tells that there is nothing.
    pub(super) style: Style,
    /// What it lies in.
    pub(super) within: Within,
}

/// How legacy tells that there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// By null.
    Null,
    /// By leaving the field out.
    Absent,
    /// No example shows it.
    Unknown,
}

/// What a field lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// A record.
    Record,
    /// An element of a list that is built of single fields, and has a label.
    Element,
}

/// What explains a field, or what does so nearly.
#[derive(Debug)]
pub(super) enum Found {
    /// One explanation that all examples bear out.
    Coded {
        /// As JSONata.
        expression: String,
        /// The places that it reads, as indices.
        reads: Vec<usize>,
        /// What a reader should know.
        note: String,
    },
    /// None, or several that no example tells apart.
    Open(String),
}

/// An explanation that all examples bear out.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) expression: String,
    pub(super) reads: Vec<usize>,
    pub(super) cost: u32,
    pub(super) likeness: Likeness,
    pub(super) depth: usize,
}

/// Values that a candidate is tried on before all.
const PROBES: usize = 3;

/// More are not told in a comment.
const OTHERS_MAX: usize = 3;

/// Explains a field that is no list of records and no record, or is copied whole.
pub(super) fn explain(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Found {
    let transforms = transforms();
    let mut candidates = Vec::new();
    let mut nearly: Option<(usize, String)> = None;
    for (index, path) in paths.iter().enumerate() {
        match best_of_path(target, path, index, &transforms) {
            Ok(candidate) => candidates.push(candidate),
            Err(Some((hits, text))) if nearly.as_ref().is_none_or(|(best, _)| hits > *best) => {
                nearly = Some((hits, text));
            }
            Err(_) => {}
        }
    }
    if is_constant(target) {
        return constant(target, paths, candidates);
    }
    if let Some(found) = choose(target, candidates, paths) {
        return found;
    }
    if let Some(found) = compose::explain(target, paths) {
        return found;
    }
    let total = target.values.len();
    Found::Open(nearly.map_or_else(
        || format!("nothing explains it ({})", seen(target)),
        |(hits, text)| format!("{text} explains {hits} of {total}"),
    ))
}

/// The simplest transformation of a place that gives the field in all examples; else the one that nearly does.
fn best_of_path(
    target: &Target<'_>,
    path: &SourcePath<'_>,
    index: usize,
    transforms: &[Transform],
) -> Result<Candidate, Option<(usize, String)>> {
    let mut nearly: Option<(usize, String)> = None;
    // What misses the first few times is not looked at further: most candidates do, and they are many.
    let rows = target.rows.iter().zip(&target.values);
    let filled = rows.filter_map(|(row, value)| Some((path.values[*row].filter(|v| is_filled(v))?, *value)));
    let probes: Vec<(&Value, Option<&Value>)> = filled.take(PROBES).collect();
    for transform in transforms {
        let hits = |(given, value): &(&Value, Option<&Value>)| {
            transform.apply(given).is_some_and(|out| *value == Some(out.as_ref()))
        };
        let is_out = if probes.is_empty() { *transform != Transform::Copy } else { !probes.iter().any(hits) };
        if is_out {
            continue;
        }
        let Some(fit) = fit(target, path, transform) else { continue };
        if fit.hits < target.values.len() {
            if fit.filled_hits > 1 && nearly.as_ref().is_none_or(|(best, _)| fit.hits > *best) {
                nearly = Some((fit.hits, fit.guard.expression(transform, &path.expression)));
            }
            continue;
        }
        // What was never applied is not known to be applied to anything.
        if fit.filled_hits == 0 && matches!(fit.guard, Guard::Filled(_)) {
            continue;
        }
        return Ok(Candidate {
            expression: fit.guard.expression(transform, &path.expression),
            reads: vec![index],
            cost: transform.cost()
                + u32::from(
                    matches!(fit.guard, Guard::Given(Otherwise::Value(ref v)) | Guard::Filled(Otherwise::Value(ref v)) if !v.is_null()),
                ) * 3,
            likeness: target.name.likeness(&path.names),
            depth: path.names.len(),
        });
    }
    Err(nearly)
}

/// How well a transformation under its best guard fits.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) guard: Guard,
    pub(super) hits: usize,
    pub(super) filled_hits: usize,
}

/// The guard under which most examples agree; none where too few do to be worth a word.
pub(super) fn fit(target: &Target<'_>, path: &SourcePath<'_>, transform: &Transform) -> Option<Fit> {
    let total = target.values.len();
    let misses_max = total - (total as f64 * NEARLY).ceil() as usize;
    let mut agrees: Vec<Option<bool>> = Vec::with_capacity(total);
    let (mut misses, mut filled_hits) = (0, 0);
    for (row, value) in target.rows.iter().zip(&target.values) {
        let given = path.values[*row].filter(|given| !given.is_null());
        let agreed = given.map(|given| match transform.apply(given) {
            Some(out) => *value == Some(out.as_ref()),
            None => false,
        });
        match agreed {
            Some(true) if given.is_some_and(is_filled) => filled_hits += 1,
            Some(false) if given.is_some_and(is_filled) => {
                misses += 1;
                if misses > misses_max {
                    return None;
                }
            }
            Some(_) | None => {}
        }
        agrees.push(agreed);
    }
    let mut best: Option<Fit> = None;
    for guard in guards(target, path, transform) {
        let rows = target.rows.iter().zip(&target.values).zip(&agrees);
        let hits = rows
            .filter(|((row, value), agrees)| match guard.stands(transform, path.values[**row]) {
                Ok(stands) => stands == **value,
                Err(Applied::Fails) => false,
                Err(Applied::Yes) => **agrees == Some(true),
            })
            .count();
        if best.as_ref().is_none_or(|best| hits > best.hits) {
            best = Some(Fit { guard, hits, filled_hits });
        }
    }
    best.filter(|best| best.hits + misses_max >= total)
}

/// The guards in the order of preference: what legacy's style says first, then the least.
fn guards(target: &Target<'_>, path: &SourcePath<'_>, transform: &Transform) -> Vec<Guard> {
    let null = || Otherwise::Value(Value::Null);
    let mut given = vec![Guard::Given(null()), Guard::Given(Otherwise::Absent)];
    let mut filled = vec![Guard::Filled(null()), Guard::Filled(Otherwise::Absent)];
    if target.style != Style::Null {
        given.reverse();
        filled.reverse();
    }
    let takes_numbers = matches!(
        transform,
        Transform::Times(_)
            | Transform::RoundedTimes(_)
            | Transform::FromMillis
            | Transform::FromSeconds
            | Transform::Text
            | Transform::Not
            | Transform::Wrapped
            | Transform::Count
    );
    let mut out = match (transform, target.style) {
        (Transform::Copy, Style::Unknown) => [vec![Guard::None], given, filled].concat(),
        (Transform::Copy, Style::Null | Style::Absent) => {
            let first = given.remove(0);
            [vec![first, Guard::None], given, filled].concat()
        }
        _ if takes_numbers => [given, filled, vec![Guard::None]].concat(),
        _ => [filled, given, vec![Guard::None]].concat(),
    };
    if let Some(default) = default_of(target, path) {
        out.push(Guard::Given(Otherwise::Value(default.clone())));
        out.push(Guard::Filled(Otherwise::Value(default)));
    }
    out
}

/// The one value that stands wherever the source has nothing.
fn default_of(target: &Target<'_>, path: &SourcePath<'_>) -> Option<Value> {
    let rows = target.rows.iter().zip(&target.values);
    let mut empty = rows.filter(|(row, _)| !path.values[**row].is_some_and(is_filled));
    let first = empty.next().and_then(|(_, value)| *value).filter(|value| !value.is_null())?;
    let count = empty.try_fold(1, |count, (_, value)| (*value == Some(first)).then_some(count + 1))?;
    (count >= LABEL_MIN && count < target.values.len()).then(|| first.clone())
}

fn is_constant(target: &Target<'_>) -> bool {
    target.values.windows(2).all(|two| two[0] == two[1])
}

/// One value in all examples: it may be constant, or a copy of what did not change either.
fn constant(target: &Target<'_>, paths: &[SourcePath<'_>], candidates: Vec<Candidate>) -> Found {
    let Some(value) = target.values.first().copied().flatten() else {
        return Found::Open("absent in all".to_owned());
    };
    let total = target.values.len();
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if is_label(target, value) && total >= LABEL_MIN {
        return Found::Coded {
            expression: value.to_string(),
            reads: Vec::new(),
            note: format!("label of all {total}"),
        };
    }
    let alike = best_alike(&candidates);
    if let Some(best) = alike {
        let bits = evidence::bits(&target.values);
        let enough = match (best.likeness, value.is_null()) {
            (Likeness::Same | Likeness::Within, true) => !target.name.is_of_a_converted_value(),
            (Likeness::Same, false) => true,
            _ => bits >= BITS_MIN,
        };
        if enough {
            let others = others(&candidates, best);
            let note = format!("{} in all {total}: told by its name{others}", shown(value));
            return Found::Coded { expression: best.expression.clone(), reads: best.reads.clone(), note };
        }
    }
    let rival = paths.iter().find(|path| {
        let mut given =
            target.rows.iter().filter_map(|row| path.values[*row]).filter(|value| !value.is_null());
        let first = given.next();
        given.all(|value| Some(value) == first) && target.name.likeness(&path.names) >= Likeness::Word
    });
    if let Some(rival) = rival {
        let rival = &rival.expression;
        return Found::Open(format!("{} in all {total}, and {rival} does not change either", shown(value)));
    }
    let enough = if is_empty { EMPTY_MIN } else { CONSTANT_MIN };
    if total >= enough {
        let note = format!("constant in all {total}");
        return Found::Coded { expression: value.to_string(), reads: Vec::new(), note };
    }
    let alike = candidates.iter().filter(|one| !value.is_null() || one.likeness >= Likeness::Word);
    let others = alike.take(OTHERS_MAX).map(|one| format!(", or {}", one.expression));
    let others: String = others.collect();
    Found::Open(format!("{} in all {total}, which is too few to call it constant{others}", shown(value)))
}

/// A value in a comment: a word of an enum is shown, a text that may be somebody's is not.
fn shown(value: &Value) -> String {
    const WORD_BYTES_MAX: usize = 24;
    let is_word = |text: &str| {
        text.len() <= WORD_BYTES_MAX && text.chars().all(|c| c.is_ascii_alphabetic() || "_- */".contains(c))
    };
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::String(text) if is_word(text) => value.to_string(),
        Value::Array(list) if list.is_empty() => "[]".to_owned(),
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => "one value".to_owned(),
    }
}

/// A text that is the same in all elements: what kind they are of.
fn is_label(target: &Target<'_>, value: &Value) -> bool {
    target.within == Within::Element && value.as_str().is_some_and(|text| !text.is_empty())
}

/// The candidate whose name is most alike, if it is alone in that, or above the others.
fn best_alike(candidates: &[Candidate]) -> Option<&Candidate> {
    let key = |one: &Candidate| (std::cmp::Reverse(one.likeness), one.cost, one.depth);
    let best = candidates.iter().min_by_key(|one| key(one))?;
    let is_alone = candidates.iter().filter(|one| key(one) == key(best)).count() == 1;
    let is_nearer = best.likeness == Likeness::Same
        || candidates.iter().filter(|one| one.likeness == best.likeness).count() == 1;
    (best.likeness >= Likeness::Part && is_alone && is_nearer).then_some(best)
}

/// One of the explanations that all examples bear out, if the examples or the names tell them apart.
pub(super) fn choose(
    target: &Target<'_>,
    candidates: Vec<Candidate>,
    paths: &[SourcePath<'_>],
) -> Option<Found> {
    let cheapest = candidates.iter().map(|one| one.cost).min()?;
    let bits = evidence::bits(&target.values);
    let coded = |one: &Candidate| Found::Coded {
        expression: one.expression.clone(),
        reads: one.reads.clone(),
        note: format!("{}{}", seen(target), others(&candidates, one)),
    };
    if let Some(best) = best_alike(&candidates) {
        let enough = if best.likeness == Likeness::Same { 0.0 } else { BITS_OF_PART_MIN };
        if bits >= enough {
            return Some(coded(best));
        }
    }
    let simplest: Vec<&Candidate> = candidates.iter().filter(|one| one.cost == cheapest).collect();
    let one = simplest[0];
    let same = |other: &&Candidate| is_same_place(one, other, paths);
    if bits >= BITS_MIN && simplest.iter().all(same) {
        return Some(coded(one));
    }
    let named: Vec<&str> = simplest.iter().take(OTHERS_MAX).map(|one| one.expression.as_str()).collect();
    let more = simplest.len().saturating_sub(OTHERS_MAX);
    let more = if more > 0 { format!(" or {more} more") } else { String::new() };
    let why = if simplest.len() > 1 { "no example tells apart" } else { "too few distinct values to tell" };
    Some(Found::Open(format!("{why}: {}{more} ({})", named.join(" or "), seen(target))))
}

/// Whether two candidates read one place, of which one may be what the other lies in.
fn is_same_place(one: &Candidate, other: &Candidate, paths: &[SourcePath<'_>]) -> bool {
    one.reads == other.reads
        || one.reads.iter().zip(&other.reads).all(|(a, b)| paths[*a].expression == paths[*b].expression)
}

fn others(candidates: &[Candidate], chosen: &Candidate) -> String {
    let mut others: Vec<&Candidate> =
        candidates.iter().filter(|one| one.reads != chosen.reads && one.cost <= chosen.cost).collect();
    others.sort_by_key(|one| (one.cost, one.depth));
    let more = if others.len() > OTHERS_MAX { ", …" } else { "" };
    let named: Vec<&str> = others.iter().take(OTHERS_MAX).map(|one| one.expression.as_str()).collect();
    if named.is_empty() { String::new() } else { format!("; the same in all: {}{more}", named.join(", ")) }
}

/// On how much it rests.
pub(super) fn seen(target: &Target<'_>) -> String {
    let filled = target.values.iter().flatten().filter(|value| !value.is_null()).count();
    let distinct = evidence::distinct(&target.values);
    match target.values.len() {
        total if filled == total => format!("{total} of {total}, {distinct} distinct"),
        total => format!("{total} of {total}, {filled} filled, {distinct} distinct"),
    }
}
