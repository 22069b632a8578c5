//! `junit.xml`: a suite an operation, for the test view of a CI system.
//!
//! A run may have a million pairs, so a case is not a pair but a statement: one passing case says how many pairs are
//! the same or tolerated, one failure each field and kind that differs, one error each undecided reason. No times and
//! no ids of its own, so that equal runs are equal bytes. Text is made visible first; the XML is escaped by its writer.

use crate::findings::{self, Finding, OperationResult, findings, meaning, operations, tolerances};
use crate::mappings::{self, MappingInfo, NOT_CROSS_CHECKED};
use crate::run::{Run, counted, grouped};
use crate::visible::{lines, one_line, short};
use evidence::example::Example;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write as _;
use std::io;

/// Failing fields of one operation that get a case each; CI systems choke on thousands.
pub const FAILURES_MAX: usize = 100;

const TEXT_CHARS_MAX: usize = 300;

/// Writes the file.
pub fn write(mut out: impl io::Write, run: &Run) -> io::Result<()> {
    let mut report = Report::new("cutover");
    let findings = findings(run);
    for result in operations(run) {
        report.add_test_suite(operation_suite(&result, &findings));
    }
    for mapping in
        run.mappings.iter().filter(|mapping| mapping.cases > 0 || not_cross_checked(mapping).is_some())
    {
        report.add_test_suite(mapping_suite(mapping));
    }
    if let Some(suite) = run_suite(run) {
        report.add_test_suite(suite);
    }
    let text = report.to_string().map_err(io::Error::other)?;
    out.write_all(as_schema(&text).as_bytes())
}

/// The schema that CI systems hold such files to (`junit-10.xsd`) counts skipped cases a suite, and not over all.
fn as_schema(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<testsuites") else { return text.to_owned() };
    let (root, after) = rest.split_once('>').unwrap_or((rest, ""));
    let attributes: Vec<&str> =
        root.split(' ').filter(|attribute| !attribute.starts_with("skipped=")).collect();
    format!("{before}<testsuites{}>{after}", attributes.join(" "))
}

/// A mapping that was fuzzed: a suite.
pub struct PropertySuite {
    /// The mapping's file.
    pub name: String,
    /// By property, what fails: a sentence, and what shows it. A property without is a case that passes.
    pub properties: Vec<(String, Vec<(String, String)>)>,
    /// Why some cases could not be judged.
    pub undecided: Option<String>,
}

/// Writes what fuzzing found: a suite a mapping, a case a property that holds, and one each thing that fails.
pub fn write_properties(mut out: impl io::Write, suites: &[PropertySuite]) -> io::Result<()> {
    let mut report = Report::new("cutover fuzz");
    for fuzzed in suites {
        let name = short(&fuzzed.name, TEXT_CHARS_MAX);
        let mut suite = TestSuite::new(name.as_str());
        for (property, failures) in &fuzzed.properties {
            if failures.is_empty() {
                suite.add_test_case(case(&name, property, TestCaseStatus::success()));
            }
            for (message, shown) in failures.iter().take(FAILURES_MAX) {
                let message = short(message, TEXT_CHARS_MAX);
                let called = format!("{property}: {message}");
                suite.add_test_case(case(&name, &called, failure(&message, property, &lines(shown))));
            }
        }
        if let Some(why) = &fuzzed.undecided {
            let why = one_line(why);
            suite.add_test_case(case(&name, "undecided", error("not evaluated", "undecided", &why)));
        }
        report.add_test_suite(suite);
    }
    report.serialize(&mut out).map_err(io::Error::other)
}

