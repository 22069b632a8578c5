//! Where two texts part, noted as one is parsed along the other: the walk need not look for it again.
//!
//! The guided parser meets the members of an object in new's order, each with the guide's member of its name at hand. As
//! long as these come in the guide's order too, it knows all that joining the two objects would find: which values may
//! differ, which members only one side has. Where a name is written with escapes, stands twice, or comes in another
//! order, the object is not regular, and is left to be joined. Short lists are followed where only one of their elements
//! differs, at one place on both sides; other lists are left to be aligned.

use crate::node::{self, HEAD, Node, Slot};
use crate::rows::ROW_DEPTH_MAX;
use crate::scan::is_same_text;
use crate::tape::{Type, Value};

/// So many slots are looked through at once for a name.
const SLOTS_SEARCHED_MAX: usize = 512;

/// Where it is not gone then, it is looked for among so many keys; an object with more is left to be joined.
const KEYS_SEARCHED_MAX: usize = 64;

/// Lists of fewer slots in the guide are followed into.
const SHORT_LIST_SLOTS_MAX: u32 = 64;

/// A note; values and keys by their nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Two objects; what is noted up to the [`Mark::Close`] of this depth is all that may differ in them.
    Open { own: u32, guide: u32 },
    /// Two lists of one length that may differ in one place; its [`Mark::Element`] follows.
    OpenList { own: u32, guide: u32 },
    /// The index of the only element that may differ; what may differ there follows.
    Element { index: u32 },
    /// The end of an object or list, behind what only new's object has.
    Close,
    /// The values of one name or place: they may differ.
    Pair { own: u32, guide: u32 },
    /// The key of a member that only the guide has.
    Missing { guide: u32 },
    /// The key of a member that only new has.
    Extra { own: u32 },
}

/// What is noted of a container that is open on both sides.
#[derive(Clone, Copy, Debug)]
struct Opened {
    /// So many marks stood before it.
    marks: u32,
    /// So many members of new alone were waiting.
    extras: u32,
    /// Of a short list: the guide's element that may differ; 0 before one is met.
    element: u32,
    state: State,
    is_record: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// An object or a short list, of which all is noted.
    Noted,
    Short,
    /// One of which not all could be noted: it must be compared.
    Compared,
    /// A list whose elements are not noted with it.
    List,
    /// What is in such a list, and is no record.
    Skipped,
}

/// The marks of one text, as far as it is read.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(crate) marks: Vec<Mark>,
    /// One for each frame of the guided parser.
    opened: Vec<Opened>,
    /// Keys of members that only new has, of all open objects.
    extras: Vec<u32>,
    /// Whether anybody looks at records as they are read: else nothing is noted of them.
    has_onlooker: bool,
}

impl Trail {
    pub(crate) const fn new() -> Trail {
        Trail { marks: Vec::new(), opened: Vec::new(), extras: Vec::new(), has_onlooker: false }
    }

    /// Begins a text.
    pub(crate) fn begin(&mut self, has_onlooker: bool) {
        self.clear();
        self.has_onlooker = has_onlooker;
    }

    pub(crate) fn clear(&mut self) {
        self.marks.clear();
        self.opened.clear();
        self.extras.clear();
    }

    /// Two objects begin. Those of an outermost list near the root are records, which are looked at on their own.
    #[inline]
    pub(crate) fn open_object(&mut self, own: u32, guide: u32) {
        let is_record = self.opened.last().is_some_and(|around| around.state == State::List);
        let is_noted = if is_record { self.has_onlooker && !self.is_deep() } else { self.is_noted(guide) };
        if !is_noted {
            return self.push(State::Skipped, false);
        }
        self.push(State::Noted, is_record);
        self.marks.push(Mark::Open { own, guide });
    }

    /// Two lists begin, of so many slots in the guide.
    #[inline]
    pub(crate) fn open_list(&mut self, own: u32, guide: u32, slots: u32) {
        let is_noted = self.is_noted(guide);
        let is_short = is_noted && slots < SHORT_LIST_SLOTS_MAX;
        if is_noted && !is_short {
            self.marks.push(Mark::Pair { own, guide });
        }
        let is_outermost = self.opened.iter().all(|around| !around.state.is_in_list());
        match (is_short, is_outermost) {
            (true, _) => {
                self.push(State::Short, false);
                self.marks.extend([Mark::OpenList { own, guide }, Mark::Element { index: 0 }]);
            }
            (false, true) => self.push(State::List, false),
            (false, false) => self.push(State::Skipped, false),
        }
    }

