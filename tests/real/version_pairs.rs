//! The same invoices from a template and from the one that replaced it: cents by floating point, then decimals.

use super::project::{MIGRATION, Project, argument, json, mapping, totals};
use crate::data;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::path::Path;

const INVOICES: &str = "4-version-pairs/nango-legacy-vs-new/quickbooks/invoices";
const OPERATION: &str = "accounting.invoices.list";

const WITHIN_A_CENT: &str = r#"
[[tolerance]]
path = "$[*]['balance_cents', 'total_amt_cents']"
rule = { within = { abs = 0.001 } }
reason = "legacy multiplied by a hundred in floating point: far less than a cent"
owner = "billing@acme.example"
until = 2027-03-31
"#;

#[test]
fn a_mapping_that_multiplies_as_legacy_did_gives_the_same_invoices() {
    let Some(folder) = data::find(INVOICES) else { return };
    let project = from_source("invoices-same", "quickbooks-invoices", "");
    import(&project, &folder);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 1, 0, 0, 0]);
}

#[test]
fn rounded_cents_differ_by_float_dust_which_a_tolerance_excuses_and_the_report_names() {
    let Some(folder) = data::find(INVOICES) else { return };
    let strict = from_source("invoices-strict", "quickbooks-invoices-rounded", "");
    import(&strict, &folder);
    strict.expect(&["check"], 1);

    let project = from_source(
        "invoices-tolerated",
        "quickbooks-invoices-rounded",
        "tolerances = [\"dust.tolerances.toml\"]",
    );
    project.write("dust.tolerances.toml", WITHIN_A_CENT);
    import(&project, &folder);
    project.expect(&["check"], 0);
    assert_eq!(totals(&project.verdicts()), [1, 0, 1, 0, 0]);
    let dust: Vec<[String; 4]> =
        differences(&project).into_iter().map(|row| [row.field, row.kind, row.legacy, row.new]).collect();
    let expected = [
        ["$[*].balance_cents", "precision", "31427.999999999996", "31428"],
        ["$[*].total_amt_cents", "precision", "31427.999999999996", "31428"],
        ["$[*].balance_cents", "precision", "7859.999999999999", "7860"],
        ["$[*].total_amt_cents", "precision", "7859.999999999999", "7860"],
    ];
    assert_eq!(dust, expected.map(|row| row.map(str::to_owned)));
}

#[test]
fn the_new_template_against_legacy_fails_and_names_the_extra_records_and_the_fields_it_lacks() {
    let Some(folder) = data::find(INVOICES) else { return };
    let plain = format!("{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\nkeys = {{ \"$\" = [\"id\"] }}\n");
    let project = Project::new("invoices-new", &plain);
    import(&project, &folder);
    project.expect(&["check"], 1);
    assert_eq!(totals(&project.verdicts()), [1, 0, 0, 1, 0]);

    let rows = differences(&project);
    let said = |kind: &'static str| rows.iter().filter(move |row| row.kind == kind);
    let [legacy, new] = ["legacy.unified.json", "new.unified.json"].map(|name| json(&folder.join(name)));
    let extra_ids: BTreeSet<String> = ids(&new).difference(&ids(&legacy)).cloned().collect();
    let extra_records: BTreeSet<String> = said("extra")
        .filter(|row| row.field == "$[*]")
        .map(|row| row.path.trim_matches(['$', '[', ']']).parse::<usize>().expect("an element's path"))
        .map(|index| new[index]["id"].as_str().expect("an invoice has an id").to_owned())
        .collect();
    assert_eq!(extra_records.len(), 6);
    assert_eq!(extra_records, extra_ids);

    let lacking: BTreeSet<String> = json(&folder.join("pair.json"))["fields_only_legacy"]
        .as_array()
        .expect("the data says which fields only legacy has")
        .iter()
        .map(|field| format!("$[*].{}", field.as_str().expect("a field is a text")))
        .collect();
    let missing: BTreeSet<String> = said("missing").map(|row| row.field.clone()).collect();
    assert_eq!(missing, lacking);
    for field in &missing {
        assert_eq!(said("missing").filter(|row| row.field == *field).count(), 31, "{field} of 31 invoices");
    }
}

fn from_source(name: &str, mapping_name: &str, more: &str) -> Project {
    let file = mapping(mapping_name);
    let configuration = format!(
        "{MIGRATION}[[operations]]\nname = \"{OPERATION}\"\nsource = {{ method = \"GET\", path = \"/query\" }}\n\
         map_from = \"source\"\nmapping = \"{file}\"\nkeys = {{ \"$\" = [\"id\"] }}\n{more}\n"
    );
    Project::new(name, &configuration)
}

/// The source is the first answer that the legacy template got, cut out as it stands so that no number changes.
fn import(project: &Project, folder: &Path) {
    #[derive(serde::Deserialize)]
    struct Mock<'m> {
        #[serde(borrow)]
        value: Answer<'m>,
    }
    #[derive(serde::Deserialize)]
    struct Answer<'m> {
        #[serde(borrow)]
        response: &'m RawValue,
    }
    let text = std::fs::read_to_string(folder.join("legacy.raw.json")).expect("the raw answers are there");
    let answers: Vec<Mock<'_>> = serde_json::from_str(&text).expect("the raw answers are a list");
    project.write("source.json", answers[0].value.response.get());
    let [legacy, new] = ["legacy.unified.json", "new.unified.json"].map(|name| folder.join(name));
    project.expect(
        &[
            "import",
            "pair",
            "--legacy",
            argument(&legacy),
            "--new",
            argument(&new),
            "--source",
            "source.json",
            "--operation",
            OPERATION,
            "--id",
            "quickbooks",
        ],
        0,
    );
}

fn ids(invoices: &Value) -> BTreeSet<String> {
    let invoices = invoices.as_array().expect("the invoices are a list");
    invoices.iter().map(|invoice| invoice["id"].as_str().expect("an invoice has an id").to_owned()).collect()
}

#[derive(serde::Deserialize)]
struct Row {
    path: String,
    field: String,
    kind: String,
    legacy: String,
    new: String,
}

fn differences(project: &Project) -> Vec<Row> {
    let path = project.path("reports/check/differences.csv");
    let mut reader = csv::Reader::from_path(&path).expect("the report has its differences");
    reader.deserialize().map(|row| row.expect("a row has all columns")).collect()
}