fn operation_suite(result: &OperationResult, findings: &[Finding]) -> TestSuite {
    let name = operation_name(result.name);
    let mut suite = TestSuite::new(name.as_str());
    let totals = result.totals();
    let (same, tolerated) = (counted(totals.same, "pair", "pairs"), grouped(totals.tolerated));
    if totals.same + totals.tolerated > 0 {
        let passed = format!("{name}: {same} the same, {tolerated} tolerated");
        suite.add_test_case(case(&name, &passed, TestCaseStatus::success()));
    }
    if totals.pairs == 0 {
        suite.add_test_case(case(&name, &format!("{name}: no pairs"), TestCaseStatus::skipped()));
    }
    let open = findings.iter().filter(|finding| finding.operation == result.name && finding.tally.open() > 0);
    let open: Vec<&Finding> = open.collect();
    for finding in open.iter().take(FAILURES_MAX) {
        suite.add_test_case(failing_field(&name, finding));
    }
    let rest = result.tally.and_then(|tally| tally.fields.rest());
    let left_out: u64 = open.iter().skip(FAILURES_MAX).map(|finding| finding.tally.open()).sum();
    let left_out = left_out + rest.map_or(0, |rest| rest.open());
    if left_out > 0 {
        let message = format!("{} in other fields", counted(left_out, "difference", "differences"));
        suite.add_test_case(case(&name, "other fields", failure(&message, "other", &message)));
    }
    for (code, tally) in result.tally.into_iter().flat_map(|tally| &tally.undecided) {
        let message = format!("{} undecided: {}", counted(tally.pairs, "pair", "pairs"), code.name());
        let mut description = String::new();
        for example in tally.examples.iter() {
            let detail = short(&example.detail, TEXT_CHARS_MAX);
            let _ = writeln!(description, "{}: {detail}", short(&example.pair, TEXT_CHARS_MAX));
        }
        let status = error(&message, code.name(), &description);
        suite.add_test_case(case(&name, &format!("undecided: {}", code.name()), status));
    }
    suite
}

fn failing_field(operation: &str, finding: &Finding) -> TestCase {
    let (field, tally) = (finding.field, finding.tally);
    let message = format!(
        "{} in {}: {}",
        counted(tally.open(), "difference", "differences"),
        counted(tally.pairs_open, "pair", "pairs"),
        meaning(field.kind)
    );
    let mut description = String::new();
    for example in tally.examples.iter().filter(|example| example.tolerance.is_none()) {
        let _ = writeln!(description, "{}", example_line(example));
    }
    let name = format!("{} {}", short(&field.path, TEXT_CHARS_MAX), field.kind.name());
    case(operation, &name, failure(&message, field.kind.name(), &description))
}

fn example_line(example: &Example) -> String {
    let value =
        |text: &Option<String>| text.as_deref().map_or("(absent)".to_owned(), |t| short(t, TEXT_CHARS_MAX));
    let now_at = example
        .new_path
        .as_deref()
        .map_or(String::new(), |path| format!(" (now at {})", short(path, TEXT_CHARS_MAX)));
    format!(
        "{} {}: {} → {}{now_at}",
        short(&example.pair, TEXT_CHARS_MAX),
        short(&example.path, TEXT_CHARS_MAX),
        value(&example.legacy),
        value(&example.new)
    )
}

/// What says that the oracle was absent.
fn not_cross_checked(mapping: &MappingInfo) -> Option<&mappings::Finding> {
    mapping.findings.iter().find(|finding| finding.rule == NOT_CROSS_CHECKED)
}

/// A suite a mapping: one passing case for those that pass, and each failing one.
fn mapping_suite(mapping: &MappingInfo) -> TestSuite {
    let name = short(&mapping.file, TEXT_CHARS_MAX);
    let mut suite = TestSuite::new(name.as_str());
    let passing = mapping.cases - mapping.failures.len() as u64;
    if passing > 0 {
        let passed = counted(passing, "case passes", "cases pass");
        suite.add_test_case(case(&name, &passed, TestCaseStatus::success()));
    }
    for one in mapping.failures.iter().take(FAILURES_MAX) {
        let message = short(&one.message, TEXT_CHARS_MAX);
        let status = failure(&message, "case", &format!("{}: {message}", short(&one.file, TEXT_CHARS_MAX)));
        suite.add_test_case(case(&name, &short(&one.name, TEXT_CHARS_MAX), status));
    }
    if let Some(finding) = not_cross_checked(mapping) {
        let mut status = TestCaseStatus::skipped();
        status.set_message(short(&finding.message, TEXT_CHARS_MAX));
        suite.add_test_case(case(&name, "cross-check by the oracle", status));
    }
    let left_out = mapping.failures.len().saturating_sub(FAILURES_MAX);
    if left_out > 0 {
        let message = format!("{left_out} other cases fail");
        suite.add_test_case(case(&name, "other cases", failure(&message, "case", &message)));
    }
    suite
}

