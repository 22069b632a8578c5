//! Who is to blame for a difference, where the upstream's own answer is at hand.
//!
//! Three witnesses are heard: legacy's answer, the new provider's raw answer, and the source (the upstream's answer). Which
//! path of a raw answer a mapping reads is not known, so values are looked for anywhere in an answer. The rules, the first
//! that applies:
//!
//! 1. The new provider sent legacy's value: the **mapping** could have given it and did not.
//! 2. The source has legacy's value, the new provider does not: the **new provider** lost or changed it.
//! 3. The source has new's value and not legacy's: a **legacy quirk**; legacy changes, invents or leaves out what upstream says.
//! 4. New's value is in no raw answer: the **mapping** made it up, if legacy has no value there; else unknown.
//! 5. The new provider sent a value that the source does not have, where legacy has none: the **new provider** made it up.
//!
//! Where 2 or 3 would apply and the data demonstrably changed while the three were asked, it is **staleness**: both values
//! are instants and the one that the source has is the later; or the source bears an instant between the first and the last
//! asking. What was renamed or moved is the mapping's: values are all there.
//!
//! Spelling (`1.0` for `1`, another time zone) is judged by the letter, all else by meaning. A value says nothing if it could
//! stand there by chance (null, booleans, one or two characters) or was cut; nor do order and shape: unknown. A value
//! composed of several (a full name) is in no raw answer as such: unknown too. Unknown is an answer; a guess is none.

use std::collections::BTreeSet;

use crate::difference::{Difference, Kind, Place};
use crate::instant;
use crate::moved;
use crate::number::Decimal;
use crate::tape::{Json, Tape, Type, Value};

/// A value with fewer characters stands in many answers by chance.
const WEIGHT_MIN: usize = 3;

/// Who is to blame for a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blame {
    /// The mapping loses, changes or invents what it was given.
    Mapping,
    /// The new provider does not pass on what the upstream says.
    NewProvider,
    /// Legacy does not pass on what the upstream says, and the application lives with it.
    LegacyQuirk,
    /// The data changed between the askings.
    Staleness,
    /// The witnesses do not say.
    Unknown,
}

impl Blame {
    /// Every blame with its word.
    pub const ALL: [(Blame, &'static str); 5] = [
        (Blame::Mapping, "mapping"),
        (Blame::NewProvider, "new_provider"),
        (Blame::LegacyQuirk, "legacy_quirk"),
        (Blame::Staleness, "staleness"),
        (Blame::Unknown, "unknown"),
    ];

    /// The word that reports and files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(blame, _)| *blame == self).map_or("", |(_, name)| name)
    }
}

/// What the witnesses of one pair say: read once, asked for each difference.
#[derive(Clone, Debug, Default)]
pub struct Witnesses {
    source: Option<Said>,
    new_raw: Option<Said>,
    changed_meanwhile: bool,
}

/// The scalars of one answer.
#[derive(Clone, Debug, Default)]
struct Said {
    /// To the letter.
    letters: BTreeSet<Vec<u8>>,
    /// By meaning: numbers as decimals, instants as nanoseconds, texts without the space around them.
    meanings: BTreeSet<Vec<u8>>,
    instants: Vec<i128>,
}

impl Witnesses {
    /// Reads the raw answers. `asked` are the times (RFC 3339) at which the sides and the source were asked, where known.
    pub fn new(source: Option<Json<'_>>, new_raw: Option<Json<'_>>, asked: &[&str]) -> Witnesses {
        let (source, new_raw) =
            (source.map(|json| Said::of(json.root())), new_raw.map(|json| Said::of(json.root())));
        let asked: Vec<i128> = asked.iter().filter_map(|time| instant::of_text(time)).collect();
        let changed_meanwhile = match (asked.iter().min(), asked.iter().max(), &source) {
            (Some(first), Some(last), Some(said)) => {
                said.instants.iter().any(|instant| first < instant && instant <= last)
            }
            _ => false,
        };
        Witnesses { source, new_raw, changed_meanwhile }
    }

    /// Who is to blame for a difference of this pair's bodies.
    pub fn blame(&self, difference: &Difference) -> Blame {
        if difference.place != Place::Body {
            return Blame::Unknown;
        }
        let by_letter = match difference.kind {
            Kind::Renamed | Kind::Moved => return Blame::Mapping,
            Kind::Order | Kind::SingletonVsList | Kind::DuplicateKey | Kind::Entity => return Blame::Unknown,
            Kind::NumberText
            | Kind::NumberAsText
            | Kind::Precision
            | Kind::InstantText
            | Kind::Case
            | Kind::Whitespace => true,
            Kind::Missing | Kind::Extra | Kind::Value | Kind::Type | Kind::NullVsAbsent => false,
        };
        let (mut tape, mut new_tape) = (Tape::new(), Tape::new());
        let (Some(legacy), Some(new)) = (
            Claim::read(difference.legacy.as_deref(), &mut tape),
            Claim::read(difference.new.as_deref(), &mut new_tape),
        ) else {
            return Blame::Unknown;
        };
        self.judge(legacy, new, by_letter)
    }

