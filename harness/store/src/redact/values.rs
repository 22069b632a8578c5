//! What a text is, whatever stands around it: its words, what it looks like, what is in it. Found out once for each text.

use std::ops::Range;

use super::names::{Class, Kind};
use super::protected::ProtectedWords;
use super::replacing::{Standing, Written};
use super::shapes;
use super::signs::{EQUALS, OPENING, PLUS, SLASH, Signs, UNDERSCORE};
use super::table::Table;
use super::texts::{is_json, text_of_base64};
use super::value_words::{ValueWord, Words};
use super::vocabulary::Vocabulary;
use super::writing::{Read, Writing};
use crate::secrets::{self, REMOVED};

/// Texts that are remembered from pair to pair; beyond it the memory is emptied before the next pair, and fills anew.
const REMEMBERED_MAX: usize = 1 << 10;

/// Bytes of what remembered texts were written as.
const WRITTEN_BYTES_MAX: usize = 1 << 18;

/// Words of texts whose memory is held for others.
const HELD_MAX: usize = 1 << 14;

/// A longer text hardly comes again.
const REMEMBERED_BYTES_MAX: usize = 256;

/// A shorter text is as likely a word as the Base64 of one.
const BASE64_BYTES_MIN: usize = 16;

/// Longer texts are no names of fields.
const NAME_BYTES_MAX: usize = 64;

/// Words of which one number says which are personal.
const MASK_WORDS_MAX: usize = 64;

/// What there is in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// JSON in a string, its secrets removed.
    Json(String),
    /// A text in Base64, its secrets removed.
    Base64(String),
}

/// What is known of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    /// Nothing, or our own marker.
    is_nothing: bool,
    is_date: bool,
    is_figure: bool,
    is_json_string: bool,
    /// It reads as it is written, in ASCII.
    is_plain: bool,
    /// A name of a field, by its letters; and one that only such names look like.
    is_name: bool,
    has_underscore: bool,
    /// A URL with a secret stands in it.
    pub has_secret: bool,
    /// It names a secret: asked where it matters.
    names_secret: Option<bool>,
    /// What looks personal first.
    pub look: Option<Kind>,
    /// What stands inside of it, where that is more than words.
    pub inside: Option<Box<Inside>>,
    /// Its words among all.
    words: (u32, u32),
    /// The words that are personal by their look, among all.
    learned: (u32, u32),
    memos: [Memo; 3],
}

/// A text as it was written anew the last time.
#[derive(Clone, Copy, Debug, Default)]
struct Memo {
    round: u32,
    is_changed: bool,
    /// By which set words were protected, and which were personal; not known where they are too many for that.
    set: u8,
    has_mask: bool,
    mask: u64,
    /// Among all texts that were written.
    text: (usize, usize),
}

/// The texts that were met.
#[derive(Clone)]
pub(super) struct Values {
    table: Table,
    kept: Found,
    /// Of this pair alone.
    loose: Found,
}

/// What was found out of texts: their words and what they were written as lie one behind the other.
#[derive(Clone, Default)]
struct Found {
    values: Vec<Value>,
    words: Words,
    texts: String,
}

/// Marks the number of a value of one pair alone.
const LOOSE: u32 = 1 << 31;

impl Values {
    pub fn new(seed: u64) -> Values {
        Values { table: Table::new(seed), kept: Found::default(), loose: Found::default() }
    }

    /// Whether texts have to be forgotten before the next pair.
    pub fn is_full(&self) -> bool {
        self.table.len() >= REMEMBERED_MAX || self.kept.texts.len() >= WRITTEN_BYTES_MAX
    }

    /// Forgets all texts; what they took is used again.
    pub fn clear(&mut self) {
        self.table.clear();
        self.kept.clear();
    }

    /// Begins a pair.
    pub fn begin(&mut self) {
        self.loose.clear();
    }

    /// The number of a text.
    pub fn number(&mut self, written: &str, writing: Writing, vocabulary: &mut Vocabulary) -> u32 {
        // A text without escapes is one text, wherever it stands; one with escapes is asked for where it is written in JSON.
        let is_same = writing == Writing::Json || !written.contains(['\\', '%']);
        if written.len() <= REMEMBERED_BYTES_MAX && is_same {
            let (number, is_new) = self.table.add(written);
            if is_new {
                self.kept.add(written, writing, vocabulary);
            }
            return number;
        }
        self.loose.add(written, writing, vocabulary);
        LOOSE | u32::try_from(self.loose.values.len() - 1).expect("memory ends before")
    }

    /// The text of a value that is not of one pair alone.
    pub fn text(&self, number: u32) -> Option<&str> {
        (number & LOOSE == 0).then(|| self.table.text(number))
    }

    #[inline]
    fn found(&self, number: u32) -> &Found {
        if number & LOOSE == 0 { &self.kept } else { &self.loose }
    }

    #[inline]
    pub fn of(&self, number: u32) -> &Value {
        &self.found(number).values[(number & !LOOSE) as usize]
    }

    pub fn of_mut(&mut self, number: u32) -> &mut Value {
        let found = if number & LOOSE == 0 { &mut self.kept } else { &mut self.loose };
        &mut found.values[(number & !LOOSE) as usize]
    }

    /// The words of a text.
    pub fn words(&self, number: u32) -> &[ValueWord] {
        &self.found(number).words.all[range(self.of(number).words)]
    }

    /// The words of a text that are personal by their look.
    pub fn learned(&self, number: u32) -> &[u32] {
        &self.found(number).words.learned[range(self.of(number).learned)]
    }

