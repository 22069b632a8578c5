//! Expressions and inputs of the shape that customer data has, from a seed.

use serde_json::{Map, Value, json};

/// A small generator of pseudo-random numbers (xorshift64*): the same seed gives the same cases everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % bound
    }

    pub(super) fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    pub(super) fn chance(&mut self, in_ten: usize) -> bool {
        self.below(10) < in_ten
    }
}

const NAMES: [&str; 10] =
    ["Ada", "Grace", "Élodie", "Zoë", "李雷", "O'Neil", "van der Berg", "", "Jean-Luc", "  padded  "];
const WORDS: [&str; 10] =
    ["open", "closed", "Won", "lost", "pending", "VIP", "new lead", "a,b", "x&y=z", "50%"];
const DATES: [&str; 9] = [
    "2024-01-15T12:00:00.000Z",
    "2023-12-31T23:59:59Z",
    "2024-02-29T06:30:15.250+05:30",
    "2020-06-01T00:00:00-08:00",
    "2024-03-10",
    "1999-12-31T00:00:00.001Z",
    "2024-07",
    "2021-11-05T08:09:10Z",
    "2024-01-15T12:00:00",
];

fn number(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!(0),
        1 => json!(-3),
        2 => json!(12.5),
        3 => json!(1234.567),
        4 => json!(0.1),
        5 => json!(1_705_320_000_000_u64),
        _ => json!(random.below(200)),
    }
}

fn maybe(random: &mut Random, value: Value) -> Option<Value> {
    match random.below(8) {
        0 => None,
        1 => Some(Value::Null),
        _ => Some(value),
    }
}

fn contact(random: &mut Random) -> Value {
    let mut contact = Map::new();
    let (first, last, word) = (random.pick(&NAMES), random.pick(&NAMES), random.pick(&WORDS));
    contact.insert("id".to_owned(), json!(random.below(9_000)));
    let count = random.below(4);
    let emails: Vec<Value> = (0..count)
        .map(|index| {
            json!({"type": random.pick(&["work", "home"]), "value": format!("p{index}@{}.example", random.pick(&["acme", "corp"]))})
        })
        .collect();
    let tags: Vec<Value> = (0..random.below(4)).map(|_| json!(random.pick(&WORDS))).collect();
    let score = number(random);
    let address = json!({"street": "1 Main St", "city": random.pick(&["Paris", "Rome", ""]), "zip": "01234"});
    for (key, value) in [
        ("first", json!(first)),
        ("last", json!(last)),
        ("email", json!("someone@acme.example")),
        ("emails", Value::Array(emails)),
        ("tags", Value::Array(tags)),
        ("score", score),
        ("status", json!(word)),
        ("active", json!(random.chance(5))),
        ("address", address),
        ("created", json!(random.pick(&DATES))),
        ("custom", json!({"b": 1, "10": "ten", "2": null, "a": random.pick(&WORDS)})),
    ] {
        if let Some(value) = maybe(random, value) {
            contact.insert(key.to_owned(), value);
        }
    }
    Value::Object(contact)
}

