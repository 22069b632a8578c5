//! The legacy connector for QuickBooks: invoices. It adds up lines in floating point, as the real ones do.

use serde_json::{Value, json};

use super::{Resource, list, text};
use crate::account::Account;
use crate::pair::{Exchange, Page, exact_number};

pub(crate) fn invoices_page(account: Account, page: Page<'_>) -> Exchange {
    let resource =
        Resource { service: "quickbooks", resource: "invoices", path: "/accounting/invoices".into() };
    list(account, &resource, page, page.items().iter().map(invoice).collect())
}

fn invoice(record: &Value) -> Value {
    let no_lines = Vec::new();
    let lines = record["Line"].as_array().unwrap_or(&no_lines);
    let sold: Vec<&Value> = lines.iter().filter(|line| line["DetailType"] == "SalesItemLineDetail").collect();
    let sub_total: f64 = sold.iter().filter_map(|line| line["Amount"].as_f64()).sum();
    json!({
        "id": record["Id"],
        "type": "standard",
        "number": record["DocNumber"],
        "customer": {"id": record["CustomerRef"]["value"], "display_name": record["CustomerRef"]["name"]},
        "invoice_date": record["TxnDate"],
        "due_date": record["DueDate"],
        "currency": record["CurrencyRef"]["value"],
        "currency_rate": record["ExchangeRate"],
        "sub_total": sub_total,
        "total_tax": two_digits(&record["TxnTaxDetail"]["TotalTax"]),
        "total": two_digits(&record["TotalAmt"]),
        "balance": two_digits(&record["Balance"]),
        "customer_memo": text(&record["CustomerMemo"]["value"]),
        "line_items": sold.into_iter().map(line_item).collect::<Vec<_>>(),
        "status": status(record),
        "invoice_sent": record["EmailStatus"] == "EmailSent",
        "row_version": record["SyncToken"],
        "updated_at": record["MetaData"]["LastUpdatedTime"],
        "created_at": record["MetaData"]["CreateTime"],
    })
}

fn line_item(line: &Value) -> Value {
    let detail = &line["SalesItemLineDetail"];
    json!({
        "id": line["Id"],
        "line_number": line["LineNum"],
        "description": line["Description"],
        "quantity": detail["Qty"],
        "unit_price": two_digits(&detail["UnitPrice"]),
        "total_amount": two_digits(&line["Amount"]),
        "item": {"id": detail["ItemRef"]["value"], "name": detail["ItemRef"]["name"]},
        "taxable": detail["TaxCodeRef"]["value"] == "TAX",
    })
}

fn two_digits(amount: &Value) -> Value {
    amount.as_f64().map_or(Value::Null, |amount| exact_number(&format!("{amount:.2}")))
}

fn status(record: &Value) -> &'static str {
    let total = record["TotalAmt"].as_f64().unwrap_or_default();
    match record["Balance"].as_f64() {
        Some(0.0) => "paid",
        Some(balance) if balance < total => "partially_paid",
        _ => "authorised",
    }
}
