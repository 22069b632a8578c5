//! A pass over one pair: looking at every text, and learning which words are personal.

use std::collections::BTreeSet;
use std::ops::Range;

use compare::model::Pair;

use super::key::RedactionKey;
use super::lists::Lists;
use super::memory::Memory;
use super::names::{Class, Kind};
use super::places::{self, Place, Reading, Scanned, Wanted, What};
use super::protected::ProtectedWords;
use super::spoken::{self, Spoken, Text};
use super::texts::{self, TextKind, is_json, text_of_base64};
use super::values::{Inside, Value};
use super::words::WordKind;
use super::writing::Writing;
use super::written::Told;
use crate::json_text::Walked;
use crate::secrets::{self, REMOVED};

/// JSON in a string in JSON: deeper than this is nobody's format, and each level costs a copy.
pub(super) const NESTING_MAX: usize = 4;

/// What texts are looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be redacted; secrets are removed on the way.
    RemoveAndRedact,
    /// To be redacted; secrets are gone.
    Redact,
    /// To be held against another part of the pair.
    Compare,
}

/// What was seen of one text.
pub(super) struct Seen {
    /// What it holds in Base64.
    pub inner: Option<String>,
    /// Its places among all.
    pub places: Range<usize>,
    pub walked: Walked,
    /// The names that lead to its places, where it is not read as JSON.
    pub paths: Option<Vec<String>>,
}

/// A pass over one pair.
pub(super) struct Pass<'r> {
    pub key: &'r RedactionKey,
    pub memory: &'r mut Memory,
    pub protected: &'r ProtectedWords,
    pub places: Vec<Place>,
    pub seen: Vec<Seen>,
    /// The text that is written next.
    pub next: usize,
    pub told: Option<Vec<Told>>,
    lists: &'r Lists,
    wanted: Wanted,
}

impl<'r> Pass<'r> {
    /// A pass over a pair of which nothing is known yet.
    pub fn new(
        key: &'r RedactionKey,
        lists: &'r Lists,
        memory: &'r mut Memory,
        protected: &'r ProtectedWords,
    ) -> Self {
        memory.begin(protected);
        let places = std::mem::take(&mut memory.places);
        let (wanted, seen) = (Wanted::WhatMayChange, Vec::with_capacity(16));
        let pass = Pass { key, memory, protected, places, seen, next: 0, told: None, lists, wanted };
        for word in lists.words() {
            let kind = if word.starts_with(|letter: char| letter.is_ascii_digit()) {
                WordKind::Digits
            } else {
                WordKind::Letters
            };
            if let Some(number) = pass.memory.vocabulary.number(word, kind) {
                pass.memory.vocabulary.learn(number, protected);
            }
        }
        pass
    }

    /// Gives the memory back.
    pub fn end(mut self) -> Option<Vec<Told>> {
        self.places.clear();
        self.memory.places = std::mem::take(&mut self.places);
        self.told
    }

    /// Looks at every text of a pair; forgets those that were looked at before.
    pub fn read(&mut self, pair: &mut Pair, purpose: Purpose) {
        self.places.clear();
        self.seen.clear();
        self.next = 0;
        self.wanted = match purpose {
            Purpose::RemoveAndRedact | Purpose::Redact => Wanted::WhatMayChange,
            Purpose::Compare => Wanted::Everything,
        };
        texts::each(pair, |text, kind, _| self.read_text(text, kind, purpose));
        if purpose != Purpose::Compare {
            self.keep_fields();
        }
    }

    fn read_text(&mut self, text: &mut String, kind: TextKind<'_>, purpose: Purpose) {
        let removes = purpose == Purpose::RemoveAndRedact;
        if let TextKind::Header(name) = kind {
            let header = self.memory.header(name);
            match (removes, header.is_secret, header.is_url) {
                (true, true, _) => REMOVED.clone_into(text),
                (true, false, true) => secrets::remove_from_url(text),
                (true, false, false) | (false, _, _) => {}
            }
            if text == REMOVED || header.is_protocol {
                return;
            }
        }
        match kind {
            TextKind::Url if removes => secrets::remove_from_url(text),
            TextKind::Detail if removes => secrets::remove_from_prose(text),
            TextKind::Other(media_type) if removes => secrets::remove_from_text(text, media_type),
            TextKind::Bytes if purpose != Purpose::Compare => {
                if let Some(inner) = text_of_base64(text) {
                    let (seen, _) = self.look_at(&inner, kind, purpose);
                    self.seen.push(Seen { inner: Some(inner), ..seen });
                    return;
                }
            }
            _ => {}
        }
        let before = self.places.len();
        let (mut seen, has_secret) = self.look_at(text, kind, purpose);
        if removes && has_secret && kind == TextKind::Json {
            self.places.truncate(before);
            secrets::remove_from_json(text);
            (seen, _) = self.look_at(text, kind, purpose);
        }
        self.seen.push(seen);
    }

