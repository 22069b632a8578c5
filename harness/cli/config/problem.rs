//! What is wrong in a file that a person wrote: the place, what was expected, and how it is shown.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};

use crate::options::{Look, Paint};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but probably not as meant.
    Warning,
}

impl Severity {
    /// The word that people and machines read.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A file's name and text, as they may be shown: what could be a secret is masked already.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: String,
    text: Shown,
}

#[derive(Clone, Debug)]
enum Shown {
    Text(String),
    /// Positions only: the file holds customers' data.
    Position(String),
}

impl SourceText {
    /// A text of which lines may be shown.
    pub fn new(name: &str, text: &str) -> SourceText {
        SourceText { name: name.to_owned(), text: Shown::Text(printable(text)) }
    }

    /// A text of which only positions may be shown.
    pub fn confidential(name: &str, text: &str) -> SourceText {
        SourceText { name: name.to_owned(), text: Shown::Position(text.to_owned()) }
    }

    /// The file's name, as people typed or found it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line and the column of a byte, both from 1; a column counts characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let (Shown::Text(text) | Shown::Position(text)) = &self.text;
        let before = &text[..floor(text, byte)];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }

    /// The first place of a text, for a message about something that is written there.
    pub fn find(&self, wanted: &str) -> Option<Range<usize>> {
        let (Shown::Text(text) | Shown::Position(text)) = &self.text;
        text.find(wanted).map(|at| at..at + wanted.len())
    }

    /// The byte at which a line and a column, both from 1, lie.
    pub fn byte(&self, line: usize, column: usize) -> usize {
        let (Shown::Text(text) | Shown::Position(text)) = &self.text;
        let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
        let rest = text.get(start..).unwrap_or("");
        let offset = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
        start + offset
    }
}

/// A terminal obeys control characters; the replacement has the same length, so that positions hold.
fn printable(text: &str) -> String {
    let replace = |char: char| match char {
        '\n' | '\t' => char.to_string(),
        char if char.is_control() => " ".repeat(char.len_utf8()),
        char => char.to_string(),
    };
    if text.chars().any(|char| char.is_control() && char != '\n' && char != '\t') {
        text.chars().map(replace).collect()
    } else {
        text.to_owned()
    }
}

fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// Where in which file, with a few words that stand at the caret.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Arc<SourceText>,
    /// The bytes.
    pub span: Range<usize>,
    /// What stands at the caret.
    pub label: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where; the first is the one to go to, the others belong to it and lie in the same file.
    pub places: Vec<Place>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Error, message: message.into(), places: Vec::new(), help: None }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Problem {
        Problem { severity: Severity::Warning, ..Problem::error(message) }
    }

    /// With one more place.
    pub fn at(mut self, source: &Arc<SourceText>, span: Range<usize>, label: impl Into<String>) -> Problem {
        self.places.push(Place { source: Arc::clone(source), span, label: label.into() });
        self
    }

    /// With what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// The text that people read, with the lines in question where they may be shown.
    pub fn render(&self, look: Look) -> String {
        let shown = self.places.first().filter(|place| matches!(place.source.text, Shown::Text(_)));
        match shown {
            Some(place) => self.with_snippet(&place.source, look),
            None => self.without_snippet(),
        }
    }

    fn without_snippet(&self) -> String {
        let mut text = format!("{}: ", self.severity.name());
        if let Some(place) = self.places.first() {
            let (line, column) = place.source.position(place.span.start);
            let _ = write!(text, "{}:{line}:{column}: ", place.source.name);
        }
        let _ = writeln!(text, "{}", self.message);
        if let Some(help) = &self.help {
            let _ = writeln!(text, "  help: {help}");
        }
        text
    }

    fn with_snippet(&self, source: &SourceText, look: Look) -> String {
        let (Shown::Text(text) | Shown::Position(text)) = &source.text;
        let labels = self.places.iter().enumerate().map(|(index, place)| {
            let start = floor(text, place.span.start);
            let span = start..floor(text, place.span.end.max(start));
            let label = Some(place.label.clone());
            match index {
                0 => LabeledSpan::new_primary_with_span(label, span),
                _ => LabeledSpan::new_with_span(label, span),
            }
        });
        let mut diagnostic = MietteDiagnostic::new(format!("{}: {}", self.severity.name(), self.message))
            .with_labels(labels)
            .with_severity(match self.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            });
        if let Some(help) = &self.help {
            diagnostic = diagnostic.with_help(help);
        }
        let report = Report::new(diagnostic).with_source_code(NamedSource::new(&source.name, text.clone()));
        let theme = match look.paint {
            Paint::Colored => GraphicalTheme::unicode(),
            Paint::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(look.width).with_links(false);
        let mut rendered = String::new();
        // Writing into a string fails only where the report itself cannot be read; then the plain form is left.
        match handler.render_report(&mut rendered, report.as_ref()) {
            Ok(()) => rendered,
            Err(std::fmt::Error) => self.without_snippet(),
        }
    }
}

/// All problems, with a line that counts them.
pub fn render_all(problems: &[Problem], look: Look) -> String {
    let mut text = String::new();
    for problem in problems {
        text.push_str(problem.render(look).trim_end());
        text.push_str("\n\n");
    }
    text + &count(problems) + "\n"
}

/// `2 errors, 1 warning`.
pub fn count(problems: &[Problem]) -> String {
    let of = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (of(Severity::Error), of(Severity::Warning)) {
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}
