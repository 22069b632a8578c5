//! Facts about the page: nothing in it can run, it stays small over any number of rows, and its colours can be read.

use super::*;
use crate::fixture::{self, HOSTILE, Shape};
use crate::run::Head;
use compare::verdict::Judgement;
use evidence::coverage::{Cell, What};
use evidence::gate::name::GateName;
use evidence::gate::reading::{Answer, Reading, Waiver, Way};

fn page(readiness: &Readiness<'_>) -> String {
    let mut out = Vec::new();
    write_html(&mut out, readiness).expect("memory does not fail");
    String::from_utf8(out).expect("the page is UTF-8")
}

/// A gate of which each of these subjects is missing, fails and is waived.
fn decision(gate: GateName, condition: &str, subjects: &[String]) -> Decision {
    let waiver = Waiver {
        condition: condition.to_owned(),
        about: "*".to_owned(),
        reason: condition.to_owned(),
        owner: condition.to_owned(),
        until: condition.to_owned(),
        is_expired: false,
    };
    let ways = [Way::fail("found"), Way::inconclusive("missing"), Way::inconclusive("waived")];
    let readings = subjects.iter().flat_map(|subject| {
        ways.map(|way| Reading {
            condition: condition.to_owned(),
            waived: (way.why == "waived").then(|| waiver.clone()),
            ..Reading::new(way, subject).about(subject).settles(subject)
        })
    });
    Decision { gate, answer: Answer::Fail, readings: readings.collect() }
}

/// Everything that a project, a provider or a customer names is named so.
fn readiness<'a>(run: &'a Run<'a>, condition: &str, subjects: &[String]) -> Readiness<'a> {
    let gates =
        [GateName::MappingChange, GateName::TokenImport, GateName::WriteCutover, GateName::Deprecation];
    let bundle = |subject: &String| BundleInfo {
        file: subject.clone(),
        gate: subject.clone(),
        answer: subject.clone(),
        as_of: subject.clone(),
        expires: subject.clone(),
        is_expired: true,
        is_signed: false,
        broken: vec![subject.clone()],
    };
    let cell = |subject: &String| Cell {
        operation: subject.clone(),
        what: What::Word(subject.clone(), subject.clone()),
        pairs: 0,
    };
    Readiness {
        run,
        decisions: gates.map(|gate| decision(gate, condition, subjects)).into_iter().collect(),
        accounts: Some(
            subjects.iter().map(|name| Account { name: name.clone(), integration: name.clone() }).collect(),
        ),
        coverage: subjects.iter().map(cell).collect(),
        bundles: subjects.iter().map(bundle).collect(),
        confidence: 0.95,
        max_difference_rate: 0.01,
    }
}

/// Markdown without its code spans, in which nothing is markup.
fn outside_code(text: &str) -> String {
    let mut rest = text;
    let mut found = String::new();
    let opens =
        |text: &str| text.match_indices('`').map(|(at, _)| at).find(|at| !text[..*at].ends_with('\\'));
    while let Some(at) = opens(rest) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let fence = 1 + after.len() - after.trim_start_matches('`').len();
        let body = after.trim_start_matches('`');
        let ends = |at: &usize| {
            let run = body[*at..].len() - body[*at..].trim_start_matches('`').len();
            run == fence && !body[..*at].ends_with('`')
        };
        let end = body.match_indices('`').map(|(at, _)| at).find(ends).expect("a code span ends");
        found.push_str(before);
        rest = &body[end + fence..];
    }
    found + rest
}

