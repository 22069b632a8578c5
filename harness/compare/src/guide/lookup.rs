//! Elements of the guide by what tells them apart: in a long list the next element may be another record than the guide's
//! next. Then the guide's elements are looked up by the first field that tells them apart.

use super::{Frame, Guided};
use crate::hash;
use crate::node::{self, HEAD, Node, Slot};
use crate::runs::Run;
use crate::simd;
use crate::tape::Type;

/// Elements are looked up in lists whose nodes are at least as many; shorter ones are quickly parsed.
const LIST_NODES_MIN: u32 = 64;

/// The field that tells elements apart is among this many first members.
const MEMBERS_TRIED_MAX: usize = 8;

/// So much of a record's guide is asked for as soon as it is known.
const GUIDE_BYTES_AHEAD: usize = 1_024;

/// So many elements that are not the guide's next are parsed plainly, where there is time for it, before all of the
/// guide's elements are noted: most lists have a few that only one side has, and no other order.
const OTHER_RECORDS_MAX: usize = 4;

/// There is time for that where so many bytes more would be.
const OTHER_RECORDS_BYTES: usize = 16 << 10;

/// So many elements must differ in it.
const ELEMENTS_SAMPLED: usize = 8;

/// Elements of one list of the guide by the value of the field that tells them apart.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    /// The list's node; only one list has a lookup at a time.
    pub(super) list: Option<u32>,
    /// The field's key as written; `None` where no field tells the elements apart.
    field: Option<(u32, u32)>,
    /// Element nodes + 1 by the hash of the field's text; 0 is a free slot. Made when it is first needed.
    slots: Vec<u32>,
    has_slots: bool,
    /// So many elements were none of the guide's next.
    others: usize,
}

