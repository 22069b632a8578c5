//! What one condition says: pass, fail or inconclusive, with its numbers and what would settle it.

use std::collections::BTreeMap;

/// What a condition, or a gate, comes to. The later one is the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It holds.
    Pass,
    /// Nobody can say.
    Inconclusive,
    /// It does not hold.
    Fail,
}

impl Answer {
    /// The word that files use.
    pub fn name(self) -> &'static str {
        match self {
            Answer::Pass => "pass",
            Answer::Inconclusive => "inconclusive",
            Answer::Fail => "fail",
        }
    }
}

/// One way in which a condition can end: its answer, and a word for why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// What it comes to.
    pub answer: Answer,
    /// Why, as a word that is the condition's own.
    pub why: &'static str,
}

impl Way {
    /// It holds.
    pub const fn pass(why: &'static str) -> Way {
        Way { answer: Answer::Pass, why }
    }

    /// It does not.
    pub const fn fail(why: &'static str) -> Way {
        Way { answer: Answer::Fail, why }
    }

    /// Nobody can say.
    pub const fn inconclusive(why: &'static str) -> Way {
        Way { answer: Answer::Inconclusive, why }
    }
}

/// What one condition says of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The condition's name; one of the project's own has a name of its own.
    pub condition: String,
    /// What it is about: an operation, an account, a tolerance; empty: all of it.
    pub about: String,
    /// How it ended.
    pub way: Way,
    /// Why, in a sentence.
    pub says: String,
    /// What it rests on.
    pub numbers: BTreeMap<&'static str, Number>,
    /// What would settle it, where it is not a pass.
    pub settles: Option<String>,
    /// The waiver that lets it pass all the same.
    pub waived: Option<Waiver>,
}

/// A number that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// How many.
    Count(u64),
    /// A share, a rate or a ratio.
    Rate(f64),
}

/// A written permission to pass without what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The condition's name.
    pub condition: String,
    /// What it is about, as the reading says it; `*` stands for any text.
    pub about: String,
    /// Why that is right.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Its last day, as written.
    pub until: String,
    /// Whether that day has passed.
    pub is_expired: bool,
}

impl Reading {
    /// A reading about all of it, without numbers.
    pub fn new(way: Way, says: impl Into<String>) -> Reading {
        Reading {
            condition: String::new(),
            about: String::new(),
            way,
            says: says.into(),
            numbers: BTreeMap::new(),
            settles: None,
            waived: None,
        }
    }

    /// About one thing.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Reading {
        self.about = about.into();
        self
    }

    /// With a count that it rests on.
    #[must_use]
    pub fn count(mut self, name: &'static str, count: u64) -> Reading {
        self.numbers.insert(name, Number::Count(count));
        self
    }

    /// With a rate that it rests on.
    #[must_use]
    pub fn rate(mut self, name: &'static str, rate: f64) -> Reading {
        self.numbers.insert(name, Number::Rate(rate));
        self
    }

    /// With what would settle it.
    #[must_use]
    pub fn settles(mut self, settles: impl Into<String>) -> Reading {
        self.settles = Some(settles.into());
        self
    }

    /// What it comes to: what is missing may be waived, what was found may not.
    pub fn answer(&self) -> Answer {
        match (self.way.answer, &self.waived) {
            (Answer::Inconclusive, Some(_)) => Answer::Pass,
            (answer, _) => answer,
        }
    }
}
