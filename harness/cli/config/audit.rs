//! What an audit of the rules may miss: each permission with its reason, its owner and its end.

use compare::tolerance::{Day, Glob};
use evidence::audit::Defect;
use toml::de::DeValue;

use super::table::{Problems, Table, Text, list, wrong_type};

/// A permission to miss a defect.
#[derive(Clone, Debug)]
pub struct AuditWaiver {
    /// Of these operations; `*` stands for any text.
    pub operation: Glob,
    /// At these consumed fields, as the configuration writes them; likewise.
    pub field: Glob,
    /// These defects; empty: all.
    pub defects: Vec<Defect>,
    /// Why that is right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Day,
    /// Where it stands, in bytes.
    pub at: usize,
}

/// More than one a field of a large migration is no list of exceptions any more.
pub const AUDIT_WAIVERS_MAX: usize = 1_000;

pub(super) fn read_audit(mut table: Table<'_, '_>, problems: &mut Problems) -> Vec<AuditWaiver> {
    let what = format!("`waivers` in {}", table.what());
    let mut waivers = Vec::new();
    if let Some(value) = table.value("waivers") {
        match value.get_ref() {
            DeValue::Array(items) if items.len() > AUDIT_WAIVERS_MAX => {
                let message = format!("there are more than {AUDIT_WAIVERS_MAX} {what}");
                problems.error(message, table.key_span("waivers"), "", "`*` in a field stands for any text");
            }
            DeValue::Array(items) => {
                for item in items.iter() {
                    match item.get_ref() {
                        DeValue::Table(entries) => {
                            let entry = Table::new(format!("an entry of {what}"), entries, item.span());
                            waivers.extend(read_waiver(entry, problems));
                        }
                        _ => wrong_type(
                            format!("an entry of {what} is not a table"),
                            "a table",
                            item,
                            problems,
                        ),
                    }
                }
            }
            _ => wrong_type(format!("{what} is not a list"), "[[audit.waivers]]", value, problems),
        }
    }
    table.finish(problems);
    waivers
}

fn read_waiver(mut table: Table<'_, '_>, problems: &mut Problems) -> Option<AuditWaiver> {
    let at = table.span().start;
    let operation = table.required_text("operation", problems);
    let field = table.text("field", problems).map_or("*".to_owned(), |text| text.value);
    let defects = table.texts("defects", problems);
    let defects = defects.into_iter().filter_map(|text| defect(&text, problems)).collect();
    let reason = table.required_text("reason", problems).and_then(|text| said(text, problems));
    let owner = table.required_text("owner", problems).and_then(|text| said(text, problems));
    let until = until(&mut table, problems);
    table.finish(problems);
    Some(AuditWaiver {
        operation: Glob(operation?.value),
        field: Glob(field),
        defects,
        reason: reason?,
        owner: owner?,
        until: until?,
        at,
    })
}

fn defect(text: &Text, problems: &mut Problems) -> Option<Defect> {
    let defect = Defect::of(&text.value);
    if defect.is_none() {
        let help = format!("the defects are {}", list(Defect::ALL.iter().map(|(_, name)| *name)));
        problems.error(
            format!("there is no defect `{}`", text.value),
            text.span.clone(),
            "not a defect",
            &help,
        );
    }
    defect
}

fn said(text: Text, problems: &mut Problems) -> Option<String> {
    if text.value.trim().is_empty() {
        problems.error("a waiver says nothing here", text.span, "say it, people will ask", "");
        return None;
    }
    Some(text.value)
}

fn until(table: &mut Table<'_, '_>, problems: &mut Problems) -> Option<Day> {
    let Some(value) = table.value("until") else {
        let message = format!("{} has no `until`", table.what());
        problems.error(message, table.span(), "expected here", "add until = 2027-01-31: a waiver ends");
        return None;
    };
    let date = match value.get_ref() {
        DeValue::Datetime(moment) if moment.time.is_none() => moment.date,
        _ => None,
    };
    if date.is_none() {
        problems.error("`until` is no day", value.span(), "expected a day such as 2027-01-31", "");
    }
    date.map(|date| Day { year: date.year, month: date.month, day: date.day })
}
