//! The way from one body to another as RFC 6902 JSON Patch.
//!
//! Applying the patch to legacy gives new, with the numbers as new wrote them. What JSON cannot address is replaced
//! whole: an object in which a key is repeated. List elements are joined by content, so that a reordered list is
//! moves and a changed field is one replacement; where that would be longer than the new value, the value is.

use std::fmt::Write;

use crate::align::{self, Alignment, Content};
use crate::content;
use crate::leaf;
use crate::tape::{Json, Type, Value};

/// The operations that turn legacy into new, in the order in which they are applied; nothing where both say the same.
pub fn patch(legacy: Json<'_>, new: Json<'_>) -> Patch {
    let mut writer = Writer::default();
    writer.values(legacy.root(), new.root());
    Patch { operations: writer.operations }
}

/// A patch, to be printed as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Each one operation as JSON text.
    pub operations: Vec<String>,
}

impl Patch {
    /// The patch as a JSON document, one operation a line.
    pub fn text(&self) -> String {
        match self.operations.is_empty() {
            true => "[]".to_owned(),
            false => format!("[\n  {}\n]", self.operations.join(",\n  ")),
        }
    }
}

/// What an operation costs beside its path and value: `{"op":"replace","path":"","value":}`.
const OPERATION_BYTES: usize = 36;

#[derive(Default)]
struct Writer {
    operations: Vec<String>,
    /// All operations together.
    bytes: usize,
    /// The present JSON Pointer, escaped as inside a JSON string.
    pointer: String,
}

impl Writer {
    fn values(&mut self, legacy: Value<'_>, new: Value<'_>) {
        if legacy.raw() == new.raw() {
            return;
        }
        let (operations, bytes) = (self.operations.len(), self.bytes);
        match (legacy.kind(), new.kind()) {
            (Type::Object, Type::Object) => self.members(legacy, new),
            (Type::Array, Type::Array) => self.elements(legacy, new),
            _ => {
                if leaf::classify(legacy, new).is_some() {
                    self.replace(new);
                }
                return;
            }
        }
        if self.bytes - bytes > new.raw().len() + self.pointer.len() + OPERATION_BYTES {
            self.operations.truncate(operations);
            self.bytes = bytes;
            self.replace(new);
        }
    }

    fn members(&mut self, legacy: Value<'_>, new: Value<'_>) {
        let (here, there) = (content::sorted_members(legacy), content::sorted_members(new));
        let repeats = |members: &[(_, _)]| members.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if repeats(&here) || repeats(&there) {
            if !content::same(legacy, new) {
                self.replace(new);
            }
            return;
        }
        for (key, member) in legacy.members() {
            let other = there.binary_search_by(|entry| entry.0.as_ref().cmp(&key.text_bytes()));
            let length = self.enter_member(key);
            match other {
                Ok(at) => self.values(member, there[at].1),
                Err(_) => self.push("remove", None, None),
            }
            self.pointer.truncate(length);
        }
        for (key, member) in new.members() {
            if here.binary_search_by(|entry| entry.0.as_ref().cmp(&key.text_bytes())).is_err() {
                let length = self.enter_member(key);
                self.push("add", None, Some(member));
                self.pointer.truncate(length);
            }
        }
    }

    fn elements(&mut self, legacy: Value<'_>, new: Value<'_>) {
        let here: Vec<Value<'_>> = legacy.elements().collect();
        let there: Vec<Value<'_>> = new.elements().collect();
        let alignment = align(&here, &there);
        for &(index, other) in &alignment.pairs {
            let length = self.enter_index(index);
            self.values(here[index], there[other]);
            self.pointer.truncate(length);
        }
        for &index in alignment.missing.iter().rev() {
            let length = self.enter_index(index);
            self.push("remove", None, None);
            self.pointer.truncate(length);
        }
        for step in rearrange(&alignment, there.len()) {
            match step {
                Step::Add { at, new } => {
                    let length = self.enter_index(at);
                    self.push("add", None, Some(there[new]));
                    self.pointer.truncate(length);
                }
                Step::Move { from, to } => {
                    let length = self.enter_index(from);
                    let source = self.pointer.clone();
                    self.pointer.truncate(length);
                    self.enter_index(to);
                    self.push("move", Some(&source), None);
                    self.pointer.truncate(length);
                }
            }
        }
    }

    fn replace(&mut self, new: Value<'_>) {
        self.push("replace", None, Some(new));
    }

    fn push(&mut self, name: &str, from: Option<&str>, value: Option<Value<'_>>) {
        let mut operation = format!("{{\"op\":\"{name}\"");
        if let Some(from) = from {
            operation.push_str(",\"from\":\"");
            operation.push_str(from);
            operation.push('"');
        }
        operation.push_str(",\"path\":\"");
        operation.push_str(&self.pointer);
        operation.push('"');
        if let Some(value) = value {
            operation.push_str(",\"value\":");
            operation.push_str(value.raw());
        }
        operation.push('}');
        self.bytes += operation.len();
        self.operations.push(operation);
    }

    /// Appends an index; answers the length to go back to.
    fn enter_index(&mut self, index: usize) -> usize {
        let length = self.pointer.len();
        write!(self.pointer, "/{index}").expect("writing to a string cannot fail");
        length
    }

