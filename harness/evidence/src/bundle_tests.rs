//! Facts about bundles: their bytes are those of RFC 8785, and what is not so is no bundle.

use super::*;
use crate::gate::reading::{Answer, Way};

#[track_caller]
fn check(text: &str, expected: &str) {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(String::from_utf8(canonical(&value)).expect("it is text"), expected);
}

#[test]
fn numbers_are_those_of_rfc_8785_appendix_b() {
    // IEEE 754 bits and what ECMAScript prints.
    let samples = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];
    for (bits, expected) in samples {
        let number = f64::from_bits(bits);
        assert_eq!(String::from_utf8(canonical(&json!(number))).expect("it is text"), expected);
        // Read again it is the same number: else a bundle would not be what was written.
        let read: Value = serde_json::from_str(expected).expect("it is JSON");
        assert_eq!(String::from_utf8(canonical(&read)).expect("it is text"), expected);
    }
}

#[test]
fn names_are_sorted_by_utf_16_and_texts_escaped_as_little_as_may_be() {
    // RFC 8785, 3.2.3: an emoji's first UTF-16 unit is below that of a Hebrew presentation form.
    check(
        r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#,
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}",
    );
    check(
        r#" { "string" : "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#,
        r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#,
    );
}

fn bundle() -> Bundle {
    let reading = Reading::new(Way::pass("enough"), "3,000 decided pairs that count; 300 needed");
    Bundle {
        migration: "acme".to_owned(),
        decision: Decision {
            gate: GateName::WriteCutover,
            answer: Answer::Pass,
            readings: vec![
                reading.about("crm.contacts.list").count("pairs", 3_000).rate("upper", 0.000_998_1),
            ],
        },
        demands: Demands::of(GateName::WriteCutover),
        as_of: "2026-11-20".to_owned(),
        expires: "2026-11-27T00:00:00Z".to_owned(),
        versions: vec![("cutover".to_owned(), "0.1.0".to_owned())],
        base: None,
        tally: "00".repeat(32),
        inputs: vec![Input {
            path: "cutover.toml".to_owned(),
            kind: InputKind::Config,
            bytes: 7,
            sha256: "ab".repeat(32),
        }],
    }
}

fn text(document: &Value) -> String {
    String::from_utf8(canonical(document)).expect("it is text")
}

#[test]
fn a_bundle_is_read_as_it_was_written() {
    let written = bundle();
    let document = written.document();
    let signature = Signature { key: "01".repeat(32), value: "02".repeat(64) };
    let read = read(&text(&signed(&document, &signature))).expect("it is a bundle");
    assert_eq!((read.gate, read.answer.as_str()), (GateName::WriteCutover, "pass"));
    assert_eq!((&read.inputs, &read.signature), (&written.inputs, &Some(signature)));
    assert_eq!(canonical(&read.unsigned), canonical(&document));
}

#[test]
fn what_is_laid_out_otherwise_or_of_another_version_is_refused() {
    let whole = text(&bundle().document());
    let refused = |text: &str| read(text).expect_err("it is no bundle");
    assert_eq!(refused(&whole.replacen(',', ", ", 1)), BundleError::NotCanonical);
    assert_eq!(refused(&whole.replacen("{", "{\"answer\":\"fail\",", 1)), BundleError::NotCanonical);
    assert_eq!(
        refused(&whole.replace("\"version\":1", "\"version\":2")),
        BundleError::Version("2".to_owned())
    );
    assert_eq!(refused(&whole.replace("write-cutover", "write-cutovr")), BundleError::Member("gate"));
    assert_eq!(refused(&whole.replace("\"config\"", "\"konfig\"")), BundleError::Member("inputs"));
    assert!(matches!(refused("{"), BundleError::Json(_)));
}
