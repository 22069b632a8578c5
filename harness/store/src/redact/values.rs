//! What a text is, whatever stands around it: its words, what it looks like, what is in it. Found out once for each text.

use std::ops::Range;

use super::names::{Class, Kind};
use super::shapes;
use super::table::Table;
use super::texts::{is_json, text_of_base64};
use super::vocabulary::{ProtectedWords, Vocabulary, is_long};
use super::words::{self, NUMBER_DIGITS_MIN, SHORT_WORD_MAX, WordKind, words, write_in_place};
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

/// Signs and spaces between two words that stand beside each other.
const BESIDE_BYTES_MAX: usize = 2;

/// Longer texts are no names of fields.
const NAME_BYTES_MAX: usize = 64;

/// Words of which one number says which are personal.
const MASK_WORDS_MAX: usize = 64;

/// A word of a text, with all that does not depend on the pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueWord {
    /// Where it stands in the text as it reads.
    start: u32,
    end: u32,
    pub number: u32,
    is_digits: bool,
    /// The last part of an e-mail address's domain.
    pub is_ending: bool,
    /// Within something that is personal by its look.
    in_look: bool,
    is_part_of_url: bool,
    /// The word before it stands beside it.
    is_beside_last: bool,
    /// Longer than a short word.
    is_telling: bool,
    /// Digits enough for a key to be a record's id.
    is_id_in_key: bool,
    /// Long enough to be told from a pseudonym that came by chance.
    pub is_long: bool,
}

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
    words: (usize, usize),
    /// The words that are personal by their look, among all.
    learned: (usize, usize),
    memos: [Memo; 3],
}

/// A text as it was written anew the last time.
#[derive(Clone, Copy, Debug, Default)]
struct Memo {
    round: u32,
    is_changed: bool,
    /// By which set words were protected, and which were personal; none where they are too many for that.
    set: usize,
    mask: Option<u64>,
    /// Among all texts that were written.
    text: (usize, usize),
}

/// At what sort of place a text stands, as far as that decides which of its personal words are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// All words are personal there.
    Personal,
    /// Nothing is known.
    Plain,
    /// It is the name of a field.
    Key,
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
    words: Vec<ValueWord>,
    learned: Vec<u32>,
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

    fn found(&self, number: u32) -> &Found {
        if number & LOOSE == 0 { &self.kept } else { &self.loose }
    }

    pub fn of(&self, number: u32) -> &Value {
        &self.found(number).values[(number & !LOOSE) as usize]
    }

    pub fn of_mut(&mut self, number: u32) -> &mut Value {
        let found = if number & LOOSE == 0 { &mut self.kept } else { &mut self.loose };
        &mut found.values[(number & !LOOSE) as usize]
    }

    /// The words of a text.
    pub fn words(&self, number: u32) -> &[ValueWord] {
        let (start, end) = self.of(number).words;
        &self.found(number).words[start..end]
    }

    /// The words of a text that are personal by their look.
    pub fn learned(&self, number: u32) -> &[u32] {
        let (start, end) = self.of(number).learned;
        &self.found(number).learned[start..end]
    }

    /// Writes a text with its personal words replaced; answers whether any is.
    pub fn write(
        &mut self,
        number: u32,
        written: &str,
        standing: Standing,
        vocabulary: &mut Vocabulary,
        protected: &ProtectedWords,
    ) -> bool {
        let found = if number & LOOSE == 0 { &mut self.kept } else { &mut self.loose };
        found.write((number & !LOOSE) as usize, written, standing, vocabulary, protected)
    }

    /// What a text was written as last that stands so.
    pub fn written(&self, number: u32, standing: Standing) -> &str {
        let (start, end) = self.of(number).memos[standing as usize].text;
        &self.found(number).texts[start..end]
    }
}

impl Found {
    fn clear(&mut self) {
        self.values.clear();
        self.words.clear();
        self.learned.clear();
        self.texts.clear();
        // One large pair leaves no mark.
        self.words.shrink_to(HELD_MAX);
        self.texts.shrink_to(WRITTEN_BYTES_MAX);
    }

