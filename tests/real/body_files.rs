//! Bodies that are handed to `diff` and `map` as files or on standard input, however an editor or a pipe left them.

use super::project::{MIGRATION, Project, Run};

fn piped(project: &Project, arguments: &[&str], input: &str) -> Run {
    Run::told(&mut project.command(arguments), input)
}

#[test]
fn a_body_comes_from_a_file_or_on_standard_input_with_or_without_a_byte_order_mark() {
    let project = Project::new("body-files", MIGRATION);
    project.write("a.json", r#"{"a":1}"#);
    project.write("mark.json", "\u{feff}{\"a\":1}\r\n");
    project.write("twice.jsonata", "a * 2");
    project.expect(&["diff", "a.json", "mark.json"], 0);
    for (arguments, input, expected) in
        [(&["diff", "a.json", "-"][..], "{\"a\":1}", 0), (&["diff", "-", "a.json"], "\u{feff}{\"a\":2}", 1)]
    {
        let run = piped(&project, arguments, input);
        assert_eq!(run.code, expected, "{arguments:?}: {}", run.stderr);
    }
    let mapped = piped(&project, &["map", "-", "--mapping", "twice.jsonata"], r#"{"a":21}"#);
    assert_eq!((mapped.code, mapped.stdout.trim()), (0, "42"), "{}", mapped.stderr);
}

#[test]
fn what_is_no_body_is_refused_with_its_reason() {
    let project = Project::new("no-body-files", MIGRATION);
    project.write("a.json", "{}");
    project.write("empty.json", " \n");
    let refused = |arguments: &[&str], input: &str, expected: &str| {
        let run = piped(&project, arguments, input);
        assert_eq!((run.code, run.stderr.contains(expected)), (2, true), "{arguments:?}: {}", run.stderr);
    };
    refused(&["diff", "-", "-"], "{}", "both bodies are `-`, and standard input has one");
    refused(&["diff", "a.json", "empty.json"], "", "empty.json is empty, and a body is JSON");
    refused(&["diff", "a.json", "-"], "", "standard input is empty, and a body is JSON");
    refused(&["diff", "a.json", "-"], "{\n \"a\"}", "standard input:2:5: not JSON: expected ':'");
}
