//! What a gate demands of the evidence, as the configuration says it; what it does not say is the gate's own.

use compare::tolerance::Day;
use evidence::bounds::Look;
use evidence::gate::demands::Demands;
pub use evidence::gate::name::GateName;
use toml::Spanned;
use toml::de::DeValue;

use super::nearest::nearest;
use super::table::{Problems, Table, Text, list, wrong_type};

/// A gate's demands, what may be missing there, and what the project adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Which gate.
    pub name: GateName,
    /// Its demands, with its own defaults.
    pub demands: Demands,
    /// Permissions to pass without what is missing.
    pub waivers: Vec<WaiverEntry>,
    /// What the project demands beside.
    pub conditions: Vec<ConditionEntry>,
    /// For `mapping-change`: the git revision that mappings are changed against.
    pub base: Option<String>,
}

/// A waiver, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverEntry {
    /// The condition's name.
    pub condition: String,
    /// What it is about; `*` stands for any text.
    pub about: String,
    /// Why that is right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Day,
}

/// A condition of the project's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionEntry {
    /// Its name.
    pub name: String,
    /// JSONata over the tally; only `true` passes.
    pub jsonata: String,
    /// What it demands, in a sentence.
    pub says: String,
}

/// How old something may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    /// In seconds.
    pub seconds: u64,
}

/// Evidence of a century ago proves nothing; the bound keeps sums of ages and times from overflowing.
pub const AGE_DAYS_MAX: u64 = 36_500;

/// Waivers of one gate: who waives more than this has no gate.
pub const WAIVERS_MAX: usize = 1_000;

const DAY_SECONDS: u64 = 86_400;

impl Age {
    /// Reads `14d`, `12h`, `30m` or `90s`.
    pub fn parse(text: &str) -> Option<Age> {
        let unit = match text.chars().last()? {
            'd' => DAY_SECONDS,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        let digits = &text[..text.len() - 1];
        let count =
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok())??;
        let seconds = count.checked_mul(unit)?;
        (1..=AGE_DAYS_MAX * DAY_SECONDS).contains(&seconds).then_some(Age { seconds })
    }
}

impl Gate {
    /// A gate of which the configuration says nothing.
    pub fn unsaid(name: GateName) -> Gate {
        Gate { name, demands: Demands::of(name), waivers: Vec::new(), conditions: Vec::new(), base: None }
    }
}

pub(super) fn read_gates(table: &Table<'_, '_>, problems: &mut Problems) -> Vec<Gate> {
    let mut gates =
        table.entries().filter_map(|(key, value)| read_gate(&key, value, problems)).collect::<Vec<_>>();
    gates.sort_by_key(|gate| gate.name);
    gates
}

