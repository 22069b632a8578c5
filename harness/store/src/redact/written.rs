//! Writing: every personal word of a text replaced, and all else to the letter.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compare::model::{Body, Pair};
use hmac::Mac;

use super::memory::Memory;
use super::names::Class;
use super::pass::{Pass, Purpose, Seen, has_inside};
use super::places::{Place, What};
use super::replacing::Standing;
use super::texts::{self, TextKind};
use super::values::Inside;
use super::words::NUMBER_DIGITS_MIN;
use super::writing::{Read, Writing};
use super::{Replaced, Why, key, paths};
use crate::format::writing::{Texts, json_body, string_body};
use crate::json_text::{self, escape_into};

/// Something that was replaced in the text at hand.
pub(super) struct Told {
    /// Where its place, or the place that holds it, begins.
    start: usize,
    /// What leads from there to it; nothing where it is that place.
    inner: Option<String>,
    pub replaced: Replaced,
}

/// How paths to places are told.
#[derive(Clone, Copy)]
enum Paths<'s> {
    OfJson,
    Listed(&'s [String]),
}

impl Pass<'_> {
    /// Writes every text of the pair that was read anew.
    pub fn write(&mut self, pair: &mut Pair, purpose: Purpose) {
        texts::each(pair, |text, kind, spot| {
            if self.is_passed_over(text, kind) {
                return;
            }
            let before = self.told.as_ref().map_or(0, Vec::len);
            let written = match kind {
                TextKind::Bytes if purpose != Purpose::Compare => self.bytes(text),
                TextKind::Name
                | TextKind::Url
                | TextKind::Header(_)
                | TextKind::Detail
                | TextKind::Json
                | TextKind::Other(_)
                | TextKind::Bytes => self.next_written(text),
            };
            if let Some(written) = written {
                *text = written;
            }
            for told in self.told.iter_mut().flat_map(|told| &mut told[before..]) {
                told.replaced.place = format!("{spot}{}", told.inner.as_deref().unwrap_or_default());
            }
        });
    }

    /// The text that was read next, written anew; none where nothing of it is replaced.
    pub fn next_written(&mut self, text: &str) -> Option<String> {
        let mut out = String::new();
        self.next_into(text, &mut out).then_some(out)
    }

    /// As [`Pass::next_written`], at the end of `out`.
    fn next_into(&mut self, text: &str, out: &mut String) -> bool {
        let Seen { places, paths, .. } = &mut self.seen[self.next];
        let (places, paths) = (places.clone(), paths.take());
        self.next += 1;
        let paths = paths.as_deref().map_or(Paths::OfJson, Paths::Listed);
        self.written(text, places, paths, 0, out)
    }

    /// Appends the text with every personal word of its places replaced; appends nothing where nothing is.
    fn written(
        &mut self,
        text: &str,
        places: Range<usize>,
        paths: Paths<'_>,
        depth: usize,
        out: &mut String,
    ) -> bool {
        let before = self.told.as_ref().map_or(0, Vec::len);
        let listed = places.start;
        let mut indices = Vec::new();
        let mut copied = 0;
        for index in places {
            let place = self.places[index];
            // Places of elements may lie within one another.
            if place.start < copied {
                continue;
            }
            let inner = self.told.as_ref().map_or(0, Vec::len);
            let Some(from) = self.stead(text, copied, place, depth, out) else { continue };
            copied = place.end;
            if let Some(told) = &mut self.told {
                let written = &text[place.start..place.end];
                told[inner..].iter_mut().for_each(|told| told.start = place.start);
                if out[from..] != *written {
                    let why = self.memory.why(place);
                    let (old, new) = (written.to_owned(), out[from..].to_owned());
                    let replaced = Replaced { place: String::new(), why, old, new };
                    told.push(Told { start: place.start, inner: None, replaced });
                }
                indices.resize(told.len() - before, index - listed);
            }
        }
        if copied == 0 {
            return false;
        }
        out.push_str(&text[copied..]);
        if let Some(told) = &mut self.told {
            lead_on(text, paths, &indices, &mut told[before..]);
        }
        true
    }

    /// Appends the text up to a place and what stands in the place's stead; answers where that begins. Appends nothing
    /// where the place stays.
    fn stead(
        &mut self,
        text: &str,
        copied: usize,
        place: Place,
        depth: usize,
        out: &mut String,
    ) -> Option<usize> {
        let written = &text[place.start..place.end];
        let mut put = |stead: &str| {
            out.push_str(&text[copied..place.start]);
            out.push_str(stead);
            Some(out.len() - stead.len())
        };
        let number = match (place.what, place.class) {
            (_, Class::Kept) => return None,
            (What::Number { word, .. }, class) => return put(&self.number(written, word?, class)?),
            (What::Text(number) | What::Key(number), _) => number,
        };
        let value = self.memory.values.of(number);
        if value.stays(place.class) {
            return None;
        }
        if has_inside(value, place, depth) {
            let writing = value.writing();
            return put(&self.inside(written, writing, number, place, depth)?);
        }
        let standing = match (place.what, place.class) {
            (_, Class::Personal(_)) => Standing::Personal,
            (What::Key(_), _) => Standing::Key,
            (What::Text(_) | What::Number { .. }, _) => Standing::Plain,
        };
        let Memory { values, vocabulary, .. } = &mut *self.memory;
        put(values.write(number, written, standing, vocabulary, self.protected)?)
    }

    /// What stands inside of a text, written anew and put back.
    fn inside(
        &mut self,
        written: &str,
        writing: Writing,
        value: u32,
        place: Place,
        depth: usize,
    ) -> Option<String> {
        let new = self.within(value, place, |pass, inside, places| {
            let (Inside::Json(inner) | Inside::Base64(inner)) = inside;
            let mut new = String::new();
            if !pass.written(inner, places, Paths::OfJson, depth + 1, &mut new) {
                new.clone_from(inner);
            }
            if let Inside::Base64(_) = inside { STANDARD.encode(new) } else { new }
        })?;
        if new == Read::of(written, writing).text {
            return None;
        }
        Some(match writing {
            Writing::Plain => new,
            Writing::Json => {
                let mut escaped = String::with_capacity(new.len());
                escape_into(&new, &mut escaped);
                escaped
            }
        })
    }

    /// A JSON number with the digits of its pseudonym.
    fn number(&mut self, written: &str, word: u32, class: Class) -> Option<String> {
        let digits = written.strip_prefix('-').unwrap_or(written);
        let counts = matches!(class, Class::Personal(_))
            || (class == Class::Plain && digits.len() >= NUMBER_DIGITS_MIN);
        let vocabulary = &mut self.memory.vocabulary;
        let sign = &written[..written.len() - digits.len()];
        (counts && vocabulary.is_personal(word))
            .then(|| format!("{sign}{}", vocabulary.pseudonym(word, self.protected)))
    }

    /// A body of bytes: a text is redacted and encoded anew; of anything else only whether two are equal is left.
    fn bytes(&mut self, body: &str) -> Option<String> {
        let inner = self.seen[self.next].inner.take();
        self.next += 1;
        let Some(inner) = inner else {
            if body.is_empty() {
                return None;
            }
            let digest = self.key.mac().chain_update(body.as_bytes()).finalize().into_bytes();
            let bytes = body.len() / 4 * 3;
            let marker = format!("[binary removed: {bytes} bytes, {}]", key::hexadecimal(&digest[..8]));
            if let Some(told) = &mut self.told {
                let (place, new) = (String::new(), marker.clone());
                let replaced = Replaced { place, why: Why::Bytes, old: String::new(), new };
                told.push(Told { start: 0, inner: None, replaced });
            }
            return Some(STANDARD.encode(marker));
        };
        // Anew: a name of a field is no such name within bytes.
        let before = self.places.len();
        let (seen, _) = self.look_at(&inner, TextKind::Bytes, Purpose::Compare);
        let paths = seen.paths.as_deref().map_or(Paths::OfJson, Paths::Listed);
        let mut new = String::new();
        if !self.written(&inner, seen.places, paths, 0, &mut new) {
            new = inner;
        }
        self.places.truncate(before);
        Some(STANDARD.encode(new))
    }
}

