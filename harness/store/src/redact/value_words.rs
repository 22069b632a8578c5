//! What is found in a text, whatever stands around it: its words, and which of them are personal by their look.

use std::ops::Range;

use super::names::Kind;
use super::shapes;
use super::signs::{AT, COLON, EQUALS, OTHER, SLASH, Short, Signs};
use super::vocabulary::Vocabulary;
use super::words::{self, NUMBER_DIGITS_MIN, SHORT_WORD_MAX, WordKind, is_long, words};

/// Signs and spaces between two words that stand beside each other.
const BESIDE_BYTES_MAX: usize = 2;

/// A word of a text, with all that does not depend on the pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueWord {
    /// Where it stands in the text as it reads.
    pub start: u32,
    pub end: u32,
    pub number: u32,
    pub is_digits: bool,
    /// The last part of an e-mail address's domain.
    pub is_ending: bool,
    /// Within something that is personal by its look.
    pub in_look: bool,
    pub is_part_of_url: bool,
    /// The word before it stands beside it.
    pub is_beside_last: bool,
    /// Longer than a short word.
    pub is_telling: bool,
    /// Digits enough for a key to be a record's id.
    pub is_id_in_key: bool,
    /// Long enough to be told from a pseudonym that came by chance.
    pub is_long: bool,
}

/// The words of texts, one behind the other.
#[derive(Clone, Default)]
pub(super) struct Words {
    pub all: Vec<ValueWord>,
    /// The numbers of those that are personal by their look.
    pub learned: Vec<u32>,
    looks: Vec<shapes::Found>,
}

impl Words {
    /// Adds the words of a text; answers what looks personal first.
    pub fn add(&mut self, text: &str, signs: &Signs, vocabulary: &mut Vocabulary) -> Option<Kind> {
        match &signs.short {
            Some(short) if signs.is_plain() => self.add_plain(text, signs, short, vocabulary),
            _ => self.add_any(text, signs, vocabulary),
        }
    }

    /// Of a short text of ASCII, whose words are runs of bits.
    fn add_plain(
        &mut self,
        text: &str,
        signs: &Signs,
        short: &Short,
        vocabulary: &mut Vocabulary,
    ) -> Option<Kind> {
        self.looks.clear();
        shapes::personal_of_plain(text, signs, short, &mut self.looks);
        let endings = endings_of_plain(text, signs);
        let before = self.all.len();
        let may_be_url = signs.has(SLASH | EQUALS | COLON | OTHER);
        let mut last = None;
        let mut rest = short.letters | short.digits;
        while rest != 0 {
            let start = rest.trailing_zeros() as usize;
            let is_digits = short.digits >> start & 1 == 1;
            let (kind, own) =
                if is_digits { (WordKind::Digits, short.digits) } else { (WordKind::Letters, short.letters) };
            let end = start + (own >> start).trailing_ones() as usize;
            rest &= u64::MAX.checked_shl(end as u32).unwrap_or(0);
            let first = short.bytes[start..].first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
            let span = start..end;
            // Zeros are nobody's, and part nothing: `aa0bb` is two words beside each other.
            let Some((number, length)) = vocabulary.number_of_plain(text, span.clone(), first, kind) else {
                continue;
            };
            self.all.push(ValueWord {
                start: start as u32,
                end: end as u32,
                number,
                is_digits,
                is_ending: is_one_of(&endings, &span),
                in_look: self.looks.iter().any(|look| look.span.start <= start && end <= look.span.end),
                is_part_of_url: may_be_url && is_part_of_url(text.as_bytes(), &span),
                is_beside_last: last.is_some_and(|last| start - last <= BESIDE_BYTES_MAX),
                is_telling: length > SHORT_WORD_MAX,
                is_id_in_key: is_digits && length >= NUMBER_DIGITS_MIN,
                is_long: length >= words::long_min(kind),
            });
            last = Some(end);
        }
        let words = &self.all[before..];
        for look in &self.looks {
            // Within its look an address has another end: `ada@mail.example` of `ada@mail.example.com`.
            let endings = endings_of_plain(&text[look.span.clone()], signs);
            let at = look.span.start;
            let is_of_look = |word: &&ValueWord| {
                let span = word.start as usize..word.end as usize;
                at <= span.start
                    && span.end <= look.span.end
                    && !is_one_of(&endings, &(span.start - at..span.end - at))
            };
            self.learned.extend(words.iter().filter(is_of_look).map(|word| word.number));
        }
        self.looks.first().map(|look| look.kind)
    }

    fn add_any(&mut self, text: &str, signs: &Signs, vocabulary: &mut Vocabulary) -> Option<Kind> {
        let looks = shapes::personal(text);
        for look in &looks {
            let text = &text[look.span.clone()];
            let endings = shapes::email_endings(text);
            let words = words(text).filter(|word| !is_one_of(&endings, &word.span));
            self.learned.extend(words.filter_map(|word| vocabulary.number(&text[word.span], word.kind)));
        }
        let endings = if signs.may_have_secret() || !signs.is_plain() {
            shapes::email_endings(text)
        } else {
            Vec::new()
        };
        // How far those looks reach that begin before the word: both are gone through once.
        let mut spans: Vec<Range<usize>> = looks.iter().map(|look| look.span.clone()).collect();
        spans.sort_by_key(|look| look.start);
        let mut starts = spans.into_iter().peekable();
        let mut reach = 0;
        let mut last = None;
        for word in words(text) {
            let word_text = &text[word.span.clone()];
            let Some(number) = vocabulary.number(word_text, word.kind) else { continue };
            let length = words::length(word_text, word.kind);
            while let Some(look) = starts.next_if(|look| look.start <= word.span.start) {
                reach = reach.max(look.end);
            }
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            self.all.push(ValueWord {
                start: place(word.span.start),
                end: place(word.span.end),
                number,
                is_digits: word.kind == WordKind::Digits,
                is_ending: is_one_of(&endings, &word.span),
                in_look: word.span.end <= reach,
                is_part_of_url: is_part_of_url(text.as_bytes(), &word.span),
                is_beside_last: last.is_some_and(|last| word.span.start - last <= BESIDE_BYTES_MAX),
                is_telling: length > SHORT_WORD_MAX,
                is_id_in_key: word.kind == WordKind::Digits && length >= NUMBER_DIGITS_MIN,
                is_long: is_long(word_text, word.kind),
            });
            last = Some(word.span.end);
        }
        looks.first().map(|look| look.kind)
    }
}

fn endings_of_plain(text: &str, signs: &Signs) -> Vec<Range<usize>> {
    if signs.has(AT) { shapes::email_endings_of_plain(text.as_bytes()) } else { Vec::new() }
}

/// Whether a span is one of these, which are sorted.
fn is_one_of(spans: &[Range<usize>], span: &Range<usize>) -> bool {
    spans.binary_search_by_key(&span.start, |known| known.start).is_ok_and(|index| spans[index] == *span)
}

/// Whether the word is a whole part of a URL or of a composed key: `/contacts/42`, `account:7`.
fn is_part_of_url(text: &[u8], word: &Range<usize>) -> bool {
    word.start > 0
        && matches!(text[word.start - 1], b'/' | b'=' | b':' | b'#')
        && matches!(text.get(word.end), None | Some(b'/' | b'?' | b'&' | b'#' | b'.' | b' '))
}
