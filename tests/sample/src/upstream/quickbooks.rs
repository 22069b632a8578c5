//! QuickBooks Online: invoices as the query endpoint answers them; amounts are decimals, times carry a local offset.

use serde_json::{Value, json};

use super::people::COMPANIES;
use crate::seed::Seed;

/// What is sold: item id, name, description and price in cents.
const ITEMS: [(&str, &str, &str, u64); 6] = [
    ("11", "Seat", "Seat, monthly", 1_999),
    ("12", "Onboarding", "On-boarding day (remote)", 89_500),
    ("14", "Support:Gold", "Gold support – 24×7", 110),
    ("17", "Storage", "Storage, per GB", 7),
    ("21", "Training", "Training \"Basics\" & exercises", 34_090),
    ("25", "Hardware", "Scanner <model B>", 15_615),
];

/// An account's invoices, newest number last.
pub(crate) fn invoices(account: &str) -> Vec<Value> {
    let mut seed = Seed::of(account);
    (0..16).map(|index| invoice(account, index, &mut seed)).collect()
}

fn invoice(account: &str, index: u64, seed: &mut Seed) -> Value {
    let customer = seed.below(COMPANIES.len() as u64);
    let (company, domain) = COMPANIES[usize::try_from(customer).expect("an index into a list fits usize")];
    let mut lines = Vec::new();
    let mut cents_total = 0;
    for number in 1..=1 + index % 4 {
        let (item, name, description, price) = seed.pick(&ITEMS);
        // Quantities of halves occur: half a day of training.
        let halves = 2 + seed.below(19);
        let cents = price * halves / 2;
        // Half of an odd price is not whole cents: QuickBooks would have rounded, we ask for a whole number instead.
        let (halves, cents) =
            if price * halves % 2 == 1 { (halves + 1, price * (halves + 1) / 2) } else { (halves, cents) };
        cents_total += cents;
        lines.push(json!({
            "Id": number.to_string(),
            "LineNum": number,
            "Description": description,
            "Amount": decimal(cents),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": item, "name": name},
                "UnitPrice": decimal(price),
                "Qty": if halves % 2 == 0 { json!(halves / 2) } else { json!(halves as f64 / 2.0) },
                "TaxCodeRef": {"value": if index.is_multiple_of(3) { "TAX" } else { "NON" }},
            },
        }));
    }
    // The subtotal is a line too, without an id.
    lines.push(
        json!({"Amount": decimal(cents_total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}),
    );
    let tax = if index.is_multiple_of(3) { cents_total * 19 / 100 } else { 0 };
    let total = cents_total + tax;
    let balance = match index % 3 {
        0 => total,
        1 => 0,
        _ => total / 3,
    };
    let euro = account.starts_with("marlowe");
    let mut record = json!({
        "Id": (130 + 3 * index).to_string(),
        "SyncToken": (index % 5).to_string(),
        "DocNumber": format!("{}-{:04}", if euro { "RE" } else { "INV" }, 1001 + index),
        "TxnDate": seed.moment(2025).date(),
        "DueDate": seed.moment(2026).date(),
        "CurrencyRef": if euro { json!({"value": "EUR", "name": "Euro"}) } else { json!({"value": "USD", "name": "United States Dollar"}) },
        "CustomerRef": {"value": (57 + customer).to_string(), "name": company},
        "BillEmail": {"Address": format!("billing@{domain}")},
        "Line": lines,
        "TxnTaxDetail": {"TotalTax": decimal(tax)},
        "TotalAmt": decimal(total),
        "Balance": decimal(balance),
        "EmailStatus": if index.is_multiple_of(2) { "EmailSent" } else { "NotSet" },
        "MetaData": {"CreateTime": local(seed, 2025), "LastUpdatedTime": local(seed, 2026)},
    });
    if euro {
        record["ExchangeRate"] = json!(1.0834);
    }
    if index % 4 == 1 {
        record["CustomerMemo"] = json!({"value": "Thank you – danke schön!\nPO 55-18"});
    }
    record
}

/// Pacific time, as QuickBooks writes it: an offset, no milliseconds.
fn local(seed: &mut Seed, year: u64) -> String {
    let moment = seed.moment(year);
    format!("{}T{}-08:00", moment.date(), moment.time())
}

/// QuickBooks writes an amount as a JSON number; whole amounts have no fraction.
fn decimal(cents: u64) -> Value {
    if cents.is_multiple_of(100) { json!(cents / 100) } else { json!(cents as f64 / 100.0) }
}
