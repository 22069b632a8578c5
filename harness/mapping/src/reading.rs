//! How the engine reads a JSON text: as it reaches it, in JavaScript's order of keys where a mapping can see that.
//!
//! The text is parsed onto a tape, which is quick; the engine then asks for the values that an expression comes to.
//! Building all of its own values first would cost more than many mappings cost to evaluate.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::{Rc, Weak};

use compare::tape::{Json, Tape, Type, Value};
use jlens_core::input::{Sink, Source, Sources};
use jlens_core::reads::Read;

use crate::order;

/// How a mapping's input is read.
#[derive(Debug)]
pub(crate) struct Reading {
    cut: Cut,
    order: Order,
}

/// The order of an object's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they came.
    AsWritten,
    /// As JavaScript lists them.
    JavaScript,
}

/// What is read of a value.
#[derive(Debug)]
enum Cut {
    Whole,
    /// Of an object these fields, of a list the same of each element. Sorted as [`by_length`] compares.
    Fields(Vec<(String, Cut)>),
}

static WHOLE: Cut = Cut::Whole;

/// A larger text gets a tape of its own, which does not stay.
const KEPT_TEXT_BYTES_MAX: usize = 4 << 20;

/// In a larger object, fields are not looked for one after the other: it is read at once.
const SEARCHED_FIELDS_MAX: usize = 16;

thread_local! {
    static TAPE: RefCell<Tape> = RefCell::default();
}

impl Reading {
    /// What the engine says that an expression reads; without that, all.
    pub(crate) fn of(read: Option<&Read>, order: Order) -> Reading {
        Reading { cut: read.map_or(Cut::Whole, Cut::of), order }
    }

    /// Hands on the input that a text is. An error is a text that is no JSON; what a mapping does not come to may be
    /// beyond a double, or half a character.
    pub(crate) fn with<T>(&self, text: &str, give: impl FnOnce(&Input<'_>) -> T) -> Result<T, String> {
        TAPE.with(|kept| match kept.try_borrow_mut() {
            Ok(mut tape) if text.len() <= KEPT_TEXT_BYTES_MAX => self.read(text, &mut tape, give),
            _ => self.read(text, &mut Tape::new(), give),
        })
    }

    fn read<T>(&self, text: &str, tape: &mut Tape, give: impl FnOnce(&Input<'_>) -> T) -> Result<T, String> {
        let json = tape.parse(text).map_err(|error| error.to_string())?;
        Ok(give(&Input { json, cut: &self.cut, order: self.order }))
    }
}

/// A text that was parsed.
pub(crate) struct Input<'t> {
    json: Json<'t>,
    cut: &'t Cut,
    order: Order,
}

impl<'t> Source<'t> for Input<'t> {
    fn read(&self, sink: &mut Sink<'_, 't>) -> Result<(), String> {
        Level::new(self.json, self.cut, self.order).put(self.json.root(), || self.cut, sink)
    }
}

/// Lists and objects of a text, each known by the index of its node, of which the same is read.
struct Level<'t> {
    json: Json<'t>,
    cut: &'t Cut,
    order: Order,
    me: Weak<Level<'t>>,
}

impl<'t> Level<'t> {
    fn new(json: Json<'t>, cut: &'t Cut, order: Order) -> Rc<Level<'t>> {
        Rc::new_cyclic(|me| Level { json, cut, order, me: me.clone() })
    }

    /// Where values are held of which this is read.
    fn of(&self, cut: &'t Cut) -> Rc<Level<'t>> {
        match self.me.upgrade() {
            Some(me) if std::ptr::eq(cut, self.cut) => me,
            _ => Level::new(self.json, cut, self.order),
        }
    }

    /// Hands on a value; what is read of it matters only where it holds others.
    #[inline]
    fn put(
        &self,
        value: Value<'t>,
        cut: impl FnOnce() -> &'t Cut,
        sink: &mut Sink<'_, 't>,
    ) -> Result<(), String> {
        match value.kind() {
            Type::Null => sink.null(),
            Type::True => sink.bool(true),
            Type::False => sink.bool(false),
            Type::Number => sink.number(number(value.raw()).ok_or("number out of range")?),
            Type::String => sink.string(&text(value)?),
            // The index of a node is one of 32 bits.
            Type::Array => sink.array_of(&self.of(cut()), value.index() as u32),
            Type::Object => sink.object_of(&self.of(cut()), value.index() as u32),
        }
        Ok(())
    }

    fn member(&self, (key, value): (Value<'t>, Value<'t>), sink: &mut Sink<'_, 't>) -> Result<(), String> {
        let Some(cut) = self.cut.field(&key.text_bytes()) else { return Ok(()) };
        sink.key(&text(key)?);
        self.put(value, || cut, sink)
    }

    fn is_ordered(&self, object: Value<'t>) -> bool {
        self.order == Order::JavaScript && has_index_keys(object)
    }
}

