//! The names that lead to places of a JSON text, for people: found afterwards, for those places alone that are shown.

use std::ops::Range;

use super::writing::{Read, Writing};
use crate::json_text::{Container, Tokens, walk};

/// The path to each place that begins at these indices, which are sorted.
pub(super) fn of_json(text: &str, starts: &[usize]) -> Vec<String> {
    let mut scan = Scan { text, starts, paths: Vec::new(), open: Vec::new() };
    walk(text, &mut scan);
    // Every place begins where a token does.
    scan.paths.resize(starts.len(), "$".to_owned());
    scan.paths
}

enum Step {
    /// A list's current element.
    Index(usize),
    /// An object's current member, as it is written.
    Member(Range<usize>),
}

struct Scan<'a> {
    text: &'a str,
    starts: &'a [usize],
    paths: Vec<String>,
    open: Vec<Step>,
}

impl Scan<'_> {
    fn token(&mut self, span: &Range<usize>) {
        if self.starts.get(self.paths.len()) != Some(&span.start) {
            return;
        }
        let path = self.open.iter().fold("$".to_owned(), |path, step| match step {
            Step::Index(index) => format!("{path}[{index}]"),
            Step::Member(name) => {
                format!("{path}.{}", Read::of(&self.text[name.clone()], Writing::Json).text)
            }
        });
        self.paths.push(path);
    }

    fn count(&mut self) {
        if let Some(Step::Index(index)) = self.open.last_mut() {
            *index += 1;
        }
    }
}

impl Tokens for Scan<'_> {
    fn key(&mut self, content: Range<usize>) {
        if let Some(Step::Member(name)) = self.open.last_mut() {
            *name = content.clone();
        }
        self.token(&content);
    }

    fn text(&mut self, content: Range<usize>) {
        self.token(&content);
        self.count();
    }

    fn number(&mut self, span: Range<usize>) {
        self.token(&span);
        self.count();
    }

    fn enter(&mut self, container: Container) {
        self.open.push(match container {
            Container::Object => Step::Member(0..0),
            Container::List => Step::Index(0),
        });
    }

    fn leave(&mut self) {
        self.open.pop();
        self.count();
    }

    fn next(&mut self) {
        if let Some(Step::Member(name)) = self.open.last_mut() {
            *name = 0..0;
        }
    }
}
