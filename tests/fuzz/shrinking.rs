//! What is found is shown small: within two nodes of what a person would have written.

use cutover::commands::fuzz::hunt::Depth;
use fuzz::tree::Tree;

use super::door::{Expected, Sample, on_sample};
use super::planted::PLANTED;

/// Planted mistakes, by file and what they are, the path of the answer that is wrong, and the smallest input that a person finds.
const SMALLEST: [(&str, &str, &str, &str); 10] = [
    (
        "crm/contacts.list.response.jsonata",
        "a typo in a path",
        "$.data[*].company_name",
        r#"{"result":[{"properties":{"company":"Copper Kettle Foods"}}]}"#,
    ),
    (
        "crm/contacts.list.response.jsonata",
        "an unwrapped singleton",
        "$.data[*].websites",
        r#"{"result":[{}]}"#,
    ),
    (
        "crm/contacts.list.response.jsonata",
        "a number instead of its text",
        "$.data[*].owner_id",
        r#"{"result":[{"properties":{"hubspot_owner_id":"7710"}}]}"#,
    ),
    (
        "crm/contacts.list.response.jsonata",
        "the wrong word",
        "$.data[*].phone_numbers[*].type",
        r#"{"result":[{"properties":{"mobilephone":"+1 503 555 0117"}}]}"#,
    ),
    (
        "crm/contacts.get.response.jsonata",
        "a negation that is lost",
        "$.data.active",
        r#"{"is_archived":false}"#,
    ),
    (
        "crm/contacts.get.response.jsonata",
        "a word that is not translated",
        "$.data.emails[*].type",
        r#"{"email_addresses":[{"type":"primary"},{"type":"secondary"}]}"#,
    ),
    (
        "crm/custom-object.list.response.jsonata",
        "a text instead of a number",
        "$.data[*].fields.seats",
        r#"{"result":[{"properties":{"seats":"12"}}]}"#,
    ),
    (
        "accounting/invoices.list.response.jsonata",
        "a status that is not translated",
        "$.data[*].status",
        r#"{"result":[{"status":"OPEN"}]}"#,
    ),
    (
        "ticketing/issues.list.response.jsonata",
        "two words swapped",
        "$.data[*].status",
        r#"{"response":{"result":[{}]}}"#,
    ),
    (
        "accounting/customers.list.response.jsonata",
        "a flag read the other way",
        "$.data[*].status",
        r#"{"items":[{"isinactive":"F"}]}"#,
    ),
];

fn smallest(sample: &Sample<'_>, file: &str, what: &str, field: &str) -> Tree {
    let planted = PLANTED.iter().find(|planted| (planted.file, planted.what) == (file, what));
    let planted = planted.unwrap_or_else(|| panic!("{file} has no planted mistake \"{what}\""));
    let mutant = sample.text(file).replacen(planted.from, planted.to, 1);
    let hunted = sample.hunt(file, &mutant, Expected::Known, 150, Depth::Findings);
    let found = hunted.findings.iter().find(|finding| finding.key.starts_with(field));
    let keys: Vec<&str> = hunted.findings.iter().map(|finding| finding.key.as_str()).collect();
    found.unwrap_or_else(|| panic!("{file}, {what}: nothing at {field}, but at {keys:?}")).input.clone()
}

#[test]
fn what_is_shown_is_within_two_nodes_of_the_smallest_that_a_person_finds() {
    on_sample(|sample| {
        for (file, what, field, by_hand) in SMALLEST {
            let shown = smallest(sample, file, what, field);
            let by_hand = Tree::read(by_hand).expect("it is JSON");
            println!("{what}: {}", shown.json());
            assert!(
                shown.nodes() <= by_hand.nodes() + 2,
                "{what}: {} against {}",
                shown.json(),
                by_hand.json()
            );
        }
    });
}
