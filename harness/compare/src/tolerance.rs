//! Tolerances: written rules that excuse a difference, each with a reason, an owner and an end.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::path::Path;

/// A written rule that excuses a difference.
#[derive(Clone, Debug)]
pub struct Tolerance {
    /// The path as written.
    pub path_text: String,
    /// The path, read.
    pub path: Path,
    /// What it excuses.
    pub rule: Rule,
    /// Why that is right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Day,
    /// The largest share of an operation's pairs in which it may excuse something, where that is said.
    pub share: Option<f64>,
    /// Only these operations, where any are named; `*` stands for any text.
    pub operations: Vec<Glob>,
    /// Only these integrations, where any are named.
    pub integrations: Vec<Glob>,
    /// Only these accounts, where any are named.
    pub accounts: Vec<Glob>,
    /// Where it stands in its file, in bytes.
    pub span: Range<usize>,
}

/// A calendar day, compared as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// E.g. 2026.
    pub year: u16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What a tolerance excuses.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Everything at the path and below it.
    Ignore,
    /// The order of a list's elements.
    AnyOrder,
    /// The order of a list's elements, and how often each stands there.
    AsSet,
    /// One instant in two spellings.
    SameInstant,
    /// One number in two spellings: `1` and `1.0`.
    NumberText,
    /// A number and its text: `1` and `"1"`.
    NumberAsText,
    /// Numbers at most this far apart.
    Within {
        /// Absolute distance.
        abs: f64,
        /// Distance as a share of the larger magnitude.
        rel: f64,
    },
    /// `null` on one side, absent on the other.
    NullIsAbsent,
    /// `x` on one side, `[x]` on the other.
    SingletonIsList,
    /// Upper and lower case.
    Case,
    /// White space at the ends, and its amount within.
    Whitespace,
    /// One address in two spellings: order of the query's parameters, escapes, case of the host, default port.
    SameUrl,
    /// One text in composed and decomposed letters.
    Nfc,
    /// HTML that is rendered alike: white space, spelling of tags and characters.
    SameHtml,
    /// Ids that differ by design, of this namespace: the same while they stay one-to-one over the whole run.
    SameEntity(String),
    /// Legacy's word and the words that new may use for it.
    OneOf(BTreeMap<String, Vec<String>>),
    /// Both values match the expression.
    Pattern(Regex),
    /// A JSONata predicate over `legacy` and `new`; the caller compiles it.
    When(String),
}

impl Rule {
    /// The rule's word and parameters, as they would be written.
    pub fn text(&self) -> String {
        match self {
            Rule::Ignore => "ignore".into(),
            Rule::AnyOrder => "any_order".into(),
            Rule::AsSet => "as_set".into(),
            Rule::SameInstant => "same_instant".into(),
            Rule::NumberText => "number_text".into(),
            Rule::NumberAsText => "number_as_text".into(),
            Rule::Within { abs, rel } => format!("within abs {abs} rel {rel}"),
            Rule::NullIsAbsent => "null_is_absent".into(),
            Rule::SingletonIsList => "singleton_is_list".into(),
            Rule::Case => "case".into(),
            Rule::Whitespace => "whitespace".into(),
            Rule::SameUrl => "same_url".into(),
            Rule::Nfc => "nfc".into(),
            Rule::SameHtml => "same_html".into(),
            Rule::SameEntity(namespace) => format!("same_entity {namespace}"),
            Rule::OneOf(words) => format!("one_of {words:?}"),
            Rule::Pattern(pattern) => format!("pattern {pattern}"),
            Rule::When(predicate) => format!("when {predicate}"),
        }
    }
}

/// A name in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(pub String);

impl Glob {
    /// Does the name fit?
    pub fn fits(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or("");
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut last = None;
        for part in parts {
            if let Some(part) = last.replace(part) {
                let Some(at) = rest.find(part) else { return false };
                rest = &rest[at + part.len()..];
            }
        }
        last.map_or(rest.is_empty(), |last| rest.ends_with(last))
    }
}

impl Tolerance {
    /// Does it hold on this day?
    pub fn holds_on(&self, day: Day) -> bool {
        day <= self.until
    }

    /// Does it speak of this operation?
    pub fn covers_operation(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|glob| glob.fits(operation))
    }

    /// Does it speak of this account? One that is not known is covered only where no account is named.
    pub fn covers_account(&self, account: Option<&str>, integration: Option<&str>) -> bool {
        let fits = |globs: &[Glob], name: Option<&str>| {
            globs.is_empty() || name.is_some_and(|name| globs.iter().any(|glob| glob.fits(name)))
        };
        fits(&self.accounts, account) && fits(&self.integrations, integration)
    }
}

/// Why a file of tolerances is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TolerancesError {
    /// What is wrong and how to mend it.
    pub message: String,
    /// Where in the text, in bytes.
    pub span: Range<usize>,
}

