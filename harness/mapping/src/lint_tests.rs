//! Facts about the rules: each objects to what it is for, and to nothing else.

use super::*;
use crate::engine::Settings;
use crate::mapping::LIMITS;

/// The findings as `rule at text`; the inputs are the new side's, the answers legacy's.
fn found(dialect: Dialect, source: &str, inputs: &[&str], answers: &[&str]) -> Vec<String> {
    let settings = Settings { dialect, ..Settings::default() };
    let mapping = Mapping::compile_with(source, &settings).expect("the mappings of these tests compile");
    let mut lists = Lists::default();
    answers.iter().for_each(|answer| lists.add(answer));
    let coverage = Coverage::of(&mapping).map(|mut coverage| {
        for input in inputs {
            let observation =
                coverage.observe(input, 0, &LIMITS).expect("the inputs of these tests are read");
            coverage.add(observation, None);
        }
        coverage
    });
    let seen = coverage.as_ref().map(|coverage| Seen { coverage, lists: &lists });
    let text = |finding: &Finding| source[finding.span.clone()].to_owned();
    lint(&mapping, seen).iter().map(|finding| format!("{} at {}", finding.rule, text(finding))).collect()
}

fn check(source: &str, expected: &[&str]) {
    assert_eq!(found(Dialect::Jsonata, source, &[], &[]), expected, "{source}");
}

fn check_truto(source: &str, expected: &[&str]) {
    assert_eq!(found(Dialect::Truto, source, &[], &[]), expected, "{source}");
}

fn check_seen(source: &str, input: &str, legacy: &str, expected: &[&str]) {
    assert_eq!(found(Dialect::Jsonata, source, &[input], &[legacy]), expected, "{source}");
}

#[test]
fn unknown_functions() {
    check("$uppercas(a)", &["unknown-function at $uppercas"]);
    check("a ~> $frob", &["unknown-function at $frob"]);
    check("[$dtFromIso(a)]", &["unknown-function at $dtFromIso"]);
    check_truto("$pick(a, ['b'])", &[]);
    check("($f := function($g) { $g(1) }; $f($string))", &[]);
    check("$map(a, $uppercase)", &[]);
}

#[test]
fn unbound_variables() {
    check("{'a': $recrod.id}", &["unbound-variable at $recrod"]);
    check("v = null ? $missing : v", &[]);
    check("items@$i.{'a': $i.id, 'root': $$.x}", &[]);
    check("items#$n.{'n': $n}", &[]);
}

#[test]
fn hyphenated_keys() {
    check("{'a': custom-fields}", &["hyphenated-key at custom-fields"]);
    check("p.last-name", &["hyphenated-key at last-name"]);
    check("{'a': total - paid, 'b': `custom-fields`, 'c': a -b}", &[]);
}

