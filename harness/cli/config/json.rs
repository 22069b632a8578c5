//! TOML values that are handed on as JSON: a request's body, and a mapping's `context`.

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::path::refuses_variables;
use super::request::template;
use super::table::{Problems, text, wrong_type};
use super::template::{MissingVariable, Template, Variables};

/// What the texts in a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// Variables may stand in them.
    Templates,
    /// They are what they are: evidence rests on them.
    Plain,
}

/// Reads a value; its depth is limited by the TOML parser.
pub(super) fn read(value: &Spanned<DeValue<'_>>, texts: Texts, problems: &mut Problems) -> Option<Value> {
    match value.get_ref() {
        DeValue::String(_) => {
            let text = text(value, "a text", problems)?;
            match texts {
                Texts::Templates => template(&text, problems).map(|_| Value::String(text.value)),
                Texts::Plain => {
                    (!refuses_variables(&text, "`context`", problems)).then_some(Value::String(text.value))
                }
            }
        }
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Some(Value::Number(number.into())),
            Err(_) => {
                wrong_type(
                    "a number is too large".to_owned(),
                    "a number of 64 bits, or a text",
                    value,
                    problems,
                );
                None
            }
        },
        DeValue::Float(float) => {
            let number = float.as_str().parse::<f64>().ok().and_then(Number::from_f64);
            if number.is_none() {
                wrong_type("JSON has no such number".to_owned(), "a finite number", value, problems);
            }
            number.map(Value::Number)
        }
        DeValue::Boolean(boolean) => Some(Value::Bool(*boolean)),
        DeValue::Datetime(_) => {
            wrong_type("JSON has no dates".to_owned(), "a text in quotes", value, problems);
            None
        }
        DeValue::Array(items) => {
            let read = items.iter().map(|item| read(item, texts, problems)).collect::<Vec<_>>();
            read.into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
        }
        DeValue::Table(table) => {
            let member = |(key, value): (&Spanned<_>, &Spanned<_>), problems: &mut Problems| {
                read(value, texts, problems)
                    .map(|value| (String::from(std::borrow::Cow::as_ref(key.get_ref())), value))
            };
            let read = table.iter().map(|entry| member(entry, problems)).collect::<Vec<_>>();
            read.into_iter().collect::<Option<Map<_, _>>>().map(Value::Object)
        }
    }
}

/// The value with the variables in its texts replaced.
pub(super) fn resolved(value: &Value, variable: Variables<'_>) -> Result<Value, MissingVariable> {
    Ok(match value {
        // The text was read as a template before; one that is none stands for itself.
        Value::String(text) => match Template::parse(text) {
            Ok(template) => Value::String(template.resolve(variable)?),
            Err(_) => value.clone(),
        },
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| resolved(item, variable)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| Ok((key.clone(), resolved(value, variable)?));
            Value::Object(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// Adds the variables that the texts in a value name.
pub(super) fn variables(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let template = Template::parse(text).ok();
            names.extend(template.iter().flat_map(Template::variables).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| variables(item, names)),
        Value::Object(members) => members.values().for_each(|member| variables(member, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_texts_are_named_and_replaced_at_any_depth() {
        let value = serde_json::json!({"q": ["${A} ${B}", 1, {"x": "$${C}"}]});
        let mut names = Vec::new();
        variables(&value, &mut names);
        assert_eq!(names, ["A", "B"]);
        let replaced = resolved(&value, &|name| Some(name.to_lowercase()));
        assert_eq!(replaced, Ok(serde_json::json!({"q": ["a b", 1, {"x": "${C}"}]})));
        let missing = resolved(&value, &|name| (name == "A").then(String::new));
        assert_eq!(missing, Err(MissingVariable { name: "B".to_owned() }));
    }
}
