//! RFC 9535 JSONPath as rules are written in it.
//!
//! The crate `serde_json_path` decides what is a valid path. Paths of names, indices, slices, wildcards and
//! descendants are then read into steps, which are walked together with the documents; a path with a filter is
//! kept whole and evaluated on each document.

use serde_json_path::JsonPath;

/// A path as a rule is matched by it.
#[derive(Clone, Debug)]
pub enum Path {
    /// Names, indices, slices, wildcards and descendants.
    Steps(Vec<Step>),
    /// A path with a filter: evaluated.
    Filter(Box<JsonPath>),
}

/// One segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `..`: at any depth below.
    pub descendant: bool,
    /// What is selected there; never empty.
    pub selectors: Vec<Selector>,
}

/// One selector of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// A member of this name.
    Name(String),
    /// An element; negative from the end.
    Index(i64),
    /// Elements `start:end:step`.
    Slice {
        /// From here; negative from the end.
        start: Option<i64>,
        /// Up to here, without it; negative from the end.
        end: Option<i64>,
        /// Each so many; never chosen where 0.
        step: i64,
    },
    /// Every member or element.
    Wildcard,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at character {column} of the path `{path}`")]
pub struct PathError {
    /// The path as written.
    pub path: String,
    /// From 1.
    pub column: usize,
    /// What the parser expected.
    pub what: String,
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        if let Some(column) = too_deep(text) {
            let what = format!("brackets nested deeper than {PATH_DEPTH_MAX}");
            return Err(PathError { path: text.to_owned(), column, what });
        }
        let whole = JsonPath::parse(text).map_err(|error| PathError {
            path: text.to_owned(),
            column: text.get(..error.position()).map_or(0, |before| before.chars().count()) + 1,
            what: error.message().to_owned(),
        })?;
        Ok(match (StepReader { rest: &text[1..], filters: Filters::End }).steps() {
            Some(steps) => Path::Steps(steps),
            None => Path::Filter(Box::new(whole)),
        })
    }
}

/// The steps of a valid path with each filter as a wildcard: all that it may select, and more.
pub(crate) fn outline(text: &str) -> Vec<Step> {
    (StepReader { rest: text.get(1..).unwrap_or_default(), filters: Filters::Widen })
        .steps()
        .unwrap_or_default()
}

/// The parser calls itself for each bracket within a bracket, and a thread's stack is small; people write three.
pub const PATH_DEPTH_MAX: usize = 16;

/// The column of the first bracket that is nested too deep; brackets within quotes count too, which harms nobody.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let position = text.chars().position(|char| {
        match char {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > PATH_DEPTH_MAX
    });
    position.map(|position| position + 1)
}

impl Selector {
    /// Does it select this element of an array of this length?
    pub fn selects_element(&self, index: usize, length: usize) -> bool {
        let (index, length) = (index as i64, length as i64);
        let from_end = |at: i64| if at < 0 { length + at } else { at };
        match self {
            Selector::Wildcard => true,
            Selector::Name(_) => false,
            Selector::Index(at) => from_end(*at) == index,
            Selector::Slice { start, end, step } if *step > 0 => {
                let start = start.map_or(0, from_end).clamp(0, length);
                let end = end.map_or(length, from_end).clamp(0, length);
                index >= start && index < end && (index - start) % step == 0
            }
            Selector::Slice { start, end, step } if *step < 0 => {
                let start = start.map_or(length - 1, from_end).clamp(-1, length - 1);
                let end = end.map_or(-1, from_end).clamp(-1, length - 1);
                index <= start && index > end && (start - index) % -step == 0
            }
            Selector::Slice { .. } => false,
        }
    }

    /// Whether what it selects may be what a step of a field stands for: one member, or all elements.
    fn may_be(&self, at: &Selector) -> bool {
        match (self, at) {
            (Selector::Wildcard, _) | (_, Selector::Wildcard) => true,
            (wanted, at) => wanted == at,
        }
    }

