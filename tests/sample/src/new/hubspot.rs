//! Truto's unified CRM model over HubSpot: single contacts, and the errors that HubSpot gives.

use serde_json::{Map, Value, json};

use super::{exchange, list, remote_error};
use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) fn unified_contact(account: Account, record: &Value) -> Exchange {
    let id = record["id"].as_str().expect("a HubSpot record has an id");
    exchange(account, url(account, id), 200, contact(record))
}

pub(crate) fn contact_not_found(account: Account, id: &str, upstream: &Value) -> Exchange {
    exchange(account, url(account, id), 404, remote_error(404, "Not Found", upstream))
}

/// A custom object by HubSpot's own path, through the custom API: what HubSpot is asked stands in the query, and its list is wrapped.
pub(crate) fn custom_objects(account: Account, object_type: &str, page: Page<'_>) -> Exchange {
    let asked = "associations=contacts&properties=plan_name%2Cseats%2Cunit_price%2Crenewal_date%2Cis_trial%2Ccancel_reason%2Chubspot_owner_id";
    let path = format!("/custom/crm/v3/objects/{object_type}");
    let mut exchange = list(account, &path, Page { filter: asked, ..page }, page.items().to_vec());
    // The custom API's envelope has no count.
    if let Some(envelope) = exchange.body.as_object_mut() {
        envelope.shift_remove("result_count");
    }
    exchange
}

pub(crate) fn rate_limited(account: Account, url: String, upstream: &Value) -> Exchange {
    let mut body = remote_error(429, "Too Many Requests", upstream);
    body["truto_error_insight"] = json!({
        "rate_limit_error": {"description": "The provider's rate limit was exceeded", "value": {"retry_after": 10}},
    });
    let mut exchange = exchange(account, url, 429, body);
    for (name, value) in &mut exchange.headers {
        if *name == "ratelimit-remaining" {
            *value = "0".into();
        }
    }
    exchange.headers.push(("retry-after", "10".into()));
    exchange
}

pub(crate) fn url(account: Account, id: &str) -> String {
    format!("/unified/crm/contacts/{id}?integrated_account_id={}&truto_ignore_remote_data=true", account.new)
}

/// Truto's own mapping is JSONata too: a field that the upstream lacks is left out, not `null`.
fn contact(record: &Value) -> Value {
    let mut left = record["properties"].as_object().expect("a HubSpot record has properties").clone();
    let mut take = |name: &str| {
        left.shift_remove(name)
            .and_then(|value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let mut contact = Map::new();
    let mut set = |name: &str, value: Value| contact.insert(name.to_owned(), value);

    set("id", record["id"].clone());
    let names = [take("firstname"), take("lastname")];
    for (name, value) in ["first_name", "last_name"].into_iter().zip(&names) {
        if let Some(value) = value {
            set(name, json!(value));
        }
    }
    set("name", json!(names.into_iter().flatten().collect::<Vec<_>>().join(" ")));
    if let Some(title) = take("jobtitle") {
        set("title", json!(title));
    }
    if let Some(id) = take("associatedcompanyid") {
        set("account", json!({"id": id}));
    }
    if let Some(id) = take("hubspot_owner_id") {
        set("owner", json!({"id": id}));
    }

    let mut emails = Vec::new();
    if let Some(email) = take("email") {
        emails.push(json!({"email": email, "type": "primary"}));
    }
    for email in take("hs_additional_emails").iter().flat_map(|list| list.split(';')) {
        emails.push(json!({"email": email, "type": "secondary"}));
    }
    set("email_addresses", json!(emails));
    // The mobile number comes first here: the order of a list is the provider's own.
    let (phone, mobile) = (take("phone"), take("mobilephone"));
    let mobile = mobile.map(|number| json!({"number": number, "type": "mobile"}));
    let phone = phone.map(|number| json!({"number": number, "type": "work"}));
    set("phone_numbers", json!(mobile.into_iter().chain(phone).collect::<Vec<_>>()));

    let mut address = Map::new();
    for (theirs, ours) in [
        ("address", "street_1"),
        ("city", "city"),
        ("state", "state"),
        ("zip", "postal_code"),
        ("country", "country"),
    ] {
        if let Some(value) = take(theirs) {
            address.insert(ours.into(), json!(value));
        }
    }
    set("addresses", if address.is_empty() { json!([]) } else { json!([address]) });
    if let Some(url) = take("website") {
        set("urls", json!([{"url": url, "type": "website"}]));
    }
    if let Some(tags) = take("tags") {
        set("tags", json!(tags.split(';').collect::<Vec<_>>()));
    }
    let created = take("createdate").map(milliseconds);
    let updated = take("lastmodifieddate").map(milliseconds);
    take("hs_object_id");
    set("created_at", json!(created));
    set("updated_at", json!(updated));
    set("is_archived", record["archived"].clone());

    // What the model has no field for, under HubSpot's own names.
    left.retain(|_, value| !value.is_null());
    contact.insert("custom_fields".into(), Value::Object(left));
    Value::Object(contact)
}

fn milliseconds(time: String) -> String {
    if time.contains('.') { time } else { time.trim_end_matches('Z').to_owned() + ".000Z" }
}
