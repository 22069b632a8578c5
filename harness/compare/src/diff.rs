//! The structural diff: every difference of two bodies, once, at its deepest path.

use crate::difference::Difference;
use crate::early::Early;
use crate::entities::{EntityLink, Links};
use crate::guide::Pair;
use crate::hash::Hashes;
use crate::model::Side;
use crate::moved::LeftOver;
use crate::rules::{Effect, Rules, to_serde};
use crate::runs::Runs;
use crate::shape::Shapes;
use crate::tape::{Json, ParseError, Tape};
use crate::trie::Trie;
use crate::verdict::DIFFERENCES_MAX;
use crate::walk::{Filtered, PathStep, Use, Walk};

/// A trie that has grown past this starts anew with the next pair: paths should recur, and these did not.
const TRIE_NODES_MAX: usize = 500_000;

/// A pair's list of notes is cut here.
const NOTES_MAX: usize = 20;

/// Compares bodies under one operation's rules; keeps its buffers and the paths met from pair to pair.
pub struct Comparer<'r> {
    pub(crate) rules: &'r Rules,
    pub(crate) contexts: Contexts,
    pub(crate) trie: Trie,
    pub(crate) legacy_hashes: Hashes,
    pub(crate) new_hashes: Hashes,
    /// By tolerance: does it hold for the account of the last pair?
    pub(crate) speaks: Vec<bool>,
    speaks_for: Option<(Option<String>, Option<String>)>,
    /// What objects were like, by path: their names are looked up sooner with it.
    pub(crate) shapes: Shapes,
    /// Vectors for the elements of lists, used again.
    pub(crate) spare: Vec<Vec<u32>>,
    /// How many differences the last pair had that were kept: the next of an operation has about as many.
    pub(crate) expected: usize,
    /// The steps and parents of a walk, used again.
    pub(crate) spare_path: (Vec<PathStep>, Vec<(u32, u32)>),
    /// What the present pair has on one side only, to tell moves from changes.
    pub(crate) left_over: LeftOver,
    /// What was found while the last bodies were read.
    pub(crate) early: Early,
    tapes: (Tape, Tape),
}

/// Whether differences carry what stands around them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contexts {
    /// The first difference of each field and kind of a pair: what a person reads.
    #[default]
    First,
    /// None: for runs that only count, since a context costs more than finding the difference.
    None,
}

/// All that comparing found.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    /// Every difference, excused or not, up to [`DIFFERENCES_MAX`]; those that nothing excuses are kept first.
    pub differences: Vec<Difference>,
    /// How many there were.
    pub total: u64,
    /// How many of them a tolerance excuses.
    pub excused: u64,
    /// What a person should know beside them.
    pub notes: Vec<String>,
    /// Which ids stand for each other, where a `same_entity` speaks: to be settled when all pairs are known.
    pub links: Vec<EntityLink>,
    /// How many differences were told, those too that another then told together with its own.
    pub(crate) told: u64,
    /// By kept difference, how many were told before it: what finds it again. Ascending.
    pub(crate) serials: Vec<u64>,
    /// At most so many of those kept are excused.
    kept_excused: usize,
}

/// Whose answers are compared: decides which tolerances speak.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'s> {
    /// The account, where known.
    pub account: Option<&'s str>,
    /// Its integration, where known.
    pub integration: Option<&'s str>,
}

impl Comparison {
    /// Records one difference.
    pub(crate) fn push(&mut self, difference: Difference) {
        self.push_with(difference.tolerance, || difference);
    }

