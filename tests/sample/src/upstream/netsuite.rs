//! NetSuite: rows of a SuiteQL query over customers; every value is text, and a column that is null is left out.

use serde_json::{Map, Value, json};

use super::people::{COMPANIES, PEOPLE, PLACES, long_note};
use crate::seed::Seed;

/// The query that gives the rows; a condition may follow.
pub(crate) const QUERY: &str = "SELECT c.id, c.entityid, c.companyname, c.isperson, c.firstname, c.lastname, c.email, \
     c.phone, c.url, c.vatregnumber, c.comments, BUILTIN.DF(c.currency) AS currency, c.isinactive, \
     c.balancesearch AS balance, c.custentity_tier, a.addr1, a.addr2, a.city, a.state, a.zip, a.country, \
     TO_CHAR(c.datecreated, 'YYYY-MM-DD HH24:MI:SS') AS datecreated, \
     TO_CHAR(c.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate \
     FROM customer c LEFT JOIN entityaddress a ON a.nkey = c.defaultbillingaddress";

/// The account's customers, by id.
pub(crate) fn customers(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(account);
    (0..24).map(|index| customer(index, &mut seed)).collect()
}

fn customer(index: usize, seed: &mut Seed) -> Value {
    let (first, last, handle) = PEOPLE[(index + 3) % PEOPLE.len()];
    let (company, domain) = seed.pick(&COMPANIES);
    let [street, city, state, zip, country] = seed.pick(&PLACES);
    let person = index % 5 == 2;
    let created = seed.moment(2022);
    let modified = seed.moment(2026);

    let mut row = Map::new();
    row.insert("links".into(), json!([]));
    let mut set = |column: &str, text: String| row.insert(column.to_owned(), Value::String(text));
    set("id", (1_207 + index).to_string());
    set("entityid", format!("CUST{:05}", 310 + index));
    set("isperson", if person { "T" } else { "F" }.into());
    if person {
        set("firstname", first.into());
        set("lastname", last.into());
    } else {
        set("companyname", company.into());
    }
    if index % 6 != 4 {
        set("email", format!("{handle}@{domain}"));
    }
    if index % 4 != 1 {
        set("phone", format!("+45 33 55 0{index:02} 9"));
    }
    if index.is_multiple_of(3) {
        set("url", format!("https://{domain}"));
    }
    if index % 4 == 2 {
        set("vatregnumber", format!("DK{}", 30_114_000 + index));
    }
    match index {
        7 => drop(set("comments", long_note(first))),
        i if i % 4 != 1 => drop(set("comments", "Liefert nur <b>montags</b> & donnerstags".into())),
        _ => {}
    }
    set("currency", if index.is_multiple_of(2) { "DKK" } else { "EUR" }.into());
    set("isinactive", if index % 9 == 8 { "T" } else { "F" }.into());
    // NetSuite writes neither the zero before the point nor zeros at the end.
    set("balance", seed.pick(&["0", ".5", "1520.1", "99.99", "-12.75", "20000"]).into());
    if index % 3 != 1 {
        set("custentity_tier", seed.pick(&["A", "B+", "C"]).into());
    }
    if index % 7 != 5 {
        set("addr1", street.into());
        if index.is_multiple_of(4) {
            set("addr2", "c/o Lager 4".into());
        }
        set("city", city.into());
        set("state", state.into());
        set("zip", zip.into());
        set("country", country.into());
    }
    set("datecreated", format!("{} {}", created.date(), created.time()));
    set("lastmodifieddate", format!("{} {}", modified.date(), modified.time()));
    Value::Object(row)
}
