//! Which requests the sample asks of both sides.

use serde_json::Value;

use crate::account::{
    ACME_HUBSPOT, Account, BIRCHWOOD_QUICKBOOKS, GLOBEX_HUBSPOT, GLOBEX_JIRA, INITECH_SALESFORCE,
    KESTREL_JIRA, KESTREL_SALESFORCE, MARLOWE_QUICKBOOKS, ORESUND_NETSUITE,
};
use crate::pair::{Exchange, Kind, Page, Pair};
use crate::{legacy, new, upstream};

/// Every pair, operation by operation.
pub(crate) fn pairs() -> Vec<Pair> {
    let mut pairs = Vec::new();
    pairs.extend(contacts_list());
    pairs.extend(contacts_get());
    pairs.extend(custom_objects());
    pairs.extend(salesforce_contacts());
    pairs.extend(invoices());
    pairs.extend(issues());
    pairs.extend(customers());
    pairs
}

/// More records than any filter of the sample leaves.
const LIMIT: usize = 50;

/// How one side answers a page.
type Ask<'a> = &'a dyn Fn(Page<'_>) -> Exchange;

/// Records of one account, and how each side answers a page of them.
struct List<'a> {
    operation: &'static str,
    account: Account,
    records: &'a [Value],
    /// The key of a record's id.
    id: &'static str,
    legacy: Ask<'a>,
    new: Ask<'a>,
    /// The upstream itself, where it is asked too.
    source: Option<Ask<'a>>,
}

impl List<'_> {
    fn pair(&self, suffix: String, kind: Kind, legacy: Vec<Page<'_>>, new: Vec<Page<'_>>) -> Pair {
        let ask = |ask: Ask<'_>, pages: &[Page<'_>]| pages.iter().map(|page| ask(*page)).collect();
        Pair {
            operation: self.operation,
            account: self.account,
            suffix,
            kind,
            source: self.source.map(|source| ask(source, &new)).unwrap_or_default(),
            legacy: ask(self.legacy, &legacy),
            new: ask(self.new, &new),
            repeats: vec![],
        }
    }

    /// Each page of the first records as a pair of its own.
    fn pages(&self, count: usize, limit: usize) -> Vec<Pair> {
        let whole = Page { records: &self.records[..count], offset: 0, limit, filter: "" };
        let pair =
            |(index, page)| self.pair(format!("page-{}", index + 1), Kind::Request, vec![page], vec![page]);
        whole.drain().into_iter().enumerate().map(pair).collect()
    }

    /// Records asked for by their ids, one, two or three at a time: lists that fit one page.
    fn chosen(&self, from: usize) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut rest = &self.records[from..];
        while !rest.is_empty() {
            let (records, after) = rest.split_at((1 + pairs.len() % 3).min(rest.len()));
            rest = after;
            let ids: Vec<&str> = records.iter().filter_map(|record| record[self.id].as_str()).collect();
            let filter = format!("ids={}", ids.join(","));
            let page = Page { records, offset: 0, limit: LIMIT, filter: &filter };
            pairs.push(self.pair(format!("{:04}", pairs.len() + 1), Kind::Request, vec![page], vec![page]));
        }
        pairs
    }

    /// The records from one on as pages of one list, of one, two or three records.
    fn spans(&self, from: usize) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut offset = from;
        while offset < self.records.len() {
            let limit = 1 + pairs.len() % 3;
            let page = Page { records: self.records, offset, limit, filter: "" };
            offset += limit;
            pairs.push(self.pair(format!("{:04}", pairs.len() + 1), Kind::Request, vec![page], vec![page]));
        }
        pairs
    }

    /// The first records as one drained list, cut into other pages on each side.
    fn drained(&self, count: usize, legacy_limit: usize, new_limit: usize) -> Pair {
        let pages = |limit| Page { records: &self.records[..count], offset: 0, limit, filter: "" }.drain();
        self.pair("drained".into(), Kind::Collection, pages(legacy_limit), pages(new_limit))
    }

    /// A filter that nothing passes.
    fn empty(&self, filter: &str) -> Pair {
        let page = Page { records: &[], offset: 0, limit: LIMIT, filter };
        self.pair("empty".into(), Kind::Request, vec![page], vec![page])
    }

    /// The page after the last one.
    fn past_the_end(&self, limit: usize) -> Pair {
        let page = Page { records: self.records, offset: self.records.len(), limit, filter: "" };
        self.pair("past-the-end".into(), Kind::Request, vec![page], vec![page])
    }
}

