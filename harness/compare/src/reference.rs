//! The same diff, written plainly: parsed plainly, every member looked up by sorting, every list aligned whole.
//!
//! It shares the leaves of the work (kinds of scalars, tolerances, alignment) and none of its short cuts, and the
//! tests below hold the fast one to it, over made and mutated documents and over recorded ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::align::{self, Alignment, Content};
use crate::content;
use crate::diff::{Comparer, Comparison, Contexts, Scope};
use crate::difference::{Difference, Kind, Place, SAMPLE_BYTES_MAX};
use crate::excuse;
use crate::hash::Hashes;
use crate::leaf;
use crate::lists::{key_of, leaves, rank};
use crate::model::Side;
use crate::moved::{LeftOver, hash_of_left};
use crate::path;
use crate::pretty;
use crate::rules::{Effect, POSITION, Rules, RulesInput};
use crate::tape::{Json, STACK_BYTES, Tape, Type, Value};
use crate::tolerance::{Day, Rule, parse_tolerances};
use crate::trie::{At, ROOT, Trie};

struct Reference<'r> {
    rules: &'r Rules,
    trie: Trie,
    legacy_hashes: Hashes,
    new_hashes: Hashes,
}

fn compare(rules: &Rules, legacy: Json<'_>, new: Json<'_>) -> Comparison {
    let mut comparer = Reference {
        rules,
        trie: Trie::new(&rules.patterns),
        legacy_hashes: Hashes::default(),
        new_hashes: Hashes::default(),
    };
    comparer.legacy_hashes.reset(legacy.len());
    comparer.new_hashes.reset(new.len());
    let mut out = Comparison::default();
    let mut walk = Walk {
        comparer: &mut comparer,
        out: &mut out,
        steps: Vec::new(),
        parents: Vec::new(),
        ignored_by: None,
        explained: BTreeSet::new(),
        left_over: LeftOver::default(),
    };
    walk.values(legacy.root(), new.root(), ROOT);
    let mut left_over = walk.left_over;
    left_over.join(legacy, new, &mut out);
    out
}

/// One step from the root towards the present values.
#[derive(Clone, Copy)]
enum PathStep<'t> {
    Member(Value<'t>),
    Element { legacy: Option<usize>, new: Option<usize> },
}

/// One walk over two documents.
struct Walk<'w, 'r, 't> {
    comparer: &'w mut Reference<'r>,
    out: &'w mut Comparison,
    steps: Vec<PathStep<'t>>,
    parents: Vec<(Value<'t>, Value<'t>)>,
    /// The `ignore` that covers the present values.
    ignored_by: Option<usize>,
    /// Fields and kinds that already have a context: one is enough to read.
    explained: BTreeSet<(At, Kind)>,
    /// What is told to have moved is decided behind the walk, the same for both.
    left_over: LeftOver,
}

impl<'t> Walk<'_, '_, 't> {
    fn values(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        if legacy.raw() == new.raw() {
            return;
        }
        let outer = self.ignored_by;
        self.ignored_by = outer.or_else(|| self.ignoring(at));
        match (legacy.kind(), new.kind()) {
            (Type::Object, Type::Object) => self.members(legacy, new, at),
            (Type::Array, Type::Array) => self.elements(legacy, new, at),
            (Type::Array, other) if other != Type::Null => self.perhaps_singleton(legacy, new, at),
            (other, Type::Array) if other != Type::Null => self.perhaps_singleton(legacy, new, at),
            _ => {
                if let Some(kind) = leaf::classify(legacy, new) {
                    self.emit(kind, Some(legacy), Some(new), at);
                }
            }
        }
        self.ignored_by = outer;
    }

    /// The tolerances that speak at a path, in their order.
    fn tolerances(&self, at: At) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .effects(at)
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Tolerance(index) => Some(index),
                Effect::Key(_) => None,
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn effects(&self, at: At) -> Vec<Effect> {
        self.comparer.trie.effects(at).to_vec()
    }

    fn ignoring(&self, at: At) -> Option<usize> {
        let rules = self.comparer.rules;
        self.tolerances(at)
            .into_iter()
            .find(|&index| matches!(rules.tolerances[index].tolerance.rule, Rule::Ignore))
    }

