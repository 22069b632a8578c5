//! Mistakes that people make, planted into the sample's mappings: what `cutover fuzz` finds of them.

/// One mistake.
pub struct Planted {
    /// The mapping's file in `mappings/`.
    pub file: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What stands there; once.
    pub from: &'static str,
    /// What stands there with the mistake in it.
    pub to: &'static str,
    /// Why it is not found, where it is not.
    pub survives: Option<&'static str>,
}

const CONTACTS: &str = "crm/contacts.list.response.jsonata";
const CONTACT: &str = "crm/contacts.get.response.jsonata";
const ERROR: &str = "crm/contacts.get.error.jsonata";
const CUSTOM: &str = "crm/custom-object.list.response.jsonata";
const SF: &str = "crm/sf-contacts.list.response.jsonata";
const INVOICES: &str = "accounting/invoices.list.response.jsonata";
const CUSTOMERS: &str = "accounting/customers.list.response.jsonata";
const ISSUES: &str = "ticketing/issues.list.response.jsonata";

const fn killed(file: &'static str, what: &'static str, from: &'static str, to: &'static str) -> Planted {
    Planted { file, what, from, to, survives: None }
}

const fn survivor(
    file: &'static str,
    what: &'static str,
    (from, to): (&'static str, &'static str),
    why: &'static str,
) -> Planted {
    Planted { file, what, from, to, survives: Some(why) }
}

