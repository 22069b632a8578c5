//! Values in which `${NAME}` stands for a variable of the environment, and the secrets that come out of them.

use std::fmt;

use capture::route::Part as RoutePart;
pub use providers::secret::Secret;

/// A value as written, with its variables still unresolved: the environment is asked where the value is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What was expected.
    pub message: String,
    /// The byte at which the variable begins.
    pub offset: usize,
}

/// A variable that a value needs is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` is not set")]
pub struct MissingVariable {
    /// The variable.
    pub name: String,
}

/// Answers the value of a variable.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Template {
    /// Reads `${NAME}` as a variable and `$${` as `${`; everything else stands for itself.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let offset = text.len() - rest.len() + at;
            let (before, from) = rest.split_at(at);
            if let Some(escaped) = before.strip_suffix('$') {
                literal.push_str(escaped);
                literal.push_str("${");
                rest = &from[2..];
                continue;
            }
            literal.push_str(before);
            let error = |message: &str| TemplateError { message: message.to_owned(), offset };
            let (name, after) = from[2..].split_once('}').ok_or_else(|| {
                error("`${` without `}`: write `${NAME}`, or `$${` for the characters themselves")
            })?;
            if !is_variable(name) {
                return Err(error(
                    "a variable's name is letters, digits and `_`, and does not begin with a digit",
                ));
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Template { parts })
    }

    /// The value, with its variables replaced.
    pub fn resolve(&self, variable: Variables<'_>) -> Result<String, MissingVariable> {
        let text = |part: &Part| match part {
            Part::Literal(text) => Ok(text.clone()),
            Part::Variable(name) => variable(name).ok_or_else(|| MissingVariable { name: name.clone() }),
        };
        self.parts.iter().map(text).collect()
    }

    /// Its parts in their order: texts, and variables as `None`.
    pub fn texts(&self) -> impl Iterator<Item = Option<&str>> {
        self.parts.iter().map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Variable(_) => None,
        })
    }

    /// Its parts in their order, variables with the values that they have.
    pub fn parts(&self, variable: Variables<'_>) -> impl Iterator<Item = RoutePart> {
        self.parts.iter().map(move |part| match part {
            Part::Literal(text) => RoutePart::Text(text.clone()),
            Part::Variable(name) => RoutePart::Variable(variable(name)),
        })
    }

    /// The variables that it names.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }
}

fn is_variable(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic());
    first && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// Shows the variables only: what stands between them may be a token that somebody wrote in clear.
impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Template(")?;
        for part in &self.parts {
            match part {
                Part::Literal(_) => formatter.write_str("…")?,
                Part::Variable(name) => write!(formatter, "${{{name}}}")?,
            }
        }
        formatter.write_str(")")
    }
}

/// A template of which the value is secret: it resolves to nothing but a [`Secret`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretTemplate(Template);

impl SecretTemplate {
    /// Makes the template's value a secret.
    pub fn new(template: Template) -> SecretTemplate {
        SecretTemplate(template)
    }

    /// The secret, with its variables replaced.
    pub fn resolve(&self, variable: Variables<'_>) -> Result<Secret, MissingVariable> {
        self.0.resolve(variable).map(Secret::new)
    }

    /// The variables that it names.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.variables()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "KEY").then(|| "k-1".to_owned())
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let resolved = Template::parse(text)
            .map_err(|error| format!("{error} (at {})", error.offset))
            .and_then(|template| template.resolve(&environment).map_err(|error| error.to_string()));
        assert_eq!(resolved, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn a_variable_is_replaced_where_it_stands() {
        check("${KEY}", Ok("k-1"));
        check("a ${KEY} and ${KEY}.", Ok("a k-1 and k-1."));
        check("", Ok(""));
        check("$KEY $ {KEY}", Ok("$KEY $ {KEY}"));
    }

    #[test]
    fn a_doubled_dollar_stands_for_the_characters_themselves() {
        check("$${KEY}", Ok("${KEY}"));
        check("$${KEY}${KEY}", Ok("${KEY}k-1"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        check("${TRUTO_TOKEN}", Err("the environment variable `TRUTO_TOKEN` is not set"));
    }

    #[test]
    fn a_torn_variable_is_refused_with_its_position() {
        check(
            "a ${KEY",
            Err("`${` without `}`: write `${NAME}`, or `$${` for the characters themselves (at 2)"),
        );
        check(
            "${}",
            Err("a variable's name is letters, digits and `_`, and does not begin with a digit (at 0)"),
        );
        check(
            "x${1A}",
            Err("a variable's name is letters, digits and `_`, and does not begin with a digit (at 1)"),
        );
    }

    #[test]
    fn neither_a_template_nor_a_secret_prints_what_is_secret() {
        let template = Template::parse("sk-live-1${KEY}").expect("it is well formed");
        assert_eq!(format!("{template:?}"), "Template(…${KEY})");
        let secret = SecretTemplate::new(template).resolve(&environment).expect("the variable is set");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "sk-live-1k-1");
    }
}