/// The rules that take no parameter, as they are written.
const PLAIN_RULES: [(&str, Rule); 13] = [
    ("ignore", Rule::Ignore),
    ("any_order", Rule::AnyOrder),
    ("as_set", Rule::AsSet),
    ("same_instant", Rule::SameInstant),
    ("number_text", Rule::NumberText),
    ("number_as_text", Rule::NumberAsText),
    ("null_is_absent", Rule::NullIsAbsent),
    ("singleton_is_list", Rule::SingletonIsList),
    ("case", Rule::Case),
    ("whitespace", Rule::Whitespace),
    ("same_url", Rule::SameUrl),
    ("nfc", Rule::Nfc),
    ("same_html", Rule::SameHtml),
];

/// The rules that take one, as they are written.
const RULES_WITH_PARAMETERS: &str = "{ within = { abs = 0.01 } }, { one_of = { \"legacy's word\" = [\"new's word\"] } }, { pattern = \"^…$\" }, { same_entity = \"contacts\" }, { when = \"legacy = new\" }";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default)]
    tolerance: Vec<Spanned<ToleranceForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToleranceForm {
    path: Spanned<String>,
    rule: Spanned<toml::Value>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    until: Spanned<toml::Value>,
    share: Option<Spanned<f64>>,
    #[serde(default)]
    operations: Vec<String>,
    #[serde(default)]
    integrations: Vec<String>,
    #[serde(default)]
    accounts: Vec<String>,
}

/// Reads a file of `[[tolerance]]` tables.
pub fn parse_tolerances(text: &str) -> Result<Vec<Tolerance>, TolerancesError> {
    let form: FileForm = toml::from_str(text).map_err(|error| TolerancesError {
        message: error.message().to_owned(),
        span: error.span().unwrap_or(0..0),
    })?;
    form.tolerance.into_iter().map(read).collect()
}

fn read(form: Spanned<ToleranceForm>) -> Result<Tolerance, TolerancesError> {
    let span = form.span();
    let form = form.into_inner();
    let fail = |message: String, span: Range<usize>| TolerancesError { message, span };
    let path = Path::parse(form.path.get_ref()).map_err(|error| fail(error.to_string(), form.path.span()))?;
    for (name, value) in [("reason", &form.reason), ("owner", &form.owner)] {
        if value.get_ref().trim().is_empty() {
            return Err(fail(format!("`{name}` is empty: say it, people will ask"), value.span()));
        }
    }
    let until = match form.until.get_ref() {
        toml::Value::Datetime(Datetime { date: Some(date), time: None, .. }) => {
            Day { year: date.year, month: date.month, day: date.day }
        }
        _ => return Err(fail("`until` is a date without quotes, e.g. 2027-03-31".into(), form.until.span())),
    };
    if let Some(share) = form.share.as_ref().filter(|share| !(0.0..=1.0).contains(share.get_ref())) {
        return Err(fail("`share` is a number from 0 to 1, e.g. 0.2".into(), share.span()));
    }
    let rule = read_rule(form.rule.get_ref()).map_err(|message| fail(message, form.rule.span()))?;
    let globs = |names: Vec<String>| names.into_iter().map(Glob).collect();
    Ok(Tolerance {
        path_text: form.path.into_inner(),
        path,
        rule,
        reason: form.reason.into_inner(),
        owner: form.owner.into_inner(),
        until,
        share: form.share.map(Spanned::into_inner),
        operations: globs(form.operations),
        integrations: globs(form.integrations),
        accounts: globs(form.accounts),
        span,
    })
}

fn read_rule(value: &toml::Value) -> Result<Rule, String> {
    match value {
        toml::Value::String(word) => PLAIN_RULES
            .iter()
            .find(|(name, _)| name == word)
            .map(|(_, rule)| rule.clone())
            .ok_or_else(|| unknown_rule(word)),
        toml::Value::Table(table) => match table.iter().collect::<Vec<_>>()[..] {
            [(name, parameter)] => read_rule_with_parameter(name, parameter),
            _ => Err(format!("a rule's table has exactly one key, e.g. {RULES_WITH_PARAMETERS}")),
        },
        other => Err(format!("`rule` is a word or a table, not {}", other.type_str())),
    }
}

fn unknown_rule(word: &str) -> String {
    let words: Vec<&str> = PLAIN_RULES.iter().map(|(name, _)| *name).collect();
    format!("there is no rule `{word}`: use one of {}, or {RULES_WITH_PARAMETERS}", words.join(", "))
}

fn read_rule_with_parameter(name: &str, parameter: &toml::Value) -> Result<Rule, String> {
    match (name, parameter) {
        ("within", toml::Value::Table(table)) => read_within(table),
        ("one_of", toml::Value::Table(table)) => read_words(table).map(Rule::OneOf),
        ("pattern", toml::Value::String(pattern)) => Regex::new(pattern)
            .map(Rule::Pattern)
            .map_err(|error| format!("`pattern` is no regular expression: {error}")),
        ("same_entity", toml::Value::String(namespace)) if !namespace.trim().is_empty() => {
            Ok(Rule::SameEntity(namespace.clone()))
        }
        ("same_entity", toml::Value::String(_)) => Err("`same_entity` needs the name of a namespace".into()),
        ("when", toml::Value::String(predicate)) => Ok(Rule::When(predicate.clone())),
        ("within" | "one_of" | "pattern" | "same_entity" | "when", other) => Err(format!(
            "`{name}` does not take a {}; write one of {RULES_WITH_PARAMETERS}",
            other.type_str()
        )),
        _ => Err(unknown_rule(name)),
    }
}

