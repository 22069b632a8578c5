//! Drafts from made-up examples: one transformation each, and what must not be proposed.

use serde_json::{Value, json};

use super::*;

/// Drafts from `count` made examples and shows the field `x`: its expression, or `open: ` and why.
#[track_caller]
fn check(count: usize, example: impl Fn(usize) -> (Value, Value), expected: &str) {
    let made: Vec<(Value, Value)> = (0..count).map(example).collect();
    let legacy: Vec<Value> = made.iter().map(|(_, legacy)| json!({ "x": legacy })).collect();
    let examples: Vec<Example<'_>> =
        made.iter().zip(&legacy).map(|((source, _), legacy)| Example { source, legacy }).collect();
    let draft = suggest(&examples, "made-up pairs", 0);
    let shown: Vec<String> = draft
        .lines
        .iter()
        .map(|line| match &line.state {
            State::Coded { expression, .. } => format!("{} {expression}", line.path.trim_start_matches("$.")),
            State::Open(why) => format!("{} open: {why}", line.path.trim_start_matches("$.")),
        })
        .collect();
    assert_eq!(shown.join("\n"), expected, "{}", draft.text);
}

/// A text of its own for each number.
fn word(n: usize) -> String {
    format!("w{}", n * 7_919 % 10_007)
}

fn nth<'t>(texts: &[&'t str], n: usize) -> &'t str {
    texts[n % texts.len()]
}

#[test]
fn one_place_is_copied_and_converted() {
    check(9, |n| (json!({"a": {"b-c": word(n)}}), json!(word(n))), "x a.`b-c`");
    check(9, |n| (json!({"a": format!("{}.50", n * 37)}), json!(n as f64 * 37.0 + 0.5)), "x a ? $number(a)");
    check(9, |n| (json!({"a": n * 37_411}), json!((n * 37_411).to_string())), "x a != null ? $string(a)");
    check(9, |n| (json!({"a": word(n).to_uppercase()}), json!(word(n))), "x a ? $lowercase(a)");
    check(9, |n| (json!({"a": format!("Anna {}", word(n))}), json!(word(n))), "x a ? $split(a, \" \")[1]");
    check(9, |n| (json!({"a": [word(n), "z"]}), json!(word(n))), "x a ? a[0]");
    check(40, |n| (json!({"a": n % 3 == 0}), json!(n % 3 != 0)), "x a != null ? $not(a)");
    check(
        9,
        |n| (json!({"list": [{"t": "u", "v": word(n)}, {"t": "w", "v": word(n + 50)}]}), json!(word(n + 50))),
        "x list[t = \"w\"].v",
    );
}

#[test]
fn instants_are_told_in_another_spelling() {
    let day = |n: usize| format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1);
    let from = |n: usize| format!("{}T10:20:{:02}.000+0000", day(n), n % 60);
    check(
        9,
        |n| (json!({"a": from(n)}), json!(format!("{}T10:20:{:02}.000Z", day(n), n % 60))),
        "x a ? $fromMillis($toMillis(a))",
    );
    check(9, |n| (json!({"a": from(n)}), json!(day(n))), "x a ? $substring(a, 0, 10)");
    check(
        9,
        |n| (json!({"a": 1_700_000_000_000_u64}), json!(word(n))),
        "x open: nothing explains it (9 of 9, 9 distinct)",
    );
    check(
        9,
        |n| {
            let millis = 1_700_000_000_000_i64 + n as i64 * 86_400_000;
            let day = jiff::Timestamp::from_millisecond(millis).expect("it is an instant");
            (json!({"a": millis}), json!(day.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()))
        },
        "x a != null ? $fromMillis(a)",
    );
}