    fn add(&mut self, written: &str, writing: Writing, vocabulary: &mut Vocabulary) {
        let signs = Signs::of(written);
        let read = Read::of(written, writing);
        let text = read.text.as_ref();
        let is_json_string = writing == Writing::Json;
        let is_figure = if signs.is_plain() {
            signs.letters <= shapes::FIGURE_LETTERS_MAX && signs.digits > 0
        } else {
            shapes::is_figure(text)
        };
        let looks = if signs.is_plain() && signs.digits < 2 && !signs.may_have_secret {
            Vec::new()
        } else {
            shapes::personal(text)
        };
        let learned = self.learned.len();
        for look in &looks {
            let text = &text[look.span.clone()];
            let endings = shapes::email_endings(text);
            let words = words(text).filter(|word| !is_one_of(&endings, &word.span));
            self.learned.extend(words.filter_map(|word| vocabulary.number(&text[word.span], word.kind)));
        }
        let words = self.words.len();
        self.find_words(text, &signs, &looks, vocabulary);
        self.values.push(Value {
            is_nothing: text.is_empty() || text == REMOVED,
            is_date: signs.digits > 0 && shapes::is_date(text),
            is_figure,
            is_json_string,
            is_name: signs.are_of_name
                && written.len() <= NAME_BYTES_MAX
                && written.starts_with(|first: char| first.is_ascii_alphabetic())
                && looks.is_empty(),
            has_underscore: signs.has_underscore,
            // Asked of plain texts, too: the same may come in JSON.
            has_secret: signs.may_have_secret && secrets::is_in_json_string(written),
            names_secret: None,
            look: looks.first().map(|look| look.kind),
            inside: inside(text),
            words: (words, self.words.len()),
            learned: (learned, self.learned.len()),
            memos: [Memo::default(); 3],
        });
    }

    fn find_words(
        &mut self,
        text: &str,
        signs: &Signs,
        looks: &[shapes::Found],
        vocabulary: &mut Vocabulary,
    ) {
        let endings =
            if signs.may_have_secret || signs.has_others { shapes::email_endings(text) } else { Vec::new() };
        // How far those looks reach that begin before the word: both are gone through once.
        let mut looks: Vec<Range<usize>> = looks.iter().map(|look| look.span.clone()).collect();
        looks.sort_by_key(|look| look.start);
        let mut starts = looks.into_iter().peekable();
        let mut reach = 0;
        let mut last = None;
        for word in words(text) {
            let word_text = &text[word.span.clone()];
            // Zeros are nobody's, and part nothing: `aa0bb` is two words beside each other.
            let Some(number) = vocabulary.number(word_text, word.kind) else { continue };
            let length = vocabulary.length(number);
            while let Some(look) = starts.next_if(|look| look.start <= word.span.start) {
                reach = reach.max(look.end);
            }
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            self.words.push(ValueWord {
                start: place(word.span.start),
                end: place(word.span.end),
                number,
                is_digits: word.kind == WordKind::Digits,
                is_ending: is_one_of(&endings, &word.span),
                in_look: word.span.end <= reach,
                is_part_of_url: is_part_of_url(text, &word.span),
                is_beside_last: last.is_some_and(|last| word.span.start - last <= BESIDE_BYTES_MAX),
                is_telling: length > SHORT_WORD_MAX,
                is_id_in_key: word.kind == WordKind::Digits && length >= NUMBER_DIGITS_MIN,
                is_long: is_long(word_text, word.kind),
            });
            last = Some(word.span.end);
        }
    }

    fn write(
        &mut self,
        number: usize,
        written: &str,
        standing: Standing,
        vocabulary: &mut Vocabulary,
        protected: &ProtectedWords,
    ) -> bool {
        let Found { values, words, texts, .. } = self;
        let value = &mut values[number];
        let memo = &mut value.memos[standing as usize];
        let round = vocabulary.round();
        if memo.round == round {
            return memo.is_changed;
        }
        let words = &words[value.words.0..value.words.1];
        let (mask, set) = (mask(words, vocabulary), vocabulary.set());
        if memo.round > 0 && mask.is_some() && (memo.mask, memo.set) == (mask, set) {
            memo.round = round;
            return memo.is_changed;
        }
        let start = texts.len();
        let writing = value.writing();
        let is_changed =
            mask != Some(0) && write_words(words, written, writing, standing, vocabulary, protected, texts);
        let text = (start, texts.len());
        value.memos[standing as usize] = Memo { round, is_changed, set, mask, text };
        is_changed
    }
}

