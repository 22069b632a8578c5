//! Writes a page of made-up verdicts to look at: `cargo run -p report --example page -- different page.html`.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an example is a program: it reads arguments and writes a file"
)]

use compare::difference::{Difference, Kind, Place};
use compare::verdict::{Circumstances, Judgement, Reason, ReasonCode, Verdict};
use compare::volatile::Volatility;
use evidence::tally::Tally;
use report::run::{Head, OperationInfo, Run, ToleranceInfo};
use std::fs::File;
use std::io;

const HOSTILE: &str = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\"'>\u{202e}\u{1b}[31m";

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let shape = arguments.next().unwrap_or_else(|| "different".to_owned());
    let path = arguments.next().unwrap_or_else(|| "page.html".to_owned());
    let mut tally = Tally::default();
    for judgement in judgements(&shape) {
        tally.add(&judgement);
    }
    let mut run = run(&tally);
    if shape == "hostile" {
        make_hostile(&mut run);
    }
    report::html::write(File::create(path)?, &run)?;
    let colour = report::terminal::Colour::On;
    let screen = report::terminal::Screen { width: 100, colour, report: Some("reports/check/index.html") };
    report::terminal::write(io::stdout().lock(), &run, &screen)
}

fn judgements(shape: &str) -> Vec<Judgement> {
    (0..480).map(|index| judgement(shape, index)).collect()
}

fn judgement(shape: &str, index: usize) -> Judgement {
    let operations =
        ["crm.contacts.list", "crm.contacts.get", "accounting.invoices.list", "ticketing.issues.get"];
    let operation = operations[index % operations.len()];
    let mut judgement = Judgement {
        pair: format!("{operation}/acme-{index:04}"),
        operation: operation.to_owned(),
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
        location: format!("recordings/{operation}/acme-{index:04}.json"),
        circumstances: Circumstances::default(),
    };
    let instant = difference(
        "updated_at",
        Kind::InstantText,
        ["\"2026-11-20 09:30:00\"", "\"2026-11-20T09:30:00.000Z\""],
    );
    let dust = difference("total_amount", Kind::Precision, ["7859.999999999999", "7860"]);
    let email =
        difference("email", Kind::Value, ["\"zoe.marsh@acme.example\"", "\"zoe.marsh@acme.example.com\""]);
    let null = difference("phone", Kind::NullVsAbsent, ["null", ""]);
    let list = difference("tags", Kind::SingletonVsList, ["[\"vip\"]", "\"vip\""]);
    if index.is_multiple_of(9) {
        judgement.differences.push(Difference { tolerance: Some(0), ..instant });
    }
    if shape != "passed" {
        match index {
            17 | 33 | 101 | 150 | 202 | 250 | 303 => judgement.differences.push(email),
            40..=52 => judgement.differences.push(null),
            66 | 67 => judgement.differences.extend([dust, list]),
            70 | 78 | 79 => {
                let detail = "new: no answer in 10 s (timeout), legacy answered 200".to_owned();
                judgement.verdict = Verdict::Undecided(Reason { code: ReasonCode::Failed, detail });
            }
            81 => {
                let detail = "mappings/ticketing/issues.get.response.jsonata:14:22: T1006: attempted to call a non-function";
                judgement.verdict =
                    Verdict::Undecided(Reason { code: ReasonCode::Mapping, detail: detail.to_owned() });
            }
            90 => {
                judgement.notes.push("key [\"email\",\"type\"] of $.data[*].emails is not unique".to_owned())
            }
            _ => {}
        }
    }
    if shape == "hostile" && index < 3 {
        let mut hostile = difference(HOSTILE, Kind::Value, [HOSTILE, "\"x\""]);
        hostile.legacy_context = Some(format!("{HOSTILE}\nsecond line {HOSTILE}"));
        judgement.pair = format!("{HOSTILE}{index}");
        judgement.operation = HOSTILE.to_owned();
        judgement.differences = vec![hostile];
        judgement.notes.push(HOSTILE.to_owned());
        judgement.location = HOSTILE.to_owned();
        if index == 2 {
            let reason = Reason { code: ReasonCode::Torn, detail: HOSTILE.to_owned() };
            judgement.verdict = Verdict::Undecided(reason);
        }
    }
    judgement.differences_total = judgement.differences.len() as u64;
    if judgement.verdict == Verdict::Same && !judgement.differences.is_empty() {
        let excused = judgement.differences.iter().all(|difference| difference.tolerance.is_some());
        judgement.verdict = if excused { Verdict::Tolerated } else { Verdict::Different };
    }
    judgement
}

