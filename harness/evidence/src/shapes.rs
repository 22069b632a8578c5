//! Which shapes recorded answers have: the types at each path, null, absence, how long lists are, the values of enumerations.
//!
//! In two passes, because that a field may be absent, or has few values, shows only when all pairs were looked at:
//! [`Shapes`] gathers, in parts that merge to the same in any order, and [`Outline`] then says of one pair which cells it
//! shows. Bodies of different statuses are apart: an error has another shape. Memory depends on the paths, not on the pairs.

mod node;
mod outline;

use std::collections::BTreeMap;

use compare::model::{Body, Exchange, Outcome, Pair, PairKind};
use compare::tape::Tape;

use node::Node;
pub use outline::{FACTS_MAX, Facts, Outline, Sheet, Shown};

/// Paths of all operations together, each of some 200 bytes: real APIs have some hundreds an operation.
pub const PATHS_MAX: usize = 500_000;

/// An object with more keys than this, over all pairs, is a map: what lies below its keys is looked at as one.
pub const KEYS_MAX: usize = 500;

/// A field with more values than this is no enumeration.
pub const VALUES_MAX: usize = 20;

/// Longer texts are no words of an enumeration.
pub const VALUE_BYTES_MAX: usize = 40;

/// Of an enumeration each value comes in so many pairs on average: three names in three pairs are none.
pub const PAIRS_OF_VALUE_MIN: u64 = 5;

/// Whose answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Legacy's.
    Legacy,
    /// New's.
    New,
    /// The upstream's own.
    Source,
}

impl Whose {
    /// The word that recordings use.
    pub fn name(self) -> &'static str {
        match self {
            Whose::Legacy => "legacy",
            Whose::New => "new",
            Whose::Source => "source",
        }
    }
}

/// Where bodies of one shape come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    operation: String,
    whose: Whose,
    /// `None` for what a webhook delivered.
    status: Option<u16>,
}

/// There are more paths than can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recorded bodies have more than {PATHS_MAX} paths together: name operations, fewer at a time")]
pub struct TooManyPaths;

/// What all pairs show, as far as they were looked at.
#[derive(Debug, Default)]
pub struct Shapes {
    places: BTreeMap<Place, Node>,
    pairs: u64,
    paths: usize,
}

impl Shapes {
    /// Looks at the bodies of a pair. A body that is no JSON has no shape.
    pub fn look(&mut self, pair: &Pair, tape: &mut Tape) -> Result<(), TooManyPaths> {
        self.pairs += 1;
        for (place, text) in bodies(pair) {
            let Ok(body) = tape.parse(text) else { continue };
            let root = self.places.entry(place).or_insert_with(|| {
                self.paths += 1;
                Node::default()
            });
            root.look(body.root(), self.pairs, &mut self.paths);
            if self.paths > PATHS_MAX {
                // Where objects turned out to be maps, their paths fell together.
                self.paths = self.places.values().map(Node::paths).sum();
            }
            if self.paths > PATHS_MAX {
                return Err(TooManyPaths);
            }
        }
        Ok(())
    }

    /// Adds what others looked at.
    pub fn merge(&mut self, other: Shapes) -> Result<(), TooManyPaths> {
        for (place, node) in other.places {
            self.places.entry(place).or_default().merge(node);
        }
        self.pairs += other.pairs;
        self.paths = self.places.values().map(Node::paths).sum();
        if self.paths > PATHS_MAX { Err(TooManyPaths) } else { Ok(()) }
    }
}

/// The JSON bodies of a pair; a list's pages are of one place.
fn bodies(pair: &Pair) -> impl Iterator<Item = (Place, &str)> {
    let sides = [(Whose::Legacy, &pair.legacy), (Whose::New, &pair.new), (Whose::Source, &pair.source)];
    let exchanges =
        sides.into_iter().flat_map(|(whose, exchanges)| exchanges.iter().map(move |one| (whose, one)));
    exchanges.filter_map(move |(whose, exchange)| {
        let (status, body) = answer(pair.kind, exchange)?;
        let Body::Json(text) = body else { return None };
        Some((Place { operation: pair.operation.clone(), whose, status }, text.as_str()))
    })
}

/// What was received: a response, or what a webhook delivered.
fn answer(kind: PairKind, exchange: &Exchange) -> Option<(Option<u16>, &Body)> {
    match (kind, &exchange.outcome) {
        (PairKind::Event, _) => Some((None, &exchange.request.as_ref()?.body)),
        (PairKind::Request | PairKind::Collection | PairKind::Synthetic, Outcome::Response(response)) => {
            Some((Some(response.status), &response.body))
        }
        (PairKind::Request | PairKind::Collection | PairKind::Synthetic, Outcome::Failure(_)) => None,
    }
}

#[cfg(test)]
mod tests;
