//! HTML in a string, as a person would call it the same: a narrow normal form, no parser of the standard.
//!
//! Not seen are: runs of white space in text, white space beside block elements, the case of tag and attribute names,
//! the order and quoting of attributes, the slash of `<br/>`, and the spelling of the character references below. All
//! else counts: a tag too many, a space between words, an attribute's value. White space in `pre` and `textarea` counts.

/// White space beside these is not rendered.
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "section",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

/// White space inside these is rendered.
const PREFORMATTED: [&str; 2] = ["pre", "textarea"];

/// Named references that serialisers differ in.
const REFERENCES: [(&str, char); 7] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("#39", '\''),
];

/// A longer text between `&` and `;` is no reference: `&#x10ffff;` has ten.
const REFERENCE_BYTES_MAX: usize = 12;

/// Stands around a tag in the normal form, so that `&lt;b&gt;` never equals `<b>`.
const MARK: char = '\u{1}';

/// The normal form; `None` where the text has no tag and no reference, or has the mark.
pub(crate) fn normal(text: &str) -> Option<String> {
    if !text.contains(['<', '&']) || text.contains(MARK) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut preformatted = 0_usize;
    let mut rest = text;
    // The text after a block's tag, and that before one, loses its space at that end.
    let mut trim_start = true;
    while !rest.is_empty() {
        let tag = rest.starts_with('<').then(|| read_tag(rest)).flatten();
        if let Some((tag, after)) = tag {
            let is_block = BLOCKS.contains(&tag.name.as_str());
            if is_block && preformatted == 0 {
                out.truncate(out.trim_end_matches(' ').len());
            }
            if PREFORMATTED.contains(&tag.name.as_str()) {
                preformatted = if tag.closing { preformatted.saturating_sub(1) } else { preformatted + 1 };
            }
            push_tag(&mut out, &tag);
            trim_start = is_block;
            rest = after;
            continue;
        }
        let end = rest[1..].find('<').map_or(rest.len(), |at| at + 1);
        let end = if rest.is_char_boundary(end) { end } else { rest.len() };
        push_text(&mut out, &rest[..end], preformatted > 0, trim_start);
        trim_start = false;
        rest = &rest[end..];
    }
    if preformatted == 0 {
        out.truncate(out.trim_end_matches(' ').len());
    }
    Some(out)
}

struct Tag {
    name: String,
    closing: bool,
    attributes: Vec<(String, Option<String>)>,
}

/// Reads one tag; `None` where it is none (a comment, a stray `<`): that is then text, to the letter.
fn read_tag(text: &str) -> Option<(Tag, &str)> {
    let mut rest = &text[1..];
    let closing = rest.starts_with('/');
    rest = rest.strip_prefix('/').unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = Tag { name: rest[..end].to_ascii_lowercase(), closing, attributes: Vec::new() };
    rest = &rest[end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            tag.attributes.sort();
            return Some((tag, after));
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/' | '<'))?;
        // A `<` here ends the attempt: it may begin a tag itself, and reading on from each would be quadratic.
        if end == 0 {
            return None;
        }
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            tag.attributes.push((name, None));
            continue;
        };
        rest = after.trim_start();
        let (value, after) = match rest.chars().next()? {
            quote @ ('"' | '\'') => rest[1..].split_once(quote)?,
            _ => rest.split_at(rest.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
        };
        tag.attributes.push((name, Some(decode(value))));
        rest = after;
    }
}

fn push_tag(out: &mut String, tag: &Tag) {
    out.push(MARK);
    out.push_str(if tag.closing { "/" } else { "" });
    out.push_str(&tag.name);
    for (name, value) in &tag.attributes {
        out.push(MARK);
        out.push_str(name);
        // `checked` and `checked=""` are one.
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            out.push('=');
            out.push_str(value);
        }
    }
    out.extend([MARK, MARK]);
}

fn push_text(out: &mut String, text: &str, preformatted: bool, trim_start: bool) {
    if preformatted {
        out.push_str(&decode(text));
        return;
    }
    // A no-break space is content: only what HTML collapses is collapsed, and before references are read.
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_ascii_whitespace() {
            false => folded.push(character),
            true if folded.ends_with(' ') => {}
            true if folded.is_empty() && (trim_start || out.ends_with(' ')) => {}
            true => folded.push(' '),
        }
    }
    out.push_str(&decode(&folded));
}

/// Reads the references that we know, and those by number.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name_end = rest.bytes().take(REFERENCE_BYTES_MAX).position(|byte| byte == b';');
        match name_end.and_then(|end| Some((reference(&rest[1..end])?, &rest[end + 1..]))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    if let Some((_, character)) = REFERENCES.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    // A control character by number would be mistaken for the mark.
    char::from_u32(code).filter(|character| !character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(legacy: &str, new: &str, expected: bool) {
        let normal = |text: &str| normal(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(normal(legacy) == normal(new), expected, "{legacy:?} and {new:?}");
    }

    #[test]
    fn what_is_rendered_alike_is_the_same() {
        check("<p>a</p>\n  <p>b</p>\n", "<p>a</p><p>b</p>", true);
        check("<P CLASS=x ID='y'>a  b</P>", "<p id=\"y\" class=\"x\">a\nb</p>", true);
        check("<p>it&#39;s &amp; &quot;so&quot;</p>", "<p>it's & \"so\"</p>", true);
        check("a<br/>b", "a<br>b", true);
        check("a&nbsp;b", "a\u{a0}b", true);
        check("<ul> <li>x </li> </ul>", "<ul><li>x</li></ul>", true);
        check("<input checked>", "<input checked=\"\"/>", true);
    }

    #[test]
    fn what_is_rendered_otherwise_is_not() {
        check("<b>a</b> <i>b</i>", "<b>a</b><i>b</i>", false);
        check("<p>a</p>", "<div>a</div>", false);
        check("<a href=\"x\">a</a>", "<a href=\"y\">a</a>", false);
        check("&lt;b&gt;", "<b>", false);
        check("<pre>a  b</pre>", "<pre>a b</pre>", false);
        check("a&nbsp;b", "a b", false);
        check("<p>a</p>", "<p>a", false);
        check("a < b", "a &lt;b", false);
    }

    #[test]
    fn broken_markup_never_panics() {
        for text in [
            "<",
            "<é",
            "&",
            "&#xffffffff;",
            "<a b=",
            "<a b='",
            "</",
            "<!-- <p> -->",
            "<a =>",
            "&#1;",
            "<é>é<",
        ] {
            let once = normal(text).unwrap_or_else(|| text.to_owned());
            assert!(once.len() <= text.len() * 4, "{text}");
        }
    }
}
