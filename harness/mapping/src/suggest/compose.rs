//! Explains one field by more than one place, or by a table: concatenation, the first of several, an enum.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evidence::{self, BITS_OF_MANY_MIN, CONSTANT_MIN, EMPTY_MIN, ENTRY_MIN};
use super::names::Likeness;
use super::paths::{SourcePath, text};
use super::search::{Candidate, Found, Style, Target, fit, seen};
use super::transform::{Transform, is_filled, scalar_text};

/// A table of more entries is a function that has not been understood.
const ENTRIES_MAX: usize = 24;

/// Places in one concatenation.
const PIECES_MAX: usize = 4;

/// Concatenations that are tried on all examples.
const TEMPLATES_MAX: usize = 400;

/// What separates the pieces of a concatenation; a longer text in between is a sentence.
const LITERAL_BYTES_MAX: usize = 80;

/// Places of which the first that is filled is taken.
const FIRST_OF_MAX: usize = 3;

/// Explains a field that no single place gives.
pub(super) fn explain(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Option<Found> {
    let mut candidates = concatenations(target, paths);
    candidates.extend(firsts(target, paths));
    if candidates.is_empty() {
        candidates = tables(target, paths);
    }
    candidates.sort_by_key(|one| (std::cmp::Reverse(one.likeness), one.cost, one.depth));
    let best = candidates.first()?;
    let rivals: Vec<&Candidate> =
        candidates.iter().filter(|one| (one.likeness, one.cost) == (best.likeness, best.cost)).collect();
    if rivals.len() == 1 {
        let note = seen(target);
        return Some(Found::Coded { expression: best.expression.clone(), reads: best.reads.clone(), note });
    }
    Some(Found::Open(format!(
        "no example tells apart: {} or {} ({})",
        rivals[0].expression,
        rivals[1].expression,
        seen(target)
    )))
}

/// Few values to few values: each entry seen more than once, and the whole more than a coincidence.
fn tables(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Vec<Candidate> {
    let mut out = Vec::new();
    let is_scalar = |value: &&Value| value.is_null() || scalar_text(value).is_some();
    let is_table = target.values.iter().flatten().all(is_scalar)
        && (2..=ENTRIES_MAX).contains(&evidence::distinct(&target.values));
    if !is_table {
        return out;
    }
    for (index, path) in paths.iter().enumerate() {
        let mut entries: BTreeMap<String, (Value, usize)> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        let fits = target.rows.iter().zip(&target.values).all(|(row, value)| {
            let Some(given) = path.values[*row].filter(|given| !given.is_null()) else { return true };
            let (Some(key), Some(value)) = (scalar_text(given), value) else { return false };
            if scalar_text(value).is_none() {
                return false;
            }
            let entry = entries.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                ((*value).clone(), 0)
            });
            entry.1 += 1;
            entry.0 == **value && order.len() <= ENTRIES_MAX
        });
        let outputs: std::collections::BTreeSet<String> =
            entries.values().map(|(value, _)| value.to_string()).collect();
        if !fits || outputs.len() < 2 || entries.values().any(|(_, count)| *count < ENTRY_MIN) {
            continue;
        }
        let likeness = target.name.likeness(&path.names);
        let bits_min = if likeness >= Likeness::Part { evidence::BITS_MIN } else { BITS_OF_MANY_MIN };
        if evidence::bits_of_table(&target.values, entries.len()) < bits_min {
            continue;
        }
        let table = order.into_iter().map(|key| (key.clone(), entries[&key].0.clone())).collect();
        let transform = Transform::Table(table);
        let Some(fit) = fit(target, path, &transform).filter(|fit| fit.hits == target.values.len()) else {
            continue;
        };
        out.push(Candidate {
            expression: fit.guard.expression(&transform, &path.expression),
            reads: vec![index],
            cost: transform.cost() + outputs.len() as u32,
            likeness,
            depth: path.names.len(),
        });
    }
    out
}

/// The first of several places that is filled.
fn firsts(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Vec<Candidate> {
    [Transform::Copy, Transform::Instant, Transform::Number]
        .iter()
        .filter_map(|transform| {
            let mut reads = Vec::new();
            let mut left: Vec<usize> = (0..target.values.len()).collect();
            while reads.len() < FIRST_OF_MAX {
                let (index, rest) = arm(target, paths, transform, &left, &reads)?;
                reads.push(index);
                left = rest;
                if left.iter().all(|at| target.values[*at].is_none_or(Value::is_null)) {
                    break;
                }
            }
            let nulls = left.iter().filter(|at| target.values[**at].is_some()).count();
            let otherwise = match (nulls, left.len()) {
                (0, 0) if target.style == Style::Null => " : null",
                (0, _) => "",
                (nulls, all) if nulls == all => " : null",
                _ => return None,
            };
            let mut arms: Vec<String> = reads
                .iter()
                .map(|index: &usize| {
                    let path = &paths[*index].expression;
                    format!("{path} ? {}", transform.expression(path))
                })
                .collect();
            if let (Some(last), "", Transform::Copy, true) =
                (reads.last(), otherwise, transform, left.is_empty())
            {
                arms.pop();
                arms.push(paths[*last].expression.clone());
            }
            (reads.len() > 1).then(|| Candidate {
                expression: format!("{}{otherwise}", arms.join(" : ")),
                cost: 5 + transform.cost(),
                likeness: Likeness::None,
                depth: 0,
                reads,
            })
        })
        .collect()
}

/// The place that explains, where it is filled, the most of what is left, with enough evidence of its own.
fn arm(
    target: &Target<'_>,
    paths: &[SourcePath<'_>],
    transform: &Transform,
    left: &[usize],
    taken: &[usize],
) -> Option<(usize, Vec<usize>)> {
    let mut best: Option<(usize, usize, Vec<usize>)> = None;
    for (index, path) in paths.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
        let value_of = |at: &usize| path.values[target.rows[*at]].filter(|value| is_filled(value));
        let (filled, rest): (Vec<usize>, Vec<usize>) = left.iter().partition(|at| value_of(at).is_some());
        let agrees = filled.iter().all(|at| {
            let out = value_of(at).and_then(|value| transform.apply(value));
            out.is_some_and(|out| target.values[*at] == Some(out.as_ref()))
        });
        let values: Vec<_> = filled.iter().map(|at| target.values[*at]).collect();
        let is_better = best.as_ref().is_none_or(|(_, count, _)| filled.len() > *count);
        if agrees && is_better && evidence::bits(&values) >= BITS_OF_MANY_MIN {
            best = Some((index, filled.len(), rest));
        }
    }
    best.map(|(index, _, rest)| (index, rest))
}

/// A part of a concatenation.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Place(usize),
    Literal(String),
}

