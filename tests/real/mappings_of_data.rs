//! Six JSONata mappings of real records, each with the output that the real software gave.

use super::project::{MIGRATION, Project, argument};
use crate::data;

/// So many mappings the data holds; a folder that got lost must not go unseen.
const MAPPINGS: usize = 6;

#[test]
fn every_mapping_of_the_data_gives_what_is_expected_of_it_exactly() {
    let Some(folder) = data::find("6-jsonata-mappings") else { return };
    let project = Project::new("mappings", MIGRATION);
    let mut done = 0;
    for folder in data::files(&folder) {
        let [input, expected, mapping] =
            ["input.json", "expected.json", "mapping.jsonata"].map(|name| folder.join(name));
        if !mapping.exists() {
            continue;
        }
        let run = project
            .expect(&["diff", argument(&expected), argument(&input), "--mapping", argument(&mapping)], 0);
        assert_eq!(run.stdout, "Same.\n", "{}", folder.display());
        done += 1;
    }
    assert_eq!(done, MAPPINGS);
}
