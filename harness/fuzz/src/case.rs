//! One generated input: which recorded items on which page, what was changed, and what legacy would answer, as far as
//! recordings bear it out.

use std::fmt::Write as _;

use crate::corpus::Corpus;
use crate::explain::Origin;
use crate::tree::{Seg, Tree, push_text};

/// Bytes by which a changed item may be longer than it was before memory has to grow.
const CHANGED: usize = 256;

/// How the items of a page were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// A page as it was recorded.
    Recorded,
    /// One recorded item alone.
    One,
    /// A page without items.
    Empty,
    /// Recorded items that did not stand on one page, or not alone.
    Other,
    /// The items of a page in another order.
    Shuffled,
    /// A page on which an item stands twice.
    Repeated,
    /// No page that was recorded: drawn from a schema, or an envelope without one of its parts.
    Whole,
}

impl Arrangement {
    /// The word for it, and why it is plausible.
    pub fn told(self) -> (&'static str, &'static str) {
        match self {
            Arrangement::Recorded => ("recorded", "this page was recorded"),
            Arrangement::One => ("page-of-one", "every list has one item sooner or later"),
            Arrangement::Empty => ("empty-page", "every customer begins with an empty list"),
            Arrangement::Other => ("other-page", "the same items on pages of another size"),
            Arrangement::Shuffled => ("other-order", "the same items in another order"),
            Arrangement::Repeated => {
                ("repeated-item", "rows that move while pages are turned are answered twice")
            }
            Arrangement::Whole => ("whole", "this body was made as a whole"),
        }
    }
}

/// One change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The mutation's name.
    pub mutation: &'static str,
    /// Where, within the item.
    pub path: Vec<Seg>,
    /// Why a provider could answer so.
    pub why: String,
    /// What bears it out.
    pub evidence: Evidence,
}

/// What bears out that a provider could answer so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Recordings show this at this place, or another value in this format: what legacy makes of it can be derived.
    Recorded,
    /// Providers do this without notice; what legacy makes of it is not known.
    Custom,
    /// The mapping asks for it, or nobody does; what legacy makes of it is not known.
    Unseen,
}

/// An item of a case.
#[derive(Clone, Debug)]
pub struct Part {
    /// The recorded item.
    pub item: usize,
    /// What became of it, where it was changed.
    pub made: Option<Made>,
}

/// A changed item.
#[derive(Clone, Debug)]
pub struct Made {
    /// What the mapping is given.
    pub input: Tree,
    /// In the order in which they were made.
    pub edits: Vec<Edit>,
    /// What legacy would answer; nothing where nothing is known.
    pub expected: Option<Tree>,
    /// Where in it nothing is known.
    pub unknown: Vec<Vec<Seg>>,
}

/// One generated input.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number: with the seed it makes the same case again.
    pub index: u64,
    /// The envelope around the items.
    pub envelope: usize,
    /// How they were chosen.
    pub arrangement: Arrangement,
    /// In the order of the page.
    pub parts: Vec<Part>,
    /// The whole input, where it is not made of recorded items.
    pub whole: Option<(Tree, Edit)>,
}

impl Case {
    /// Every change in it.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.parts
            .iter()
            .filter_map(|part| part.made.as_ref())
            .flat_map(|made| &made.edits)
            .chain(self.whole.iter().map(|(_, edit)| edit))
    }

    /// What the mapping is given, as text.
    pub fn input(&self, corpus: &Corpus) -> String {
        if let Some((whole, _)) = &self.whole {
            return whole.json();
        }
        // About so long: a changed item is hardly longer than it was.
        let of_items: usize =
            self.parts.iter().map(|part| corpus.items[part.item].text.len() + CHANGED).sum();
        let write = |out: &mut String| {
            for (at, part) in self.parts.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                match &part.made {
                    Some(made) => made.input.write(out),
                    None => out.push_str(&corpus.items[part.item].text),
                }
            }
        };
        let envelope = &corpus.envelopes[self.envelope];
        let mut out = String::with_capacity(of_items + envelope.length);
        match &corpus.lists {
            Some(lists) => {
                let (list, counts) = (&lists.input, &corpus.counts[0]);
                around(&envelope.input, list, counts, (self.parts.len(), &write), &mut out);
            }
            None => write(&mut out),
        }
        out
    }

    /// What the mapping is given.
    pub fn tree(&self, corpus: &Corpus) -> Option<Tree> {
        Tree::read(&self.input(corpus))
    }
}

/// Appends a page's text: an envelope, its numbers that count set right, with so many items in its list, which the
/// function writes.
pub fn around(
    envelope: &Tree,
    list: &[Seg],
    counts: &[Vec<Seg>],
    (length, items): (usize, &dyn Fn(&mut String)),
    out: &mut String,
) {
    write_around(envelope, &mut Vec::new(), &Hole { list, counts, length, items }, out);
}

struct Hole<'h> {
    list: &'h [Seg],
    counts: &'h [Vec<Seg>],
    length: usize,
    items: &'h dyn Fn(&mut String),
}

