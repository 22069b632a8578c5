//! How much a tolerance looks at the values that it excuses: what is excused unseen may be anything.

use compare::tolerance::Rule;
use mapping::mapping::Mapping;

/// What a rule excuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excuses {
    /// Any value for any other.
    Anything,
    /// Any value of a form for any other: only one of both is looked at, or each for itself.
    AnythingOfAForm,
    /// A value for another that it was held against.
    WhatIsHeldTogether,
}

impl Excuses {
    /// Of a rule. A predicate is believed to hold together what it reads.
    pub fn of(rule: &Rule) -> Excuses {
        match rule {
            Rule::Ignore => Excuses::Anything,
            Rule::Pattern(_) => Excuses::AnythingOfAForm,
            Rule::When(predicate) => of_predicate(predicate),
            Rule::AnyOrder
            | Rule::AsSet
            | Rule::SameInstant
            | Rule::NumberText
            | Rule::NumberAsText
            | Rule::Within { .. }
            | Rule::NullIsAbsent
            | Rule::SingletonIsList
            | Rule::Case
            | Rule::Whitespace
            | Rule::SameUrl
            | Rule::Nfc
            | Rule::SameHtml
            | Rule::SameEntity(_)
            | Rule::OneOf(_) => Excuses::WhatIsHeldTogether,
        }
    }
}

fn of_predicate(predicate: &str) -> Excuses {
    // One that does not compile is refused elsewhere.
    let Ok(predicate) = Mapping::compile(predicate) else { return Excuses::WhatIsHeldTogether };
    match ["legacy", "new"].map(|side| predicate.may_read(side)) {
        [false, false] => Excuses::Anything,
        [true, true] => Excuses::WhatIsHeldTogether,
        [true, false] | [false, true] => Excuses::AnythingOfAForm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(predicates: &[&str], expected: Excuses) {
        for predicate in predicates {
            assert_eq!(Excuses::of(&Rule::When((*predicate).to_owned())), expected, "{predicate}");
        }
    }

    #[test]
    fn a_predicate_that_reads_neither_side_excuses_anything() {
        check(&["true", "1 = 1", "$exists(other)", "\"legacy\" != \"new\""], Excuses::Anything);
        check(&["legacy = null", "$length(new) > 3", "$not($exists(legacy))"], Excuses::AnythingOfAForm);
        check(
            &["legacy < new", "$lowercase(legacy) = $lowercase(new)", "$$.legacy != $.new", "$keys() = []"],
            Excuses::WhatIsHeldTogether,
        );
    }
}
