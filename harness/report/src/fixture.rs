//! A small run that the tests of several formats share.

use crate::causes::{CauseInfo, Declared, MadeAt, State};
use crate::mappings::{
    CaseFailure, Coverage, Finding, Level, MappingInfo, Measured, Point, PointKind, Unread,
};
use crate::run::{Head, OperationInfo, Run, ToleranceInfo};
use compare::difference::{Difference, Kind, Place};
use compare::verdict::{Circumstances, Judgement, Reason, ReasonCode, Verdict};
use compare::volatile::Volatility;
use evidence::tally::Tally;

/// What a pair of the run comes to.
#[derive(Clone, Copy)]
pub enum Shape {
    Same,
    Tolerated,
    Different,
    Undecided,
    /// Different, because new has a value under another name.
    Renamed,
    /// Different, with hostile text at every place that a recording can fill.
    Hostile,
}

/// Markup, a terminal escape, a formula, Markdown, a direction override.
pub const HOSTILE: &str = "=<script>alert(1)</script>\"' onload=x |`*_\u{1b}[31m\u{202e}]]>&amp;{{x}}\n## h";

pub fn judgements(shapes: &[Shape]) -> Vec<Judgement> {
    shapes.iter().enumerate().map(|(index, shape)| judgement(index, *shape)).collect()
}

pub fn tally(judgements: &[Judgement]) -> Tally {
    let mut tally = Tally::default();
    for judgement in judgements {
        tally.add(judgement);
    }
    tally
}

pub fn run(tally: &Tally) -> Run<'_> {
    Run {
        head: Head { tool: "0.1.0", migration: "acme: Apideck to Truto", as_of: "2026-11-24" },
        operations: vec![OperationInfo {
            name: "crm.contacts.list".to_owned(),
            mapping: Some("mappings/crm/contacts.list.response.jsonata".to_owned()),
            scope: "body".to_owned(),
            identity: Default::default(),
            keyed: Default::default(),
            tolerances: vec![
                tolerance("$.data[*].updated_at", "same_instant", 1),
                tolerance("$.data[*].nickname", "ignore", 8),
            ],
        }],
        tally,
        mappings: Vec::new(),
        causes: Vec::new(),
        entities: None,
        interrupted: None,
        warnings: Vec::new(),
        problems: Vec::new(),
    }
}

/// `a ? b.c : (d)` with one failing case of three: `b` was never taken, and `d` never came to a value.
pub fn mapping() -> MappingInfo {
    use PointKind::{Else, Expression, Then};
    let points = [
        (0..13, Expression, 4, 4),
        (0..1, Expression, 4, 0),
        (4..7, Expression, 0, 0),
        (4..7, Then, 0, 0),
        (10..13, Expression, 4, 1),
        (10..13, Else, 4, 0),
        (11..12, Expression, 4, 4),
    ];
    let points = points.map(|(span, kind, evaluated, undefined)| Point {
        span,
        kind,
        evaluated,
        undefined,
        failed: 0,
        accounts: 2,
    });
    MappingInfo {
        file: "mappings/crm/contacts.list.response.jsonata".to_owned(),
        source: "a ? b.c : (d)".to_owned(),
        cases: 3,
        failures: vec![CaseFailure {
            name: "one".to_owned(),
            file: "mappings/crm/cases/contacts.list.response/one.expected.json".to_owned(),
            message: "1 difference, first value at $.a: expected 1, mapped 2".to_owned(),
        }],
        findings: vec![Finding {
            rule: "never-matched".to_owned(),
            about: "A path of the input was evaluated on recordings and never found anything.".to_owned(),
            level: Level::Warning,
            span: 11..12,
            line: 1,
            column: 12,
            end_line: 1,
            end_column: 13,
            message: "`d` found nothing in any of 4 evaluations on recordings".to_owned(),
            help: "look for its spelling".to_owned(),
        }],
        coverage: Coverage::Measured(Measured {
            sample: "Every pair that was mapped.".to_owned(),
            inputs: 4,
            expressions: 5,
            covered: 2,
            never_a_value: 1,
            branches: 2,
            branches_covered: 1,
            points: points.to_vec(),
            unread: Unread::Fields { fields: vec![("$.result[*].nickname".to_owned(), 3)], is_cut: false },
        }),
    }
}