impl<'t> Sources<'t> for Level<'t> {
    fn read(&self, index: u32, sink: &mut Sink<'_, 't>) -> Result<(), String> {
        let value = self.json.value(index as usize);
        if value.kind() == Type::Array {
            sink.reserve(value.elements().count());
            return value.elements().try_for_each(|element| self.put(element, || self.cut, sink));
        }
        sink.reserve(match self.cut {
            Cut::Whole => value.members().count(),
            Cut::Fields(fields) => fields.len(),
        });
        if self.is_ordered(value) {
            let mut sorted: Vec<_> = value.members().collect();
            // A repeated key keeps its first place and its last value, which a stable sort leaves to the engine.
            sorted.sort_by_key(|(key, _)| order::rank(&key.text()));
            return sorted.into_iter().try_for_each(|member| self.member(member, sink));
        }
        value.members().try_for_each(|member| self.member(member, sink))
    }

    fn read_field(&self, index: u32, key: &str, sink: &mut Sink<'_, 't>) -> Result<bool, String> {
        let object = self.json.value(index as usize);
        let mut found = None;
        for (at, (name, value)) in object.members().enumerate() {
            if at == SEARCHED_FIELDS_MAX {
                return Ok(false);
            }
            if name.is_named(key) {
                // The last of a repeated key counts.
                found = Some(value);
            }
        }
        if let Some(value) = found {
            self.put(value, || self.cut.field(key.as_bytes()).unwrap_or(&WHOLE), sink)?;
        }
        Ok(true)
    }

    fn length(&self, index: u32) -> Option<usize> {
        Some(self.json.value(index as usize).elements().count())
    }
}

impl Cut {
    fn of(read: &Read) -> Cut {
        let Some(fields) = read.fields() else { return Cut::Whole };
        let mut fields: Vec<_> = fields.iter().map(|(name, read)| (name.clone(), Cut::of(read))).collect();
        fields.sort_by(|(left, _), (right, _)| by_length(left.as_bytes(), right.as_bytes()));
        Cut::Fields(fields)
    }

    /// What is read of a field; `None` where it is not read.
    fn field(&self, name: &[u8]) -> Option<&Cut> {
        match self {
            Cut::Whole => Some(self),
            Cut::Fields(fields) => {
                let found = fields.binary_search_by(|(known, _)| by_length(known.as_bytes(), name));
                found.ok().map(|at| &fields[at].1)
            }
        }
    }
}

