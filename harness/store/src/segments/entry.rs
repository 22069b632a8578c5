//! What is known of a pair without reading it.

use compare::model::{Exchange, FailureKind, Outcome, Pair, PairKind, Redacted, Redaction};

/// A row of a segment's catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
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
    /// What legacy answered.
    pub legacy: Answer,
    /// What the new side answered.
    pub new: Answer,
    /// Bytes of its line, decompressed and without the line's end.
    pub bytes: u64,
    /// Its number in the segment, from 0; its line in a location is one more.
    pub number: u64,
    /// Where the block begins that it is read from, in bytes from the file's start.
    pub block_at: u64,
    /// Lines of the block before it.
    pub block_line: u64,
}

/// How a pair was redacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryRedaction {
    /// The pair does not say.
    Unsaid,
    /// Not, on purpose.
    Nothing,
    /// With the key of this fingerprint.
    Key(String),
}

/// What a side answered, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The side was not recorded.
    Absent,
    /// The status of its first exchange that is not 2xx, else of its last.
    Status(u16),
    /// Its first exchange that is not 2xx has no response.
    Failure(FailureKind),
}

impl Entry {
    /// Of a pair with this name and a line of so many bytes; its place is told when it has one.
    pub(crate) fn of(pair: &Pair, id: &str, bytes: usize) -> Entry {
        Entry {
            id: id.to_owned(),
            operation: pair.operation.clone(),
            kind: pair.kind,
            account: pair.account.clone(),
            recorded_at: pair.recorded_at.clone(),
            redaction: EntryRedaction::of(pair.redaction.as_ref()),
            legacy: Answer::of(&pair.legacy),
            new: Answer::of(&pair.new),
            bytes: bytes as u64,
            number: 0,
            block_at: 0,
            block_line: 0,
        }
    }
}

impl EntryRedaction {
    pub(crate) fn of(redaction: Option<&Redaction>) -> EntryRedaction {
        match redaction.map(|redaction| &redaction.by) {
            None => EntryRedaction::Unsaid,
            Some(Redacted::Nothing) => EntryRedaction::Nothing,
            Some(Redacted::Key { fingerprint, .. }) => EntryRedaction::Key(fingerprint.clone()),
        }
    }
}

impl Answer {
    fn of(side: &[Exchange]) -> Answer {
        let answers = side.iter().map(|exchange| match &exchange.outcome {
            Outcome::Response(response) => Answer::Status(response.status),
            Outcome::Failure(failure) => Answer::Failure(failure.kind),
        });
        let mut last = Answer::Absent;
        for answer in answers {
            last = answer;
            if !matches!(answer, Answer::Status(200..=299)) {
                break;
            }
        }
        last
    }

    /// A status is its own code; a failure is 1,000 and its place in the list of kinds.
    pub(super) fn code(self) -> u16 {
        match self {
            Answer::Absent => 0,
            Answer::Status(status) => status,
            Answer::Failure(kind) => {
                let place = FailureKind::ALL.iter().position(|(known, _)| *known == kind);
                1_000 + place.and_then(|place| u16::try_from(place).ok()).unwrap_or_default()
            }
        }
    }

    pub(super) fn from_code(code: u16) -> Option<Answer> {
        match code {
            0 => Some(Answer::Absent),
            1..=999 => Some(Answer::Status(code)),
            _ => FailureKind::ALL.get(usize::from(code) - 1_000).map(|(kind, _)| Answer::Failure(*kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use compare::model::{Body, Failure, Headers, Response};

    use super::*;

    fn check(outcomes: Vec<Outcome>, expected: Answer) {
        let exchange = |outcome| Exchange { started_at: None, elapsed_ms: None, request: None, outcome };
        let side: Vec<Exchange> = outcomes.into_iter().map(exchange).collect();
        let answer = Answer::of(&side);
        assert_eq!(answer, expected);
        assert_eq!(Answer::from_code(answer.code()), Some(answer), "its code reads back");
    }

    fn status(status: u16) -> Outcome {
        Outcome::Response(Response { status, headers: Headers::new(), body: Body::Absent })
    }

    #[test]
    fn a_side_answered_what_went_wrong_first_else_what_came_last() {
        check(vec![], Answer::Absent);
        check(vec![status(200), status(204)], Answer::Status(204));
        check(vec![status(200), status(429), status(200)], Answer::Status(429));
        for (kind, _) in FailureKind::ALL {
            let failure = Outcome::Failure(Failure { kind, detail: String::new() });
            check(vec![status(200), failure, status(500)], Answer::Failure(kind));
        }
    }

    #[test]
    fn a_code_of_no_answer_is_none() {
        assert_eq!(Answer::from_code(1_008), None);
        assert_eq!(Answer::from_code(u16::MAX), None);
    }
}
