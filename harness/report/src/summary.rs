//! `summary.md`: the run on one page, for a CI system's step summary or a comment.
//!
//! Recorded text stands in code spans only, whose fence is longer than any run of backticks in it, so nothing in it is
//! Markdown or HTML. What people wrote (reasons, owners, names) is prose with every ASCII punctuation escaped.

use crate::causes::{CauseInfo, State};
use crate::findings::{self, findings, operations, tolerances, uncounted};
use crate::mappings::{Coverage, Unread};
use crate::noise;
use crate::run::{Outcome, Run, counted, grouped};
use crate::visible::short;
use evidence::tally::Totals;
use std::io;

/// Findings in the table; `index.html` has more.
pub const FINDINGS_MAX: usize = 20;

/// Lines of each other list. Step summaries are refused above a megabyte.
pub const LINES_MAX: usize = 50;

const TEXT_CHARS_MAX: usize = 200;

/// Writes the file.
pub fn write(mut out: impl io::Write, run: &Run) -> io::Result<()> {
    let sign = match run.outcome() {
        Outcome::Different | Outcome::CaseFails | Outcome::Expired => "❌",
        Outcome::Undecided | Outcome::Nothing => "⚠️",
        Outcome::Passed => "✅",
    };
    writeln!(out, "## {sign} {}\n", run.sentence())?;
    let head = run.head;
    let (tool, as_of) = (prose(head.tool), prose(head.as_of));
    writeln!(out, "{} · cutover {tool} · as of {as_of}", prose(head.migration))?;
    if let Some(done) = &run.interrupted {
        writeln!(out, "\n**Interrupted:** {}", prose(done))?;
    }
    write_operations(&mut out, run)?;
    write_findings(&mut out, run)?;
    write_causes(&mut out, run)?;
    write_tolerances(&mut out, run)?;
    write_mappings(&mut out, run)?;
    write_undecided(&mut out, run)?;
    write_noise(&mut out, run)?;
    write_suggestions(&mut out, run)?;
    list(&mut out, "Problems", &findings::problems(run))?;
    list(&mut out, "Warnings", &findings::warnings(run))
}

fn write_operations(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    writeln!(out, "\n| Operation | Pairs | Same | Tolerated | Different | Undecided |")?;
    writeln!(out, "|:--|--:|--:|--:|--:|--:|")?;
    let results = operations(run);
    for result in results.iter().take(LINES_MAX) {
        totals_row(out, &code(result.name), &result.totals())?;
    }
    let shown: Vec<Totals> = results.iter().take(LINES_MAX).map(|result| result.totals()).collect();
    let shown: u64 = shown.iter().map(|totals| totals.pairs).sum();
    let all = run.tally.totals;
    if shown < all.pairs {
        writeln!(out, "| … in other operations | {} | | | | |", grouped(all.pairs - shown))?;
    }
    totals_row(out, "**all**", &all)
}

fn totals_row(out: &mut impl io::Write, name: &str, totals: &Totals) -> io::Result<()> {
    let Totals { pairs, same, tolerated, different, undecided } = *totals;
    let [pairs, same, tolerated, different, undecided] =
        [pairs, same, tolerated, different, undecided].map(grouped);
    writeln!(out, "| {name} | {pairs} | {same} | {tolerated} | {different} | {undecided} |")
}

fn write_findings(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let findings = findings(run);
    let open: Vec<_> = findings.iter().filter(|finding| finding.tally.open() > 0).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Findings\n\n| Operation | Field | Kind | Pairs | Differences | Example |")?;
    writeln!(out, "|:--|:--|:--|--:|--:|:--|")?;
    for finding in open.iter().take(FINDINGS_MAX) {
        let (field, tally) = (finding.field, finding.tally);
        let example = tally.examples.first().map_or(String::new(), |example| {
            let now_at =
                example.new_path.as_ref().map_or(String::new(), |path| format!(" (now at {})", code(path)));
            format!("{} → {}{now_at}", value(example.legacy.as_deref()), value(example.new.as_deref()))
        });
        let (pairs, differences) = (grouped(tally.pairs_open), grouped(tally.open()));
        let (operation, path, kind) = (code(finding.operation), code(&field.path), field.kind.name());
        writeln!(out, "| {operation} | {path} | {kind} | {pairs} | {differences} | {example} |")?;
    }
    if open.len() > FINDINGS_MAX {
        writeln!(
            out,
            "\n{} more are in the report.",
            counted((open.len() - FINDINGS_MAX) as u64, "finding", "findings")
        )?;
    }
    match uncounted(run) {
        0 => Ok(()),
        count => {
            writeln!(out, "\n{} not listed by field.", counted(count, "difference is", "differences are"))
        }
    }
}