/// Most names differ in length, which is at hand.
fn by_length(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn has_index_keys(object: Value<'_>) -> bool {
    object.members().any(|(key, _)| {
        // A digit may be written as an escape.
        matches!(key.raw().as_bytes().get(1), Some(b'0'..=b'9' | b'\\'))
            && order::index(&key.text()).is_some()
    })
}

/// A string's content; half a character is an error, because a Rust string cannot hold it.
fn text(value: Value<'_>) -> Result<Cow<'_, str>, String> {
    match value.text_bytes() {
        Cow::Borrowed(_) => {
            let raw = value.raw();
            Ok(Cow::Borrowed(&raw[1..raw.len() - 1]))
        }
        Cow::Owned(bytes) => {
            String::from_utf8(bytes).map(Cow::Owned).map_err(|_| "lone surrogate in a string".to_owned())
        }
    }
}

/// So many digits at most are exact as they are added up.
const EXACT_DIGITS_MAX: usize = 15;

/// The double of a number; `None` where it is beyond all of them.
fn number(raw: &str) -> Option<f64> {
    let (sign, digits) = match raw.as_bytes() {
        [b'-', digits @ ..] => (-1.0, digits),
        digits => (1.0, digits),
    };
    if digits.len() <= EXACT_DIGITS_MAX && digits.iter().all(u8::is_ascii_digit) {
        let whole = digits.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        return Some(sign * whole as f64);
    }
    raw.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use jlens_core::{Bindings, Expression, Options};

    use super::*;

    fn check(source: &str, order: Order, input: &str, expected: &str) {
        let expression = Expression::compile(source).expect("it compiles");
        let reading = Reading::of(expression.reads().input(), order);
        let read = reading.with(input, |input| {
            expression
                .evaluate_source(input, &Bindings::new(), &Options::new())
                .map_err(|error| error.message())
        });
        let shown = read.and_then(|evaluated| evaluated);
        let shown = shown.map_or_else(|error| error, |value| value.unwrap_or_default().to_string());
        assert_eq!(shown, expected, "{source} of {input}");
    }

    #[test]
    fn integer_keys_come_first_and_ascending() {
        let ordered = |input, expected| check("$", Order::JavaScript, input, expected);
        ordered(
            r#"{"b":1,"10":2,"a":{"2":1,"x":[{"z":0,"1" :1}],"1":2},"9":3}"#,
            r#"{"9":3,"10":2,"b":1,"a":{"1":2,"2":1,"x":[{"1":1,"z":0}]}}"#,
        );
        ordered(
            r#"{"b":1,"4294967294":2,"4294967295":3,"01":4,"-1":5}"#,
            r#"{"4294967294":2,"b":1,"4294967295":3,"01":4,"-1":5}"#,
        );
        ordered(r#"{"b":1,"\u0031":2,"1":3}"#, r#"{"1":3,"b":1}"#);
        check("$", Order::AsWritten, r#"{"b":1,"1":3,"b":2}"#, r#"{"b":2,"1":3}"#);
    }

    #[test]
    fn what_a_mapping_does_not_come_to_is_not_read() {
        let check = |input, expected| check("items.(id & name.first)", Order::AsWritten, input, expected);
        check(
            r#"{"items":[{"id":1,"n\u0061me":{"first":"A","last":"\ud83d"},"size":1e999}],"more":2}"#,
            r#""1A""#,
        );
        check(r#"{"items":{"id":1,"id":2,"name":{"first":"A"}}}"#, r#""2A""#);
        check(r#"{"items":[{"id":1e999}]}"#, "The input could not be read: number out of range");
        check(r#"{"items":[{"id":"\ud83d"}]}"#, "The input could not be read: lone surrogate in a string");
        check(r#"{"items":[],"more":nul}"#, "expected a value at byte 19");
    }

    #[test]
    fn a_field_of_a_wide_object_is_found_as_in_a_narrow_one() {
        let fields: Vec<String> = (0..40).map(|at| format!(r#""f{at}":{{"v":{at}}}"#)).collect();
        let wide = format!("{{{}}}", fields.join(","));
        check("f3.v + f39.v + f40.v ", Order::AsWritten, &wide, "null");
        check("[f3.v, f39.v, (**.v)[39], $count(*)]", Order::AsWritten, &wide, "[3,39,39,40]");
    }

    #[test]
    fn a_number_is_the_double_that_javascript_reads() {
        check(
            "$",
            Order::AsWritten,
            "[1.10,-0,123456789012345,9007199254740993,-12,0.1e-7,5e-324,1.7976931348623157e308]",
            "[1.1,0,123456789012345,9007199254740992.0,-12,1e-8,5e-324,1.7976931348623157e+308]",
        );
    }

    #[test]
    fn what_is_too_deep_is_an_error() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        check("1", Order::AsWritten, &nested(100_000), "nested deeper than 512 levels at byte 512");
        check("$count($)", Order::AsWritten, &nested(400), "1");
    }
}
