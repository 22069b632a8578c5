//! Reads how mappings are evaluated: what operations inherit, what is refused, what is warned of.

use std::path::Path;

use compare::tolerance::Day;

use super::fit::look_over;
use super::problem::render_all;
use super::{Config, ConfigPlace, read};
use crate::options::{Look, Paint, Reader};
use crate::scratch::Scratch;

const LOOK: Look = Look { reader: Reader::File, paint: Paint::Plain, width: 100 };

/// What the operations of a configuration are evaluated with, or what is wrong with it.
#[track_caller]
fn check(provider: &str, operations: &[&str], expected: &str) {
    let mut text = format!("[migration]\nname = \"m\"\n[providers.new]\nprofile = \"p\"\n{provider}\n");
    for (index, keys) in operations.iter().enumerate() {
        text.push_str(&format!("[[operations]]\nname = \"o{index}\"\n{keys}\n"));
    }
    let told = match read(Path::new("cutover.toml"), "cutover.toml", &text) {
        Ok(config) => config.operations.iter().fold(String::new(), |told, operation| {
            let way = &operation.evaluation;
            format!("{told}{} {} on {}\n", operation.name, way.library, way.engine.name())
        }),
        Err(problems) => render_all(&problems, LOOK),
    };
    assert_eq!(told.trim(), expected.trim());
}

#[test]
fn an_operation_is_evaluated_as_new_does_unless_it_says_otherwise() {
    check("", &[""], "o0 jsonata@2.2.1 on auto");
    check(
        "dialect = \"truto\"\njsonata = \"2.2.1\"",
        &["", "engine = \"jlens\"", "dialect = \"jsonata\"\njsonata = \"1.8.7\"\nengine = \"oracle\""],
        "o0 @truto/truto-jsonata@3.0.6 on auto\no1 @truto/truto-jsonata@3.0.6 on jlens\no2 jsonata@1.8.7 on oracle",
    );
}

#[test]
fn a_word_or_a_version_that_is_none_is_refused() {
    check(
        "dialect = \"trutto\"\njsonata = \"^2\"",
        &["engine = \"jlns\""],
        r#"
  × error: `dialect` in `new` in `providers` in the configuration cannot be `trutto`
   ╭─[cutover.toml:5:11]
 4 │ profile = "p"
 5 │ dialect = "trutto"
   ·           ────┬───
   ·               ╰── expected one of `jsonata`, `truto`
 6 │ jsonata = "^2"
   ╰────
  help: did you mean `truto`?

  × error: `^2` is not an exact version
   ╭─[cutover.toml:6:11]
 5 │ dialect = "trutto"
 6 │ jsonata = "^2"
   ·           ──┬─
   ·             ╰── expected a version such as "2.2.1"
 7 │ [[operations]]
   ╰────

  × error: `engine` in operation `o0` cannot be `jlns`
   ╭─[cutover.toml:9:10]
 8 │ name = "o0"
 9 │ engine = "jlns"
   ·          ───┬──
   ·             ╰── expected one of `auto`, `jlens`, `jsonata-rs`, `oracle`
   ╰────
  help: did you mean `jlens`?

3 errors
"#,
    );
}

#[test]
fn the_library_of_truto_has_one_jsonata() {
    check(
        "dialect = \"truto\"\njsonata = \"2.1.0\"",
        &["", ""],
        r#"
  × error: @truto/truto-jsonata@3.0.6 evaluates with jsonata 2.2.1, not 2.1.0
   ╭─[cutover.toml:6:11]
 5 │ dialect = "truto"
 6 │ jsonata = "2.1.0"
   ·           ───┬───
   ·              ╰── @truto/truto-jsonata@3.0.6 brings its own
 7 │ [[operations]]
   ╰────
  help: say "2.2.1", or leave it out

1 error
"#,
    );
}

#[test]
fn a_mapping_that_only_the_oracle_evaluates_is_warned_of() {
    let scratch = Scratch::new("a_mapping_that_only_the_oracle_evaluates_is_warned_of");
    scratch.write("xml.jsonata", "$xmlToJs(body)");
    scratch.write("plain.jsonata", "$");
    scratch.write("service.jsonata", "$parseDocument(body)");
    let operation = |name: &str, keys: &str| {
        let asked = "{ method = \"GET\", path = \"/\" }";
        format!("[[operations]]\nname = \"{name}\"\nlegacy = {asked}\nnew = {asked}\n{keys}\n")
    };
    let operations = [
        operation("a", "mapping = \"xml.jsonata\"\ndialect = \"truto\""),
        operation("b", "mapping = \"xml.jsonata\"\ndialect = \"truto\"\nengine = \"oracle\""),
        operation("c", "mapping = \"xml.jsonata\"\ndialect = \"truto\"\nengine = \"jlens\""),
        operation("d", "mapping = \"plain.jsonata\"\njsonata = \"1.8.7\""),
        operation("e", "mapping = \"plain.jsonata\"\njsonata = \"1.8.7\"\nengine = \"jlens\""),
        operation("f", "mapping = \"service.jsonata\"\ndialect = \"truto\""),
    ];
    scratch.write("cutover.toml", &format!("[migration]\nname = \"m\"\n{}", operations.concat()));
    let config = Config::load(&ConfigPlace::Upwards { folder: scratch.path().to_owned() });
    let config = config.unwrap_or_else(|error| panic!("the configuration is read: {error}"));
    let (_, findings) = look_over(&config, Day { year: 2026, month: 11, day: 20 }, &|_| None);
    let told = findings.iter().fold(String::new(), |told, problem| {
        let help = problem.help.as_deref().unwrap_or_default();
        format!("{told}{}: {}\n  {help}\n", problem.severity.name(), problem.message)
    });
    assert_eq!(
        told,
        "warning: the mapping `xml.jsonata` needs the oracle: $xmlToJs is not implemented natively\n  \
         `cutover oracle install --dialect truto` installs it; without it, pairs are undecided\n\
         warning: the mapping `xml.jsonata` needs the oracle: $xmlToJs is not implemented natively\n  \
         take engine = \"auto\", which asks the oracle where it must\n\
         warning: the mapping `plain.jsonata` needs the oracle: the native engine is not jsonata 1.8.7\n  \
         `cutover oracle install --dialect jsonata --version 1.8.7` installs it; without it, pairs are undecided\n\
         warning: the mapping `plain.jsonata` is evaluated as jsonata 2.2\n  \
         production has 1.8.7: take engine = \"auto\" or \"oracle\"\n\
         warning: the mapping `service.jsonata`: $parseDocument calls a service, so it is not evaluated\n  \
         test what it does without the call\n"
    );
}
