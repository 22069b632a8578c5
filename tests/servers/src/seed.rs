//! Content that is made up, and the same for the same seed.

use serde_json::{Map, Value, json};

use crate::clock::rfc3339;
use crate::upstream::{Access, Account, Integration, Record, Upstream};

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// Other numbers make other people.
    pub number: u64,
    /// Contacts of each HubSpot account.
    pub contacts: usize,
    /// Customers of the NetSuite account.
    pub customers: usize,
    /// Nothing is younger; milliseconds since 1970.
    pub now_ms: i64,
}

const FIRST_NAMES: [&str; 12] =
    ["Grace", "Åsa", "Mehmet", "Noor", "Greta", "Kofi", "Linh", "Jürgen", "Ana", "Tomás", "Yuki", "Seán"];
const LAST_NAMES: [&str; 12] = [
    "Holloway",
    "Lindqvist",
    "Yıldız",
    "van der Berg",
    "Müller",
    "Mensah",
    "Nguyễn",
    "O'Brien",
    "da Silva",
    "Novák",
    "Tanaka",
    "Smith-Jones",
];
const COMPANIES: [&str; 6] = [
    "Copper Kettle Foods",
    "Tidewater Instruments",
    "Fjordlys AS",
    "Café Ørsted",
    "Blue & Sons",
    "Kōji Labs",
];
const TITLES: [&str; 5] = ["Purchasing Manager", "VP, Revenue", "Head of Operations", "CFO", "Engineer"];
const TIERS: [&str; 3] = ["gold", "silver", "bronze"];
const TAGS: [&str; 4] = ["vip", "beta", "Newsletter", "partner"];
const PLANS: [&str; 3] = ["Starter", "Team", "Enterprise – 24/7"];
const PRICES: [&str; 3] = ["1.10", "24.00", "19.95"];
/// The custom object "Subscription" of the first account, as HubSpot names its type.
pub const SUBSCRIPTION_TYPE: &str = "2-8891423";
/// Its records: more than any service has on one page.
const SUBSCRIPTIONS: u64 = 230;
const CITIES: [(&str, &str, &str, &str); 4] = [
    ("Portland", "OR", "97205", "United States"),
    ("Galway", "Galway", "H91 X2A4", "Ireland"),
    ("Köln", "NRW", "50968", "Germany"),
    ("大阪", "Osaka", "530-0001", "Japan"),
];

/// Three accounts: two of HubSpot, one of NetSuite.
pub fn upstream(seed: &Seed) -> Upstream {
    let mut dice = Dice(seed.number);
    let account = |name: &str, integration, new_id: &str, collection: &str, records: Vec<Record>| Account {
        name: name.to_owned(),
        new_id: new_id.to_owned(),
        integration,
        access: Access::Granted,
        collections: [(
            collection.to_owned(),
            records.into_iter().map(|record| (record.id, record)).collect(),
        )]
        .into(),
    };
    let mut people =
        |first_id| (0..seed.contacts).map(|at| contact(first_id + 3 * at as u64, seed, &mut dice)).collect();
    let (acme, globex) = (people(20_101), people(50_003));
    let customers = (0..seed.customers).map(|at| customer(1_201 + at as u64, seed, &mut dice)).collect();
    let mut upstream = Upstream {
        accounts: vec![
            account("acme", Integration::HubSpot, "3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01", "contacts", acme),
            account(
                "globex",
                Integration::HubSpot,
                "8b0e4f27-5d0c-4a8b-b1de-62f1c4a97302",
                "contacts",
                globex,
            ),
            account(
                "oresund",
                Integration::NetSuite,
                "d3b4650f-e817-4a9c-92f5-0ac7b36e1d09",
                "customer",
                customers,
            ),
        ],
    };
    // Last, so that the others are who they were without it.
    if let Some(acme) = upstream.accounts.first_mut() {
        let people: Vec<u64> = acme.collection("contacts").map(|record| record.id).collect();
        let subscriptions = (0..SUBSCRIPTIONS).map(|at| subscription(at, &people, seed, &mut dice));
        let subscriptions = subscriptions.map(|record| (record.id, record)).collect();
        acme.collections.insert(SUBSCRIPTION_TYPE.to_owned(), subscriptions);
    }
    upstream
}

/// An account with three contacts that no other account has.
pub fn linked(name: &str, index: usize, now_ms: i64) -> Account {
    let seed = Seed { number: 1_000 + index as u64, contacts: 3, customers: 0, now_ms };
    let mut dice = Dice(seed.number);
    let first_id = 1_000_000 + 10 * index as u64;
    let contacts = (0..3).map(|at| contact(first_id + at, &seed, &mut dice));
    let contacts = contacts.map(|record| (record.id, record)).collect();
    Account {
        name: name.to_owned(),
        new_id: String::new(),
        integration: Integration::HubSpot,
        access: Access::Granted,
        collections: [("contacts".to_owned(), contacts)].into(),
    }
}