#[test]
fn what_is_not_there_is_told_as_legacy_tells_it() {
    let gap = |n: usize, value: Value| if n.is_multiple_of(3) { Value::Null } else { value };
    check(
        9,
        |n| (if n % 3 == 0 { json!({}) } else { json!({"a": word(n)}) }, gap(n, json!(word(n)))),
        "x $orNull(a)",
    );
    check(
        9,
        |n| (json!({"a": gap(n, json!(n.to_string() + "0"))}), gap(n, json!(n * 10))),
        "x a ? $number(a) : null",
    );
    check(
        60,
        |n| {
            (
                json!({"a": gap(n, json!(word(n)))}),
                gap(n, json!(word(n))).as_str().unwrap_or("unknown").into(),
            )
        },
        "x a != null ? a : \"unknown\"",
    );
}

#[test]
fn a_field_that_is_always_there_is_told_in_the_style_of_the_others() {
    let made: Vec<(Value, Value)> = (0..12)
        .map(|n| {
            let b = if n % 2 == 0 { json!(word(n + 60)) } else { Value::Null };
            (json!({"A": word(n), "B": {"z": b}}), json!({"a": word(n), "inner": {"b": b}}))
        })
        .collect();
    let examples: Vec<Example<'_>> = made.iter().map(|(source, legacy)| Example { source, legacy }).collect();
    let text = suggest(&examples, "pairs", 0).text;
    assert!(text.contains("\"a\": $orNull(A),"), "{text}");
}

#[test]
fn several_places_make_one_field() {
    check(
        9,
        |n| (json!({"a": word(n), "b": word(n + 30)}), json!(format!("{}, {}", word(n + 30), word(n)))),
        "x b & \", \" & a",
    );
    check(
        30,
        |n| {
            let a = if n % 2 == 0 { json!(word(n)) } else { Value::Null };
            (json!({"a": a, "b": word(n + 300)}), json!(if n % 2 == 0 { word(n) } else { word(n + 300) }))
        },
        "x a ? a : b",
    );
    let states = ["new", "open", "won"];
    let told = ["CREATED", "ACTIVE", "CLOSED"];
    check(
        60,
        |n| (json!({"a": nth(&states, n * n / 3)}), json!(nth(&told, n * n / 3))),
        "x a ? $lookup({ \"new\": \"CREATED\", \"open\": \"ACTIVE\", \"won\": \"CLOSED\" }, $string(a))",
    );
}

#[test]
fn lists_are_explained_element_by_element() {
    let lines = |n: usize| 0..n % 4;
    check(
        12,
        |n| {
            let from: Vec<Value> = lines(n).map(|l| json!({"Id": word(n * 9 + l), "Kind": "s"})).collect();
            let to: Vec<Value> = lines(n).map(|l| json!({"id": word(n * 9 + l)})).collect();
            (json!({"Line": from}), json!(to))
        },
        "x[*].id Id",
    );
    check(
        12,
        |n| {
            let from: Vec<Value> =
                (0..4).map(|l| json!({"v": word(n * 9 + l), "k": (l + n) % 3 == 0})).collect();
            let to: Vec<Value> =
                from.iter().filter(|one| one["k"] == true).map(|one| one["v"].clone()).collect();
            (json!({"list": from}), json!(to))
        },
        "x[*] v",
    );
    check(
        12,
        |n| {
            let from: Vec<Value> = lines(n).map(|l| json!({"v": word(n * 9 + l)})).collect();
            let to: Vec<Value> = from.iter().map(|one| one["v"].clone()).collect();
            (json!({"one": from, "two": from}), json!(to))
        },
        "x open: no list of the source explains it (18 elements in 12 recordings)",
    );
    check(
        40,
        |n| {
            let phone = (n % 2 == 0).then(|| word(n));
            let to: Vec<Value> = phone.iter().map(|phone| json!({"value": phone, "type": "work"})).collect();
            (json!({"phone": phone, "b": word(n + 90)}), json!(to))
        },
        "x[?@.type==\"work\"].value phone\nx[?@.type==\"work\"].type \"work\"",
    );
}

