//! Who is to blame for a pair's differences, where the upstream's own answer was recorded beside both sides.

use compare::blame::Witnesses;
use compare::difference::Difference;
use compare::model::{Body, Exchange, Outcome, Pair};
use compare::tape::Tape;

use crate::config::MapFrom;
use crate::plan::Planned;

/// Writes into each difference who is to blame. Without a readable source, or where new is not what was mapped, nobody
/// is asked.
pub fn blame(pair: &Pair, operation: &Planned, differences: &mut [Difference]) {
    if differences.is_empty() || operation.map_from != MapFrom::New {
        return;
    }
    let Some(source) = said(&pair.source) else { return };
    let new = said(&pair.new);
    let (mut source_tape, mut new_tape) = (Tape::new(), Tape::new());
    let Ok(source) = source_tape.parse(&source) else { return };
    let new = new.as_deref().and_then(|text| new_tape.parse(text).ok());
    let sides = [&pair.legacy, &pair.new, &pair.source];
    let asked: Vec<&str> =
        sides.into_iter().flatten().filter_map(|exchange| exchange.started_at.as_deref()).collect();
    let witnesses = Witnesses::new(Some(source), new, &asked);
    for difference in differences {
        difference.blame = Some(witnesses.blame(difference));
    }
}

/// All that was answered, page after page, as one JSON list; `None` where a page failed or is no JSON.
fn said(exchanges: &[Exchange]) -> Option<String> {
    let pages = exchanges.iter().map(|exchange| match &exchange.outcome {
        Outcome::Response(response) if (200..300).contains(&response.status) => match &response.body {
            Body::Json(text) => Some(text.as_str()),
            Body::Absent | Body::Text(_) | Body::Base64(_) => None,
        },
        Outcome::Response(_) | Outcome::Failure(_) => None,
    });
    let pages = pages.collect::<Option<Vec<&str>>>().filter(|pages| !pages.is_empty())?;
    Some(format!("[{}]", pages.join(",")))
}
