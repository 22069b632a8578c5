//! Noise of one pair: the places at which legacy does not know its own answer.
//!
//! Legacy is compared with each repeat of itself, under the same rules. A pair that differs only where legacy differs
//! from itself is `Undecided(noise)`: it proves neither sameness nor a difference. One difference elsewhere, and the
//! pair is `Different`.
//!
//! For judging a pair a place is a concrete path (`$.data[3].seen_at`), not a field: that one record's value wavers is no
//! reason to doubt another's. Only lists generalise: where an element comes and goes, every element of that list that is
//! on one side only is in doubt. What is a field's habit over many pairs is for [`crate::volatile`] to say.

use std::collections::BTreeSet;

use crate::answer::{self, Answer};
use crate::diff::{Comparer, Comparison, Scope};
use crate::difference::{Difference, Kind, Place};
use crate::verdict::{Reason, ReasonCode};

/// A reason names so many paths; reports have all of a pair's.
const PATHS_NAMED_MAX: usize = 5;

/// The places of one pair at which legacy is unstable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// The value there, and all below it.
    whole: BTreeSet<(Place, String)>,
    /// Only differences of this kind: the elements or the one element are compared for themselves.
    of_kind: BTreeSet<(Kind, String)>,
    /// Lists that do not know how many elements they have.
    lists: BTreeSet<String>,
    /// Repeats that answered, and those that failed where legacy had answered, or the reverse.
    usable: usize,
    unusable: usize,
    /// There were more differences than are kept: nothing is certain.
    is_cut: bool,
}

/// What one repeat said: its differences from legacy's first answer, excused ones left out.
#[derive(Debug, Default)]
pub struct Repeats {
    /// Where legacy is unstable.
    pub noise: Noise,
    /// Every difference of legacy from a repeat, for counting.
    pub differences: Vec<Difference>,
}

