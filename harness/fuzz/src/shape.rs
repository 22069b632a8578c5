//! What answers look like: which members an object always has, which types a value has, where lists are.

use std::sync::Arc;

use crate::fields::{Field, Fields};
use crate::tree::{Seg, Tree, normalised, path_text};

/// Objects that must have a member each before it is held to belong to all of them.
const ALWAYS_MIN: usize = 3;

/// Names of one object over all answers; with more it is keyed by data, and says nothing of its members.
const NAMES_MAX: usize = 64;

/// The shape of answers, as one tree over all of them.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    types: Types,
    members: Vec<(Arc<str>, bool, Shape)>,
    is_open: bool,
    each: Option<Box<Shape>>,
}

/// Types that were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Types(u8);

const NAMES: [&str; 6] = ["null", "a boolean", "a number", "a text", "a list", "an object"];

impl Types {
    fn of(value: &Tree) -> Types {
        Types(match value {
            Tree::Null => 1,
            Tree::Bool(_) => 2,
            Tree::Number(_) => 4,
            Tree::Text(_) => 8,
            Tree::List(_) => 16,
            Tree::Object(_) => 32,
        })
    }

    fn has(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    fn is_list(self) -> bool {
        self.0 & 16 != 0 && self.0 & !17 == 0
    }

    /// A value of each type; a list has what is there in its place.
    fn values(self, there: Option<&Tree>) -> Vec<Tree> {
        let all = [
            Tree::Null,
            Tree::Bool(true),
            Tree::Number("1".into()),
            Tree::text("text"),
            Tree::list(there.cloned().into_iter().collect()),
            Tree::members(Vec::new()),
        ];
        all.into_iter()
            .enumerate()
            .filter(|(at, _)| self.0 & (1 << at) != 0)
            .map(|(_, value)| value)
            .collect()
    }

    fn told(self) -> String {
        let names = NAMES.iter().enumerate().filter(|(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| *name);
        names.collect::<Vec<_>>().join(" or ")
    }
}

/// What of an answer does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// From the root of what was looked at, with the indices.
    pub path: Vec<Seg>,
    /// What it should be, as people read it.
    pub expected: String,
    /// It concerns a list that is none, or is absent.
    pub is_of_list: bool,
    /// Values of the types that were seen: with one of them it would fit.
    pub fitting: Vec<Tree>,
}

impl Shape {
    /// Of answers.
    pub fn of<'t>(answers: impl Iterator<Item = &'t Tree> + Clone) -> Shape {
        let fields = Fields::survey(answers.clone());
        let mut shape = Shape { types: types_of(answers), ..Shape::default() };
        for field in &fields.all {
            shape.add(field);
        }
        shape.close();
        shape
    }

    /// What lies under a path of it.
    pub fn under(&self, path: &[Seg]) -> Option<&Shape> {
        path.iter().try_fold(self, |shape, seg| match seg {
            Seg::Name(name) => shape.members.iter().find(|(known, ..)| known == name).map(|(.., one)| one),
            Seg::Each | Seg::At(_) => shape.each.as_deref(),
        })
    }

    fn add(&mut self, field: &Field) {
        let Some((last, above)) = field.path.split_last() else { return };
        let mut shape = self;
        for seg in above {
            let next = match seg {
                Seg::Name(name) => {
                    shape.members.iter_mut().find(|(known, ..)| known == name).map(|(.., one)| one)
                }
                Seg::Each | Seg::At(_) => shape.each.as_deref_mut(),
            };
            let Some(next) = next else { return };
            shape = next;
        }
        let types = types_of_field(field);
        match last {
            Seg::Name(name) => {
                let is_always = field.absences() == 0 && field.holders >= ALWAYS_MIN;
                shape.members.push((name.clone(), is_always, Shape { types, ..Shape::default() }));
            }
            Seg::Each | Seg::At(_) => shape.each = Some(Box::new(Shape { types, ..Shape::default() })),
        }
    }

