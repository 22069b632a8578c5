//! What the samples teach: items with what legacy made of them, envelopes around them, fields, origins, shapes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::explain::{Origin, Relation, Unit, explain};
use crate::fields::{Field, Fields, scalar_text};
use crate::lists::{Hint, Lists, items_of};
use crate::sample::Sample;
use crate::shape::Shape;
use crate::tree::{Seg, Tree};
use crate::values::{Look, look};

/// Items that are learned from; more of them teach nothing new, and comparing each with each costs.
pub const ITEMS_MAX: usize = 2_000;

/// One thing that is mapped: an element of a list, or a whole body where there is no list.
#[derive(Clone, Debug)]
pub struct Item {
    /// What the mapping is given of it.
    pub input: Tree,
    /// The same as text.
    pub text: String,
    /// What legacy made of it, where that is known.
    pub legacy: Option<Tree>,
    /// The same as text.
    pub legacy_text: Option<String>,
    /// Legacy answers without it.
    pub is_dropped: bool,
    /// What the mapping makes of it where it was recorded.
    pub own: Option<String>,
    /// The envelope that it was recorded in.
    pub envelope: usize,
}

/// A page without its items.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The sample's name.
    pub name: String,
    /// The page, its list empty; what is no list stands here whole.
    pub input: Tree,
    /// How long that is as text, in bytes.
    pub length: usize,
    /// Legacy's body, its list empty; unknown where legacy's pages are not the new side's.
    pub legacy: Option<Tree>,
    /// Its items.
    pub items: Range<usize>,
    /// What `$now()` answers.
    pub now_ms: i64,
    /// Items of envelopes of one group may stand in each other's.
    pub group: usize,
    /// What the mapping answered for the page as it was recorded.
    pub own: Option<Tree>,
}

/// Whether a mapping asks what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It does: items of two moments are not mixed.
    Read,
    /// It does not.
    Ignored,
}

/// All that the samples teach.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Where the items lie; nothing where a body is one thing.
    pub lists: Option<Lists>,
    /// In the order of the samples.
    pub items: Vec<Item>,
    /// One a page.
    pub envelopes: Vec<Envelope>,
    /// By group, the items in it.
    pub groups: Vec<Vec<usize>>,
    /// The fields of the items.
    pub fields: Fields,
    /// By list of objects within an item, the fields of its elements.
    pub nested: Vec<(Vec<Seg>, Fields)>,
    /// By field, how its texts are made.
    pub looks: Vec<Option<Look>>,
    /// What tells an item from another, in the input and in the answer.
    pub ids: Option<(Vec<Seg>, Vec<Seg>)>,
    /// Where legacy's values come from.
    pub units: Vec<Unit>,
    /// What a whole answer looks like.
    pub shape: Shape,
    /// Whether legacy's answers say so, or the mapping's own.
    pub is_of_legacy: bool,
    /// Numbers of the input's envelope, and of legacy's, that count the items.
    pub counts: [Vec<Vec<Seg>>; 2],
}

impl Corpus {
    /// From samples, and what the mapping answers for each of their pages.
    pub fn learn(samples: &[Sample], own: &[Vec<Option<Tree>>], hint: Hint<'_>, clock: Clock) -> Corpus {
        let is_of_legacy = samples.iter().any(|sample| !sample.legacy.is_empty());
        let owned: Vec<Vec<Tree>> =
            own.iter().map(|pages| pages.iter().flatten().cloned().collect()).collect();
        let told: Vec<(&Sample, &[Tree])> = samples
            .iter()
            .zip(&owned)
            .map(|(sample, own)| {
                let answers = if is_of_legacy { sample.legacy.as_slice() } else { own.as_slice() };
                (sample, answers)
            })
            .filter(|(_, answers)| !answers.is_empty())
            .collect();
        let lists = Lists::learn(&told, hint);
        let mut corpus = Corpus {
            shape: Shape::of(told.iter().flat_map(|(_, answers)| *answers)),
            lists,
            items: Vec::new(),
            envelopes: Vec::new(),
            groups: Vec::new(),
            fields: Fields::default(),
            nested: Vec::new(),
            looks: Vec::new(),
            ids: None,
            units: Vec::new(),
            is_of_legacy,
            counts: [Vec::new(), Vec::new()],
        };
        if !is_of_legacy {
            corpus.shape.demand_lists();
        }
        for (sample, own) in samples.iter().zip(own) {
            corpus.add(sample, own);
        }
        corpus.fields = Fields::of(corpus.items.iter().map(|item| &item.input));
        corpus.nested = corpus.fields_of_elements();
        corpus.looks = corpus.fields.all.iter().map(look).collect();
        let known: Vec<(&Tree, &Tree)> =
            corpus.items.iter().filter_map(|item| Some((&item.input, item.legacy.as_ref()?))).collect();
        corpus.units = explain(&corpus.fields, &known);
        corpus.ids = corpus.find_ids();
        corpus.counts = corpus.find_counts();
        corpus.group(samples, clock);
        corpus
    }

