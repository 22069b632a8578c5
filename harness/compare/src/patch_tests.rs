//! A patch applied by another program gives the other side.

use proptest::prelude::*;
use serde_json::Value;

use crate::patch::patch;
use crate::tape::Tape;

fn patch_of(legacy: &str, new: &str) -> String {
    let (mut tape, mut new_tape) = (Tape::new(), Tape::new());
    patch(tape.parse(legacy).expect("legacy of the test"), new_tape.parse(new).expect("new of the test"))
        .text()
}

/// The patch without its line breaks, after it was applied by the crate `json-patch`.
fn check(legacy: &str, new: &str, expected: &str) {
    let text = patch_of(legacy, new);
    apply(legacy, new, &text);
    assert_eq!(text.replace("\n  ", "").replace('\n', ""), expected, "{legacy} to {new}");
}

fn apply(legacy: &str, new: &str, patch: &str) {
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON of the test");
    let mut document = read(legacy);
    let operations: json_patch::Patch = serde_json::from_str(patch).expect("a patch is RFC 6902");
    json_patch::patch(&mut document, &operations)
        .unwrap_or_else(|error| panic!("{error}: {patch} on {legacy}"));
    assert_eq!(document, read(new), "{patch} on {legacy}");
}

#[test]
fn a_change_is_one_operation() {
    check("1", "1", "[]");
    check("1", "1.0", r#"[{"op":"replace","path":"","value":1.0}]"#);
    check(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, "[]");
    check(
        r#"{"a":{"b":1.10,"c":"x"}}"#,
        r#"{"a":{"b":1.1,"c":"x"}}"#,
        r#"[{"op":"replace","path":"/a/b","value":1.1}]"#,
    );
    check(
        r#"{"a/b":1,"m~n":2,"\"\\":3,"\u0001":4}"#,
        r#"{"a\/b":5}"#,
        r#"[{"op":"replace","path":"","value":{"a\/b":5}}]"#,
    );
    check(
        r#"{"a/b":1,"m~n":2,"\"\\":3,"\u0001":4,"long":"so that naming each is shorter than writing all anew, which it is not for a short one","longer":"still more text in one of the values that do not change here"}"#,
        r#"{"m~n":6,"a/b":1,"long":"so that naming each is shorter than writing all anew, which it is not for a short one","longer":"still more text in one of the values that do not change here"}"#,
        r#"[{"op":"replace","path":"/m~0n","value":6},{"op":"remove","path":"/\"\\"},{"op":"remove","path":"/\u0001"}]"#,
    );
    check(
        r#"{"big":12345678901234567890123,"n":null}"#,
        r#"{"big":12345678901234567890124,"n":null}"#,
        r#"[{"op":"replace","path":"/big","value":12345678901234567890124}]"#,
    );
}

#[test]
fn lists_are_rearranged_by_moves() {
    let record = |id: usize| {
        format!("{{\"id\":{id},\"name\":\"a name that is long enough to be worth a move {id}\"}}")
    };
    let list =
        |ids: &[usize]| format!("[{}]", ids.iter().map(|id| record(*id)).collect::<Vec<_>>().join(","));
    check(&list(&[1, 2, 3]), &list(&[2, 3, 1]), r#"[{"op":"move","from":"/0","path":"/2"}]"#);
    check(&list(&[1, 2, 3]), &list(&[3, 1, 2]), r#"[{"op":"move","from":"/2","path":"/0"}]"#);
    check(&list(&[1, 2, 3]), &list(&[1, 3]), r#"[{"op":"remove","path":"/1"}]"#);
    let four = record(4);
    check(
        &list(&[1, 2, 3]),
        &list(&[1, 4, 2, 3]),
        &format!(r#"[{{"op":"add","path":"/1","value":{four}}}]"#),
    );
    let shuffled = [7, 2, 9, 4, 1, 8, 3, 6, 5, 0];
    apply(
        &list(&shuffled),
        &list(&[0, 1, 2, 13, 4, 5, 6, 17, 8, 9]),
        &patch_of(&list(&shuffled), &list(&[0, 1, 2, 13, 4, 5, 6, 17, 8, 9])),
    );
}

#[test]
fn what_a_pointer_cannot_name_is_replaced_whole() {
    let (legacy, new) = (r#"{"a":{"k":1,"k":2}}"#, r#"{"a":{"k":1,"k":3}}"#);
    assert_eq!(
        patch_of(legacy, new).replace('\n', ""),
        r#"[  {"op":"replace","path":"/a","value":{"k":1,"k":3}}]"#
    );
    let text = patch_of(
        r#"{"\ud83d":1,"é":2,"padding":"enough of it to make one removal the shortest"}"#,
        r#"{"é":2,"padding":"enough of it to make one removal the shortest"}"#,
    );
    assert_eq!(text, "[\n  {\"op\":\"remove\",\"path\":\"/\\ud83d\"}\n]");
}

#[test]
fn a_large_shuffle_stays_fast_and_short() {
    let record = |id: usize| format!("{{\"id\":{id},\"n\":\"person number {id} of a long list of people\"}}");
    let list = |step: usize| {
        format!("[{}]", (0..5_000).map(|at| record(at * step % 5_003)).collect::<Vec<_>>().join(","))
    };
    let (legacy, new) = (list(1), list(1_777));
    let text = patch_of(&legacy, &new);
    assert!(text.len() < new.len(), "{} bytes for {}", text.len(), new.len());
    apply(&legacy, &new, &text);
}

/// Small alphabets, so that lists share elements and objects share keys.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_i64).prop_map(Value::from),
        prop_oneof![Just(1.5), Just(2.0), Just(1e300)].prop_map(Value::from),
        "[ab~/\"\\\\é]{0,3}".prop_map(Value::from),
        "[a-c]{20,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..7).prop_map(Value::from),
            proptest::collection::vec(("[ab~/\"é]{0,2}", inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_turned_into_any_other((legacy, new) in (document(), document())) {
        let (legacy, new) = (legacy.to_string(), new.to_string());
        apply(&legacy, &new, &patch_of(&legacy, &new));
        prop_assert_eq!(patch_of(&legacy, &legacy), "[]");
    }

    #[test]
    fn any_list_is_turned_into_any_other(
        (legacy, new) in (proptest::collection::vec(0..12_u8, 0..14), proptest::collection::vec(0..12_u8, 0..14))
    ) {
        let list = |ids: &[u8]| format!("[{}]", ids.iter().map(|id| format!("\"{}\"", id.to_string().repeat(40))).collect::<Vec<_>>().join(","));
        let (legacy, new) = (list(&legacy), list(&new));
        apply(&legacy, &new, &patch_of(&legacy, &new));
    }
}
