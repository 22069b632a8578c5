//! A list's pages as one body: what a caller has who walked them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::members::is_same;
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

/// What pages say beside the list, and what becomes of it where lists are compared: a side that was walked in more pages than
/// the other must not differ by its pages.
#[derive(Clone, Debug)]
pub struct Envelope(Fate);

/// What becomes of a value beside the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// It stays as the first page has it; all pages of a side have the same.
    Kept,
    /// Pages of one side disagree: it speaks of a page, such as a cursor or a link, and no side is compared by it.
    Dropped,
    /// On every page it is the number of that page's items: it becomes that of the whole list.
    Counted,
    /// It is the list.
    List,
    /// An object, by the names in it; what is not named is kept.
    Within(BTreeMap<String, Fate>),
}

impl Envelope {
    /// From the pages of every side that is compared. A side of a single page that has no list, such as an error, has no say.
    pub fn of(sides: &[&[Json<'_>]], items: &Path) -> Result<Envelope, DrainError> {
        let names = member_names(items)?;
        let mut roots = Vec::with_capacity(sides.len());
        let mut counts = Vec::with_capacity(sides.len());
        for pages in sides {
            let lists = match lists(pages, &names) {
                Ok(lists) => lists,
                Err(_) if pages.len() == 1 => continue,
                Err(error) => return Err(error),
            };
            roots.push(pages.iter().map(|page| Some(page.root())).collect::<Vec<_>>());
            counts.push(lists.into_iter().map(|list| list.elements().count()).collect::<Vec<_>>());
        }
        Ok(Envelope(fate(&roots, &counts, Some(&names))))
    }

    /// The first page with the items of every page in its list, and beside the list what is not about pages: those are nobody's
    /// business but the walker's.
    pub fn drain(&self, pages: &[Json<'_>], items: &Path) -> Result<String, DrainError> {
        let Some(first) = pages.first() else { return Ok(String::new()) };
        let lists = lists(pages, &member_names(items)?)?;
        let size = lists.iter().map(|list| list.raw().len()).sum::<usize>() + first.text().len();
        let mut out = String::with_capacity(size);
        write(first.root(), &self.0, &lists, &mut out);
        Ok(out)
    }
}

fn lists<'t>(pages: &[Json<'t>], names: &[&str]) -> Result<Vec<Value<'t>>, DrainError> {
    let list = |(index, page): (usize, &Json<'t>)| {
        find(page.root(), names).ok_or(DrainError::NoList { page: index + 1 })
    };
    pages.iter().enumerate().map(list).collect()
}

/// How a value looks from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Absent,
    Object,
    Other,
}

fn look(value: &Option<Value<'_>>) -> Look {
    match value.map(Value::kind) {
        None => Look::Absent,
        Some(Type::Object) => Look::Object,
        Some(_) => Look::Other,
    }
}

