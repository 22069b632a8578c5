//! Where the records of long lists begin, noted while they are parsed: found again without leaping from one to the next.
//!
//! What comes behind a record is only known once its node is read; in a long list each of these reads waits for far
//! memory. Rows propose where the records are, so that all of them are read at once, and what they propose is checked.

use crate::node;
use crate::tape::Value;

/// Rows are noted of lists that stand in at most so many containers, themselves counted: lists of records stand near
/// the root.
pub(crate) const ROW_DEPTH_MAX: usize = 3;

/// A list or object that is an element of a list near the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its node.
    pub(crate) element: u32,
    /// The node of the list.
    pub(crate) list: u32,
    /// As many runs were noted before it.
    pub(crate) runs: u32,
}

/// Writes the elements of a list as its rows tell them, and how many runs were noted before each; nothing where they
/// do not tell all.
pub(crate) fn of(list: Value<'_>, nodes: &mut Vec<u32>, runs: &mut Vec<u32>) {
    nodes.clear();
    runs.clear();
    let (json, inside) = (list.json(), list.nodes_inside());
    let rows = json.rows();
    let from = rows.partition_point(|row| (row.element as usize) < inside.start);
    let to = from + rows[from..].partition_point(|row| (row.element as usize) < inside.end);
    let own = || rows[from..to].iter().filter(|row| row.list as usize == list.index());
    nodes.extend(own().map(|row| row.element));
    let slots = json.nodes();
    let follow = |pair: &[u32]| node::next(slots, pair[0] as usize) == pair[1] as usize;
    let is_whole = nodes.first().is_some_and(|&first| first as usize == inside.start)
        && nodes.windows(2).all(follow)
        && nodes.last().is_some_and(|&last| node::next(slots, last as usize) == inside.end);
    match is_whole {
        true => runs.extend(own().map(|row| row.runs)),
        false => nodes.clear(),
    }
}

#[cfg(test)]
mod tests {
    use crate::tape::{Tape, Type, Value};

    fn told(list: Value<'_>) -> Vec<u32> {
        let (mut told, mut runs) = (vec![7], vec![7]);
        super::of(list, &mut told, &mut runs);
        assert_eq!(told.len(), runs.len());
        told
    }

    fn plainly(list: Value<'_>) -> Vec<u32> {
        list.elements().map(|element| element.index() as u32).collect()
    }

    /// Rows tell the elements of each list or nothing; where nothing was taken over whole, they tell them all.
    fn check(value: Value<'_>, is_guided: bool) {
        if value.kind() == Type::Array {
            let (told, plainly) = (told(value), plainly(value));
            let is_told = !is_guided && value.elements().all(|element| !element.is_scalar());
            assert!(told == plainly || told.is_empty() && !is_told, "{}", value.raw());
        }
        let inside = value.elements().chain(value.members().map(|member| member.1));
        inside.for_each(|value| check(value, is_guided));
    }

    #[test]
    fn rows_tell_the_elements_or_nothing() {
        let texts = [
            "[]",
            "[{},[],{\"a\":[1]}]",
            "{\"a\":[{\"b\":1},{\"b\":[]},{}],\"c\":[[],[[],[]]]}",
            "[1,{},2]",
            "[{},2]",
            "[2,{}]",
            "{\"a\":[{\"b\":1},{\"c\":2},{\"b\":[]},{}],\"c\":[[],[[],[],[]]]}",
            "[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]",
        ];
        let (mut tape, mut guided) = (Tape::new(), Tape::new());
        for text in texts {
            let like = tape.parse(text).expect("JSON of the test");
            let is_deep = text.contains("[{\"a\":[{\"a\"");
            check(like.root(), is_deep);
            for other in texts {
                check(guided.parse_like(other, like).expect("JSON of the test").root(), true);
            }
        }
    }

    #[test]
    fn rows_tell_the_records_that_were_read_along_others() {
        let record = |id: u32| format!("{{\"id\":{id},\"text\":\"{}\",\"n\":[{id}]}}", "text ".repeat(60));
        let list = |ids: &[u32]| {
            let records: Vec<String> = ids.iter().map(|&id| record(id)).collect();
            format!("{{\"data\":[{}],\"more\":false}}", records.join(","))
        };
        let ids: Vec<u32> = (0..60).collect();
        let others = ids.iter().rev().chain(&[99]).copied().collect::<Vec<_>>();
        let with_one_more = [&ids[..50], &[77], &ids[50..]].concat();
        let (mut tape, mut guided) = (Tape::new(), Tape::new());
        let legacy = list(&ids);
        let like = tape.parse(&legacy).expect("JSON of the test");
        for other in [&ids[..], &ids[1..], &with_one_more, &others] {
            let new = list(other).replace("\"n\":[", "\"n\":[0,").replace("false", "true");
            let json = guided.parse_like(&new, like).expect("JSON of the test");
            assert!(!json.runs_along(like).is_empty());
            let records = json.root().get("data").expect("the list of the test");
            assert_eq!(told(records), plainly(records), "{}", records.raw());
        }
    }
}
