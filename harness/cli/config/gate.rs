//! What a gate demands of the evidence.

use toml::Spanned;
use toml::de::DeValue;

use super::nearest::nearest;
use super::table::{Problems, Table, Text, list};

/// The gates of a migration, in the order in which they are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateName {
    /// A mapping may be merged.
    MappingChange,
    /// Tokens may be handed over.
    TokenImport,
    /// Writes may go to the new side.
    WriteCutover,
    /// The legacy side may be switched off.
    Deprecation,
}

impl GateName {
    /// Every gate with its name.
    pub const ALL: [(GateName, &'static str); 4] = [
        (GateName::MappingChange, "mapping-change"),
        (GateName::TokenImport, "token-import"),
        (GateName::WriteCutover, "write-cutover"),
        (GateName::Deprecation, "deprecation"),
    ];
}

/// A gate's demands; what is `None` was not said, and the gate's own default holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Which gate.
    pub name: GateName,
    /// How sure the bound must be, between 0 and 1.
    pub confidence: Option<f64>,
    /// The largest share of pairs that may differ.
    pub max_difference_rate: Option<f64>,
    /// The largest share of pairs that may be undecided.
    pub max_undecided_rate: Option<f64>,
    /// Older evidence does not count.
    pub evidence_max_age: Option<Age>,
}

/// How old something may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    /// In seconds.
    pub seconds: u64,
}

/// Evidence of a century ago proves nothing; the bound keeps sums of ages and times from overflowing.
pub const AGE_DAYS_MAX: u64 = 36_500;

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

pub(super) fn read_gates(table: &Table<'_, '_>, problems: &mut Problems) -> Vec<Gate> {
    let gates =
        table.entries().filter_map(|(key, value)| read_gate(&key, value, problems)).collect::<Vec<_>>();
    let mut gates = gates;
    gates.sort_by_key(|gate| gate.name);
    gates
}

fn read_gate(key: &Text, value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Gate> {
    let names = || GateName::ALL.iter().map(|(_, name)| *name);
    let Some((name, _)) = GateName::ALL.iter().find(|(_, name)| *name == key.value) else {
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
        super::table::wrong_type(format!("{what} is not a table"), "a table", value, problems);
        return None;
    };
    let mut table = Table::new(what, entries, value.span());
    let gate = Gate {
        name: *name,
        confidence: table.number("confidence", 0.5, 0.999_999, problems),
        max_difference_rate: table.number("max_difference_rate", 0.0, 1.0, problems),
        max_undecided_rate: table.number("max_undecided_rate", 0.0, 1.0, problems),
        evidence_max_age: table.text("evidence_max_age", problems).and_then(|text| age(&text, problems)),
    };
    table.finish(problems);
    Some(gate)
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
