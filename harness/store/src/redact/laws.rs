//! Laws, on made words: what goes through redaction unchanged, for any name in any script.

use compare::model::{Body, Exchange, Headers, Outcome, Pair, Response};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{KEY_BYTES, Lists, ProtectedWords, RedactionKey, Redactor};

fn exchange(body: &serde_json::Value) -> Vec<Exchange> {
    let response = Response { status: 200, headers: Headers::new(), body: Body::Json(body.to_string()) };
    let outcome = Outcome::Response(response);
    vec![Exchange { started_at: None, elapsed_ms: None, request: None, outcome }]
}

fn body(exchanges: &[Exchange]) -> serde_json::Value {
    let Outcome::Response(Response { body: Body::Json(text), .. }) = &exchanges[0].outcome else {
        panic!("it is JSON");
    };
    serde_json::from_str(text).expect("redaction leaves JSON valid")
}

/// Both bodies, redacted as sides of one pair.
fn redacted(legacy: &serde_json::Value, new: &serde_json::Value, key: u8) -> [serde_json::Value; 2] {
    let mut pair = Pair {
        id: "op/1".to_owned(),
        operation: "op".to_owned(),
        legacy: exchange(legacy),
        new: exchange(new),
        ..Pair::default()
    };
    let key = RedactionKey::from_bytes([key; KEY_BYTES]);
    let protected = ProtectedWords::of(["protected Word"]);
    Redactor::new(key, Lists::default()).redact(&mut pair, &protected).expect("it was not redacted before");
    [body(&pair.legacy), body(&pair.new)]
}

fn text<'v>(value: &'v serde_json::Value, name: &str) -> &'v str {
    value[name].as_str().expect("it is a text")
}

/// Words of three letters and more, of several scripts.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{3,12}",
        "[A-Z][a-zäöüéèñçå]{2,9}",
        "[А-Я][а-я]{2,9}",
        "[一-龥]{3,4}",
        "[가-힣]{3,4}",
        "[a-z]{2,5}[0-9]{1,4}[a-z]{2}",
    ]
}

fn sign() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(" "), Just("-"), Just(", "), Just("."), Just("'"), Just(" / "), Just("\n")]
}

proptest! {
    #[test]
    fn joining_and_splitting_commute(first in word(), last in word(), sign in sign(), key: u8) {
        let legacy = serde_json::json!({"anything": format!("{first}{sign}{last}")});
        let new = serde_json::json!({"first_name": first, "last_name": last});
        let [legacy, new] = redacted(&legacy, &new, key);
        let joined = format!("{}{sign}{}", text(&new, "first_name"), text(&new, "last_name"));
        prop_assert_eq!(text(&legacy, "anything"), joined);
    }

    #[test]
    fn changing_case_and_trimming_commute(name in "[A-Za-zА-Яа-я]{3,12}", key: u8) {
        let legacy = serde_json::json!({"lower": name.to_lowercase(), "upper": format!("  {} ", name.to_uppercase())});
        let [legacy, new] = redacted(&legacy, &serde_json::json!({"name": name}), key);
        prop_assert_eq!(text(&legacy, "lower"), text(&new, "name").to_lowercase());
        prop_assert_eq!(text(&legacy, "upper").trim(), text(&new, "name").to_uppercase());
    }

    #[test]
    fn dropping_marks_and_composing_letters_commute(name in "[A-Z][a-zäöüéèñçå]{3,9}", key: u8) {
        let bare: String = name.nfd().filter(|letter| letter.is_ascii()).collect();
        let legacy = serde_json::json!({"bare": bare, "decomposed": name.nfd().collect::<String>()});
        let [legacy, new] = redacted(&legacy, &serde_json::json!({"name": name}), key);
        let bare: String = text(&new, "name").nfd().filter(|letter| letter.is_ascii()).collect();
        prop_assert_eq!(text(&legacy, "bare"), bare);
        prop_assert!(text(&legacy, "decomposed").nfc().eq(text(&new, "name").nfc()));
    }

    #[test]
    fn a_number_is_the_same_as_its_text_and_keeps_its_length(id in 10_000_u64..1_000_000_000_000_000_000, key: u8) {
        let legacy = serde_json::json!({"id": id.to_string(), "url": format!("/things/{id}?x=1")});
        let [legacy, new] = redacted(&legacy, &serde_json::json!({"id": id}), key);
        let pseudonym = new["id"].to_string();
        prop_assert_eq!(pseudonym.len(), id.to_string().len());
        prop_assert_eq!(text(&legacy, "id"), &pseudonym);
        prop_assert_eq!(text(&legacy, "url"), format!("/things/{pseudonym}?x=1"));
    }

    #[test]
    fn two_values_are_equal_after_redaction_if_they_were_before(left in word(), right in word(), key: u8) {
        let [legacy, new] =
            redacted(&serde_json::json!({"name": left}), &serde_json::json!({"name": right}), key);
        prop_assert_eq!(left == right, text(&legacy, "name") == text(&new, "name"));
        let protected = ["protected", "word"];
        prop_assert!(!protected.contains(&text(&legacy, "name").to_lowercase().as_str()) || protected.contains(&left.to_lowercase().as_str()));
    }
}
