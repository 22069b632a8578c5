//! Calls of the functions of Truto, with arguments as real mappings have them and as they should not.

use super::generate::Writer;

/// A function, and how a generated expression calls it.
pub(super) type Call = (&'static str, fn(&mut Writer<'_>) -> String);

fn pick<'t>(w: &mut Writer<'_>, texts: &[&'t str]) -> &'t str {
    w.random.pick(texts)
}

const KEYS: [&str; 9] = [
    "'status'",
    "'id'",
    "'address.city'",
    "'emails[0].value'",
    "'active'",
    "'missing'",
    "'owner.id'",
    "'type'",
    "'score'",
];
const PREDICATES: [&str; 8] = [
    "'active'",
    "{'status': 'open'}",
    "['status', 'open']",
    "{'active': true}",
    "'address.city'",
    "{'owner': {'id': 1}}",
    "['id', 5]",
    "'missing'",
];
const LISTS: [&str; 12] = [
    "contacts",
    "deals",
    "contacts.emails",
    "one",
    "words",
    "numbers",
    "nested",
    "empty",
    "contacts.status",
    "deals.lines",
    "[0, 1, '', null, 'a', false]",
    "contacts.tags",
];

/// A call of each function that the native engine has.
pub(super) const CALLS: &[Call] = &[
    ("keys", |w| format!("$keys({})", w.object(1))),
    ("each", |w| {
        format!(
            "$each({}, function($v, $k) {{ {} }})",
            w.object(1),
            w.random.pick(&["$k", "$v", "$k & $string($v)"])
        )
    }),
    ("sift", |w| {
        format!(
            "$sift({}, function($v, $k) {{ {} }})",
            w.object(1),
            w.random.pick(&["$v", "$k = 'a'", "$exists($v)", "[$v]"])
        )
    }),
    ("groupBy", |w| format!("$groupBy({}, {})", pick(w, &LISTS), pick(w, &KEYS))),
    ("keyBy", |w| format!("$keyBy({}, {})", pick(w, &LISTS), pick(w, &KEYS))),
    ("compact", |w| {
        format!(
            "$compact({})",
            w.random.pick(&[
                "[0, 1, '', null, 'a', false]",
                "contacts.active",
                "contacts.score",
                "missing",
                "text",
                "nested",
                "words",
                "numbers"
            ])
        )
    }),
    ("join", |w| {
        format!(
            "$join({}{})",
            w.random.pick(&[
                "words",
                "numbers",
                "nested",
                "missing",
                "text",
                "contacts.status",
                "contacts",
                "[1, null, true, 0.1]"
            ]),
            w.random.pick(&["", ", '-'", ", ', '", ", null"])
        )
    }),
    ("orderBy", |w| {
        format!(
            "$orderBy({}, {}{})",
            w.random.pick(&["contacts", "deals", "contacts.emails", "one"]),
            w.random.pick(&["'id'", "['status', 'id']", "'score'", "'owner.name'", "'active'", "'value'"]),
            w.random.pick(&["", ", 'desc'", ", ['desc', 'asc']", ", 'asc'"])
        )
    }),
    ("find", |w| {
        format!(
            "$find({}, {})",
            w.random.pick(&["contacts", "deals", "one", "contacts.emails", "missing"]),
            pick(w, &PREDICATES)
        )
    }),
    ("lofilter", |w| {
        format!(
            "$lofilter({}, {})",
            w.random.pick(&["contacts", "deals", "one", "contacts.emails", "missing"]),
            pick(w, &PREDICATES)
        )
    }),
    ("chunk", |w| {
        format!("$chunk({}, {})", pick(w, &LISTS), w.random.pick(&["1", "2", "3", "0", "2.5", "-1"]))
    }),
    ("difference", |w| {
        format!(
            "$difference({}, {})",
            w.random.pick(&["words", "numbers", "[1, 2, 3, 'a']", "text", "missing", "[0, 1, null]"]),
            w.random.pick(&["['open', 'Won']", "[1, 'a', null]", "words", "'open'", "missing"])
        )
    }),
    ("flatten", |w| format!("$flatten({})", pick(w, &LISTS))),
    ("flattenDeep", |w| format!("$flattenDeep({})", pick(w, &LISTS))),
    ("flattenDepth", |w| {
        format!("$flattenDepth({}{})", pick(w, &LISTS), w.random.pick(&["", ", 1", ", 2", ", 0"]))
    }),
    ("removeEmptyItems", |w| {
        format!(
            "$removeEmptyItems({})",
            w.random.pick(&[
                "[{}, [], 0, '', 'a', {'b': 1}]",
                "contacts",
                "nested",
                "text",
                "missing",
                "words",
                "contacts.active"
            ])
        )
    }),
    ("zipSqlResponse", |w| {
        format!(
            "$zipSqlResponse([{{'n': 'id'}}, {{'n': 'name'}}, {{'n': '{}'}}], [[1, 'a', {}], [{}, null], []], 'n')",
            w.random.pick(&["2", "x"]),
            w.number(0),
            w.text(0)
        )
    }),
    ("pick", |w| {
        format!(
            "$pick({}, {})",
            w.random.pick(&["one", "map", "account", "lookup", "missing", "none", "contacts[0]"]),
            w.random.pick(&[
                "['id', 'first', 'nope']",
                "'a'",
                "'address.city'",
                "['1', 'z', 'a.x']",
                "['emails[0]']",
                "[]",
                "['name', 'domain']"
            ])
        )
    }),
    ("omit", |w| {
        format!(
            "$omit({}, {})",
            w.random.pick(&["one", "map", "account", "lookup", "missing", "contacts[0]"]),
            w.random.pick(&[
                "['id', 'first', 'nope']",
                "'a'",
                "'address.city'",
                "['1', 'z']",
                "[]",
                "['name', 'domain']"
            ])
        )
    }),
    ("values", |w| {
        format!(
            "$values({})",
            w.random.pick(&["one", "map", "account", "words", "missing", "none", "'abc'", "5", "true"])
        )
    }),
    ("mapValues", |w| {
        format!(
            "$mapValues({}, {}{})",
            w.random.pick(&[
                "text",
                "words",
                "one",
                "'OPEN'",
                "n",
                "missing",
                "none",
                "contacts.status",
                "true",
                "[['open'], {'k': 'VIP'}]"
            ]),
            w.random.pick(&[
                "lookup",
                "{'Open': 'o', '12.5': 'num', 'closed': null}",
                "{'WON': 1}",
                "missing",
                "none"
            ]),
            w.random.pick(&["", ", true", ", false, 'default'", ", true, 5"])
        )
    }),
    ("firstNonEmpty", |w| format!("$firstNonEmpty({}, {}, {})", w.any(1), w.any(0), w.any(0))),
    ("removeEmpty", |w| {
        format!(
            "$removeEmpty({})",
            w.random.pick(&[
                "words",
                "empty",
                "''",
                "text",
                "5",
                "map",
                "missing",
                "none",
                "{'length': 2}",
                "flag"
            ])
        )
    }),
    ("base64encode", |w| {
        format!(
            "$base64encode({}{})",
            w.random.pick(&[
                "text",
                "word",
                "'李雷?>'",
                "url",
                "n",
                "missing",
                "none",
                "'ÿÿ>?'",
                "flag",
                "one.first"
            ]),
            w.random.pick(&["", ", true", ", false"])
        )
    }),
    ("base64decode", |w| {
        format!(
            "$base64decode({}{})",
            w.random.pick(&[
                "b64",
                "$base64encode(word)",
                "'YQ'",
                "'YWI='",
                "'Y W\\nJj'",
                "'!!'",
                "'7-__'",
                "'_-8'",
                "$base64encode(url, true)",
                "'77u/YQ=='",
                "'/w=='"
            ]),
            w.random.pick(&["", ", true"])
        )
    }),
    ("digest", |w| {
        format!(
            "$digest({}{})",
            w.text(1),
            w.random.pick(&[
                "",
                ", 'SHA-256'",
                ", 'SHA-512', 'base64'",
                ", 'SHA-384', 'base64-urlSafe'",
                ", 'sha-256'",
                ", 'SHA-256', 'other'"
            ])
        )
    }),
    ("sign", |w| {
        format!("$sign({}, {}, {}{})", w.text(1), w.random.pick(&["'SHA-256'", "'sha-512'", "'SHA-384'"]), w.random.pick(&["'secret'", "'a key that is longer than one block of the hash, which is then hashed itself first, as said'", "'ключ'"]), w.random.pick(&["", ", 'base64'", ", 'base64-urlSafe'"]))
    }),
    ("wrap", |w| {
        format!(
            "$wrap({}, {}{})",
            w.any(0),
            w.random.pick(&["'\"'", "'<'", "''", "5"]),
            w.random.pick(&["", ", '>'", ", ''"])
        )
    }),
    ("diceCoefficient", |w| {
        format!(
            "$diceCoefficient({}, {})",
            w.random.pick(&["text", "word", "'night'", "'Élodie'", "url"]),
            w.random.pick(&["text", "'nacht'", "'Night!'", "word", "'a'", "when"])
        )
    }),
    ("mostSimilar", |w| {
        format!(
            "$mostSimilar({}, {}{})",
            w.random.pick(&["text", "word", "'pendng'", "'WON.'"]),
            w.random.pick(&[
                "words",
                "['open', 'pending', 'won']",
                "empty",
                "contacts.status",
                "missing",
                "['a', 'b']"
            ]),
            w.random.pick(&["", ", 0.5", ", 0"])
        )
    }),
    ("toNumber", |w| {
        format!(
            "$toNumber({})",
            w.random.pick(&[
                "'12.5'", "' 7 '", "'0x1f'", "'0b101'", "''", "none", "flag", "n", "text", "'1e3'", "'-.5'",
                "'0o17'", "'12px'"
            ])
        )
    }),
    ("jsonParse", |w| {
        format!(
            "$jsonParse({})",
            w.random.pick(&[
                "'{\"b\": [1, 2.50], \"1\": null}'",
                "'[1, 2'",
                "$string(one)",
                "n",
                "text",
                "missing",
                "none",
                "'\"x\"'",
                "words",
                "' 1.0 '"
            ])
        )
    }),
    ("parseUrl", |w| {
        let url = w.random.pick(&[
            "url",
            "'https://a.example'",
            "'http://a.b-c.example:8080/x/y.z?q=1&q=2&r=a+b%20c&s#top'",
            "'HTTPS://A.example/'",
            "'https://a.example/x/../y'",
            "'nope'",
            "'https://a.example:443/'",
            "'https://a.example/p?x=%E2%82%AC&&=e'",
        ]);
        let member = w.random.pick(&[
            ".origin",
            ".pathname",
            ".searchParams.get('q')",
            ".searchParams.get('limit')",
            ".searchParams.getAll('q')",
            ".host",
            ".search & 'x'",
            ".hash",
            "",
            ".searchParams.has('s')",
            ".port",
            ".searchParams.size",
            ".protocol",
            ".href",
            ".searchParams.get('x')",
            ".{'h': hostname, 'c': searchParams.get('cursor')}",
        ]);
        format!("$parseUrl({url}){member}")
    }),
    ("uuid", |w| format!("[$uuid(), {}]", w.any(1))),
    ("convertCurrencyFromSubunit", |w| {
        format!(
            "$convertCurrencyFromSubunit({}, {})",
            w.random.pick(&[
                "12345", "n", "m", "'1050'", "-5", "0", "1.005", "none", "missing", "250", "-0.4", "'12abc'",
                "50", "5"
            ]),
            w.random.pick(&["'USD'", "'JPY'", "'KWD'", "'XYZ'", "'EUR'", "'CLF'", "missing"])
        )
    }),
    ("convertCurrencyToSubunit", |w| {
        format!(
            "$convertCurrencyToSubunit({}, {})",
            w.random.pick(&[
                "123.45", "n", "m", "'10.50'", "-5.555", "0", "1.005", "none", "missing", "8.2", "'12abc'"
            ]),
            w.random.pick(&["'USD'", "'JPY'", "'KWD'", "'XYZ'", "'EUR'", "'CLF'", "missing"])
        )
    }),
    ("parseQuery", |w| {
        format!(
            "$parseQuery({})",
            w.random.pick(&[
                "'limit=10&cursor=a%20b'",
                "'a=1&a=2&b=+x+'",
                "''",
                "missing",
                "'flag&x='",
                "'b=1&10=x&2=y'",
                "$substringAfter(url, '?')",
                "'q=%E2%82%AC'",
                "'a=b=c'",
                "'x=1&&y=2'"
            ])
        )
    }),
    ("stringifyQuery", |w| {
        format!(
            "$stringifyQuery({})",
            w.random.pick(&[
                "{'a': 1, 'b': [1, 2], 'c': {'d': 'x y'}}",
                "lookup",
                "map",
                "account",
                "one.address",
                "missing",
                "{'q': text, 'n': n, 'none': null}",
                "words",
                "{'€': \"it's (ok)!*\"}",
                "{}"
            ])
        )
    }),
    ("dtFromIso", |w| {
        chain(
            w,
            &[
                "when",
                "'2024-01-15T12:00:00.000Z'",
                "one.created",
                "'2024-02-30'",
                "missing",
                "'nope'",
                "'2024-12-31T23:59:59.999+05:30'",
                "'2023-07-04'",
                "none",
            ],
            true,
        )
    }),
    ("dtFromFormat", |w| {
        chain(
            w,
            &[
                "'2024-01-15 10:20:30', 'yyyy-MM-dd HH:mm:ss'",
                "'15/03/2023', 'dd/LL/yyyy'",
                "'2024-07', 'yyyy-LL'",
                "'12:30', 'HH:mm'",
                "'Jan 5, 2024', 'MMM d, yyyy'",
                "'01/02/2024 03:04 PM', 'MM/dd/yyyy hh:mm a'",
                "'1705320000', 'fromSeconds'",
                "'x', 'yyyy'",
                "'2024-01-15T10:00:00Z', 'ISO'",
                "'2024-13-01', 'yyyy-MM-dd'",
                "'20240115', 'yyyyMMdd'",
                "'2024-01-15T10:00:00+0200', \"yyyy-MM-dd'T'HH:mm:ssZZZ\"",
            ],
            false,
        )
    }),
];

/// A date and methods on it.
fn chain(w: &mut Writer<'_>, sources: &[&str], iso: bool) -> String {
    let function = if iso { "dtFromIso" } else { "dtFromFormat" };
    let zone = if iso && w.random.chance(1) { ", 'utc'" } else { "" };
    let mut chain = format!("${function}({}{zone})", w.random.pick(sources));
    for _ in 0..w.random.below(3) {
        chain.push_str(w.random.pick(&[
            ".plus({'days': 1})",
            ".plus({'months': 1, 'hours': 5})",
            ".minus({'weeks': 2})",
            ".minus({'years': 1, 'quarter': 1})",
            ".startOf('month')",
            ".startOf('week')",
            ".startOf('day')",
            ".startOf('quarter')",
            ".endOf('year')",
            ".endOf('month')",
            ".endOf('hour')",
            ".toUTC()",
            ".setZone('utc')",
            ".setZone('UTC+5:30')",
            ".setZone('UTC-8')",
            ".set({'hour': 3, 'day': 31})",
            ".set({'month': 2})",
            ".toLocal()",
            ".plus(86400000)",
        ]));
    }
    chain.push_str(w.random.pick(&[
        "",
        ".toISO()",
        ".toISODate()",
        ".toISOTime()",
        ".toISOWeekDate()",
        ".toFormat('yyyy-MM-dd HH:mm:ss.SSS ZZ')",
        ".toFormat(\"cccc, d LLLL yyyy 'at' h:mm a\")",
        ".toFormat('ccc q W kkkk ooo yy X x S Z ZZZ')",
        ".toSQL()",
        ".toSQLDate()",
        ".toRFC2822()",
        ".toHTTP()",
        ".toMillis()",
        ".toSeconds()",
        ".toUnixInteger()",
        ".weekday",
        ".year",
        ".monthLong & '!'",
        ".daysInMonth",
        ".zoneName",
        ".isValid",
        ".ordinal",
        ".diff($dtFromIso('2024-01-01'), 'days').days",
        ".diff($dtFromIso('2024-01-01T00:00:00Z')).toObject()",
        ".diff($dtFromIso('2023-01-01'), ['hours']).as('hours')",
    ]));
    match w.random.below(4) {
        0 => format!("{{'at': {chain}, 'id': n}}"),
        1 => format!("(flag ? {chain} : null)"),
        _ => chain,
    }
}