    /// Whether nothing of this text is looked at: the header is one of the protocol's own, or its value is gone.
    pub fn is_passed_over(&mut self, text: &str, kind: TextKind<'_>) -> bool {
        match kind {
            TextKind::Header(name) => text == REMOVED || self.memory.header(name).is_protocol,
            TextKind::Name
            | TextKind::Url
            | TextKind::Detail
            | TextKind::Json
            | TextKind::Other(_)
            | TextKind::Bytes => false,
        }
    }

    /// Adds the places of a text; answers whether there is a secret in it, too, where it is JSON.
    pub fn look_at(&mut self, text: &str, kind: TextKind<'_>, purpose: Purpose) -> (Seen, bool) {
        let before = self.places.len();
        let walked = Walked { is_json: false, has_spaces: false };
        let (scanned, paths) = match kind {
            TextKind::Name | TextKind::Url | TextKind::Detail => (None, self.whole(text, Class::Plain)),
            TextKind::Header(name) => {
                let class = self.memory.header(name).class;
                (None, self.whole(text, class))
            }
            TextKind::Json => (Some(self.json(text, Class::Plain, purpose)), Vec::new()),
            TextKind::Other(_) | TextKind::Bytes => {
                let media_type = if let TextKind::Other(media_type) = kind { media_type } else { None };
                match spoken::of_text(text, media_type, self.lists) {
                    Text::Json => (Some(self.json(text, Class::Plain, purpose)), Vec::new()),
                    Text::Places(spoken) => (None, self.spoken(text, spoken)),
                }
            }
        };
        let seen = Seen {
            inner: None,
            places: before..self.places.len(),
            walked: scanned.map_or(walked, |scanned| scanned.walked),
            paths: scanned.is_none().then_some(paths),
        };
        (seen, scanned.is_some_and(|scanned| scanned.has_secret))
    }

    fn json(&mut self, text: &str, root: Class, purpose: Purpose) -> Scanned {
        let Memory { names, vocabulary, values, .. } = &mut *self.memory;
        let fields_of = (purpose != Purpose::Compare).then(|| vocabulary.pair());
        let (lists, places, wanted) = (self.lists, &mut self.places, self.wanted);
        places::of_json(
            text,
            root,
            &mut Reading { lists, names, vocabulary, values, places, fields_of, wanted },
        )
    }

    fn whole(&mut self, text: &str, class: Class) -> Vec<String> {
        let Memory { vocabulary, values, .. } = &mut *self.memory;
        let what = What::Text(values.number(text, Writing::Plain, vocabulary));
        self.places.push(Place { start: 0, end: text.len(), what, class });
        Vec::new()
    }

    /// Adds places of a text that is no JSON; answers the names that lead there.
    fn spoken(&mut self, text: &str, spoken: Vec<Spoken>) -> Vec<String> {
        let Memory { vocabulary, values, .. } = &mut *self.memory;
        let mut add = |Spoken { span, class, path }: Spoken| {
            let what = What::Text(values.number(&text[span.clone()], Writing::Plain, vocabulary));
            self.places.push(Place { start: span.start, end: span.end, what, class });
            path
        };
        spoken.into_iter().map(&mut add).collect()
    }

