//! The documents that are compared: contacts as a unified CRM API answers them, made from a seed.

use serde_json::{Map, Value, json};

/// A small generator of numbers (SplitMix64): the same seed gives the same documents everywhere.
pub struct Dice(u64);

impl Dice {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One of these.
    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// Brings a list into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

const FIRST: [&str; 10] =
    ["Ada", "Grace", "Edsger", "Barbara", "Donald", "Zoë", "Jörg", "Katherine", "Alan", "Mary Jane"];
const LAST: [&str; 8] =
    ["Lovelace", "Hopper", "Dijkstra", "Liskov", "Knuth", "Müller", "Johnson", "van der Berg"];
const WORDS: [&str; 14] = [
    "renewal", "quarter", "pipeline", "warm", "intro", "budget", "decision", "legal", "review", "pilot",
    "call", "the", "of", "next",
];
const CITIES: [&str; 6] = ["Berlin", "Wien", "San Francisco", "São Paulo", "New York", "Oslo"];

fn instant(dice: &mut Dice) -> String {
    format!(
        "202{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        dice.below(6),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.below(24),
        dice.below(60),
        dice.below(60),
        dice.below(1000)
    )
}

fn uuid(dice: &mut Dice) -> String {
    let (one, two) = (dice.next(), dice.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        one >> 32,
        one >> 16 & 0xffff,
        one & 0xfff,
        two >> 48,
        two & 0xffff_ffff_ffff
    )
}

fn words(dice: &mut Dice, count: usize) -> String {
    (0..count).map(|_| *dice.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}

/// One contact of about 1.5 KB; the number makes its ids its own.
pub fn contact(dice: &mut Dice, number: usize) -> Value {
    let (first, last) = (*dice.pick(&FIRST), *dice.pick(&LAST));
    let custom: Map<String, Value> = (0..14)
        .map(|field| {
            let value = match field % 4 {
                0 => json!(words(dice, 2)),
                1 => json!(dice.below(100_000)),
                2 => json!(dice.below(2) == 0),
                _ => json!(dice.below(1_000_000) as f64 / 100.0 + 0.01),
            };
            (format!("custom_field_{field}__c"), value)
        })
        .collect();
    json!({
        "id": uuid(dice),
        "remote_id": format!("{}", 9_007_199_254_740_993_u64 + number as u64 * 7),
        "object": "contact",
        "name": format!("{first} {last}"),
        "first_name": first,
        "last_name": last,
        "title": words(dice, 2),
        "department": words(dice, 1),
        "company": {"id": uuid(dice), "name": format!("{last} & Co. KG"), "size": dice.below(10_000)},
        "owner_id": format!("{}", 40_000 + dice.below(40)),
        "sequence": 9_007_199_254_740_993_u64 + number as u64 * 2,
        "description": words(dice, 14),
        "emails": [
            {"email": format!("{}.{number}@example.com", last.to_lowercase()), "type": "work", "primary": true},
            {"email": format!("p{number}@mail.example.org"), "type": "home", "primary": false}
        ],
        "phone_numbers": [{"number": format!("+49 30 {:07}", dice.below(10_000_000)), "type": "mobile", "extension": null}],
        "addresses": [{
            "street_1": format!("{} {}. Street", 1 + dice.below(300), 1 + dice.below(90)),
            "street_2": null,
            "city": *dice.pick(&CITIES),
            "postal_code": format!("{:05}", dice.below(100_000)),
            "country": "DE",
            "type": "primary"
        }],
        "tags": [format!("t{}", dice.below(50)), format!("u{}", dice.below(50)), format!("v{}", dice.below(50))],
        "lead_score": dice.below(10_000) as f64 / 100.0 + 0.005,
        "amount_open": dice.below(1_000_000),
        "is_deleted": dice.below(9) == 0,
        "custom_fields": custom,
        "created_at": instant(dice),
        "updated_at": instant(dice),
        "last_activity_at": instant(dice),
        "remote_was_deleted": false
    })
}

/// An answer with one contact: about 1.9 KB.
pub fn single(dice: &mut Dice, number: usize) -> Value {
    let mut record = contact(dice, number);
    let notes = json!({
        "source": "crm", "pipeline": words(dice, 3), "stage": words(dice, 1), "stage_changed_at": instant(dice),
        "next_step": words(dice, 6), "probability": dice.below(100), "website": format!("https://www.example.com/{number}"),
        "linkedin": format!("https://www.linkedin.com/in/person-{number}")
    });
    if let Some(record) = record.as_object_mut() {
        record.insert("details".into(), notes);
    }
    json!({"data": record, "request_id": "req_1", "cursor": null})
}

/// An answer with a list of contacts.
pub fn list(dice: &mut Dice, count: usize) -> Value {
    let records: Vec<Value> = (0..count).map(|number| contact(dice, number)).collect();
    json!({"object": "list", "data": records, "has_more": true, "next_cursor": "b2Zmc2V0PTUwMA=="})
}