fn read_within(table: &toml::Table) -> Result<Rule, String> {
    let bound = |key: &str| match table.get(key) {
        None => Ok(0.0),
        Some(toml::Value::Float(bound)) if bound.is_finite() && *bound >= 0.0 => Ok(*bound),
        Some(toml::Value::Integer(bound)) if *bound >= 0 => Ok(*bound as f64),
        Some(_) => Err(format!("`within.{key}` is a number of at least 0")),
    };
    match table.keys().find(|key| !["abs", "rel"].contains(&key.as_str())) {
        Some(key) => Err(format!("`within` has `abs` and `rel`, not `{key}`")),
        None if table.is_empty() => Err("`within` needs `abs`, `rel` or both".into()),
        None => Ok(Rule::Within { abs: bound("abs")?, rel: bound("rel")? }),
    }
}

fn read_words(table: &toml::Table) -> Result<BTreeMap<String, Vec<String>>, String> {
    let word = |value: &toml::Value| value.as_str().map(str::to_owned);
    let words = |value: &toml::Value| match value {
        toml::Value::Array(items) => items.iter().map(word).collect::<Option<Vec<_>>>(),
        other => word(other).map(|word| vec![word]),
    };
    table
        .iter()
        .map(|(legacy, new)| {
            let new = words(new).ok_or_else(|| format!("`one_of.{legacy}` is a text or a list of texts"))?;
            Ok((legacy.clone(), new))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[tolerance]]
        path = "$.data[*].updated_at"
        rule = "same_instant"
        reason = "legacy writes SQL style"
        owner = "integrations@acme.example"
        until = 2027-03-31
        operations = ["crm.*.list"]
    "#;

    fn check(change: (&str, &str), expected: &str) {
        let text = GOOD.replace(change.0, change.1);
        let shown = match parse_tolerances(&text) {
            Ok(tolerances) => tolerances[0].rule.text(),
            Err(error) => format!("{} at `{}`", error.message, &text[error.span]),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_rule_is_read() {
        check(("", ""), "same_instant");
        for (name, _) in &PLAIN_RULES {
            check(("same_instant", name), name);
        }
        check(("\"same_instant\"", "{ within = { abs = 0.005 } }"), "within abs 0.005 rel 0");
        check(("\"same_instant\"", "{ same_entity = \"contacts\" }"), "same_entity contacts");
        check(("\"same_instant\"", "{ pattern = \"^[0-9]+$\" }"), "pattern ^[0-9]+$");
        check(
            ("\"same_instant\"", "{ one_of = { open = [\"OPEN\", \"1\"], done = \"DONE\" } }"),
            "one_of {\"done\": [\"DONE\"], \"open\": [\"OPEN\", \"1\"]}",
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        check(
            ("same_instant", "same_date"),
            "there is no rule `same_date`: use one of ignore, any_order, as_set, same_instant, number_text, number_as_text, null_is_absent, singleton_is_list, case, whitespace, same_url, nfc, same_html, or { within = { abs = 0.01 } }, { one_of = { \"legacy's word\" = [\"new's word\"] } }, { pattern = \"^…$\" }, { same_entity = \"contacts\" }, { when = \"legacy = new\" } at `\"same_date\"`",
        );
        check(
            ("\"legacy writes SQL style\"", "\" \""),
            "`reason` is empty: say it, people will ask at `\" \"`",
        );
        check(("2027-03-31", "\"soon\""), "`until` is a date without quotes, e.g. 2027-03-31 at `\"soon\"`");
        check(
            ("2027-03-31", "2027-03-31T00:00:00Z"),
            "`until` is a date without quotes, e.g. 2027-03-31 at `2027-03-31T00:00:00Z`",
        );
        check(
            ("$.data[*]", "$.data[*"),
            "in long-hand segment, expected closing ']' at character 9 of the path `$.data[*.updated_at` at `\"$.data[*.updated_at\"`",
        );
        check(
            ("\"same_instant\"", "{ within = { abs = -1 } }"),
            "`within.abs` is a number of at least 0 at `{ within = { abs = -1 } }`",
        );
    }

    #[test]
    fn a_glob_stands_for_any_text() {
        for (glob, name, fits) in [
            ("crm.*", "crm.contacts.list", true),
            ("crm.*.list", "crm.contacts.list", true),
            ("crm.*.list", "crm.contacts.get", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a", "ab", false),
            ("*b*b*", "abb", true),
        ] {
            assert_eq!(Glob(glob.into()).fits(name), fits, "{glob} {name}");
        }
    }
}