    /// Names of fields stand as values, too: `{"id": "custentity_region"}` beside `{"custentity_region": "North"}`.
    ///
    /// Names of fields stay, and mappings turn one into the other. So a text that is told by its place to be an id, or has
    /// the look of a field's name, stays where the pair has a field of that very name.
    fn keep_fields(&mut self) {
        let Memory { names, vocabulary, values, .. } = &*self.memory;
        for place in &mut self.places {
            if let What::Text(value) = place.what
                && values.of(value).may_be_name(place.class)
                && values.text(value).is_some_and(|text| names.is_seen(text, vocabulary.pair()))
            {
                place.class = Class::Kept;
            }
        }
    }

    /// Learns which words of all places are personal.
    pub fn learn(&mut self) {
        for place in 0..self.places.len() {
            self.learn_at(self.places[place], 0);
        }
    }

    fn learn_at(&mut self, place: Place, depth: usize) {
        let Memory { vocabulary, values, .. } = &mut *self.memory;
        match (place.what, place.class) {
            (_, Class::Kept) => {}
            (What::Number { word: Some(word), .. }, Class::Personal(_)) => {
                vocabulary.learn(word, self.protected)
            }
            (What::Number { .. }, _) => {}
            (What::Text(number) | What::Key(number), class) => {
                let value = values.of(number);
                if value.stays(class) {
                    return;
                }
                if has_inside(value, place, depth) {
                    self.within(number, place, |pass, _, places| {
                        for place in places {
                            pass.learn_at(pass.places[place], depth + 1);
                        }
                    });
                } else if let Class::Personal(_) = class {
                    let words = values.words(number).iter().filter(|word| !word.is_ending);
                    words.for_each(|word| vocabulary.learn(word.number, self.protected));
                } else {
                    values.learned(number).iter().for_each(|word| vocabulary.learn(*word, self.protected));
                }
            }
        }
    }

    /// Does something with the places of what a value holds.
    pub fn within<T>(
        &mut self,
        value: u32,
        place: Place,
        run: impl FnOnce(&mut Self, &Inside, Range<usize>) -> T,
    ) -> Option<T> {
        // It holds no text that is as long as itself, so nobody asks for it meanwhile.
        let inside = self.memory.values.of_mut(value).inside.take()?;
        let before = self.places.len();
        match &*inside {
            Inside::Json(inner) => drop(self.json(inner, inner_class(place), Purpose::Compare)),
            Inside::Base64(inner) if is_json(inner) => {
                self.json(inner, inner_class(place), Purpose::Compare);
            }
            Inside::Base64(inner) => drop(self.whole(inner, place.class)),
        }
        let done = run(self, &inside, before..self.places.len());
        self.places.truncate(before);
        self.memory.values.of_mut(value).inside = Some(inside);
        Some(done)
    }

    /// From now on short words are not personal: they may be pseudonyms of others by chance.
    pub fn only_long_words(&mut self) {
        self.memory.vocabulary.only_long_words();
    }

    /// The words of all places that are long enough to be told from common ones, but for what stays.
    pub fn long_words(&self) -> BTreeSet<u32> {
        let places = self.places.iter().filter(|place| place.class != Class::Kept);
        let values = places.filter_map(|place| match place.what {
            What::Text(value) | What::Key(value) | What::Number { value: Some(value), .. } => Some(value),
            What::Number { value: None, .. } => None,
        });
        let words = values.flat_map(|value| self.memory.values.words(value));
        words.filter(|word| word.is_long).map(|word| word.number).collect()
    }

    /// Learns the words whose pseudonyms stand elsewhere already.
    pub fn learn_known(&mut self, clear: &BTreeSet<u32>, there: &BTreeSet<u32>) {
        let vocabulary = &mut self.memory.vocabulary;
        for word in clear {
            if vocabulary
                .number_of_pseudonym(*word, self.protected)
                .is_some_and(|found| there.contains(&found))
            {
                vocabulary.learn(*word, self.protected);
            }
        }
    }
}

/// Whether what stands inside of a text is looked into.
pub(super) fn has_inside(value: &Value, place: Place, depth: usize) -> bool {
    value.inside.is_some() && depth < NESTING_MAX && !matches!(place.what, What::Key(_))
}

/// What is personal as a whole is so in its parts.
fn inner_class(place: Place) -> Class {
    match place.class {
        Class::Personal(Kind::Listed) => place.class,
        Class::Plain | Class::Kept | Class::Figure | Class::Personal(_) => Class::Plain,
    }
}
