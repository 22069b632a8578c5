//! How alike two fields' names are, over spellings (`createdAt`, `created_at`, `CreatedDate`) and usual synonyms.

/// How alike, from nothing in common to the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Nothing in common.
    #[default]
    None,
    /// A telling word in common.
    Word,
    /// This name ends with the source's, or adds only a word such as `number` to it.
    Part,
    /// The source's name ends with this one.
    Within,
    /// The same words.
    Same,
}

/// Words of one line mean the same in the name of a field.
const SYNONYMS: &[&[&str]] = &[
    &["at", "date", "time", "on", "timestamp", "datetime"],
    &["created", "create", "creation", "inserted"],
    &["updated", "update", "modified", "modify", "changed", "edited"],
    &["deleted", "archived", "removed", "deletion"],
    &["account", "company", "organization", "organisation", "org"],
    &["postal", "zip", "postcode", "zipcode"],
    &["street", "address", "line"],
    &["phone", "telephone", "tel"],
    &["mobile", "cell"],
    &["email", "mail"],
    &["first", "given"],
    &["last", "family", "sur"],
    &["description", "desc", "notes"],
    &["url", "link"],
    &["quantity", "qty"],
    &["total", "sum"],
];

/// Words that tell nothing by themselves.
const GENERIC: &[&str] = &[
    "id", "number", "at", "name", "type", "value", "text", "code", "street", "field", "key", "last", "first",
];

/// Words that a name may have or lack.
const OPTIONAL: &[&str] = &["is", "has", "the", "of", "code", "at"];

/// A field's name as the words in it, each in its usual form.
#[derive(Clone, Debug)]
pub(super) struct Name {
    words: Vec<String>,
    joined: String,
}

impl Name {
    /// Takes a name apart at cases, digits and signs.
    pub(super) fn new(text: &str) -> Name {
        let words: Vec<String> = split(text).iter().map(|word| usual(word)).collect();
        let joined = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Name { words, joined }
    }

    /// How alike a field of the source, with what it lies in, is to this one.
    pub(super) fn likeness(&self, source: &[Name]) -> Likeness {
        let Some(last) = source.last() else { return Likeness::None };
        if self.is(last) || last.is(self) || (source.len() > 1 && self.is(&join(&source[source.len() - 2..])))
        {
            return Likeness::Same;
        }
        if self.ends(last) {
            return Likeness::Within;
        }
        if last.ends(self) || self.adds_only_generic_words(last) || last.adds_only_generic_words(self) {
            return Likeness::Part;
        }
        if self.telling().any(|word| last.words.iter().any(|other| other == word)) {
            return Likeness::Word;
        }
        Likeness::None
    }

    /// Is it the name of an instant, an amount or a flag: of what is seldom copied as it is?
    pub(super) fn is_of_a_converted_value(&self) -> bool {
        let converted = ["at", "amount", "number", "count", "total", "price", "is", "has", "employee"];
        self.words.iter().any(|word| converted.contains(&word.as_str()))
    }

    /// The same words, where one of them may be written as one word.
    fn is(&self, other: &Name) -> bool {
        let strip = |name: &Name| -> Vec<String> {
            let kept: Vec<String> =
                name.words.iter().filter(|word| !OPTIONAL.contains(&word.as_str())).cloned().collect();
            if kept.is_empty() { name.words.clone() } else { kept }
        };
        strip(self) == strip(other) || covers(&other.joined, &self.words)
    }

    /// The other ends with these words, with a telling one among them.
    fn ends(&self, other: &Name) -> bool {
        const LETTERS_MIN: usize = 4;
        let telling = self.telling().next().is_some();
        if telling && other.words.len() > self.words.len() && other.words.ends_with(&self.words) {
            return true;
        }
        self.joined.len() >= LETTERS_MIN
            && (1..other.joined.len()).any(|from| covers(&other.joined[from..], &self.words))
    }