/// Compares legacy with its repeats.
pub fn measure(
    comparer: &mut Comparer<'_>,
    legacy: Answer<'_>,
    repeats: &[Answer<'_>],
    scope: Scope<'_>,
) -> Repeats {
    let mut measured = Repeats::default();
    for repeat in repeats {
        let failed = |answer: &Answer<'_>| matches!(answer, Answer::Failure(_));
        if failed(&legacy) != failed(repeat) {
            measured.noise.unusable += 1;
            continue;
        }
        let mut out = Comparison::default();
        answer::answers(comparer, legacy, *repeat, scope, &mut out);
        measured.noise.usable += 1;
        measured.noise.is_cut |= out.total > out.differences.len() as u64;
        for difference in out.differences.into_iter().filter(|difference| difference.tolerance.is_none()) {
            measured.noise.add(&difference);
            measured.differences.push(difference);
        }
    }
    measured
}

impl Noise {
    /// Adds one difference of legacy from a repeat.
    fn add(&mut self, difference: &Difference) {
        let path = &difference.path;
        match difference.kind {
            Kind::Order | Kind::SingletonVsList => {
                self.of_kind.insert((difference.kind, path.clone()));
                return;
            }
            Kind::Missing | Kind::Extra | Kind::Moved => {
                self.lists.extend(list_of(path).map(str::to_owned));
                self.lists.extend(difference.new_path.as_deref().and_then(list_of).map(str::to_owned));
            }
            Kind::Value
            | Kind::Type
            | Kind::NullVsAbsent
            | Kind::NumberText
            | Kind::NumberAsText
            | Kind::Precision
            | Kind::InstantText
            | Kind::Case
            | Kind::Whitespace
            | Kind::DuplicateKey
            | Kind::Renamed
            | Kind::Entity => {}
        }
        self.whole.insert((difference.place.clone(), path.clone()));
        if let Some(new_path) = &difference.new_path {
            self.whole.insert((difference.place.clone(), new_path.clone()));
        }
    }

    /// How many repeats could be compared.
    pub fn repeats(&self) -> usize {
        self.usable
    }

    /// How many repeats failed where legacy had answered, or answered where it had failed: they say nothing.
    pub fn unusable(&self) -> usize {
        self.unusable
    }

    /// Legacy agrees with all its repeats.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.of_kind.is_empty() && !self.is_cut
    }

    /// Does legacy not know its own answer where this difference is?
    pub fn covers(&self, difference: &Difference) -> bool {
        let path = difference.path.as_str();
        if self.is_cut || self.of_kind.contains(&(difference.kind, path.to_owned())) {
            return true;
        }
        let comes_or_goes = matches!(difference.kind, Kind::Missing | Kind::Extra | Kind::Moved);
        if comes_or_goes && list_of(path).is_some_and(|list| self.lists.contains(list)) {
            return true;
        }
        // Of an unclosed `['…` no path is made, so that a mark inside a quoted name does no harm.
        let ends =
            path.char_indices().filter(|(at, mark)| *at > 0 && matches!(mark, '.' | '[')).map(|(at, _)| at);
        ends.chain([path.len()])
            .any(|end| self.whole.contains(&(difference.place.clone(), path[..end].to_owned())))
    }

    /// Why a pair with these differences is undecided; `None` where it is decided: nothing differs, or something
    /// differs where legacy knows its answer, or may do so beyond the differences that are kept.
    pub fn reason(&self, comparison: &Comparison) -> Option<Reason> {
        let differing = || comparison.differences.iter().filter(|difference| difference.tolerance.is_none());
        let count = differing().count();
        let is_whole = comparison.total - comparison.excused == count as u64;
        if count == 0 || !is_whole || !differing().all(|difference| self.covers(difference)) {
            return None;
        }
        let repeats = self.usable;
        let named = differing().take(PATHS_NAMED_MAX).map(|difference| difference.path.as_str());
        let first = named.collect::<Vec<_>>().join(", ");
        let others = match count.saturating_sub(PATHS_NAMED_MAX) {
            0 => String::new(),
            left_out => format!(" and {left_out} more"),
        };
        let times = if repeats == 1 { "when asked again" } else { "when asked again several times" };
        let detail = format!("legacy differs from itself {times}, at {first}{others}; nothing else differs");
        Some(Reason { code: ReasonCode::Noise, detail })
    }
}

