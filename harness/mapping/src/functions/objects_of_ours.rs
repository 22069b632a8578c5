//! Dates, durations and URLs as JSON: what stands for the JavaScript objects that Truto's functions answer with.
//!
//! Such an object has the members that a mapping can read, the state that its methods need, and first of all the
//! text that it becomes in the output. Its methods are host functions, which calls are rewritten to.

use serde_json::{Map, Value};

/// The functions that answer such objects.
pub(super) const SOURCES: [&str; 3] = ["dtFromIso", "dtFromFormat", "parseUrl"];

/// The first key of every such object; its value is what the output gets.
pub(crate) const TEXT_KEY: &str = "\u{1}cutover:text";

/// The key of the state that methods read.
pub(super) const STATE_KEY: &str = "\u{1}cutover:state";

/// What a method's host function is named after.
pub(crate) const METHOD_PREFIX: &str = "cutover_";

/// Every method that a date, a duration or the parameters of a URL have.
pub(crate) const METHODS: [&str; 44] = [
    "plus",
    "minus",
    "set",
    "startOf",
    "endOf",
    "setZone",
    "setLocale",
    "reconfigure",
    "toUTC",
    "toLocal",
    "toFormat",
    "toISO",
    "toISODate",
    "toISOTime",
    "toISOWeekDate",
    "toRFC2822",
    "toHTTP",
    "toSQL",
    "toSQLDate",
    "toSQLTime",
    "toJSDate",
    "toMillis",
    "toSeconds",
    "toUnixInteger",
    "toRelative",
    "toRelativeCalendar",
    "toLocaleString",
    "diff",
    "diffNow",
    "until",
    "hasSame",
    "equals",
    "valueOf",
    "as",
    "shiftTo",
    "normalize",
    "negate",
    "get",
    "toObject",
    "toString",
    "toJSON",
    "rescale",
    "has",
    "getAll",
];

/// The methods whose answer is again such an object.
pub(super) const ANSWER_OBJECTS: [&str; 17] = [
    "plus",
    "minus",
    "set",
    "startOf",
    "endOf",
    "setZone",
    "setLocale",
    "reconfigure",
    "toUTC",
    "toLocal",
    "toJSDate",
    "diff",
    "diffNow",
    "until",
    "shiftTo",
    "normalize",
    "negate",
];

/// An object that stands for a JavaScript one.
pub(super) fn object(text: Value, state: Value) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert(TEXT_KEY.to_owned(), text);
    map.insert(STATE_KEY.to_owned(), state);
    map
}

/// The state of an object of ours.
pub(super) fn state(value: Option<&Value>) -> Option<&Value> {
    value?.as_object()?.get(STATE_KEY)
}
