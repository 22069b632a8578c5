//! Answers look alike: the same members, the same types, lists where there are lists.

use compare::diff::{Comparison, Scope};

use super::{Failure, Property, Seen, Worker};
use crate::mutations::MARK;
use crate::shape::Misfit;
use crate::tree::{Seg, Tree, path_text};

pub(super) const SHAPE: Property = Property {
    name: "shape",
    about: "The answer has the members and types that legacy's answers have, or the schema says.",
    is_default: true,
    check: |seen, worker, found| check(&SHAPE, seen, worker, found),
};

pub(super) const LIST_TYPE: Property = Property {
    name: "list-type",
    about: "What is a list is a list of none, of one and of many: never a bare value, never left out.",
    is_default: true,
    check: |seen, worker, found| check(&LIST_TYPE, seen, worker, found),
};

fn check(property: &Property, seen: &Seen<'_, '_>, worker: &mut Worker<'_>, found: &mut Vec<Failure>) {
    let of_lists = property.name == LIST_TYPE.name;
    if !of_lists && !seen.is_recorded() {
        return;
    }
    for misfit in seen.misfits.iter().filter(|misfit| misfit.is_of_list == of_lists) {
        // A member that was made up may come out under its own name.
        let is_made_up = |seg: &Seg| matches!(seg, Seg::Name(name) if name.contains(MARK));
        if misfit.path.iter().any(is_made_up) || is_tolerated(seen, worker, misfit) {
            continue;
        }
        let actual = seen.root.and_then(|root| at(root, &misfit.path));
        let there = actual.map_or("absent", |value| value.kind().name());
        let field = format!("${} {there}", misfit.field());
        found.push(Failure {
            path: format!("${}", path_text(&misfit.path)),
            actual: actual.map(|value| value.raw().to_owned()),
            ..Failure::new(property, field, format!("it is {there}, and should be {}", misfit.expected))
        });
    }
}

/// A written rule excuses the difference from an answer that would fit.
fn is_tolerated(seen: &Seen<'_, '_>, worker: &mut Worker<'_>, misfit: &Misfit) -> bool {
    let Some(answer) = seen.root.and_then(Tree::part) else { return false };
    misfit.fitting.iter().any(|value| {
        let mut fit = answer.clone();
        fit.put(&misfit.path, Some(value.clone()));
        let mut comparison = Comparison::default();
        let texts = worker.comparer.texts(&fit.json(), &answer.json(), Scope::default(), &mut comparison);
        texts.is_ok() && comparison.total == comparison.excused
    })
}

/// What lies at a path of an answer.
pub(crate) fn at<'a>(root: compare::tape::Value<'a>, path: &[Seg]) -> Option<compare::tape::Value<'a>> {
    path.iter().try_fold(root, |value, seg| match seg {
        Seg::Name(name) => value.get(name),
        Seg::At(index) => value.elements().nth(*index),
        Seg::Each => None,
    })
}
