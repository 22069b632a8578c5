//! Salesforce: contacts as SOQL answers them, with custom fields and tasks that point at records of several types.

use serde_json::{Value, json};

use super::people::{COMPANIES, PEOPLE, PLACES, TITLES, long_note};
use crate::seed::Seed;

/// An account's contacts, last modified first.
pub(crate) fn contacts(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(account);
    let start = usize::try_from(seed.below(20)).expect("a number below 20 fits usize");
    let mut contacts: Vec<Value> = (0..14).map(|index| contact(account, index, start, &mut seed)).collect();
    contacts.sort_by_key(|contact| contact["LastModifiedDate"].to_string());
    contacts.reverse();
    contacts
}

fn contact(account: &str, index: usize, start: usize, seed: &mut Seed) -> Value {
    let (first, last, handle) = PEOPLE[(start + index) % PEOPLE.len()];
    let (company, domain) = seed.pick(&COMPANIES);
    let [street, city, state, zip, country] = seed.pick(&PLACES);
    // Ids do not follow the time of the last change.
    let id = format!("0035g00000K{:02}QAA{:02}", (index * 7) % 20, index);
    // Fifteen characters, and three that say which of them are capitals.
    let owner = format!("0055g000004rQ{}kAAE", index % 3);
    let mut record = json!({
        "attributes": reference("Contact", &id),
        "Id": id,
        "FirstName": if index == 5 { Value::Null } else { json!(first) },
        "LastName": last,
        "Name": if index == 5 { json!(last) } else { json!(format!("{first} {last}")) },
        "Email": if index % 6 == 4 { Value::Null } else { json!(format!("{handle}@{domain}")) },
        "Phone": if index % 3 == 1 { Value::Null } else { json!(format!("(505) 555-0{}", 120 + index)) },
        "MobilePhone": if index.is_multiple_of(4) { json!(format!("+353 85 555 0{index:02}")) } else { Value::Null },
        "Title": seed.pick(&TITLES),
        "Department": if index % 2 == 1 { Value::Null } else { json!("Finance") },
        "LeadSource": seed.pick(&["Web", "Trade Show", "Partner Referral"]),
        "Birthdate": if index % 5 == 1 { json!("1984-07-09") } else { Value::Null },
        "Description": match index {
            2 => json!(long_note(first)),
            3 => json!("<ul><li>prefers &quot;e-mail&quot;</li></ul>"),
            _ => Value::Null,
        },
        "AccountId": format!("0015g00000B{index:02}xAAE"),
        "Account": {"attributes": reference("Account", &format!("0015g00000B{index:02}xAAE")), "Name": company},
        "OwnerId": owner,
        "Owner": {"attributes": reference("User", &owner), "Name": "Robin Ashdown"},
        "MailingStreet": Value::Null,
        "MailingCity": Value::Null,
        "MailingState": Value::Null,
        "MailingPostalCode": Value::Null,
        "MailingCountry": Value::Null,
        "LastActivityDate": if index % 4 == 2 { Value::Null } else { json!(seed.moment(2026).date()) },
        "CreatedDate": seed.moment(2023).with_zone("+0000"),
        "LastModifiedDate": seed.moment(2026).with_zone("+0000"),
    });
    if index % 4 != 1 {
        record["MailingStreet"] = json!(format!("{street}\r\nSuite {}", 100 + index));
        record["MailingCity"] = json!(city);
        record["MailingState"] = json!(state);
        record["MailingPostalCode"] = json!(zip);
        record["MailingCountry"] = json!(country);
    }
    if account.starts_with("initech") {
        record["Loyalty_Tier__c"] = json!(seed.pick(&["Gold", "Silver"]));
        // SOQL writes every number as a double.
        record["NPS_Score__c"] = if index % 3 == 2 { Value::Null } else { json!(seed.below(11) as f64) };
        record["Newsletter_Opt_In__c"] = json!(index.is_multiple_of(2));
        record["Renewal_Date__c"] = json!(seed.moment(2027).date());
    } else {
        record["Territory__c"] = if index == 6 { Value::Null } else { json!("Nordics – Öst") };
    }
    record["Tasks"] = tasks(index);
    record
}

/// The open tasks; what each is about (`What`) may be a record of any type.
fn tasks(index: usize) -> Value {
    let about =
        |kind: &str, id: &str| json!({"attributes": reference(kind, id), "Id": id, "Name": "Renewal 2027"});
    let task = |n: usize, what: Value| {
        let id = format!("00T5g00000J{index:02}{n}EAI");
        json!({"attributes": reference("Task", &id), "Id": id, "Subject": "Call", "What": what})
    };
    let records = match index % 5 {
        0 => vec![
            task(0, about("Account", "0015g00000B00xAAE")),
            task(1, about("Opportunity", &format!("0065g00000N{index:02}aAAB"))),
        ],
        1 => vec![
            task(0, about("Opportunity", "0065g00000N77aAAB")),
            task(1, Value::Null),
            task(2, about("Opportunity", "0065g00000N42aAAB")),
        ],
        2 => vec![task(0, about("Case", "5005g00000D31AAAS"))],
        // SOQL answers null, not an empty list, where a child query finds nothing.
        _ => return Value::Null,
    };
    json!({"totalSize": records.len(), "done": true, "records": records})
}

fn reference(kind: &str, id: &str) -> Value {
    json!({"type": kind, "url": format!("/services/data/v62.0/sobjects/{kind}/{id}")})
}