fn write_around(tree: &Tree, path: &mut Vec<Seg>, hole: &Hole<'_>, out: &mut String) {
    if path.as_slice() == hole.list {
        out.push('[');
        (hole.items)(out);
        out.push(']');
        return;
    }
    match tree {
        Tree::Number(_) if hole.counts.contains(path) => {
            let _ = write!(out, "{}", hole.length);
        }
        Tree::Object(members) => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_text(name, out);
                out.push(':');
                path.push(Seg::Name(name.clone()));
                write_around(member, path, hole, out);
                path.pop();
            }
            out.push('}');
        }
        other => other.write(out),
    }
}

/// Whether a change at one path may be seen at another.
pub fn overlap(one: &[Seg], other: &[Seg]) -> bool {
    let is_same = |(one, other): (&Seg, &Seg)| match (one, other) {
        (Seg::Name(one), Seg::Name(other)) => one == other,
        (Seg::Name(_), _) | (_, Seg::Name(_)) => false,
        _ => true,
    };
    one.iter().zip(other).all(is_same)
}

/// What legacy would answer for a changed item: each value by its origin. Where that is not proven it is unknown.
pub fn expect(corpus: &Corpus, item: usize, input: &Tree, edits: &[Edit]) -> (Option<Tree>, Vec<Vec<Seg>>) {
    let Some(legacy) = &corpus.items[item].legacy else { return (None, Vec::new()) };
    if edits.iter().any(|edit| edit.evidence == Evidence::Unseen) {
        return (None, Vec::new());
    }
    let mut expected = legacy.clone();
    let mut unknown = Vec::new();
    let is_touched = |field: usize| {
        let path = &corpus.fields.all[field].path;
        edits.iter().any(|edit| overlap(&edit.path, path))
    };
    for unit in &corpus.units {
        match &unit.origin {
            Origin::Constant(_) => {}
            Origin::Unknown => unknown.push(first_absent(&expected, &unit.path)),
            Origin::From(sources) if !sources.iter().any(|source| is_touched(source.field)) => {}
            Origin::From(sources) => {
                let mut told = sources
                    .iter()
                    .map(|source| source.expected(input.at(&corpus.fields.all[source.field].path)));
                let first = told.next().flatten();
                match first.filter(|first| told.all(|other| other.as_ref() == Some(first))) {
                    Some(value) => unknown.extend(put_known(&mut expected, &unit.path, value)),
                    None => unknown.push(unit.path.clone()),
                }
            }
        }
    }
    (Some(expected), unknown)
}

/// Puts what legacy would answer at a place; the place of which nothing is known then, where there is one: whether legacy
/// answers an object that it had not, or one of whose members none is left, no single member tells.
fn put_known(expected: &mut Tree, path: &[Seg], value: Option<Tree>) -> Option<Vec<Seg>> {
    let is_there = value.is_some();
    if expected.put(path, value) {
        return emptied_above(expected, path).map(<[Seg]>::to_vec);
    }
    is_there.then(|| first_absent(expected, path))
}

/// The object that a place is in, where it has no members left; not the root.
pub fn emptied_above<'p>(tree: &Tree, path: &'p [Seg]) -> Option<&'p [Seg]> {
    let above = &path[..path.len().saturating_sub(1)];
    let is_emptied = matches!(tree.at(above), Some(Tree::Object(members)) if members.is_empty());
    (is_emptied && !above.is_empty()).then_some(above)
}

/// The first object on the way to a place that is not there; the place itself, where all are.
fn first_absent(expected: &Tree, path: &[Seg]) -> Vec<Seg> {
    let is_absent = |length: &usize| expected.at(&path[..*length]).is_none_or(|one| *one == Tree::Null);
    path[..(1..path.len()).find(is_absent).unwrap_or(path.len())].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(legacy: &str, path: &[&str], value: Option<&str>) -> (String, Option<String>) {
        let mut expected = Tree::read(legacy).expect("it is JSON");
        let path: Vec<Seg> = path.iter().map(|name| Seg::Name((*name).into())).collect();
        let unknown = put_known(&mut expected, &path, value.map(Tree::text));
        (expected.json(), unknown.map(|path| crate::tree::path_text(&path)))
    }

    #[test]
    fn whether_an_object_comes_or_goes_is_not_known_from_one_of_its_members() {
        let street = ["address", "street"];
        let known = (r#"{"address":{"street":"b"}}"#.to_owned(), None);
        assert_eq!(put(r#"{"address":{"street":"a"}}"#, &street, Some("b")), known);
        assert_eq!(
            put(r#"{"id":"1"}"#, &street, Some("b")),
            (r#"{"id":"1"}"#.to_owned(), Some(".address".to_owned()))
        );
        assert_eq!(put(r#"{"address":null}"#, &street, Some("b")).1, Some(".address".to_owned()));
        assert_eq!(put(r#"{"address":{"street":"a"}}"#, &street, None).1, Some(".address".to_owned()));
        assert_eq!(put(r#"{"address":{"street":"a","city":"c"}}"#, &street, None).1, None);
        assert_eq!(put(r#"{"id":"1"}"#, &street, None), (r#"{"id":"1"}"#.to_owned(), None));
        let legacy = Tree::read(r#"{"id":"1","address":{}}"#).expect("it is JSON");
        let absent = |path: [&str; 2]| first_absent(&legacy, &path.map(|name| Seg::Name(name.into())));
        assert_eq!((absent(street).len(), absent(["phone", "number"]).len()), (2, 1));
    }
}