fn contact(id: u64, seed: &Seed, dice: &mut Dice) -> Record {
    let (first, last) = (dice.one_of(&FIRST_NAMES), dice.one_of(&LAST_NAMES));
    let company = dice.one_of(&COMPANIES);
    let (city, state, zip, country) = dice.one_of(&CITIES);
    let (created_ms, updated_ms) = times(seed, dice);
    let host = plain(company);
    let null_or = |is_there: bool, text: String| if is_there { Value::String(text) } else { Value::Null };
    let fields = json!({
        "email": format!("{}.{}.{id}@{host}.example", plain(first), plain(last)),
        "firstname": null_or(dice.of_ten(9), first.to_owned()),
        "lastname": last,
        "jobtitle": null_or(dice.of_ten(8), dice.one_of(&TITLES).to_owned()),
        "company": company,
        "hubspot_owner_id": null_or(dice.of_ten(5), (7_700 + dice.below(20)).to_string()),
        "associatedcompanyid": null_or(dice.of_ten(7), (9_100_200_000_u64 + dice.below(900)).to_string()),
        "hs_lead_status": null_or(dice.of_ten(4), "OPEN_DEAL".to_owned()),
        "phone": null_or(dice.of_ten(6), format!("+1 503 555 {:04}", dice.below(10_000))),
        "mobilephone": null_or(dice.of_ten(3), format!("+353 85 555 {:04}", dice.below(10_000))),
        "address": format!("{} Larch Street", 1 + dice.below(200)),
        "city": city, "state": state, "zip": zip, "country": country,
        "website": null_or(dice.of_ten(5), format!("https://{host}.example/")),
        "message": null_or(dice.of_ten(3), format!("<p>Hello,<br/>{first} &amp; team: <b>call me</b></p>")),
        "tags": null_or(dice.of_ten(6), TAGS[..1 + dice.below(4) as usize].join(";")),
        "is_partner": if dice.of_ten(3) { "true" } else { "false" },
        "lifetime_value": format!("{}.{:02}", dice.below(9_000), dice.below(100)),
        "loyalty_tier": dice.one_of(&TIERS),
    });
    Record { id, fields: object(fields), contacts: Vec::new(), created_ms, updated_ms }
}

fn customer(id: u64, seed: &Seed, dice: &mut Dice) -> Record {
    let company = dice.one_of(&COMPANIES);
    let (city, state, zip, country) = dice.one_of(&CITIES);
    let (created_ms, updated_ms) = times(seed, dice);
    let is_person = dice.of_ten(3);
    let mut fields =
        object(json!({"entityid": format!("CUST{id:05}"), "isperson": if is_person { "T" } else { "F" }}));
    let mut set = |field: &str, text: String| drop(fields.insert(field.to_owned(), Value::String(text)));
    if is_person {
        set("firstname", dice.one_of(&FIRST_NAMES).to_owned());
        set("lastname", dice.one_of(&LAST_NAMES).to_owned());
    } else {
        set("companyname", company.to_owned());
    }
    set("email", format!("accounts.{id}@{}.example", plain(company)));
    if dice.of_ten(6) {
        set("phone", format!("+45 33 55 {:03}", dice.below(1_000)));
    }
    set("url", format!("https://{}.example", plain(company)));
    if dice.of_ten(5) {
        set("vatregnumber", format!("DK{}", 30_100_000 + dice.below(90_000)));
    }
    if dice.of_ten(3) {
        set("comments", "Liefert nur <b>montags</b> & donnerstags".to_owned());
    }
    set("currency", "DKK".to_owned());
    set("isinactive", if dice.of_ten(1) { "T" } else { "F" }.to_owned());
    // The zero before the point is left out, as NetSuite does.
    let (whole, cents) = (dice.below(300), dice.below(10));
    set("balance", if whole < 60 { format!(".{cents}") } else { format!("{whole}.{cents}") });
    set("custentity_tier", "A".to_owned());
    set("addr1", format!("Lindenallee {}", 1 + dice.below(90)));
    for (field, text) in [("city", city), ("state", state), ("zip", zip), ("country", country)] {
        set(field, text.to_owned());
    }
    Record { id, fields, contacts: Vec::new(), created_ms, updated_ms }
}

/// A record of the custom object, with up to two contacts that it is associated with.
fn subscription(at: u64, people: &[u64], seed: &Seed, dice: &mut Dice) -> Record {
    let (created_ms, updated_ms) = times(seed, dice);
    let renewal_ms = seed.now_ms + (1 + dice.below(365) as i64) * 86_400_000;
    let fields = json!({
        "plan_name": dice.one_of(&PLANS),
        "seats": (1 + dice.below(400)).to_string(),
        "unit_price": dice.one_of(&PRICES),
        "renewal_date": rfc3339(renewal_ms).split('T').next(),
        "is_trial": if dice.of_ten(2) { "true" } else { "false" },
        "cancel_reason": if dice.of_ten(3) { json!("") } else { Value::Null },
        "hubspot_owner_id": (7_700 + dice.below(20)).to_string(),
        "internal_score": dice.below(100).to_string(),
    });
    let mut contacts: Vec<u64> =
        (0..dice.below(3).min(people.len() as u64)).map(|_| dice.one_of(people)).collect();
    contacts.sort_unstable();
    contacts.dedup();
    Record { id: 41_000_500_100 + at, fields: object(fields), contacts, created_ms, updated_ms }
}

/// Created on a whole second in the last three years, changed since.
fn times(seed: &Seed, dice: &mut Dice) -> (i64, i64) {
    let age_s = 86_400 + dice.below(3 * 365 * 86_400) as i64;
    let created_ms = (seed.now_ms / 1_000 - age_s) * 1_000;
    (created_ms, created_ms + dice.below((age_s as u64) * 1_000) as i64)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// The letters of ASCII in it, small.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// SplitMix64 (Steele, Lea, Flood, 2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn of_ten(&mut self, share: u64) -> bool {
        self.below(10) < share
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}