/// What becomes of one place, of which each side's every page has a value or none; `names` lead on to the list, where it lies here.
fn fate(sides: &[Vec<Option<Value<'_>>>], counts: &[Vec<usize>], names: Option<&[&str]>) -> Fate {
    if names.is_some_and(<[&str]>::is_empty) {
        return Fate::List;
    }
    if sides.iter().any(|pages| pages.iter().any(|page| look(page) != look(&pages[0]))) {
        return Fate::Dropped;
    }
    let looks: Vec<Look> = sides.iter().map(|pages| look(&pages[0])).collect();
    if looks.contains(&Look::Object) {
        let within = within(sides, counts, names);
        let is_alone = looks.contains(&Look::Absent) && within.values().any(Fate::drops);
        // Where one side has none at all, the rest of an object about pages would be a difference.
        return if is_alone { Fate::Dropped } else { Fate::Within(within) };
    }
    if is_count(sides, counts) {
        return Fate::Counted;
    }
    let is_other = |page: &Option<Value<'_>>, first: &Option<Value<'_>>| match (page, first) {
        (Some(page), Some(first)) => !is_same(*page, *first),
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
    };
    let varies = sides.iter().any(|pages| pages.iter().any(|page| is_other(page, &pages[0])));
    if varies { Fate::Dropped } else { Fate::Kept }
}

fn within(
    sides: &[Vec<Option<Value<'_>>>],
    counts: &[Vec<usize>],
    names: Option<&[&str]>,
) -> BTreeMap<String, Fate> {
    let sides: Vec<Vec<BTreeMap<String, Value<'_>>>> =
        sides.iter().map(|pages| pages.iter().map(|page| members(*page)).collect()).collect();
    let all: BTreeSet<&String> = sides.iter().flatten().flat_map(BTreeMap::keys).collect();
    let one = |name: &String| {
        let values: Vec<Vec<Option<Value<'_>>>> =
            sides.iter().map(|pages| pages.iter().map(|page| page.get(name).copied()).collect()).collect();
        let names = names.and_then(|names| names.split_first().filter(|(first, _)| *first == name));
        fate(&values, counts, names.map(|(_, rest)| rest))
    };
    all.into_iter().map(|name| (name.clone(), one(name))).collect()
}

fn members(page: Option<Value<'_>>) -> BTreeMap<String, Value<'_>> {
    let object = page.filter(|value| value.kind() == Type::Object);
    let members = object.into_iter().flat_map(Value::members);
    members.map(|(key, value)| (key.text().into_owned(), value)).collect()
}

/// Whether it is the number of items on each page of every side that has it.
fn is_count(sides: &[Vec<Option<Value<'_>>>], counts: &[Vec<usize>]) -> bool {
    let mut of_pages = sides.iter().zip(counts).flat_map(|(pages, counts)| pages.iter().zip(counts));
    let is_one = |(page, count): (&Option<Value<'_>>, &usize)| {
        page.is_none_or(|value| value.kind() == Type::Number && value.raw().parse() == Ok(*count))
    };
    sides.iter().flatten().any(Option::is_some) && of_pages.all(is_one)
}

impl Fate {
    fn drops(&self) -> bool {
        match self {
            Fate::Dropped => true,
            Fate::Kept | Fate::Counted | Fate::List => false,
            Fate::Within(names) => names.values().any(Fate::drops),
        }
    }
}

fn write(value: Value<'_>, fate: &Fate, lists: &[Value<'_>], out: &mut String) {
    match fate {
        Fate::Within(names) if value.kind() == Type::Object => {
            out.push('{');
            let mut is_first = true;
            for (key, member) in value.members() {
                let fate = names.get(&*key.text()).unwrap_or(&Fate::Kept);
                if *fate == Fate::Dropped {
                    continue;
                }
                if !is_first {
                    out.push(',');
                }
                is_first = false;
                out.push_str(key.raw());
                out.push(':');
                write(member, fate, lists, out);
            }
            out.push('}');
        }
        Fate::Kept | Fate::Dropped | Fate::Within(_) => out.push_str(value.raw()),
        Fate::Counted => {
            let count = lists.iter().map(|list| list.elements().count()).sum::<usize>();
            out.push_str(&count.to_string());
        }
        Fate::List => {
            out.push('[');
            for (index, element) in lists.iter().flat_map(|list| list.elements()).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(element.raw());
            }
            out.push(']');
        }
    }
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

    /// Several sides' pages, drained together.
    fn check(sides: &[&[&str]], items: &str, expected: Result<&[&str], DrainError>) {
        let items = Path::parse(items).expect("a path of the test");
        let mut tapes: Vec<Vec<Tape>> =
            sides.iter().map(|pages| pages.iter().map(|_| Tape::new()).collect()).collect();
        let mut parsed: Vec<Vec<Json<'_>>> = Vec::new();
        for (tapes, pages) in tapes.iter_mut().zip(sides) {
            let pages = tapes.iter_mut().zip(*pages);
            parsed.push(pages.map(|(tape, page)| tape.parse(page).expect("a page of the test")).collect());
        }
        let of_sides: Vec<&[Json<'_>]> = parsed.iter().map(Vec::as_slice).collect();
        let drained = Envelope::of(&of_sides, &items).and_then(|envelope| {
            of_sides.iter().map(|pages| envelope.drain(pages, &items)).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(drained, expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect()));
    }

    #[test]
    fn pages_become_the_first_with_all_items_and_without_what_is_about_pages() {
        check(
            &[&[
                r#"{"next": "b", "data": {"l": [1.0, 2]}}"#,
                r#"{"next": "c", "data":{"l":[]}}"#,
                r#"{"data":{"l":[3]},"next":null}"#,
            ]],
            "$.data.l",
            Ok(&[r#"{"data":{"l":[1.0,2,3]}}"#]),
        );
        check(&[&["[1]", "[2]"]], "$", Ok(&["[1,2]"]));
    }

    #[test]
    fn what_is_about_pages_on_one_side_is_left_out_on_the_other_too() {
        check(
            &[
                &[r#"{"ok":true,"data":[1,2,3],"meta":{"n":3,"next":null}}"#],
                &[
                    r#"{"ok":true,"data":[1,2],"meta":{"n":2,"next":"x"},"links":{"self":"/l","next":"x"}}"#,
                    r#"{"ok":true,"data":[3],"meta":{"n":1,"next":null},"links":{"self":"/l","next":null}}"#,
                ],
            ],
            "$.data",
            Ok(&[
                r#"{"ok":true,"data":[1,2,3],"meta":{"n":3}}"#,
                r#"{"ok":true,"data":[1,2,3],"meta":{"n":3}}"#,
            ]),
        );
        // On the last page alone the links are absent.
        check(
            &[&[r#"{"data":[1,2]}"#], &[r#"{"data":[1],"links":{"next":"x"}}"#, r#"{"data":[2]}"#]],
            "$.data",
            Ok(&[r#"{"data":[1,2]}"#, r#"{"data":[1,2]}"#]),
        );
    }

    #[test]
    fn what_is_the_same_on_every_page_stays_to_be_compared() {
        check(
            &[
                &[r#"{"total":4,"kind":"a","data":[1,2]}"#, r#"{"total":4,"kind":"a","data":[3]}"#],
                &[r#"{"total":3,"kind":"b","data":[1]}"#, r#"{"total":3,"kind":"b","data":[2,3]}"#],
            ],
            "$.data",
            Ok(&[r#"{"total":4,"kind":"a","data":[1,2,3]}"#, r#"{"total":3,"kind":"b","data":[1,2,3]}"#]),
        );
        // One item a page, and a version that is 1 for another reason: the other side's version tells it.
        check(
            &[&[r#"{"v":1,"data":[1,2]}"#], &[r#"{"v":1,"data":[1]}"#, r#"{"v":1,"data":[2]}"#]],
            "$.data",
            Ok(&[r#"{"v":1,"data":[1,2]}"#, r#"{"v":1,"data":[1,2]}"#]),
        );
    }

    #[test]
    fn a_page_without_the_list_is_named() {
        check(&[&[r#"{"a":[]}"#, r#"{"a":null}"#]], "$.a", Err(DrainError::NoList { page: 2 }));
        check(&[&["{}", "{}"]], "$.a[*]", Err(DrainError::NotOneList));
    }
}