    /// Appends a key; answers the length to go back to.
    fn enter_member(&mut self, key: Value<'_>) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        push_key(&mut self.pointer, &key.text_bytes());
        length
    }
}

/// Writes a key as a part of a JSON Pointer inside a JSON string: `~` and `/` by the pointer's rules, the rest by
/// JSON's; a lone surrogate as the escape that it was read from.
fn push_key(out: &mut String, mut key: &[u8]) {
    loop {
        let (valid, surrogate) = match std::str::from_utf8(key) {
            Ok(all) => (all, None),
            Err(error) => {
                let (valid, rest) = key.split_at(error.valid_up_to());
                key = rest.get(3..).unwrap_or_default();
                // Nothing but a surrogate's three bytes is invalid in a string's content.
                let unit =
                    rest.iter().take(3).fold(0, |unit, byte| unit << 6 | u32::from(byte & 0x3f)) & 0xffff;
                (std::str::from_utf8(valid).unwrap_or_default(), Some(unit))
            }
        };
        for character in valid.chars() {
            match character {
                '~' => out.push_str("~0"),
                '/' => out.push_str("~1"),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                control if (control as u32) < 0x20 => push_unit(out, control as u32),
                other => out.push(other),
            }
        }
        match surrogate {
            Some(unit) => push_unit(out, unit),
            None => return,
        }
    }
}

fn push_unit(out: &mut String, unit: u32) {
    write!(out, "\\u{unit:04x}").expect("writing to a string cannot fail");
}

/// Joins two lists by content, under no rule.
fn align(legacy: &[Value<'_>], new: &[Value<'_>]) -> Alignment {
    let content = |value: Value<'_>| Content { hash: content::hash(value), is_scalar: value.is_scalar() };
    align::by_content(
        align::unjoined(legacy.len(), new.len()),
        |index| content(legacy[index]),
        |index| content(new[index]),
        |index| content::leaves(legacy[index]),
        |index| content::leaves(new[index]),
    )
}

/// One step that turns the paired elements, in legacy's order, into new's list.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// New's element is inserted.
    Add { at: usize, new: usize },
    /// An element is taken out, then inserted.
    Move { from: usize, to: usize },
}

/// What must be added and moved once the missing elements are gone.
///
/// New's elements are put into place from the first to the last, each directly behind its predecessor. Elements of the
/// longest common order stay where they are; until its turn a moved one stays too. So a position is a count of what is
/// in place before it plus the moved ones that still wait before it.
fn rearrange(alignment: &Alignment, new_length: usize) -> Vec<Step> {
    let kept = align::longest_increasing(&alignment.pairs);
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    let mut stays = kept.iter().peekable();
    for pair in &alignment.pairs {
        if stays.next_if_eq(&pair).is_none() {
            waiting.push(*pair);
        }
    }
    let mut origin = vec![Origin::Extra; new_length];
    for (order, &(index, other)) in waiting.iter().enumerate() {
        origin[other] = Origin::Waiting { order, index };
    }
    for &(index, other) in &kept {
        origin[other] = Origin::Kept { index };
    }
    let mut counts = Counts::new(waiting.len());
    let before = |index: usize| waiting.partition_point(|pair| pair.0 < index);
    // How many kept elements are in place, and where in legacy the last of them stood.
    let (mut kept_placed, mut anchor) = (0, 0);
    let mut steps = Vec::new();
    for (at, origin) in origin.into_iter().enumerate() {
        match origin {
            Origin::Kept { index } => {
                kept_placed += 1;
                anchor = index;
            }
            Origin::Extra => {
                steps.push(Step::Add { at: at + counts.waiting_before(before(anchor)), new: at })
            }
            Origin::Waiting { order, index } => {
                let kept_before = kept.partition_point(|pair| pair.0 < index);
                let in_place = kept.get(kept_before).map_or(at, |next| at.min(next.1));
                let ahead = kept_before.saturating_sub(kept_placed);
                let from = in_place + ahead + counts.waiting_before(order);
                counts.leave(order);
                let to = at + counts.waiting_before(before(anchor));
                if from != to {
                    steps.push(Step::Move { from, to });
                }
            }
        }
    }
    steps
}

/// Where an element of new comes from.
#[derive(Clone, Copy)]
enum Origin {
    Extra,
    Kept { index: usize },
    Waiting { order: usize, index: usize },
}

/// How many of the first so many elements still wait (a Fenwick tree: both questions in logarithmic time).
struct Counts {
    sums: Vec<usize>,
}

impl Counts {
    fn new(length: usize) -> Counts {
        Counts { sums: (0..=length).map(|at| at & at.wrapping_neg()).collect() }
    }

    fn waiting_before(&self, mut end: usize) -> usize {
        let mut sum = 0;
        while end > 0 {
            sum += self.sums[end];
            end &= end - 1;
        }
        sum
    }

    fn leave(&mut self, at: usize) {
        let mut at = at + 1;
        while at < self.sums.len() {
            self.sums[at] -= 1;
            at += at & at.wrapping_neg();
        }
    }
}