/// What belongs to no operation: expired tolerances, unreadable files, an interruption, no pairs at all.
fn run_suite(run: &Run) -> Option<TestSuite> {
    let mut suite = TestSuite::new("run");
    for known in tolerances(run).iter().filter(|known| known.info.expired) {
        let message = findings::expired_sentence(known);
        suite.add_test_case(case(
            "run",
            &message,
            failure(&message, "expired", &one_line(&known.info.reason)),
        ));
    }
    for problem in &run.problems {
        suite.add_test_case(case(
            "run",
            &short(problem, TEXT_CHARS_MAX),
            error("not read", "problem", &one_line(problem)),
        ));
    }
    if let Some(done) = &run.interrupted {
        suite.add_test_case(case("run", "interrupted", error("interrupted", "interrupted", &one_line(done))));
    }
    if run.tally.totals.pairs == 0 {
        suite.add_test_case(case("run", "no pairs", error("there was nothing to judge", "empty", "")));
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

fn operation_name(name: &str) -> String {
    if name.is_empty() { "(unknown operation)".to_owned() } else { short(name, TEXT_CHARS_MAX) }
}

fn case(operation: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(operation);
    case
}

fn failure(message: &str, class: &str, description: &str) -> TestCaseStatus {
    objection(NonSuccessKind::Failure, message, class, description)
}

fn error(message: &str, class: &str, description: &str) -> TestCaseStatus {
    objection(NonSuccessKind::Error, message, class, description)
}

fn objection(kind: NonSuccessKind, message: &str, class: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message).set_type(class).set_description(description);
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Shape};

    fn check(shapes: &[Shape], expected: &str) {
        let tally = fixture::tally(&fixture::judgements(shapes));
        let mut out = Vec::new();
        write(&mut out, &fixture::run(&tally)).expect("memory does not fail");
        assert_eq!(String::from_utf8(out).expect("the XML is UTF-8"), expected);
    }

    #[test]
    fn a_run_without_pairs_is_an_error() {
        check(
            &[],
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cutover" tests="2" failures="0" errors="1">
    <testsuite name="crm.contacts.list" tests="1" skipped="1" errors="0" failures="0">
        <testcase name="crm.contacts.list: no pairs" classname="crm.contacts.list">
            <skipped/>
        </testcase>
    </testsuite>
    <testsuite name="run" tests="1" skipped="0" errors="1" failures="0">
        <testcase name="no pairs" classname="run">
            <error message="there was nothing to judge" type="empty"></error>
        </testcase>
    </testsuite>
</testsuites>
"#,
        );
    }

    #[test]
    fn a_suite_has_a_case_for_what_passed_what_differs_and_what_is_undecided() {
        check(
            &[Shape::Same, Shape::Tolerated, Shape::Different, Shape::Undecided],
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cutover" tests="3" failures="1" errors="1">
    <testsuite name="crm.contacts.list" tests="3" skipped="0" errors="1" failures="1">
        <testcase name="crm.contacts.list: 1 pair the same, 1 tolerated" classname="crm.contacts.list"/>
        <testcase name="$.data[*].email value" classname="crm.contacts.list">
            <failure message="1 difference in 1 pair: Both have it, with different values." type="value">crm.contacts.list/acme-0002 $.data[3].email: &quot;zoe@acme.example&quot; → &quot;zoë@acme.example&quot;
</failure>
        </testcase>
        <testcase name="undecided: failed" classname="crm.contacts.list">
            <error message="1 pair undecided: failed" type="failed">crm.contacts.list/acme-0003: new: no answer in 10 s
</error>
        </testcase>
    </testsuite>
</testsuites>
"#,
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        check(
            &[Shape::Hostile],
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cutover" tests="2" failures="1" errors="0">
    <testsuite name="crm.contacts.list" tests="1" skipped="1" errors="0" failures="0">
        <testcase name="crm.contacts.list: no pairs" classname="crm.contacts.list">
            <skipped/>
        </testcase>
    </testsuite>
    <testsuite name="=&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h" tests="1" skipped="0" errors="0" failures="1">
        <testcase name="$.data[*].=&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h value" classname="=&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h">
            <failure message="1 difference in 1 pair: Both have it, with different values." type="value">=&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h0 $.data[3].=&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h: =&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h → &quot;x&quot; (now at =&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos; onload=x |`*_\u{1b}[31m\u{202e}]]&gt;&amp;amp;{{x}}\n## h)
</failure>
        </testcase>
    </testsuite>
</testsuites>
"#,
        );
    }
}