    fn add(&mut self, sample: &Sample, own: &[Option<Tree>]) {
        let Some(lists) = self.lists.clone() else {
            for (page, own) in sample.pages.iter().zip(own) {
                let legacy = if sample.pages.len() == 1 { sample.legacy.first() } else { None };
                self.add_page(
                    sample,
                    page,
                    own.as_ref(),
                    (page.clone(), legacy.cloned()),
                    vec![(page, legacy)],
                );
            }
            return;
        };
        let ins = items_of(&sample.pages, &lists.input);
        let outs = items_of(&sample.legacy, &lists.output);
        let joined = lists.join(&ins, &outs);
        let mut from = 0;
        let is_one_page = sample.pages.len() == 1 && sample.legacy.len() == 1;
        for (page, own) in sample.pages.iter().zip(own) {
            let length = page.at(&lists.input).and_then(Tree::items).map_or(0, <[Tree]>::len);
            let items = (from..from + length).map(|at| (ins[at], joined[at].map(|out| outs[out]))).collect();
            from += length;
            let emptied = |tree: &Tree, path: &[Seg]| {
                let mut tree = tree.clone();
                tree.put(path, Some(Tree::list(Vec::new())));
                tree
            };
            let legacy = sample.legacy.first().filter(|_| is_one_page);
            let envelope = (emptied(page, &lists.input), legacy.map(|legacy| emptied(legacy, &lists.output)));
            self.add_page(sample, page, own.as_ref(), envelope, items);
        }
    }

    fn add_page(
        &mut self,
        sample: &Sample,
        page: &Tree,
        own: Option<&Tree>,
        (input, legacy): (Tree, Option<Tree>),
        items: Vec<(&Tree, Option<&Tree>)>,
    ) {
        if self.items.len() + items.len() > ITEMS_MAX && !self.items.is_empty() {
            return;
        }
        let envelope = self.envelopes.len();
        let first = self.items.len();
        let own_items: Option<Vec<&Tree>> = match &self.lists {
            None => own.map(|own| vec![own]),
            Some(lists) if !lists.filters => {
                own.and_then(|own| own.at(&lists.output)?.items()).map(|items| items.iter().collect())
            }
            Some(_) => None,
        };
        let own_items = own_items.filter(|own| own.len() == items.len());
        let filters = self.lists.as_ref().is_some_and(|lists| lists.filters);
        for (at, (item, answer)) in items.into_iter().enumerate() {
            self.items.push(Item {
                input: item.clone(),
                text: item.json(),
                legacy: answer.cloned(),
                legacy_text: answer.map(Tree::json),
                is_dropped: filters && answer.is_none() && !sample.legacy.is_empty(),
                own: own_items.as_ref().map(|own| own[at].json()),
                envelope,
            });
        }
        self.envelopes.push(Envelope {
            name: match sample.pages.len() {
                1 => sample.name.clone(),
                _ => {
                    let at = sample.pages.iter().position(|known| std::ptr::eq(known, page)).unwrap_or(0);
                    format!("{}, page {}", sample.name, at + 1)
                }
            },
            length: input.json().len(),
            input,
            legacy,
            items: first..self.items.len(),
            now_ms: sample.now_ms,
            group: 0,
            own: own.cloned(),
        });
    }

    fn fields_of_elements(&self) -> Vec<(Vec<Seg>, Fields)> {
        let lists =
            self.fields.all.iter().filter(|field| field.path.last() == Some(&Seg::Each) && field.objects > 1);
        let of = |field: &Field| {
            let mut elements = Vec::new();
            self.items.iter().for_each(|item| elements_at(&item.input, &field.path, &mut elements));
            (field.path.clone(), Fields::of(elements.iter().copied()))
        };
        lists.map(of).collect()
    }

    fn find_ids(&self) -> Option<(Vec<Seg>, Vec<Seg>)> {
        if let Some(lists) = &self.lists {
            return lists.id.clone();
        }
        self.units.iter().find_map(|unit| {
            let Origin::From(sources) = &unit.origin else { return None };
            let is_id = matches!(unit.path.last(), Some(Seg::Name(name)) if &**name == "id");
            let source = sources.iter().find(|source| source.relation == Relation::Same).filter(|_| is_id)?;
            Some((self.fields.all[source.field].path.clone(), unit.path.clone()))
        })
    }

