//! The two goes over a pair: learning which words are personal, and writing the others in their place.

use std::collections::BTreeSet;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use serde_json::value::RawValue;

use super::key::RedactionKey;
use super::names::{Class, Kind};
use super::places::{self, Form, Known, Paths, Place, whole};
use super::shapes;
use super::texts::TextKind;
use super::vocabulary::{ProtectedWords, Pseudonyms, Vocabulary};
use super::words::{self, Word, WordKind, words, write_in_place};
use super::writing::{Read, Writing};
use super::{Replaced, Why};
use crate::secrets::{self, REMOVED};

/// JSON in a string in JSON: deeper than this is nobody's format, and each level costs a copy.
const NESTING_MAX: usize = 4;

/// A shorter text is as likely a word as the Base64 of one.
const BASE64_BYTES_MIN: usize = 16;

/// A word of this many letters or digits is common (an initial, a count): where nothing else says that a place is
/// personal, it is replaced only beside another personal word, or as a whole part of a URL.
const SHORT_WORD_MAX: usize = 2;

/// A word of letters that is told as a pseudonym has so many.
const LONG_WORD_MIN: usize = 4;

/// Signs and spaces between two words that stand beside each other.
const BESIDE_BYTES_MAX: usize = 2;

/// A JSON number where nothing is known is a quantity, unless it is a personal word of at least so many digits.
const NUMBER_DIGITS_MIN: usize = 5;

/// What stands at a place, beside what its name says.
enum Content {
    /// A date, an amount, nothing, our own marker.
    Stays,
    /// JSON in a string.
    Json(String),
    /// A text in Base64.
    Base64(String),
    /// Words.
    Words,
}

pub(super) struct Pass<'r> {
    key: &'r RedactionKey,
    known: Known<'r>,
    pseudonyms: &'r mut Pseudonyms,
    protected: &'r ProtectedWords,
    vocabulary: Vocabulary,
    replaced: Vec<Replaced>,
}

impl<'r> Pass<'r> {
    /// A pass over a pair of which nothing is known yet.
    pub fn new(
        key: &'r RedactionKey,
        known: Known<'r>,
        pseudonyms: &'r mut Pseudonyms,
        protected: &'r ProtectedWords,
    ) -> Self {
        let words = known.lists.words();
        let vocabulary = Vocabulary::default();
        let mut pass = Pass { key, known, pseudonyms, protected, vocabulary, replaced: Vec::new() };
        words.iter().for_each(|word| pass.learn_word(word, kind_of(word)));
        pass
    }

    /// Everything that was replaced, where it was to be told.
    pub fn replaced(self) -> Vec<Replaced> {
        self.replaced
    }

    pub fn places(&mut self, text: &str, kind: TextKind<'_>) -> Vec<Place> {
        match kind {
            TextKind::Short(class, _) => vec![whole(text, class)],
            TextKind::Json => places::of_json(text, Class::Plain, &mut self.known),
            TextKind::Other(media_type) => places::of_text(text, media_type, &mut self.known),
            TextKind::Bytes if is_json(text) => places::of_json(text, Class::Plain, &mut self.known),
            TextKind::Bytes => places::of_text(text, None, &mut self.known),
        }
    }

    fn learn_word(&mut self, word: &str, kind: WordKind) {
        self.vocabulary.add(word, kind, self.pseudonyms, self.protected);
    }

    /// The words of a text that are long enough to be told from common ones, but for what stays.
    pub fn long_words(&mut self, text: &str, kind: TextKind<'_>, found: &mut BTreeSet<String>) {
        for place in self.places(text, kind).iter().filter(|place| place.class != Class::Kept) {
            let read = Read::of(&text[place.span.clone()], writing_of(place.form));
            let words = words(&read.text).filter(|word| is_long(&read.text[word.span.clone()], word.kind));
            found.extend(words.map(|word| words::canonical(&read.text[word.span.clone()], word.kind)));
        }
    }

