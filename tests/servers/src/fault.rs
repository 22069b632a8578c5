//! What can go wrong with a server, switched on and off while it runs.

use std::time::Duration;

use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The answer comes later.
    Slow(Duration),
    /// No answer comes, and the connection stays open.
    Hang,
    /// The connection is reset instead of an answer.
    Reset,
    /// The connection is reset when half of the body is out.
    ResetMidway,
    /// A body of so many bytes, with a pause before each 64 KiB.
    Flood {
        /// In all.
        bytes: u64,
        /// Before each 64 KiB.
        pause: Duration,
    },
    /// A value stands in the answer's place of this JSON Pointer, where there is one.
    WrongField {
        /// RFC 6901; `*` stands for every element of a list.
        pointer: String,
        /// What stands there.
        value: Value,
    },
    /// The server answers from what it knew when the fault was switched on.
    Stale,
    /// An error of this status, in the server's own shape, after what was asked has been done.
    Status(u16),
    /// An error of this status, in the server's own shape, and nothing is done.
    Refused(u16),
    /// The request is handled twice, as where something on the way sends it again; the second answer goes out.
    Twice,
    /// Nothing is done, and the answer before comes again, as from a cache that must not be there.
    Again,
    /// The server's clock goes ahead by so many milliseconds; behind, where negative.
    ClockSkew(i64),
    /// A body that says that it is JSON and is cut off.
    TornJson,
}

impl Fault {
    /// Its word, by which a ledger tells it.
    pub fn name(&self) -> &'static str {
        match self {
            Fault::Slow(_) => "slow",
            Fault::Hang => "hang",
            Fault::Reset => "reset",
            Fault::ResetMidway => "reset_midway",
            Fault::Flood { .. } => "flood",
            Fault::WrongField { .. } => "wrong_field",
            Fault::Stale => "stale",
            Fault::Status(_) => "status",
            Fault::ClockSkew(_) => "clock_skew",
            Fault::TornJson => "torn_json",
            Fault::Refused(_) => "refused",
            Fault::Twice => "twice",
            Fault::Again => "again",
        }
    }
}

/// A fault with the requests that it befalls.
#[derive(Clone, Debug)]
pub struct Planted {
    /// What goes wrong.
    pub fault: Fault,
    /// Only for paths that begin so.
    pub below: Option<String>,
    /// Only so often.
    pub times: Option<u64>,
}

impl Planted {
    /// Every request.
    pub fn always(fault: Fault) -> Planted {
        Planted { fault, below: None, times: None }
    }

    /// The next so many requests.
    pub fn times(fault: Fault, times: u64) -> Planted {
        Planted { fault, below: None, times: Some(times) }
    }

    /// Requests for paths that begin so.
    pub fn below(fault: Fault, path: &str) -> Planted {
        Planted { fault, below: Some(path.to_owned()), times: None }
    }

    pub(crate) fn befalls(&mut self, path: &str) -> bool {
        let is_here = self.below.as_ref().is_none_or(|below| path.starts_with(below.as_str()));
        match (&mut self.times, is_here) {
            (_, false) => false,
            (Some(0), true) => false,
            (Some(times), true) => {
                *times -= 1;
                true
            }
            (None, true) => true,
        }
    }
}

/// Puts a value at a pointer's places; `*` is every element of a list. Whether anything is another now.
pub(crate) fn put(target: &mut Value, pointer: &str, value: &Value) -> bool {
    let Some(rest) = pointer.strip_prefix('/') else {
        let is_other = target != value;
        *target = value.clone();
        return is_other;
    };
    let (token, rest) = match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    };
    match target {
        Value::Array(items) if token == "*" => {
            // Each of them, also after the first that is another now.
            items.iter_mut().filter_map(|item| put(item, rest, value).then_some(())).count() > 0
        }
        Value::Array(items) => {
            let item = token.parse::<usize>().ok().and_then(|at| items.get_mut(at));
            item.is_some_and(|item| put(item, rest, value))
        }
        Value::Object(fields) => {
            let field = fields.get_mut(&token.replace("~1", "/").replace("~0", "~"));
            field.is_some_and(|field| put(field, rest, value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