/// The list that a path names an element of.
fn list_of(path: &str) -> Option<&str> {
    let (list, index) = path.strip_suffix(']')?.rsplit_once('[')?;
    index.bytes().all(|byte| byte.is_ascii_digit()).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Content;
    use crate::model::{FailureKind, Headers};
    use crate::rules::Rules;
    use crate::tape::Tape;

    /// Legacy's answer, its repeats, new's answer; then the reason, or the paths that differ for certain.
    fn check(legacy: &str, repeats: &[&str], new: &str, expected: Result<&str, &[&str]>) {
        let rules = Rules::none();
        let mut comparer = Comparer::new(&rules);
        let headers = Headers::new();
        let mut tapes: Vec<Tape> = (0..repeats.len() + 2).map(|_| Tape::new()).collect();
        let texts = [legacy, new].into_iter().chain(repeats.iter().copied());
        let answers: Vec<Answer<'_>> = tapes
            .iter_mut()
            .zip(texts)
            .map(|(tape, text)| match tape.parse(text) {
                Ok(json) => {
                    Answer::Content { status: Some(200), headers: &headers, body: Content::Json(json) }
                }
                Err(_) => Answer::Failure(FailureKind::Timeout),
            })
            .collect();
        let noise = measure(&mut comparer, answers[0], &answers[2..], Scope::default()).noise;
        let mut out = Comparison::default();
        answer::answers(&mut comparer, answers[0], answers[1], Scope::default(), &mut out);
        let outcome = noise.reason(&out).map(|reason| reason.detail).ok_or_else(|| {
            out.differences.iter().filter(|d| !noise.covers(d)).map(|d| d.path.as_str()).collect::<Vec<_>>()
        });
        assert_eq!(outcome.as_deref().map_err(Vec::as_slice), expected);
    }

    #[test]
    fn a_pair_that_differs_only_where_legacy_wavers_is_undecided() {
        check(
            r#"{"at":1,"n":"a"}"#,
            &[r#"{"at":2,"n":"a"}"#],
            r#"{"at":3,"n":"a"}"#,
            Ok("legacy differs from itself when asked again, at $.at; nothing else differs"),
        );
        check(r#"{"at":1,"n":"a"}"#, &[r#"{"at":2,"n":"a"}"#], r#"{"at":3,"n":"b"}"#, Err(&["$.n"]));
        check(r#"{"at":1}"#, &[r#"{"at":1}"#], r#"{"at":3}"#, Err(&["$.at"]));
        check(r#"{"at":1}"#, &[r#"{"at":2}"#], r#"{"at":1}"#, Err(&[]));
        check(
            r#"{"a":1,"b":1}"#,
            &[r#"{"a":2,"b":1}"#, r#"{"a":1,"b":{}}"#],
            r#"{"a":3,"b":{"c":1}}"#,
            Ok(
                "legacy differs from itself when asked again several times, at $.a, $.b; nothing else differs",
            ),
        );
    }

    #[test]
    fn what_lies_below_is_covered_and_what_lies_above_is_not() {
        check(
            r#"{"m":{"x":1}}"#,
            &[r#"{"m":7}"#],
            r#"{"m":{"x":2}}"#,
            Ok("legacy differs from itself when asked again, at $.m.x; nothing else differs"),
        );
        check(r#"{"m":{"x":1}}"#, &[r#"{"m":{"x":2}}"#], r#"{}"#, Err(&["$.m"]));
        check(r#"{"ab":1,"a":1}"#, &[r#"{"ab":1,"a":2}"#], r#"{"ab":2,"a":1}"#, Err(&["$.ab"]));
    }

    #[test]
    fn a_record_that_wavers_says_nothing_of_another_but_a_list_that_grows_does() {
        let row =
            |id: u8, at: u8| format!("{{\"id\":\"{id}{id}{id}\",\"name\":\"number {id}\",\"at\":{at}}}");
        let list = |rows: &[(u8, u8)]| {
            format!("[{}]", rows.iter().map(|(id, at)| row(*id, *at)).collect::<Vec<_>>().join(","))
        };
        check(
            &list(&[(1, 0), (2, 0)]),
            &[&list(&[(1, 9), (2, 0)])],
            &list(&[(1, 0), (2, 9)]),
            Err(&["$[1].at"]),
        );
        check(
            &list(&[(1, 0), (2, 0)]),
            &[&list(&[(1, 0), (2, 0), (3, 0)])],
            &list(&[(1, 0), (2, 0), (4, 0), (5, 0)]),
            Ok("legacy differs from itself when asked again, at $[2], $[3]; nothing else differs"),
        );
        check(
            &list(&[(1, 0), (2, 0)]),
            &[&list(&[(2, 0), (1, 0)])],
            &list(&[(2, 0), (1, 5)]),
            Err(&["$[0].at"]),
        );
    }

    #[test]
    fn a_repeat_that_failed_says_nothing() {
        check(r#"{"at":1}"#, &["no answer"], r#"{"at":3}"#, Err(&["$.at"]));
    }

    #[test]
    fn where_too_much_wavers_nothing_is_certain() {
        let object = |from: usize| {
            format!(
                "{{{}}}",
                (0..1_001).map(|n| format!("\"k{n}\":{}", n + from)).collect::<Vec<_>>().join(",")
            )
        };
        let outcome = Ok("legacy differs from itself when asked again, at $.k1000; nothing else differs");
        let other = object(0).replace("\"k1000\":1000", "\"k1000\":7");
        check(&object(0), &[&object(5)], &other, outcome);
        check(&object(0), &[&object(5)], &object(9), Err(&[]));
    }
}
