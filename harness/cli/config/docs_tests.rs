//! Holds docs/configuration.md to what the code reads.

use std::collections::BTreeSet;
use std::path::Path;

use super::read;

const DOCS: &str = include_str!("../../../docs/configuration.md");
const OF_IMPORTS: &str = include_str!("../../../docs/import.md");

/// An unknown key in every table: the help of each mistake lists the keys that the table has.
const ASKING: &str = r#"
zzzzzz = 1
[migration]
zzzzzz = 1
[providers]
zzzzzz = 1
[providers.legacy]
zzzzzz = 1
[accounts]
zzzzzz = 1
[state]
zzzzzz = 1
[[operations]]
zzzzzz = 1
legacy = { zzzzzz = 1 }
join = { zzzzzz = 1 }
[recordings]
zzzzzz = 1
[redaction]
zzzzzz = 1
[gates.mapping-change]
zzzzzz = 1
[gates.token-import]
zzzzzz = 1
[gates.write-cutover]
zzzzzz = 1
waivers = [{ zzzzzz = 1 }]
conditions = [{ zzzzzz = 1 }]
[gates.deprecation]
zzzzzz = 1
[serve]
zzzzzz = 1
[audit]
zzzzzz = 1
[[audit.waivers]]
zzzzzz = 1
"#;

#[test]
fn every_key_that_is_read_has_its_row() {
    let problems = read(Path::new("cutover.toml"), "cutover.toml", ASKING).expect_err("it has unknown keys");
    let helps = problems.iter().filter_map(|problem| problem.help.as_deref()?.strip_prefix("its keys are "));
    let helps = helps.collect::<Vec<_>>();
    let keys = helps.iter().flat_map(|help| help.split(", ")).collect::<BTreeSet<_>>();
    let missing = keys.iter().filter(|key| !DOCS.contains(&format!("\n| {key} |"))).collect::<Vec<_>>();
    assert_eq!((helps.len(), missing), (20, Vec::new()));
}

#[test]
fn every_example_of_toml_is_one_that_is_read() {
    let examples = DOCS.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let examples = examples.map(|(example, _)| example).collect::<Vec<_>>();
    assert_eq!(examples.len(), 1);
    let joined = OF_IMPORTS.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let joined =
        joined.map(|(example, _)| format!("[migration]\nname = \"m\"\n{example}")).collect::<Vec<_>>();
    assert_eq!(joined.len(), 1);
    for example in examples.into_iter().chain(joined.iter().map(String::as_str)) {
        let problems = read(Path::new("cutover.toml"), "cutover.toml", example).err();
        assert!(problems.is_none(), "{problems:?}");
    }
}