fn contacts_list() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for account in [ACME_HUBSPOT, GLOBEX_HUBSPOT] {
        let list = List {
            operation: "crm.contacts.list",
            account,
            records: &upstream::hubspot::contacts(account.name),
            id: "id",
            legacy: &|page| legacy::hubspot::contacts_page(account, page),
            new: &|page| new::proxy::page(account, "/proxy/contacts", page),
            source: None,
        };
        pairs.extend(list.pages(5, 2));
        pairs.extend(list.chosen(5));
        pairs.push(list.drained(7, 4, 3));
        pairs.push(list.empty("email=nobody@acme.example"));
    }
    let account = GLOBEX_HUBSPOT;
    let new_url = format!("/proxy/contacts?integrated_account_id={}&limit=2", account.new);
    pairs.push(throttled("crm.contacts.list", account, "/crm/contacts?limit=2".into(), new_url));
    pairs
}

fn contacts_get() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for account in [ACME_HUBSPOT, GLOBEX_HUBSPOT] {
        for (index, record) in upstream::hubspot::contacts(account.name).iter().take(12).enumerate() {
            pairs.push(Pair {
                operation: "crm.contacts.get",
                account,
                suffix: format!("{:04}", index + 1),
                kind: Kind::Request,
                legacy: vec![legacy::hubspot::contact_by_id(account, record)],
                new: vec![new::hubspot::unified_contact(account, record)],
                // The upstream's own answer for a few: a third witness.
                source: if index < 4 {
                    vec![new::proxy::record(account, "/proxy/contacts", record)]
                } else {
                    vec![]
                },
                // Legacy is asked again for a few others: what it does not know itself is noise.
                repeats: match index {
                    4 | 5 => vec![legacy::hubspot::contact_by_id(account, record)],
                    6 => vec![legacy::hubspot::contact_from_cache(account, record)],
                    _ => vec![],
                },
            });
        }
        let id = "999000111222";
        // Each side asked HubSpot itself, so HubSpot named two different correlations.
        let (left, right) = ("5b8f0c7e-1d22-4a0f-9c41-3a6ed07b55e1", "e0a7719d-84c3-4f5e-8b60-71d2f4c9a30b");
        pairs.push(Pair {
            operation: "crm.contacts.get",
            account,
            suffix: "not-found".into(),
            kind: Kind::Request,
            legacy: vec![legacy::hubspot::contact_not_found(
                account,
                id,
                &upstream::hubspot::not_found(left),
            )],
            new: vec![new::hubspot::contact_not_found(account, id, &upstream::hubspot::not_found(right))],
            source: vec![],
            repeats: vec![],
        });
    }
    let account = ACME_HUBSPOT;
    let new_url = new::hubspot::url(account, "20151");
    pairs.push(throttled("crm.contacts.get", account, "/crm/contacts/20151".into(), new_url));
    pairs
}

/// Both sides meet HubSpot's limit.
fn throttled(operation: &'static str, account: Account, legacy_url: String, new_url: String) -> Pair {
    let upstream = |correlation| upstream::hubspot::rate_limited(correlation);
    let legacy_saw = upstream("0c1fb1de-7a11-4f9e-a2d5-b90f6a8c2e14");
    let new_saw = upstream("b7d2e6c3-05f8-4b6a-9e37-2f41c8d95a60");
    Pair {
        operation,
        account,
        suffix: "rate-limited".into(),
        kind: Kind::Request,
        legacy: vec![legacy::hubspot::rate_limited(account, legacy_url, &legacy_saw)],
        new: vec![new::hubspot::rate_limited(account, new_url, &new_saw)],
        source: vec![],
        repeats: vec![],
    }
}

