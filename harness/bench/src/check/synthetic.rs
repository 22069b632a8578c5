//! The made recording: contacts whose legacy and new bodies come from one record through two ways of writing it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::json;

use crate::documents::Dice;

/// One pair in so many differs.
pub const DIFFERING_ONE_IN: usize = 100;

const CONFIG: &str = include_str!("cutover.toml");
const MAPPING: &str = include_str!("contact.jsonata");
const TOLERANCES: &str = include_str!("tolerances.toml");

const FIRST: [&str; 8] = ["Åsa", "Tomás", "Grace", "Edsger", "Jörg", "Katherine", "Mary Jane", "Noor"];
const LAST: [&str; 8] =
    ["Lindqvist", "Ibarra", "Hopper", "Dijkstra", "Müller", "Johnson", "van der Berg", "Okafor"];
const TITLES: [&str; 4] = ["VP, Revenue", "Head of Procurement", "Engineer", ""];
const COMPANIES: [&str; 4] =
    ["Tidewater Instruments", "Northgate Paper & Co. KG", "Blue Harbour Logistics", "Kestrel \"K\" Labs"];
const CITIES: [&str; 4] = ["Galway", "Köln", "São Paulo", "Portland"];
const STATUSES: [&str; 4] = ["OPEN_DEAL", "NEW", "CONNECTED", ""];