    /// Numbers that are the length of the list on every page, and not always the same.
    fn find_counts(&self) -> [Vec<Vec<Seg>>; 2] {
        let lengths: Vec<usize> = self.envelopes.iter().map(|envelope| envelope.items.len()).collect();
        let vary = lengths.iter().any(|length| *length != lengths[0]);
        if self.lists.is_none() || !vary {
            return [Vec::new(), Vec::new()];
        }
        let find = |side: &dyn Fn(&Envelope) -> Option<&Tree>| {
            let first = self.envelopes.iter().find_map(side);
            let mut found = Vec::new();
            if let Some(first) = first {
                numbers(first, &mut Vec::new(), &mut found);
            }
            found.retain(|path| {
                self.envelopes.iter().zip(&lengths).all(|(envelope, length)| match side(envelope) {
                    None => true,
                    Some(tree) => {
                        matches!(tree.at(path), Some(Tree::Number(text)) if **text == *length.to_string())
                    }
                })
            });
            found
        };
        [find(&|envelope| Some(&envelope.input)), find(&|envelope| envelope.legacy.as_ref())]
    }

    /// Items may change places within an account, and where nothing that is the same on a whole page differs: it may
    /// come from the envelope.
    fn group(&mut self, samples: &[Sample], clock: Clock) {
        let shared = self.of_pages();
        let accounts: BTreeMap<&str, &str> = samples
            .iter()
            .map(|sample| (sample.name.as_str(), sample.account.as_deref().unwrap_or_default()))
            .collect();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for at in 0..self.envelopes.len() {
            let envelope = &self.envelopes[at];
            let sample = envelope.name.split(", page ").next().unwrap_or_default();
            let mut key = accounts.get(sample).copied().unwrap_or_default().to_owned();
            if clock == Clock::Read {
                key.push_str(&envelope.now_ms.to_string());
            }
            if let Some(item) = self.items.get(envelope.items.start).filter(|_| !envelope.items.is_empty()) {
                let answer = answer_of(item);
                for path in &shared {
                    let value = answer.as_ref().and_then(|answer| answer.at(path));
                    key.push('\n');
                    key.push_str(&value.map_or("absent".to_owned(), Tree::json));
                }
            }
            let next = known.len();
            let group = *known.entry(key).or_insert(next);
            self.envelopes[at].group = group;
        }
        self.groups = vec![Vec::new(); known.len()];
        for (at, item) in self.items.iter().enumerate() {
            if !item.is_dropped {
                self.groups[self.envelopes[item.envelope].group].push(at);
            }
        }
    }

    /// Values that all items of a page share, on every page of several, and that differ from page to page.
    fn of_pages(&self) -> Vec<Vec<Seg>> {
        if self.lists.is_none() {
            return Vec::new();
        }
        let answers: Vec<Option<Tree>> = self.items.iter().map(answer_of).collect();
        let Some(first) = answers.iter().flatten().next() else { return Vec::new() };
        let mut paths = Vec::new();
        leaves(first, &mut Vec::new(), &mut paths);
        let several: Vec<&Envelope> =
            self.envelopes.iter().filter(|envelope| envelope.items.len() > 1).collect();
        paths.retain(|path| {
            let value = |at: usize| answers[at].as_ref().and_then(|answer| answer.at(path));
            let is_of_page = |envelope: &&Envelope| {
                envelope.items.clone().all(|at| value(at) == value(envelope.items.start))
            };
            several.iter().all(is_of_page)
                && several.iter().any(|envelope| value(envelope.items.start) != value(several[0].items.start))
        });
        paths
    }
}

/// All that a path with `[*]` leads to.
fn elements_at<'t>(value: &'t Tree, path: &[Seg], found: &mut Vec<&'t Tree>) {
    match (path.split_first(), value) {
        (None, value) => found.push(value),
        (Some((Seg::Each, rest)), Tree::List(items)) => {
            items.iter().for_each(|item| elements_at(item, rest, found));
        }
        (Some((Seg::Name(name), rest)), value) => {
            if let Some(member) = value.member(name) {
                elements_at(member, rest, found);
            }
        }
        _ => {}
    }
}

fn answer_of(item: &Item) -> Option<Tree> {
    item.legacy.clone().or_else(|| Tree::read(item.own.as_deref()?))
}

fn numbers(value: &Tree, path: &mut Vec<Seg>, found: &mut Vec<Vec<Seg>>) {
    match value {
        Tree::Object(members) => {
            for (name, member) in members.iter() {
                path.push(Seg::Name(name.clone()));
                numbers(member, path, found);
                path.pop();
            }
        }
        Tree::Number(_) => found.push(path.clone()),
        _ => {}
    }
}

fn leaves(value: &Tree, path: &mut Vec<Seg>, found: &mut Vec<Vec<Seg>>) {
    match value {
        Tree::Object(members) => {
            for (name, member) in members.iter() {
                path.push(Seg::Name(name.clone()));
                leaves(member, path, found);
                path.pop();
            }
        }
        value if scalar_text(value).is_some() => found.push(path.clone()),
        _ => {}
    }
}