impl Value {
    /// Whether it stays as it is at a place of this class.
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

/// Appends a text with its personal words replaced; answers whether any is.
fn write_words(
    all: &[ValueWord],
    written: &str,
    writing: Writing,
    standing: Standing,
    vocabulary: &mut Vocabulary,
    protected: &ProtectedWords,
    out: &mut String,
) -> bool {
    let is_personal = |word: &ValueWord, vocabulary: &Vocabulary| vocabulary.is_personal(word.number);
    // A copy of a personal text is one, short words and all.
    let is_all_personal = standing == Standing::Plain
        && all.iter().any(|word| word.is_telling && is_personal(word, vocabulary))
        && all
            .iter()
            .all(|word| is_personal(word, vocabulary) || vocabulary.is_protected(word.number, protected));
    let read = Read::of(written, writing);
    let mut copied = 0;
    for (index, word) in all.iter().enumerate() {
        let is_beside_another = || {
            let is_before = word.is_beside_last && is_personal(&all[index - 1], vocabulary);
            is_before
                || all
                    .get(index + 1)
                    .is_some_and(|after| after.is_beside_last && is_personal(after, vocabulary))
        };
        let is_meant = is_personal(word, vocabulary)
            && match standing {
                Standing::Personal => true,
                // Names of fields are what mappings read by: only what cannot be one is replaced there.
                Standing::Key => word.in_look || word.is_id_in_key,
                Standing::Plain => {
                    word.is_telling
                        || is_all_personal
                        || word.in_look
                        || word.is_part_of_url
                        || is_beside_another()
                }
            };
        if !is_meant {
            continue;
        }
        let kind = if word.is_digits { WordKind::Digits } else { WordKind::Letters };
        let word_read = words::Word { span: word.start as usize..word.end as usize, kind };
        let span = read.span(word_read.span.clone());
        out.push_str(&written[copied..span.start]);
        write_in_place(&read, &word_read, vocabulary.pseudonym(word.number, protected), out);
        copied = span.end;
    }
    if copied == 0 {
        return false;
    }
    out.push_str(&written[copied..]);
    true
}

/// What stands inside of a text, where that is more than words.
fn inside(text: &str) -> Option<Box<Inside>> {
    if is_json(text) {
        let mut inner = text.to_owned();
        secrets::remove_from_json(&mut inner);
        return Some(Box::new(Inside::Json(inner)));
    }
    let inner = (text.len() >= BASE64_BYTES_MIN).then(|| text_of_base64(text)).flatten()?;
    Some(Box::new(Inside::Base64(inner)))
}

/// The signs of a text, found in one go: most texts have none but letters and digits, and are soon done.
struct Signs {
    digits: usize,
    /// Of ASCII.
    letters: usize,
    /// A sign that every URL with a secret has, and every e-mail address.
    may_have_secret: bool,
    has_others: bool,
    has_underscore: bool,
    /// Letters, digits and underscores alone.
    are_of_name: bool,
}

impl Signs {
    fn of(written: &str) -> Signs {
        let (mut digits, mut letters, mut underscores) = (0, 0, 0);
        let (mut may_have_secret, mut has_others) = (false, false);
        for byte in written.bytes() {
            digits += usize::from(byte.is_ascii_digit());
            letters += usize::from(byte.is_ascii_alphabetic());
            underscores += usize::from(byte == b'_');
            may_have_secret |= matches!(byte, b'=' | b'@' | b'\\');
            has_others |= byte >= 0x80 || matches!(byte, b'\\' | b'%');
        }
        let (has_underscore, are_of_name) =
            (underscores > 0, digits + letters + underscores == written.len());
        Signs { digits, letters, may_have_secret, has_others, has_underscore, are_of_name }
    }

    /// Whether it reads as it is written, in ASCII.
    fn is_plain(&self) -> bool {
        !self.has_others
    }
}

/// Which words are personal, a bit each.
fn mask(words: &[ValueWord], vocabulary: &Vocabulary) -> Option<u64> {
    let bit = |(index, word): (usize, &ValueWord)| u64::from(vocabulary.is_personal(word.number)) << index;
    (words.len() <= MASK_WORDS_MAX).then(|| words.iter().enumerate().map(bit).sum())
}

/// Whether a span is one of these, which are sorted.
fn is_one_of(spans: &[Range<usize>], span: &Range<usize>) -> bool {
    spans.binary_search_by_key(&span.start, |known| known.start).is_ok_and(|index| spans[index] == *span)
}

/// Whether the word is a whole part of a URL or of a composed key: `/contacts/42`, `account:7`.
fn is_part_of_url(text: &str, word: &Range<usize>) -> bool {
    let before = text[..word.start].chars().next_back();
    let after = text[word.end..].chars().next();
    matches!(before, Some('/' | '=' | ':' | '#'))
        && matches!(after, None | Some('/' | '?' | '&' | '#' | '.' | ' '))
}
