//! Facts about provenance: which expression is named for a path, and what it read.

use super::*;
use crate::mapping::{LIMITS, Mapping};

fn check(source: &str, path: &str, expected: &str) {
    let provenance = Provenance::of(source).expect("the mappings of these tests parse");
    let place = provenance.blame(path).expect("the paths of these tests are paths");
    let around = if place.nearness == Nearness::Enclosing { "around " } else { "" };
    assert_eq!(format!("{around}{}", provenance.text(&place)), expected, "{path} of {source}");
}

#[test]
fn objects_and_lists_lead_to_the_expression_of_a_key() {
    let source = "{'data': [result.{'id': id, 'name': $uppercase(n), 'deep': x.y}], 'n': $count(result)}";
    check(source, "$.data[3].name", "$uppercase(n)");
    check(source, "$.data[*].name", "$uppercase(n)");
    check(source, "$.n", "$count(result)");
    // All that is in a value that is copied whole is made by the copy.
    check(source, "$.data[0].deep.z[1]", "x.y");
    check(source, "$.data", "[result.{'id': id, 'name': $uppercase(n), 'deep': x.y}]");
    check(source, "$", source);
}

#[test]
fn a_key_that_is_not_made_leads_to_the_object_that_lacks_it() {
    let source = "{'data': [result.{'id': id}]}";
    check(source, "$.data[0].name", "around {'id': id}");
    check(source, "$.meta", "around {'data': [result.{'id': id}]}");
    check("{'a': 'text'}", "$.a.b", "around 'text'");
}

#[test]
fn functions_and_variables_of_the_mapping_are_followed() {
    let source = "($f := function($r) {{'a': $r.x, 'b': 1}}; $meta := {'n': m}; {'list': [items.$f($)], 'one': $f(y), 'meta': $meta})";
    check(source, "$.list[1].a", "$r.x");
    check(source, "$.one.a", "$r.x");
    check(source, "$.one", "$f(y)");
    check(source, "$.meta.n", "m");
    check("$map(items, function($i) {{'a': $i.x}})", "$[0].a", "$i.x");
    check("items ~> $map(function($i) {{'a': $i.x}})", "$[0].a", "$i.x");
    check("$sort(items.{'a': x}, function($l, $r) {$l.a > $r.a})", "$[0].a", "x");
    check("($f := function($n) { $n > 0 ? $f($n - 1) : $n }; {'a': $f(3)})", "$.a.b", "$n");
}

#[test]
fn of_several_the_one_that_can_be_told_is_named_and_otherwise_all_of_them() {
    check("{'a': c ? {'x': 1, 'y': q} : null}", "$.a.y", "q");
    check("{'a': c ? {'x': p} : {'x': q}}", "$.a.x", "around c ? {'x': p} : {'x': q}");
    check("$merge([{'a': p, 'b': r}, {'a': q}])", "$.a", "q");
    check("$merge([{'a': p, 'b': r}, {'a': q}])", "$.b", "r");
    check("{'e': [p.{'x': y}, q.{'z': w}]}", "$.e[0].z", "w");
    check("{'e': [p.{'x': y}, q.{'x': w}]}", "$.e[0].x", "around [p.{'x': y}, q.{'x': w}]");
    check("{'e': $append(p.{'x': y}, q)}", "$.e", "$append(p.{'x': y}, q)");
}

#[test]
fn groups_and_computed_keys_lead_to_their_values() {
    check("items{kind: $count($)}", "$.a", "$count($)");
    check("{'a': 1, $string(k): v}", "$.other", "v");
}

#[test]
fn a_text_that_is_no_path_and_a_search_at_any_depth_lead_nowhere() {
    let provenance = Provenance::of("{'a': 1}").expect("it parses");
    assert_eq!(["header etag", "$..a", "$[?@.a]"].map(|path| provenance.blame(path)), [None, None, None]);
}

#[test]
fn a_function_that_calls_itself_is_not_followed_for_ever() {
    let path = format!("${}", ".a".repeat(100));
    for source in [
        "($f := function($n) { {'a': $f($n)} }; $f(1))",
        "($f := function($n) { c ? $f($n) : $f(1) }; $f(1))",
    ] {
        assert!(Provenance::of(source).and_then(|provenance| provenance.blame(&path)).is_some());
    }
}

#[test]
fn what_a_field_was_taken_from_is_left_out() {
    let mapping = Mapping::compile("{'e': p.q[$].{'x': $}}").expect("it compiles");
    let place = Provenance::of(mapping.source()).and_then(|provenance| provenance.blame("$.e"));
    let input = r#"{"p":{"q":1}}"#;
    let seen = reads(&mapping, &place.expect("the key is made"), input, 0, &LIMITS).expect("it is read");
    let read: Vec<&str> =
        seen.iter().flat_map(|seen| &seen.reads).map(|read| read.expression.as_str()).collect();
    assert_eq!(read, ["q[$]"]);
}

#[test]
fn evaluations_and_reads_beyond_their_limits_are_left_out() {
    let names: Vec<String> = (0..=reads::READS_MAX).map(|index| format!("n{index}")).collect();
    let source = format!("{{'a': [1..{}].($$.[{}])}}", reads::EVALUATIONS_MAX + 1, names.join(","));
    let mapping = Mapping::compile(&source).expect("it compiles");
    let inner = source.find("$$.[").expect("it is there");
    let place =
        Place { span: inner..source.len() - 2, line: 1, column: inner + 1, nearness: Nearness::Exact };
    let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":1")).collect();
    let seen =
        reads(&mapping, &place, &format!("{{{}}}", members.join(",")), 0, &LIMITS).expect("it is read");
    // `$$` is the first of those that are kept, and is left out because its fields tell more.
    assert_eq!((seen.len(), seen[0].reads.len()), (reads::EVALUATIONS_MAX, reads::READS_MAX - 1));
}

#[test]
fn what_an_expression_read_is_told_for_each_evaluation() {
    let source = "{'data': [result.{'id': id, 'name': $trim(first) & ' ' & last}]}";
    let mapping = Mapping::compile(source).expect("it compiles");
    let place = Provenance::of(source).and_then(|provenance| provenance.blame("$.data[1].name"));
    let input = r#"{"result":[{"first":" A ","last":"B"},{"first":"C"}]}"#;
    let seen = reads(&mapping, &place.expect("the key is made"), input, 0, &LIMITS).expect("it is read");
    let shown: Vec<String> = seen
        .iter()
        .map(|evaluated| {
            let value = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
            };
            let reads =
                evaluated.reads.iter().map(|read| format!("{} = {}", read.expression, value(&read.value)));
            format!("{} from {}", value(&evaluated.value), reads.collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert_eq!(
        shown,
        [r#""A B" from first = " A ", last = "B""#, r#""C " from first = "C", last = nothing"#]
    );
}