    fn judge(&self, legacy: Claim<'_>, new: Claim<'_>, by_letter: bool) -> Blame {
        let has = |said: &Option<Said>, claim| said.as_ref().is_some_and(|said| said.has(claim, by_letter));
        if has(&self.new_raw, legacy) {
            return Blame::Mapping;
        }
        let (source_has_legacy, source_has_new) = (has(&self.source, legacy), has(&self.source, new));
        if source_has_legacy || source_has_new {
            let later = match (legacy.instant(), new.instant()) {
                (Some(legacy), Some(new)) if legacy != new => Some(legacy > new),
                _ => None,
            };
            // Of two instants the source has the later one: who has the earlier asked too early, or caches.
            let is_stale = later.is_some_and(|legacy_is_later| legacy_is_later == source_has_legacy);
            return match source_has_legacy {
                _ if is_stale || self.changed_meanwhile => Blame::Staleness,
                true => Blame::NewProvider,
                false => Blame::LegacyQuirk,
            };
        }
        let legacy_has_none = matches!(legacy, Claim::Absent);
        match (new, &self.new_raw, &self.source) {
            (Claim::Value(_), Some(said), _) if legacy_has_none && !said.has(new, by_letter) => {
                Blame::Mapping
            }
            (Claim::Value(_), Some(_), Some(_)) if legacy_has_none => Blame::NewProvider,
            _ => Blame::Unknown,
        }
    }
}

/// What a side says at the difference.
#[derive(Clone, Copy)]
enum Claim<'t> {
    Absent,
    /// It could stand anywhere by chance.
    Common,
    Value(Value<'t>),
}

impl<'t> Claim<'t> {
    /// Reads a difference's sample; `None` where it was cut.
    fn read(sample: Option<&'t str>, tape: &'t mut Tape) -> Option<Claim<'t>> {
        let Some(sample) = sample else { return Some(Claim::Absent) };
        let value = tape.parse(sample).ok()?.root();
        Some(match moved::weigh(value, WEIGHT_MIN) >= WEIGHT_MIN {
            true => Claim::Value(value),
            false => Claim::Common,
        })
    }

    fn instant(self) -> Option<i128> {
        match self {
            Claim::Value(value) => instant_of(value),
            Claim::Absent | Claim::Common => None,
        }
    }
}

fn instant_of(value: Value<'_>) -> Option<i128> {
    match value.kind() {
        Type::String => instant::of_string(&value.text()),
        Type::Number => instant::of_number(value.raw()),
        Type::Null | Type::True | Type::False | Type::Array | Type::Object => None,
    }
}

impl Said {
    fn of(value: Value<'_>) -> Said {
        let mut said = Said::default();
        said.hear(value);
        said
    }

    fn hear(&mut self, value: Value<'_>) {
        match value.kind() {
            Type::Object => value.members().for_each(|(_, member)| self.hear(member)),
            Type::Array => value.elements().for_each(|element| self.hear(element)),
            _ => {
                self.letters.insert(letter(value));
                self.meanings.extend(meanings(value));
                self.instants.extend(instant_of(value));
            }
        }
    }

    /// Is the value among what was said? Of an object or list: is each of its scalars that says anything?
    fn has(&self, claim: Claim<'_>, by_letter: bool) -> bool {
        match claim {
            Claim::Absent | Claim::Common => false,
            Claim::Value(value) => self.has_all(value, by_letter),
        }
    }

    fn has_all(&self, value: Value<'_>, by_letter: bool) -> bool {
        match value.kind() {
            Type::Object => value.members().all(|(_, member)| self.has_all(member, by_letter)),
            Type::Array => value.elements().all(|element| self.has_all(element, by_letter)),
            _ if moved::weigh(value, WEIGHT_MIN) < WEIGHT_MIN => true,
            _ if by_letter => self.letters.contains(&letter(value)),
            _ => meanings(value).iter().any(|meaning| self.meanings.contains(meaning)),
        }
    }
}

fn letter(value: Value<'_>) -> Vec<u8> {
    match value.kind() {
        Type::String => [b"\"", &*value.text_bytes()].concat(),
        _ => value.raw().as_bytes().to_vec(),
    }
}