/// One that was accepted otherwise.
pub fn cause() -> CauseInfo {
    CauseInfo {
        operation: "crm.contacts.list".to_owned(),
        field: "$.data[*].email".to_owned(),
        kind: Kind::Value,
        now_at: None,
        made_at: Some(MadeAt {
            file: "mappings/crm/contacts.list.response.jsonata".to_owned(),
            line: 1,
            column: 5,
            end_line: 1,
            end_column: 8,
            expression: Some("b.c".to_owned()),
        }),
        declared: Declared { file: "cutover.toml".to_owned(), line: 7 },
        state: State::Other,
        pairs: 1,
        differences: 2,
        examples: vec![evidence::snapshot::Example {
            pair: "crm.contacts.list/acme-0002".to_owned(),
            path: "$.data[3].email".to_owned(),
            legacy: Some("\"zoe@acme.example\"".to_owned()),
            new: None,
        }],
    }
}

fn tolerance(path: &str, rule: &str, line: usize) -> ToleranceInfo {
    ToleranceInfo {
        path: path.to_owned(),
        rule: rule.to_owned(),
        reason: "legacy writes SQL style, new RFC 3339".to_owned(),
        owner: "integrations@acme.example".to_owned(),
        until: "2027-03-31".to_owned(),
        expired: false,
        file: "mappings/crm/contacts.tolerances.toml".to_owned(),
        line,
    }
}

fn judgement(index: usize, shape: Shape) -> Judgement {
    let mut judgement = Judgement {
        pair: format!("crm.contacts.list/acme-{index:04}"),
        operation: "crm.contacts.list".to_owned(),
        account: Some("acme-hubspot".to_owned()),
        integration: Some("hubspot".to_owned()),
        verdict: Verdict::Same,
        differences: Vec::new(),
        differences_total: 0,
        notes: Vec::new(),
        in_doubt: Vec::new(),
        volatility: Volatility::default(),
        legacy_status: Some(200),
        new_status: Some(200),
        location: format!("recordings/crm.contacts.list/acme-{index:04}.json"),
        circumstances: Circumstances::default(),
    };
    let instant =
        difference("updated_at", Kind::InstantText, ["2026-11-20 09:30:00", "2026-11-20T09:30:00Z"]);
    let email = difference("email", Kind::Value, ["zoe@acme.example", "zoë@acme.example"]);
    match shape {
        Shape::Same => {}
        Shape::Tolerated => {
            judgement.verdict = Verdict::Tolerated;
            judgement.differences = vec![Difference { tolerance: Some(0), ..instant }];
        }
        Shape::Different => {
            judgement.verdict = Verdict::Different;
            judgement.differences = vec![Difference { tolerance: Some(0), ..instant }, email];
        }
        Shape::Undecided => {
            let detail = "new: no answer in 10 s".to_owned();
            judgement.verdict = Verdict::Undecided(Reason { code: ReasonCode::Failed, detail });
        }
        Shape::Renamed => {
            let renamed = difference("phone", Kind::Renamed, ["+1 555 0100"; 2]);
            judgement.verdict = Verdict::Different;
            judgement.differences =
                vec![Difference { new_path: Some("$.data[3].phone_number".to_owned()), ..renamed }];
        }
        Shape::Hostile => {
            let mut hostile = difference(HOSTILE, Kind::Value, [HOSTILE, "x"]);
            hostile.new_path = Some(HOSTILE.to_owned());
            hostile.legacy = Some(HOSTILE.to_owned());
            hostile.legacy_context = Some(HOSTILE.to_owned());
            judgement.pair = format!("{HOSTILE}{index}");
            judgement.operation = HOSTILE.to_owned();
            judgement.account = Some(HOSTILE.to_owned());
            judgement.verdict = Verdict::Different;
            judgement.differences = vec![hostile];
            judgement.notes = vec![HOSTILE.to_owned()];
            judgement.location = HOSTILE.to_owned();
        }
    }
    judgement.differences_total = judgement.differences.len() as u64;
    judgement
}

fn difference(name: &str, kind: Kind, values: [&str; 2]) -> Difference {
    let [legacy, new] = values.map(|value| format!("\"{value}\""));
    let context = |value: &str| format!("{{\n  \"id\": 7,\n  \"{name}\": {value}\n}}");
    Difference {
        place: Place::Body,
        path: format!("$.data[3].{name}"),
        new_path: None,
        field: format!("$.data[*].{name}").into(),
        kind,
        legacy_context: Some(context(&legacy)),
        new_context: Some(context(&new)),
        blame: None,
        legacy: Some(legacy),
        new: Some(new),
        tolerance: None,
    }
}