    /// Does it select a member of this name?
    pub fn selects_member(&self, name: &[u8]) -> bool {
        match self {
            Selector::Wildcard => true,
            Selector::Name(wanted) => wanted.as_bytes() == name,
            Selector::Index(_) | Selector::Slice { .. } => false,
        }
    }
}

/// What is made of a filter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filters {
    /// Nothing: it ends the reading.
    End,
    /// A wildcard.
    Widen,
}

/// Reads the steps of a path that is known to be valid.
struct StepReader<'p> {
    rest: &'p str,
    filters: Filters,
}

impl StepReader<'_> {
    fn steps(mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() {
                return Some(steps);
            }
            let descendant = self.eat("..");
            let selectors = if self.rest.starts_with('[') {
                self.bracket()?
            } else {
                self.eat(".");
                vec![self.shorthand()]
            };
            steps.push(Step { descendant, selectors });
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, token: &str) -> bool {
        let stripped = self.rest.strip_prefix(token);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn shorthand(&mut self) -> Selector {
        if self.eat("*") {
            return Selector::Wildcard;
        }
        let end = self.rest.find(['.', '[', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Selector::Name(name.to_owned())
    }

    fn bracket(&mut self) -> Option<Vec<Selector>> {
        self.eat("[");
        let mut selectors = Vec::new();
        loop {
            self.skip_space();
            selectors.push(self.selector()?);
            self.skip_space();
            if !self.eat(",") {
                self.eat("]");
                return Some(selectors);
            }
        }
    }

    fn selector(&mut self) -> Option<Selector> {
        match self.rest.as_bytes().first()? {
            b'?' if self.filters == Filters::End => None,
            b'?' => {
                self.skip_filter();
                Some(Selector::Wildcard)
            }
            b'*' => {
                self.eat("*");
                Some(Selector::Wildcard)
            }
            quote @ (b'\'' | b'"') => self.quoted(*quote as char).map(Selector::Name),
            _ => self.index_or_slice(),
        }
    }

    /// Up to the comma or bracket behind a filter, neither of them within quotes or brackets of its own.
    fn skip_filter(&mut self) {
        let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
        let end = self.rest.find(|character: char| {
            match quote {
                Some(_) if std::mem::take(&mut is_escaped) => {}
                Some(_) if character == '\\' => is_escaped = true,
                Some(open) if character == open => quote = None,
                Some(_) => {}
                None => match character {
                    '\'' | '"' => quote = Some(character),
                    ',' | ']' if depth == 0 => return true,
                    '(' | '[' => depth += 1,
                    ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                },
            }
            false
        });
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }

    fn integer(&mut self) -> Option<i64> {
        let end = self.rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    fn index_or_slice(&mut self) -> Option<Selector> {
        let start = self.integer();
        self.skip_space();
        if !self.eat(":") {
            return start.map(Selector::Index);
        }
        self.skip_space();
        let end = self.integer();
        self.skip_space();
        let step = if self.eat(":") {
            self.skip_space();
            self.integer().unwrap_or(1)
        } else {
            1
        };
        Some(Selector::Slice { start, end, step })
    }

    /// A quoted name: JSON's escapes, and `\'` in single quotes.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut json = String::from("\"");
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next()?.1 {
                    '\'' => json.push('\''),
                    escaped => json.extend(['\\', escaped]),
                },
                '"' if quote == '\'' => json.push_str("\\\""),
                _ if character == quote => {
                    self.rest = &self.rest[at + 1..];
                    json.push('"');
                    return serde_json::from_str(&json).ok();
                }
                _ => json.push(character),
            }
        }
        None
    }
}

/// All that a path may select, to be held against fields as differences write them: a filter, an index and a slice may
/// select any element, and what lies behind a descendant may lie anywhere.
#[derive(Clone, Debug)]
pub struct Reach(Vec<Step>);