#[test]
fn hostile_text_makes_no_markup_at_any_place_of_any_format() {
    let shapes = [Shape::Hostile, Shape::Same, Shape::Different, Shape::Tolerated, Shape::Undecided];
    let mut judgements = fixture::judgements(&shapes);
    judgements[0].integration = Some(HOSTILE.to_owned());
    let tally = fixture::tally(&judgements);
    let mut run = fixture::run(&tally);
    run.head = Head { tool: HOSTILE, migration: HOSTILE, as_of: HOSTILE };
    let mut cause = fixture::cause();
    for text in [&mut cause.operation, &mut cause.field, &mut cause.declared.file] {
        *text = HOSTILE.to_owned();
    }
    cause.now_at = Some(HOSTILE.to_owned());
    let made = cause.made_at.as_mut().expect("the fixture says what made it");
    (made.file, made.expression) = (HOSTILE.to_owned(), Some(HOSTILE.to_owned()));
    let example = &mut cause.examples[0];
    (example.pair, example.path) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    example.legacy = Some(HOSTILE.to_owned());
    run.causes = vec![cause];
    let readiness = readiness(&run, HOSTILE, &[HOSTILE.to_owned()]);
    let page = page(&readiness);
    let body = page.split_once("</style>").expect("the page has one style").1;
    assert_eq!(body.matches("<script").count(), 0);
    assert!(!body.contains("\"' onload"), "an attribute can be left");
    assert_eq!(page.matches(HOSTILE).count(), 0);
    let acting = |text: &str| text.chars().filter(|c| c.is_control() && *c != '\n').count();
    assert_eq!(acting(&page), 0);
    // Markdown is shown where HTML is; a spreadsheet takes a cell that begins so for a formula.
    let mut markdown = Vec::new();
    write_markdown(&mut markdown, &readiness).expect("memory does not fail");
    let markdown = String::from_utf8(markdown).expect("it is UTF-8");
    assert_eq!((outside_code(&markdown).matches("<script").count(), acting(&markdown)), (0, 0));
    assert_eq!(markdown.matches("\n## h").count(), 0);
    let mut csv = Vec::new();
    write_csv(&mut csv, &readiness).expect("memory does not fail");
    let csv = String::from_utf8(csv).expect("it is UTF-8");
    assert_eq!(csv.matches(",=<").count() + csv.matches(",\"=<").count() + csv.matches("\n=").count(), 0);
    let mut json = Vec::new();
    write_json(&mut json, &readiness).expect("memory does not fail");
    serde_json::from_slice::<serde_json::Value>(&json).expect("it is JSON");
}

#[test]
fn a_page_over_thousands_of_everything_stays_below_two_megabytes_and_says_what_it_left_out() {
    const MANY: usize = 3_000;
    let long = "<&\"'>".repeat(200);
    let subjects: Vec<String> = (0..MANY).map(|at| format!("{at} {long}")).collect();
    let mut judgements: Vec<Judgement> = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        let mut one = fixture::judgements(&[Shape::Hostile]).remove(0);
        (one.operation, one.account) = (format!("crm.{at}"), Some(subject.clone()));
        (one.integration, one.pair) = (Some(subject.clone()), subject.clone());
        one.differences[0].field = subject.as_str().into();
        one.circumstances.recorded_at = Some(at as i64 * 86_400_000);
        judgements.push(one);
    }
    let tally = fixture::tally(&judgements);
    let mut run = fixture::run(&tally);
    let cause = |subject: &String| crate::causes::CauseInfo { field: subject.clone(), ..fixture::cause() };
    run.causes = subjects.iter().map(cause).collect();
    run.mappings = vec![fixture::mapping(); MANY];
    let readiness = readiness(&run, "rate", &subjects);
    let page = page(&readiness);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.matches("class=\"more\"").count() >= 6, "it does not say that it leaves something out");
    // A condition with thousands of answers is there all the same, the worst of them at its head.
    for gate in ["mapping-change", "token-import", "write-cutover", "deprecation"] {
        let (_, of_gate) = page.split_once(&format!("id=\"gate-{gate}\"")).expect("the gate is there");
        let of_gate = of_gate.split("</section>").next().expect("a part");
        assert!(of_gate.contains(">rate<"), "{gate} does not say what is open");
    }
}
