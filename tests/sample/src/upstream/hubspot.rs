//! HubSpot: contacts and one custom object, every property a string, as CRM v3 answers them.

use serde_json::{Map, Value, json};

use super::people::{COMPANIES, PEOPLE, PLACES, TITLES, long_note};
use crate::seed::{Moment, Seed};

/// The object type id of the custom object "Subscription" in the acme account.
pub(crate) const SUBSCRIPTION_TYPE: &str = "2-8891423";

/// An account's contacts, oldest first.
pub(crate) fn contacts(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(account);
    let start = usize::try_from(seed.below(12)).expect("a number below 12 fits usize");
    (0..22).map(|index| contact(account, index, start, &mut seed)).collect()
}

fn contact(account: &str, index: usize, start: usize, seed: &mut Seed) -> Value {
    let (first, last, handle) = PEOPLE[(start + index) % PEOPLE.len()];
    let (company, domain) = seed.pick(&COMPANIES);
    let [street, city, state, zip, country] = seed.pick(&PLACES);
    let created = seed.moment(2024);
    let modified = seed.moment(2026);
    // HubSpot's newer ids do not fit a double: this one is 2^53 + 1.
    let id = if index == 8 { "9007199254740993".to_owned() } else { (20_151 + 50 * index).to_string() };

    let mut properties = Map::new();
    let mut set = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    // Some integrations of HubSpot's write whole seconds only.
    set("createdate", json!(if index % 4 == 1 { whole_seconds(created) } else { created.with_zone("Z") }));
    set("email", if index % 7 == 3 { Value::Null } else { json!(format!("{handle}@{domain}")) });
    set("firstname", if index % 11 == 9 { Value::Null } else { json!(first) });
    set("lastname", json!(last));
    set("hs_object_id", json!(id));
    set("lastmodifieddate", json!(modified.with_zone("Z")));
    set("jobtitle", json!(seed.pick(&TITLES)));
    set("company", json!(company));
    set("hubspot_owner_id", if index % 6 == 5 { json!("") } else { json!((7_710 + index % 3).to_string()) });
    if index % 3 != 2 {
        set("associatedcompanyid", json!((9_100_200_300_u64 + seed.below(900)).to_string()));
    }
    set("hs_lead_status", if index.is_multiple_of(2) { json!("OPEN_DEAL") } else { Value::Null });
    set(
        "phone",
        if index.is_multiple_of(5) { Value::Null } else { json!(format!("+1 503 555 01{index:02}")) },
    );
    if index % 4 == 2 {
        set("mobilephone", json!(format!("+47 40 55 0{index:02} 1")));
    }
    if index % 4 != 3 {
        set("address", json!(street));
        set("city", json!(city));
        set("state", json!(state));
        set("zip", json!(zip));
        set("country", json!(country));
    }
    if index.is_multiple_of(2) {
        set("website", json!(format!("https://{domain}/")));
    }
    if index % 6 == 2 {
        set("hs_additional_emails", json!(format!("{handle}@example.com;{handle}+news@example.org")));
    }
    match index % 5 {
        0 => set(
            "message",
            json!(format!("<p>Hello,<br/>{first} &amp; team: <b>call me</b> &lt;soon&gt;.</p>")),
        ),
        4 if index == 4 => set("message", json!(long_note(first))),
        _ => set("message", Value::Null),
    };
    match index % 3 {
        0 => set("tags", json!("vip;beta;Newsletter")),
        1 => set("tags", json!("beta")),
        _ => None,
    };
    custom(account, index, &mut set, seed);
    json!({
        "id": id,
        "properties": properties,
        "createdAt": created.with_zone("Z"),
        "updatedAt": modified.with_zone("Z"),
        "archived": index == 13,
    })
}

/// The properties that each account has added itself.
fn custom(account: &str, index: usize, set: &mut impl FnMut(&str, Value) -> Option<Value>, seed: &mut Seed) {
    if account.starts_with("acme") {
        set("is_partner", json!(if index.is_multiple_of(4) { "true" } else { "false" }));
        // Decimals as text: the last zero is part of the answer.
        set("lifetime_value", json!(format!("{}.{}0", seed.below(9_000), seed.below(10))));
        set("loyalty_tier", json!(seed.pick(&["gold", "silver", "bronze"])));
    } else if index % 4 != 1 {
        set("region_code", json!(seed.pick(&["EMEA-1", "APAC-2", "AMER-9"])));
        if index.is_multiple_of(2) {
            set("account_notes", json!("Größe: mittel; Sprache: 日本語"));
        }
    }
}

fn whole_seconds(moment: Moment) -> String {
    format!("{}T{}Z", moment.date(), moment.time())
}

/// The records of the acme account's custom object, with the contacts that they are associated with.
pub(crate) fn subscriptions(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(&format!("{account} subscriptions"));
    (0..16).map(|index| subscription(index, &mut seed)).collect()
}

fn subscription(index: u64, seed: &mut Seed) -> Value {
    let created = seed.moment(2025);
    let modified = seed.moment(2026);
    let contacts: Vec<Value> = (0..index % 3)
        .map(|n| json!({"id": (20_151 + 50 * ((index + n) % 8)).to_string(), "type": "subscription_to_contact"}))
        .collect();
    let mut record = json!({
        "id": (41_000_500_100 + index).to_string(),
        "properties": {
            "hs_createdate": created.with_zone("Z"),
            "hs_lastmodifieddate": modified.with_zone("Z"),
            "hs_object_id": (41_000_500_100 + index).to_string(),
            "plan_name": seed.pick(&["Starter", "Team", "Enterprise – 24/7"]),
            "seats": (1 + seed.below(400)).to_string(),
            "unit_price": seed.pick(&["1.10", "24.00", "19.95"]),
            "renewal_date": seed.moment(2027).date(),
            "is_trial": if index.is_multiple_of(5) { "true" } else { "false" },
            "cancel_reason": if index % 4 == 3 { Value::Null } else { json!("") },
            "hubspot_owner_id": (7_710 + index % 3).to_string(),
        },
        "createdAt": created.with_zone("Z"),
        "updatedAt": modified.with_zone("Z"),
        "archived": false,
    });
    // HubSpot leaves the key out where nothing is associated.
    if !contacts.is_empty() {
        record["associations"] = json!({"contacts": {"results": contacts}});
    }
    record
}

/// The error that CRM v3 answers for an id that it does not have.
pub(crate) fn not_found(correlation: &str) -> Value {
    json!({
        "status": "error",
        "message": "resource not found",
        "correlationId": correlation,
    })
}

/// The error that CRM v3 answers when an account asks too often.
pub(crate) fn rate_limited(correlation: &str) -> Value {
    json!({
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": correlation,
        "policyName": "TEN_SECONDLY_ROLLING",
    })
}
