//! Which personal words of a text are replaced, by where it stands; and the text with them replaced.

use super::protected::ProtectedWords;
use super::value_words::ValueWord;
use super::vocabulary::Vocabulary;
use super::words::{Word, WordKind, write_in_place, write_plain_in_place};
use super::writing::{Read, Writing};

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

/// A text as it is written, with its words.
pub(super) struct Written<'t> {
    pub words: &'t [ValueWord],
    pub written: &'t str,
    pub writing: Writing,
    /// It reads as it is written, in ASCII.
    pub is_plain: bool,
}

impl Written<'_> {
    /// Appends the text with its personal words replaced; answers whether any is.
    pub fn write(
        &self,
        standing: Standing,
        vocabulary: &mut Vocabulary,
        protected: &ProtectedWords,
        out: &mut String,
    ) -> bool {
        let Written { words, written, writing, is_plain } = *self;
        let mut read = None;
        let mut is_all = None;
        let mut copied = 0;
        for (index, word) in words.iter().enumerate() {
            let is_meant = vocabulary.is_personal(word.number)
                && match standing {
                    Standing::Personal => true,
                    // Names of fields are what mappings read by: only what cannot be one is replaced there.
                    Standing::Key => word.in_look || word.is_id_in_key,
                    Standing::Plain => {
                        word.is_telling
                            || word.in_look
                            || word.is_part_of_url
                            || is_beside_another(words, index, vocabulary)
                            || *is_all.get_or_insert_with(|| is_all_personal(words, vocabulary, protected))
                    }
                };
            if !is_meant {
                continue;
            }
            let span = word.start as usize..word.end as usize;
            let pseudonym = vocabulary.pseudonym(word.number, protected);
            if is_plain {
                out.push_str(&written[copied..span.start]);
                write_plain_in_place(&written[span.clone()], pseudonym, out);
                copied = span.end;
                continue;
            }
            let read = read.get_or_insert_with(|| Read::of(written, writing));
            let kind = if word.is_digits { WordKind::Digits } else { WordKind::Letters };
            let in_written = read.span(span.clone());
            out.push_str(&written[copied..in_written.start]);
            write_in_place(read, &Word { span, kind }, pseudonym, out);
            copied = in_written.end;
        }
        if copied == 0 {
            return false;
        }
        out.push_str(&written[copied..]);
        true
    }
}

/// A copy of a personal text is one, short words and all.
fn is_all_personal(words: &[ValueWord], vocabulary: &mut Vocabulary, protected: &ProtectedWords) -> bool {
    words.iter().any(|word| word.is_telling && vocabulary.is_personal(word.number))
        && words.iter().all(|word| {
            vocabulary.is_personal(word.number) || vocabulary.is_protected(word.number, protected)
        })
}

fn is_beside_another(words: &[ValueWord], index: usize, vocabulary: &Vocabulary) -> bool {
    let is_before = words[index].is_beside_last && vocabulary.is_personal(words[index - 1].number);
    let is_after = |after: &ValueWord| after.is_beside_last && vocabulary.is_personal(after.number);
    is_before || words.get(index + 1).is_some_and(is_after)
}
