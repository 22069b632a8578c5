//! Evidence and facts become a decision: every condition of a gate answers, and the gate is the worst of the answers.
//!
//! A condition never leaves a fact out: what no source says is `Inconclusive`, with what would settle it. A waiver lets
//! what is *missing* pass, where the configuration has it with a reason, an owner and an end; what was *found* no waiver excuses.

pub mod name;
pub mod fact;
pub mod mapping_change;
pub mod facts;
pub mod demands;
pub mod reading;
pub mod conditions;
pub mod words;
#[cfg(test)]
mod world;
#[cfg(test)]
mod cases_tests;
#[cfg(test)]
mod simulated_tests;
#[cfg(test)]
mod docs_tests;

use compare::tolerance::Glob;

use crate::tally::Tally;
use demands::Demands;
use facts::Facts;
use name::GateName;
use reading::{Answer, Reading, Waiver, Way};

/// What a gate is decided from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Which gate.
    pub gate: GateName,
    /// What it demands.
    pub demands: &'a Demands,
    /// What the pairs add up to.
    pub tally: &'a Tally,
    /// What else is known.
    pub facts: &'a Facts,
    /// The moment to judge at: seconds since 1970.
    pub as_of: i64,
}

/// One condition: what it demands of a case, and every way in which it can end.
#[derive(Debug)]
pub struct Condition {
    /// Its name, as reports and waivers use it.
    pub name: &'static str,
    /// What it demands, in a sentence.
    pub about: &'static str,
    /// The gates that it belongs to.
    pub gates: &'static [GateName],
    /// Every way in which it can end.
    pub ways: &'static [Way],
    /// Reads a case; at least one reading.
    pub read: fn(&Case<'_>) -> Vec<Reading>,
}

/// What a gate comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Which gate.
    pub gate: GateName,
    /// The worst of the answers.
    pub answer: Answer,
    /// What each condition says, in the order of the conditions.
    pub readings: Vec<Reading>,
}

/// The conditions of a gate, in the order in which they are told.
pub fn conditions_of(gate: GateName) -> impl Iterator<Item = &'static Condition> {
    conditions::ALL.iter().copied().filter(move |condition| condition.gates.contains(&gate))
}

/// A condition that said nothing is not one that passes.
const SILENT: Way = Way::inconclusive("silent");

/// Asks every condition of a gate.
pub fn decide(case: &Case<'_>, waivers: &[Waiver]) -> Decision {
    let mut readings = Vec::new();
    for condition in conditions_of(case.gate) {
        let mut read = (condition.read)(case);
        debug_assert!(!read.is_empty(), "{} says nothing", condition.name);
        debug_assert!(
            read.iter().all(|reading| condition.ways.contains(&reading.way)),
            "{} ends in a way that it does not list: {read:?}",
            condition.name
        );
        if read.is_empty() {
            read.push(Reading::new(SILENT, "it said nothing"));
        }
        for mut reading in read {
            if reading.condition.is_empty() {
                condition.name.clone_into(&mut reading.condition);
            }
            reading.waived = waiver_of(&reading, waivers).cloned();
            readings.push(reading);
        }
    }
    readings.extend(waivers.iter().filter(|waiver| waiver.is_expired).map(conditions::waivers::expired));
    let answer = readings.iter().map(Reading::answer).max().unwrap_or(Answer::Inconclusive);
    Decision { gate: case.gate, answer, readings }
}

/// The waiver of what is missing, if one holds.
fn waiver_of<'w>(reading: &Reading, waivers: &'w [Waiver]) -> Option<&'w Waiver> {
    let fits = |waiver: &&Waiver| {
        !waiver.is_expired
            && waiver.condition == reading.condition
            && Glob(waiver.about.clone()).fits(&reading.about)
    };
    (reading.way.answer == Answer::Inconclusive).then(|| waivers.iter().find(fits)).flatten()
}

impl Decision {
    /// The waivers that let something pass here.
    pub fn waivers_used(&self) -> impl Iterator<Item = &Waiver> {
        self.readings.iter().filter_map(|reading| reading.waived.as_ref())
    }
}