/// What is not as it was accepted; nothing where no snapshot says anything.
fn write_causes(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let is_compared = |cause: &&CauseInfo| cause.state != State::NotCompared;
    let accepted = run.causes.iter().filter(|cause| cause.state == State::Accepted).count();
    let changed: Vec<_> =
        run.causes.iter().filter(is_compared).filter(|cause| cause.state != State::Accepted).collect();
    if accepted + changed.len() == 0 {
        return Ok(());
    }
    let groups = counted(accepted as u64, "group of differences is", "groups of differences are");
    writeln!(out, "\n### Against what was accepted\n\n{groups} as accepted.")?;
    if changed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| Operation | Field | Kind | Now | Pairs | Made by |\n|:--|:--|:--|:--|--:|:--|")?;
    for cause in changed.iter().take(LINES_MAX) {
        let (operation, field, kind) = (code(&cause.operation), code(&cause.field), cause.kind.name());
        let made_by = cause.made_at.as_ref().map_or(String::new(), |at| code(&at.place()));
        let (state, pairs) = (cause.state.name(), grouped(cause.pairs));
        writeln!(out, "| {operation} | {field} | {kind} | {state} | {pairs} | {made_by} |")?;
    }
    more(out, changed.len(), "groups")
}

fn write_tolerances(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let uses = tolerances(run);
    if uses.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Tolerances\n\n| Path | Rule | Excused | In pairs | Until | Owner | Reason |")?;
    writeln!(out, "|:--|:--|--:|--:|:--|:--|:--|")?;
    for known in uses.iter().take(LINES_MAX) {
        let info = known.info;
        let until =
            if info.expired { format!("**expired** {}", prose(&info.until)) } else { prose(&info.until) };
        let excused =
            if known.unused() { "**nothing**".to_owned() } else { grouped(known.tally.differences) };
        let (path, rule, pairs) = (code(&info.path), code(&info.rule), grouped(known.tally.pairs));
        let (owner, reason) = (prose(&info.owner), prose(&info.reason));
        writeln!(out, "| {path} | {rule} | {excused} | {pairs} | {until} | {owner} | {reason} |")?;
    }
    more(out, uses.len(), "tolerances")
}

fn write_mappings(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    if run.mappings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Mappings\n\n| Mapping | Cases | Failing | Expressions | Branches | Fields never read |"
    )?;
    writeln!(out, "|:--|--:|--:|--:|--:|--:|")?;
    for mapping in run.mappings.iter().take(LINES_MAX) {
        let (file, cases, failing) = (code(&mapping.file), grouped(mapping.cases), mapping.failures.len());
        let (expressions, branches, unread) = match &mapping.coverage {
            Coverage::Unmeasured(_) => ("*not measured*".to_owned(), String::new(), String::new()),
            Coverage::Measured(measured) => (
                format!("{} of {}", measured.covered, measured.expressions),
                format!("{} of {}", measured.branches_covered, measured.branches),
                match &measured.unread {
                    Unread::ReadsWhole => "*reads all*".to_owned(),
                    Unread::Fields { fields, .. } => grouped(fields.len() as u64),
                },
            ),
        };
        writeln!(out, "| {file} | {cases} | {failing} | {expressions} | {branches} | {unread} |")?;
    }
    more(out, run.mappings.len(), "mappings")
}

