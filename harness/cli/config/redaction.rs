//! What is personal in this migration's recordings, beside what names and looks say, and what is not.

use super::table::{Problems, Table, Text};

/// The `[redaction]` of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactionLists {
    /// Fields whose words are replaced, by name or by the end of their path.
    pub personal: Vec<String>,
    /// Fields that stay as they are.
    pub keep: Vec<String>,
    /// Texts whose words are replaced wherever they stand.
    pub words: Vec<String>,
    /// Texts whose words are never replaced, beside the constants of mappings.
    pub constants: Vec<String>,
}

pub(super) fn read_redaction(mut table: Table<'_, '_>, problems: &mut Problems) -> RedactionLists {
    let [personal, keep, words, constants] =
        ["personal", "keep", "words", "constants"].map(|key| table.texts(key, problems));
    for text in personal.iter().chain(&keep).chain(&words).chain(&constants) {
        if !text.value.chars().any(char::is_alphanumeric) {
            let message = format!("`{}` names nothing", text.value);
            problems.error(message, text.span.clone(), "expected letters or digits", "");
        }
    }
    table.finish(problems);
    let values = |texts: Vec<Text>| texts.into_iter().map(|text| text.value).collect();
    RedactionLists {
        personal: values(personal),
        keep: values(keep),
        words: values(words),
        constants: values(constants),
    }
}
