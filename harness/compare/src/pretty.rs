//! A value as people read it: indented, with what is long cut short and said so.

use crate::tape::{Type, Value};

/// A nested list or object whose text is longer than this is shown by its size only.
const NESTED_BYTES_MAX: usize = 400;

/// Text is cut here, with `…`.
const CONTEXT_BYTES_MAX: usize = 6_000;

/// Pretty-prints a value for a report: two spaces a level, long nested values folded.
pub fn context(value: Value<'_>) -> String {
    let mut out = String::new();
    write(value, 0, true, &mut out);
    cut(&out, CONTEXT_BYTES_MAX)
}

/// Pretty-prints a value whole.
pub fn whole(value: Value<'_>) -> String {
    let mut out = String::new();
    write(value, 0, false, &mut out);
    out
}

/// A value's text on one line, as a sample is shown: cut, and before that, where several lines would be shown, white
/// space that is not in a string is left out.
pub fn sample(value: Value<'_>, bytes_max: usize) -> String {
    let raw = value.raw();
    // A list of megabytes is not searched for what nobody sees.
    if !raw.as_bytes()[..raw.len().min(bytes_max)].contains(&b'\n') {
        return cut(raw, bytes_max);
    }
    let mut out = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for character in raw.chars() {
        if !in_string && matches!(character, ' ' | '\n' | '\r' | '\t') {
            continue;
        }
        // One more than fits, so that the cut is seen to be one.
        if out.len() > bytes_max {
            break;
        }
        out.push(character);
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    cut(&out, bytes_max)
}

/// The text up to a number of bytes, with `…` where something was cut.
pub fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let end = (0..=bytes_max).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

fn write(value: Value<'_>, depth: usize, fold: bool, out: &mut String) {
    let is_folded = fold && depth > 0 && value.raw().len() > NESTED_BYTES_MAX;
    match value.kind() {
        Type::Array if value.elements().next().is_none() => out.push_str("[]"),
        Type::Object if value.members().next().is_none() => out.push_str("{}"),
        Type::Array if is_folded => out.push_str(&format!("[… {} elements]", value.elements().count())),
        Type::Object if is_folded => out.push_str(&format!("{{… {} members}}", value.members().count())),
        Type::Array => {
            out.push('[');
            for (index, element) in value.elements().enumerate() {
                out.push_str(if index > 0 { ",\n" } else { "\n" });
                indent(depth + 1, out);
                write(element, depth + 1, fold, out);
            }
            out.push('\n');
            indent(depth, out);
            out.push(']');
        }
        Type::Object => {
            out.push('{');
            for (index, (key, member)) in value.members().enumerate() {
                out.push_str(if index > 0 { ",\n" } else { "\n" });
                indent(depth + 1, out);
                out.push_str(key.raw());
                out.push_str(": ");
                write(member, depth + 1, fold, out);
            }
            out.push('\n');
            indent(depth, out);
            out.push('}');
        }
        _ if is_folded => out.push_str(&cut(value.raw(), NESTED_BYTES_MAX)),
        _ => out.push_str(value.raw()),
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Tape;

    #[test]
    fn nothing_but_white_space_changes() {
        let mut tape = Tape::new();
        let json = tape.parse(r#"{"b":1.10,"a":[ ],"b":[1,{"\u0041":"x"}]}"#).expect("valid");
        let expected = "{\n  \"b\": 1.10,\n  \"a\": [],\n  \"b\": [\n    1,\n    {\n      \"\\u0041\": \"x\"\n    }\n  ]\n}";
        assert_eq!(whole(json.root()), expected);
    }

    #[test]
    fn a_sample_stands_on_one_line() {
        let mut tape = Tape::new();
        let json = tape.parse("{\n  \"a b\": [1.10,\n \"x\\\" y\"]\n}").expect("valid");
        assert_eq!(sample(json.root(), 100), r#"{"a b":[1.10,"x\" y"]}"#);
        assert_eq!(sample(json.root(), 9), r#"{"a b":[1…"#);
    }

    #[test]
    fn what_is_long_is_folded_and_cut_between_characters() {
        let text = format!("{{\"list\":[{}],\"text\":\"{}\"}}", vec!["1"; 500].join(","), "é".repeat(500));
        let mut tape = Tape::new();
        let shown = context(tape.parse(&text).expect("valid").root());
        assert_eq!(
            shown,
            format!("{{\n  \"list\": [… 500 elements],\n  \"text\": \"{}…\n}}", "é".repeat(199))
        );
    }
}