impl Guided<'_> {
    /// Do the texts differ before the field's end that tells the elements of this list apart?
    pub(super) fn is_another_record(&mut self, list: u32, element: u32, limit: u32) -> bool {
        self.node(element).kind() == Type::Object
            && self.has_lookup(list)
            && self.distinctive(element).is_some_and(|value| self.node(value).end >= limit)
    }

    /// Makes the lookup of a list that is long enough for one.
    pub(super) fn has_lookup(&mut self, list: u32) -> bool {
        if self.behind(list) - list < LIST_NODES_MIN {
            return false;
        }
        if self.lookup.list != Some(list) {
            self.index(list);
        }
        self.lookup.field.is_some()
    }

    /// The node of the element's value that tells it apart.
    fn distinctive(&self, element: u32) -> Option<u32> {
        let (start, end) = self.lookup.field?;
        let field = &self.text[start as usize..end as usize];
        self.first_members(element).find(|&key| self.raw(key) == field).map(|key| key + 1)
    }

    /// The nodes of an object's first keys.
    fn first_members(&self, object: u32) -> impl Iterator<Item = u32> {
        let end = self.behind(object);
        let first = Some(object + HEAD as u32).filter(|&first| first < end);
        std::iter::successors(first, move |&key| Some(self.behind(key + 1)).filter(|&next| next < end))
            .take(if self.node(object).kind() == Type::Object { MEMBERS_TRIED_MAX } else { 0 })
    }

    fn elements(&self, list: u32) -> impl Iterator<Item = u32> {
        let end = self.behind(list);
        let first = Some(list + HEAD as u32).filter(|&first| first < end);
        std::iter::successors(first, move |&element| Some(self.behind(element)).filter(|&next| next < end))
    }

    fn index(&mut self, list: u32) {
        self.lookup.list = Some(list);
        self.lookup.field = None;
        (self.lookup.has_slots, self.lookup.others) = (false, 0);
        let mut sample = self.elements(list).take(ELEMENTS_SAMPLED);
        let Some(first) = sample.next() else { return };
        let others: Vec<u32> = sample.collect();
        let tells_apart = |key: &u32| {
            let name = self.raw(*key);
            let mut values = vec![self.raw(key + 1)];
            for &other in &others {
                let Some(other) = self.first_members(other).find(|&other| self.raw(other) == name) else {
                    return false;
                };
                let value = self.raw(other + 1);
                if values.contains(&value) {
                    return false;
                }
                values.push(value);
            }
            true
        };
        let field = self
            .first_members(first)
            .filter(|&key| matches!(self.node(key + 1).kind(), Type::String | Type::Number))
            .find(tells_apart);
        let Some(field) = field else { return };
        let field = self.node(field);
        self.lookup.field = Some((field.start, field.end));
    }

    /// Notes the elements of the list by their values in the field.
    fn fill(&mut self) {
        let Some(list) = self.lookup.list else { return };
        self.lookup.has_slots = true;
        let count = self.elements(list).count();
        let mut slots = std::mem::take(&mut self.lookup.slots);
        slots.clear();
        slots.resize((count * 2).next_power_of_two(), 0);
        for element in self.elements(list) {
            if let Some(value) = self.distinctive(element)
                && let Some(slot) = probe(&slots, self.raw(value)).find(|&slot| slots[slot] == 0)
            {
                slots[slot] = element + 1;
            }
        }
        self.lookup.slots = slots;
    }

    /// Parses an element that is not the guide's next: plainly up to the field that tells which one it is.
    pub(super) fn record(&mut self, frame: Frame) -> Option<()> {
        let own = self.own.nodes.len();
        node::open(self.own.nodes, Type::Object, self.own.at);
        self.own.open.push(own as u32);
        let around = self.own.open.len() - 1;
        self.own.at += 1;
        self.own.skip_space();
        for _ in 0..MEMBERS_TRIED_MAX {
            let is_first = self.own.nodes.len() == own + HEAD;
            if self.own.peek() == b'}' && is_first {
                break;
            }
            if !is_first {
                self.own.skip_space();
                if self.own.peek() != b',' {
                    break;
                }
                self.own.at += 1;
                self.own.skip_space();
            }
            if self.own.peek() != b'"' {
                return None;
            }
            let key = self.own.at;
            self.own.string().ok()?;
            let key = &self.own.bytes[key..self.own.at];
            let is_it =
                self.lookup.field.is_some_and(|(start, end)| *key == self.text[start as usize..end as usize]);
            self.own.skip_space();
            if self.own.peek() != b':' {
                return None;
            }
            self.own.at += 1;
            self.own.skip_space();
            let from = self.own.at;
            self.plain_value()?;
            if is_it {
                let value = &self.own.bytes[from..self.own.at];
                if !self.lookup.has_slots {
                    self.lookup.others += 1;
                    let has_time = self.is_worth_it(OTHER_RECORDS_BYTES).is_some();
                    if has_time && self.lookup.others <= OTHER_RECORDS_MAX {
                        break;
                    }
                    self.fill();
                }
                let Some((element, value)) = self.find(value) else { break };
                let (object, value) = (self.node(element), self.node(value));
                self.trail.open_object(own as u32, element);
                self.begin_is_the_same(own, element, value);
                self.store(Frame { cursor: object.next, byte: object.end, ..frame });
                self.frames.push(Frame {
                    own: own as u32,
                    guide: element,
                    cursor: value.next,
                    byte: value.end,
                });
                return Some(());
            }
        }
        if self.own.peek() == b'}' && self.own.nodes.len() == own + HEAD {
            self.own.at += 1;
            self.own.close(own as u32);
        }
        self.finish_plainly(around)
    }

    /// Notes that a record begins as its guide does, up to the value that told which one that is; and asks for what
    /// will be read of the guide, which may lie anywhere.
    fn begin_is_the_same(&mut self, own: usize, element: u32, value: Node) {
        let object = self.node(element);
        let text = &self.text[object.start as usize..object.end as usize];
        simd::prefetch(&text[..text.len().min(GUIDE_BYTES_AHEAD)]);
        let nodes = &self.nodes[element as usize..object.next as usize];
        simd::prefetch(&nodes[..nodes.len().min(GUIDE_BYTES_AHEAD / size_of::<Slot>())]);
        let begin = node::node(self.own.nodes, own).start as usize;
        let own_text = &self.own.bytes[begin..self.own.at];
        if own_text != &self.text[object.start as usize..value.end as usize] {
            return self.trail.is_irregular();
        }
        self.runs.push(Run {
            own: (own + HEAD) as u32,
            guide: element + HEAD as u32,
            nodes: value.next - element - HEAD as u32,
            own_byte: self.own.at as u32,
            guide_byte: value.end,
        });
    }

    /// The guide's element of this value in the field that tells elements apart, and that value's node.
    fn find(&self, value: &[u8]) -> Option<(u32, u32)> {
        probe(&self.lookup.slots, value)
            .map(|slot| self.lookup.slots[slot])
            .take_while(|&known| known != 0)
            .filter_map(|known| Some((known - 1, self.distinctive(known - 1)?)))
            .find(|&(_, node)| self.raw(node) == value)
    }
}

/// The slots where a value may be; few, since a miss costs only time.
fn probe(slots: &[u32], value: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let mask = slots.len().wrapping_sub(1);
    let from = hash::bytes(0, value) as usize;
    (0..8_usize.min(slots.len())).map(move |step| from.wrapping_add(step) & mask)
}
