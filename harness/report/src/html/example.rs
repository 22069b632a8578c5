//! One example as the page shows it: the values, and legacy beside new with what changed marked.

use crate::findings::tolerance;
use crate::html::budget::Budget;
use crate::html::page::{List, collect, shown};
use crate::run::{Run, counted};
use crate::side_by_side::{Line, Piece, Row, rows};
use crate::visible::{lines, short};
use compare::blame::Blame;
use evidence::example::Example;

/// All examples of a page together; with the other lists it keeps the page below its limit.
pub const EXAMPLES_BYTES_MAX: usize = 1_000_000;

/// A line is cut here.
const LINE_CHARS_MAX: usize = 600;

/// One example, with both sides beside each other.
pub struct ExampleView {
    pub pair: String,
    pub path: String,
    pub new_path: Option<String>,
    pub legacy: Option<String>,
    pub new: Option<String>,
    pub tolerated_by: Option<String>,
    pub blame: Option<&'static str>,
    pub rows: Vec<RowView>,
}

/// A row of a side-by-side example; a `note` stands across both sides.
pub struct RowView {
    pub class: &'static str,
    pub note: Option<String>,
    pub left: CellView,
    pub right: CellView,
}

/// One side of a row.
#[derive(Default)]
pub struct CellView {
    pub class: &'static str,
    pub number: String,
    pub sign: &'static str,
    pub pieces: Vec<PieceView>,
}

/// A piece of a line.
pub struct PieceView {
    pub text: String,
    pub is_changed: bool,
}

/// As many of the examples as the budget has room for. `operation` is whose tolerances their indices mean.
pub fn example_views<'a>(
    run: &Run,
    operation: &str,
    examples: impl Iterator<Item = &'a Example>,
    budget: &mut Budget,
) -> List<ExampleView> {
    let examples: Vec<&Example> = examples.collect();
    let views = examples.iter().map(|example| {
        let view = example_view(run, operation, example);
        view.fits(budget).then_some(view)
    });
    collect(examples.len(), views, "example", "examples")
}

fn example_view(run: &Run, operation: &str, example: &Example) -> ExampleView {
    let info = example.tolerance.and_then(|index| tolerance(run, operation, index));
    let side = |context: &Option<String>, value: &Option<String>| {
        lines(context.as_deref().or(value.as_deref()).unwrap_or_default())
    };
    let legacy = side(&example.legacy_context, &example.legacy);
    let new = side(&example.new_context, &example.new);
    ExampleView {
        pair: shown(&example.pair),
        path: shown(&example.path),
        new_path: example.new_path.as_deref().map(shown),
        legacy: example.legacy.as_deref().map(shown),
        new: example.new.as_deref().map(shown),
        tolerated_by: info.map(|info| shown(&format!("{} ({}:{})", info.rule, info.file, info.line))),
        blame: example.blame.map(Blame::name),
        rows: rows(&legacy, &new).into_iter().map(row_view).collect(),
    }
}

impl ExampleView {
    fn fits(&self, budget: &mut Budget) -> bool {
        /// The markup around an example, of a row of two cells, and of a piece in them.
        const EXAMPLE_BYTES: usize = 900;
        const DIFF_ROW_BYTES: usize = 260;
        const PIECE_BYTES: usize = 20;
        let mut texts = vec![self.pair.as_str(), &self.path];
        let optional = [&self.new_path, &self.legacy, &self.new, &self.tolerated_by];
        texts.extend(optional.into_iter().flatten().map(String::as_str));
        for row in &self.rows {
            texts.extend(row.left.pieces.iter().chain(&row.right.pieces).map(|piece| piece.text.as_str()));
        }
        let markup = EXAMPLE_BYTES + self.rows.len() * DIFF_ROW_BYTES + texts.len() * PIECE_BYTES;
        budget.take(markup, &texts)
    }
}

fn row_view(row: Row) -> RowView {
    let note = |note: String| RowView {
        class: "fold",
        note: Some(note),
        left: CellView::default(),
        right: CellView::default(),
    };
    match row {
        Row::Folded(count) => note(format!("{} the same", counted(count as u64, "line", "lines"))),
        Row::Cut(count) => note(format!("{} not shown", counted(count as u64, "row", "rows"))),
        Row::Same { left, right, text } => {
            let cell = |number| Line { number, pieces: vec![Piece::Kept(text.clone())] };
            let (left, right) = (cell_view("", "", &cell(left)), cell_view("", "", &cell(right)));
            RowView { class: "kept", note: None, left, right }
        }
        Row::Changed { left, right } => RowView {
            class: "changed",
            note: None,
            left: left.map_or_else(void, |line| cell_view("gone", "−", &line)),
            right: right.map_or_else(void, |line| cell_view("come", "+", &line)),
        },
    }
}

fn void() -> CellView {
    CellView { class: "void", ..CellView::default() }
}

fn cell_view(class: &'static str, sign: &'static str, line: &Line) -> CellView {
    let mut left = LINE_CHARS_MAX;
    let mut pieces = Vec::new();
    for piece in &line.pieces {
        let (text, is_changed) = match piece {
            Piece::Kept(text) => (text, false),
            Piece::Changed(text) => (text, true),
        };
        if left == 0 {
            break;
        }
        let text = short(text, left);
        left = left.saturating_sub(text.chars().count());
        pieces.push(PieceView { text, is_changed });
    }
    CellView { class, number: line.number.to_string(), sign, pieces }
}
