//! The tables of `docs/differences.md` are made from these cases: each kind and each rule with an example that is true.
//!
//! `CUTOVER_BLESS=1 cargo test -p compare kinds` writes them anew.

use crate::diff_tests::compare;
use crate::difference::Kind;
use crate::entities::Entities;

/// Legacy, new, and the rule that excuses the difference (as in a tolerance, at the difference's path).
struct Example {
    legacy: &'static str,
    new: &'static str,
    rule: &'static str,
}

const fn example(legacy: &'static str, new: &'static str, rule: &'static str) -> Example {
    Example { legacy, new, rule }
}

/// What a kind means, and its example.
fn of_kind(kind: Kind) -> (&'static str, Example) {
    match kind {
        Kind::Missing => ("legacy has it, new does not", example(r#"{"a":1}"#, "{}", "ignore")),
        Kind::Extra => ("new has it, legacy does not", example("{}", r#"{"a":1}"#, "ignore")),
        Kind::Value => (
            "of one type, with different values",
            example(r#"{"a":"open"}"#, r#"{"a":"OPEN_1"}"#, r#"{ one_of = { open = ["OPEN_1"] } }"#),
        ),
        Kind::Type => ("of different JSON types", example(r#"{"a":{}}"#, r#"{"a":"x"}"#, "ignore")),
        Kind::NullVsAbsent => {
            ("null on one side, absent on the other", example(r#"{"a":null}"#, "{}", "null_is_absent"))
        }
        Kind::SingletonVsList => (
            "a value, and the list of just that value",
            example(r#"{"a":["x"]}"#, r#"{"a":"x"}"#, "singleton_is_list"),
        ),
        Kind::Order => {
            ("the same elements in another order", example(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, "any_order"))
        }
        Kind::NumberText => {
            ("one number, written in two ways", example(r#"{"a":1}"#, r#"{"a":1.0}"#, "number_text"))
        }
        Kind::NumberAsText => {
            ("a number, and its text", example(r#"{"a":"1"}"#, r#"{"a":1}"#, "number_as_text"))
        }
        Kind::Precision => (
            "numbers that differ only in what a double cannot hold, or in its last bits",
            example(r#"{"a":9007199254740993}"#, r#"{"a":9007199254740992}"#, "{ within = { abs = 1 } }"),
        ),
        Kind::InstantText => (
            "one instant, written in two ways",
            example(r#"{"a":"2024-01-02T03:04:05.000+0000"}"#, r#"{"a":1704164645}"#, "same_instant"),
        ),
        Kind::Case => (
            "strings that differ in upper and lower case",
            example(r#"{"a":"Ann"}"#, r#"{"a":"ANN"}"#, "case"),
        ),
        Kind::Whitespace => (
            "strings that differ in white space",
            example(r#"{"a":"a  b "}"#, r#"{"a":"a b"}"#, "whitespace"),
        ),
        Kind::DuplicateKey => {
            ("a key that one side has more often", example(r#"{"a":1,"a":1}"#, r#"{"a":1}"#, "ignore"))
        }
        Kind::Renamed => (
            "a value that both have in one object, under another name",
            example(r#"{"a":"Ann"}"#, r#"{"b":"Ann"}"#, "ignore"),
        ),
        Kind::Moved => (
            "a value that both have, at another place",
            example(r#"{"a":"ann@acme.example","o":{}}"#, r#"{"o":{"b":"ann@acme.example"}}"#, "ignore"),
        ),
        Kind::Entity => (
            "ids that `same_entity` links, and that are not one-to-one over the run",
            example(r#"{"a":"u1"}"#, r#"{"a":7}"#, "ignore"),
        ),
    }
}

/// What each rule excuses that has no kind of its own, or more than its kind.
const OF_RULES: [Example; 9] = [
    example(r#"{"a":1.00}"#, r#"{"a":1.01}"#, "{ within = { abs = 0.01 } }"),
    example(r#"{"a":"cur_1"}"#, r#"{"a":"cur_ff"}"#, r#"{ pattern = "^cur_[0-9a-f]+$" }"#),
    example(
        r#"{"a":"HTTPS://A.example:443?b=1&a=%7e"}"#,
        r#"{"a":"https://a.example/?a=~&b=1"}"#,
        "same_url",
    ),
    example(r#"{"a":"Zo\u00eb"}"#, r#"{"a":"Zoe\u0308"}"#, "nfc"),
    example(r#"{"a":"<p>a &amp; b</p>\n<p>c</p>"}"#, r#"{"a":"<P>a & b</P><p>c</p>"}"#, "same_html"),
    example(r#"{"a":"u1"}"#, r#"{"a":7}"#, r#"{ same_entity = "users" }"#),
    example(r#"{"a":{"b":1}}"#, r#"{"a":[]}"#, "ignore"),
    example(r#"{"a":1}"#, r#"{"a":2}"#, r#"{ when = "legacy < new" }"#),
    example(r#"{"a":"2024-01-02 03:04:05"}"#, r#"{"a":"2024-01-02T05:04:05+02:00"}"#, "same_instant"),
];

/// A rule as it stands in TOML.
fn toml(rule: &str) -> String {
    if rule.starts_with('{') { rule.to_owned() } else { format!("\"{rule}\"") }
}

fn row(cells: [&str; 5]) -> String {
    let escaped = cells
        .map(|cell| if cell.is_empty() { " ".to_owned() } else { format!(" {} ", cell.replace('|', "\\|")) });
    format!("|{}|\n", escaped.join("|"))
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A kind's row, after it was proven: just this difference, and excused by the rule.
fn kind_row(kind: Kind, word: &str) -> String {
    let (meaning, Example { legacy, new, rule }) = of_kind(kind);
    let link = [r#"$.a => { same_entity = "users" }"#];
    let mut told = compare(legacy, new, if kind == Kind::Entity { &link } else { &[] });
    if kind == Kind::Entity {
        let mut entities = Entities::default();
        entities.add("one", &told.links);
        entities.add("other", &compare(legacy, r#"{"a":8}"#, &link).links);
        entities.settle(&told.links, &mut told.differences);
    }
    let kinds: Vec<Kind> = told.differences.iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [kind], "{legacy} {new}");
    let path = &told.differences[0].path;
    let rules = [format!("{path} => {}", toml(rule)), format!("$..b => {}", toml(rule))];
    let excused = compare(legacy, new, &[&rules[0], &rules[1]]);
    assert_eq!(excused.excused, excused.total, "{rule} for {word}: {excused:?}");
    let rule = match kind {
        Kind::Renamed | Kind::Moved => "`ignore` at both paths".to_owned(),
        _ => code(rule),
    };
    row([&code(word), meaning, &code(legacy), &code(new), &rule])
}

fn rule_row(example: &Example) -> String {
    let Example { legacy, new, rule } = *example;
    let told = compare(legacy, new, &[]);
    let [difference] = &told.differences[..] else { panic!("{told:?}") };
    let excused = compare(legacy, new, &[&format!("{} => {}", difference.path, toml(rule))]);
    assert_eq!((excused.total, excused.excused), (1, 1), "{rule}: {excused:?}");
    row([&code(rule), &code(legacy), &code(new), &code(difference.kind.name()), ""])
}

fn tables() -> [(&'static str, String); 2] {
    let kinds = Kind::ALL.iter().map(|(kind, word)| kind_row(*kind, word));
    let head = row(["kind", "means", "legacy", "new", "excused by"]) + "|---|---|---|---|---|\n";
    let rules = OF_RULES.iter().map(|example| rule_row(example).replace("| |\n", "|\n"));
    let rules_head = "| rule | legacy | new | kind |\n|---|---|---|---|\n".to_owned();
    [("kinds", head + &kinds.collect::<String>()), ("rules", rules_head + &rules.collect::<String>())]
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may read and write the page that it is about")]
fn the_tables_of_kinds_and_rules_are_made_from_cases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/differences.md");
    let page = std::fs::read_to_string(path).expect("docs/differences.md is there");
    let mut made = page.clone();
    for (name, table) in tables() {
        let (begin, end) = (format!("<!-- {name}: made by a test -->\n"), format!("<!-- end of {name} -->"));
        let from = made.find(&begin).expect("the page has the table's begin") + begin.len();
        let to = made.find(&end).expect("the page has the table's end");
        made.replace_range(from..to, &table);
    }
    if std::env::var_os("CUTOVER_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, &made).expect("docs/differences.md can be written");
        return;
    }
    assert_eq!(page, made, "run it with CUTOVER_BLESS=1 to write the tables anew");
}
