//! What is evaluated: a contact, a list, an aggregate, and the real mappings of the data folder.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// An expression and an input.
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) expression: String,
    pub(crate) input: String,
}

const CONTACT: &str = r#"{
  "id": $string(id),
  "first_name": properties.firstname,
  "last_name": properties.lastname,
  "name": properties.firstname & " " & properties.lastname,
  "email_addresses": [properties.emails.{"email": $lowercase(value), "type": type ? type : "other"}],
  "phone_numbers": [properties.phones[$exists(number)].{"number": number, "type": kind}],
  "account": properties.company ? {"id": $string(properties.company.id)},
  "tags": $map(properties.tags, function($t) { $uppercase($t) }),
  "is_customer": properties.lifecycle = "customer",
  "score": $round(properties.score * 100, 1),
  "updated_at": updatedAt
}"#;

const AGGREGATE: &str = r#"{
  "total": $sum(orders.lines.(price * quantity)),
  "count": $count(orders.lines),
  "largest": $max(orders.lines.price),
  "average": $average(orders[status = "paid"].lines.price),
  "by_status": orders{status: $count($)}
}"#;

/// The three workloads of a size that was measured before, and the mappings of a folder, where it is there.
pub(crate) fn all(mappings: Option<&Path>) -> anyhow::Result<Vec<Workload>> {
    let contact = contact(1);
    let list = json!({"results": (0..100).map(self::contact).collect::<Vec<_>>()});
    let mut workloads = vec![
        Workload { name: "contact".into(), expression: CONTACT.into(), input: contact.to_string() },
        Workload { name: "list".into(), expression: format!("[results.{CONTACT}]"), input: list.to_string() },
        Workload { name: "aggregate".into(), expression: AGGREGATE.into(), input: orders().to_string() },
    ];
    for folder in mappings.map(fs::read_dir).transpose()?.into_iter().flatten() {
        let folder = folder?.path();
        if folder.join("mapping.jsonata").is_file() {
            workloads.push(Workload {
                name: folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                expression: fs::read_to_string(folder.join("mapping.jsonata"))?,
                input: fs::read_to_string(folder.join("input.json"))?,
            });
        }
    }
    workloads[3..].sort_by(|left, right| left.name.cmp(&right.name));
    Ok(workloads)
}

fn contact(index: u64) -> Value {
    let filler: serde_json::Map<String, Value> = (0..20)
        .map(|at| (format!("hs_property_{at}"), json!(format!("value {at} of contact {index}"))))
        .collect();
    json!({
        "id": 1_000 + index,
        "createdAt": "2024-01-15T12:00:00.000Z",
        "updatedAt": "2024-06-01T08:30:00.000Z",
        "archived": false,
        "properties": {
            "firstname": "Ada",
            "lastname": "Lovelace",
            "emails": [
                {"value": format!("Ada{index}@Acme.example"), "type": "work"},
                {"value": "ada@home.example"},
            ],
            "phones": [{"number": "+44 20 7946 0000", "kind": "mobile"}, {"kind": "fax"}],
            "company": {"id": 77, "name": "Analytical Engines"},
            "tags": ["vip", "newsletter", "beta"],
            "lifecycle": "customer",
            "score": 0.734,
            "address": {"street": "12 St James's Square", "city": "London", "zip": "SW1Y 4JH", "country": "GB"},
            "custom": filler,
        },
    })
}

fn orders() -> Value {
    const STATUSES: [&str; 4] = ["open", "paid", "shipped", "returned"];
    let line = |order: u64, at: u64| json!({"sku": format!("SKU-{order}-{at}"), "price": (order * 7 + at * 13) % 97, "quantity": at % 5 + 1, "note": "as agreed"});
    let order = |order: u64| {
        json!({
            "id": order,
            "status": STATUSES[(order % 4) as usize],
            "lines": (0..8).map(|at| line(order, at)).collect::<Vec<_>>(),
        })
    };
    json!({"orders": (0..320).map(order).collect::<Vec<_>>()})
}