    /// Learns the words whose pseudonyms stand elsewhere already.
    pub fn learn_known(&mut self, clear: BTreeSet<String>, there: &BTreeSet<String>) {
        for word in clear {
            if there.contains(&self.pseudonyms.of(&word, self.protected)) {
                self.learn_word(&word, kind_of(&word));
            }
        }
    }

    /// Forgets words that may be pseudonyms of others by chance.
    pub fn only_long_words(&mut self) {
        self.vocabulary.retain(|word| is_long(word, kind_of(word)));
    }

    /// Learns which words of a place are personal.
    pub fn learn(&mut self, text: &str, place: &Place, depth: usize) {
        let written = &text[place.span.clone()];
        match (place.form, place.class) {
            (_, Class::Kept) => {}
            (Form::Number, Class::Personal(_)) if is_whole_number(written) => {
                self.learn_word(written.trim_start_matches('-'), WordKind::Digits);
            }
            (Form::Number, _) => {}
            (Form::Text(_) | Form::Key, _) => {
                let read = Read::of(written, writing_of(place.form));
                match content(&read.text, place, depth) {
                    Content::Stays => {}
                    Content::Json(inner) => {
                        for place in places::of_json(&inner, inner_class(place), &mut self.known) {
                            self.learn(&inner, &place, depth + 1);
                        }
                    }
                    Content::Base64(inner) => {
                        for place in base64_places(&inner, place, &mut self.known) {
                            self.learn(&inner, &place, depth + 1);
                        }
                    }
                    Content::Words => self.learn_words(&read.text, place.class),
                }
            }
        }
    }

    fn learn_words(&mut self, text: &str, class: Class) {
        match class {
            Class::Kept => {}
            Class::Plain | Class::Figure => {
                for found in shapes::personal(text) {
                    self.learn_words(&text[found.span], Class::Personal(found.kind));
                }
            }
            Class::Personal(_) => {
                let endings = shapes::email_endings(text);
                let is_ending = |word: &Word| endings.contains(&word.span);
                for word in words(text).filter(|word| !is_ending(word)) {
                    self.learn_word(&text[word.span.clone()], word.kind);
                }
            }
        }
    }