    /// Is the innermost list too far from the root for records?
    fn is_deep(&self) -> bool {
        self.opened.len() > ROW_DEPTH_MAX
    }

    fn push(&mut self, state: State, is_record: bool) {
        let (marks, extras) = (self.marks.len() as u32, self.extras.len() as u32);
        self.opened.push(Opened { marks, extras, element: 0, state, is_record });
    }

    /// The innermost container cannot be noted.
    pub(crate) fn is_irregular(&mut self) {
        if let Some(opened) = self.opened.last_mut()
            && matches!(opened.state, State::Noted | State::Short)
        {
            opened.state = State::Compared;
        }
    }

    /// Is it noted what the innermost container has at a value of the guide?
    #[inline]
    fn is_noted(&mut self, guide: u32) -> bool {
        let Some(opened) = self.opened.last_mut() else { return true };
        match opened.state {
            State::Noted => true,
            State::Short if opened.element == 0 => {
                opened.element = guide;
                true
            }
            State::Short => {
                opened.state = State::Compared;
                false
            }
            State::Compared | State::List | State::Skipped => false,
        }
    }

    /// The values of one name or place begin; lists and objects on both sides are opened instead.
    #[inline]
    pub(crate) fn pair(&mut self, own: u32, guide: u32) {
        if self.is_noted(guide) {
            self.marks.push(Mark::Pair { own, guide });
        }
    }

    /// New passed over the guide's members from a key up to another one.
    #[inline]
    pub(crate) fn missing(&mut self, guide: Object<'_>, from: u32, to: u32) {
        if self.opened.last().is_none_or(|opened| opened.state != State::Noted) {
            return;
        }
        let mut at = from;
        while at < to {
            if guide.has_twin(at) {
                return self.is_irregular();
            }
            self.marks.push(Mark::Missing { guide: at });
            at = node::next(guide.nodes, at as usize + 1) as u32;
        }
    }

    /// New has a key that the guide does not have near.
    #[inline]
    pub(crate) fn extra(&mut self, guide: Object<'_>, own: u32, key: &[u8], is_escaped: bool) {
        if self.opened.last().is_none_or(|opened| opened.state != State::Noted) {
            return;
        }
        if is_escaped || guide.might_have(key) {
            return self.is_irregular();
        }
        self.extras.push(own);
    }

    /// The innermost container ends; answers where its marks begin if it is a record.
    #[inline]
    pub(crate) fn close(&mut self, own: u32, guide: u32, nodes: &[Slot]) -> Option<usize> {
        let opened = self.opened.pop()?;
        match opened.state {
            State::Noted => {
                let extras = self.extras.drain(opened.extras as usize..);
                self.marks.extend(extras.map(|own| Mark::Extra { own }));
                self.marks.push(Mark::Close);
            }
            State::Short if opened.element > 0 => {
                let index = index_of(opened.element, guide, nodes);
                self.marks[opened.marks as usize + 1] = Mark::Element { index };
                self.marks.push(Mark::Close);
            }
            State::Short | State::Compared => {
                self.extras.truncate(opened.extras as usize);
                self.marks.truncate(opened.marks as usize);
                self.marks.push(Mark::Pair { own, guide });
            }
            State::List | State::Skipped => {}
        }
        opened.is_record.then_some(opened.marks as usize)
    }
}

impl State {
    fn is_in_list(self) -> bool {
        matches!(self, State::List | State::Short | State::Skipped)
    }
}

/// How many elements of a list stand before one.
fn index_of(element: u32, list: u32, nodes: &[Slot]) -> u32 {
    let (mut at, mut index) = (list as usize + HEAD, 0);
    while at < element as usize {
        at = node::next(nodes, at);
        index += 1;
    }
    index
}

/// The marks that the walk has not come to yet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks<'t> {
    pub(crate) rest: &'t [Mark],
}