fn write_undecided(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let mut lines = Vec::new();
    for (operation, tally) in run.tally.operations.iter() {
        for (reason, tally) in &tally.undecided {
            let example = tally
                .examples
                .first()
                .map_or(String::new(), |case| format!("{} {}", code(&case.pair), code(&case.detail)));
            let (operation, pairs) = (code(operation), grouped(tally.pairs));
            lines.push(format!("| {operation} | {} | {pairs} | {example} |", reason.name()));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Undecided\n\n| Operation | Reason | Pairs | Example |\n|:--|:--|--:|:--|")?;
    for line in lines.iter().take(LINES_MAX) {
        writeln!(out, "{line}")?;
    }
    more(out, lines.len(), "reasons")
}

fn write_noise(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let fields = noise::fields(run);
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Noise\n\nOf pairs in which legacy was asked again. What decides is the fourth number.\n"
    )?;
    writeln!(
        out,
        "| Operation | Field | Pairs | Legacy ≠ new | Legacy ≠ legacy | Legacy ≠ new, and = legacy | Diffy would |"
    )?;
    writeln!(out, "|:--|:--|--:|--:|--:|--:|:--|")?;
    for noisy in fields.iter().take(LINES_MAX) {
        let counts = &noisy.counts;
        let (operation, field) = (code(noisy.operation), code(counts.field));
        let [pairs, raw, wavers, certain] =
            [counts.pairs, counts.raw, counts.noise, counts.certain].map(grouped);
        let diffy = if counts.is_flagged_by_diffy { "show it" } else { "not show it" };
        writeln!(out, "| {operation} | {field} | {pairs} | {raw} | {wavers} | {certain} | {diffy} |")?;
    }
    more(out, fields.len(), "fields")
}

fn write_suggestions(out: &mut impl io::Write, run: &Run) -> io::Result<()> {
    let suggestions = noise::suggestions(run);
    if suggestions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Suggestions\n\n| Operation | Field | Suggestion | Evidence |\n|:--|:--|:--|:--|")?;
    for noise::Advised { operation, suggestion } in suggestions.iter().take(LINES_MAX) {
        let (operation, field) = (code(operation), code(&suggestion.field));
        let (advice, evidence) = (code(&noise::advice(suggestion)), prose(&noise::evidence(suggestion)));
        writeln!(out, "| {operation} | {field} | {advice} | {evidence} |")?;
    }
    more(out, suggestions.len(), "suggestions")
}

fn list(out: &mut impl io::Write, title: &str, items: &[String]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### {title}\n")?;
    for item in items.iter().take(LINES_MAX) {
        writeln!(out, "- {}", code(item))?;
    }
    more(out, items.len(), "lines")
}

fn more(out: &mut impl io::Write, count: usize, what: &str) -> io::Result<()> {
    match count.saturating_sub(LINES_MAX) {
        0 => Ok(()),
        left_out => writeln!(out, "\n… and {left_out} more {what}."),
    }
}

fn value(text: Option<&str>) -> String {
    text.map_or("*absent*".to_owned(), code)
}

/// The text as a code span that also survives in a table's cell, where nothing escapes a bar but its absence.
pub(crate) fn code(text: &str) -> String {
    let text = short(text, TEXT_CHARS_MAX).replace('|', "\\u{7c}");
    if text.trim().is_empty() {
        return "(none)".to_owned();
    }
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text with every ASCII punctuation escaped that Markdown or HTML could take for its own.
pub(crate) fn prose(text: &str) -> String {
    let mut escaped = String::new();
    for character in short(text, TEXT_CHARS_MAX).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            ' ' | ',' | ';' | '-' | '\'' | '"' | '/' | '%' | '?' | '=' => escaped.push(character),
            _ if character.is_ascii_punctuation() => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Shape};

    fn check(shapes: &[Shape], expected: &str) {
        let tally = fixture::tally(&fixture::judgements(shapes));
        let mut out = Vec::new();
        write(&mut out, &fixture::run(&tally)).expect("memory does not fail");
        assert_eq!(String::from_utf8(out).expect("the summary is UTF-8"), expected);
    }

    #[test]
    fn a_run_with_every_verdict_fits_a_page() {
        check(
            &[Shape::Same, Shape::Tolerated, Shape::Different, Shape::Undecided],
            r#"## ❌ 1 of 4 pairs differs.

acme\: Apideck to Truto · cutover 0\.1\.0 · as of 2026-11-24

| Operation | Pairs | Same | Tolerated | Different | Undecided |
|:--|--:|--:|--:|--:|--:|
| `crm.contacts.list` | 4 | 1 | 1 | 1 | 1 |
| **all** | 4 | 1 | 1 | 1 | 1 |

### Findings

| Operation | Field | Kind | Pairs | Differences | Example |
|:--|:--|:--|--:|--:|:--|
| `crm.contacts.list` | `$.data[*].email` | value | 1 | 1 | `"zoe@acme.example"` → `"zoë@acme.example"` |

### Tolerances

| Path | Rule | Excused | In pairs | Until | Owner | Reason |
|:--|:--|--:|--:|:--|:--|:--|
| `$.data[*].updated_at` | `same_instant` | 2 | 2 | 2027-03-31 | integrations\@acme\.example | legacy writes SQL style, new RFC 3339 |
| `$.data[*].nickname` | `ignore` | **nothing** | 0 | 2027-03-31 | integrations\@acme\.example | legacy writes SQL style, new RFC 3339 |

### Undecided

| Operation | Reason | Pairs | Example |
|:--|:--|--:|:--|
| `crm.contacts.list` | failed | 1 | `crm.contacts.list/acme-0003` `new: no answer in 10 s` |

### Warnings

- `excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)`
"#,
        );
    }

    #[test]
    fn hostile_text_stays_in_its_code_span() {
        check(
            &[Shape::Hostile],
            r#"## ❌ 1 of 1 pair differs.

acme\: Apideck to Truto · cutover 0\.1\.0 · as of 2026-11-24

| Operation | Pairs | Same | Tolerated | Different | Undecided |
|:--|--:|--:|--:|--:|--:|
| `crm.contacts.list` | 0 | 0 | 0 | 0 | 0 |
| ``=<script>alert(1)</script>"' onload=x \u{7c}`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h`` | 1 | 0 | 0 | 1 | 0 |
| **all** | 1 | 0 | 0 | 1 | 0 |

### Findings

| Operation | Field | Kind | Pairs | Differences | Example |
|:--|:--|:--|--:|--:|:--|
| ``=<script>alert(1)</script>"' onload=x \u{7c}`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h`` | ``$.data[*].=<script>alert(1)</script>"' onload=x \u{7c}`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h`` | value | 1 | 1 | ``=<script>alert(1)</script>"' onload=x \u{7c}`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h`` → `"x"` (now at ``=<script>alert(1)</script>"' onload=x \u{7c}`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h``) |

### Tolerances

| Path | Rule | Excused | In pairs | Until | Owner | Reason |
|:--|:--|--:|--:|:--|:--|:--|
| `$.data[*].updated_at` | `same_instant` | **nothing** | 0 | 2027-03-31 | integrations\@acme\.example | legacy writes SQL style, new RFC 3339 |
| `$.data[*].nickname` | `ignore` | **nothing** | 0 | 2027-03-31 | integrations\@acme\.example | legacy writes SQL style, new RFC 3339 |

### Warnings

- `excused nothing in this run: tolerance same_instant at $.data[*].updated_at (mappings/crm/contacts.tolerances.toml:1)`
- `excused nothing in this run: tolerance ignore at $.data[*].nickname (mappings/crm/contacts.tolerances.toml:8)`
"#,
        );
    }

    #[test]
    fn what_is_not_as_it_was_accepted_is_a_table() {
        let tally = fixture::tally(&fixture::judgements(&[Shape::Same]));
        let mut run = fixture::run(&tally);
        let section = |run: &Run| {
            let mut out = Vec::new();
            write_causes(&mut out, run).expect("memory does not fail");
            String::from_utf8(out).expect("the summary is UTF-8")
        };
        assert_eq!(section(&run), "");
        let accepted = CauseInfo { state: State::Accepted, ..fixture::cause() };
        run.causes = vec![fixture::cause(), accepted];
        assert_eq!(
            section(&run),
            "\n### Against what was accepted\n\n1 group of differences is as accepted.\n\n\
             | Operation | Field | Kind | Now | Pairs | Made by |\n|:--|:--|:--|:--|--:|:--|\n\
             | `crm.contacts.list` | `$.data[*].email` | value | other | 1 | \
             `mappings/crm/contacts.list.response.jsonata:1:5` |\n"
        );
    }

    #[test]
    fn a_renamed_value_names_its_new_place() {
        let tally = fixture::tally(&fixture::judgements(&[Shape::Renamed]));
        let mut out = Vec::new();
        write(&mut out, &fixture::run(&tally)).expect("memory does not fail");
        let summary = String::from_utf8(out).expect("the summary is UTF-8");
        let row = summary.lines().find(|line| line.contains("| renamed |"));
        assert_eq!(
            row,
            Some(
                r#"| `crm.contacts.list` | `$.data[*].phone` | renamed | 1 | 1 | `"+1 555 0100"` → `"+1 555 0100"` (now at `$.data[3].phone_number`) |"#
            )
        );
    }

    #[test]
    fn a_code_span_ends_where_its_text_ends() {
        let spans: Vec<String> =
            ["a", "a|b", "`", "``x`", " a", "", "a\nb", "\\"].into_iter().map(code).collect();
        assert_eq!(
            spans,
            ["`a`", "`a\\u{7c}b`", "`` ` ``", "``` ``x` ```", "`  a `", "(none)", "`a\\nb`", "`\\`"]
        );
    }

    #[test]
    fn prose_has_no_markup() {
        assert_eq!(
            prose("a|b <i> [x](y) *z* https://e.x"),
            "a\\|b &lt;i&gt; \\[x\\]\\(y\\) \\*z\\* https\\://e\\.x"
        );
    }
}