/// Every one.
pub const PLANTED: [Planted; 45] = [
    killed(CONTACTS, "a typo in a path", "$text($p.company)", "$text($p.compnay)"),
    killed(CONTACTS, "the wrong field", "$text($p.jobtitle)", "$text($p.company)"),
    killed(CONTACTS, "a lost null", "$text($p.associatedcompanyid)", "$p.associatedcompanyid"),
    killed(
        CONTACTS,
        "an unwrapped singleton",
        r#"[$p.website[$].{"url": $, "type": "primary"}]"#,
        r#"$p.website[$].{"url": $, "type": "primary"}"#,
    ),
    killed(
        CONTACTS,
        "an unwrapped list of texts",
        r#"[$p.tags[$].$split($, ";")]"#,
        r#"$p.tags[$].$split($, ";")"#,
    ),
    killed(
        CONTACTS,
        "two fields swapped",
        "$text($p.firstname),\n      \"last_name\": $text($p.lastname)",
        "$text($p.lastname),\n      \"last_name\": $text($p.firstname)",
    ),
    killed(
        CONTACTS,
        "a number instead of its text",
        "$text($p.hubspot_owner_id)",
        "$p.hubspot_owner_id ? $number($p.hubspot_owner_id) : null",
    ),
    killed(CONTACTS, "a dropped filter", "$not($id in $standard) and $value != null", "$value != null"),
    killed(
        CONTACTS,
        "a date in a local format",
        "$fromMillis($toMillis($text))",
        r#"$fromMillis($toMillis($text), "[D01]/[M01]/[Y0001]")"#,
    ),
    killed(
        CONTACTS,
        "a page that begins at the second item",
        "result.$contact($)",
        "result[[1..50]].$contact($)",
    ),
    killed(
        CONTACTS,
        "a page that ends before its last item",
        "[result.$contact($)]",
        "[result[[0..$count($$.result) - 2]].$contact($)]",
    ),
    killed(CONTACTS, "a text that stands for true", r#"$value = "true" ? true : "#, ""),
    killed(
        CONTACTS,
        "letters that stay small",
        "$uppercase($substring($word, 0, 1))",
        "$substring($word, 0, 1)",
    ),
    killed(
        CONTACTS,
        "the wrong cursor",
        r#""current": null, "next": next_cursor"#,
        r#""current": null, "next": prev_cursor"#,
    ),
    killed(
        CONTACTS,
        "the wrong word",
        r#"$p.mobilephone[$].{"number": $, "type": "mobile"}"#,
        r#"$p.mobilephone[$].{"number": $, "type": "primary"}"#,
    ),
    killed(CONTACTS, "a date that is another", "$time($p.createdate)", "$time($record.createdAt)"),
    survivor(
        CONTACTS,
        "a condition that forgets a field",
        ("$p[address or city or country]", "$p[address or city]"),
        "no recording has a country without a city, so nothing says what legacy makes of one",
    ),
    killed(
        CONTACTS,
        "a count that is one too small",
        "\"items_on_page\": $count(result)",
        "\"items_on_page\": $count(result) - 1",
    ),
    killed(CONTACT, "a negation that is lost", "$not(is_archived)", "is_archived"),
    killed(
        CONTACT,
        "the first instead of the one of a kind",
        r#"phone_numbers[type = "work"]"#,
        "phone_numbers[0]",
    ),
    killed(
        CONTACT,
        "a word that is not translated",
        r#""secondary": "other""#,
        r#""secondary": "secondary""#,
    ),
    killed(CONTACT, "an absent key instead of null", "$text(account.id)", "account.id"),
    killed(CUSTOM, "a text instead of a number", "$number(properties.seats)", "properties.seats"),
    killed(
        CUSTOM,
        "a number that loses its zero",
        "$text(properties.unit_price)",
        "$number(properties.unit_price)",
    ),
    killed(
        CUSTOM,
        "a list of one that comes out bare",
        "[associations.contacts.results.id]",
        "associations.contacts.results.id",
    ),
    killed(
        CUSTOM,
        "a text taken for a truth",
        r#"properties.is_trial = "true""#,
        "$boolean(properties.is_trial)",
    ),
    killed(
        SF,
        "a moment without its zone",
        r#"$replace($text, "+0000", "Z")"#,
        r#"$substringBefore($text, "+")"#,
    ),
    killed(SF, "all lines instead of the first", "$lines[0]", "MailingStreet"),
    killed(SF, "records of every type", r#"What[attributes.type = "Opportunity"].Id"#, "What.Id"),
    killed(
        SF,
        "nulls that are listed",
        "$contains($id, /__c$/) and $value != null",
        "$contains($id, /__c$/)",
    ),
    killed(INVOICES, "a factor of ten", "$cents / 100", "$cents / 10"),
    killed(INVOICES, "whole units", "$cents / 100", "$round($cents / 100)"),
    killed(INVOICES, "a number where a text is expected", "$string(customer.id)", "customer.id"),
    killed(INVOICES, "a status that is not translated", r#""OPEN": "authorised""#, r#""OPEN": "open""#),
    killed(INVOICES, "any code for one code", r#"tax_code = "TAX""#, "$exists(tax_code)"),
    killed(ISSUES, "a moment in another zone", "$fromMillis($toMillis($text))", "$text"),
    killed(ISSUES, "two words swapped", r#""closed" : "open""#, r#""open" : "closed""#),
    killed(
        ISSUES,
        "a list that is lost where it is empty",
        "[fields.labels.{\"id\": $, \"name\": $}]",
        "fields.labels.{\"id\": $, \"name\": $}",
    ),
    killed(
        ISSUES,
        "lines that are joined",
        r#"["doc", "bulletList", "orderedList"] ? $join($parts, "\n")"#,
        r#"["doc", "bulletList", "orderedList"] ? $join($parts, " ")"#,
    ),
    killed(
        ISSUES,
        "an absent key where there is no text",
        "$plain(fields.description) : null",
        "$plain(fields.description)",
    ),
    killed(
        CUSTOMERS,
        "a number that is not mended",
        r#"$number($replace($text, /^(-?)\./, "$10."))"#,
        "$number($text)",
    ),
    killed(
        CUSTOMERS,
        "names in another order",
        r#"firstname & " " & lastname"#,
        r#"lastname & " " & firstname"#,
    ),
    killed(CUSTOMERS, "a flag read the other way", r#"isinactive = "T""#, r#"isinactive = "F""#),
    survivor(
        CUSTOMERS,
        "a pattern without its beginning",
        ("/^custentity_/", "/custentity_/"),
        "no recorded column has the prefix in its middle",
    ),
    survivor(
        ERROR,
        "the wrong message",
        ("raw_response.message", "message"),
        "in each recorded error both messages are the same, so they are changed together",
    ),
];