    /// Records one difference that is written out only if it is kept.
    pub(crate) fn push_with(&mut self, tolerance: Option<usize>, difference: impl FnOnce() -> Difference) {
        let serial = self.told;
        self.told += 1;
        self.total += 1;
        self.excused += u64::from(tolerance.is_some());
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(difference());
            self.serials.push(serial);
            self.kept_excused += usize::from(tolerance.is_some());
        } else if tolerance.is_none()
            // Where none is left, none is looked for: there may be millions of differences.
            && self.kept_excused > 0
            && let Some(excused) = self.differences.iter().rposition(|kept| kept.tolerance.is_some())
        {
            self.kept_excused -= 1;
            self.differences.remove(excused);
            self.serials.remove(excused);
            self.differences.push(difference());
            self.serials.push(serial);
        }
    }

    /// Makes room for so many differences before the first one comes.
    pub(crate) fn make_room(&mut self, expected: usize) {
        if self.differences.capacity() == 0 {
            self.differences.reserve(expected);
            self.serials.reserve(expected);
        }
    }

    /// Forgets what no rule has to excuse, because it is no difference to whoever asks.
    pub fn forget(&mut self, is_none: impl Fn(&Difference) -> bool) {
        let mut at = 0;
        while let Some(difference) = self.differences.get(at) {
            if difference.tolerance.is_some() || !is_none(difference) {
                at += 1;
                continue;
            }
            self.differences.remove(at);
            self.serials.remove(at);
            self.total -= 1;
        }
    }

    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl<'r> Comparer<'r> {
    /// For the rules of one operation.
    pub fn new(rules: &'r Rules) -> Comparer<'r> {
        Comparer {
            rules,
            contexts: Contexts::default(),
            trie: Trie::new(&rules.patterns),
            legacy_hashes: Hashes::default(),
            new_hashes: Hashes::default(),
            speaks: Vec::new(),
            speaks_for: None,
            shapes: Shapes::default(),
            spare: Vec::new(),
            expected: 0,
            spare_path: (Vec::new(), Vec::new()),
            left_over: LeftOver::default(),
            early: Early::default(),
            tapes: (Tape::new(), Tape::new()),
        }
    }

    /// The same, with or without contexts.
    pub fn with_contexts(self, contexts: Contexts) -> Comparer<'r> {
        Comparer { contexts, ..self }
    }

    /// The rules that it compares under.
    pub fn rules(&self) -> &'r Rules {
        self.rules
    }

    /// Parses two texts, the second guided by the first, and adds their differences to `out`.
    /// Texts that are the same byte for byte are not parsed at all: no difference, whatever they are.
    pub fn texts(
        &mut self,
        legacy: &str,
        new: &str,
        scope: Scope<'_>,
        out: &mut Comparison,
    ) -> Result<(), (Side, ParseError)> {
        // Equal texts link equal ids.
        if legacy == new && !self.rules.has_entities() {
            return Ok(());
        }
        let (mut legacy_tape, mut new_tape) = std::mem::take(&mut self.tapes);
        let mut early = std::mem::take(&mut self.early);
        let outcome = legacy_tape.parse(legacy).map_err(|error| (Side::Legacy, error)).and_then(|legacy| {
            self.begin(scope);
            early.clear();
            let mut look = |pair: &Pair<'_>| early.look(self, pair);
            let parsed = new_tape.parse_along(new, legacy, Some(&mut look));
            let (new, is_along) = parsed.map_err(|error| (Side::New, error))?;
            if !is_along {
                early.clear();
            }
            self.walk(legacy, new, &early, out);
            Ok(())
        });
        (self.tapes, self.early) = ((legacy_tape, new_tape), early);
        outcome
    }

    /// Adds the differences of two bodies to `out`.
    pub fn bodies(&mut self, legacy: Json<'_>, new: Json<'_>, scope: Scope<'_>, out: &mut Comparison) {
        if legacy.text() == new.text() && !self.rules.has_entities() {
            return;
        }
        self.begin(scope);
        self.walk(legacy, new, &Early::default(), out);
    }

    /// Makes ready for two bodies.
    fn begin(&mut self, scope: Scope<'_>) {
        if self.trie.len() > TRIE_NODES_MAX {
            self.trie = Trie::new(&self.rules.patterns);
        }
        self.decide_who_speaks(scope);
        // Whatever a pair that was given up in the middle left there.
        self.left_over.clear();
    }

    fn walk(&mut self, legacy: Json<'_>, new: Json<'_>, early: &Early, out: &mut Comparison) {
        self.legacy_hashes.reset(legacy.len());
        self.new_hashes.reset(new.len());
        let filtered = self.select_filtered(legacy, new);
        let links = self.rules.has_entities().then(Links::default);
        let known = (Runs::between(legacy, new), new.marks_along(legacy));
        let walk = Walk::new(self, (legacy, new), known, Use::Tell(early), out);
        let links = walk.root(filtered, links);
        self.expected = out.differences.len();
        if let Some(links) = links {
            links.equal_ids(legacy.root(), self.rules, &mut self.trie, &self.speaks, &mut out.links);
        }
    }

    fn decide_who_speaks(&mut self, scope: Scope<'_>) {
        let is_known = self.speaks_for.as_ref().is_some_and(|(account, integration)| {
            (account.as_deref(), integration.as_deref()) == (scope.account, scope.integration)
        });
        if is_known {
            return;
        }
        self.speaks_for = Some((scope.account.map(str::to_owned), scope.integration.map(str::to_owned)));
        self.speaks.clear();
        self.speaks.extend(
            self.rules.tolerances.iter().map(|active| {
                active.holds && active.tolerance.covers_account(scope.account, scope.integration)
            }),
        );
    }

    fn select_filtered(&self, legacy: Json<'_>, new: Json<'_>) -> Filtered {
        if self.rules.filters.is_empty() {
            return Vec::new();
        }
        let (legacy, new) = (to_serde(legacy.root()), to_serde(new.root()));
        let select = |filter: &crate::rules::Filter| -> (Effect, _) {
            let mut selected = filter.select(&legacy);
            // New's nodes are told apart by a mark: an index may mean another element there.
            selected.extend(filter.select(&new).into_iter().map(|path| format!("new {path}")));
            (filter.effect, selected)
        };
        self.rules.filters.iter().map(select).collect()
    }
}
