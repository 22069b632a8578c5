//! The mapping answers.

use super::{Failure, Property};
use crate::subject::Answer;

pub(super) const ANSWERS: Property = Property {
    name: "answers",
    about: "The mapping answers a value: it does not fail, reach a limit, or answer nothing.",
    is_default: true,
    check: |seen, _, found| match seen.answer {
        Answer::Value(_) | Answer::Undecided(_) => {}
        Answer::Nothing if !seen.campaign.always_answers => {}
        Answer::Nothing => {
            found.push(Failure::new(
                &ANSWERS,
                "nothing".to_owned(),
                "it answers nothing (undefined)".to_owned(),
            ));
        }
        Answer::Failed { code, message, at } => {
            let place = at.map_or(String::new(), |(line, column)| format!(" at {line}:{column}"));
            found.push(Failure::new(
                &ANSWERS,
                format!("{code}{place}"),
                format!("it fails: {message} ({code})"),
            ));
        }
    },
};