impl Marks<'_> {
    /// Passes the mark that opens these two objects, if it is the next.
    #[inline]
    pub(crate) fn open(&mut self, legacy: Value<'_>, new: Value<'_>) -> bool {
        let (own, guide) = (new.index() as u32, legacy.index() as u32);
        self.pass_if(Mark::Open { own, guide })
    }

    /// The same of two lists; answers the index of the only element that may differ.
    #[inline]
    pub(crate) fn open_list(&mut self, legacy: Value<'_>, new: Value<'_>) -> Option<u32> {
        let (own, guide) = (new.index() as u32, legacy.index() as u32);
        if !self.pass_if(Mark::OpenList { own, guide }) {
            return None;
        }
        match self.next() {
            Some(Mark::Element { index }) => Some(index),
            _ => None,
        }
    }

    fn pass_if(&mut self, mark: Mark) -> bool {
        let is_it = self.rest.first() == Some(&mark);
        if is_it {
            self.rest = &self.rest[1..];
        }
        is_it
    }

    /// The next mark within an object or list, passed but for one that opens; `None` at its end, which is passed.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Mark> {
        let (&mark, rest) = self.rest.split_first()?;
        if !matches!(mark, Mark::Open { .. } | Mark::OpenList { .. }) {
            self.rest = rest;
        }
        (mark != Mark::Close).then_some(mark)
    }

    /// Passes what the next mark opens, if it opens anything.
    pub(crate) fn skip(&mut self) {
        if matches!(self.rest.first(), Some(Mark::Open { .. } | Mark::OpenList { .. })) {
            self.rest = &self.rest[1..];
            self.skip_to_end();
        }
    }

    /// Passes what is left of what was opened last.
    pub(crate) fn skip_to_end(&mut self) {
        let mut depth = 1;
        while depth > 0
            && let Some((mark, rest)) = self.rest.split_first()
        {
            self.rest = rest;
            match mark {
                Mark::Open { .. } | Mark::OpenList { .. } => depth += 1,
                Mark::Close => depth -= 1,
                _ => {}
            }
        }
    }
}

/// An object of the guide.
#[derive(Clone, Copy)]
pub(crate) struct Object<'g> {
    pub(crate) text: &'g [u8],
    pub(crate) nodes: &'g [Slot],
    pub(crate) at: u32,
}

