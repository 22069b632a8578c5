//! Ids that differ by design, over several pairs.

use proptest::prelude::*;

use crate::diff_tests::{compare, try_compile};
use crate::entities::{Entities, EntityLink, PARTNERS_MAX, Settled};

const RULES: [&str; 2] =
    ["$.data[*].id => { same_entity = \"contact\" }", "$..owner => { same_entity = \"user\" }"];

/// The links of two bodies as `path: legacy = new`.
fn links(legacy: &str, new: &str, expected: &[&str]) -> Vec<EntityLink> {
    let outcome = compare(legacy, new, &RULES);
    let shown: Vec<String> = outcome
        .links
        .iter()
        .map(|link| {
            format!("{} {} {}: {} = {}", link.namespace, link.path, link.field, link.legacy, link.new)
        })
        .collect();
    assert_eq!(shown, expected);
    outcome.links
}

#[test]
fn ids_are_linked_where_the_elements_are_joined_equal_ones_too() {
    links(
        r#"{"data":[{"id":"a1","n":"Ann Ames","owner":5},{"id":"b2","n":"Bob Byrd","owner":6}],"owner":null}"#,
        r#"{"data":[{"id":901,"n":"Bob Byrd","owner":6},{"id":900,"n":"Ann Ames","owner":5}],"owner":7}"#,
        &[
            "contact $.data[0].id $.data[*].id: a1 = 900",
            "contact $.data[1].id $.data[*].id: b2 = 901",
            "user $.data[0].owner $.data[*].owner: 5 = 5",
            "user $.data[1].owner $.data[*].owner: 6 = 6",
        ],
    );
    links(r#"{"owner":"x"}"#, r#"{"owner":"x"}"#, &["user $.owner $.owner: x = x"]);
    links(r#"{"owner":"x","data":[{"id":1}]}"#, r#"{"owner":"x"}"#, &["user $.owner $.owner: x = x"]);
    let ignored = compare(r#"{"owner":1}"#, r#"{"owner":2}"#, &[RULES[1], "$.owner => \"ignore\""]);
    assert_eq!(ignored.links, []);
}

#[test]
fn ids_that_are_not_one_to_one_are_a_difference_at_every_pair_that_linked_them() {
    let pairs = [
        (r#"{"owner":"a"}"#, r#"{"owner":1}"#),
        (r#"{"owner":"b"}"#, r#"{"owner":2}"#),
        (r#"{"owner":"c"}"#, r#"{"owner":1}"#),
        (r#"{"owner":"d"}"#, r#"{"owner":"d"}"#),
        (r#"{"owner":"d"}"#, r#"{"owner":"e"}"#),
    ];
    let mut entities = Entities::default();
    let outcomes: Vec<_> = pairs.iter().map(|(legacy, new)| compare(legacy, new, &RULES)).collect();
    for (index, outcome) in outcomes.iter().enumerate() {
        entities.add(&format!("o/{index}"), &outcome.links);
    }
    let collisions: Vec<String> = entities
        .collisions()
        .map(|c| format!("{} {} {} is {}", c.namespace, c.side.name(), c.id, c.partners.join(" and ")))
        .collect();
    assert_eq!(collisions, ["user legacy d is d and e", "user new 1 is a and c"]);
    let settled: Vec<(Settled, Vec<String>)> = outcomes
        .into_iter()
        .map(|mut outcome| {
            let settled = entities.settle(&outcome.links, &mut outcome.differences);
            let show =
                |d: &crate::difference::Difference| format!("{} {} {:?}", d.path, d.kind.name(), d.tolerance);
            (settled, outcome.differences.iter().map(show).collect())
        })
        .collect();
    let differs = |reopened, added| (Settled { reopened, added }, vec!["$.owner entity None".to_owned()]);
    let excused = (Settled::default(), vec!["$.owner type Some(1)".to_owned()]);
    assert_eq!(settled, [differs(1, 0), excused, differs(1, 0), differs(0, 1), differs(1, 0)]);
    let rows: Vec<String> = entities.rows().map(|row| row.cells().join(",")).collect();
    assert_eq!(
        rows,
        [
            "user,a,1,1,o/0,$.owner,true",
            "user,b,2,1,o/1,$.owner,false",
            "user,c,1,1,o/2,$.owner,true",
            "user,d,d,1,o/3,$.owner,true",
            "user,d,e,1,o/4,$.owner,true",
        ]
    );
}

#[test]
fn a_filter_cannot_choose_ids() {
    let error =
        try_compile(&["$.a[?@.b].id => { same_entity = \"x\" }"]).err().map(|error| error.to_string());
    assert_eq!(
        error.as_deref(),
        Some(
            "`same_entity` for `$.a[?@.b].id` cannot have a filter in its path: every id must be seen, equal ones too"
        )
    );
}

/// Legacy id, new id, place, pair.
type Linked = (u8, u8, u8, u8);

fn link(legacy: u8, new: u8, place: u8) -> EntityLink {
    EntityLink {
        namespace: "n".into(),
        legacy: legacy.to_string(),
        new: new.to_string(),
        path: format!("$[{place}]"),
        field: "$[*]".into(),
    }
}

proptest! {
    #[test]
    fn order_and_grouping_do_not_matter(
        links in proptest::collection::vec((0..4_u8, 0..30_u8, 0..5_u8, 0..6_u8), 0..80),
        worker in proptest::collection::vec(0..3_usize, 80),
    ) {
        let add = |entities: &mut Entities, &(legacy, new, place, pair): &Linked| {
            entities.add(&format!("p{pair}"), &[link(legacy, new, place)]);
        };
        let mut alone = Entities::default();
        links.iter().for_each(|link| add(&mut alone, link));
        let mut workers = [Entities::default(), Entities::default(), Entities::default()];
        links.iter().rev().zip(worker).for_each(|(link, worker)| add(&mut workers[worker], link));
        let [a, b, c] = workers;
        let mut left = a.clone();
        left.merge(b.clone());
        left.merge(c.clone());
        let mut right = c;
        let mut inner = b;
        inner.merge(a);
        right.merge(inner);
        prop_assert_eq!(&left, &alone);
        prop_assert_eq!(&right, &alone);
        let ids = |side: fn(&Linked) -> u8| links.iter().map(side).collect::<std::collections::BTreeSet<_>>();
        let (legacy, new) = (ids(|link| link.0), ids(|link| link.1));
        prop_assert_eq!(alone.len(), legacy.len() + new.len());
        prop_assert_eq!(alone.bytes(), legacy.iter().chain(&new).map(|id| id.to_string().len()).sum::<usize>());
        prop_assert!(alone.collisions().all(|collision| collision.partners.len() <= PARTNERS_MAX));
        for &(legacy, new, place, _) in &links {
            let others = |same: &dyn Fn(&Linked) -> bool| {
                let partners: std::collections::BTreeSet<_> = links.iter().filter(|link| same(link)).map(|link| (link.0, link.1)).collect();
                partners.len()
            };
            let truth = others(&|link| link.0 == legacy) > 1 || others(&|link| link.1 == new) > 1;
            prop_assert_eq!(alone.collides(&link(legacy, new, place)), truth);
        }
    }
}