#[test]
fn singletons() {
    let (input, legacy) = (r#"{"p":{"email":"x"}}"#, r#"{"emails":[{"e":"x"}],"one":{}}"#);
    check_seen("{'emails': p.email.{'e': $}}", input, legacy, &["singleton at p.email.{'e': $}"]);
    check_seen("{'emails': p[email].email}", input, legacy, &[]);
    check_seen("{'emails': p.email[$ != '']}", input, legacy, &["singleton at p.email[$ != '']"]);
    check_seen(
        "{'emails': $append(p.email, p.email)}",
        input,
        legacy,
        &["singleton at $append(p.email, p.email)"],
    );
    check_seen(
        "{'emails': p.email ~> $map(function($e) {$e})}",
        input,
        legacy,
        &["singleton at p.email ~> $map(function($e) {$e})"],
    );
    check_seen("{'emails': [p.email.{'e': $}]}", input, legacy, &[]);
    check_seen("{'emails': p.email.{'e': $}[]}", input, legacy, &[]);
    check_seen("{'emails': p.email}", input, legacy, &[]);
    check_seen("{'one': p.{'e': email}}", input, legacy, &[]);
}

#[test]
fn a_list_that_is_not_always_one_is_no_reason() {
    let mut lists = Lists::default();
    for answer in [r#"{"a":[1],"b":[1],"c":null}"#, r#"{"a":1,"b":null,"c":[]}"#, "no json"] {
        lists.add(answer);
    }
    assert_eq!(lists.paths().collect::<Vec<_>>(), ["$.b", "$.c"]);
}

#[test]
fn lists_beyond_the_limit_are_left_out() {
    let members: Vec<String> =
        (0..crate::lists::PATHS_MAX + 9).map(|index| format!("\"k{index}\":[]")).collect();
    let mut lists = Lists::default();
    lists.add(&format!("{{{}}}", members.join(",")));
    // The body itself is a path too.
    assert_eq!(lists.paths().count(), crate::lists::PATHS_MAX - 1);
}

#[test]
fn paths_that_never_matched() {
    check_seen("{'a': p.naem, 'b': p.name}", r#"{"p":{"name":1}}"#, "{}", &["never-matched at p.naem"]);
    check_seen("{'a': x ? p.y, 'b': name or z}", r#"{"name":1}"#, "{}", &["never-matched at x"]);
    // It is found where it is asked for by itself.
    check_seen("(a or b) ? [b]", r#"{"b":1}"#, "{}", &["never-matched at a"]);
    check("{'a': p.naem}", &[]);
}

#[test]
fn a_path_that_is_nearly_another_is_a_warning_and_one_that_is_not_a_note() {
    let source = "{'a': p.naem, 'b': p.name, 'c': p.phone}";
    let mapping = Mapping::compile(source).expect("it compiles");
    let mut coverage = Coverage::of(&mapping).expect("it is native");
    coverage.add(coverage.observe(r#"{"p":{"name":1}}"#, 0, &LIMITS).expect("it is read"), None);
    let findings = lint(&mapping, Some(Seen { coverage: &coverage, lists: &Lists::default() }));
    let told: Vec<(Level, &str)> = findings.iter().map(|one| (one.level, one.help.as_str())).collect();
    assert_eq!(
        told,
        [
            (Level::Warning, "did you mean `name`?"),
            (Level::Note, "record an account that has it, or leave it out"),
        ]
    );
}

#[test]
fn unused_bindings() {
    check("($a := 1; $b := 2; $b)", &["unused-binding at $a"]);
    check("($f := function($n) { $f($n) }; 1)", &["unused-binding at $f"]);
    check("($f := function($n) { $n }; $f(1))", &[]);
    check("(x; $a := 1)", &[]);
    check("((x; y); $a := 1)", &[]);
    check("$a := 1", &[]);
    check("items.($l := $split(a, ','); $l[0])", &[]);
}

#[test]
fn functions_that_need_the_oracle() {
    check_truto("$xmlToJs(a)", &["needs-oracle at $xmlToJs"]);
    check_truto("{'a': $parseDocument(b)}", &["needs-oracle at $parseDocument"]);
    check_truto("$eval(a)", &["needs-oracle at $eval"]);
    check_truto("($xmlToJs := function($x) { $x }; $xmlToJs(a))", &[]);
    check_truto("$dtFromIso(a).toISO()", &[]);
    check("$eval(a)", &[]);
}

#[test]
fn a_finding_has_its_line_and_column_and_the_list_ends_somewhere() {
    let source = format!("[\n{}1]", "  $nope(1),\n".repeat(FINDINGS_MAX + 5));
    let mapping = Mapping::compile(&source).expect("it compiles");
    let findings = lint(&mapping, None);
    assert_eq!(findings.len(), FINDINGS_MAX);
    assert_eq!((findings[1].line, findings[1].column), (3, 3));
    assert_eq!(findings[0].message, "the dialect jsonata has no function `$nope`");
}

#[test]
fn each_rule_is_named_once_and_says_what_it_is_about() {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.about.ends_with('.')));
}