impl Reach {
    /// Of a valid path; of anything else, all that there is.
    pub fn of(text: &str) -> Reach {
        Reach(outline(text))
    }

    /// Whether it may select something anywhere below a place, so that it does not say where its field lies.
    pub fn is_anywhere(&self) -> bool {
        self.0.iter().any(|step| step.descendant)
    }

    /// Whether this field may be one of what the path selects, or lie below one.
    pub fn may_cover(&self, field: &str) -> bool {
        let is_as_long = |steps: &[Step]| steps.len() >= self.0.len() || self.is_anywhere();
        matches!(Path::parse(field), Ok(Path::Steps(steps)) if is_as_long(&steps)) && self.concerns(field)
    }

    /// Whether a difference at this field may be one of what the path selects: there, above it or below it.
    pub fn concerns(&self, field: &str) -> bool {
        let Ok(Path::Steps(field)) = Path::parse(field) else { return false };
        for (step, at) in self.0.iter().zip(&field) {
            if step.descendant {
                return true;
            }
            if !step.selectors.iter().any(|selector| at.selectors.iter().any(|at| selector.may_be(at))) {
                return false;
            }
        }
        true
    }
}

/// A path as differences write fields: each name in one spelling; each index, and each filter of elements, as `[*]`.
/// One that names many fields, and what is no path, is answered as it is.
pub fn field_of(text: &str) -> String {
    if Path::parse(text).is_err() {
        return text.to_owned();
    }
    let mut field = "$".to_owned();
    for step in &outline(text) {
        match step.selectors.as_slice() {
            // A path that names many fields is left as it is: it will be none of them.
            _ if step.descendant => return text.to_owned(),
            [Selector::Name(name)] => push_name(&mut field, name),
            [_] => field.push_str("[*]"),
            _ => return text.to_owned(),
        }
    }
    field
}

/// Appends a member's step to a path: `.name`, or `['…']` where the shorthand does not allow the name.
pub fn push_name(path: &mut String, name: &str) {
    let first_is_fit =
        name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii());
    if first_is_fit && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()) {
        path.push('.');
        path.push_str(name);
        return;
    }
    push_quoted(path, name);
}

