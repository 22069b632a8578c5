//! A list's pages as one body: what a caller has who walked them all.

use crate::path::{Path, Selector};
use crate::tape::{Json, Type, Value};

/// Why pages do not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrainError {
    /// The path of the items can name several lists.
    #[error("`items` must name one list by member names only, like $.data")]
    NotOneList,
    /// A page lacks the list.
    #[error("page {page} has no list at `items`")]
    NoList {
        /// From 1.
        page: usize,
    },
}

/// The first page's text with the items of every page in its list: page boundaries are not compared,
/// because they are nobody's business but the walker's.
pub fn drain(pages: &[Json<'_>], items: &Path) -> Result<String, DrainError> {
    let Some(first) = pages.first() else { return Ok(String::new()) };
    let names = member_names(items)?;
    let mut lists = Vec::with_capacity(pages.len());
    for (index, page) in pages.iter().enumerate() {
        lists.push(find(page.root(), &names).ok_or(DrainError::NoList { page: index + 1 })?);
    }
    let text = first.text();
    // The list's text is a part of the page's text, so its place is the distance of the two.
    let start = lists[0].raw().as_ptr() as usize - text.as_ptr() as usize;
    let end = start + lists[0].raw().len();
    let mut out =
        String::with_capacity(lists.iter().map(|list| list.raw().len()).sum::<usize>() + text.len());
    out.push_str(&text[..start]);
    out.push('[');
    let mut is_first = true;
    for element in lists.into_iter().flat_map(Value::elements) {
        if !is_first {
            out.push(',');
        }
        is_first = false;
        out.push_str(element.raw());
    }
    out.push(']');
    out.push_str(&text[end..]);
    Ok(out)
}

fn member_names(items: &Path) -> Result<Vec<&str>, DrainError> {
    let Path::Steps(steps) = items else { return Err(DrainError::NotOneList) };
    steps
        .iter()
        .map(|step| match &step.selectors[..] {
            [Selector::Name(name)] if !step.descendant => Ok(name.as_str()),
            _ => Err(DrainError::NotOneList),
        })
        .collect()
}

fn find<'t>(root: Value<'t>, names: &[&str]) -> Option<Value<'t>> {
    let list = names.iter().try_fold(root, |value, name| value.get(name))?;
    (list.kind() == Type::Array).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    fn check(pages: &[&str], items: &str, expected: Result<&str, DrainError>) {
        let mut tapes: Vec<Tape> = pages.iter().map(|_| Tape::new()).collect();
        let parsed: Vec<Json<'_>> = tapes
            .iter_mut()
            .zip(pages)
            .map(|(tape, page)| tape.parse(page).expect("a page of the test"))
            .collect();
        let outcome = drain(&parsed, &Path::parse(items).expect("a path of the test"));
        assert_eq!(outcome, expected.map(str::to_owned));
    }

    #[test]
    fn pages_become_the_first_with_all_items() {
        check(
            &[
                r#"{"next": "b", "data": {"l": [1.0, 2]}}"#,
                r#"{"data":{"l":[]}}"#,
                r#"{"data":{"l":[3]},"next":null}"#,
            ],
            "$.data.l",
            Ok(r#"{"next": "b", "data": {"l": [1.0,2,3]}}"#),
        );
        check(&["[1]", "[2]"], "$", Ok("[1,2]"));
    }

    #[test]
    fn a_page_without_the_list_is_named() {
        check(&[r#"{"a":[]}"#, r#"{"a":null}"#], "$.a", Err(DrainError::NoList { page: 2 }));
        check(&["{}"], "$.a[*]", Err(DrainError::NotOneList));
    }
}
