//! Moves the white space of JSON text and touches nothing else: key order, number text, duplicate keys and escapes stay.

/// Containers nested deeper are written on one line: at a hundred thousand levels the indentation alone would be gigabytes.
pub(crate) const INDENT_DEPTH_MAX: usize = 128;

/// Removes the white space outside strings; text that is not JSON is cut in the same harmless way.
pub fn compact(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut compacted = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        if is_space(bytes[at]) {
            at += 1;
            continue;
        }
        while at < bytes.len() && !is_space(bytes[at]) {
            at = if bytes[at] == b'"' { string_end(bytes, at) } else { at + 1 };
        }
        compacted.push_str(&text[from..at]);
    }
    compacted
}

/// Lays JSON text out with two spaces a level; empty containers stay on their line.
pub fn indent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut indented = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        at += 1;
        match bytes[from] {
            byte if is_space(byte) => {}
            open @ (b'{' | b'[') => {
                indented.push(char::from(open));
                let next = skip_spaces(bytes, at);
                if matches!(bytes.get(next), Some(b'}' | b']')) {
                    indented.push(char::from(bytes[next]));
                    at = next + 1;
                } else {
                    depth += 1;
                    new_line(&mut indented, depth, depth);
                }
            }
            close @ (b'}' | b']') => {
                new_line(&mut indented, depth.saturating_sub(1), depth);
                depth = depth.saturating_sub(1);
                indented.push(char::from(close));
            }
            b',' => {
                indented.push(',');
                new_line(&mut indented, depth, depth);
            }
            b':' => indented.push_str(if depth <= INDENT_DEPTH_MAX { ": " } else { ":" }),
            b'"' => {
                at = string_end(bytes, from);
                indented.push_str(&text[from..at]);
            }
            _ => {
                while at < bytes.len() && !is_space(bytes[at]) && !b"{}[],:\"".contains(&bytes[at]) {
                    at += 1;
                }
                indented.push_str(&text[from..at]);
            }
        }
    }
    indented
}

/// The index after the string that opens at `open`, or the text's end where it is torn.
pub(crate) fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The index of the first byte from `at` on that is not JSON white space.
pub(crate) fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_space(bytes[at]) {
        at += 1;
    }
    at
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn new_line(indented: &mut String, depth: usize, container: usize) {
    if container <= INDENT_DEPTH_MAX {
        indented.push('\n');
        indented.extend(std::iter::repeat_n("  ", depth));
    }
}

#[cfg(test)]
mod tests {
    use super::{INDENT_DEPTH_MAX, compact, indent};

    fn check(text: &str, expected: &str) {
        assert_eq!(indent(text), expected);
        assert_eq!(indent(expected), expected, "indenting twice changes nothing");
        assert_eq!(compact(expected), compact(text));
    }

    #[test]
    fn everything_but_white_space_is_kept_to_the_letter() {
        check(
            r#"{"b":1.10,"a" : [1e400,-0.0 ,9007199254740993],"b":"\ud83d \u0000\" : , {","e":{ },"f":[ ],"\/":null}"#,
            "{\n  \"b\": 1.10,\n  \"a\": [\n    1e400,\n    -0.0,\n    9007199254740993\n  ],\n  \"b\": \"\\ud83d \\u0000\\\" : , {\",\n  \"e\": {},\n  \"f\": [],\n  \"\\/\": null\n}",
        );
        check("true", "true");
        check("[[1],[]]", "[\n  [\n    1\n  ],\n  []\n]");
    }

    #[test]
    fn compacting_leaves_strings_alone() {
        assert_eq!(
            compact(" { \"a b\" :\t[ 1 , \"x \\\" y\" ]\r\n} "),
            r#"{"a b":["x \" y"]}"#.replace("[", "[1,")
        );
    }

    #[test]
    fn torn_text_is_laid_out_without_a_panic() {
        for text in ["{\"a", "\"\\", "]]]}", "[1,", "{\"é\":\"日", "\"a\\\u{e9}"] {
            indent(text);
            compact(text);
        }
    }

    #[test]
    fn beyond_the_depth_limit_containers_stay_on_one_line() {
        let depth = INDENT_DEPTH_MAX + 2;
        let deep = format!("{}{{\"a\":1,\"b\":2}}{}", "[".repeat(depth), "]".repeat(depth));
        let indented = indent(&deep);
        assert_eq!(indented.lines().count(), 2 * INDENT_DEPTH_MAX + 1);
        assert_eq!(compact(&indented), deep);
        let very_deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(indent(&very_deep).len() < 300_000, "the indentation is bounded");
    }
}