/// Places with constant texts in between: found in one example, held against all.
fn concatenations(target: &Target<'_>, paths: &[SourcePath<'_>]) -> Vec<Candidate> {
    let values: Option<Vec<&str>> = target.values.iter().flatten().map(|value| value.as_str()).collect();
    let Some(values) = values.filter(|values| !values.is_empty()) else { return Vec::new() };
    if values.len() < target.values.len() || evidence::bits(&target.values) < BITS_OF_MANY_MIN {
        return Vec::new();
    }
    let Some(at) = (0..values.len()).max_by_key(|at| (values[*at].len(), std::cmp::Reverse(*at))) else {
        return Vec::new();
    };
    let texts: Vec<(usize, String)> = paths
        .iter()
        .enumerate()
        // What does not change is as well a constant text in between.
        .filter(|(_, path)| {
            let values: Vec<_> = target.rows.iter().map(|row| path.values[*row]).collect();
            evidence::distinct(&values) > 1
        })
        .filter_map(|(index, path)| {
            let text = path.values[target.rows[at]].and_then(scalar_text)?;
            (text.len() > 1 && text.len() < values[at].len() && values[at].contains(&text))
                .then_some((index, text))
        })
        .collect();
    let mut templates = Vec::new();
    tile(values[at], &texts, &mut Vec::new(), &mut templates);
    let holds = |pieces: &[Piece]| {
        target
            .rows
            .iter()
            .zip(&values)
            .all(|(row, value)| written(pieces, paths, *row).as_deref() == Some(value))
    };
    templates
        .into_iter()
        .filter(|pieces| holds(pieces) && target.values.len() >= literals_min(pieces))
        .map(|pieces| {
            let shown = |piece: &Piece| match piece {
                Piece::Place(index) => paths[*index].expression.clone(),
                Piece::Literal(literal) => text(literal),
            };
            let reads = pieces.iter().filter_map(|piece| match piece {
                Piece::Place(index) => Some(*index),
                Piece::Literal(_) => None,
            });
            Candidate {
                expression: pieces.iter().map(shown).collect::<Vec<_>>().join(" & "),
                reads: reads.collect(),
                cost: 4 + pieces.len() as u32,
                likeness: Likeness::None,
                depth: 0,
            }
        })
        .collect()
}

/// In how many recordings the texts in between are to be seen: signs prove themselves, words are constants, and what
/// looks like an address may be one account's.
fn literals_min(pieces: &[Piece]) -> usize {
    let of = |piece: &Piece| match piece {
        Piece::Literal(text) if text.contains("//") || text.contains(|c: char| c.is_ascii_digit()) => {
            CONSTANT_MIN
        }
        Piece::Literal(text) if text.contains(char::is_alphabetic) => EMPTY_MIN,
        Piece::Literal(_) | Piece::Place(_) => 0,
    };
    pieces.iter().map(of).max().unwrap_or(0)
}

fn tile(left: &str, texts: &[(usize, String)], pieces: &mut Vec<Piece>, out: &mut Vec<Vec<Piece>>) {
    let places = pieces.iter().filter(|piece| matches!(piece, Piece::Place(_))).count();
    if out.len() >= TEMPLATES_MAX {
        return;
    }
    let ends_here = left.is_empty() || (places > 0 && left.len() <= LITERAL_BYTES_MAX);
    if ends_here && pieces.len() + usize::from(!left.is_empty()) > 1 {
        let mut whole = pieces.clone();
        whole.extend((!left.is_empty()).then(|| Piece::Literal(left.to_owned())));
        out.push(whole);
    }
    if places == PIECES_MAX || left.is_empty() {
        return;
    }
    for (index, text) in texts {
        let Some(at) = left.find(text.as_str()).filter(|at| *at <= LITERAL_BYTES_MAX) else { continue };
        let before = pieces.len();
        pieces.extend((at > 0).then(|| Piece::Literal(left[..at].to_owned())));
        pieces.push(Piece::Place(*index));
        tile(&left[at + text.len()..], texts, pieces, out);
        pieces.truncate(before);
    }
}

fn written(pieces: &[Piece], paths: &[SourcePath<'_>], row: usize) -> Option<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => out.push_str(literal),
            Piece::Place(index) => match paths[*index].values[row] {
                // JSONata joins nothing as nothing, and null as the word.
                None => {}
                Some(value) => out.push_str(&scalar_text(value)?),
            },
        }
    }
    Some(out)
}