/// A page of contacts, deals and what surrounds them.
pub(super) fn input(random: &mut Random) -> Value {
    let contacts: Vec<Value> = (0..1 + random.below(4)).map(|_| contact(random)).collect();
    let deals: Vec<Value> = (0..random.below(4))
        .map(|index| {
            json!({
                "id": format!("d{index}"),
                "amount": number(random),
                "stage": random.pick(&WORDS),
                "owner": {"id": random.below(5), "name": random.pick(&NAMES)},
                "lines": (0..random.below(3)).map(|n| json!({"sku": format!("s{n}"), "qty": n + 1, "price": number(random)})).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "contacts": contacts,
        "one": contact(random),
        "deals": deals,
        "account": {"name": random.pick(&NAMES), "domain": "acme.example", "employees": number(random), "parent": null},
        "when": random.pick(&DATES),
        "millis": 1_705_320_000_000_u64,
        "n": number(random),
        "m": random.below(20),
        "text": random.pick(&WORDS),
        "word": random.pick(&NAMES),
        "numbers": (0..random.below(5)).map(|_| number(random)).collect::<Vec<_>>(),
        "words": (0..1 + random.below(4)).map(|_| json!(random.pick(&WORDS))).collect::<Vec<_>>(),
        "nested": [[1, [2, 3]], [4], 5],
        "empty": [],
        "none": null,
        "map": {"z": 1, "3": "three", "a": {"x": true}, "1": "one"},
        "lookup": {"open": "OPEN", "closed": 2, "vip": false},
        "url": "https://api.acme.example/v1/list?limit=10&cursor=a%20b",
        "b64": "w6lsw6k=",
        "flag": random.chance(5),
    })
}

/// Writes expressions of a given type, nested up to a depth.
pub(super) struct Writer<'r> {
    pub(super) random: &'r mut Random,
}

impl Writer<'_> {
    pub(super) fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .random
                .pick(&[
                    "text",
                    "word",
                    "account.name",
                    "'x'",
                    "\"A b\"",
                    "when",
                    "one.first",
                    "one.status",
                    "url",
                    "b64",
                    "missing",
                    "contacts[0].last",
                    "words[0]",
                    "'2024'",
                    "none",
                    "$string(n)",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(9) {
            0 => format!("{} & {}", self.text(depth), self.any(depth)),
            1 => format!("$uppercase({})", self.text(depth)),
            2 => format!("$substring({}, {})", self.text(depth), self.number(0)),
            3 => format!("({} ? {} : {})", self.truth(depth), self.text(depth), self.text(depth)),
            4 => format!("$string({})", self.any(depth)),
            5 => format!("$join({}, {})", self.texts(depth), self.random.pick(&["', '", "''", "'-'"])),
            6 => format!("$trim({})", self.text(depth)),
            7 => format!(
                "$replace({}, {}, '_')",
                self.text(depth),
                self.random.pick(&["'a'", "/[aeiou]/", "/b+/i"])
            ),
            _ => self.text(0),
        }
    }

    pub(super) fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .random
                .pick(&[
                    "n",
                    "m",
                    "3",
                    "-2",
                    "0.5",
                    "$count(contacts)",
                    "account.employees",
                    "one.score",
                    "millis",
                    "0",
                    "missing",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(7) {
            0 => {
                let operator = self.random.pick(&["+", "-", "*", "%"]);
                format!("({} {operator} {})", self.number(depth), self.number(depth))
            }
            1 => format!("$round({}, 2)", self.number(depth)),
            2 => format!("$sum({})", self.numbers(depth)),
            3 => format!("$length({})", self.text(depth)),
            4 => format!("$count({})", self.list(depth)),
            5 => format!("$abs({})", self.number(depth)),
            _ => self.number(0),
        }
    }

    pub(super) fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .random
                .pick(&[
                    "flag",
                    "true",
                    "false",
                    "one.active",
                    "n > 5",
                    "$exists(missing)",
                    "text = 'open'",
                    "'Won' in words",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(6) {
            0 => format!("({} and {})", self.truth(depth), self.truth(depth)),
            1 => format!("({} or {})", self.truth(depth), self.truth(depth)),
            2 => {
                let operator = self.random.pick(&["=", "!=", "<", "<=", ">", ">="]);
                format!("({} {operator} {})", self.number(depth), self.number(depth))
            }
            3 => format!("$not({})", self.any(depth)),
            4 => format!("$contains({}, 'a')", self.text(depth)),
            _ => format!("({} = {})", self.any(depth), self.any(depth)),
        }
    }

    pub(super) fn list(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .random
                .pick(&[
                    "contacts",
                    "deals",
                    "words",
                    "numbers",
                    "nested",
                    "empty",
                    "contacts.emails",
                    "contacts.tags",
                    "missing",
                    "[1..4]",
                    "[text, word]",
                    "deals.lines",
                    "one.emails[]",
                    "contacts.status",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(7) {
            0 => format!(
                "{}[{}]",
                self.list(depth),
                self.random.pick(&["0", "-1", "[0..1]", "active", "score > 3", "$ != 1"])
            ),
            1 => format!("$append({}, {})", self.list(depth), self.any(depth)),
            2 => format!("$reverse({})", self.list(depth)),
            3 => format!("$distinct({})", self.list(depth)),
            4 => format!(
                "$map({}, function($v, $i) {{ {} }})",
                self.list(depth),
                self.random.pick(&["$i", "$v", "$string($v)", "[$v]"])
            ),
            5 => format!("$filter({}, function($v) {{ $exists($v.id) or $v = 'open' }})", self.list(depth)),
            _ => format!("[{}, {}]", self.any(depth), self.any(depth)),
        }
    }

    pub(super) fn texts(&mut self, depth: usize) -> String {
        match self.random.below(4) {
            0 => format!("[{}, {}]", self.text(depth.min(1)), self.text(depth.min(1))),
            1 => "contacts.(first & ' ' & last)".to_owned(),
            _ => self
                .random
                .pick(&["words", "contacts.status", "contacts.tags", "deals.id", "contacts.emails.value"])
                .to_owned(),
        }
    }

    pub(super) fn numbers(&mut self, depth: usize) -> String {
        match self.random.below(4) {
            0 => format!("[{}, {}]", self.number(depth.min(1)), self.number(depth.min(1))),
            1 => "deals.lines.(price * qty)".to_owned(),
            _ => self
                .random
                .pick(&["numbers", "contacts.score", "deals.amount", "[1..5]", "deals.lines.qty"])
                .to_owned(),
        }
    }

    pub(super) fn object(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .random
                .pick(&[
                    "one",
                    "account",
                    "map",
                    "one.custom",
                    "contacts[0]",
                    "one.address",
                    "lookup",
                    "missing",
                    "{}",
                ])
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(5) {
            0 => format!("{{'a': {}, 'b': {}}}", self.any(depth), self.any(depth)),
            1 => format!(
                "contacts{{status: {}}}",
                self.random.pick(&["first", "$count(first)", "[last]", "$sum(score)"])
            ),
            2 => format!("$merge([{}, {}])", self.object(depth), self.object(depth)),
            3 => format!("{{{}: {}, '2': 1}}", self.text(0), self.any(depth)),
            _ => self.object(0),
        }
    }

    pub(super) fn any(&mut self, depth: usize) -> String {
        match self.random.below(5) {
            0 => self.text(depth),
            1 => self.number(depth),
            2 => self.truth(depth),
            3 => self.list(depth),
            _ => self.object(depth),
        }
    }
}