    /// Where answers that nobody has vouched for contradict themselves: a list in one, and what could be its element in
    /// another. Both are held to be lists from then on.
    pub fn demand_lists(&mut self) {
        let of_each = self.each.as_ref().map_or(0, |each| each.types.0);
        let bare = self.types.0 & !(16 | 1);
        if self.types.0 & 16 != 0 && bare != 0 && bare & !of_each == 0 {
            self.types.0 &= 16 | 1;
            self.members.clear();
        }
        self.members.iter_mut().for_each(|(.., member)| member.demand_lists());
        if let Some(each) = &mut self.each {
            each.demand_lists();
        }
    }

    fn close(&mut self) {
        self.is_open = self.members.len() > NAMES_MAX;
        self.members.iter_mut().for_each(|(.., member)| member.close());
        if let Some(each) = &mut self.each {
            each.close();
        }
    }

    /// All that does not fit; `skip` is not looked into.
    pub fn misfits(&self, value: &Tree, skip: Option<&[Seg]>) -> Vec<Misfit> {
        let mut found = Vec::new();
        self.check(value, &mut Vec::new(), skip, &mut found);
        found
    }

    fn check(&self, value: &Tree, path: &mut Vec<Seg>, skip: Option<&[Seg]>, found: &mut Vec<Misfit>) {
        let types = Types::of(value);
        if !self.types.has(types) {
            if self.types != Types::default() {
                found.push(Misfit {
                    path: path.clone(),
                    expected: self.types.told(),
                    is_of_list: self.types.is_list(),
                    fitting: self.types.values(Some(value)),
                });
            }
            return;
        }
        if skip == Some(path.as_slice()) {
            return;
        }
        match value {
            Tree::Object(members) if !self.is_open => self.check_members(members, path, skip, found),
            Tree::List(items) => {
                let Some(each) = &self.each else { return };
                for (index, item) in items.iter().enumerate() {
                    path.push(Seg::At(index));
                    each.check(item, path, skip, found);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn check_members(
        &self,
        members: &[(Arc<str>, Tree)],
        path: &mut Vec<Seg>,
        skip: Option<&[Seg]>,
        found: &mut Vec<Misfit>,
    ) {
        for (name, is_always, shape) in &self.members {
            let member = members.iter().find(|(known, _)| known == name);
            path.push(Seg::Name(name.clone()));
            match member {
                Some((_, member)) => shape.check(member, path, skip, found),
                None if *is_always => found.push(Misfit {
                    path: path.clone(),
                    expected: format!("{}, as in every answer", shape.types.told()),
                    is_of_list: shape.types.is_list(),
                    fitting: shape.types.values(None),
                }),
                None => {}
            }
            path.pop();
        }
        for (name, _) in members {
            if !self.members.iter().any(|(known, ..)| known == name) && !self.members.is_empty() {
                path.push(Seg::Name(name.clone()));
                let expected = "nothing: no answer has this member".to_owned();
                found.push(Misfit { path: path.clone(), expected, is_of_list: false, fitting: Vec::new() });
                path.pop();
            }
        }
    }
}

impl Misfit {
    /// The path with each index as `[*]`.
    pub fn field(&self) -> String {
        path_text(&normalised(&self.path))
    }
}

fn types_of<'t>(values: impl Iterator<Item = &'t Tree>) -> Types {
    values.fold(Types::default(), |all, value| Types(all.0 | Types::of(value).0))
}

fn types_of_field(field: &Field) -> Types {
    let seen = [
        field.nulls > 0,
        field.bools != [0, 0],
        field.numbers.count > 0,
        field.texts + field.empties > 0,
        field.lists != [0, 0, 0],
        field.objects > 0,
    ];
    Types(seen.iter().enumerate().fold(0, |bits, (at, is)| bits | u8::from(*is) << at))
}
