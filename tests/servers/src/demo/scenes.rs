//! The scenes: what the application asks, what changes upstream meanwhile, and what is wrong with the new provider.

use std::fmt;

use serde_json::json;

use crate::Fault;

/// A request of the application, by legacy's API.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Whose data, as legacy calls it.
    pub account: &'static str,
    /// Path and query; `*` stands for the id of the first record.
    pub target: &'static str,
}

/// A stretch of the demonstration.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// What happens, in plain words.
    pub said: &'static str,
    /// What is wrong with new meanwhile.
    pub defect: Option<&'static Defect>,
    /// What changes upstream before the application asks.
    pub changes: &'static [Change],
    /// What the application asks, one after the other.
    pub asks: &'static [Ask],
}

/// A change in an account's data upstream, which both providers read.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// A contact's last name is another.
    Renamed {
        /// Whose data.
        account: &'static str,
        /// The contact.
        id: u64,
        /// Its last name from now on.
        last_name: &'static str,
    },
    /// There is one contact more.
    Added {
        /// Whose data.
        account: &'static str,
    },
}

/// Something that is wrong with the new provider.
pub struct Defect {
    /// One word for it.
    pub name: &'static str,
    /// What goes wrong.
    pub fault: fn() -> Fault,
    /// Where: paths of new that begin so.
    pub below: &'static str,
    /// How often; always, where nothing is said.
    pub times: Option<u64>,
    /// What an application would meet after the cutover.
    pub shows: Shows,
}

impl fmt::Debug for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// What an application would meet after the cutover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// In an operation these fields of legacy's shape are not what legacy says, each in its way.
    Differs(&'static str, &'static [(&'static str, &'static str)]),
    /// Of an operation there is no answer that could be compared, for this reason.
    Undecided(&'static str, &'static str),
}

const LIST: &str = "crm.contacts.list";
const GET: &str = "crm.contacts.get";
const CUSTOMERS: &str = "accounting.customers.list";

const fn ask(account: &'static str, target: &'static str) -> Ask {
    Ask { account, target }
}

const CONTACTS: &str = "/crm/contacts?limit=200";

static WRONG_COMPANY: Defect = Defect {
    name: "wrong-company",
    fault: || wrong("/result/3/properties/company", json!("Somebody Else Ltd")),
    below: "/proxy/contacts",
    times: Some(1),
    shows: Shows::Differs(LIST, &[("$.data[*].company_name", "value")]),
};

static LOST_EMAILS: Defect = Defect {
    name: "lost-emails",
    fault: || wrong("/email_addresses", json!([])),
    below: "/unified/crm/contacts/",
    times: Some(2),
    shows: Shows::Differs(GET, &[("$.data.emails[*]", "missing")]),
};

static WRONG_BALANCE: Defect = Defect {
    name: "wrong-balance",
    fault: || wrong("/items/0/balance", json!("1000000.5")),
    below: "/proxy/suiteql",
    times: Some(1),
    shows: Shows::Differs(CUSTOMERS, &[("$.data[*].balance", "value")]),
};

static STALE_CONTACT: Defect = Defect {
    name: "stale-contact",
    fault: || Fault::Stale,
    below: "/unified/crm/contacts/",
    times: None,
    shows: Shows::Differs(
        GET,
        &[("$.data.last_name", "value"), ("$.data.name", "value"), ("$.data.updated_at", "value")],
    ),
};

static LATE_RECORD: Defect = Defect {
    name: "late-record",
    fault: || Fault::Stale,
    below: "/proxy/contacts",
    times: None,
    shows: Shows::Differs(LIST, &[("$.data[*]", "missing"), ("$.meta.items_on_page", "value")]),
};

static THROTTLED: Defect = Defect {
    name: "throttled",
    fault: || Fault::Status(429),
    below: "/unified/crm/contacts/",
    times: Some(1),
    shows: Shows::Undecided(GET, "throttled"),
};

static TORN: Defect = Defect {
    name: "torn-body",
    fault: || Fault::TornJson,
    below: "/unified/crm/contacts/",
    times: Some(2),
    shows: Shows::Undecided(GET, "unreadable"),
};

static RESET: Defect = Defect {
    name: "reset",
    fault: || Fault::Reset,
    below: "/unified/crm/contacts/",
    times: Some(1),
    shows: Shows::Undecided(GET, "failed"),
};

/// The demonstration, in its order.
pub static SCENES: [Scene; 9] = [
    Scene {
        said: "nothing is wrong: lists, single contacts, one that does not exist, and NetSuite customers by SuiteQL",
        defect: None,
        changes: &[],
        asks: &[
            ask("acme", CONTACTS),
            ask("globex", CONTACTS),
            ask("acme", "/crm/contacts/*"),
            ask("acme", "/crm/contacts/20104"),
            ask("acme", "/crm/contacts/20107"),
            ask("acme", "/crm/contacts/20110"),
            ask("acme", "/crm/contacts/404"),
            ask("globex", "/crm/contacts/*"),
            ask("globex", "/crm/contacts/50006"),
            ask("globex", "/crm/contacts/50009"),
            ask("oresund", "/accounting/customers?limit=50"),
        ],
    },
    Scene {
        said: "new answers one contact of a list of 120 with a wrong company",
        defect: Some(&WRONG_COMPANY),
        changes: &[],
        asks: &[ask("acme", CONTACTS)],
    },
    Scene {
        said: "new loses the e-mail addresses of two contacts",
        defect: Some(&LOST_EMAILS),
        changes: &[],
        asks: &[ask("acme", "/crm/contacts/20104"), ask("globex", "/crm/contacts/50006")],
    },
    Scene {
        said: "new gives a customer another balance",
        defect: Some(&WRONG_BALANCE),
        changes: &[],
        asks: &[ask("oresund", "/accounting/customers?limit=50")],
    },
    Scene {
        said: "a contact gets another name upstream, and new answers from an old copy",
        defect: Some(&STALE_CONTACT),
        changes: &[Change::Renamed { account: "acme", id: 20_107, last_name: "Newly-Wed" }],
        asks: &[ask("acme", "/crm/contacts/20107"), ask("acme", "/crm/contacts/20110")],
    },
    Scene {
        said: "a contact is added, and new's list does not have it yet",
        defect: Some(&LATE_RECORD),
        changes: &[Change::Added { account: "globex" }],
        asks: &[ask("globex", CONTACTS)],
    },
    Scene {
        said: "new answers once that it is asked too often (429), where legacy answers",
        defect: Some(&THROTTLED),
        changes: &[],
        asks: &[ask("acme", "/crm/contacts/20113")],
    },
    Scene {
        said: "new breaks two answers off in the middle",
        defect: Some(&TORN),
        changes: &[],
        asks: &[ask("acme", "/crm/contacts/20116"), ask("globex", "/crm/contacts/50012")],
    },
    Scene {
        said: "new resets a connection instead of answering",
        defect: Some(&RESET),
        changes: &[],
        asks: &[ask("globex", "/crm/contacts/50015")],
    },
];

fn wrong(pointer: &str, value: serde_json::Value) -> Fault {
    Fault::WrongField { pointer: pointer.to_owned(), value }
}
