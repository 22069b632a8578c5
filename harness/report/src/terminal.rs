//! The run as a table and a few lines, for a terminal.
//!
//! Recorded text is made visible first, so no escape sequence of a recording reaches the terminal; the only ones
//! written are the colours of this file.

use crate::findings::{self, Finding, findings, operations, uncounted};
use crate::mappings::{Coverage, failing_cases, share};
use crate::noise::{self, Advised};
use crate::run::{Outcome, Run, counted, grouped};
use crate::visible::short;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, presets};
use evidence::tally::Totals;
use std::io;

/// Findings below the table; the report has more.
pub const FINDINGS_MAX: usize = 10;

/// Lines of each other list.
pub const LINES_MAX: usize = 10;

/// Rows of the table.
pub const OPERATIONS_MAX: usize = 100;

/// Narrower than this no table is readable; the lines wrap then.
const WIDTH_MIN: usize = 60;

/// Whether the terminal shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// It does.
    On,
    /// It does not, or it is no terminal.
    Off,
}

/// What is written to.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    /// Its width in characters.
    pub width: usize,
    /// Whether it shows colours.
    pub colour: Colour,
    /// Where the whole report lies, to be named at the end.
    pub report: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum Ink {
    Red,
    Yellow,
    Green,
    Faint,
    Strong,
}

/// Writes the run.
pub fn write(mut out: impl io::Write, run: &Run, screen: &Screen) -> io::Result<()> {
    let screen = Screen { width: screen.width.max(WIDTH_MIN), ..*screen };
    write_table(&mut out, run, &screen)?;
    write_findings(&mut out, run, &screen)?;
    write_undecided(&mut out, run, &screen)?;
    write_mappings(&mut out, run)?;
    let suggestions = noise::suggestions(run);
    let suggestions = suggestions.iter().map(suggestion_line).collect::<Vec<_>>();
    list(&mut out, &screen, "Suggestions", Ink::Strong, &suggestions)?;
    list(&mut out, &screen, "Problems", Ink::Red, &findings::problems(run))?;
    list(&mut out, &screen, "Warnings", Ink::Yellow, &findings::warnings(run))?;
    let ink = match run.outcome() {
        Outcome::Different | Outcome::CaseFails | Outcome::Expired => Ink::Red,
        Outcome::Undecided | Outcome::Nothing => Ink::Yellow,
        Outcome::Passed => Ink::Green,
    };
    writeln!(out, "\n{}", screen.paint(ink, &run.sentence()))?;
    if let Some(done) = &run.interrupted {
        writeln!(out, "{}", screen.paint(Ink::Yellow, &screen.fit(&format!("Interrupted: {done}"))))?;
    }
    if let Some(path) = screen.report {
        writeln!(out, "Report: {}", short(path, usize::MAX))?;
    }
    Ok(())
}

impl Screen<'_> {
    fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Red => "31",
            Ink::Yellow => "33",
            Ink::Green => "32",
            Ink::Faint => "2",
            Ink::Strong => "1",
        };
        match self.colour {
            Colour::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colour::Off => text.to_owned(),
        }
    }

    /// The text on one line of the screen.
    fn fit(&self, text: &str) -> String {
        short(text, self.width)
    }
}