#[test]
fn a_list_in_another_order_is_joined_by_its_key_and_sorted_by_what_gives_the_order() {
    let rank = |n: usize, l: usize| (n * 5 + l * 3) % 7;
    let example = |n: usize| {
        let from: Vec<Value> = (0..3).map(|l| json!({"Id": word(n * 9 + l), "rank": rank(n, l)})).collect();
        let mut to = from.clone();
        to.sort_by_key(|one| std::cmp::Reverse(one["rank"].as_u64()));
        let to: Vec<Value> = to.iter().map(|one| json!({"id": one["Id"]})).collect();
        (json!({"list": from}), json!(to))
    };
    check(12, example, "x[*].id Id");
    let drafted = |count: usize| {
        let made: Vec<(Value, Value)> = (0..count).map(|n| example(n + 1)).collect();
        let legacy: Vec<Value> = made.iter().map(|(_, legacy)| json!({ "x": legacy })).collect();
        let both = made.iter().zip(&legacy);
        let examples: Vec<Example<'_>> =
            both.map(|((source, _), legacy)| Example { source, legacy }).collect();
        suggest(&examples, "pairs", 0).text
    };
    assert!(drafted(12).contains("[list^(>rank).{"), "{}", drafted(12));
    // Of so few pairs of neighbours one may be ordered by anything.
    assert!(!drafted(3).contains('^'), "{}", drafted(3));
}

#[test]
fn limits_are_reached_and_told() {
    let wide = |fields: usize| {
        let fields = (0..fields).map(|n| (format!("f{n}"), json!(word(n))));
        Value::Object(fields.collect())
    };
    let (source, legacy) = (wide(paths::PATHS_MAX), json!({"x": word(3)}));
    let text = suggest(&[Example { source: &source, legacy: &legacy }], "one", 0).text;
    assert!(text.contains("Not all places of the source were looked at."), "{text}");
    let (source, legacy) = (json!({}), wide(401));
    let lines = suggest(&[Example { source: &source, legacy: &legacy }], "one", 0).lines;
    assert_eq!(lines[0].state, State::Open("more than 400 fields".to_owned()));
    let one = json!({"a": 1});
    let many = vec![Example { source: &one, legacy: &one }; EXAMPLES_MAX + 1];
    assert!(suggest(&many, "many", 0).text.starts_with("/* A draft from 5000 recordings of many"));
}

#[test]
fn an_object_becomes_a_list_of_its_entries_and_back() {
    let object = |n: usize| json!({word(n): n, "k": word(n + 1)});
    let list = |n: usize| json!([{"name": word(n), "value": n}, {"name": "k", "value": word(n + 1)}]);
    check(
        9,
        |n| (json!({"custom": object(n)}), list(n)),
        "x [$each(custom, function($value, $key) { { \"name\": $key, \"value\": $value } })]",
    );
    check(9, |n| (json!({"custom": list(n)}), object(n)), "x $merge(custom.{ name: value })");
}

#[test]
fn too_little_evidence_is_a_comment() {
    check(
        3,
        |_| (json!({"a": 1}), json!("OPEN")),
        "x open: \"OPEN\" in all 3, which is too few to call it constant",
    );
    check(
        19,
        |_| (json!({"a": 1}), json!(null)),
        "x open: null in all 19, which is too few to call it constant",
    );
    check(20, |_| (json!({"a": 1}), json!(null)), "x null");
    check(100, |_| (json!({"a": 1}), json!("OPEN")), "x \"OPEN\"");
    check(
        5,
        |n| (json!({"a": n % 2 == 0, "b": n}), json!(n % 2 == 0)),
        "x open: too few distinct values to tell: a (5 of 5, 2 distinct)",
    );
}

#[test]
fn what_no_example_tells_apart_is_a_comment_unless_a_name_does() {
    check(
        9,
        |n| (json!({"a": word(n), "b": word(n)}), json!(word(n))),
        "x open: no example tells apart: a or b (9 of 9, 9 distinct)",
    );
    check(9, |n| (json!({"a": word(n), "X": word(n)}), json!(word(n))), "x X");
}