    fn adds_only_generic_words(&self, other: &Name) -> bool {
        other.telling().next().is_some()
            && other.words.iter().all(|word| self.words.contains(word))
            && self.words.iter().all(|word| other.words.contains(word) || GENERIC.contains(&word.as_str()))
    }

    fn telling(&self) -> impl Iterator<Item = &String> {
        self.words.iter().filter(|word| {
            !GENERIC.contains(&word.as_str()) && !OPTIONAL.contains(&word.as_str()) && word.len() > 2
        })
    }
}

fn join(names: &[Name]) -> Name {
    Name {
        words: names.iter().flat_map(|name| name.words.clone()).collect(),
        joined: names.iter().map(|name| name.joined.as_str()).collect(),
    }
}

fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            before = ' ';
            continue;
        }
        let starts = before == ' '
            || (letter.is_uppercase() && !before.is_uppercase())
            || letter.is_numeric() != before.is_numeric();
        match words.last_mut() {
            Some(word) if !starts => word.extend(letter.to_lowercase()),
            _ => words.push(letter.to_lowercase().collect()),
        }
        before = letter;
    }
    words
}

fn usual(word: &str) -> String {
    let is_plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss");
    let singular = match word.strip_suffix("es") {
        Some(stem) if stem.ends_with("ss") || stem.ends_with('x') => stem,
        _ if is_plural && word != "notes" => &word[..word.len() - 1],
        _ => word,
    };
    let line = SYNONYMS.iter().find(|line| line.contains(&singular));
    line.map_or(singular, |line| line[0]).to_owned()
}

/// Is the text made of these words, in this order, in any of their forms?
fn covers(text: &str, words: &[String]) -> bool {
    let Some((word, rest)) = words.split_first() else { return text.is_empty() };
    let line = SYNONYMS.iter().find(|line| line.contains(&word.as_str()));
    let forms = line.map_or(std::slice::from_ref(&word), |_| &[]).iter().map(|word| word.as_str());
    let forms = forms.chain(line.into_iter().flat_map(|line| line.iter().copied()));
    let mut forms = forms.filter_map(|form| text.strip_prefix(form));
    forms.any(|left| covers(left, rest) || left.strip_prefix('s').is_some_and(|left| covers(left, rest)))
        || (OPTIONAL.contains(&word.as_str()) && covers(text, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, source: &str, expected: Likeness) {
        let source: Vec<Name> = source.split('.').map(Name::new).collect();
        assert_eq!(Name::new(target).likeness(&source), expected);
    }

    #[test]
    fn spellings_and_synonyms_are_the_same_name() {
        check("created_at", "createdAt", Likeness::Same);
        check("created_at", "properties.createdate", Likeness::Same);
        check("last_modified_at", "lastmodifieddate", Likeness::Same);
        check("first_name", "firstname", Likeness::Same);
        check("number_of_employees", "numberofemployees", Likeness::Same);
        check("is_deleted", "archived", Likeness::Same);
        check("account_id", "account.id", Likeness::Same);
        check("postal_code", "zip", Likeness::Same);
    }

    #[test]
    fn a_name_within_a_longer_one_is_part_of_it() {
        check("owner_id", "hubspot_owner_id", Likeness::Within);
        check("city", "MailingCity", Likeness::Within);
        check("phone_number", "Phone", Likeness::Part);
        check("updated_at", "hs_lastmodifieddate", Likeness::Within);
        check("last_modified_at", "hs_lastmodifieddate", Likeness::Within);
        check("last_modified_at", "updatedAt", Likeness::Part);
        check("email_address", "email", Likeness::Part);
        check("phone_numbers", "phone", Likeness::Part);
    }

    #[test]
    fn generic_words_alone_are_nothing_in_common() {
        check("id", "owner_id", Likeness::None);
        check("owner_id", "id", Likeness::None);
        check("last_activity_at", "lastname", Likeness::None);
        check("account_id", "company_size", Likeness::Word);
    }
}
