//! Truto's unified accounting model over QuickBooks: invoices, with amounts in cents and times in UTC.

use serde_json::{Map, Value, json};

use super::list;
use crate::account::Account;
use crate::pair::{Exchange, Page};

pub(crate) fn unified_invoices(account: Account, page: Page<'_>) -> Exchange {
    list(account, "/unified/accounting/invoices", page, page.items().iter().map(invoice).collect())
}

fn invoice(record: &Value) -> Value {
    let mut invoice = Map::new();
    let mut set = |name: &str, value: Value| {
        // What is not there is left out.
        if !value.is_null() {
            invoice.insert(name.to_owned(), value);
        }
    };
    let lines = record["Line"].as_array().expect("an invoice has lines");
    let mut items = Vec::new();
    let mut sub_total = 0;
    for line in lines {
        match line["Id"].as_str() {
            Some(id) => items.push(line_item(id, line)),
            None => sub_total = cents(&line["Amount"]),
        }
    }
    let (total, open) = (cents(&record["TotalAmt"]), cents(&record["Balance"]));
    set("id", record["Id"].clone());
    set("invoice_number", record["DocNumber"].clone());
    // The unified model has numbers here, QuickBooks has text.
    let customer: u64 =
        record["CustomerRef"]["value"].as_str().and_then(|id| id.parse().ok()).expect("ids are digits");
    set("customer", json!({"id": customer, "name": record["CustomerRef"]["name"]}));
    set("issue_date", record["TxnDate"].clone());
    set("due_date", record["DueDate"].clone());
    set("currency", record["CurrencyRef"]["value"].clone());
    set("exchange_rate", record["ExchangeRate"].clone());
    set("sub_total", json!(sub_total));
    set("tax_amount", json!(cents(&record["TxnTaxDetail"]["TotalTax"])));
    set("total_amount", json!(total));
    set("amount_due", json!(open));
    set(
        "status",
        json!(if open == 0 {
            "PAID"
        } else if open == total {
            "OPEN"
        } else {
            "PARTIALLY_PAID"
        }),
    );
    set("memo", record["CustomerMemo"]["value"].clone());
    set("sent", json!(record["EmailStatus"] == "EmailSent"));
    set("line_items", json!(items));
    set("etag", record["SyncToken"].clone());
    set("created_at", utc(&record["MetaData"]["CreateTime"]));
    set("updated_at", utc(&record["MetaData"]["LastUpdatedTime"]));
    Value::Object(invoice)
}

fn line_item(id: &str, line: &Value) -> Value {
    let detail = &line["SalesItemLineDetail"];
    json!({
        "id": id,
        "line_number": line["LineNum"],
        "description": line["Description"],
        "item": {"id": detail["ItemRef"]["value"], "name": detail["ItemRef"]["name"]},
        "quantity": detail["Qty"],
        "unit_amount": cents(&detail["UnitPrice"]),
        "total_amount": cents(&line["Amount"]),
        "tax_code": detail["TaxCodeRef"]["value"],
    })
}

fn cents(amount: &Value) -> i64 {
    (amount.as_f64().unwrap_or_default() * 100.0).round() as i64
}

/// From Pacific standard time; the upstream's hours are such that the day stays.
fn utc(time: &Value) -> Value {
    let time = time.as_str().expect("QuickBooks gives both times");
    let local = time.strip_suffix("-08:00").expect("the sample's companies lie in one zone");
    let (date, clock) = local.split_once('T').expect("a date and a time");
    let (hour, rest) = clock.split_once(':').expect("hours and the rest");
    let hour: u32 = hour.parse().expect("hours are digits");
    json!(format!("{date}T{:02}:{rest}.000Z", hour + 8))
}
