//! What is told of each pair without looking into its bodies: by the catalogue of a segment, else by the ends of its text.
//!
//! Whether a record is a pair in all its parts is not asked here: a body that is torn in the middle is not seen.

use std::fmt;
use std::path::Path;

use compare::model::PairKind;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::records::open_segment;
use super::{RawRecord, ReadProblem, Recordings, Shape};
use crate::segments::{Answer, Entries, Entry, EntryRedaction, State};

/// What is known of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `<operation>/<name>`.
    pub id: String,
    /// The operation.
    pub operation: String,
    /// What the pair records.
    pub kind: PairKind,
    /// The linked account, where known.
    pub account: Option<String>,
    /// RFC 3339, as recorded.
    pub recorded_at: Option<String>,
    /// How it was redacted.
    pub redaction: EntryRedaction,
    /// Bytes of its text.
    pub bytes: u64,
    /// What legacy and new answered, where that was looked for.
    pub answers: Option<[Answer; 2]>,
}

impl Head {
    /// Of a record's text; none where it is no pair as far as was looked.
    pub fn of(record: &RawRecord) -> Option<Head> {
        let text = record.text.as_ref().ok()?;
        let quick = is_written_here(text).then(|| of_ends(text)).flatten();
        let read = quick.or_else(|| serde_json::from_str::<Whole>(text).ok().map(|whole| whole.0))?;
        Some(Head {
            operation: read.operation?,
            kind: read.kind.map_or(Some(PairKind::Request), |word| kind_of(&word))?,
            account: read.account,
            recorded_at: read.recorded_at,
            redaction: read.redaction.map_or(EntryRedaction::Unsaid, RedactionText::meant),
            bytes: text.len() as u64,
            id: read.id?,
            answers: None,
        })
    }

    /// With what each side answered, for which the whole record is read.
    pub fn with_answers(record: &RawRecord) -> Option<Head> {
        let text = record.text.as_ref().ok()?;
        record.pair().ok().map(|pair| Head::from(Entry::of(&pair, &pair.id, text.len())))
    }
}

impl From<Entry> for Head {
    fn from(entry: Entry) -> Head {
        let Entry { id, operation, kind, account, recorded_at, redaction, bytes, .. } = entry;
        let answers = Some([entry.legacy, entry.new]);
        Head { id, operation, kind, account, recorded_at, redaction, bytes, answers }
    }
}

/// What a segment tells of its pairs.
pub struct Catalogue {
    /// Whether it is closed.
    pub state: State,
    /// The pairs, in their order.
    pub entries: Entries,
}

impl Recordings {
    /// What a segment tells of its pairs; none for a file of another sort.
    pub fn catalogue(&self, file: &Path) -> Option<Result<Catalogue, ReadProblem>> {
        (Shape::of(file) == Some(Shape::Segment)).then(|| {
            let segment = open_segment(&self.root, self.remote.as_deref(), file)?;
            Ok(Catalogue { state: segment.state(), entries: segment.entries() })
        })
    }
}

/// What the envelope says, as far as it was read.
#[derive(Default)]
struct Read {
    id: Option<String>,
    operation: Option<String>,
    kind: Option<String>,
    account: Option<String>,
    recorded_at: Option<String>,
    redaction: Option<RedactionText>,
}

#[derive(Deserialize)]
struct RedactionText {
    key: Option<String>,
}

impl RedactionText {
    fn meant(self) -> EntryRedaction {
        self.key.map_or(EntryRedaction::Nothing, EntryRedaction::Key)
    }
}

fn kind_of(word: &str) -> Option<PairKind> {
    PairKind::ALL.iter().find(|(_, name)| *name == word).map(|(kind, _)| *kind)
}

/// As this program writes a pair: what is known of it stands before its sides, and how it was redacted behind them.
fn is_written_here(text: &str) -> bool {
    let line = r#"{"version":1,"id":"#;
    let pretty = "{\n  \"version\": 1,\n  \"id\": ";
    text.starts_with(line) || text.starts_with(pretty)
}

fn of_ends(text: &str) -> Option<Read> {
    let mut read = Read::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // It ends at the first side with an error that nobody looks at: what stands before was read.
    let _ = Envelope { read: &mut read, until: Until::Sides }.deserialize(&mut deserializer);
    let end = text.trim_ascii_end().strip_suffix('}')?.trim_ascii_end();
    // A last member that is an object can be no other: all others that are, hold lists at their end.
    let object = end.strip_suffix('}').filter(|inner| !inner.trim_ascii_end().ends_with([']', '{']));
    if object.is_some() {
        let names = [r#""redaction":{"#, r#""redaction": {"#];
        let at = names.iter().filter_map(|name| Some(end.rfind(name)? + name.len() - 1)).max()?;
        read.redaction = Some(serde_json::from_str(&end[at..]).ok()?);
    }
    Some(read)
}

/// A pair's keys, wherever they stand; its sides are passed over.
struct Whole(Read);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Read::default();
        Envelope { read: &mut read, until: Until::End }.deserialize(deserializer)?;
        Ok(Whole(read))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Sides,
    End,
}