/// Writes a configuration and its recording of this many pairs into a folder.
pub fn write(folder: &Path, pairs: usize) -> io::Result<()> {
    let recordings = folder.join("recordings");
    std::fs::create_dir_all(&recordings)?;
    configuration(folder)?;
    let mut file = BufWriter::new(File::create(recordings.join("contacts.jsonl"))?);
    let mut dice = Dice::new(41);
    (0..pairs).try_for_each(|number| line(&mut file, &mut dice, number))?;
    // What is still being written to the disk would slow down what is measured next.
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Writes the configuration alone.
pub fn configuration(folder: &Path) -> io::Result<()> {
    std::fs::write(folder.join("cutover.toml"), CONFIG)?;
    std::fs::write(folder.join("contact.jsonata"), MAPPING)?;
    std::fs::write(folder.join("tolerances.toml"), TOLERANCES)
}

/// The line of a pair of so many contacts, without its end: one as it is, or a list of them.
pub fn line_of(dice: &mut Dice, number: usize, contacts: usize) -> String {
    let mut line = Vec::new();
    if contacts == 1 {
        // Memory is always written to.
        let _ = self::line(&mut line, dice, number);
        line.pop();
        return String::from_utf8_lossy(&line).into_owned();
    }
    let (legacy, new): (Vec<String>, Vec<String>) =
        (0..contacts).map(|index| bodies(dice, number * contacts + index)).unzip();
    let list = |bodies: Vec<String>| format!(r#"{{"data":[{}]}}"#, bodies.join(","));
    let at = "2026-11-17T08:09:44.154Z";
    format!(
        r#"{{"version":1,"id":"crm.contacts.list/{number}","operation":"crm.contacts.list","kind":"request","account":"acme-hubspot","recorded_at":"{at}","legacy":[{}],"new":[{}]}}"#,
        exchange(at, 96, "/crm/contacts?limit=50", &list(legacy)),
        exchange(at, 211, "/proxy/contacts?limit=50", &list(new)),
    )
}

fn line(file: &mut impl Write, dice: &mut Dice, number: usize) -> io::Result<()> {
    let (legacy, new) = bodies(dice, number);
    let id = 20_000 + number;
    let at = "2026-11-17T08:09:44.154Z";
    writeln!(
        file,
        r#"{{"version":1,"id":"crm.contacts.get/{id}","operation":"crm.contacts.get","kind":"request","account":"acme-hubspot","recorded_at":"{at}","legacy":[{}],"new":[{}]}}"#,
        exchange(at, 96, &format!("/crm/contacts/{id}"), &legacy),
        exchange(at, 211, &format!("/proxy/contacts/{id}"), &new),
    )
}

fn exchange(at: &str, elapsed_ms: u32, url: &str, body: &str) -> String {
    format!(
        r#"{{"started_at":"{at}","elapsed_ms":{elapsed_ms},"request":{{"method":"GET","url":"{url}","headers":{{"accept":"application/json","authorization":"[removed]"}}}},"response":{{"status":200,"headers":{{"content-type":"application/json; charset=utf-8"}},"body":{{"json":{body}}}}}}}"#
    )
}

/// Legacy's and new's body, about 2 KB together.
fn bodies(dice: &mut Dice, number: usize) -> (String, String) {
    let (first, last) = (*dice.pick(&FIRST), *dice.pick(&LAST));
    let (title, company) = (*dice.pick(&TITLES), *dice.pick(&COMPANIES));
    let (city, status) = (*dice.pick(&CITIES), *dice.pick(&STATUSES));
    let id = (20_000 + number).to_string();
    let company_id = (9_100_000_000 + dice.below(1_000_000)).to_string();
    let owner = (7_700 + dice.below(40)).to_string();
    let email = format!("contact.{number}@{}.example", dice.pick(&["tidewater", "northgate", "kestrel"]));
    let phone = format!("+1 503 555 {:04}", dice.below(10_000));
    let mobile = (dice.below(2) == 0).then(|| format!("+49 171 {:07}", dice.below(10_000_000)));
    let line1 = format!("{} Quay Road, Floor {}", 1 + dice.below(300), 1 + dice.below(9));
    let zip = format!("{:05}", dice.below(100_000));
    let is_partner = dice.below(2) == 0;
    let value = format!("{}.{:02}", dice.below(90_000), dice.below(100));
    let tier = *dice.pick(&["silver", "gold", "bronze"]);
    let seats = dice.below(5_000);
    let created = instant(dice);
    let updated = instant(dice);
    let is_differing = number % DIFFERING_ONE_IN == DIFFERING_ONE_IN - 1;
    let or_null = |text: &str| if text.is_empty() { json!(null) } else { json!(text) };
    let phones: Vec<_> = [(Some(&phone), "primary"), (mobile.as_ref(), "mobile")]
        .into_iter()
        .filter_map(|(number, kind)| number.map(|number| json!({"number": number, "type": kind})))
        .collect();
    let legacy = json!({
        "status": "OK",
        "data": {
            "id": id, "name": format!("{first} {last}"), "first_name": first, "last_name": last,
            "title": or_null(title), "company_id": company_id, "company_name": company, "owner_id": owner,
            "status": or_null(status), "active": true,
            "addresses": [{
                "type": "primary", "line1": line1, "city": city, "state": null, "postal_code": zip,
                "country": "Ireland"
            }],
            "phone_numbers": phones,
            "emails": [{"email": email, "type": "primary"}],
            "custom_fields": [
                {"id": "is_partner", "value": is_partner},
                {"id": "lifetime_value", "value": value},
                {"id": "loyalty_tier", "value": tier},
                {"id": "seats", "value": seats}
            ],
            "tags": ["Newsletter", "beta", "vip"],
            "created_at": created,
            "updated_at": updated
        }
    });
    let new = json!({
        "id": id,
        "properties": {
            "firstname": first, "lastname": last, "jobtitle": title, "company": company,
            "associatedcompanyid": company_id, "hubspot_owner_id": owner, "hs_lead_status": status,
            "address": line1, "city": city, "state": "", "zip": zip, "country": "Ireland",
            "phone": if is_differing { "+1 503 555 none" } else { &phone },
            "mobilephone": mobile, "email": email,
            "is_partner": is_partner.to_string(), "lifetime_value": value, "loyalty_tier": tier,
            "seats": seats.to_string(), "tags": if number.is_multiple_of(4) { "vip;beta;Newsletter" } else { "Newsletter;beta;vip" },
            "hs_object_id": id, "createdate": created, "lastmodifieddate": updated,
            "hs_analytics_source": "DIRECT_TRAFFIC", "hs_analytics_num_visits": dice.below(90).to_string(),
            "lifecyclestage": "lead", "hs_email_domain": "tidewater.example", "hs_timezone": "europe_slash_dublin"
        },
        "createdAt": created, "updatedAt": updated, "archived": false,
        "url": format!("https://app.hubspot.com/contacts/8891423/record/0-1/{id}")
    });
    (legacy.to_string(), new.to_string())
}

fn instant(dice: &mut Dice) -> String {
    format!(
        "202{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        dice.below(6),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.below(24),
        dice.below(60),
        dice.below(60),
        dice.below(1_000)
    )
}