impl Object<'_> {
    /// Might another of its keys be the same as this one?
    fn has_twin(self, key: u32) -> bool {
        let slot = node::key(self.nodes, key as usize);
        let raw = &self.text[slot.start as usize..slot.end as usize];
        let (from, to) = self.inside();
        let (key, behind) = (key as usize, node::next(self.nodes, key as usize + 1));
        slot.escaped() || self.might_have_between(from, key, raw) || self.might_have_between(behind, to, raw)
    }

    /// Might one of its keys be this one, which is written without escapes?
    fn might_have(self, key: &[u8]) -> bool {
        let (from, to) = self.inside();
        self.might_have_between(from, to, key)
    }

    /// The slots of its keys and values.
    fn inside(self) -> (usize, usize) {
        (self.at as usize + HEAD, node::next(self.nodes, self.at as usize))
    }

    fn might_have_between(self, from: usize, to: usize, key: &[u8]) -> bool {
        let raw = |node: Node| &self.text[node.start as usize..node.end as usize];
        let name = Slot::scalar(Type::String, 0, key.len());
        // Most names that are looked for are nowhere, and to see that, keys need not be told from values.
        if to.saturating_sub(from) <= SLOTS_SEARCHED_MAX
            && !node::might_have(&self.nodes[from..to.max(from)], name, |node| is_same_text(raw(node), key))
        {
            return false;
        }
        let mut at = from;
        for _ in 0..KEYS_SEARCHED_MAX {
            if at >= to {
                return false;
            }
            let node = node::key(self.nodes, at);
            if node.escaped() || is_same_text(raw(node), key) {
                return true;
            }
            at = node::next(self.nodes, at + 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::{Json, Tape};

    fn shown(mark: Mark, legacy: Json<'_>, new: Json<'_>) -> String {
        let guide = |node: u32| legacy.value(node as usize).raw();
        let own = |node: u32| new.value(node as usize).raw();
        match mark {
            Mark::Open { .. } => "{".into(),
            Mark::OpenList { .. } => "[".into(),
            Mark::Element { index } => format!("@{index}"),
            Mark::Close => ".".into(),
            Mark::Pair { own: one, guide: other } => format!("{}={}", guide(other), own(one)),
            Mark::Missing { guide: key } => format!("-{}", guide(key)),
            Mark::Extra { own: key } => format!("+{}", own(key)),
        }
    }

    fn check(legacy: &str, new: &str, expected: &str) {
        let (mut tape, mut guided) = (Tape::new(), Tape::new());
        let legacy = tape.parse(legacy).expect("JSON of the test");
        let new = guided.parse_like(new, legacy).expect("JSON of the test");
        let marks = new.marks_along(legacy).rest;
        let shown: Vec<String> = marks.iter().map(|&mark| shown(mark, legacy, new)).collect();
        assert_eq!(shown.join(" "), expected, "{} like {}", new.text(), legacy.text());
    }

    #[test]
    fn marks_tell_where_texts_part() {
        check(r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#, "{ 2=3 .");
        check(r#"{"a":1,"b":2,"c":3}"#, r#"{"b":2,"c":3}"#, r#"{ -"a" ."#);
        check(r#"{"a":1,"b":2}"#, r#"{"z":0,"a":1}"#, r#"{ -"b" +"z" ."#);
        check(r#"{"a":{"b":1,"c":2},"d":1}"#, r#"{"a":{"b":2},"d":1}"#, r#"{ { 1=2 -"c" . ."#);
        check(r#"{"a":{"b":1}}"#, r#"{"a":[1]}"#, r#"{ {"b":1}=[1] ."#);
        check(r#"{"a":1}"#, r#"{"a": 1}"#, "{ .");
    }

    #[test]
    fn objects_that_are_not_regular_are_compared() {
        // In another order, twice, and with escapes.
        check(r#"{"x":{"a":1,"b":2}}"#, r#"{"x":{"b":2,"a":1}}"#, r#"{ {"a":1,"b":2}={"b":2,"a":1} ."#);
        check(r#"{"x":{"a":1,"a":2}}"#, r#"{"x":{"a":1}}"#, r#"{ {"a":1,"a":2}={"a":1} ."#);
        check(r#"{"x":{"a":1}}"#, r#"{"x":{"a":1,"a":2}}"#, r#"{ {"a":1}={"a":1,"a":2} ."#);
        check(r#"{"x":{"a":1}}"#, r#"{"x":{"\u0061":1}}"#, r#"{ {"a":1}={"\u0061":1} ."#);
        check(r#"{"x":{"\u0061":1}}"#, r#"{"x":{"a":1}}"#, r#"{ {"\u0061":1}={"a":1} ."#);
        // A value that reads like a name is none.
        check(r#"{"x":{"a":1,"b":"a"}}"#, r#"{"x":{"b":"a"}}"#, r#"{ { -"a" . ."#);
    }

    #[test]
    fn short_lists_are_followed_to_the_only_element_that_differs() {
        check(r#"{"x":[1,2,3]}"#, r#"{"x":[1,5,3]}"#, "{ [ @1 2=5 . .");
        check(r#"{"x":[{"a":1},{"a":2}]}"#, r#"{"x":[{"a":1},{"a":3}]}"#, "{ [ @1 { 2=3 . . .");
        check(r#"{"x":[1,2,3]}"#, r#"{"x":[4,5,3]}"#, "{ [1,2,3]=[4,5,3] .");
        check(r#"{"x":[1,2]}"#, r#"{"x":[1]}"#, "{ [1,2]=[1] .");
        check(r#"{"x":[1]}"#, r#"{"x":[1,2]}"#, "{ [1]=[1,2] .");
        let long = |last: usize| format!(r#"{{"x":[{}{last}]}}"#, "1,".repeat(SHORT_LIST_SLOTS_MAX as usize));
        let [one, other] = [long(1), long(2)];
        let list = |text: &str| text[5..text.len() - 1].to_owned();
        check(&one, &other, &format!("{{ {}={} .", list(&one), list(&other)));
    }

    #[test]
    fn a_name_is_looked_for_among_so_many_keys() {
        let object = |count: usize, begin: &str| {
            let members: Vec<String> = (0..count).map(|at| format!(r#""k{at:03}":"v""#)).collect();
            format!("{{{begin}{}}}", members.join(","))
        };
        // The value reads like the name: keys are told from values one by one.
        for (count, expected) in [(KEYS_SEARCHED_MAX - 2, r#"{ -"v" ."#), (KEYS_SEARCHED_MAX + 2, "")] {
            let (legacy, new) = (object(count, r#""v":1,"#), object(count, ""));
            let whole = format!("{legacy}={new}");
            check(&legacy, &new, if expected.is_empty() { &whole } else { expected });
        }
    }
}