    /// A text with its personal words replaced; none where no word is.
    pub fn write(
        &mut self,
        number: u32,
        written: &str,
        standing: Standing,
        vocabulary: &mut Vocabulary,
        protected: &ProtectedWords,
    ) -> Option<&str> {
        let found = if number & LOOSE == 0 { &mut self.kept } else { &mut self.loose };
        found.write((number & !LOOSE) as usize, written, standing, vocabulary, protected)
    }
}

impl Found {
    fn clear(&mut self) {
        self.values.clear();
        self.words.all.clear();
        self.words.learned.clear();
        self.texts.clear();
        // One large pair leaves no mark.
        self.words.all.shrink_to(HELD_MAX);
        self.texts.shrink_to(WRITTEN_BYTES_MAX);
    }

    fn add(&mut self, written: &str, writing: Writing, vocabulary: &mut Vocabulary) {
        let signs = Signs::of(written);
        let is_plain = signs.is_plain();
        let read = if is_plain { Read::plain(written) } else { Read::of(written, writing) };
        let text = read.text.as_ref();
        let (words, learned) = (self.words.all.len(), self.words.learned.len());
        let look = self.words.add(text, &signs, vocabulary);
        self.values.push(Value {
            is_nothing: text.is_empty() || text == REMOVED,
            is_date: signs.may_be_date() && shapes::is_date(text),
            is_figure: if is_plain { signs.is_figure() } else { shapes::is_figure(text) },
            is_json_string: writing == Writing::Json,
            is_plain,
            is_name: signs.has_only(UNDERSCORE)
                && written.len() <= NAME_BYTES_MAX
                && written.starts_with(|first: char| first.is_ascii_alphabetic())
                && look.is_none(),
            has_underscore: signs.has(UNDERSCORE),
            // Asked of plain texts, too: the same may come in JSON.
            has_secret: signs.may_have_secret() && secrets::is_in_json_string(written),
            names_secret: None,
            look,
            inside: inside(text, &signs),
            words: span(words, self.words.all.len()),
            learned: span(learned, self.words.learned.len()),
            memos: [Memo::default(); 3],
        });
    }

    fn write(
        &mut self,
        number: usize,
        written: &str,
        standing: Standing,
        vocabulary: &mut Vocabulary,
        protected: &ProtectedWords,
    ) -> Option<&str> {
        let Found { values, words, texts, .. } = self;
        let value = &mut values[number];
        let memo = &mut value.memos[standing as usize];
        let round = vocabulary.round();
        if memo.round != round {
            let words = &words.all[range(value.words)];
            let has_mask = words.len() <= MASK_WORDS_MAX;
            let (mask, set) = (if has_mask { mask(words, vocabulary) } else { 0 }, vocabulary.set());
            let is_known =
                memo.round > 0 && has_mask && memo.has_mask && (memo.mask, memo.set) == (mask, set);
            memo.round = round;
            if !is_known {
                let start = texts.len();
                let is_changed = !(has_mask && mask == 0) && {
                    let writing = if value.is_json_string { Writing::Json } else { Writing::Plain };
                    let text = Written { words, written, writing, is_plain: value.is_plain };
                    text.write(standing, vocabulary, protected, texts)
                };
                *memo = Memo { round, is_changed, set, has_mask, mask, text: (start, texts.len()) };
            }
        }
        let (start, end) = memo.text;
        memo.is_changed.then(|| &texts[start..end])
    }
}

impl Value {
    /// Whether it stays as it is at a place of this class.
    #[inline]
    pub fn stays(&self, class: Class) -> bool {
        self.is_nothing
            || (self.is_date && class != Class::Personal(Kind::Listed))
            || (self.is_figure && class == Class::Figure)
    }

    /// An id that begins with a letter, or a name with an underscore, may be the name of a field: `region` is as likely a
    /// person's where a name stands.
    pub fn may_be_name(&self, class: Class) -> bool {
        match class {
            Class::Personal(Kind::Id) => self.is_name,
            Class::Personal(Kind::Name) => self.is_name && self.has_underscore,
            Class::Personal(_) | Class::Plain | Class::Kept | Class::Figure => false,
        }
    }

    /// Whether it names a secret, as in `{"name": "Authorization", "value": "…"}`.
    pub fn names_secret(&mut self, written: &str) -> bool {
        *self.names_secret.get_or_insert_with(|| secrets::is_secret_name(written))
    }

    /// How it is written where it stands.
    pub fn writing(&self) -> Writing {
        if self.is_json_string { Writing::Json } else { Writing::Plain }
    }
}

/// What stands inside of a text, where that is more than words.
fn inside(text: &str, signs: &Signs) -> Option<Box<Inside>> {
    // An escape may stand for any sign.
    let may_have = |kinds| !signs.is_plain() || signs.has(kinds);
    if may_have(OPENING) && is_json(text) {
        let mut inner = text.to_owned();
        secrets::remove_from_json(&mut inner);
        return Some(Box::new(Inside::Json(inner)));
    }
    let may_be_base64 =
        text.len() >= BASE64_BYTES_MIN && (!signs.is_plain() || signs.has_only(PLUS | SLASH | EQUALS));
    let inner = may_be_base64.then(|| text_of_base64(text)).flatten()?;
    Some(Box::new(Inside::Base64(inner)))
}

/// Which words are personal, a bit each.
fn mask(words: &[ValueWord], vocabulary: &Vocabulary) -> u64 {
    words.iter().rev().fold(0, |mask, word| mask << 1 | u64::from(vocabulary.is_personal(word.number)))
}

fn span(start: usize, end: usize) -> (u32, u32) {
    let place = |at: usize| u32::try_from(at).expect("memory ends before there are so many words");
    (place(start), place(end))
}

fn range((start, end): (u32, u32)) -> Range<usize> {
    start as usize..end as usize
}
