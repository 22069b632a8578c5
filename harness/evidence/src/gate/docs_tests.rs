//! Makes the tables of `docs/gates.md`: `CUTOVER_BLESS=1 cargo test -p evidence docs` writes them anew.

use std::fmt::Write as _;

use super::conditions::ALL;
use super::demands::Demands;
use super::name::GateName;
use super::words::{percent, span};

const LETTERS: [(GateName, &str); 4] = [
    (GateName::MappingChange, "m"),
    (GateName::TokenImport, "t"),
    (GateName::WriteCutover, "w"),
    (GateName::Deprecation, "d"),
];

fn conditions() -> String {
    let mut table =
        String::from("| condition | gates | demands | fails | is inconclusive |\n|---|---|---|---|---|\n");
    for condition in ALL {
        let gates = LETTERS.iter().filter(|(gate, _)| condition.gates.contains(gate));
        let gates = gates.map(|(_, letter)| *letter).collect::<Vec<_>>().join(" ");
        let ways = |answer| {
            let words = condition.ways.iter().filter(|way| way.answer == answer);
            words.map(|way| format!("`{}`", way.why)).collect::<Vec<_>>().join(", ")
        };
        let (fails, unknown) =
            (ways(super::reading::Answer::Fail), ways(super::reading::Answer::Inconclusive));
        let _ =
            writeln!(table, "| `{}` | {gates} | {} | {fails} | {unknown} |", condition.name, condition.about);
    }
    table
}

type Column = (&'static str, fn(&Demands) -> String, &'static [GateName]);

fn demands() -> String {
    use GateName::{Deprecation as D, MappingChange as M, TokenImport as T, WriteCutover as W};
    let rows: [Column; 17] = [
        ("confidence", |it| percent(it.confidence), &[T, W]),
        ("look", |it| format!("{:?}", it.look).to_lowercase(), &[T, W]),
        ("max_difference_rate", |it| percent(it.max_difference_rate), &[T, W]),
        ("max_operation_difference_rate", |it| percent(it.max_operation_difference_rate), &[T, W]),
        ("max_undecided_rate", |it| percent(it.max_undecided_rate), &[M, T, W]),
        ("max_error_disparity_rate", |it| percent(it.max_error_disparity_rate), &[W]),
        ("max_throttled_rate", |it| percent(it.max_throttled_rate), &[W]),
        ("max_client_error_excess", |it| percent(it.max_client_error_excess), &[W]),
        ("max_latency_ratio", |it| it.max_latency_ratio.to_string(), &[W]),
        ("max_tolerated_share", |it| percent(it.max_tolerated_share), &[M, T, W, D]),
        ("min_mapping_coverage", |it| percent(it.min_mapping_coverage), &[W]),
        ("min_pairs", |it| it.min_pairs.to_string(), &[M, T, W]),
        ("min_accounts", |it| it.min_accounts.to_string(), &[T, W]),
        ("evidence_max_age", |it| it.evidence_max_age.map_or("any".to_owned(), span), &[M, T, W]),
        ("valid_for", |it| span(it.valid_for), &[M, T, W, D]),
        ("deadline_margin", |it| span(it.deadline_margin), &[T]),
        ("window", |it| span(it.window), &[D]),
    ];
    let mut table = String::from("| key |");
    let _ = writeln!(
        table,
        "{}\n|---|---|---|---|---|",
        GateName::ALL.map(|(_, name)| format!(" {name} |")).join("")
    );
    for (key, value, gates) in rows {
        let _ = write!(table, "| `{key}` |");
        for (gate, _) in GateName::ALL {
            let told = if gates.contains(&gate) { value(&Demands::of(gate)) } else { String::new() };
            let _ = write!(table, " {told} |");
        }
        table.push('\n');
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may read and write the page that it is about")]
fn the_page_has_every_condition_and_every_demand() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/gates.md");
    let page = std::fs::read_to_string(path).expect("docs/gates.md is there");
    let mut made = page.clone();
    for (name, table) in [("conditions", conditions()), ("demands", demands())] {
        let (begin, end) = (format!("<!-- {name}: made by a test -->\n"), format!("<!-- end of {name} -->"));
        let from = made.find(&begin).expect("the page has the table's begin") + begin.len();
        let to = made.find(&end).expect("the page has the table's end");
        made.replace_range(from..to, &table);
    }
    if std::env::var_os("CUTOVER_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, &made).expect("docs/gates.md can be written");
        return;
    }
    assert_eq!(page, made, "run it with CUTOVER_BLESS=1 to write the tables anew");
}
