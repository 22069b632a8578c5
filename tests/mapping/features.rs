//! Every built-in and operator of JSONata, and how a generated expression uses it.

use super::generate::Writer;

/// What a generated expression is about: a built-in or an operator, and how one is written.
pub(super) type Feature = (&'static str, fn(&mut Writer<'_>) -> String);

/// Every built-in and every operator.
pub(super) const FEATURES: &[Feature] = &[
    ("$string", |w| format!("$string({}{})", w.any(2), w.random.pick(&["", ", true"]))),
    ("$length", |w| format!("$length({})", w.text(2))),
    ("$substring", |w| format!("$substring({}, {}, {})", w.text(1), w.number(0), w.number(0))),
    ("$substringBefore", |w| {
        format!("$substringBefore({}, {})", w.text(1), w.random.pick(&["'a'", "' '", "''", "'@'"]))
    }),
    ("$substringAfter", |w| {
        format!("$substringAfter({}, {})", w.text(1), w.random.pick(&["'a'", "' '", "''", "'@'"]))
    }),
    ("$uppercase", |w| format!("$uppercase({})", w.text(2))),
    ("$lowercase", |w| format!("$lowercase({})", w.text(2))),
    ("$trim", |w| format!("$trim({})", w.text(2))),
    ("$pad", |w| {
        format!(
            "$pad({}, {}, {})",
            w.text(1),
            w.random.pick(&["8", "-8", "3", "0"]),
            w.random.pick(&["'#'", "'ab'", "''"])
        )
    }),
    ("$contains", |w| {
        format!("$contains({}, {})", w.text(1), w.random.pick(&["'a'", "/[A-Z]/", "''", "/^o/"]))
    }),
    ("$split", |w| format!("$split({}, {})", w.text(1), w.random.pick(&["' '", "/,|&/", "''", "'a', 2"]))),
    ("$join", |w| format!("$join({}{})", w.texts(2), w.random.pick(&["", ", '; '", ", ''"]))),
    ("$match", |w| {
        format!("$match({}, {})", w.text(1), w.random.pick(&["/[a-z]+/", "/(.)(.)/", "/o/i, 1", "/\\d+/"]))
    }),
    ("$replace", |w| {
        format!(
            "$replace({}, {})",
            w.text(1),
            w.random.pick(&[
                "'a', 'b'",
                "/(.)a/, '$1$1'",
                "/e/i, '', 1",
                "/\\s+/, function($m) { $uppercase($m.match) }"
            ])
        )
    }),
    ("$eval", |w| {
        format!(
            "$eval({})",
            w.random.pick(&["'1 + 2'", "'account.name'", "'$sum(numbers)'", "'('", "'$.n'", "'n', one"])
        )
    }),
    ("$base64encode", |w| {
        format!("$base64encode({})", w.random.pick(&["text", "'abc'", "url", "when", "missing"]))
    }),
    ("$base64decode", |w| {
        format!(
            "$base64decode({})",
            w.random.pick(&["'YWJj'", "$base64encode(text)", "missing", "'aGVsbG8='"])
        )
    }),
    ("$encodeUrlComponent", |w| format!("$encodeUrlComponent({})", w.text(1))),
    ("$encodeUrl", |w| format!("$encodeUrl({})", w.text(1))),
    ("$decodeUrlComponent", |w| {
        format!(
            "$decodeUrlComponent({})",
            w.random.pick(&["url", "'a%20b'", "text", "'%E9'", "$encodeUrlComponent(word)"])
        )
    }),
    ("$decodeUrl", |w| {
        format!("$decodeUrl({})", w.random.pick(&["url", "'a%20b%2F'", "text", "$encodeUrl(word)"]))
    }),
    ("$number", |w| {
        format!(
            "$number({})",
            w.random.pick(&["text", "'12.50'", "'0x1F'", "flag", "n", "'1e3'", "none", "one.id", "''"])
        )
    }),
    ("$abs", |w| format!("$abs({})", w.number(2))),
    ("$floor", |w| format!("$floor({})", w.number(2))),
    ("$ceil", |w| format!("$ceil({})", w.number(2))),
    ("$round", |w| format!("$round({}{})", w.number(2), w.random.pick(&["", ", 1", ", -1", ", 3"]))),
    ("$power", |w| format!("$power({}, {})", w.number(1), w.random.pick(&["2", "3", "0.5", "-1", "m"]))),
    ("$sqrt", |w| format!("$sqrt({})", w.number(1))),
    ("$random", |w| format!("($r := $random(); $r >= 0 and $r < 1 and {})", w.truth(1))),
    ("$formatNumber", |w| {
        format!(
            "$formatNumber({}, {})",
            w.number(1),
            w.random.pick(&["'#,##0.00'", "'0.0%'", "'00.###'", "'#0.00;(#0.00)'", "'0.00e0'"])
        )
    }),
    ("$formatBase", |w| {
        format!("$formatBase({}, {})", w.number(1), w.random.pick(&["2", "16", "36", "10", "37"]))
    }),
    ("$formatInteger", |w| {
        format!(
            "$formatInteger({}, {})",
            w.number(1),
            w.random.pick(&["'w'", "'I'", "'000'", "'#,##0'", "'1;o'", "'A'"])
        )
    }),
    ("$parseInteger", |w| {
        format!(
            "$parseInteger({}, {})",
            w.random.pick(&["'12'", "'twelve'", "'XII'", "text"]),
            w.random.pick(&["'0'", "'w'", "'I'"])
        )
    }),
    ("$sum", |w| format!("$sum({})", w.numbers(2))),
    ("$max", |w| format!("$max({})", w.numbers(2))),
    ("$min", |w| format!("$min({})", w.numbers(2))),
    ("$average", |w| format!("$average({})", w.numbers(2))),
    ("$boolean", |w| format!("$boolean({})", w.any(2))),
    ("$not", |w| format!("$not({})", w.any(2))),
    ("$exists", |w| format!("$exists({})", w.any(2))),
    ("$count", |w| format!("$count({})", w.any(2))),
    ("$append", |w| format!("$append({}, {})", w.any(1), w.any(1))),
    ("$sort", |w| {
        format!(
            "$sort({})",
            w.random.pick(&[
                "numbers",
                "words",
                "contacts, function($l, $r) { $l.id > $r.id }",
                "deals.id",
                "[3, 1, 2]"
            ])
        )
    }),
    ("$reverse", |w| format!("$reverse({})", w.list(2))),
    ("$shuffle", |w| format!("$sort($shuffle({}))", w.random.pick(&["[3, 1, 2]", "deals.id", "words"]))),
    ("$distinct", |w| format!("$distinct({})", w.list(2))),
    ("$zip", |w| format!("$zip({}, {})", w.list(1), w.list(1))),
    ("$keys", |w| format!("$keys({})", w.object(2))),
    ("$lookup", |w| format!("$lookup({}, {})", w.object(1), w.text(0))),
    ("$spread", |w| format!("$spread({})", w.object(2))),
    ("$merge", |w| format!("$merge([{}, {}])", w.object(1), w.object(1))),
    ("$sift", |w| {
        format!(
            "$sift({}, function($v, $k) {{ {} }})",
            w.object(1),
            w.random.pick(&["$v", "$k != 'a'", "$type($v) = 'string'"])
        )
    }),
    ("$each", |w| {
        format!(
            "$each({}, function($v, $k) {{ {} }})",
            w.object(1),
            w.random.pick(&["$k", "$k & '=' & $string($v)", "{$k: $v}"])
        )
    }),
    ("$error", |w| format!("{} ? $error('no') : {}", w.truth(1), w.any(1))),
    ("$assert", |w| format!("[$assert({}, 'no'), {}]", w.truth(1), w.any(1))),
    ("$type", |w| format!("$type({})", w.any(2))),
    ("$clone", |w| format!("$clone({})", w.object(2))),
    ("$now", |w| format!("$now({}) & {}", w.random.pick(&["", "'[Y]-[M01]'"]), w.text(1))),
    ("$millis", |w| format!("$millis() + {}", w.number(1))),
    ("$fromMillis", |w| {
        format!(
            "$fromMillis({}{})",
            w.random.pick(&["millis", "0", "-1", "n", "1.5"]),
            w.random.pick(&["", ", '[D]/[M]/[Y]'", ", '[H01]:[m01] [P]', '+0530'", ", '[FNn], [MNn] [D1o]'"])
        )
    }),
    ("$toMillis", |w| {
        format!(
            "$toMillis({})",
            w.random.pick(&[
                "when",
                "contacts.created",
                "'2024-01-15'",
                "text",
                "'10/02/2024', '[D01]/[M01]/[Y]'",
                "one.created"
            ])
        )
    }),
    ("$map", |w| {
        format!(
            "$map({}, function($v, $i, $a) {{ {} }})",
            w.list(1),
            w.random.pick(&["$i", "$v.id", "$count($a)", "$v & ''", "[$v]"])
        )
    }),
    ("$filter", |w| {
        format!(
            "$filter({}, function($v, $i) {{ {} }})",
            w.list(1),
            w.random.pick(&["$i > 0", "$v.active", "$boolean($v)", "$v = 'open'"])
        )
    }),
    ("$single", |w| {
        format!(
            "$single({}, function($v) {{ {} }})",
            w.list(1),
            w.random.pick(&["true", "$v = 'open'", "$v.id > 10"])
        )
    }),
    ("$reduce", |w| {
        format!(
            "$reduce({}, function($a, $v) {{ {} }}{})",
            w.list(1),
            w.random.pick(&["$a & $string($v)", "$append($a, $v)", "$count([$a, $v])"]),
            w.random.pick(&["", ", ''", ", 0"])
        )
    }),
    ("+", |w| format!("{} + {}", w.number(2), w.number(2))),
    ("-", |w| format!("{} - {}", w.number(2), w.number(2))),
    ("*", |w| format!("{} * {}", w.number(2), w.number(2))),
    ("/", |w| format!("{} / {}", w.number(1), w.random.pick(&["2", "3", "0.5", "n", "10"]))),
    ("%", |w| format!("{} % {}", w.number(1), w.random.pick(&["2", "3", "0.5", "n", "-7"]))),
    ("negate", |w| format!("-({})", w.number(2))),
    ("=", |w| format!("{} = {}", w.any(2), w.any(2))),
    ("!=", |w| format!("{} != {}", w.any(2), w.any(2))),
    ("<", |w| format!("{} < {}", w.number(2), w.any(1))),
    ("<=", |w| format!("{} <= {}", w.text(1), w.text(1))),
    (">", |w| format!("{} > {}", w.number(2), w.number(1))),
    (">=", |w| format!("{} >= {}", w.any(1), w.number(1))),
    ("and", |w| format!("{} and {}", w.any(2), w.any(2))),
    ("or", |w| format!("{} or {}", w.any(2), w.any(2))),
    ("in", |w| format!("{} in {}", w.any(1), w.list(1))),
    ("&", |w| format!("{} & {}", w.any(2), w.any(2))),
    ("? :", |w| format!("{} ? {} : {}", w.any(1), w.any(1), w.any(1))),
    ("?:", |w| format!("({}) ?: ({})", w.any(1), w.any(1))),
    ("??", |w| format!("({}) ?? ({})", w.any(1), w.any(1))),
    ("..", |w| {
        format!("[{}..{}]", w.random.pick(&["0", "1", "-2", "m", "n"]), w.random.pick(&["3", "m", "0", "5"]))
    }),
    ("[]", |w| {
        format!(
            "{}[]",
            w.random.pick(&[
                "contacts.first",
                "one.emails",
                "missing",
                "words",
                "one.address",
                "contacts[0].tags"
            ])
        )
    }),
    ("predicate", |w| {
        format!(
            "{}[{}]",
            w.random.pick(&["contacts", "deals", "contacts.emails", "words"]),
            w.random.pick(&[
                "0",
                "-1",
                "active",
                "type = 'work'",
                "score > 5",
                "[0, 1]",
                "$ = 'open'",
                "id = 1 or true"
            ])
        )
    }),
    ("*wildcard", |w| format!("{}.*", w.object(1))),
    ("**", |w| format!("**.{}", w.random.pick(&["id", "value", "qty", "nothing", "type"]))),
    ("parent %", |w| {
        w.random
            .pick(&[
                "deals.lines.{'deal': %.id, 'sku': sku}",
                "contacts.emails.(%.first & value)",
                "deals.lines.%.owner.name",
                "contacts.emails[%.active].value",
            ])
            .to_owned()
    }),
    ("^sort", |w| {
        w.random
            .pick(&[
                "contacts^(id).id",
                "contacts^(>id).first",
                "deals^(amount, >id).id",
                "words^($)",
                "contacts^(status).id",
                "deals.lines^(>qty).sku",
            ])
            .to_owned()
    }),
    ("#index", |w| {
        w.random
            .pick(&[
                "contacts#$i.{'i': $i, 'id': id}",
                "deals#$i[$i = 1].id",
                "words#$i.($i & $)",
                "contacts.emails#$i.($i)",
            ])
            .to_owned()
    }),
    ("@focus", |w| {
        w.random
            .pick(&[
                "contacts@$c.emails.{'id': $c.id, 'v': value}",
                "deals@$d.lines.($d.id & sku)",
                "contacts@$c.deals[owner.id = $c.id].id",
            ])
            .to_owned()
    }),
    ("group {}", |w| {
        format!(
            "{}{{{}: {}}}",
            w.random.pick(&["contacts", "deals", "contacts.emails", "words"]),
            w.random.pick(&["status", "type", "stage", "$string(id)", "'k'"]),
            w.random.pick(&["$count($)", "id", "[id]", "first", "$"])
        )
    }),
    ("object {}", |w| format!("{{'a': {}, {}: {}, 'c': [{}]}}", w.any(2), w.text(0), w.any(1), w.any(1))),
    ("map step", |w| {
        format!(
            "contacts.{{'id': $string(id), 'name': first & ' ' & last, 'x': {}}}",
            w.random.pick(&[
                "emails.value",
                "emails[type='work'].value[0]",
                "$count(tags)",
                "tags[]",
                "address.city",
                "custom.*",
                "$keys(custom)",
                "active ? 'y' : 'n'",
                "score * 2",
                "$exists(email) ? email : null"
            ])
        )
    }),
    ("~>", |w| {
        format!(
            "{} ~> {}",
            w.any(1),
            w.random.pick(&["$string", "$count", "$uppercase()", "$sum", "$append([1])", "|$|{'t': 1}|"])
        )
    }),
    ("transform |", |w| {
        format!(
            "{} ~> |{}|{}|",
            w.random.pick(&["$", "one", "account"]),
            w.random.pick(&["contacts", "$", "address", "deals.lines"]),
            w.random.pick(&[
                "{'new': 1}",
                "{'id': 'x'}, 'status'",
                "{}, ['first', 'last']",
                "{'n': $count($)}"
            ])
        )
    }),
    ("lambda", |w| {
        format!(
            "($f := function($x, $y) {{ {} }}; $f({}, {}))",
            w.random.pick(&["$x", "[$y, $x]", "$string($x) & $string($y)", "$exists($y) ? $y : $x"]),
            w.any(1),
            w.any(1)
        )
    }),
    ("partial ?", |w| {
        format!(
            "($p := {}; $p({}))",
            w.random.pick(&["$substring(?, 0, 2)", "$append(?, [1])", "$join(?, '-')", "$lookup(?, 'a')"]),
            w.any(1)
        )
    }),
    (":=", |w| format!("($v := {}; $w := {}; [$v, $w, $v])", w.any(2), w.any(2))),
    ("regex", |w| {
        w.random
            .pick(&[
                "$match(url, /([a-z]+)=([^&]*)/).groups",
                "$split(url, /[?&]/)",
                "$replace(word, /[^a-z]/i, '')",
                "contacts[$contains(first, /a/i)].id",
            ])
            .to_owned()
    }),
    ("unicode", |w| {
        format!(
            "{}({})",
            w.random.pick(&["$length", "$uppercase", "$encodeUrlComponent", "$string"]),
            w.random.pick(&["'Élodie 李雷'", "word", "'ß'", "'e\u{301}'"])
        )
    }),
];
