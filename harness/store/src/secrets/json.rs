//! Finds the secrets in JSON text, by the names they stand under.
//!
//! It reads tokens, not a grammar, so that a torn or invalid text loses its secrets too.

use std::ops::Range;

use super::names::{Meaning, is_secret_name, meaning};
use super::{Edit, Replacement, url};
use crate::json_text::{Container, Tokens, walk};

/// What must be replaced in the text.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let mut scan = Scan { text, edits: Vec::new(), open: Vec::new() };
    walk(text, &mut scan);
    scan.edits
}

/// A container that is not closed yet.
struct Open {
    container: Container,
    /// What the name that it stands under means; a list hands it on to its elements.
    under: Meaning,
    /// What the current member's name means.
    member: Meaning,
    /// Values that are secrets if the object turns out to be a token answer.
    tokens: Vec<Range<usize>>,
    /// Values that are secrets if the object turns out to ask for a token.
    grants: Vec<Range<usize>>,
    /// Values that are secrets if the object turns out to name them so.
    named: Vec<(Range<usize>, Replacement)>,
    token_sign: bool,
    grant_sign: bool,
    names_a_secret: bool,
}

struct Scan<'text> {
    text: &'text str,
    edits: Vec<Edit>,
    open: Vec<Open>,
}

impl Scan<'_> {
    /// What the place means where the next value stands.
    fn place(&self) -> Meaning {
        match self.open.last() {
            None => Meaning::Plain,
            Some(Open { container: Container::List, under, .. }) => *under,
            Some(Open { under: Meaning::Secret, member: Meaning::Value, .. }) => Meaning::Secret,
            Some(Open { member, .. }) => *member,
        }
    }

    fn value(&mut self, span: Range<usize>, replacement: Replacement) {
        let is_text = matches!(replacement, Replacement::Bare);
        let place = self.place();
        if place == Meaning::Secret {
            self.edits.push(Edit { span, replacement });
            return;
        }
        if is_text {
            self.edits.extend(url::edits_of_json_string(self.text, span.clone()));
        }
        let at_root = self.open.len() == 1;
        let Some(open) = self.open.last_mut() else { return };
        match place {
            Meaning::Token if at_root || open.under == Meaning::Credentials => {
                self.edits.push(Edit { span, replacement });
            }
            Meaning::Token if is_text => {
                open.token_sign |= open.container == Container::List;
                open.tokens.push(span);
            }
            Meaning::Grant if is_text => open.grants.push(span),
            Meaning::NamedBy if is_text => open.names_a_secret |= is_secret_name(&self.text[span]),
            Meaning::Value => open.named.push((span, replacement)),
            Meaning::Plain
            | Meaning::Secret
            | Meaning::Token
            | Meaning::Grant
            | Meaning::TokenSign
            | Meaning::GrantSign
            | Meaning::Credentials
            | Meaning::NamedBy => {}
        }
    }
}

impl Tokens for Scan<'_> {
    fn key(&mut self, content: Range<usize>) {
        let meaning = meaning(&self.text[content]);
        if let Some(open) = self.open.last_mut() {
            open.member = meaning;
            open.token_sign |= matches!(meaning, Meaning::TokenSign | Meaning::GrantSign);
            open.grant_sign |= meaning == Meaning::GrantSign;
        }
    }

    fn text(&mut self, content: Range<usize>) {
        self.value(content, Replacement::Bare);
    }

    fn number(&mut self, span: Range<usize>) {
        self.value(span, Replacement::Quoted);
    }

    fn enter(&mut self, container: Container) {
        let under = self.place();
        self.open.push(Open {
            container,
            under,
            member: Meaning::Plain,
            tokens: Vec::new(),
            grants: Vec::new(),
            named: Vec::new(),
            token_sign: false,
            grant_sign: false,
            names_a_secret: false,
        });
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let tokens = if open.token_sign { open.tokens } else { Vec::new() };
        let grants = if open.grant_sign { open.grants } else { Vec::new() };
        let spans = tokens.into_iter().chain(grants);
        self.edits.extend(spans.map(|span| Edit { span, replacement: Replacement::Bare }));
        if open.names_a_secret {
            let named = open.named.into_iter();
            self.edits.extend(named.map(|(span, replacement)| Edit { span, replacement }));
        }
    }

    fn next(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.member = Meaning::Plain;
        }
    }
}