fn write_table(out: &mut impl io::Write, run: &Run, screen: &Screen) -> io::Result<()> {
    // Five columns of numbers with their borders; the operation's name gets what is left.
    const NUMBERS_WIDTH: usize = 58;
    let name_width = screen.width.saturating_sub(NUMBERS_WIDTH).max(20);
    let mut table = Table::new();
    // No cell wraps, so each row is one line, and a line can be coloured by its row.
    let style = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));
    table.load_style(style).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["Operation", "Pairs", "Same", "Tolerated", "Different", "Undecided"]);
    let mut inks = Vec::new();
    let results = operations(run);
    for result in results.iter().take(OPERATIONS_MAX) {
        let name = short(named(result.name), name_width);
        add_row(&mut table, &mut inks, name, &result.totals());
    }
    if results.len() > OPERATIONS_MAX {
        table.add_row([format!("… {} more", results.len() - OPERATIONS_MAX)]);
        inks.push(None);
    }
    if results.len() != 1 {
        add_row(&mut table, &mut inks, "all".to_owned(), &run.tally.totals);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let header = [None, None];
    for (line, ink) in table.lines().zip(header.into_iter().chain(inks)) {
        match ink {
            Some(ink) => writeln!(out, "{}", screen.paint(ink, line.trim_end()))?,
            None => writeln!(out, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

fn add_row(table: &mut Table, inks: &mut Vec<Option<Ink>>, name: String, totals: &Totals) {
    let Totals { pairs, same, tolerated, different, undecided } = *totals;
    let [pairs, same, tolerated, different, undecided] =
        [pairs, same, tolerated, different, undecided].map(grouped);
    table.add_row([name, pairs, same, tolerated, different, undecided]);
    inks.push(match totals {
        Totals { different: 1.., .. } => Some(Ink::Red),
        Totals { undecided: 1.., .. } => Some(Ink::Yellow),
        Totals { pairs: 0, .. } => Some(Ink::Faint),
        Totals { .. } => None,
    });
}

fn write_findings(out: &mut impl io::Write, run: &Run, screen: &Screen) -> io::Result<()> {
    let findings = findings(run);
    let open: Vec<&Finding> = findings.iter().filter(|finding| finding.tally.open() > 0).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", screen.paint(Ink::Strong, "Findings"))?;
    for finding in open.iter().take(FINDINGS_MAX) {
        let (field, tally) = (finding.field, finding.tally);
        let counts = format!(
            "{}, {} in {}",
            field.kind.name(),
            counted(tally.open(), "difference", "differences"),
            counted(tally.pairs_open, "pair", "pairs")
        );
        let path_width = screen.width.saturating_sub(counts.chars().count() + 4).max(20);
        writeln!(out, "  {}  {counts}", screen.paint(Ink::Red, &short(&field.path, path_width)))?;
        if let Some(example) = tally.examples.first() {
            // A new place may take a third of the line; the values share what is left.
            let now_at = example
                .new_path
                .as_deref()
                .map_or(String::new(), |path| format!(" (now at {})", short(path, screen.width / 3)));
            let value_width =
                (screen.width - "    legacy  →  new ".len()).saturating_sub(now_at.chars().count()) / 2;
            let value = |text: &Option<String>| match text {
                Some(text) => short(text, value_width),
                None => "(absent)".to_owned(),
            };
            writeln!(out, "    {} → {}{now_at}", value(&example.legacy), value(&example.new))?;
            let pair = short(&format!("in {}", example.pair), screen.width - 4);
            writeln!(out, "    {}", screen.paint(Ink::Faint, &pair))?;
        }
    }
    if open.len() > FINDINGS_MAX {
        writeln!(out, "  … and {} more in the report", open.len() - FINDINGS_MAX)?;
    }
    match uncounted(run) {
        0 => Ok(()),
        count => {
            writeln!(out, "  {} not listed by field", counted(count, "difference is", "differences are"))
        }
    }
}

/// A pair that cannot be read names no operation.
fn named(operation: &str) -> &str {
    if operation.is_empty() { "(unknown)" } else { operation }
}

fn write_undecided(out: &mut impl io::Write, run: &Run, screen: &Screen) -> io::Result<()> {
    let mut lines = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        for (code, tally) in &tally.undecided {
            let pairs = counted(tally.pairs, "pair", "pairs");
            let mut line = format!("{} in {pairs} of {}", code.name(), named(operation));
            if let Some(case) = tally.examples.first() {
                line = format!("{line}: {} ({})", case.detail, case.pair);
            }
            lines.push(line);
        }
    }
    list(out, screen, "Undecided", Ink::Yellow, &lines)
}

/// The mappings in two lines: the pages have the parts.
fn write_mappings(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let measured = run.mappings.iter().filter_map(|mapping| match &mapping.coverage {
        Coverage::Measured(measured) => Some(measured),
        Coverage::Unmeasured(_) => None,
    });
    let sums = measured.fold([0; 4], |[covered, expressions, taken, branches], one| {
        [
            covered + one.covered,
            expressions + one.expressions,
            taken + one.branches_covered,
            branches + one.branches,
        ]
    });
    let [covered, expressions, taken, branches] = sums;
    if run.mappings.is_empty() {
        return Ok(());
    }
    let (cases, failing) =
        (run.mappings.iter().map(|mapping| mapping.cases).sum::<u64>(), failing_cases(run));
    let mappings = counted(run.mappings.len() as u64, "mapping", "mappings");
    let cases = counted(cases, "case", "cases");
    write!(
        out,
        "\n{mappings}: {cases}, {}",
        if failing == 0 { "none fails".to_owned() } else { format!("{} failing", grouped(failing)) }
    )?;
    if expressions > 0 {
        let (expressions, branches) = (
            share(covered, expressions, "expression", "expressions"),
            share(taken, branches, "branch", "branches"),
        );
        write!(out, "; {expressions} came to a value, {branches} taken")?;
    }
    writeln!(out, ".")
}

fn suggestion_line(advised: &Advised) -> String {
    let Advised { operation, suggestion } = advised;
    let (advice, evidence) = (noise::advice(suggestion), noise::evidence(suggestion));
    format!("{} in {operation}: {advice}; {evidence}", suggestion.field)
}

fn list(
    out: &mut impl io::Write,
    screen: &Screen,
    title: &str,
    ink: Ink,
    items: &[String],
) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", screen.paint(ink, title))?;
    for item in items.iter().take(LINES_MAX) {
        writeln!(out, "  {}", short(item, screen.width * 2))?;
    }
    match items.len().saturating_sub(LINES_MAX) {
        0 => Ok(()),
        left_out => writeln!(out, "  … and {left_out} more in the report"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Shape};

    fn check(shapes: &[Shape], colour: Colour, expected: &str) {
        let tally = fixture::tally(&fixture::judgements(shapes));
        let mut out = Vec::new();
        let screen = Screen { width: 80, colour, report: Some("reports/check/index.html") };
        write(&mut out, &fixture::run(&tally), &screen).expect("memory does not fail");
        assert_eq!(String::from_utf8(out).expect("the text is UTF-8"), expected);
    }

    #[test]
    fn a_run_with_every_verdict_fits_a_screen() {
        check(
            &[Shape::Same, Shape::Tolerated, Shape::Different, Shape::Undecided],
            Colour::Off,
            r#" Operation           Pairs   Same   Tolerated   Different   Undecided
──────────────────────────────────────────────────────────────────────
 crm.contacts.list       4      1           1           1           1

Findings
  $.data[*].email  value, 1 difference in 1 pair
    "zoe@acme.example" → "zoë@acme.example"
    in crm.contacts.list/acme-0002

Undecided
  failed in 1 pair of crm.contacts.list: new: no answer in 10 s (crm.contacts.list/acme-0003)

Warnings
  excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)

1 of 4 pairs differs.
Report: reports/check/index.html
"#,
        );
    }

    #[test]
    fn a_renamed_value_names_its_new_place_on_its_line() {
        check(
            &[Shape::Renamed, Shape::Tolerated],
            Colour::Off,
            r#" Operation           Pairs   Same   Tolerated   Different   Undecided
──────────────────────────────────────────────────────────────────────
 crm.contacts.list       2      0           1           1           0

Findings
  $.data[*].phone  renamed, 1 difference in 1 pair
    "+1 555 0100" → "+1 555 0100" (now at $.data[3].phone_number)
    in crm.contacts.list/acme-0000

Warnings
  excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)

1 of 2 pairs differs.
Report: reports/check/index.html
"#,
        );
    }

    #[test]
    fn nothing_to_judge_is_said() {
        check(
            &[],
            Colour::Off,
            r#" Operation           Pairs   Same   Tolerated   Different   Undecided
──────────────────────────────────────────────────────────────────────
 crm.contacts.list       0      0           0           0           0

Warnings
  excused nothing in this run: tolerance same_instant at $.data[*].updated_at (mappings/crm/contacts.tolerances.toml:1)
  excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)

There was nothing to judge.
Report: reports/check/index.html
"#,
        );
    }

    #[test]
    fn colours_are_the_only_escape_sequences() {
        check(
            &[Shape::Hostile],
            Colour::On,
            " Operation                Pairs   Same   Tolerated   Different   Undecided\n\
             ───────────────────────────────────────────────────────────────────────────\n\
             \u{1b}[2m crm.contacts.list            0      0           0           0           0\u{1b}[0m\n\
             \u{1b}[31m =<script>alert(1)</sc…       1      0           0           1           0\u{1b}[0m\n\
             \u{1b}[31m all                          1      0           0           1           0\u{1b}[0m\n\
             \n\
             \u{1b}[1mFindings\u{1b}[0m\n\
             \x20 \u{1b}[31m$.data[*].=<script>alert(1)</script>\"' onload=…\u{1b}[0m  value, 1 difference in 1 pair\n\
             \x20   =<script>a… → \"x\" (now at =<script>alert(1)</script…)\n\
             \x20   \u{1b}[2min =<script>alert(1)</script>\"' onload=x |`*_\\u{1b}[31m\\u{202e}]]>&amp;{{x}…\u{1b}[0m\n\
             \n\
             \u{1b}[33mWarnings\u{1b}[0m\n\
             \x20 excused nothing in this run: tolerance same_instant at $.data[*].updated_at (mappings/crm/contacts.tolerances.toml:1)\n\
             \x20 excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)\n\
             \n\
             \u{1b}[31m1 of 1 pair differs.\u{1b}[0m\n\
             Report: reports/check/index.html\n\
             ",
        );
    }
}