/// Appends a member's step as normalized paths have it: `['…']`.
pub(crate) fn push_quoted(path: &mut String, name: &str) {
    path.push_str("['");
    for character in name.chars() {
        match character {
            '\'' => path.push_str("\\'"),
            '\\' => path.push_str("\\\\"),
            '\n' => path.push_str("\\n"),
            '\r' => path.push_str("\\r"),
            '\t' => path.push_str("\\t"),
            '\u{8}' => path.push_str("\\b"),
            '\u{c}' => path.push_str("\\f"),
            control if (control as u32) < 0x20 => path.push_str(&format!("\\u{:04x}", control as u32)),
            other => path.push(other),
        }
    }
    path.push_str("']");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match Path::parse(text) {
            Ok(Path::Steps(steps)) => steps
                .iter()
                .map(|step| format!("{}{:?}", if step.descendant { ".." } else { "" }, step.selectors))
                .collect::<Vec<_>>()
                .join(" "),
            Ok(Path::Filter(_)) => "filter".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn paths_become_steps() {
        check("$", "");
        check("$.data[*].id", r#"[Name("data")] [Wildcard] [Name("id")]"#);
        check("$..*", "..[Wildcard]");
        check("$..['a b',\"c\", 0]", r#"..[Name("a b"), Name("c"), Index(0)]"#);
        check(r"$['it\'s'] [ -1 ]", r#"[Name("it's")] [Index(-1)]"#);
        check(
            "$[1:3][::2][:-1]",
            "[Slice { start: Some(1), end: Some(3), step: 1 }] [Slice { start: None, end: None, step: 2 }] [Slice { start: None, end: Some(-1), step: 1 }]",
        );
        check(r#"$["\u00e9\n"]"#, r#"[Name("é\n")]"#);
        check("$.a[?@.b == 1].c", "filter");
        check("$.über", r#"[Name("über")]"#);
    }

    #[test]
    fn a_path_becomes_a_field() {
        let fields =
            ["$.data[3].name", "$.a[0][12]['b[1]']", "$['it\\']x'][0]", "$..a", "status", "header etag"];
        let expected =
            ["$.data[*].name", "$.a[*][*]['b[1]']", "$['it\\']x'][*]", "$..a", "status", "header etag"];
        assert_eq!(fields.map(field_of), expected);
    }

    #[test]
    fn what_a_path_may_select_concerns_what_lies_there_above_and_below() {
        let concerns = |path: &str, fields: &[&str]| {
            fields.iter().map(|field| Reach::of(path).concerns(field)).collect::<Vec<_>>()
        };
        let fields = ["$.data[*].id", "$.data[*]", "$", "$.data[*].id.x", "$.data[*].name", "status"];
        let expected = [true, true, true, true, false, false];
        for path in
            ["$.data[*].id", "$['data'][*]['id']", "$.data[0].id", "$.data[1:].id", "$.data[?@.a == 1].id"]
        {
            assert_eq!(concerns(path, &fields), expected, "{path}");
        }
        // Members are selected by wildcards and by several names, too.
        assert_eq!(
            concerns("$.p.*", &["$.p.email", "$.p['a b'].c", "$.p", "$.q"]),
            [true, true, true, false]
        );
        assert_eq!(concerns("$['a', 'b'].c", &["$.a.c", "$.b", "$.c"]), [true, true, false]);
        assert_eq!(concerns("$.a[?@.x].b", &["$.a.k.b", "$.a[*].c"]), [true, false]);
        assert_eq!(concerns("$.a..id", &["$.a.b.c", "$.b"]), [true, false]);
        let covers = |path: &str, field: &str| Reach::of(path).may_cover(field);
        assert!(covers("$.p.*", "$.p.a") && covers("$.p.*", "$.p.a.b") && !covers("$.p.*", "$.p"));
        assert!(Reach::of("$.a..id").is_anywhere() && !Reach::of("$.a[*].id").is_anywhere());
        assert_eq!(field_of("$.f[?@.id == 'tier'].value"), "$.f[*].value");
    }

    #[test]
    fn an_outline_has_a_wildcard_for_each_filter() {
        for (path, outlined) in [
            ("$.data[?@.kind == 'a]b\\'' && count(@[0,1]) > 1].total", "$.data[*].total"),
            ("$.data[?@['x'] == \"]\", 0]..n", "$.data[*, 0]..n"),
            ("$.a.b", "$.a.b"),
        ] {
            assert!(matches!(Path::parse(path), Ok(Path::Filter(_) | Path::Steps(_))), "{path}");
            assert_eq!(outline(path), outline(outlined), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_place() {
        assert_eq!(Path::parse("data").expect_err("no root").column, 1);
        assert_eq!(Path::parse("$.data[").expect_err("open bracket").path, "$.data[");
    }

    #[test]
    fn a_step_is_written_so_that_it_reads_back() {
        for name in ["a", "a b", "it's", "\\", "", "é", "1a", "\n\u{1}", "data_2"] {
            let mut path = "$".to_owned();
            push_name(&mut path, name);
            match Path::parse(&path) {
                Ok(Path::Steps(steps)) => {
                    assert_eq!(steps[0].selectors, [Selector::Name(name.to_owned())], "{path}")
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_deepest_path_is_read_and_one_bracket_more_is_not() {
        let nested = |depth: usize| format!("$[?{}@.a{}]", "(".repeat(depth), ")".repeat(depth));
        check(&nested(PATH_DEPTH_MAX - 1), "filter");
        let deeper = nested(PATH_DEPTH_MAX);
        check(&deeper, &format!("brackets nested deeper than 16 at character 19 of the path `{deeper}`"));
    }
}