fn read_gate(key: &Text, value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Gate> {
    let names = || GateName::ALL.iter().map(|(_, name)| *name);
    let Some(name) = GateName::of(&key.value) else {
        let gates = format!("the gates are {}", list(names()));
        let help = match nearest(&key.value, names()) {
            Some(near) => format!("did you mean `{near}`? {gates}"),
            None => gates,
        };
        problems.error(format!("unknown gate `{}`", key.value), key.span.clone(), "not a gate", &help);
        return None;
    };
    let what = format!("gate `{}`", key.value);
    let DeValue::Table(entries) = value.get_ref() else {
        wrong_type(format!("{what} is not a table"), "a table", value, problems);
        return None;
    };
    let mut table = Table::new(what, entries, value.span());
    let mut demands = Demands::of(name);
    numbers(name, &mut table, &mut demands, problems);
    spans(name, &mut table, &mut demands, problems);
    let base = match name {
        GateName::MappingChange => table.text("base", problems).and_then(|text| revision(text, problems)),
        GateName::TokenImport | GateName::WriteCutover | GateName::Deprecation => None,
    };
    let waivers = entries_of(&mut table, "waivers", problems, read_waiver);
    let conditions = entries_of(&mut table, "conditions", problems, read_condition);
    if waivers.len() > WAIVERS_MAX {
        let message = format!("{} has more than {WAIVERS_MAX} waivers", table.what());
        problems.error(message, table.key_span("waivers"), "", "a waiver may have `*` in what it is about");
    }
    table.finish(problems);
    Some(Gate { name, demands, waivers, conditions, base })
}

/// Numbers: only those are keys of a gate that one of its conditions reads.
fn numbers(name: GateName, table: &mut Table<'_, '_>, demands: &mut Demands, problems: &mut Problems) {
    let mut read = |key: &'static str, low: f64, high: f64, into: &mut f64| {
        if let Some(number) = table.number(key, low, high, problems) {
            *into = number;
        }
    };
    let is_rated = matches!(name, GateName::TokenImport | GateName::WriteCutover);
    if is_rated {
        read("confidence", 0.5, 0.999_999, &mut demands.confidence);
        read("max_difference_rate", 0.0, 1.0, &mut demands.max_difference_rate);
        read("max_operation_difference_rate", 0.0, 1.0, &mut demands.max_operation_difference_rate);
    }
    if name != GateName::Deprecation {
        read("max_undecided_rate", 0.0, 1.0, &mut demands.max_undecided_rate);
    }
    if name == GateName::WriteCutover {
        read("max_error_disparity_rate", 0.0, 1.0, &mut demands.max_error_disparity_rate);
        read("max_throttled_rate", 0.0, 1.0, &mut demands.max_throttled_rate);
        read("max_client_error_excess", 0.0, 1.0, &mut demands.max_client_error_excess);
        read("max_latency_ratio", 0.01, 1_000.0, &mut demands.max_latency_ratio);
        read("min_mapping_coverage", 0.0, 1.0, &mut demands.min_mapping_coverage);
    }
    read("max_tolerated_share", 0.0, 1.0, &mut demands.max_tolerated_share);
    let mut count = |key: &'static str, into: &mut u64| {
        if let Some(number) = table.number(key, 1.0, 1e9, problems) {
            if number.fract() == 0.0 {
                *into = number as u64;
            } else {
                let message = format!("`{key}` in {} is not a whole number", table.what());
                problems.error(message, table.key_span(key), "expected a whole number", "");
            }
        }
    };
    if name != GateName::Deprecation {
        count("min_pairs", &mut demands.min_pairs);
    }
    if is_rated {
        count("min_accounts", &mut demands.min_accounts);
    }
}

/// Spans of time, and how the gate is looked at.
fn spans(name: GateName, table: &mut Table<'_, '_>, demands: &mut Demands, problems: &mut Problems) {
    let mut read = |key: &'static str| {
        table.text(key, problems).and_then(|text| age(&text, problems)).map(|age| age.seconds)
    };
    if name != GateName::Deprecation {
        demands.evidence_max_age = read("evidence_max_age").or(demands.evidence_max_age);
    }
    demands.valid_for = read("valid_for").unwrap_or(demands.valid_for);
    match name {
        GateName::Deprecation => demands.window = read("window").unwrap_or(demands.window),
        GateName::TokenImport => {
            demands.deadline_margin = read("deadline_margin").unwrap_or(demands.deadline_margin);
        }
        GateName::MappingChange | GateName::WriteCutover => {}
    }
    if matches!(name, GateName::TokenImport | GateName::WriteCutover)
        && let Some(text) = table.text("look", problems)
    {
        match text.value.as_str() {
            "once" => demands.look = Look::Once,
            "watched" => demands.look = Look::Watched,
            _ => {
                let message = format!("`look` in {} cannot be `{}`", table.what(), text.value);
                let help = "\"watched\" is for who decides again and again while pairs arrive";
                problems.error(message, text.span, "expected \"once\" or \"watched\"", help);
            }
        }
    }
}