struct Envelope<'r> {
    read: &'r mut Read,
    until: Until,
}

impl<'de> DeserializeSeed<'de> for Envelope<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a pair")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Envelope { read, until } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => read.id = Some(map.next_value()?),
                "operation" => read.operation = Some(map.next_value()?),
                "kind" => read.kind = Some(map.next_value()?),
                "account" => read.account = Some(map.next_value()?),
                "recorded_at" => read.recorded_at = Some(map.next_value()?),
                "redaction" => read.redaction = Some(map.next_value()?),
                "version" => drop(map.next_value::<IgnoredAny>()?),
                _ if until == Until::Sides => return Err(A::Error::custom("the sides begin here")),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use compare::model::{
        Body, Effect, Exchange, Failure, FailureKind, Outcome, Pair, Redacted, Redaction, Response,
    };
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::*;
    use crate::format;
    use crate::recordings::Location;

    fn record(text: String) -> RawRecord {
        RawRecord { location: Location { file: "a.jsonl".into(), line: Some(1) }, text: Ok(text) }
    }

    fn expected(pair: &Pair, bytes: usize) -> Head {
        Head { answers: None, ..Head::from(Entry::of(pair, &pair.id, bytes)) }
    }

    /// Pairs whose bodies, details and marks hold what the head is looked for by.
    fn pairs() -> impl Strategy<Value = Pair> {
        let tricky = prop_oneof![
            Just(r#"{"redaction":{"version":1,"key":"ffffffff"}}"#.to_owned()),
            Just(r#"{"a":{"id":"x","redaction":{"none":true}}}"#.to_owned()),
            Just("[]".to_owned()),
            Just("{}".to_owned()),
            Just("\"redaction\"".to_owned()),
        ];
        let outcome = prop_oneof![
            tricky.prop_map(|body| Outcome::Response(Response {
                status: 200,
                headers: Default::default(),
                body: Body::Json(body),
            })),
            Just(Outcome::Failure(Failure {
                kind: FailureKind::Timeout,
                detail: r#""redaction":{"version":1,"key":"0"}}"#.to_owned(),
            })),
        ];
        let exchange = outcome.prop_map(|outcome| Exchange {
            started_at: None,
            elapsed_ms: None,
            request: None,
            outcome,
        });
        let side = proptest::collection::vec(exchange, 0..2);
        let effect = prop_oneof![
            Just(Effect::NotJudged),
            Just(Effect::Commutes),
            Just(Effect::Differs(r#"new is value at $["redaction":{ ]}}"#.to_owned())),
        ];
        let redaction = prop_oneof![
            Just(None),
            Just(Some(Redaction { version: 1, by: Redacted::Nothing })),
            effect.prop_map(|effect| {
                let by = Redacted::Key { fingerprint: "0123abcd".to_owned(), effect };
                Some(Redaction { version: 1, by })
            }),
        ];
        let account = any::<Option<String>>();
        (side.clone(), side.clone(), side, redaction, account, 0..4_usize).prop_map(
            |(legacy, new, again, redaction, account, kind)| Pair {
                id: "a.b/\"1\"".to_owned(),
                operation: "a.b".to_owned(),
                kind: PairKind::ALL[kind].0,
                account,
                recorded_at: Some("2026-01-02T03:04:05Z".to_owned()),
                legacy,
                new,
                legacy_repeats: vec![again],
                redaction,
                ..Pair::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_head_says_what_the_whole_pair_says(pair in pairs()) {
            for text in [format::to_line(&pair), format::to_pretty(&pair)] {
                prop_assert_eq!(Head::of(&record(text.clone())), Some(expected(&pair, text.len())), "{}", text);
                // What was not written here is read to its end.
                let by_hand = format!(" {text}");
                let head = Head::of(&record(by_hand.clone()));
                prop_assert_eq!(head, Some(expected(&pair, by_hand.len())), "{}", by_hand);
                let answers = Head::from(Entry::of(&pair, &pair.id, text.len()));
                prop_assert_eq!(Head::with_answers(&record(text)), Some(answers));
            }
        }
    }

    #[test]
    fn what_is_no_pair_has_no_head() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"version":1,"id":"a/b"}"#,
            r#"{"version":1,"id":7,"operation":"a"}"#,
            "{\"id",
        ] {
            assert_eq!(Head::of(&record(text.to_owned())), None, "{text}");
        }
    }
}