fn custom_objects() -> Vec<Pair> {
    let account = ACME_HUBSPOT;
    let kind = upstream::hubspot::SUBSCRIPTION_TYPE;
    let list = List {
        operation: "crm.custom-object.list",
        account,
        records: &upstream::hubspot::subscriptions(account.name),
        id: "id",
        legacy: &|page| legacy::hubspot::subscriptions_page(account, kind, page),
        new: &|page| new::hubspot::custom_objects(account, kind, page),
        source: Some(&|page| new::proxy::page(account, "/proxy/subscriptions", page)),
    };
    // HubSpot's list has no filter, so there are whole lists, and pages of one.
    let whole = |name: &str, count| {
        let page = Page { records: &list.records[..count], offset: 0, limit: LIMIT, filter: "" };
        list.pair(name.to_owned(), Kind::Request, vec![page], vec![page])
    };
    let mut pairs = vec![whole("all", list.records.len()), whole("one", 1), whole("empty", 0)];
    pairs.extend(list.spans(4));
    pairs
}

fn salesforce_contacts() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for account in [INITECH_SALESFORCE, KESTREL_SALESFORCE] {
        let list = List {
            operation: "crm.sf-contacts.list",
            account,
            records: &upstream::salesforce::contacts(account.name),
            id: "Id",
            legacy: &|page| legacy::salesforce::contacts_page(account, page),
            new: &|page| new::proxy::page(account, "/proxy/Contact", page),
            source: None,
        };
        pairs.extend(list.pages(4, 2));
        pairs.extend(list.chosen(4));
        pairs.push(list.drained(5, 2, 3));
        pairs.push(list.empty("email=nobody@acme.example"));
    }
    pairs
}

fn invoices() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for account in [BIRCHWOOD_QUICKBOOKS, MARLOWE_QUICKBOOKS] {
        let list = List {
            operation: "accounting.invoices.list",
            account,
            records: &upstream::quickbooks::invoices(account.name),
            id: "Id",
            legacy: &|page| legacy::quickbooks::invoices_page(account, page),
            new: &|page| new::quickbooks::unified_invoices(account, page),
            source: None,
        };
        pairs.extend(list.pages(4, 2));
        pairs.extend(list.chosen(4));
        pairs.push(list.drained(5, 3, 2));
        pairs.push(list.empty("number=INV-0000"));
    }
    pairs
}

fn issues() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for account in [GLOBEX_JIRA, KESTREL_JIRA] {
        let project = upstream::jira::project(account.name);
        let list = List {
            operation: "ticketing.issues.list",
            account,
            records: &upstream::jira::issues(account.name),
            id: "id",
            legacy: &|page| legacy::jira::tickets_page(account, project, page),
            new: &|page| {
                let filter = [format!("project={project}"), page.filter.to_owned()];
                let filter = filter.join("&");
                new::proxy::page(
                    account,
                    "/proxy/issues",
                    Page { filter: filter.trim_end_matches('&'), ..page },
                )
            },
            source: None,
        };
        pairs.extend(list.pages(4, 2));
        pairs.extend(list.chosen(4));
        pairs.push(list.drained(6, 4, 3));
        pairs.push(list.empty("assignee=nobody"));
    }
    pairs
}

fn customers() -> Vec<Pair> {
    let account = ORESUND_NETSUITE;
    // SuiteQL filters by words of its own.
    let query = |page: Page<'_>| match page.filter.strip_prefix("ids=") {
        Some(ids) => format!("{} WHERE c.id IN ({ids}) ORDER BY c.id", upstream::netsuite::QUERY),
        None => format!("{} ORDER BY c.id", upstream::netsuite::QUERY),
    };
    let list = List {
        operation: "accounting.customers.list",
        account,
        records: &upstream::netsuite::customers(account.name),
        id: "id",
        legacy: &|page| legacy::netsuite::customers_page(account, page),
        new: &|page| new::netsuite::suiteql(account, &query(page), page),
        source: Some(&|page| new::netsuite::suiteql_source(account, &query(page), page)),
    };
    let mut pairs = list.pages(6, 2);
    pairs.extend(list.chosen(6));
    pairs.push(list.past_the_end(2));
    pairs
}