/// Tells for each of what was replaced what leads to it.
fn lead_on(text: &str, paths: Paths<'_>, indices: &[usize], told: &mut [Told]) {
    let mut starts: Vec<usize> = told.iter().map(|told| told.start).collect();
    starts.dedup();
    let found = match paths {
        Paths::OfJson => paths::of_json(text, &starts),
        Paths::Listed(_) => Vec::new(),
    };
    for (told, index) in told.iter_mut().zip(indices) {
        let path = match paths {
            Paths::OfJson => starts.binary_search(&told.start).ok().and_then(|start| found.get(start)),
            Paths::Listed(paths) => paths.get(*index),
        };
        let path = path.map_or("$", String::as_str);
        told.inner = Some(match &told.inner {
            None if path == "$" => String::new(),
            None => format!(" {path}"),
            Some(inner) => format!(" {path}{inner}"),
        });
    }
}

/// The lines of a pair that was read, its texts written anew.
impl Texts for Pass<'_> {
    fn text(&mut self, text: &str, out: &mut String) {
        let mut written = std::mem::take(&mut self.memory.scratch);
        written.clear();
        let is_changed = self.next_into(text, &mut written);
        escape_into(if is_changed { &written } else { text }, out);
        self.memory.scratch = written;
    }

    fn header(&mut self, name: &str, value: &str, out: &mut String) {
        if self.is_passed_over(value, TextKind::Header(name)) {
            escape_into(value, out);
        } else {
            self.text(value, out);
        }
    }

    fn body(&mut self, body: &Body, out: &mut String) {
        match body {
            Body::Absent => {}
            Body::Json(text) => self.json_body(text, out),
            Body::Text(text) => {
                let written = self.next_written(text);
                string_body("text", written.as_deref().unwrap_or(text), out);
            }
            Body::Base64(text) => {
                let written = self.bytes(text);
                string_body("base64", written.as_deref().unwrap_or(text), out);
            }
        }
    }
}

impl Pass<'_> {
    fn json_body(&mut self, text: &str, out: &mut String) {
        let walked = self.seen[self.next].walked;
        if walked.is_json && !walked.has_spaces {
            // As it is, but for what is replaced: what is written in a word's stead leaves JSON what it is.
            let before = out.len();
            out.push_str("\"json\":");
            if !self.next_into(text, out) {
                out.truncate(before);
                json_body(text, walked, out);
            }
            return;
        }
        match self.next_written(text) {
            Some(written) => json_body(&written, json_text::walked(&written), out),
            None => json_body(text, walked, out),
        }
    }
}
