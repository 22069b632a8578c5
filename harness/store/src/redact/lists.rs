//! The user's and the profile's own lists: fields that are personal, fields that are not, and words.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{self, Class, Kind, Name};
use super::words::{canonical, words};

/// What is personal beside what names and looks say, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Field names, or ends of their paths (`owner.code`): all words there are personal.
    fields: BTreeMap<String, Class>,
    /// Words that are personal wherever they stand.
    words: BTreeSet<String>,
}

impl Lists {
    /// Lists as they are written: fields by name or by the end of their path with `.` between the names, compared without
    /// case and punctuation; texts whose words are personal everywhere. What is kept goes before what is personal.
    pub fn new(fields: &[String], keep: &[String], texts: &[String]) -> Lists {
        let path = |text: &String| text.split('.').map(names::plain).collect::<Vec<_>>().join(".");
        let personal = fields.iter().map(|field| (path(field), Class::Personal(Kind::Listed)));
        let kept = keep.iter().map(|field| (path(field), Class::Kept));
        let words = texts.iter().flat_map(|text| {
            words(text).map(|word| canonical(&text[word.span.clone()], word.kind)).collect::<Vec<_>>()
        });
        Lists { fields: personal.chain(kept).collect(), words: words.collect() }
    }

    /// Whether a field of this name may be listed, its case and punctuation left out.
    pub(super) fn may_have(&self, plain: &str) -> bool {
        self.fields.keys().any(|path| path.rsplit('.').next() == Some(plain))
    }

    pub(super) fn words(&self) -> &BTreeSet<String> {
        &self.words
    }

    /// What the field's name says, below the fields of these names.
    pub(super) fn class_of(&self, name: &Name, above: &[&Name]) -> Class {
        if !self.fields.is_empty() {
            let mut path = name.plain.clone();
            let mut found = self.fields.get(&path);
            // A longer end of the path says more.
            for name in above.iter().rev() {
                path = format!("{}.{path}", name.plain);
                found = self.fields.get(&path).or(found);
            }
            if let Some(class) = found {
                return *class;
            }
        }
        name.class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_end_of_a_path_decides_and_what_is_kept_goes_first() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let lists = Lists::new(
            &texts(&["shoe_size", "code", "name"]),
            &texts(&["plan.code", "name"]),
            &texts(&["Acme Corp-7"]),
        );
        let class_of = |name: &str, above: &[&str]| {
            let above: Vec<Name> = above.iter().map(|name| Name::plain(name, &lists)).collect();
            lists.class_of(&Name::plain(name, &lists), &above.iter().collect::<Vec<_>>())
        };
        assert_eq!(class_of("ShoeSize", &[]), Class::Personal(Kind::Listed));
        assert_eq!(class_of("code", &["data", "owner"]), Class::Personal(Kind::Listed));
        assert_eq!(class_of("code", &["data", "Plan"]), Class::Kept);
        assert_eq!(class_of("name", &[]), Class::Kept);
        assert!(lists.may_have("code") && !lists.may_have("plan"));
        assert_eq!(class_of("email", &[]), Class::Personal(Kind::Email));
        assert_eq!(lists.words().iter().collect::<Vec<_>>(), ["7", "acme", "corp"]);
    }
}