#[test]
fn what_nearly_fits_is_a_comment() {
    check(
        20,
        |n| (json!({"a": word(n)}), json!(if n == 7 { "other".to_owned() } else { word(n) })),
        "x open: a explains 19 of 20",
    );
}

#[test]
fn the_draft_is_a_mapping_that_can_be_read() {
    let made: Vec<(Value, Value)> = (0..9)
        .map(|n| {
            let source =
                json!({"Id": word(n), "Name": if n % 2 == 0 { json!(word(n + 40)) } else { Value::Null }});
            let legacy = json!({"id": word(n), "name": source["Name"], "status": "*/ OPEN"});
            (source, legacy)
        })
        .collect();
    let examples: Vec<Example<'_>> = made.iter().map(|(source, legacy)| Example { source, legacy }).collect();
    let expected = r#"/* A draft from 9 recordings of made-up pairs: 2 of 3 fields are explained, and every recording bears them out. What the recordings do not show, it does not know. */
(
  $orNull := function($value) { $exists($value) ? $value : null };
  {
    "id": $orNull(Id),  /* 9 of 9, 9 distinct */
    "name": $orNull(Name)  /* 9 of 9, 5 filled, 5 distinct */
    /* open: "status": "* / OPEN" in all 9, which is too few to call it constant */
  }
)
"#;
    assert_eq!(suggest(&examples, "made-up pairs", 0).text, expected);
}

/// A small generator of its own: the same seed, the same documents.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn value(&mut self, depth: u64) -> Value {
        let texts = ["", "a", "a b", "12", "2026-01-02T03:04:05Z", "*/", "\u{1F600}`", "true", "a@b.c"];
        match self.roll(if depth == 0 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(50)),
            3 => json!(texts[self.roll(texts.len() as u64) as usize]),
            4 => json!(word(self.roll(1_000) as usize)),
            5 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let keys = ["id", "b-c", "`", "", "and", "type", "createdAt", "\"*/"];
                let keys = (0..self.roll(5)).map(|_| keys[self.roll(keys.len() as u64) as usize]);
                let keys: Vec<&str> = keys.collect();
                Value::Object(keys.iter().map(|key| ((*key).to_owned(), self.value(depth - 1))).collect())
            }
        }
    }

    /// The value with some of what lies in it exchanged.
    fn changed(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) if self.roll(8) > 0 => {
                fields.iter().map(|(name, value)| (format!("{name}x"), self.changed(value))).collect()
            }
            Value::Array(list) if self.roll(8) > 0 => list.iter().map(|value| self.changed(value)).collect(),
            value if self.roll(6) > 0 => value.clone(),
            _ => self.value(1),
        }
    }
}

#[test]
fn whatever_the_examples_are_the_draft_is_a_mapping_that_they_bear_out() {
    use crate::mapping::{LIMITS, Mapping};
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let shape = dice.value(4);
        let rows = dice.roll(30) + 1;
        let made: Vec<(Value, Value)> = (0..rows)
            .map(|_| {
                let source = dice.changed(&shape);
                let legacy = if seed % 3 == 0 { dice.value(3) } else { dice.changed(&source) };
                (source, legacy)
            })
            .collect();
        let examples: Vec<Example<'_>> =
            made.iter().map(|(source, legacy)| Example { source, legacy }).collect();
        let draft = suggest(&examples, "pairs", 0);
        assert_eq!(suggest(&examples, "pairs", 0), draft, "seed {seed}");
        let mapping = Mapping::compile(&draft.text)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", draft.text));
        for example in &examples {
            let answer = mapping.evaluate(&example.source.to_string(), 0, &LIMITS);
            let answer = answer.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", draft.text));
            if draft.lines.iter().all(|line| matches!(line.state, State::Coded { .. })) {
                let answer = answer.map(|text| serde_json::from_str::<Value>(&text).expect("it is JSON"));
                assert_eq!(answer.as_ref(), Some(example.legacy), "seed {seed}\n{}", draft.text);
            }
        }
    }
}