    fn perhaps_singleton(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let only = |list: Value<'t>| {
            let mut elements = list.elements();
            elements.next().filter(|_| elements.next().is_none())
        };
        let inner = match (legacy.kind(), new.kind()) {
            (Type::Array, _) => only(legacy).map(|element| (element, new)),
            _ => only(new).map(|element| (legacy, element)),
        };
        let Some((inner_legacy, inner_new)) = inner else {
            self.emit(Kind::Type, Some(legacy), Some(new), at);
            return;
        };
        self.emit(Kind::SingletonVsList, Some(legacy), Some(new), at);
        let child = self.comparer.trie.element(&self.comparer.rules.patterns, at, 0, 1);
        self.steps.push(PathStep::Element { legacy: Some(0), new: Some(0) });
        self.values(inner_legacy, inner_new, child);
        self.steps.pop();
    }

    fn members(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        self.parents.push((legacy, new));
        let (mut legacy_members, mut new_members) = (legacy.members(), new.members());
        loop {
            // The same serialiser writes the same keys in the same order: nothing needs to be looked up.
            let (here, there) = (legacy_members.clone().next(), new_members.clone().next());
            match (here, there) {
                (Some((key, one)), Some((other_key, other))) if same_key(key, other_key) => {
                    self.member(key, Some(one), Some(other), at);
                    legacy_members.next();
                    new_members.next();
                }
                (None, None) => break,
                _ => {
                    let done = legacy.members().count() - legacy_members.clone().count();
                    self.members_by_name(legacy, new, done, at);
                    break;
                }
            }
        }
        self.parents.pop();
    }

    /// Joins members by name, of a repeated name the k-th with the k-th; the first `done` of each are done.
    fn members_by_name(&mut self, legacy: Value<'t>, new: Value<'t>, done: usize, at: At) {
        let by_name = |object: Value<'t>| {
            let mut named: Vec<_> =
                object.members().enumerate().map(|(at, (key, _))| (key.text_bytes(), at)).collect();
            named.sort_unstable();
            named
        };
        let (legacy_named, new_named) = (by_name(legacy), by_name(new));
        let new_values: Vec<(Value<'t>, Value<'t>)> = new.members().collect();
        let mut partner_of = vec![None; legacy_named.len()];
        let mut new_is_taken = vec![false; new_named.len()];
        let mut is_repeated_here = vec![false; legacy_named.len()];
        let mut is_repeated_there = vec![false; new_named.len()];
        let mut other_at = 0;
        for (sorted_at, (name, index)) in legacy_named.iter().enumerate() {
            while other_at < new_named.len() && new_named[other_at].0 < *name {
                other_at += 1;
            }
            if other_at < new_named.len() && new_named[other_at].0 == *name {
                partner_of[*index] = Some(new_named[other_at].1);
                new_is_taken[new_named[other_at].1] = true;
                other_at += 1;
                let mut beyond = other_at;
                let next_is_other = legacy_named.get(sorted_at + 1).is_none_or(|next| next.0 != *name);
                while next_is_other && beyond < new_named.len() && new_named[beyond].0 == *name {
                    is_repeated_there[new_named[beyond].1] = true;
                    beyond += 1;
                }
            } else {
                is_repeated_here[*index] = sorted_at > 0
                    && legacy_named[sorted_at - 1].0 == *name
                    && (partner_of[legacy_named[sorted_at - 1].1].is_some()
                        || is_repeated_here[legacy_named[sorted_at - 1].1]);
            }
        }
        for (index, (key, value)) in legacy.members().enumerate().skip(done) {
            match partner_of[index] {
                Some(partner) => self.member(key, Some(value), Some(new_values[partner].1), at),
                None if is_repeated_here[index] => self.repeated_member(key, Some(value), None, at),
                None => self.member(key, Some(value), None, at),
            }
        }
        for (index, (key, value)) in new_values.into_iter().enumerate().skip(done) {
            match (new_is_taken[index], is_repeated_there[index]) {
                (true, _) => {}
                (false, true) => self.repeated_member(key, None, Some(value), at),
                (false, false) => self.member(key, None, Some(value), at),
            }
        }
    }

    fn child(&mut self, key: Value<'t>, at: At) -> At {
        self.comparer.trie.member(&self.comparer.rules.patterns, at, &key.text_bytes())
    }

    fn member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        if let (Some(legacy), Some(new)) = (legacy, new)
            && legacy.raw() == new.raw()
        {
            return;
        }
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key));
        match (legacy, new) {
            (Some(legacy), Some(new)) => self.values(legacy, new, child),
            (Some(only), None) => self.one_sided(Kind::Missing, Some(only), None, child),
            (None, only) => self.one_sided(Kind::Extra, None, only, child),
        }
        self.steps.pop();
    }

    fn repeated_member(&mut self, key: Value<'t>, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let child = self.child(key, at);
        self.steps.push(PathStep::Member(key));
        self.emit(Kind::DuplicateKey, legacy, new, child);
        self.steps.pop();
    }

    fn one_sided(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let outer = self.ignored_by;
        self.ignored_by = outer.or_else(|| self.ignoring(at));
        let is_null = legacy.or(new).is_some_and(|value| value.kind() == Type::Null);
        let is_member = matches!(self.steps.last(), Some(PathStep::Member(_)));
        self.emit(if is_null && is_member { Kind::NullVsAbsent } else { kind }, legacy, new, at);
        self.ignored_by = outer;
    }

    fn elements(&mut self, legacy: Value<'t>, new: Value<'t>, at: At) {
        let legacy_elements: Vec<Value<'t>> = legacy.elements().collect();
        let new_elements: Vec<Value<'t>> = new.elements().collect();
        let set = self.set_rule(at);
        let mut surplus = [Vec::new(), Vec::new()];
        let alignment = match set {
            None => self.align(&legacy_elements, &new_elements, at),
            Some(_) => {
                let joined = self.join_as_set(&legacy_elements, &new_elements, at);
                surplus = joined.surplus;
                self.align_by_content(joined.joined, &legacy_elements, &new_elements, at)
            }
        };
        if alignment.moved > 0 {
            self.emit(Kind::Order, Some(legacy), Some(new), at);
        }
        self.parents.push((legacy, new));
        let mut missing = alignment.missing.into_iter().peekable();
        let patterns = &self.comparer.rules.patterns;
        for (index, other) in alignment.pairs {
            while let Some(before) = missing.next_if(|&before| before < index) {
                self.missing_element(&legacy_elements, before, at);
            }
            if legacy_elements[index].raw() == new_elements[other].raw() {
                continue;
            }
            let child = self.comparer.trie.element(patterns, at, index, legacy_elements.len());
            self.steps.push(PathStep::Element { legacy: Some(index), new: Some(other) });
            self.values(legacy_elements[index], new_elements[other], child);
            self.steps.pop();
        }
        for index in missing {
            self.missing_element(&legacy_elements, index, at);
        }
        for index in alignment.extra {
            self.extra_element(&new_elements, index, at);
        }
        let outer = self.ignored_by;
        self.ignored_by = outer.or(set);
        surplus[0].iter().for_each(|&index| self.missing_element(&legacy_elements, index, at));
        surplus[1].iter().for_each(|&index| self.extra_element(&new_elements, index, at));
        self.ignored_by = outer;
        self.parents.pop();
    }

    fn extra_element(&mut self, elements: &[Value<'t>], index: usize, at: At) {
        let child = self.comparer.trie.element(&self.comparer.rules.patterns, at, index, elements.len());
        self.steps.push(PathStep::Element { legacy: None, new: Some(index) });
        self.one_sided(Kind::Extra, None, Some(elements[index]), child);
        self.steps.pop();
    }

    /// The tolerance by which the list here is a set, unless a key is declared for it.
    fn set_rule(&self, at: At) -> Option<usize> {
        let has_key = self.effects(at).iter().any(|effect| matches!(effect, Effect::Key(_)));
        let rules = self.comparer.rules;
        let is_set = |&index: &usize| matches!(rules.tolerances[index].tolerance.rule, Rule::AsSet);
        if has_key { None } else { self.tolerances(at).into_iter().find(is_set) }
    }

    fn join_as_set(&mut self, legacy: &[Value<'t>], new: &[Value<'t>], at: At) -> align::SetJoined {
        let Reference { rules, trie, legacy_hashes, new_hashes } = &mut *self.comparer;
        let mut hashes = |elements: &[Value<'t>], hashes: &mut Hashes| -> Vec<u64> {
            let mut hash = |(index, element): (usize, &Value<'t>)| {
                let child = trie.element(&rules.patterns, at, index, elements.len());
                hashes.of(*element, child, rules, trie)
            };
            elements.iter().enumerate().map(&mut hash).collect()
        };
        let (one, other) = (hashes(legacy, legacy_hashes), hashes(new, new_hashes));
        align::as_set(
            &one,
            &other,
            |index, again| content::same(legacy[index], legacy[again]),
            |index, again| content::same(new[index], new[again]),
        )
    }

    fn missing_element(&mut self, elements: &[Value<'t>], index: usize, at: At) {
        let child = self.comparer.trie.element(&self.comparer.rules.patterns, at, index, elements.len());
        self.steps.push(PathStep::Element { legacy: Some(index), new: None });
        self.one_sided(Kind::Missing, Some(elements[index]), None, child);
        self.steps.pop();
    }

    fn align(&mut self, legacy: &[Value<'t>], new: &[Value<'t>], at: At) -> Alignment {
        let key = self.effects(at).into_iter().find_map(|effect| match effect {
            Effect::Key(index) => Some(index),
            Effect::Tolerance(_) => None,
        });
        let joined = match key {
            None => self.join_by_proven_key(legacy, new, at),
            Some(index) => {
                let key = &self.comparer.rules.keys[index];
                if key.by_position {
                    return align::keyed(align::by_position(legacy.len(), new.len()));
                }
                let keys_of = |elements: &[Value<'t>]| -> Vec<Option<u64>> {
                    elements.iter().map(|element| key_of(*element, &key.fields)).collect()
                };
                let joined = align::by_key(&keys_of(legacy), &keys_of(new));
                if joined.is_clean {
                    // A key that only one side has is a record that only one side has.
                    return align::keyed(joined);
                }
                self.out.note(format!(
                    "the key of `{}` is absent from some elements or not unique: those were joined by content",
                    key.path_text
                ));
                joined
            }
        };
        self.align_by_content(joined, legacy, new, at)
    }

    fn align_by_content(
        &mut self,
        joined: align::Joined,
        legacy: &[Value<'t>],
        new: &[Value<'t>],
        at: At,
    ) -> Alignment {
        let comparer = &mut *self.comparer;
        let rules = comparer.rules;
        let (trie, legacy_hashes, new_hashes) = (
            std::cell::RefCell::new(&mut comparer.trie),
            &mut comparer.legacy_hashes,
            &mut comparer.new_hashes,
        );
        let hash = |elements: &[Value<'t>], hashes: &mut Hashes, index: usize| {
            let trie = &mut **trie.borrow_mut();
            let child = trie.element(&rules.patterns, at, index, elements.len());
            let hash = hashes.of(elements[index], child, rules, trie);
            Content { hash, is_scalar: elements[index].is_scalar() }
        };
        align::by_content(
            joined,
            |index| hash(legacy, legacy_hashes, index),
            |index| hash(new, new_hashes, index),
            |index| leaves(legacy[index]),
            |index| leaves(new[index]),
        )
    }

    fn join_by_proven_key(&mut self, legacy: &[Value<'t>], new: &[Value<'t>], at: At) -> align::Joined {
        let shorter = legacy.len().min(new.len());
        let unjoined = align::unjoined(legacy.len(), new.len());
        if shorter < 2 {
            return unjoined;
        }
        let mut names: Vec<String> = legacy[0].members().map(|(key, _)| key.text().into_owned()).collect();
        names.retain(|name| rank(name).is_some());
        names.sort_by_key(|name| rank(name));
        for name in names.into_iter().take(4) {
            let fields = [vec![name.clone()]];
            let keys_of = |elements: &[Value<'t>]| -> Vec<Option<u64>> {
                elements.iter().map(|element| key_of(*element, &fields)).collect()
            };
            let joined = align::by_key(&keys_of(legacy), &keys_of(new));
            if joined.is_clean && joined.pairs.len() * 2 >= shorter {
                if joined.pairs.iter().any(|(index, other)| index != other) {
                    self.out.note(crate::lists::proven_note(self.comparer.trie.field(at), &name));
                }
                return joined;
            }
        }
        unjoined
    }

    fn path(&self) -> String {
        let mut path = "$".to_owned();
        for step in &self.steps {
            match step {
                PathStep::Member(key) => path::push_name(&mut path, &key.text()),
                PathStep::Element { legacy, new } => {
                    path.push_str(&format!("[{}]", legacy.or(*new).unwrap_or_default()));
                }
            }
        }
        path
    }

    fn emit(&mut self, kind: Kind, legacy: Option<Value<'t>>, new: Option<Value<'t>>, at: At) {
        let rules = self.comparer.rules;
        let mut notes = Vec::new();
        let tolerance = self.ignored_by.or_else(|| {
            excuse::first(&rules.tolerances, &self.tolerances(at), kind, legacy, new, &mut notes)
        });
        if tolerance.is_none()
            && let Some(hash) = hash_of_left(kind, legacy, new)
        {
            let object = self.parents.last().map_or(0, |parents| parents.0.index());
            let (side, value) = match (legacy, new) {
                (Some(value), _) => (Side::Legacy, value),
                (None, value) => (Side::New, value.expect("a difference has a value")),
            };
            self.left_over.note(side, value.index() as u32, object as u32, self.out.told, hash);
        }
        for note in notes {
            self.out.note(note);
        }
        let is_first = self.explained.insert((at, kind));
        let parent = self.parents.last().copied();
        let is_element = matches!(self.steps.last(), Some(PathStep::Element { .. }));
        let context = |value: Option<Value<'t>>, parent: Option<Value<'t>>| match (is_element, parent) {
            (false, Some(parent)) => Some(pretty::context(parent)),
            _ => value.map(pretty::context),
        };
        let sample = |value: Option<Value<'t>>| value.map(|value| pretty::sample(value, SAMPLE_BYTES_MAX));
        self.out.push(Difference {
            place: Place::Body,
            path: self.path(),
            new_path: None,
            field: self.comparer.trie.shared_field(at),
            kind,
            legacy: sample(legacy),
            new: sample(new),
            tolerance,
            legacy_context: is_first.then(|| context(legacy, parent.map(|parent| parent.0))).flatten(),
            new_context: is_first.then(|| context(new, parent.map(|parent| parent.1))).flatten(),
            blame: None,
        });
    }
}

fn same_key(one: Value<'_>, other: Value<'_>) -> bool {
    one.raw() == other.raw() || one.text_bytes() == other.text_bytes()
}

/// Fast and plain diff agree, with contexts, whichever way the texts are parsed.
pub(crate) fn check(rules: &Rules, legacy: &str, new: &str) {
    let (mut legacy_tape, mut new_tape) = (Tape::new(), Tape::new());
    legacy_tape.parse_plainly(legacy).expect("legacy of the test is JSON");
    new_tape.parse_plainly(new).expect("new of the test is JSON");
    let (legacy_json, new_json) = (legacy_tape.json(legacy), new_tape.json(new));
    let mut expected =
        if legacy == new { Comparison::default() } else { compare(rules, legacy_json, new_json) };
    let mut comparer = Comparer::new(rules);
    let (mut guided, mut again, mut bare) =
        (Comparison::default(), Comparison::default(), Comparison::default());
    comparer.texts(legacy, new, Scope::default(), &mut guided).expect("both are JSON");
    // Which elements belong together may be plain from the ends of the lists: then no key is needed, nor told.
    expected.notes.retain(|note| guided.notes.contains(note) || !note.contains("was joined by"));
    assert_eq!(guided, expected, "{legacy}\n{new}");
    // With all paths met before, records are looked at as soon as they are read.
    let mut early = Comparison::default();
    comparer.texts(legacy, new, Scope::default(), &mut early).expect("both are JSON");
    assert_eq!(early, expected, "{legacy}\n{new}");
    comparer.bodies(legacy_json, new_json, Scope::default(), &mut again);
    assert_eq!(again, expected, "{legacy}\n{new}");
    let mut comparer = Comparer::new(rules).with_contexts(Contexts::None);
    comparer.texts(legacy, new, Scope::default(), &mut bare).expect("both are JSON");
    assert_eq!((bare.total, bare.excused), (expected.total, expected.excused));
    // What was compared before, which is remembered in part, changes nothing.
    let mut after_others = Comparison::default();
    for (one, other) in [(new, legacy), (legacy, legacy), (new, legacy), (legacy, new)] {
        after_others = Comparison::default();
        comparer.texts(one, other, Scope::default(), &mut after_others).expect("both are JSON");
    }
    assert_eq!(after_others, bare, "{legacy}\n{new}");
}

fn rules(tolerances: &str, keys: &[&str]) -> Rules {
    rules_with(tolerances, keys.iter().map(|path| ((*path).to_owned(), vec!["id".to_owned()])).collect())
}

fn rules_with(tolerances: &str, keys: Vec<(String, Vec<String>)>) -> Rules {
    Rules::compile(RulesInput {
        operation: "crm.contacts.list",
        as_of: Day { year: 2026, month: 11, day: 24 },
        tolerances: parse_tolerances(tolerances).expect("tolerances of the test"),
        keys,
        headers: Vec::new(),
        compile_when: &|_| Err("not here".into()),
    })
    .expect("rules of the test")
}

pub(crate) fn rule_sets() -> [Rules; 4] {
    let tolerance = |path: &str, rule: &str| {
        format!(
            "[[tolerance]]\npath = {path:?}\nrule = {rule:?}\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n"
        )
    };
    let some = [
        tolerance("$..a", "ignore"),
        tolerance("$..[*]", "any_order"),
        tolerance("$.b[0]", "number_text"),
        tolerance("$..id", "number_as_text"),
    ];
    let keys = ["$", "$.a", "$.b", "$.data", "$.data[*].b"];
    let sets = [tolerance("$..a", "as_set"), tolerance("$", "as_set"), tolerance("$..data", "as_set")];
    let by_position = ("$..b".to_owned(), vec![POSITION.to_owned()]);
    [
        rules("", &[]),
        rules("", &keys),
        rules(&some.concat(), &["$..b"]),
        rules_with(&sets.concat(), vec![by_position]),
    ]
}

/// A small language of documents in which keys, ids and values meet often.
pub(crate) fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        (0..6_u8).prop_map(|number| number.to_string()),
        Just("1.0".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        "[ab]{0,2}".prop_map(|text| format!("{text:?}")),
        Just(r#""\u0061""#.to_owned()),
        Just(r#""2024-01-02T03:04:05Z""#.to_owned()),
    ];
    scalar.prop_recursive(4, 60, 6, |inner| {
        let keys = [
            r#""id""#,
            r#""a""#,
            r#""b""#,
            r#""data""#,
            r#""\u0061""#,
            r#""a_longer_name""#,
            r#""a_longer_nome""#,
        ];
        let member = (proptest::sample::select(keys.to_vec()), inner.clone());
        prop_oneof![
            vec(inner, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            vec(member, 0..7).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// An edit of a container: which, how, and a value that it may put there.
pub(crate) type Edit = (usize, u8, String);

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    vec((0..100_000_usize, 0..6_u8, document()), 0..5)
}

/// The document with some of its values added, dropped, replaced, doubled or moved.
pub(crate) fn mutate(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits {
        text = mutate_once(&text, edit);
    }
    text
}

fn mutate_once(text: &str, (at, edit, other): &Edit) -> String {
    let mut tape = Tape::new();
    let json = tape.parse(text).expect("a mutated document stays JSON");
    let containers: Vec<Value<'_>> =
        (0..json.len()).map(|node| json.value(node)).filter(|value| !value.is_scalar()).collect();
    let Some(container) = containers.get(at % containers.len().max(1)) else { return other.clone() };
    let is_object = container.kind() == Type::Object;
    let mut items: Vec<String> = match is_object {
        true => container.members().map(|(key, value)| format!("{}:{}", key.raw(), value.raw())).collect(),
        false => container.elements().map(|element| element.raw().to_owned()).collect(),
    };
    let place = if items.is_empty() { 0 } else { at / 7 % items.len() };
    let item = if is_object { format!("\"new_{}\":{other}", at % 3) } else { other.clone() };
    match edit % 6 {
        0 => items.insert(place, item),
        1 if !items.is_empty() => drop(items.remove(place)),
        2 if !items.is_empty() => items[place] = item,
        3 => items.reverse(),
        4 => items.rotate_left(place),
        5 if !items.is_empty() => items.push(items[place].clone()),
        _ => {}
    }
    let items = items.join(if at % 5 == 0 { " , " } else { "," });
    let inside = if is_object { format!("{{{items}}}") } else { format!("[{items}]") };
    let start = container.raw().as_ptr() as usize - text.as_ptr() as usize;
    format!("{}{inside}{}", &text[..start], &text[start + container.raw().len()..])
}

proptest! {
    #[test]
    fn any_two_documents_differ_as_the_plain_diff_says(legacy in document(), new in document()) {
        for rules in rule_sets() {
            check(&rules, &legacy, &new);
        }
    }

    #[test]
    fn a_mutated_document_differs_as_the_plain_diff_says(legacy in document(), edits in edits()) {
        let new = mutate(&legacy, &edits);
        for rules in rule_sets() {
            check(&rules, &legacy, &new);
        }
    }

    #[test]
    fn a_list_of_records_differs_as_the_plain_diff_says(
        records in vec((document(), document()), 6..16),
        turn in 0..20_usize,
        gone in 0..20_usize,
        edits in vec((0..100_000_usize, 0..6_u8, document()), 0..9),
    ) {
        let record = |(id, (one, other)): (usize, &(String, String))| {
            let text = "the same on both sides, ".repeat(3);
            format!(
                r#"{{"id":"r{id}","text":"{text}","a":{one},"data":[{other},{{"b":{one}}}],"b":{{"id":{id},"a":[{other}]}}}}"#
            )
        };
        let list = |records: Vec<String>| format!(r#"{{"data":[{}],"more":true}}"#, records.join(","));
        let mut records: Vec<String> = records.iter().enumerate().map(record).collect();
        let legacy = list(records.clone());
        let turn = turn.saturating_sub(10) % records.len();
        records.rotate_left(turn);
        if gone < records.len() {
            records.remove(gone);
        }
        let new = mutate(&list(records), &edits);
        for rules in rule_sets() {
            check(&rules, &legacy, &new);
        }
    }
}

/// Every recorded JSON file up to this size is mutated.
const RECORDED_BYTES_MAX: u64 = 200_000;

/// The folder of recorded data, and its small JSON files.
pub(crate) fn of_data() -> (String, Vec<PathBuf>) {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("CUTOVER_DATA").unwrap_or_else(|_| beside.to_owned());
    let mut paths = Vec::new();
    recorded(Path::new(&folder), &mut paths);
    (folder, paths)
}

fn recorded(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    for path in paths {
        let is_small = || path.metadata().is_ok_and(|data| data.len() <= RECORDED_BYTES_MAX);
        if path.is_dir() {
            recorded(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "json") && is_small() {
            out.push(path);
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that finds no data says so")]
fn recorded_documents_differ_from_their_mutants_as_the_plain_diff_says() {
    let (folder, paths) = of_data();
    if paths.is_empty() {
        eprintln!("SKIPPED: no recorded data at {folder}");
        assert!(std::env::var("CUTOVER_REQUIRE_SERVERS").is_err(), "no recorded data at {folder}");
    }
    // Some of them are as deep as the limit allows.
    let compared = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || compare_with_mutants(paths))
        .expect("the machine starts one more thread");
    if let Err(panic) = compared.join() {
        std::panic::resume_unwind(panic);
    }
}

fn compare_with_mutants(paths: Vec<PathBuf>) {
    let mut runner = TestRunner::deterministic();
    let rule_sets = rule_sets();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if Tape::new().parse(&text).is_err() {
            continue;
        }
        for rules in &rule_sets {
            let edits = edits().new_tree(&mut runner).expect("edits are made").current();
            check(rules, &text, &mutate(&text, &edits));
        }
    }
}
