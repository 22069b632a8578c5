//! Cases of the structural diff, through one door.

use crate::diff::{Comparer, Comparison, Scope};
use crate::model::Side;
use crate::rules::{Rules, RulesError, RulesInput};
use crate::tape::Tape;
use crate::tolerance::{Day, parse_tolerances};

/// Rules compiled; they stand as `path = rule` and `path key field,field`.
pub(crate) fn try_compile(rules: &[&str]) -> Result<Rules, RulesError> {
    let (mut tolerances, mut keys) = (String::new(), Vec::new());
    for rule in rules {
        if let Some((path, fields)) = rule.split_once(" key ") {
            keys.push((path.to_owned(), fields.split(',').map(str::to_owned).collect()));
        } else if let Some((path, rule)) = rule.split_once(" => ") {
            tolerances.push_str(&format!(
                "[[tolerance]]\npath = {path:?}\nrule = {rule}\nreason = \"r\"\nowner = \"o\"\nuntil = 2030-01-01\n"
            ));
        }
    }
    Rules::compile(RulesInput {
        operation: "crm.contacts.list",
        as_of: Day { year: 2026, month: 11, day: 24 },
        tolerances: parse_tolerances(&tolerances).expect("tolerances of the test"),
        keys,
        headers: Vec::new(),
        compile_when: &|_| Ok(Box::new(|legacy, new| Ok(legacy.is_some() == new.is_some()))),
    })
}

/// Compares two texts under rules.
pub(crate) fn compare(legacy: &str, new: &str, rules: &[&str]) -> Comparison {
    let rules = try_compile(rules).expect("rules of the test");
    let (mut legacy_tape, mut new_tape) = (Tape::new(), Tape::new());
    let legacy = legacy_tape.parse(legacy).expect("legacy of the test");
    let new = new_tape.parse(new).expect("new of the test");
    let mut out = Comparison::default();
    Comparer::new(&rules).bodies(legacy, new, Scope::default(), &mut out);
    // Read along each other they differ as much, and once more when all their paths were met.
    let mut comparer = Comparer::new(&rules);
    for _ in 0..2 {
        let mut along = Comparison::default();
        comparer.texts(legacy.text(), new.text(), Scope::default(), &mut along).expect("both are JSON");
        assert_eq!(along, out, "{} against {}", legacy.text(), new.text());
    }
    out
}

/// Expected differences: `path kind legacy -> new`, with ` (excused)` behind.
fn check(legacy: &str, new: &str, rules: &[&str], expected: &[&str]) {
    let outcome = compare(legacy, new, rules);
    let shown: Vec<String> = outcome
        .differences
        .iter()
        .map(|difference| {
            let value = |value: Option<&str>| value.unwrap_or("-").to_owned();
            let excused = if difference.tolerance.is_some() { " (excused)" } else { "" };
            let (kind, path) = (difference.kind.name(), &difference.path);
            format!(
                "{path} {kind} {} -> {}{excused}",
                value(difference.legacy.as_deref()),
                value(difference.new.as_deref())
            )
        })
        .chain(outcome.notes.iter().map(|note| format!("note: {note}")))
        .collect();
    assert_eq!(shown, expected, "{legacy} against {new}");
}

