//! Texts of a profile in which `{name}` stands for a credential, or for what is known of an account.

use serde::Deserialize;
use serde::de::Error as _;

use crate::secret::Secret;

/// A text with names in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Name(String),
}

impl Pattern {
    /// Reads a text; a brace that encloses no name stands for itself.
    pub fn parse(text: &str) -> Pattern {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let name = rest[open + 1..].split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
            let end = name.map_or(open + 1, |name| open + name.len() + 2);
            literal.push_str(if name.is_some() { &rest[..open] } else { &rest[..end] });
            if let Some(name) = name {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Name(name.to_owned()));
            }
            rest = &rest[end..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Pattern { parts }
    }

    /// The names that it has.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The text with every name replaced; `Err` is the first name that nothing is known for.
    pub fn fill(&self, value: &dyn Fn(&str) -> Option<Secret>) -> Result<Secret, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Name(name) => text.push_str(value(name).ok_or_else(|| name.clone())?.expose()),
            }
        }
        Ok(Secret::new(text))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric())
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains(['\r', '\n']) {
            return Err(D::Error::custom("a header's or a query's value is one line"));
        }
        Ok(Pattern::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_replaced_and_other_braces_are_not() {
        let fill = |text: &str| {
            let known = |name: &str| (name == "token").then(|| Secret::new("t-1".to_owned()));
            Pattern::parse(text).fill(&known).map(|filled| filled.expose().to_owned())
        };
        assert_eq!(fill("Bearer {token}"), Ok("Bearer t-1".to_owned()));
        assert_eq!(fill("{token}{token}"), Ok("t-1t-1".to_owned()));
        assert_eq!(fill("{ no } {}"), Ok("{ no } {}".to_owned()));
        assert_eq!(fill("{app}"), Err("app".to_owned()));
    }
}
