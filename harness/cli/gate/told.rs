//! A decision as people read it: what fails first, then what is missing, then what holds.

use std::io::{self, Write};

use evidence::bundle::Bundle;
use evidence::gate::reading::{Answer, Reading};
use report::visible::one_line;

use crate::options::{Look, Paint};

/// More readings of one condition are counted: the bundle has them all.
const READINGS_SHOWN_MAX: usize = 8;

/// Writes the decision.
pub fn write(out: &mut dyn Write, bundle: &Bundle, file: &str, look: Look) -> io::Result<()> {
    let decision = &bundle.decision;
    let gate = decision.gate.text();
    let verdict = match decision.answer {
        Answer::Pass => format!("{}: {}.", painted("pass", Answer::Pass, look), decision.gate.permits()),
        answer @ (Answer::Fail | Answer::Inconclusive) => {
            let count = decision.readings.iter().filter(|reading| reading.answer() == answer).count();
            let what = match (answer, count) {
                (Answer::Fail, 1) => "1 condition does not hold".to_owned(),
                (Answer::Fail, count) => format!("{count} conditions do not hold"),
                (_, 1) => "1 thing is missing".to_owned(),
                (_, count) => format!("{count} things are missing"),
            };
            format!("{}: {what}.", painted(answer.name(), answer, look))
        }
    };
    writeln!(out, "{gate}: {verdict}")?;
    for answer in [Answer::Fail, Answer::Inconclusive] {
        section(out, bundle, answer, look)?;
    }
    let waived = decision.readings.iter().filter(|reading| reading.waived.is_some()).collect::<Vec<_>>();
    if !waived.is_empty() {
        writeln!(out, "\nWaived")?;
        for reading in waived {
            line(out, reading)?;
            if let Some(waiver) = &reading.waived {
                writeln!(
                    out,
                    "    waived until {} by {}: {}",
                    waiver.until,
                    waiver.owner,
                    one_line(&waiver.reason)
                )?;
            }
        }
    }
    let holds = |reading: &&Reading| reading.way.answer == Answer::Pass;
    if decision.readings.iter().any(|reading| holds(&reading)) {
        writeln!(out, "\n{}", painted("Pass", Answer::Pass, look))?;
        for reading in decision.readings.iter().filter(holds) {
            line(out, reading)?;
        }
    }
    writeln!(out, "\nBundle: {file} (holds until {})", bundle.expires)?;
    writeln!(out, "Decided as of {}.", bundle.as_of)
}

fn section(out: &mut dyn Write, bundle: &Bundle, answer: Answer, look: Look) -> io::Result<()> {
    let readings = || bundle.decision.readings.iter().filter(|reading| reading.answer() == answer);
    if readings().next().is_none() {
        return Ok(());
    }
    let title = if answer == Answer::Fail { "Fail" } else { "Inconclusive" };
    writeln!(out, "\n{}", painted(title, answer, look))?;
    let mut shown: Option<(&str, usize)> = None;
    for reading in readings() {
        let condition = reading.condition.as_str();
        let count = shown.filter(|(name, _)| *name == condition).map_or(1, |(_, count)| count + 1);
        shown = Some((condition, count));
        if count <= READINGS_SHOWN_MAX {
            line(out, reading)?;
            if let Some(settles) = &reading.settles {
                writeln!(out, "    to settle it: {}", one_line(settles))?;
            }
        }
        let all = readings().filter(|other| other.condition == condition).count();
        if count == all && all > READINGS_SHOWN_MAX {
            writeln!(out, "  {condition}: {} more, all in the bundle", all - READINGS_SHOWN_MAX)?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, reading: &Reading) -> io::Result<()> {
    let about =
        if reading.about.is_empty() { String::new() } else { format!(" {}", one_line(&reading.about)) };
    writeln!(out, "  {}{about}: {}", reading.condition, one_line(&reading.says))
}

fn painted(word: &str, answer: Answer, look: Look) -> String {
    let colour = match answer {
        Answer::Pass => 32,
        Answer::Inconclusive => 33,
        Answer::Fail => 31,
    };
    match look.paint {
        Paint::Colored => format!("\u{1b}[{colour}m{word}\u{1b}[0m"),
        Paint::Plain => word.to_owned(),
    }
}