/// The tables of a list.
pub(super) fn entries_of<T>(
    table: &mut Table<'_, '_>,
    key: &'static str,
    problems: &mut Problems,
    read: fn(Table<'_, '_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let what = format!("`{key}` in {}", table.what());
    let Some(value) = table.value(key) else { return Vec::new() };
    let DeValue::Array(items) = value.get_ref() else {
        wrong_type(format!("{what} is not a list"), "a list of tables", value, problems);
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items.iter() {
        match item.get_ref() {
            DeValue::Table(entries) => {
                found.extend(read(Table::new(format!("an entry of {what}"), entries, item.span()), problems));
            }
            _ => wrong_type(format!("an entry of {what} is not a table"), "a table", item, problems),
        }
    }
    found
}

fn read_waiver(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<WaiverEntry> {
    let condition = table.required_text("condition", problems).and_then(|text| condition(text, problems));
    let about = table.text("about", problems).map_or("*".to_owned(), |text| text.value);
    let reason = table.required_text("reason", problems).and_then(|text| said(text, "reason", problems));
    let owner = table.required_text("owner", problems).and_then(|text| said(text, "owner", problems));
    let until = match table.value("until") {
        None => {
            let message = format!("{} has no `until`", table.what());
            problems.error(message, table.span(), "expected here", "add until = 2027-01-31: a waiver ends");
            None
        }
        Some(value) => day(value, problems),
    };
    table.finish(problems);
    Some(WaiverEntry { condition: condition?, about, reason: reason?, owner: owner?, until: until? })
}

fn read_condition(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<ConditionEntry> {
    let [name, jsonata, says] = ["name", "jsonata", "says"]
        .map(|key| table.required_text(key, problems).and_then(|text| said(text, key, problems)));
    table.finish(problems);
    Some(ConditionEntry { name: name?, jsonata: jsonata?, says: says? })
}

fn condition(text: Text, problems: &mut Problems) -> Option<String> {
    let names = || evidence::gate::conditions::ALL.iter().map(|condition| condition.name);
    if names().any(|name| name == text.value) {
        return Some(text.value);
    }
    let near = nearest(&text.value, names()).map(|near| format!("did you mean `{near}`?"));
    let help = near.unwrap_or_else(|| format!("the conditions are {}", list(names())));
    problems.error(format!("there is no condition `{}`", text.value), text.span, "not a condition", &help);
    None
}

fn said(text: Text, key: &str, problems: &mut Problems) -> Option<String> {
    if text.value.trim().is_empty() {
        problems.error(format!("`{key}` is empty"), text.span, "say it, people will ask", "");
        return None;
    }
    Some(text.value)
}

fn day(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Day> {
    if let DeValue::Datetime(written) = value.get_ref()
        && let (Some(date), None) = (written.date, written.time)
    {
        return Some(Day { year: date.year, month: date.month, day: date.day });
    }
    let label = "expected a date without quotes, such as 2027-01-31";
    problems.error("`until` is not a day", value.span(), label, "");
    None
}

/// A revision must not be taken for an option of git.
fn revision(text: Text, problems: &mut Problems) -> Option<String> {
    if text.value.is_empty() || text.value.starts_with('-') {
        let message = format!("`{}` is no git revision", text.value);
        problems.error(message, text.span, "expected a branch or a commit", "");
        return None;
    }
    Some(text.value)
}

fn age(text: &Text, problems: &mut Problems) -> Option<Age> {
    let age = Age::parse(&text.value);
    if age.is_none() {
        let message = format!("`{}` is not an age", text.value);
        let help = format!("write a whole number and `d`, `h`, `m` or `s`, up to {AGE_DAYS_MAX} days");
        problems.error(message, text.span.clone(), "expected an age such as \"14d\"", &help);
    }
    age
}
#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(Age::parse(text).map(|age| age.seconds), expected);
    }

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        check("14d", Some(14 * 86_400));
        check("12h", Some(43_200));
        check("90s", Some(90));
        check("36500d", Some(AGE_DAYS_MAX * DAY_SECONDS));
        check("36501d", None);
        check("99999999999999999999d", None);
        check("0d", None);
        check("14", None);
        check("d", None);
        check("-1d", None);
        check("1.5d", None);
        check("14 d", None);
        check("1ä", None);
        check("", None);
    }
}