#[test]
fn equal_documents_have_no_difference() {
    check("{}", "{}", &[], &[]);
    check(r#"{"a":1,"b":[1,2]}"#, r#"{ "b": [1, 2], "a": 1 }"#, &[], &[]);
    check(r#""\u00e9""#, r#""é""#, &[], &[]);
    check(r#"{"\u0061":1}"#, r#"{"a":1}"#, &[], &[]);
}

#[test]
fn every_kind_is_told_at_its_path() {
    check(r#"{"a":1}"#, r#"{"b":2}"#, &[], &["$.a missing 1 -> -", "$.b extra - -> 2"]);
    check(r#"{"a":"x"}"#, r#"{"a":"y"}"#, &[], &[r#"$.a value "x" -> "y""#]);
    check(r#"{"a":{}}"#, r#"{"a":[]}"#, &[], &["$.a type {} -> []"]);
    check(r#"{"a":null}"#, "{}", &[], &["$.a null_vs_absent null -> -"]);
    check("{}", r#"{"a":null}"#, &[], &["$.a null_vs_absent - -> null"]);
    check("[1]", "1", &[], &["$ singleton_vs_list [1] -> 1"]);
    check(
        r#"{"a":{"b":1}}"#,
        r#"{"a":[{"b":2}]}"#,
        &[],
        &[r#"$.a singleton_vs_list {"b":1} -> [{"b":2}]"#, "$.a[0].b value 1 -> 2"],
    );
    check("[1,2,3]", "[3,1,2]", &[], &["$ order [1,2,3] -> [3,1,2]"]);
    check("[1]", "[1.0]", &[], &["$[0] number_text 1 -> 1.0"]);
    check(r#"["1"]"#, "[1]", &[], &[r#"$[0] number_as_text "1" -> 1"#]);
    check(
        "[9007199254740993]",
        "[9007199254740992]",
        &[],
        &["$[0] precision 9007199254740993 -> 9007199254740992"],
    );
    check(
        r#"["2024-01-02T03:04:05Z"]"#,
        r#"["2024-01-02 03:04:05"]"#,
        &[],
        &[r#"$[0] instant_text "2024-01-02T03:04:05Z" -> "2024-01-02 03:04:05""#],
    );
    check(r#"["Ab"]"#, r#"["aB"]"#, &[], &[r#"$[0] case "Ab" -> "aB""#]);
    check(r#"["a  b"]"#, r#"[" a b"]"#, &[], &[r#"$[0] whitespace "a  b" -> " a b""#]);
    check(r#"{"a":1,"a":2}"#, r#"{"a":1}"#, &[], &["$.a duplicate_key 2 -> -"]);
}

#[test]
fn what_other_tools_lose_is_a_difference_here() {
    check("{}", "[]", &[], &["$ type {} -> []"]);
    check("18446744073709551615", "-1", &[], &["$ value 18446744073709551615 -> -1"]);
    check(
        r#"{"constructor":1,"__proto__":{"x":1}}"#,
        r#"{"toString":1}"#,
        &[],
        &["$.constructor missing 1 -> -", r#"$.__proto__ missing {"x":1} -> -"#, "$.toString extra - -> 1"],
    );
    check("[1,1,2]", "[1,2]", &[], &["$[1] missing 1 -> -"]);
    check(r#""\ud83d""#, r#""\ufffd""#, &[], &[r#"$ value "\ud83d" -> "\ufffd""#]);
    check(r#"{"a":1,"b":0,"a":2,"a":3}"#, r#"{"b":0,"a":1,"a":2}"#, &[], &["$.a duplicate_key 3 -> -"]);
    check("[null]", "[]", &[], &["$[0] missing null -> -"]);
    check(r#""İ""#, r#""i̇""#, &[], &[r#"$ case "İ" -> "i̇""#]);
}

#[test]
fn lists_are_joined_by_their_key() {
    let legacy = r#"{"data":[{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}]}"#;
    let new = r#"{"data":[{"id":"2","n":"b"},{"id":1,"n":"x"},{"id":4,"n":"c"}]}"#;
    check(
        legacy,
        new,
        &["$.data key id"],
        &[
            r#"$.data order [{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}] -> [{"id":"2","n":"b"},{"id":1,"n":"x"},{"id":4,"n":"c"}]"#,
            r#"$.data[0].n value "a" -> "x""#,
            r#"$.data[1].id number_as_text 2 -> "2""#,
            r#"$.data[2] missing {"id":3,"n":"c"} -> -"#,
            r#"$.data[2] extra - -> {"id":4,"n":"c"}"#,
        ],
    );
    check(r#"[{"k":{"a":1},"v":1}]"#, r#"[{"k":{"a":1},"v":2}]"#, &["$ key /k/a"], &["$[0].v value 1 -> 2"]);
    check(
        r#"[{"id":1},{"x":5,"y":6}]"#,
        r#"[{"x":5,"y":7},{"id":1}]"#,
        &["$ key id", "$ => \"any_order\""],
        &[
            r#"$ order [{"id":1},{"x":5,"y":6}] -> [{"x":5,"y":7},{"id":1}] (excused)"#,
            "$[1].y value 6 -> 7",
            "note: the key of `$` is absent from some elements or not unique: those were joined by content",
        ],
    );
}

#[test]
fn a_key_that_nobody_declared_proves_itself_and_is_told() {
    check(
        r#"[{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}]"#,
        r#"[{"id":3,"n":"y"},{"id":1,"n":"x"},{"id":2,"n":"z"}]"#,
        &["$ => \"any_order\""],
        &[
            r#"$ order [{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}] -> [{"id":3,"n":"y"},{"id":1,"n":"x"},{"id":2,"n":"z"}] (excused)"#,
            r#"$[0].n value "a" -> "x""#,
            r#"$[1].n value "b" -> "z""#,
            r#"$[2].n value "c" -> "y""#,
            r#"note: `$` was joined by `id`: unique on both sides; pin it with keys = { "$" = ["id"] }"#,
        ],
    );
    // Not unique, or hardly shared: content joins, and nothing is told.
    check(
        r#"[{"id":1,"n":1},{"id":1,"n":2}]"#,
        r#"[{"id":1,"n":1},{"id":1,"n":3}]"#,
        &[],
        &["$[1].n value 2 -> 3"],
    );
    check(
        r#"[{"id":1},{"id":2},{"id":3}]"#,
        r#"[{"id":7},{"id":8},{"id":3}]"#,
        &[],
        &["$[0].id value 1 -> 7", "$[1].id value 2 -> 8"],
    );
}

#[test]
fn of_several_declared_keys_the_first_that_fits_joins() {
    let (legacy, new) =
        (r#"[{"id":1,"n":1},{"id":2,"n":2}]"#, r#"[{"id":2,"n":3},{"id":1,"n":1},{"id":4,"n":9}]"#);
    let told = |rules: &[&str]| {
        let outcome = compare(legacy, new, rules);
        let paths: Vec<String> = outcome.differences.into_iter().map(|difference| difference.path).collect();
        (paths, outcome.notes)
    };
    let joined = (["$", "$[1].n", "$[2]"].map(str::to_owned).to_vec(), Vec::new());
    assert_eq!(told(&["$ key uid", "$ key id"]), joined);
    assert_eq!(told(&["$ key id", "$ key uid"]), joined);
    assert_eq!(told(&["$ key uid", "$ key uuid"]).1.len(), 1);
}

#[test]
fn texts_that_do_not_parse_are_told_by_their_side() {
    let rules = Rules::none();
    let mut comparer = Comparer::new(&rules);
    let mut texts = |legacy: &str, new: &str| {
        comparer
            .texts(legacy, new, Scope::default(), &mut Comparison::default())
            .map_err(|(side, error)| (side, error.offset))
    };
    assert_eq!(texts("{", "{}"), Err((Side::Legacy, 1)));
    assert_eq!(texts("{}", "[1,]"), Err((Side::New, 3)));
    assert_eq!(texts("{}", "{}"), Ok(()));
}

#[test]
fn a_changed_field_in_a_reordered_list_is_one_difference() {
    let legacy = r#"[{"id":1,"n":"ann","c":"x"},{"id":2,"n":"bob","c":"x"},{"id":3,"n":"cyd","c":"x"}]"#;
    let new = r#"[{"id":3,"n":"cyd","c":"x"},{"id":1,"n":"ann","c":"y"},{"id":2,"n":"bob","c":"x"}]"#;
    let differences = compare(legacy, new, &["$ => \"any_order\""]).differences;
    let told: Vec<_> = differences
        .iter()
        .filter(|d| d.tolerance.is_none())
        .map(|d| (d.path.as_str(), d.kind.name()))
        .collect();
    assert_eq!(told, [("$[0].c", "value")]);
}

#[test]
fn each_rule_excuses_its_kind_and_nothing_else() {
    for (rule, legacy, new, excused) in [
        ("\"ignore\"", "1", "{}", true),
        ("\"any_order\"", "[1,2]", "[2,1]", true),
        ("\"any_order\"", "[1,2]", "[2,3]", false),
        ("\"same_instant\"", r#""2024-01-02T03:04:05Z""#, r#""2024-01-02T04:04:05+01:00""#, true),
        ("\"same_instant\"", r#""2024-01-02T03:04:05Z""#, r#""2024-01-02T03:04:06Z""#, false),
        ("\"same_instant\"", "1704164645", r#""2024-01-02T03:04:05Z""#, true),
        ("\"number_text\"", "1", "1.0", true),
        ("\"number_text\"", "1", "\"1\"", false),
        ("\"number_as_text\"", "1", "\"1.0\"", true),
        ("\"number_as_text\"", "1", "\"2\"", false),
        ("{ within = { abs = 0.01 } }", "1.00", "1.01", true),
        ("{ within = { abs = 0.01 } }", "1.00", "1.02", false),
        ("{ within = { rel = 0.1 } }", "100", "91", true),
        ("{ within = { abs = 5 } }", "1", "\"1\"", false),
        ("\"null_is_absent\"", "1", "null", false),
        ("\"singleton_is_list\"", "[1]", "1", true),
        ("\"singleton_is_list\"", "[1,2]", "1", false),
        ("\"case\"", "\"A\"", "\"a\"", true),
        ("\"case\"", "\"A \"", "\"a\"", false),
        ("\"whitespace\"", "\"A \"", "\"A\"", true),
        ("\"same_instant\"", "1704164645", "1704164645000", true),
        ("\"same_instant\"", "\"1704164645\"", "\"2024-01-02T03:04:05.000+0000\"", true),
        ("\"same_instant\"", "\"1704164645\"", "\"1704164646000\"", false),
        ("\"same_url\"", "\"https://A.example?b=1&a=2\"", "\"https://a.example/?a=2&b=1\"", true),
        ("\"same_url\"", "\"https://a.example/x\"", "\"https://a.example/y\"", false),
        ("\"nfc\"", "\"Zo\\u00eb\"", "\"Zoe\\u0308\"", true),
        ("\"nfc\"", "\"Zo\\u00eb\"", "\"zoe\\u0308\"", false),
        ("\"same_html\"", "\"<p>a</p>\\n<p>b&amp;</p>\"", "\"<P>a</P><p>b&</p>\"", true),
        ("\"same_html\"", "\"<p>a</p>\"", "\"<p>b</p>\"", false),
        ("{ same_entity = \"c\" }", "\"3f2a\"", "17", true),
        ("{ same_entity = \"c\" }", "\"3f2a\"", "null", false),
        ("{ one_of = { lead = [\"LEAD\", \"1\"] } }", "\"lead\"", "1", true),
        ("{ one_of = { lead = [\"LEAD\", \"1\"] } }", "\"lead\"", "\"CUSTOMER\"", false),
        ("{ one_of = { lead = [\"LEAD\", \"1\"] } }", "\"LEAD\"", "\"lead\"", false),
        ("{ pattern = \"^cur_[0-9a-f]+$\" }", "\"cur_1\"", "\"cur_ff\"", true),
        ("{ pattern = \"^cur_[0-9a-f]+$\" }", "\"cur_1\"", "\"\"", false),
        ("{ pattern = \"^.+$\" }", "null", "\"cur_1\"", false),
        ("{ pattern = \"^[0-9]+$\" }", "7", "\"8\"", true),
        ("{ when = \"legacy = new\" }", "1", "2", true),
    ] {
        let rule_text = format!("$.v => {rule}");
        let outcome = compare(&format!("{{\"v\":{legacy}}}"), &format!("{{\"v\":{new}}}"), &[&rule_text]);
        assert_eq!(outcome.excused == outcome.total, excused, "{rule} on {legacy} and {new}: {outcome:?}");
        assert!(outcome.total > 0);
    }
    check(
        r#"{"a":null,"b":{"c":1}}"#,
        r#"{"b":{"c":1,"d":null}}"#,
        &["$.a => \"null_is_absent\"", "$..d => \"null_is_absent\""],
        &["$.a null_vs_absent null -> - (excused)", "$.b.d null_vs_absent - -> null (excused)"],
    );
}

#[test]
fn rules_about_writing_excuse_together_and_the_first_is_named() {
    let rules = ["$.a => \"nfc\"", "$.a => \"case\"", "$.* => \"whitespace\"", "$.b => \"same_instant\""];
    let outcome = compare(r#"{"a":"Zo\u00eb  M","b":"X y"}"#, r#"{"a":"ZOE\u0308 m","b":"x  y"}"#, &rules);
    let told: Vec<_> =
        outcome.differences.iter().map(|d| (d.path.as_str(), d.kind.name(), d.tolerance)).collect();
    assert_eq!(told, [("$.a", "value", Some(0)), ("$.b", "value", None)]);
}

#[test]
fn a_numeric_tolerance_does_not_say_which_elements_of_a_set_belong_together() {
    let within = "$.data[*].lines[*].total => { within = { abs = 0.5 } }";
    let shown = |rules: &[&str]| try_compile(rules).err().map(|error| error.to_string());
    assert_eq!(
        shown(&["$.data => \"any_order\"", within]).as_deref(),
        Some(
            "`within` for `$.data[*].lines[*].total` lies in the list `$.data`, whose elements are joined in any order (`any_order`): \
             that 1.0 is within reach of 1.4, and 1.4 of 1.8, does not make 1.0 and 1.8 alike, so it cannot say which \
             elements belong together; declare a key for the list, or drop one of the two rules"
        )
    );
    assert_eq!(shown(&["$.data => \"any_order\"", within, "$.data key id"]), None);
    assert_eq!(shown(&["$.other => \"any_order\"", within]), None);
    // A set is as free, and what a filter lets through may be any element.
    for (list, within) in [
        ("$.data => \"as_set\"", within),
        ("$.data => \"any_order\"", "$.data[?@.open].total => { within = { abs = 0.5 } }"),
        ("$.data[?@.open].lines => \"any_order\"", within),
    ] {
        assert!(
            shown(&[list, within]).is_some_and(
                |text| text.contains("is not transitive") || text.contains("joined in any order")
            ),
            "{list} {within}"
        );
    }
    assert_eq!(shown(&["$.data[?@.open].other => \"any_order\"", within]), None);
    assert_eq!(shown(&["$.data[*].lines => \"any_order\"", "$.data[*].lines key id", within]), None);
}

#[test]
fn an_ignored_subtree_still_says_what_it_hid() {
    check(
        r#"{"m":{"a":1,"b":[1]},"x":1}"#,
        r#"{"m":{"a":2,"b":[]},"x":1}"#,
        &["$.m => \"ignore\""],
        &["$.m.a value 1 -> 2 (excused)", "$.m.b[0] missing 1 -> - (excused)"],
    );
}

#[test]
fn a_rule_with_a_filter_speaks_where_it_selects() {
    let legacy = r#"[{"t":"a","v":1},{"t":"b","v":1}]"#;
    let new = r#"[{"t":"a","v":2},{"t":"b","v":2}]"#;
    check(
        legacy,
        new,
        &["$[?@.t == 'a'].v => \"ignore\"", "$ key t"],
        &["$[0].v value 1 -> 2 (excused)", "$[1].v value 1 -> 2"],
    );
}

#[test]
fn many_elements_stay_fast() {
    // Each of these takes minutes where an algorithm is quadratic; the suite's own time limit is the guard.
    let numbers =
        |range: std::ops::Range<u32>| range.map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>().join(",");
    let disjoint =
        compare(&format!("[{}]", numbers(0..20_000)), &format!("[{}]", numbers(50_000..70_000)), &[]);
    assert_eq!(disjoint.total, 20_000);
    let low_entropy = |seed: u32| {
        (0..20_000_u32)
            .map(|n| format!("{{\"a\":{},\"b\":{}}}", (n * seed) % 3, n % 2))
            .collect::<Vec<_>>()
            .join(",")
    };
    compare(&format!("[{}]", low_entropy(1)), &format!("[{}]", low_entropy(7)), &[]);
    let keys =
        |from: u32| (from..from + 20_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    assert_eq!(compare(&format!("{{{}}}", keys(0)), &format!("{{{}}}", keys(10_000)), &[]).total, 20_000);
}

#[test]
fn in_a_set_neither_order_nor_repetition_counts() {
    let set = ["$ => \"as_set\""];
    check("[1,2,1]", "[2,1]", &set, &["$ order [1,2,1] -> [2,1] (excused)", "$[2] missing 1 -> - (excused)"]);
    check("[1,1,2,3]", "[1,2,2,3]", &set, &["$[1] missing 1 -> - (excused)", "$[2] extra - -> 2 (excused)"]);
    check(
        "[1,1,2]",
        "[2,2,3]",
        &set,
        &[
            "$[0] missing 1 -> -",
            "$[2] extra - -> 3",
            "$[1] missing 1 -> - (excused)",
            "$[1] extra - -> 2 (excused)",
        ],
    );
    check("[1,1,2]", "[ 1,1,2 ]", &set, &[]);
    check(
        r#"[{"a":1},{"a":1},{"a":2}]"#,
        r#"[{"a":2},{"a":1}]"#,
        &set,
        &[
            r#"$ order [{"a":1},{"a":1},{"a":2}] -> [{"a":2},{"a":1}] (excused)"#,
            r#"$[1] missing {"a":1} -> - (excused)"#,
        ],
    );
    // Sets in a list are told apart by what they hold.
    check(
        r#"[["a","b"],["c"]]"#,
        r#"[["c","c"],["b","a"]]"#,
        &["$[*] => \"as_set\""],
        &[
            r#"$ order [["a","b"],["c"]] -> [["c","c"],["b","a"]]"#,
            r#"$[0] order ["a","b"] -> ["b","a"] (excused)"#,
            r#"$[1][1] extra - -> "c" (excused)"#,
        ],
    );
    // With a key it is the key that says what belongs together.
    check(
        r#"[{"id":1},{"id":1}]"#,
        r#"[{"id":1}]"#,
        &["$ => \"as_set\"", "$ key id"],
        &[
            r#"$[1] missing {"id":1} -> -"#,
            "note: the key of `$` is absent from some elements or not unique: those were joined by content",
        ],
    );
}

#[test]
fn a_list_that_is_joined_by_position_compares_place_by_place() {
    check(
        "[1,2,3]",
        "[2,3]",
        &["$ key #position"],
        &["$[0] value 1 -> 2", "$[1] value 2 -> 3", "$[2] missing 3 -> -"],
    );
    check(
        "[[1,2],[3]]",
        "[[2],[3]]",
        &["$[*] key #position"],
        &["$[0][0] value 1 -> 2", "$[0][1] missing 2 -> -"],
    );
    // Where a key cannot be used, the next that is declared for the list is.
    let records = (r#"[{"id":1,"n":1},{"id":1,"n":2}]"#, r#"[{"id":1,"n":2},{"id":1,"n":2}]"#);
    check(records.0, records.1, &["$ key id", "$ key #position"], &["$[0].n value 1 -> 2"]);
    check(
        r##"[{"#position":1},{"#position":2}]"##,
        r##"[{"#position":2},{"#position":1}]"##,
        &["$ key /#position"],
        &[r##"$ order [{"#position":1},{"#position":2}] -> [{"#position":2},{"#position":1}]"##],
    );
    assert_eq!(
        try_compile(&["$ key id,#position"]).err().map(|error| error.to_string()).as_deref(),
        Some(
            "the key of `$` has `#position` beside fields: it stands alone (a member of that name is `/#position`)"
        )
    );
}

/// What the optimiser once made of it: see `leaves_it` in `walk`.
#[test]
fn what_stands_behind_a_list_whose_key_is_absent_is_told() {
    for rules in crate::reference::rule_sets() {
        crate::reference::check(&rules, r#"{"data":[],"id":0}"#, r#"{"data":[0]}"#);
    }
}
