//! Writes new's members in legacy's order, so that reading two pretty-printed values beside each other shows only what
//! differs: the order of keys means nothing, and neither does the comma after the last member.
//!
//! Works on lines as compare's pretty-printing makes them: two spaces a level, no line end inside a string.

/// Both texts as lines without their separating commas, new's members in legacy's order; `None` where they are not two
/// whole objects or lists (text of another kind, or cut).
pub fn align(legacy: &str, new: &str) -> Option<(Vec<String>, Vec<String>)> {
    let legacy: Vec<&str> = legacy.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    if !is_whole(&legacy) || !is_whole(&new) {
        return None;
    }
    let mut aligned = Vec::with_capacity(new.len());
    block(&legacy, &new, 0, &mut aligned);
    let bare = |line: &str| line.strip_suffix(',').unwrap_or(line).to_owned();
    Some((legacy.into_iter().map(bare).collect(), aligned.into_iter().map(bare).collect()))
}

fn is_whole(lines: &[&str]) -> bool {
    matches!((lines.first(), lines.last()), (Some(&"{"), Some(&"}")) | (Some(&"["), Some(&"]")))
}

/// A member of an object or an element of a list, with all its lines.
#[derive(Clone, Copy)]
struct Item<'a> {
    key: Option<&'a str>,
    lines: &'a [&'a str],
}

/// Appends new's block: its opening line, its items in legacy's order, its closing line.
fn block<'a>(legacy: &[&str], new: &'a [&'a str], depth: usize, out: &mut Vec<&'a str>) {
    let ([_, legacy_inner @ .., _], [opening, new_inner @ .., closing]) = (legacy, new) else {
        out.extend(new);
        return;
    };
    let legacy_items = items(legacy_inner, depth + 1);
    let new_items = items(new_inner, depth + 1);
    out.push(opening);
    for (index, item) in in_order(&legacy_items, &new_items).into_iter().enumerate() {
        let counterpart = match item.key {
            Some(key) => legacy_items.iter().find(|known| known.key == Some(key)),
            None => legacy_items.get(index),
        };
        match counterpart {
            Some(counterpart) => block(counterpart.lines, item.lines, depth + 1, out),
            None => out.extend(item.lines),
        }
    }
    out.push(closing);
}

/// Legacy's keys first in its order, then what new has beside them; elements of lists stay where they are.
fn in_order<'a>(legacy: &[Item], new: &[Item<'a>]) -> Vec<Item<'a>> {
    let mut ordered: Vec<(usize, Item)> = new
        .iter()
        .map(|item| {
            let place = item.key.and_then(|key| legacy.iter().position(|known| known.key == Some(key)));
            (if item.key.is_none() { 0 } else { place.unwrap_or(usize::MAX) }, *item)
        })
        .collect();
    ordered.sort_by_key(|(place, _)| *place);
    ordered.into_iter().map(|(_, item)| item).collect()
}

/// The lines grouped: an item begins at each line that is indented by exactly its level and opens something.
fn items<'a>(lines: &'a [&'a str], depth: usize) -> Vec<Item<'a>> {
    let begins = |line: &str| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        indent == depth * 2 && !line.trim_start_matches(' ').starts_with(['}', ']'])
    };
    let starts: Vec<usize> = (0..lines.len()).filter(|&index| begins(lines[index])).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts.iter().zip(ends).map(|(&start, end)| item(&lines[start..end])).collect()
}

fn item<'a>(lines: &'a [&'a str]) -> Item<'a> {
    let first = lines.first().map_or("", |line| line.trim_start_matches(' '));
    let key = first.starts_with('"').then(|| first.find("\": ").map(|end| &first[..=end])).flatten();
    Item { key, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(legacy: &str, new: &str, expected: Option<&str>) {
        let aligned = align(legacy, new).map(|(_, new)| new.join("\n"));
        assert_eq!(aligned.as_deref(), expected);
    }

    #[test]
    fn members_come_in_legacys_order_at_every_depth() {
        check(
            "{\n  \"a\": 1,\n  \"b\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}",
            "{\n  \"c\": 3,\n  \"b\": {\n    \"y\": 2,\n    \"x\": 1\n  },\n  \"a\": 1\n}",
            Some("{\n  \"a\": 1\n  \"b\": {\n    \"x\": 1\n    \"y\": 2\n  }\n  \"c\": 3\n}"),
        );
    }

    #[test]
    fn elements_of_lists_stay_and_their_members_are_ordered() {
        check(
            "[\n  {\n    \"a\": 1,\n    \"b\": 2\n  },\n  7\n]",
            "[\n  {\n    \"b\": 2,\n    \"a\": 1\n  },\n  8\n]",
            Some("[\n  {\n    \"a\": 1\n    \"b\": 2\n  }\n  8\n]"),
        );
    }

    #[test]
    fn repeated_keys_are_all_there() {
        check("{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n  \"a\": 2\n}", Some("{\n  \"a\": 1\n  \"a\": 2\n}"));
    }

    #[test]
    fn other_text_is_left_alone() {
        check("a,", "a", None);
        check("{\n  \"a\": 1…", "{\n  \"a\": 1\n}", None);
        check("", "", None);
    }
}