    /// The text with every personal word of its places replaced; none where nothing is.
    pub fn written(&mut self, text: &str, places: &[Place], at: &str, depth: usize) -> Option<String> {
        let mut out = String::new();
        let mut copied = 0;
        for place in places {
            let written = &text[place.span.clone()];
            // Places of elements may lie within one another.
            if place.span.start < copied {
                continue;
            }
            let Some((new, why)) = self.replacement(written, place, at, depth) else { continue };
            if self.known.paths == Paths::Told && new != written {
                let place = if place.path == "$" { at.to_owned() } else { format!("{at} {}", place.path) };
                self.replaced.push(Replaced { place, why, old: written.to_owned(), new: new.clone() });
            }
            out.push_str(&text[copied..place.span.start]);
            out.push_str(&new);
            copied = place.span.end;
        }
        if copied == 0 {
            return None;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn replacement(&mut self, written: &str, place: &Place, at: &str, depth: usize) -> Option<(String, Why)> {
        let why = match place.class {
            Class::Kept => return None,
            Class::Personal(kind) => Why::Field(kind),
            Class::Plain | Class::Figure => Why::Elsewhere,
        };
        if place.form == Form::Number {
            return self.number(written, place.class).map(|number| (number, why));
        }
        let read = Read::of(written, writing_of(place.form));
        let escaped = |text: String| match writing_of(place.form) {
            Writing::Plain => text,
            Writing::Json => {
                let quoted = serde_json::to_string(&text).expect("a text is always JSON");
                quoted[1..quoted.len() - 1].to_owned()
            }
        };
        match content(&read.text, place, depth) {
            Content::Stays => None,
            Content::Json(inner) => {
                let places = places::of_json(&inner, inner_class(place), &mut self.known);
                let at = format!("{at} {}", place.path);
                let new = self.written(&inner, &places, &at, depth + 1).unwrap_or(inner);
                (new != read.text).then(|| (escaped(new), why))
            }
            Content::Base64(inner) => {
                let places = base64_places(&inner, place, &mut self.known);
                let at = format!("{at} {}", place.path);
                let new = self.written(&inner, &places, &at, depth + 1).unwrap_or(inner);
                let new = STANDARD.encode(new);
                (new != read.text).then(|| (escaped(new), why))
            }
            Content::Words => self.words(&read, place, why),
        }
    }

    /// A JSON number with the digits of its pseudonym.
    fn number(&self, written: &str, class: Class) -> Option<String> {
        let digits = written.strip_prefix('-').unwrap_or(written);
        let counts = matches!(class, Class::Personal(_))
            || (class == Class::Plain && digits.len() >= NUMBER_DIGITS_MIN);
        if !counts || !is_whole_number(written) {
            return None;
        }
        let pseudonym = self.vocabulary.pseudonym(digits, WordKind::Digits, &mut String::new())?;
        Some(format!("{}{pseudonym}", &written[..written.len() - digits.len()]))
    }

    /// The place's text with its personal words replaced.
    fn words(&self, read: &Read<'_>, place: &Place, why: Why) -> Option<(String, Why)> {
        let text = read.text.as_ref();
        // Zeros are nobody's, and part nothing: `aa0bb` is two words beside each other.
        let is_zeros = |word: &Word| text[word.span.clone()].bytes().all(|byte| byte == b'0');
        let mut buffer = String::new();
        let found: Vec<(Word, Option<&str>)> = words(text)
            .filter(|word| !is_zeros(word))
            .map(|word| {
                let pseudonym = self.vocabulary.pseudonym(&text[word.span.clone()], word.kind, &mut buffer);
                (word, pseudonym)
            })
            .collect();
        if found.iter().all(|(_, pseudonym)| pseudonym.is_none()) {
            return None;
        }
        let looks = match place.class {
            Class::Plain | Class::Figure => shapes::personal(text),
            Class::Personal(_) | Class::Kept => Vec::new(),
        };
        let why = looks.first().map_or(why, |found| Why::Look(found.kind));
        // A copy of a personal text is one, short words and all.
        let is_nobodys = |word: &Word| self.protected.contains(&text[word.span.clone()], word.kind);
        let is_all_personal = found.iter().all(|(word, pseudonym)| pseudonym.is_some() || is_nobodys(word))
            && found
                .iter()
                .flat_map(|found| found.1)
                .any(|pseudonym| pseudonym.chars().count() > SHORT_WORD_MAX);
        let mut out = String::new();
        let mut copied = 0;
        for (index, (word, pseudonym)) in found.iter().enumerate() {
            let Some(pseudonym) = pseudonym else { continue };
            let is_within = |look: &Range<usize>| look.start <= word.span.start && word.span.end <= look.end;
            let looks_personal = || looks.iter().any(|found| is_within(&found.span));
            let is_meant = match (place.form, place.class) {
                (_, Class::Personal(_)) => true,
                // Names of fields are what mappings read by: only what cannot be one is replaced there.
                (Form::Key, _) => {
                    looks_personal()
                        || (word.kind == WordKind::Digits && pseudonym.len() >= NUMBER_DIGITS_MIN)
                }
                _ => {
                    pseudonym.chars().count() > SHORT_WORD_MAX
                        || is_all_personal
                        || looks_personal()
                        || is_beside_another(&found, index)
                        || is_part_of_url(text, word)
                }
            };
            if !is_meant {
                continue;
            }
            let span = read.span(word.span.clone());
            out.push_str(&read.written()[copied..span.start]);
            write_in_place(read, word, pseudonym, &mut out);
            copied = span.end;
        }
        if copied == 0 {
            return None;
        }
        out.push_str(&read.written()[copied..]);
        Some((out, why))
    }

    /// A body of bytes: a text is redacted and encoded anew; of anything else only whether two are equal is left.
    pub fn replace_bytes(&mut self, body: &mut String, at: &str) {
        let redacted = match text_of_base64(body) {
            Some(text) => {
                let places = self.places(&text, TextKind::Bytes);
                self.written(&text, &places, at, 0).unwrap_or(text)
            }
            None if body.is_empty() => return,
            None => {
                let digest = self.key.mac().chain_update(body.as_bytes()).finalize().into_bytes();
                let digest: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
                let marker = format!("[binary removed: {} bytes, {digest}]", body.len() / 4 * 3);
                if self.known.paths == Paths::Told {
                    let (place, new) = (at.to_owned(), marker.clone());
                    self.replaced.push(Replaced { place, why: Why::Bytes, old: String::new(), new });
                }
                marker
            }
        };
        *body = STANDARD.encode(redacted);
    }
}

/// Words of this length are not come to by chance: there are half a million of four letters.
fn is_long(word: &str, kind: WordKind) -> bool {
    match kind {
        WordKind::Digits => word.trim_start_matches('0').len() >= NUMBER_DIGITS_MIN,
        WordKind::Letters => word.chars().count() >= LONG_WORD_MIN,
    }
}

/// What sort a canonical word is of.
fn kind_of(word: &str) -> WordKind {
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        WordKind::Digits
    } else {
        WordKind::Letters
    }
}

fn writing_of(form: Form) -> Writing {
    match form {
        Form::Text(writing) => writing,
        Form::Key => Writing::Json,
        Form::Number => Writing::Plain,
    }
}

fn content(text: &str, place: &Place, depth: usize) -> Content {
    let is_listed = place.class == Class::Personal(Kind::Listed);
    if text.is_empty() || text == REMOVED || (shapes::is_date(text) && !is_listed) {
        return Content::Stays;
    }
    if place.class == Class::Figure && shapes::is_figure(text) {
        return Content::Stays;
    }
    if depth < NESTING_MAX && place.form != Form::Key {
        if is_json(text) {
            let mut inner = text.to_owned();
            secrets::remove_from_json(&mut inner);
            return Content::Json(inner);
        }
        if text.len() >= BASE64_BYTES_MIN
            && let Some(inner) = text_of_base64(text)
        {
            return Content::Base64(inner);
        }
    }
    Content::Words
}

/// What is personal as a whole is so in its parts.
fn inner_class(place: &Place) -> Class {
    match place.class {
        Class::Personal(Kind::Listed) => place.class,
        Class::Plain | Class::Kept | Class::Figure | Class::Personal(_) => Class::Plain,
    }
}

fn base64_places(inner: &str, place: &Place, known: &mut Known<'_>) -> Vec<Place> {
    if is_json(inner) {
        places::of_json(inner, inner_class(place), known)
    } else {
        vec![whole(inner, place.class)]
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_ok()
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.trim_start_matches('0') == digits
        && !digits.is_empty()
}

/// The text that stands in Base64, where one does: letters, and no signs that texts have not.
pub(super) fn text_of_base64(text: &str) -> Option<String> {
    // Asked of every text: most have a sign that Base64 has not.
    let mut letters = text.trim_end_matches('=').bytes();
    let may_be = text.len().is_multiple_of(4)
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if !may_be {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    if text.is_empty() || !text.chars().all(is_text) {
        return None;
    }
    let mut text = text;
    if is_json(&text) {
        secrets::remove_from_json(&mut text);
    }
    Some(text)
}

fn is_beside_another(found: &[(Word, Option<&str>)], index: usize) -> bool {
    let span = &found[index].0.span;
    let before = index.checked_sub(1).map(|before| &found[before]);
    let beside = |gap: usize, other: &(Word, Option<&str>)| gap <= BESIDE_BYTES_MAX && other.1.is_some();
    before.is_some_and(|before| beside(span.start - before.0.span.end, before))
        || found.get(index + 1).is_some_and(|after| beside(after.0.span.start - span.end, after))
}

/// Whether the word is a whole part of a URL or of a composed key: `/contacts/42`, `account:7`.
fn is_part_of_url(text: &str, word: &Word) -> bool {
    let before = text[..word.span.start].chars().next_back();
    let after = text[word.span.end..].chars().next();
    matches!(before, Some('/' | '=' | ':' | '#'))
        && matches!(after, None | Some('/' | '?' | '&' | '#' | '.' | ' '))
}
