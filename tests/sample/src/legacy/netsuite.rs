//! The legacy connector for NetSuite: customers.

use serde_json::{Value, json};

use super::{Resource, list, number, text};
use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) fn customers_page(account: Account, page: Page<'_>) -> Exchange {
    let resource =
        Resource { service: "netsuite", resource: "customers", path: "/accounting/customers".into() };
    list(account, &resource, page, page.items().iter().map(customer).collect())
}

fn customer(row: &Value) -> Value {
    let of = |column: &str| text(&row[column]);
    let list_of = |column: &str, key: &str, kind: &str| -> Vec<Value> {
        match of(column) {
            Value::Null => vec![],
            value => vec![json!({key: value, "type": kind})],
        }
    };
    let individual = row["isperson"] == "T";
    let display_name = match (individual, row["firstname"].as_str(), row["lastname"].as_str()) {
        (true, Some(first), Some(last)) => json!(format!("{first} {last}")),
        _ => of("companyname"),
    };
    let balance: f64 = row["balance"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    json!({
        "id": of("id"),
        "display_id": of("entityid"),
        "display_name": display_name,
        "company_name": of("companyname"),
        "first_name": of("firstname"),
        "last_name": of("lastname"),
        "individual": individual,
        "addresses": addresses(row),
        "emails": list_of("email", "email", "primary"),
        "phone_numbers": list_of("phone", "number", "primary"),
        "websites": list_of("url", "url", "work"),
        "tax_number": of("vatregnumber"),
        "notes": of("comments"),
        "currency": of("currency"),
        "balance": number(balance),
        "status": if row["isinactive"] == "T" { "archived" } else { "active" },
        "custom_fields": custom_fields(row),
        "updated_at": iso(&row["lastmodifieddate"]),
        "created_at": iso(&row["datecreated"]),
    })
}

fn addresses(row: &Value) -> Vec<Value> {
    if row["addr1"].is_null() {
        return vec![];
    }
    vec![json!({
        "type": "billing",
        "line1": row["addr1"],
        "line2": row["addr2"],
        "city": row["city"],
        "state": row["state"],
        "postal_code": row["zip"],
        "country": row["country"],
    })]
}

fn custom_fields(row: &Value) -> Vec<Value> {
    let columns = row.as_object().expect("a SuiteQL row is an object");
    let custom = columns.iter().filter(|(column, _)| column.starts_with("custentity_"));
    custom.map(|(column, value)| json!({"id": column, "value": value})).collect()
}

fn iso(time: &Value) -> Value {
    json!(time.as_str().map(|time| time.replacen(' ', "T", 1) + "Z"))
}