/// The ways in which a scalar may be meant: a number, an instant, a text.
fn meanings(value: Value<'_>) -> Vec<Vec<u8>> {
    let text = match value.kind() {
        Type::String => value.text().trim().to_owned(),
        _ => value.raw().to_owned(),
    };
    let mut meanings = vec![[b"text ", text.as_bytes()].concat()];
    meanings.extend(Decimal::parse(&text).map(|decimal| format!("number {decimal:?}").into_bytes()));
    meanings.extend(instant_of(value).map(|instant| format!("instant {instant}").into_bytes()));
    meanings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff_tests::compare;

    /// Legacy, new as mapped, new as the provider sent it, the source; times of asking; what is said of each difference.
    fn check_asked(legacy: &str, mapped: &str, raw: &str, source: &str, asked: &[&str], expected: &[&str]) {
        let (mut raw_tape, mut source_tape) = (Tape::new(), Tape::new());
        let witnesses = Witnesses::new(source_tape.parse(source).ok(), raw_tape.parse(raw).ok(), asked);
        let shown: Vec<String> = compare(legacy, mapped, &[])
            .differences
            .iter()
            .map(|difference| format!("{} {}", difference.path, witnesses.blame(difference).name()))
            .collect();
        assert_eq!(shown, expected, "{legacy} {mapped} {raw} {source}");
    }

    fn check(legacy: &str, mapped: &str, raw: &str, source: &str, expected: &[&str]) {
        check_asked(legacy, mapped, raw, source, &[], expected);
    }

    #[test]
    fn the_mapping_is_blamed_for_what_it_was_given() {
        check(
            r#"{"name":"Ann Ames"}"#,
            r#"{"name":"Ames"}"#,
            r#"{"n":"Ann Ames","l":"Ames"}"#,
            r#"{"n":"Ann Ames"}"#,
            &["$.name mapping"],
        );
        check(r#"{"total":1250}"#, "{}", r#"{"amount":"1250.00"}"#, "", &["$.total mapping"]);
        check("{}", r#"{"made":"by the mapping"}"#, "{}", "{}", &["$.made mapping"]);
        check(r#"{"a":"Ann Ames"}"#, r#"{"b":"Ann Ames"}"#, "", "", &["$.a mapping"]);
        check(r#"{"tags":["one","two"]}"#, "{}", r#"{"t":{"x":"two","y":"one"}}"#, "", &["$.tags mapping"]);
    }

    #[test]
    fn the_new_provider_is_blamed_for_what_it_lost_or_made_up() {
        check(
            r#"{"name":"Zoë"}"#,
            r#"{"name":"Zo?"}"#,
            r#"{"n":"Zo?"}"#,
            r#"{"n":"Zoë"}"#,
            &["$.name new_provider"],
        );
        check(r#"{"phone":"+4930123"}"#, "{}", "{}", r#"{"p":"+4930123"}"#, &["$.phone new_provider"]);
        check("{}", r#"{"x":"invented"}"#, r#"{"x":"invented"}"#, "{}", &["$.x new_provider"]);
        check(r#"{"d":"1.10"}"#, r#"{"d":1.1}"#, r#"{"d":1.1}"#, r#"{"d":"1.10"}"#, &["$.d new_provider"]);
    }

    #[test]
    fn legacy_is_blamed_for_what_upstream_does_not_say() {
        check(
            r#"{"stage":"open"}"#,
            r#"{"stage":"appointment"}"#,
            r#"{"s":"appointment"}"#,
            r#"{"s":"appointment"}"#,
            &["$.stage legacy_quirk"],
        );
        check(
            "{}",
            r#"{"x":"left out"}"#,
            r#"{"x":"left out"}"#,
            r#"{"x":"left out"}"#,
            &["$.x legacy_quirk"],
        );
        check(
            r#"{"at":"2024-01-02 03:04:05"}"#,
            r#"{"at":"2024-01-02T03:04:05Z"}"#,
            r#"{"at":"2024-01-02T03:04:05Z"}"#,
            r#"{"at":"2024-01-02T03:04:05Z"}"#,
            &["$.at legacy_quirk"],
        );
    }

    #[test]
    fn what_changed_between_the_askings_is_stale() {
        let (early, late) = (r#"{"at":"2024-01-02T03:04:05Z"}"#, r#"{"at":"2024-01-02T04:00:00Z"}"#);
        check(early, late, late, late, &["$.at staleness"]);
        check(late, early, early, late, &["$.at staleness"]);
        check(late, early, early, early, &["$.at legacy_quirk"]);
        let source = r#"{"name":"new name","updated":"2024-01-02T09:00:02Z"}"#;
        let (old, new) = (r#"{"name":"old name"}"#, r#"{"name":"new name"}"#);
        check_asked(
            old,
            new,
            new,
            source,
            &["2024-01-02T09:00:00Z", "2024-01-02T09:00:03Z"],
            &["$.name staleness"],
        );
        check_asked(
            old,
            new,
            new,
            source,
            &["2024-01-02T09:00:03Z", "2024-01-02T09:00:04Z"],
            &["$.name legacy_quirk"],
        );
    }

    #[test]
    fn what_the_witnesses_do_not_say_is_unknown() {
        check(
            r#"{"full":"Ann Ames"}"#,
            r#"{"full":"Ames, Ann"}"#,
            r#"{"f":"Ann","l":"Ames"}"#,
            r#"{"f":"Ann","l":"Ames"}"#,
            &["$.full unknown"],
        );
        check(r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":1}"#, r#"{"n":1}"#, &["$.n unknown"]);
        check(r#"{"n":true}"#, r#"{"n":false}"#, r#"{"n":true}"#, "", &["$.n unknown"]);
        check(r#"{"a":"some value"}"#, r#"{"a":"another one"}"#, "", "", &["$.a unknown"]);
        let long = format!("\"{}\"", "x".repeat(3_000));
        check(&long, "\"y\"", &long, &long, &["$ unknown"]);
    }
}