fn difference(name: &str, kind: Kind, [legacy, new]: [&str; 2]) -> Difference {
    let member =
        |value: &str| if value.is_empty() { String::new() } else { format!("  \"{name}\": {value},\n") };
    let context = |value: &str, rest: &str| {
        format!(
            "{{\n  \"id\": \"2451\",\n{rest}{}  \"company\": {{\n    \"id\": \"88\",\n    \"name\": \"Acme\"\n  }}\n}}",
            member(value)
        )
    };
    let names =
        "  \"first_name\": \"Zoë\",\n  \"last_name\": \"Marsh\",\n  \"title\": \"Head of Operations\",\n";
    let seman =
        "  \"last_name\": \"Marsh\",\n  \"first_name\": \"Zoë\",\n  \"title\": \"Head of Operations\",\n";
    let present = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    Difference {
        place: Place::Body,
        path: format!("$.data[12].{name}"),
        new_path: None,
        field: format!("$.data[*].{name}").into(),
        kind,
        legacy: present(legacy),
        new: present(new),
        tolerance: None,
        legacy_context: Some(context(legacy, names)),
        new_context: Some(context(new, seman)),
        blame: None,
    }
}

fn run(tally: &Tally) -> Run<'_> {
    let tolerance = |path: &str, rule: &str, line| ToleranceInfo {
        path: path.to_owned(),
        rule: rule.to_owned(),
        reason: "legacy writes SQL style, new RFC 3339; the application parses both".to_owned(),
        owner: "integrations@acme.example".to_owned(),
        until: "2027-03-31".to_owned(),
        expired: false,
        file: "mappings/crm/contacts.tolerances.toml".to_owned(),
        line,
    };
    let names = [
        ("crm.contacts.list", "mappings/crm/contacts.list.response.jsonata"),
        ("crm.contacts.get", "mappings/crm/contacts.get.response.jsonata"),
        ("accounting.invoices.list", "mappings/accounting/invoices.list.response.jsonata"),
        ("ticketing.issues.get", "mappings/ticketing/issues.get.response.jsonata"),
        ("hris.employees.list", "mappings/hris/employees.list.response.jsonata"),
    ];
    let operations = names.into_iter().map(|(name, mapping)| OperationInfo {
        name: name.to_owned(),
        mapping: Some(mapping.to_owned()),
        scope: "body".to_owned(),
        identity: Default::default(),
        keyed: Default::default(),
        tolerances: vec![
            tolerance("$.data[*].updated_at", "same_instant", 1),
            tolerance("$.data[*].nickname", "{ within = { abs = 0.005 } }", 9),
        ],
    });
    Run {
        head: Head { tool: "0.1.0", migration: "acme: Apideck to Truto", as_of: "2026-11-24" },
        operations: operations.collect(),
        tally,
        mappings: Vec::new(),
        causes: Vec::new(),
        entities: None,
        interrupted: None,
        warnings: Vec::new(),
        problems: Vec::new(),
    }
}

fn make_hostile(run: &mut Run) {
    run.interrupted = Some(HOSTILE.to_owned());
    run.warnings.push(HOSTILE.to_owned());
    run.problems.push(HOSTILE.to_owned());
    run.head = Head { tool: HOSTILE, migration: HOSTILE, as_of: HOSTILE };
    run.operations[0].mapping = Some(HOSTILE.to_owned());
    for info in run.operations.iter_mut().flat_map(|operation| &mut operation.tolerances) {
        info.expired = true;
        for text in [
            &mut info.path,
            &mut info.rule,
            &mut info.reason,
            &mut info.owner,
            &mut info.until,
            &mut info.file,
        ] {
            *text = HOSTILE.to_owned();
        }
    }
}
